"""Events become visits, and a visit's beginning knows nothing of its end."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from habitue.data.shop import Shop
from habitue.signals.behaviour.past import PAST_INPUTS, past_of
from habitue.signals.behaviour.prefixes import Places, input_names, prefixes_after
from habitue.signals.behaviour.visits import CODES, read_visits

_LATER = dt.datetime(2024, 6, 1)


def _named(visits, seen, *names):
    columns = input_names(Places.of(visits))
    return [seen.x[:, columns.index(name)].tolist() for name in names]


def test_events_without_sessions_are_cut_by_half_an_hour_of_silence(shop_of_events) -> None:
    shop = shop_of_events([
        ("ann", 0, "view", "p1", None), ("ann", 30, "cart", "p1", None), ("ann", 61, "view", "p2", None),
        ("bob", 5, "view", "p1", None), (None, 6, "view", "p1", None), (None, 7, "view", "p1", "s1"),
    ])  # fmt: skip
    visits = read_visits(shop, _LATER)
    assert visits.customers.to_pylist() == ["ann", "bob"]
    assert visits.who.tolist() == [-1, 0, 0, 1]
    assert visits.length.tolist() == [1, 2, 1, 1]
    assert visits.session.to_pylist() == ["s1", None, None, None]


def test_an_order_settles_a_visit_and_other_systems_words_are_understood(shop_of_events) -> None:
    shop = shop_of_events([
        ("ann", 0, "Product Viewed", "p1", "s"), ("ann", 1, "add_to_cart", "p1", "s"),
        ("ann", 2, "Order Completed", None, "s"), ("ann", 3, "view", "p2", "s"),
        ("ann", 90, "something else", None, "t"), ("ann", 91, "下单", None, "u"),
    ])  # fmt: skip
    visits = read_visits(shop, _LATER)
    assert visits.buys.tolist() == [True, False, True]
    assert visits.length.tolist() == [2, 1, 0]
    assert [CODES[code] for code in visits.code] == ["view", "cart", "other"]


def test_a_beginning_sees_only_its_own_events(shop_of_events) -> None:
    first = [("ann", 0, "search", None, "s"), ("ann", 1, "view", "p1", "s"), ("ann", 3, "view", "p1", "s")]
    more = [("ann", 4, "cart", "p1", "s"), ("ann", 9, "order", None, "s"), ("ann", 500, "view", "p9", "t")]
    short, long = (read_visits(shop_of_events(events), _LATER) for events in (first, first + more))
    one, two = (prefixes_after(each, past_of(each), Places.of(each), 3) for each in (short, long))
    assert one.x.shape == two.x[:1].shape
    assert np.array_equal(one.x[0], two.x[0], equal_nan=True)
    assert two.buys.tolist() == [1.0]


def test_what_was_done_is_counted_in_order(shop_of_events) -> None:
    visits = read_visits(
        shop_of_events([
            ("ann", 0, "search", None, "s"), ("ann", 1, "view", "p1", "s"), ("ann", 2, "view", "p1", "s"),
            ("ann", 3, "cart", "p1", "s"), ("ann", 4, "view", "p2", "s"),
        ]),
        _LATER,
    )  # fmt: skip
    seen = prefixes_after(visits, past_of(visits), Places.of(visits), 5)
    told = _named(visits, seen, "count_view", "last_view", "before_cart", "basket", "products", "count_same_product")
    assert [each[0] for each in told] == [3.0, 1.0, 1.0, 1.0, 2.0, 1.0]
    (lately,) = _named(visits, seen, "lately_search")
    assert lately[0] == pytest.approx(0.75**4)


def test_a_customer_is_known_only_once_named(shop_of_events) -> None:
    visits = read_visits(
        shop_of_events([
            ("ann", 0, "view", "p1", "early"), ("ann", 1, "order", None, "early"),
            (None, 5000, "view", "p1", "s"), (None, 5001, "view", "p1", "s"), ("ann", 5002, "login", None, "s"),
        ]),
        _LATER,
    )  # fmt: skip
    past, places = past_of(visits), Places.of(visits)
    for after, known in ((2, False), (3, True)):
        seen = prefixes_after(visits, past, places, after)
        (told,), (earlier,) = _named(visits, seen, "known", "past_visits")
        assert told == known
        assert earlier == 1.0 if known else np.isnan(earlier)


def test_the_past_holds_only_visits_that_had_ended(shop_of_events) -> None:
    visits = read_visits(
        shop_of_events([
            ("ann", 0, "view", "p1", "a"), ("ann", 600, "cart", "p1", "a"), ("ann", 300, "view", "p1", "b"),
            ("ann", 700, "view", "p1", "c"),
        ]),
        _LATER,
    )  # fmt: skip
    told = past_of(visits).at(visits.who, visits.begun // 1_000_000)
    assert told[:, PAST_INPUTS.index("past_visits")].tolist() == [0.0, 0.0, 2.0]
    assert told[2, PAST_INPUTS.index("last_visit_left_basket")] == 1.0
    assert told[2, PAST_INPUTS.index("days_since_visit")] == pytest.approx(100 / 1440)


def test_past_shares_are_what_is_counted_by_hand(planted) -> None:
    with Shop.from_tables(planted[0]) as shop:
        visits = read_visits(shop, _LATER)
    past = past_of(visits)
    told = past.at(visits.who, visits.begun // 1_000_000)
    for visit in np.flatnonzero(visits.who >= 0)[:: len(visits) // 7]:
        earlier = (visits.who == visits.who[visit]) & (visits.begun < visits.begun[visit])
        row = dict(zip(PAST_INPUTS, told[visit], strict=True))
        assert row["past_visits"] == earlier.sum()
        assert row["past_orders"] == visits.buys[earlier].sum()
        month = visits.begun[visit] // 1_000_000 - visits.last // 1_000_000 <= 30 * 86_400
        assert row["past_visits_30d"] == (earlier & month).sum()
        if visits.buys[earlier].any():
            last = visits.last[earlier & visits.buys].max()
            assert row["days_since_order"] == pytest.approx((visits.begun[visit] - last) / 86_400e6, abs=1e-4)


def test_a_shop_without_events_has_no_visits(order_lines) -> None:
    with Shop.from_tables({"order_lines": order_lines([("ann", 0)])}) as shop:
        assert read_visits(shop, _LATER) is None
