"""How sure a figure is: it is computed again on customers drawn with replacement."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from habitue.errors import ConfigError
from habitue.models.metrics.arrays import same_length

__all__ = ["Interval", "bootstrap", "paired_bootstrap"]

Rows = npt.NDArray[np.int64]

_FURTHEST = 1.5  # standard deviations by which the draws may lie to one side before the interval stops following


class Interval(NamedTuple):
    """A figure and the range in which it would likely lie with other customers.

    Examples
    --------
    >>> Interval(0.71, 0.68, 0.74).above(0.7)
    False
    """

    value: float
    low: float
    high: float

    def above(self, bar: float) -> bool:
        """Return whether the whole interval lies above the bar."""
        return self.low > bar

    def below(self, bar: float) -> bool:
        """Return whether the whole interval lies below the bar."""
        return self.high < bar


def bootstrap(
    metric: Callable[..., float],
    *arrays: Any,
    groups: Any = None,
    draws: int = 300,
    seed: int = 0,
    level: float = 0.95,
) -> Interval:
    """Return a figure with its interval, from rows drawn with replacement.

    Parameters
    ----------
    metric : callable
        Takes the arrays and returns a float; draws for which it is NaN are left out.
    *arrays : array of shape (n,) or (n, …)
        As the metric wants them, the truth first.
    groups : array of shape (n,), optional
        The customer of each row: all rows of a customer are drawn together. Without it each row is drawn alone.
    draws : int
    seed : int
    level : float
        Of the interval.

    Returns
    -------
    Interval
        The bounds are percentiles of the draws, corrected for bias so that they hold for figures that lean to one
        side in small samples, such as the calibration error. They are NaN without a draw.

    Raises
    ------
    ConfigError
        The level is not between 0 and 1.
    DataError
        The numbers of rows differ.

    References
    ----------
    Efron, B. (1981), Nonparametric standard errors and confidence intervals, *Canadian Journal of Statistics* 9.

    Examples
    --------
    >>> def mean(values):
    ...     return float(values.mean())
    >>> value, low, high = bootstrap(mean, [1.0, 2.0, 3.0, 4.0])
    >>> low < value < high
    True
    """
    held, rows = _held(arrays, groups, draws, seed)
    value = float(metric(*held))
    drawn = np.array([float(metric(*(array[row] for array in held))) for row in rows])
    return _around(value, drawn, level)


def paired_bootstrap(
    metric: Callable[..., float],
    truth: Any,
    ours: Any,
    theirs: Any,
    *,
    groups: Any = None,
    draws: int = 300,
    seed: int = 0,
    level: float = 0.95,
) -> Interval:
    """Return by how much our figure is above theirs, with its interval: both are judged on the same draws.

    Parameters
    ----------
    metric : callable
        Takes truth and score.
    truth, ours, theirs : array of shape (n,) or (n, …)
    groups, draws, seed, level
        As in ``bootstrap``.

    Returns
    -------
    Interval
        Of metric(truth, ours) - metric(truth, theirs).
    """

    def difference(y: Any, first: Any, second: Any) -> float:
        return float(metric(y, first)) - float(metric(y, second))

    return bootstrap(difference, truth, ours, theirs, groups=groups, draws=draws, seed=seed, level=level)


def _held(arrays: tuple[Any, ...], groups: Any, draws: int, seed: int) -> tuple[list[Any], Iterator[Rows]]:
    """Return the arrays in order of the second one, and the rows of each draw."""
    held = [np.asarray(array) for array in arrays]
    same_length(**{f"array {number}": array for number, array in enumerate(held, start=1)})
    if not held:
        raise ConfigError("there is nothing to draw from", expected="the arrays that the metric takes")
    size = len(held[0])
    member = np.arange(size) if groups is None else _member(groups)
    same_length(array=held[0], groups=member)
    if len(held) > 1 and held[1].ndim == 1:
        # Draws keep this order, and a metric sorts what is sorted already many times faster.
        order = np.argsort(held[1], kind="stable")
        held, member = [array[order] for array in held], member[order]
    return held, _drawn_rows(member, draws, seed)


def _member(groups: Any) -> Rows:
    found = np.asarray(groups)
    if found.dtype == object:
        found = found.astype(str)
    return np.unique(found, return_inverse=True)[1].astype(np.int64)


def _drawn_rows(member: Rows, draws: int, seed: int) -> Iterator[Rows]:
    """Yield the rows of each draw, in order: as many customers as there are, with replacement."""
    rng = np.random.default_rng(seed)
    rows = np.arange(member.size)
    customers = int(member.max(initial=-1)) + 1
    for _ in range(draws if customers else 0):
        times = np.bincount(rng.integers(customers, size=customers), minlength=customers)
        yield np.repeat(rows, times[member])


def _around(value: float, drawn: npt.NDArray[np.float64], level: float) -> Interval:
    """Place the bounds among the draws."""
    if not 0 < level < 1:
        raise ConfigError(f"the level {level} is no share", expected="between 0 and 1")
    drawn = drawn[np.isfinite(drawn)]
    if not drawn.size or not np.isfinite(value):
        return Interval(value, float("nan"), float("nan"))
    below = (drawn < value).mean() + (drawn == value).mean() / 2
    lean = float(np.clip(ndtri(below), -_FURTHEST, _FURTHEST))
    reach = float(ndtri(0.5 + level / 2))
    low, high = np.quantile(drawn, [ndtr(2 * lean - reach), ndtr(2 * lean + reach)])
    return Interval(value, min(float(low), value), max(float(high), value))
