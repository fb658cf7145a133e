"""Popular: what is bought most, the recent more than the old, in the whole shop or in a customer's categories."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from habitue.models.recommend.histories import Histories
from habitue.models.recommend.maker import NONE, Candidates, Items, Share, best_of
from habitue.models.recommend.sparse_lists import blocks

__all__ = ["Popular"]

Floats = npt.NDArray[np.float32]
ItemNumbers = npt.NDArray[np.int32]

_TABLE = 8_000_000  # scores looked at together
_ROWS = 500  # histories looked at together


@dataclass(eq=False)
class Popular:
    """What everybody buys.

    A purchase ``d`` days before the newest one counts ``0.5 ** (d / half_life_days)``; without days, or without a half
    life, all count the same. For a country or a channel, fit one on the histories of its customers alone.

    Parameters
    ----------
    half_life_days : float, optional
    by_category : bool
        Score = sales times how present the product's category is in the history; an empty history gets what sells
        best everywhere.
    places : float
        How fast the presence of a category fades, in events of the history.

    Examples
    --------
    >>> shop = Histories.from_lists([[0, 1], [1]], n_items=3)
    >>> Popular().fit(shop, Items(3)).candidates(Histories.from_lists([[]], n_items=3), 2).items.tolist()
    [[1, 0]]
    """

    half_life_days: float | None = None
    by_category: bool = False
    places: float = 10.0
    sales: Any = None
    categories: Any = None

    name: ClassVar[str] = "popular"

    def fit(self, histories: Histories, items: Items, *, seed: int = 0) -> Self:
        """Count what was bought."""
        del seed  # nothing is drawn
        weight = np.ones(histories.items.size)
        if self.half_life_days is not None and histories.days is not None and histories.items.size:
            weight = 0.5 ** ((histories.days.max() - histories.days) / self.half_life_days)
        sales = np.bincount(histories.items, weight, items.n_items)
        self.sales = (sales / max(float(sales.max(initial=0)), 1e-300)).astype(np.float32)
        self.categories = None
        if self.by_category and items.categories is not None:
            self.categories = np.asarray(items.categories, np.int32)
        return self

    def scores(self, histories: Histories) -> Floats:
        """Score every product for every history, of shape (histories, n_items)."""
        if self.categories is None:
            return np.asarray(np.repeat(self.sales[None, :], len(histories), axis=0))
        liking, plain = self._liking(histories)
        table = np.where(self.categories >= 0, liking[:, np.maximum(self.categories, 0)], 0)
        return np.asarray(np.where(plain[:, None], 1, table).astype(np.float32) * self.sales)

    def candidates(self, histories: Histories, k: int, *, skip_seen: bool = True, seed: int = 0) -> Candidates:
        """Return the k best products of each history; equal scores come in a random order."""
        if self.categories is None:
            return self._same_for_all(histories, k, skip_seen=skip_seen, seed=seed)
        parts = []
        for run in blocks(np.full(len(histories), self.sales.size), most=_TABLE):
            some = histories.take(np.arange(run.start, run.stop))
            parts.append(best_of(self.scores(some), k, hidden=some.seen() if skip_seen else None, seed=seed))
        if not parts:
            return Candidates(np.empty((0, k), np.int32), np.empty((0, k), np.float32))
        return Candidates(*(np.concatenate(both) for both in zip(*parts, strict=True)))

    def score_pairs(self, histories: Histories, items: ItemNumbers) -> Floats:
        """Score given products, of shape (histories, m), -1 for none."""
        wanted = np.maximum(items, 0)
        out = np.where(items >= 0, self.sales[wanted], 0).astype(np.float32)
        if self.categories is None:
            return out
        liking, plain = self._liking(histories)
        category = self.categories[wanted]
        liked = np.where(category >= 0, np.take_along_axis(liking, np.maximum(category, 0), axis=1), 0)
        return out * np.where(plain[:, None], 1, liked).astype(np.float32)

    def reasons(self, histories: Histories, items: ItemNumbers) -> list[list[Share]]:
        """Return no reasons: what sells well owes nothing to the customer."""
        del items
        return [[] for _ in range(len(histories))]

    def state(self) -> dict[str, Any]:
        """Return plain values and arrays from which `from_state` makes the same maker again."""
        return dict(vars(self))

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Make a maker again from what `state` gave."""
        return cls(**state)

    def _same_for_all(self, histories: Histories, k: int, *, skip_seen: bool, seed: int) -> Candidates:
        """Return the head of one order of products, without what each customer had."""
        place = np.random.default_rng(seed).permutation(self.sales.size)
        order = np.lexsort((place, -self.sales))[: int((self.sales > 0).sum())].astype(np.int32)
        items, scores = np.full((len(histories), k), NONE, np.int32), np.full((len(histories), k), -np.inf, np.float32)
        seen = histories.seen() if skip_seen else None
        had = np.zeros(len(histories), np.int64) if seen is None else np.diff(seen.indptr)
        for rows in np.split(np.argsort(had, kind="stable"), np.arange(_ROWS, len(had), _ROWS)):
            head = order[: k + int(had[rows].max(initial=0))]
            free = np.ones((rows.size, self.sales.size), bool)
            if seen is not None:
                mine = seen[rows]
                free[np.repeat(np.arange(rows.size), np.diff(mine.indptr)), mine.indices] = False
            free = free[:, head]
            found = np.argsort(~free, axis=1, kind="stable")[:, :k]
            there = np.take_along_axis(free, found, axis=1)
            items[rows, : found.shape[1]] = np.where(there, head[found], NONE)
            scores[rows, : found.shape[1]] = np.where(there, self.sales[head[found]], -np.inf)
        return Candidates(items, scores)

    def _liking(self, histories: Histories) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """Return each history's share of every category, and which histories tell of none."""
        known = int(self.categories.max(initial=-1)) + 1
        category = self.categories[histories.items]
        weight = np.where(category >= 0, np.exp(-histories.ages / self.places), 0)
        place = histories.rows * max(known, 1) + np.maximum(category, 0)
        table = np.bincount(place, weight, len(histories) * max(known, 1)).reshape(len(histories), -1)
        total = table.sum(axis=1)
        return (table / np.where(total > 0, total, 1)[:, None]).astype(np.float32), total <= 0
