"""The bench of off-policy values: its policy and its world are what they say, and the published figures come out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from bench import ope, ope_world
from habitue.models import metrics


def test_thompson_sampling_shows_the_better_product_first() -> None:
    prior = pa.table({"item_id": ["2", "0", "1", "3"], "alpha": [1, 900, 100, 1], "beta": [999, 100, 900, 999]})
    policy = ope._thompson(prior, 2_000)
    assert policy.shape == (4, 3)
    assert policy.sum(axis=0) == pytest.approx(np.ones(3))
    assert policy[0, 0] == policy[1, 1] == 1.0
    assert policy[2, 2] == pytest.approx(0.5, abs=0.05)
    assert policy[2, 2] + policy[3, 2] == 1.0


def test_the_simulated_truth_is_the_truth() -> None:
    truth = ope_world.true_value(200_000)
    found = [metrics.ips(ope_world.log(number)).value for number in range(60)]
    assert np.mean(found) == pytest.approx(truth, abs=3.5 * np.std(found) / np.sqrt(60))
    same = ope_world.log(3)
    assert same.rewards.tolist() == ope_world.log(3).rewards.tolist()


@pytest.mark.data
def test_the_published_policy_gets_its_published_value(data_folder: Path) -> None:
    rows = {row.name: row for row in ope._open_bandit_rows(data_folder / "open_bandit")}
    assert rows["ope/open_bandit/ips"].value == pytest.approx(0.004527, abs=5e-5)
    assert rows["ope/open_bandit/snips"].value == pytest.approx(0.004598, abs=5e-5)
    assert rows["ope/open_bandit/ips"].baseline == 0.0069
