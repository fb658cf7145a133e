"""Facts about acts: rows of purchases, returns and events, filtered, cut to a window and added up per customer."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence as Listed
from datetime import datetime, timedelta
from functools import reduce
from operator import and_, or_
from typing import Any

import ibis

from habitue.data.snapshot import Snapshot
from habitue.errors import DataError
from habitue.signals.segment.language.comparing import tested
from habitue.signals.segment.language.facts import ActFact, SequenceFact
from habitue.signals.segment.language.tree import Act, Window
from habitue.signals.segment.language.vocabulary import ACT_COLUMNS

__all__ = ["Rows", "add_up", "bounds", "columns_given", "follow", "needed_column", "rows_of"]

#: Gives the rows of a kind of act, with the columns that filters read.
Rows = Callable[[str, set[str]], Any]

_DAY_MICROSECONDS = 86_400_000_000


def needed_column(snapshot: Snapshot, what: str, column: str) -> tuple[str, str] | None:
    """Return the table and column that a filter needs and the shop does not give; None when all is there."""
    if column in ("spend", "order_spend", "quantity", "unit_price"):
        return None
    if what == "event":
        if column == "category":
            gives = snapshot.gives("products", "category") or snapshot.gives("order_lines", "category")
            return None if gives else ("products", "category")
        return None if snapshot.gives("events", column) else ("events", column)
    return None if snapshot.gives("order_lines", column) else ("order_lines", column)


def columns_given(snapshot: Snapshot, what: str) -> set[str]:
    """Return the columns of an act that filters may read in this shop."""
    return {column for column in ACT_COLUMNS[what] if needed_column(snapshot, what, column) is None}


def add_up(read: Rows, facts: Listed[ActFact], as_of: datetime) -> Any:
    """Return customer_id and a column per fact, all of one kind of act, for customers who did any of them.

    Counts are of orders (for events: of events), money of lines, pieces of products. Counts and sums are missing where
    there is nothing; fill them with 0.
    """
    what = facts[0].act.what
    rows = read(what, {test.column for fact in facts for test in fact.act.where})
    marks = {f"on_{i}": _mark(rows, fact, as_of) for i, fact in enumerate(facts)}
    rows = rows.mutate(**marks)
    rows = rows.filter(reduce(or_, [rows[name] for name in marks]))
    if what != "event" and any(fact.measure == "times" for fact in facts):
        # Orders are counted in two steps: distinct counts of a million customers take far more memory.
        orders = rows.group_by("customer_id", "order_id").agg(
            **{f"by_{i}": _per_order(rows, rows[f"on_{i}"], fact.measure) for i, fact in enumerate(facts)}
        )
        return orders.group_by("customer_id").agg(
            **{fact.label: _of_orders(orders[f"by_{i}"], fact.measure) for i, fact in enumerate(facts)}
        )
    return rows.group_by("customer_id").agg(
        **{fact.label: _per_order(rows, rows[f"on_{i}"], fact.measure, rows=True) for i, fact in enumerate(facts)}
    )


def follow(read: Rows, fact: SequenceFact, as_of: datetime) -> Any:
    """Return the customer_id of those who did the acts one after the other.

    Each step keeps the instants at which it was reached. The next step is reached from the latest instant before it,
    which is the nearest: if that one is too long ago, all are. Of one instant the later step's rows come first, so
    that they do not see their equals.
    """
    reached = _instants(read, fact.steps[0].act, fact.window, as_of)
    for step in fact.steps[1:]:
        later = _instants(read, step.act, fact.window, as_of)
        # Only customers who did both can have done one after the other.
        reached, later = (
            reached.semi_join(later.select("customer_id"), "customer_id").distinct(),
            later.semi_join(reached.select("customer_id"), "customer_id").distinct(),
        )
        both = ibis.union(
            reached.mutate(before=reached.at, turn=ibis.literal(1, "int8")),
            later.mutate(before=ibis.null("timestamp(6)"), turn=ibis.literal(0, "int8")),
        )
        seen = both.mutate(
            before=both.before.max().over(
                ibis.window(group_by="customer_id", order_by=["at", "turn"], preceding=None, following=0)
            )
        )
        seen = seen.filter(seen.turn == 0, seen.before.notnull())
        if step.within_days is not None:
            reach = ibis.interval(round(step.within_days * _DAY_MICROSECONDS), unit="us")
            seen = seen.filter(seen["at"] <= seen.before + reach)
        reached = seen.select("customer_id", "at")
    return reached.select("customer_id").distinct()


def _instants(read: Rows, act: Act, window: Window, as_of: datetime) -> Any:
    rows = read(act.what, {test.column for test in act.where})
    rows = rows.filter(_mark(rows, ActFact(act, "times", window), as_of))
    return rows.select("customer_id", at=rows["at"].cast("timestamp(6)"))


def rows_of(snapshot: Snapshot, what: str, columns: set[str]) -> Any:
    """Return the rows of one kind of act: customer_id, at, spend, quantity, and the columns that filters read."""
    if what == "event":
        return _events(snapshot, columns)
    lines = snapshot.purchases if what == "buy" else snapshot.returns
    if what == "return":
        lines = lines.mutate(spend=-lines.spend, quantity=-lines.quantity)
    if "order_spend" in columns:
        whole = ibis.window(group_by=["customer_id", "order_id"])
        lines = lines.mutate(order_spend=lines.spend.sum().over(whole))
    kept = ["customer_id", "order_id", "spend", "quantity", "is_product", *sorted(columns - {"spend", "quantity"})]
    return lines.select(*kept, at=lines.ordered_at)


def _events(snapshot: Snapshot, columns: set[str]) -> Any:
    if not snapshot.has("events"):
        raise DataError("The shop gave no events", hint="habitue check", table="events")
    rows = snapshot.table("events")
    rows = rows.filter(rows.customer_id.notnull())
    if "category" in columns:
        from_products = snapshot.gives("products", "category")
        source = snapshot.table("products") if from_products else snapshot.lines
        named = source.filter(source.product_id.notnull(), source.category.notnull())
        named = named.group_by("product_id").agg(category=named.category.max())
        rows = rows.left_join(named, "product_id").drop("product_id_right")
    kept = ["customer_id", "event", *sorted(columns - {"event", "value"})]
    return rows.select(*kept, "value", at=rows.happened_at, spend=rows["value"])


def _mark(rows: Any, fact: ActFact, as_of: datetime) -> Any:
    """Whether a row counts for a fact: not known counts as no."""
    columns = ACT_COLUMNS[fact.act.what]
    tests = [tested(rows[each.column], each.op, each.value, columns[each.column][0]) for each in fact.act.where]
    if fact.act.event is not None:
        tests.append(rows.event == ibis.literal(fact.act.event))
    first, last = bounds(fact.window, as_of)
    if first is not None:
        tests.append(rows["at"] >= ibis.literal(first))
    if last is not None:
        tests.append(rows["at"] < ibis.literal(last))
    return reduce(and_, tests).fill_null(False) if tests else ibis.literal(value=True)


def bounds(window: Window, as_of: datetime) -> tuple[datetime | None, datetime | None]:
    """Return the first instant of a window and the first one after it; None where it is open."""
    if window.from_days is not None:
        last = as_of - timedelta(days=window.to_days) if window.to_days else None
        return as_of - timedelta(days=window.from_days), last
    first, last = (datetime.fromisoformat(each) if each else None for each in (window.start, window.end))
    return first, last


def _per_order(group: Any, on: Any, measure: str, *, rows: bool = False) -> Any:
    if measure == "times":
        return group.count(where=on) if rows else on.max()
    if measure == "spend":
        return group.spend.sum(where=on)
    if measure == "items":
        return group.quantity.sum(where=on & group.is_product)
    return group["at"].max(where=on) if measure == "last" else group["at"].min(where=on)


def _of_orders(column: Any, measure: str) -> Any:
    if measure == "times":
        return column.cast("int64").sum()
    if measure in ("spend", "items"):
        return column.sum()
    return column.max() if measure == "last" else column.min()
