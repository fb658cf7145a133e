"""What to do for a segment, and what it would bring: rescue, new products, an offer, a reminder, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from habitue.data.settings import ShopSettings
from habitue.schema import Words
from habitue.signals.segment.portrait_words import Profile

__all__ = ["EVIDENCE", "TREATMENTS", "Treatment", "treat"]

TREATMENTS: dict[str, tuple[Words, Words]] = {
    "new_products": (
        Words("New products first", "新品优先"),
        Words(
            "Show them new products before anybody else; no discount is needed.",
            "新品优先触达，给予专属礼遇，无需折扣。",
        ),
    ),
    "offer": (
        Words("An offer for the next order", "复购优惠"),
        Words("A coupon for the next order while the last one is fresh.", "趁首单热度，发放下一单优惠券。"),
    ),
    "second_order": (
        Words("Towards the next order", "引导下一单"),
        Words(
            "Show what goes with what they bought; a discount would not pay.",
            "推荐与已购商品搭配的商品；给折扣并不划算。",
        ),
    ),
    "next_need": (
        Words("What they need next", "下一需求推荐"),
        Words("Suggest what they are likely to need next, without a discount.", "推荐接下来可能需要的类目，无需折扣。"),
    ),
    "rescue": (
        Words("Rescue those for whom it pays", "挽回值得挽回的客户"),
        Words("Contact only those whose rescue is expected to pay.", "仅触达预期收益为正的客户。"),
    ),
    "remind": (
        Words("A reminder", "轻触提醒"),
        Words("One inexpensive reminder, without a discount.", "低成本提醒一次，不给折扣。"),
    ),
    "leave": (
        Words("Leave alone", "暂不投入"),
        Words("Spend nothing on them for now.", "暂不投入预算。"),
    ),
}

EVIDENCE: dict[str, Words] = {
    "experiment": Words("learnt from the shop's own randomised contacts", "来自本店随机分组的触达实验"),
    "assumption": Words(
        "an assumption (response_share in shop.toml), not a measurement: hold out half of them and it can be learnt",
        "为假设值（shop.toml 中的 response_share），并非实测；随机留出一半客户即可据此学习",
    ),
    "none": Words("nothing is spent, nothing is expected", "不投入，亦无预期收益"),
}

_RECENT, _LATE, _OFTEN = 0.8, 1.25, 1.0  # against the average customer
_ONCE = 1.5  # purchase days
_WORTH = 0.8
#: Part of the response to a coupon that a contact without one is assumed to have.
_RESPONSE = {"offer": 1.0, "rescue": 1.0}
_WITHOUT = 0.5
_INSTEAD = {"offer": "second_order", "rescue": "remind"}  # where a discount does not pay
_ANYWAY = 0.5  # of those who would have ordered anyway use the coupon
_RANGE = (0.5, 2.0)  # of an assumed response


@dataclass(frozen=True, slots=True)
class Treatment:
    """What is suggested, for how many, and the margin it is expected to add, in the shop's money.

    ``value`` and its range are None where nothing is known of spend; ``evidence`` is a code of `EVIDENCE`.
    """

    code: str
    customers: int
    value: float | None
    low: float | None
    high: float | None
    evidence: str


def treat(profile: Profile, spend_a_day: Any, rescue: dict[str, Any] | None, settings: ShopSettings) -> Treatment:
    """Suggest a treatment for a segment.

    Parameters
    ----------
    profile : Profile
    spend_a_day : array of shape (n,) or None
        Of every member in the time ahead.
    rescue : dict or None
        Columns ``rescue``, ``rescue_gain``, ``rescue_gain_low``, ``rescue_gain_high`` and ``evidence`` of the table
        ``churn`` for the members.
    settings : ShopSettings
        Margin, cost of a contact, and the assumed response.
    """
    code = _choose(profile)
    if code in ("rescue", "leave") and rescue is not None:
        chosen = rescue["rescue"].astype(bool)
        if chosen.any():
            gain, low, high = (
                float(np.nansum(rescue[name][chosen]))
                for name in ("rescue_gain", "rescue_gain_low", "rescue_gain_high")
            )
            kinds = sorted({str(each) for each in rescue["evidence"][chosen] if each is not None})
            evidence = kinds[0] if len(kinds) == 1 else "assumption"
            return Treatment("rescue", int(chosen.sum()), gain, low, high, evidence)
        code = "leave"
    if code == "leave":
        return Treatment("leave", 0, 0.0, 0.0, 0.0, "none")
    return _assumed(code, profile.customers, spend_a_day, settings)


def _choose(profile: Profile) -> str:
    if not profile.customers:
        return "leave"
    once = profile.purchase_days < _ONCE
    if profile.recency < _RECENT:
        return "offer" if once or profile.frequency < _OFTEN else "new_products"
    if profile.recency < _LATE:
        return "next_need" if profile.next_need is not None else "remind"
    return "rescue" if not once and profile.money >= _WORTH else "leave"


def _assumed(code: str, customers: int, spend_a_day: Any, settings: ShopSettings) -> Treatment:
    """Margin of the extra orders while a contact works, less its cost; only those for whom that is positive."""
    if spend_a_day is None:
        return Treatment(code, customers, None, None, None, "assumption")
    terms, margin = settings.rescue, settings.shop.gross_margin
    base = np.nan_to_num(spend_a_day) * terms.offer_days
    off = terms.offer_share if code in _INSTEAD else 0.0

    def gains(times: float) -> Any:
        response = terms.response_share * _RESPONSE.get(code, _WITHOUT) * times
        return base * (response * margin - off * (_ANYWAY + response)) - terms.contact_cost

    chosen = gains(1.0) > 0
    if not chosen.any():
        if code in _INSTEAD:
            return _assumed(_INSTEAD[code], customers, spend_a_day, settings)
        return Treatment("leave", 0, 0.0, 0.0, 0.0, "none")
    low, middle, high = (float(gains(times)[chosen].sum()) for times in (_RANGE[0], 1.0, _RANGE[1]))
    return Treatment(code, int(chosen.sum()), middle, low, high, "assumption")
