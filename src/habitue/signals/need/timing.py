"""When a customer orders next: a hazard model of waiting times, learnt at several earlier moments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from habitue.models.survival import HazardModel, curve_quantile_days
from habitue.signals.need.history import Floats, History
from habitue.signals.need.replenishment import GapPrior, fit_gaps

__all__ = ["TIMING_INPUTS", "Rhythm", "Timing", "fit_timing", "rhythm_at", "waits_at"]

TIMING_INPUTS = (
    "recency_days",
    "tenure_days",
    "purchase_days",
    "orders_30d",
    "orders_90d",
    "orders_180d",
    "mean_gap_days",
    "gap_variation",
    "last_gap_days",
    "usual_gap_days",
    "days_until_usual",
    "overdue_ratio",
    "categories_per_order",
    "products",
)

_EDGES_DAYS = (3.0, 7.0, 10.0, 14.0, 21.0, 28.0, 35.0, 45.0, 60.0, 75.0, 90.0, 120.0, 150.0, 180.0)
_STEP_DAYS = 21.0
_MOMENTS = 9
_HISTORY_DAYS = 30.0
_ENOUGH = 10  # orders that came, to learn from


@dataclass(frozen=True)
class Rhythm:
    """How often customers came before a day.

    Attributes
    ----------
    who : array of shape (n,)
    mean_gap_days : array of shape (n,)
        The customer's own; NaN with one purchase day.
    usual_gap_days : array of shape (n,)
        The same, drawn towards everybody's where it rests on few gaps.
    gaps : array of shape (n,)
        How many there are.
    x : array of shape (n, k)
    """

    who: Any
    mean_gap_days: Floats
    usual_gap_days: Floats
    gaps: Floats
    x: Floats


@dataclass(frozen=True)
class Timing:
    """The fitted hazard model, and everybody's gaps."""

    model: HazardModel | None
    prior: GapPrior
    edges_days: tuple[float, ...]
    waits: int
    moments: tuple[float, ...]

    def days(self, rhythm: Rhythm, within_days: float) -> tuple[Floats, Floats, Floats, Floats]:
        """Return middle, low and high (80 %) days given an order within so many days, and the chance of one."""
        if self.model is None:
            nothing = np.full(len(rhythm.who), np.nan)
            return nothing, nothing, nothing, nothing
        survival = self.model.survival(rhythm.x, summed=True)
        middle, low, high = (
            curve_quantile_days(survival, self.model.edges_days, q, within_days=within_days) for q in (0.5, 0.1, 0.9)
        )
        return middle, low, high, 1.0 - survival[:, -1]


def rhythm_at(history: History, day: float, prior: GapPrior | None = None) -> Rhythm:
    """Describe how often each customer with a past came."""
    past = history.before(day)
    size = len(history.customers)
    orders = np.bincount(past.who, minlength=size)
    who = np.flatnonzero(orders)
    if not len(who):
        nothing = np.zeros(0)
        return Rhythm(who, nothing, nothing, nothing, np.zeros((0, len(TIMING_INPUTS))))
    orders = orders[who]
    first = np.cumsum(orders) - orders
    latest, start = past.when[first + orders - 1], past.when[first]
    owner, gap = _gaps(past)
    gaps = np.bincount(owner, minlength=size)[who].astype(np.float64)
    total, square, logs = (np.bincount(owner, values, minlength=size)[who] for values in (gap, gap**2, np.log(gap)))
    last_gap = np.full(size, np.nan)
    last_gap[owner] = gap
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total / gaps
        spread = np.sqrt(np.maximum(square / gaps - mean**2, 0.0) * gaps / (gaps - 1))
    known = prior or fit_gaps(owner, np.log(gap), np.zeros(size, dtype=np.int64), 1)
    usual = known.usual_days(logs, gaps, np.zeros(len(who), dtype=np.int64))
    recency = day - latest
    age = day - past.when
    counts = [np.bincount(past.who, age <= days, minlength=size)[who] for days in (30, 90, 180)]
    columns = [
        recency,
        day - start,
        gaps + 1,
        *counts,
        mean,
        spread / np.where(mean > 0, mean, np.nan),
        last_gap[who],
        usual,
        usual - recency,
        recency / usual,
        np.add.reduceat(np.diff(past.categories.indptr), first) / orders,
        _products(past)[who],
    ]
    return Rhythm(who, mean, usual, gaps, np.column_stack(columns))


def _gaps(past: History) -> tuple[Any, Floats]:
    """Return the customers and the days between one purchase day and the next."""
    date = np.floor(past.when)
    new = np.ones(len(date), dtype=bool)
    new[1:] = (past.who[1:] != past.who[:-1]) | (date[1:] != date[:-1])
    who, date = past.who[new], date[new]
    same = who[1:] == who[:-1]
    return who[1:][same], np.diff(date)[same]


def _products(past: History) -> Any:
    """Return how many different products each customer bought."""
    taken = past.by_customer(past.items)
    key = np.repeat(np.arange(taken.shape[0]), np.diff(taken.indptr)) * np.int64(taken.shape[1]) + taken.indices
    key = np.sort(key)
    kept = np.ones(len(key), dtype=bool)
    kept[1:] = key[1:] != key[:-1]
    return np.bincount(key[kept] // max(taken.shape[1], 1), minlength=taken.shape[0])


def waits_at(history: History, rhythm: Rhythm, day: float, until: float) -> tuple[Floats, Floats]:
    """Return days to the next order from a day on, as far as was watched, and 1 where it came."""
    after = history.first_from(day, until)
    wait = np.full(len(history.customers), np.nan)
    wait[after.who] = after.when - day
    own = wait[rhythm.who]
    return np.where(np.isnan(own), until - day, own), (~np.isnan(own)).astype(np.float64)


def fit_timing(history: History, day: float, within_days: float, *, seed: int = 0) -> Timing:
    """Learn from earlier moments how long customers waited.

    Parameters
    ----------
    history : History
    day : float
        Nothing from then on is used.
    within_days : float
    seed : int
    """
    edges = (*tuple(edge for edge in _EDGES_DAYS if edge < within_days), float(within_days))
    prior = rhythm_prior(history, day)
    first = float(history.when.min()) if len(history.when) else day
    asked = [day - _STEP_DAYS * number for number in range(1, _MOMENTS + 1)]
    asked = [each for each in asked if each >= first + _HISTORY_DAYS]
    parts = []
    for each in asked:
        rhythm = rhythm_at(history, each)
        wait, came = waits_at(history, rhythm, each, day)
        parts.append((rhythm.x, wait, came, rhythm.who))
    if not parts or not sum(part[2].sum() for part in parts):
        return Timing(None, prior, edges, 0, ())
    x, wait, came, who = (np.concatenate(column) for column in zip(*parts, strict=True))
    # As good as boosting on the days told, many times faster, and answered for a million customers within seconds.
    learner = "ridge" if came.sum() >= _ENOUGH else "even"
    model = HazardModel.fit(x, wait, came, edges_days=edges, groups=who, learner=learner, seed=seed)
    return Timing(model, prior, edges, len(x), tuple(asked))


def rhythm_prior(history: History, day: float) -> GapPrior:
    """Return everybody's gaps between purchase days."""
    owner, gap = _gaps(history.before(day))
    return fit_gaps(owner, np.log(gap), np.zeros(len(history.customers), dtype=np.int64), 1)
