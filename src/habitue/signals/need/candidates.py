"""Products that may come next: refills, old acquaintances, what goes with them, and what is popular."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from habitue.signals.need.history import Floats, History, Ints
from habitue.signals.need.replenishment import Refills, refills_at
from habitue.signals.need.shopping import Shopping

__all__ = ["REASON_CODES", "Candidates", "acquaintances_at", "candidates_at"]

#: Why a product is named, the strongest reason first.
REASON_CODES = ("replenish", "bought_before", "goes_with", "popular")

_STALE_CYCLES = 4
_OWN, _WITH = 15, 6  # candidates of each kind, at most
_INPUTS = 12
_SMOOTHING = 3.0  # orders of everybody, where own history answers alone


@dataclass(frozen=True)
class Candidates:
    """Products that may come next for each customer, in lists of one length.

    Attributes
    ----------
    who : array of shape (n,)
        Places of the customers.
    product : array of shape (n, m)
        The customer's own, the most telling first, then what goes with them, then what is popular; -1 where a list is
        shorter.
    reason : array of shape (n, m)
        Places in ``REASON_CODES``.
    due_day, usual_gap_days : arrays of shape (n, m)
        NaN where the product has no cycle for the customer.
    x : array of shape (k, candidates)
        Inputs of the entries that are there, list by list.
    """

    who: Ints
    product: Ints
    reason: Ints
    due_day: Floats
    usual_gap_days: Floats
    x: Floats

    @property
    def there(self) -> Any:
        """Which entries are there, shape (n, m)."""
        return self.product >= 0

    def spread(self, values: Floats, nothing: float = -1.0) -> Floats:
        """Put one value per candidate into the lists."""
        told = np.full(self.product.shape, nothing)
        told[self.there] = values
        return told


def candidates_at(history: History, shopping: Shopping, chance: Floats, who: Sequence[int] | Any) -> Candidates:
    """Gather the products that may come next for some customers.

    Parameters
    ----------
    history : History
    shopping : Shopping
    chance : array of shape (n, c)
        Of each category, for each of ``who``.
    who : array of shape (n,)
        Places of customers with a past, rising.
    """
    past, own, listed = _acquainted(history, shopping, who, _OWN)
    near, company = _companions(past, own, listed, shopping)
    count = len(listed)
    popular = np.broadcast_to(shopping.popular, (count, len(shopping.popular)))
    twice = (near[:, :, None] == popular[:, None, :]).any(axis=1)
    others = np.hstack([near, np.where(twice, -1, popular)])
    others, at = _not_listed(own, np.asarray(who), others, listed, len(past.shelf.products))
    own_at = np.hstack([listed, at])
    product = np.hstack([np.where(listed >= 0, own.product[listed], -1) if len(own.who) else listed, others])
    pull = np.zeros(product.shape)
    pull[:, listed.shape[1] : listed.shape[1] + near.shape[1]] = company
    return _described(past, shopping, chance, own, (np.asarray(who), product, own_at, pull))


def acquaintances_at(
    history: History, shopping: Shopping, who: Any, orders: Floats, *, most_popular: int
) -> Candidates:
    """Gather what some customers bought before and what is popular; ``x`` holds the share of orders alone, smoothed.

    Parameters
    ----------
    history : History
    shopping : Shopping
    who : array of shape (n,)
        Places of customers with a past, rising.
    orders : array of shape (n,)
    most_popular : int
    """
    past, own, listed = _acquainted(history, shopping, who, _OWN)
    popular = np.tile(shopping.popular[:most_popular], (len(listed), 1))
    others, at = _not_listed(own, np.asarray(who), popular, listed, len(past.shelf.products))
    own_at = np.hstack([listed, at])
    product = np.hstack([np.where(listed >= 0, own.product[listed], -1) if len(own.who) else listed, others])
    row, column = np.nonzero(product >= 0)
    own_at, item = own_at[row, column], product[row, column]
    seen = _Seen.of(own, own_at, shopping.day)
    share = (seen.times + _SMOOTHING * shopping.popularity[item]) / (orders[row] + _SMOOTHING)
    return _listed(np.asarray(who), product, seen, share[None, :], day=shopping.day, popular=True)


def _acquainted(history: History, shopping: Shopping, who: Any, most: int) -> tuple[History, Refills, Ints]:
    """Return the past of some customers, what they bought, and for each the places of the most telling ones there.

    Those bought most often come first, then those bought latest; -1 where there are fewer.
    """
    past = history.before(shopping.day).of(who)
    own = refills_at(past, shopping.day, shopping.cycles)
    # Days since are never negative, so the second part is below 1 and decides between equal numbers of times alone.
    telling = own.times + 1.0 / (2.0 + shopping.day - own.last_day)
    turn = np.lexsort((-telling, own.who))
    row = np.full(len(history.customers), -1)
    row[who] = np.arange(len(who))
    row = row[own.who[turn]]
    size = np.bincount(row, minlength=len(who))
    rank = np.arange(len(row)) - (np.cumsum(size) - size)[row]
    listed = np.full((len(who), min(most, int(size.max(initial=0)))), -1)
    kept = rank < most
    listed[row[kept], rank[kept]] = turn[kept]
    return past, own, listed


def _companions(past: History, own: Refills, listed: Ints, shopping: Shopping) -> tuple[Ints, Floats]:
    """Return for each customer the products that most of the telling ones speak for, and how strongly; -1 for none."""
    row, column = np.nonzero(listed >= 0)
    held = own.product[listed[row, column]]
    per_row = np.r_[0, np.cumsum(np.bincount(row, minlength=len(listed)))]
    shape = (len(listed), len(past.shelf.products))
    taken = sparse.csr_matrix((np.ones(len(held)), held, per_row), shape=shape)
    pulled = taken @ shopping.others
    size = np.diff(pulled.indptr)
    wide = int(size.max(initial=0))
    strength, product = np.full((len(listed), wide), -np.inf), np.full((len(listed), wide), -1)
    inside = np.arange(wide) < size[:, None]
    # Rounded, so that sums taken in another order are the same tie, which goes to the product that comes first.
    strength[inside] = np.round(pulled.data, 9) - pulled.indices * (5e-10 / shape[1])
    product[inside] = pulled.indices
    if wide > _WITH:
        best = np.argpartition(-strength, _WITH - 1, axis=1)[:, :_WITH]
        strength, product = np.take_along_axis(strength, best, axis=1), np.take_along_axis(product, best, axis=1)
    by_strength = np.argsort(-strength, axis=1, kind="stable")
    strength, product = (np.take_along_axis(each, by_strength, axis=1) for each in (strength, product))
    return np.where(strength > 0, product, -1), np.maximum(strength, 0.0)


def _not_listed(own: Refills, who: Ints, others: Ints, listed: Ints, products: int) -> tuple[Ints, Ints]:
    """Take out what is listed as the customer's own; return the rest, and places of what was bought all the same."""
    if not len(own.who):
        return others, np.full(others.shape, -1)
    key = own.who * products + own.product
    wanted = who[:, None] * products + others
    at = np.minimum(np.searchsorted(key, wanted.ravel()), len(key) - 1).reshape(others.shape)
    at = np.where((key[at] == wanted) & (others >= 0), at, -1)
    taken = np.zeros(len(key) + 1, dtype=bool)
    taken[listed[listed >= 0]] = True
    return np.where(taken[at], -1, others), at


@dataclass(frozen=True)
class _Seen:
    """What a customer did with a product before: 0 times and NaN where it was never bought."""

    mine: Any
    times: Floats
    gap: Floats
    since: Floats

    @classmethod
    def of(cls, own: Refills, at: Ints, day: float) -> _Seen:
        mine = at >= 0
        # Place -1 reads the last entry, which says that nothing was bought.
        times, gap = np.r_[own.times, 0.0][at], np.r_[own.usual_gap_days, np.nan][at]
        return cls(mine, times, gap, day - np.r_[own.last_day, np.nan][at])


def _described(past: History, shopping: Shopping, chance: Floats, own: Refills, found: Any) -> Candidates:
    who, product, own_at, pull = found
    row, column = np.nonzero(product >= 0)
    item, strength = product[row, column], pull[row, column]
    seen = _Seen.of(own, own_at[row, column], shopping.day)
    orders = np.bincount(past.who, minlength=len(past.customers))[who].astype(np.float64)
    lines = np.bincount(past.who, np.diff(past.items.indptr), minlength=len(past.customers))[who]
    category = past.shelf.category_of[item]
    x = np.empty((_INPUTS, len(row)))
    for at, values in enumerate(
        (
            seen.times,
            seen.times / orders[row],
            seen.since,
            seen.since / seen.gap,
            seen.gap,
            np.log(shopping.popularity)[item],
            strength,
            np.where(category >= 0, chance[row, category], 0.0),
            shopping.day - shopping.first_day[item],
            orders[row],
            (lines / orders)[row],
            seen.mine,
        )
    ):
        x[at] = values
    return _listed(who, product, seen, x, day=shopping.day, popular=strength <= 0)


def _listed(who: Ints, product: Ints, seen: _Seen, x: Floats, *, day: float, popular: Any) -> Candidates:
    # A product left alone for several of its cycles is not due any more: the customer has stopped using it.
    current = seen.mine & (seen.since <= _STALE_CYCLES * seen.gap)
    due = np.where(current, day - seen.since + seen.gap, np.nan)
    reason = np.where(current & (seen.times > 1), 0, np.where(seen.mine, 1, np.where(popular, 3, 2)))
    there = product >= 0
    lists = [np.full(product.shape, np.nan), np.full(product.shape, np.nan), np.full(product.shape, 3)]
    for held, values in zip(lists, (due, seen.gap, reason), strict=True):
        held[there] = values
    return Candidates(who, product, lists[2], lists[0], lists[1], x)
