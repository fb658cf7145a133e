"""A first look at the order lines: which columns are filled, from when to when, how large a usual line is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis

from habitue.engine import Engine
from habitue.schema import table

__all__ = ["Overview", "known_at", "look_over"]


@dataclass(frozen=True, slots=True)
class Overview:
    """What one pass over the order lines tells.

    Parameters
    ----------
    rows : int
    filled : dict of str to int
        Column → cells that are not missing; columns without any are left out.
    sales, negatives : int
        Lines with positive quantity and price, and with negative quantity.
    usual_quantity, high_quantity : float
        Median and 99th percentile of the pieces in a sale.
    largest_quantity : float
        Most pieces in a line, sold or taken back.
    """

    rows: int
    filled: dict[str, int]
    sales: int
    negatives: int
    usual_quantity: float
    high_quantity: float
    largest_quantity: float

    def has(self, column: str) -> bool:
        """Say whether any row has a value in the column."""
        return column in self.filled


def look_over(lines: Any, *, engine: Engine) -> Overview:
    """Look at every row once."""
    sale = (lines.quantity > 0) & (lines.unit_price > 0)
    names = table("order_lines").names
    cells = {name: lines[name].count() for name in names}
    (row,) = engine.to_rows(
        lines.agg(
            _rows=lines.count(),
            _sales=lines.count(where=sale),
            _negatives=lines.count(where=lines.quantity < 0),
            _usual=lines.quantity.quantile([0.5, 0.99], where=sale),
            _largest=lines.quantity.abs().max(),
            **cells,
        )
    )
    usual, high = row["_usual"] or (0.0, 0.0)
    return Overview(
        rows=row["_rows"],
        filled={name: row[name] for name in names if row[name]},
        sales=row["_sales"],
        negatives=row["_negatives"],
        usual_quantity=usual,
        high_quantity=high,
        largest_quantity=row["_largest"] or 0.0,
    )


def known_at(lines: Any) -> Any:
    """Return the moment at which a line could be known: ordered, and arrived where the table says when."""
    return ibis.greatest(lines.ordered_at, lines.ingested_at.coalesce(lines.ordered_at))
