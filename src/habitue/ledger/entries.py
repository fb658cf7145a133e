"""The log of what was served and done and what came of it: JSON lines, on disk before they are acknowledged."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from habitue.errors import LedgerError
from habitue.ledger.files import flush_folder, unwritable

__all__ = ["Entries", "Entry", "append_entry", "read_entries"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log; ``at`` is when it was written, in UTC."""

    kind: str
    at: datetime
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Entries:
    """Entries in the order they were written.

    ``torn_lines`` are the numbers of lines cut short by a crash; nothing in them was ever acknowledged.
    """

    entries: tuple[Entry, ...]
    torn_lines: tuple[int, ...] = ()

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)


def append_entry(path: Path, kind: str, data: Mapping[str, Any]) -> Entry:
    """Write one entry and return it once it is on disk."""
    entry = Entry(kind, datetime.now(UTC), dict(data))
    line = _line(entry)
    try:
        is_new = not path.exists()
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            _write_all(descriptor, line if _ends_clean(descriptor) else b"\n" + line)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if is_new:
            flush_folder(path.parent)
    except OSError as error:
        raise unwritable(path, error) from error
    return entry


def read_entries(path: Path, kind: str | None = None) -> Entries:
    """Read the log, all of it or one kind."""
    if not path.is_file():
        return Entries(())
    entries: list[Entry] = []
    torn: list[int] = []
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            entry = _parsed(line)
            if entry is None:
                torn.append(number)
            elif kind is None or entry.kind == kind:
                entries.append(entry)
    return Entries(tuple(entries), tuple(torn))


def _line(entry: Entry) -> bytes:
    try:
        content = {"kind": entry.kind, "at": entry.at, "data": entry.data}
        return json.dumps(content, ensure_ascii=False, allow_nan=False, default=_plain).encode() + b"\n"
    except (TypeError, ValueError) as error:
        raise LedgerError(
            f"This {entry.kind} entry cannot be written down: {error}", expected="text, finite numbers, dates, lists"
        ) from error


def _plain(value: object) -> str:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is no plain value")


def _parsed(line: bytes) -> Entry | None:
    try:
        content = json.loads(line)
        return Entry(content["kind"], datetime.fromisoformat(content["at"]), content["data"])
    except (ValueError, KeyError, TypeError):
        return None


def _ends_clean(descriptor: int) -> bool:
    size = os.fstat(descriptor).st_size
    return size == 0 or os.pread(descriptor, 1, size - 1) == b"\n"


def _write_all(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content) :]
