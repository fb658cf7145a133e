"""One DuckDB database in memory, which spills to disk: reads files, runs Ibis expressions, writes Parquet."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Self

import duckdb
import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.config import Config

from habitue.errors import EngineError

__all__ = ["Engine"]

_MEMORY_SHARE = 0.6  # of what is free when the engine starts: the rest is Python's and the machine's


class Engine:
    """Run Ibis expressions over the shop's files.

    Parameters
    ----------
    memory : str, optional
        Bound such as ``"3GB"``; past it DuckDB spills to a temporary folder. Default: 60 % of free memory.
    threads : int, optional
        Default: the processors this process may use.

    Examples
    --------
    >>> with Engine() as engine:
    ...     numbers = engine.from_arrow(pa.table({"n": [1, 2, 3]}))
    ...     engine.to_arrow(numbers.agg(total=numbers.n.sum())).to_pylist()
    [{'total': 6}]
    """

    def __init__(self, *, memory: str | None = None, threads: int | None = None) -> None:
        self._spill = Path(tempfile.mkdtemp(prefix="habitue-"))
        self.backend = ibis.duckdb.connect(
            temp_directory=str(self._spill),
            memory_limit=memory or f"{int(_free_bytes() * _MEMORY_SHARE / 2**20)}MB",
            threads=threads or len(os.sched_getaffinity(0)),
        )
        self._raw("SET enable_progress_bar = false")
        self._raw("SET autoinstall_known_extensions = false")  # nothing is fetched behind the merchant's back

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the database and its spill folder go; calling it twice does no harm."""
        self.backend.disconnect()
        shutil.rmtree(self._spill, ignore_errors=True)

    def read_parquet(self, paths: str | Path | Sequence[str | Path], *, row_numbers: bool = False) -> Any:
        """Open Parquet files as one table.

        Parameters
        ----------
        paths : path or sequence of paths
        row_numbers : bool
            Add ``source_row``: the row's place in its file, from 1.
        """
        names = [str(paths)] if isinstance(paths, (str, Path)) else [str(path) for path in paths]
        try:
            if not row_numbers:
                return self.backend.read_parquet(names)
            files = ", ".join(_quoted(name) for name in names)
            return self.query(
                f"SELECT * EXCLUDE (file_row_number), file_row_number + 1 AS source_row "  # noqa: S608 - paths are quoted
                f"FROM read_parquet([{files}], file_row_number = true)"
            )
        except (duckdb.Error, EngineError) as error:
            reason = error.what if isinstance(error, EngineError) else _first_line(error)
            raise EngineError(f"{names[0]} is no readable Parquet file: {reason}", path=names[0]) from error

    def from_arrow(self, table: pa.Table, name: str | None = None) -> Any:
        """Register an Arrow table and return it as an Ibis table."""
        name = name or ibis.util.gen_name("arrow")
        return self.backend.create_table(name, table, temp=True, overwrite=True)

    def query(self, sql: str) -> Any:
        """Return a DuckDB SELECT as an Ibis table (a view), for the few things Ibis cannot say."""
        name = ibis.util.gen_name("view")
        try:
            self._raw(f"CREATE TEMP VIEW {name} AS {sql}")
        except duckdb.Error as error:
            raise EngineError(_first_line(error)) from error
        return self.backend.table(name, database="temp.main")

    def keep(self, expr: Any, name: str | None = None) -> Any:
        """Compute an expression once and keep its rows in the database."""
        try:
            return self.backend.create_table(name or ibis.util.gen_name("kept"), expr, temp=True, overwrite=True)
        except duckdb.Error as error:
            raise EngineError(_first_line(error)) from error

    def drop(self, table: Any) -> None:
        """Let rows go that `keep` holds."""
        self._raw(f'DROP TABLE IF EXISTS "{table.op().name}"')

    def to_arrow(self, expr: Any) -> pa.Table:
        """Compute an expression and read every row of it."""
        try:
            return expr.to_pyarrow() if not isinstance(expr, ibis.Table) else self.backend.to_pyarrow(expr)
        except duckdb.Error as error:
            raise EngineError(_first_line(error)) from error

    def text(self, expr: Any) -> str:
        """Return the SQL of an expression as the database gets it; see `sql` for one laid out for reading."""
        return str(self.backend.compile(expr))

    def fetch(self, sql: str, schema: pa.Schema) -> pa.Table:
        """Answer SQL that `text` gave, perhaps with other constants in it, with the types of the expression."""
        try:
            return self._raw(sql).to_arrow_table().cast(schema)
        except duckdb.Error as error:
            raise EngineError(_first_line(error)) from error

    def digest(self, expr: Any) -> str:
        """Return a short text that is the same for the same rows, in whatever order, and another for other ones."""
        sql = f"SELECT count(*), bit_xor(hash(every)), sum(hash(every)) FROM ({self.backend.compile(expr)}) AS every"  # noqa: S608
        try:
            count, mixed, total = self._raw(sql).fetchall()[0]
        except duckdb.Error as error:
            raise EngineError(_first_line(error)) from error
        return f"{count}-{mixed or 0:x}-{int(total or 0):x}"

    def to_rows(self, expr: Any) -> list[dict[str, Any]]:
        """Compute a small table and return its rows as plain dictionaries."""
        rows: list[dict[str, Any]] = self.to_arrow(expr).to_pylist()
        return rows

    def write_parquet(self, expr: Any, path: Path, *, sort: Iterable[str] = (), quick: bool = False) -> int:
        """Write an expression to one Parquet file, streaming; return the number of rows.

        Parameters
        ----------
        expr : Ibis table
        path : Path
        sort : names of columns, optional
            The order of rows.
        quick : bool
            For files that are written anew or read often: LZ4 takes a third of the time of zstd, and a third more room.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        order = tuple(sort)
        ordered = expr.order_by(list(order)) if order else expr
        plain = repr(str(path)) == f"'{path}'"  # Ibis does not write quotes in a name as SQL wants them
        draft = path if plain else self._spill / f"{ibis.util.gen_name('written')}.parquet"
        try:
            self.backend.to_parquet(ordered, draft, compression="lz4_raw" if quick else "zstd")
            if not plain:
                shutil.move(draft, path)
        except duckdb.Error as error:
            raise EngineError(f"{path} could not be written: {_first_line(error)}", path=path) from error
        return int(pq.read_metadata(path).num_rows)

    def sql(self, expr: Any, *, dialect: str = "duckdb") -> str:
        """Return the SQL of an expression in a dialect, ``"duckdb"`` or ``"pyspark"``, laid out for reading."""
        if dialect == "pyspark" and ibis.options.pyspark is None:
            ibis.options.pyspark = _SparkWriting()  # else Ibis wants pyspark installed only to write its SQL
        return str(ibis.to_sql(expr, dialect=dialect))

    def _raw(self, sql: str) -> Any:
        return self.backend.raw_sql(sql)


class _SparkWriting(Config):  # type: ignore[misc]
    treat_nan_as_null: bool = False


def _free_bytes() -> int:
    pages: int = os.sysconf("SC_AVPHYS_PAGES")
    return max(pages * os.sysconf("SC_PAGE_SIZE"), 512 * 2**20)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
