"""What is known of each customer and category at a moment: the inputs of the question what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from habitue.signals.need.history import Floats, History
from habitue.signals.need.ticks import Ticks

__all__ = ["INPUTS", "Climate", "Pairs", "climate_at", "counts_at", "pairs_at"]

#: Inputs of a pair, in the order of the array's last axis.
INPUTS = (
    "category_order_share",
    "category_recent_share",
    "category_latest_share",
    "category_in_last_order",
    "category_orders",
    "category_recency_days",
    "category_recency_cycles",
    "category_popularity",
    "category_trend_30d",
    "category_trend_14d",
    "category_season",
    "category_affinity",
    "category_follows",
    "category_by_products",
    "category_rebought",
    "orders",
    "categories_per_order",
    "categories_bought",
    "recency_days",
)

_HALF_LIFE_DAYS = 60.0
_ORDER_DECAY = 0.6
_YEAR_DAYS = 365.0
_PRIOR_ORDERS = 20.0  # weight of long-run popularity in that of a short window
_TRANSITION_PRIOR = 10.0
_CYCLE_PRIOR = 2.0
_LEAST = 1e-9  # where the last order says nothing, as all it held came after the categories were learnt


@dataclass(frozen=True)
class Climate:
    """What all customers bought before a moment.

    Attributes
    ----------
    day : float
    popularity : array of shape (windows, c)
        Shares of the last 14, 30 and 90 days and of ever, each order spread evenly over its categories.
    season : array of shape (c,)
        Share of the same weeks a year ago against ever; NaN in the first year.
    cycle_days : array of shape (c,)
        Between two orders of a category by one customer.
    rates : array of shape (c,)
        Share of the last 90 days' orders that held the category.
    rebought : array of shape (c,)
        Share of a category's buyers who ordered it again.
    affinity : array of shape (c, c)
    product_affinity : array of shape (p, c)
        Share of each category among what is bought together with a product.
    follows : array of shape (c, c)
        Share of each category in the order after one with another category.
    """

    day: float
    popularity: Floats
    season: Floats
    rates: Floats
    cycle_days: Floats
    rebought: Floats
    affinity: Floats
    product_affinity: Floats
    follows: Floats


@dataclass(frozen=True)
class Pairs:
    """Customers with a past, and the inputs of each with each category.

    Attributes
    ----------
    who : array of shape (n,)
        Places of the customers in the history.
    orders : array of shape (n,)
    bought : array of shape (n, c)
        Orders, each spread evenly over its categories.
    times : array of shape (n, c)
        Orders with the category.
    breadth : array of shape (n,)
        Categories per order.
    x : array of shape (n, c, k)
        Each input of all pairs lies together in memory: as (k, n, c) it is read without a copy.
    """

    who: Any
    orders: Floats
    bought: Floats
    times: Floats
    breadth: Floats
    x: Floats

    def plain(self, rates: Floats, weight: float = 3.0) -> Floats:
        """Return smoothed own history: the chance of each category without anything learnt."""
        chance: Floats = (self.times + weight * rates) / (self.orders[:, None] + weight)
        return chance


def climate_at(history: History, day: float, horizon_days: float) -> Climate:
    """Add up what all customers of a history bought before a day."""
    past = history.before(day)
    spread = past.spread
    age = day - past.when
    ever = _share(spread, np.ones(len(age)), None)
    windows = [_share(spread, (age <= days).astype(np.float64), ever) for days in (14.0, 30.0, 90.0)]
    return Climate(
        day,
        np.array([*windows, ever]),
        _season(past, spread, age, ever, horizon_days),
        _rates(past, age),
        *_cycles(past),
        _affinity(past),
        _product_affinity(past, ever),
        _follows(past, spread, ever),
    )


def pairs_at(history: History, climate: Climate, only: Any = None, *, day: float | None = None) -> Pairs:
    """Describe every customer with a past, or some of them, and every category as of a day.

    Parameters
    ----------
    history : History
    climate : Climate
    only : array of places of customers, optional
    day : float, optional
        The climate's own when not given; a later one reads the climate as it was.
    """
    asked = climate.day if day is None else day
    past = history.before(asked)
    if only is not None:
        past = past.of(only)
    who, first, orders = np.unique(past.who, return_index=True, return_counts=True)
    age = asked - past.when
    rank = np.repeat(first + orders, orders) - 1 - np.arange(len(past.who))
    count = orders.astype(np.float64)
    ticks = Ticks.of(past, who)
    last = (rank == 0).astype(np.float64)
    times, bought = ticks.added(None), ticks.added(None, spread=True)
    lately = ticks.added(np.asarray(0.5 ** (age / _HALF_LIFE_DAYS)), spread=True)
    latest, last_order = ticks.added(np.asarray(_ORDER_DECAY**rank), spread=True), ticks.added(last, spread=True)
    since, span = ticks.bounds(past.when, asked)
    breadth = times.sum(axis=1) / count
    cycle = (span + _CYCLE_PRIOR * climate.cycle_days) / (np.maximum(times - 1, 0) + _CYCLE_PRIOR)
    ever = climate.popularity[3]
    logs = np.log1p(times)
    taken = past.by_customer(past.items, _ORDER_DECAY**rank)[who]
    columns = {
        "category_order_share": times / count[:, None],
        "category_recent_share": _smoothed(lately, ever, 0.3),
        "category_latest_share": _smoothed(latest, ever, 0.3),
        "category_in_last_order": last_order,
        "category_orders": logs,
        "category_recency_days": since,
        "category_recency_cycles": since / cycle,
        "category_popularity": np.log(climate.popularity[1]),
        "category_trend_30d": np.log(climate.popularity[1] / ever),
        "category_trend_14d": np.log(climate.popularity[0] / climate.popularity[2]),
        "category_season": climate.season,
        "category_affinity": logs @ climate.affinity,
        "category_follows": np.log(last_order @ climate.follows + _LEAST),
        "category_by_products": _smoothed(taken @ climate.product_affinity, ever, 0.3),
        "category_rebought": climate.rebought,
        "orders": np.log(count)[:, None],
        "categories_per_order": breadth[:, None],
        "categories_bought": (times > 0).sum(axis=1)[:, None],
        "recency_days": age[first + orders - 1][:, None],
    }
    x = np.empty((len(INPUTS), *times.shape))
    for at, name in enumerate(INPUTS):
        x[at] = columns[name]
    return Pairs(who, count, bought, times, breadth, np.moveaxis(x, 0, -1))


def counts_at(history: History, day: float, only: Any) -> Pairs:
    """Count what some customers bought before a day, without inputs: enough for own history to answer alone."""
    past = history.before(day).of(only)
    who, orders = np.unique(past.who, return_counts=True)
    ticks = Ticks.of(past, who)
    times, bought, count = ticks.added(None), ticks.added(None, spread=True), orders.astype(np.float64)
    return Pairs(who, count, bought, times, times.sum(axis=1) / count, np.zeros((*times.shape, 0)))


def _share(spread: Any, weight: Floats, prior: Floats | None) -> Floats:
    """Share of each category, leaning on a prior or, without one, on all being equal."""
    total = np.asarray(spread.T @ weight)
    even = np.full(total.shape, 1.0 / max(total.size, 1))
    lean, size = (even, 1.0) if prior is None else (prior, _PRIOR_ORDERS)
    result: Floats = (total + size * lean) / (total.sum() + size)
    return result


def _rates(past: History, age: Floats) -> Floats:
    ever = (np.asarray(past.categories.sum(axis=0)).ravel() + 0.1) / (len(past.when) + 1.0)
    recent = (age <= 90.0).astype(np.float64)
    result: Floats = (past.categories.T @ recent + _PRIOR_ORDERS * ever) / (recent.sum() + _PRIOR_ORDERS)
    return np.clip(result, 1e-6, 1 - 1e-6)


def _season(past: History, spread: Any, age: Floats, ever: Floats, horizon_days: float) -> Floats:
    inside = (age <= _YEAR_DAYS) & (age > _YEAR_DAYS - horizon_days)
    if not len(past.when) or age.max() < _YEAR_DAYS or not inside.any():
        return np.full(ever.shape, np.nan)
    result: Floats = np.log(_share(spread, inside.astype(np.float64), ever) / ever)
    return result


def _cycles(past: History) -> tuple[Floats, Floats]:
    ticks = Ticks.of(past, np.unique(past.who))
    times, (_, span) = ticks.added(None), ticks.bounds(past.when, 0.0)
    again = np.maximum(times - 1, 0.0)
    overall = (span.sum() + 60.0) / (again.sum() + 1.0)
    cycle = (span.sum(axis=0) + 5.0 * overall) / (again.sum(axis=0) + 5.0)
    rebought = ((times > 1).sum(axis=0) + 1.0) / ((times > 0).sum(axis=0) + 3.0)
    return np.maximum(cycle, 1.0), rebought


def _affinity(past: History) -> Floats:
    """Linear item-to-item weights (EASE): how strongly buying one category speaks for another."""
    taken = past.summed(np.ones(len(past.who)), past.categories)
    taken.data = np.log1p(taken.data)
    gram = np.asarray((taken.T @ taken).todense())
    size = len(gram)
    inverse = np.linalg.inv(gram + (0.05 * np.trace(gram) / max(size, 1) + 10.0) * np.eye(size))
    weight: Floats = -inverse / np.diag(inverse)
    np.fill_diagonal(weight, 0.0)
    return weight


def _product_affinity(past: History, ever: Floats) -> Floats:
    """Share of each category among the other products that a product's buyers bought; cosine over customers."""
    taken = past.summed(np.ones(len(past.who)), past.items)
    taken.data = np.ones_like(taken.data)
    buyers = np.asarray(taken.sum(axis=0)).ravel()
    # A customer with a long list says little about each pair.
    weight = 1.0 / np.sqrt(np.maximum(np.asarray(taken.sum(axis=1)).ravel(), 1.0))
    scaled = sparse.diags(weight) @ taken @ sparse.diags(1.0 / np.sqrt(np.maximum(buyers, 1.0)))
    per_category = np.asarray((scaled.T @ (scaled @ _members(past))).todense())
    own = np.asarray(scaled.multiply(scaled).sum(axis=0)).ravel()
    per_category -= _members(past).multiply(own[:, None]).toarray()
    result: Floats = (np.maximum(per_category, 0.0) + 0.1 * ever) / (
        np.maximum(per_category, 0.0).sum(axis=1, keepdims=True) + 0.1
    )
    return result


def _members(past: History) -> Any:
    """Products × categories."""
    count = len(past.shelf.products)
    return sparse.csr_matrix(
        (np.ones(count), (np.arange(count), past.shelf.category_of)), shape=(count, past.categories.shape[1])
    )


def _follows(past: History, spread: Any, ever: Floats) -> Floats:
    same = np.flatnonzero(past.who[1:] == past.who[:-1])
    counted = np.asarray((spread[same].T @ spread[same + 1]).todense())
    result: Floats = (counted + _TRANSITION_PRIOR * ever) / (counted.sum(axis=1, keepdims=True) + _TRANSITION_PRIOR)
    return result


def _smoothed(sums: Floats, prior: Floats, size: float) -> Floats:
    result: Floats = np.log((sums + size * prior) / (sums.sum(axis=1, keepdims=True) + size))
    return result
