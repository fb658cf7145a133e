"""How often a product is bought again, per customer and product, and when it is due."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from habitue.signals.need.history import Floats, History, Ints

__all__ = ["Cycles", "GapPrior", "Refills", "fit_cycles", "fit_gaps", "places_in_order", "refills_at"]

_USUAL_DAYS = 60.0  # where nobody came twice
_LEAST_VARIANCE = 1e-4
_SPREAD = 0.25  # variance of log gaps where nobody has three
_GROUP_PRIOR = 5.0


@dataclass(frozen=True)
class GapPrior:
    """What is known of gaps before looking at one customer's own.

    Attributes
    ----------
    log_gap : array of shape (groups,)
        Mean of the logarithms of gaps in days.
    within : float
        Variance of the log gaps of one customer.
    between : float
        Variance of customers' means within a group.
    """

    log_gap: Floats
    within: float
    between: float

    def usual_days(self, sum_log: Any, gaps: Any, group: Any) -> Floats:
        """Return the usual gap: own gaps, drawn towards the group's where there are few.

        Parameters
        ----------
        sum_log, gaps : arrays of shape (n,)
            Sum of the logarithms of own gaps, and their number.
        group : array of shape (n,)
        """
        own, number = np.asarray(sum_log, dtype=np.float64), np.asarray(gaps, dtype=np.float64)
        usual = (own / self.within + self.log_gap[group] / self.between) / (number / self.within + 1 / self.between)
        days: Floats = np.exp(usual)
        return days


def fit_gaps(owner: Any, log_gap: Any, group_of: Any, groups: int, *, parent: GapPrior | None = None) -> GapPrior:
    """Estimate how gaps vary within and between owners, by moments.

    Parameters
    ----------
    owner : array of shape (gaps,)
        Whose gap it is.
    log_gap : array of shape (gaps,)
    group_of : array of shape (owners,)
        The group of each owner, towards whose mean it is drawn.
    groups : int
    parent : GapPrior, optional
        One value for each group, towards which groups with few owners are drawn.

    References
    ----------
    C. Morris, Parametric empirical Bayes inference, Journal of the American Statistical Association 78 (1983) 47-55.

    Examples
    --------
    >>> gaps = np.log([30.0, 30.0, 30.0, 10.0, 10.0, 10.0])
    >>> prior = fit_gaps(np.array([0, 0, 0, 1, 1, 1]), gaps, np.array([0, 0]), 1)
    >>> prior.usual_days([gaps[:3].sum(), 0.0], [3, 0], [0, 0]).round().tolist()
    [29.0, 17.0]
    """
    owners = len(group_of)
    number = np.bincount(owner, minlength=owners).astype(np.float64)
    total = np.bincount(owner, log_gap, minlength=owners)
    square = np.bincount(owner, np.asarray(log_gap) ** 2, minlength=owners)
    has = number > 0
    mean = np.divide(total, number, out=np.zeros(owners), where=has)
    free = (number[has] - 1).sum()
    inside = float(np.maximum(square[has] - number[has] * mean[has] ** 2, 0.0).sum())
    # A few gaps say little about their spread: it starts from a usual one.
    within = max((inside + 2 * _SPREAD) / (free + 2), _LEAST_VARIANCE) if free < 50 else inside / free
    within = max(within, _LEAST_VARIANCE)
    overall = float(mean[has].mean()) if has.any() else float(np.log(_USUAL_DAYS))
    start = np.full(groups, overall) if parent is None else parent.log_gap
    size = np.bincount(group_of[has], minlength=groups)
    log = (np.bincount(group_of[has], mean[has], minlength=groups) + _GROUP_PRIOR * start) / (size + _GROUP_PRIOR)
    if groups == 1 and has.any():
        log = np.array([overall])
    apart = (mean[has] - log[group_of[has]]) ** 2 - within / number[has]
    between = max(float(apart.mean()), _LEAST_VARIANCE) if has.sum() > 1 else _SPREAD
    return GapPrior(log, within, between)


@dataclass(frozen=True)
class Cycles:
    """How often each product is bought again.

    Attributes
    ----------
    prior : GapPrior
        One group per product.
    refilled : array of shape (products,)
        Whether enough of its buyers come back for it to speak of a cycle.
    """

    prior: GapPrior
    refilled: Any


@dataclass(frozen=True)
class Refills:
    """Products each customer bought, with their cycle.

    Attributes
    ----------
    who, product : arrays of shape (m,)
    times : array of shape (m,)
        Days on which it was bought.
    last_day : array of shape (m,)
    usual_gap_days : array of shape (m,)
        NaN where neither the customer nor enough others came back for it.
    """

    who: Ints
    product: Ints
    times: Floats
    last_day: Floats
    usual_gap_days: Floats

    @property
    def due_day(self) -> Floats:
        """Days since 1970 on which each is due; NaN where it has no cycle."""
        return self.last_day + self.usual_gap_days


def fit_cycles(history: History, day: float) -> Cycles:
    """Learn the cycles of products, and of categories for products with few buyers."""
    who, product, when = _bought(history, day)
    pair, start = _pairs(who, product)
    same = pair[1:] == pair[:-1]
    log_gap, owner = _log_gaps(when)[same], pair[1:][same]
    item = product[start]
    shelf = history.shelf
    category = fit_gaps(owner, log_gap, shelf.category_of[item], max(len(shelf.names), 1))
    parent = GapPrior(category.log_gap[shelf.category_of], category.within, category.between)
    prior = fit_gaps(owner, log_gap, item, max(len(shelf.products), 1), parent=parent if len(shelf.products) else None)
    times = np.bincount(pair, minlength=len(start)) if len(pair) else np.zeros(0)
    buyers = np.bincount(item, minlength=len(shelf.products))
    back = np.bincount(item[times > 1], minlength=len(shelf.products))
    return Cycles(prior, (back >= 5) & (back >= 0.2 * buyers))


def refills_at(history: History, day: float, cycles: Cycles) -> Refills:
    """Return what each customer bought before a day, and how often it is usually bought again."""
    who, product, when = _bought(history, day)
    pair, start = _pairs(who, product)
    if not len(start):
        nothing = np.zeros(0)
        return Refills(who, product, nothing, nothing, nothing)
    log_gap = np.where(pair[1:] == pair[:-1], _log_gaps(when), 0.0)
    days = np.diff(np.r_[start, len(when)])
    sums = np.add.reduceat(np.r_[0.0, log_gap], start)
    item, gaps = product[start], days - 1.0
    usual = cycles.prior.usual_days(sums, gaps, item)
    known = (gaps > 0) | cycles.refilled[item]
    return Refills(who[start], item, gaps + 1, when[start + days - 1], np.where(known, usual, np.nan))


def _log_gaps(when: Floats) -> Floats:
    """Logarithms of the days between one row and the next, 1 at least."""
    logs: Floats = np.log(np.maximum(np.diff(np.floor(when)), 1.0))
    return logs


def _bought(history: History, day: float) -> tuple[Ints, Ints, Floats]:
    """One row per customer, product and day, sorted: who, product, the last moment of that day."""
    past = history.before(day)
    order = np.repeat(np.arange(len(past.who)), np.diff(past.items.indptr))
    key = past.who[order] * np.int64(len(past.shelf.products)) + past.items.indices
    turn = places_in_order(key)
    key, when = key[turn], past.when[order[turn]]
    kept = np.ones(len(key), dtype=bool)
    kept[:-1] = (key[1:] != key[:-1]) | (np.floor(when[1:]) != np.floor(when[:-1]))
    key = key[kept]
    return *np.divmod(key, max(len(past.shelf.products), 1)), when[kept]


def places_in_order(key: Ints) -> Ints:
    """Return where the rows of rising keys are, equal ones in the order they come; keys are not negative."""
    room = len(key).bit_length()
    if len(key) and int(key.max()).bit_length() + room < 63:
        # A key and its place in one number: sorted many times faster than by a stable sort.
        packed = np.sort((key << room) | np.arange(len(key)))
        places: Ints = packed & ((1 << room) - 1)
        return places
    return np.argsort(key, kind="stable")


def _pairs(who: Ints, product: Ints) -> tuple[Ints, Ints]:
    """Return the number of each row's pair of customer and product, and where each pair begins."""
    new = np.r_[True, (who[1:] != who[:-1]) | (product[1:] != product[:-1])] if len(who) else np.zeros(0, dtype=bool)
    return np.cumsum(new) - 1, np.flatnonzero(new)
