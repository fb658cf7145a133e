import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics as peers

from habitue.errors import ConfigError, DataError
from habitue.models import metrics


@pytest.mark.parametrize("seed", range(3))
def test_equals_the_reference(seed):
    rng = np.random.default_rng(seed)
    truth = np.maximum(rng.integers(-10, 20, 300), 0).astype(float)
    amount = np.round(truth * 0.4 + rng.exponential(4, 300))
    weight = rng.random(300)
    assert metrics.mae(truth, amount, weight=weight) == pytest.approx(
        peers.mean_absolute_error(truth, amount, sample_weight=weight)
    )
    assert metrics.rmse(truth, amount) == pytest.approx(peers.root_mean_squared_error(truth, amount))
    assert metrics.r2(truth, amount) == pytest.approx(peers.r2_score(truth, amount))
    assert metrics.spearman(truth, amount) == pytest.approx(stats.spearmanr(truth, amount).statistic)


def test_gini_is_the_area_between_the_curves():
    rng = np.random.default_rng(4)
    truth, score = rng.exponential(1, 200), rng.random(200)

    def gini(by):
        held = np.cumsum(truth[np.argsort(-by)]) / truth.sum()
        return np.mean(held) - (truth.size + 1) / (2 * truth.size)

    assert metrics.normalised_gini(truth, score) == pytest.approx(gini(score) / gini(truth))
    assert metrics.normalised_gini(truth, truth) == pytest.approx(1)
    assert metrics.normalised_gini(truth, -truth) == pytest.approx(-1)
    assert metrics.normalised_gini(truth, np.zeros(200)) == pytest.approx(0)


def test_top_share_counts_ties_in_expectation():
    truth = np.array([8.0, 0, 0, 0, 2, 0, 0, 0, 0, 0])
    assert metrics.top_share(truth, truth) == 0.8
    assert metrics.top_share(truth, np.zeros(10)) == pytest.approx(0.1)
    # Half a row counts by half; four equal rows share the two places that are left.
    assert metrics.top_share(truth, truth, share=0.05) == 0.4
    assert metrics.top_share(truth, [0, 5, 1, 1, 1, 1, 0, 0, 0, 0], share=0.3) == pytest.approx(0.2 * 2 / 4)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=15), st.floats(0.01, 1))
@settings(max_examples=30, deadline=None)
def test_top_share_is_a_share(amounts, share):
    truth = np.array(amounts, dtype=float)
    found = metrics.top_share(truth, truth, share)
    if truth.sum():
        assert share - 1e-9 <= found <= 1 + 1e-9
    else:
        assert np.isnan(found)


def test_a_big_tail_without_total_or_spread_is_nan():
    zeros = np.zeros(5)
    for metric in (metrics.total_bias, metrics.r2, metrics.spearman, metrics.normalised_gini, metrics.top_share):
        assert np.isnan(metric(zeros, np.arange(5.0)))
        assert np.isnan(metric([], []))
    assert np.isnan(metrics.mae([], []))
    assert np.isnan(metrics.rmse([], []))


def test_equal_money_with_rounding_does_not_vary():
    same = np.full(7, 0.1 + 0.2)
    assert np.isnan(metrics.r2(same, np.arange(7.0)))
    assert np.isnan(metrics.normalised_gini(same, np.arange(7.0)))


def test_bias_is_of_the_total():
    assert metrics.total_bias([1, 1, 2], [0, 0, 3]) == pytest.approx(-0.25)


def test_bad_input_is_named():
    with pytest.raises(DataError, match="truth"):
        metrics.mae([1, np.inf], [1, 2])
    with pytest.raises(ConfigError, match="share"):
        metrics.top_share([1, 2], [1, 2], share=0)
