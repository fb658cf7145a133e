"""Chances that are written down are those with which products are shown, and values can be told from them."""

from __future__ import annotations

import numpy as np
import pytest
from tests.actions.recommend.worlds import catalogue_of, pool_of

from habitue.actions.recommend.choosing import choose
from habitue.actions.recommend.exploring import EVEN, chances_of
from habitue.actions.recommend.limits import Past
from habitue.actions.recommend.policy import Policy
from habitue.actions.recommend.rules import Rules
from habitue.models.metrics.off_policy import ips
from habitue.models.metrics.off_policy_log import OffPolicyLog

MANY, SIZE, K = 20_000, 12, 5


def _served(rules, categories=None):
    catalogue = catalogue_of(categories=[0] * SIZE if categories is None else categories)
    one = pool_of(SIZE)
    pool = one._replace(**{name: np.repeat(getattr(one, name), MANY, axis=0) for name in one._fields})
    return choose(pool, Policy(catalogue, rules), K, past=Past(), hide_bought=False, draws=np.arange(MANY))


def test_products_are_shown_as_often_as_their_chance_says():
    chosen = _served(Rules(explore=0.4))
    for place in range(K):
        shown = chosen.items[:, place]
        for item in np.unique(shown):
            here = shown == item
            chance = np.unique(np.round(chosen.chances[here, place], 12))
            assert chance.size == 1  # the same for everybody: all customers are alike here
            assert here.mean() == pytest.approx(chance[0], abs=0.012)
    assert (chosen.chances[:, : K - 2] == 1).all()
    assert (chosen.chances[:, K - 2 :] < 1).all()


def test_chances_add_up_to_one_and_none_is_too_small():
    draw = np.random.default_rng(0)
    scores, open_to = draw.random((50, 8)) ** 9, draw.random((50, 8)) < 0.6
    open_to[:, 0] = True
    chance = chances_of(scores, open_to)
    assert np.allclose(chance.sum(axis=1), 1)
    assert (chance[~open_to] == 0).all()
    assert chance[open_to].min() >= EVEN / 8


def test_the_value_of_another_list_is_told_from_what_was_served():
    chosen = _served(Rules(explore=0.2))
    worth = np.random.default_rng(1).random(SIZE)
    last = chosen.items[:, -1]
    for other in np.unique(last):
        log = OffPolicyLog(worth[last], chosen.chances[:, -1], (last == other).astype(float))
        found = ips(log)
        assert found.value == pytest.approx(worth[other], abs=0.05)


def test_what_is_drawn_keeps_a_cap_that_is_reached():
    categories = [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]
    chosen = _served(Rules(explore=0.6, category_cap=2), categories)
    counts = np.stack([(np.array(categories)[chosen.items] == each).sum(axis=1) for each in range(4)])
    assert counts.max() == 2
    assert (chosen.chances[:, 2:] < 1).any()
    assert (chosen.chances[:, :2] == 1).all()


def test_without_exploring_every_chance_is_one_and_the_best_come():
    chosen = _served(Rules(explore=0.0))
    assert (chosen.chances == 1).all()
    assert (chosen.items == pool_of(SIZE).items[0, :K]).all()
