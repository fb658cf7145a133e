"""Growing a tree of rules best first: at each step the split that explains most, at round numbers only.

Customers who lie between the same round numbers are added up first, so that the time taken hardly depends on how many
there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from habitue.models.segmenting.segmentation import POINTS, Condition, Floats, Ints, Rule, Scorecard
from habitue.models.segmenting.thresholds import round_thresholds

__all__ = ["grow"]

_TINY = 1e-9
_ENOUGH = 100  # customers of whom a mean can be told, in shops that have ten times as many


@dataclass(frozen=True)
class _Cells:
    """Customers added up: their number, the sum of their (centred) targets, and their places between thresholds."""

    place: Ints  # cells × columns
    count: Floats
    total: Floats  # cells × targets
    columns: tuple[int, ...]
    thresholds: tuple[Floats, ...]
    least: int


@dataclass(frozen=True)
class _Leaf:
    cells: Ints
    path: tuple[Condition, ...]
    gain: float
    split: tuple[int, int] | None  # which of the columns, and the number of its threshold


def grow(
    x: Floats,
    targets: Floats,
    names: Sequence[str],
    *,
    leaves: int,
    depth: int = 4,
    least_share: float = 0.02,
    coarse: bool = False,
    card: Scorecard | None = None,
) -> list[tuple[tuple[Rule, ...], float]]:
    """Grow a tree; return its rules, and the share of variance they explain, at every size from one leaf to so many.

    Parameters
    ----------
    x : array of shape (n, features)
        Features with a missing value are not split on.
    targets : array of shape (n, targets)
        What customers of a segment should have in common, all in the same unit.
    names : sequence of str
        Of the features; those that end in ``_days`` and hold days since something are split at weeks and months.
    leaves, depth : int
        Most leaves, and most conditions on the way to one.
    least_share : float
        Of the customers, in each leaf; in small shops more: a hundred of them or a tenth, what is less.
    coarse : bool
        Split at the roundest numbers only.
    card : Scorecard, optional
        Customers may also be split by their points, at any number.
    """
    if card is not None:
        x, names = np.column_stack([x, card.points(x, tuple(names))]), (*names, POINTS)
    cells = _added_up(x, targets, names, least_share, coarse=coarse)
    growing = [_leaf(cells, np.arange(len(cells.count)), (), depth)]
    spread = float(((targets - targets.mean(axis=0)) ** 2).sum())
    explained, sizes = 0.0, [(_rules(growing), 0.0)]
    while len(growing) < leaves:
        place = max(range(len(growing)), key=lambda number: growing[number].gain)
        leaf = growing[place]
        if leaf.split is None:
            break
        column, number = leaf.split
        low = cells.place[leaf.cells, column] <= number
        name, value = names[cells.columns[column]], float(cells.thresholds[column][number])
        of = card if name == POINTS else None
        growing[place : place + 1] = [
            _leaf(cells, leaf.cells[side], (*leaf.path, Condition(name, op, value, of)), depth)
            for side, op in ((low, "<"), (~low, ">="))
        ]
        explained += leaf.gain / max(spread, _TINY)
        sizes.append((_rules(growing), explained))
    return sizes


def _rules(growing: list[_Leaf]) -> tuple[Rule, ...]:
    return tuple(Rule(leaf.path).simplified() for leaf in growing)


def _added_up(x: Floats, targets: Floats, names: Sequence[str], least_share: float, *, coarse: bool) -> _Cells:
    least = max(int(np.ceil(least_share * len(x))), min(_ENOUGH, len(x) // 10), 1)
    days = [name in ("recency_days", "tenure_days") for name in names]
    found = [
        (column, round_thresholds(x[:, column], least, days=days[column], coarse=coarse and names[column] != POINTS))
        for column in range(x.shape[1])
    ]
    kept = [(column, values) for column, values in found if values.size]
    codes = [np.searchsorted(values, x[:, column], side="right") for column, values in kept]
    place, cell = _distinct(np.column_stack(codes) if codes else np.zeros((len(x), 0), dtype=np.int64))
    centred = targets - targets.mean(axis=0)
    sums = [np.bincount(cell, weights=each, minlength=len(place)) for each in centred.T]
    total = np.asarray(np.column_stack(sums), dtype=np.float64)
    count = np.bincount(cell, weights=np.ones(len(x)), minlength=len(place))
    columns, thresholds = tuple(column for column, _ in kept), tuple(values for _, values in kept)
    return _Cells(place, np.asarray(count, dtype=np.float64), total, columns, thresholds, least)


def _distinct(codes: Ints) -> tuple[Ints, Ints]:
    place, cell = np.unique(codes, axis=0, return_inverse=True)
    return place.astype(np.int64), cell.ravel()


def _leaf(cells: _Cells, members: Ints, path: tuple[Condition, ...], depth: int) -> _Leaf:
    """Find the best split of a leaf, if it may be split at all."""
    best, split = 0.0, None
    if len(path) < depth:
        count, total = cells.count[members], cells.total[members]
        for column, values in enumerate(cells.thresholds):
            gains = _gains(cells.place[members, column], count, total, values.size + 1, cells.least)
            number = int(gains.argmax())
            # Of splits that explain the same the first feature keeps the place.
            if gains[number] > best * (1 + _TINY) + _TINY:
                best, split = float(gains[number]), (column, number)
    return _Leaf(members, path, best, split)


def _gains(place: Ints, count: Floats, total: Floats, size: int, least: int) -> Floats:
    """Return how much of the squared distance each threshold explains; 0 where a side would be too small."""
    below = np.cumsum(np.bincount(place, weights=count, minlength=size))
    sums = np.column_stack([np.cumsum(np.bincount(place, weights=each, minlength=size)) for each in total.T])
    everyone, whole = below[-1], sums[-1]
    low, high = below[:-1], everyone - below[:-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = (sums[:-1] ** 2).sum(axis=1) / low + ((whole - sums[:-1]) ** 2).sum(axis=1) / high
        gain = gain - (whole**2).sum() / everyone
    return np.asarray(np.where((low >= least) & (high >= least), gain, 0.0), dtype=np.float64)
