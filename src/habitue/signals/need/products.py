"""Which products come next: candidates, and the chance of each, learnt from earlier moments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse
from scipy.special import expit

from habitue.models.small_trees import MOST_LEAVES, SmallTrees
from habitue.models.tabular import Fitted, make
from habitue.models.tabular.boosted import Boosted
from habitue.signals.need.candidates import Candidates, candidates_at
from habitue.signals.need.history import Floats, History
from habitue.signals.need.shopping import shopping_at
from habitue.signals.need.training import Moment

__all__ = ["NextProducts", "fit_products"]

_ENOUGH = 50  # products that came, to learn from
_LEARNERS = 4_000  # customers
_TREES = {"rounds": 40, "leaves": MOST_LEAVES, "learning_rate": 0.15, "leaf_rows": 100}


@dataclass(frozen=True)
class NextProducts:
    """The fitted chances of candidates; without a model, own share and popularity speak."""

    model: Fitted | None
    examples: int

    def chances(self, found: Candidates) -> Floats:
        """Return the chance of each candidate to be in the next order, shape (n, m); -1 where a list is shorter."""
        if self.model is None:
            return found.spread(np.clip(found.x[1] + 0.1 * np.exp(found.x[5]), 0.0, 1.0))
        if self._trees is None:
            return found.spread(self.model.predict(found.x.T) if found.x.size else np.zeros(0))
        return found.spread(expit(self._trees.total(found.x) + self._level))

    @cached_property
    def _trees(self) -> SmallTrees | None:
        return SmallTrees.of(self.model.booster) if isinstance(self.model, Boosted) else None

    @property
    def _level(self) -> float:
        return self.model.shift if isinstance(self.model, Boosted) else 0.0


def fit_products(
    history: History, asked: Sequence[Moment], chances: Sequence[tuple[Any, Floats]], *, seed: int = 0
) -> NextProducts:
    """Learn from earlier moments which candidates came in the next order.

    Parameters
    ----------
    history : History
    asked : sequence of Moment
    chances : sequence of (array of shape (n,), array of shape (n, c))
        For each moment the customers who ordered again and their chances of categories.
    seed : int
    """
    x, y, group = [], [], []
    for moment, (who, chance) in zip(asked, chances, strict=True):
        every = max(1, -(-len(who) // _LEARNERS))
        drawn = np.asarray(who)[::every]
        found = candidates_at(history, shopping_at(history, moment.day), chance[::every], drawn)
        after = history.first_from(moment.day, moment.until)
        came = sparse.csr_matrix(after.summed(np.ones(len(after.who)), after.items))
        row, column = np.nonzero(found.there)
        x.append(found.x)
        y.append((np.asarray(came[found.who[row], found.product[row, column]]).ravel() > 0).astype(np.float64))
        group.append(found.who[row])
    if not x or sum(each.sum() for each in y) < _ENOUGH:
        return NextProducts(None, 0)
    inputs, label = np.concatenate(x, axis=1).T, np.concatenate(y)
    candidate = make("boosted", "binary", seed=seed, params=_TREES)
    return NextProducts(candidate.fit(inputs, label, groups=np.concatenate(group)), len(label))
