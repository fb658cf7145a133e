"""Products that come into question for one or many customers, with scores and where they come from."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["MAKERS", "Pool", "filled_up", "joined", "of_candidates", "with_products"]

Floats = npt.NDArray[np.float64]
ItemNumbers = npt.NDArray[np.int32]

#: Who proposed a product; its place is the code.
MAKERS: tuple[str, ...] = ("personal", "popular", "together", "similar", "new", "again", "rule")
PERSONAL, POPULAR, TOGETHER, SIMILAR, NEW, AGAIN, RULE = range(7)


class Pool(NamedTuple):
    """Products of each customer, -1 for none, each once; of shape (customers, m).

    ``scores`` are above 0 and at most 1, the best of the customer; ``makers`` are codes of `MAKERS`.
    """

    items: ItemNumbers
    scores: Floats
    makers: npt.NDArray[np.int8]


def of_candidates(items: Any, scores: Any, maker: int) -> Pool:
    """Return a maker's candidates as a pool; scores are divided by each customer's best."""
    numbers = np.asarray(items, np.int32)
    held = np.where(numbers >= 0, np.asarray(scores, np.float64), 0.0)
    held = np.where(np.isfinite(held) & (held > 0), held, 0.0)
    best = held.max(axis=1, keepdims=True, initial=0.0)
    share = held / np.where(best > 0, best, 1.0)
    # A product that a maker names without a score is its weakest, and never worth nothing.
    share = np.where(numbers >= 0, np.maximum(share, 1e-9), 0.0)
    return Pool(numbers, share, np.full(numbers.shape, maker, np.int8))


def joined(first: Pool, second: Pool, *, weight: float = 1.0) -> Pool:
    """Return both pools as one, scores of the second times a weight; of a product named twice the first stays."""
    return _once(
        Pool(
            np.concatenate([first.items, second.items], axis=1),
            np.concatenate([first.scores, second.scores * weight], axis=1),
            np.concatenate([first.makers, second.makers], axis=1),
        )
    )


def filled_up(pool: Pool, items: Any, weights: Any, maker: int) -> Pool:
    """Append the same products to all customers, below everything that they have already.

    Parameters
    ----------
    pool : Pool
    items : int array of shape (m,)
        Best first.
    weights : float array of shape (m,)
        From 1 down to above 0.
    maker : int
    """
    rows = pool.items.shape[0]
    lowest = np.where(pool.items >= 0, pool.scores, np.inf).min(axis=1, initial=np.inf)
    lowest = np.where(np.isfinite(lowest), lowest, 1.0)
    empty: Any = (pool.items < 0).all(axis=1)
    more = np.broadcast_to(np.asarray(items, np.int32), (rows, len(items)))
    scores = 0.5 * lowest[:, None] * np.asarray(weights, np.float64)[None, :]
    scores = np.where(empty[:, None], np.asarray(weights)[None, :], scores)
    return joined(pool, Pool(more, scores, np.full(more.shape, maker, np.int8)))


def with_products(pool: Pool, items: Any, scores: Any, maker: int) -> Pool:
    """Append products with scores of their own, of shape (customers, m); a product that is there stays as it is."""
    numbers = np.asarray(items, np.int32)
    more = Pool(numbers, np.where(numbers >= 0, np.maximum(scores, 1e-9), 0.0), np.full(numbers.shape, maker, np.int8))
    return joined(pool, more)


def _once(pool: Pool) -> Pool:
    """Keep the first of each product in a row; empty places go to the end."""
    order = np.argsort(pool.items, axis=1, kind="stable")
    ordered = np.take_along_axis(pool.items, order, axis=1)
    again = np.zeros(ordered.shape, bool)
    again[:, 1:] = (ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] >= 0)
    twice = np.zeros(ordered.shape, bool)
    np.put_along_axis(twice, order, again, axis=1)
    items = np.where(twice, -1, pool.items)
    back = np.argsort(items < 0, axis=1, kind="stable")
    most = int((items >= 0).sum(axis=1).max(initial=0))
    found = (np.take_along_axis(each, back, axis=1)[:, :most] for each in (items, pool.scores, pool.makers))
    items, scores, makers = found
    return Pool(items, np.where(items >= 0, scores, 0.0), makers)
