"""The findings about order lines, from what the repairs saw."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import ibis

from habitue.data.finding import Finding, Severity
from habitue.data.finding_catalogue import CATALOGUE
from habitue.data.repairs.currencies import currency_finding
from habitue.data.repairs.history import OLDEST, customer_findings, gap_finding
from habitue.data.repairs.marks import MarkedRows, RowRules
from habitue.data.repairs.orders import has_cancel_mark, reused_numbers, status_says_cancelled
from habitue.data.repairs.overview import Overview
from habitue.data.repairs.products import product_findings
from habitue.data.repairs.reversals import Reversals
from habitue.data.repairs.tally import Tally, tally
from habitue.data.repairs.wholesale import wholesale_finding
from habitue.engine import Engine

__all__ = ["findings_of", "negative_code"]

_NAMED = 12  # fee codes named in the finding


def findings_of(
    lines: Any,
    *,
    marked: MarkedRows,
    repeated: Any,
    pairs: Reversals | None,
    rules: RowRules,
    mark: str,
    engine: Engine,
) -> list[Finding]:
    """Return one finding per check, in the order of the catalogue.

    Parameters
    ----------
    lines : ibis table
    marked : MarkedRows
        Rows on which a rule holds.
    repeated : ibis table
        Lines that repeat an earlier one.
    pairs : Reversals or None
        What was taken back; None where nothing could be.
    rules : RowRules
    mark : str
        Pattern of order numbers that mark a cancellation.
    engine : Engine
    """
    overview = rules.overview
    seen = tally(lines, _conditions(lines, overview, mark), engine=engine)
    row_rules = {"by_status" if code == "D102" else code: marked.rows[code] for code in marked.codes}
    seen |= tally(marked.rows, row_rules, engine=engine)
    seen |= tally(repeated, {"D101": ibis.literal(True)}, engine=engine)
    found = [
        *_plain(seen, rules),
        _cancellations(seen, pairs, rules),
        _returns(seen, pairs, overview),
        _split(seen, overview, "D105", "free", "negative"),
        _split(seen, overview, "D106", "zero", "written_off"),
        _fees(marked.rows, seen, overview, engine),
        wholesale_finding(seen["D109"], overview, rules.settings, undone=pairs.soon if pairs else 0),
        _currencies(lines, seen, rules, engine),
        *product_findings(lines, overview, engine=engine),
        reused_numbers(lines, engine=engine),
        *customer_findings(lines, overview, engine=engine),
        gap_finding(lines, rules.as_of_now, engine=engine),
    ]
    order = list(CATALOGUE)
    return sorted(found, key=lambda finding: order.index(finding.code))


def _conditions(lines: Any, overview: Overview, mark: str) -> dict[str, Any]:
    cancelled = _is_cancelled(lines, overview, mark)
    negative, guest = lines.quantity < 0, lines.customer_id.isnull()
    written_off = negative & guest & ~cancelled
    return {
        "D102": cancelled,
        "reversals": cancelled & negative,
        "D103": negative & ~guest & ~cancelled,
        "D104": guest,
        "D105": lines.unit_price <= 0,
        "free": lines.unit_price == 0,
        "negative": lines.unit_price < 0,
        "D106": (lines.quantity == 0) | written_off,
        "zero": lines.quantity == 0,
        "written_off": written_off,
        "D115": lines.product_title.isnull() | (lines.product_title.strip() == ""),
        "D117": lines.ordered_at < ibis.literal(OLDEST),
    }


def _is_cancelled(lines: Any, overview: Overview, mark: str) -> Any:
    cancelled = has_cancel_mark(lines, mark)
    if overview.has("status"):
        cancelled |= status_says_cancelled(lines)
    if overview.has("cancelled_at"):
        cancelled |= lines.cancelled_at.notnull()
    return cancelled.fill_null(False)


def negative_code(lines: Any, overview: Overview, mark: str) -> Any:
    """Return the code a negative line of a customer bears: of a cancellation or of a return."""
    return _is_cancelled(lines, overview, mark).ifelse("D102", "D103")


def _plain(seen: dict[str, Tally], rules: RowRules) -> list[Finding]:
    """Return the findings that need nothing but their count."""
    rows, has = rules.overview.rows, rules.overview.has
    found = []
    for code in ("D101", "D104", "D108", "D110", "D115", "D117"):
        entry, first = CATALOGUE[code], seen[code]
        if code == "D115" and not has("product_title"):
            found.append(entry.not_applicable("product_title"))
            continue
        kept = not rules.sets_aside(code)
        finding = entry.found(first.count, rows, kept=kept, **first.place)
        nobody = code == "D104" and not has("customer_id")
        found.append(replace(finding, severity=Severity.ERROR) if nobody else finding)
    none_sold = 0 if rules.overview.sales else rows
    return [*found, CATALOGUE["D119"].found(none_sold, rows)]


def _cancellations(seen: dict[str, Tally], pairs: Reversals | None, rules: RowRules) -> Finding:
    first, by_status = seen["D102"], seen.get("by_status", Tally()).count
    return CATALOGUE["D102"].found(
        first.count,
        rules.overview.rows,
        kept=not rules.sets_aside("D102") if by_status else None,
        reversals=seen["reversals"].count,
        paired=pairs.paired.get("D102", 0) if pairs else 0,
        by_status=by_status,
        **first.place,
    )


def _returns(seen: dict[str, Tally], pairs: Reversals | None, overview: Overview) -> Finding:
    entry, first = CATALOGUE["D103"], seen["D103"]
    if not overview.has("customer_id"):
        return entry.not_applicable("customer_id")
    paired = pairs.paired.get("D103", 0) if pairs else 0
    return entry.found(first.count, overview.rows, paired=paired, **first.place)


def _split(seen: dict[str, Tally], overview: Overview, code: str, *parts: str) -> Finding:
    counts: dict[str, Any] = {part: seen[part].count for part in parts}
    return CATALOGUE[code].found(seen[code].count, overview.rows, **counts, **seen[code].place)


def _fees(marked: Any, seen: dict[str, Tally], overview: Overview, engine: Engine) -> Finding:
    entry = CATALOGUE["D107"]
    if "D107" not in seen:
        return entry.not_applicable("product_id")
    fees = marked.filter(marked.D107, marked.product_id.notnull())
    counted = fees.group_by("product_id").agg(lines=fees.count())
    named = engine.to_rows(counted.order_by([ibis.desc("lines"), "product_id"]).limit(_NAMED + 1))
    names = [row["product_id"] for row in named[:_NAMED]] + ["…"] * (len(named) > _NAMED)
    first = seen["D107"]
    return entry.found(first.count, overview.rows, codes=", ".join(names) or "-", **first.place)


def _currencies(lines: Any, seen: dict[str, Tally], rules: RowRules, engine: Engine) -> Finding:
    if not rules.currency:
        return CATALOGUE["D111"].not_applicable("currency")
    kept = not rules.sets_aside("D111")
    return currency_finding(lines, rules.currency, seen["D111"], kept=kept, engine=engine)
