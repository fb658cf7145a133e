"""The whole recommender on planted worlds: order, new products, empty and long histories, state, small shops."""

import numpy as np
import pytest
from scipy import sparse

from habitue.errors import ConfigError
from habitue.models.recommend.blending import Blend
from habitue.models.recommend.histories import Histories
from habitue.models.recommend.maker import Items
from habitue.models.recommend.ranking import Ranker
from habitue.models.recommend.roster import ROSTER
from habitue.models.recommend.stack import Stack
from habitue.models.recommend.testing import chain_world, checkerboard_world


def brands(products, kinds=10):
    table = (np.ones(products, np.float32), (np.arange(products), np.arange(products) // (products // kinds)))
    return Items(products, attributes=sparse.csr_array(table, shape=(products, kinds)))


@pytest.fixture(scope="module")
def chain():
    return chain_world(customers=1_200, products=100)


@pytest.fixture(scope="module")
def stack(chain):
    return Stack().fit(chain, brands(100))


def test_a_planted_chain_is_found(stack):
    asked = Histories.from_lists([[product] for product in range(100)], n_items=100)
    found = stack.candidates(asked, 5)
    assert isinstance(stack.ranker, Ranker)
    assert (found.items[:, 0] == (np.arange(100) + 1) % 100).mean() > 0.9
    assert (np.diff(found.scores, axis=1) <= 0).all()


def test_long_short_and_empty_histories_are_answered_together(stack):
    draw = np.random.default_rng(0)
    long = draw.integers(0, 60, 100_000).tolist()
    asked = Histories.from_lists([long, [], [4], [7, 7, 7]], n_items=100)
    found = stack.candidates(asked, 10)
    assert (found.items[2] == stack.candidates(asked.take([2]), 10).items[0]).all()
    assert (found.items[1] >= 0).all()
    assert (found.items[0][found.items[0] >= 0] >= 60).all()
    seen = stack.candidates(asked, 10, skip_seen=False)
    assert (seen.items[[0, 2, 3]] >= 0).all()
    sales = stack.popular.sales
    assert sales[found.items[1]].min() >= np.sort(sales)[-10]


def test_scores_of_pairs_are_those_of_candidates(stack, chain):
    asked = chain.take(np.arange(50))
    found = stack.candidates(asked, 8)
    told = stack.score_pairs(asked, found.items)
    assert np.allclose(told[found.items >= 0], found.scores[found.items >= 0], rtol=1e-4)
    assert (stack.score_pairs(asked, np.full((50, 2), -1, np.int32)) == 0).all()


def test_made_again_from_its_state_it_answers_the_same(stack, chain):
    asked = chain.take(np.arange(80))
    again = Stack.from_state(stack.state())
    first, second = (each.candidates(asked, 10) for each in (stack, again))
    assert np.array_equal(first.items, second.items)
    assert np.array_equal(first.scores, second.scores)


def test_the_same_seed_learns_the_same(chain):
    some = chain.take(np.arange(900))
    one, other = (Stack(ROSTER[:1]).fit(some, Items(100)) for _ in range(2))
    assert isinstance(one.ranker, Ranker)
    assert np.array_equal(one.candidates(some, 10).items, other.candidates(some, 10).items)
    assert np.array_equal(one.candidates(some, 10).scores, other.candidates(some, 10).scores)


def test_reasons_name_the_event_that_counts(stack):
    asked = Histories.from_lists([[50, 20], [31]], n_items=100)
    told = stack.reasons(asked, np.array([21, 32], np.int32))
    assert told[0][0].place == 1
    assert told[1][0].place == 0
    for shares in told:
        assert 0 < sum(share.share for share in shares) <= 1 + 1e-6
    assert stack.reasons(Histories.from_lists([[]], n_items=100), np.array([3], np.int32)) == [[]]


def test_new_products_are_reached_by_their_attributes():
    products, kinds = 300, 30
    draw = np.random.default_rng(1)
    new = np.zeros(products, bool)
    new[::10] = True
    old = np.flatnonzero(~new)
    rows = [draw.choice(old[old // 10 == kind], 6, replace=False).tolist() for kind in draw.integers(kinds, size=2_000)]
    world = Histories.from_lists(rows, n_items=products)
    items = brands(products, kinds)
    stack = Stack().fit(world, items)
    asked = world.take(np.arange(300))
    found = stack.candidates(asked, 10).items
    fresh = np.where(found >= 0, new[found], False)
    assert fresh.any(axis=1).mean() > 0.5
    own = (found // 10 == (asked.newest() // 10)[:, None]) | ~fresh
    assert own.mean() > 0.95
    ids = Stack().fit(world, Items(products)).candidates(asked, 10).items
    assert not new[ids[ids >= 0]].any()


def test_validation_and_test_items_are_not_learnt_from(chain):
    held = chain.take(np.arange(150)).without_last()
    stack = Stack(refit=False).fit(held, brands(100))
    assert np.array_equal(stack.shelf.counts, held.without_last().counts())
    whole = Stack(refit=True).fit(held, brands(100))
    assert np.array_equal(whole.shelf.counts, held.counts())


def test_a_small_shop_gets_a_blend():
    world, items = checkerboard_world(customers=60)
    stack = Stack().fit(world, items)
    assert isinstance(stack.ranker, Blend)
    found = stack.candidates(world, 3).items
    assert ((found % 2) == (np.arange(60) % 2)[:, None]).mean() > 0.95
    again = Stack.from_state(stack.state())
    assert np.array_equal(again.candidates(world, 3).items, found)


def test_steps_in_time_and_products_bought_again():
    draw = np.random.default_rng(2)
    rows, days = [], []
    for _ in range(400):
        staple = int(draw.integers(30))
        times = np.sort(draw.uniform(0, 120, 12))
        rows.append([staple if draw.random() < 0.7 else int(draw.integers(30)) for _ in times])
        days.append(times)
    world = Histories.from_lists(rows, n_items=30, days=days)
    stack = Stack(horizon_days=20.0, repeats=True, earlier=3).fit(world, Items(30))
    found = stack.candidates(world, 1, skip_seen=False).items[:, 0]
    most = np.array([np.bincount(row).argmax() for row in rows])
    assert (found == most).mean() > 0.5


def test_tiny_shops_are_no_errors():
    for lists, n_items in (([[0]], 1), ([[]], 3), ([[0, 1]], 2), ([[0], [1]], 2)):
        world = Histories.from_lists(lists, n_items=n_items)
        found = Stack().fit(world, Items(n_items)).candidates(world, 3)
        assert found.items.shape == (len(lists), 3)
    with pytest.raises(ConfigError):
        Stack().candidates(chain_world(), 3)
