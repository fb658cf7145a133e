"""What is learnt of a shop for recommending: the recommender itself, what is bought together, what is alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from habitue.models.recommend import Histories, Items
from habitue.models.recommend.attributes import AttributeSimilarity
from habitue.models.recommend.neighbours import ItemNeighbours
from habitue.models.recommend.stack import Stack
from habitue.models.recommend.steps import steps_by_time

__all__ = ["Makers", "baskets", "fit_makers", "horizon_of", "rebuys"]

_LEAST_ASKED = 30  # customers of a step, below which steps are counted in events instead of days
_REBOUGHT = 0.1  # share of what is bought that was bought before, from which lists show it


@dataclass(frozen=True, eq=False)
class Makers:
    """Fitted makers; all know the same products.

    Attributes
    ----------
    stack : Stack, optional
        None where nobody came a second time: then bestsellers answer.
    together : ItemNeighbours
        Of baskets.
    neighbours : ItemNeighbours
        Of customers: what the same people want.
    alike : AttributeSimilarity, optional
        None where nothing is known of products.
    repeats : bool
        Whether customers of this shop buy the same products again.
    n_items : int
    """

    stack: Stack | None
    together: ItemNeighbours
    neighbours: ItemNeighbours
    alike: AttributeSimilarity | None
    repeats: bool
    n_items: int

    def state(self) -> dict[str, Any]:
        """Return plain values, arrays and sparse tables from which `from_state` makes the same again."""
        return {
            "stack": None if self.stack is None else self.stack.state(),
            "together": self.together.state(),
            "neighbours": self.neighbours.state(),
            "alike": None if self.alike is None else self.alike.state(),
            "repeats": self.repeats,
            "n_items": self.n_items,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Make them again from what `state` gave."""
        return cls(
            None if state["stack"] is None else Stack.from_state(state["stack"]),
            ItemNeighbours.from_state(state["together"]),
            ItemNeighbours.from_state(state["neighbours"]),
            None if state["alike"] is None else AttributeSimilarity.from_state(state["alike"]),
            bool(state["repeats"]),
            int(state["n_items"]),
        )


def fit_makers(histories: Histories, purchases: Histories, items: Items, *, seed: int = 0) -> Makers:
    """Learn from what customers did.

    Parameters
    ----------
    histories, purchases : Histories
        All that counts, and purchases alone; the same customers and products, with days.
    items : Items
    seed : int
    """
    horizon = horizon_of(histories)
    repeats = rebuys(purchases, horizon)
    alike = None
    if items.attributes is not None or items.vectors is not None:
        alike = AttributeSimilarity(places=None, popularity=0.2).fit(purchases, items, seed=seed)
    return Makers(
        _stack(histories, purchases, items, horizon, repeats=repeats, seed=seed),
        ItemNeighbours(places=None, shrink=5.0).fit(baskets(purchases), items, seed=seed),
        ItemNeighbours(places=None).fit(histories, items, seed=seed),
        alike,
        repeats,
        items.n_items,
    )


def baskets(purchases: Histories) -> Histories:
    """Return what was bought at one moment by one customer as histories of their own; single products are left out.

    Examples
    --------
    >>> both = Histories.from_lists([[0, 1, 2]], n_items=3, days=[[1.0, 1.0, 2.0]])
    >>> baskets(both).row(0).tolist(), len(baskets(both))
    ([0, 1], 1)
    """
    if purchases.days is None or not purchases.items.size:
        return Histories(np.zeros(1, np.int64), np.empty(0, np.int32), purchases.n_items)
    rows = purchases.rows
    first = np.ones(rows.size, bool)
    first[1:] = (np.diff(rows) != 0) | (np.diff(purchases.days) != 0)
    which = np.cumsum(first) - 1
    size = np.bincount(which)
    kept = size[which] > 1
    starts = np.concatenate([[0], np.cumsum(size[size > 1])]).astype(np.int64)
    return Histories(starts, purchases.items[kept], purchases.n_items)


def horizon_of(histories: Histories, most: float = 30.0) -> float:
    """Return over how many days a step goes: 30, less in a shop of few months, at least one."""
    if histories.days is None or not histories.items.size:
        return most
    return float(np.clip(np.floor((histories.days.max() - histories.days.min()) / 6), 1.0, most))


def rebuys(purchases: Histories, horizon_days: float) -> bool:
    """Say whether a tenth or more of what known customers bought last is what they had bought before."""
    if purchases.days is None or not purchases.items.size:
        return False
    cut = float(purchases.days.max()) - horizon_days
    before, after = purchases.before(cut), purchases.items_since(cut)
    rows = np.flatnonzero((before.lengths > 0) & (after.lengths > 0))
    if not rows.size:
        return False
    fresh = after.take(rows).distinct()
    again = fresh.items.size - fresh.without(before.take(rows).seen()).items.size
    return bool(again >= _REBOUGHT * fresh.items.size)


def _stack(
    histories: Histories, purchases: Histories, items: Items, horizon: float, *, repeats: bool, seed: int
) -> Stack | None:
    """Fit the recommender on steps of days; of events where days give too few customers to ask."""
    if not (histories.lengths > 1).any():
        return None
    by_time = steps_by_time(histories, horizon, earlier=1, repeats=repeats, outcomes=purchases)[0]
    if len(by_time.known) < _LEAST_ASKED:
        return Stack(repeats=repeats).fit(histories, items, seed=seed)
    # Lists are to lead to purchases, whatever else is known of customers.
    return Stack(horizon_days=horizon, repeats=repeats).fit(histories, items, outcomes=purchases, seed=seed)
