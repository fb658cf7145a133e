"""The actions of the care plan in words, with the numbers of the day filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from habitue.schema import Words

__all__ = ["ACTIONS", "BASIS", "HOLD_OUT", "ActionWords", "money", "title", "to_do", "why"]


@dataclass(frozen=True, slots=True)
class ActionWords:
    """One action: its name, its headline, and what to do."""

    name: Words
    title: Words
    to_do: Words


ACTIONS: dict[str, ActionWords] = {
    "rescue_valued": ActionWords(
        Words("Rescue valued customers", "挽留高价值客户"),
        Words("Rescue valued customers who are slowing down", "挽留购买放缓的高价值客户"),
        Words(
            "Get in touch personally: ask what is missing, help with their usual products. A discount comes last.",
            "安排专人联系：问问有什么不满意，协助补货常购商品；优惠放在最后再给。",
        ),
    ),
    "remind": ActionWords(
        Words("Remind them", "提醒复购"),
        Words("Remind customers who are slowing down", "提醒购买放缓的客户"),
        Words(
            "Send one reminder with what they usually buy and what goes with it.",
            "推送一次提醒，内容以其常购商品和搭配商品为主。",
        ),
    ),
    "second_order": ActionWords(
        Words("Win the second order", "促成第二单"),
        Words("Win the second order of first-time buyers", "促成首购客户的第二单"),
        Words(
            "Ask how the first order went and show what fits it. Write to the newest of them first.",
            "回访首单体验，推荐与首单搭配的商品；优先联系最近进入此阶段的客户。",
        ),
    ),
    "win_back_valued": ActionWords(
        Words("Win back valued customers", "召回高价值沉睡客户"),
        Words("Win back valued customers who have gone quiet", "召回沉睡的高价值客户"),
        Words(
            "One personal message with a real reason to come back: news in their categories, or an offer with an end.",
            "发一条有诚意的专属消息：常购类目的新品，或限时的回归礼遇。",
        ),
    ),
    "win_back": ActionWords(
        Words("Win back at low cost", "低成本召回"),
        Words("Win back quiet customers at low cost", "以低成本召回沉睡客户"),
        Words(
            "Use a cheap channel only, one or two messages; stop when nothing comes back.",
            "只用低成本渠道触达一到两次，没有回应就停止。",
        ),
    ),
    "last_try": ActionWords(
        Words("One last try", "最后一次挽回"),
        Words("Try one last time with valued customers who are lost", "最后一次挽回已流失的高价值客户"),
        Words(
            "One personal question: why did you leave? Then leave them alone.",
            "专人询问一次离开的原因，之后不再打扰。",
        ),
    ),
    "welcome": ActionWords(
        Words("Welcome new customers", "欢迎新客"),
        Words("Welcome new customers", "欢迎新客户"),
        Words(
            "Thank them, help with the first product, ask for consent to write. No discount yet: they just bought.",
            "表达感谢，附上首单商品的使用建议，征得后续联系的同意；刚下过单，暂不必给优惠。",
        ),
    ),
    "third_order": ActionWords(
        Words("Make it a habit", "培养购买习惯"),
        Words("Bring second-time buyers to their third order", "推动购买过两次的客户完成第三单"),
        Words(
            "Suggest a neighbouring category or a refill at the time of their usual gap.",
            "在其购买周期到来时，推荐相邻类目或提醒补货。",
        ),
    ),
    "welcome_back": ActionWords(
        Words("Welcome them back", "接住回流客户"),
        Words("Welcome back returned customers", "接住回流客户"),
        Words(
            "Say thank you and find out what brought them back; treat them like new customers for one order.",
            "表示感谢，了解回归的原因；接下来这一单按新客标准用心服务。",
        ),
    ),
    "thank_loyal": ActionWords(
        Words("Look after the loyal", "维护忠诚客户"),
        Words("Look after loyal customers", "维护忠诚客户"),
        Words(
            "Early access, good service, ask for a review or a recommendation. Discounts are no first choice.",
            "新品优先购、专属服务，邀请评价或推荐好友；不必优先考虑折扣。",
        ),
    ),
    "leave_alone": ActionWords(
        Words("Leave alone", "停止打扰"),
        Words("Spend nothing on lost customers", "不再为流失客户投入预算"),
        Words(
            "Take them out of paid campaigns; they stay welcome when they come by themselves.",
            "移出付费投放名单；若自行回访，照常接待。",
        ),
    ),
}

#: Belongs under every list of actions.
HOLD_OUT = Words(
    "What an action gains has not been measured in this shop yet: leave a random tenth of each list out and compare.",
    "各项动作能带来多少增量，本店尚未测得：请在每份名单中随机留出十分之一不触达，作为对照。",
)

#: What the money at stake is, by ``stake_basis``.
BASIS: dict[str, Words] = {
    "expected_loss": Words(
        "Money at stake: what they spent in the last 365 days, less returns, times the share of their stage that was "
        "overdue at the end of the observed days.",
        "涉及金额：近 365 天净消费 × 观察期末同阶段客户的逾期未购占比。",
    ),
    "spend_365d": Words(
        "Money at stake: all they spent in the last 365 days, less returns; what usually becomes of them could not be "
        "observed yet.",
        "涉及金额：近 365 天的全部净消费；通常的去向尚无法观察。",
    ),
}


def title(row: Mapping[str, Any], language: str, currency: str) -> str:
    """Return the headline of a row of ``today``.

    Examples
    --------
    >>> title({"action": "remind", "customers": 1200, "money_at_stake": 5300.4}, "en", "GBP")
    'Remind customers who are slowing down (1,200 customers, GBP 5,300 at stake)'
    """
    text, stake = ACTIONS[row["action"]].title[language], money(row["money_at_stake"], currency)
    if language == "zh":
        number = f"{row['customers']:,} 人"
        return f"{text}（{number}）" if row["action"] == "leave_alone" else f"{text}（{number}，涉及金额 {stake}）"
    number = _counted(row["customers"], "customer")
    return f"{text} ({number})" if row["action"] == "leave_alone" else f"{text} ({number}, {stake} at stake)"


def why(row: Mapping[str, Any], language: str) -> str:
    """Return the reason for a row of ``today``, with its numbers."""
    zh = language == "zh"
    quiet, gap = round(row["median_recency_days"]), round(row["median_usual_gap_days"])
    spans = (quiet, gap) if zh else (_counted(quiet, "day"), _counted(gap, "day"))
    parts = [(_QUIET_ONE if row["customers"] == 1 else _QUIET)[language].format(quiet=spans[0], gap=spans[1])]
    if row["entered_7d"]:
        parts.append(_ENTERED[language].format(entered=f"{row['entered_7d']:,}"))
    if row["observed_customers"]:
        seen, overdue = int(row["observed_customers"]), int(row["observed_overdue"])
        numbers = {"overdue": f"{overdue:,}", "share": f"{overdue / seen:.0%}", "days": int(row["flow_days"])}
        parts.append(_OBSERVED[language].format(seen=f"{seen:,}" if zh else _counted(seen, "customer"), **numbers))
    else:
        parts.append(_NOT_OBSERVED[language])
    return ("" if zh else " ").join(parts)


def to_do(row: Mapping[str, Any], language: str) -> str:
    """Return what to do about a row of ``today``."""
    return ACTIONS[row["action"]].to_do[language]


def money(amount: float, currency: str) -> str:
    """Write an amount without small change."""
    return f"{currency} {amount:,.0f}".strip()


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


_QUIET = Words(
    "Half of them have not bought for more than {quiet}; their usual gap is {gap}.",
    "半数客户已超过 {quiet} 天未购买，而惯常购买间隔为 {gap} 天。",
)
_QUIET_ONE = Words(
    "The last purchase was {quiet} ago; the usual gap is {gap}.",
    "最近一次购买在 {quiet} 天前，惯常购买间隔为 {gap} 天。",
)
_ENTERED = Words("{entered} of them came to this stage in the last 7 days.", "近 7 天新进入此阶段 {entered} 人。")
_OBSERVED = Words(
    "Of {seen} in this stage {days} days ago, {overdue} ({share}) are overdue today.",
    "{days} 天前处于此阶段的 {seen} 位客户中，如今有 {overdue} 位（{share}）逾期未购。",
)
_NOT_OBSERVED = Words(
    "The history is too short to say what usually becomes of them.", "历史数据尚短，还无法观察到他们通常的去向。"
)
