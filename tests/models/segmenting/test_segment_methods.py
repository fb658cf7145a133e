"""Methods for segments: one contract for all, rules at round numbers, known answers."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from habitue.errors import ConfigError, DataError, NotEnoughData
from habitue.models.segmenting import (
    METHODS,
    POINTS,
    Axis,
    Condition,
    Past,
    Rule,
    RuledSegments,
    Scorecard,
    fit,
    grow_outcome_trees,
    ruled,
    segmentation_from_state,
)
from habitue.models.segmenting.growing import grow
from habitue.models.segmenting.scorecards import scorecard
from habitue.models.segmenting.testing import check_method
from habitue.models.segmenting.thresholds import DAYS, FEW_DAYS, round_thresholds

_NAMES = ("recency_days", "purchase_days", "spend")


@pytest.mark.parametrize("method", sorted(METHODS))
def test_every_method_keeps_the_contract(method: str) -> None:
    check_method(method)


def _kinds(size: int = 600) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(3)
    kind = np.arange(size) % 3
    recency = np.array([10.0, 20.0, 300.0])[kind] * draw.lognormal(0, 0.1, size)
    days = np.array([30.0, 4.0, 4.0])[kind] + draw.integers(0, 3, size)
    return np.column_stack([recency, days, days * 20.0]), kind


def test_the_outcome_tree_finds_the_borders_between_what_follows() -> None:
    x, kind = _kinds()
    orders = np.array([9.0, 2.0, 0.0])[kind]
    trees = grow_outcome_trees(x, _NAMES, Past(x, orders * 20, orders), k=6, value_weight=0.5)
    assert [tree.size for tree in trees] == [1, 2, 3, 4, 5, 6][: len(trees)]
    place = trees[2].assign(x)
    assert all(len(np.unique(place[kind == each])) == 1 for each in range(3))
    assert len(np.unique(place)) == 3
    explained = [tree.explained for tree in trees]
    assert explained == sorted(explained)
    assert explained[2] > 0.98


def test_each_tree_splits_one_segment_of_the_smaller_one() -> None:
    x, kind = _kinds()
    orders = np.random.default_rng(0).poisson(np.array([9.0, 2.0, 0.3])[kind]).astype(float)
    trees = grow_outcome_trees(x, _NAMES, Past(x, orders * 20, orders), k=8, value_weight=1.0)
    for small, large in itertools.pairwise(trees):
        pairs = set(zip(small.assign(x).tolist(), large.assign(x).tolist(), strict=True))
        assert len(pairs) == large.size


def test_rules_replace_clusters_that_are_boxes() -> None:
    x, kind = _kinds()
    told = ruled(x, _NAMES, kind, k=3, method="as_rules")
    place = told.assign(x)
    assert told.method == "as_rules"
    assert len(set(zip(kind.tolist(), place.tolist(), strict=True))) == 3


def test_no_outcome_no_outcome_tree() -> None:
    x, _ = _kinds(20)
    with pytest.raises(NotEnoughData, match="earlier moment"):
        fit("outcome_tree", x, _NAMES)


def test_wrong_questions_are_told_apart() -> None:
    x, _ = _kinds(20)
    with pytest.raises(ConfigError, match="k_means"):
        fit("kmeans", x, _NAMES)
    with pytest.raises(ConfigError, match="0 segments"):
        fit("k_means", x, _NAMES, k=0)
    with pytest.raises(NotEnoughData, match="no customers"):
        fit("k_means", x[:0], _NAMES)
    with pytest.raises(DataError, match="shape"):
        fit("k_means", x, ("spend",))
    with pytest.raises(DataError, match="recency_days"):
        fit("rfm_grid", x, ("recency", "purchase_days", "spend"))
    with pytest.raises(DataError, match="form"):
        segmentation_from_state({"form": "spiral"})


def test_the_grid_has_as_many_cells_as_allowed() -> None:
    x, _ = _kinds()
    assert [fit("rfm_grid", x, _NAMES, k=k).size for k in (1, 8, 26, 125)] == [1, 8, 8, 125]


def test_a_rule_says_each_bound_once() -> None:
    long = Rule((Condition("spend", ">=", 10), Condition("spend", ">=", 50), Condition("spend", "<", 90)))
    assert long.simplified().conditions == (Condition("spend", ">=", 50), Condition("spend", "<", 90))


def test_thresholds_are_round() -> None:
    money = np.random.default_rng(1).lognormal(5, 1, 4_000)
    found = round_thresholds(money, 80)
    assert found.size > 8
    assert all(float(f"{each:.1e}") == each for each in found)
    days = round_thresholds(np.linspace(0, 400, 900), 20, days=True)
    assert set(days) <= set(DAYS)
    assert round_thresholds(np.array([1.0, np.nan, 3.0, 4.0]), 1).size == 0
    few = round_thresholds(money, 80, coarse=True)
    assert 2 < few.size < found.size
    assert {f"{each:.0e}"[0] for each in few} <= {"1", "2", "5"}
    assert set(round_thresholds(np.linspace(0, 400, 900), 20, days=True, coarse=True)) <= set(FEW_DAYS)
    assert round_thresholds(np.arange(1.0, 31.0), 1, coarse=True).tolist() == [2.0, 3.0, 5.0, 10.0, 20.0]


@settings(max_examples=25, deadline=None)
@given(
    arrays(np.float64, (40, 2), elements=st.floats(0, 1e6, width=32)),
    arrays(np.float64, (40, 1), elements=st.floats(-5, 5, width=32)),
    st.integers(1, 9),
)
def test_grown_rules_always_split_everyone(x: np.ndarray, y: np.ndarray, leaves: int) -> None:
    for rules, explained in grow(x, y, ("spend", "orders"), leaves=leaves, least_share=0.1):
        held = np.array([rule.holds(x, ("spend", "orders")) for rule in rules])
        assert (held.sum(axis=0) == 1).all()
        assert held.sum(axis=1).min() >= 4
        assert -1e-9 <= explained <= 1 + 1e-9
        assert len(rules) <= leaves


_CARD = Scorecard((Axis("recency_days", "<", (90.0, 30.0)), Axis("spend", ">=", (50.0, 100.0))))


def test_a_scorecard_gives_a_point_for_each_number_passed() -> None:
    x = np.array([[29.9, 1.0, 100.0], [30.0, 1.0, 99.0], [90.0, 1.0, 0.0], [10.0, 1.0, np.nan]])
    np.testing.assert_array_equal(_CARD.points(x, _NAMES), [4.0, 2.0, 0.0, np.nan])
    few = Rule((Condition(POINTS, "<", 3.0, _CARD),))
    assert few.holds(x, _NAMES).tolist() == [False, True, True, True]  # a missing value counts as lowest
    assert few.conditions[0].cuts == (("recency_days", 90.0), ("recency_days", 30.0), ("spend", 50.0), ("spend", 100.0))


def test_rules_of_points_are_read_back() -> None:
    rules = tuple(Rule((Condition(POINTS, op, 2.0, _CARD), Condition("purchase_days", "<", 4.0))) for op in ("<", ">="))
    found = RuledSegments("x", _NAMES, (*rules, Rule((Condition("purchase_days", ">=", 4.0),))))
    assert segmentation_from_state(found.state()) == found
    assert found.features == ("recency_days", "spend", "purchase_days")


def test_points_tell_what_no_single_feature_does() -> None:
    draw = np.random.default_rng(1)
    x = np.column_stack([np.exp(draw.uniform(1, 5.5, 4_000)), np.ones(4_000), np.exp(draw.uniform(2, 7, 4_000))])
    outlook = (np.log(x[:, 2]) - np.log(x[:, 0]))[:, None]
    plain, scored = (
        grow(x, outlook, _NAMES, leaves=8, coarse=True, card=card)[-1] for card in (None, scorecard(x, _NAMES))
    )
    assert scored[1] > plain[1] + 0.05
    assert any(each.name == POINTS for rule in scored[0] for each in rule.conditions)
    held = np.sum([rule.holds(x, _NAMES) for rule in scored[0]], axis=0)
    assert (held == 1).all()


def test_a_scorecard_hardly_moves_with_the_customers() -> None:
    draw = np.random.default_rng(2)
    x = np.column_stack([draw.uniform(0, 400, 2_000), draw.geometric(0.2, 2_000), draw.lognormal(5, 1, 2_000)])
    card = scorecard(x, _NAMES)
    assert card is not None
    for _ in range(5):
        again = scorecard(x[draw.integers(2_000, size=2_000)], _NAMES)
        assert again is not None
        for one, other in zip(card.axes, again.axes, strict=True):
            assert len(set(one.values) ^ set(other.values)) <= 1
    assert scorecard(x[:, :1], ("recency_days",)) is None
    assert scorecard(np.ones((50, 3)), _NAMES) is None
