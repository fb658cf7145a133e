"""The codes of this area's tables, in the reader's language."""

from __future__ import annotations

from habitue.schema import Words

__all__ = ["EVIDENCE", "RISKS", "offer_words"]

RISKS: dict[str, Words] = {
    "low": Words("low risk", "低风险"),
    "medium": Words("medium risk", "中风险"),
    "high": Words("high risk", "高风险"),
}

EVIDENCE: dict[str, Words] = {
    "experiment": Words(
        "The response is learnt from your own contacts that were drawn at random.",
        "响应效果来自本店随机分组的历史触达实验。",
    ),
    "assumption": Words(
        "The response is an assumption ([rescue] response_share in shop.toml): nothing in your tables shows what an "
        "offer changes. Hold out a random tenth of the next action, and it can be learnt.",
        "响应效果为假设值（shop.toml 中 [rescue] 的 response_share）：现有数据无法证明优惠的真实作用。"
        "下次活动随机留出一成客户不发券，即可据此学习。",
    ),
}


def offer_words(offer: str) -> Words:
    """Say in words what the contact carries.

    Examples
    --------
    >>> offer_words("20%")["en"]
    'a coupon of 20 % off one order'
    >>> offer_words("message")["zh"]
    '一条消息，不含优惠'
    """
    if offer == "message":
        return Words("a message without a discount", "一条消息，不含优惠")
    share = offer.rstrip("%")
    return Words(f"a coupon of {share} % off one order", f"单次订单立减{share}%的优惠券")
