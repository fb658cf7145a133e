"""Database functions that Ibis has no name for, declared once."""

from __future__ import annotations

from typing import Any

import ibis

__all__ = ["parse_time", "text_matches"]


@ibis.udf.scalar.builtin(name="try_strptime", signature=(("string", "string"), "timestamp(6)"))
def _try_strptime(text, pattern):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Declare DuckDB's own function: NULL where the text does not fit the pattern."""


@ibis.udf.scalar.builtin(name="regexp_full_match", signature=(("string", "string"), "boolean"))
def _full_match(text, pattern):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Declare DuckDB's own function."""


def parse_time(text: Any, pattern: str) -> Any:
    """Read a text column by a strptime pattern; NULL where it does not fit.

    Parameters
    ----------
    text : ibis string column
    pattern : str
        For example ``"%d/%m/%Y %H:%M"``.
    """
    return _try_strptime(text, ibis.literal(pattern))


def text_matches(text: Any, pattern: str) -> Any:
    """Say whether the whole text matches a regular expression (RE2)."""
    return _full_match(text, ibis.literal(pattern))
