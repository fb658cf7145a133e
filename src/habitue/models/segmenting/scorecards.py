"""The scorecard of a shop: recency, frequency and money in one sum of points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from habitue.models.segmenting.grids import AXES
from habitue.models.segmenting.segmentation import Axis, Scorecard, measured
from habitue.models.segmenting.thresholds import round_thresholds

__all__ = ["scorecard"]

_SHARE = 0.05  # of the customers, on either side of a number
_LEAST_AXES = 2  # points of one feature say nothing that it does not say itself


def scorecard(x: Any, names: Sequence[str]) -> Scorecard | None:
    """Make the scorecard of some customers: one point for each of the roundest numbers that part them.

    The numbers are as far apart as people count (7, 14, 30, 60, 90 days; 2, 3, 5, 10 purchases; 50, 100, 200 in
    money), so that a point more stands for a step about as large, whichever feature it comes from. Nothing is learnt:
    a few customers more or less move at most an outermost number.

    Parameters
    ----------
    x : array of shape (n, features)
    names : sequence of str
        ``recency_days``, ``purchase_days`` and ``spend`` among them, or some of these.

    Returns
    -------
    Scorecard or None
        None where fewer than two of the features part the customers.

    Examples
    --------
    >>> few = [[days, 1.0 + days % 4, 40.0 * (1 + days % 3)] for days in range(1, 100)]
    >>> [(axis.name, axis.op, axis.values) for axis in scorecard(few, AXES).axes][:2]
    [('recency_days', '<', (7.0, 14.0, 30.0, 60.0, 90.0)), ('purchase_days', '>=', (2.0, 3.0))]
    """
    rows, known = measured(x, tuple(names)), tuple(names)
    least = max(int(_SHARE * len(rows)), 1)
    axes = []
    for name in (each for each in AXES if each in known):
        days = name == "recency_days"
        found = round_thresholds(rows[:, known.index(name)], least, days=days, coarse=True)
        if found.size:
            axes.append(Axis(name, "<" if days else ">=", tuple(found.tolist())))
    return Scorecard(tuple(axes)) if len(axes) >= _LEAST_AXES else None
