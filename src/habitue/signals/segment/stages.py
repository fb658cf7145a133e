"""The stages of a customer's life, as a table of rules, and the rhythm they are measured by.

A customer's *usual gap* is the mean number of days between their purchase days, drawn towards the shop's usual gap as
long as there are few of them. Stages are ranges of days since the last purchase, counted in usual gaps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = [
    "DEFAULT_GAP_DAYS",
    "RULES",
    "STAGES",
    "YOUNG_DAYS",
    "Rule",
    "came_back",
    "shop_gap",
    "stage_numbers",
    "usual_gap",
]

DEFAULT_GAP_DAYS = 60.0  # where hardly anybody has bought twice yet
_DEFAULT_WEIGHT = 5  # the default counts as much as this many customers with a rhythm of their own
YOUNG_DAYS = 180  # a shorter history has not seen the long gaps yet
_SHOP_WEIGHT = 2.0  # the shop's gap counts as much as this many gaps of the customer's own
_FLOOR_SHARE = 1 / 3  # of the shop's gap: who buys daily is not called lost after a week

_SLOW, _ASLEEP, _GONE = 1.5, 3.0, 6.0  # in usual gaps


@dataclass(frozen=True, slots=True)
class Rule:
    """One stage: how many purchase days, whether the last one ended a long pause, and the range of quiet days.

    The days since the last purchase are more than ``gaps[0]`` and at most ``gaps[1]`` usual gaps. ``came_back`` is
    None where it does not matter.
    """

    stage: str
    purchase_days: tuple[float, float]
    gaps: tuple[float, float]
    came_back: bool | None = None

    def holds(self, purchase_days: Any, came_back: Any, quiet_days: Any, gap_days: Any) -> Any:
        """Say for every customer whether the rule holds."""
        held = (self.purchase_days[0] <= purchase_days) & (purchase_days <= self.purchase_days[1])
        held &= (quiet_days > self.gaps[0] * gap_days) & (quiet_days <= self.gaps[1] * gap_days)
        return held if self.came_back is None else held & (came_back == self.came_back)


_EVER = np.inf

RULES: tuple[Rule, ...] = (
    Rule("new", (1, 1), (-1.0, 0.5)),
    Rule("second_order_due", (1, 1), (0.5, _ASLEEP)),
    Rule("active", (2, 2), (-1.0, _SLOW), came_back=False),
    Rule("loyal", (3, _EVER), (-1.0, _SLOW), came_back=False),
    Rule("returned", (2, _EVER), (-1.0, _SLOW), came_back=True),
    Rule("slowing", (2, _EVER), (_SLOW, _ASLEEP)),
    Rule("dormant", (1, _EVER), (_ASLEEP, _GONE)),
    Rule("lost", (1, _EVER), (_GONE, _EVER)),
)

STAGES: tuple[str, ...] = tuple(rule.stage for rule in RULES)


def shop_gap(purchase_days: Any, span_days: Any, history_days: float) -> float:
    """Return the shop's usual gap: half of the customers who came again do so sooner on average, half later.

    In the first half year long gaps cannot have been seen, so that the default counts for a part.

    Parameters
    ----------
    purchase_days, span_days : arrays
        For each customer: days with a purchase, and days from the first of them to the last.
    history_days : float
        Days since the first purchase of all.

    Examples
    --------
    >>> shop_gap(np.array([1, 1]), np.array([0, 0]), 400)
    60.0
    """
    again = purchase_days >= 2
    if not again.any():
        return DEFAULT_GAP_DAYS
    middle = float(np.median(span_days[again] / (purchase_days[again] - 1)))
    number = int(again.sum())
    trust = min(history_days / YOUNG_DAYS, 1.0) * number / (_DEFAULT_WEIGHT + number)
    return trust * middle + (1 - trust) * DEFAULT_GAP_DAYS


def usual_gap(purchase_days: Any, span_days: Any, shop_gap_days: float) -> Any:
    """Return each customer's usual gap in days, never less than a third of the shop's."""
    drawn = (_SHOP_WEIGHT * shop_gap_days + span_days) / (_SHOP_WEIGHT + purchase_days - 1)
    return np.maximum(drawn, _FLOOR_SHARE * shop_gap_days)


def came_back(purchase_days: Any, span_days: Any, last_gap_days: Any, shop_gap_days: float) -> Any:
    """Say whose last purchase ended a pause in which they would have been called dormant."""
    again = purchase_days >= 2
    gap = np.where(again, last_gap_days, 0)
    before = usual_gap(np.where(again, purchase_days - 1, 1), np.where(again, span_days - gap, 0), shop_gap_days)
    return again & (gap > _ASLEEP * before)


def stage_numbers(purchase_days: Any, back: Any, quiet_days: Any, gap_days: Any) -> Any:
    """Return the place in `STAGES` of the one rule that holds for each customer."""
    numbers = np.zeros(np.shape(quiet_days), dtype=np.int8)
    for number, rule in enumerate(RULES):
        numbers[rule.holds(purchase_days, back, quiet_days, gap_days)] = number
    return numbers
