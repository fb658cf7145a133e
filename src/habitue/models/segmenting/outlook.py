"""A smooth guess at what customers will do, learnt from what followed earlier moments.

The tree that defines segments is grown on these guesses, not on the outcomes themselves: single outcomes are mostly
chance, and splits chosen on chance are other splits next month.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from habitue.models.segmenting.segmentation import Floats

__all__ = ["Outlook", "Past"]

_RIDGE = 0.03  # of the variance of each term
_FAR = 4.0  # standard deviations
_FEW = 20  # buyers from whom order values are learnt
_NOTHING = 1e-9
_SURE = 0.01  # no chance is nearer to 0 or 1


@dataclass(frozen=True)
class Past:
    """What was known at earlier moments and what followed; several moments one below the other.

    Attributes
    ----------
    x : array of shape (n, features)
    spend, orders : array of shape (n,)
        Money and number of orders in the time after the moment.
    reach : float
        How many times as long as that time is the one that segments should tell.
    """

    x: Floats
    spend: Floats
    orders: Floats
    reach: float = 1.0

    def rows(self, chosen: Floats) -> Past:
        """Return some of the rows, in any order and number."""
        return Past(self.x[chosen], self.spend[chosen], self.orders[chosen], self.reach)


@dataclass(frozen=True)
class _Ridge:
    """Linear in the logarithms of the features, their squares and their products."""

    mean: Floats
    spread: Floats
    middle: Floats
    width: Floats
    base: Floats
    weights: Floats
    low: Floats
    high: Floats

    @classmethod
    def fit(cls, x: Floats, y: Floats) -> _Ridge:
        logs = _logs(x)
        mean, spread = logs.mean(axis=0), np.maximum(logs.std(axis=0), 1e-9)
        terms = _terms((logs - mean) / spread)
        middle, width = terms.mean(axis=0), np.maximum(terms.std(axis=0), 1e-9)
        scaled, base = (terms - middle) / width, y.mean(axis=0)
        square = scaled.T @ scaled / len(scaled) + _RIDGE * np.eye(scaled.shape[1])
        weights = np.linalg.solve(square, scaled.T @ (y - base) / len(scaled))
        return cls(mean, spread, middle, width, base, weights, y.min(axis=0), y.max(axis=0))

    def predict(self, x: Floats) -> Floats:
        terms = _terms((_logs(x) - self.mean) / self.spread)
        told = (terms - self.middle) / self.width @ self.weights + self.base
        return np.asarray(np.clip(told, self.low, self.high), dtype=np.float64)


@dataclass(frozen=True)
class Outlook:
    """A guess at four outcomes: log of spend, any order, log of the number of orders, log of the value of an order.

    References
    ----------
    Breiman and Shang, Born again trees (1996), for growing a tree on the guesses of a smoother model.
    """

    outcomes: _Ridge
    order_value: _Ridge | None
    spread: Floats

    @classmethod
    def fit(cls, past: Past) -> Outlook:
        """Learn from what followed earlier moments; order values from those who ordered."""
        y = np.column_stack([np.log1p(np.maximum(past.spend, 0)), past.orders > 0, np.log1p(past.orders)])
        spread = np.where(y.std(axis=0) > _NOTHING, y.std(axis=0), np.inf)
        bought = (past.orders > 0) & (past.spend > 0)
        value = np.log(past.spend[bought] / past.orders[bought])[:, None]
        if bought.sum() < _FEW or value.std() <= _NOTHING:
            return cls(_Ridge.fit(past.x, y), None, np.append(spread, np.inf))
        return cls(_Ridge.fit(past.x, y), _Ridge.fit(past.x[bought], value), np.append(spread, value.std()))

    def predict(self, x: Floats, value_weight: float, reach: float = 1.0) -> Floats:
        """Return the guesses, each in units of the spread of the outcome itself; order values times a weight.

        ``reach`` is how many times as long as the windows learnt from the time told is: in three times the time a
        customer who orders with chance p orders with chance 1 - (1 - p)³, and what they spend follows.
        """
        money, active, orders = self.outcomes.predict(x).T
        chance = np.clip(active, _SURE, 1 - _SURE)
        longer = 1 - (1 - chance) ** reach
        money, orders = money * longer / chance, np.log1p(np.expm1(orders) * reach)
        value = np.zeros(len(x)) if self.order_value is None else self.order_value.predict(x)[:, 0]
        mean = float(np.clip(chance.mean(), _SURE, 1 - _SURE))
        after = float(np.clip(longer.mean(), _SURE, 1 - _SURE))
        wider = np.sqrt(after * (1 - after) / (mean * (1 - mean)))
        weight = np.array([1.0 / wider, 1.0 / wider, 1.0, value_weight])
        told = np.column_stack([money, longer, orders, value])
        return np.asarray(told * weight / self.spread, dtype=np.float64)


def _logs(x: Floats) -> Floats:
    return np.log1p(np.maximum(np.nan_to_num(x, nan=0.0), 0.0))


def _terms(z: Floats) -> Floats:
    near = np.clip(z, -_FAR, _FAR)
    first, second = np.triu_indices(near.shape[1])
    return np.column_stack([near, near[:, first] * near[:, second]])


def stacked(parts: Sequence[Past]) -> Past:
    """Put several moments one below the other."""
    return Past(
        np.concatenate([each.x for each in parts]),
        np.concatenate([each.spend for each in parts]),
        np.concatenate([each.orders for each in parts]),
        parts[0].reach,
    )
