"""From raw cells to typed ones: one expression per column, and beside it the text of what could not be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import ibis

from habitue.data.cell_numbers import as_number, money_sign
from habitue.data.cell_times import Clocks, as_time, native_time
from habitue.engine import text_matches
from habitue.engine.cells import is_finite, trimmed
from habitue.schema import Column, Kind, Table

__all__ = ["BAD", "CellStyle", "can_fail", "read_cell", "typed_columns"]

#: Prefix of the columns that hold what could not be read.
BAD = "unreadable_"

_MISSING = ("null", "na", "n/a", "none", "nan", "#n/a", "-", "--", "—", "\\n", "<na>", "nat", "(null)", "undefined")
_YES = (
    "1",
    "1.0",
    "y",
    "yes",
    "true",
    "t",
    "on",
    "x",
    "✓",
    "√",
    "是",
    "有",
    "真",
    "ja",
    "oui",
    "si",
    "sí",
    "同意",
    "granted",
)
_NO = ("0", "0.0", "n", "no", "false", "f", "off", "否", "无", "没有", "假", "nein", "non", "不同意", "withdrawn", "×")
_NUMBERS = (Kind.NUMBER, Kind.QUANTITY, Kind.MONEY, Kind.SHARE)
_TEXTS = (Kind.ID, Kind.TEXT, Kind.CODE)
_WHOLE_UP_TO = 2.0**53


@dataclass(frozen=True, slots=True)
class CellStyle:
    """How a source writes its cells.

    Parameters
    ----------
    decimal, thousands : str
        Signs in numbers.
    dates : mapping
        Our column to strptime patterns, tried in order.
    clocks : Clocks
        Zones of the source and of the shop.
    currency : str
        The shop's, which settles what ``¥`` and ``$`` mean.
    """

    decimal: str = "."
    thousands: str = ""
    dates: Mapping[str, Sequence[str]] = field(default_factory=dict)
    clocks: Clocks = field(default_factory=Clocks)
    currency: str = ""


def can_fail(kind: Kind) -> bool:
    """Say whether cells of a kind can be unreadable; every text is a text."""
    return kind not in _TEXTS


def typed_columns(rows: Any, table: Table, headers: Mapping[str, str], style: CellStyle) -> Any:
    """Type the mapped columns of a raw table.

    Parameters
    ----------
    rows : ibis table
        A source's own columns and ``source_row``.
    table : Table
    headers : mapping
        Our column to the source's header.
    style : CellStyle

    Returns
    -------
    ibis table
        ``source_row``, our columns with their types, and for each that can fail ``unreadable_…``: the cell's text where
        there is one that cannot be read, else NULL.
    """
    cells: dict[str, Any] = {"source_row": rows.source_row}
    for name, header in headers.items():
        column = table.column(name)
        value, text = read_cell(rows[header], column, style)
        cells[name] = value
        if can_fail(column.kind):
            cells[BAD + name] = (value.isnull() & text.notnull()).ifelse(text, ibis.null("string"))
    return rows.select(**cells)


def read_cell(raw: Any, column: Column, style: CellStyle) -> tuple[Any, Any]:
    """Return the typed value of a raw column, and its text, NULL where nothing is there."""
    kind, native = column.kind, raw.type()
    if kind in _NUMBERS:
        value, text = _number(raw, kind, style)
    elif kind in (Kind.TIME, Kind.DATE):
        text = _text(raw, _MISSING)
        if native.is_timestamp() or native.is_date():
            clock = native_time(raw, style.clocks)
        else:
            clock = as_time(_text_of_number(raw, text), style.dates.get(column.name, ()), style.clocks)
        value = clock.date() if kind is Kind.DATE else clock
    elif kind is Kind.FLAG:
        text = _text(raw, _MISSING)
        value = raw if native.is_boolean() else _flag(text)
    else:
        text = value = _word(raw, column, style)
    return value.cast(kind.dtype), text


def _text(raw: Any, missing: Sequence[str]) -> Any:
    """Return trimmed text, NULL for the many ways to write that nothing is there."""
    text = trimmed(raw if raw.type().is_string() else raw.cast("string"))
    nothing = (text == "") | ((text.length() <= 9) & text.lower().isin(missing))
    return nothing.ifelse(ibis.null("string"), text)


def _number(raw: Any, kind: Kind, style: CellStyle) -> tuple[Any, Any]:
    if raw.type().is_numeric():
        value = raw.cast("float64")
        return is_finite(value).ifelse(value, ibis.null("float64")), raw.cast("string")
    text = _text(raw, [word for word in _MISSING if word != "nan"])
    percent = kind in (Kind.SHARE, Kind.NUMBER)
    return as_number(text, style.decimal, style.thousands, percent=percent), text


def _text_of_number(raw: Any, text: Any) -> Any:
    """Write whole floating point numbers without ``.0``, so that 20240105.0 is a date."""
    return _whole(raw) if raw.type().is_floating() else text


def _whole(raw: Any) -> Any:
    value = raw.cast("float64")
    whole = (value == value.floor()) & (value.abs() < _WHOLE_UP_TO)
    digits = whole.ifelse(value, ibis.null("float64")).cast("int64").cast("string")
    return is_finite(value).ifelse(ibis.coalesce(digits, raw.cast("string")), ibis.null("string"))


def _flag(text: Any) -> Any:
    word = text.lower()
    return ibis.cases((word.isin(_YES), True), (word.isin(_NO), False))


def _word(raw: Any, column: Column, style: CellStyle) -> Any:
    """Read ids, codes and texts: trimmed, without what programs put around or behind them."""
    if column.kind is Kind.ID:
        return _whole(raw) if raw.type().is_floating() else _id(_text(raw, _MISSING))
    text = _text(raw, _MISSING)
    return money_sign(text, style.currency) if column.name == "currency" else text


def _id(text: Any) -> Any:
    """Undo what spreadsheets and data frames do to ids: ``12345.0``, ``="00123"``, ``'00123``."""
    return ibis.cases(
        (text.endswith(".0") & text_matches(text, r"-?\d+\.0"), text.substr(0, text.length() - 2)),
        (text.startswith('="') & text.endswith('"') & (text.length() > 3), text.substr(2, text.length() - 3)),
        (text.startswith("'") & text_matches(text, r"'\d+"), text.substr(1)),
        else_=text,
    )
