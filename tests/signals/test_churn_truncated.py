"""The truncation test for churn and rescue: nothing that happened later changes any table."""

from __future__ import annotations

import datetime as dt

import pytest

from habitue.data.shop import Shop
from habitue.data.simulate import simulate
from habitue.errors import DataError, NotFitted
from habitue.features.testing import cut_at, differences
from habitue.signals.churn import predict

_KEYS = {
    "churn": ("customer_id",),
    "churn_calibration": ("bin",),
    "churn_profit": ("share_treated",),
    "churn_profit_summary": ("offer",),
    "churn_drivers": ("input",),
    "churn_models": ("task",),
}
_AS_OF = dt.datetime(2023, 7, 9, 14, 30)


@pytest.fixture(scope="module")
def answers():
    wanted = {"order_lines", "coupons"}
    tables = dict(simulate(customers=420, days=230, seed=3, dirt=0.02, tables=wanted).tables)
    with Shop.from_tables(tables) as full:
        expected = predict.run(full, _AS_OF, horizon_days=45)
    with Shop.from_tables(cut_at(tables, _AS_OF)) as cut:
        return expected, predict.run(cut, _AS_OF, horizon_days=45)


@pytest.fixture(scope="module")
def later():
    """What was learnt at a moment from a shop with a coupon experiment, and the shop."""
    wanted = {"order_lines", "coupons"}
    tables = dict(simulate(customers=800, days=230, seed=4, tables=wanted).tables)
    with Shop.from_tables(tables) as shop:
        yield shop, tables, predict.learn(shop, _AS_OF, horizon_days=45)


@pytest.mark.parametrize("name", _KEYS)
def test_the_future_changes_nothing(answers, name: str):
    full, cut = ({tuple(row[key] for key in _KEYS[name]): row for row in each[name].to_pylist()} for each in answers)
    assert full
    assert differences(full, cut) == []


def test_what_is_learnt_is_the_experiment(answers):
    summary = answers[0]["churn_profit_summary"].to_pylist()[0]
    assert summary["response_source"] == "experiment"
    assert summary["offer"] == "20%"
    assert answers[0]["churn_calibration"].num_rows > 1


def test_what_was_saved_answers_the_same(later, tmp_path):
    shop, _, learnt = later
    learnt.save(tmp_path)
    again = predict.Learnt.load(tmp_path)
    as_of = _AS_OF + dt.timedelta(days=5, hours=3)
    first, second = (predict.score(shop, as_of, each) for each in (learnt, again))
    assert again.at == _AS_OF
    assert set(first) == set(_KEYS)
    assert learnt.shown is not None
    assert all(first[name].equals(second[name]) for name in first)
    assert predict.run(shop, as_of, learnt=again)["churn"].equals(first["churn"])


def test_customers_who_joined_since_are_answered_for(later):
    shop, tables, learnt = later
    as_of = _AS_OF + dt.timedelta(days=9)
    told = predict.score(shop, as_of, learnt)
    known, before = (
        shop.engine.to_arrow(shop.at(moment).purchases.select("customer_id").distinct())["customer_id"].to_pylist()
        for moment in (as_of, _AS_OF)
    )
    assert told["churn"]["customer_id"].to_pylist() == sorted(known)
    assert len(known) > len(before)
    with Shop.from_tables(cut_at(tables, as_of)) as cut:
        short = predict.score(cut, as_of, learnt)
    rows = ({(row["customer_id"],): row for row in each["churn"].to_pylist()} for each in (told, short))
    assert differences(*rows) == []


def test_an_answer_for_a_moment_before_learning_is_refused(later):
    with pytest.raises(DataError, match="learn"):
        predict.score(later[0], _AS_OF - dt.timedelta(seconds=1), later[2])
    with pytest.raises(NotFitted):
        predict.Learnt.load(later[0].folder / "nothing")
