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
        survival = self.model.survival(rhythm.x)
        middle, low, high = (
            curve_quantile_days(survival, self.model.edges_days, q, within_days=within_days) for q in (0.5, 0.1, 0.9)
        )
        return middle, low, high, 1.0 - survival[:, -1]


def rhythm_at(history: History, day: float, prior: GapPrior | None = None) -> Rhythm:
    """Describe how often each customer with a past came."""
    past = history.before(day)
    size = len(history.customers)
    visits = np.unique(np.column_stack([past.who, np.floor(past.when)]), axis=0)
    who, first = np.unique(visits[:, 0].astype(np.int64), return_index=True)
    gap = np.diff(visits[:, 1])
    owner = visits[1:, 0].astype(np.int64)
    gap, owner = gap[owner == visits[:-1, 0]], owner[owner == visits[:-1, 0]]
    gaps = np.bincount(owner, minlength=size)[who].astype(np.float64)
    total = np.bincount(owner, gap, minlength=size)[who]
    square = np.bincount(owner, gap**2, minlength=size)[who]
    logs = np.bincount(owner, np.log(gap), minlength=size)[who]
    last_gap = np.full(size, np.nan)
    last_gap[owner] = gap
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total / gaps
        spread = np.sqrt(np.maximum(square / gaps - mean**2, 0.0) * gaps / (gaps - 1))
    known = prior or fit_gaps(owner, np.log(gap), np.zeros(size, dtype=np.int64), 1)
    usual = known.usual_days(logs, gaps, np.zeros(len(who), dtype=np.int64))
    last = np.full(size, -np.inf)
    np.maximum.at(last, past.who, past.when)
    start = np.full(size, np.inf)
    np.minimum.at(start, past.who, past.when)
    recency = day - last[who]
    age = day - past.when
    counts = [np.bincount(past.who, age <= days, minlength=size)[who] for days in (30, 90, 180)]
    breadth = past.summed(np.ones(len(past.who)), past.categories)[who]
    taken = past.summed(np.ones(len(past.who)), past.items)[who]
    orders = np.bincount(past.who, minlength=size)[who]
    columns = [
        recency,
        day - start[who],
        gaps + 1,
        *counts,
        mean,
        spread / np.where(mean > 0, mean, np.nan),
        last_gap[who],
        usual,
        usual - recency,
        recency / usual,
        np.asarray(breadth.sum(axis=1)).ravel() / orders,
        np.diff(taken.indptr),
    ]
    del first
    return Rhythm(who, mean, usual, gaps, np.column_stack(columns) if len(who) else np.zeros((0, len(TIMING_INPUTS))))


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
    model = HazardModel.fit(x, wait, came, edges_days=edges, groups=who, seed=seed)
    return Timing(model, prior, edges, len(x), tuple(asked))


def rhythm_prior(history: History, day: float) -> GapPrior:
    """Return everybody's gaps between purchase days."""
    past = history.before(day)
    visits = np.unique(np.column_stack([past.who, np.floor(past.when)]), axis=0)
    same = visits[1:, 0] == visits[:-1, 0]
    owner = visits[1:, 0].astype(np.int64)[same]
    gap = np.diff(visits[:, 1])[same]
    return fit_gaps(owner, np.log(gap), np.zeros(len(history.customers), dtype=np.int64), 1)
