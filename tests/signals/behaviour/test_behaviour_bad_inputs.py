"""Events as they should not be: everything is still answered, or said to be unknown."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from habitue.data.shop import Shop
from habitue.errors import NotEnoughData
from habitue.signals.behaviour import predict
from habitue.signals.behaviour.visits import read_visits

_AS_OF, _SOON = dt.datetime(2024, 6, 1), dt.datetime(2024, 5, 5)


def test_a_customer_with_a_hundred_thousand_events(order_lines, quick_spec) -> None:
    size, rng = 100_000, np.random.default_rng(0)
    at = np.datetime64("2024-01-01", "us") + np.sort(rng.integers(0, 140 * 86_400, size)).astype("timedelta64[s]")
    events = pa.table({
        "customer_id": ["ann"] * size,
        "event": pa.array(rng.choice(["view", "cart", "list", "search"], size)),
        "product_id": pa.array(rng.choice(["p0", "p1", "p2"], size)),
        "happened_at": at,
    })  # fmt: skip
    with Shop.from_tables({"order_lines": order_lines([("ann", 0), ("bob", 3)]), "events": events}) as shop:
        visits = read_visits(shop, _AS_OF)
        table = predict.run(shop, _AS_OF, spec=quick_spec)["behaviour"]
    assert len(visits.code) == size
    told = table.to_pylist()
    assert [row["customer_id"] for row in told] == ["ann", "bob"]
    assert told[0]["next_category"] in ("c0", "c1")
    assert told[1]["next_action"] is None  # bob ordered without a visit


def test_all_customers_with_one_event(shop_of_events, quick_spec) -> None:
    shop = shop_of_events([(f"c{number:03d}", number * 60, "view", "p1", None) for number in range(200)])
    found = predict.run(shop, dt.datetime(2024, 4, 1), spec=quick_spec)
    assert found["behaviour"].num_rows == 201
    assert {row["intent"] for row in found["behaviour"].to_pylist()} == {None}
    step = {row["step"]: row["visits"] for row in found["behaviour_funnel"].to_pylist() if row["split"] == "all"}
    assert step == {"visit": 200, "view": 200}


def test_no_products_in_events(shop_of_events, quick_spec) -> None:
    shop = shop_of_events(
        [(f"c{who:02d}", 6000 * turn + who, "view", None, None) for who in range(40) for turn in range(15)]
    )
    found = predict.run(shop, _SOON, spec=quick_spec)
    assert set(found["behaviour"]["next_category"].to_pylist()) == {None}
    assert all(row["days_to_next_visit"] > 0 for row in found["behaviour"].to_pylist())


def test_times_that_are_days(shop_of_events, quick_spec) -> None:
    events = [
        (f"c{who:02d}", 1440 * day - 540, event, "p1", None)
        for who in range(40)
        for day in range(who % 3, 60, 5)
        for event in (("order", "cart", "view") if (who + day) % 2 else ("view",))
    ]
    shop = shop_of_events(events)
    visits = read_visits(shop, _AS_OF)
    assert visits.by_day
    assert visits.buys.mean() == pytest.approx(0.5, abs=0.05)
    assert visits.length[visits.buys].tolist() == [2] * int(visits.buys.sum())  # the order counts as the day's end
    found = predict.run(shop, _AS_OF, spec=quick_spec)
    assert set(found["behaviour"]["best_hour"].to_pylist()) == {None}


def test_values_that_are_no_numbers_and_names_that_are_blank(shop_of_events, quick_spec) -> None:
    events = [(f"c{who:02d}", 6000 * turn, "view", "p1", "") for who in range(30) for turn in range(15)]
    value = pa.array([np.nan, np.inf, -3.0] * 150, pa.float64())
    blank = pa.array([None, "phone", ""] * 150, pa.string())
    shop = shop_of_events(events, value=value, device=blank)
    found = predict.run(shop, _SOON, spec=quick_spec)
    assert all(row["days_to_next_visit"] > 0 for row in found["behaviour"].to_pylist())


def test_records_too_short_to_tell_when_leave_it_open(shop_of_events, quick_spec) -> None:
    shop = shop_of_events([(f"c{who:02d}", 900 * turn, "view", "p0", None) for who in range(30) for turn in range(4)])
    found = predict.run(shop, dt.datetime(2024, 3, 9), spec=quick_spec)
    told = [row for row in found["behaviour"].to_pylist() if row["customer_id"] != "ann"]
    assert {row["next_visit_at"] for row in told} == {None}
    assert {row["next_category"] for row in told} == {"c0"}


def test_nobody_came(shop_of_events) -> None:
    shop = shop_of_events([("ann", 0, "view", "p1", None)])
    with pytest.raises(NotEnoughData, match="No customer had come"):
        predict.learn(shop, dt.datetime(2024, 1, 1))
