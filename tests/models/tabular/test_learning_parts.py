"""The parts that candidates are made of, against independent answers."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression, TweedieRegressor
from sklearn.tree import DecisionTreeRegressor

from habitue.models.tabular.additive import fit_additive
from habitue.models.tabular.examples import examples, folds
from habitue.models.tabular.fitted import by_secant, from_link, to_link
from habitue.models.tabular.preparing import Preparation
from habitue.models.tabular.totals import total_shift
from habitue.models.tabular.trees import _flat


def _world(rows: int = 500) -> tuple[np.ndarray, np.random.Generator]:
    draw = np.random.default_rng(3)
    x = draw.normal(size=(rows, 4))
    return (x - x.mean(axis=0)) / x.std(axis=0), draw


def test_logistic_agrees_with_scikit_learn() -> None:
    x, draw = _world()
    y = (draw.random(500) < 1 / (1 + np.exp(-x[:, 0]))).astype(float)
    weight = draw.uniform(0.5, 2, 500)
    data = examples(x, y, "binary", weight=weight)
    oracle = LogisticRegression(C=1 / 3, tol=1e-10, max_iter=1_000).fit(x, y, sample_weight=data.weight)
    found = fit_additive(x, data, "binary", 3.0)
    np.testing.assert_allclose(found, [*oracle.coef_[0], oracle.intercept_[0]], atol=1e-4)


@pytest.mark.parametrize("power", [1.0, 1.5, 2.0])
def test_tweedie_agrees_with_scikit_learn(power: float) -> None:
    x, draw = _world()
    y = np.exp(0.5 * x[:, 0] + draw.normal(size=500))
    data = examples(x, y, "amount")
    oracle = TweedieRegressor(power=power, alpha=3 / 500, link="log", tol=1e-8, max_iter=5_000).fit(x, y)
    found = fit_additive(x, data, "amount", 3.0, power=power)
    np.testing.assert_allclose(found, [*oracle.coef_, oracle.intercept_], atol=1e-4)


def test_separated_answers_keep_coefficients_finite() -> None:
    x = np.linspace(-1, 1, 40)[:, None]
    beta = fit_additive(x, examples(x, (x[:, 0] > 0).astype(float), "binary"), "binary", 1.0)
    assert 1 < beta[0] < 10


@pytest.mark.parametrize("kind", ["binary", "amount"])
def test_flat_trees_walk_to_the_leaves_of_scikit_learn(kind: str) -> None:
    draw = np.random.default_rng(4)
    # Whole and half numbers beside gaps: many values lie exactly on a split.
    x = np.round(draw.normal(size=(800, 3)) * 4) / 2
    x[draw.random(x.shape) < 0.2] = np.nan
    y = np.where(np.isnan(x[:, 0]), 1.0, (np.nan_to_num(x[:, 1]) > 0.5).astype(float))
    data = examples(x, y, kind)
    grower = DecisionTreeRegressor(max_depth=5, random_state=0).fit(x.astype(np.float32), y)
    trees = _flat("tree", kind, data, [grower], {})
    fresh = np.vstack([x, draw.normal(size=(200, 3)), np.full((1, 3), np.nan)])
    leaves = grower.apply(fresh.astype(np.float32))
    np.testing.assert_array_equal(trees.predict(fresh), trees.answer[leaves])
    some = leaves[0]
    rows = grower.apply(x.astype(np.float32)) == some
    prior = 2.0 if kind == "binary" else 10.0
    assert trees.answer[some] == pytest.approx((y[rows].sum() + prior * y.mean()) / (rows.sum() + prior))


@settings(max_examples=30, deadline=None)
@given(owners=st.lists(st.integers(0, 12), min_size=2, max_size=60), count=st.integers(2, 5))
def test_folds_keep_customers_whole_and_test_each_row_once(owners: list[int], count: int) -> None:
    rows = len(owners)
    data = examples(np.zeros((rows, 1)), np.arange(rows) % 2, "binary", groups=owners)
    splits = folds(data, count)
    if len(set(owners)) < 2:
        assert splits == []
        return
    assert sorted(np.concatenate([test for _, test in splits])) == list(range(rows))
    for train, test in splits:
        assert min(len(train), len(test)) > 0
        assert not set(data.groups[train]) & set(data.groups[test])


def test_folds_spread_a_rare_answer() -> None:
    y = np.zeros(400)
    y[:8] = 1
    data = examples(np.zeros((400, 1)), y, "binary")
    assert [data.y[test].sum() for _, test in folds(data, 4)] == [2, 2, 2, 2]


def test_preparation_tames_tails_fills_gaps_and_flags_them_once() -> None:
    draw = np.random.default_rng(2)
    tail, even = np.exp(2 * draw.normal(size=400)), draw.normal(size=400)
    tail[:50] = even[:50] = np.nan
    data = examples(np.column_stack([tail, even, np.full(400, 3.0)]), np.arange(400) % 2, "binary")
    preparation = Preparation.fit(data)
    z = preparation.apply(data.x)
    assert preparation.logged.tolist() == [True, False, False]
    assert preparation.source.tolist() == [0, 1, 2, 0]
    assert not np.isnan(z).any()
    assert np.abs(z).max() <= 5
    np.testing.assert_allclose(z.mean(axis=0), 0, atol=0.02)
    back = Preparation.from_state(json.loads(json.dumps(preparation.state(), allow_nan=False)))
    np.testing.assert_array_equal(back.apply(data.x * 2), preparation.apply(data.x * 2))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-8, 8), min_size=1, max_size=20), st.floats(-3, 3))
def test_the_secant_keeps_signs_and_adds_up(way: list[float], base: float) -> None:
    parts = np.column_stack([way, -0.25 * np.array(way)])
    before = base + parts.sum(axis=1)
    after, start = from_link(before, "binary"), float(from_link(base, "binary"))
    out = by_secant(parts, base, before, after, start)
    np.testing.assert_allclose(out.sum(axis=1), after, atol=1e-9)
    assert (out[:, :2] * parts >= -1e-15).all()


def test_links_go_there_and_back() -> None:
    np.testing.assert_allclose(from_link(to_link([0.001, 0.4], "binary"), "binary"), [0.001, 0.4])
    np.testing.assert_allclose(from_link(to_link([0.5, 1e6], "amount"), "amount"), [0.5, 1e6])


def test_totals_are_set_right_by_as_much_as_rows_can_tell() -> None:
    for rows, low, high in ((2_000, 0.64, 0.70), (10, 0.1, 0.4)):
        data = examples(np.zeros((rows, 1)), np.full(rows, 2.0), "amount")
        splits = folds(data, 2)
        shift = total_shift(data, splits, lambda _, test: np.zeros(len(test)))
        assert low < shift < high
        assert total_shift(data, [], lambda _, test: np.zeros(len(test))) == 0
