"""Google Analytics 4: its export to BigQuery, with nested columns or flattened to one row per item."""

from __future__ import annotations

from typing import Any

import ibis

from habitue.data.settings import SourceSettings
from habitue.data.sources.platforms.clickstream import HIT_NUMBERS, HIT_TEXTS, read_clickstream
from habitue.data.sources.platforms.tables import (
    PlatformTable,
    chosen,
    first_of,
    inside,
    item_list,
    number,
    person_code,
    plain,
)
from habitue.data.sources.raw import RawTable
from habitue.engine import Engine

__all__ = ["read_ga4"]

_COLUMNS = {
    "name": ("event_name",),
    "micros": ("event_timestamp",),
    "day": ("event_date",),
    "batch": ("event_bundle_sequence_id",),
    "batch_place": ("batch_event_index",),
    "user_id": ("user_id",),
    "visitor_id": ("user_pseudo_id",),
    "session": ("ga_session_id", "event_params.ga_session_id"),
    "order_id": ("ecommerce.transaction_id", "transaction_id"),
    "query": ("search_term", "event_params.search_term"),
    "device": ("device.category",),
    "channel": ("collected_traffic_source.manual_medium", "traffic_source.medium"),
    "currency": ("currency", "event_params.currency", "ecommerce.currency"),
    "coupon_code": ("coupon", "event_params.coupon"),
    "country": ("geo.country",),
    "region": ("geo.region",),
    "city": ("geo.city",),
    "payment_method": ("payment_type", "event_params.payment_type"),
    "total": ("ecommerce.purchase_revenue", "purchase_revenue"),
    "refund": ("ecommerce.refund_value", "refund_value"),
    "value": ("value", "event_params.value"),
    "shipping": ("ecommerce.shipping_value", "shipping_value"),
    "params": ("event_params",),
    "listed": ("items",),
}
_ITEM_CELLS = ("item_id", "item_name", "item_brand", "item_category", "price", "quantity")
_ITEM = {
    "product_id": ("item_id", "item_name"),
    "title": ("item_name",),
    "brand": ("item_brand",),
    "category": ("item_category",),
    "price": ("price",),
    "quantity": ("quantity",),
}
#: Our cell to the key that holds it in ``event_params``.
_PARAMS = {
    "session": "ga_session_id", "query": "search_term", "currency": "currency", "coupon_code": "coupon",
    "payment_method": "payment_type", "value": "value", "order_id": "transaction_id",
}  # fmt: skip


@ibis.udf.scalar.builtin(name="make_timestamptz", signature=(("int64",), "timestamp('UTC', 6)"))
def _from_micros(micros):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Declare DuckDB's own function."""


def read_ga4(source: SourceSettings, raw: RawTable, *, engine: Engine) -> list[PlatformTable]:
    """Turn a GA4 export into events, order lines, orders and products.

    Times are instants; the loader puts them on the shop's clock. Prices are what GA4 calls the price: after
    discounts. A purchase without transaction id counts as an order of its own.
    """
    flat = {"items_item_id", "item_id", "items_item_name", "item_name"} & {plain(name) for name in raw.expr.columns}
    own = {name: (f"items.{name}", name) for name in _ITEM_CELLS} if flat else {}
    cells = chosen(raw, {**_COLUMNS, **own})
    cells = _gathered(cells) if flat else cells.mutate(items=_listed(cells), message_id=_sign(cells, _COLUMNS))
    cells = _with_params(cells)
    noon = ibis.coalesce(cells.day.re_replace(r"^(\d{4})-?(\d\d)-?(\d\d)$", r"\1-\2-\3T12:00:00Z"))
    happened = ibis.coalesce(_from_micros(cells.micros.try_cast("int64")), noon.try_cast("timestamp('UTC', 6)"))
    money = {name: number(cells[name], source.decimal) for name in ("value", "shipping", "total")}
    money["value"] = ibis.coalesce(number(cells.refund, source.decimal).nullif(0), money["value"])
    hits = cells.select(
        *(name for name in HIT_TEXTS if name not in ("session_id", "order_id", "ip")), "source_row", "items",
        **money, **{name: ibis.null("float64") for name in HIT_NUMBERS if name not in money},
        session_id=cells.visitor_id + "." + cells.session, order_id=cells.order_id.nullif("(not set)"),
        ip=ibis.null("string"), happened_at=happened, ingested_at=ibis.null("timestamp('UTC', 6)"),
        happened_text=ibis.coalesce(cells.micros, cells.day),
    )  # fmt: skip
    return read_clickstream(hits, raw, _ITEM, engine=engine)


def _sign(cells: Any, names: Any) -> Any:
    """Return a code of an event from all it says; GA4 gives its events no number."""
    return person_code(ibis.literal("|").join([cells[name].fill_null("") for name in names]))


def _listed(cells: Any) -> Any:
    items = item_list(cells.listed, _ITEM_CELLS)
    return ibis.coalesce(items, ibis.literal([], items.type()))


def _gathered(cells: Any) -> Any:
    """Bring the rows of an event together again; a row that came twice counts once."""
    cells = cells.mutate(message_id=_sign(cells, _COLUMNS), item=ibis.struct({key: cells[key] for key in _ITEM_CELLS}))
    once = first_of(cells, ["message_id", *_ITEM_CELLS], ["source_row"])
    named = ibis.coalesce(once.item_id, once.item_name).notnull()
    kind = f"array<{once.item.type()}>"
    items = once.item.collect(where=named, order_by=once.source_row)
    return once.group_by("message_id").agg(
        **{name: once[name].max() for name in _COLUMNS},
        items=ibis.coalesce(items, ibis.literal([], kind)),
        source_row=once.source_row.min(),
    )


def _with_params(cells: Any) -> Any:
    """Fill what has no column of its own from ``event_params``, a list of keys and values of four types."""
    params = item_list(cells.params, ("key", "value"))
    cells = cells.mutate(_params=params)
    filled = {}
    for ours, key in _PARAMS.items():
        value = cells["_params"].filter(lambda each, key=key: each.key == key)[0].value
        kinds = ("string_value", "int_value", "double_value", "float_value")
        filled[ours] = ibis.coalesce(cells[ours], *(inside(value, f"$.{kind}") for kind in kinds))
    return cells.mutate(**filled)
