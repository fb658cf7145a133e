"""Named RFM: how recently, how often and for how much each customer bought, in five steps each, and a name for all.

The eleven segments are a table of ranges over the recency score and the mean of the other two: every one of the
125 combinations has exactly one name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from habitue.signals.segment.visits import visits

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["CELLS", "Cell", "name_segments", "quintiles", "score"]

_DIGITS = 10  # sums over the same lines may differ beyond this many digits, and that must not break a tie


@dataclass(frozen=True, slots=True)
class Cell:
    """One named segment: r from ``r[0]`` to ``r[1]``, mean of f and m from ``fm[0]`` to below ``fm[1]``."""

    segment: str
    r: tuple[int, int]
    fm: tuple[float, float]


_HIGH, _MIDDLE, _LOW = (4.0, 5.5), (2.5, 4.0), (1.0, 2.5)

CELLS: tuple[Cell, ...] = (
    Cell("champions", (5, 5), _HIGH),
    Cell("loyal", (3, 4), _HIGH),
    Cell("cannot_lose_them", (1, 2), _HIGH),
    Cell("potential_loyalists", (4, 5), _MIDDLE),
    Cell("need_attention", (3, 3), _MIDDLE),
    Cell("at_risk", (1, 2), _MIDDLE),
    Cell("new_customers", (5, 5), _LOW),
    Cell("promising", (4, 4), _LOW),
    Cell("about_to_sleep", (3, 3), _LOW),
    Cell("hibernating", (2, 2), _LOW),
    Cell("lost", (1, 1), _LOW),
)


def score(shop: Shop, as_of: datetime) -> pa.Table:
    """Give every customer three scores and one named segment.

    Parameters
    ----------
    shop : Shop
    as_of : datetime
        Nothing that happened then or later is used.

    Returns
    -------
    Arrow table
        customer_id, as_of, recency_days, frequency (days with a purchase), monetary (spend), r, f, m (1 to 5, 5 best)
        and segment; one row per customer, by customer_id. Who bought on one day only always has f = 1.
    """
    bought = visits(shop, as_of)
    seen = bought.seen(as_of)
    recency, frequency, monetary = seen.recency_days(as_of), seen.purchase_days, seen.spend
    r, f, m = quintiles(-recency), _often(frequency), quintiles(monetary)
    return pa.table(
        {
            "customer_id": bought.customers(seen),
            "as_of": pa.repeat(pa.scalar(as_of, pa.timestamp("us")), r.size),
            "recency_days": pa.array(recency, pa.float64()),
            "frequency": pa.array(frequency, pa.int64()),
            "monetary": pa.array(monetary, pa.float64()),
            "r": r,
            "f": f,
            "m": m,
            "segment": pa.array(name_segments(r, f, m), pa.string()),
        }
    )


def quintiles(values: Any) -> Any:
    """Score values from 1 (lowest fifth) to 5 (highest fifth) by rank; equal values always get equal scores.

    Values that are equal share the middle of the ranks they take up, so that nobody's score depends on the order of
    the rows: a single customer, or customers who are all alike, are in the middle.

    Examples
    --------
    >>> quintiles([10, 20, 30, 40, 50]).tolist()
    [1, 2, 3, 4, 5]
    >>> quintiles([1, 1, 1, 1, 9]).tolist()
    [3, 3, 3, 3, 5]
    """
    _, place, counts = np.unique(_rounded(values), return_inverse=True, return_counts=True)
    # Twice the middle rank is a whole number: no rounding decides at a border.
    twice_middle = 2 * np.cumsum(counts) - counts
    steps = np.minimum(twice_middle * 5 // (2 * max(place.size, 1)) + 1, 5)
    return steps[place].astype(np.int8)


def name_segments(r: Any, f: Any, m: Any) -> Any:
    """Name the segment of every combination of scores.

    Examples
    --------
    >>> name_segments([5, 1, 3], [5, 4, 2], [4, 4, 2]).tolist()
    ['champions', 'cannot_lose_them', 'about_to_sleep']
    """
    recency, both = np.asarray(r), (np.asarray(f, dtype=float) + np.asarray(m, dtype=float)) / 2
    tests = [
        (cell.r[0] <= recency) & (recency <= cell.r[1]) & (cell.fm[0] <= both) & (both < cell.fm[1]) for cell in CELLS
    ]
    return np.array([cell.segment for cell in CELLS], dtype=object)[np.argmax(tests, axis=0)]


def _often(frequency: Any) -> Any:
    """Score the frequency; where most buy once, their shared middle rank would make one purchase look frequent."""
    return np.where(frequency <= 1, 1, quintiles(frequency)).astype(np.int8)


def _rounded(values: Any) -> Any:
    """Keep ten significant digits."""
    numbers = np.asarray(values, dtype=float)
    with np.errstate(divide="ignore"):
        size = np.where(numbers == 0, 0, np.floor(np.log10(np.abs(numbers))))
    unit = 10.0 ** (size - _DIGITS + 1)
    return np.round(numbers / unit) * unit
