"""Set the total of expected amounts right on rows that a model has not seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from habitue.models.tabular.examples import Examples, Floats

__all__ = ["total_shift"]

_FURTHEST = np.log(3.0)
_PRIOR_ROWS = 20.0  # rows with an amount at which half of the correction is believed


def total_shift(data: Examples, splits: Sequence[tuple[Any, Any]], elsewhere: Callable[[Any, Any], Floats]) -> float:
    """Return what to add to log-amounts so that their total is that of the answers.

    Parameters
    ----------
    data : Examples
        Amounts.
    splits : sequence of pairs
        Rows to learn from and rows to test on.
    elsewhere : callable
        Given such a pair, the log-amounts of the rows to test on by a model that has learnt from the others.

    Returns
    -------
    float
        At most log 3 away from 0, and nearer to 0 the fewer rows have an amount; 0 without splits.
    """
    if not splits:
        return 0.0
    actual = expected = 0.0
    some = 0
    for train, test in splits:
        link = np.clip(elsewhere(train, test), -50.0, 50.0)
        actual += float(np.sum(data.weight[test] * data.y[test]))
        expected += float(np.sum(data.weight[test] * np.exp(link)))
        some += int((data.y[test] > 0).sum())
    if actual <= 0 or expected <= 0:
        return 0.0
    belief = some / (some + _PRIOR_ROWS)
    return float(np.clip(belief * np.log(actual / expected), -_FURTHEST, _FURTHEST))
