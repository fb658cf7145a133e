"""Segments and stages in words: name, description and treatment, and the reason for one customer's row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from habitue.features import CATALOGUE
from habitue.models.segmenting import POINTS
from habitue.schema import Words

__all__ = [
    "HISTORY_NOTE",
    "LIFECYCLE_STAGES",
    "POINTS_WORDS",
    "RFM_SEGMENTS",
    "SegmentWords",
    "feature_words",
    "reason",
]

#: What rules of learnt segments call the sum of a scorecard.
POINTS_WORDS = Words("points for recency, frequency and money", "RFM 得分")


def feature_words(name: str) -> Words:
    """Say in words what a condition of a learnt segment looks at; its code where it has no words."""
    if name == POINTS:
        return POINTS_WORDS
    return CATALOGUE[name].meaning if name in CATALOGUE else Words(name, name)


@dataclass(frozen=True, slots=True)
class SegmentWords:
    """What a segment is called, who is in it, and how to treat them."""

    name: Words
    description: Words
    treatment: Words


#: By code, from the best to the worst of each row of the RFM grid.
RFM_SEGMENTS: dict[str, SegmentWords] = {
    "champions": SegmentWords(
        Words("Champions", "冠军客户"),
        Words("Bought just now, buy often and spend much.", "刚刚买过，买得勤、花得多。"),
        Words(
            "Early access and recognition; ask for reviews before offering discounts.",
            "新品优先、专属礼遇，邀请评价；不必先给折扣。",
        ),
    ),
    "loyal": SegmentWords(
        Words("Loyal", "忠诚客户"),
        Words(
            "Buy often and spend much; the last purchase is a while ago.", "买得勤、花得多，最近一次购买已有一段时间。"
        ),
        Words("Keep their favourites in stock, suggest what goes with them.", "保证常购商品有货，推荐搭配商品。"),
    ),
    "cannot_lose_them": SegmentWords(
        Words("Cannot lose them", "不容流失客户"),
        Words("Used to buy often and for much, but not for a long time.", "曾经买得勤、花得多，但已很久没有购买。"),
        Words("Personal contact now: find out what went wrong.", "立即安排专人联系，了解原因。"),
    ),
    "potential_loyalists": SegmentWords(
        Words("Potential loyalists", "潜在忠诚客户"),
        Words("Bought lately, with middling frequency and money.", "近期买过，频次与金额居中。"),
        Words("Widen the basket: neighbouring categories, a membership.", "拓宽品类，引导入会。"),
    ),
    "need_attention": SegmentWords(
        Words("Need attention", "需要关注的客户"),
        Words("Middling in everything, and beginning to be late.", "各项居中，开始有些日子没来。"),
        Words("A reminder with their usual products and a limited offer.", "以常购商品提醒，可配限时优惠。"),
    ),
    "at_risk": SegmentWords(
        Words("At risk", "流失风险客户"),
        Words("Middling frequency and money, but not for a long time.", "频次与金额居中，但已很久没有购买。"),
        Words("A reason to come back: news in their categories.", "用常购类目的新品唤回。"),
    ),
    "new_customers": SegmentWords(
        Words("New customers", "新近客户"),
        Words(
            "Bought just now; few purchases and little money so far. Most are new.",
            "刚刚买过，目前购买少、金额小，多为新客。",
        ),
        Words("A good start: help with the product, then a second order.", "做好首购体验，引导第二单。"),
    ),
    "promising": SegmentWords(
        Words("Promising", "待培育客户"),
        Words("Bought lately; few purchases and little money so far.", "近期买过，目前购买少、金额小。"),
        Words("Show what fits the first purchase.", "推荐与首购搭配的商品。"),
    ),
    "about_to_sleep": SegmentWords(
        Words("About to sleep", "即将沉睡客户"),
        Words("Few purchases, little money, a while ago.", "购买少、金额小，已有一段时间没来。"),
        Words("One inexpensive reminder.", "低成本提醒一次。"),
    ),
    "hibernating": SegmentWords(
        Words("Hibernating", "沉睡客户"),
        Words("Few purchases, little money, long ago.", "购买少、金额小，已很久没来。"),
        Words("Only in cheap channels, at sale time.", "仅在大促时以低成本渠道触达。"),
    ),
    "lost": SegmentWords(
        Words("Lost", "流失客户"),
        Words("Few purchases, little money, longest ago of all.", "购买少、金额小，是最久没来的一批。"),
        Words("Spend nothing on them.", "不再投入预算。"),
    ),
}

#: By code, in the order in which customers go through them.
LIFECYCLE_STAGES: dict[str, SegmentWords] = {
    "new": SegmentWords(
        Words("New", "新客户"),
        Words(
            "One purchase day, at most half of the shop's usual gap ago.",
            "仅购买过一天，距今不超过全店惯常间隔的一半。",
        ),
        Words("Welcome and help; no discount yet.", "欢迎与使用指导，暂不给优惠。"),
    ),
    "second_order_due": SegmentWords(
        Words("Second order due", "待复购客户"),
        Words(
            "One purchase day, more than half of and at most three of the shop's usual gaps ago.",
            "仅购买过一天，距今超过全店惯常间隔的一半，不超过三倍。",
        ),
        Words("Ask how the first order went; show what fits it.", "回访首单体验，推荐搭配商品。"),
    ),
    "active": SegmentWords(
        Words("Active", "活跃客户"),
        Words("Two purchase days, and within one and a half usual gaps.", "购买过两天，仍在惯常间隔的一倍半之内。"),
        Words("Lead to the third order: refill or neighbouring category.", "引导第三单：补货或相邻类目。"),
    ),
    "loyal": SegmentWords(
        Words("Loyal", "忠诚客户"),
        Words(
            "Three purchase days or more, and within one and a half usual gaps.",
            "购买过三天及以上，仍在惯常间隔的一倍半之内。",
        ),
        Words("Good service, early access, ask for a review.", "优质服务、新品优先，邀请评价。"),
    ),
    "returned": SegmentWords(
        Words("Returned", "回流客户"),
        Words("Bought again after a pause of more than three usual gaps.", "停购超过三倍惯常间隔后再次购买。"),
        Words("Say thank you, find out why; treat like new.", "表示感谢，了解回归原因，按新客标准服务。"),
    ),
    "slowing": SegmentWords(
        Words("Slowing down", "购买放缓客户"),
        Words("Quiet for one and a half to three usual gaps.", "已有一倍半至三倍惯常间隔未购买。"),
        Words("Get in touch before the habit is gone.", "趁习惯未断，及时联系。"),
    ),
    "dormant": SegmentWords(
        Words("Dormant", "沉睡客户"),
        Words("Quiet for three to six usual gaps.", "已有三倍至六倍惯常间隔未购买。"),
        Words("One or two attempts to win them back.", "尝试召回一到两次。"),
    ),
    "lost": SegmentWords(
        Words("Lost", "流失客户"),
        Words("Quiet for more than six usual gaps.", "已有六倍以上惯常间隔未购买。"),
        Words("Spend nothing more, except one last question to the best.", "除对高价值者最后一问外，不再投入。"),
    ),
}


#: Where ``settled`` is false in ``lifecycle_history``.
HISTORY_NOTE = Words(
    "In the first half year of the records customers who had bought before look new, and the usual gap rests partly on "
    "an assumed 60 days: compare these months with care.",
    "记录开始的前半年内，老客户会显得像新客户，惯常间隔也部分采用 60 天的假定值：比较这些月份时请谨慎。",
)


def reason(family: str, row: Mapping[str, Any], language: str) -> str:
    """Explain a customer's row of the table ``rfm`` or ``lifecycle`` in plain words.

    Parameters
    ----------
    family : str
        ``"rfm"`` or ``"lifecycle"``.
    row : mapping
        One row of that table.
    language : str
        ``"en"`` or ``"zh"``.

    Examples
    --------
    >>> row = {"purchase_days": 7, "recency_days": 12.4, "usual_gap_days": 20.2, "since": None, "previous_stage": None}
    >>> reason("lifecycle", row, "en")
    'bought on 7 days, last 12 days ago; usual gap 20 days'
    >>> reason("lifecycle", row, "zh")
    '共 7 天有购买，最近一次在 12 天前；惯常购买间隔 20 天'
    """
    return _rfm_reason(row, language) if family == "rfm" else _lifecycle_reason(row, language)


def _rfm_reason(row: Mapping[str, Any], language: str) -> str:
    days, frequency = int(row["recency_days"]), int(row["frequency"])
    text = _RFM[language].format(
        bought=_bought(frequency, days, language),
        monetary=f"{row['monetary']:,.2f}",
        r=row["r"],
        f=row["f"],
        m=row["m"],
    )
    return str(text)


def _lifecycle_reason(row: Mapping[str, Any], language: str) -> str:
    bought = _bought(int(row["purchase_days"]), int(row["recency_days"]), language)
    text = _GAP[language].format(bought=bought, gap=f"{row['usual_gap_days']:.0f}")
    if row.get("since") is None:
        return text
    since = f"{row['since']:%Y-%m-%d}"
    previous = row.get("previous_stage")
    if previous is None:
        return text + _SINCE[language].format(since=since)
    return text + _SINCE_FROM[language].format(since=since, previous=LIFECYCLE_STAGES[previous].name[language])


def _bought(days: int, ago: int, language: str) -> str:
    if language == "zh":
        return f"共 {days} 天有购买，最近一次{f'在 {ago} 天前' if ago else '不到一天前'}"
    return f"bought on {days} day{'s' * (days != 1)}, last {_ago(ago)}"


def _ago(days: int) -> str:
    if days == 0:
        return "less than a day ago"
    return "1 day ago" if days == 1 else f"{days} days ago"


_RFM = Words("{bought}; spent {monetary} (scores {r}-{f}-{m})", "{bought}；累计消费 {monetary}（R{r} F{f} M{m}）")
_GAP = Words("{bought}; usual gap {gap} days", "{bought}；惯常购买间隔 {gap} 天")
_SINCE = Words("; in this stage since {since}", "；自 {since} 起处于此阶段")
_SINCE_FROM = Words(
    "; in this stage since {since}, before that: {previous}", "；自 {since} 起处于此阶段，此前为{previous}"
)
