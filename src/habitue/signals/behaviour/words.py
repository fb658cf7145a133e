"""Names and texts of the area, in two languages."""

from __future__ import annotations

from habitue.schema import Words

__all__ = ["ACTIONS", "EVENTS", "MEANINGS", "NOTES", "QUESTIONS", "SPLITS", "STEPS", "VERDICTS", "VISITORS"]

#: What the next visit comes to: how far it goes.
ACTIONS = {
    "browse": Words("looks around", "随便逛逛"),
    "view": Words("looks at products", "浏览商品"),
    "cart": Words("puts something into the basket", "加入购物车"),
    "checkout": Words("begins to pay", "进入结算"),
    "order": Words("orders", "下单"),
}

#: Steps of the funnel.
STEPS = {
    "visit": Words("visit", "访问"),
    "view": Words("product looked at", "浏览商品"),
    "cart": Words("basket", "加购"),
    "checkout": Words("checkout", "结算"),
    "order": Words("order", "下单"),
}

SPLITS = {
    "all": Words("all visits", "全部访问"),
    "device": Words("device", "设备"),
    "channel": Words("channel", "渠道"),
    "visitor": Words("visitor", "访客类型"),
}

VISITORS = {
    "unknown": Words("not known", "未识别访客"),
    "new": Words("customer, first visit", "首次到访客户"),
    "returning": Words("customer who was there before", "回访客户"),
}

VERDICTS = {
    "drops_more": Words("drops off more often", "更容易离开"),
    "drops_less": Words("drops off less often", "更不容易离开"),
    "no_difference": Words("no difference can be shown", "看不出差异"),
    "too_few": Words("too few visits to tell", "访问太少，无法判断"),
}

EVENTS = {
    "other": Words("other events", "其他事件"),
    "page": Words("pages", "页面浏览"),
    "login": Words("log-ins", "登录"),
    "list": Words("lists", "列表浏览"),
    "search": Words("searches", "搜索"),
    "view": Words("looks at products", "商品浏览"),
    "wish": Words("wishes", "收藏"),
    "cart": Words("products put into the basket", "加购"),
    "remove": Words("products taken out of the basket", "移出购物车"),
    "cart_view": Words("looks at the basket", "查看购物车"),
    "coupon": Words("coupons entered", "用券"),
    "checkout": Words("checkouts begun", "进入结算"),
    "pay": Words("payment details entered", "填写支付信息"),
    "order": Words("orders", "下单"),
}

_RELATIONS = {
    "other_category": Words("looks at another category", "换类目浏览"),
    "same_category": Words("looks at the same category again", "同类目浏览"),
    "same_product": Words("looks at the same product again", "重复浏览同一商品"),
}

#: What the inputs are.
MEANINGS = {
    "events": Words("events so far in the visit", "本次访问已发生的事件数"),
    "seconds": Words("time so far in the visit (log of seconds)", "本次访问已用时间（秒，取对数）"),
    "last_gap": Words("time before the last event (log of seconds)", "最近一步的间隔（秒，取对数）"),
    "usual_gap": Words("usual time between events (log of seconds)", "平均间隔（秒，取对数）"),
    "lately_gap": Words("time between the latest events (log of seconds)", "最近几步的间隔（秒，取对数）"),
    "longest_gap": Words("longest pause (log of seconds)", "最长停顿（秒，取对数）"),
    "products": Words("different products looked at", "看过的商品数"),
    "categories": Words("different categories looked at", "看过的类目数"),
    "basket": Words("products in the basket", "购物车内商品数"),
    "last_price": Words("price of the last product (log)", "最近商品的价格（取对数）"),
    "usual_price": Words("mean price of products looked at (log)", "看过商品的平均价格（取对数）"),
    "highest_price": Words("highest price looked at (log)", "看过的最高价格（取对数）"),
    "hour": Words("hour of the day", "时段（小时）"),
    "hour_sin": Words("time of the day", "一天中的时间"),
    "hour_cos": Words("time of the day", "一天中的时间"),
    "weekday": Words("weekday", "星期"),
    "known": Words("the visitor is known", "访客已识别"),
    "device": Words("device", "设备"),
    "channel": Words("channel", "渠道"),
    "past_visits": Words("earlier visits", "以往访问次数"),
    "past_visits_30d": Words("visits in the last 30 days", "近30天访问次数"),
    "past_orders": Words("earlier visits with an order", "以往下单的访问次数"),
    "past_order_share": Words("share of earlier visits with an order", "以往访问的下单占比"),
    "past_lately_ordered": Words("share of the latest visits with an order", "近几次访问的下单占比"),
    "past_events": Words("events per earlier visit", "以往每次访问的事件数"),
    "past_first_deep": Words("share of earlier visits that went straight to the basket", "以往直奔购物车的访问占比"),
    "past_basket_share": Words("share of earlier visits with a basket", "以往访问的加购占比"),
    "past_checkout_share": Words("share of earlier visits with a checkout", "以往访问的结算占比"),
    "past_depth": Words("how far earlier visits went", "以往访问的深入程度"),
    "days_since_visit": Words("days since the last visit", "距上次访问天数"),
    "days_since_order": Words("days since the last visit with an order", "距上次下单访问天数"),
    "last_visit_depth": Words("how far the last visit went", "上次访问的深入程度"),
    "last_visit_left_basket": Words("a basket was left at the last visit", "上次访问留下未结算的购物车"),
    "last_visit_events": Words("events of the last visit", "上次访问的事件数"),
    "usual_visit_gap_days": Words("usual days between visits", "通常的访问间隔（天）"),
    **{
        f"{kind}_{name}": Words(f"{en}: {words['en']}", f"{zh}：{words['zh']}")
        for name, words in {**EVENTS, **_RELATIONS}.items()
        for kind, en, zh in (
            ("count", "so far in the visit", "本次访问累计"), ("lately", "lately in the visit", "本次访问近期"),
            ("last", "the last event", "最近一步"), ("before", "the event before the last", "倒数第二步"),
        )
    },
    **{
        f"past_{code}_share": Words(f"share in earlier visits: {name['en']}", f"以往访问中的占比：{name['zh']}")
        for code, name in EVENTS.items()
        if code != "order"
    },
}  # fmt: skip

QUESTIONS = {
    "behaviour_intent": Words("Will this visit end in an order?", "这次访问会下单吗？"),
    "behaviour_next_visit": Words(
        "If this customer comes within {days} days, on which day?", "如果该客户在{days}天内到访，会在哪一天？"
    ),
    "behaviour_next_action": Words(
        "How far will this customer's next visit go, and will it end in an order?",
        "该客户下次访问会走到哪一步？会下单吗？",
    ),
    "behaviour_next_category": Words(
        "Which category will this customer's next visit begin with?", "该客户下次访问会先看哪个类目？"
    ),
}

NOTES = {
    "no_events": Words(
        "The shop gives no events: visits are days with an order.", "店铺未提供行为事件：以下单日作为到访日。"
    ),
    "by_day": Words(
        "Times of events are days: their order within a day, and the best hour, are not known.",
        "事件时间只精确到天：当天的先后顺序与最佳时段无从得知。",
    ),
    "too_few": Words("Too few visits end in an order to learn from.", "下单的访问太少，无法训练模型。"),
    "no_waits": Words(
        "The records are too short to learn when customers come next.", "记录时间太短，无法学习客户何时再来。"
    ),
    "sampled": Words("Learnt from {n} visits drawn at random.", "随机抽取 {n} 次访问用于训练。"),
}
