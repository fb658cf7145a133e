"""The segmentations that any other is held against."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import lightgbm
import numpy as np

from habitue.models.segmenting import fit
from habitue.signals.segment import lifecycle, outcome
from habitue.signals.segment.past import FEATURES, Customers

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["baselines", "ceiling"]

_AXES = ("recency_days", "purchase_days", "spend")
_K = 8
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


def ceiling(customers: Customers, repeats: int, seed: int) -> tuple[Any, Any]:
    """Tell log spend and inactivity of every customer alone, learnt from the other half; what segments could reach."""
    rng = np.random.default_rng(seed)
    size, settings = customers.ids.size, {"num_leaves": 15, "learning_rate": 0.05, "min_child_samples": 30}
    money, gone = np.log1p(customers.spend), (customers.orders == 0).astype(np.float64)
    told = np.empty((2, repeats, size))
    for number in range(repeats):
        half = rng.permutation(size) < size // 2
        for learn, score in ((half, ~half), (~half, half)):
            for place, (y, objective) in enumerate(((money, "regression"), (gone, "binary"))):
                data = lightgbm.Dataset(customers.x[learn], y[learn], params={"verbose": -1, "num_threads": 1})
                both = settings | {"objective": objective, "verbose": -1, "num_threads": 1, "seed": seed}
                told[place, number, score] = lightgbm.train(both, data, 100).predict(customers.x[score], num_threads=1)
    return told[0], told[1]
