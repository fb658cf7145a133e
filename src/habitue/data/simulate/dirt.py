"""Rows as real exports have them: repeated, cancelled, without customer, unreadable. Every one is written down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from habitue.data.simulate.plan import Ints, Plan
from habitue.data.simulate.truth import ROWS_SCHEMA
from habitue.errors import ConfigError

__all__ = ["KINDS", "spoilt"]

#: Kinds of dirt, and how the share of dirty rows is split among them; there is one wholesale line in any dirty shop.
KINDS = {
    "duplicate": 0.20, "cancellation": 0.16, "missing_customer": 0.16, "zero_price": 0.05, "negative_price": 0.02,
    "fee_code": 0.08, "test_order": 0.04, "unreadable_date": 0.04, "unreadable_number": 0.03, "letter_case": 0.08,
    "missing_title": 0.08, "trailing_spaces": 0.06, "wholesale": 0.0,
}  # fmt: skip

_FEES = (
    ("POST", "Postage", 4.5),
    ("BANK", "Bank charges", 15.0),
    ("M", "Manual", 9.99),
    ("GIFT", "Gift voucher", 20.0),
)
_NO_DATES = ("31/02/2024", "00.00.0000", "yesterday", "n/a")
_NO_NUMBERS = ("two", "#REF!", "?", "1O")
_PIECES = 5_000.0


@dataclass(slots=True)
class _Spoiling:
    """Lines under change, and what has been done to them; rows added come after those that were there."""

    lines: Any
    rng: np.random.Generator
    end: np.datetime64
    marks: list[Any] = field(default_factory=list)

    def put(self, column: str, rows: Ints, values: Any) -> None:
        """Overwrite a column in some rows."""
        place = self.lines.column_names.index(column)
        kind = self.lines.schema.field(place)
        mask = np.zeros(self.lines.num_rows, dtype=bool)
        mask[rows] = True
        filling = values if isinstance(values, pa.Array) else pa.array([values] * rows.size, type=kind.type)
        old = self.lines[column].combine_chunks()
        self.lines = self.lines.set_column(
            place, kind, pc.replace_with_mask(old, pa.array(mask), filling.cast(kind.type))
        )

    def copied(self, rows: Ints) -> Ints:
        """Append copies of rows and return the places of the copies."""
        first = self.lines.num_rows
        self.lines = pa.concat_tables([self.lines, self.lines.take(pa.array(rows))]).combine_chunks()
        return np.arange(first, first + rows.size)

    def mark(self, rows: Ints, kind: str, column: str | None = None, texts: list[str] | None = None) -> None:
        """Write down what was done."""
        count = rows.size
        same: dict[str, Any] = {"table": ["order_lines"] * count, "kind": [kind] * count, "column": [column] * count}
        shown = pa.nulls(count, pa.string()) if texts is None else texts
        self.marks.append(pa.table({**same, "row": rows, "text": shown}).select(ROWS_SCHEMA.names).cast(ROWS_SCHEMA))


def spoilt(lines: Any, plan: Plan, share: float) -> tuple[Any, Any]:
    """Spoil a share of order lines; return the lines, in order of time, and ``truth.rows``.

    No line is spoilt in two ways, and lines that came back are left alone.
    """
    if not 0 <= share <= 0.5:
        raise ConfigError(f"Dirt of {share:g} is not possible", expected="a share from 0 to 0.5")
    rng = plan.rng("dirt")
    end = plan.first + np.timedelta64(plan.days, "D")
    spoiling = _Spoiling(lines.combine_chunks(), rng, end)
    sound = _sound(lines)
    counts = _counts(share, lines.num_rows, sound.size)
    chosen = rng.permutation(sound)[: sum(counts.values())]
    for kind, rows in zip(counts, np.split(chosen, np.cumsum(list(counts.values()))[:-1]), strict=True):
        if rows.size:
            _SPOILERS[kind](spoiling, np.sort(rows))
    order = np.argsort(spoiling.lines["ordered_at"].to_numpy(), kind="stable")
    place = np.empty(order.size, dtype=np.int64)
    place[order] = np.arange(order.size) + 1
    rows = pa.concat_tables(spoiling.marks) if spoiling.marks else ROWS_SCHEMA.empty_table()
    rows = rows.set_column(1, ROWS_SCHEMA.field("row"), pa.array(place[rows["row"].to_numpy()]))
    return spoiling.lines.take(pa.array(order)), rows.sort_by([("row", "ascending")])


def _sound(lines: Any) -> Ints:
    """Sales to known customers of which nothing came back."""
    ids = lines["order_id"]
    returned = pc.utf8_slice_codeunits(ids.filter(pc.starts_with(ids, "R")), 1)
    good = pc.and_(pc.greater(lines["quantity"], 0), pc.is_valid(lines["customer_id"]))
    good = pc.and_(good, pc.and_(pc.greater(lines["unit_price"], 0), pc.equal(lines["status"], "completed")))
    good = pc.and_(good, pc.invert(pc.is_in(ids, value_set=pa.array(returned.to_pylist(), type=pa.string()))))
    return np.flatnonzero(good.to_numpy())


def _counts(share: float, rows: int, sound: int) -> dict[str, int]:
    """How many rows of each kind, as far as there are sound rows to spoil."""
    wanted = {kind: round(share * rows * part) for kind, part in KINDS.items()}
    wanted["wholesale"] = int(share > 0)
    for kind in reversed(KINDS):
        wanted[kind] -= min(max(sum(wanted.values()) - sound, 0), wanted[kind])
    return wanted


def _duplicate(spoiling: _Spoiling, rows: Ints) -> None:
    spoiling.mark(spoiling.copied(rows), "duplicate")


def _cancellation(spoiling: _Spoiling, rows: Ints) -> None:
    copies = spoiling.copied(rows)
    copy = spoiling.lines.take(pa.array(copies))
    later = copy["ordered_at"].to_numpy() + (spoiling.rng.uniform(600, 12 * 86_400, rows.size)).astype("timedelta64[s]")
    later = np.maximum(np.minimum(later, spoiling.end - np.timedelta64(1, "s")), copy["ordered_at"].to_numpy())
    spoiling.put("order_id", copies, pc.binary_join_element_wise("C", copy["order_id"], "").combine_chunks())
    spoiling.put("quantity", copies, pc.negate(copy["quantity"]).combine_chunks())
    spoiling.put("line_total", copies, pc.negate(copy["line_total"]).combine_chunks())
    spoiling.put("discount", copies, pc.negate(copy["discount"]).combine_chunks())
    spoiling.put("ordered_at", copies, pa.array(later))
    spoiling.put("ingested_at", copies, None)
    spoiling.mark(copies, "cancellation")


def _fee_code(spoiling: _Spoiling, rows: Ints) -> None:
    copies = spoiling.copied(rows)
    fees = [_FEES[each] for each in spoiling.rng.integers(0, len(_FEES), rows.size)]
    spoiling.put("product_id", copies, pa.array([code for code, _, _ in fees]))
    spoiling.put("product_title", copies, pa.array([title for _, title, _ in fees]))
    for column in ("unit_price", "line_total", "list_price"):
        spoiling.put(column, copies, pa.array([price for _, _, price in fees]))
    spoiling.put("line_id", copies, "F1")
    spoiling.put("quantity", copies, 1.0)
    for column in ("discount", "unit_cost", "category", "brand"):
        spoiling.put(column, copies, None)
    spoiling.mark(copies, "fee_code")


def _test_order(spoiling: _Spoiling, rows: Ints) -> None:
    copies = spoiling.copied(rows)
    spoiling.put("order_id", copies, pa.array([f"TEST-{each + 1:04d}" for each in range(rows.size)]))
    spoiling.put("product_title", copies, "Test product")
    spoiling.put("customer_id", copies, "TEST")
    spoiling.put("customer_email", copies, "test@example.com")
    spoiling.put("status", copies, "test")
    spoiling.mark(copies, "test_order")


def _emptied(column: str, kind: str) -> Callable[[_Spoiling, Ints], None]:
    def spoil(spoiling: _Spoiling, rows: Ints) -> None:
        spoiling.put(column, rows, None)
        spoiling.mark(rows, kind, column)

    return spoil


def _repriced(factor: float, kind: str) -> Callable[[_Spoiling, Ints], None]:
    def spoil(spoiling: _Spoiling, rows: Ints) -> None:
        for column in ("unit_price", "line_total"):
            old = spoiling.lines[column].take(pa.array(rows)).combine_chunks()
            spoiling.put(column, rows, pc.multiply(old, factor))
        spoiling.mark(rows, kind, "unit_price")

    return spoil


def _unreadable(column: str, kind: str, texts: tuple[str, ...]) -> Callable[[_Spoiling, Ints], None]:
    """Only a written CSV shows the text; the table in memory keeps the true value."""

    def spoil(spoiling: _Spoiling, rows: Ints) -> None:
        spoiling.mark(rows, kind, column, [texts[each] for each in spoiling.rng.integers(0, len(texts), rows.size)])

    return spoil


def _letter_case(spoiling: _Spoiling, rows: Ints) -> None:
    spoiling.put("product_id", rows, pc.utf8_lower(spoiling.lines["product_id"].take(pa.array(rows))).combine_chunks())
    spoiling.mark(rows, "letter_case", "product_id")


def _trailing_spaces(spoiling: _Spoiling, rows: Ints) -> None:
    titles = spoiling.lines["product_title"].take(pa.array(rows))
    spoiling.put("product_title", rows, pc.binary_join_element_wise(titles, "  ", "").combine_chunks())
    spoiling.mark(rows, "trailing_spaces", "product_title")


def _wholesale(spoiling: _Spoiling, rows: Ints) -> None:
    spoiling.put("quantity", rows, _PIECES)
    total = pc.multiply(spoiling.lines["unit_price"].take(pa.array(rows)), _PIECES)
    spoiling.put("line_total", rows, pc.round(total, 2).combine_chunks())
    spoiling.mark(rows, "wholesale", "quantity")


_SPOILERS: dict[str, Callable[[_Spoiling, Ints], None]] = {
    "duplicate": _duplicate,
    "cancellation": _cancellation,
    "missing_customer": _emptied("customer_id", "missing_customer"),
    "zero_price": _repriced(0.0, "zero_price"),
    "negative_price": _repriced(-1.0, "negative_price"),
    "fee_code": _fee_code,
    "test_order": _test_order,
    "unreadable_date": _unreadable("ordered_at", "unreadable_date", _NO_DATES),
    "unreadable_number": _unreadable("quantity", "unreadable_number", _NO_NUMBERS),
    "letter_case": _letter_case,
    "missing_title": _emptied("product_title", "missing_title"),
    "trailing_spaces": _trailing_spaces,
    "wholesale": _wholesale,
}
