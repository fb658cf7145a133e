"""What every source reader gives: the source's own columns and row numbers, nothing interpreted yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import pyarrow as pa

__all__ = ["Part", "RawTable", "Sample", "Sniffed", "no_rejects"]

_REJECTS = pa.schema([("source_row", pa.int64()), ("text", pa.string()), ("reason", pa.string())])


@dataclass(frozen=True, slots=True)
class Sniffed:
    """How a text file is written, as far as its bytes tell.

    Parameters
    ----------
    encoding : str
        Python's name: ``"utf-8"``, ``"utf-8-sig"``, ``"utf-16"``, ``"gb18030"``, ``"big5"``, ``"cp1252"``.
    delimiter, quote : str
        One character each.
    header : bool
        Whether the first line names the columns.
    decimal, thousands : str
        Signs in numbers; ``thousands`` is empty where there is none.
    """

    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    header: bool = True
    decimal: str = "."
    thousands: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """A few thousand rows of a source as text, for guessing what its columns mean.

    Parameters
    ----------
    path : str
    format : str
        ``"csv"``, ``"parquet"`` or ``"postgres"``.
    headers : list of str
        In the order of the source, made unique.
    columns : dict
        Header to values, all as text; ``None`` where the source has nothing.
    native : dict
        Header to Ibis type name; ``"string"`` for CSV.
    sniffed : Sniffed, optional
        Only for CSV.
    """

    path: str
    format: Literal["csv", "parquet", "postgres"]
    headers: list[str]
    columns: dict[str, list[str | None]]
    native: dict[str, str]
    sniffed: Sniffed | None = None


def no_rejects() -> pa.Table:
    """Return the empty table of lines that could not be split into columns."""
    return _REJECTS.empty_table()


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a source: its name, and how many rows of the source come before it."""

    name: str
    rows_before: int = 0


@dataclass(frozen=True, slots=True)
class RawTable:
    """One source as it is.

    Parameters
    ----------
    table : str
        The table of the schema it feeds.
    source : str
        File name or database table, for messages.
    expr : ibis table
        The source's own headers as columns, plus ``source_row`` (from 1, headers not counted).
    rejects : pyarrow table
        ``source_row``, ``text``, ``reason``: lines that could not be split into columns.
    repeated : tuple of str
        Headers that came more than once and were numbered.
    parts : tuple of Part
        The files, where the source is made of files: their rows are counted on from one file to the next.
    replaced : int
        Characters that were broken in the file and could not be read.
    """

    table: str
    source: str
    expr: Any
    rejects: pa.Table = field(default_factory=no_rejects)
    repeated: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    replaced: int = 0

    def place(self, source_row: int | None) -> tuple[str, int | None]:
        """Return the file a row stands in, and its place in that file."""
        if source_row is None or not self.parts:
            return self.source, source_row
        part = [each for each in self.parts if each.rows_before < source_row][-1]
        return part.name, source_row - part.rows_before
