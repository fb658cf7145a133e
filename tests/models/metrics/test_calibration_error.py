import numpy as np
import pytest

from habitue.errors import ConfigError
from habitue.models import metrics


def _calibrated(rows, seed):
    rng = np.random.default_rng(seed)
    p = rng.beta(2, 3, rows)
    return (rng.random(rows) < p).astype(float), p


def test_excess_is_near_zero_for_true_chances_and_not_for_others():
    excess = [metrics.calibration_excess(*_calibrated(500, seed)) for seed in range(30)]
    errors = [metrics.calibration_error(*_calibrated(500, seed)) for seed in range(30)]
    assert abs(np.mean(excess)) < 0.005
    assert np.mean(errors) > 0.03
    truth, p = _calibrated(4000, 1)
    assert metrics.calibration_excess(truth, np.clip(p + 0.1, 0, 1)) == pytest.approx(0.1, abs=0.02)


def test_excess_is_repeatable():
    truth, p = _calibrated(300, 5)
    assert metrics.calibration_excess(truth, p) == metrics.calibration_excess(truth, p)


def test_error_is_the_weighted_distance_of_its_bins():
    truth, p = _calibrated(997, 2)
    bins = metrics.calibration_bins(truth, p, 10)
    assert sum(each.rows for each in bins) == 997
    assert max(each.rows for each in bins) - min(each.rows for each in bins) <= 1
    by_hand = sum(each.rows * abs(each.actual - each.predicted) for each in bins) / 997
    assert metrics.calibration_error(truth, p, 10) == pytest.approx(by_hand)
    assert [each.predicted for each in bins] == sorted(each.predicted for each in bins)
    assert all(each.low <= each.actual <= each.high for each in bins)


def test_equal_chances_stay_together():
    truth, p = np.array([0.0] * 50 + [1.0] * 50), np.full(100, 0.5)
    assert metrics.calibration_error(truth, p) == 0
    assert len(metrics.calibration_bins(truth, p)) == 1
    mostly = np.r_[np.zeros(90), np.linspace(0.1, 1, 10)]
    assert metrics.calibration_bins(truth, mostly)[0].rows == 90


def test_one_class_and_no_rows():
    assert metrics.calibration_error([0, 0], [0.0, 0.0]) == 0
    assert metrics.calibration_error([1, 1], [0.2, 0.2]) == pytest.approx(0.8)
    assert np.isnan(metrics.calibration_error([], []))
    assert np.isnan(metrics.calibration_excess([], []))
    assert metrics.calibration_bins([], []) == []
    [only] = metrics.calibration_bins([1], [0.7])
    assert (only.actual, only.high) == (1, 1)
    assert 0 < only.low < 0.5


def test_bins_of_amounts():
    rng = np.random.default_rng(3)
    amount = rng.exponential(10, 2000)
    bins = metrics.calibration_bins(rng.poisson(amount), amount, 5, chance=False)
    assert [each.bin for each in bins] == [1, 2, 3, 4, 5]
    assert all(each.low <= each.predicted <= each.high for each in bins[1:4])


def test_no_bins_are_refused():
    with pytest.raises(ConfigError, match="0 bins"):
        metrics.calibration_error([0, 1], [0.1, 0.2], bins=0)
