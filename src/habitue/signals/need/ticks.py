"""Sums over orders for each customer and category, without a row for what was never bought."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from habitue.signals.need.history import Floats, History

__all__ = ["Ticks"]


@dataclass(frozen=True)
class Ticks:
    """One tick for each order and category in it, by customer and time.

    Attributes
    ----------
    order : array of shape (ticks,)
        Places of the orders.
    place : array of shape (ticks,)
        Where each belongs in a table of customers × categories, read line by line.
    shape : two int
        Of that table.
    share : array of shape (ticks,)
        The order spread evenly over its categories.
    """

    order: Any
    place: Any
    shape: tuple[int, int]
    share: Floats

    @classmethod
    def of(cls, past: History, who: Any) -> Ticks:
        """Take the orders of a history; ``who`` are the customers of the table, by their places there."""
        row = np.zeros(len(past.customers), dtype=np.int64)
        row[who] = np.arange(len(who))
        matrix = past.categories
        size = np.diff(matrix.indptr)
        order = np.repeat(np.arange(matrix.shape[0]), size)
        place = row[past.who[order]] * matrix.shape[1] + matrix.indices
        return cls(order, place, (len(who), matrix.shape[1]), 1.0 / size[order])

    def added(self, per_order: Floats | None, *, spread: bool = False) -> Floats:
        """Add orders up, weighted, or each order spread evenly over its categories."""
        weight = None if per_order is None else per_order[self.order]
        if spread:
            weight = self.share if weight is None else weight * self.share
        told: Floats = np.bincount(self.place, weight, minlength=self.shape[0] * self.shape[1]).astype(np.float64)
        return told.reshape(self.shape)

    def bounds(self, when: Floats, day: float) -> tuple[Floats, Floats]:
        """Days since each customer last bought each category (NaN for never), and from the first time to the last."""
        last = np.full(self.shape[0] * self.shape[1], np.nan)
        first = last.copy()
        # Orders rise in time: of several values for one place the last one stays.
        last[self.place] = when[self.order]
        first[self.place[::-1]] = when[self.order[::-1]]
        return (day - last).reshape(self.shape), np.nan_to_num(last - first).reshape(self.shape)
