"""What all customers know of products before a day: popularity, cycles, and what goes with what."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse

from habitue.signals.need.history import Floats, History, Ints
from habitue.signals.need.replenishment import Cycles, fit_cycles

__all__ = ["Shopping", "shopping_at"]

_POPULAR = 6
_RECENT_DAYS = 90.0
_PAIRED = 2_000  # products whose company is learnt
_NEIGHBOURS = 8
_TOGETHER = 3  # buyers in common, at least
_NEVER = 1e6


@dataclass(frozen=True)
class Shopping:
    """What all customers know of products before a day.

    Attributes
    ----------
    day : float
    cycles : Cycles
    popularity : array of shape (p,)
        Share of the last 90 days' orders that held the product.
    popular : array
        The products most often in them, the first first.
    company : sparse matrix, p × p
        How strongly buying one product speaks for another.
    first_day : array of shape (p,)
        When it was first bought; NaN for never.
    """

    day: float
    cycles: Cycles
    popularity: Floats
    popular: Ints
    company: Any
    first_day: Floats

    @cached_property
    def others(self) -> Any:
        """The company of each product, which speaks against itself: what is listed already does not come again."""
        return (self.company - _NEVER * sparse.identity(self.company.shape[0], format="csr")).tocsr()


def shopping_at(history: History, day: float) -> Shopping:
    """Add up what all customers of a history bought before a day."""
    past = history.before(day)
    recent = (day - past.when <= _RECENT_DAYS).astype(np.float64)
    counts = np.asarray(past.items.T @ recent)
    popularity = (counts + 0.05) / (recent.sum() + 1.0)
    popular = np.lexsort((np.arange(len(counts)), -counts))[:_POPULAR]
    first = np.full(len(history.shelf.products), np.inf)
    rows, product = past.items.nonzero()
    np.minimum.at(first, product, past.when[rows])
    return Shopping(
        day,
        fit_cycles(history, day),
        popularity,
        popular[counts[popular] > 0],
        _company(past),
        np.where(np.isfinite(first), first, np.nan),
    )


def _company(past: History) -> Any:
    """Cosine of products over customers, the nearest of each; a customer with a long list says little."""
    taken = past.summed(np.ones(len(past.who)), past.items)
    taken.data = np.ones_like(taken.data)
    buyers = np.asarray(taken.sum(axis=0)).ravel()
    count = len(buyers)
    chosen = np.lexsort((np.arange(count), -buyers))[:_PAIRED]
    chosen = np.sort(chosen[buyers[chosen] >= _TOGETHER])
    if not len(chosen):
        return sparse.csr_matrix((count, count))
    part = taken[:, chosen]
    long = sparse.diags(1.0 / np.sqrt(np.maximum(np.asarray(taken.sum(axis=1)).ravel(), 1.0)))
    scaled = long @ part @ sparse.diags(1.0 / np.sqrt(buyers[chosen]))
    near = np.asarray((scaled.T @ scaled).todense())
    near[np.asarray((part.T @ part).todense()) < _TOGETHER] = 0.0
    np.fill_diagonal(near, 0.0)
    near = np.round(near, 9)
    column = np.argsort(-near, axis=1, kind="stable")[:, :_NEIGHBOURS].ravel()
    row = np.repeat(np.arange(len(near)), min(_NEIGHBOURS, len(near)))
    kept = near[row, column] > 0
    row, column = row[kept], column[kept]
    return sparse.csr_matrix((near[row, column], (chosen[row], chosen[column])), shape=(count, count))
