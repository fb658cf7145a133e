"""Order exports with one row per item: fill down what stands on an order's first row only, and share out discounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis

from habitue.data.finding import Finding
from habitue.data.settings import SourceSettings
from habitue.data.sources.platforms.tables import (
    PlatformTable,
    chosen,
    first_of,
    note,
    number,
    person_code,
    shop_clock,
    table_of,
)
from habitue.data.sources.raw import RawTable
from habitue.engine import Engine
from habitue.schema import Words

__all__ = ["Layout", "read_order_export", "share_out"]

#: Cells of an order; all others belong to its items.
_ORDER_CELLS = (
    "customer_id", "email", "phone", "name", "ordered_at", "cancelled_at", "status", "currency", "subtotal", "shipping",
    "total", "coupon_code", "order_discount", "refunded", "payment_method", "channel", "country", "region", "city",
    "postcode",
)  # fmt: skip
_LINE_CELLS = ("quantity", "title", "price", "sku", "line_discount")
_OWN_CELLS = ("order_id", "first_name", "last_name", "list_price", "line_total", "brand", "category", *_LINE_CELLS)
_NUMBERS = ("subtotal", "shipping", "total", "order_discount", "refunded", "quantity", "price", "list_price",
            "line_total", "line_discount")  # fmt: skip
_ORDER_LINES = (
    "order_id", "line_id", "customer_id", "product_id", "ordered_at", "quantity", "unit_price", "list_price",
    "discount", "currency", "status", "cancelled_at", "channel", "country", "region", "city", "coupon_code",
    "payment_method", "product_title", "category", "brand", "source_row",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Layout:
    """How a platform writes its orders.

    Parameters
    ----------
    columns : mapping
        Our cell to the platform's headers, the best one first.
    dates : sequence of str
        strptime patterns of its times.
    subtotal_is_gross : bool
        Whether the order's subtotal stands before the order's discount.
    """

    columns: Mapping[str, Sequence[str]]
    dates: Sequence[str]
    subtotal_is_gross: bool = False


def read_order_export(
    layout: Layout, source: SourceSettings, raw: RawTable, *, engine: Engine, adjust: Any = None
) -> list[PlatformTable]:
    """Turn an export with one row per item into order lines, orders, customers and products.

    Parameters
    ----------
    layout : Layout
    source : SourceSettings
        Its ``dates`` go before the layout's, its ``decimal`` says how numbers are written.
    raw : RawTable
    engine : Engine
    adjust : callable, optional
        Mends cells (text) before they are used.
    """
    cells = chosen(raw, {name: layout.columns.get(name, ()) for name in (*_ORDER_CELLS, *_OWN_CELLS)})
    cells = _blocks(adjust(cells) if adjust else cells)
    cells = cells.mutate(**{name: shop_clock(cells[name]) for name in ("ordered_at", "cancelled_at")})
    cells = cells.mutate(**{name: number(cells[name], source.decimal) for name in _NUMBERS})
    lines = engine.keep(_priced(_with_customer(_filled_down(cells)), subtotal_is_gross=layout.subtotal_is_gross))
    dates = {name: source.dates.get(name, list(layout.dates)) for name in ("ordered_at", "cancelled_at", "ingested_at")}
    return [
        table_of(
            "order_lines",
            raw,
            _order_lines(lines),
            engine=engine,
            dates=dates,
            findings=_findings(lines, engine),
            rejects=raw.rejects,
        ),
        table_of("orders", raw, _orders(lines), engine=engine, dates=dates),
        table_of("customers", raw, _customers(lines), engine=engine, dates=dates),
        table_of("products", raw, _products(lines), engine=engine, dates=dates),
    ]


def _blocks(cells: Any) -> Any:
    """Give rows without order number the one above, and tell a second copy of an order from its first.

    Exports that overlap hold orders twice. A copy begins where an order's total comes again on the same item.
    """
    rows_before = {"order_by": "source_row", "rows": (None, 0)}
    block = cells.order_id.count().over(**rows_before)
    cells = cells.mutate(_block=block)
    cells = cells.mutate(order_id=cells.order_id.max().over(group_by="_block"))
    signs = [cells[name].fill_null("") for name in _LINE_CELLS]
    cells = cells.mutate(_sign=ibis.literal("|").join(signs), _head=ibis.coalesce(cells.total, cells.status).notnull())
    head_row = cells["_head"].ifelse(cells.source_row, ibis.null("int64")).min().over(group_by="order_id")
    cells = cells.mutate(_head_row=head_row)
    first = (cells.source_row == cells["_head_row"]).ifelse(cells["_sign"], ibis.null("string"))
    cells = cells.mutate(_first=first.max().over(group_by="order_id"))
    cells = cells.mutate(_again=(cells["_head"] & (cells["_sign"] == cells["_first"])).ifelse(1, 0))
    copy = cells["_again"].sum().over(group_by="order_id", **rows_before)
    return cells.mutate(copy=ibis.greatest(copy, 1))


def _filled_down(cells: Any) -> Any:
    """Bring an order's cells to all of its rows."""
    of_order = ibis.window(group_by=["order_id", "copy"])
    place = ibis.row_number().over(group_by=["order_id", "copy"], order_by="source_row") + 1
    filled = {name: cells[name].max().over(of_order) for name in _ORDER_CELLS}
    filled["status"] = filled["status"].lower()
    return cells.mutate(**filled, line_id=place.cast("string"))


def _with_customer(lines: Any) -> Any:
    """Say who bought: the platform's number, else a code of the e-mail, else of the phone.

    An e-mail that came with a customer number keeps it when it comes without one later.
    """
    name = ibis.coalesce(lines.name, (lines.first_name.fill_null("") + " " + lines.last_name.fill_null("")))
    lines = lines.mutate(name=name.strip().nullif(""), _mail=lines.email.lower())
    known = lines.customer_id.max().over(group_by="_mail", order_by=["ordered_at", "source_row"], rows=(None, 0))
    known = lines.email.notnull().ifelse(known, ibis.null("string"))
    digits = lines.phone.re_replace(r"[^0-9+]", "").nullif("")
    return lines.mutate(customer_id=ibis.coalesce(lines.customer_id, known, person_code(lines.email, digits)))


def _priced(lines: Any, *, subtotal_is_gross: bool) -> Any:
    """Work out what was really paid for one piece, the order's discount shared out in proportion."""
    held = ibis.coalesce(lines.price, lines.line_total / lines.quantity.nullif(0))
    lines = lines.mutate(
        price=held,
        _value=lines.quantity * held - lines.line_discount.fill_null(0),
        _net=lines.subtotal - lines.order_discount.fill_null(0) if subtotal_is_gross else lines.subtotal,
    )
    shared = share_out(lines, keys=("order_id", "copy"))
    off = lines.line_discount.fill_null(0) + shared
    paid = (off == 0).ifelse(lines.price, lines.price - off / lines.quantity.nullif(0))
    return lines.mutate(
        discount=off,
        unit_price=ibis.coalesce(paid, lines.price),
        list_price=ibis.greatest(lines.list_price, lines.price),
        product_id=ibis.coalesce(lines.sku, lines.title),
    )


def share_out(lines: Any, *, keys: Sequence[str]) -> Any:
    """Share an order's discount out over its lines, in proportion to their value.

    The discount that counts is what the lines lack to the order's net subtotal, never more than the order says:
    a coupon for free delivery thus takes nothing off the products. Reads ``_value`` (a line's money before the
    order's discount), ``_net`` (the order's products after it) and ``order_discount``.
    """
    order = ibis.window(group_by=list(keys))
    value = lines["_value"].sum().over(order)
    already = lines["line_discount"].fill_null(0).sum().over(order)
    lacking = ibis.coalesce(value - lines["_net"], lines["order_discount"] - already)
    off = ibis.least(ibis.greatest(lacking, 0.0), lines["order_discount"], ibis.greatest(value, 0.0)).fill_null(0.0)
    worth_it = (off > 0.0005) & (value > 0) & lines["order_discount"].notnull()
    return worth_it.ifelse(off * lines["_value"] / value, 0.0).fill_null(0.0)


def _order_lines(lines: Any) -> Any:
    held = lines.filter(lines.title.notnull() | lines.sku.notnull() | lines.quantity.notnull())
    return held.mutate(product_title=held.title).select(*_ORDER_LINES)


def _orders(lines: Any) -> Any:
    return first_of(lines, ["order_id"], ["source_row"]).select(
        "order_id", "customer_id", "ordered_at", "status", "cancelled_at", "channel", "country", "region", "city",
        "currency", "shipping", "coupon_code", "payment_method", "source_row",
        discount=lambda t: t.order_discount, order_total=lambda t: t.total, customer_email=lambda t: t.email,
    )  # fmt: skip


def _customers(lines: Any) -> Any:
    known = lines.filter(lines.customer_id.notnull())
    return first_of(known, ["customer_id"], ["ordered_at", "source_row"]).select(
        "customer_id", "name", "email", "phone", "country", "region", "city", "postcode", "source_row",
        ingested_at=lambda t: t.ordered_at,
    )  # fmt: skip


def _products(lines: Any) -> Any:
    sold = lines.filter(lines.product_id.notnull())
    return first_of(sold, ["product_id"], ["ordered_at", "source_row"]).select(
        "product_id", "title", "category", "brand", "currency", "source_row",
        price=lambda t: t.list_price, ingested_at=lambda t: t.ordered_at,
    )  # fmt: skip


def _findings(lines: Any, engine: Engine) -> tuple[Finding, ...]:
    refunded = first_of(lines, ["order_id"], ["source_row"]).filter(lambda t: t.refunded > 0)
    (seen,) = engine.to_rows(refunded.agg(orders=refunded.count(), money=refunded.refunded.sum()))
    if not seen["orders"]:
        return ()
    return (
        note(
            "D701",
            "refunds_without_time",
            "order_lines",
            count=seen["orders"],
            what=Words(
                f"{seen['orders']} orders were refunded ({seen['money']:.2f}), but the export does not say when",
                f"{seen['orders']} 笔订单有退款（共 {seen['money']:.2f}），但导出文件没有退款时间",
            ),
            done=Words("nothing is taken off: spend stands before refunds", "未扣减：消费金额为退款前金额"),
            do=Words("give returns as order lines of their own, with their time", "请另外提供带时间的退货明细"),
        ),
    )
