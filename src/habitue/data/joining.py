"""Order lines are completed: from the orders and products tables, and where a column follows from others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ibis

from habitue.data.cells import BAD
from habitue.data.finding import Finding, Section, Severity
from habitue.data.staging import Staged
from habitue.engine import Engine
from habitue.errors import MappingError
from habitue.schema import Words, table

__all__ = ["complete_lines"]

#: What an order says of its lines. Money of the whole order is not spread over lines.
_FROM_ORDERS = (
    "customer_id",
    "status",
    "cancelled_at",
    "channel",
    "country",
    "region",
    "city",
    "currency",
    "coupon_code",
    "payment_method",
)
_FROM_PRODUCTS = {"title": "product_title", "category": "category", "brand": "brand"}


def complete_lines(staged: dict[str, Staged], *, scratch: Path, engine: Engine) -> None:
    """Give order_lines all columns of the schema, filled as far as the shop's tables allow.

    A line takes from its order and product only what was known when the line was: what arrives later must not change
    what a snapshot shows.

    Parameters
    ----------
    staged : dict of str to Staged
        ``order_lines`` in it is changed in place.
    scratch : Path
    engine : Engine

    Raises
    ------
    MappingError
        When nothing says when or at which price something was bought.
    """
    lines = staged["order_lines"]
    rows = _all_columns(lines)
    rows = _simple(lines, rows)
    if "orders" in staged:
        rows = _with_orders(lines, rows, staged["orders"])
    if "products" in staged and "product_id" in lines.given:
        rows = _with_products(lines, rows, staged["products"])
    _require(lines, "ordered_at", "when it was ordered")
    _require(lines, "unit_price", "the price")
    numbered = "order_id" in lines.given
    rows = _order_numbers(lines, rows)
    if numbered and not {"orders", "products"} & staged.keys():
        lines.expr = rows  # nothing that is dear to work out anew at each reading
        return
    file = scratch / "complete_order_lines.parquet"
    engine.write_parquet(rows, file, quick=True)
    lines.expr = engine.read_parquet(file)


def _all_columns(lines: Staged) -> Any:
    missing = {
        column.name: ibis.null(column.kind.dtype)
        for column in lines.table.columns
        if column.name not in lines.expr.columns
    }
    return lines.expr.mutate(**missing) if missing else lines.expr


def _simple(lines: Staged, rows: Any) -> Any:
    """Fill quantity and price where they follow from the line itself."""
    if "quantity" not in lines.given:
        rows = rows.mutate(quantity=ibis.literal(1.0))
        what = Words("no column says how many pieces", "没有数量列")
        _note(lines, "D004", "no_quantities", "quantity", what, Words("one piece a line is assumed", "按每行一件处理"))
        lines.given |= {"quantity"}
    if "line_total" in lines.given:
        divided = rows.line_total / rows.quantity.nullif(0.0)
        readable = rows[BAD + "unit_price"].isnull() if BAD + "unit_price" in rows.columns else ibis.literal(value=True)
        rows = rows.mutate(unit_price=ibis.coalesce(rows.unit_price, readable.ifelse(divided, ibis.null("float64"))))
        lines.given |= {"unit_price"}
    return rows


def _with_orders(lines: Staged, rows: Any, orders: Staged) -> Any:
    known = orders.expr.filter(orders.expr.order_id.notnull(), orders.expr.ordered_at.notnull())
    first = ibis.row_number().over(ibis.window(group_by="order_id", order_by=["ordered_at", "source", "source_row"]))
    known = known.mutate(place=first).filter(lambda each: each.place == 0)
    shared = [name for name in _FROM_ORDERS if name in orders.given]
    arrived = known.ingested_at if "ingested_at" in orders.given else ibis.null("timestamp(6)")
    # Renamed, so that both sides keep their names through the join.
    wanted = {f"o_{name}": known[name] for name in shared}
    narrow = known.select(o_order_id=known.order_id, o_ordered_at=known.ordered_at, o_arrived=arrived, **wanted)
    joined = rows.left_join(narrow, rows.order_id == narrow.o_order_id)
    own_time = joined.ordered_at.notnull()
    text = BAD + "ordered_at"
    unreadable = joined[text].notnull() if text in rows.columns else ibis.literal(value=False)
    at = ibis.coalesce(joined.ingested_at, joined.ordered_at)
    in_time = (joined.o_ordered_at <= joined.ordered_at) & (joined.o_arrived.isnull() | (joined.o_arrived <= at))
    usable = (own_time & in_time) | (~own_time & ~unreadable)
    filled = {
        name: ibis.coalesce(joined[name], usable.ifelse(joined[f"o_{name}"], ibis.null(rows[name].type())))
        for name in shared
    }
    filled["ingested_at"] = own_time.ifelse(joined.ingested_at, ibis.greatest(joined.ingested_at, joined.o_arrived))
    filled["ordered_at"] = ibis.coalesce(
        joined.ordered_at, unreadable.ifelse(ibis.null("timestamp(6)"), joined.o_ordered_at)
    )
    lines.given |= {*shared, "ordered_at"}
    return joined.mutate(**filled).select(*rows.columns)


def _with_products(lines: Staged, rows: Any, products: Staged) -> Any:
    known = products.expr.filter(products.expr.product_id.notnull())
    order = [known[name].asc(nulls_first=True) for name in ("launched_at",) if name in products.given]
    first = ibis.row_number().over(ibis.window(group_by="product_id", order_by=[*order, "source", "source_row"]))
    known = known.mutate(place=first).filter(lambda each: each.place == 0)
    shared = {ours: theirs for theirs, ours in _FROM_PRODUCTS.items() if theirs in products.given}
    moments = [known[name] for name in ("launched_at", "ingested_at") if name in products.given]
    since = ibis.greatest(*moments) if moments else ibis.null("timestamp(6)")
    narrow = known.select(
        p_product_id=known.product_id, p_since=since, **{f"p_{ours}": known[theirs] for ours, theirs in shared.items()}
    )
    joined = rows.left_join(narrow, rows.product_id == narrow.p_product_id)
    in_time = joined.p_since.isnull() | (joined.p_since <= joined.ordered_at)
    filled = {
        ours: ibis.coalesce(joined[ours], in_time.ifelse(joined[f"p_{ours}"], ibis.null("string"))) for ours in shared
    }
    lines.given |= set(shared)
    return joined.mutate(**filled).select(*rows.columns)


def _order_numbers(lines: Staged, rows: Any) -> Any:
    if "order_id" in lines.given:
        return rows
    _note(
        lines,
        "D003",
        "no_order_numbers",
        "order_id",
        Words("no column holds order numbers", "没有订单号列"),
        Words("what a customer bought on one day counts as one order", "同一客户同一天的购买视为一笔订单"),
    )
    lines.given |= {"order_id"}
    day = rows.ordered_at.strftime("%Y-%m-%d")
    return rows.mutate(order_id=ibis.coalesce(rows.customer_id, ibis.literal("guest")) + ibis.literal("@") + day)


def _note(lines: Staged, code: str, name: str, column: str, what: Words, done: Words) -> None:
    lines.findings.append(
        Finding(code, name, Section.ISSUE, Severity.INFO, "order_lines", what, column=column, done=done)
    )


def _require(lines: Staged, column: str, meaning: str) -> None:
    if column not in lines.given:
        raise MappingError(
            f"No column of {', '.join(lines.raws)} is mapped to {column} ({meaning})",
            hint="name it under [sources.columns] in shop.toml",
            expected=table("order_lines").column(column).meaning.en,
            table="order_lines",
            column=column,
        )
