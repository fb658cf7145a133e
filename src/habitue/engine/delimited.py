"""Delimited text in and out through DuckDB: streamed in parallel, and what does not fit is handed back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from habitue.engine.database import Engine
from habitue.errors import EngineError

__all__ = ["Misfits", "TextLayout", "number_rows", "text_to_parquet", "write_text"]

_CUT_AT = 10_000  # signs of a line that DuckDB keeps
_BOM = b"\xef\xbb\xbf"  # without it spreadsheets take UTF-8 for something else


@dataclass(frozen=True, slots=True)
class TextLayout:
    """How a UTF-8 file is written: the names of its columns, delimiter, quote, escape, first line a header or not."""

    columns: Sequence[str]
    delimiter: str = ","
    quote: str = '"'
    escape: str = '"'
    header: bool = True


@dataclass(frozen=True, slots=True)
class Misfits:
    """Lines that could not be split: their ``line`` in the file (header counted), ``text``, ``kind``, ``fields``."""

    table: pa.Table
    rows_read: int

    @property
    def kinds(self) -> set[str]:
        """The database's words for what is wrong."""
        return set(self.table.column("kind").unique().to_pylist())

    @property
    def many(self) -> bool:
        """Whether whole megabytes may lie in a row: DuckDB's threads stop at 8 MB of which nothing could be split."""
        lengths = pc.utf8_length(self.table.column("text"))
        return (pc.sum(lengths).as_py() or 0) > 2**20 or (pc.max(lengths).as_py() or 0) >= _CUT_AT


def text_to_parquet(
    path: Path,
    target: Path,
    layout: TextLayout,
    *,
    engine: Engine,
    longest_line: int = 2 * 2**20,
    parallel: bool = True,
) -> Misfits:
    """Copy a delimited file to Parquet, all cells as text, in the order of the file.

    Parameters
    ----------
    path, target : Path
    layout : TextLayout
    engine : Engine
    longest_line : int
        Bytes; lines above it are handed back. Memory grows with it.
    parallel : bool
        Off where much was handed back: see `Misfits.many`.

    Raises
    ------
    EngineError
        When the file cannot be read at all.
    """
    errors, scans = ibis.util.gen_name("misfits"), ibis.util.gen_name("scans")
    columns = ", ".join(f"{_text(name)}: 'VARCHAR'" for name in layout.columns)
    reader = (
        f"read_csv({_text(str(path))}, columns = {{{columns}}}, auto_detect = false, strict_mode = true, "
        f"delim = {_text(layout.delimiter)}, quote = {_text(layout.quote)}, escape = {_text(layout.escape)}, "
        f"header = {str(layout.header).lower()}, parallel = {str(parallel).lower()}, max_line_size = {longest_line}, "
        f"buffer_size = {max(32 * 2**20, 2 * longest_line)}, "
        f"store_rejects = true, rejects_table = {_text(errors)}, rejects_scan = {_text(scans)}, rejects_limit = 0)"
    )
    run = engine.backend.raw_sql
    try:
        count = run(
            f"COPY (SELECT * FROM {reader}) TO {_text(str(target))} (FORMAT parquet, COMPRESSION snappy)"  # noqa: S608
        ).fetchall()
        found = run(
            f"SELECT line::BIGINT AS line, ltrim(arg_min(csv_line, column_idx), chr(10) || chr(13)) AS text, "  # noqa: S608
            f"arg_min(error_type::VARCHAR, column_idx) AS kind, "
            f"try_cast(regexp_extract(arg_min(error_message, column_idx), 'Found: (\\d+)', 1) AS BIGINT) AS fields "
            f"FROM (SELECT * REPLACE (coalesce(column_idx, 0) AS column_idx) FROM {errors}) GROUP BY line ORDER BY line"
        ).to_arrow_table()
        return Misfits(found, int(count[0][0]))
    except duckdb.Error as error:
        raise EngineError(f"{path.name} cannot be read: {str(error).strip().splitlines()[0]}", path=path) from error
    finally:
        run(f"DROP TABLE IF EXISTS {errors}")
        run(f"DROP TABLE IF EXISTS {scans}")


def number_rows(parquet: Path, missing: Any = (), *, engine: Engine, rows_before: int = 0) -> Any:
    """Open what `text_to_parquet` wrote with ``source_row``, the place of every row in its file.

    Parameters
    ----------
    parquet : Path
    missing : integers
        Places that are not in the Parquet file, because they could not be split.
    engine : Engine
    rows_before : int
        Added to every place: rows of the files before this one.
    """
    numbered = (
        f"SELECT *, file_row_number + 1 AS place FROM read_parquet({_text(str(parquet))}, file_row_number = true)"  # noqa: S608
    )
    if not len(missing):
        return engine.query(
            f"SELECT * EXCLUDE (file_row_number, place), place + {rows_before} AS source_row FROM ({numbered})"  # noqa: S608
        )
    ranks = np.arange(1, len(missing) + 1)
    after, first = np.unique((np.sort(missing) - ranks)[::-1], return_index=True)
    name = ibis.util.gen_name("gaps")
    engine.from_arrow(pa.table({"after": after, "gap": len(missing) - first}), name)
    return engine.query(
        f"SELECT * EXCLUDE (file_row_number, place, after, gap), "  # noqa: S608
        f"place + coalesce(gap, 0) + {rows_before} AS source_row "
        f"FROM ({numbered}) AS numbered ASOF LEFT JOIN {name} ON numbered.place > {name}.after"
    )


def write_text(expr: Any, path: Path, *, engine: Engine) -> int:
    """Write an expression as CSV that a spreadsheet opens as it is; return the number of rows."""
    draft = path.with_name(path.name + ".new")
    try:
        rows = engine.backend.raw_sql(
            f"COPY ({engine.sql(expr)}) TO {_text(str(draft))} (FORMAT csv, HEADER true)"
        ).fetchall()
    except duckdb.Error as error:
        reason = str(error).strip().splitlines()[0]
        raise EngineError(f"{path} could not be written: {reason}", path=path) from error
    with draft.open("rb") as plain, path.open("wb") as file:
        file.write(_BOM)
        while block := plain.read(2**20):
            file.write(block)
    draft.unlink()
    return int(rows[0][0])


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
