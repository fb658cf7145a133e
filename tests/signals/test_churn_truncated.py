"""The truncation test for churn and rescue: nothing that happened later changes any table."""

from __future__ import annotations

import datetime as dt

import pytest

from habitue.data.shop import Shop
from habitue.data.simulate import simulate
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
