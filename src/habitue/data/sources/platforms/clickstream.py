"""Streams of shop events: what visitors did, and the orders that the same stream holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ibis
import pyarrow as pa

from habitue.data.finding import Finding
from habitue.data.sources.platforms.stream_orders import order_lines, order_table, orders_of, sold_lines
from habitue.data.sources.platforms.tables import PlatformTable, first_of, note, number, table_of
from habitue.data.sources.raw import RawTable
from habitue.engine import Engine
from habitue.schema import EVENT_NAMES, Words

__all__ = ["HIT_NUMBERS", "HIT_TEXTS", "is_shop_event", "our_word", "read_clickstream"]

#: Cells of a hit (one event as it was sent), apart from ``happened_at`` and ``ingested_at`` (instants) and ``items``.
HIT_TEXTS = (
    "message_id", "name", "user_id", "visitor_id", "session_id", "order_id", "query", "device", "channel", "ip",
    "currency", "coupon_code", "country", "region", "city", "payment_method",
)  # fmt: skip
HIT_NUMBERS = ("value", "shipping", "order_discount", "subtotal", "total")
_PRODUCT_EVENTS = ("view", "cart", "remove", "wish", "share", "review")
_ITEM_TEXTS = ("product_id", "title", "brand", "category")
_ITEM_NUMBERS = ("price", "quantity")
_EVENTS = (
    "event_id", "customer_id", "session_id", "event", "happened_at", "product_id", "order_id", "query", "device",
    "channel", "ip", "value", "ingested_at", "source_row",
)  # fmt: skip
_WORDS = {name.replace("_", " "): word for word, names in EVENT_NAMES.items() for name in names}


def our_word(name: Any) -> Any:
    """Return our word for an event's name; a name that nobody shares stays as it is, in lower case."""
    bare = name.lower().replace("_", " ").strip()
    return bare.cases(*_WORDS.items(), else_=name.lower())


def is_shop_event(name: str) -> bool:
    """Say whether an event's name belongs to the shared vocabulary.

    Examples
    --------
    >>> is_shop_event("order_completed"), is_shop_event("kernel panic")
    (True, False)
    """
    return name.lower().replace("_", " ").strip() in _WORDS


def read_clickstream(
    hits: Any, raw: RawTable, items: Mapping[str, Sequence[str]], *, engine: Engine
) -> list[PlatformTable]:
    """Turn hits into events, order lines, orders and products.

    A message that was sent twice counts once, and so does an order that was completed twice: the first one stays. A
    visitor is the customer they last signed in as, as far as was known by then, else their own anonymous number.
    Refunds and cancellations have their own time in a stream: refunds become negative lines, cancellations
    ``cancelled_at``.

    Parameters
    ----------
    hits : ibis table
        ``HIT_TEXTS``, ``HIT_NUMBERS``, ``happened_at``, ``happened_text``, ``ingested_at``, ``items``, ``source_row``.
    raw : RawTable
        Where the hits come from.
    items : mapping
        Our cell of an item to the keys of the structs in ``items``, the best one first.
    engine : Engine
    """
    all_hits = engine.keep(hits.mutate(message_id=ibis.coalesce(hits.message_id, "row-" + hits.source_row.cast(str))))
    fit = all_hits.happened_at.notnull() & all_hits.name.notnull()
    rejects = engine.to_arrow(
        all_hits.filter(~fit).select(
            "source_row", text=_said(all_hits), reason=ibis.literal("an event without readable name or time")
        )
    )
    hits = engine.keep(_with_customer(_once(all_hits.filter(fit))))
    goods = engine.keep(_goods(hits, items))
    orders = engine.keep(orders_of(hits))
    sold = engine.keep(sold_lines(orders, goods))
    lost = pa.concat_tables([raw.rejects, rejects.cast(raw.rejects.schema)])
    said = _findings(all_hits.filter(fit), hits, sold, engine)
    return [
        table_of("events", raw, _events(hits, goods), engine=engine, findings=said, rejects=lost),
        table_of("order_lines", raw, order_lines(hits, goods, orders, sold), engine=engine),
        table_of("orders", raw, order_table(orders), engine=engine),
        table_of("products", raw, _products(goods), engine=engine),
    ]


def _said(hits: Any) -> Any:
    return hits.name.fill_null("?") + " @ " + hits.happened_text.fill_null("?")


def _once(hits: Any) -> Any:
    """Keep the first of messages that came more than once."""
    hits = hits.mutate(event=our_word(hits.name), seen_at=ibis.coalesce(hits.ingested_at, hits.happened_at))
    return first_of(hits, ["message_id"], ["seen_at", "source_row"])


def _with_customer(hits: Any) -> Any:
    """Say who it was, from what was known by then."""
    before = {"order_by": ["seen_at", "happened_at", "source_row"], "rows": (None, 0)}
    hits = hits.mutate(_stretch=hits.user_id.count().over(group_by="visitor_id", **before))
    signed_in = hits.user_id.max().over(group_by=["visitor_id", "_stretch"])
    signed_in = hits.visitor_id.notnull().ifelse(signed_in, ibis.null("string"))
    return hits.mutate(customer_id=ibis.coalesce(hits.user_id, signed_in, hits.visitor_id)).drop("_stretch")


def _goods(hits: Any, items: Mapping[str, Sequence[str]]) -> Any:
    """Give every item of a hit a row of its own."""
    goods = hits.mutate(item=hits["items"].unnest(), place=ibis.range(1, hits["items"].length() + 1).unnest())
    cells = {
        ours: ibis.coalesce(*(goods.item[key].strip().nullif("").nullif("(not set)") for key in keys))
        for ours, keys in items.items()
    }
    missing = {name: ibis.null("string") for name in (*_ITEM_TEXTS, *_ITEM_NUMBERS) if name not in cells}
    cells |= missing
    numbers = {name: number(cells[name]) for name in _ITEM_NUMBERS}
    return goods.mutate(**{**cells, **numbers}).drop("item", "items")


def _events(hits: Any, goods: Any) -> Any:
    """List what was done: a row per product where it was done to products, else a row per event."""
    one = goods.filter(goods.event.isin(_PRODUCT_EVENTS))
    first = one.place == 1
    worth = one.price * one.quantity.fill_null(1)
    one = one.mutate(
        event_id=first.ifelse(one.message_id, one.message_id + "-" + one.place.cast("string")),
        value=ibis.coalesce(worth, first.ifelse(one.value, ibis.null("float64"))),
    )
    single = goods.group_by("message_id").agg(count=goods.count(), product_id=goods.product_id.max())
    rest = hits.filter(~(hits.event.isin(_PRODUCT_EVENTS) & (hits["items"].length() > 0)))
    rest = rest.left_join(single, "message_id")
    lone = (rest["count"] == 1).ifelse(rest.product_id, ibis.null("string"))
    rest = rest.mutate(product_id=lone, event_id=rest.message_id, value=ibis.coalesce(rest.value, rest.total))
    return one.select(*_EVENTS).union(rest.select(*_EVENTS))


def _products(goods: Any) -> Any:
    """Take each product as it was when something was first said about it."""
    described = ibis.coalesce(goods.title, goods.brand, goods.category).notnull() | goods.price.notnull()
    said = goods.filter(goods.product_id.notnull() & described)
    return first_of(said, ["product_id"], ["seen_at", "source_row", "place"]).select(
        "product_id", "title", "category", "brand", "price", "currency", "source_row", ingested_at=lambda t: t.seen_at
    )


def _findings(sent: Any, hits: Any, sold: Any, engine: Engine) -> tuple[Finding, ...]:
    once = hits.filter(hits.event == "order")
    completed = ibis.coalesce(once.order_id, once.message_id)
    (seen,) = engine.to_rows(sent.agg(sent=sent.count()))
    (kept,) = engine.to_rows(hits.agg(kept=hits.count()))
    (order,) = engine.to_rows(once.agg(events=once.count(), orders=completed.nunique()))
    (bare,) = engine.to_rows(sold.agg(bare=(~sold.listed).ifelse(1, 0).sum()))
    counts = {
        "D702": seen["sent"] - kept["kept"],
        "D703": order["events"] - order["orders"],
        "D706": bare["bare"] or 0,
    }
    return tuple(
        note(code, name, table, count=counts[code], what=_counted(what, counts[code]), done=done)
        for code, name, table, what, done in _NOTES
        if counts[code]
    )


def _counted(words: Words, count: int) -> Words:
    return Words(words.en.format(count), words.zh.format(count))


_NOTES = (
    (
        "D702",
        "repeated_messages",
        "events",
        Words("{} events were sent more than once", "{} 条事件被重复发送"),
        Words("the first one counts", "只计第一条"),
    ),
    (
        "D703",
        "repeated_orders",
        "order_lines",
        Words("{} completions name an order that was complete already", "{} 条下单事件对应的订单此前已完成"),
        Words("the first one counts", "只计第一条"),
    ),
    (
        "D706",
        "orders_without_products",
        "order_lines",
        Words("{} orders came without their products", "{} 笔订单没有商品明细"),
        Words("each became one line with the order's money", "每笔订单按订单金额记为一行"),
    ),
)
