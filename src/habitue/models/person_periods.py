"""Waiting times cut into periods: which periods each customer was seen through, and in which the event came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from habitue.errors import ConfigError, DataError
from habitue.models.metrics.arrays import Floats, numbers, same_length, truths, weights

__all__ = ["Periods", "Waits", "base_hazard", "edges_of", "expand", "waits"]

Rows = npt.NDArray[np.int64]

_BELIEF = 2.0  # customers with which the rate over all periods is believed in each single period
_EVENTS = 0.5  # events that are taken as seen, so that no rate is 0


@dataclass(frozen=True, slots=True)
class Waits:
    """How long each customer was watched, whether the event ended it, and how much the customer counts."""

    days: Floats
    observed: npt.NDArray[np.bool_]
    weight: Floats

    def take(self, rows: Rows) -> Waits:
        """Return only these customers."""
        return Waits(self.days[rows], self.observed[rows], self.weight[rows])


@dataclass(frozen=True, slots=True)
class Periods:
    """One row for each customer and period at risk.

    ``part`` is 1 except in a period in which watching ended without an event: there it is the share that was watched.
    """

    customer: Rows
    period: Rows
    event: Floats
    part: Floats


def edges_of(edges_days: Any) -> Floats:
    """Return the ends of the periods, in days, or say what is wrong with them."""
    edges = numbers(edges_days, "edges_days")
    if not edges.size or edges[0] <= 0 or (np.diff(edges) <= 0).any():
        raise ConfigError(f"the edges {edges.tolist()} cut no time", expected="days above 0 that rise")
    return edges


def waits(duration_days: Any, observed: Any, weight: Any) -> Waits:
    """Check durations; those that count nothing are kept, with weight 0."""
    days, seen = numbers(duration_days, "duration_days"), truths(observed)
    same_length(duration_days=days, observed=seen)
    if (days < 0).any():
        raise DataError(
            f"{(days < 0).sum()} durations are negative", first=days[days < 0][0], expected="0 days or more"
        )
    return Waits(days, seen > 0, weights(weight, days.size))


def expand(held: Waits, edges: Floats) -> Periods:
    """Cut each wait into its periods; an event on an edge belongs to the period that ends there."""
    size = np.arange(held.days.size)
    whole = np.searchsorted(edges, held.days, side="right")
    ending = np.searchsorted(edges, held.days, side="left")
    came = held.observed & (ending < edges.size)
    whole = np.where(came, ending, whole)
    customer = np.repeat(size, whole)
    period = np.arange(customer.size) - np.repeat(np.cumsum(whole) - whole, whole)
    begun = np.r_[0.0, edges][whole]
    left = ~held.observed & (whole < edges.size) & (held.days > begun)
    last = np.minimum(whole, edges.size - 1)
    share = (held.days - begun) / (edges[last] - np.r_[0.0, edges][last])
    return Periods(
        np.concatenate([customer, size[came], size[left]]),
        np.concatenate([period, ending[came], whole[left]]),
        np.concatenate([np.zeros(customer.size), np.ones(came.sum()), np.zeros(left.sum())]),
        np.concatenate([np.ones(customer.size + came.sum()), share[left]]),
    )


def base_hazard(periods: Periods, weight: Floats, edges: Floats) -> tuple[Floats, Floats]:
    """Return the chance of the event in each period for those who reach it, and how much each row counts.

    A period that was watched in part and passed without event counts by what makes the chance come out right: to count
    it whole would hide events still to come, to leave it out would keep only those who had theirs early. Each period is
    drawn a little towards the rate over all periods, so that periods without event or without anyone have one, too.
    """
    counted = weight[periods.customer]
    length = np.diff(edges, prepend=0.0)
    watched = counted * periods.part * length[periods.period]
    rate = (counted @ periods.event + _EVENTS) / (watched.sum() + edges[-1])
    prior = -np.expm1(-rate * length)
    whole = periods.part == 1
    events = np.bincount(periods.period, counted * periods.event, edges.size) + _BELIEF * prior
    at_risk = np.bincount(periods.period[whole], counted[whole], edges.size) + _BELIEF
    part, partly = periods.part[~whole], periods.period[~whole]
    hazard, share = prior, part
    for _ in range(60):
        risk = at_risk + np.bincount(partly, counted[~whole] * share, edges.size)
        hazard = np.clip(events / risk, 1e-9, 1 - 1e-9)
        passed = np.exp(part * np.log1p(-hazard[partly]))
        share = (1 - passed) * (1 - hazard[partly]) / (hazard[partly] * passed)
    row_weight = counted.copy()
    row_weight[~whole] *= share
    return hazard, row_weight
