"""Purchases as customer, day and money: the histories at any day, and what came after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from habitue.errors import DataError
from habitue.models.btyd.histories import Floats

__all__ = ["Histories", "PurchaseDays"]

Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Histories:
    """One row a customer who had bought by a day; times in days.

    Attributes
    ----------
    customer : array of n
        The customers' numbers.
    first : array of n
        Day of the first purchase.
    frequency, recency, age : array of n
        Repeat purchase days; first to last purchase day; first purchase day to the day of asking.
    mean_spend : array of n
        Mean spend of a repeat day, the first day left out; 0 without repeat.
    day_value : array of n
        Mean spend of a purchase day, the first one included.
    """

    customer: Whole
    first: Whole
    frequency: Floats
    recency: Floats
    age: Floats
    mean_spend: Floats
    day_value: Floats

    @property
    def columns(self) -> tuple[Floats, Floats, Floats]:
        """What the models take: frequency, recency, age."""
        return self.frequency, self.recency, self.age


@dataclass(frozen=True, slots=True)
class PurchaseDays:
    """Days on which customers bought, one row a customer and day, in that order."""

    customer: Whole
    day: Whole
    spend: Floats

    @classmethod
    def of(cls, customer: ArrayLike, day: ArrayLike, spend: ArrayLike) -> Self:
        """Add up purchases of the same customer and day.

        Parameters
        ----------
        customer : array of whole numbers
        day : array of whole numbers
            Days since any fixed day.
        spend : array

        Examples
        --------
        >>> days = PurchaseDays.of([0, 0, 0, 1], day=[3, 3, 10, 5], spend=[1.0, 2.0, 7.0, 4.0])
        >>> days.at(12).columns
        (array([1., 0.]), array([7., 0.]), array([9., 7.]))
        >>> days.between(3, 10)[0]
        array([1., 1.])
        """
        who, when = np.asarray(customer, dtype=np.int64), np.asarray(day, dtype=np.int64)
        money = np.asarray(spend, dtype=np.float64)
        if not who.shape == when.shape == money.shape or who.ndim != 1:
            raise DataError(f"Columns of different shapes: {who.shape}, {when.shape}, {money.shape}")
        if (who < 0).any() or not np.isfinite(money).all():
            raise DataError("Negative customer numbers, or spend that is missing", expected="numbers from 0 on; money")
        order = np.lexsort((when, who))
        who, when, money = who[order], when[order], money[order]
        starts = np.flatnonzero(np.r_[True, (np.diff(who) != 0) | (np.diff(when) != 0)][: len(who)])
        sums = np.add.reduceat(money, starts) if len(starts) else money
        return cls(who[starts], when[starts], sums)

    def at(self, day: int) -> Histories:
        """Return the histories at the end of a day."""
        known = self.day <= day
        who, when, money = self.customer[known], self.day[known], self.spend[known]
        starts = np.flatnonzero(np.r_[True, np.diff(who) != 0][: len(who)])
        ends = np.r_[starts[1:], len(who)][: len(starts)] - 1
        first, last = when[starts], when[ends]
        frequency = (ends - starts).astype(np.float64)
        total = np.add.reduceat(money, starts) if len(starts) else money
        repeat = total - money[starts]
        mean = np.divide(repeat, frequency, out=np.zeros_like(frequency), where=frequency > 0)
        recency, age = (last - first).astype(np.float64), (day - first).astype(np.float64)
        return Histories(who[starts], first, frequency, recency, age, mean, total / (frequency + 1))

    def between(self, after: int, until: int) -> tuple[Floats, Floats]:
        """Count the purchase days after one day until another, and add up their spend, by customer number."""
        inside = (self.day > after) & (self.day <= until)
        size = int(self.customer.max(initial=-1)) + 1
        who = self.customer[inside]
        days = np.bincount(who, minlength=size).astype(np.float64)
        return days, np.bincount(who, weights=self.spend[inside], minlength=size).astype(np.float64)
