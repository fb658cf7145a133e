"""The quarantine file: rows that could not be used, with the reason and their own cells, streamed however many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa

from habitue.data.cells import BAD
from habitue.data.sources.raw import RawTable
from habitue.engine import Engine
from habitue.engine.delimited import write_text

__all__ = ["reason_of", "write_quarantine"]

_SHOWN = 80  # characters of a cell that cannot be read


def reason_of(rows: Any, required: Sequence[str]) -> Any:
    """Return why a typed row cannot be used: which of its required cells are missing or cannot be read.

    Parameters
    ----------
    rows : ibis table
        What `habitue.data.cells.typed_columns` gave.
    required : sequence of str
    """
    reasons = []
    for column in required:
        missing = ibis.literal(f"{column}: missing")
        if BAD + column in rows.columns:
            text = rows[BAD + column]
            unreadable = ibis.literal(f"{column}: cannot read '") + text.substr(0, _SHOWN) + "'"
            missing = text.isnull().ifelse(missing, unreadable)
        reasons.append(rows[column].isnull().ifelse(missing, ibis.null("string")))
    return ibis.literal("; ").join(reasons)


def write_quarantine(outcasts: Any, raws: Mapping[str, RawTable], file: Path, *, engine: Engine) -> int:
    """Write rows that cannot be used, and lines that could not be split, to a CSV file a spreadsheet opens.

    Parameters
    ----------
    outcasts : ibis table
        ``source``, ``source_row``, ``reason``; it is read once per source.
    raws : mapping of str to RawTable
        The sources by their labels.
    file : Path
        Gets ``source`` (the file), ``source_row`` (the place in it), ``reason``, ``row``; it is removed where there is
        nothing to write.
    engine : Engine

    Returns
    -------
    int
        The number of rows written.
    """
    parts = []
    for label, raw in raws.items():
        mine = outcasts.filter(outcasts.source == label).select("source_row", "reason")
        rows = raw.expr.join(mine, "source_row")
        parts.append(_placed(rows, raw, rows.reason, _cells(rows, raw)))
        if raw.rejects.num_rows:
            lines = engine.from_arrow(raw.rejects.cast(_LINES))
            parts.append(_placed(lines, raw, lines.reason, lines.text))
    together = ibis.union(*parts) if len(parts) > 1 else parts[0]
    file.parent.mkdir(parents=True, exist_ok=True)
    written = write_text(together.order_by("source", "source_row"), file, engine=engine)
    if not written:
        file.unlink()
    return written


_LINES = pa.schema([("source_row", pa.int64()), ("text", pa.string()), ("reason", pa.string())])


def _placed(rows: Any, raw: RawTable, reason: Any, text: Any) -> Any:
    """Name the file a row stands in and its place there."""
    source, before = ibis.literal(raw.source), ibis.literal(0)
    parts = sorted(raw.parts, key=lambda part: part.rows_before)
    if parts:
        later = [(rows.source_row > part.rows_before, part) for part in reversed(parts)]
        source = ibis.cases(*((test, part.name) for test, part in later), else_=raw.source)
        before = ibis.cases(*((test, part.rows_before) for test, part in later), else_=0)
    return rows.select(source=source, source_row=rows.source_row - before, reason=reason, row=text)


def _cells(rows: Any, raw: RawTable) -> Any:
    """Lay a row's own cells out as one text; empty ones are left out."""
    names = [name for name in raw.expr.columns if name != "source_row"]
    return ibis.literal(" | ").join([ibis.literal(f"{name}=") + rows[name].cast("string") for name in names])
