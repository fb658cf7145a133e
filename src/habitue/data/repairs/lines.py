"""All repairs of order lines, in order: find, mark, pair, record, report."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

import ibis

from habitue.data.finding import Finding
from habitue.data.finding_catalogue import CATALOGUE
from habitue.data.repairs.currencies import shop_currency
from habitue.data.repairs.duplicates import repeated_lines
from habitue.data.repairs.findings import findings_of, negative_code
from habitue.data.repairs.marks import MarkedRows, RowRules, marked_rows
from habitue.data.repairs.orders import cancel_mark
from habitue.data.repairs.overview import Overview, known_at, look_over
from habitue.data.repairs.reversals import Reversals, pair_reversals
from habitue.data.repairs.wholesale import large_quantity
from habitue.data.settings import RepairSettings
from habitue.engine import Engine
from habitue.schema import Words

__all__ = ["Repaired", "repair_order_lines"]

_SHOWN = 80  # characters of a first value


@dataclass(frozen=True, slots=True)
class Repaired:
    """Order lines with their marks.

    Parameters
    ----------
    expr : ibis table
        All columns of the input plus ``line_kind``, ``is_product``, ``set_aside``, ``reversed_at``, ``reversal_of``.
    findings : list of Finding
        What was seen and done, one per check.
    log : ibis table
        Every mark made: ``source``, ``source_row``, ``code``, ``column``, ``before``, ``after``.
    """

    expr: Any
    findings: list[Finding]
    log: Any


def repair_order_lines(
    lines: Any, settings: RepairSettings, *, engine: Engine, as_of_now: dt.datetime, currency: str = ""
) -> Repaired:
    """Mark the order lines that do not count, are no products, or were taken back.

    Nothing is deleted or changed: switching a repair off in shop.toml brings its rows back. Every mark follows from the
    row itself and from rows known earlier, so that the marks of a shop cut at a moment are those of the whole shop up
    to that moment.

    Parameters
    ----------
    lines : ibis table
        All columns of the schema, typed, plus ``source`` and ``source_row``, which together name a row. The table is
        read about a dozen times: give a Parquet file or a kept table, not a query that is dear to run.
    settings : RepairSettings
    engine : Engine
    as_of_now : datetime
        Order times after it lie in the future.
    currency : str
        The shop's currency; that of the first line where it is empty.
    """
    overview = look_over(lines, engine=engine)
    if not overview.rows:
        reason = Words("there are no order lines", "没有订单明细")
        nothing = _no_marks(engine)
        return Repaired(_joined(lines, nothing), [entry.skipped(reason) for entry in CATALOGUE.values()], _log(nothing))
    rules = _rules(lines, settings, overview, as_of_now, currency, engine)
    marked = marked_rows(lines, rules, engine=engine)
    repeated = repeated_lines(lines, list(overview.filled), engine=engine)
    mark = cancel_mark(lines, engine=engine) if overview.negatives else ""
    aside = _set_aside(marked, repeated, rules, engine)
    pairs = _paired(lines, aside, rules, mark, engine)
    marks = _marks(marked, aside, pairs, engine)
    findings = findings_of(lines, marked=marked, repeated=repeated, pairs=pairs, rules=rules, mark=mark, engine=engine)
    return Repaired(_joined(lines, marks), _with_values(findings, lines, engine), _log(marks))


def _rules(
    lines: Any, settings: RepairSettings, overview: Overview, now: dt.datetime, named: str, engine: Engine
) -> RowRules:
    currency = shop_currency(lines, named, engine=engine) if overview.has("currency") else ""
    return RowRules(settings, overview, now, currency, large_quantity(overview, settings))


def _set_aside(marked: MarkedRows, repeated: Any, rules: RowRules, engine: Engine) -> Any:
    """Return the rows that are set aside: ``source``, ``source_row``, ``aside``."""
    by_row = marked.set_aside(rules)
    if not rules.sets_aside("D101"):
        return engine.keep(by_row)
    copies = repeated.mutate(aside=ibis.literal("D101"))
    return engine.keep(copies.union(by_row.anti_join(repeated, ["source", "source_row"])))


def _paired(lines: Any, aside: Any, rules: RowRules, mark: str, engine: Engine) -> Reversals | None:
    """Pair what was taken back, among rows that count and sales cancelled by their status."""
    overview = rules.overview
    if not (overview.negatives and overview.has("customer_id") and overview.has("product_id")):
        return None
    rows = lines.select(
        "source", "source_row", "customer_id", "product_id", "order_id", "quantity", "ordered_at",
        known_at=known_at(lines), code=negative_code(lines, overview, mark),
    )  # fmt: skip
    status = aside.filter(aside.aside == "D102").select("source", "source_row", aside=True)
    rows = rows.anti_join(aside.filter(aside.aside != "D102"), ["source", "source_row"])
    rows = rows.left_join(status, ["source", "source_row"]).drop("source_right", "source_row_right")
    return pair_reversals(rows.mutate(aside=rows.aside.fill_null(False)), large=rules.large, engine=engine)


_MARKS = {
    "aside": "string",
    "fee": "boolean",
    "reversed_at": "timestamp(6)",
    "reversal_of": "int64",
    "pair_code": "string",
}


def _marks(marked: MarkedRows, aside: Any, pairs: Reversals | None, engine: Engine) -> Any:
    """Bring all marks together, one row per marked line."""
    parts = [_part(aside, aside=aside.aside)]
    if "D107" in marked.codes:
        fees = marked.rows.filter(marked.rows.D107)
        parts.append(_part(fees, fee=fees.D107))
    if pairs is not None:
        found = pairs.marks
        # What took a cancelled order back is set aside with it, else its money would be taken off twice.
        code = found.taken_aside.ifelse("D102", ibis.null("string"))
        parts.append(
            _part(
                found,
                aside=code,
                reversed_at=found.reversed_at,
                reversal_of=found.reversal_of,
                pair_code=found.pair_code,
            )
        )
    together = ibis.union(*parts) if len(parts) > 1 else parts[0]
    return engine.keep(together.group_by("source", "source_row").agg(**{name: together[name].max() for name in _MARKS}))


def _part(rows: Any, **values: Any) -> Any:
    columns = {name: values.get(name, ibis.null(kind)).cast(kind) for name, kind in _MARKS.items()}
    return rows.select("source", "source_row", **columns)


def _no_marks(engine: Engine) -> Any:
    schema = ibis.schema({"source": "string", "source_row": "int64", **_MARKS})
    return engine.from_arrow(schema.to_pyarrow().empty_table())


def _joined(lines: Any, marks: Any) -> Any:
    """Put the marks beside the lines."""
    joined = lines.left_join(marks, ["source", "source_row"])
    sold, given = lines.quantity > 0, lines.quantity < 0
    kind = ibis.cases(
        (sold & (lines.unit_price > 0), "sale"),
        (given, "return"),
        (sold & (lines.unit_price == 0), "free"),
        else_="adjustment",
    )
    return joined.select(
        *(lines[name] for name in lines.columns),
        line_kind=kind,
        is_product=marks.fee.isnull(),
        set_aside=marks.aside,
        reversed_at=marks.reversed_at,
        reversal_of=marks.reversal_of,
    )


def _log(marks: Any) -> Any:
    """List every mark: what was written where, and for which finding."""
    return ibis.union(
        _entries(marks, marks.aside.notnull(), marks.aside, "set_aside", None, marks.aside),
        _entries(marks, marks.fee.notnull(), ibis.literal("D107"), "is_product", "true", ibis.literal("false")),
        _entries(marks, marks.reversed_at.notnull(), marks.pair_code, "reversed_at", None, marks.reversed_at),
        _entries(marks, marks.reversal_of.notnull(), marks.pair_code, "reversal_of", None, marks.reversal_of),
    )


def _entries(marks: Any, marked: Any, code: Any, column: str, before: str | None, after: Any) -> Any:
    return marks.filter(marked).select(
        "source",
        "source_row",
        code=code,
        column=ibis.literal(column),
        before=ibis.literal(before, type="string"),
        after=after.cast("string"),
    )


def _with_values(findings: list[Finding], lines: Any, engine: Engine) -> list[Finding]:
    """Fill in the first value of every finding that names a first row."""
    shown = {
        number: (finding.source, finding.first_row, CATALOGUE[finding.code].shown_column)
        for number, finding in enumerate(findings)
        if finding.first_row is not None and finding.first_value is None and CATALOGUE[finding.code].shown_column
    }
    if not shown:
        return findings
    places = {row for _, row, _ in shown.values()}
    columns = sorted({column for _, _, column in shown.values()})
    rows = lines.filter(lines.source_row.isin(sorted(places))).select("source", "source_row", *columns)
    cells = {(row["source"], row["source_row"]): row for row in engine.to_rows(rows)}
    filled = list(findings)
    for number, (source, row, column) in shown.items():
        value = cells[source, row][column]
        filled[number] = replace(findings[number], first_value=None if value is None else str(value)[:_SHOWN])
    return filled
