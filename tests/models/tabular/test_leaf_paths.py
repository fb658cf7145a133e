"""Reasons along the way to the leaf: they add up to the prediction and point where Shapley values do."""

from __future__ import annotations

import lightgbm
import numpy as np
import pytest

from habitue.models.tabular import boosted, make
from habitue.models.tabular.leaf_paths import path_contributions


@pytest.mark.parametrize("kind", ["binary", "amount"])
def test_ways_to_the_leaves_add_up_and_agree_with_shapley(kind: str, monkeypatch) -> None:
    draw = np.random.default_rng(5)
    x = draw.normal(size=(1_500, 6))
    x[draw.random(x.shape) < 0.1] = np.nan
    y = (draw.random(1_500) < 1 / (1 + np.exp(-2 * np.nan_to_num(x[:, 0])))).astype(float)
    if kind == "amount":
        y *= draw.lognormal(size=1_500)
    fitted = make("boosted", kind).fit(x, y)
    shapley = fitted.contributions(x)
    monkeypatch.setattr(boosted, "_MOST_SHAPLEY", 100)
    ways = fitted.contributions(x)
    assert np.allclose(ways.sum(axis=1), shapley.sum(axis=1))
    assert np.corrcoef(ways[:, 0], shapley[:, 0])[0, 1] > 0.9
    assert np.allclose(path_contributions(fitted.booster, x[:3], 1)[:, :-1], ways[:3, :-1])


def test_a_single_leaf_gives_nothing_to_any_column() -> None:
    draw = np.random.default_rng(6)
    x, y = draw.normal(size=(40, 3)), draw.normal(size=40)
    settings = {"min_data_in_leaf": 100, "verbose": -1, "num_threads": 1, "force_col_wise": True}
    booster = lightgbm.train(settings, lightgbm.Dataset(x, y, params=settings), num_boost_round=2)
    ways = path_contributions(booster, x, 1)
    assert np.all(ways[:, :-1] == 0)
    assert np.allclose(ways[:, -1], booster.predict(x))
