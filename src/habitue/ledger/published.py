"""A published table as the reader gets it: thin, and at home in every data frame library."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from habitue.errors import LedgerError, MissingExtra
from habitue.ledger.files import sha256
from habitue.ledger.record import TableRecord
from habitue.schema import Words

__all__ = ["LedgerTable"]


@dataclass(frozen=True, slots=True)
class LedgerTable:
    """One published table of one run; rows are read when they are asked for.

    Attributes
    ----------
    name : str
        Such as ``"rfm"``.
    as_of : datetime
        The instant the table looks from: nothing that happened then or later is in it.
    run_id : str
        The run that published it.
    record : TableRecord
        Its rows, columns, author and hash.
    path : Path
        The Parquet file.
    """

    name: str
    as_of: datetime
    run_id: str
    record: TableRecord
    path: Path

    @property
    def meaning(self) -> Words:
        """What the table says, in two languages."""
        return self.record.meaning

    def __len__(self) -> int:
        return self.record.rows

    def verify(self) -> None:
        """Fail when the file is no longer what was published.

        Raises
        ------
        LedgerError
            When the file is gone or its hash differs.
        """
        self._must_exist()
        if sha256(self.path) != self.record.sha256:
            raise LedgerError(
                f"{self.path.name} of run {self.run_id} was changed after it was published",
                hint="habitue run",
                code="L003",
                path=self.path,
                expected=f"sha256 {self.record.sha256}",
            )

    def to_arrow(self) -> pa.Table:
        """Return all rows as an Arrow table."""
        self._must_exist()
        try:
            return pq.ParquetFile(self.path).read()
        except (OSError, pa.ArrowException) as error:
            raise LedgerError(f"{self.path} cannot be read: {error}", hint="habitue run", path=self.path) from error

    def to_pandas(self) -> Any:
        """Return all rows as a pandas frame."""
        return self.to_arrow().to_pandas()

    def to_polars(self) -> Any:
        """Return all rows as a polars frame.

        Raises
        ------
        MissingExtra
            When polars is not installed.
        """
        try:
            polars = importlib.import_module("polars")
        except ImportError as error:
            raise MissingExtra("Polars frames", "polars") from error
        return polars.from_arrow(self.to_arrow())

    def rows(self) -> Iterator[dict[str, Any]]:
        """Go through the rows as plain dictionaries."""
        self._must_exist()
        for batch in pq.ParquetFile(self.path).iter_batches():
            yield from batch.to_pylist()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Hand the rows to any library that speaks Arrow."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def _must_exist(self) -> None:
        if not self.path.is_file():
            raise LedgerError(
                f"The file of table {self.name} from run {self.run_id} is gone", hint="habitue run", path=self.path
            )
