import numpy as np
import pytest

from habitue.errors import ConfigError, DataError
from habitue.models import metrics


def _mean(values):
    return float(np.mean(values))


def test_interval_of_a_mean_has_the_width_of_its_standard_error():
    values = np.random.default_rng(0).normal(5, 2, 400)
    found = metrics.bootstrap(_mean, values, draws=2000)
    assert found.value == pytest.approx(values.mean())
    assert found.high - found.low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.1)


def test_interval_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(1)
    held = [metrics.bootstrap(_mean, rng.normal(0, 1, 60), draws=200, seed=seed) for seed in range(200)]
    assert 0.89 <= np.mean([each.low <= 0 <= each.high for each in held]) <= 0.99


def test_customers_seen_twice_count_once():
    rng = np.random.default_rng(2)
    once = rng.normal(0, 1, 300)
    values, customer = np.tile(once, 4), np.tile(np.arange(300).astype(str).astype(object), 4)
    alone = metrics.bootstrap(_mean, once, draws=800)
    together = metrics.bootstrap(_mean, values, groups=customer, draws=800)
    naive = metrics.bootstrap(_mean, values, draws=800)
    assert together.high - together.low == pytest.approx(alone.high - alone.low, rel=0.15)
    assert naive.high - naive.low < 0.65 * (together.high - together.low)


def test_paired_difference_is_tighter_than_two_intervals():
    rng = np.random.default_rng(3)
    p = rng.random(600)
    truth = (rng.random(600) < p).astype(float)
    theirs = p + rng.normal(0, 0.2, 600)
    found = metrics.paired_bootstrap(metrics.auc, truth, p, theirs)
    assert found.value == pytest.approx(metrics.auc(truth, p) - metrics.auc(truth, theirs))
    assert found.above(0)
    ours, other = metrics.bootstrap(metrics.auc, truth, p), metrics.bootstrap(metrics.auc, truth, theirs)
    assert found.high - found.low < (ours.high - ours.low) + (other.high - other.low)
    same = metrics.paired_bootstrap(metrics.auc, truth, p, p)
    assert same == (0, 0, 0)


def test_interval_holds_the_value_of_a_figure_that_leans():
    rng = np.random.default_rng(4)
    p = rng.random(300)
    truth = (rng.random(300) < p).astype(float)
    found = metrics.bootstrap(metrics.calibration_error, truth, p)
    assert found.low <= found.value <= found.high


def test_repeatable_and_matrices_keep_their_rows():
    relevance = np.eye(6)[np.random.default_rng(5).integers(0, 6, 80)]
    score = np.tile(np.arange(6.0), (80, 1))

    def at_two(truth, order):
        return metrics.ndcg(truth, order, 2)

    first = metrics.bootstrap(at_two, relevance, score, draws=50, seed=9)
    assert first == metrics.bootstrap(at_two, relevance, score, draws=50, seed=9)
    assert first.low < first.value < first.high


def test_figures_without_meaning_have_no_interval():
    nothing = metrics.bootstrap(metrics.auc, [0, 0, 0], [0.1, 0.2, 0.3], draws=20)
    assert np.isnan([*nothing]).all()
    assert np.isnan([*metrics.bootstrap(metrics.auc, [], [])]).all()
    # Draws with one class only are left out.
    rare = metrics.bootstrap(metrics.auc, [1, 0, 0, 0, 0], [0.5, 0.1, 0.2, 0.6, 0.3], draws=100)
    assert 0 <= rare.low <= rare.value <= rare.high <= 1


def test_bad_input_is_named():
    with pytest.raises(DataError, match="rows differ"):
        metrics.bootstrap(metrics.auc, [0, 1], [0.5])
    with pytest.raises(DataError, match="rows differ"):
        metrics.bootstrap(metrics.auc, [0, 1], [0.5, 0.6], groups=["a"])
    with pytest.raises(ConfigError, match="level"):
        metrics.bootstrap(_mean, [1.0, 2.0], level=95)
    with pytest.raises(ConfigError, match="nothing to draw"):
        metrics.bootstrap(_mean)
