"""Fits: parameters come back, units and weights do not matter, published values, what cannot be fitted."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from tests.models.btyd.btyd_worlds import geometric_world, pareto_world

from habitue.errors import DataError, NotEnoughData, NotFitted
from habitue.models.btyd import BGNBD, MBGNBD, GammaGamma, ParetoNBD, PurchaseDays, choose

WORLDS = {
    ParetoNBD: (pareto_world, {"r": 0.6, "alpha": 10.0, "s": 0.6, "beta": 12.0}, {}),
    BGNBD: (geometric_world, {"r": 0.8, "alpha": 6.0, "a": 0.9, "b": 2.5}, {"first": 0}),
    MBGNBD: (geometric_world, {"r": 0.8, "alpha": 6.0, "a": 0.9, "b": 2.5}, {"first": 1}),
}
HISTORY = ([0, 1, 5, 2], [0.0, 3.0, 20.0, 4.0], [10.0, 30.0, 21.0, 4.0])


@pytest.mark.parametrize("model", WORLDS)
def test_parameters_and_purchases_come_back(model) -> None:
    world, truth, story = WORLDS[model]
    x, recency, age, later, alive = world(6_000, 7, after=25.0, **truth, **story)
    fitted = model.fit(x, recency, age)
    assert fitted.summary.converged
    for name, value in truth.items():
        assert abs(fitted.parameters[name] - value) < 4 * fitted.standard_errors[name]
        assert 0 < fitted.standard_errors[name] < value
    expected = fitted.expected_orders(25.0, x, recency, age)
    assert expected.sum() == pytest.approx(later.sum(), rel=0.06)
    assert fitted.p_alive(x, recency, age).mean() == pytest.approx(alive.mean(), abs=0.03)
    assert fitted.probability_of_order(25.0, x, recency, age).mean() == pytest.approx((later > 0).mean(), abs=0.02)
    by_decile = np.argsort(np.argsort(expected)) * 10 // len(x)
    busiest = by_decile == 9
    assert expected[busiest].mean() == pytest.approx(later[busiest].mean(), rel=0.1)
    total = fitted.expected_by_age(age).sum()
    assert total == pytest.approx(x.sum(), rel=0.05)


@pytest.mark.parametrize("model", WORLDS)
def test_units_weights_and_order_do_not_matter(model) -> None:
    world, truth, story = WORLDS[model]
    x, recency, age, *_ = world(1_500, 3, **truth, **story)
    weeks = model.fit(x, recency, age)
    days = model.fit(x[::-1], 7 * recency[::-1], 7 * age[::-1])
    twice = model.fit(x, recency, age, weight=np.full(len(x), 2.0))
    for name in model.names:
        unit = 7 if name in model.times else 1
        assert days.parameters[name] == pytest.approx(unit * weeks.parameters[name], rel=2e-3)
        assert twice.parameters[name] == pytest.approx(weeks.parameters[name], rel=2e-3)
        assert twice.standard_errors[name] == pytest.approx(weeks.standard_errors[name] / np.sqrt(2), rel=2e-2)
    assert weeks.summary.log_likelihood == pytest.approx(weeks.log_likelihood(x, recency, age).sum())
    assert days.summary.log_likelihood == pytest.approx(days.log_likelihood(x, 7 * recency, 7 * age).sum())
    assert twice.summary.log_likelihood == pytest.approx(2 * weeks.summary.log_likelihood)


def test_spend_comes_back() -> None:
    draw = np.random.default_rng(5)
    x = draw.integers(1, 12, 5_000)
    scale = draw.gamma(3.0, 1 / 15.0, len(x))
    mean = draw.gamma(4.0 * x, 1 / (scale * x))
    fitted = GammaGamma.fit(x, mean)
    for name, value in {"p": 4.0, "q": 3.0, "gamma": 15.0}.items():
        assert abs(fitted.parameters[name] - value) < 4 * fitted.standard_errors[name]
    assert fitted.population_mean == pytest.approx(30.0, rel=0.1)
    euros = GammaGamma.fit(x, 100 * mean)
    assert euros.parameters["gamma"] == pytest.approx(100 * fitted.parameters["gamma"], rel=1e-3)
    assert euros.summary.log_likelihood == pytest.approx(euros.log_likelihood(x, 100 * mean).sum())
    told = fitted.expected_value([0, 1, 10, 100_000], [np.nan, 90.0, 90.0, 90.0])
    assert told[0] == pytest.approx(fitted.population_mean)
    assert told[0] < told[1] < told[2] < told[3] == pytest.approx(90.0, rel=1e-3)


@pytest.mark.parametrize("model", WORLDS)
def test_saved_and_read_again(model) -> None:
    world, truth, story = WORLDS[model]
    x, recency, age, *_ = world(400, 3, **truth, **story)
    fitted = model.fit(x, recency, age)
    assert model.from_state(json.loads(json.dumps(fitted.state()))) == fitted
    with pytest.raises(DataError, match="of kind 'other'"):
        model.from_state(fitted.state() | {"kind": "other"})


def test_spend_saved_and_read_again() -> None:
    given = GammaGamma(6.25, 3.74, 15.44)
    assert GammaGamma.from_state(json.loads(json.dumps(given.state()))) == given
    with pytest.raises(NotFitted, match=r"use \.fit"):
        _ = given.standard_errors


@pytest.mark.parametrize("model", WORLDS)
@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        (0, -1, "frequency cannot be"),
        (0, 1.5, "whole numbers"),
        (0, np.nan, "first: nan"),
        (1, 50.0, "not after the moment"),
        (1, -3.0, "recency cannot be"),
        (2, np.inf, "age cannot be"),
        (2, -1.0, "age cannot be"),
    ],
)
def test_histories_that_cannot_be(model, column: int, value: float, message: str) -> None:
    history = [list(each) for each in HISTORY]
    history[column][2] = value
    with pytest.raises(DataError, match=message):
        model.fit(*history)
    with pytest.raises(DataError, match=message):
        model(0.6, 5.0, 0.8, 2.0).p_alive(*history)


def test_more_that_cannot_be() -> None:
    told = BGNBD(0.6, 5.0, 0.8, 2.0)
    with pytest.raises(DataError, match="last purchase is the first"):
        told.p_alive([2], [0.0], [5.0])
    with pytest.raises(DataError, match="0 for customers without repeat"):
        told.p_alive([0], [1.0], [5.0])
    with pytest.raises(DataError, match="different shapes"):
        told.p_alive([0, 1], [0.0], [5.0])
    with pytest.raises(DataError, match="horizon cannot be"):
        told.expected_orders(-1, [0], [0.0], [5.0])
    with pytest.raises(DataError, match="weight"):
        BGNBD.fit(*HISTORY, weight=[1, 1, -1, 1])


@pytest.mark.parametrize("model", WORLDS)
def test_one_purchase_each_is_too_little(model) -> None:
    with pytest.raises(NotEnoughData, match="Only 0 customers bought again"):
        model.fit(np.zeros(500), np.zeros(500), np.full(500, 30.0))
    with pytest.raises(NotEnoughData, match="Only 0"):
        model.fit([], [], [])


def test_ages_of_zero_say_nothing_and_do_no_harm() -> None:
    x, recency, age, *_ = pareto_world(800, 3)
    none = np.zeros(300)
    for model in (BGNBD, ParetoNBD):
        alone = model.fit(x, recency, age)
        both = model.fit(np.r_[x, none], np.r_[recency, none], np.r_[age, none])
        assert list(both.parameters.values()) == pytest.approx(list(alone.parameters.values()), rel=5e-3)
        assert both.expected_orders(10, [0], [0], [0])[0] > 0


def test_money_of_zero_is_refused_for_learning() -> None:
    with pytest.raises(DataError, match="were free"):
        GammaGamma.fit([1, 2], [0.0, 5.0])
    with pytest.raises(NotEnoughData, match="Only 2"):
        GammaGamma.fit([1, 2], [3.0, 5.0])
    with pytest.raises(NotEnoughData, match="All customers spend 5"):
        GammaGamma.fit(np.full(30, 2), np.full(30, 5.0))
    assert GammaGamma(6.25, 3.74, 15.44).expected_value([4], [0.0])[0] > 0


def test_same_day_purchases_count_once() -> None:
    days = PurchaseDays.of([1, 1, 1, 0, 1], [4, 4, 9, 2, 11], [5.0, 1.0, 8.0, 3.0, 4.0])
    history = days.at(10)
    assert history.customer.tolist() == [0, 1]
    assert [each.tolist() for each in history.columns] == [[0, 1], [0, 5], [8, 6]]
    assert history.mean_spend.tolist() == [0, 8]
    assert [each.tolist() for each in days.between(4, 11)] == [[0, 2], [0, 12]]
    assert days.at(1).customer.tolist() == []
    with pytest.raises(DataError, match="different shapes"):
        PurchaseDays.of([1], [2, 3], [1.0])


def test_the_choice_sees_no_day_after_today() -> None:
    draw = np.random.default_rng(4)
    who = np.repeat(np.arange(300), 6)
    day = draw.integers(0, 400, len(who))
    spend = draw.gamma(2.0, 5.0, len(who))
    days = PurchaseDays.of(who, day, spend)
    known = day <= 250
    cut = PurchaseDays.of(who[known], day[known], spend[known])
    assert choose(days, 250, 90) == choose(cut, 250, 90)
    assert choose(days, 250, 90).fitted_on == 160
    assert choose(days, 250, 9_000).fitted_on == 125
    with pytest.raises(NotEnoughData):
        choose(PurchaseDays.of([0, 1], [5, 5], [1.0, 1.0]), 5, 90)


@pytest.mark.data
def test_published_values_on_cdnow(data_folder: Path) -> None:
    from bench.value import read_cdnow

    assert pq.read_metadata(data_folder / "cdnow" / "purchases.parquet").num_rows == 69_659
    history = read_cdnow(data_folder, sample=True).at(272)
    weeks = (history.frequency, history.recency / 7, history.age / 7)
    assert len(history.age) == 2_357
    found = {model: tuple(model.fit(*weeks).parameters.values()) for model in (BGNBD, MBGNBD, ParetoNBD)}
    assert found[BGNBD] == pytest.approx((0.243, 4.414, 0.793, 2.426), abs=1e-3)
    assert found[ParetoNBD] == pytest.approx((0.553, 10.578, 0.606, 11.669), abs=1e-3)
    assert found[MBGNBD] == pytest.approx((0.525, 6.183, 0.891, 1.614), abs=1e-3)
    again = history.frequency > 0
    assert again.sum() == 946
    spend = GammaGamma.fit(history.frequency[again], history.mean_spend[again])
    assert tuple(spend.parameters.values()) == pytest.approx((6.25, 3.74, 15.44), abs=1e-2)
