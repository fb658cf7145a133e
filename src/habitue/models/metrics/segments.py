"""How good a segmentation is (SegBench): what it tells about later outcomes, how stable and how simple it is.

A segmentation is one whole number for each customer, from 0; -1 stands for a customer in no segment. Silhouettes are
not among the figures: on order histories they rank segmentations about the wrong way round.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from habitue.errors import DataError
from habitue.models.metrics.amounts import r2, top_share
from habitue.models.metrics.arrays import Floats, numbers, same_length
from habitue.models.metrics.binary import auc, brier, log_loss
from habitue.models.metrics.intervals import Interval, bootstrap

__all__ = [
    "SEPARATION",
    "adjusted_rand",
    "coverage",
    "cross_fitted",
    "fidelity",
    "headroom",
    "segment_jaccard",
    "separation",
    "smallest_share",
]

_SHRINK = 20.0
_TOP_SHARE = 0.2

Ints = npt.NDArray[np.int64]

#: The figures of `separation`, by name.
SEPARATION = ("r2_log_spend", "r2_spend", "r2_orders", "auc", "brier", "log_loss", "top_share")


def cross_fitted(segment: Any, outcome: Any, *, repeats: int = 5, seed: int = 0) -> Floats:
    """Say for every customer what those of the same segment did on average, learnt from the other half of customers.

    Means are drawn towards the mean of all with weight n / (n + 20): small segments do not shine by chance.

    Parameters
    ----------
    segment : array of int, shape (n,)
    outcome : array of shape (n,)
    repeats : int
        Into how many pairs of random halves the customers are cut.
    seed : int

    Returns
    -------
    array of shape (repeats, n)

    Examples
    --------
    >>> cross_fitted([0, 0, 1, 1], [5.0, 5.0, 5.0, 5.0], repeats=1).tolist()
    [[5.0, 5.0, 5.0, 5.0]]
    """
    place, value = _places(segment), numbers(outcome, "outcome")
    same_length(segment=place, outcome=value)
    rng = np.random.default_rng(seed)
    told = np.empty((repeats, value.size))
    for each in told:
        half = rng.permutation(value.size) < value.size // 2
        for learn, score in ((half, ~half), (~half, half)):
            if not score.any():
                continue
            learn = learn if learn.any() else score  # noqa: PLW2901 - a single customer is their own half
            each[score] = _shrunk_means(place, value, learn)[place[score]]
    return told


def separation(
    segment: Any, spend: Any, orders: Any, *, repeats: int = 5, draws: int = 300, seed: int = 0
) -> dict[str, Interval]:
    """Score what a segmentation tells about the time after it.

    Parameters
    ----------
    segment : array of int, shape (n,)
        As it was at the moment.
    spend, orders : array of shape (n,)
        Money and number of orders in the time after it.
    repeats, seed
        As in `cross_fitted`.
    draws : int
        Of customers, for the 95 % intervals; 0 for none.

    Returns
    -------
    dict
        The figures named in `SEPARATION`, each with its interval: share of variance explained of the logarithm of
        spend, of spend and of orders; the area under the curve, Brier score and log-loss of inactivity; share of the
        revenue held by the fifth of the customers told to spend most.

    Examples
    --------
    >>> found = separation([0, 1] * 50, [0.0, 9.0] * 50, [0, 1] * 50, draws=0)
    >>> round(found["auc"].value, 2)
    1.0
    """
    place = _places(segment)
    money, count = numbers(spend, "spend"), numbers(orders, "orders")
    same_length(segment=place, spend=money, orders=count)
    gone, log_money = (count == 0).astype(np.float64), np.log1p(np.maximum(money, 0.0))
    figures: dict[str, tuple[Callable[..., float], Floats]] = {
        "r2_log_spend": (r2, log_money),
        "r2_spend": (r2, money),
        "r2_orders": (r2, count),
        "auc": (auc, gone),
        "brier": (brier, gone),
        "log_loss": (log_loss, gone),
        "top_share": (_top, money),
    }
    told = {id(outcome): cross_fitted(place, outcome, repeats=repeats, seed=seed) for _, outcome in figures.values()}
    return {
        name: _mean_interval(metric, outcome, told[id(outcome)], draws, seed)
        for name, (metric, outcome) in figures.items()
    }


def headroom(score: float, simple: float, ceiling: float) -> float:
    """Say which part of the way from a simple segmentation to the best attainable score was made; NaN without any.

    Examples
    --------
    >>> round(headroom(0.29, 0.28, 0.30), 6)
    0.5
    """
    return float((score - simple) / (ceiling - simple)) if ceiling > simple else float("nan")


def adjusted_rand(one: Any, other: Any) -> float:
    """Say how far two segmentations of the same customers agree: 1 the same, about 0 as by chance.

    Names do not matter. Two segmentations that both put everybody together agree.

    References
    ----------
    Hubert and Arabie, Comparing partitions, Journal of Classification 2 (1985).

    Examples
    --------
    >>> adjusted_rand([0, 0, 1, 1], [5, 5, 2, 2])
    1.0
    """
    table = _contingency(one, other).astype(np.float64)
    if not table.size:
        return float("nan")
    pairs, rows, columns = (float((n * (n - 1) / 2).sum()) for n in (table, table.sum(axis=1), table.sum(axis=0)))
    size = table.sum()
    expected = rows * columns / (size * (size - 1) / 2) if size > 1 else 0.0
    most = (rows + columns) / 2
    return 1.0 if most == expected else float((pairs - expected) / (most - expected))


def segment_jaccard(one: Any, other: Any) -> Floats:
    """Say for each segment how well the most similar one of another segmentation covers the same customers.

    Parameters
    ----------
    one, other : array of int, shape (n,)

    Returns
    -------
    array
        For the segments of ``one`` in ascending order: customers in both over customers in either. At least .75 is
        called valid, .85 highly stable.

    References
    ----------
    Hennig, Cluster-wise assessment of cluster stability, Computational Statistics & Data Analysis 52 (2007).

    Examples
    --------
    >>> segment_jaccard([0, 0, 1, 1], [0, 0, 0, 1]).tolist()
    [0.6666666666666666, 0.5]
    """
    table = _contingency(one, other).astype(np.float64)
    either = table.sum(axis=1, keepdims=True) + table.sum(axis=0, keepdims=True) - table
    return np.asarray((table / either).max(axis=1), dtype=np.float64)


def fidelity(predicted: Any, segment: Any) -> float:
    """Say which share of customers a rule puts where they belong.

    Examples
    --------
    >>> fidelity([0, 1, 1, 1], [0, 1, 1, 0])
    0.75
    """
    told, true = np.asarray(predicted), np.asarray(segment)
    same_length(predicted=told, segment=true)
    return float((told == true).mean()) if true.size else float("nan")


def coverage(members: Sequence[Any] | Any) -> float:
    """Say which share of customers is in exactly one segment.

    Parameters
    ----------
    members : array of bool, shape (segments, n)
        Row by row who fulfils a segment's rule.

    Examples
    --------
    >>> coverage([[True, False, False], [False, True, True]])
    1.0
    """
    table = np.asarray(members, dtype=bool)
    return float((table.sum(axis=0) == 1).mean()) if table.ndim == 2 and table.shape[1] else float("nan")


def smallest_share(segment: Any) -> float:
    """Return the share of customers in the smallest segment that has any.

    Examples
    --------
    >>> smallest_share([0, 0, 0, 1])
    0.25
    """
    counts = np.bincount(_places(segment))
    return float(counts[counts > 0].min() / counts.sum()) if counts.sum() else float("nan")


def _mean_interval(metric: Callable[..., float], truth: Floats, told: Floats, draws: int, seed: int) -> Interval:
    """Score each repeat; the interval is the one of the first repeat, put around the mean."""
    mean = float(np.mean([metric(truth, each) for each in told]))
    if not draws:
        return Interval(mean, float("nan"), float("nan"))
    first = bootstrap(metric, truth, told[0], draws=draws, seed=seed)
    return Interval(mean, mean + first.low - first.value, mean + first.high - first.value)


def _top(truth: Floats, told: Floats) -> float:
    return top_share(truth, told, _TOP_SHARE)


def _places(segment: Any) -> Ints:
    """Return the segments as numbers from 0; who is in none makes up one of their own."""
    found = np.asarray(segment)
    if found.ndim != 1:
        raise DataError(f"the segments have the shape {found.shape}", expected="one for each customer")
    return np.unique(found, return_inverse=True)[1].astype(np.int64)


def _shrunk_means(place: Ints, value: Floats, learn: npt.NDArray[np.bool_]) -> Floats:
    size = int(place.max(initial=-1)) + 1
    count = np.bincount(place[learn], minlength=size).astype(np.float64)
    total = np.bincount(place[learn], weights=value[learn], minlength=size)
    grand = float(value[learn].mean())
    return np.asarray((total + _SHRINK * grand) / (count + _SHRINK), dtype=np.float64)


def _contingency(one: Any, other: Any) -> Ints:
    left, right = _places(one), _places(other)
    same_length(one=left, other=right)
    shape = (int(left.max(initial=-1)) + 1, int(right.max(initial=-1)) + 1)
    return np.bincount(left * shape[1] + right, minlength=shape[0] * shape[1]).reshape(shape).astype(np.int64)
