"""What is written down about every run and every table it published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from habitue.schema import Words

__all__ = ["RunRecord", "TableRecord"]


@dataclass(frozen=True, slots=True)
class TableRecord:
    """One published table: what it is, who made it, and how to recognise its bytes."""

    name: str
    rows: int
    sha256: str
    schema: Mapping[str, str]
    area: str
    version: str
    meaning: Words

    def as_dict(self) -> dict[str, Any]:
        """Return the record as plain data."""
        return {
            "rows": self.rows,
            "sha256": self.sha256,
            "schema": dict(self.schema),
            "area": self.area,
            "version": self.version,
            "meaning": {"en": self.meaning.en, "zh": self.meaning.zh},
        }

    @classmethod
    def from_dict(cls, name: str, data: Mapping[str, Any]) -> TableRecord:
        """Read back what `as_dict` wrote."""
        return cls(name=name, **{**data, "meaning": Words(**data["meaning"])})


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run: the instant it looked from, the data it read, and the tables it published.

    ``started`` and ``finished`` are in UTC; ``as_of`` is on the shop's own clock. ``skipped`` says why areas published
    nothing.
    """

    id: str
    as_of: datetime
    started: datetime
    finished: datetime
    habitue_version: str
    data_fingerprint: str
    note: str = ""
    tables: Mapping[str, TableRecord] = field(default_factory=dict)
    skipped: Mapping[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the record as plain data."""
        return {
            "id": self.id,
            "as_of": self.as_of.isoformat(),
            "started": self.started.isoformat(),
            "finished": self.finished.isoformat(),
            "habitue_version": self.habitue_version,
            "data_fingerprint": self.data_fingerprint,
            "note": self.note,
            "tables": {name: table.as_dict() for name, table in self.tables.items()},
            "skipped": dict(self.skipped),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> RunRecord:
        """Read back what `as_dict` wrote."""
        times = {key: datetime.fromisoformat(data[key]) for key in ("as_of", "started", "finished")}
        tables = {name: TableRecord.from_dict(name, table) for name, table in data["tables"].items()}
        return cls(**{**data, **times, "tables": tables})
