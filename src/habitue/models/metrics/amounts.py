"""Figures for predicted amounts: how far off, and whether the big ones are found.

One figure alone misleads: a forecast of far too few purchases can have the lowest mean absolute error. Print distance,
total bias and a figure of ranking together.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from habitue.errors import ConfigError
from habitue.models.metrics.arrays import Floats, average_ranks, numbers, same_length, weights

__all__ = ["mae", "normalised_gini", "r2", "rmse", "spearman", "top_share", "total_bias"]


def _two(truth: Any, score: Any) -> tuple[Floats, Floats]:
    y, s = numbers(truth, "truth"), numbers(score, "score")
    same_length(truth=y, score=s)
    return y, s


def mae(truth: Any, amount: Any, *, weight: Any = None) -> float:
    """Return the mean absolute difference, in the unit of the amounts.

    Parameters
    ----------
    truth, amount : array of shape (n,)
    weight : array of shape (n,), optional

    Examples
    --------
    >>> mae([1, 3], [2, 5])
    1.5
    """
    y, s = _two(truth, amount)
    w = weights(weight, y.size)
    return float(np.abs(y - s) @ w / w.sum()) if w.sum() > 0 else float("nan")


def rmse(truth: Any, amount: Any, *, weight: Any = None) -> float:
    """Return the root of the mean squared difference, in the unit of the amounts; large errors count more.

    Parameters
    ----------
    truth, amount : array of shape (n,)
    weight : array of shape (n,), optional

    Examples
    --------
    >>> rmse([1, 3], [2, 4])
    1.0
    """
    y, s = _two(truth, amount)
    w = weights(weight, y.size)
    return float(np.sqrt((y - s) ** 2 @ w / w.sum())) if w.sum() > 0 else float("nan")


def total_bias(truth: Any, amount: Any) -> float:
    """Return by which share the predicted total misses the true one: 0.1 is ten per cent too much.

    Parameters
    ----------
    truth, amount : array of shape (n,)

    Returns
    -------
    float
        NaN when the true total is 0.

    Examples
    --------
    >>> total_bias([1, 3], [2, 3])
    0.25
    """
    y, s = _two(truth, amount)
    total = y.sum()
    return float(s.sum() / total - 1) if total != 0 else float("nan")


def r2(truth: Any, amount: Any) -> float:
    """Return the share of the variance that the prediction explains; below 0 it is worse than the mean.

    Parameters
    ----------
    truth, amount : array of shape (n,)

    Returns
    -------
    float
        NaN when the truth does not vary.

    Examples
    --------
    >>> r2([1, 2, 3], [1, 2, 3])
    1.0
    """
    y, s = _two(truth, amount)
    if y.size == 0 or (y == y[0]).all():
        return float("nan")
    return float(1 - np.sum((y - s) ** 2) / np.sum((y - y.mean()) ** 2))


def spearman(truth: Any, score: Any) -> float:
    """Return how well the order is right, from -1 to 1; equal values share the mean of their ranks.

    Parameters
    ----------
    truth, score : array of shape (n,)

    Returns
    -------
    float
        NaN when either does not vary.

    Examples
    --------
    >>> spearman([1, 2, 3], [10, 20, 15])
    0.5
    """
    y, s = _two(truth, score)
    first = average_ranks(y) - (y.size + 1) / 2
    second = average_ranks(s) - (s.size + 1) / 2
    spread = np.sqrt((first @ first) * (second @ second))
    return float(first @ second / spread) if spread > 0 else float("nan")


def normalised_gini(truth: Any, score: Any) -> float:
    """Return how much of the possible concentration the score finds: 1 perfect, 0 as good as chance.

    Parameters
    ----------
    truth, score : array of shape (n,)
        Equal scores count as in a random order, in expectation.

    Returns
    -------
    float
        NaN when the truth does not vary.

    References
    ----------
    Frees, E., Meyers, G. and Cummings, A. (2011), Summarizing insurance scores using a Gini index, *Journal of the
    American Statistical Association* 106.

    Examples
    --------
    >>> normalised_gini([0, 1, 5], [1, 2, 3])
    1.0
    """
    y, s = _two(truth, score)
    best = y @ (average_ranks(y) - (y.size + 1) / 2)
    if y.size == 0 or (y == y[0]).all() or best <= 0:
        return float("nan")
    return float(y @ (average_ranks(s) - (y.size + 1) / 2) / best)


def top_share(truth: Any, score: Any, share: float = 0.1) -> float:
    """Return which share of the total is held by the rows with the highest scores.

    Parameters
    ----------
    truth : array of shape (n,)
        Amounts, such as spend.
    score : array of shape (n,)
    share : float
        Share of the rows that are taken, above 0 and at most 1. A part of a row counts by that part, and equal
        scores at the border count as in a random order, in expectation.

    Returns
    -------
    float
        NaN when the total is not above 0.

    Raises
    ------
    ConfigError
        The share is not above 0 and at most 1.

    Examples
    --------
    >>> top_share([10, 30, 0, 60], [1, 3, 2, 4], share=0.5)
    0.9
    """
    if not 0 < share <= 1:
        raise ConfigError(f"the share {share} cannot be taken", expected="above 0 and at most 1")
    y, s = _two(truth, score)
    total = y.sum()
    if not total > 0:
        return float("nan")
    taken = share * y.size
    # The score of the last row that still counts; those above it count whole, those at it share what is left.
    last = np.partition(s, -int(np.ceil(taken)))[-int(np.ceil(taken))]
    above, at = s > last, s == last
    part = (taken - above.sum()) / at.sum()
    return float((y[above].sum() + part * y[at].sum()) / total)
