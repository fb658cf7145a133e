"""SegBench figures: known answers, and nothing to be had from noise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from habitue.errors import DataError
from habitue.models.metrics.segments import (
    SEPARATION,
    adjusted_rand,
    coverage,
    cross_fitted,
    headroom,
    segment_jaccard,
    separation,
    smallest_share,
)


def test_segments_that_decide_explain_everything_but_the_shrinking() -> None:
    segment = np.repeat([0, 1, 2], 2_000)
    orders = segment.astype(float)
    found = separation(segment, orders * 30, orders, draws=50)
    assert set(found) == set(SEPARATION)
    assert found["r2_log_spend"].value > 0.999
    assert found["auc"].value == 1.0
    assert found["brier"].value < 0.001
    assert found["r2_orders"].low <= found["r2_orders"].value <= found["r2_orders"].high


def test_shuffled_outcomes_cannot_be_told() -> None:
    draw = np.random.default_rng(5)
    segment = draw.integers(0, 10, 4_000)
    orders = draw.poisson(0.8, 4_000).astype(float)
    found = separation(segment, orders * draw.lognormal(3, 1, 4_000), orders, draws=0)
    assert abs(found["r2_log_spend"].value) < 0.01
    assert found["auc"].value == pytest.approx(0.5, abs=0.03)


def test_means_come_from_the_other_half() -> None:
    # Everybody is a segment of their own: nothing is known of them from others but the mean of all.
    outcome = np.arange(50.0)
    told = cross_fitted(np.arange(50), outcome, repeats=3)
    assert told.shape == (3, 50)
    assert abs(np.corrcoef(told[0], outcome)[0, 1]) < 0.9
    assert (np.abs(told.mean(axis=1) - outcome.mean()) < 5).all()


def test_small_segments_are_drawn_to_the_mean() -> None:
    segment = np.array([0] * 1_000 + [1] * 2)
    told = cross_fitted(segment, np.where(segment == 1, 100.0, 0.0), repeats=1)[0]
    assert told[segment == 1].max() < 15


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=60))
def test_the_rand_index_is_the_known_one(pairs: list[tuple[int, int]]) -> None:
    one, other = np.array(pairs).T
    assert adjusted_rand(one, other) == pytest.approx(adjusted_rand_score(one, other))
    assert adjusted_rand(one, other) == pytest.approx(adjusted_rand(other, one))


def test_jaccard_of_the_same_segments_under_other_names_is_one() -> None:
    assert segment_jaccard([0, 0, 1, 2], [7, 7, 3, 1]).tolist() == [1.0, 1.0, 1.0]


def test_coverage_counts_those_in_exactly_one() -> None:
    assert coverage([[True, True, False, True], [False, True, False, False]]) == 0.5
    assert np.isnan(coverage([]))


def test_small_inputs() -> None:
    found = separation([0, 0], [0.0, 0.0], [0, 0], draws=20)
    assert np.isnan(found["r2_log_spend"].value)
    assert separation([3], [5.0], [1], draws=0)["brier"].value == pytest.approx(0.0)
    assert smallest_share([5, 5, 9]) == pytest.approx(1 / 3)
    assert np.isnan(headroom(0.2, 0.3, 0.3))
    with pytest.raises(DataError, match="rows differ"):
        separation([0, 1], [1.0], [1])
    with pytest.raises(DataError, match="shape"):
        smallest_share([[1, 2]])
