"""Where right products stand among all products by score, equal scores in a random order: never flattering."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from habitue.errors import ConfigError, DataError
from habitue.models.metrics.arrays import Floats
from habitue.models.metrics.recommending import Ints, ListAccuracy, accuracy_of_places, list_targets

__all__ = ["TargetRanks", "rank_accuracy", "target_ranks"]


class TargetRanks(NamedTuple):
    """Where each right product stands among all products: arrays of shape (right products,), rank 1 is the best.

    The rank is infinite for a product that must not come (hidden).
    """

    customers: Ints
    items: Ints
    ranks: Floats


def target_ranks(
    scores: Any | Callable[[slice], Any], targets: Any, *, hidden: Any = None, seed: int = 0, block: int = 256
) -> TargetRanks:
    """Return where each right product stands among all products by score; equal scores in a random order.

    Parameters
    ----------
    scores : array of shape (customers, items), or callable
        A callable is given a slice of customers and returns their rows, so that the whole need never be in memory.
    targets : sparse array of shape (customers, items), histories, or int array of shape (customers,)
    hidden : sparse array of shape (customers, items), optional
        Products that cannot come, such as those bought already; they take no place.
    seed : int
        Of the order of equal scores, drawn anew for each customer. The answer does not depend on ``block``.
    block : int
        Customers at a time.

    Raises
    ------
    DataError
        A score is NaN, or the shapes differ.

    Examples
    --------
    >>> target_ranks([[0.1, 0.7, 0.2]], [2]).ranks.tolist()
    [2.0]
    """
    whole = None if callable(scores) else np.asarray(scores)
    if whole is not None and whole.ndim != 2:
        raise DataError(f"scores have the shape {whole.shape}", expected="customers × items")
    wanted = list_targets(targets, None if whole is None else whole.shape[0])
    rng = np.random.default_rng(seed)
    found: list[Floats] = []
    customers = wanted.shape[0]
    for start in range(0, customers, block):
        rows = slice(start, min(start + block, customers))
        part = np.asarray(scores(rows) if whole is None else whole[rows])
        hides = None if hidden is None else sparse.csr_array(hidden)[rows]
        found.append(_block_ranks(part, wanted[rows], hides, rng, start))
    rows_of = np.repeat(np.arange(customers), np.diff(wanted.indptr))
    ranks = np.concatenate(found) if found else np.empty(0)
    return TargetRanks(rows_of, wanted.indices.astype(np.int64), ranks)


def rank_accuracy(ranks: TargetRanks, customers: int, k: int) -> ListAccuracy:
    """Say the same from the ranks of right products, without making lists.

    Parameters
    ----------
    ranks : TargetRanks
        As `target_ranks` gives them.
    customers : int
    k : int
    """
    if k < 1:
        raise ConfigError(f"a list of {k} products cannot be judged", expected="k of 1 or more")
    wanted = np.bincount(ranks.customers, minlength=customers)
    within = ranks.ranks <= k
    return accuracy_of_places(ranks.customers[within], ranks.ranks[within], wanted, k)


def _block_ranks(scores: Any, wanted: Any, hidden: Any, rng: np.random.Generator, start: int) -> Floats:
    """Return the ranks of one block of customers, in the order of the sparse table."""
    if scores.shape != wanted.shape and (scores.shape[0] != wanted.shape[0] or scores.shape[1] < wanted.shape[1]):
        raise DataError(f"scores have the shape {scores.shape}, what was right {wanted.shape}", expected="the same")
    if np.isnan(scores).any():
        row = int(np.argmax(np.isnan(scores).any(axis=1)))
        raise DataError(f"{np.isnan(scores).sum()} scores are NaN", first=f"customer {start + row}")
    # One random key for each product of each customer: the order of equal scores is one and the same for all targets.
    keys = rng.random(scores.shape)
    ranks = np.empty(wanted.indices.size)
    for row in np.flatnonzero(np.diff(wanted.indptr)).tolist():
        held = slice(wanted.indptr[row], wanted.indptr[row + 1])
        items, line, key = wanted.indices[held], scores[row], keys[row]
        open_ = np.ones(line.size, dtype=bool)
        if hidden is not None:
            open_[hidden.indices[hidden.indptr[row] : hidden.indptr[row + 1]]] = False
        above = line[None] > line[items, None]
        above |= (line[None] == line[items, None]) & (key[None] < key[items, None])
        ranks[held] = np.where(open_[items], 1.0 + (above & open_).sum(axis=1), np.inf)
    return ranks
