"""What a header style is, and how one is written down: its columns with their truth and their cells, and its layout."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["Columns", "HeaderStyle", "Layout", "Truth", "style"]

#: What a header means: a schema column, none at all, or any one of several that would be right (None among them
#: when leaving the header unmapped is right too).
Truth = str | tuple[str | None, ...] | None

#: (header, truth, cell from a row of the world)
Columns = tuple[tuple[str, Truth, Callable[[Any], object]], ...]

Language = Literal["en", "zh", "mixed", "other"]
Dates = Literal["day_first", "month_first", "iso"]


@dataclass(frozen=True, slots=True)
class Layout:
    """How the file is written; ``dates`` is the order of the table's own time column.

    ``"iso"`` stands for every year-first form; None for forms whose order cannot be mistaken (month names, serials,
    seconds since 1970, a file's native types).
    """

    encoding: str | None = "utf-8"
    delimiter: str | None = ","
    decimal: str | None = "."
    dates: Dates | None = "iso"
    quoting: Literal[0, 1, 2, 3] = csv.QUOTE_MINIMAL
    line_end: str = "\r\n"
    footer: tuple[str, ...] = ()

    def write(self, header: list[str], rows: Iterable[list[object]]) -> bytes:
        """Return the file's bytes."""
        if self.encoding is None:
            return _parquet(header, rows)
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter=self.delimiter or ",", quoting=self.quoting, lineterminator=self.line_end)
        writer.writerow(header)
        writer.writerows(rows)
        if self.footer:
            writer.writerow(self.footer)
        return text.getvalue().encode(self.encoding)


@dataclass(frozen=True, slots=True)
class HeaderStyle:
    """One realistic export as a stranger would have it.

    ``truth`` has the headers exactly as the file has them (blanks, line breaks and full-width signs included, the
    byte-order mark excluded), in the file's order. ``encoding`` and ``delimiter`` are None for Parquet.
    """

    name: str
    language: Language
    table: str
    truth: dict[str, Truth]
    build: Callable[[], bytes]
    suffix: str = ".csv"
    expected_dates: Dates | None = "iso"
    encoding: str | None = "utf-8"
    delimiter: str | None = ","
    decimal: str | None = "."
    before_code: bool = True

    def is_right(self, header: str, column: str | None) -> bool:
        """Whether mapping this header to that schema column (None: to nothing) is right."""
        truth = self.truth[header]
        return column in truth if isinstance(truth, tuple) else column == truth


def style(
    name: str,
    language: Language,
    layout: Layout,
    rows: Callable[[], list[Any]],
    columns: Columns,
    *,
    table: str = "order_lines",
) -> HeaderStyle:
    """Make one header style of its columns, so that truth and file cannot drift apart."""

    def build() -> bytes:
        cells = [cell for _, _, cell in columns]
        return layout.write([header for header, _, _ in columns], ([cell(row) for cell in cells] for row in rows()))

    truth = {header: meaning for header, meaning, _ in columns}
    if len(truth) != len(columns):
        raise ValueError(f"{name} names a header twice")
    return HeaderStyle(
        name=name,
        language=language,
        table=table,
        truth=truth,
        build=build,
        suffix=_suffix(layout),
        expected_dates=layout.dates,
        encoding=layout.encoding,
        delimiter=layout.delimiter,
        decimal=layout.decimal,
    )


def _suffix(layout: Layout) -> str:
    if layout.encoding is None:
        return ".parquet"
    return {"\t": ".tsv", "|": ".txt"}.get(layout.delimiter or ",", ".csv")


def _parquet(header: list[str], rows: Iterable[list[object]]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = zip(*rows, strict=True)
    sink = io.BytesIO()
    pq.write_table(pa.table({name: list(cells) for name, cells in zip(header, columns, strict=True)}), sink)
    return sink.getvalue()
