"""The segmentations that any other is held against."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import lightgbm
import numpy as np
from scipy.stats import rankdata

from habitue.models.segmenting import fit
from habitue.signals.segment import lifecycle, outcome
from habitue.signals.segment.choosing import define
from habitue.signals.segment.past import FEATURES, Customers, lesson, window_days

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["SIMPLE", "baselines", "ceiling", "of_size", "simple"]

_AXES = ("recency_days", "purchase_days", "spend")
_K = 8
_ANY_SIZE = ("gaussian_mixture", "latent_class")
#: The ways that any other is held against at equal numbers of segments.
SIMPLE = ("rfm_score", "k_means")
_LARGE = 10_000  # customers
_PACE = {"learning_rate": 0.05}
#: Settings and trees of the model that tells every customer alone; a larger one learns small shops by heart.
_CEILING: dict[bool, tuple[dict[str, Any], int]] = {
    False: (
        {"num_leaves": 8, "min_child_samples": 30, "subsample": 0.8, "subsample_freq": 1, "colsample_bytree": 0.7}
        | _PACE,
        90,
    ),
    True: ({"num_leaves": 15, "min_child_samples": 100} | _PACE, 120),
}
_METHODS = (
    ("rfm_named", 11), ("rfm_grid", 125), ("k_means", _K), ("k_means_raw", 4), ("gaussian_mixture", _K),
    ("latent_class", _K),
)  # fmt: skip


def baselines(
    shop: Shop, as_of: datetime, customers: Customers, horizon_days: int, seed: int
) -> Iterator[tuple[str, Any]]:
    """Give the name and the segments of every baseline, ours first; all of them know only what was known then."""
    ours = outcome.learn(shop, as_of, horizon_days=horizon_days, seed=seed)
    yield "habitue", ours.definition.assign(customers.x)
    rng = np.random.default_rng(seed)
    size = customers.ids.size
    yield "one_segment", np.zeros(size, dtype=np.int64)
    yield "random", rng.integers(0, _K, size)
    axes = customers.x[:, [FEATURES.index(name) for name in _AXES]]
    edges = np.quantile(axes[:, 2], [0.2, 0.4, 0.6, 0.8])
    yield "value_quintile", np.searchsorted(edges, axes[:, 2], side="left")
    stages = lifecycle.score(shop, as_of)
    known = dict(zip(stages["customer_id"].to_pylist(), stages["stage"].to_pylist(), strict=True))
    yield "lifecycle", np.array([known[each] for each in customers.ids])
    for method, k in _METHODS:
        yield method, fit(method, axes, _AXES, k=k, seed=seed).assign(axes)


def simple(customers: Customers, size: int, seed: int) -> Iterator[tuple[str, Any]]:
    """Give the simple ways to make at most so many segments, named as in `SIMPLE`.

    ``rfm_score`` is the mean of the ranks by recency, purchase days and spend, cut into so many equal parts.
    """
    axes = customers.x[:, [FEATURES.index(name) for name in _AXES]]
    best_first = axes * np.array([-1.0, 1.0, 1.0])
    score = np.mean([rankdata(each, method="average") for each in best_first.T], axis=0)
    yield "rfm_score", np.searchsorted(np.quantile(score, np.arange(1, size) / size), score, side="left")
    yield "k_means", fit("k_means", axes, _AXES, k=size, seed=seed).assign(axes)


def of_size(
    shop: Shop, as_of: datetime, customers: Customers, horizon_days: int, *, sizes: Sequence[int], seed: int
) -> Iterator[tuple[str, int, Any]]:
    """Give name, most segments and the segments themselves of the ways that can make as many as asked for.

    At each size those of `simple` come first.
    """
    axes = customers.x[:, [FEATURES.index(name) for name in _AXES]]
    recipe = outcome.learn(shop, as_of, horizon_days=horizon_days, most=max(sizes), seed=seed).choice.recipe
    days = window_days(shop, as_of, horizon_days)
    learnt = lesson(shop, as_of, days, reach=horizon_days / days if days else 1.0)
    for size in sizes:
        yield from ((name, size, segment) for name, segment in simple(customers, size, seed))
        if learnt.earlier:
            ours = replace(recipe, segments=size)
            yield "habitue", size, define(ours, learnt, seed=seed).assign(customers.x)
        for method in _ANY_SIZE:
            yield method, size, fit(method, axes, _AXES, k=size, seed=seed).assign(axes)


def ceiling(customers: Customers, repeats: int, seed: int) -> tuple[Any, Any]:
    """Tell log spend and inactivity of every customer alone, learnt from the other half; what segments could reach."""
    rng = np.random.default_rng(seed)
    size = customers.ids.size
    settings, trees = _CEILING[size >= _LARGE]
    money, gone = np.log1p(customers.spend), (customers.orders == 0).astype(np.float64)
    told = np.empty((2, repeats, size))
    for number in range(repeats):
        half = rng.permutation(size) < size // 2
        for learn, score in ((half, ~half), (~half, half)):
            for place, (y, objective) in enumerate(((money, "regression"), (gone, "binary"))):
                data = lightgbm.Dataset(customers.x[learn], y[learn], params={"verbose": -1, "num_threads": 1})
                both = settings | {"objective": objective, "verbose": -1, "num_threads": 1, "seed": seed}
                model = lightgbm.train(both, data, trees)
                told[place, number, score] = model.predict(customers.x[score], num_threads=1)
    return told[0], told[1]
