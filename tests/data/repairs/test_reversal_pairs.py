"""Pairing of negative lines with sales: read off, and against a plain second way of doing it."""

import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st

from habitue.data.repairs.reversals import take_back

MARCH = dt.datetime(2024, 3, 1)

lines = st.lists(
    st.tuples(st.integers(1, 2), st.integers(1, 4), st.sampled_from([1.0, 2.0, 3.0, 0.1, 0.3, -1.0, -2.0, -0.2, -3.0])),
    max_size=40,
).map(lambda rows: sorted(rows, key=lambda row: row[0]))


def slowly(rows):
    """Do the same by looking at every earlier sale every time."""
    left, finished_by, taken = {}, [-1] * len(rows), [-1] * len(rows)
    for place, (group, order, quantity) in enumerate(rows):
        if quantity > 0:
            left[place] = quantity
            continue
        fits = [sale for sale in left if rows[sale][0] == group and left[sale] >= -quantity]
        rank = {sale: (rows[sale][1] == order, left[sale] == -quantity, sale) for sale in fits}
        if fits:
            sale = max(fits, key=rank.get)
            taken[place] = sale
            left[sale] = round(left[sale] + quantity, 9)
            if not left[sale]:
                del left[sale]
                finished_by[sale] = place
    return finished_by, taken


@given(lines)
@settings(max_examples=300, deadline=None)
def test_pairs_are_those_of_the_plain_way(rows):
    finished_by, taken = take_back(iter(rows), len(rows))
    assert (finished_by.tolist(), taken.tolist()) == slowly(rows)


def test_an_equal_sale_is_preferred_to_a_later_larger_one(repair):
    rows = [
        {"ordered_at": MARCH, "quantity": 2.0},
        {"ordered_at": MARCH.replace(day=2), "quantity": 5.0},
        {"ordered_at": MARCH.replace(day=3), "quantity": -2.0},
        {"ordered_at": MARCH.replace(day=4), "quantity": -2.0},
        {"ordered_at": MARCH.replace(day=5), "quantity": -3.0},
        {"ordered_at": MARCH.replace(day=6), "quantity": -1.0},
    ]
    outcome = repair(rows)
    assert outcome.column("reversal_of") == [None, None, 1, 2, 2, None]
    assert outcome.column("reversed_at") == [MARCH.replace(day=3), MARCH.replace(day=5), None, None, None, None]


def test_pairs_stay_within_customer_product_and_time(repair):
    rows = [
        {"ordered_at": MARCH, "quantity": -1.0},
        {"ordered_at": MARCH.replace(day=2), "customer_id": "bob"},
        {"ordered_at": MARCH.replace(day=2), "product_id": "cup"},
        {"ordered_at": MARCH.replace(day=3), "quantity": -1.0},
        {"ordered_at": MARCH.replace(day=4), "customer_id": None},
        {"ordered_at": MARCH.replace(day=5), "customer_id": None, "quantity": -1.0},
    ]
    assert set(repair(rows).column("reversal_of")) == {None}


def test_a_copy_is_not_taken_back_and_an_own_order_goes_first(repair):
    rows = [
        {"order_id": "1", "ordered_at": MARCH},
        {"order_id": "1", "ordered_at": MARCH},
        {"order_id": "2", "ordered_at": MARCH.replace(day=2)},
        {"order_id": "1", "ordered_at": MARCH.replace(day=3), "quantity": -1.0},
        {"order_id": "9", "ordered_at": MARCH.replace(day=4), "quantity": -1.0},
        {"order_id": "9", "ordered_at": MARCH.replace(day=5), "quantity": -1.0},
    ]
    assert repair(rows).column("reversal_of") == [None, None, None, 1, 3, None]
    assert repair(rows, duplicates="keep").column("reversal_of") == [None, None, None, 2, 3, 1]


def test_a_return_that_arrives_late_is_known_late(repair):
    arrived = MARCH.replace(day=20)
    rows = [
        {"ordered_at": MARCH, "ingested_at": MARCH},
        {"ordered_at": MARCH.replace(day=2), "ingested_at": arrived, "quantity": -1.0},
    ]
    assert repair(rows).column("reversed_at") == [arrived, None]


def test_a_days_returns_follow_its_sales(repair):
    rows = [{"ordered_at": MARCH, "quantity": -1.0}, {"ordered_at": MARCH}]
    assert repair(rows).column("reversal_of") == [2, None]
