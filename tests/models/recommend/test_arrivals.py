"""New products: which are new, for whom, in what order; and the rules of all makers."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from habitue.models.recommend.arrivals import Arrivals
from habitue.models.recommend.histories import Histories
from habitue.models.recommend.maker import Items
from habitue.models.recommend.testing import check_maker

KINDS = sparse.csr_array(np.array([[1, 0], [0, 1], [1, 0], [0, 1], [1, 0], [1, 0]], np.float32))
SINCE = np.array([0.0, 0.0, 70.0, 90.0, 95.0, 20.0])
WORLD = Histories.from_lists([[0], [1]], n_items=6, days=[[50.0], [100.0]])


class AllNew(Arrivals):
    """Every product arrived on the first day."""

    def fit(self, histories, items, *, seed=0):
        return super().fit(histories, replace(items, since_days=np.zeros(items.n_items)), seed=seed)


def test_arrivals_keep_the_rules_of_makers():
    check_maker(AllNew)
    check_maker(lambda: AllNew(vector_share=0.2, popularity=1.0))


def test_without_first_days_on_sale_the_rules_hold_too():
    check_maker(Arrivals, personal=False)


def test_only_new_products_of_the_customers_kind_come_and_the_newest_first():
    maker = Arrivals(window_days=40.0).fit(WORLD, Items(6, attributes=KINDS, since_days=SINCE))
    assert maker.candidates(WORLD, 3).items.tolist() == [[4, 2, -1], [3, -1, -1]]
    scores = maker.scores(WORLD)
    assert scores[0, 2] / scores[0, 4] == pytest.approx(0.5 ** (25 / maker.launch_days), rel=1e-5)
    assert scores[0, 5] == 0


def test_another_day_has_other_arrivals():
    shop = Items(6, attributes=KINDS, since_days=SINCE)
    maker = Arrivals(window_days=40.0, today=30.0).fit(WORLD, shop)
    assert maker.candidates(WORLD, 2, skip_seen=True).items.tolist() == [[5, -1], [-1, -1]]


def test_the_first_purchase_stands_for_an_unknown_first_day():
    world = Histories.from_lists([[0, 2], [1]], n_items=6, days=[[10.0, 99.0], [100.0]])
    maker = Arrivals(window_days=40.0).fit(world, Items(6, attributes=KINDS))
    assert maker.fresh.tolist() == [1, 2]
    known = Arrivals(window_days=40.0).fit(world, Items(6, attributes=KINDS, since_days=np.full(6, np.nan)))
    assert known.fresh.tolist() == [1, 2]


def test_vectors_find_likeness_where_attributes_are_unknown():
    vectors = np.array([[1, 0], [0, 1], [2, 0.1], [0, 3], [-1, 0], [1, 0]], np.float32)
    maker = Arrivals(window_days=40.0).fit(WORLD, Items(6, vectors=vectors, since_days=SINCE))
    found = maker.candidates(WORLD, 1).items[:, 0]
    assert found.tolist() == [2, 3]
    assert np.allclose(maker.score_pairs(WORLD, found[:, None])[:, 0], maker.scores(WORLD)[[0, 1], found])


def test_held_to_be_new_a_product_comes_as_launched_today():
    maker = Arrivals(window_days=1.0).fit(WORLD, Items(6, attributes=KINDS, since_days=SINCE))
    assert not maker.fresh.size
    pretended = maker.among_new(np.arange(6) == 2)
    assert pretended.candidates(WORLD, 2).items.tolist() == [[2, -1], [-1, -1]]
