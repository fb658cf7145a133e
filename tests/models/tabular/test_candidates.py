"""Every candidate keeps the rules of the kit, and finds in worlds whose answer is known what is there to be found."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import spearmanr

from habitue.errors import ConfigError, DataError, NotEnoughData
from habitue.models.tabular import QUICK, THOROUGH, from_state, make
from habitue.models.testing import check_candidate

# Fewer trees and members than the defaults: the rules are the same.
SMALL: dict[str, dict[str, Any]] = {
    "forest": {"trees": 15},
    "svm": {"landmarks": 60},
    "stack": {"members": ["linear", "boosted", "tree"]},
}


def _chance(link: Any) -> Any:
    return 1 / (1 + np.exp(-link))


def _log_loss(y: Any, p: Any) -> float:
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))


@pytest.mark.parametrize("kind", ["binary", "amount"])
@pytest.mark.parametrize("name", THOROUGH)
def test_every_candidate_keeps_the_rules(name: str, kind: str) -> None:
    check_candidate(name, kind, params=SMALL.get(name))


@pytest.mark.parametrize("name", ["linear", "boosted", "forest", "svm"])
def test_a_planted_chance_is_recovered(name: str) -> None:
    draw = np.random.default_rng(5)
    x = draw.normal(size=(6_000, 8))
    true = np.array([1.2, -0.8, 0.5, 0, 0, 0, 0, 0])
    p = _chance(x @ true - 0.7)
    y = (draw.random(6_000) < p).astype(float)
    fitted = make(name, "binary", params=SMALL.get(name)).fit(x[:4_000], y[:4_000])
    found = fitted.predict(x[4_000:])
    assert (
        np.sqrt(np.mean((found - p[4_000:]) ** 2))
        < {"linear": 0.02, "boosted": 0.07, "svm": 0.08, "forest": 0.11}[name]
    )
    assert abs(found.mean() - p[4_000:].mean()) < 0.02
    assert set(np.argsort(-fitted.importance())[:3]) == {0, 1, 2}


def test_reasons_of_the_linear_candidate_are_the_planted_coefficients() -> None:
    draw = np.random.default_rng(6)
    x = draw.normal(size=(20_000, 3))
    true = np.array([1.0, -0.5, 0.0])
    y = (draw.random(20_000) < _chance(x @ true - 1)).astype(float)
    parts = make("linear", "binary").fit(x, y).contributions(x[:500])
    np.testing.assert_allclose(parts[:, :3], (x[:500] - x.mean(axis=0)) * true, atol=0.25)
    assert abs(parts[0, 3] + 1) < 0.1


@pytest.mark.parametrize("name", QUICK)
def test_amounts_are_ranked_nearly_as_by_the_truth_and_their_total_is_right(name: str) -> None:
    draw = np.random.default_rng(7)
    x = draw.normal(size=(12_000, 6))
    p, size = _chance(x[:, 0] - 0.5), np.exp(3 + 0.8 * x[:, 1])
    y = np.where(draw.random(12_000) < p, size * np.exp(draw.normal(size=12_000)), 0.0)
    train, test = slice(0, 8_000), slice(8_000, None)
    found = make(name, "amount").fit(x[train], y[train]).predict(x[test])
    truth = (p * size * np.exp(0.5))[test]
    assert spearmanr(found, truth)[0] > 0.95
    assert abs(found.sum() / truth.sum() - 1) < 0.15


def test_amounts_do_not_depend_on_the_currency() -> None:
    draw = np.random.default_rng(8)
    x = draw.normal(size=(800, 4))
    y = np.where(draw.random(800) < _chance(x[:, 0]), np.exp(2 + x[:, 1] + draw.normal(size=800)), 0.0)
    for name in THOROUGH:
        euros, yen = (make(name, "amount", params=SMALL.get(name)).fit(x, y * rate).predict(x) for rate in (1.0, 128.0))
        np.testing.assert_allclose(yen, 128 * euros, rtol=1e-6, err_msg=name)


def test_trees_find_what_no_sum_of_columns_says() -> None:
    draw = np.random.default_rng(9)
    x = draw.normal(size=(4_000, 4))
    y = (draw.random(4_000) < np.where(x[:, 0] * x[:, 1] > 0, 0.9, 0.1)).astype(float)
    loss = {
        name: _log_loss(
            y[3_000:], make(name, "binary", params=SMALL.get(name)).fit(x[:3_000], y[:3_000]).predict(x[3_000:])
        )
        for name in ("linear", "boosted", "forest", "svm")
    }
    assert loss["linear"] > 0.68
    assert max(loss["boosted"], loss["forest"], loss["svm"]) < 0.5


def test_customers_that_come_back_in_several_rows_are_not_learnt_by_heart() -> None:
    draw = np.random.default_rng(10)
    owner = np.repeat(np.arange(400), 6)
    habit = draw.random(400) < 0.5
    # The number of a customer says everything about these customers and nothing about others.
    x = np.column_stack([draw.normal(size=400)[owner], draw.normal(size=2_400)])
    y = (draw.random(2_400) < np.where(habit, 0.9, 0.1)[owner]).astype(float)
    apart, together = (make("boosted", "binary").fit(x, y, groups=g) for g in (None, owner))
    assert together.params["rounds"] < 30 < apart.params["rounds"]
    strangers = draw.normal(size=(3_000, 2))
    coin = (draw.random(3_000) < 0.5).astype(float)
    assert _log_loss(coin, together.predict(strangers)) < _log_loss(coin, apart.predict(strangers))


def test_a_stack_of_all_members_is_not_worse_than_the_worst_and_reads_back() -> None:
    draw = np.random.default_rng(11)
    x = draw.normal(size=(900, 4))
    y = (draw.random(900) < _chance(1.5 * x[:, 0] + x[:, 1] * x[:, 2])).astype(float)
    stack = make("stack", "binary", params={"folds": 2}).fit(x[:600], y[:600])
    alone = [make(name, "binary").fit(x[:600], y[:600]) for name in ("linear", "tree", "svm")]
    losses = [_log_loss(y[600:], one.predict(x[600:])) for one in alone]
    assert _log_loss(y[600:], stack.predict(x[600:])) < max(losses)
    assert set(stack.params["members"]) <= set(THOROUGH) - {"stack"}
    np.testing.assert_allclose(from_state(stack.state()).predict(x), stack.predict(x), rtol=1e-12)


def test_settings_that_were_used_give_the_same_model_again() -> None:
    draw = np.random.default_rng(12)
    x = draw.normal(size=(400, 3))
    y = np.where(draw.random(400) < 0.5, np.exp(x[:, 0]), 0.0)
    for name in THOROUGH[:-1]:
        first = make(name, "amount", params=SMALL.get(name)).fit(x, y)
        again = make(name, "amount", params=first.params).fit(x, y)
        np.testing.assert_allclose(again.predict(x), first.predict(x), rtol=1e-9, err_msg=name)
        assert None not in again.params.values() or name == "forest"


@pytest.mark.parametrize("name", THOROUGH)
def test_a_rare_answer_may_be_missing_in_a_fold(name: str) -> None:
    draw = np.random.default_rng(13)
    x = draw.normal(size=(120, 3))
    y = np.zeros(120)
    y[[5, 70]] = 1
    for kind, answer in (("binary", y), ("amount", 50 * y)):
        found = make(name, kind, params=SMALL.get(name)).fit(x, answer).predict(x)
        assert np.isfinite(found).all()
        assert 0.2 * answer.mean() < found.mean() < 5 * answer.mean()


@pytest.mark.parametrize(
    ("name", "kind", "params", "text"),
    [
        ("boostd", "binary", {}, "Did you mean 'boosted'?"),
        ("linear", "binry", {}, "Did you mean 'binary'?"),
        ("boosted", "binary", {"leafs": 3}, "Did you mean 'leaves'?"),
    ],
)
def test_unknown_names_are_answered_with_the_nearest(name: str, kind: str, params: dict[str, int], text: str) -> None:
    with pytest.raises(ConfigError, match=text.replace("?", r"\?")):
        make(name, kind, params=params)


@pytest.mark.parametrize(
    ("kind", "y", "weight"),
    [
        ("binary", [0, 1, 2], None),
        ("binary", [0, 1, np.nan], None),
        ("amount", [0, 1, -2], None),
        ("amount", [0, 1, np.inf], None),
        ("binary", [0, 1], None),
        ("binary", [0, 1, 1], [1, 1, -1]),
        ("binary", [0, 1, 1], [1, 1]),
    ],
)
def test_answers_and_weights_out_of_range_are_refused(kind: str, y: list[float], weight: list[float] | None) -> None:
    with pytest.raises(DataError):
        make("linear", kind).fit([[1.0], [2.0], [3.0]], y, weight)


def test_without_a_row_that_counts_there_is_nothing_to_learn() -> None:
    with pytest.raises(NotEnoughData):
        make("boosted", "binary").fit(np.empty((0, 2)), [])
    with pytest.raises(NotEnoughData):
        make("boosted", "binary").fit([[1.0], [2.0]], [0, 1], [0, 0])


def test_a_state_of_another_form_is_refused() -> None:
    with pytest.raises(ConfigError, match="unheard"):
        from_state({"form": "unheard"})
