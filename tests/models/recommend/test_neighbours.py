"""Neighbours against pairs counted by hand, and the rules of all makers."""

import numpy as np
import pytest

from habitue.models.recommend.histories import Histories
from habitue.models.recommend.maker import Items
from habitue.models.recommend.neighbours import ItemNeighbours, SequentialNeighbours
from habitue.models.recommend.testing import chain_world, check_maker


@pytest.mark.parametrize("maker", [SequentialNeighbours, ItemNeighbours])
def test_neighbours_keep_the_rules_of_makers(maker):
    check_maker(maker)
    check_maker(lambda: maker(places=None))
    check_maker(lambda: maker(visits=True))


def test_a_chain_is_followed_in_its_direction():
    world = chain_world()
    maker = SequentialNeighbours().fit(world, Items(world.n_items))
    asked = Histories.from_lists([[product] for product in range(world.n_items)], n_items=world.n_items)
    found = maker.candidates(asked, 1).items[:, 0]
    assert (found == (np.arange(world.n_items) + 1) % world.n_items).mean() > 0.95


def test_pairs_count_by_gap_and_direction():
    world = Histories.from_lists([[0, 1, 2], [0, 2]], n_items=4)
    maker = SequentialNeighbours(gap_places=2.0, backward=0.25, exponent=0.0, places=None).fit(world, Items(4))
    expected = np.zeros((4, 4))
    for first, second, much in ((0, 1, 1.0), (1, 2, 1.0), (0, 2, np.exp(-0.5)), (0, 2, 1.0)):
        expected[first, second] += much
        expected[second, first] += 0.25 * much
    assert np.allclose(maker.lists.toarray(), expected, atol=1e-6)
    powered = SequentialNeighbours(gap_places=2.0, backward=0.25, exponent=0.3, places=None).fit(world, Items(4))
    rows, columns = (np.where(each > 0, each, 1) ** -0.3 for each in (expected.sum(axis=1), expected.sum(axis=0)))
    assert np.allclose(powered.lists.toarray(), expected * rows[:, None] * columns, atol=1e-6)


def test_shared_customers_over_own_numbers():
    world = Histories.from_lists([[0, 1], [0, 1, 1], [0], [2, 0]], n_items=3)
    maker = ItemNeighbours(exponent=0.5, shrink=2.0, places=None).fit(world, Items(3))
    assert maker.lists[0, 1] == pytest.approx(2 / (np.sqrt(4 * 2) + 2))
    assert maker.lists[0, 2] == pytest.approx(1 / (np.sqrt(4 * 1) + 2))
    assert maker.lists[1, 2] == 0
    assert maker.lists.diagonal().tolist() == [0, 0, 0]


def test_blocks_change_nothing(monkeypatch):
    world = chain_world()
    whole = [kind().fit(world, Items(world.n_items)) for kind in (SequentialNeighbours, ItemNeighbours)]
    monkeypatch.setattr("habitue.models.recommend.neighbours._PAIRS", 50)
    parts = [kind().fit(world, Items(world.n_items)) for kind in (SequentialNeighbours, ItemNeighbours)]
    for one, other in zip(whole, parts, strict=True):
        assert np.allclose(one.lists.toarray(), other.lists.toarray(), rtol=1e-6)


def test_only_the_strongest_neighbours_are_kept(monkeypatch):
    monkeypatch.setattr("habitue.models.recommend.neighbours.NEAREST", 3)
    world = chain_world()
    whole = SequentialNeighbours()
    whole.fit(world, Items(world.n_items))
    kept = np.diff(whole.lists.indptr)
    assert kept.max() == 3
    assert whole.candidates(Histories.from_lists([[7]], n_items=world.n_items), 1).items[0, 0] == 8


def test_gaps_in_visits_treat_one_basket_as_one_moment():
    rows, days = [[0, 1, 2], [0, 1, 3]], [[0.0, 0.0, 5.0], [0.0, 0.0, 9.0]]
    world = Histories.from_lists(rows, n_items=4, days=days)
    maker = SequentialNeighbours(gap_places=1.0, exponent=0.0, backward=0.0, visits=True).fit(world, Items(4))
    assert maker.lists[0, 2] == pytest.approx(maker.lists[1, 2])
    assert maker.lists[0, 2] == pytest.approx(1.0)
    by_event = SequentialNeighbours(gap_places=1.0, exponent=0.0, backward=0.0).fit(world, Items(4))
    assert by_event.lists[0, 2] == pytest.approx(np.exp(-1), rel=1e-5)


def test_the_newest_alone_decides_with_one_event():
    world = chain_world()
    maker = SequentialNeighbours(events=1).fit(world, Items(world.n_items))
    long, short = (Histories.from_lists([row], n_items=world.n_items) for row in ([3, 20, 11], [11]))
    assert np.array_equal(maker.scores(long), maker.scores(short))
