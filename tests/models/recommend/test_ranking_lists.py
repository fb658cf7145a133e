"""Ranker and blend on candidates whose order is known."""

import numpy as np
import pytest

from habitue.models.recommend.blending import Blend, fit_blend
from habitue.models.recommend.ranking import FEWEST, Groups, Ranker, fit_ranker, ndcg_of

NAMES = ["good:score", "good:share", "good:rank", "noise:score", "noise:share", "noise:rank"]


def groups(customers, seed, *, wide=12):
    draw = np.random.default_rng(seed)
    inputs = draw.random((6, customers, wide)).astype(np.float32)
    hits = np.zeros((customers, wide), bool)
    hits[np.arange(customers), np.argmax(inputs[1] + 0.1 * draw.random((customers, wide)), axis=1)] = True
    there = np.ones((customers, wide), bool)
    there[:, -1] = ~hits[:, :-1].any(axis=1)
    return Groups(inputs, hits, there, np.ones(customers, np.int64))


def test_the_ranker_learns_what_is_taken():
    ranker = fit_ranker([groups(600, 0)], groups(300, 1), NAMES)
    judged = groups(300, 2)
    found = ndcg_of(ranker.scores(judged.inputs, judged.there), judged, k=3).mean()
    assert found > 0.9
    assert next(iter(ranker.importance())) == "good:share"
    again = Ranker.from_state(ranker.state())
    assert np.array_equal(again.scores(judged.inputs, judged.there), ranker.scores(judged.inputs, judged.there))
    assert np.isneginf(ranker.scores(judged.inputs, judged.there)[~judged.there]).all()


def test_too_few_customers_train_no_ranker():
    assert fit_ranker([groups(FEWEST - 1, 0)], groups(300, 1), NAMES) is None
    assert fit_ranker([], groups(300, 1), NAMES) is None


def test_customers_without_a_taken_candidate_teach_nothing():
    some = groups(50, 0)
    none = some._replace(hits=np.zeros_like(some.hits))
    assert len(none.with_hits().hits) == 0
    assert len(some.with_hits().hits) == 50


def test_the_blend_leaves_noise_out():
    blend = fit_blend(groups(400, 3), NAMES)
    assert blend.weights["good"] == 1.0
    assert blend.weights.get("noise", 0) <= 0.1
    judged = groups(100, 4)
    again = Blend.from_state(blend.state())
    assert np.array_equal(again.scores(judged.inputs, judged.there), blend.scores(judged.inputs, judged.there))
    empty = fit_blend(groups(400, 3).with_hits()._replace(hits=np.zeros((0, 12), bool)), NAMES)
    assert set(empty.weights) == {"good", "noise"}


def test_equal_scores_win_nothing():
    judged = groups(4_000, 5)
    flat = np.where(judged.there, 0.0, -np.inf).astype(np.float32)
    by_chance = (1 / np.log2(np.arange(3) + 2)).sum() / judged.there.sum(axis=1).mean()
    assert ndcg_of(flat, judged, k=3).mean() == pytest.approx(by_chance, rel=0.1)
