"""Round numbers at which customers may be told apart: 30 days, 3 orders, 250 in money; never 217.34."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["DAYS", "FEW_DAYS", "round_thresholds"]

Floats = npt.NDArray[np.float64]

#: Days that people think in: weeks, then months, then quarters.
DAYS = (3, 7, 14, 21, 30, 45, 60, 75, 90, 105, 120, 150, 180, 210, 240, 270, 300, 330, 365, 455, 545, 730, 1095, 1460)
#: The few that people name first.
FEW_DAYS = (7, 14, 30, 60, 90, 180, 365, 730, 1095)
_STEPS = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)
_FEW_STEPS = (1.0, 2.0, 5.0)
_SMALL = 20


def round_thresholds(values: Floats, least: int, *, days: bool = False, coarse: bool = False) -> Floats:
    """Return the round numbers that leave at least so many customers on either side.

    Parameters
    ----------
    values : array of shape (n,)
    least : int
    days : bool
        The values are days: weeks, months and quarters are round.
    coarse : bool
        Only the roundest: 30, 60, 90, 180 days; 2, 3, 5, 10, 20 orders; 10, 20, 50, 100 in money. They lie so far
        apart that a few customers more or less seldom make another one the best.

    Examples
    --------
    >>> round_thresholds(np.arange(1.0, 9.0), 2).tolist()
    [3.0, 4.0, 5.0, 6.0, 7.0]
    """
    if values.size < 2 * least or not np.isfinite(values).all():
        return np.empty(0)
    ordered = np.sort(values)
    low, high = ordered[least - 1], ordered[-least]
    whole = bool((values % 1 == 0).all())
    grid = np.array(FEW_DAYS if coarse else DAYS, float) if days else _series(float(high), whole=whole, coarse=coarse)
    grid = grid[(grid > low) & (grid <= high)]
    # Numbers between which nobody lies say the same of those seen: the middle one stays.
    _, first, times = np.unique(np.searchsorted(ordered, grid, side="left"), return_index=True, return_counts=True)
    return np.asarray(grid[first + (times - 1) // 2], dtype=np.float64)


def _series(high: float, *, whole: bool, coarse: bool) -> Floats:
    if high <= 0:
        return np.empty(0)
    decades = 10.0 ** np.arange(-2, int(np.ceil(np.log10(max(high, 1.0)))) + 1)
    grid = (decades[:, None] * np.array(_FEW_STEPS if coarse else _STEPS)).ravel()
    if whole and coarse:
        grid = np.union1d(grid[grid % 1 == 0], 3.0)  # to most shops three orders are many
    elif whole:
        grid = np.union1d(np.arange(1, _SMALL + 1), grid[(grid > _SMALL) & (grid % 1 == 0)])
    return np.unique(np.round(grid, 6))
