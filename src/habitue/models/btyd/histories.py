"""Purchase histories as three numbers a customer, checked once and grouped so that equal customers are counted once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from habitue.errors import DataError, NotEnoughData

__all__ = ["Floats", "Rows", "checked", "grouped", "horizons", "ungrouped"]

Floats = NDArray[np.float64]

_REPEATERS = 10  # fewer customers who came back say nothing about four parameters


@dataclass(frozen=True, slots=True)
class Rows:
    """Distinct histories with the number of customers that share each.

    ``levels`` are the distinct frequencies and ``level`` the place of each row's own in them: gamma functions are
    computed once a level.
    """

    frequency: Floats
    recency: Floats
    age: Floats
    weight: Floats
    levels: Floats
    level: NDArray[np.intp]

    def thinned(self, most: int) -> Rows:
        """Every n-th row, so that at most ``most`` are left; they are in order of frequency, recency and age."""
        step = -(-len(self.age) // most)
        if step == 1:
            return self
        return _rows(self.frequency[::step], self.recency[::step], self.age[::step], self.weight[::step])


def checked(frequency: ArrayLike, recency: ArrayLike, age: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Read three columns of equal length as floats and refuse histories that cannot be."""
    columns = {"frequency": frequency, "recency": recency, "age": age}
    arrays = {name: np.atleast_1d(np.asarray(values, dtype=np.float64)) for name, values in columns.items()}
    shapes = {array.shape for array in arrays.values()}
    if len(shapes) > 1 or arrays["age"].ndim != 1:
        raise DataError(
            f"Columns of different shapes: {', '.join(f'{k} {v.shape}' for k, v in arrays.items())}",
            expected="three columns of one length",
        )
    for name, array in arrays.items():
        _refuse(~np.isfinite(array) | (array < 0), array, name, "a number of 0 or more")
    x, recent, old = arrays.values()
    _refuse(x != np.floor(x), x, "frequency", "whole numbers of repeat purchases")
    _refuse(recent > old, recent, "recency", "a last purchase not after the moment of asking (recency ≤ age)")
    _refuse((x == 0) & (recent > 0), recent, "recency", "0 for customers without repeat purchase")
    _refuse((x > 0) & (recent == 0), x, "frequency", "0 where the last purchase is the first one (recency 0)")
    return x, recent, old


def grouped(frequency: ArrayLike, recency: ArrayLike, age: ArrayLike, weight: ArrayLike | None = None) -> Rows:
    """Check histories and put equal ones together.

    Raises
    ------
    DataError
        For values that cannot be.
    NotEnoughData
        When hardly anybody came back.
    """
    columns = checked(frequency, recency, age)
    weights = np.ones(len(columns[0])) if weight is None else np.asarray(weight, dtype=np.float64)
    if weights.shape != columns[0].shape:
        raise DataError(f"{weights.shape} weights for {columns[0].shape} customers", expected="one weight a customer")
    _refuse(~np.isfinite(weights) | (weights < 0), weights, "weight", "a number of 0 or more")
    x, recent, old = (column[weights > 0] for column in columns)
    rows = _rows(*_together(x, recent, old, weights[weights > 0]))
    came_back = float(rows.weight[rows.frequency > 0].sum())
    if came_back < _REPEATERS:
        raise NotEnoughData(
            f"Only {came_back:g} customers bought again",
            expected=f"{_REPEATERS} or more customers with a repeat purchase",
            hint="wait for more purchases, or take the shop's averages",
        )
    return rows


def horizons(horizon: ArrayLike) -> tuple[Floats, bool]:
    """Read one horizon or several; say whether it was one."""
    array = np.asarray(horizon, dtype=np.float64)
    if array.ndim > 1:
        raise DataError(f"Horizons of shape {array.shape}", expected="one number or a list of numbers")
    _refuse(~np.isfinite(array) | (array < 0), array, "horizon", "a length of time of 0 or more")
    return np.atleast_1d(array), array.ndim == 0


def _refuse(wrong: Any, values: Any, column: str, expected: str) -> None:
    """Raise for the first wrong value, with their number."""
    count = int(np.count_nonzero(wrong))
    if count:
        first = np.atleast_1d(values)[np.atleast_1d(wrong)][0]
        raise DataError(
            f"{count} of {np.size(values)} values of {column} cannot be (first: {first:g})",
            column=column,
            count=count,
            first=float(first),
            expected=expected,
        )


def _together(frequency: Floats, recency: Floats, age: Floats, weight: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Sort by all three columns and add up the weights of equal rows."""
    if not len(age):
        return frequency, recency, age, weight
    order = np.lexsort((age, recency, frequency))
    columns = [column[order] for column in (frequency, recency, age)]
    new = np.ones(len(age), dtype=bool)
    new[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    starts = np.flatnonzero(new)
    x, recent, old = (column[starts] for column in columns)
    return x, recent, old, np.add.reduceat(weight[order], starts)


def _rows(frequency: Floats, recency: Floats, age: Floats, weight: Floats) -> Rows:
    levels, level = np.unique(frequency, return_inverse=True)
    return Rows(frequency, recency, age, weight, levels, level)


def ungrouped(frequency: Floats, recency: Floats, age: Floats) -> Rows:
    """Take checked histories as they come, a row a customer."""
    return _rows(frequency, recency, age, np.ones(len(age)))
