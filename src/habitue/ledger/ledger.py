"""The shop's published tables: every run becomes visible all at once, or not at all.

What lies in the folder::

    manifest.json        the runs that count, and for each table the run to read
    runs/<run id>/       one folder a run: a Parquet file per table and run.json
    staging/             a run that is not finished; left behind when it is killed, swept by the next one
    entries.jsonl        what was served and done, and what came of it
    run.lock             who is writing
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from habitue.errors import LedgerError, did_you_mean
from habitue.ledger.entries import Entries, Entry, append_entry, read_entries
from habitue.ledger.files import flush_folder, read_json, single_writer, unwritable, write_whole
from habitue.ledger.published import LedgerTable
from habitue.ledger.record import RunRecord
from habitue.ledger.run import LedgerRun

__all__ = ["Ledger"]

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class _Visible:
    """What the manifest says about one run."""

    id: str
    as_of: datetime
    tables: tuple[str, ...]


class Ledger:
    """Read and write a shop's published tables.

    Parameters
    ----------
    folder : path
        The shop's ``.habitue`` folder; made by the first run.

    Examples
    --------
    >>> import tempfile, pyarrow as pa
    >>> from habitue.schema import Words
    >>> ledger = Ledger(tempfile.mkdtemp())
    >>> with ledger.run(as_of=datetime(2024, 1, 1), data_fingerprint="f1") as run:
    ...     run.publish("sizes", pa.table({"n": [1, 2]}), area="demo", version="1", meaning=Words("sizes", "规模"))
    >>> ledger.latest("sizes").to_arrow()["n"].to_pylist()
    [1, 2]
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)

    @contextmanager
    def run(self, *, as_of: datetime, data_fingerprint: str, note: str = "") -> Iterator[LedgerRun]:
        """Publish tables together: they are all visible when the block ends well, and none of them when it does not.

        Parameters
        ----------
        as_of : datetime
            The instant the tables look from, on the shop's own clock (without zone).
        data_fingerprint : str
            Names the data they were computed from.
        note : str
            Anything worth keeping beside them.

        Raises
        ------
        LedgerError
            When another run is at work, or the folder takes no files.
        """
        if as_of.tzinfo is not None:
            raise LedgerError(f"as_of {as_of} carries a time zone", expected="the shop's own clock, without zone")
        with single_writer(self.folder / "run.lock"):
            run = self._begin(as_of, data_fingerprint, note)
            try:
                yield run
                if run.published:
                    self._make_visible(run)
            finally:
                shutil.rmtree(run.staging, ignore_errors=True)

    def latest(self, name: str, as_of: datetime | None = None, *, verify: bool = False) -> LedgerTable:
        """Return the newest version of a table.

        Parameters
        ----------
        name : str
            Such as ``"rfm"``.
        as_of : datetime, optional
            Take the table that looks from this instant or the nearest one before it; the last published of several.
            Without it: the table that was published last.
        verify : bool
            Check the file against its hash.

        Raises
        ------
        LedgerError
            When there is no such table.
        """
        holding = [run for run in self._visible() if name in run.tables]
        if not holding:
            raise self._unknown(name)
        if as_of is not None:
            holding = sorted((run for run in holding if run.as_of <= as_of), key=lambda run: run.as_of)
            if not holding:
                raise LedgerError(
                    f"No run as of {as_of} or earlier published the table {name}",
                    hint=f"habitue run --as-of {as_of:%Y-%m-%d}",
                    code="L001",
                )
        table = self._table(holding[-1].id, name)
        if verify:
            table.verify()
        return table

    def tables(self) -> dict[str, LedgerTable]:
        """Return every table that can be read, by name, in its last published version."""
        shown = {name: run.id for run in self._visible() for name in run.tables}
        return {name: self._table(run_id, name) for name, run_id in sorted(shown.items())}

    def runs(self) -> tuple[RunRecord, ...]:
        """Return what is known of every finished run, in the order they were published."""
        return tuple(self._record(run.id) for run in self._visible())

    def prune(self, keep: int = 10) -> tuple[str, ...]:
        """Delete all but the last runs; a table's last published version always stays.

        Parameters
        ----------
        keep : int
            How many of the last runs to keep.

        Returns
        -------
        tuple of str
            The ids of the runs that were deleted.
        """
        with single_writer(self.folder / "run.lock"):
            visible = self._visible()
            kept = {name: run.id for run in visible for name in run.tables}.values()
            kept_ids = {*kept, *(run.id for run in visible[max(len(visible) - keep, 0) :])}
            self._write_manifest([run for run in visible if run.id in kept_ids])
            gone = sorted(path for path in self._run_folders() if path.name not in kept_ids)
            for path in gone:
                shutil.rmtree(path)
            return tuple(path.name for path in gone)

    def record(self, kind: str, data: Mapping[str, Any]) -> Entry:
        """Write down that something was served or done, or what came of it; return once it is on disk.

        Parameters
        ----------
        kind : str
            Such as ``"served"``, ``"done"`` or ``"outcome"``.
        data : mapping
            Text, finite numbers, dates and lists.
        """
        return append_entry(self.folder / "entries.jsonl", kind, data)

    def records(self, kind: str | None = None) -> Entries:
        """Return the entries of a kind, or all, in the order they were written."""
        return read_entries(self.folder / "entries.jsonl", kind)

    def _begin(self, as_of: datetime, data_fingerprint: str, note: str) -> LedgerRun:
        staging = self.folder / "staging"
        try:
            # The lock is held: whatever still lies here belongs to a process that has ended.
            shutil.rmtree(staging, ignore_errors=True)
            numbers = [int(path.name.split("-")[0]) for path in self._run_folders()]
            run_id = f"{max(numbers, default=0) + 1:06d}-{as_of:%Y%m%d}"
            (staging / run_id).mkdir(parents=True)
        except OSError as error:
            raise unwritable(self.folder, error) from error
        record = RunRecord(
            run_id, as_of, datetime.now(UTC), datetime.now(UTC), version("habitue"), data_fingerprint, note
        )
        return LedgerRun(record, staging / run_id, self)

    def _make_visible(self, run: LedgerRun) -> None:
        try:
            record = run.finish()
            runs = self.folder / "runs"
            runs.mkdir(exist_ok=True)
            run.staging.rename(runs / record.id)
            flush_folder(runs)
            self._write_manifest([*self._visible(), _Visible(record.id, record.as_of, tuple(record.tables))])
        except OSError as error:
            raise unwritable(self.folder, error) from error

    def _write_manifest(self, visible: list[_Visible]) -> None:
        content = {
            "format": _FORMAT,
            "runs": [{"id": run.id, "as_of": run.as_of.isoformat(), "tables": list(run.tables)} for run in visible],
            "tables": {name: run.id for run in visible for name in run.tables},
        }
        write_whole(self.folder / "manifest.json", content)

    def _visible(self) -> list[_Visible]:
        path = self.folder / "manifest.json"
        if not path.exists():
            return []
        content = read_json(path)
        if content.get("format") != _FORMAT:
            raise LedgerError(
                f"{path} was written by another version of Habitue",
                expected=f"format {_FORMAT}, found {content.get('format')}",
                hint="pip install --upgrade habitue",
                path=path,
            )
        return [
            _Visible(run["id"], datetime.fromisoformat(run["as_of"]), tuple(run["tables"])) for run in content["runs"]
        ]

    def _run_folders(self) -> list[Path]:
        runs = self.folder / "runs"
        return [path for path in runs.iterdir() if path.name[:6].isdigit()] if runs.is_dir() else []

    def _record(self, run_id: str) -> RunRecord:
        return RunRecord.from_dict(read_json(self.folder / "runs" / run_id / "run.json"))

    def _table(self, run_id: str, name: str) -> LedgerTable:
        run = self._record(run_id)
        path = self.folder / "runs" / run_id / f"{name}.parquet"
        return LedgerTable(name, run.as_of, run_id, run.tables[name], path)

    def _unknown(self, name: str) -> LedgerError:
        known = sorted({table for run in self._visible() for table in run.tables})
        if not known:
            return LedgerError(f"Nothing has been published in {self.folder} yet", hint="habitue run", code="L001")
        return LedgerError(
            f"No run has published a table {name!r}.{did_you_mean(name, known)}",
            expected=", ".join(known),
            hint="habitue run",
            code="L001",
        )
