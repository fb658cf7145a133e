"""Frames that already carry the schema's column names become a loaded shop, without shop.toml and files."""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Mapping
from pathlib import Path
from shutil import rmtree

import pyarrow as pa

from habitue.data.load import Loaded, load_typed
from habitue.data.settings import ShopSettings, SourceSettings
from habitue.engine import Engine
from habitue.errors import DataError, did_you_mean
from habitue.schema import table as schema_table

__all__ = ["load_tables"]


def load_tables(
    tables: Mapping[str, pa.Table],
    *,
    folder: Path | None = None,
    settings: ShopSettings | None = None,
    engine: Engine,
) -> tuple[Loaded, ShopSettings, Path]:
    """Clean frames as files are cleaned.

    Parameters
    ----------
    tables : mapping of str to Arrow table
        Named and with columns named as in the schema.
    folder : Path, optional
        Where results go; a temporary folder that goes with the engine otherwise.
    settings : ShopSettings, optional
    engine : Engine

    Returns
    -------
    tuple
        What was loaded, the settings, and the folder.

    Raises
    ------
    DataError
        For a column the schema does not know, with the nearest name, and for values of another kind.
    """
    if folder is None:
        folder = Path(tempfile.mkdtemp(prefix="habitue-shop-"))
        weakref.finalize(engine, rmtree, folder, ignore_errors=True)
    if settings is None:
        sources = [SourceSettings(format="parquet", path="(frame)", table=name) for name in tables]
        settings = ShopSettings(sources=sources)
    raw = {}
    for name, frame in tables.items():
        _check(name, frame)
        numbered = frame.append_column("source_row", pa.array(range(1, frame.num_rows + 1), pa.int64()))
        raw[name] = engine.from_arrow(_known_types(numbered))
    return load_typed(raw, settings, folder, engine=engine), settings, folder


def _check(name: str, frame: pa.Table) -> None:
    known = schema_table(name).names
    for column in frame.column_names:
        if column not in known:
            raise DataError(
                f"The frame {name!r} has a column {column!r} that is not in the schema.{did_you_mean(column, known)}",
                expected=", ".join(known),
                table=name,
                column=column,
            )


def _known_types(frame: pa.Table) -> pa.Table:
    """Give columns of nothing but nulls a type that a database can hold."""
    fields = [each if not pa.types.is_null(each.type) else each.with_type(pa.string()) for each in frame.schema]
    return frame.cast(pa.schema(fields))
