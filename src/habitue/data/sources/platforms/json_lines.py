"""Read files of JSON objects, one a line, as a table of text; what is nested stays JSON text."""

from __future__ import annotations

import codecs
import gzip
import shutil
import tempfile
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ibis

from habitue.data.sources.raw import RawTable, Sample
from habitue.engine import Engine
from habitue.errors import DataError, EngineError

__all__ = ["JSON_SUFFIXES", "read_json_lines", "sample_json_lines"]

JSON_SUFFIXES = (".jsonl", ".ndjson", ".json", ".jsonl.gz", ".ndjson.gz", ".json.gz")
_LINE_BYTES = 64 * 2**20  # the longest line that is read


def read_json_lines(path: Path | str | Sequence[Path], *, engine: Engine, table: str = "") -> RawTable:
    """Read a file with one JSON object a line, or one JSON list of objects.

    Every key of the objects becomes a column of text. Lines that are no JSON object are handed back as rejects.

    Parameters
    ----------
    path : path, or several
        ``.jsonl``, ``.ndjson`` or ``.json``, also with ``.gz``; rows are numbered through all files.
    engine : Engine
    table : str
        The table of the schema it feeds, where one is meant.

    Raises
    ------
    DataError
        When the file is missing, empty, or holds no JSON object.
    """
    files = [Path(path)] if isinstance(path, (str, Path)) else list(path)
    file = files[0]
    objects, rejects = _objects(files, engine)
    keys = [row["key"] for row in engine.to_rows(engine.query(_keys_of(objects)))]
    if not keys:
        raise DataError(f"{file.name} holds no JSON object", expected="one {…} a line", path=file)
    cells = ", ".join(f"json_extract_string(j, {_quoted(_path(key))}) AS {_name(key)}" for key in keys)
    expr = engine.query(f"SELECT {cells}, source_row FROM {objects} WHERE fits")  # noqa: S608 - all names are quoted
    return RawTable(table=table, source=file.name, expr=expr, rejects=rejects)


def sample_json_lines(path: Path | str, *, engine: Engine, limit: int = 5000) -> Sample:
    """Read the first objects of a file as text, for seeing which platform wrote it.

    The sample calls itself ``"csv"``: its cells are text. Only the platforms read such files.
    """
    raw = read_json_lines(path, engine=engine)
    held = engine.to_arrow(raw.expr.order_by("source_row").limit(limit).drop("source_row"))
    headers = list(held.column_names)
    return Sample(str(path), "csv", headers, held.to_pydict(), dict.fromkeys(headers, "string"))


def _objects(files: Sequence[Path], engine: Engine) -> tuple[str, Any]:
    """Return a query of the objects (j, source_row, fits) and the lines that are none."""
    names = "[" + ", ".join(_quoted(str(file)) for file in files) + "]"
    if all(_one_a_line(file) for file in files):
        reader = (
            f"SELECT line FROM read_csv({names}, columns = {{'line': 'VARCHAR'}}, "  # noqa: S608 - quoted
            f"delim = chr(1), quote = '', escape = '', header = false, auto_detect = false, strict_mode = false, "
            f"max_line_size = {_LINE_BYTES}, buffer_size = {2 * _LINE_BYTES})"
        )
    else:
        reader = (
            f"SELECT json::VARCHAR AS line FROM "  # noqa: S608 - quoted
            f"read_json_objects({names}, maximum_object_size = {_LINE_BYTES})"
        )
    numbered = f"SELECT line, row_number() OVER () AS source_row FROM ({reader})"  # noqa: S608
    is_object = "CASE WHEN json_valid(line) THEN json_type(line) = 'OBJECT' ELSE false END"
    checked = (
        f"SELECT CASE WHEN {is_object} THEN line END AS j, {is_object} AS fits, "  # noqa: S608
        f"CASE WHEN NOT {is_object} THEN line END AS line, source_row FROM ({numbered}) WHERE trim(line) <> ''"
    )
    folder = Path(tempfile.mkdtemp(prefix="habitue-json-"))
    weakref.finalize(engine, shutil.rmtree, folder, ignore_errors=True)
    try:
        engine.write_parquet(engine.query(checked), folder / "objects.parquet")
    except EngineError as error:
        raise DataError(f"{files[0].name} cannot be read as JSON: {error.what}", path=files[0]) from error
    kept = engine.read_parquet(folder / "objects.parquet")
    lost = kept.filter(~kept.fits).order_by("source_row")
    rejects = engine.to_arrow(lost.select("source_row", text=lost.line, reason=ibis.literal("no JSON object")))
    return f"({engine.sql(kept)})", rejects


def _one_a_line(file: Path) -> bool:
    """Say whether the first line is a JSON object of its own; a list or a laid-out object goes over several."""
    try:
        with (gzip.open if file.suffix == ".gz" else open)(file, "rb") as stream:
            first = next((line for line in stream if line.strip()), b"")
    except OSError as error:
        raise DataError(f"{file} cannot be opened: {error.strerror}", path=file) from error
    if not first:
        raise DataError(f"{file.name} is empty", path=file)
    text = first.removeprefix(codecs.BOM_UTF8).strip()
    return not text.startswith(b"[") and (text.endswith(b"}") or not text.startswith(b"{"))


def _keys_of(objects: str) -> str:
    """List the keys of all objects in the order in which they first come."""
    return (
        "SELECT key FROM (SELECT unnest(json_keys(j)) AS key, source_row, "  # noqa: S608 - our own table
        f"generate_subscripts(json_keys(j), 1) AS place FROM {objects} WHERE fits) "
        "GROUP BY key ORDER BY min((source_row, place))"
    )


def _path(key: str) -> str:
    """Return the JSON pointer of a key, which may hold any sign."""
    return "/" + key.replace("~", "~0").replace("/", "~1")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _name(key: str) -> str:
    return '"' + key.replace('"', '""') + '"'
