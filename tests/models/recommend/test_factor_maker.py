"""Factors: planted tastes found again, vectors that solve their equations, and the rules of all makers."""

import numpy as np
import pytest

from habitue.models.recommend.factors import ImplicitFactors, _best_of_wide
from habitue.models.recommend.histories import Histories
from habitue.models.recommend.maker import Items, best_of
from habitue.models.recommend.testing import chain_world, check_maker, checkerboard_world


def small(**settings):
    return ImplicitFactors(factors=8, rounds=5, **settings)


def test_factors_keep_the_rules_of_makers():
    check_maker(small)
    check_maker(lambda: small(places=None, visits=True))


def test_three_planted_tastes_are_found_from_one_product():
    draw = np.random.default_rng(3)
    rows = [draw.choice(np.arange(20) + 20 * (each % 3), 6, replace=False).tolist() for each in range(300)]
    maker = small().fit(Histories.from_lists(rows, n_items=60), Items(60))
    asked = Histories.from_lists([[product] for product in range(60)], n_items=60)
    found = maker.candidates(asked, 10).items
    assert (found // 20 == np.arange(60)[:, None] // 20).mean() > 0.95


@pytest.mark.parametrize("length", [1, 3, 30, 64, 90])
def test_a_folded_in_vector_solves_its_equations(length):
    draw = np.random.default_rng(0)
    rows = [draw.choice(120, 10, replace=False).tolist() for _ in range(200)]
    maker = small().fit(Histories.from_lists(rows, n_items=120), Items(120))
    asked = Histories.from_lists([[5], draw.choice(120, length, replace=False).tolist(), []], n_items=120)
    vectors, presence = maker.vectors.astype(np.float64), asked.decayed(maker.places).toarray().astype(np.float64)
    presence[presence < 1e-5] = 0
    for row, found in enumerate(maker.fold_in(asked)):
        system = vectors.T @ vectors + np.eye(vectors.shape[1]) + (vectors * (20 * presence[row])[:, None]).T @ vectors
        assert np.allclose(found, np.linalg.solve(system, 21 * presence[row] @ vectors), atol=1e-4)


def test_rounds_bring_the_loss_down_to_where_exact_solving_brings_it():
    world, _ = checkerboard_world()
    seen = world.seen().toarray().astype(np.float64)

    def loss(vectors):
        people = np.stack([np.linalg.solve(_system(vectors, row), 21 * row @ vectors) for row in seen])
        off = (seen - people @ vectors.T) ** 2 * (1 + 20 * seen)
        return off.sum() + (people**2).sum() + (vectors**2).sum()

    vectors = np.random.default_rng(0).standard_normal((40, 2)) * 0.1
    for _ in range(5):
        people = np.stack([np.linalg.solve(_system(vectors, row), 21 * row @ vectors) for row in seen])
        vectors = np.stack([np.linalg.solve(_system(people, row), 21 * row @ people) for row in seen.T])
    ours = small().fit(world, Items(40)).vectors.astype(np.float64)
    assert loss(ours) < 1.02 * loss(vectors)


def _system(vectors, row):
    return vectors.T @ vectors + np.eye(vectors.shape[1]) + (vectors * (20 * row)[:, None]).T @ vectors


def test_blocks_change_nothing(monkeypatch):
    world = chain_world()
    whole = small().fit(world, Items(world.n_items))
    monkeypatch.setattr("habitue.models.recommend.factors._TABLE", 500)
    parts = small().fit(world, Items(world.n_items))
    assert np.allclose(whole.vectors, parts.vectors, atol=1e-3)
    assert np.allclose(whole.scores(world), whole.fold_in(world) @ whole.vectors.T, atol=1e-4)


def test_reasons_add_up_to_the_score():
    world = chain_world()
    maker = small().fit(world, Items(world.n_items))
    asked = Histories.from_lists([[7, 8, 9]], n_items=world.n_items)
    item = maker.candidates(asked, 1).items[:, 0]
    (shares,) = maker.reasons(asked, item)
    assert sum(share.share for share in shares) == pytest.approx(1.0)
    presence = asked.decayed(maker.places)
    vectors = maker.vectors.astype(np.float64)
    own = vectors[presence.indices]
    system = vectors.T @ vectors + np.eye(vectors.shape[1]) + (own * (20 * presence.data)[:, None]).T @ own
    parts = 21 * presence.data * (own @ np.linalg.solve(system, vectors[item[0]]))
    assert parts.sum() == pytest.approx(float(maker.scores(asked)[0, item[0]]), rel=1e-3)
    assert shares[0].share == pytest.approx(parts.max() / parts[parts > 0].sum(), rel=1e-3)


def test_the_best_of_wide_tables_are_the_best():
    table = np.random.default_rng(1).standard_normal((5, 5000)).astype(np.float32)
    table[2] = 0
    table[3, 4990:] = 9.0
    found, expected = _best_of_wide(table, 10, seed=3), best_of(table, 10, seed=3)
    assert np.array_equal(found.scores, expected.scores)
    distinct = [0, 1, 2, 4]
    assert np.array_equal(found.items[distinct], expected.items[distinct])
    assert set(found.items[3].tolist()) == set(range(4990, 5000))
