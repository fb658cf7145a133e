"""Counting many conditions over the order lines in one pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from habitue.engine import Engine

__all__ = ["Tally", "tally"]


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rows meet a condition, and where the first one is."""

    count: int = 0
    source: str = ""
    row: int | None = None

    @property
    def place(self) -> dict[str, Any]:
        """The first row, as `Finding` names it."""
        return {"first_row": self.row, "source": self.source}


def tally(rows: Any, conditions: Mapping[str, Any], *, engine: Engine) -> dict[str, Tally]:
    """Count the rows that meet each condition.

    Parameters
    ----------
    rows : ibis table
        With ``source`` and ``source_row``.
    conditions : mapping of str to ibis boolean
        Missing counts as no.
    engine : Engine
    """
    tallies = dict.fromkeys(conditions, Tally())
    if not conditions:
        return tallies
    measures = {}
    for name, condition in conditions.items():
        met = condition.fill_null(False)
        measures[f"{name}_count"] = rows.count(where=met)
        measures[f"{name}_row"] = rows.source_row.min(where=met)
    for each in engine.to_rows(rows.group_by("source").agg(**measures).order_by("source")):
        for name, known in tallies.items():
            count = each[f"{name}_count"]
            if count and not known.count:
                tallies[name] = Tally(count, each["source"], each[f"{name}_row"])
            elif count:
                tallies[name] = Tally(known.count + count, known.source, known.row)
    return tallies
