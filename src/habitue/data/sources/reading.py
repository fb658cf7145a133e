"""One door to all formats: a ``[[sources]]`` entry becomes raw tables."""

from __future__ import annotations

import glob
from pathlib import Path

from habitue.data.settings import SourceSettings
from habitue.data.sources.columnar import is_parquet, read_columnar
from habitue.data.sources.delimited import read_delimited
from habitue.data.sources.platforms import JSON_SUFFIXES, PLATFORMS, PlatformTable, read_json_lines, read_platform
from habitue.data.sources.postgres import read_postgres
from habitue.data.sources.postgres_session import is_postgres
from habitue.data.sources.raw import RawTable
from habitue.engine import Engine
from habitue.errors import DataError, did_you_mean

__all__ = ["read_source", "source_files"]


def source_files(source: SourceSettings, folder: Path) -> list[Path]:
    """Return the files a source names, in order of name; none for a database.

    Raises
    ------
    DataError
        When there is no such file; near names in the same folder are suggested.
    """
    if is_postgres(source.path):
        return []
    path = folder / source.path
    if path.is_file():
        return [path]
    files = sorted(Path(name) for name in glob.glob(str(path)) if Path(name).is_file())  # noqa: PTH207 - may be absolute
    if not files:
        near = did_you_mean(path.name, [each.name for each in path.parent.glob("*")] if path.parent.is_dir() else [])
        raise DataError(
            f"The file {source.path} named in shop.toml is not there.{near}",
            hint="habitue init FILE --force",
            path=path,
        )
    return files


def read_source(source: SourceSettings, folder: Path, *, engine: Engine, scratch: Path) -> list[PlatformTable]:
    """Read a source: one table, or several where a platform's export holds several.

    Parameters
    ----------
    source : SourceSettings
    folder : Path
        Paths are relative to it.
    engine : Engine
    scratch : Path
        Folder for rows on their way; it must outlive the tables.
    """
    raw = _raw(source, folder, engine, scratch)
    if source.format in PLATFORMS:
        return read_platform(source, raw, engine=engine)
    return [PlatformTable(source.table, raw, source.dates)]


def _raw(source: SourceSettings, folder: Path, engine: Engine, scratch: Path) -> RawTable:
    if is_postgres(source.path):
        return read_postgres(source, engine=engine)
    files = source_files(source, folder)
    if files[0].name.lower().endswith(JSON_SUFFIXES):
        return read_json_lines(files, engine=engine, table=source.table)
    if is_parquet(files[0]):
        name = source.path if len(files) > 1 else files[0].name
        return read_columnar(source.table, name, files, engine=engine)
    return read_delimited(source, files, engine=engine, scratch=scratch)
