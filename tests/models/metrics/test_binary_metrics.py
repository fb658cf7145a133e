import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as peers

from habitue.errors import DataError
from habitue.models import metrics


def _tied(seed, rows=400):
    rng = np.random.default_rng(seed)
    p = rng.integers(0, 12, rows) / 12
    return (rng.random(rows) < p).astype(float), p, rng.random(rows)


@pytest.mark.parametrize("seed", range(3))
def test_equals_the_reference_with_ties_and_weights(seed):
    truth, p, weight = _tied(seed)
    for ours, theirs in [
        (metrics.auc, peers.roc_auc_score),
        (metrics.average_precision, peers.average_precision_score),
        (metrics.brier, peers.brier_score_loss),
    ]:
        assert ours(truth, p) == pytest.approx(theirs(truth, p), abs=1e-12)
        assert ours(truth, p, weight=weight) == pytest.approx(theirs(truth, p, sample_weight=weight), abs=1e-12)
    inside = np.clip(p, 0.01, 0.99)
    assert metrics.log_loss(truth, inside, weight=weight) == pytest.approx(
        peers.log_loss(truth, inside, sample_weight=weight)
    )
    decided = p >= 0.5
    for ours, theirs in [
        (metrics.accuracy, peers.accuracy_score),
        (metrics.precision, peers.precision_score),
        (metrics.recall, peers.recall_score),
        (metrics.f1, peers.f1_score),
    ]:
        assert ours(truth, p, weight=weight) == pytest.approx(theirs(truth, decided, sample_weight=weight))
        assert ours(truth, decided.astype(float)) == pytest.approx(theirs(truth, decided))


@given(st.permutations(range(12)), st.integers(0, 50))
@settings(max_examples=20, deadline=None)
def test_the_order_of_rows_does_not_matter(order, seed):
    truth, p, _ = _tied(seed, rows=12)
    for metric in (metrics.auc, metrics.average_precision, metrics.f1, metrics.calibration_error):
        assert metric(truth[order], p[order]) == pytest.approx(metric(truth, p), nan_ok=True)


def test_a_constant_score_knows_nothing():
    truth = np.array([1.0, 0, 0, 0])
    assert metrics.auc(truth, np.full(4, 0.3)) == 0.5
    assert metrics.average_precision(truth, np.full(4, 0.3)) == 0.25


@pytest.mark.parametrize("truth", [[0, 0, 0], [1, 1, 1], []])
def test_one_class_has_no_area(truth):
    score = np.linspace(0.1, 0.9, len(truth))
    assert np.isnan(metrics.auc(truth, score))
    assert np.isnan(metrics.average_precision(truth, score))


def test_one_class_still_has_a_loss():
    assert metrics.log_loss([1, 1], [0.5, 0.5]) == pytest.approx(np.log(2))
    assert metrics.log_loss([1], [0.0]) == pytest.approx(-np.log(1e-15))


def test_no_rows_give_nan():
    for metric in (metrics.log_loss, metrics.brier, metrics.accuracy, metrics.precision, metrics.recall, metrics.f1):
        assert np.isnan(metric([], []))
    assert np.isnan(metrics.multiclass_log_loss([], np.empty((0, 3))))


def test_nobody_named_and_nobody_to_name():
    assert np.isnan(metrics.precision([0, 1], [0.1, 0.2]))
    assert metrics.recall([0, 1], [0.1, 0.2]) == 0
    assert metrics.f1([0, 1], [0.1, 0.2]) == 0
    assert np.isnan(metrics.recall([0, 0], [0.1, 0.9]))
    assert np.isnan(metrics.f1([0, 0], [0.1, 0.2]))


@pytest.mark.parametrize(
    ("truth", "p", "says"),
    [
        ([0, 1], [0.5, np.nan], "1 of 2 values of p"),
        ([0, 2], [0.5, 0.5], "neither 0 nor 1"),
        ([0, 1], [0.5, 1.5], "no probabilities"),
        ([0, 1, 1], [0.5, 0.5], "rows differ"),
        ([[0, 1]], [[0.5, 0.5]], "shape"),
        (["no", "yes"], [0.5, 0.5], "numbers"),
    ],
)
def test_bad_input_is_named(truth, p, says):
    with pytest.raises(DataError, match=says):
        metrics.log_loss(truth, p)


def test_bad_weights_are_refused():
    with pytest.raises(DataError, match="weights"):
        metrics.auc([0, 1], [0.1, 0.2], weight=[1, -1])


def test_several_classes():
    p = np.array([[0.2, 0.8], [0.6, 0.4]])
    binary = metrics.log_loss([1, 0], p[:, 1])
    assert metrics.multiclass_log_loss([1, 0], p) == pytest.approx(binary)
    # Two classes at once are shared out, rows without any are left out.
    both = metrics.multiclass_log_loss([[1, 1], [0, 0]], p)
    assert both == pytest.approx(-(np.log(0.2) + np.log(0.8)) / 2)
    with pytest.raises(DataError, match="add up"):
        metrics.multiclass_log_loss([0], [[0.4, 0.4]])
    with pytest.raises(DataError, match="unknown"):
        metrics.multiclass_log_loss([2], [[0.5, 0.5]])
