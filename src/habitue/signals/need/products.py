"""Which products come next: refills, old acquaintances, what goes with them, and what is popular."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from habitue.models.tabular import Fitted, make
from habitue.signals.need.history import Floats, History, Ints
from habitue.signals.need.replenishment import Cycles, Refills, fit_cycles, refills_at
from habitue.signals.need.training import Moment

__all__ = [
    "REASON_CODES",
    "Candidates",
    "NextProducts",
    "Shopping",
    "acquaintances_at",
    "candidates_at",
    "fit_products",
    "shopping_at",
]

#: Why a product is named, the strongest reason first.
REASON_CODES = ("replenish", "bought_before", "goes_with", "popular")

_STALE_CYCLES = 4

_OWN, _WITH, _POPULAR = 30, 15, 15  # candidates of each kind
_PAIRED = 2_000  # products whose company is learnt
_NEIGHBOURS = 20
_TOGETHER = 3  # buyers in common, at least
_RECENT_DAYS = 90.0
_ENOUGH = 50  # products that came, to learn from
_LEARNERS = 4_000  # customers
_ROUNDS = 120
_SMOOTHING = 3.0  # orders of everybody, where own history answers alone


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


@dataclass(frozen=True)
class Candidates:
    """Products that may come next for each customer.

    Attributes
    ----------
    who, product, reason : arrays of shape (m,)
        ``reason`` is a place in ``REASON_CODES``.
    due_day, usual_gap_days : arrays of shape (m,)
        NaN where the product has no cycle for the customer.
    x : array of shape (m, k)
    """

    who: Ints
    product: Ints
    reason: Ints
    due_day: Floats
    usual_gap_days: Floats
    x: Floats


@dataclass(frozen=True)
class NextProducts:
    """The fitted chances of candidates; without a model, own share and popularity speak."""

    model: Fitted | None
    examples: int

    def chances(self, found: Candidates) -> Floats:
        """Return the chance of each candidate to be in the next order."""
        if self.model is None:
            return np.asarray(found.x[:, 1] + 0.1 * np.exp(found.x[:, 5]))
        return self.model.predict(found.x) if len(found.x) else np.zeros(0)


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
    past = history.before(shopping.day).of(who)
    place = np.full(len(history.customers), -1)
    place[who] = np.arange(len(who))
    own = refills_at(past, shopping.day, shopping.cycles)
    kept = _most_telling(own)
    taken = past.summed(np.ones(len(past.who)), past.items)[who]
    taken.data = np.ones_like(taken.data)
    company = (taken @ shopping.company).tocsr()
    company = company - company.multiply(taken)
    near = _largest(company, _WITH)
    rows = [place[own.who[kept]], near[0], np.repeat(np.arange(len(who)), len(shopping.popular))]
    items = [own.product[kept], near[1], np.tile(shopping.popular, len(who))]
    row, product = np.concatenate(rows).astype(np.int64), np.concatenate(items).astype(np.int64)
    source = np.repeat(np.arange(3), [len(each) for each in rows])
    _, once = np.unique(row * len(history.shelf.products) + product, return_index=True)
    row, product, source = row[once], product[once], source[once]
    return _described(past, shopping, chance, own, (np.asarray(who), row, product, source, company))


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
    past = history.before(shopping.day).of(who)
    place = np.full(len(history.customers), -1)
    place[who] = np.arange(len(who))
    own = refills_at(past, shopping.day, shopping.cycles)
    kept = _most_telling(own)
    popular = shopping.popular[:most_popular]
    row = np.concatenate([place[own.who[kept]], np.repeat(np.arange(len(who)), len(popular))])
    product = np.concatenate([own.product[kept], np.tile(popular, len(who))])
    at = np.concatenate([kept, np.full(len(who) * len(popular), -1)])
    # The own entry comes first and stays where a product is both.
    _, once = np.unique(row * len(history.shelf.products) + product, return_index=True)
    row, product, at = row[once], product[once], at[once]
    mine = at >= 0
    times = np.where(mine, own.times[at], 0.0) if len(own.who) else np.zeros(len(at))
    gap = np.where(mine, own.usual_gap_days[at], np.nan) if len(own.who) else np.full(len(at), np.nan)
    last = np.where(mine, own.last_day[at], np.nan) if len(own.who) else gap
    current = mine & (shopping.day - last <= _STALE_CYCLES * gap)
    reason = np.select([current & (times > 1), mine], [0, 1], 3)
    share = (times + _SMOOTHING * shopping.popularity[product]) / (orders[row] + _SMOOTHING)
    return Candidates(who[row], product, reason, np.where(current, last + gap, np.nan), gap, share[:, None])


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
        x.append(found.x)
        y.append((np.asarray(came[found.who, found.product]).ravel() > 0).astype(np.float64))
        group.append(found.who)
    if not x or sum(each.sum() for each in y) < _ENOUGH:
        return NextProducts(None, 0)
    inputs, label = np.concatenate(x), np.concatenate(y)
    candidate = make("boosted", "binary", seed=seed, params={"rounds": _ROUNDS, "leaf_rows": 100})
    return NextProducts(candidate.fit(inputs, label, groups=np.concatenate(group)), len(label))


def _described(past: History, shopping: Shopping, chance: Floats, own: Refills, found: Any) -> Candidates:
    who, row, product, source, company = found
    products = len(past.shelf.products)
    key = own.who * products + own.product
    at = np.searchsorted(key, who[row] * products + product)
    at = np.minimum(at, max(len(key) - 1, 0))
    mine = key[at] == who[row] * products + product if len(key) else np.zeros(len(row), dtype=bool)
    times = np.where(mine, own.times[at], 0.0)
    gap = np.where(mine, own.usual_gap_days[at], np.nan)
    since = np.where(mine, shopping.day - own.last_day[at], np.nan)
    orders = np.bincount(past.who, minlength=len(past.customers))[who].astype(np.float64)
    size = np.asarray(past.summed(np.ones(len(past.who)), past.items)[who].sum(axis=1)).ravel() / orders
    x = np.column_stack([
        times,
        times / orders[row],
        since,
        since / gap,
        gap,
        np.log(shopping.popularity[product]),
        np.asarray(company[row, product]).ravel(),
        chance[row, past.shelf.category_of[product]],
        shopping.day - shopping.first_day[product],
        orders[row],
        size[row],
        np.where(mine, 1.0, 0.0),
    ])  # fmt: skip
    # A product left alone for several of its cycles is not due any more: the customer has stopped using it.
    current = mine & (since <= _STALE_CYCLES * gap)
    due = np.where(current, shopping.day - since + gap, np.nan)
    refill = current & (times > 1)
    reason = np.select([refill, mine, (source == 1) | (x[:, 6] > 0)], [0, 1, 2], 3)
    return Candidates(who[row], product, reason, due, gap, x)


def _most_telling(own: Refills) -> Ints:
    """Keep each customer's products that were bought most often, then latest."""
    order = np.lexsort((own.product, -own.last_day, -own.times, own.who))
    _, first = np.unique(own.who[order], return_index=True)
    start = np.zeros(len(order), dtype=np.int64)
    start[first] = first
    rank = np.arange(len(order)) - np.maximum.accumulate(start)
    return np.sort(order[rank < _OWN])


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


def _largest(matrix: Any, most: int) -> tuple[Ints, Ints]:
    """Places of the largest positive values of each row of a sparse matrix; ties by column."""
    held = sparse.coo_matrix(matrix)
    keep = held.data > 1e-12
    row, column = held.row[keep].astype(np.int64), held.col[keep].astype(np.int64)
    # Rounded, so that sums taken in another order are the same tie.
    order = np.lexsort((column, -np.round(held.data[keep], 9), row))
    row, column = row[order], column[order]
    _, first, size = np.unique(row, return_index=True, return_counts=True)
    rank = np.arange(len(row)) - np.repeat(first, size)
    return row[rank < most], column[rank < most]
