"""Figures for lists of items: whether the right ones are at the top."""

from __future__ import annotations

from typing import Any

import numpy as np

from habitue.errors import ConfigError, DataError
from habitue.models.metrics.arrays import Floats

__all__ = ["ndcg", "ndcg_by_row"]


def ndcg(relevance: Any, score: Any, k: int, *, seed: int = 0) -> float:
    """Return how near the first k items of each list are to the best possible list, from 0 to 1.

    Parameters
    ----------
    relevance : array of shape (rows, items)
        What each item is worth to each customer, 0 or more; 1 for bought and 0 for not is usual.
    score : array of shape (rows, items)
        Higher comes first; minus infinity comes last. Equal scores come in a random order.
    k : int
        How many items are looked at.
    seed : int
        Of the random order of ties.

    Returns
    -------
    float
        The mean over rows with anything relevant; NaN when there are none.

    Raises
    ------
    DataError
        The shapes differ, scores are missing, or relevance is missing or negative.

    References
    ----------
    Järvelin, K. and Kekäläinen, J. (2002), Cumulated gain-based evaluation of IR techniques, *ACM Transactions on
    Information Systems* 20. The gain is the relevance itself, the discount 1 / log2(1 + place).

    Examples
    --------
    >>> round(ndcg([[0, 1, 0]], [[0.5, 0.3, 0.1]], k=2), 4)
    0.6309
    """
    each = ndcg_by_row(relevance, score, k, seed=seed)
    each = each[~np.isnan(each)]
    return float(each.mean()) if each.size else float("nan")


def ndcg_by_row(relevance: Any, score: Any, k: int, *, seed: int = 0) -> Floats:
    """Return the same figure for each row, so that its mean can be given an interval cheaply.

    Parameters
    ----------
    relevance, score, k, seed
        As in ``ndcg``.

    Returns
    -------
    array of shape (rows,)
        NaN for rows with nothing relevant.
    """
    gain, s = np.atleast_2d(np.asarray(relevance, np.float64)), np.atleast_2d(np.asarray(score, np.float64))
    if k < 1:
        raise ConfigError(f"a list of {k} items cannot be judged", expected="k of 1 or more")
    if gain.shape != s.shape or gain.ndim != 2:
        raise DataError(f"relevance has the shape {gain.shape}, score {s.shape}", expected="both rows × items")
    if np.isnan(s).any() or not (np.isfinite(gain) & (gain >= 0)).all():
        raise DataError("scores are missing, or relevance is missing or negative", expected="numbers for each item")
    places = min(k, gain.shape[1])
    discount = 1 / np.log2(np.arange(places) + 2)
    order = np.lexsort((np.random.default_rng(seed).random(s.shape), -s), axis=1)[:, :places]
    reached = np.take_along_axis(gain, order, axis=1) @ discount
    best = -np.sort(-gain, axis=1)[:, :places] @ discount
    each: Floats = np.divide(reached, best, out=np.full(best.shape, np.nan), where=best > 0)
    return each
