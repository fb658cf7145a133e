"""The customers of a shop at a moment, with what came since then in the same process."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from habitue.actions.recommend.catalogue import Catalogue, as_id, read_catalogue
from habitue.actions.recommend.exploring import mixed
from habitue.actions.recommend.limits import Past
from habitue.actions.recommend.serving import Asked
from habitue.errors import NotEnoughData
from habitue.models.recommend import Histories
from habitue.tasks.recommending import ShopHistories, read_histories

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["Base", "Event", "base_of", "draws_of", "read_base"]

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a customer did: place of the product in the catalogue, day, and how much it says."""

    item: int
    day: float
    weight: float


@dataclass(eq=False)
class Base:
    """All customers known at a moment, and what each did since.

    Attributes
    ----------
    catalogue : Catalogue
    customers : tuple of str
    histories, purchases : Histories
        Of these customers; products as in the catalogue.
    since : dict of customer to list of Event
        What came since, also of customers who were not known.
    hidden : dict of customer to set of int
        Products that a customer does not want to see.
    shown : dict of customer to list of (day, products)
        Lists that were shown, oldest first.
    """

    catalogue: Catalogue
    customers: tuple[str, ...]
    histories: Histories
    purchases: Histories
    since: dict[str, list[Event]] = field(default_factory=dict)
    hidden: dict[str, set[int]] = field(default_factory=dict)
    shown: dict[str, list[tuple[float, tuple[int, ...]]]] = field(default_factory=dict)

    @cached_property
    def places(self) -> dict[str, int]:
        """Where each customer stands."""
        return {name: place for place, name in enumerate(self.customers)}

    def events_of(self, customer: str) -> tuple[Any, Any, Any]:
        """Return products, days and weights of all that one customer did, oldest first."""
        row, since = self.places.get(customer), self.since.get(customer, [])
        items, days, weights = (np.array([getattr(each, name) for each in since]) for name in Event.__slots__)
        if row is None:
            return items.astype(np.int32), days.astype(np.float64), weights.astype(np.float64)
        span = slice(self.histories.starts[row], self.histories.starts[row + 1])
        held = self.histories
        own = np.ones(span.stop - span.start) if held.weights is None else held.weights[span]
        when = np.full(own.size, self.catalogue.day) if held.days is None else held.days[span]
        return (
            np.concatenate([held.items[span], items]).astype(np.int32),
            np.concatenate([when, days]),
            np.concatenate([own, weights]),
        )

    def one(
        self, customer: str | None, session: list[Event], anchors: list[int] | None, draw: int, lists: Any
    ) -> Asked:
        """Return one customer, or an anonymous visit, as somebody to ask about.

        ``lists`` says how many of the last lists, and of how many days, count as shown.
        """
        n_items = len(self.catalogue)
        items, days, weights = self.events_of(customer) if customer else self.events_of("")
        visit = [np.array([getattr(each, name) for each in session]) for name in Event.__slots__]
        items, days, weights = (np.concatenate(both) for both in zip((items, days, weights), visit, strict=True))
        histories = _single(items, n_items, days, weights)
        bought = weights >= 1
        if customer in self.places and self.purchases.weights is None:
            row, since = self.places[customer], [each for each in self.since.get(customer, []) if each.weight >= 1]
            own = slice(self.purchases.starts[row], self.purchases.starts[row + 1])
            when = np.full(own.stop - own.start, 0.0) if self.purchases.days is None else self.purchases.days[own]
            purchases = _single(
                np.concatenate([self.purchases.items[own], [each.item for each in since]]), n_items,
                np.concatenate([when, [each.day for each in since]]), None,
            )  # fmt: skip
        else:
            purchases = _single(items[bought], n_items, days[bought], None)
        past = Past(
            purchases.seen(), histories.seen(), self._hidden([customer or ""]), self._shown([customer or ""], *lists)
        )
        held = None if anchors is None else _single(np.array(anchors), n_items, None, None)
        return Asked(histories, purchases, np.array([draw], np.int64), past, held)

    def all_of(self, rows: Any, draws: Ints, lists: tuple[int, float]) -> Asked:
        """Return many customers of the base as somebody to ask about; what came since is in their histories."""
        names = [self.customers[row] for row in rows]
        histories, purchases = self.histories.take(rows), self.purchases.take(rows)
        fresh = {place: self.since[name] for place, name in enumerate(names) if self.since.get(name)}
        if fresh:
            histories = _more(histories, fresh, self.catalogue.day)
            bought = {place: [each for each in some if each.weight >= 1] for place, some in fresh.items()}
            purchases = _more(purchases, bought, self.catalogue.day, weighed=False)
        past = Past(purchases.seen(), histories.seen(), self._hidden(names), self._shown(names, *lists))
        return Asked(histories, purchases, draws, past)

    def _hidden(self, names: list[str]) -> Any:
        if not self.hidden:
            return None
        pairs = [(row, item) for row, name in enumerate(names) for item in self.hidden.get(name, ())]
        return _table(pairs, len(names), len(self.catalogue))

    def _shown(self, names: list[str], lists: int, days: float) -> Any:
        if not self.shown:
            return None
        first = self.catalogue.day - days
        pairs = [
            (row, item)
            for row, name in enumerate(names)
            for day, items in self.shown.get(name, ())[-lists:]
            if day >= first
            for item in items
        ]
        return _table(pairs, len(names), len(self.catalogue))


def read_base(shop: Shop, as_of: datetime, *, known: tuple[str, ...] = ()) -> Base:
    """Read customers and products as of a moment; products that models know keep their places.

    A shop where nobody has done anything yet has products only.
    """
    try:
        read = read_histories(shop, as_of)
    except NotEnoughData:
        catalogue = read_catalogue(shop, as_of, known=known)
        nobody = Histories(np.zeros(1, np.int64), np.empty(0, np.int32), len(catalogue), np.empty(0))
        return Base(catalogue, (), nobody, nobody)
    return base_of(shop, read, known=known)


def base_of(shop: Shop, read: ShopHistories, *, known: tuple[str, ...] = ()) -> Base:
    """Return the customers that were read, beside the products of the same moment."""
    catalogue = read_catalogue(shop, read.as_of, known=known, also=read.products)
    at = np.array([catalogue.places[name] for name in read.products], np.int32)

    def placed(histories: Histories) -> Histories:
        return Histories(histories.starts, at[histories.items], len(catalogue), histories.days, histories.weights)

    return Base(catalogue, read.customers, placed(read.histories), placed(read.purchases))


def draws_of(customers: Any, seed: int) -> Ints:
    """Return one number a customer, from its id and a seed."""
    names = np.array([as_id(name) for name in customers], dtype=object)
    start = mixed(np.array([seed], np.uint64))
    hashed = pd.util.hash_array(names, categorize=False) if names.size else np.empty(0, np.uint64)
    return (mixed(hashed ^ start) >> np.uint64(1)).astype(np.int64)


def _single(items: Any, n_items: int, days: Any, weights: Any) -> Histories:
    starts = np.array([0, len(items)], np.int64)
    when = None if days is None else np.maximum.accumulate(np.asarray(days, np.float64))
    much = None if weights is None or bool((np.asarray(weights) == 1).all()) else np.asarray(weights, np.float64)
    return Histories(starts, np.asarray(items).astype(np.int32), n_items, when, much)


def _more(histories: Histories, fresh: dict[int, list[Event]], day: float, *, weighed: bool = True) -> Histories:
    """Return histories with what came since appended to some of them."""
    added = [(row, each) for row, some in fresh.items() for each in some]
    if not added:
        return histories
    held = np.full(histories.items.size, day) if histories.days is None else histories.days
    much = np.ones(histories.items.size) if histories.weights is None else histories.weights
    return Histories.from_events(
        np.concatenate([histories.rows, [row for row, _ in added]]),
        np.concatenate([histories.items, [each.item for _, each in added]]),
        n_customers=len(histories), n_items=histories.n_items,
        days=np.concatenate([held, [each.day for _, each in added]]),
        weights=np.concatenate([much, [each.weight for _, each in added]]) if weighed else None,
    )  # fmt: skip


def _table(pairs: list[tuple[int, int]], rows: int, columns: int) -> Any:
    at = np.array(pairs, np.int64).reshape(-1, 2)
    return sparse.csr_array((np.ones(len(at)), (at[:, 0], at[:, 1])), shape=(rows, columns))
