"""Popularity: decay by days, by category, and the rules of all makers."""

import numpy as np

from habitue.models.recommend.histories import Histories
from habitue.models.recommend.maker import Items
from habitue.models.recommend.popular import Popular
from habitue.models.recommend.testing import check_maker


def test_popularity_keeps_the_rules_of_makers():
    check_maker(Popular, personal=False)
    check_maker(lambda: Popular(half_life_days=2.0), personal=False)
    check_maker(lambda: Popular(by_category=True))


def test_what_sold_lately_counts_more():
    world = Histories.from_lists([[0, 0, 1], [0]], n_items=2, days=[[0.0, 1.0, 30.0], [2.0]])
    asked = Histories.from_lists([[]], n_items=2)
    assert Popular().fit(world, Items(2)).candidates(asked, 2).items.tolist() == [[0, 1]]
    decayed = Popular(half_life_days=5.0).fit(world, Items(2))
    assert decayed.candidates(asked, 2).items.tolist() == [[1, 0]]
    assert np.isclose(decayed.sales[0] / decayed.sales[1], 0.5**6 + 0.5**5.8 + 0.5**5.6)


def test_in_each_category_what_sells_there():
    world = Histories.from_lists([[0, 2], [0, 3], [0, 3]], n_items=5)
    items = Items(5, categories=np.array([0, 0, 1, 1, -1], np.int32))
    maker = Popular(by_category=True).fit(world, items)
    asked = Histories.from_lists([[2], [1], [4], []], n_items=5)
    assert maker.candidates(asked, 1).items[:, 0].tolist() == [3, 0, 0, 0]


def test_seen_products_make_room_for_the_next():
    world = Histories.from_lists([[0, 1, 2], [0, 1], [0]], n_items=4)
    maker = Popular().fit(world, Items(4))
    asked = Histories.from_lists([[0], [0, 1, 2]], n_items=4)
    assert maker.candidates(asked, 2).items.tolist() == [[1, 2], [-1, -1]]
    assert maker.candidates(asked, 2, skip_seen=False).items.tolist() == [[0, 1], [0, 1]]
