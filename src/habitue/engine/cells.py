"""Database functions for reading single cells, declared once."""

from __future__ import annotations

from typing import Any

import ibis

__all__ = ["clock_in_zone", "from_microseconds", "instant_in_zone", "is_finite", "trimmed", "zone_names"]

_PLAIN_BLANKS = " \t\n\r\v\f"
_BLANKS = f"{_PLAIN_BLANKS}\u00a0\u2007\u202f\u3000\ufeff"


@ibis.udf.scalar.builtin(name="trim", signature=(("string", "string"), "string"))
def _trim(text, signs):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Declare DuckDB's own function."""


@ibis.udf.scalar.builtin(name="strlen", signature=(("string",), "int64"))
def _bytes(text):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Declare DuckDB's own function."""


@ibis.udf.scalar.builtin(name="isfinite", signature=(("float64",), "boolean"))
def _is_finite(number):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Declare DuckDB's own function."""


@ibis.udf.scalar.builtin(name="make_timestamp", signature=(("int64",), "timestamp(6)"))
def _make_timestamp(microseconds):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Declare DuckDB's own function."""


@ibis.udf.scalar.builtin(name="timezone", signature=(("string", "timestamp(6)"), "timestamp('UTC', 6)"))
def _instant_of(zone, clock):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Declare DuckDB's own function."""


@ibis.udf.scalar.builtin(name="timezone", signature=(("string", "timestamp('UTC', 6)"), "timestamp(6)"))
def _clock_of(zone, instant):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Declare DuckDB's own function."""


def trimmed(text: Any) -> Any:
    """Take blanks of every kind off both ends."""
    # Nearly all cells are plain text without blanks at their ends: to see that costs a seventh of trimming them.
    ends = ibis.or_(text < "!", *(text.endswith(each) for each in _PLAIN_BLANKS), text.length() != _bytes(text))
    return ends.ifelse(_trim(text, ibis.literal(_BLANKS)), text)


def is_finite(number: Any) -> Any:
    """Say whether a number is neither NaN nor infinite."""
    return _is_finite(number)


def from_microseconds(number: Any) -> Any:
    """Return the time so many microseconds after the beginning of 1970."""
    return _make_timestamp(number)


def clock_in_zone(clock: Any, zone: str, other: str) -> Any:
    """Return what the clocks of another zone show when those of ``zone`` show ``clock``."""
    return instant_in_zone(_instant_of(ibis.literal(zone), clock), other)


def instant_in_zone(instant: Any, zone: str) -> Any:
    """Return what the clocks of a zone show at an instant."""
    return _clock_of(ibis.literal(zone), instant)


def zone_names(engine: Any) -> set[str]:
    """Return the names of all time zones the database knows."""
    rows = engine.to_rows(engine.query("SELECT name FROM pg_timezone_names()"))
    return {row["name"] for row in rows}
