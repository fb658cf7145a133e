"""Lines that are there more than once, equal in every column (D101)."""

from __future__ import annotations

from typing import Any

import ibis

from habitue.engine import Engine

__all__ = ["repeated_lines"]


def repeated_lines(lines: Any, columns: list[str], *, engine: Engine) -> Any:
    """Return the place of every line that repeats an earlier one.

    Equal lines happened and arrived at the same time, so an earlier look at the shop sees either all of them or none:
    keeping the first never changes what was known.

    Parameters
    ----------
    lines : ibis table
    columns : list of str
        The columns that must be equal; missing equals missing.
    engine : Engine

    Returns
    -------
    ibis table
        ``source``, ``source_row``.
    """
    # Millions of wide rows are first told apart by one number each; the few that look alike are compared in full.
    look = ibis.struct({name: lines[name] for name in columns}).hash()
    numbered = lines.select(*columns, "source", "source_row", look=look)
    alike = numbered.group_by("look").agg(rows=numbered.count())
    alike = engine.keep(alike.filter(alike.rows > 1).select("look"))
    candidates = numbered.semi_join(alike, "look")
    order = ibis.row_number().over(group_by=columns, order_by=["source_row", "source"])
    placed = candidates.select("source", "source_row", order=order)
    return engine.keep(placed.filter(placed.order > 0).select("source", "source_row"))
