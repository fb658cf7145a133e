"""What was served, with the chance of each product at its place: parts in Parquet, which are only ever added to."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from habitue.errors import DataError, LedgerError
from habitue.models.metrics.off_policy_log import OffPolicyLog

__all__ = ["SERVED", "ServedLog", "as_log", "read_served"]

SERVED = pa.schema(
    [
        ("list_id", pa.string()),
        ("customer_id", pa.string()),
        ("kind", pa.string()),
        ("shown_at", pa.timestamp("us")),
        ("place", pa.int64()),
        ("product_id", pa.string()),
        ("score", pa.float64()),
        ("propensity", pa.float64()),
        ("maker", pa.string()),
    ]
)
_ROWS = 2_000  # that are held before they are written


class ServedLog:
    """Collects what is served and writes it into parts; call `flush` before leaving.

    Parameters
    ----------
    folder : Path
        ``.habitue/served`` of the shop.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._held: list[Mapping[str, Any]] = []

    def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Take the rows of one list; they are written when enough are held."""
        self._held.extend(rows)
        if len(self._held) >= _ROWS:
            self.flush()

    def flush(self) -> None:
        """Write all that is held."""
        if self._held:
            self.write(pa.Table.from_pylist(self._held, schema=SERVED))
            self._held = []

    def write(self, rows: pa.Table) -> Path:
        """Write many lists as one part, whole or not at all.

        Raises
        ------
        DataError
            A chance is missing or none: what was shown had a chance.
        LedgerError
            The folder takes no files.
        """
        table = checked(rows.select(SERVED.names).cast(SERVED))
        name = f"{secrets.token_hex(8)}.parquet"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            place = self.folder / name
            pq.write_table(table, self.folder / f".{name}")
            os.replace(self.folder / f".{name}", place)  # noqa: PTH105 - atomic, on one file system
        except OSError as error:
            raise LedgerError(f"{self.folder} takes no files: {error}", path=self.folder) from error
        return place


def checked(rows: pa.Table) -> pa.Table:
    """Return rows whose chances can be used, or say what is wrong with them."""
    chance = rows["propensity"].to_numpy()
    wrong = ~(np.isfinite(chance) & (chance > 0) & (chance <= 1 + 1e-9))
    if wrong.any():
        raise DataError(
            f"{int(wrong.sum())} of {wrong.size} products served have no chance that can be used",
            table="served", column="propensity", first=str(chance[wrong][0]), expected="above 0, up to 1",
        )  # fmt: skip
    return rows


def read_served(folder: Path, *, before: datetime | None = None) -> pa.Table:
    """Read what was served, oldest first; an empty table where nothing was.

    Parameters
    ----------
    folder : Path
    before : datetime, optional
        Only what was shown strictly before.
    """
    parts = sorted(folder.glob("[!.]*.parquet")) if folder.is_dir() else []
    try:
        tables = [pq.read_table(part).select(SERVED.names).cast(SERVED) for part in parts]
    except (OSError, KeyError, pa.ArrowException) as error:
        raise LedgerError(f"what was served cannot be read: {error}", path=folder) from error
    rows = pa.concat_tables(tables) if tables else SERVED.empty_table()
    if before is not None:
        rows = rows.filter(pc.less(rows["shown_at"], pa.scalar(before, pa.timestamp("us"))))
    return rows.sort_by([("shown_at", "ascending"), ("list_id", "ascending"), ("place", "ascending")])


def as_log(served: pa.Table, rewards: npt.ArrayLike, chosen: npt.ArrayLike) -> OffPolicyLog:
    """Return what was served as a log from which the value of other lists can be told.

    Parameters
    ----------
    served : Arrow table
        As `read_served` gives it.
    rewards : float array of shape (rows,)
        What each product earned: 1 for a click, or money.
    chosen : float array of shape (rows,)
        The chance with which the other recommender shows the product at this place.

    Raises
    ------
    DataError
        A chance is missing, or the numbers of rows differ.
    """
    rows = checked(served)
    return OffPolicyLog(rewards, rows["propensity"].to_numpy(), chosen, groups=np.asarray(rows["list_id"].to_pylist()))
