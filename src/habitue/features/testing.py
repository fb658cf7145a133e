"""The truncation test, as a kit that every feature, signal and action passes.

The answer "as of t" from the full tables must equal the answer from tables cut at t, row for row. The cut is made on
the merchant's own tables, before cleaning, so that repairs are tested with everything that stands on them.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from habitue.data.settings import ShopSettings
from habitue.data.shop import Shop
from habitue.schema import TABLES
from habitue.schema.knowledge import LATER_CELLS, STATE_CELLS

__all__ = ["Difference", "cut_at", "differences", "truncation_differences"]

Answer = Callable[[Shop, dt.datetime], Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """One column in which the two answers differ, with the first row that shows it."""

    column: str
    rows: int
    key: tuple[Any, ...]
    full: Any
    cut: Any


def cut_at(tables: Mapping[str, pa.Table], as_of: dt.datetime) -> dict[str, pa.Table]:
    """Return the merchant's tables as they would have been exported at a moment.

    Rows that had not happened or not arrived are gone, cells that were filled in later are empty, and so are cells
    that hold today's state without a time.
    """
    return {name: _cut(name, rows, as_of) for name, rows in tables.items()}


def truncation_differences(
    tables: Mapping[str, pa.Table],
    as_of: dt.datetime,
    answer: Answer,
    *,
    key: Sequence[str] = ("customer_id",),
    settings: ShopSettings | None = None,
) -> list[Difference]:
    """Ask the same question of the full and of the cut tables and return every column that differs.

    Parameters
    ----------
    tables : mapping of str to Arrow table
        The merchant's tables with the schema's column names.
    as_of : datetime
    answer : callable
        Takes the shop and the moment and returns an Ibis expression or an Arrow table.
    key : sequence of str
        Columns that name a row of the answer.
    settings : ShopSettings, optional

    Returns
    -------
    list of Difference
        Empty when the answer knows nothing of the future.
    """
    with Shop.from_tables(tables, settings=settings) as full:
        expected = _rows(full, answer(full, as_of), key)
    with Shop.from_tables(cut_at(tables, as_of), settings=settings) as cut:
        got = _rows(cut, answer(cut, as_of), key)
    return differences(expected, got)


def differences(full: dict[Any, dict[str, Any]], cut: dict[Any, dict[str, Any]]) -> list[Difference]:
    """Compare two answers keyed by row; missing rows show up as a difference of the column ``(row)``."""
    found: dict[str, list[Difference]] = {}
    for row in sorted(full.keys() | cut.keys(), key=repr):
        if row not in full or row not in cut:
            found.setdefault("(row)", []).append(Difference("(row)", 1, row, row in full, row in cut))
            continue
        for column in full[row].keys() | cut[row].keys():
            left, right = full[row].get(column), cut[row].get(column)
            if not _same(left, right):
                found.setdefault(column, []).append(Difference(column, 1, row, left, right))
    return [Difference(name, len(each), each[0].key, each[0].full, each[0].cut) for name, each in sorted(found.items())]


def _cut(name: str, rows: pa.Table, as_of: dt.datetime) -> pa.Table:
    definition = TABLES[name]
    keep = pa.chunked_array([pa.array([True] * rows.num_rows)])
    for column in (definition.time, "ingested_at"):
        if column in rows.column_names:
            keep = pc.and_(keep, pc.fill_null(pc.less(rows[column], _scalar(as_of, rows[column].type)), True))
    kept = rows.filter(keep)
    for column in STATE_CELLS.get(name, ()):
        if column in kept.column_names:
            kept = _replace(kept, column, pa.nulls(kept.num_rows, kept.schema.field(column).type))
    for moment, companions in LATER_CELLS.get(name, {}).items():
        if moment in kept.column_names:
            known = pc.fill_null(pc.less(kept[moment], _scalar(as_of, kept[moment].type)), False)
            for column in (moment, *companions):
                if column in kept.column_names:
                    empty = pa.scalar(None, kept.schema.field(column).type)
                    kept = _replace(kept, column, pc.if_else(known, kept[column], empty))
    return kept


def _replace(rows: pa.Table, column: str, values: Any) -> pa.Table:
    return rows.set_column(rows.schema.get_field_index(column), column, values)


def _scalar(as_of: dt.datetime, kind: pa.DataType) -> pa.Scalar:
    return pa.scalar(as_of.date() if pa.types.is_date(kind) else as_of, kind)


def _rows(shop: Shop, answer: Any, key: Sequence[str]) -> dict[Any, dict[str, Any]]:
    table = answer if isinstance(answer, pa.Table) else shop.engine.to_arrow(answer)
    return {tuple(row[name] for name in key): row for row in table.to_pylist()}


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, float) and isinstance(right, float):
        # Sums over the same rows may be taken in another order.
        return math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-9) or (math.isnan(left) and math.isnan(right))
    return bool(left == right)
