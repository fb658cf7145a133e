"""Choose columns: leave out what never varies, what says the same twice, and what is no better than shuffled columns.

Whether a column is of use is asked several times, each time of half of the customers with one row for each of them:
does it win more in boosted trees than nine in ten shuffled copies of columns like it, or does it follow the answer when
looked at alone? What does either in six of ten draws stays. The second question keeps columns that share
what they say with others, and would each look useless beside them; on Online Retail dropping those cost ranking.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np
from scipy.stats import rankdata

from habitue.models.tabular.examples import Examples, Floats, examples

__all__ = ["Selection", "select"]

_SAME = 0.98
_DRAWS = 6
_ROWS = 5_000
_ROUNDS = 60
_BAR = 0.9
_OFTEN = 0.6
_UNLIKELY = 2.576  # standard errors that noise exceeds once in a hundred times
_PROBES = 30  # shuffled copies for each sort of column, at least
_FEWEST_ROWS = 100  # in one draw
_FEWEST_CASES = 20  # of the rarer answer in one draw


@dataclass(frozen=True, slots=True)
class Selection:
    """Which columns stay, and why the others do not.

    Attributes
    ----------
    kept : tuple of int
        Places of the columns that stay, in their order.
    dropped : mapping of int to str
        Place and reason: ``"constant"``, ``"duplicate"``, ``"no_use"``, ``"beyond_limit"`` (max_features).
    twins : mapping of int to int
        For each duplicate the column that stays in its place.
    wins : mapping of int to float
        For each column that was put to the test the larger share of draws that it won, in trees or alone.
    """

    kept: tuple[int, ...]
    dropped: Mapping[int, str]
    twins: Mapping[int, int]
    wins: Mapping[int, float]


def select(
    x: Any, y: Any, kind: str, *, groups: Any = None, seed: int = 0, max_features: int | None = None
) -> Selection:
    """Choose the columns that are worth learning from.

    Parameters
    ----------
    x : array, n × k
        NaN where a value is unknown.
    y : array, n
        0 or 1 for ``"binary"``, amounts for ``"amount"``.
    kind : str
        ``"binary"`` or ``"amount"``.
    groups : array, n, optional
        The customer of each row.
    seed : int
        The same seed on the same rows chooses the same columns.
    max_features : int, optional
        At most this many columns stay, those that win most.

    Returns
    -------
    Selection
        In a shop that is too small for the test, or where no column passes it, only constants and duplicates go: then
        the data cannot tell, and the learners' own penalties must do.

    References
    ----------
    N. Meinshausen, P. Buehlmann, Stability selection, JRSS B 72 (2010) 417-473.
    M. Kursa, W. Rudnicki, Feature selection with the Boruta package, Journal of Statistical Software 36 (2010).

    Examples
    --------
    >>> x = [[0.0, 1.0, 5.0], [1.0, 2.0, 5.0], [2.0, 3.0, 5.0]]
    >>> chosen = select(x, [0, 1, 1], "binary")
    >>> chosen.kept, chosen.dropped
    ((0,), {1: 'duplicate', 2: 'constant'})
    """
    data = examples(x, y, kind, groups=groups)
    some = data.capped(_ROWS, seed)
    # A column counts as constant only if it is so in all rows, not in the sample.
    dropped = dict.fromkeys(np.flatnonzero(_constant(data.x)).tolist(), "constant")
    varying = [place for place in range(data.x.shape[1]) if place not in dropped]
    twins = _twins(some.x, varying)
    dropped.update(dict.fromkeys(twins, "duplicate"))
    left = [place for place in varying if place not in twins]
    wins, gains = _contest(data, kind, left, seed)
    useful = [place for place in left if wins.get(place, 1.0) >= _OFTEN] or left
    dropped.update({place: "no_use" for place in left if place not in useful})
    if max_features is not None and len(useful) > max_features:
        ranked = sorted(useful, key=lambda place: (-gains.get(place, 0.0), place))
        dropped.update(dict.fromkeys(ranked[max_features:], "beyond_limit"))
        useful = sorted(ranked[:max_features])
    return Selection(tuple(useful), dict(sorted(dropped.items())), twins, wins)


def _constant(x: Floats) -> Any:
    gaps = np.isnan(x)
    return np.where(gaps, gaps[0], x == x[0]).all(axis=0)


def _twins(x: Floats, places: list[int]) -> dict[int, int]:
    """Return the columns whose ranks nearly agree with those of an earlier one, either way round."""
    twins: dict[int, int] = {}
    kept: list[int] = []
    alike = _alike(x[:, places])
    for number, place in enumerate(places):
        close = (first for first in kept if alike[first, number] >= _SAME)
        like = next((first for first in close if _agree(x[:, places[first]], x[:, place])), None)
        if like is None:
            kept.append(number)
        else:
            twins[place] = places[like]
    return twins


def _alike(x: Floats) -> Floats:
    """Return the rank correlations, the larger of both ways round; what is unknown ranks lowest."""
    gaps = np.isnan(x)
    forward, backward = (_standard_ranks(np.where(gaps, -np.inf, way)) for way in (x, -x))
    return np.asarray(np.maximum(forward.T @ forward, forward.T @ backward), dtype=np.float64)


def _agree(one: Floats, other: Floats) -> bool:
    """Tell whether two columns agree also where they are not both 0 or both unknown: many zeros alone make no twins."""
    rows = ~((np.isnan(one) & np.isnan(other)) | ((one == 0) & (other == 0)))
    pair = np.column_stack([one[rows], other[rows]])
    if not len(pair):
        return True
    if np.isnan(pair).mean() > 1 - _SAME:
        return False
    pair = pair[~np.isnan(pair).any(axis=1)]
    ranks = _standard_ranks(pair)
    if not ranks.any():
        # Nothing varies there, so saying it in the same rows is saying the same.
        return True
    return bool(abs(ranks[:, 0] @ ranks[:, 1]) >= _SAME)


def _standard_ranks(values: Floats) -> Floats:
    ranks = rankdata(values, axis=0) if len(values) else values
    away = ranks - ranks.mean(axis=0) if len(values) else values
    length = np.sqrt((away**2).sum(axis=0))
    return np.asarray(away / np.where(length > 0, length, np.inf), dtype=np.float64)


def _contest(data: Examples, kind: str, places: list[int], seed: int) -> tuple[dict[int, float], dict[int, float]]:
    """Return the share of draws that each column wins and its mean share of the gain; empty if rows are too few."""
    wins = np.zeros((2, len(places)))
    gains = np.zeros(len(places))
    draws = 0
    for number in range(_DRAWS):
        rows = _half(data, seed, number)
        if places and _enough(data.y[rows], kind):
            x = data.x[np.ix_(rows, places)]
            won, gain = _in_trees(x, data.y[rows], kind, seed * _DRAWS + number)
            wins += [won, _alone(x, data.y[rows])]
            gains += gain
            draws += 1
    if not draws:
        return {}, {}
    shares = (wins / draws).max(axis=0), gains / draws
    return dict(zip(places, shares[0].tolist(), strict=True)), dict(zip(places, shares[1].tolist(), strict=True))


def _enough(y: Floats, kind: str) -> bool:
    """Tell whether a draw can say anything."""
    rarer = min((y > 0).sum(), (y == 0).sum()) if kind == "binary" else (y > y.min()).sum()
    return len(y) >= _FEWEST_ROWS and rarer >= _FEWEST_CASES


def _half(data: Examples, seed: int, number: int) -> Any:
    """Return one row of each customer in one half; draws 0 and 1 are the halves of one split, 2 and 3 of the next."""
    draw = np.random.default_rng((seed, number // 2))
    shuffled = draw.permutation(data.rows)
    _, first = np.unique(data.groups[shuffled], return_index=True)
    one_each = shuffled[np.sort(first)]
    half = one_each[: one_each.size // 2] if number % 2 == 0 else one_each[one_each.size // 2 :]
    return half[:_ROWS]


def _alone(x: Floats, y: Floats) -> Floats:
    """Return which columns follow the answer by themselves, more than one noise column in a hundred would."""
    ranks = _standard_ranks(np.where(np.isnan(x), -np.inf, x))
    follows = np.abs(ranks.T @ _standard_ranks(y[:, None])[:, 0]) > _UNLIKELY / np.sqrt(len(y))
    return np.asarray(follows, dtype=np.float64)


def _in_trees(x: Floats, y: Floats, kind: str, seed: int) -> tuple[Floats, Floats]:
    """Return which columns beat the shuffled ones of their sort, and their shares of the gain."""
    draw = np.random.default_rng(seed)
    # Columns with two values can be split in one place only: they compete with their like.
    two_valued = np.array([np.unique(column[~np.isnan(column)]).size <= 2 for column in x.T], dtype=bool)
    probes, sorts = [], []
    for sort in (False, True):
        like = np.flatnonzero(two_valued == sort)
        if like.size:
            copied = np.resize(draw.permutation(like), max(_PROBES, min(like.size, 2 * _PROBES)))
            probes.append(np.column_stack([draw.permutation(x[:, column]) for column in copied]))
            sorts += [sort] * copied.size
    gain = _gains(np.hstack([x, *probes]), y, kind, seed)
    real, shuffled = gain[: x.shape[1]], gain[x.shape[1] :]
    bar = np.zeros(x.shape[1])
    for sort in set(sorts):
        bar[two_valued == sort] = np.quantile(shuffled[np.array(sorts) == sort], _BAR)
    total = real.sum()
    return (real > bar).astype(np.float64), real / total if total > 0 else real


def _gains(x: Floats, y: Floats, kind: str, seed: int) -> Floats:
    """Return each column's gain in a few rounds of small trees."""
    loss: dict[str, Any] = {"objective": "binary"}
    if kind == "amount":
        # Ranks of logarithms rather than amounts: one large order must not choose the columns.
        loss, y = {"objective": "l2"}, rankdata(y) / len(y)
    settings = {
        **loss,
        "learning_rate": 0.1,
        "num_leaves": 7,
        "min_data_in_leaf": int(max(5, min(30, len(y) // 20))),
        "feature_fraction": 0.5,
        "max_bin": 63,
        "feature_pre_filter": False,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "seed": seed,
        "verbosity": -1,
    }
    booster = lightgbm.train(settings, lightgbm.Dataset(x, y), _ROUNDS)
    return np.asarray(booster.feature_importance("gain"), dtype=np.float64)
