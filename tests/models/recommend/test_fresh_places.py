"""Places of new products in lists: where they come to stand, and what that may cost."""

import numpy as np
import pytest

from habitue.models.recommend.fresh import FreshPlaces, fit_fresh_places
from habitue.models.recommend.ranking import Groups


def table(count=30, new=(20, 25, 28)):
    scores = -np.arange(count, dtype=np.float32)[None]
    fresh = np.zeros(scores.shape, bool)
    fresh[0, list(new)] = True
    return scores, fresh, np.zeros(scores.shape)


def test_the_last_place_of_each_ten_is_a_new_product():
    order = FreshPlaces(30.0, 1).order(*table())[0]
    assert order[[9, 19, 28]].tolist() == [20, 25, 28]
    assert order[:9].tolist() == list(range(9))
    assert sorted(order.tolist()) == list(range(30))


def test_a_shorter_list_is_the_start_of_a_longer_one():
    two = FreshPlaces(30.0, 2).order(*table())[0]
    assert two[[8, 9, 18]].tolist() == [20, 25, 28]


def test_new_products_that_stand_higher_stay_there():
    order = FreshPlaces(30.0, 1).order(*table(new=(2, 5, 25)))[0]
    assert order[[2, 5]].tolist() == [2, 5]
    assert order.tolist() == list(range(30))


@pytest.mark.parametrize(("lift", "at"), [(4.0, 16), (100.0, 0)])
def test_without_places_the_lift_says_how_far(lift, at):
    order = FreshPlaces(lift).order(*table(new=(20,)))[0]
    assert abs(int(np.flatnonzero(order == 20)[0]) - at) <= 1


def test_nothing_new_leaves_the_order():
    scores, fresh, ties = table(new=())
    assert FreshPlaces(5.0, 1).order(scores, fresh, ties)[0].tolist() == list(range(30))


def test_the_rule_costs_no_more_than_is_given():
    draw = np.random.default_rng(0)
    scores = np.sort(draw.normal(size=(2_000, 40)), axis=1)[:, ::-1].astype(np.float32)
    fresh = np.zeros(scores.shape, bool)
    fresh[:, 20:26] = True
    hits = np.zeros(scores.shape, bool)
    hits[np.arange(2_000), np.minimum(draw.geometric(0.15, 2_000) - 1, 39)] = True
    groups = Groups(np.empty((0, *scores.shape), np.float32), hits, np.ones_like(hits), np.ones(2_000, np.int64))
    rule, plain, found = fit_fresh_places(scores, fresh, groups, 0.03)
    assert plain.fresh == 0
    assert found.fresh > 0.1
    assert found.others >= 0.97 * plain.others
    assert rule.lift > 0
    none, _, same = fit_fresh_places(scores, fresh, groups, 0.0)
    assert none == FreshPlaces()
    assert same == plain
