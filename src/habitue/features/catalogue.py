"""All features of a customer, generated from a few families of measures, windows and tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

from habitue.errors import ConfigError, did_you_mean
from habitue.features.definition import AnyFeature, Derived, Feature, Grain
from habitue.schema import Words

__all__ = ["CATALOGUE", "WINDOWS_DAYS", "feature", "needed"]

WINDOWS_DAYS = (7, 30, 90, 180, 365)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAYS_ZH = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
_HOURS = (
    ("night", "0–6", "凌晨"),
    ("morning", "6–12", "上午"),
    ("afternoon", "12–18", "下午"),
    ("evening", "18–24", "晚上"),
)


def _money_and_counts() -> Iterator[AnyFeature]:
    measures = (
        ("orders", "", "count", "count", "orders", "订单数"),
        ("spend", "spend", "sum", "money", "money spent, gross of returns", "消费金额（未扣退货）"),
        ("items", "items", "sum", "count", "pieces bought", "购买件数"),
    )
    for name, measure, aggregate, unit, en, zh in measures:
        yield Feature(name, Grain.ORDER, measure, aggregate, unit, Words(f"{en}, ever", f"累计{zh}"))
        for days in WINDOWS_DAYS:
            meaning = Words(f"{en}, last {days} days", f"近{days}天{zh}")
            yield Feature(f"{name}_{days}d", Grain.ORDER, measure, aggregate, unit, meaning, window_days=days)
    yield Feature("largest_order", Grain.ORDER, "spend", "max", "money", Words("largest order", "最大单笔金额"))
    yield Feature("smallest_order", Grain.ORDER, "spend", "min", "money", Words("smallest order", "最小单笔金额"))
    yield Feature(
        "order_value_sd", Grain.ORDER, "spend", "std", "money", Words("spread of order values", "订单金额标准差")
    )
    yield Feature("lines_per_order", Grain.ORDER, "lines", "mean", "count", Words("lines per order", "每单商品行数"))
    yield Feature(
        "largest_basket", Grain.ORDER, "items", "max", "count", Words("most pieces in an order", "单笔最多件数")
    )
    yield Derived("average_order_value", "ratio", ("spend", "orders"), "money", Words("average order value", "客单价"))
    yield Derived(
        "average_unit_price", "ratio", ("spend", "items"), "money", Words("average price of a piece", "件单价")
    )
    yield Derived("items_per_order", "ratio", ("items", "orders"), "count", Words("pieces per order", "每单件数"))
    yield Derived(
        "spend_trend",
        "ratio",
        ("spend_90d", "spend_180d"),
        "share",
        Words("share of the last 180 days' spend that fell in the last 90", "近90天消费占近180天比例"),
    )
    yield Derived(
        "orders_trend",
        "ratio",
        ("orders_90d", "orders_365d"),
        "share",
        Words("share of the last year's orders that fell in the last 90 days", "近90天订单占近一年比例"),
    )


def _rhythm() -> Iterator[AnyFeature]:
    yield Feature("first_order_at", Grain.ORDER, "ordered_at", "min", "time", Words("first purchase", "首购时间"))
    yield Feature("last_order_at", Grain.ORDER, "ordered_at", "max", "time", Words("last purchase", "最近购买时间"))
    yield Derived(
        "recency_days",
        "days_since",
        ("last_order_at",),
        "days",
        Words("days since the last purchase", "距上次购买天数"),
    )
    yield Derived(
        "tenure_days", "days_since", ("first_order_at",), "days", Words("days since the first purchase", "距首购天数")
    )
    yield Feature("purchase_days", Grain.DAY, "", "count", "count", Words("days with a purchase", "购买天数"))
    for days in (90, 365):
        meaning = Words(f"days with a purchase, last {days} days", f"近{days}天购买天数")
        yield Feature(f"purchase_days_{days}d", Grain.DAY, "", "count", "count", meaning, window_days=days)
    gaps = (
        ("mean_gap_days", "mean", "mean days between purchases", "平均购买间隔（天）"),
        ("gap_sd_days", "std", "spread of days between purchases", "购买间隔标准差（天）"),
        ("longest_gap_days", "max", "longest pause between purchases", "最长购买间隔（天）"),
        ("shortest_gap_days", "min", "shortest pause between purchases", "最短购买间隔（天）"),
        ("last_gap_days", "last", "pause before the last purchase", "最近一次购买间隔（天）"),
    )
    for name, aggregate, en, zh in gaps:
        yield Feature(name, Grain.DAY, "gap_days", aggregate, "days", Words(en, zh))
    yield Derived(
        "overdue_ratio",
        "ratio",
        ("recency_days", "mean_gap_days"),
        "share",
        Words("days since the last purchase against the usual gap", "距上次购买天数与平均间隔之比"),
    )
    yield Derived(
        "gap_variation",
        "ratio",
        ("gap_sd_days", "mean_gap_days"),
        "share",
        Words("spread of the gaps against their mean: 0 is clockwork", "购买间隔变异系数，0 表示非常规律"),
    )


def _hours_and_weekdays() -> Iterator[AnyFeature]:
    for number, (day, day_zh) in enumerate(zip(_WEEKDAYS, _WEEKDAYS_ZH, strict=True)):
        meaning = Words(f"share of orders on {day.title()}s", f"{day_zh}下单占比")
        yield Feature(f"{day}_share", Grain.ORDER, "", "share", "share", meaning, where=f"weekday_{number}")
    yield Feature(
        "weekend_share",
        Grain.ORDER,
        "",
        "share",
        "share",
        Words("share of orders at weekends", "周末下单占比"),
        where="weekend",
    )
    for name, hours, zh in _HOURS:
        meaning = Words(f"share of orders between {hours} o'clock", f"{zh}（{hours}点）下单占比")
        yield Feature(f"{name}_share", Grain.ORDER, "", "share", "share", meaning, where=name)


def _variety() -> Iterator[AnyFeature]:
    yield Feature(
        "products",
        Grain.PRODUCT,
        "",
        "count",
        "count",
        Words("different products bought", "购买商品种数"),
        needs=("product_id",),
    )
    yield Feature(
        "products_90d",
        Grain.PRODUCT,
        "",
        "count",
        "count",
        Words("different products bought, last 90 days", "近90天购买商品种数"),
        window_days=90,
        needs=("product_id",),
    )
    yield Feature(
        "repeat_product_share",
        Grain.PRODUCT,
        "",
        "share",
        "share",
        Words("share of products bought on more than one day", "复购商品占比"),
        where="bought_again",
        needs=("product_id",),
    )
    yield Feature(
        "top_product_spend",
        Grain.PRODUCT,
        "spend",
        "max",
        "money",
        Words("money for the favourite product", "最爱商品消费额"),
        needs=("product_id",),
    )
    yield Feature(
        "categories",
        Grain.CATEGORY,
        "",
        "count",
        "count",
        Words("different categories bought", "购买类目数"),
        needs=("category",),
    )
    yield Feature(
        "top_category_spend",
        Grain.CATEGORY,
        "spend",
        "max",
        "money",
        Words("money for the favourite category", "最爱类目消费额"),
        needs=("category",),
    )
    yield Derived(
        "top_product_share",
        "ratio",
        ("top_product_spend", "spend"),
        "share",
        Words("share of spend on the favourite product", "最爱商品消费占比"),
    )
    yield Derived(
        "top_category_share",
        "ratio",
        ("top_category_spend", "spend"),
        "share",
        Words("share of spend in the favourite category", "最爱类目消费占比"),
    )
    yield Derived(
        "products_per_order", "ratio", ("products", "orders"), "count", Words("new variety per order", "每单新品种数")
    )


def _returns() -> Iterator[AnyFeature]:
    yield Feature("returned", Grain.RETURN, "returned", "sum", "money", Words("money given back", "退货金额"))
    yield Feature(
        "returned_90d",
        Grain.RETURN,
        "returned",
        "sum",
        "money",
        Words("money given back, last 90 days", "近90天退货金额"),
        window_days=90,
    )
    yield Feature("return_lines", Grain.RETURN, "", "count", "count", Words("lines given back", "退货行数"))
    yield Feature("returned_items", Grain.RETURN, "items", "sum", "count", Words("pieces given back", "退货件数"))
    yield Feature(
        "last_return_at",
        Grain.RETURN,
        "ordered_at",
        "max",
        "time",
        Words("last time something was given back", "最近退货时间"),
    )
    yield Derived(
        "net_spend",
        "difference",
        ("spend", "returned"),
        "money",
        Words("money spent less money given back", "净消费金额"),
    )
    yield Derived(
        "return_share",
        "ratio",
        ("returned", "spend"),
        "share",
        Words("money given back against money spent", "退货率（金额）"),
    )


def _prices() -> Iterator[AnyFeature]:
    discount = ("discount|list_price",)
    yield Feature(
        "discount", Grain.ORDER, "discount", "sum", "money", Words("money taken off", "累计优惠金额"), needs=discount
    )
    yield Feature(
        "list_spend",
        Grain.ORDER,
        "list_spend",
        "sum",
        "money",
        Words("money before discounts", "折前金额"),
        needs=discount,
    )
    yield Derived(
        "discount_share",
        "ratio",
        ("discount", "list_spend"),
        "share",
        Words("money taken off against the price before discounts", "优惠力度"),
    )
    yield Feature(
        "discounted_order_share",
        Grain.ORDER,
        "",
        "share",
        "share",
        Words("share of orders with a discount", "有优惠订单占比"),
        where="discounted",
        needs=discount,
    )
    yield Feature(
        "coupon_order_share",
        Grain.ORDER,
        "",
        "share",
        "share",
        Words("share of orders with a coupon", "用券订单占比"),
        where="with_coupon",
        needs=("coupon_code",),
    )
    yield Feature(
        "paid_for_products",
        Grain.PRICE,
        "paid",
        "sum",
        "money",
        Words("money paid for products", "商品实付金额"),
        needs=("product_id",),
    )
    yield Feature(
        "usual_for_products",
        Grain.PRICE,
        "usual",
        "sum",
        "money",
        Words("what customers so far paid on average for the same pieces", "同款商品的平均成交金额"),
        needs=("product_id",),
    )
    yield Derived(
        "price_index",
        "ratio",
        ("paid_for_products", "usual_for_products"),
        "share",
        Words(
            "prices paid against what customers so far paid for the same products: below 1 waits for bargains",
            "成交价指数：低于1说明常在低价时购买",
        ),
    )


def _places_and_firsts() -> Iterator[AnyFeature]:
    for column, en, zh in (
        ("channel", "channel", "渠道"),
        ("country", "country", "国家"),
        ("region", "region", "省份"),
    ):
        yield Feature(
            column,
            Grain.ORDER,
            column,
            "last",
            "code",
            Words(f"{en} of the last order", f"最近订单{zh}"),
            needs=(column,),
        )
    yield Feature(
        "first_channel",
        Grain.ORDER,
        "channel",
        "first",
        "code",
        Words("channel of the first order", "首单渠道"),
        needs=("channel",),
    )
    yield Feature(
        "first_product",
        Grain.ORDER,
        "product",
        "first",
        "code",
        Words("first product bought", "首购商品"),
        needs=("product_id",),
    )
    yield Feature(
        "first_category",
        Grain.ORDER,
        "category",
        "first",
        "code",
        Words("first category bought", "首购类目"),
        needs=("category",),
    )
    yield Feature(
        "first_order_value", Grain.ORDER, "spend", "first", "money", Words("value of the first order", "首单金额")
    )
    yield Feature(
        "last_order_value", Grain.ORDER, "spend", "last", "money", Words("value of the last order", "最近一单金额")
    )
    yield Feature(
        "first_order_items", Grain.ORDER, "items", "first", "count", Words("pieces in the first order", "首单件数")
    )


def _visits() -> Iterator[AnyFeature]:
    needs = ("table:events",)
    for event, en, zh in (
        ("view", "products looked at", "浏览商品次数"),
        ("search", "searches", "搜索次数"),
        ("cart", "products put into the cart", "加购次数"),
        ("wish", "products put on the wish list", "收藏次数"),
    ):
        for days in (7, 30, 90):
            meaning = Words(f"{en}, last {days} days", f"近{days}天{zh}")
            yield Feature(
                f"{event}s_{days}d",
                Grain.EVENT,
                "",
                "count",
                "count",
                meaning,
                where=event,
                window_days=days,
                needs=needs,
            )
    yield Feature(
        "last_event_at", Grain.EVENT, "happened_at", "max", "time", Words("last visit", "最近访问时间"), needs=needs
    )
    yield Derived(
        "days_since_visit",
        "days_since",
        ("last_event_at",),
        "days",
        Words("days since the last visit", "距上次访问天数"),
    )
    for days in (30, 90):
        meaning = Words(f"visits, last {days} days", f"近{days}天访问次数")
        yield Feature(
            f"visits_{days}d",
            Grain.SESSION,
            "",
            "count",
            "count",
            meaning,
            window_days=days,
            needs=(*needs, "events.session_id"),
        )
    yield Derived(
        "views_per_visit_30d",
        "ratio",
        ("views_30d", "visits_30d"),
        "count",
        Words("products looked at per visit, last 30 days", "近30天每次访问浏览商品数"),
    )


def _generate() -> Iterator[AnyFeature]:
    for family in (
        _money_and_counts,
        _rhythm,
        _hours_and_weekdays,
        _variety,
        _returns,
        _prices,
        _places_and_firsts,
        _visits,
    ):
        yield from family()


CATALOGUE: dict[str, AnyFeature] = {each.name: each for each in _generate()}


def feature(name: str) -> AnyFeature:
    """Return the feature of that name.

    Raises
    ------
    ConfigError
        When there is none; the nearest name is suggested.

    Examples
    --------
    >>> feature("recency_days").meaning["zh"]
    '距上次购买天数'
    """
    if name not in CATALOGUE:
        raise ConfigError(f"There is no feature {name!r}.{did_you_mean(name, CATALOGUE)}", hint="habitue features")
    return CATALOGUE[name]


@cache
def _closure(names: tuple[str, ...]) -> tuple[AnyFeature, ...]:
    ordered: dict[str, AnyFeature] = {}

    def visit(name: str) -> None:
        if name not in ordered:
            each = feature(name)
            for source in each.sources:
                visit(source)
            ordered[name] = each

    for name in names:
        visit(name)
    return tuple(ordered.values())


def needed(names: Iterable[str]) -> tuple[AnyFeature, ...]:
    """Return the named features and all they are computed from, sources first."""
    return _closure(tuple(names))
