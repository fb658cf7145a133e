import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit

from habitue.errors import ConfigError, DataError, NotEnoughData
from habitue.models import calibration, metrics

METHODS = ("platt", "isotonic", "shift", "identity")


def _world(rows, seed, level=0.0, slope=1.0):
    """Chances that are told, and outcomes whose true log-odds are level + slope × told."""
    rng = np.random.default_rng(seed)
    told = rng.normal(0, 1.2, rows)
    return (rng.random(rows) < expit(level + slope * told)).astype(float), expit(told)


def test_platt_finds_level_and_slope():
    truth, p = _world(20_000, 0, level=-0.7, slope=0.5)
    found = calibration.Platt.fit(truth, p)
    assert found.slope == pytest.approx(0.5, abs=0.04)
    assert found.apply([0.5])[0] == pytest.approx(expit(-0.7), abs=0.01)


def test_weights_count_as_repeated_rows():
    truth, p = _world(300, 1, level=0.4)
    times = np.random.default_rng(2).integers(0, 4, 300)
    for method in ("platt", "shift"):
        weighted = calibration.fit_calibrator(truth, p, method, weight=times).as_dict()
        repeated = calibration.fit_calibrator(np.repeat(truth, times), np.repeat(p, times), method).as_dict()
        assert weighted == pytest.approx(repeated, abs=1e-6)


@pytest.mark.parametrize("method", ["platt", "isotonic", "shift"])
def test_excess_falls_on_new_rows(method):
    truth, p = _world(4000, 3, level=-0.6)
    later, q = _world(4000, 4, level=-0.6)
    fixed = calibration.fit_calibrator(truth, p, method).apply(q)
    assert metrics.calibration_excess(later, q) > 0.08
    assert metrics.calibration_excess(later, fixed) < 0.015


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1, max_size=30), st.sampled_from(METHODS))
@settings(max_examples=60, deadline=None)
def test_order_is_kept_and_chances_stay_chances(rows, method):
    truth, p = np.array([float(y) for y, _ in rows]), np.array([q for _, q in rows])
    found = calibration.fit_calibrator(truth, p, method)
    line = found.apply(np.linspace(0, 1, 50))
    assert (np.diff(line) >= -1e-12).all()
    assert ((line >= 0) & (line <= 1)).all()
    assert calibration.calibrator_from_dict(json.loads(json.dumps(found.as_dict()))) == found


def test_perfectly_separated_rows_give_no_endless_slope():
    truth, p = np.array([0.0] * 20 + [1.0] * 20), np.array([0.4] * 20 + [0.6] * 20)
    assert 1 < calibration.Platt.fit(truth, p).slope < 10
    reversed_ = calibration.Platt.fit(1 - truth, p)
    assert 0 < reversed_.slope < 1


@pytest.mark.parametrize("method", ["platt", "isotonic", "shift"])
@pytest.mark.parametrize("only", [0.0, 1.0])
def test_one_class_only_shifts(method, only):
    found = calibration.fit_calibrator(np.full(40, only), np.linspace(0.2, 0.6, 40), method)
    assert isinstance(found, calibration.Shift)
    rate = found.apply(np.linspace(0.2, 0.6, 40)).mean()
    assert rate == pytest.approx((40 * only + 2 * 0.4) / 42)
    one = calibration.fit_calibrator([only], [0.5], method).apply([0.5])[0]
    assert 0.1 < one < 0.9


def test_isotonic_never_says_never():
    truth, p = _world(200, 5)
    ends = calibration.fit_calibrator(truth, p, "isotonic").apply([0.0, 1.0])
    assert ends[0] >= 1 / 202 - 1e-12
    assert ends[1] <= 1 - 1 / 202 + 1e-12


@pytest.mark.parametrize("mean", [0.0, 0.01, 0.433, 0.99, 1.0])
def test_shifted_prior_has_the_mean_and_keeps_odds_ratios(mean):
    p = np.array([0.05, 0.3, 0.9])
    moved = calibration.shifted_prior(p, mean)
    assert moved.mean() == pytest.approx(np.clip(mean, 1e-6, 1 - 1e-6), rel=1e-6)
    assert np.diff(logit(moved)) == pytest.approx(np.diff(logit(p)), abs=1e-5)


def test_shift_from_certain_chances():
    assert calibration.shifted_prior(np.array([0.0, 1.0]), 0.3).mean() == pytest.approx(0.3)


def test_trend_goes_on_but_not_too_far():
    assert 0.42 < calibration.trend_rate([0, 90, 180], [0.52, 0.5, 0.47], 270) < 0.47
    assert calibration.trend_rate([0, 90], [0.5, 0.4], 90 * 100) == pytest.approx(expit(2 * logit(0.4)))
    assert calibration.trend_rate([90, 0], [0.4, 0.5], 180, damping=0) == pytest.approx(0.4)
    assert calibration.trend_rate([5, 5], [0.2, 0.4], 9) == pytest.approx(0.3)
    with pytest.raises(NotEnoughData, match="no rate"):
        calibration.trend_rate([], [], 3)


def test_bad_input_is_named():
    with pytest.raises(ConfigError, match="Did you mean 'platt'"):
        calibration.fit_calibrator([0, 1], [0.2, 0.3], "plat")
    with pytest.raises(ConfigError, match="no calibration"):
        calibration.calibrator_from_dict({})
    with pytest.raises(DataError, match="cannot be read"):
        calibration.calibrator_from_dict({"method": "platt", "slope": 1.0})
    with pytest.raises(NotEnoughData, match="no outcomes"):
        calibration.fit_calibrator([], [])
    with pytest.raises(NotEnoughData, match="no outcomes"):
        calibration.fit_calibrator([0, 1], [0.2, 0.3], weight=[0, 0])
    with pytest.raises(DataError, match="missing"):
        calibration.fit_calibrator([0, 1], [0.2, np.nan])
    with pytest.raises(ConfigError, match="no rate"):
        calibration.shifted_prior([0.5], 1.2)
    with pytest.raises(NotEnoughData, match="no chances"):
        calibration.shifted_prior([], 0.2)
