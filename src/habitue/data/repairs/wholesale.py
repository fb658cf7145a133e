"""Lines far above the usual quantity (D109): reported, and set aside only above a quantity that shop.toml names."""

from __future__ import annotations

import math

from habitue.data.finding import Finding
from habitue.data.finding_catalogue import CATALOGUE
from habitue.data.repairs.overview import Overview
from habitue.data.repairs.tally import Tally
from habitue.data.settings import RepairSettings

__all__ = ["large_quantity", "wholesale_finding"]


def large_quantity(overview: Overview, settings: RepairSettings) -> float:
    """Return the pieces above which a line is far above the usual.

    Shop.toml's ``wholesale_quantity``, else a hundred times the median and ten times the 99th percentile of sales. The
    second is drawn from the whole table, which is why it only reports.
    """
    if settings.wholesale_quantity is not None:
        return settings.wholesale_quantity
    return float(math.ceil(max(100 * overview.usual_quantity, 10 * overview.high_quantity)))


def wholesale_finding(large: Tally, overview: Overview, settings: RepairSettings, *, undone: int) -> Finding:
    """Say how many lines are far above the usual, and how to set them aside."""
    return CATALOGUE["D109"].found(
        large.count,
        overview.rows,
        threshold=f"{large_quantity(overview, settings):.12g}",
        median=f"{overview.usual_quantity:.12g}",
        largest=f"{overview.largest_quantity:.12g}",
        undone=undone,
        aside=0 if settings.wholesale_quantity is None else large.count,
        **large.place,
    )
