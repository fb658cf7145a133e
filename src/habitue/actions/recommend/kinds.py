"""Kinds of list: where the products of each come from, for many customers in one pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from habitue.actions.recommend.catalogue import Catalogue
from habitue.actions.recommend.makers import Makers
from habitue.actions.recommend.policy import Policy
from habitue.actions.recommend.pools import (
    AGAIN,
    NEW,
    PERSONAL,
    POPULAR,
    RULE,
    SIMILAR,
    TOGETHER,
    Pool,
    filled_up,
    joined,
    of_candidates,
    with_products,
)
from habitue.models.recommend import Histories

__all__ = ["ANCHORED", "KINDS", "Proposer", "within"]

#: Kinds of list, each with the products it starts from: none, those at hand, or those of the last order.
KINDS: tuple[str, ...] = (
    "home", "similar", "together", "cart", "after_purchase", "new", "win_back", "segment", "email", "push", "popular",
    "again",
)  # fmt: skip
ANCHORED = ("similar", "together", "cart")

_PROPOSED = 80  # products a maker is asked for
_FILL = 60  # bestsellers that stand ready where makers know too little
_FADING_DAYS = 90.0  # how fast an own purchase loses its pull


@dataclass(frozen=True, eq=False)
class Proposer:
    """Makers and catalogue of a moment: proposes products for a kind of list.

    Parameters
    ----------
    makers : Makers
    catalogue : Catalogue
    seed : int
    """

    makers: Makers
    catalogue: Catalogue
    seed: int = 0

    def pool(
        self,
        kind: str,
        histories: Histories,
        policy: Policy,
        *,
        anchors: Histories | None = None,
        purchases: Histories | None = None,
        k: int = 10,
    ) -> Pool:
        """Return the products that come into question for each customer.

        Parameters
        ----------
        kind : str
            One of `KINDS`.
        histories : Histories
            What customers did; products as in the catalogue.
        policy : Policy
        anchors : Histories, optional
            Products at hand: the product looked at, or the cart; the last order when not given.
        purchases : Histories, optional
            What the same customers bought; the histories when not given.
        k : int
        """
        bought = histories if purchases is None else purchases
        hand = anchors if anchors is not None and kind in ANCHORED else last_visit(bought)
        pool = self._of_kind(kind, histories, bought, hand, policy)
        pool = self._extra(pool, histories, policy)
        pool = _filled_up(pool, policy.bestsellers[: max(_FILL, 2 * k)])
        return pool if anchors is None else without(pool, anchors)

    def deepened(self, pool: Pool, policy: Policy, barred: Any, k: int) -> Pool:
        """Give one customer who had all of it the bestsellers that are left; ``barred`` are numbers of products."""
        best = policy.bestsellers
        return _filled_up(pool, best[~np.isin(best, barred)][: 4 * k])

    def _of_kind(self, kind: str, histories: Histories, bought: Histories, anchors: Histories, policy: Policy) -> Pool:
        made: dict[str, Callable[[], Pool]] = {
            "similar": lambda: self._similar(anchors),
            "together": lambda: joined(self._together(anchors), self._similar(anchors), weight=0.1),
            "cart": lambda: joined(self._together(anchors), self._personal(histories, policy), weight=0.3),
            "after_purchase": lambda: without(
                joined(self._together(anchors), self._personal(histories, policy), weight=0.5), anchors
            ),
            "new": lambda: self._new(histories, policy),
            "popular": lambda: _empty(len(histories)),
            "again": lambda: self._again(bought),
            "win_back": lambda: self._win_back(histories, bought, policy),
        }
        return made[kind]() if kind in made else self._personal(histories, policy)

    def _win_back(self, histories: Histories, bought: Histories, policy: Policy) -> Pool:
        own = joined(self._again(bought), self._personal(histories, policy), weight=0.9)
        return joined(own, self._new(histories, policy), weight=0.5)

    def _personal(self, histories: Histories, policy: Policy) -> Pool:
        stack = self.makers.stack
        if stack is None:
            return _empty(len(histories))
        skip = not self.makers.repeats if policy.rules.hide_bought is None else policy.rules.hide_bought
        known = within(histories, self.makers.n_items)
        found = stack.candidates(known, _PROPOSED, skip_seen=skip, seed=self.seed)
        pool = of_candidates(found.items, found.scores, PERSONAL)
        # Who has done nothing gets what sells: that is not personal.
        pool.makers[known.lengths == 0] = POPULAR
        return pool

    def _together(self, anchors: Histories) -> Pool:
        found = self.makers.together.candidates(within(anchors, self.makers.n_items), _PROPOSED, seed=self.seed)
        return of_candidates(found.items, found.scores, TOGETHER)

    def _similar(self, anchors: Histories) -> Pool:
        known = within(anchors, self.makers.n_items)
        near = self.makers.neighbours.candidates(known, _PROPOSED, seed=self.seed)
        pool = of_candidates(near.items, near.scores, SIMILAR)
        if self.makers.alike is None:
            return pool
        alike = self.makers.alike.candidates(known, _PROPOSED, seed=self.seed)
        return joined(of_candidates(alike.items, alike.scores, SIMILAR), pool, weight=0.3)

    def _again(self, bought: Histories) -> Pool:
        """Return what each customer bought, often and lately first."""
        pull = np.ones(bought.items.size)
        if bought.days is not None:
            pull = np.exp(-(self.catalogue.day - bought.days) / _FADING_DAYS) + 1e-6
        keys, at = np.unique(bought.rows * len(self.catalogue) + bought.items, return_inverse=True)
        score = np.bincount(at, pull, keys.size)
        rows, items = keys // max(len(self.catalogue), 1), keys % max(len(self.catalogue), 1)
        order = np.lexsort((items, -score, rows))
        rows, items, score = rows[order], items[order], score[order]
        place = np.arange(rows.size) - np.searchsorted(rows, rows)
        kept = place < _PROPOSED
        shape = (len(bought), int(place[kept].max(initial=-1)) + 1)
        out, worth = np.full(shape, -1, np.int32), np.zeros(shape)
        out[rows[kept], place[kept]], worth[rows[kept], place[kept]] = items[kept], score[kept]
        return of_candidates(out, worth, AGAIN)

    def _new(self, histories: Histories, policy: Policy) -> Pool:
        best = policy.newest
        if not best.size:
            return _empty(len(histories))
        items = np.broadcast_to(best.astype(np.int32), (len(histories), best.size))
        return of_candidates(items, self.scored(histories, items), NEW)

    def _extra(self, pool: Pool, histories: Histories, policy: Policy) -> Pool:
        """Add products that rules ask for: they are scored as all others are."""
        if not policy.extra.size:
            return pool
        items = np.broadcast_to(policy.extra.astype(np.int32), (len(histories), policy.extra.size))
        return with_products(pool, items, 0.5 * self.scored(histories, items), RULE)

    def scored(self, histories: Histories, items: Any) -> npt.NDArray[np.float64]:
        """Score given products for each customer, 0 to 1: by the recommender, and by likeness where it knows none."""
        catalogue, known = self.catalogue, self.makers.n_items
        liked = 0.1 + 0.9 * np.maximum(self._likeness(histories, items), 0)
        fame = np.log1p(catalogue.sales[np.maximum(items, 0)])
        by_eye = liked * (0.5 + 0.5 * fame / max(float(fame.max(initial=0)), 1e-9))
        if self.makers.stack is None:
            return np.asarray(by_eye)
        told = np.where(items < known, items, -1).astype(np.int32)
        score = self.makers.stack.score_pairs(within(histories, known), told).astype(np.float64)
        best = score.max(axis=1, keepdims=True, initial=0.0)
        score = score / np.where(best > 0, best, 1.0)
        return np.where(told >= 0, np.maximum(score, 1e-6), 0.5 * by_eye)

    def _likeness(self, histories: Histories, items: Any) -> npt.NDArray[np.float64]:
        """Return how alike products of shape (customers, m) are to what each customer had lately."""
        presence = histories.decayed(5.0)
        profile = np.asarray(presence @ self.catalogue.sketches)
        length = np.linalg.norm(profile, axis=1, keepdims=True)
        profile = profile / np.where(length > 0, length, 1)
        return np.asarray(np.einsum("rf,rmf->rm", profile, self.catalogue.sketches[np.maximum(items, 0)]))


def within(histories: Histories, n_items: int) -> Histories:
    """Return histories without products that models do not know."""
    if histories.n_items == n_items:
        return histories
    kept = histories.without_each(histories.items >= n_items)
    return Histories(kept.starts, kept.items, n_items, kept.days, kept.weights)


def last_visit(bought: Histories) -> Histories:
    """Return the products of each customer's last order."""
    return bought.without_each(bought.ages_of(visits=True) > 0)


def without(pool: Pool, anchors: Histories) -> Pool:
    """Take products at hand out of a pool, where others are left."""
    keys = np.sort(anchors.rows * anchors.n_items + anchors.items)
    if not keys.size:
        return pool
    asked = np.arange(pool.items.shape[0])[:, None] * anchors.n_items + np.maximum(pool.items, 0)
    at = np.minimum(np.searchsorted(keys, asked), keys.size - 1)
    gone = (keys[at] == asked) & (pool.items >= 0)
    # Where nothing else is for sale, what is at hand is better than nothing.
    gone &= (~gone & (pool.items >= 0)).any(axis=1)[:, None]
    return Pool(np.where(gone, -1, pool.items).astype(np.int32), np.where(gone, 0.0, pool.scores), pool.makers)


def _empty(customers: int) -> Pool:
    return Pool(np.empty((customers, 0), np.int32), np.empty((customers, 0)), np.empty((customers, 0), np.int8))


def _filled_up(pool: Pool, best: Any) -> Pool:
    return filled_up(pool, best, np.linspace(1.0, 0.1, max(best.size, 1))[: best.size], POPULAR)
