import numpy as np
import pytest

from habitue.errors import ConfigError, DataError
from habitue.models.metrics import stability_index


def test_same_spread_is_stable_and_a_move_is_seen():
    rng = np.random.default_rng(0)
    before = rng.normal(0, 1, 5000)
    assert stability_index(before, rng.normal(0, 1, 5000)) < 0.01
    assert stability_index(before, rng.normal(1, 1, 5000)) > 0.5
    assert stability_index(before, before) == 0


def test_known_answer_on_two_values():
    expected = (0.9 - 0.5) * np.log(0.9 / 0.5) + (0.1 - 0.5) * np.log(0.1 / 0.5)
    assert stability_index([0, 1] * 50, [0] * 90 + [1] * 10) == pytest.approx(expected)
    assert stability_index(["a", "b"] * 50, ["a"] * 90 + ["b"] * 10) == pytest.approx(expected)
    assert stability_index([True, False] * 50, [True] * 90 + [False] * 10) == pytest.approx(expected)


def test_values_that_became_missing_are_seen():
    values = np.random.default_rng(1).exponential(1, 1000)
    holes = np.where(np.arange(1000) < 300, np.nan, values)
    assert stability_index(values, holes) > 0.5
    assert stability_index(holes, holes) == 0
    assert stability_index(np.full(10, np.nan), np.ones(10)) > 5


def test_a_constant_that_moved_is_seen():
    assert stability_index(np.ones(100), np.zeros(100)) > 5
    assert stability_index(np.ones(100), np.full(50, 2.0)) > 5
    assert stability_index(np.ones(100), np.ones(3)) == 0


def test_many_zeros_are_a_cell():
    rng = np.random.default_rng(2)
    before = np.where(rng.random(2000) < 0.6, 0, rng.exponential(5, 2000))
    after = np.where(rng.random(2000) < 0.2, 0, rng.exponential(5, 2000))
    assert stability_index(before, after) > 0.25


def test_empty_and_bad_input():
    assert np.isnan(stability_index([], [1.0]))
    with pytest.raises(DataError, match="words"):
        stability_index([1.0, 2.0], ["one", "two"])
    with pytest.raises(ConfigError, match="bins"):
        stability_index([1.0], [1.0], bins=1)
