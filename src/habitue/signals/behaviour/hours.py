"""The best hour and weekday to reach a customer: a circular histogram drawn to what is usual in the shop.

How far hours are spread to their neighbours, and how many comings' worth everybody's hours count, is chosen by how well
each coming is foretold by the customer's others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from habitue.signals.behaviour.comings import Comings
from habitue.signals.behaviour.visits import Floats, Ints

__all__ = ["Hours", "best_times", "fit_hours"]

_HOURS, _DAYS = 24, 7
_SPREADS = (0.0, 0.7, 1.2, 2.0)  # hours
_WEIGHTS = (1.0, 3.0, 10.0, 30.0, 100.0)
_HOUR_US = 3_600_000_000
_DAY_US = 24 * _HOUR_US
_MOST = 20_000  # customers to choose by
_CHUNK = 100_000


@dataclass(frozen=True)
class Hours:
    """How own comings and everybody's are weighed.

    Attributes
    ----------
    spread : float
        Standard deviation in hours over which a coming counts for neighbouring hours.
    weight, day_weight : float
        Comings' worth of everybody's hours, and of everybody's weekdays.
    gain : float
        Mean log chance of the hour of a coming over that by everybody's hours alone.
    """

    spread: float = 1.2
    weight: float = 10.0
    day_weight: float = 10.0
    gain: float = 0.0

    def state(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {"spread": self.spread, "weight": self.weight, "day_weight": self.day_weight, "gain": self.gain}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Hours:
        """Build what :meth:`state` described."""
        return cls(**state)


def fit_hours(comings: Comings) -> Hours:
    """Choose how much a customer's own comings count."""
    kept = comings.who < _MOST
    who, at = comings.who[kept], comings.at[kept]
    many = np.bincount(who, minlength=1)
    again = many[who] >= 2
    if comings.by_day or not again.any():
        return Hours()
    who = np.unique(who[again], return_inverse=True)[1]
    hour, day = _hour(at[again]), _weekday(at[again])
    best, spread, weight = max(
        (_foretold(who, hour, _HOURS, spread, weight), spread, weight) for spread, weight in product(_SPREADS, _WEIGHTS)
    )
    _, day_weight = max((_foretold(who, day, _DAYS, 0.0, weight), weight) for weight in _WEIGHTS)
    return Hours(spread, weight, day_weight, best)


def best_times(comings: Comings, hours: Hours, size: int) -> tuple[Floats, Floats, Floats]:
    """Return each customer's best hour, the share of comings expected in it, and the best weekday (0 Monday).

    Hours are NaN where times are days, and for a shop without comings.
    """
    nothing = np.full(size, np.nan)
    if not comings.who.size:
        return nothing, nothing, nothing
    day, _ = _best(comings.who, _weekday(comings.at), _DAYS, (0.0, hours.day_weight), size)
    if comings.by_day:
        return nothing, nothing, day
    hour, share = _best(comings.who, _hour(comings.at), _HOURS, (hours.spread, hours.weight), size)
    return hour, share, day


def _best(who: Ints, when: Ints, bins: int, how: tuple[float, float], size: int) -> tuple[Floats, Floats]:
    spread, weight = how
    usual = _usual(when, bins)
    kernel = _kernel(bins, spread)
    where, share = np.empty(size), np.empty(size)
    starts = np.searchsorted(who, np.arange(0, size + _CHUNK, _CHUNK))
    for number, begun in enumerate(range(0, size, _CHUNK)):
        rows = slice(starts[number], starts[number + 1])
        many = min(_CHUNK, size - begun)
        own = np.bincount((who[rows] - begun) * bins + when[rows], minlength=many * bins).reshape(many, bins)
        chance = (own @ kernel + weight * usual) / (own.sum(axis=1, keepdims=True) + weight)
        where[begun : begun + many] = chance.argmax(axis=1)
        share[begun : begun + many] = chance.max(axis=1)
    return where, share


def _foretold(who: Ints, when: Ints, bins: int, spread: float, weight: float) -> float:
    """Return the mean log chance of each coming by the customer's others, over that by everybody's."""
    size = int(who.max()) + 1
    own = np.bincount(who * bins + when, minlength=size * bins).reshape(size, bins).astype(np.float64)
    kernel, usual = _kernel(bins, spread), _usual(when, bins)
    near = (own @ kernel)[who, when] - kernel[when, when]
    chance = (near + weight * usual[when]) / (own.sum(axis=1)[who] - 1 + weight)
    return float(np.mean(np.log(chance) - np.log(usual[when])))


def _usual(when: Ints, bins: int) -> Floats:
    return np.asarray((np.bincount(when, minlength=bins) + 1.0) / (when.size + bins), dtype=np.float64)


def _kernel(bins: int, spread: float) -> Floats:
    if not spread:
        return np.eye(bins)
    away = np.abs(np.arange(bins)[:, None] - np.arange(bins))
    weight = np.exp(-0.5 * (np.minimum(away, bins - away) / spread) ** 2)
    return np.asarray(weight / weight.sum(axis=1, keepdims=True), dtype=np.float64)


def _hour(at: Ints) -> Ints:
    return np.asarray(at // _HOUR_US % _HOURS, dtype=np.int64)


def _weekday(at: Ints) -> Ints:
    return np.asarray((at // _DAY_US + 3) % _DAYS, dtype=np.int64)  # 1970 began on a Thursday
