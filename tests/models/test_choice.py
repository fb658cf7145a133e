"""Shares over alternatives: what was planted is learnt, with few examples the plain guess stays."""

from __future__ import annotations

import json

import numpy as np
import pytest

from habitue.errors import DataError
from habitue.models.choice import ChoiceModel, chances_of, fit_choice, share_loss, shares_of


def _world(rows: int, *, bent: bool = False, seed: int = 0):
    """Three alternatives; the score is twice the first input, or whether it is far from 0."""
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(rows, 3, 2))
    score = 3.0 * (np.abs(x[:, :, 0]) > 1) if bent else 2.0 * x[:, :, 0]
    truth = shares_of(score)
    came = np.array([draw.multinomial(1, each) for each in truth], dtype=np.float64)
    return x, truth, came


def test_a_linear_effect_is_found():
    x, truth, came = _world(3_000)
    model = fit_choice(np.zeros((3_000, 3)), x, came, rounds=0)
    got = shares_of(model.score(np.zeros((3_000, 3)), x))
    assert np.abs(got - truth).mean() < 0.02
    assert model.importance()[0] > 0.9


def test_trees_find_what_is_not_linear():
    x, truth, came = _world(4_000, bent=True)
    base = np.zeros((4_000, 3))
    model = fit_choice(base, x, came, rounds=100)
    fresh, fresh_truth, _ = _world(2_000, bent=True, seed=9)
    zero = np.zeros((2_000, 3))
    straight = np.abs(shares_of(model.score(zero, fresh, rounds=0)) - fresh_truth).mean()
    assert np.abs(shares_of(model.score(zero, fresh)) - fresh_truth).mean() < straight / 2
    assert truth.shape == came.shape


def test_several_may_come_at_once():
    draw = np.random.default_rng(1)
    x = draw.normal(size=(3_000, 4, 1))
    truth = chances_of(1.5 * x[:, :, 0] - 1.0)
    came = (draw.random(truth.shape) < truth).astype(np.float64)
    model = fit_choice(np.full(truth.shape, -1.0), x, came, several=True, rounds=20)
    got = chances_of(model.score(np.full(truth.shape, -1.0), x))
    assert np.abs(got - truth).mean() < 0.04


def test_a_good_guess_stays_where_inputs_say_nothing():
    draw = np.random.default_rng(2)
    base = np.log(draw.dirichlet(np.ones(3), size=400))
    came = np.array([draw.multinomial(1, each) for each in np.exp(base)], dtype=np.float64)
    model = fit_choice(base, np.ones((400, 3, 2)), came, rounds=0)
    assert np.allclose(shares_of(model.score(base, np.ones((400, 3, 2)))), np.exp(base))


def test_missing_and_infinite_inputs_are_taken():
    x, _, came = _world(300)
    x[::3, 0, 0] = np.nan
    x[1::3, 1, 1] = np.inf
    score = fit_choice(np.zeros((300, 3)), x, came, rounds=10).score(np.zeros((300, 3)), x)
    assert np.isfinite(score).all()


def test_contributions_add_up_to_the_correction():
    x, _, came = _world(500, bent=True)
    base = np.zeros((500, 3))
    model = fit_choice(base, x, came, rounds=30)
    flat = x.reshape(-1, 2)
    left = model.score(base, x).ravel() - model.contributions(flat).sum(axis=1)
    assert np.ptp(left) < 1e-6


def test_saved_and_read_back_it_answers_the_same():
    x, _, came = _world(300)
    base = np.zeros((300, 3))
    for rounds in (0, 15):
        model = fit_choice(base, x, came, rounds=rounds)
        again = ChoiceModel.from_state(json.loads(json.dumps(model.state())))
        assert np.allclose(again.score(base, x), model.score(base, x))


def test_wrong_shapes_and_shares_are_refused():
    x, _, came = _world(20)
    with pytest.raises(DataError, match="shape"):
        fit_choice(np.zeros((20, 2)), x, came)
    with pytest.raises(DataError, match="add up"):
        fit_choice(np.zeros((20, 3)), x, came * 2)
    with pytest.raises(DataError, match="below 0 or above 1"):
        fit_choice(np.zeros((20, 3)), x, came * 2, several=True)
    with pytest.raises(DataError, match="as the model was fitted"):
        fit_choice(np.zeros((20, 3)), x, came, rounds=0).score(np.zeros((20, 3)), x[:, :, :1])


def test_the_loss_of_the_truth_is_its_entropy():
    even = np.full((1, 4), 0.25)
    assert share_loss(even, even)[0] == pytest.approx(np.log(4))
