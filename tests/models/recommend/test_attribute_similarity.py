"""Attributes: weights by hand, vectors, new products, and the rules of all makers."""

import numpy as np
import pytest
from scipy import sparse

from habitue.models.recommend.attributes import AttributeNext, AttributeSimilarity
from habitue.models.recommend.histories import Histories
from habitue.models.recommend.maker import Items
from habitue.models.recommend.testing import check_maker


@pytest.mark.parametrize("maker", [AttributeSimilarity, AttributeNext])
def test_attributes_keep_the_rules_of_makers(maker):
    check_maker(maker)
    check_maker(lambda: maker(places=None, popularity=0.0))


def test_rare_attributes_weigh_more():
    table = np.array([[1, 1, 0], [1, 0, 0], [0, 1, 0], [0, 1, 0], [0, 1, 1], [0, 0, 0], [0, 0, 1], [0, 0, 1]])
    items = Items(8, attributes=sparse.csr_array(table))
    maker = AttributeSimilarity(popularity=0.0).fit(Histories.from_lists([[0]], n_items=8), items)
    weight = np.log(8 / (1 + table.sum(axis=0)))
    rows = table * weight
    rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    asked = Histories.from_lists([[4, 0]], n_items=8)
    expected = (rows[0] + np.exp(-0.5) * rows[4]) @ rows.T
    assert np.allclose(maker.scores(asked)[0], expected, atol=1e-5)
    assert maker.candidates(Histories.from_lists([[0]], n_items=8), 1).items[0, 0] == 1


def test_best_sellers_are_lifted_and_new_products_are_not():
    items = Items(4, attributes=sparse.csr_array(np.array([[1, 0], [1, 0], [1, 0], [0, 1]])))
    world = Histories.from_lists([[1, 1, 3], [1]], n_items=4)
    maker = AttributeSimilarity(popularity=0.5).fit(world, items)
    asked = Histories.from_lists([[0]], n_items=4)
    assert maker.candidates(asked, 2).items.tolist() == [[1, 2]]
    assert maker.scores(asked)[0, 1] == pytest.approx(1.5 * maker.scores(asked)[0, 2])
    fresh = maker.among_new(np.array([False, True, True, True]))
    assert fresh.scores(asked)[0].tolist() == pytest.approx([0, *[maker.scores(asked)[0, 2]] * 2, 0])
    assert sorted(fresh.candidates(asked, 3).items[0].tolist()) == [-1, 1, 2]
    assert maker.candidates(asked, 2).items.tolist() == [[1, 2]]


def test_vectors_count_beside_attributes_and_without_them():
    vectors = np.array([[1, 0], [0.9, 0.1], [0, 1], [-1, 0], [0, 0]], np.float32)
    asked = Histories.from_lists([[0], [2]], n_items=5)
    world = Histories.from_lists([[0, 1]], n_items=5)
    bare = AttributeSimilarity().fit(world, Items(5, vectors=vectors))
    assert bare.candidates(asked, 2).items.tolist() == [[1, -1], [1, -1]]
    pairs = np.array([[1, 3, -1], [1, 4, 0]], np.int32)
    told = bare.score_pairs(asked, pairs)
    assert np.allclose(told[:, :2], np.take_along_axis(bare.scores(asked), pairs[:, :2].astype(int), axis=1), atol=1e-6)
    both = Items(5, vectors=vectors, attributes=sparse.csr_array(np.array([[1], [0], [0], [1], [0]])))
    mixed = AttributeSimilarity(vector_share=0.5).fit(world, both)
    assert mixed.scores(asked)[0, 3] > 0
    again = AttributeSimilarity.from_state(mixed.state())
    assert np.array_equal(again.scores(asked), mixed.scores(asked))
    assert mixed.reasons(asked, np.array([1, 1], np.int32))[0][0].place == 0


def test_what_kind_follows_what_kind():
    kinds = np.repeat(np.eye(3, dtype=int), 4, axis=0)
    draw = np.random.default_rng(0)
    rows = [[int(draw.integers(4)), int(4 + draw.integers(4)), int(8 + draw.integers(4))] for _ in range(100)]
    world = Histories.from_lists(rows, n_items=12)
    items = Items(12, attributes=sparse.csr_array(kinds))
    asked = Histories.from_lists([[0], [5]], n_items=12)
    follow = AttributeNext().fit(world, items).candidates(asked, 4).items
    assert (follow[0] // 4).tolist() == [1] * 4
    assert (follow[1] // 4).tolist() == [2] * 4
    alike = AttributeSimilarity().fit(world, items).candidates(asked, 3).items
    assert (alike // 4).tolist() == [[0] * 3, [1] * 3]


def test_an_empty_history_has_no_reasons():
    items = Items(3, attributes=sparse.csr_array(np.eye(3)))
    maker = AttributeSimilarity().fit(Histories.from_lists([[0]], n_items=3), items)
    assert maker.reasons(Histories.from_lists([[]], n_items=3), np.array([1], np.int32)) == [[]]
