"""Examples to learn from: inputs, answer, weight and customer of each row; folds that keep customers whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from habitue.errors import ConfigError, DataError, NotEnoughData, did_you_mean

__all__ = ["KINDS", "Examples", "Floats", "examples", "folds", "matrix"]

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]

KINDS = ("binary", "amount")


@dataclass(frozen=True, slots=True)
class Examples:
    """What a learner sees: x (n × k, NaN where unknown), y (n), weight (n, mean 1), groups (n whole numbers)."""

    x: Floats
    y: Floats
    weight: Floats
    groups: Rows

    @property
    def rows(self) -> int:
        """The number of examples."""
        return int(self.x.shape[0])

    @property
    def mean(self) -> float:
        """The weighted mean of the answer."""
        return float(np.average(self.y, weights=self.weight))

    def take(self, rows: Any) -> Examples:
        """Return only these rows; the weights again have mean 1."""
        weight = self.weight[rows]
        total = float(weight.sum())
        # A part in which nothing counts is treated as if all rows counted alike.
        weight = weight * (weight.size / total) if total > 0 else np.ones(weight.size)
        return Examples(self.x[rows], self.y[rows], weight, self.groups[rows])

    def capped(self, rows: int, seed: int) -> Examples:
        """Return at most this many examples, drawn at random in a repeatable way."""
        if self.rows <= rows:
            return self
        chosen = np.random.default_rng(seed).choice(self.rows, rows, replace=False)
        return self.take(np.sort(chosen))


def matrix(x: Any, columns: int | None = None) -> Floats:
    """Return x as a float matrix in which infinities are unknown; columns is the width that is expected.

    Raises
    ------
    DataError
        x is no matrix of this width.
    """
    out = np.array(x, dtype=np.float64)
    if out.ndim != 2 or (columns is not None and out.shape[1] != columns):
        expected = f"a matrix with {columns} columns" if columns is not None else "a matrix, rows × columns"
        raise DataError(f"the inputs have the shape {out.shape}", expected=expected)
    out[~np.isfinite(out)] = np.nan
    return out


def examples(x: Any, y: Any, kind: str, *, weight: Any = None, groups: Any = None) -> Examples:
    """Check the examples and bring them into the form that learners want.

    Parameters
    ----------
    x : array, n × k
        NaN where a value is unknown.
    y : array, n
        0 or 1 for ``"binary"``, an amount of 0 or more for ``"amount"``.
    kind : str
        ``"binary"`` or ``"amount"``.
    weight : array, n, optional
        How much each row counts; without it all count alike. Rows of weight 0 are left out.
    groups : array, n, optional
        The customer of each row; without it each row is a customer of its own.

    Raises
    ------
    ConfigError
        The kind is unknown.
    DataError
        Lengths differ, or an answer or a weight is out of range.
    NotEnoughData
        There is no row that counts.
    """
    if kind not in KINDS:
        raise ConfigError(f"there is no kind {kind!r}.{did_you_mean(kind, KINDS)}", expected=" or ".join(KINDS))
    inputs, answer = matrix(x), np.asarray(y, dtype=np.float64)
    count = np.ones(answer.shape) if weight is None else np.asarray(weight, dtype=np.float64)
    owner = np.arange(answer.size) if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
    for name, part in (("y", answer), ("weight", count), ("groups", owner)):
        if part.shape != (inputs.shape[0],):
            raise DataError(f"{name} has the shape {part.shape}", expected=f"one value for each of {len(inputs)} rows")
    in_range = np.isin(answer, (0.0, 1.0)) if kind == "binary" else np.isfinite(answer) & (answer >= 0)
    if not in_range.all():
        first = answer[~in_range][0]
        expected = "0 or 1" if kind == "binary" else "amounts of 0 or more"
        raise DataError(f"{(~in_range).sum()} answers are out of range", first=first, expected=expected)
    if not (np.isfinite(count) & (count >= 0)).all():
        raise DataError("weights are missing or negative", expected="weights of 0 or more")
    if not (count > 0).any():
        raise NotEnoughData("there are no examples to learn from", hint="choose an earlier moment or a longer export")
    return Examples(inputs, answer, count, owner.astype(np.int64)).take(np.flatnonzero(count > 0))


def folds(data: Examples, count: int, *, seed: int = 0) -> list[tuple[Rows, Rows]]:
    """Split the rows into folds that keep every customer whole and spread the answers evenly.

    Returns
    -------
    list of pairs
        For each fold the rows to learn from and the rows to test on; empty if there are fewer than two customers.
    """
    owners, place = np.unique(data.groups, return_inverse=True)
    count = min(count, owners.size)
    if count < 2:
        return []
    largest = np.zeros(owners.size)
    np.maximum.at(largest, place, data.y)
    # Customers in the order of their answer, equal ones at random, are dealt out like cards.
    order = np.lexsort((np.random.default_rng(seed).random(owners.size), largest))
    fold_of_owner = np.empty(owners.size, dtype=np.int64)
    for start in range(0, owners.size, count):
        hand = order[start : start + count]
        fold_of_owner[hand] = np.random.default_rng((seed, start)).permutation(count)[: hand.size]
    fold = fold_of_owner[place]
    return [(np.flatnonzero(fold != number), np.flatnonzero(fold == number)) for number in range(count)]
