"""What customers did, oldest first, packed one after another: what every maker of recommendations reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from habitue.errors import ConfigError, DataError

__all__ = ["Histories"]

Ints = npt.NDArray[np.int64]
Items = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Histories:
    """What each customer did, oldest first.

    Parameters
    ----------
    starts : int array of shape (customers + 1,)
        What customer ``r`` did stands at places ``starts[r]`` to ``starts[r + 1]``.
    items : int array of shape (events,)
        Products, from 0 to ``n_items - 1``.
    n_items : int
    days : float array of shape (events,), optional
        When, in days since any origin, never falling within a customer; None where only the order is known.
    weights : float array of shape (events,), optional
        How much an event says, 1 for a purchase; None where all say the same.

    Raises
    ------
    DataError
        When the arrays do not fit each other.

    Examples
    --------
    >>> two = Histories.from_lists([[0, 2], [1]], n_items=3)
    >>> two.lengths.tolist(), two.row(0).tolist()
    ([2, 1], [0, 2])
    >>> two.without_last().row(0).tolist()
    [0]
    """

    starts: Ints
    items: Items
    n_items: int
    days: Floats | None = None
    weights: Floats | None = None

    def __post_init__(self) -> None:
        """Refuse arrays that do not fit each other."""
        counts = [self.items.size, *(each.size for each in (self.days, self.weights) if each is not None)]
        whole = self.starts.size > 0 and self.starts[0] == 0 and bool((np.diff(self.starts) >= 0).all())
        if not whole or {*counts, int(self.starts[-1])} != {self.items.size}:
            raise DataError(f"starts, items, days and weights do not fit: {self.starts.size} starts, {counts} events")
        if self.items.size and not (self.items.min() >= 0 and self.items.max() < self.n_items):
            raise DataError(f"a product is not among the {self.n_items}", expected=f"0 to {self.n_items - 1}")

    @classmethod
    def from_lists(
        cls, rows: Iterable[Sequence[int]], *, n_items: int, days: Iterable[Sequence[float]] | None = None
    ) -> Histories:
        """Pack lists of products, one list a customer."""
        lists = [np.asarray(row, np.int32) for row in rows]
        starts = np.concatenate([[0], np.cumsum([row.size for row in lists], dtype=np.int64)]).astype(np.int64)
        items = np.concatenate(lists) if lists else np.empty(0, np.int32)
        when = None if days is None else np.concatenate([np.asarray(row, np.float64) for row in days])
        return cls(starts, items.astype(np.int32), n_items, when)

    @classmethod
    def from_events(
        cls,
        customers: Any,
        items: Any,
        *,
        n_customers: int,
        n_items: int,
        days: Any = None,
        weights: Any = None,
    ) -> Histories:
        """Pack events that stand in any order; those of one customer and moment stay in the order given.

        Parameters
        ----------
        customers, items : int array of shape (events,)
        n_customers, n_items : int
        days, weights : float array of shape (events,), optional
            Without days the events of a customer stay in the order given.
        """
        who = np.asarray(customers, np.int64)
        order = np.argsort(who, kind="stable") if days is None else np.lexsort((np.asarray(days), who))
        starts = np.concatenate([[0], np.cumsum(np.bincount(who, minlength=n_customers))]).astype(np.int64)
        when, much = (None if each is None else np.asarray(each, np.float64)[order] for each in (days, weights))
        return cls(starts, np.asarray(items, np.int32)[order], n_items, when, much)

    def __len__(self) -> int:
        return self.starts.size - 1

    @property
    def lengths(self) -> Ints:
        """How many events each customer has, of shape (customers,)."""
        return np.diff(self.starts)

    @property
    def rows(self) -> Ints:
        """The customer of each event, of shape (events,)."""
        return np.repeat(np.arange(len(self)), self.lengths)

    @property
    def ages(self) -> Ints:
        """Places back from each customer's newest event, which has 0; of shape (events,)."""
        return np.repeat(self.starts[1:], self.lengths) - 1 - np.arange(self.items.size)

    def ages_of(self, *, visits: bool = False) -> Ints:
        """Return places back from each customer's newest event, counted in events or in visits; of shape (events,).

        Events of one customer and moment are one visit; without days every event is its own.
        """
        if not visits or self.days is None or not self.items.size:
            return self.ages
        rows, later = self.rows, np.zeros(self.items.size, np.int64)
        later[:-1] = (np.diff(self.days) > 0) & (np.diff(rows) == 0)
        since = np.cumsum(later[::-1])[::-1]  # moments after this event, of this and all later customers
        return np.asarray(since - np.append(since, 0)[self.starts[1:]][rows], np.int64)

    def row(self, number: int) -> Items:
        """Return the products of one customer, oldest first."""
        return self.items[self.starts[number] : self.starts[number + 1]]

    def take(self, rows: Any) -> Histories:
        """Return some customers, in the order asked for."""
        wanted = np.asarray(rows, np.int64)
        lengths = self.lengths[wanted]
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        places = np.arange(starts[-1]) - np.repeat(starts[:-1], lengths) + np.repeat(self.starts[:-1][wanted], lengths)
        return self._at(starts, places)

    def without_last(self, events: int = 1) -> Histories:
        """Return all customers without their newest events; who has no more is left with none."""
        return self._kept(self.ages >= events)

    def last(self, events: int) -> Histories:
        """Return all customers with their newest events only."""
        if events < 1:
            raise ConfigError(f"a history of {events} events says nothing", expected="1 or more")
        return self._kept(self.ages < events)

    def before(self, day: float) -> Histories:
        """Return what happened strictly before a day, counted as ``days`` are."""
        if self.days is None:
            raise DataError("these histories know the order of events and no days", expected="days")
        return self._kept(self.days < day)

    def items_since(self, day: float) -> Histories:
        """Return what happened on or after a day, counted as ``days`` are."""
        if self.days is None:
            raise DataError("these histories know the order of events and no days", expected="days")
        return self._kept(self.days >= day)

    def without(self, products: Any) -> Histories:
        """Return all customers without events of some products.

        Parameters
        ----------
        products : bool array of shape (n_items,), or scipy.sparse.csr_array of shape (customers, n_items)
            The products to leave out, of everybody or of each customer.
        """
        if isinstance(products, np.ndarray):
            return self._kept(~products[self.items])
        had = np.repeat(np.arange(len(self), dtype=np.int64), np.diff(products.indptr)) * self.n_items
        return self._kept(~np.isin(self.rows * self.n_items + self.items, had + products.indices))

    def without_each(self, events: npt.NDArray[np.bool_]) -> Histories:
        """Return all customers without the events that are marked, of shape (events,)."""
        return self._kept(~events)

    def distinct(self) -> Histories:
        """Return all customers with the newest event of each product only."""
        keep = np.zeros(self.items.size, bool)
        keep[self._newest_of_each()] = True
        return self._kept(keep)

    def newest(self) -> Items:
        """Return each customer's newest product, -1 for who has none; of shape (customers,)."""
        if not self.items.size:
            return np.full(len(self), -1, np.int32)
        return np.where(self.lengths > 0, self.items[np.maximum(self.starts[1:] - 1, 0)], -1).astype(np.int32)

    def counts(self) -> Ints:
        """Return how many events each product has, of shape (n_items,)."""
        return np.bincount(self.items, minlength=self.n_items).astype(np.int64)

    def decayed(self, places: float | None = None, *, visits: bool = False) -> Any:
        """Return how present each product is in each history: 1 for the newest, less the further back it lies.

        Parameters
        ----------
        places : float, optional
            A product lies ``a`` events back and counts ``exp(-a / places)``; all count 1 when not given. A product
            bought again counts once, at its newest place.
        visits : bool
            Count places in visits instead of events.

        Returns
        -------
        scipy.sparse.csr_array of shape (customers, n_items), float32
        """
        presence = np.ones(self.items.size) if places is None else np.exp(-self.ages_of(visits=visits) / places)
        if self.weights is not None:
            presence = presence * self.weights
        newest = self._newest_of_each()
        table = (presence[newest].astype(np.float32), (self.rows[newest], self.items[newest]))
        return sparse.csr_array(table, shape=(len(self), self.n_items))

    def seen(self) -> Any:
        """Return which products each customer had, of shape (customers, n_items): 1 or nothing."""
        newest = self._newest_of_each()
        table = (np.ones(newest.size, np.float32), (self.rows[newest], self.items[newest]))
        return sparse.csr_array(table, shape=(len(self), self.n_items))

    def _newest_of_each(self) -> Ints:
        """Return the places of the newest event of every customer and product."""
        key = self.rows * self.n_items + self.items
        _, backwards = np.unique(key[::-1], return_index=True)
        return np.sort(self.items.size - 1 - backwards)

    def _kept(self, keep: npt.NDArray[np.bool_]) -> Histories:
        kept = np.concatenate([[0], np.cumsum(keep)])
        return self._at(kept[self.starts].astype(np.int64), np.flatnonzero(keep))

    def _at(self, starts: Ints, places: Ints) -> Histories:
        days, weights = (None if each is None else each[places] for each in (self.days, self.weights))
        return Histories(starts, self.items[places], self.n_items, days, weights)
