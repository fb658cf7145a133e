"""Read tables and views of a PostgreSQL database: streamed, in one snapshot, only ever by SELECT."""

from __future__ import annotations

import io
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from habitue.data.settings import SourceSettings
from habitue.data.sources.postgres_session import in_snapshot, is_postgres, place, without_password
from habitue.data.sources.raw import RawTable, Sample
from habitue.engine import Engine
from habitue.errors import ConfigError, DataError, did_you_mean

__all__ = ["Relation", "is_postgres", "list_relations", "read_postgres", "sample_relation", "without_password"]

_LOOK_SECONDS = 60
_READ_SECONDS = 4 * 3600
_BLOCK_BYTES = 16 * 2**20  # of rows as text, turned into Arrow at a time

_INT = ("int64", "{}")
_DAYS = "CASE WHEN {0} > '9999-12-31' THEN '9999-12-31' WHEN {0} < '0001-01-01' THEN '0001-01-01' ELSE {0} END"
#: PostgreSQL type → Ibis type and how it is asked for; every other type is read as text.
#: Infinite and impossible days come as the first or last day there is, so that the loader sees and judges them.
_TYPES = {
    "bool": ("boolean", "{}"),
    "int2": _INT,
    "int4": _INT,
    "int8": _INT,
    "oid": ("int64", "{}::int8"),
    "float4": ("float64", "{}"),
    "float8": ("float64", "{}"),
    "numeric": ("float64", "{}::float8"),
    "money": ("float64", "{}::numeric::float8"),
    "date": ("date", _DAYS),
    "timestamp": ("timestamp(6)", _DAYS),
    "timestamptz": ("timestamp('UTC', 6)", _DAYS),
}
_TEXT = ("string", "{}::text")
_ARROW = {
    "boolean": pa.bool_(),
    "int64": pa.int64(),
    "float64": pa.float64(),
    "date": pa.date32(),
    "timestamp(6)": pa.timestamp("us"),
    "timestamp('UTC', 6)": pa.timestamp("us", "UTC"),
    "string": pa.string(),
}
_CATALOGUE = """
SELECT n.nspname, c.relname, c.relkind IN ('v', 'm'), c.reltuples, a.attname, coalesce(b.typname, t.typname),
       array_position(i.indkey::int2[], a.attnum)
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_type b ON b.oid = t.typbasetype
LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
  AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
  AND NOT EXISTS (
    SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e'
  )
ORDER BY n.nspname, c.relname, a.attnum
"""


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or view of a database.

    Parameters
    ----------
    schema, name : str
    rows_estimate : int or None
        What the server believes; ``None`` where it has not counted yet and for views.
    columns : dict
        Column to Ibis type.
    types : dict
        Column to PostgreSQL type; a domain counts as what it stands for.
    key : tuple of str
        Columns of the primary key, by which the rows are ordered when read.
    is_view : bool
    """

    schema: str
    name: str
    rows_estimate: int | None
    columns: dict[str, str]
    types: dict[str, str]
    key: tuple[str, ...] = ()
    is_view: bool = False

    @property
    def label(self) -> str:
        """``schema.name``, as shop.toml has it under ``relation``."""
        return f"{self.schema}.{self.name}"

    @property
    def order(self) -> str:
        """Say in which order the rows are read; row numbers mean the same next time only if it is a stable one."""
        if self.key:
            return f"primary key ({', '.join(self.key)})"
        return "as the view gives them: not stable" if self.is_view else "as the rows lie in the table"


def list_relations(url: str) -> list[Relation]:
    """List the tables and views of a database, the server's own left out.

    Parameters
    ----------
    url : str
        ``postgresql://user@host:port/database``.

    Raises
    ------
    ConfigError, DataError, MissingExtra
        Each with what to do; none shows the password.
    """
    return in_snapshot(url, _catalogue, seconds=_LOOK_SECONDS)


def sample_relation(url: str, relation: Relation | str, limit: int = 5000) -> Sample:
    """Read the first rows of a table or view as text, for guessing what its columns mean."""

    def work(connection: Any) -> Sample:
        found = _found(_catalogue(connection), relation, url)
        names = _unique(found.columns)
        rows = connection.execute(_select(found, limit=limit, text=True)).fetchall()
        columns = dict(zip(names, ([*each] for each in zip(*rows, strict=True)), strict=True)) if rows else {}
        return Sample(
            path=without_password(url),
            format="postgres",
            headers=names,
            columns=columns or {name: [] for name in names},
            native=dict(zip(names, found.columns.values(), strict=True)),
        )

    return in_snapshot(url, work, seconds=_LOOK_SECONDS)


def read_postgres(source: SourceSettings, *, engine: Engine) -> RawTable:
    """Read a whole table or view, however long, in bounded memory.

    The rows go to a Parquet file in a temporary folder, which lives as long as the engine.

    Parameters
    ----------
    source : SourceSettings
        ``path`` is the address, ``relation`` the table.
    engine : Engine

    Raises
    ------
    ConfigError, DataError, MissingExtra
        Each with what to do; none shows the password.
    """
    folder = Path(tempfile.mkdtemp(prefix="habitue-postgres-"))
    weakref.finalize(engine, shutil.rmtree, folder, ignore_errors=True)
    file = folder / "rows.parquet"

    def work(connection: Any) -> Relation:
        found = _found(_catalogue(connection), source.relation, source.path)
        _stream(connection, found, file)
        return found

    found = in_snapshot(source.path, work, seconds=_READ_SECONDS)
    return RawTable(
        table=source.table,
        source=f"{place(source.path)} {found.label}",
        expr=engine.read_parquet(file, row_numbers=True),
    )


def _catalogue(connection: Any) -> list[Relation]:
    """Read tables, views, their columns and keys from the server's catalogue."""
    gathered: dict[tuple[str, str], list[Any]] = {}
    for row in connection.execute(_CATALOGUE):
        gathered.setdefault((row[0], row[1]), []).append(row)
    relations = []
    for (schema, name), rows in gathered.items():
        types = {row[4]: row[5] for row in rows}
        key = sorted((row[6], row[4]) for row in rows if row[6] is not None)
        relations.append(
            Relation(
                schema=schema,
                name=name,
                rows_estimate=int(rows[0][3]) if rows[0][3] >= 0 and not rows[0][2] else None,
                columns={column: _TYPES.get(kind, _TEXT)[0] for column, kind in types.items()},
                types=types,
                key=tuple(column for _, column in key),
                is_view=rows[0][2],
            )
        )
    return relations


def _found(relations: list[Relation], wanted: Relation | str, url: str) -> Relation:
    """Find a relation by ``schema.name``, or by its name alone where that is enough."""
    label = wanted.label if isinstance(wanted, Relation) else wanted
    known = {each.label: each for each in relations}
    if label in known:
        return known[label]
    named = [each for each in relations if each.name == label]
    if len(named) == 1:
        return named[0]
    listed = ", ".join(list(known)[:10]) + (", …" if len(known) > 10 else "")
    if not known:
        raise DataError(f"{place(url)} holds no table this user can see", hint="check the database's name and the user")
    if not label or named:
        what = (
            f"{label!r} is in several schemas" if named else f"The source {place(url)} does not say which table to read"
        )
        raise ConfigError(what, expected=listed, hint='relation = "schema.table" in shop.toml')
    near = did_you_mean(label, known) or did_you_mean(label, (each.name for each in relations))
    raise DataError(f"{place(url)} has no table or view {label!r}.{near}", expected=listed, path=place(url))


def _select(relation: Relation, *, limit: int | None = None, text: bool = False) -> Any:
    """Compose the one SELECT a relation is read by; every name is quoted by the driver."""
    from psycopg import sql  # noqa: PLC0415 - an optional part

    columns = [
        sql.SQL(_TYPES.get(kind, _TEXT)[1] + ("::text" if text else "")).format(sql.Identifier(column))
        for column, kind in relation.types.items()
    ]
    query = sql.SQL("SELECT {} FROM {}").format(
        sql.SQL(", ").join(columns), sql.Identifier(relation.schema, relation.name)
    )
    if relation.key:
        query += sql.SQL(" ORDER BY {}").format(sql.SQL(", ").join(sql.Identifier(name) for name in relation.key))
    return query + sql.SQL(" LIMIT {}").format(sql.Literal(limit)) if limit is not None else query


def _stream(connection: Any, relation: Relation, file: Path) -> None:
    """Copy the rows of a relation to a Parquet file, block by block."""
    from psycopg import sql  # noqa: PLC0415 - an optional part

    schema = pa.schema(
        list(zip(_unique(relation.columns), (_ARROW[kind] for kind in relation.columns.values()), strict=True))
    )
    command = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv)").format(_select(relation))
    with (
        pa.parquet.ParquetWriter(file, schema, compression="zstd") as writer,
        connection.cursor() as cursor,
        cursor.copy(command) as copy,
    ):
        for block in _blocks(copy):
            writer.write_table(_parsed(block, schema, relation))


def _blocks(rows: Any) -> Iterator[bytes]:
    """Join rows, which come one by one, to blocks; a row is never torn."""
    block: list[bytes] = []
    size = 0
    for row in rows:
        block.append(bytes(row))
        size += len(row)
        if size >= _BLOCK_BYTES:
            yield b"".join(block)
            block, size = [], 0
    if block:
        yield b"".join(block)


def _parsed(block: bytes, schema: pa.Schema, relation: Relation) -> pa.Table:
    try:
        return pa.csv.read_csv(
            io.BytesIO(block),
            read_options=pa.csv.ReadOptions(column_names=schema.names, block_size=len(block) + 1, use_threads=False),
            parse_options=pa.csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
            convert_options=pa.csv.ConvertOptions(
                column_types=schema,
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,  # COPY quotes the empty text and leaves NULL bare
                true_values=["t"],
                false_values=["f"],
            ),
        )
    except pa.ArrowInvalid as error:
        raise DataError(
            f"{relation.label} cannot be read: {str(error).splitlines()[0]}",
            hint="read it through a view that casts the column to text",
            table=relation.label,
        ) from error


def _unique(columns: dict[str, str]) -> list[str]:
    """Put numbers to names that differ only in case, and to our own: the engine does not tell them apart."""
    taken = {"source_row", "file_row_number"}
    names = []
    for column in columns:
        name, number = column, 1
        while name.casefold() in taken:
            name, number = f"{column}_{number}", number + 1
        taken.add(name.casefold())
        names.append(name)
    return names
