"""Small trees read quickly say what LightGBM says, also where inputs are missing."""

from __future__ import annotations

import lightgbm
import numpy as np
import pytest

from habitue.models.small_trees import SmallTrees


def _booster(*, leaves: int = 8, missing: bool = True):
    draw = np.random.default_rng(3)
    x = np.round(draw.normal(size=(20_000, 4)), 3)
    if missing:
        x[draw.random(len(x)) < 0.3, 1] = np.nan
        x[draw.random(len(x)) < 0.1, 2] = np.nan
    y = np.where(np.isnan(x[:, 1]), 1.0, np.abs(x[:, 1])) + x[:, 0] * (np.nan_to_num(x[:, 2]) > 0)
    params = {"objective": "l2", "num_leaves": leaves, "verbosity": -1, "num_threads": 1, "seed": 1}
    return lightgbm.train(params, lightgbm.Dataset(x, y), 25), x, y


@pytest.mark.parametrize("missing", [True, False])
def test_the_sum_is_that_of_the_library(missing: bool):  # noqa: FBT001 - a case
    booster, x, _ = _booster(missing=missing)
    found = SmallTrees.of(booster)
    assert found is not None
    # Inputs that were never missing may be so when rows are scored.
    asked = np.vstack([x, np.full((1, 4), np.nan), np.zeros((1, 4))])
    assert found.total(asked.T) == pytest.approx(booster.predict(asked))
    assert found.total(asked.T, 7) == pytest.approx(booster.predict(asked, num_iteration=7))


def test_what_inputs_changed_adds_up_to_the_sum_but_for_a_constant():
    booster, x, y = _booster()
    found = SmallTrees.of(booster)
    moved = found.moved(x.T)
    left = found.total(x.T) - moved.sum(axis=0)
    assert np.ptp(left) < 1e-9
    assert left[0] == pytest.approx(y.mean(), abs=0.02)
    assert np.abs(moved[3]).max() < 0.1 * np.abs(moved[1]).max()


def test_rows_do_not_depend_on_what_is_asked_with_them():
    booster, x, _ = _booster()
    found = SmallTrees.of(booster)
    assert np.array_equal(found.total(x[500:900].T), found.total(x.T)[500:900])
    assert np.array_equal(found.moved(x[500:900].T), found.moved(x.T)[:, 500:900])


def test_the_same_after_saving_to_the_last_bit():
    booster, x, _ = _booster()
    again = lightgbm.Booster(model_str=booster.model_to_string())
    assert np.array_equal(SmallTrees.of(again).total(x.T), SmallTrees.of(booster).total(x.T))
    assert np.array_equal(SmallTrees.of(again).moved(x.T), SmallTrees.of(booster).moved(x.T))


def test_larger_trees_are_not_taken():
    assert SmallTrees.of(_booster(leaves=9)[0]) is None


def test_trees_without_a_split_add_their_constant():
    flat = lightgbm.Dataset(np.ones((50, 1)), np.full(50, 2.0))
    found = SmallTrees.of(lightgbm.train({"objective": "l2", "verbosity": -1, "num_threads": 1}, flat, 2))
    assert found.total(np.ones((1, 3))) == pytest.approx([2.0, 2.0, 2.0])
