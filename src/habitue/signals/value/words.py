"""What the tables of this area leave open, in words to print beside them."""

from __future__ import annotations

from habitue.schema import Words

__all__ = ["COHORT_NOTES"]

#: By the flag of the table ``cohorts`` that they explain.
COHORT_NOTES: dict[str, Words] = {
    "left_censored": Words(
        "The first month of the records also holds customers who had bought before the records begin: read it as "
        "“customers of that month”, not as new ones.",
        "记录的第一个月也包含此前已购买过的老客户：应理解为“当月客户”，而非新客户。",
    ),
    "complete": Words(
        "A month that was not over yet is shown, but must not be compared with whole months.",
        "尚未结束的月份仅供参考，不可与完整月份比较。",
    ),
}
