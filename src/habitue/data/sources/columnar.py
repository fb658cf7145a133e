"""Parquet files: native types are kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq

from habitue.data.sources.raw import Part, RawTable, Sample
from habitue.engine import Engine
from habitue.errors import DataError

__all__ = ["is_parquet", "read_columnar", "sample_parquet", "stacked"]

_MAGIC = b"PAR1"


def is_parquet(path: Path) -> bool:
    """Say whether a file is Parquet, by its first bytes or, where it cannot be read, by its name."""
    try:
        with path.open("rb") as file:
            return file.read(4) == _MAGIC or path.suffix.lower() in {".parquet", ".pq"}
    except OSError:
        return path.suffix.lower() in {".parquet", ".pq"}


def sample_parquet(path: Path, rows: int) -> Sample:
    """Read rows of a Parquet file as text, from its beginning and from further row groups.

    Raises
    ------
    DataError
        When the file is missing or no readable Parquet.
    """
    file = _opened(path)
    try:
        groups = sorted({0, *(range(0, file.num_row_groups, max(1, file.num_row_groups // 4)))})[:5]
        share = -(-rows // max(1, len(groups)))
        batches = [
            next(file.iter_batches(batch_size=share, row_groups=[group]), None)
            for group in groups
            if file.num_row_groups
        ]
        table = pa.Table.from_batches([batch for batch in batches if batch is not None], schema=file.schema_arrow)
    except (OSError, pa.ArrowException) as error:
        raise _unreadable(path, error) from error
    headers = list(table.column_names)
    types = ibis.Schema.from_pyarrow(file.schema_arrow)
    columns = {name: [_text(value) for value in table.column(name).to_pylist()] for name in headers}
    return Sample(str(path), "parquet", headers, columns, {name: str(types[name]) for name in headers})


def _text(value: Any) -> str | None:
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def _opened(path: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(path)
    except FileNotFoundError as error:
        raise DataError(f"There is no file {path}", hint="correct `path` in shop.toml", path=path) from error
    except (OSError, pa.ArrowException) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> DataError:
    reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    what = f"{path.name} is empty" if not path.stat().st_size else f"{path.name} is no readable Parquet file: {reason}"
    return DataError(what, hint="export the file again", path=path)


def read_columnar(table: str, source: str, paths: Sequence[Path], *, engine: Engine) -> RawTable:
    """Open Parquet files, one after another, with the place of every row.

    Raises
    ------
    DataError
        When a file is missing or no readable Parquet.
    """
    parts: list[Part] = []
    tables: list[Any] = []
    before = 0
    for path in paths:
        count = int(_opened(path).metadata.num_rows)
        expr = engine.read_parquet(path, row_numbers=True)
        tables.append(expr.mutate(source_row=expr.source_row + before) if before else expr)
        parts.append(Part(path.name, before))
        before += count
    return RawTable(table, source, stacked(tables), parts=tuple(parts))


def stacked(tables: Sequence[Any]) -> Any:
    """Put tables under one another by the names of their columns; a column that one of them lacks is empty there."""
    types: dict[str, Any] = {}
    for table in tables:
        for name, dtype in table.schema().items():
            types[name] = dtype if types.get(name, dtype) == dtype else ibis.dtype("string")
    wide = [
        table.select(
            **{
                name: table[name].cast(dtype) if name in table.columns else ibis.null().cast(dtype)
                for name, dtype in types.items()
            }
        )
        for table in tables
    ]
    while len(wide) > 1:  # pair by pair, so that a thousand files are nested ten deep
        wide = [ibis.union(*wide[at : at + 2]) if at + 1 < len(wide) else wide[at] for at in range(0, len(wide), 2)]
    return wide[0]
