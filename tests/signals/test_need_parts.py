"""Parts of the area on arrays: examples in time, cycles, companions, both answers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from habitue.signals.need.candidates import REASON_CODES, candidates_at
from habitue.signals.need.history import History, Shelf, blocks, drawn
from habitue.signals.need.pairs import INPUTS, climate_at, pairs_at
from habitue.signals.need.replenishment import fit_cycles, refills_at
from habitue.signals.need.shopping import shopping_at
from habitue.signals.need.training import Head, choose, examples_at, moments

_SHELF = Shelf(("a", "b", "c", "d"), np.array([0, 0, 1, 2]), ("one", "two", "three"))


def _history(orders: list[tuple[int, float, set[int]]], customers: int) -> History:
    """Orders are (customer, day, products)."""
    orders = sorted(orders, key=lambda each: each[:2])
    items = sparse.lil_matrix((len(orders), 4))
    for at, (_, _, products) in enumerate(orders):
        for product in products:
            items[at, product] = 1.0
    items = items.tocsr()
    categories = sparse.csr_matrix(np.zeros((len(orders), 3)) + (items @ np.eye(3)[_SHELF.category_of] > 0))
    who, when = np.array([o[0] for o in orders], dtype=np.int64), np.array([o[1] for o in orders])
    return History(tuple(f"c{n}" for n in range(customers)), _SHELF, who, when, categories, items)


def test_examples_are_first_orders_after_the_day():
    history = _history([(0, 1, {0}), (0, 12, {2}), (0, 13, {3}), (1, 11, {1}), (2, 2, {0, 2}), (2, 40, {3})], 3)
    found = examples_at(history, moments_like(10.0, 20.0), 10.0)
    # Customer 1 had no past, customer 2 came too late.
    assert found.pairs.who.tolist() == [0]
    assert found.came.tolist() == [[0, 1, 0]]
    assert found.shares.tolist() == [[0, 1, 0]]


def moments_like(day: float, until: float):
    return moments(until, day - 100, until - day)[0]._replace(day=day, until=until)


def test_moments_are_over_by_the_day_and_have_a_past():
    asked = moments(400.0, 100.0, 90.0)
    assert all(each.until <= 400.0 and each.day >= 130.0 for each in asked)
    assert sum(each.until - each.day == 90.0 for each in asked) == 4
    assert moments(110.0, 100.0, 90.0) == []


def test_inputs_are_what_they_say():
    history = _history([(0, 0, {0}), (0, 10, {0, 2}), (0, 20, {2}), (1, 5, {3})], 2)
    pairs = pairs_at(history, climate_at(history, 30.0, 90.0))
    x = {name: pairs.x[0, :, at] for at, name in enumerate(INPUTS)}
    assert x["category_order_share"].tolist() == pytest.approx([2 / 3, 2 / 3, 0])
    assert x["category_recency_days"].tolist()[:2] == [20, 10]
    assert np.isnan(x["category_recency_days"][2])
    assert x["category_in_last_order"].tolist() == [0, 1, 0]
    assert pairs.bought[0].tolist() == [1.5, 1.5, 0]
    assert pairs.breadth[0] == pytest.approx(4 / 3)


def test_cycles_are_drawn_towards_the_products():
    orders = [(who, 30.0 * turn + who, {0}) for who in range(10) for turn in range(6)]
    orders += [(10, 0.5, {0}), (10, 50.5, {0}), (11, 0.0, {0}), (11, 3.0, {3})]
    history = _history(orders, 12)
    cycles = fit_cycles(history, 200.0)
    found = refills_at(history, 200.0, cycles)
    usual = {(who, item): days for who, item, days in zip(found.who, found.product, found.usual_gap_days, strict=True)}
    assert usual[3, 0] == pytest.approx(30, abs=0.5)
    assert 30 < usual[10, 0] < 50
    # One purchase of what others refill has the others' cycle, one of what nobody refills has none.
    assert usual[11, 0] == pytest.approx(30, rel=0.2)
    assert np.isnan(usual[11, 3])


def test_what_goes_together_is_named_to_who_has_half_of_it():
    orders = [(who, float(who), {0, 2}) for who in range(20)] + [(20, 30.0, {0}), (21, 31.0, {3})]
    history = _history(orders, 22)
    shopping = shopping_at(history, 40.0)
    found = candidates_at(history, shopping, np.full((2, 3), 0.5), np.array([20, 21]))
    row, place = np.nonzero(found.there)
    told = zip(found.who[row], found.product[row, place], found.reason[row, place], strict=True)
    named = {(who, item): REASON_CODES[int(why)] for who, item, why in told}
    assert named[20, 0] == "bought_before"
    assert named[20, 2] == "goes_with"
    assert named[21, 2] == "popular"
    assert len(named) == len(row) == found.x.shape[1]


def test_tastes_are_learnt_over_popularity():
    draw = np.random.default_rng(5)
    orders = [
        (who, day + draw.uniform(0, 5), {[0, 2, 3][who % 3] if draw.random() < 0.9 else int(draw.integers(4))})
        for who in range(150)
        for day in range(0, 300, 20)
    ]
    history = _history(orders, 150)
    choice = choose(history, 300.0, 60.0)
    assert choice.split == "later"
    assert choice.judged is not None
    climate = climate_at(history, 300.0, 60.0)
    pairs = pairs_at(history, climate)
    answer = choice.chances.answer(climate, pairs)
    assert (answer.argmax(axis=1) == pairs.who % 3).mean() > 0.97
    popular = Head(several=True, weight=1e9).answer(climate, pairs)
    assert (popular.argmax(axis=1) == pairs.who % 3).mean() < 0.5


@given(st.lists(st.tuples(st.integers(0, 5), st.floats(0, 99), st.sets(st.integers(0, 3), min_size=1)), min_size=1))
@settings(max_examples=25, deadline=None)
def test_shares_add_up_and_chances_lie_between_0_and_1(orders: list[tuple[int, float, set[int]]]):
    history = _history(orders, 6)
    climate = climate_at(history, 100.0, 30.0)
    pairs = pairs_at(history, climate)
    shares = Head(several=False, weight=2.0).answer(climate, pairs)
    chances = Head(several=True, weight=2.0).answer(climate, pairs)
    assert np.allclose(shares.sum(axis=1), 1.0)
    assert ((chances > 0) & (chances < 1)).all()


def test_customers_are_drawn_by_their_ids():
    everybody = [f"c{number:03d}" for number in range(100)]
    some = drawn(everybody, 30)
    assert len(some) == 30
    assert some == sorted(some)
    # Newcomers may take places, but bring nobody in.
    assert set(drawn([*everybody, "zoe"], 30)) - {"zoe"} <= set(some)
    assert [name for block in blocks(everybody, 7) for name in block] == everybody
