"""Buying again: planted rhythms found, the due before the just bought, chances that come true; the rules of makers."""

import numpy as np
import pytest

from habitue.errors import DataError
from habitue.models.recommend.histories import Histories
from habitue.models.recommend.maker import Items
from habitue.models.recommend.repurchase import Repurchase
from habitue.models.recommend.testing import check_maker

# Product 0 lasts about 30 days, product 1 about 90, product 2 is bought once in a life; product 3 at random moments.
MEAN_DAYS = {0: 30.0, 1: 90.0}


def planted(customers=400, days=720.0, seed=0):
    draw = np.random.default_rng(seed)
    rows = []
    for _ in range(customers):
        events = [(float(draw.uniform(0, days)), 2)]
        for product, mean in MEAN_DAYS.items():
            day = float(draw.uniform(0, mean))
            while day < days and draw.random() > 0.02:
                events.append((day, product))
                day += float(draw.gamma(20, mean / 20))
        events += [(float(day), 3) for day in draw.uniform(0, days, draw.poisson(days / 200))]
        rows.append(sorted(events))
    return Histories.from_lists(
        [[product for _, product in row] for row in rows], n_items=4, days=[[day for day, _ in row] for row in rows]
    )


WORLD = planted()
KNOWN = WORLD.before(600.0)
MAKER = Repurchase(horizon=30.0, today=600.0).fit(KNOWN, Items(4))


def test_repurchase_keeps_the_rules_of_makers():
    check_maker(Repurchase, personal=False)


def test_the_due_come_before_the_just_bought_and_the_durable():
    days = [[500.0, 530.0, 560.0, 575.0, 575.0], [500.0, 530.0, 560.0, 598.0, 598.0]]
    asked = Histories.from_lists([[0, 0, 0, 0, 2], [0, 0, 0, 0, 2]], n_items=4, days=days)
    due = Repurchase(horizon=7.0, today=600.0).fit(KNOWN, Items(4)).scores(asked)
    assert due[0, 0] > 5 * due[1, 0]
    assert due[:, 2].max() < 0.02
    assert (due[:, [1, 3]] == 0).all()
    found = MAKER.candidates(asked, 4, skip_seen=False)
    assert found.items.tolist() == [[0, 2, -1, -1]] * 2
    assert (MAKER.candidates(asked, 4).items == -1).all()


@pytest.mark.parametrize("product", [0, 1, 3])
def test_chances_come_true(product):
    chance = MAKER.scores(KNOWN)[:, product]
    bought = np.zeros(len(WORLD))
    after = WORLD.before(630.0).items_since(600.0)
    bought[np.unique(after.rows[after.items == product])] = 1
    bought[chance == 0] = 0
    # Of those overdue, some have quit: their chances are somewhat high where rhythms are strict.
    assert chance.sum() == pytest.approx(bought.sum(), rel=0.25)
    high = chance > np.median(chance[chance > 0])
    if product == 1:  # a rhythm of 90 days tells who is due within 30
        assert bought[high].mean() > 3 * bought[~high & (chance > 0)].mean()


def test_usual_gaps_are_those_planted():
    rows = np.flatnonzero((KNOWN.seen().toarray() > 0).all(axis=1))[:50]
    asked = KNOWN.take(rows)
    gap, since = MAKER.usual_gaps(asked, np.tile(np.array([0, 1, -1], np.int32), (rows.size, 1)))
    assert np.median(gap[:, 0]) == pytest.approx(30, rel=0.1)
    assert np.median(gap[:, 1]) == pytest.approx(90, rel=0.15)
    newest = [600 - asked.days[(asked.rows == row) & (asked.items == 0)].max() for row in range(rows.size)]
    assert np.allclose(since[:, 0], newest, atol=1e-3)
    assert (gap[:, 2] == -1).all()


def test_a_keen_customer_and_a_liked_product_count_more():
    draw = np.random.default_rng(1)
    rows = [draw.choice(np.array([each % 10 + 10, each % 10]), 12, p=[0.9, 0.1]).tolist() for each in range(200)]
    rows += [[*range(10, 20), 5, 6] for _ in range(100)]  # these never buy the same again
    world = Histories.from_lists(rows, n_items=20)
    maker = Repurchase(horizon=1.0).fit(world, Items(20))
    asked = Histories.from_lists([[11, 11, 11, 12], [13, 14, 15, 12]], n_items=20)
    scores = maker.scores(asked)
    assert scores[0, 12] > scores[1, 12]


def test_without_days_events_are_counted():
    rows = [[0, each % 7 + 1, (each + 3) % 7 + 1] * 4 for each in range(60)]  # product 0 every third event
    world = Histories.from_lists(rows, n_items=8)
    maker = Repurchase(horizon=1.0).fit(world, Items(8))
    asked = Histories.from_lists([[0, 1, 2, 0, 4, 5], [0, 1, 2, 0]], n_items=8)
    scores = maker.scores(asked)
    assert scores[0, 0] > 2 * scores[1, 0]
    with pytest.raises(DataError, match="days"):
        MAKER.scores(asked)


def test_twice_in_one_basket_is_one_purchase():
    once = Histories.from_lists([[0, 1]], n_items=4, days=[[590.0, 595.0]])
    twice = Histories.from_lists([[0, 0, 1]], n_items=4, days=[[590.0, 590.0, 595.0]])
    assert np.allclose(MAKER.scores(once), MAKER.scores(twice))


def test_reasons_are_the_purchases_of_the_product():
    asked = Histories.from_lists([[0, 1, 0]], n_items=4, days=[[500.0, 510.0, 530.0]])
    assert MAKER.reasons(asked, np.array([0], np.int32)) == [[(2, 0.5), (0, 0.5)]]
    assert MAKER.reasons(asked, np.array([3], np.int32)) == [[]]
