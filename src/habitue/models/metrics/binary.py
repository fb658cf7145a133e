"""Figures for answers to yes-or-no questions, and for one choice among several."""

from __future__ import annotations

from typing import Any

import numpy as np

from habitue.errors import DataError
from habitue.models.metrics.arrays import Floats, chances, numbers, same_length, truths, weights

__all__ = [
    "accuracy",
    "auc",
    "average_precision",
    "brier",
    "f1",
    "log_loss",
    "multiclass_log_loss",
    "precision",
    "recall",
]

_NEAREST = 1e-15  # a chance of exactly 0 for what happened would cost infinitely much


def _by_score(truth: Any, score: Any, weight: Any) -> tuple[Floats, Floats]:
    """Return the weight of yes and of no for each distinct score, lowest first."""
    y, s = truths(truth), numbers(score, "score")
    same_length(truth=y, score=s)
    w = weights(weight, y.size)
    if not y.size:
        return np.empty(0), np.empty(0)
    order = np.argsort(s, kind="stable")
    ordered = s[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    yes = (y * w)[order]
    return np.add.reduceat(yes, starts), np.add.reduceat(w[order] - yes, starts)


def auc(truth: Any, score: Any, *, weight: Any = None) -> float:
    """Return the chance that a random yes scores above a random no; a tie counts one half.

    Parameters
    ----------
    truth : array of shape (n,)
        0 or 1.
    score : array of shape (n,)
        Higher means more likely; any scale.
    weight : array of shape (n,), optional

    Returns
    -------
    float
        NaN when only one class is there.

    Raises
    ------
    DataError
        Values are missing, labels are not 0 or 1, or the lengths differ.

    References
    ----------
    Fawcett, T. (2006), An introduction to ROC analysis, *Pattern Recognition Letters* 27.

    Examples
    --------
    >>> auc([0, 0, 1, 1], [0.1, 0.4, 0.4, 0.8])
    0.875
    """
    yes, no = _by_score(truth, score, weight)
    pairs = yes.sum() * no.sum()
    if pairs == 0:
        return float("nan")
    return float(yes @ (np.cumsum(no) - no / 2) / pairs)


def average_precision(truth: Any, score: Any, *, weight: Any = None) -> float:
    """Return the area under precision over recall, as a sum of steps at each distinct score.

    Parameters
    ----------
    truth, score, weight
        As in ``auc``.

    Returns
    -------
    float
        The share of yes for a score that knows nothing; NaN when only one class is there.

    Examples
    --------
    >>> round(average_precision([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]), 4)
    0.8333
    """
    yes, no = (part[::-1] for part in _by_score(truth, score, weight))
    if yes.sum() == 0 or no.sum() == 0:
        return float("nan")
    found, wrong = np.cumsum(yes), np.cumsum(no)
    told = found + wrong
    share = np.divide(found, told, out=np.zeros_like(told), where=told > 0)
    return float(yes @ share / yes.sum())


def _mean(values: Floats, weight: Floats) -> float:
    total = weight.sum()
    return float(values @ weight / total) if total > 0 else float("nan")


def _told(truth: Any, p: Any, weight: Any) -> tuple[Floats, Floats, Floats]:
    y, q = truths(truth), chances(p)
    same_length(truth=y, p=q)
    return y, q, weights(weight, y.size)


def log_loss(truth: Any, p: Any, *, weight: Any = None) -> float:
    """Return the mean surprise at what happened, in natural logarithms; lower is better.

    Parameters
    ----------
    truth : array of shape (n,)
        0 or 1; one class alone is fine.
    p : array of shape (n,)
        Probabilities of 1; they are kept 1e-15 away from 0 and 1.
    weight : array of shape (n,), optional

    Examples
    --------
    >>> round(log_loss([0, 1], [0.5, 0.5]), 4)
    0.6931
    """
    y, q, w = _told(truth, p, weight)
    q = np.clip(q, _NEAREST, 1 - _NEAREST)
    return _mean(-(y * np.log(q) + (1 - y) * np.log1p(-q)), w)


def brier(truth: Any, p: Any, *, weight: Any = None) -> float:
    """Return the mean squared distance between chance and outcome; lower is better.

    Parameters
    ----------
    truth, p, weight
        As in ``log_loss``.

    Examples
    --------
    >>> brier([0, 1], [0.5, 1.0])
    0.125
    """
    y, q, w = _told(truth, p, weight)
    return _mean((y - q) ** 2, w)


def _counts(truth: Any, score: Any, threshold: float, weight: Any) -> tuple[float, float, float, float]:
    """Return hits, false alarms, misses and rightly left alone."""
    y, s = truths(truth), numbers(score, "score")
    same_length(truth=y, score=s)
    w = weights(weight, y.size)
    said = s >= threshold
    hits, alarms = float(w[said] @ y[said]), float(w[said] @ (1 - y[said]))
    return hits, alarms, float(w @ y) - hits, float(w @ (1 - y)) - alarms


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else float("nan")


def accuracy(truth: Any, score: Any, *, threshold: float = 0.5, weight: Any = None) -> float:
    """Return the share of rows that are told rightly.

    Parameters
    ----------
    truth : array of shape (n,)
        0 or 1.
    score : array of shape (n,)
        Probabilities, or decisions of 0 and 1; yes from the threshold upwards.
    threshold : float
    weight : array of shape (n,), optional

    Examples
    --------
    >>> accuracy([0, 1, 1, 0], [0.2, 0.9, 0.4, 0.1])
    0.75
    """
    hits, alarms, misses, left = _counts(truth, score, threshold, weight)
    return _ratio(hits + left, hits + alarms + misses + left)


def precision(truth: Any, score: Any, *, threshold: float = 0.5, weight: Any = None) -> float:
    """Return which share of those we named are a yes; NaN when nobody was named.

    Parameters
    ----------
    truth, score, threshold, weight
        As in ``accuracy``.

    Examples
    --------
    >>> precision([0, 1, 1, 0], [0.2, 0.9, 0.4, 0.7])
    0.5
    """
    hits, alarms, _, _ = _counts(truth, score, threshold, weight)
    return _ratio(hits, hits + alarms)


def recall(truth: Any, score: Any, *, threshold: float = 0.5, weight: Any = None) -> float:
    """Return which share of those who are a yes we named; NaN when there are none.

    Parameters
    ----------
    truth, score, threshold, weight
        As in ``accuracy``.

    Examples
    --------
    >>> recall([0, 1, 1, 0], [0.2, 0.9, 0.4, 0.7])
    0.5
    """
    hits, _, misses, _ = _counts(truth, score, threshold, weight)
    return _ratio(hits, hits + misses)


def f1(truth: Any, score: Any, *, threshold: float = 0.5, weight: Any = None) -> float:
    """Return the harmonic mean of precision and recall; NaN when nobody is a yes and nobody was named.

    Parameters
    ----------
    truth, score, threshold, weight
        As in ``accuracy``.

    Examples
    --------
    >>> f1([0, 1, 1, 0], [0.2, 0.9, 0.4, 0.7])
    0.5
    """
    hits, alarms, misses, _ = _counts(truth, score, threshold, weight)
    return _ratio(2 * hits, 2 * hits + alarms + misses)


def multiclass_log_loss(truth: Any, p: Any) -> float:
    """Return the mean surprise at which of several things happened, in natural logarithms.

    Parameters
    ----------
    truth : array of shape (n,) or (n, classes)
        The class of each row as 0, 1, 2, …; or how much each class counts (several at once are shared out evenly
        over their sum; rows in which nothing happened are left out).
    p : array of shape (n, classes)
        Probabilities; each row adds up to 1.

    Returns
    -------
    float
        NaN without rows.

    Raises
    ------
    DataError
        A row of p does not add up to 1, or a class is unknown.

    Examples
    --------
    >>> round(multiclass_log_loss([0, 2], [[0.5, 0.25, 0.25], [0.25, 0.25, 0.5]]), 4)
    0.6931
    """
    q = np.asarray(p, dtype=np.float64)
    if q.ndim != 2:
        raise DataError(f"p has the shape {q.shape}", expected="a matrix, rows × classes")
    wrong = ~((q >= 0).all(axis=1) & (np.abs(q.sum(axis=1) - 1) < 1e-6))
    if wrong.any():
        first = f"row {np.flatnonzero(wrong)[0]}"
        raise DataError(f"{wrong.sum()} rows of p do not add up to 1", first=first, expected="probabilities")
    share = _class_shares(truth, q.shape)
    total = share.sum(axis=1)
    keep = total > 0
    if not keep.any():
        return float("nan")
    surprise = -(share * np.log(np.clip(q, _NEAREST, 1.0))).sum(axis=1)
    return float(np.mean(surprise[keep] / total[keep]))


def _class_shares(truth: Any, shape: tuple[int, ...]) -> Floats:
    """Return how much each class counts in each row."""
    found = np.asarray(truth, dtype=np.float64)
    if found.ndim == 2:
        if found.shape != shape or not (found >= 0).all():
            raise DataError(f"truth has the shape {found.shape}", expected=f"{shape} numbers of 0 or more")
        return found
    code = numbers(truth, "truth")
    same_length(truth=code, p=range(shape[0]))
    wrong = (code < 0) | (code >= shape[1]) | (code != np.floor(code))
    if wrong.any():
        raise DataError(f"{wrong.sum()} classes are unknown", first=code[wrong][0], expected=f"0 to {shape[1] - 1}")
    share = np.zeros(shape)
    share[np.arange(code.size), code.astype(np.int64)] = 1.0
    return share
