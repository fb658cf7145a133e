import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from habitue.errors import ConfigError, DataError, NotEnoughData
from habitue.models import hazard_learners, survival
from habitue.models.survival import HazardModel, curve_at_days, curve_quantile_days

EDGES = np.array(survival.EDGES_DAYS)


def _world(rows, seed, shape=1.0, watched=None):
    """Waiting times of which the first of three inputs sets the pace, and how long each was watched."""
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (rows, 3))
    pace = 60 * np.exp(0.7 * x[:, 0])
    wait = pace * rng.weibull(shape, rows)
    until = np.full(rows, np.inf) if watched is None else watched(rng, rows)
    truth = np.exp(-((EDGES / pace[:, None]) ** shape))
    return x, np.minimum(wait, until), wait <= until, truth, wait


@pytest.mark.parametrize("learner", ["ridge", "boosted"])
@pytest.mark.parametrize("shape", [0.7, 1.0, 1.6])
def test_known_worlds_are_recovered(learner, shape):
    x, days, observed, _, _ = _world(4000, 0, shape)
    model = HazardModel.fit(x, days, observed, learner=learner)
    new, _, _, truth, _ = _world(2000, 1, shape)
    found = model.survival(new)
    assert np.abs(found - truth).mean() < 0.035
    assert np.abs((found - truth).mean(axis=0)).max() < 0.025
    assert np.corrcoef(found[:, 4], truth[:, 4])[0, 1] > 0.95


@pytest.mark.parametrize("learner", ["even", "ridge", "boosted"])
def test_censoring_does_not_bias(learner):
    def at_any_time(rng, rows):
        return rng.uniform(5, 260, rows)

    x, days, observed, truth, _ = _world(6000, 2, 1.0, at_any_time)
    assert 0.3 < observed.mean() < 0.8
    found = HazardModel.fit(x, days, observed, learner=learner).survival(x)
    assert found.mean(axis=0) == pytest.approx(truth.mean(axis=0), abs=0.025)


def test_watching_that_ends_inside_a_period_does_not_bias():
    # All are watched for 40 days: of the period from 30 to 45 only the early events are seen.
    x, days, observed, truth, _ = _world(20_000, 3, 1.0, lambda _, rows: np.full(rows, 40.0))
    model = HazardModel.fit(x, days, observed, learner="even")
    assert model.survival(x[:1])[0, :5] == pytest.approx(truth.mean(axis=0)[:5], abs=0.012)
    assert model.seen_until_days == 45


def test_median_is_the_one_of_the_world():
    x, days, observed, _, _ = _world(20_000, 4)
    model = HazardModel.fit(x, days, observed, learner="ridge")
    point = np.array([[0.0, 0.0, 0.0]])
    assert model.median_days(point)[0] == pytest.approx(60 * np.log(2), rel=0.1)
    assert model.quantile_days(point, 0.2)[0] == pytest.approx(-60 * np.log(0.8), rel=0.15)
    within = -60 * np.log(1 - (1 - np.exp(-1)) / 2)
    assert model.conditional_median_days(point, 60)[0] == pytest.approx(within, rel=0.1)
    assert np.isnan(model.median_days(np.array([[3.0, 0.0, 0.0]]))[0])


def test_conditional_median_beats_one_number_for_all():
    x, days, observed, _, wait = _world(6000, 5)
    model = HazardModel.fit(x[:4000], days[:4000], observed[:4000])
    back = wait[4000:] <= 180
    told = model.conditional_median_days(x[4000:][back], 180)
    plain = np.median(wait[:4000][wait[:4000] <= 180])
    assert np.abs(told - wait[4000:][back]).mean() < 0.96 * np.abs(plain - wait[4000:][back]).mean()


@pytest.mark.parametrize("learner", ["even", "ridge", "boosted"])
def test_what_is_saved_answers_alike(learner):
    x, days, observed, _, _ = _world(600, 6)
    x[::7, 1] = np.nan
    model = HazardModel.fit(x, days, observed, learner=learner)
    again = HazardModel.from_state(json.loads(json.dumps(model.state())))
    np.testing.assert_allclose(again.survival(x), model.survival(x), rtol=1e-12)
    assert (again.rows, again.rows_given) == (600, 600)


def test_missing_and_endless_inputs_are_learnt_from():
    x, days, observed, _, _ = _world(3000, 7)
    x[:1000, 0] = np.nan
    x[1000, 1] = np.inf
    for learner in ("ridge", "boosted"):
        found = HazardModel.fit(x, days, observed, learner=learner).survival(x)
        assert np.isfinite(found).all()
        assert found[:1000, 4].std() < found[1000:, 4].std()


@pytest.mark.parametrize("observed", [0, 1])
def test_all_alike(observed):
    x = np.random.default_rng(8).normal(0, 1, (200, 2))
    found = HazardModel.fit(x, np.full(200, 50.0), np.full(200, observed)).survival(x)[0]
    assert (np.diff(found) <= 0).all()
    assert found[4] > 0.95
    assert (found[5] > 0.9) if observed == 0 else (found[5] < 0.1)


@pytest.mark.parametrize(("days", "observed"), [(3.0, 1), (3.0, 0), (0.0, 1), (0.0, 0), (999.0, 1), (999.0, 0)])
def test_a_single_customer(days, observed):
    model = HazardModel.fit([[1.0]], [days], [observed])
    found = model.survival([[1.0]])[0]
    assert ((found > 0) & (found < 1)).all()
    assert (np.diff(found) < 0).all()


def test_a_period_without_event_keeps_a_small_chance():
    rng = np.random.default_rng(9)
    days = np.where(rng.random(500) < 0.5, 10.0, 100.0)
    found = HazardModel.fit(np.zeros((500, 1)), days, np.ones(500)).survival(np.zeros((1, 1)))[0]
    hazard = 1 - found / np.r_[1.0, found[:-1]]
    assert hazard[1] == pytest.approx((days == 10).mean(), abs=0.02)
    assert (hazard[2:6] > 0).all()
    assert (hazard[2:6] < 0.01).all()


def test_constant_and_empty_columns_do_nothing():
    x, days, observed, _, _ = _world(800, 10)
    useless = np.column_stack([x[:, :1], np.full(800, 5.0), np.full(800, np.nan)])
    for learner in ("ridge", "boosted"):
        found = HazardModel.fit(useless, days, observed, learner=learner).survival(useless)
        assert np.isfinite(found).all()
    none = HazardModel.fit(np.empty((800, 0)), days, observed).survival(np.empty((3, 0)))
    assert none.shape == (3, EDGES.size)


def test_weights_count_as_repeated_customers():
    x, days, observed, _, _ = _world(300, 11, 1.0, lambda rng, rows: rng.uniform(5, 200, rows))
    times = np.random.default_rng(12).integers(0, 3, 300)
    weighted = HazardModel.fit(x, days, observed, weight=times, learner="even")
    repeated = [np.repeat(part, times, axis=0) for part in (x, days, observed)]
    np.testing.assert_allclose(weighted.base, HazardModel.fit(*repeated, learner="even").base, rtol=1e-9)
    assert weighted.rows == (times > 0).sum()


def test_large_shops_are_drawn_from_and_say_so(monkeypatch):
    monkeypatch.setattr(survival, "_MOST_ROWS", 4000)
    monkeypatch.setattr(survival, "_BATCH", 1000)
    x, days, observed, truth, _ = _world(3000, 13)
    model = HazardModel.fit(x, days, observed)
    assert model.rows < model.rows_given == 3000
    assert np.abs(model.survival(x).mean(axis=0) - truth.mean(axis=0)).max() < 0.06


def test_rows_without_event_are_thinned_without_bias(monkeypatch):
    monkeypatch.setattr(hazard_learners, "_MOST_QUIET_ROWS", 6000)
    x, days, observed, truth, _ = _world(4000, 15)
    found = HazardModel.fit(x, days, observed, learner="ridge").survival(x)
    assert np.abs((found - truth).mean(axis=0)).max() < 0.025
    assert np.abs(found - truth).mean() < 0.035


def test_customers_seen_often_are_kept_together():
    x, days, observed, _, _ = _world(400, 14)
    names = np.repeat(np.arange(100).astype(str), 4).astype(object)
    model = HazardModel.fit(x, days, observed, groups=names, seed=1)
    assert model.survival(x).shape == (400, 9)


@given(
    st.lists(st.floats(0.001, 0.9), min_size=2, max_size=6), st.floats(0.05, 0.95), st.floats(1, 60), st.integers(1, 20)
)
@settings(max_examples=60, deadline=None)
def test_quantile_is_where_the_curve_falls_to_it(hazards, q, within, width):
    edges = 10.0 * width * np.arange(1, len(hazards) + 1)
    curve = np.cumprod(1 - np.array(hazards))[None, :]
    day = curve_quantile_days(curve, edges, q)
    if np.isnan(day[0]):
        assert curve[0, -1] > 1 - q
    else:
        assert curve_at_days(curve, edges, day)[0, 0] == pytest.approx(1 - q)
    within = min(within, edges[-1])
    inside = curve_quantile_days(curve, edges, q, within_days=within)
    assert 0 < inside[0] < within
    known = 1 - curve_at_days(curve, edges, [inside[0], within])[0]
    assert known[0] == pytest.approx(q * known[1])


def test_no_fall_has_no_quantile():
    flat = np.ones((2, 3))
    assert np.isnan(curve_quantile_days(flat, [1, 2, 3], 0.5)).all()
    assert np.isnan(curve_quantile_days(flat, [1, 2, 3], 0.5, within_days=2)).all()


def test_bad_input_is_named():
    x, one = [[0.0], [1.0]], [1, 1]
    with pytest.raises(DataError, match="negative"):
        HazardModel.fit(x, [3, -1], one)
    with pytest.raises(DataError, match="duration_days"):
        HazardModel.fit(x, [3, np.nan], one)
    with pytest.raises(DataError, match="neither 0 nor 1"):
        HazardModel.fit(x, [3, 4], [1, 2])
    with pytest.raises(DataError, match="rows of inputs"):
        HazardModel.fit(x, [3], [1])
    with pytest.raises(DataError, match="groups"):
        HazardModel.fit(x, [3, 4], one, groups=["a"])
    with pytest.raises(NotEnoughData, match="no waits"):
        HazardModel.fit(np.empty((0, 1)), [], [])
    with pytest.raises(ConfigError, match="cut no time"):
        HazardModel.fit(x, [3, 4], one, edges_days=[30, 7])
    with pytest.raises(ConfigError, match="Did you mean 'boosted'"):
        HazardModel.fit(x, [3, 4], one, learner="boostd")
    model = HazardModel.fit(x, [3, 4], one)
    with pytest.raises(DataError, match="matrix with 1 columns"):
        model.survival([[1.0, 2.0]])
    with pytest.raises(ConfigError, match="outside the curve"):
        model.conditional_median_days(x, 400)
    with pytest.raises(ConfigError, match="share"):
        model.quantile_days(x, 1.0)
    with pytest.raises(DataError, match="lacks 'base'"):
        HazardModel.from_state({"edges_days": [7.0]})


def test_effects_added_up_once_give_the_same_curve():
    x, days, observed, _, _ = _world(2_000, 4)
    model = HazardModel.fit(x, days, observed, learner="ridge")
    assert model.survival(x, summed=True) == pytest.approx(model.survival(x), rel=1e-9)
