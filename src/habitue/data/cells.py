"""From raw cells to typed ones: one expression per column, and beside it the text of what could not be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import ibis

from habitue.data.cell_numbers import money_sign, plain_number, written_number
from habitue.data.cell_times import Clocks, first_time, native_time, other_times
from habitue.engine import text_matches
from habitue.engine.cells import is_finite, trimmed
from habitue.schema import Column, Kind, Table

__all__ = ["BAD", "CellStyle", "can_fail", "typed_columns"]

#: Prefix of the columns that hold what could not be read.
BAD = "unreadable_"

_MISSING = ("null", "na", "n/a", "none", "nan", "#n/a", "-", "--", "—", "\\n", "<na>", "nat", "(null)", "undefined")
_LONGEST_MISSING = max(map(len, _MISSING))
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
_TIMES = (Kind.TIME, Kind.DATE)
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
    cells = [_Cell(table.column(name), rows[header].type(), style) for name, header in headers.items()]
    bare = _step(rows, {cell.name: cell.bare(rows[headers[cell.name]]) for cell in cells})
    filled = _step(bare, {cell.name: cell.filled(bare[cell.name]) for cell in cells})
    tried = _step(filled, {cell.name: filled[cell.name] for cell in cells} | _each(cells, "first", filled))
    known = _step(tried, {cell.name: tried[cell.name] for cell in cells} | _each(cells, "value", tried))
    typed: dict[str, Any] = {}
    for cell in cells:
        value = cell.checked(known[f"value_{cell.name}"])
        typed[cell.name] = value.cast(cell.column.kind.dtype)
        if can_fail(cell.column.kind):
            raw = known[cell.name]
            lost = value.isnull() & raw.notnull()
            typed[BAD + cell.name] = lost.ifelse(raw.cast("string"), ibis.null("string"))
    return known.select("source_row", **typed)


def _step(rows: Any, columns: Mapping[str, Any]) -> Any:
    """Compute columns in a query of their own: merged into the next one, they would be computed at each mention."""
    return rows.select("source_row", **columns).view()


def _each(cells: Sequence[_Cell], what: str, rows: Any) -> dict[str, Any]:
    return {f"{what}_{cell.name}": getattr(cell, what)(rows) for cell in cells}


@dataclass(frozen=True, slots=True)
class _Cell:
    """How one column is read, step by step: bare, filled, first try, value, checked value."""

    column: Column
    native: Any
    style: CellStyle

    @property
    def name(self) -> str:
        return self.column.name

    @property
    def _is_native(self) -> bool:
        """Whether the source's type is the column's own, so that no text has to be read."""
        kind = self.column.kind
        if kind in _NUMBERS:
            return bool(self.native.is_numeric())
        if kind in _TIMES:
            return bool(self.native.is_timestamp() or self.native.is_date())
        return kind is Kind.FLAG and bool(self.native.is_boolean())

    def bare(self, raw: Any) -> Any:
        """Trim text; everything that has to be read is text from here on."""
        if self._is_native:
            return raw
        if self.native.is_floating():
            return _whole(raw)
        return trimmed(raw if self.native.is_string() else raw.cast("string"))

    def filled(self, text: Any) -> Any:
        """Leave only what says something: there are many ways to write that nothing is there."""
        if self._is_native:
            return text
        missing = [word for word in _MISSING if word != "nan"] if self.column.kind in _NUMBERS else _MISSING
        nothing = (text == "") | ((text.length() <= _LONGEST_MISSING) & text.lower().isin(missing))
        return nothing.ifelse(ibis.null("string"), text)

    def first(self, rows: Any) -> Any:
        """Try the reading that fits most cells; the others are tried where it does not."""
        cell, kind = rows[self.name], self.column.kind
        if kind in _NUMBERS:
            return cell.cast("float64") if self._is_native else plain_number(cell, self.style.decimal)
        if kind in _TIMES:
            return native_time(cell, self.style.clocks) if self._is_native else first_time(cell, *self._times)
        return ibis.null("boolean")

    def value(self, rows: Any) -> Any:
        cell, kind, first = rows[self.name], self.column.kind, rows[f"first_{self.name}"]
        if kind in _TEXTS:
            return self._word(cell)
        if kind is Kind.FLAG:
            return cell if self._is_native else _flag(cell)
        if self._is_native:
            return first
        if kind in _TIMES:
            return other_times(first, cell, *self._times)
        percent = kind in (Kind.SHARE, Kind.NUMBER)
        return ibis.coalesce(first, written_number(cell, self.style.decimal, self.style.thousands, percent=percent))

    def checked(self, value: Any) -> Any:
        """Take NaN and infinite numbers for unreadable."""
        if self.column.kind in _NUMBERS:
            return is_finite(value).ifelse(value, ibis.null("float64"))
        return value

    @property
    def _times(self) -> tuple[Sequence[str], Clocks]:
        return self.style.dates.get(self.name, ()), self.style.clocks

    def _word(self, text: Any) -> Any:
        """Read ids, codes and texts: without what programs put around or behind them."""
        if self.name == "currency":
            return money_sign(text, self.style.currency)
        return _id(text) if self.column.kind is Kind.ID and self.native.is_string() else text


def _whole(raw: Any) -> Any:
    """Write whole floating point numbers without ``.0``, so that 12345.0 is an id and 20240105.0 a date."""
    value = raw.cast("float64")
    whole = (value == value.floor()) & (value.abs() < _WHOLE_UP_TO)
    digits = whole.ifelse(value, ibis.null("float64")).cast("int64").cast("string")
    return is_finite(value).ifelse(ibis.coalesce(digits, raw.cast("string")), ibis.null("string"))


def _flag(text: Any) -> Any:
    word = text.lower()
    return ibis.cases((word.isin(_YES), True), (word.isin(_NO), False))


def _id(text: Any) -> Any:
    """Undo what spreadsheets and data frames do to ids: ``12345.0``, ``="00123"``, ``'00123``."""
    return ibis.cases(
        (text.endswith(".0"), text_matches(text, r"-?\d+\.0").ifelse(text.substr(0, text.length() - 2), text)),
        (text.startswith('="'), text_matches(text, r'=".+"').ifelse(text.substr(2, text.length() - 3), text)),
        (text.startswith("'"), text_matches(text, r"'\d+").ifelse(text.substr(1), text)),
        else_=text,
    )
