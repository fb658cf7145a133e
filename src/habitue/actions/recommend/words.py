"""Names and texts of the area, in two languages."""

from __future__ import annotations

from habitue.schema import Words

__all__ = [
    "ACTION_NAMES", "CLASHES", "DECISIONS", "KIND_NAMES", "LIST_NAMES", "MAKER_NAMES", "NOTES", "QUESTION", "REASONS",
    "RULE_NAMES", "STATES", "ago",
]  # fmt: skip

#: Kinds of list.
KIND_NAMES = {
    "home": Words("for the home page", "首页推荐"),
    "similar": Words("similar products", "相似商品"),
    "together": Words("bought together", "搭配购买"),
    "cart": Words("goes with the cart", "购物车搭配"),
    "after_purchase": Words("after a purchase", "购后推荐"),
    "new": Words("new arrivals", "新品推荐"),
    "win_back": Words("to win a customer back", "老客召回"),
    "segment": Words("by segment", "分群推荐"),
    "email": Words("for an e-mail", "邮件推荐"),
    "push": Words("for a push message", "推送推荐"),
    "popular": Words("bestsellers", "热销榜"),
    "again": Words("to buy again", "再次购买"),
}

#: Who proposed a product.
MAKER_NAMES = {
    "personal": Words("the customer's own history", "个人偏好"),
    "popular": Words("bestsellers", "热销"),
    "together": Words("bought together", "搭配购买"),
    "similar": Words("alike", "相似商品"),
    "new": Words("new arrivals", "新品"),
    "again": Words("bought before", "复购"),
    "rule": Words("a rule of the shop", "店铺规则"),
}

#: What is known of whoever is asked about.
STATES = {
    "known": Words("a customer with a history", "有历史记录的客户"),
    "few": Words("a customer of whom little is known", "历史记录较少的客户"),
    "anonymous": Words("an anonymous visit", "匿名访客"),
    "new": Words("never seen before: bestsellers", "首次到访，展示热销商品"),
}

#: What the customer did with the product that a reason names.
ACTION_NAMES = {
    "buy": Words("bought", "购买过"),
    "cart": Words("put into the cart", "加购过"),
    "wish": Words("put on the wish list", "收藏过"),
    "view": Words("looked at", "浏览过"),
    "session": Words("in this visit", "本次浏览"),
}

#: Why a product stands in a list.
REASONS = {
    "history": Words(
        "because “{cause}” was {action} {ago} ({share} of the score)", "因{ago}{action}“{cause}”（占评分的{share}）"
    ),
    "session": Words(
        "because of “{cause}” in this visit ({share} of the score)", "因本次浏览了“{cause}”（占评分的{share}）"
    ),
    "together": Words("goes with “{cause}”", "常与“{cause}”一起购买"),
    "similar": Words("like “{cause}”", "与“{cause}”相似"),
    "again": Words("bought before, the last time {ago}", "曾经购买，上次是{ago}"),
    "new": Words("new: came on sale {ago}", "新品，{ago}上架"),
    "recent": Words("among the newest: came on sale {ago}", "较新商品，{ago}上架"),
    "popular_in": Words("popular in {category}", "“{category}”类目热销"),
    "popular": Words("popular right now", "近期热销"),
    "liked": Words("fits what was bought so far", "符合以往购买偏好"),
    "rule": Words("chosen by the shop", "店铺精选"),
}

#: The merchant's rules.
RULE_NAMES = {
    "include": Words("products that must come", "必推商品"),
    "exclude": Words("excluded products", "排除商品"),
    "in_stock": Words("in stock only", "仅推有货"),
    "categories": Words("allowed categories", "类目范围"),
    "category_cap": Words("most products of a category", "单类目上限"),
    "price_band": Words("price band", "价格区间"),
    "margin_weight": Words("weight of the margin", "毛利权重"),
    "promotion_share": Words("share of places for a promotion", "促销位占比"),
    "new_slots": Words("places for new products", "新品位"),
    "hide_bought": Words("without what was bought", "过滤已购"),
    "hide_seen": Words("without what was seen", "过滤已浏览"),
    "frequency_cap": Words("frequency cap", "频次上限"),
    "diversity": Words("variety", "多样性"),
    "explore": Words("places that are tried out", "探索位"),
    "all": Words("all rules together", "全部规则"),
    "too_few": Words("too few such products", "符合条件的商品不足"),
    "length": Words("the length of the list", "列表长度"),
    "unknown_product": Words("no such product", "商品不存在"),
    "not_on_sale": Words("not for sale any more", "商品已下架"),
    "hidden": Words("hidden by the customer", "客户已隐藏"),
}

#: Lists that are compared.
LIST_NAMES = {
    "ours": Words("ours", "本系统"),
    "popular_7_days": Words("bestsellers of the last 7 days", "近7天热销"),
    "item_neighbours": Words("item neighbours", "物品近邻"),
    "again": Words("what was bought before", "复购清单"),
}

#: What was decided for a segment.
DECISIONS = {
    "better": Words("another list is clearly worth more", "换用其他推荐明显更好"),
    "no_difference": Words("no difference: the usual list", "无显著差异，沿用常规推荐"),
    "too_few": Words("too few customers to tell", "客户太少，无法判断"),
}

QUESTION = Words("Which products will this customer buy next?", "该客户接下来会购买哪些商品？")

NOTES = {
    "repeats": Words(
        "Customers of this shop buy the same products again: lists show those too.",
        "该店客户常复购同款商品，推荐中会包含已购商品。",
    ),
    "no_repeats": Words(
        "Customers of this shop seldom buy the same product again: what they bought is left out.",
        "该店客户很少复购同款商品，推荐中不含已购商品。",
    ),
    "sampled": Words("Learnt from a share of the customers, always the same ones.", "由固定抽取的部分客户训练得出。"),
    "not_judged": Words("Too few days of records to look back on: not judged yet.", "历史数据天数不足，暂无法回测。"),
}

CLASHES = Words(
    "“{given_up}” was given up for “{because}”: {got} of {wanted}",
    "“{given_up}”让位于“{because}”：{wanted}个中满足{got}个",
)


def ago(days: float) -> Words:
    """Return how long ago something was, in words.

    Examples
    --------
    >>> ago(0.2).en, ago(12).en, ago(100).zh
    ('today', '12 days ago', '3个月前')
    """
    whole = max(int(days), 0)
    if whole == 0:
        return Words("today", "今天")
    if whole == 1:
        return Words("yesterday", "昨天")
    if whole < 60:
        return Words(f"{whole} days ago", f"{whole}天前")
    if whole < 730:
        return Words(f"{whole // 30} months ago", f"{whole // 30}个月前")
    return Words(f"{whole // 365} years ago", f"{whole // 365}年前")
