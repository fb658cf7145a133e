"""The numbers of the world of planted visits: states, what is done in each, and what a visit begins with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtr

from habitue.data.simulate.plan import Flags, Floats, Ints

__all__ = ["CHANNELS", "DEVICES", "EVENTS", "KINDS", "STATES", "VISIT_PROCESS", "VisitProcess"]

STATES = ("strolling", "seeking", "comparing", "deciding", "paying", "drifting")
KINDS = ("strollers", "plain", "deciders")
EVENTS = ("page", "list", "search", "view", "wish", "cart", "remove", "cart_view", "coupon", "checkout", "pay")
CHANNELS = ("direct", "search", "mail", "social", "ad")
DEVICES = ("phone", "tablet", "desktop")

_LONGEST_GAP = 1_500  # seconds; longer ones are told as this, below the silence that ends a visit
_EVENING = (18, 23)


@dataclass(frozen=True)
class VisitProcess:
    """The true numbers.

    Attributes
    ----------
    kind_share, unknown_share : array (kinds)
        Of customers, and of visits by people never known.
    first : array (kinds, states)
        Log of the chance to begin in a state, up to a constant.
    by_channel, by_device : arrays (channels, states), (devices, states)
    by_evening, by_left : array (states)
        Added to ``first`` from 18 to 23 o'clock, and where a basket was left within ``left_days``.
    empty, full : array (states, events)
        Chances of events with an empty and with a filled basket.
    relations : array (states, 3)
        Of a looked-at product to the one before: another category, another product of its category, itself.
    gap_mean, gap_spread : array (states)
        Of the logarithm of the seconds before an event.
    moves : array (states, states)
    ends, orders : array (states)
        Chances that after an event the visit ends, and that it ends in an order.
    """

    kind_share: Floats
    unknown_share: Floats
    first: Floats
    by_channel: Floats
    by_device: Floats
    by_evening: Floats
    by_left: Floats
    left_days: float
    empty: Floats
    full: Floats
    relations: Floats
    gap_mean: Floats
    gap_spread: Floats
    moves: Floats
    ends: Floats
    orders: Floats

    def beginning(self, channel: Ints, device: Ints, at: Ints, left: Flags) -> Floats:
        """Return the chances of first states (visits, kinds, states); ``at`` in seconds from a midnight."""
        hour = at % 86_400 // 3_600
        evening = ((hour >= _EVENING[0]) & (hour < _EVENING[1]))[:, None]
        seen = (
            self.by_channel[channel] + self.by_device[device] + evening * self.by_evening + left[:, None] * self.by_left
        )
        chance = np.exp(self.first[None] + seen[:, None, :])
        return np.asarray(chance / chance.sum(axis=2, keepdims=True), dtype=np.float64)

    def gaps(self, rng: np.random.Generator, state: Ints) -> Ints:
        """Draw the whole seconds before events."""
        seconds = np.exp(self.gap_mean[state] + self.gap_spread[state] * rng.normal(size=state.size))
        return np.clip(np.rint(seconds), 1, _LONGEST_GAP).astype(np.int64)

    def gap_chances(self, gap: Ints) -> Floats:
        """Return the chance of each gap in each state (events, states)."""
        with np.errstate(divide="ignore"):
            low, high = np.log(np.where(gap <= 1, 0.0, gap - 0.5)), np.log(gap + 0.5)
        high = np.where(gap >= _LONGEST_GAP, np.inf, high)
        reached = [ndtr((edge[:, None] - self.gap_mean) / self.gap_spread) for edge in (low, high)]
        return np.asarray(reached[1] - reached[0], dtype=np.float64)

    @property
    def order_ahead(self) -> Floats:
        """The chance, in each state after its event, that the visit ends in an order (states)."""
        stays = 1.0 - self.ends - self.orders
        return np.asarray(np.linalg.solve(np.eye(len(STATES)) - stays[:, None] * self.moves, self.orders))


def _rows(*rows: Any) -> Floats:
    table = np.array(rows, dtype=np.float64)
    return np.asarray(table / table.sum(axis=1, keepdims=True), dtype=np.float64)


#: Columns of first, by_* and moves are STATES, those of empty and full are EVENTS.
VISIT_PROCESS = VisitProcess(
    kind_share=np.array([0.45, 0.35, 0.20]),
    unknown_share=np.array([0.70, 0.22, 0.08]),
    first=np.log(_rows((70, 12, 6, 1, 0.5, 11), (36, 28, 20, 8, 3, 5), (10, 20, 26, 28, 13, 3))),
    by_channel=np.array([
        (0, 0, 0, 0, 0, 0), (0, 0.8, 0.2, 0, 0, 0), (0, 0, 0.3, 0.7, 0.4, 0), (0.8, 0, 0, -0.3, -0.5, 0.6),
        (0.4, 0, 0.2, 0, 0, 0.7),
    ]),
    by_device=np.array([(0, 0, 0, 0, 0, 0), (0.2, 0, 0, 0, 0, 0), (-0.2, 0, 0.1, 0.4, 0.6, 0)]),
    by_evening=np.array([0, 0, 0.2, 0.3, 0.2, 0]),
    by_left=np.array([0, 0, 0.4, 1.2, 1.0, 0]),
    left_days=5.0,
    empty=_rows(
        (24, 40, 5, 29, 2, 0, 0, 0, 0, 0, 0),
        (3, 20, 45, 31, 1, 0, 0, 0, 0, 0, 0),
        (0, 9, 9, 69, 7, 6, 0, 0, 0, 0, 0),
        (0, 3, 4, 34, 8, 48, 0, 3, 0, 0, 0),
        (0, 0, 3, 18, 2, 55, 0, 4, 3, 5, 10),
        (47, 33, 2, 18, 0, 0, 0, 0, 0, 0, 0),
    ),
    full=_rows(
        (20, 34, 5, 30, 2, 3, 3, 3, 0, 0, 0),
        (3, 17, 40, 33, 1, 4, 0, 2, 0, 0, 0),
        (0, 7, 8, 60, 5, 10, 5, 5, 0, 0, 0),
        (0, 2, 3, 20, 2, 20, 10, 33, 6, 4, 0),
        (0, 0, 1, 4, 0, 6, 1, 16, 12, 36, 24),
        (40, 25, 2, 14, 0, 0, 10, 9, 0, 0, 0),
    ),
    relations=_rows((70, 25, 5), (40, 50, 10), (12, 58, 30), (8, 40, 52), (6, 34, 60), (80, 16, 4)),
    gap_mean=np.array([2.9, 2.6, 3.5, 3.9, 3.1, 3.8]),
    gap_spread=np.array([0.8, 0.7, 0.8, 0.8, 0.6, 1.1]),
    moves=_rows(
        (76, 6, 4, 0.5, 0, 13), (5, 56, 32, 4, 0, 3), (4, 7, 68, 14, 1, 6), (2, 3, 14, 57, 19, 5), (0, 0, 3, 11, 83, 3),
        (7, 2, 2, 1, 0, 88),
    ),
    ends=np.array([0.085, 0.045, 0.045, 0.05, 0.04, 0.20]),
    orders=np.array([0.0, 0.0, 0.002, 0.015, 0.20, 0.0]),
)  # fmt: skip
