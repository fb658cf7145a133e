"""What to do today: everybody has one action, the sums are right, and nothing is promised that was not seen."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest

from habitue.actions.crm import today
from habitue.actions.crm.plan import PLAN, VALUED
from habitue.actions.crm.words import ACTIONS, BASIS, title, to_do, why

AS_OF = dt.datetime(2024, 6, 1)
STAGES = sorted({step.stage for step in PLAN})


def customers(*rows: tuple[str, str, str, float]) -> tuple[pa.Table, pa.Table]:
    """Make the published tables of (customer, stage, rfm segment, money of the last 365 days)."""
    lifecycle = [
        {
            "customer_id": name,
            "as_of": AS_OF,
            "stage": stage,
            "since": AS_OF - dt.timedelta(days=3 + number),
            "previous_stage": None,
            "purchase_days": 2,
            "recency_days": 10.0 * number,
            "usual_gap_days": 30.0,
            "spend": money + 1,
            "spend_365d": money + 1,
            "net_spend_365d": money,
        }
        for number, (name, stage, _, money) in enumerate(rows)
    ]
    rfm = [{"customer_id": name, "segment": segment} for name, _, segment, _ in rows]
    return pa.Table.from_pylist(lifecycle), pa.Table.from_pylist(rfm)


def flows(*rows: tuple[str, str, int], days: int = 90) -> pa.Table:
    names = ("from_at", "to_at", "from_stage", "to_stage", "customers")
    types = (pa.timestamp("us"), pa.timestamp("us"), pa.string(), pa.string(), pa.int64())
    told = [dict(zip(names, (AS_OF - dt.timedelta(days=days), AS_OF, *row), strict=True)) for row in rows]
    return pa.Table.from_pylist(told, pa.schema(list(zip(names, types, strict=True))))


MIXED = customers(
    ("ann", "slowing", "champions", 100.0),
    ("bob", "slowing", "lost", 900.0),
    ("cat", "slowing", "loyal", 300.0),
    ("dan", "lost", "lost", 5000.0),
    ("eve", "loyal", "champions", 700.0),
    ("fay", "slowing", "loyal", 300.0),
)
SEEN = flows(("slowing", "lost", 30), ("slowing", "loyal", 60), ("loyal", "loyal", 90), ("none", "new", 500))


def decided(tables: tuple[pa.Table, pa.Table], seen: pa.Table) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    groups, names = today.decide(lifecycle=tables[0], rfm=tables[1], flows=seen)
    return groups.to_pylist(), names.to_pylist()


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("valued", [True, False])
def test_the_plan_has_exactly_one_action(stage: str, *, valued: bool) -> None:
    assert len([step for step in PLAN if step.stage == stage and step.valued in (None, valued)]) == 1


def test_every_action_has_words() -> None:
    assert list(ACTIONS) == [step.action for step in PLAN]


def test_groups_go_by_urgency_and_money_and_customers_by_money() -> None:
    groups, names = decided(MIXED, SEEN)
    # 30 of 90 slowing customers were overdue, drawn towards 30 of 180 by ten customers.
    share = (30 + 10 * 30 / 180) / 100
    assert [(row["rank"], row["action"], row["customers"], row["urgency"]) for row in groups] == [
        (1, "remind", 1, 1),
        (2, "rescue_valued", 3, 1),
        (3, "thank_loyal", 1, 3),
        (4, "leave_alone", 1, 4),
    ]
    assert [row["money_at_stake"] for row in groups[:2]] == pytest.approx([900 * share, 700 * share])
    assert (groups[1]["observed_customers"], groups[1]["observed_overdue"], groups[1]["flow_days"]) == (90, 30, 90)
    assert groups[1]["entered_7d"] == 2  # three days and five days ago; the third came eight days ago
    rescued = [row for row in names if row["action"] == "rescue_valued"]
    assert [(row["customer_id"], row["priority"]) for row in rescued] == [("cat", 1), ("fay", 2), ("ann", 3)]
    assert sorted(row["customer_id"] for row in names) == ["ann", "bob", "cat", "dan", "eve", "fay"]
    assert {row["evidence"] for row in groups} == {"observational"}


def test_money_of_customers_adds_up_to_their_group() -> None:
    groups, names = decided(MIXED, SEEN)
    for group in groups:
        mine = [row["money_at_stake"] for row in names if row["action"] == group["action"]]
        assert (len(mine), sum(mine)) == (group["customers"], pytest.approx(group["money_at_stake"]))


@pytest.mark.parametrize("seen", [flows(), flows(("slowing", "lost", 49)), flows(("none", "new", 90))])
def test_what_was_not_observed_is_not_claimed(seen: pa.Table) -> None:
    groups, _ = decided(MIXED, seen)
    assert {row["stake_basis"] for row in groups} == {"spend_365d"}
    assert [row["money_at_stake"] for row in groups[:2]] == [900.0, 700.0]
    if seen.num_rows == 0:
        assert why(groups[0], "en").endswith("too short to say what usually becomes of them.")


def test_the_words_carry_the_numbers_of_the_row() -> None:
    groups, _ = decided(MIXED, SEEN)
    row = groups[1]
    assert title(row, "en", "GBP") == "Rescue valued customers who are slowing down (3 customers, GBP 222 at stake)"
    assert title(row, "zh", "") == "挽留购买放缓的高价值客户（3 人，涉及金额 222）"
    assert why(row, "en").endswith("Of 90 customers in this stage 90 days ago, 30 (33%) are overdue today.")
    assert title(groups[-1], "en", "GBP") == "Spend nothing on lost customers (1 customer)"
    for step in PLAN:
        group = row | {"action": step.action}
        for language in ("en", "zh"):
            texts = (title(group, language, "EUR"), why(group, language), to_do(group, language))
            assert all(texts)
            assert not any(mark in text for text in texts for mark in "{}")
    assert set(BASIS) >= {"expected_loss", "spend_365d"}


def test_the_best_are_told_from_the_rest_by_rfm() -> None:
    rows = [(f"c{number}", "dormant", segment, 1.0) for number, segment in enumerate(sorted({*VALUED, "at_risk"}))]
    _, names = decided(customers(*rows), flows())
    valued = {row["rfm_segment"] for row in names if row["action"] == "win_back_valued"}
    assert valued == VALUED
