"""The rows that features look at: order lines added up to orders, days, products, categories, returns and prices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ibis

from habitue.data.snapshot import Snapshot
from habitue.features.definition import Grain

__all__ = ["GRAINS", "TEST_COLUMNS", "TIMES", "where"]


def orders(snapshot: Snapshot, columns: frozenset[str]) -> Any:
    """One row per customer and order; only the columns asked for are computed."""
    lines = snapshot.purchases
    makers: dict[str, Callable[[], Any]] = {
        "spend": lines.spend.sum,
        "items": lambda: lines.quantity.sum(where=lines.is_product),
        "lines": lambda: lines.count(where=lines.is_product),
        "discount": _discount(lines).sum,
        "list_spend": (lines.spend + _discount(lines)).sum,
        "coupon": lines.coupon_code.max,
        "channel": lines.channel.max,
        "country": lines.country.max,
        "region": lines.region.max,
        "product": lambda: lines.product_id.min(where=lines.is_product),
        "category": lambda: lines.category.min(where=lines.is_product),
    }
    wanted = {name: makers[name]() for name in makers if name in columns}
    return lines.group_by("customer_id", "order_id").agg(ordered_at=lines.ordered_at.min(), **wanted)


def days(snapshot: Snapshot, columns: frozenset[str]) -> Any:
    """One row per customer and day with a purchase, with the days since the purchase day before."""
    lines = snapshot.purchases
    each = lines.select("customer_id", day=lines.ordered_at.date()).distinct()
    if "gap_days" not in columns:
        return each
    before = each.day.lag().over(ibis.window(group_by="customer_id", order_by="day"))
    return each.mutate(gap_days=each.day.delta(before, unit="day").cast("float64"))


def products(snapshot: Snapshot, columns: frozenset[str]) -> Any:
    """One row per customer and product."""
    del columns  # what nobody asks for is not computed
    return _by_product(snapshot)


def categories(snapshot: Snapshot, columns: frozenset[str]) -> Any:
    """One row per customer and category."""
    lines = snapshot.purchases
    lines = lines.filter(lines.is_product, lines.category.notnull())
    wanted: dict[str, Any] = {"last_at": lines.ordered_at.max()}
    if "spend" in columns:
        wanted["spend"] = lines.spend.sum()
    return lines.group_by("customer_id", "category").agg(**wanted)


def returned(snapshot: Snapshot, columns: frozenset[str]) -> Any:
    """One row per line given back."""
    del columns
    lines = snapshot.returns
    return lines.select("customer_id", "ordered_at", returned=-lines.spend, items=-lines.quantity)


def prices(snapshot: Snapshot, columns: frozenset[str]) -> Any:
    """One row per customer and product: what was paid, and what all customers so far paid for as many pieces."""
    del columns
    paid = _by_product(snapshot)
    usual = paid.group_by("product_id").agg(usual_price=paid.spend.sum() / paid.pieces.sum())
    joined = paid.join(usual, "product_id")
    return joined.select("customer_id", paid=joined.spend, usual=joined.pieces * joined.usual_price)


def _by_product(snapshot: Snapshot) -> Any:
    """Add up customer by product: the same for every feature, so that one query does it once."""
    lines = _products_only(snapshot)
    return lines.group_by("customer_id", "product_id").agg(
        last_at=lines.ordered_at.max(),
        first_at=lines.ordered_at.min(),
        spend=lines.spend.sum(),
        pieces=lines.quantity.sum(),
    )


def events(snapshot: Snapshot, columns: frozenset[str]) -> Any:
    """One row per event of a known customer."""
    del columns
    rows = snapshot.table("events")
    return rows.filter(rows.customer_id.notnull()).select("customer_id", "event", "happened_at")


def sessions(snapshot: Snapshot, columns: frozenset[str]) -> Any:
    """One row per visit of a known customer."""
    del columns
    rows = snapshot.table("events")
    known = rows.filter(rows.customer_id.notnull(), rows.session_id.notnull())
    return known.group_by("customer_id", "session_id").agg(started_at=known.happened_at.min())


GRAINS: dict[Grain, Callable[[Snapshot, frozenset[str]], Any]] = {
    Grain.ORDER: orders,
    Grain.DAY: days,
    Grain.PRODUCT: products,
    Grain.CATEGORY: categories,
    Grain.RETURN: returned,
    Grain.PRICE: prices,
    Grain.EVENT: events,
    Grain.SESSION: sessions,
}

#: The column that windows and ``first`` and ``last`` go by.
TIMES: dict[Grain, str] = {
    Grain.ORDER: "ordered_at",
    Grain.DAY: "day",
    Grain.PRODUCT: "last_at",
    Grain.CATEGORY: "last_at",
    Grain.RETURN: "ordered_at",
    Grain.EVENT: "happened_at",
    Grain.SESSION: "started_at",
}

#: Columns that a test reads, beyond the time.
TEST_COLUMNS: dict[str, str] = {"discounted": "discount", "with_coupon": "coupon", "bought_again": "first_at"}

_TESTS: dict[str, Callable[[Any], Any]] = {
    "weekend": lambda rows: rows.ordered_at.day_of_week.index() >= 5,
    "discounted": lambda rows: rows.discount > 0,
    "with_coupon": lambda rows: rows.coupon.notnull(),
    "bought_again": lambda rows: rows.last_at.date() > rows.first_at.date(),
}

_HOURS = {"night": 0, "morning": 6, "afternoon": 12, "evening": 18}


def where(test: str, rows: Any) -> Any:
    """Return the boolean expression of a named test on the rows of a grain."""
    if test.startswith("weekday_"):
        return rows.ordered_at.day_of_week.index() == int(test.removeprefix("weekday_"))
    if test in _HOURS:
        hour = rows.ordered_at.hour()
        return (hour >= _HOURS[test]) & (hour < _HOURS[test] + 6)
    return _TESTS[test](rows) if test in _TESTS else rows.event == test


def _products_only(snapshot: Snapshot) -> Any:
    lines = snapshot.purchases
    return lines.filter(lines.is_product, lines.product_id.notnull())


def _discount(lines: Any) -> Any:
    """Money taken off a line: as given, else the list price less the price paid."""
    off = (lines.list_price - lines.unit_price) * lines.quantity
    zero = ibis.literal(0.0)
    return ibis.greatest(ibis.coalesce(lines.discount, off, zero), zero)
