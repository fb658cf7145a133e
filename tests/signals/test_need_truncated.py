"""The truncation test for what customers need: nothing that happened later changes any table."""

from __future__ import annotations

import datetime as dt

import pytest

from habitue.data.shop import Shop
from habitue.data.simulate import simulate
from habitue.features.testing import cut_at, differences
from habitue.signals.need import predict

_KEYS = {
    "need": ("customer_id", "rank"),
    "need_products": ("customer_id", "rank"),
    "need_timing": ("customer_id",),
    "need_categories": ("category",),
    "need_models": ("task",),
}
_AS_OF = dt.datetime(2024, 1, 20, 14, 30)


@pytest.fixture(scope="module")
def answers():
    tables = dict(simulate(customers=250, days=500, seed=3, dirt=0.03, tables={"order_lines"}).tables)
    # Categories learnt from titles see more of the data than given ones.
    tables["order_lines"] = tables["order_lines"].drop_columns(["category"])
    with Shop.from_tables(tables) as full:
        expected = predict.run(full, _AS_OF)
    with Shop.from_tables(cut_at(tables, _AS_OF)) as cut:
        return expected, predict.run(cut, _AS_OF)


@pytest.mark.parametrize("name", _KEYS)
def test_the_future_changes_nothing(answers, name: str):
    full, cut = ({tuple(row[key] for key in _KEYS[name]): row for row in each[name].to_pylist()} for each in answers)
    assert full
    assert differences(full, cut) == []
