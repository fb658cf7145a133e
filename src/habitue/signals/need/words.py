"""Names and texts of the area, in two languages."""

from __future__ import annotations

from habitue.schema import Words

__all__ = ["MEANINGS", "NOTES", "QUESTIONS", "REASON_NAMES"]

#: Why a product is named.
REASON_NAMES = {
    "replenish": Words("due to be bought again", "该补货了"),
    "bought_before": Words("bought before", "以前买过"),
    "goes_with": Words("goes with what was bought", "常与已购商品搭配"),
    "popular": Words("popular right now", "近期热门"),
}

#: What the inputs of a customer and category are.
MEANINGS = {
    "category_order_share": Words("share of the customer's orders with this category", "客户订单中含该类目的占比"),
    "category_recent_share": Words("share of this category in recent months", "近几个月该类目占比"),
    "category_latest_share": Words("share of this category in the latest orders", "最近几单该类目占比"),
    "category_in_last_order": Words("share of this category in the last order", "上一单中该类目占比"),
    "category_orders": Words("orders with this category", "含该类目的订单数"),
    "category_recency_days": Words("days since this category was last bought", "距上次购买该类目天数"),
    "category_recency_cycles": Words("the same, in usual intervals of this category", "距上次购买该类目的周期数"),
    "category_popularity": Words("popularity of this category in the last 30 days", "近30天该类目热度"),
    "category_trend_30d": Words("sales of this category in the last 30 days against ever", "近30天热度与长期之比"),
    "category_trend_14d": Words(
        "sales of this category in the last 14 days against the last 90", "近14天热度与近90天之比"
    ),
    "category_season": Words(
        "sales of this category in the same weeks a year ago against ever", "去年同期热度与长期之比"
    ),
    "category_affinity": Words("the customer's other categories speak for this one", "客户所购其他类目与该类目的关联"),
    "category_follows": Words("this category often follows the last order's", "该类目常在上一单的类目之后购买"),
    "category_by_products": Words("what goes with the customer's products", "与客户已购商品的搭配程度"),
    "category_rebought": Words("share of this category's buyers who buy it again", "该类目的复购率"),
    "orders": Words("orders so far", "累计订单数"),
    "categories_per_order": Words("categories per order", "每单类目数"),
    "categories_bought": Words("categories bought so far", "已购类目数"),
}

QUESTIONS = {
    "need_category": Words(
        "If this customer orders within {days} days, which categories will be in that order?",
        "如果该客户在{days}天内下单，订单里会有哪些类目？",
    ),
    "need_timing": Words(
        "If this customer orders within {days} days, on which day?", "如果该客户在{days}天内下单，会在哪一天？"
    ),
}

NOTES = {
    "from_titles": Words(
        "The shop gives no categories: they were learnt from product titles known at the time.",
        "店铺未提供类目，类目由当时已知的商品名称归纳得出。",
    ),
    "history_only": Words(
        "Too few customers have ordered again to learn from: own history and popularity answer alone.",
        "复购客户太少，无法训练模型：仅依据客户自身历史与整体热度作答。",
    ),
    "overlapping": Words(
        "The records are too short to be judged on later time: other customers judged.",
        "记录时间太短，无法用更晚的数据检验，改用其他客户检验。",
    ),
    "no_waits": Words(
        "The records are too short to learn when customers order next.", "记录时间太短，无法学习客户何时再次下单。"
    ),
    "whole": Words(
        "The full model answers for the {n} customers most likely to order; smoothed own history for the others.",
        "完整模型只用于最可能下单的 {n} 位客户，其余客户依据自身购买历史（结合整体热度）作答。",
    ),
    "sampled": Words("Learnt from {n} customers drawn by their ids.", "按客户编号抽取 {n} 位客户用于训练。"),
}
