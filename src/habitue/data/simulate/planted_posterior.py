r"""Bayes' rule for the planted kinds, in closed form.

For a kind, the chances of what was seen of a customer multiply:

- *when*: after the first order a Poisson process of rate :math:`\lambda g(s)`, where :math:`g` is the kind's trend and
  :math:`\lambda` is gamma distributed; after each of :math:`n` orders the customer left with chance :math:`p`. With
  :math:`G(s)` the integral of :math:`g`, :math:`E(G) = \int \lambda^{n-1} e^{-\lambda G}` over the gamma density, the
  last order at age :math:`\tau` and the moment at age :math:`T`, the chance is
  :math:`\prod g \cdot [(1-p)^n E(G(T)) + p (1-p)^{n-1} E(G(\tau))]`: still there, or gone since the last order.
- *how much*: logarithms of order values are normal around a mean that is normal among customers of the kind.
- *how many lines*: Poisson around a gamma distributed mean.
- *from where*: each department was the favourite with the same chance.

Departments of lines, lines of orders, values and times are independent given kind and customer.

References
----------
Fader, Hardie, Lee, "Counting your customers" the easy way, Marketing Science 24 (2005), for the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln, logsumexp

from habitue.data.simulate.plan import Floats, Ints

if TYPE_CHECKING:
    from habitue.data.simulate.planted import PlantedKind

__all__ = ["Histories", "kind_posterior"]


@dataclass(frozen=True, slots=True)
class Histories:
    """What was to be seen: orders (by person and time) and, per customer, lines by department."""

    customers: int
    person: Ints
    at: Floats
    value: Floats
    lines: Ints
    favourites: Floats
    until: float


def kind_posterior(seen: Histories, kinds: Sequence[PlantedKind], settling_days: float) -> Floats:
    """Return the probability of each kind, customers by kinds."""
    found = np.column_stack([_log_chance(seen, kind, settling_days) for kind in kinds])
    return np.asarray(np.exp(found - logsumexp(found, axis=1, keepdims=True)), dtype=np.float64)


def _log_chance(seen: Histories, kind: PlantedKind, settling_days: float) -> Floats:
    return np.asarray(
        np.log(kind.share) + _when(seen, kind, settling_days) + _how_much(seen, kind) + _lines(seen, kind)
        + _where(seen, kind),
        dtype=np.float64,
    )  # fmt: skip


def _sums(seen: Histories, values: Floats | None = None) -> Floats:
    return np.bincount(seen.person, weights=values, minlength=seen.customers).astype(np.float64)


def _when(seen: Histories, kind: PlantedKind, settling_days: float) -> Floats:
    first = np.full(seen.customers, np.inf)
    last = np.full(seen.customers, -np.inf)
    np.minimum.at(first, seen.person, seen.at)
    np.maximum.at(last, seen.person, seen.at)
    orders = _sums(seen)
    again = orders - 1
    age = seen.at - first[seen.person]
    trend = kind.growth * _sums(seen, np.minimum(age, settling_days))

    def expected(days: Floats) -> Floats:
        """Log of the gamma mean of rate^again exp(-rate × days as the trend counts them)."""
        young = np.minimum(days, settling_days)
        flat = abs(kind.growth) < 1e-12
        passed = young if flat else np.expm1(kind.growth * young) / kind.growth
        passed = passed + np.exp(kind.growth * settling_days) * np.maximum(days - settling_days, 0.0)
        shape, scale = kind.likeness, kind.likeness * kind.first_gap_days
        return np.asarray(
            gammaln(shape + again) - gammaln(shape) + shape * np.log(scale)
            - (shape + again) * np.log(scale + passed),
            dtype=np.float64,
        )  # fmt: skip

    there = orders * np.log1p(-kind.leaving) + expected(seen.until - first)
    gone = np.log(kind.leaving) + again * np.log1p(-kind.leaving) + expected(last - first)
    return np.asarray(trend + np.logaddexp(there, gone), dtype=np.float64)


def _how_much(seen: Histories, kind: PlantedKind) -> Floats:
    off = np.log(seen.value) - np.log(kind.order_value)
    orders, total, squares = _sums(seen), _sums(seen, off), _sums(seen, off**2)
    within, between = kind.value_within**2, kind.value_between**2
    spread = within + orders * between
    return np.asarray(
        -0.5 * ((orders - 1) * np.log(within) + np.log(spread))
        - 0.5 * (squares - between * total**2 / spread) / within,
        dtype=np.float64,
    )


def _lines(seen: Histories, kind: PlantedKind) -> Floats:
    orders, further = _sums(seen), _sums(seen, np.asarray(seen.lines - 1.0, dtype=np.float64))
    shape, scale = kind.likeness, kind.likeness / kind.further_lines
    return np.asarray(
        gammaln(shape + further) - gammaln(shape) + shape * np.log(scale) - (shape + further) * np.log(scale + orders),
        dtype=np.float64,
    )


def _where(seen: Histories, kind: PlantedKind) -> Floats:
    departments = seen.favourites.shape[1]
    lines = seen.favourites.sum(axis=1, keepdims=True)
    other = np.log((1 - kind.loyalty) / (departments - 1))
    each = seen.favourites * np.log(kind.loyalty) + (lines - seen.favourites) * other
    return np.asarray(logsumexp(each, axis=1) - np.log(departments), dtype=np.float64)
