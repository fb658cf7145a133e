"""Planted complements and substitutes told apart; nothing found where nothing was planted; the rules of all makers."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from habitue.errors import DataError
from habitue.models.recommend.histories import Histories
from habitue.models.recommend.maker import Items
from habitue.models.recommend.testing import check_maker
from habitue.models.recommend.together import BoughtTogether, Substitutes, relations

# 0 and 1 go into one basket; 2 and 3 stand in for each other; 4 to 29 are bought at random.
PRODUCTS = 30


def planted(customers=400, seed=0, *, plant=True):
    draw = np.random.default_rng(seed)
    rows, days = [], []
    for _ in range(customers):
        fan, row, when = draw.random() < 0.4, [], []
        for visit in range(int(draw.integers(3, 9))):
            basket = set(draw.choice(np.arange(4, PRODUCTS), int(draw.integers(1, 5)), replace=False).tolist())
            if plant and draw.random() < 0.25:
                basket |= {0, 1} if draw.random() < 0.7 else {int(draw.integers(2))}
            if plant and fan and draw.random() < 0.7:
                basket.add(2 if draw.random() < 0.5 else 3)  # one of the two, never both
            row += sorted(basket)
            when += [float(visit)] * len(basket)
        rows.append(row)
        days.append(when)
    return Histories.from_lists(rows, n_items=PRODUCTS, days=days)


WORLD = planted()
FOUND = relations(WORLD, Items(PRODUCTS))


class InBaskets(BoughtTogether):
    """Learns as if three days were one visit."""

    def fit(self, histories, items, *, seed=0, baskets=None):
        if histories.days is not None:
            histories = replace(histories, days=np.floor(histories.days / 3))
        return super().fit(histories, items, seed=seed, baskets=baskets)


def test_together_and_instead_keep_the_rules_of_makers():
    check_maker(lambda: InBaskets(certainty=0.8))
    check_maker(Substitutes)


def test_without_baskets_nothing_is_bought_together():
    check_maker(BoughtTogether, personal=False)
    alone = Histories(WORLD.starts, WORLD.items, PRODUCTS)
    assert relations(alone, Items(PRODUCTS)).complements.nnz == 0


def test_complements_are_those_planted():
    assert (FOUND.complements[0, 1], FOUND.complements[1, 0]) > (2, 2)
    rows, columns = FOUND.complements.nonzero()
    assert set(zip(rows.tolist(), columns.tolist(), strict=True)) == {(0, 1), (1, 0)}


def test_substitutes_are_those_planted():
    assert FOUND.substitutes[2, 3] > 0.5
    rows, columns = FOUND.substitutes.nonzero()
    assert set(zip(rows.tolist(), columns.tolist(), strict=True)) == {(2, 3), (3, 2)}


@pytest.mark.parametrize("seed", range(3))
def test_where_nothing_was_planted_next_to_nothing_is_found(seed):
    found = relations(planted(seed=seed, plant=False), Items(PRODUCTS))
    assert found.complements.nnz <= 2
    assert found.substitutes.nnz <= 2


def test_lift_is_counted_against_baskets_of_these_sizes():
    baskets = {(row, day): set() for row, day in zip(WORLD.rows.tolist(), WORLD.days.tolist(), strict=True)}
    for row, day, item in zip(WORLD.rows.tolist(), WORLD.days.tolist(), WORLD.items.tolist(), strict=True):
        baskets[row, day].add(item)
    sizes = np.array([len(each) for each in baskets.values()], float)
    both = sum({0, 1} <= each for each in baskets.values())
    one, other = (sum(product in each for each in baskets.values()) for product in (0, 1))
    chance = one * other * (sizes * (sizes - 1)).sum() / sizes.sum() ** 2
    assert FOUND.complements[0, 1] == pytest.approx((both + 2) / (chance + 2), rel=1e-5)


def test_substitutes_are_of_one_category_where_categories_are_known():
    apart = np.arange(PRODUCTS, dtype=np.int32)
    assert relations(WORLD, Items(PRODUCTS, categories=apart)).substitutes.nnz == 0
    apart[3] = apart[2]
    assert relations(WORLD, Items(PRODUCTS, categories=apart)).substitutes[2, 3] > 0.5


def test_products_alike_are_substitutes_unless_bought_together():
    kinds = np.zeros((PRODUCTS, 3), np.float32)
    kinds[[0, 1], 0], kinds[[10, 11], 1] = 1, 1
    rows = [[10, 4], [11, 5]] * 50
    world = Histories.from_lists(
        [*rows, *[WORLD.row(each).tolist() for each in range(len(WORLD))]],
        n_items=PRODUCTS,
        days=[*[[0.0, 0.0]] * 100, *[WORLD.days[WORLD.starts[each] : WORLD.starts[each + 1]] for each in range(400)]],
    )
    world = world.without_each((world.rows >= 100) & np.isin(world.items, [10, 11]))
    found = relations(world, Items(PRODUCTS, attributes=sparse.csr_array(kinds)))
    assert found.substitutes[10, 11] > 0.9
    assert found.substitutes[0, 1] == 0  # alike, but they go into one basket
    assert found.complements[0, 1] > 2


def test_vectors_say_what_is_alike_too():
    vectors = np.random.default_rng(0).standard_normal((6, 8)).astype(np.float32)
    vectors[4] = 1.01 * vectors[5]
    world = Histories.from_lists([[0, 4], [1, 5]], n_items=6, days=[[0.0, 0.0], [0.0, 0.0]])
    assert relations(world, Items(6, vectors=vectors)).substitutes[4, 5] > 0.99


def test_basket_numbers_take_the_place_of_days():
    alone = Histories(WORLD.starts, WORLD.items, PRODUCTS)
    number = WORLD.rows * 100 + WORLD.days.astype(np.int64)
    found = relations(alone, Items(PRODUCTS), baskets=number)
    assert np.allclose(found.complements.toarray(), FOUND.complements.toarray())
    assert np.allclose(found.substitutes.toarray(), FOUND.substitutes.toarray())
    maker = BoughtTogether().fit(alone, Items(PRODUCTS), baskets=number)
    asked = Histories.from_lists([[0]], n_items=PRODUCTS)
    assert maker.candidates(asked, 2).items.tolist() == [[1, -1]]
    with pytest.raises(DataError, match="baskets"):
        relations(alone, Items(PRODUCTS), baskets=number[:-1])


def test_blocks_change_nothing(monkeypatch):
    monkeypatch.setattr("habitue.models.recommend.together._PAIRS", 2000)
    found = relations(WORLD, Items(PRODUCTS))
    assert np.allclose(found.complements.toarray(), FOUND.complements.toarray())
    assert np.allclose(found.substitutes.toarray(), FOUND.substitutes.toarray())
