"""What happened to saved segments, in order: an append-only log, replayed into what they are now."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from habitue.errors import LedgerError
from habitue.ledger.entries import append_entry
from habitue.ledger.files import single_writer

__all__ = ["Attempt", "Journal", "Saved", "Version"]

_PATIENCE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Version:
    """One definition of a segment; ``uses`` are the segments it refers to: name then, id, version then."""

    number: int
    tree: Mapping[str, Any]
    uses: Mapping[str, tuple[str, int]]
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class Attempt:
    """One computation of a version at a moment: done, failed, or begun and not heard of since."""

    version: int
    as_of: datetime
    outcome: str  # started, computed, failed
    at: datetime
    fingerprint: str = ""
    size: int = 0
    universe: int = 0
    folder: str = ""
    uses: Mapping[str, tuple[int, str]] = field(default_factory=dict)  # id → version, when it was computed
    reason: str = ""
    process: tuple[str, int] = ("", 0)
    cleared: bool = False  # the list of members is not kept any more

    @property
    def interrupted(self) -> bool:
        """Whether the process that began it has ended without a word."""
        if self.outcome != "started" or self.process[0] != socket.gethostname():
            return False
        try:
            os.kill(self.process[1], 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        return False


@dataclass(slots=True)
class Saved:
    """A segment as the journal tells it."""

    id: str
    name: str
    slug: str
    versions: list[Version] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    deleted_at: datetime | None = None

    @property
    def current(self) -> Version:
        """The definition that counts."""
        return self.versions[-1]

    def computed(
        self, version: int, as_of: datetime | None = None, *, exactly: bool = False, listed: bool = False
    ) -> Attempt | None:
        """Return the last computation of a version, at a moment or the nearest before it.

        With ``listed``, of those whose members are still kept.
        """
        done = [each for each in self.attempts if each.outcome == "computed" and each.version == version]
        done = [each for each in done if not (listed and each.cleared)]
        if as_of is not None:
            done = [each for each in done if (each.as_of == as_of if exactly else each.as_of <= as_of)]
        return max(done, key=lambda each: (each.as_of, each.at), default=None)


class Journal:
    """Read and write the log; only what was added since is read again.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.by_id: dict[str, Saved] = {}
        self.by_name: dict[str, Saved] = {}
        self._read_to = 0

    def refresh(self) -> None:
        """Take in what was written since, by whichever process; a line that a crash cut short never happened."""
        if not self.path.exists() or self.path.stat().st_size == self._read_to:
            return
        with self.path.open("rb") as file:
            file.seek(self._read_to)
            content = file.read()
        whole = content.rfind(b"\n") + 1
        self._read_to += whole
        for line in content[:whole].splitlines():
            try:
                entry = json.loads(line)
                kind, at, data = entry["kind"], datetime.fromisoformat(entry["at"]), entry["data"]
            except (ValueError, KeyError, TypeError):
                continue
            self._apply(kind, at, data)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Be the only one who changes segments for the block, with all that others changed before in view."""
        lock = self.path.with_name("segments.lock")
        until = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                with single_writer(lock):
                    self.refresh()
                    yield
                    return
            except LedgerError as error:
                if error.code != "L002" or time.monotonic() > until:
                    raise
            time.sleep(0.05)

    def write(self, kind: str, data: Mapping[str, Any]) -> None:
        """Write down what happened and take it in."""
        append_entry(self.path, kind, data)
        self.refresh()

    def next_number(self) -> int:
        """Return the number of the next segment; numbers of deleted ones are never given again."""
        return len(self.by_id) + 1

    def _apply(self, kind: str, at: datetime, data: Any) -> None:
        if kind == "saved":
            for each in data["segments"]:
                self._save(each, at)
            return
        saved = self.by_id[data["id"]]
        if kind == "renamed":
            del self.by_name[saved.name]
            saved.name = data["name"]
            self.by_name[saved.name] = saved
        elif kind == "deleted":
            saved.deleted_at = at
            self.by_name.pop(saved.name, None)
        elif kind == "cleared":
            gone = set(data["folders"])
            saved.attempts = [replace(each, cleared=each.folder in gone or each.cleared) for each in saved.attempts]
        else:
            saved.attempts.append(_attempt(kind, at, data))

    def _save(self, data: Mapping[str, Any], at: datetime) -> None:
        saved = self.by_id.get(data["id"])
        if saved is None:
            saved = Saved(data["id"], data["name"], data["slug"])
            self.by_id[saved.id] = self.by_name[saved.name] = saved
        uses = {name: (use[0], use[1]) for name, use in data["uses"].items()}
        saved.versions.append(Version(data["version"], data["tree"], uses, at))


def _attempt(kind: str, at: datetime, data: Mapping[str, Any]) -> Attempt:
    return Attempt(
        version=data["version"],
        as_of=datetime.fromisoformat(data["as_of"]),
        outcome=kind,
        at=at,
        fingerprint=data.get("fingerprint", ""),
        size=data.get("size", 0),
        universe=data.get("universe", 0),
        folder=data.get("folder", ""),
        uses={key: (use[0], use[1]) for key, use in data.get("uses", {}).items()},
        reason=data.get("reason", ""),
        process=tuple(data.get("process", ("", 0))),
    )
