"""Cohorts and months, by hand and against each other."""

from __future__ import annotations

import datetime as dt

import pytest

from habitue.data.shop import Shop
from habitue.data.simulate import simulate
from habitue.signals.value import cohorts, monthly

JAN, FEB, MAR = (dt.datetime(2024, month, 10) for month in (1, 2, 3))
AS_OF = dt.datetime(2024, 4, 1)
PURCHASES = [
    ("ann", JAN, 10.0),
    ("ann", JAN, 5.0),
    ("ann", MAR, 20.0),
    ("bob", JAN, 1.0),
    ("eve", MAR, 4.0),
    ("eve", MAR, -3.0),
    (None, FEB, 8.0),
    ("eve", AS_OF, 100.0),
]


def test_cohorts_by_hand(shop_of) -> None:
    told = cohorts.follow(shop_of(PURCHASES), AS_OF).to_pylist()
    january, march = dt.date(2024, 1, 1), dt.date(2024, 3, 1)
    assert [(row["cohort"], row["month"], row["customers"], row["active"], row["spend"]) for row in told] == [
        (january, 0, 2, 2, 16.0),
        (january, 1, 2, 0, 0.0),
        (january, 2, 2, 1, 20.0),
        (march, 0, 1, 1, 4.0),
    ]
    assert [row["complete"] for row in told] == [True] * 4
    assert [row["left_censored"] for row in told] == [True, True, True, False]


def test_a_month_that_is_not_over_is_not_complete(shop_of) -> None:
    shop = shop_of(PURCHASES)
    told = cohorts.follow(shop, AS_OF - dt.timedelta(hours=1)).to_pylist()
    assert [(row["month"], row["complete"]) for row in told] == [(0, True), (1, True), (2, False), (0, False)]
    assert monthly.add_up(shop, AS_OF - dt.timedelta(hours=1))["complete"].to_pylist() == [True, True, False]


def test_months_by_hand(shop_of) -> None:
    told = monthly.add_up(shop_of(PURCHASES), AS_OF).to_pylist()
    names = ("orders", "customers", "new_customers", "returning_customers", "spend", "returns", "guest_spend")
    assert [tuple(row[name] for name in names) for row in told] == [
        (3, 2, 2, 0, 16.0, 0.0, 0.0),
        (0, 0, 0, 0, 0.0, 0.0, 8.0),
        (2, 2, 1, 1, 24.0, 3.0, 0.0),
    ]
    assert [row["month"].month for row in told] == [1, 2, 3]


def test_cohorts_and_months_tell_the_same_story() -> None:
    tables = simulate(customers=300, days=400, seed=2, tables={"order_lines"}).tables
    with Shop.from_tables(tables) as shop:
        as_of = dt.datetime(2024, 1, 20)
        by_cohort, by_month = cohorts.follow(shop, as_of).to_pandas(), monthly.add_up(shop, as_of).to_pandas()
    start = by_cohort["cohort"].astype("datetime64[s]").dt.to_period("M") + by_cohort["month"]
    sums = by_cohort.groupby(start)[["active", "spend"]].sum()
    assert sums["active"].tolist() == by_month["customers"].tolist()
    assert sums["spend"].tolist() == pytest.approx(by_month["spend"].tolist())
    sizes = by_cohort[by_cohort["month"] == 0]["customers"]
    assert sizes.tolist() == [count for count in by_month["new_customers"].tolist() if count]


def test_a_shop_without_customers_has_no_cohorts(shop_of) -> None:
    shop = shop_of([(None, JAN, 8.0), ("ann", JAN, -2.0)])
    assert cohorts.follow(shop, AS_OF).num_rows == 0
    assert monthly.add_up(shop, AS_OF)["guest_spend"].to_pylist() == [8.0, 0.0, 0.0]
