"""Every error Habitue raises on purpose, drawn as one tree.

HabitueError
├── DataError          the merchant's tables cannot be read or do not hold what is needed
│   └── MappingError   a column named in shop.toml is not there (any more)
├── ConfigError        shop.toml, an option or an environment variable is wrong
├── NotFitted          something was asked of a model that has not been fitted
├── NotEnoughData      the question is fine, the shop is too small or too young for it
├── EngineError        the database under us failed
├── LedgerError        published tables cannot be read or written
└── MissingExtra       an optional part is not installed

Each message has four parts: what happened, where (table, column, count, first bad value), what was expected, and
what to do now. The parts are fields as well, so that ``--json`` and HTTP show the same error.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any, ClassVar

__all__ = [
    "ConfigError",
    "DataError",
    "EngineError",
    "HabitueError",
    "LedgerError",
    "MappingError",
    "MissingExtra",
    "NotEnoughData",
    "NotFitted",
    "did_you_mean",
]


class HabitueError(Exception):
    """What went wrong, where, what was expected and what to do now.

    Parameters
    ----------
    what : str
        One sentence: what happened, with the offending name or value in it.
    hint : str, optional
        What to do now, best as a command.
    code : str, optional
        A stable code such as ``"D012"``; each class has a default.
    **where : Any
        Any of table, column, count, first, expected, path: shown in the message and by ``--json``.

    Examples
    --------
    >>> error = DataError("41 dates could not be read", hint="habitue check", table="orders", column="ordered_at")
    >>> print(error)
    D000 orders.ordered_at: 41 dates could not be read
      Do: habitue check
    """

    default_code: ClassVar[str] = "E000"
    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, hint: str | None = None, code: str | None = None, **where: Any) -> None:
        self.what = what
        self.hint = hint
        self.code = code or self.default_code
        self.where = {key: value for key, value in where.items() if value is not None}
        super().__init__(what)

    def __str__(self) -> str:
        """Lay the four parts out, one line each where they are present."""
        place = ".".join(str(self.where[key]) for key in ("table", "column") if key in self.where)
        head = f"{self.code} {place}: {self.what}" if place else f"{self.code} {self.what}"
        lines = [head]
        if "expected" in self.where:
            lines.append(f"  Expected: {self.where['expected']}")
        if self.hint:
            lines.append(f"  Do: {self.hint}")
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        """Return the parts of the error as plain data, for ``--json`` and HTTP."""
        return {
            "error": type(self).__name__,
            "code": self.code,
            "what": self.what,
            "hint": self.hint,
            **{key: value if isinstance(value, (int, float)) else str(value) for key, value in self.where.items()},
        }


class DataError(HabitueError):
    """The merchant's tables cannot be read or do not hold what is needed."""

    default_code = "D000"
    exit_code = 3


class MappingError(DataError):
    """A column named in shop.toml is not in the file, or a needed column is mapped to nothing."""

    default_code = "D001"


class ConfigError(HabitueError):
    """shop.toml, an option or an environment variable is wrong."""

    default_code = "C000"
    exit_code = 2


class NotFitted(HabitueError):
    """Something was asked of a model that has not been fitted."""

    default_code = "M000"


class NotEnoughData(HabitueError):
    """The question is fine, but the shop is too small or too young for it."""

    default_code = "N000"
    exit_code = 4


class EngineError(HabitueError):
    """The database under us failed."""

    default_code = "X000"
    exit_code = 5


class LedgerError(HabitueError):
    """Published tables cannot be read or written."""

    default_code = "L000"
    exit_code = 6


class MissingExtra(HabitueError):
    """An optional part is not installed.

    Examples
    --------
    >>> print(MissingExtra("PostgreSQL sources", "postgres"))
    I000 PostgreSQL sources need an optional part that is not installed
      Do: pip install 'habitue[postgres]'
    """

    default_code = "I000"
    exit_code = 7

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(
            f"{feature} need an optional part that is not installed",
            hint=f"pip install 'habitue[{extra}]'",
            extra=extra,
        )


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `` Did you mean 'x'?`` for the nearest known name, or an empty string.

    Examples
    --------
    >>> did_you_mean("quantiy", ["quantity", "unit_price"])
    " Did you mean 'quantity'?"
    """
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f" Did you mean '{near[0]}'?" if near else ""
