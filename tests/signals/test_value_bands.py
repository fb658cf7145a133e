"""Intervals of spend: the share they hold, zeros, few rows, tenths."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from habitue.signals.value.bands import Bands
from habitue.signals.value.scoring import tenths


def _spend(n: int, seed: int, *, buys: float):
    draw = np.random.default_rng(seed)
    predicted = draw.lognormal(3.0, 1.0, n)
    actual = predicted * draw.gamma(2.0, 0.5, n) / buys * (draw.random(n) < buys)
    return predicted, actual


@pytest.mark.parametrize("buys", [1.0, 0.95, 0.7, 0.4])
def test_bands_hold_the_share_asked_for_on_new_customers(buys: float) -> None:
    bands = Bands.learn(*_spend(2_000, 1, buys=buys), 0.8)
    assert bands is not None
    held = bands.held(*_spend(20_000, 2, buys=buys))
    # Where hardly anybody spends nothing, the lower bound lies between 0 and the first amounts.
    assert 0.77 < held < 0.86


def test_where_most_spend_nothing_the_interval_still_holds_the_forecast() -> None:
    predicted, actual = _spend(3_000, 3, buys=0.1)
    bands = Bands.learn(predicted, actual, 0.8)
    low, high = bands.around(predicted)
    assert (low == 0).all()
    assert (high >= predicted).all()
    assert bands.held(predicted, actual) >= 0.8


def test_bands_widen_with_the_forecast() -> None:
    bands = Bands.learn(*_spend(2_000, 1, buys=0.8), 0.8)
    _, high = bands.around(np.array([1.0, 10.0, 100.0, 1_000.0]))
    assert (np.diff(high) > 0).all()
    assert bands.around(np.array([0.0]))[1][0] == 0


def test_too_few_forecasts_give_no_interval() -> None:
    assert Bands.learn(np.ones(29), np.ones(29), 0.8) is None
    assert Bands.learn(np.zeros(100), np.ones(100), 0.8) is None


def test_bands_are_saved_and_read_again() -> None:
    bands = Bands.learn(*_spend(400, 1, buys=0.8), 0.8)
    again = Bands.from_dict(json.loads(json.dumps(bands.as_dict())))
    amounts = np.array([0.5, 20.0, 3_000.0])
    assert np.array_equal(again.around(amounts), bands.around(amounts))


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=60))
@settings(max_examples=40, deadline=None)
def test_tenths_are_even_and_in_order(amounts: list[float]) -> None:
    spend = np.array(amounts)
    told = tenths(spend, pd.Series([f"c{number}" for number in range(len(spend))]))
    assert told.min() >= 1
    assert told.max() <= 10
    sizes = np.bincount(told, minlength=11)[1:]
    assert sizes.max() - sizes.min() <= 1
    for one in range(1, 10):
        if (told == one).any() and (told > one).any():
            assert spend[told == one].max() <= spend[told > one].min()
