"""What conditions may speak of: columns, their types, the operators that fit them, and their words."""

from __future__ import annotations

from functools import cache

from habitue.features import CATALOGUE
from habitue.schema import TABLES, Words
from habitue.schema.column import Kind

__all__ = [
    "ACTS",
    "ACT_COLUMNS",
    "COMPARISONS",
    "CUSTOMER_COLUMNS",
    "OPERATORS",
    "SIGNAL_WORDS",
    "TYPES",
    "UNARY",
    "feature_type",
    "subject_words",
    "words_of_subjects",
]

COMPARISONS = ("<", "<=", ">", ">=", "=", "!=")
UNARY = ("is_known", "is_missing")
OPERATORS = (*COMPARISONS, "in", "not_in", *UNARY, "contains")

#: The operators that make sense for a column of a type.
TYPES: dict[str, tuple[str, ...]] = {
    "number": (*COMPARISONS, "in", "not_in", *UNARY),
    "text": ("=", "!=", "in", "not_in", "contains", *UNARY),
    "time": (*COMPARISONS, *UNARY),
    "flag": ("=", "!=", *UNARY),
    "personal": UNARY,
}

_OF_KIND = {
    Kind.NUMBER: "number",
    Kind.QUANTITY: "number",
    Kind.MONEY: "number",
    Kind.SHARE: "number",
    Kind.TIME: "time",
    Kind.DATE: "time",
    Kind.FLAG: "flag",
}

CUSTOMER_COLUMNS: dict[str, str] = {
    column.name: "personal" if column.personal else _OF_KIND.get(column.kind, "text")
    for column in TABLES["customers"].columns
    if column.name not in ("customer_id", "ingested_at")
}

_CUSTOMER_WORDS = {
    "signed_up_at": Words("day of signing up", "客户注册时间"),
    "gender": Words("customer gender", "客户性别"),
    "country": Words("customer country", "客户国家"),
    "region": Words("customer region", "客户省份"),
    "city": Words("customer city", "客户城市"),
    "language": Words("customer language", "客户语言"),
    "acquisition_channel": Words("channel that won the customer", "获客渠道"),
    "is_business": Words("buys for a business", "是否企业客户"),
    "email": Words("customer e-mail", "客户邮箱"),
    "phone": Words("customer phone", "客户电话"),
    "birth_date": Words("day of birth", "客户出生日期"),
}

ACTS = ("buy", "return", "event")

_LINE_COLUMNS: dict[str, tuple[str, Words]] = {
    "category": ("text", Words("category", "类目")),
    "product_id": ("text", Words("product", "商品编号")),
    "product_title": ("text", Words("product title", "商品名称")),
    "brand": ("text", Words("brand", "品牌")),
    "channel": ("text", Words("channel", "渠道")),
    "country": ("text", Words("country", "国家")),
    "region": ("text", Words("region", "省份")),
    "city": ("text", Words("city", "城市")),
    "coupon_code": ("text", Words("coupon", "优惠券")),
    "payment_method": ("text", Words("payment method", "支付方式")),
    "unit_price": ("number", Words("unit price", "单价")),
    "quantity": ("number", Words("quantity", "数量")),
    "spend": ("number", Words("line amount", "单行金额")),
}

#: act → column of its rows → type and words. ``spend`` and ``quantity`` of a return count upwards from 0.
ACT_COLUMNS: dict[str, dict[str, tuple[str, Words]]] = {
    "buy": {**_LINE_COLUMNS, "order_spend": ("number", Words("order amount", "订单金额"))},
    "return": _LINE_COLUMNS,
    "event": {
        "category": ("text", Words("category", "类目")),
        "product_id": ("text", Words("product", "商品编号")),
        "query": ("text", Words("search words", "搜索词")),
        "device": ("text", Words("device", "设备")),
        "channel": ("text", Words("channel", "渠道")),
        "value": ("number", Words("event amount", "事件金额")),
    },
}

SIGNAL_WORDS: dict[str, Words] = {
    "segments.segment": Words("learnt segment", "学得分群"),
    "value.expected_spend": Words("expected spend", "预期消费"),
    "value.expected_orders": Words("expected orders", "预期订单数"),
    "value.p_alive": Words("chance of still being a customer", "仍活跃概率"),
    "value.decile": Words("value tenth", "价值十分位"),
    "churn.churn_probability": Words("chance of leaving", "流失概率"),
    "churn.risk": Words("risk of leaving", "流失风险等级"),
    "churn.rescue": Words("rescue pays", "值得挽回"),
    "churn.rescue_gain": Words("gain from a rescue", "挽回收益"),
    "churn.spend_at_stake": Words("spend at stake", "风险金额"),
    "need.category": Words("category needed next", "下一需求类目"),
    "need_products.product_id": Words("product needed next", "下一需求商品"),
    "need_timing.days_to_next_order": Words("days to the next order", "距下次下单天数"),
    "rfm.segment": Words("RFM segment", "RFM 分群"),
    "lifecycle.stage": Words("lifecycle stage", "生命周期阶段"),
    "lifecycle.previous_stage": Words("lifecycle stage before", "上一生命周期阶段"),
}

_UNITS = {"code": "text", "time": "time"}


def feature_type(name: str) -> str:
    """Return the type of a feature by its unit."""
    return _UNITS.get(CATALOGUE[name].unit, "number")


@cache
def words_of_subjects(language: str) -> dict[str, str]:
    """Return what a subject is called in a sentence → how the tree calls it; only words that name one thing."""
    said: dict[str, list[str]] = {}
    for reference, words in _all_words().items():
        said.setdefault(words[language], []).append(reference)
    return {text: names[0] for text, names in said.items() if len(names) == 1 and _speakable(text)}


@cache
def subject_words(language: str) -> dict[str, str]:
    """Return how the tree calls a subject → what it is called in a sentence."""
    return {reference: text for text, reference in words_of_subjects(language).items()}


def _all_words() -> dict[str, Words]:
    features = {name: each.meaning for name, each in CATALOGUE.items()}
    customers = {f"customer.{name}": words for name, words in _CUSTOMER_WORDS.items()}
    return features | customers | SIGNAL_WORDS


def _speakable(text: str) -> bool:
    return not any(mark in text for mark in "[]'\"“”\n")
