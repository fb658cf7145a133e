import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from habitue.errors import ConfigError, DataError, NotEnoughData
from habitue.models import metrics
from habitue.models.metrics import OffPolicyLog

_ESTIMATORS = (metrics.ips, metrics.snips, metrics.direct, metrics.doubly_robust, metrics.switch_doubly_robust)
_ACTIONS, _PLACES = 6, 2


def world(seed, rows=3_000):
    """Two kinds of customers, six products, two places: everything is known."""
    truth = np.random.default_rng(0)
    pay = truth.uniform(0.05, 0.6, (2, _ACTIONS, _PLACES))
    old, new = (truth.dirichlet(np.full(_ACTIONS, mix), (2, _PLACES)).transpose(0, 2, 1) for mix in (5.0, 1.0))
    old = 0.7 * old + 0.3 / _ACTIONS
    rng = np.random.default_rng(seed)
    kind, place = rng.integers(0, 2, rows), rng.integers(0, _PLACES, rows)
    chance = old[kind, :, place]
    action = (chance.cumsum(axis=1) < rng.random((rows, 1))).sum(axis=1).clip(0, _ACTIONS - 1)
    reward = (rng.random(rows) < pay[kind, action, place]).astype(float)
    value = float((new * pay).sum(axis=1).mean())
    model = 0.8 * pay[kind, :, place] + 0.1  # wrong, but of some use
    log = OffPolicyLog.of_actions(
        reward, chance[np.arange(rows), action], action, new[kind], positions=place, expected=model
    )
    return log, value


def naive(log, most=10.0):
    """Every estimator from its definition."""
    ips = snips_above = snips_below = direct = robust = switch = 0.0
    rows = len(log.rewards)
    for row in range(rows):
        weight = log.chosen[row] / log.logged[row]
        ips += weight * log.rewards[row] / rows
        snips_above += weight * log.rewards[row]
        snips_below += weight
        direct += log.model_value[row] / rows
        off = weight * (log.rewards[row] - log.expected[row])
        robust += (log.model_value[row] + off) / rows
        switch += (log.model_value[row] + (off if weight <= most else 0)) / rows
    return ips, snips_above / snips_below, direct, robust, switch


def test_equals_the_definitions():
    log, _ = world(1, rows=500)
    found = [estimate(log).value for estimate in _ESTIMATORS[:4]]
    assert found == pytest.approx(naive(log)[:4])
    assert metrics.switch_doubly_robust(log, most=2.0).value == pytest.approx(naive(log, 2.0)[4])
    weight = log.weights
    assert metrics.ips(log).effective == pytest.approx(weight.sum() ** 2 / (weight**2).sum())
    assert metrics.ips(log).mean_weight == pytest.approx(weight.mean())


def test_every_estimator_but_the_wrong_model_finds_the_truth():
    runs = [world(seed) for seed in range(40)]
    value = runs[0][1]
    for estimate in (metrics.ips, metrics.snips, metrics.doubly_robust):
        error = np.array([estimate(log).value for log, _ in runs]) - value
        assert abs(error.mean()) < 3.5 * error.std() / np.sqrt(len(runs))
    # The model of this world is off by construction, and says so.
    assert abs(np.mean([metrics.direct(log).value for log, _ in runs]) - value) > 0.01
    spread = {estimate: np.std([estimate(log).value for log, _ in runs]) for estimate in _ESTIMATORS}
    assert spread[metrics.doubly_robust] < spread[metrics.ips]


def test_intervals_hold_the_truth():
    runs = [world(seed, rows=700) for seed in range(200)]
    for estimate in (metrics.ips, metrics.snips, metrics.doubly_robust, metrics.switch_doubly_robust):
        held = np.mean([low <= value <= high for log, value in runs for _, low, high, *_ in [estimate(log)]])
        assert 0.9 <= held <= 0.99


def test_a_policy_that_is_its_own_log_is_worth_its_mean():
    rng = np.random.default_rng(3)
    reward, chance = (rng.random(300) < 0.3).astype(float), rng.uniform(0.1, 1, 300)
    log = OffPolicyLog(reward, chance, chance)
    for estimate in (metrics.ips, metrics.snips):
        found = estimate(log)
        assert found.value == pytest.approx(reward.mean())
        assert found.effective == pytest.approx(300)
        assert found.low == pytest.approx(reward.mean() - 1.96 * reward.std() / np.sqrt(300), abs=0.01)


def test_doubly_robust_is_exact_where_the_model_is():
    log, _ = world(4)
    exact = OffPolicyLog(log.expected, log.logged, log.chosen, log.expected, log.model_value)
    assert metrics.doubly_robust(exact).value == pytest.approx(metrics.direct(exact).value)


def test_clipped_weights_pull_the_value_down():
    log, _ = world(5)
    plain, clipped = metrics.ips(log), metrics.ips(log, clip=1.5)
    assert clipped.value < plain.value
    assert clipped.cut == pytest.approx((log.weights > 1.5).mean())
    assert clipped.effective == plain.effective  # what the log holds does not grow by clipping
    assert metrics.ips(log, clip=1e9) == plain
    assert metrics.switch_doubly_robust(log, most=1e9).value == pytest.approx(metrics.doubly_robust(log).value)
    assert metrics.switch_doubly_robust(log, most=1e-9).value == pytest.approx(metrics.direct(log).value)


def test_rows_of_one_list_are_not_independent():
    log, _ = world(6, rows=400)
    three = [np.repeat(each, 3) for each in (log.rewards, log.logged, log.chosen)]
    groups = [f"list {number}" for number in np.repeat(np.arange(400), 3)]
    together, apart = OffPolicyLog(*three, groups=groups), OffPolicyLog(*three)
    for estimate in (metrics.ips, metrics.snips):
        assert estimate(together)[:4] == pytest.approx(estimate(log)[:4])
        assert estimate(apart).high - estimate(apart).low < 0.7 * (estimate(log).high - estimate(log).low)


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_values_stay_within_reason(seed):
    rng = np.random.default_rng(seed)
    rows = 250
    log = OffPolicyLog((rng.random(rows) < 0.02).astype(float), rng.uniform(0.2, 1, rows), rng.uniform(0, 1, rows))
    for estimate in (metrics.ips, metrics.snips):
        found = estimate(log)
        assert 0 <= found.low <= found.value <= found.high
        assert found.effective <= rows + 1e-9
    assert metrics.snips(log).high <= 1
    doubled = OffPolicyLog(log.rewards * 2, log.logged, log.chosen)
    assert metrics.ips(doubled)[:3] == pytest.approx([2 * each for each in metrics.ips(log)[:3]])


@pytest.mark.parametrize("estimate", _ESTIMATORS)
def test_a_log_that_shows_too_little_is_refused(estimate):
    log, _ = world(7, rows=90)
    with pytest.raises(NotEnoughData, match="90 rows of the log count as only"):
        estimate(log)
    assert np.isfinite(estimate(log, least_effective=10).value)
    nothing = OffPolicyLog([1.0] * 200, [0.5] * 200, [0.0] * 200, [0.1] * 200, [0.1] * 200)
    with pytest.raises(NotEnoughData, match="nothing that the new policy would show"):
        estimate(nothing)
    few = OffPolicyLog([1.0] * 5_000, [1e-4, *[1.0] * 4_999], [1.0, *[0.001] * 4_999], [0.1] * 5_000, [0.1] * 5_000)
    with pytest.raises(NotEnoughData, match="count as only 1 "):
        estimate(few)


def test_chances_that_are_none_are_counted_and_named():
    with pytest.raises(DataError, match="2 of 3 values of logged are missing") as caught:
        OffPolicyLog([1, 0, 0], [0.5, np.nan, np.nan], [0.5, 0.5, 0.5])
    assert "row 1" in caught.value.where["first"]
    with pytest.raises(DataError, match="1 of 3 values of logged are no chances") as caught:
        OffPolicyLog([1, 0, 0], [0.5, 0.2, 0.0], [0.5, 0.5, 0.5])
    assert caught.value.where["first"] == "0.0 in row 2"
    with pytest.raises(DataError, match="chosen are no chances"):
        OffPolicyLog([1], [0.5], [1.5])
    with pytest.raises(DataError, match="rewards"):
        OffPolicyLog([None], [0.5], [0.5])
    with pytest.raises(DataError, match="numbers of rows differ"):
        OffPolicyLog([1, 0], [0.5, 0.5], [0.5])
    with pytest.raises(DataError, match="numbers of rows differ"):
        OffPolicyLog([1, 0], [0.5, 0.5], [0.5, 0.5], groups=["a"])


def test_policies_are_looked_up_by_row_and_place():
    by_action = metrics.chances_of([0.25, 0.75], 3)
    assert by_action.tolist() == [[0.25, 0.75]] * 3
    by_place = metrics.chances_of([[0.25, 1.0], [0.75, 0.0]], 3, [0, 1, 0])
    assert by_place.tolist() == [[0.25, 0.75], [1.0, 0.0], [0.25, 0.75]]
    by_row = metrics.chances_of(np.array([[[0.5, 0.1], [0.5, 0.9]], [[0.2, 0.3], [0.8, 0.7]]]), 2, [1, 0])
    assert by_row.tolist() == [[0.1, 0.9], [0.2, 0.8]]
    with pytest.raises(DataError, match="2 of 2 rows are missing, negative or do not add up"):
        metrics.chances_of([0.5, 0.4], 2)
    with pytest.raises(DataError, match="1 of 2 rows"):
        metrics.chances_of([[0.5, 0.5], [np.nan, 1.0]], 2)
    with pytest.raises(DataError, match="positions of shape"):
        metrics.chances_of([[1.0], [0.0]], 2, [0, 1])
    with pytest.raises(DataError, match="does not fit 3 rows"):
        metrics.chances_of([[0.5, 0.5]] * 2, 3)
    with pytest.raises(DataError, match="actions run from 0 to 2"):
        OffPolicyLog.of_actions([1.0, 0], [0.5, 0.5], [0, 2], [0.5, 0.5])
    with pytest.raises(DataError, match="actions are float64"):
        OffPolicyLog.of_actions([1.0, 0], [0.5, 0.5], [0.0, 1.0], [0.5, 0.5])
    with pytest.raises(DataError, match="expected has the shape"):
        OffPolicyLog.of_actions([1.0, 0], [0.5, 0.5], [0, 1], [0.5, 0.5], expected=[[0.1, 0.1]])


def test_the_simplest_model_learns_from_other_rows_only():
    reward, action, place = np.array([1.0, 0, 1, 0]), np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    found = metrics.expected_rewards(reward, action, 2, positions=place, folds=2, prior=1.0)
    # Row 0 is told from rows 1 and 3: product 0 in place 0 was not among them, and nothing was earned.
    assert found[0].tolist() == [0.0, 0.0]
    # Row 1 is told from rows 0 and 2, for place 1: nothing is known there but the mean of all.
    assert found[1].tolist() == [1.0, 1.0]
    with pytest.raises(ConfigError, match="1 folds"):
        metrics.expected_rewards(reward, action, 2, folds=1)


def test_a_model_that_is_not_there_is_asked_for():
    log = OffPolicyLog([1.0] * 200, [0.5] * 200, [0.5] * 200)
    for estimate in _ESTIMATORS[2:]:
        with pytest.raises(ConfigError, match="no model to lean on"):
            estimate(log)
    for estimate in _ESTIMATORS[:2]:
        with pytest.raises(ConfigError, match="clipped at 0"):
            estimate(log, clip=0)
    with pytest.raises(ConfigError, match="largest weight of 0"):
        metrics.switch_doubly_robust(world(1, 500)[0], most=0)
