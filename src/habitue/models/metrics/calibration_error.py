"""Whether chances come true: of those told 30 per cent, 30 in 100 should act."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from habitue.errors import ConfigError
from habitue.models.metrics.arrays import Floats, average_ranks, chances, numbers, same_length, truths

__all__ = ["CalibrationBin", "calibration_bins", "calibration_error", "calibration_excess"]

_CELLS = 2_000_000  # drawn labels that are held in memory at once


class CalibrationBin(NamedTuple):
    """Rows with similar predictions: what was told, what came, and the interval of what came."""

    bin: int
    rows: int
    predicted: float
    actual: float
    low: float
    high: float


def _bin_of(p: Floats, bins: int) -> npt.NDArray[np.int64]:
    """Return the bin of each row, of equal mass and from 0; equal predictions stay in one bin."""
    if bins < 1:
        raise ConfigError(f"{bins} bins cannot be made", expected="1 or more")
    if not p.size:
        return np.empty(0, dtype=np.int64)
    middle = (average_ranks(p) - 0.5) / p.size
    found = np.minimum((middle * bins).astype(np.int64), bins - 1)
    return np.unique(found, return_inverse=True)[1].astype(np.int64)


def calibration_bins(
    truth: Any, p: Any, bins: int = 10, *, chance: bool = True, level: float = 0.95
) -> list[CalibrationBin]:
    """Return, for groups of rows with similar predictions, what was told and what came.

    Parameters
    ----------
    truth : array of shape (n,)
        0 or 1; any amounts when ``chance`` is false.
    p : array of shape (n,)
        Probabilities; predicted amounts when ``chance`` is false.
    bins : int
        Groups of equal size, the lowest predictions first. Equal predictions stay in one group, so that there may be
        fewer groups.
    chance : bool
        Whether predictions are probabilities. The interval of what came is then Wilson's; for amounts it is the mean
        and its standard error under the normal law.
    level : float
        Of the interval.

    Returns
    -------
    list of CalibrationBin
        Numbered from 1; empty without rows.

    References
    ----------
    Wilson, E. (1927), Probable inference, the law of succession, and statistical inference, *Journal of the American
    Statistical Association* 22.

    Examples
    --------
    >>> [one] = calibration_bins([0, 1], [0.4, 0.4])
    >>> one.rows, one.predicted, one.actual
    (2, 0.4, 0.5)
    """
    y, q = (truths(truth), chances(p)) if chance else (numbers(truth, "truth"), numbers(p, "p"))
    same_length(truth=y, p=q)
    which, z = _bin_of(q, bins), float(ndtri(0.5 + level / 2))
    return [
        CalibrationBin(number + 1, int(inside.sum()), float(q[inside].mean()), float(y[inside].mean()), *bounds)
        for number in range(int(which.max(initial=-1)) + 1)
        for inside in [which == number]
        for bounds in [_wilson(y[inside], z) if chance else _normal(y[inside], z)]
    ]


def _wilson(y: Floats, z: float) -> tuple[float, float]:
    n, rate = y.size, float(y.mean())
    centre = (rate + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * float(np.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n)))
    # Rounding must not push the ends past 0 and 1 or past the rate itself.
    return max(0.0, min(centre - half, rate)), min(1.0, max(centre + half, rate))


def _normal(y: Floats, z: float) -> tuple[float, float]:
    half = z * float(y.std(ddof=1)) / float(np.sqrt(y.size)) if y.size > 1 else float("nan")
    return float(y.mean()) - half, float(y.mean()) + half


def calibration_error(truth: Any, p: Any, bins: int = 10) -> float:
    """Return the mean distance between told and true rates, over groups of equal size (ECE); lower is better.

    Even a perfect model does not reach 0, the less so the fewer rows there are: see ``calibration_excess``.

    Parameters
    ----------
    truth : array of shape (n,)
        0 or 1.
    p : array of shape (n,)
        Probabilities.
    bins : int

    References
    ----------
    Naeini, M., Cooper, G. and Hauskrecht, M. (2015), Obtaining well calibrated probabilities using Bayesian binning,
    AAAI; here with groups of equal size.

    Examples
    --------
    >>> round(calibration_error([0, 1, 1, 1], [0.5, 0.5, 0.5, 0.5]), 6)
    0.25
    """
    y, q = truths(truth), chances(p)
    same_length(truth=y, p=q)
    if not y.size:
        return float("nan")
    # The size of each group cancels: size / n times a difference of means is a difference of sums / n.
    return float(np.abs(np.bincount(_bin_of(q, bins), weights=y - q)).sum() / y.size)


def calibration_excess(truth: Any, p: Any, bins: int = 10, draws: int = 200, seed: int = 0) -> float:
    """Return the calibration error less that of a perfectly calibrated model of the same size.

    Parameters
    ----------
    truth : array of shape (n,)
        0 or 1.
    p : array of shape (n,)
        Probabilities.
    bins : int
    draws : int
        Sets of labels drawn with these very probabilities; the mean of their errors is taken off.
    seed : int

    Returns
    -------
    float
        Around 0 for a calibrated model, and a little below as often as above.

    Examples
    --------
    >>> round(calibration_excess([0] * 50 + [1] * 50, [0.9] * 100), 2)
    0.38
    """
    if draws < 1:
        raise ConfigError(f"{draws} draws give no mean", expected="1 or more")
    error = calibration_error(truth, p, bins)
    if np.isnan(error):
        return error
    q = chances(p)
    drawn = np.concatenate(list(_drawn_errors(q, _bin_of(q, bins), draws, np.random.default_rng(seed))))
    return error - float(drawn.mean())


def _drawn_errors(q: Floats, which: npt.NDArray[np.int64], draws: int, rng: np.random.Generator) -> Iterator[Floats]:
    """Yield errors of labels drawn from the probabilities, some draws at a time."""
    order = np.argsort(which, kind="stable")
    q = q[order]
    starts = np.flatnonzero(np.diff(which[order], prepend=-1))
    step = max(1, _CELLS // q.size)
    for begun in range(0, draws, step):
        labels = rng.random((min(step, draws - begun), q.size)) < q
        yield np.abs(np.add.reduceat(labels - q, starts, axis=1)).sum(axis=1) / q.size
