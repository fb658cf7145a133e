"""Published tables as plain rows, and as the dataclasses of the report."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, TypeVar

import pandas as pd

__all__ = ["dicts", "rows"]

Row = TypeVar("Row")


def dicts(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as plain values: missing cells are None, times are datetimes."""
    plain = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{str(key): _plain(cell) for key, cell in row.items()} for row in plain]


def rows(frame: pd.DataFrame, kind: type[Row]) -> tuple[Row, ...]:
    """Return rows as dataclasses; columns that the class does not have are left out."""
    names = [each.name for each in fields(kind) if each.name in frame.columns]  # type: ignore[arg-type]
    return tuple(kind(**row) for row in dicts(frame[names])) if len(frame) else ()


def _plain(cell: Any) -> Any:
    return cell.to_pydatetime() if isinstance(cell, pd.Timestamp) else cell
