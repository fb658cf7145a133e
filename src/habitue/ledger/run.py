"""A run at work: takes tables, keeps them aside until all are there."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from habitue.errors import LedgerError
from habitue.ledger.files import flush_folder, sha256, unwritable, write_whole
from habitue.ledger.published import LedgerTable
from habitue.ledger.record import RunRecord, TableRecord
from habitue.schema import Words

__all__ = ["LedgerRun"]

_AS_OF = pa.timestamp("us")


class _Reader(Protocol):
    def latest(self, name: str, as_of: datetime | None = None) -> LedgerTable: ...


class LedgerRun:
    """Collect the tables of one run; `Ledger.run` makes them visible together."""

    def __init__(self, record: RunRecord, staging: Path, ledger: _Reader) -> None:
        self.record = record
        self.staging = staging
        self.published: dict[str, TableRecord] = {}
        self.skipped: dict[str, str] = {}
        self._ledger = ledger

    @property
    def id(self) -> str:
        """The run's name."""
        return self.record.id

    @property
    def as_of(self) -> datetime:
        """The instant the run looks from."""
        return self.record.as_of

    def publish(self, name: str, table: Any, *, area: str, version: str, meaning: Words) -> None:
        """Add a table to the run.

        Parameters
        ----------
        name : str
            What other areas and the report will ask for; lower case, words joined by ``_``.
        table : Arrow table, or a frame of any library that speaks Arrow
            A column ``as_of`` is added where it is missing.
        area, version : str
            Who made it, and by which version of the method.
        meaning : Words
            What the table says.
        """
        self._check_name(name)
        arrow = self._with_as_of(name, _as_arrow(name, table))
        path = self.staging / f"{name}.parquet"
        try:
            pq.write_table(arrow, path, compression="zstd")
            with path.open("rb") as file:
                os.fsync(file.fileno())
            digest = sha256(path)
        except OSError as error:
            raise unwritable(path, error) from error
        schema = {field.name: str(field.type) for field in arrow.schema}
        self.published[name] = TableRecord(name, arrow.num_rows, digest, schema, area, version, meaning)

    def skip(self, area: str, why: str) -> None:
        """Write down why an area publishes nothing in this run."""
        self.skipped[area] = why

    def latest(self, name: str) -> LedgerTable:
        """Return a table of this run, or else the newest published one that knows no more than this run may."""
        if name in self.published:
            path = self.staging / f"{name}.parquet"
            return LedgerTable(name, self.as_of, self.id, self.published[name], path)
        return self._ledger.latest(name, self.as_of)

    def finish(self) -> RunRecord:
        """Write run.json and flush the staging folder; called by the ledger."""
        record = replace(self.record, finished=datetime.now(UTC), tables=self.published, skipped=self.skipped)
        write_whole(self.staging / "run.json", record.as_dict())
        flush_folder(self.staging)
        return record

    def _check_name(self, name: str) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            raise LedgerError(f"{name!r} is no name for a table", expected="lower case, words joined by _")
        if name in self.published:
            raise LedgerError(f"The table {name} was published twice in run {self.id}")

    def _with_as_of(self, name: str, table: pa.Table) -> pa.Table:
        instant = pa.scalar(self.as_of, _AS_OF)
        if "as_of" not in table.column_names:
            return table.append_column("as_of", pa.repeat(instant, table.num_rows))
        if not pc.all(pc.equal(pc.cast(table["as_of"], _AS_OF), instant), min_count=0).as_py():
            raise LedgerError(f"{name}.as_of differs from the run's", table=name, expected=str(self.as_of))
        return table


def _as_arrow(name: str, table: Any) -> pa.Table:
    try:
        arrow = pa.table(table)
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise LedgerError(f"The table {name} is no Arrow table: {error}", table=name) from error
    return arrow.replace_schema_metadata(None)
