"""All tables a merchant can give, with their columns. The only home of their names."""

from __future__ import annotations

from habitue.errors import ConfigError, did_you_mean
from habitue.schema.column import Column, Kind, Table, Words

__all__ = ["TABLES", "table"]


def _c(name: str, kind: Kind, en: str, zh: str, *, required: bool = False, personal: bool = False) -> Column:
    return Column(name, kind, Words(en, zh), required, personal)


_INGESTED = _c("ingested_at", Kind.TIME, "when the row reached the shop's systems", "入库时间")
_CURRENCY = _c("currency", Kind.CODE, "currency of the row's money, ISO 4217", "币种")

ORDER_LINES = Table(
    "order_lines",
    Words("one row per product in an order", "订单明细，每行一件商品"),
    (
        _c("order_id", Kind.ID, "the order or invoice number", "订单号", required=True),
        _c("line_id", Kind.ID, "the line's own number", "明细号"),
        _c("customer_id", Kind.ID, "who bought", "客户编号"),
        _c("product_id", Kind.ID, "what was bought: product code, SKU", "商品编号"),
        _c("ordered_at", Kind.TIME, "when it was ordered", "下单时间", required=True),
        _c("quantity", Kind.QUANTITY, "pieces; negative for returns", "数量", required=True),
        _c("unit_price", Kind.MONEY, "price paid for one piece", "单价", required=True),
        _c("line_total", Kind.MONEY, "money for the whole line (gives the unit price where that is missing)", "小计"),
        _c("list_price", Kind.MONEY, "price before any discount, one piece", "原价"),
        _c("discount", Kind.MONEY, "money taken off the line", "优惠金额"),
        _c("unit_cost", Kind.MONEY, "what one piece cost the shop", "成本价"),
        _CURRENCY,
        _c("status", Kind.CODE, "state of the order: paid, cancelled, refunded…", "订单状态"),
        _c("cancelled_at", Kind.TIME, "when the order was called off", "取消时间"),
        _c("channel", Kind.CODE, "where it was bought: web, app, store, marketplace", "渠道"),
        _c("country", Kind.CODE, "country of the customer or delivery", "国家"),
        _c("region", Kind.CODE, "region, state or province", "省份"),
        _c("city", Kind.CODE, "city", "城市"),
        _c("coupon_code", Kind.CODE, "coupon used", "优惠券"),
        _c("payment_method", Kind.CODE, "how it was paid", "支付方式"),
        _c("shipping", Kind.MONEY, "delivery charge of the order", "运费"),
        _c("product_title", Kind.TEXT, "name of the product as sold", "商品名称"),
        _c("category", Kind.CODE, "category of the product", "类目"),
        _c("brand", Kind.CODE, "brand of the product", "品牌"),
        _c("customer_name", Kind.TEXT, "name of the customer", "客户姓名", personal=True),
        _c("customer_email", Kind.TEXT, "e-mail of the customer", "客户邮箱", personal=True),
        _c("customer_phone", Kind.TEXT, "phone of the customer", "客户电话", personal=True),
        _INGESTED,
    ),
    key=("order_id", "line_id"),
    time="ordered_at",
    unlocks=Words(
        "everything: customers, segments, value, churn, the report", "全部功能：客户、分群、价值、流失、报告"
    ),
)

ORDERS = Table(
    "orders",
    Words("one row per order", "订单"),
    (
        _c("order_id", Kind.ID, "the order number", "订单号", required=True),
        _c("customer_id", Kind.ID, "who bought", "客户编号"),
        _c("ordered_at", Kind.TIME, "when it was ordered", "下单时间", required=True),
        _c("status", Kind.CODE, "state: paid, cancelled, refunded, test…", "订单状态"),
        _c("cancelled_at", Kind.TIME, "when the order was called off", "取消时间"),
        _c("channel", Kind.CODE, "where it was bought", "渠道"),
        _c("country", Kind.CODE, "country of delivery", "国家"),
        _c("region", Kind.CODE, "region, state or province", "省份"),
        _c("city", Kind.CODE, "city", "城市"),
        _CURRENCY,
        _c("shipping", Kind.MONEY, "delivery charge", "运费"),
        _c("discount", Kind.MONEY, "money taken off the order", "优惠金额"),
        _c("order_total", Kind.MONEY, "what the customer paid for the order", "订单金额"),
        _c("coupon_code", Kind.CODE, "coupon used", "优惠券"),
        _c("payment_method", Kind.CODE, "how it was paid", "支付方式"),
        _c("customer_email", Kind.TEXT, "e-mail of the customer", "客户邮箱", personal=True),
        _INGESTED,
    ),
    key=("order_id",),
    time="ordered_at",
    unlocks=Words(
        "channels, coupons, delivery charges, cancelled orders by status", "渠道、优惠券、运费、按状态识别的取消订单"
    ),
)

CUSTOMERS = Table(
    "customers",
    Words("one row per customer", "客户"),
    (
        _c("customer_id", Kind.ID, "the customer's number", "客户编号", required=True),
        _c("signed_up_at", Kind.TIME, "when the account was opened", "注册时间"),
        _c("name", Kind.TEXT, "name", "姓名", personal=True),
        _c("email", Kind.TEXT, "e-mail", "邮箱", personal=True),
        _c("phone", Kind.TEXT, "phone", "电话", personal=True),
        _c("gender", Kind.CODE, "gender as given", "性别"),
        _c("birth_date", Kind.DATE, "day of birth", "出生日期", personal=True),
        _c("country", Kind.CODE, "country", "国家"),
        _c("region", Kind.CODE, "region, state or province", "省份"),
        _c("city", Kind.CODE, "city", "城市"),
        _c("postcode", Kind.ID, "postcode", "邮编", personal=True),
        _c("language", Kind.CODE, "language the customer reads", "语言"),
        _c("acquisition_channel", Kind.CODE, "how the customer was won", "获客渠道"),
        _c("is_business", Kind.FLAG, "buys for a business", "企业客户"),
        _INGESTED,
    ),
    key=("customer_id",),
    time="signed_up_at",
    unlocks=Words(
        "customers who never bought, regions, acquisition channels, birthdays", "未购客户、地区、获客渠道、生日关怀"
    ),
)

PRODUCTS = Table(
    "products",
    Words("one row per product", "商品"),
    (
        _c("product_id", Kind.ID, "product code", "商品编号", required=True),
        _c("title", Kind.TEXT, "name", "商品名称"),
        _c("description", Kind.TEXT, "description", "商品描述"),
        _c("category", Kind.CODE, "category", "类目"),
        _c("brand", Kind.CODE, "brand", "品牌"),
        _c("price", Kind.MONEY, "price today", "售价"),
        _c("unit_cost", Kind.MONEY, "what one piece costs the shop", "成本价"),
        _CURRENCY,
        _c("image", Kind.TEXT, "path or address of a picture", "图片"),
        _c("supplier_id", Kind.ID, "who supplies it", "供应商编号"),
        _c("launched_at", Kind.TIME, "when it came on sale", "上架时间"),
        _c("retired_at", Kind.TIME, "when it went off sale", "下架时间"),
        _INGESTED,
    ),
    key=("product_id",),
    time="launched_at",
    unlocks=Words("categories, margins, product text and pictures, new arrivals", "类目、毛利、商品图文、新品"),
)

EVENTS = Table(
    "events",
    Words("one row per action of a visitor", "行为事件"),
    (
        _c("event_id", Kind.ID, "the event's own number", "事件编号"),
        _c("customer_id", Kind.ID, "who, where known", "客户编号"),
        _c("session_id", Kind.ID, "the visit", "会话编号"),
        _c("event", Kind.CODE, "what was done: view, search, cart…", "事件", required=True),
        _c("happened_at", Kind.TIME, "when", "事件时间", required=True),
        _c("product_id", Kind.ID, "with which product", "商品编号"),
        _c("order_id", Kind.ID, "in which order", "订单号"),
        _c("query", Kind.TEXT, "what was searched for", "搜索词"),
        _c("device", Kind.CODE, "phone, tablet, desktop", "设备"),
        _c("channel", Kind.CODE, "from where the visit came", "渠道"),
        _c("ip", Kind.ID, "address of the visitor", "IP", personal=True),
        _c("value", Kind.MONEY, "money, where the event has one", "金额"),
        _INGESTED,
    ),
    key=("event_id",),
    time="happened_at",
    unlocks=Words(
        "behaviour, purchase intent, need from browsing, better recommendation", "行为、购买意图、浏览需求、更准的推荐"
    ),
)

MESSAGES = Table(
    "messages",
    Words("one row per message sent to a customer", "营销消息"),
    (
        _c("message_id", Kind.ID, "the message's own number", "消息编号", required=True),
        _c("customer_id", Kind.ID, "to whom", "客户编号", required=True),
        _c("campaign_id", Kind.ID, "of which campaign", "活动编号"),
        _c("creative_id", Kind.ID, "with which creative", "创意编号"),
        _c("channel", Kind.CODE, "mail, sms, push, wechat", "渠道"),
        _c("arm", Kind.CODE, "arm of the experiment", "实验组"),
        _c("propensity", Kind.SHARE, "chance with which the arm was drawn", "分流概率"),
        _c("sent_at", Kind.TIME, "when it was sent", "发送时间", required=True),
        _c("opened_at", Kind.TIME, "when it was opened", "打开时间"),
        _c("clicked_at", Kind.TIME, "when it was clicked", "点击时间"),
        _c("converted_at", Kind.TIME, "when it led to an order", "转化时间"),
        _c("unsubscribed_at", Kind.TIME, "when the customer unsubscribed from it", "退订时间"),
        _c("cost", Kind.MONEY, "what it cost", "成本"),
        _INGESTED,
    ),
    key=("message_id",),
    time="sent_at",
    unlocks=Words("which messages work, best channel and hour, frequency caps", "消息效果、最佳渠道与时段、频次控制"),
)

EXPOSURES = Table(
    "exposures",
    Words("one row per time an ad or list was shown", "曝光"),
    (
        _c("exposure_id", Kind.ID, "the exposure's own number", "曝光编号", required=True),
        _c("customer_id", Kind.ID, "to whom, where known", "客户编号"),
        _c("campaign_id", Kind.ID, "of which campaign", "活动编号"),
        _c("creative_id", Kind.ID, "which creative", "创意编号"),
        _c("product_id", Kind.ID, "which product", "商品编号"),
        _c("channel", Kind.CODE, "where", "渠道"),
        _c("arm", Kind.CODE, "arm of the experiment", "实验组"),
        _c("propensity", Kind.SHARE, "chance with which it was shown", "展示概率"),
        _c("shown_at", Kind.TIME, "when", "曝光时间", required=True),
        _c("clicked_at", Kind.TIME, "when it was clicked", "点击时间"),
        _c("converted_at", Kind.TIME, "when it led to an order", "转化时间"),
        _c("cost", Kind.MONEY, "what it cost", "成本"),
        _INGESTED,
    ),
    key=("exposure_id",),
    time="shown_at",
    unlocks=Words("ad effect, budget, off-policy values", "广告效果、预算、离线策略评估"),
)

CAMPAIGNS = Table(
    "campaigns",
    Words("one row per campaign", "营销活动"),
    (
        _c("campaign_id", Kind.ID, "the campaign's number", "活动编号", required=True),
        _c("name", Kind.TEXT, "name", "活动名称"),
        _c("channel", Kind.CODE, "channel", "渠道"),
        _c("goal", Kind.CODE, "what it is for", "目标"),
        _c("starts_at", Kind.TIME, "first moment", "开始时间", required=True),
        _c("ends_at", Kind.TIME, "last moment", "结束时间"),
        _c("budget", Kind.MONEY, "money set aside", "预算"),
        _CURRENCY,
    ),
    key=("campaign_id",),
    time="starts_at",
    unlocks=Words("campaign comparison", "活动对比"),
)

CREATIVES = Table(
    "creatives",
    Words("one row per advertisement or mail design", "广告创意"),
    (
        _c("creative_id", Kind.ID, "the creative's number", "创意编号", required=True),
        _c("campaign_id", Kind.ID, "of which campaign", "活动编号"),
        _c("headline", Kind.TEXT, "headline", "标题"),
        _c("body", Kind.TEXT, "text", "正文"),
        _c("image", Kind.TEXT, "path or address of the picture", "图片"),
        _c("language", Kind.CODE, "language", "语言"),
        _c("created_at", Kind.TIME, "when it was made", "创建时间"),
    ),
    key=("creative_id",),
    time="created_at",
    unlocks=Words("creative analysis and compliance", "创意分析与合规"),
)

SPEND = Table(
    "spend",
    Words("one row per day, channel and campaign: what advertising cost", "广告花费"),
    (
        _c("day", Kind.DATE, "day", "日期", required=True),
        _c("channel", Kind.CODE, "channel", "渠道", required=True),
        _c("campaign_id", Kind.ID, "campaign", "活动编号"),
        _c("cost", Kind.MONEY, "money spent", "花费", required=True),
        _c("impressions", Kind.NUMBER, "times shown", "展示数"),
        _c("clicks", Kind.NUMBER, "clicks", "点击数"),
        _CURRENCY,
    ),
    key=("day", "channel", "campaign_id"),
    time="day",
    unlocks=Words("return on advertising, budget allocation", "广告回报、预算分配"),
)

COUPONS = Table(
    "coupons",
    Words("one row per coupon handed out", "优惠券"),
    (
        _c("coupon_id", Kind.ID, "the coupon's own number", "券编号", required=True),
        _c("coupon_code", Kind.CODE, "its code", "券码"),
        _c("customer_id", Kind.ID, "to whom", "客户编号"),
        _c("kind", Kind.CODE, "share, amount, free delivery", "类型"),
        _c("value", Kind.NUMBER, "how much", "面值"),
        _c("minimum", Kind.MONEY, "from which basket", "门槛"),
        _c("issued_at", Kind.TIME, "when it was handed out", "发放时间", required=True),
        _c("expires_at", Kind.TIME, "until when it holds", "失效时间"),
        _c("redeemed_at", Kind.TIME, "when it was used", "使用时间"),
        _c("order_id", Kind.ID, "in which order", "订单号"),
        _c("arm", Kind.CODE, "arm of the experiment", "实验组"),
        _c("propensity", Kind.SHARE, "chance with which the arm was drawn", "分流概率"),
    ),
    key=("coupon_id",),
    time="issued_at",
    unlocks=Words("who needs a coupon and who would buy anyway", "优惠敏感度：谁需要券，谁本来就会买"),
)

CONSENTS = Table(
    "consents",
    Words("one row per consent given or withdrawn", "授权同意"),
    (
        _c("customer_id", Kind.ID, "who", "客户编号", required=True),
        _c("purpose", Kind.CODE, "for what: marketing, personalisation…", "用途", required=True),
        _c("channel", Kind.CODE, "over which channel", "渠道"),
        _c("granted", Kind.FLAG, "yes or no", "是否同意", required=True),
        _c("changed_at", Kind.TIME, "since when", "变更时间", required=True),
    ),
    key=("customer_id", "purpose", "channel", "changed_at"),
    time="changed_at",
    unlocks=Words("lists that may lawfully be contacted", "可合规触达的名单"),
)

REVIEWS = Table(
    "reviews",
    Words("one row per product review", "商品评价"),
    (
        _c("review_id", Kind.ID, "the review's number", "评价编号", required=True),
        _c("product_id", Kind.ID, "of which product", "商品编号", required=True),
        _c("customer_id", Kind.ID, "by whom", "客户编号"),
        _c("rating", Kind.NUMBER, "stars", "评分"),
        _c("title", Kind.TEXT, "heading", "标题"),
        _c("text", Kind.TEXT, "text", "评价内容"),
        _c("helpful_votes", Kind.NUMBER, "how many found it helpful", "有用数"),
        _c("written_at", Kind.TIME, "when", "评价时间", required=True),
        _INGESTED,
    ),
    key=("review_id",),
    time="written_at",
    unlocks=Words("satisfaction, what customers like and dislike", "满意度、口碑分析"),
)

FEEDBACK = Table(
    "feedback",
    Words("one row per answer to a survey or call to the service", "客户反馈"),
    (
        _c("feedback_id", Kind.ID, "its number", "反馈编号", required=True),
        _c("customer_id", Kind.ID, "by whom", "客户编号"),
        _c("kind", Kind.CODE, "survey, complaint, question", "类型"),
        _c("score", Kind.NUMBER, "score, where asked for", "评分"),
        _c("text", Kind.TEXT, "text", "内容"),
        _c("order_id", Kind.ID, "about which order", "订单号"),
        _c("given_at", Kind.TIME, "when", "反馈时间", required=True),
        _INGESTED,
    ),
    key=("feedback_id",),
    time="given_at",
    unlocks=Words("satisfaction in churn and in evaluation", "满意度用于流失与评估"),
)

PAYMENTS = Table(
    "payments",
    Words("one row per payment or attempt", "支付"),
    (
        _c("payment_id", Kind.ID, "its number", "支付编号", required=True),
        _c("order_id", Kind.ID, "for which order", "订单号"),
        _c("customer_id", Kind.ID, "by whom", "客户编号"),
        _c("paid_at", Kind.TIME, "when", "支付时间", required=True),
        _c("amount", Kind.MONEY, "how much", "金额", required=True),
        _CURRENCY,
        _c("method", Kind.CODE, "how", "支付方式"),
        _c("status", Kind.CODE, "accepted, declined, charged back", "状态"),
        _c("card_id", Kind.ID, "fingerprint of the card or account", "卡指纹", personal=True),
        _c("device_id", Kind.ID, "device", "设备编号"),
        _c("ip", Kind.ID, "address", "IP", personal=True),
        _INGESTED,
    ),
    key=("payment_id",),
    time="paid_at",
    unlocks=Words("fraud signals, credit", "欺诈信号、信用"),
)

FRAUD_LABELS = Table(
    "fraud_labels",
    Words("one row per order or account later found out", "欺诈标签"),
    (
        _c("order_id", Kind.ID, "which order", "订单号"),
        _c("customer_id", Kind.ID, "which customer", "客户编号"),
        _c("kind", Kind.CODE, "chargeback, account takeover, coupon abuse…", "类型"),
        _c("is_fraud", Kind.FLAG, "yes or no", "是否欺诈", required=True),
        _c("labelled_at", Kind.TIME, "when it became known", "标注时间", required=True),
    ),
    key=("order_id", "customer_id", "labelled_at"),
    time="labelled_at",
    unlocks=Words("fraud models that learn", "可学习的欺诈模型"),
)

STOCK = Table(
    "stock",
    Words("one row per product, place and day: what was on the shelf", "库存"),
    (
        _c("product_id", Kind.ID, "product", "商品编号", required=True),
        _c("location_id", Kind.ID, "place", "仓库编号"),
        _c("counted_at", Kind.TIME, "when", "盘点时间", required=True),
        _c("on_hand", Kind.QUANTITY, "pieces on the shelf", "在库数量", required=True),
        _c("on_order", Kind.QUANTITY, "pieces under way", "在途数量"),
        _c("reserved", Kind.QUANTITY, "pieces promised", "预留数量"),
        _INGESTED,
    ),
    key=("product_id", "location_id", "counted_at"),
    time="counted_at",
    unlocks=Words("reorder advice, lost sales, overstock", "补货建议、缺货损失、滞销"),
)

SUPPLIERS = Table(
    "suppliers",
    Words("one row per supplier", "供应商"),
    (
        _c("supplier_id", Kind.ID, "its number", "供应商编号", required=True),
        _c("name", Kind.TEXT, "name", "名称"),
        _c("country", Kind.CODE, "country", "国家"),
        _c("lead_time_days", Kind.NUMBER, "agreed days from order to delivery", "约定交期（天）"),
        _c("minimum_order", Kind.QUANTITY, "smallest order", "起订量"),
        _c("since", Kind.TIME, "supplier since", "合作开始"),
    ),
    key=("supplier_id",),
    time="since",
    unlocks=Words("supplier comparison", "供应商对比"),
)

PURCHASE_ORDERS = Table(
    "purchase_orders",
    Words("one row per line the shop ordered from a supplier", "采购单"),
    (
        _c("purchase_order_id", Kind.ID, "its number", "采购单号", required=True),
        _c("supplier_id", Kind.ID, "from whom", "供应商编号"),
        _c("product_id", Kind.ID, "what", "商品编号", required=True),
        _c("location_id", Kind.ID, "to where", "仓库编号"),
        _c("quantity", Kind.QUANTITY, "pieces", "数量", required=True),
        _c("unit_cost", Kind.MONEY, "price of one piece", "采购单价"),
        _CURRENCY,
        _c("ordered_at", Kind.TIME, "when", "下单时间", required=True),
        _c("promised_at", Kind.TIME, "promised for", "承诺到货"),
        _c("received_at", Kind.TIME, "when it came", "实际到货"),
        _c("quantity_received", Kind.QUANTITY, "pieces that came", "到货数量"),
        _INGESTED,
    ),
    key=("purchase_order_id", "product_id"),
    time="ordered_at",
    unlocks=Words("lead times, supplier reliability", "交期与供应商可靠性"),
)

SHIPMENTS = Table(
    "shipments",
    Words("one row per parcel or freight movement", "物流"),
    (
        _c("shipment_id", Kind.ID, "its number", "运单号", required=True),
        _c("order_id", Kind.ID, "for which order", "订单号"),
        _c("purchase_order_id", Kind.ID, "or for which purchase order", "采购单号"),
        _c("carrier", Kind.CODE, "carrier", "承运商"),
        _c("from_location_id", Kind.ID, "from", "发货地"),
        _c("shipped_at", Kind.TIME, "when it left", "发货时间", required=True),
        _c("promised_at", Kind.TIME, "promised for", "承诺送达"),
        _c("delivered_at", Kind.TIME, "when it came", "送达时间"),
        _c("cost", Kind.MONEY, "freight", "运费"),
        _INGESTED,
    ),
    key=("shipment_id",),
    time="shipped_at",
    unlocks=Words("late deliveries, carriers, their effect on churn", "延误、承运商及其对流失的影响"),
)

LOCATIONS = Table(
    "locations",
    Words("one row per warehouse or store", "仓库与门店"),
    (
        _c("location_id", Kind.ID, "its number", "地点编号", required=True),
        _c("name", Kind.TEXT, "name", "名称"),
        _c("kind", Kind.CODE, "warehouse or store", "类型"),
        _c("country", Kind.CODE, "country", "国家"),
        _c("region", Kind.CODE, "region", "省份"),
        _c("city", Kind.CODE, "city", "城市"),
    ),
    key=("location_id",),
    unlocks=Words("stock by place", "分仓库存"),
)

MARKET_PRICES = Table(
    "market_prices",
    Words("one row per price seen at a competitor or on the market", "市场与竞品价格"),
    (
        _c("product_id", Kind.ID, "our product", "商品编号", required=True),
        _c("competitor", Kind.CODE, "whose price", "竞争对手", required=True),
        _c("price", Kind.MONEY, "price seen", "价格", required=True),
        _CURRENCY,
        _c("in_stock", Kind.FLAG, "could it be bought", "是否有货"),
        _c("seen_at", Kind.TIME, "when", "采集时间", required=True),
        _c("address", Kind.TEXT, "where", "网址"),
    ),
    key=("product_id", "competitor", "seen_at"),
    time="seen_at",
    unlocks=Words("prices against the market", "竞品比价"),
)

#: Every table, in the order in which ``habitue check`` speaks of them.
TABLES: dict[str, Table] = {
    each.name: each
    for each in (
        ORDER_LINES,
        ORDERS,
        CUSTOMERS,
        PRODUCTS,
        EVENTS,
        MESSAGES,
        EXPOSURES,
        CAMPAIGNS,
        CREATIVES,
        SPEND,
        COUPONS,
        CONSENTS,
        REVIEWS,
        FEEDBACK,
        PAYMENTS,
        FRAUD_LABELS,
        STOCK,
        SUPPLIERS,
        PURCHASE_ORDERS,
        SHIPMENTS,
        LOCATIONS,
        MARKET_PRICES,
    )
}


def table(name: str) -> Table:
    """Return the table of that name.

    Raises
    ------
    ConfigError
        When there is no such table; the nearest name is suggested.

    Examples
    --------
    >>> table("orders").time
    'ordered_at'
    """
    if name not in TABLES:
        raise ConfigError(f"There is no table {name!r}.{did_you_mean(name, TABLES)}", expected=", ".join(TABLES))
    return TABLES[name]
