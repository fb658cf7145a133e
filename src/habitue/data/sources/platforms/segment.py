"""Segment and its kin (RudderStack, PostHog): tracked events as JSON lines, CSV or tables of a warehouse."""

from __future__ import annotations

from typing import Any

import ibis

from habitue.data.settings import SourceSettings
from habitue.data.sources.platforms.clickstream import HIT_NUMBERS, HIT_TEXTS, read_clickstream
from habitue.data.sources.platforms.tables import PlatformTable, chosen, instant, item_list, note, number
from habitue.data.sources.raw import RawTable
from habitue.engine import Engine
from habitue.schema import Words

__all__ = ["read_segment"]


def _property(*names: str) -> tuple[str, ...]:
    """Look for a property inside ``properties``, flattened beside it, and in both ways of writing."""
    camel = [name.split("_")[0] + "".join(part.title() for part in name.split("_")[1:]) for name in names]
    inner = [f"properties.{name}" for name in dict.fromkeys((*names, *camel))]
    return (*inner, *names)


_COLUMNS = {
    "type": ("type",),
    "message_id": ("messageId", "id", "uuid"),
    "name": ("event", "event_text"),
    "user_id": ("userId",),
    "visitor_id": ("anonymousId", "distinct_id"),
    "session_id": (*_property("session_id"), "context.sessionId", "context.session_id", "properties.$session_id"),
    "happened_text": ("timestamp", "original_timestamp", "sent_at", "received_at"),
    "ingested_text": ("received_at",),
    "order_id": _property("order_id"),
    "query": _property("query"),
    "device": ("context.device.type", "context.device.category", "properties.device"),
    "channel": ("context.campaign.medium", "context.campaign.source", "channel"),
    "ip": ("context.ip", "ip"),
    "currency": _property("currency"),
    "coupon_code": _property("coupon"),
    "country": ("context.location.country", *_property("country")),
    "region": ("context.location.region", *_property("region")),
    "city": ("context.location.city", *_property("city")),
    "payment_method": _property("payment_method"),
    "value": _property("value", "revenue"),
    "shipping": _property("shipping"),
    "order_discount": _property("discount"),
    "subtotal": _property("subtotal"),
    "total": _property("total"),
    "products": _property("products"),
}
#: Cells of the one product of an event such as Product Viewed; in ``products`` they have the same names.
_ITEM = {
    "product_id": ("product_id", "productId", "sku", "id"),
    "title": ("name", "title"),
    "brand": ("brand",),
    "category": ("category",),
    "price": ("price",),
    "quantity": ("quantity",),
}
_ITEM_KEYS = tuple(dict.fromkeys(key for keys in _ITEM.values() for key in keys))


def read_segment(source: SourceSettings, raw: RawTable, *, engine: Engine) -> list[PlatformTable]:
    """Turn tracked events into events, order lines, orders and products.

    Times are instants (without a zone: universal time); the loader puts them on the shop's clock. ``received_at`` is
    when the shop knew. Calls that track nothing (identify, group, alias) are left out and counted in a finding.
    """
    single = {f"one_{key}": (f"properties.{key}", *((key,) if key != "id" else ())) for key in _ITEM_KEYS}
    cells = chosen(raw, {**_COLUMNS, **single})
    kind = cells.type.lower().fill_null("track")
    cells = cells.mutate(name=kind.isin(("page", "screen")).ifelse("page", cells.name), _kind=kind)
    tracked = cells["_kind"].isin(("track", "page", "screen"))
    (other,) = engine.to_rows(cells.filter(~tracked).agg(calls=lambda t: t.count()))
    cells = cells.filter(tracked)
    hits = cells.select(
        *HIT_TEXTS, "happened_text", "source_row",
        **{name: number(cells[name], source.decimal) for name in HIT_NUMBERS},
        happened_at=instant(cells.happened_text), ingested_at=instant(cells.ingested_text), items=_items(cells),
    )  # fmt: skip
    tables = read_clickstream(hits, raw, _ITEM, engine=engine)
    return _with_note(tables, other["calls"]) if other["calls"] else tables


def _items(cells: Any) -> Any:
    """Return the products of an event: its list, else the one its own properties name."""
    listed = item_list(cells.products, _ITEM_KEYS)
    one = ibis.array([ibis.struct({key: cells[f"one_{key}"] for key in _ITEM_KEYS})]).cast(listed.type())
    none = ibis.literal([], listed.type())
    named = ibis.coalesce(cells.one_product_id, cells.one_productId, cells.one_sku).notnull()
    return (listed.length() > 0).fill_null(False).ifelse(listed, named.ifelse(one, none))


def _with_note(tables: list[PlatformTable], calls: int) -> list[PlatformTable]:
    left_out = note(
        "D707",
        "calls_left_out",
        "events",
        count=calls,
        what=Words(
            f"{calls} calls track nothing (identify, group, alias)",
            f"{calls} 条调用不是行为事件（identify、group、alias）",
        ),
        done=Words("left out", "已略过"),
    )
    first = tables[0]
    return [PlatformTable(first.table, first.raw, first.dates, (*first.findings, left_out)), *tables[1:]]
