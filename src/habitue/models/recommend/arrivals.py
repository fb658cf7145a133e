"""Arrivals: what is new in the shop and like what a customer had lately, as long as it is new."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse

from habitue.models.recommend.attributes import AttributeSimilarity
from habitue.models.recommend.histories import Histories
from habitue.models.recommend.maker import NONE, Candidates, Items, best_of
from habitue.models.recommend.sparse_lists import blocks

__all__ = ["Arrivals"]

Floats = npt.NDArray[np.float32]

_TABLE = 8_000_000  # scores looked at together


@dataclass(eq=False)
class Arrivals(AttributeSimilarity):
    """New products like what the customer had lately, by attributes or vectors, the newest first.

    A product is new for ``window_days`` from its first day on sale; its score is its likeness to the faded history
    times ``0.5 ** (days on sale / launch_days)``. Where the first day on sale is not known, the first day on which it
    was bought stands for it; what was never bought and has no day is not taken for new.

    Parameters
    ----------
    places, events, popularity, vector_share
        As in ``AttributeSimilarity``.
    window_days : float
    launch_days : float
        After so many days a launch counts half.
    today : float, optional
        The day asked about, counted as ``since_days`` are; the newest day known when not given.

    Examples
    --------
    >>> kinds = sparse.csr_array(np.array([[1, 0], [1, 0], [1, 0], [0, 1]]))
    >>> world = Histories.from_lists([[0], [1]], n_items=4, days=[[10.0], [90.0]])
    >>> shop = Items(4, attributes=kinds, since_days=np.array([0.0, 0.0, 80.0, 80.0]))
    >>> Arrivals().fit(world, shop).candidates(world, 3).items.tolist()
    [[2, -1, -1], [2, -1, -1]]
    """

    popularity: float = 0.0
    window_days: float = 60.0
    launch_days: float = 30.0
    today: float | None = None
    fresh: Any = None

    name: ClassVar[str] = "arrivals"

    def fit(self, histories: Histories, items: Items, *, seed: int = 0) -> Self:
        """Find out what is new, and weigh the attributes."""
        super().fit(histories, items, seed=seed)
        since = _first_days(histories, items)
        days = histories.days if histories.days is not None and histories.days.size else since[np.isfinite(since)]
        today = self.today if self.today is not None else float(days.max(initial=-np.inf))
        age = np.where(np.isfinite(since) & np.isfinite(today), today - since, np.inf)
        new = (age >= 0) & (age <= self.window_days)
        self.lift = (self.lift * np.where(new, 0.5 ** (np.maximum(age, 0) / self.launch_days), 0)).astype(np.float32)
        self.fresh = np.flatnonzero(new).astype(np.int32)
        self.reach = sparse.csr_array(self.reach.multiply(new[None, :]))
        self.reach.eliminate_zeros()
        return self

    def scores(self, histories: Histories) -> Floats:
        """Score every product for every history, of shape (histories, n_items): only new ones are above 0."""
        out = np.zeros((len(histories), self.lift.size), np.float32)
        out[:, self.fresh] = self._among_fresh(histories)
        return out

    def candidates(self, histories: Histories, k: int, *, skip_seen: bool = True, seed: int = 0) -> Candidates:
        """Return the k best new products of each history; equal scores come in a random order."""
        if not self.fresh.size or not len(histories):
            shape = (len(histories), k)
            return Candidates(np.full(shape, NONE, np.int32), np.full(shape, -np.inf, np.float32))
        parts = []
        for run in blocks(np.full(len(histories), self.fresh.size), most=_TABLE):
            some = histories.take(np.arange(run.start, run.stop))
            seen = sparse.csr_array(some.seen()[:, self.fresh]) if skip_seen else None
            found = best_of(self._among_fresh(some), k, hidden=seen, seed=seed)
            named = np.where(found.items >= 0, self.fresh[np.maximum(found.items, 0)], NONE)
            parts.append(Candidates(named.astype(np.int32), found.scores))
        return Candidates(*(np.concatenate(both) for both in zip(*parts, strict=True)))

    def among_new(self, new: npt.NDArray[np.bool_]) -> Self:
        """Return the maker for some products alone, all held to have arrived today."""
        other = super().among_new(new)
        other.fresh = np.flatnonzero(new).astype(np.int32)
        other.reach = sparse.csr_array(self.profile.T.multiply(new[None, :]))
        other.reach.eliminate_zeros()
        return other

    def _among_fresh(self, histories: Histories) -> Floats:
        """Return the scores of new products, of shape (histories, new products)."""
        presence = self._presence(histories)
        liked = sparse.csr_array(presence @ self.profile)
        out = np.asarray((liked @ self.reach[:, self.fresh]).toarray(), np.float32)
        if self.vectors is not None:
            close = presence @ self.vectors @ self.vectors[self.fresh].T
            out = (1 - self.vector_share) * out + self.vector_share * np.maximum(close, 0)
        return np.asarray(out * self.lift[self.fresh], np.float32)


def _first_days(histories: Histories, items: Items) -> npt.NDArray[np.float64]:
    """Return each product's first day on sale, or the first day it was bought; infinite where neither is known."""
    bought = np.full(items.n_items, np.inf)
    if histories.days is not None:
        np.minimum.at(bought, histories.items, histories.days)
    if items.since_days is None:
        return bought
    since = np.asarray(items.since_days, np.float64)
    return np.where(np.isfinite(since), since, bought)
