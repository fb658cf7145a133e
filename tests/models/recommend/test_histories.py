"""Histories and the steps cut from them: what is known never holds what is wanted."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from habitue.errors import DataError
from habitue.models.recommend.histories import Histories
from habitue.models.recommend.steps import hits_and_ndcg, steps_by_place, steps_by_time

LISTS = st.lists(st.lists(st.integers(0, 6), max_size=8), min_size=1, max_size=6)


@given(LISTS)
@settings(max_examples=40, deadline=None)
def test_packing_taking_and_cutting_are_those_of_lists(lists):
    packed = Histories.from_lists(lists, n_items=7)
    assert [packed.row(row).tolist() for row in range(len(lists))] == lists
    assert [packed.without_last(2).row(row).tolist() for row in range(len(lists))] == [row[:-2] for row in lists]
    assert [packed.last(3).row(row).tolist() for row in range(len(lists))] == [row[-3:] for row in lists]
    assert packed.newest().tolist() == [row[-1] if row else -1 for row in lists]
    backwards = packed.take(np.arange(len(lists))[::-1])
    assert [backwards.row(row).tolist() for row in range(len(lists))] == lists[::-1]
    once = packed.distinct()
    for row, had in enumerate(lists):
        assert once.row(row).tolist() == [item for place, item in enumerate(had) if item not in had[place + 1 :]]
    assert np.array_equal(packed.seen().toarray() > 0, once.seen().toarray() > 0)
    none = np.zeros(7, bool)
    none[[1, 2]] = True
    left = packed.without(none)
    assert [left.row(row).tolist() for row in range(len(lists))] == [
        [i for i in row if i not in (1, 2)] for row in lists
    ]
    assert packed.without(packed.seen()).items.size == 0


@given(LISTS, st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_ages_in_visits_count_moments(lists, seed):
    draw = np.random.default_rng(seed)
    days = [np.sort(draw.integers(0, 4, len(row))).astype(float) for row in lists]
    packed = Histories.from_lists(lists, n_items=7, days=days)
    ages = packed.ages_of(visits=True)
    for row, when in enumerate(days):
        mine = ages[packed.starts[row] : packed.starts[row + 1]]
        assert mine.tolist() == [len(set(when[when > day])) for day in when]
    assert np.array_equal(packed.ages_of(), packed.ages)


def test_decay_takes_a_repeated_product_at_its_newest_place():
    table = Histories.from_lists([[0, 1, 0, 2]], n_items=3).decayed(2.0).toarray()[0]
    assert np.allclose(table, np.exp([-0.5, -1.0, 0.0]))


def test_steps_by_place_hide_what_is_wanted():
    world = Histories.from_lists([[0, 1, 2, 3], [4, 5], [6]], n_items=7)
    valid, earlier = steps_by_place(world, earlier=2)
    assert [valid.known.row(row).tolist() for row in range(2)] == [[0, 1, 2], [4]]
    assert [valid.wanted.row(row).tolist() for row in range(2)] == [[3], [5]]
    assert valid.fit_on.row(1).tolist() == [4]
    asked = [(step.known.row(0).tolist(), step.wanted.row(0).tolist()) for step in earlier]
    assert asked == [([0, 1], [2]), ([0], [1])]
    assert all(step.fit_on.row(0).tolist() == step.known.row(0).tolist() for step in earlier)


def test_steps_by_time_keep_the_future_from_everybody():
    rows, days = [[0, 1, 2], [3, 0, 0, 4], [5]], [[0.0, 12.0, 25.0], [1.0, 14.0, 25.0, 26.0], [26.0]]
    world = Histories.from_lists(rows, n_items=6, days=days)
    valid, earlier = steps_by_time(world, 10.0, earlier=3)
    assert valid.fit_on.days.max() < 16.1
    assert [valid.wanted.row(row).tolist() for row in range(len(valid.wanted))] == [[2], [4]]
    assert len(earlier) == 1
    assert [earlier[0].wanted.row(row).tolist() for row in range(2)] == [[1], [0]]
    again, _ = steps_by_time(world, 10.0, repeats=True)
    assert again.wanted.row(1).tolist() == [0, 4]
    with pytest.raises(DataError):
        steps_by_time(Histories.from_lists(rows, n_items=6), 10.0)


def test_ndcg_of_several_wanted_products():
    world = Histories.from_lists([[0, 1, 2]], n_items=6, days=[[0.0, 10.0, 10.5]])
    step, _ = steps_by_time(world, 5.0)
    hit, ndcg = hits_and_ndcg(step, np.array([[3, 1, 2]], np.int32))
    gain = 1 / np.log2([2, 3, 4])
    assert hit.tolist() == [1.0]
    assert ndcg[0] == pytest.approx((gain[1] + gain[2]) / (gain[0] + gain[1]))
    missed = hits_and_ndcg(step, np.array([[-1, -1]], np.int32))
    assert missed[0].tolist() == missed[1].tolist() == [0.0]
