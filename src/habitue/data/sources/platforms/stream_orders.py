"""Orders that a stream of events holds: completed, refunded, called off, each at its own time."""

from __future__ import annotations

from typing import Any

import ibis

from habitue.data.sources.platforms.order_export import share_out
from habitue.data.sources.platforms.tables import first_of

__all__ = ["order_lines", "order_table", "orders_of", "sold_lines"]

_ITEM = ("product_id", "title", "brand", "category")
_OF_ORDER = ("customer_id", "currency", "channel", "country", "region", "city", "coupon_code", "payment_method")
_LINES = (
    "order_id", "line_id", "customer_id", "product_id", "ordered_at", "quantity", "unit_price", "list_price",
    "discount", "currency", "cancelled_at", "channel", "country", "region", "city", "coupon_code", "payment_method",
    "product_title", "category", "brand", "ingested_at", "source_row",
)  # fmt: skip


def orders_of(hits: Any) -> Any:
    """Keep the first completion of each order, and the moment at which it was known to be called off.

    Parameters
    ----------
    hits : ibis table
        Events, each once, with ``event`` in our words, ``customer_id`` and ``seen_at``.
    """
    bought = hits.filter(hits.event == "order").drop("items")
    bought = bought.mutate(order_id=ibis.coalesce(bought.order_id, bought.message_id))
    called_off = hits.filter((hits.event == "cancel") & hits.order_id.notnull())
    called_off = called_off.group_by("order_id").agg(cancelled_at=called_off.seen_at.min())
    once = first_of(bought, ["order_id"], ["seen_at", "happened_at", "source_row"])
    return once.left_join(called_off, "order_id").drop("order_id_right")


def order_table(orders: Any) -> Any:
    """Return the columns of ``orders``."""
    return orders.select(
        "order_id", "customer_id", "cancelled_at", "channel", "country", "region", "city", "currency", "shipping",
        "coupon_code", "payment_method", "ingested_at", "source_row", ordered_at=orders.happened_at,
        discount=orders.order_discount, order_total=ibis.coalesce(orders.total, orders.value),
    )  # fmt: skip


def sold_lines(orders: Any, goods: Any) -> Any:
    """Make the lines of the orders, discounts shared out; an order that lists no products is one line.

    Parameters
    ----------
    orders : ibis table
        From `orders_of`.
    goods : ibis table
        One row per item of every event.
    """
    items = goods.select("message_id", "place", *_ITEM, "price", "quantity")
    lines = orders.left_join(items, "message_id").drop("message_id_right")
    listed = lines.place.notnull()
    lines = lines.mutate(
        listed=listed,
        place=lines.place.fill_null(1),
        quantity=lines.quantity.fill_null(1),
        price=listed.ifelse(lines.price, ibis.coalesce(lines.subtotal, lines.value, lines.total)),
        order_discount=listed.ifelse(lines.order_discount, ibis.null("float64")),
        line_discount=ibis.literal(0.0),
    )
    lines = lines.mutate(_value=lines.quantity * lines.price, _net=lines.subtotal)
    shared = share_out(lines, keys=("order_id",))
    paid = (shared == 0).ifelse(lines.price, lines.price - shared / lines.quantity.nullif(0))
    return lines.mutate(unit_price=paid, discount=shared)


def order_lines(hits: Any, goods: Any, orders: Any, sold: Any) -> Any:
    """Return the columns of ``order_lines``: what was sold, and what came back as negative lines."""
    out = sold.mutate(
        line_id=sold.place.cast("string"),
        ordered_at=sold.happened_at,
        list_price=sold.price,
        product_title=sold.title,
    )
    return out.select(*_LINES).union(_returns(hits, goods, orders, sold))


def _returns(hits: Any, goods: Any, orders: Any, sold: Any) -> Any:
    """Make negative lines at the time of each refund: of its products, of the whole order, or of money alone."""
    back = hits.filter((hits.event == "refund") & hits.order_id.notnull())
    back = back.mutate(refunded=ibis.coalesce(back.value, back.total))
    back = first_of(back, ["order_id", "happened_at", "refunded"], ["seen_at", "source_row"])
    back = back.select("message_id", "order_id", "happened_at", "refunded", "ingested_at", "source_row", "customer_id")
    bare = back.anti_join(goods, "message_id")
    bought = sold.group_by("order_id").agg(bought=(sold.unit_price * sold.quantity).sum())
    bare = bare.left_join(bought, "order_id").drop("order_id_right")
    whole = bare.refunded.isnull() | (bare.refunded >= bare.bought - 0.005)
    parts = (_listed(back, goods, sold), _whole(bare.filter(whole), sold), _money(bare.filter(~whole.fill_null(False))))
    lines = ibis.union(*parts)
    of_order = orders.select("order_id", **{f"order_{name}": orders[name] for name in _OF_ORDER})
    lines = lines.left_join(of_order, "order_id").drop("order_id_right")
    known = {name: lines[f"order_{name}"] for name in _OF_ORDER if name != "customer_id"}
    return lines.mutate(
        **known,
        customer_id=ibis.coalesce(lines.order_customer_id, lines.customer_id),
        line_id=lines.message_id + "-" + lines.place.cast("string"),
        ordered_at=lines.happened_at,
        quantity=-lines.quantity,
        list_price=ibis.null("float64"),
        discount=ibis.null("float64"),
        cancelled_at=ibis.null("timestamp('UTC', 6)"),
        product_title=lines.title,
    ).select(*_LINES)


_PART = ("message_id", "order_id", "happened_at", "ingested_at", "source_row", "customer_id", "place", *_ITEM,
         "quantity", "unit_price")  # fmt: skip


def _listed(back: Any, goods: Any, sold: Any) -> Any:
    """Return the products a refund lists, at the price they were sold for where the refund gives none."""
    paid = first_of(sold, ["order_id", "product_id"], ["place"])
    paid = paid.select("order_id", "product_id", paid=paid.unit_price)
    items = goods.select("message_id", "place", *_ITEM, "quantity", "price")
    lines = back.inner_join(items, "message_id").left_join(paid, ["order_id", "product_id"])
    return lines.mutate(quantity=lines.quantity.fill_null(1), unit_price=ibis.coalesce(lines.price, lines.paid)).select(
        *_PART
    )


def _whole(back: Any, sold: Any) -> Any:
    """Return all lines of the order."""
    lines = sold.select("order_id", "place", *_ITEM, "quantity", "unit_price")
    return back.inner_join(lines, "order_id").select(*_PART)


def _money(back: Any) -> Any:
    """Return an amount that names no product."""
    nothing = dict.fromkeys(_ITEM, ibis.null("string"))
    return back.mutate(
        **nothing, place=ibis.literal(1, "int64"), quantity=ibis.literal(1.0), unit_price=back.refunded
    ).select(*_PART)
