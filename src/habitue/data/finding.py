"""What `habitue check` says, as data: one finding is one fact about the tables, with what was done and what to do."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from habitue.schema import Words

__all__ = ["Finding", "Section", "Severity"]


class Section(StrEnum):
    """Where a finding is printed. Nothing is left unsaid: what did not apply or could not be looked at is listed."""

    ISSUE = "issue"
    NOTE = "note"
    PASSED = "passed"
    NOT_APPLICABLE = "not applicable"
    SKIPPED = "skipped"


class Severity(StrEnum):
    """How much an issue matters."""

    ERROR = "error"  # rows or columns are lost until somebody acts
    WARNING = "warning"  # figures may be misread
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact about the merchant's tables.

    Parameters
    ----------
    code : str
        Stable, such as ``"D101"``; see ``docs/findings.md``.
    name : str
        The code's word, such as ``"duplicates"``: the last part of the bench row.
    section, severity
        See `Section` and `Severity`.
    table, column : str
        Where; ``column`` may be empty.
    count, out_of : int
        Rows concerned, and rows looked at.
    what, done, do : Words
        What was seen; what Habitue did about it; what the merchant can do.
    first_row : int, optional
        Place of the first row concerned in its source (from 1, headers not counted).
    first_value : str, optional
        The first bad value, cut to 80 characters.
    source : str
        File or table the row came from.
    """

    code: str
    name: str
    section: Section
    severity: Severity
    table: str
    what: Words
    column: str = ""
    count: int = 0
    out_of: int = 0
    first_row: int | None = None
    first_value: str | None = None
    source: str = ""
    done: Words = field(default_factory=lambda: Words("", ""))
    do: Words = field(default_factory=lambda: Words("", ""))

    def as_dict(self) -> dict[str, Any]:
        """Return the finding as plain data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Finding:
        """Read back what `as_dict` wrote."""
        plain = dict(data)
        for name in ("what", "done", "do"):
            plain[name] = Words(**plain[name])
        plain["section"] = Section(plain["section"])
        plain["severity"] = Severity(plain["severity"])
        return cls(**plain)
