import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from habitue.errors import ConfigError, DataError
from habitue.models import metrics
from habitue.models.recommend.histories import Histories


def naive(shown, wanted, k):
    """All figures of one customer, from their definitions."""
    shown = list(shown)[:k]
    hits = [item in wanted and item >= 0 for item in shown]
    precisions = [sum(hits[: place + 1]) / (place + 1) for place in range(len(shown)) if hits[place]]
    best = sum(1 / math.log2(place + 2) for place in range(min(k, len(wanted))))
    return {
        "recall": sum(hits) / len(wanted),
        "precision": sum(hits) / k,
        "ndcg": sum(hit / math.log2(place + 2) for place, hit in enumerate(hits)) / best,
        "average_precision": sum(precisions) / min(k, len(wanted)),
        "reciprocal_rank": next((1 / (place + 1) for place, hit in enumerate(hits) if hit), 0.0),
        "hit": float(any(hits)),
    }


def table(rows, n_items):
    dense = np.zeros((len(rows), n_items))
    for row, wanted in enumerate(rows):
        dense[row, list(wanted)] = 1
    return sparse.csr_array(dense)


def test_known_answers():
    lists = [[3, 1, 0], [2, 4, -1], [0, 1, 2]]
    found = metrics.list_accuracy(lists, table([{1, 4}, {0}, set()], 5))
    assert found.recall.tolist()[:2] == [0.5, 0.0]
    assert found.precision.tolist()[:2] == pytest.approx([1 / 3, 0])
    assert found.ndcg[0] == pytest.approx((1 / math.log2(3)) / (1 + 1 / math.log2(3)))
    assert found.average_precision[0] == pytest.approx(0.5 / 2)
    assert found.reciprocal_rank.tolist()[:2] == [0.5, 0.0]
    assert found.hit.tolist()[:2] == [1.0, 0.0]
    assert all(np.isnan(getattr(found, name)[2]) for name in found.__slots__)
    assert found.means()["hit"] == 0.5
    value, low, high = found.intervals(draws=50)["recall"]
    assert value == 0.25
    assert low <= value <= high


def test_a_list_shorter_than_k_is_not_more_precise():
    assert metrics.list_accuracy([[1]], [1], k=10).precision.tolist() == [0.1]
    assert metrics.list_accuracy([[1]], [1], k=10).ndcg.tolist() == [1.0]


def test_targets_come_in_three_forms():
    lists = [[3, 1], [2, 0]]
    as_table = metrics.list_accuracy(lists, table([{1}, {2}], 4)).ndcg
    as_histories = metrics.list_accuracy(lists, Histories.from_lists([[1, 1], [2]], n_items=4)).ndcg
    assert as_table.tolist() == as_histories.tolist() == metrics.list_accuracy(lists, [1, 2]).ndcg.tolist()
    assert np.isnan(metrics.list_accuracy(lists, [1, -1]).hit[1])


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_equals_the_naive_figures(data):
    n_items, customers = data.draw(st.integers(1, 9)), data.draw(st.integers(1, 5))
    places, k = data.draw(st.integers(1, n_items)), data.draw(st.integers(1, 10))
    lists = [data.draw(st.permutations(range(n_items)))[:places] for _ in range(customers)]
    cuts = [data.draw(st.integers(0, places)) for _ in range(customers)]
    lists = [row[:cut] + [-1] * (places - cut) for row, cut in zip(lists, cuts, strict=True)]
    wanted = [data.draw(st.sets(st.integers(0, n_items - 1))) for _ in range(customers)]
    found = metrics.list_accuracy(lists, table(wanted, n_items), k)
    for row, (shown, right) in enumerate(zip(lists, wanted, strict=True)):
        for name in found.__slots__:
            value = getattr(found, name)[row]
            if not right:
                assert np.isnan(value)
                continue
            assert value == pytest.approx(naive(shown, right, k)[name])
            assert 0 <= value <= 1 + 1e-12


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_ranks_and_lists_agree_without_ties(seed):
    rng = np.random.default_rng(seed)
    scores = rng.permuted(np.tile(np.arange(8.0), (5, 1)), axis=1)
    wanted = sparse.csr_array(rng.random((5, 8)) < 0.3).astype(float)
    ranks = metrics.target_ranks(scores, wanted, block=2)
    lists = np.argsort(-scores, axis=1)
    by_ranks, by_lists = metrics.rank_accuracy(ranks, 5, 4), metrics.list_accuracy(lists, wanted, 4)
    for name in by_lists.__slots__:
        assert getattr(by_ranks, name).tolist() == pytest.approx(getattr(by_lists, name).tolist(), nan_ok=True)


def test_equal_scores_are_never_counted_as_wins():
    customers = 4_000
    ranks = metrics.target_ranks(np.zeros((customers, 10)), np.arange(customers) % 10, seed=3).ranks
    assert np.bincount(ranks.astype(int), minlength=11)[1:] == pytest.approx(customers / 10, abs=90)
    # Two targets with one score take two different ranks.
    both = metrics.target_ranks(np.zeros((50, 3)), table([{0, 2}] * 50, 3)).ranks.reshape(50, 2)
    assert (both[:, 0] != both[:, 1]).all()


def test_ranks_do_not_depend_on_blocks_and_hidden_products_take_no_place():
    rng = np.random.default_rng(5)
    scores, wanted = rng.integers(0, 3, (20, 7)).astype(float), rng.integers(0, 7, 20)
    hidden = sparse.csr_array(rng.random((20, 7)) < 0.2)
    one = metrics.target_ranks(scores, wanted, hidden=hidden, block=1)
    assert (
        one.ranks.tolist()
        == metrics.target_ranks(lambda rows: scores[rows], wanted, hidden=hidden, block=9).ranks.tolist()
    )
    dense = hidden.toarray()
    assert np.isinf(one.ranks).tolist() == dense[np.arange(20), wanted].tolist()
    for row, rank in enumerate(one.ranks):
        if np.isfinite(rank):
            above = (scores[row] > scores[row, wanted[row]]) & ~dense[row]
            ties = (scores[row] == scores[row, wanted[row]]) & ~dense[row]
            assert above.sum() + 1 <= rank <= above.sum() + ties.sum()


def test_coverage_and_evenness():
    lists = [[0, 1], [0, -1]]
    assert metrics.coverage_at(lists, 4) == 0.5
    assert metrics.coverage_at(lists, 4, 1) == 0.25
    assert metrics.coverage_at(lists, 4, available=[True, True, False, False]) == 1.0
    assert metrics.exposure_gini([[0], [0], [0], [0]], 4) == pytest.approx(0.75)
    assert metrics.exposure_gini([[0, 1, 2, 3]], 4) == pytest.approx(0)
    assert np.isnan(metrics.exposure_gini([[-1]], 4))
    # Gini by its definition: the mean absolute difference over twice the mean.
    times = np.array([3, 1, 0, 2, 0])
    shown = np.repeat(np.arange(5), times)[:, None]
    expected = np.abs(times[:, None] - times[None]).mean() / (2 * times.mean())
    assert metrics.exposure_gini(shown, 5) == pytest.approx(expected)


def test_the_interval_of_coverage_holds_its_expectation():
    rng = np.random.default_rng(1)
    weight = rng.pareto(1.5, 300) + 0.05
    weight /= weight.sum()

    def draw():
        return rng.choice(300, size=(400, 1), p=weight)

    expected = np.mean([metrics.coverage_at(draw(), 300) for _ in range(200)])
    intervals = [metrics.catalogue_interval(lambda lists: metrics.coverage_at(lists, 300), draw()) for _ in range(100)]
    held = sum(low <= expected <= high for _, low, high in intervals)
    assert held >= 90
    assert np.isnan(metrics.catalogue_interval(lambda lists: metrics.coverage_at(lists, 3), [[0]]).low)


def test_diversity_of_categories_attributes_and_vectors():
    lists = np.array([[0, 1, 2], [0, 1, -1], [3, 0, -1], [2, -1, -1]])
    categories = np.array([4, 4, 5, -1])
    by_category = metrics.diversity_by_customer(lists, categories)
    assert by_category.tolist() == pytest.approx([2 / 3, 0, np.nan, np.nan], nan_ok=True)
    rng = np.random.default_rng(2)
    vectors = rng.normal(size=(4, 5))
    vectors[3] = 0
    unit = vectors[:3] / np.linalg.norm(vectors[:3], axis=1, keepdims=True)
    pairs = [1 - unit[a] @ unit[b] for a, b in ((0, 1), (0, 2), (1, 2))]
    dense = metrics.diversity_by_customer(lists, vectors)
    assert dense[0] == pytest.approx(np.mean(pairs))
    assert dense[1] == pytest.approx(pairs[0])
    assert np.isnan(dense[2:]).all()
    assert metrics.diversity_by_customer(lists, sparse.csr_array(vectors)) == pytest.approx(dense, nan_ok=True)
    assert metrics.diversity_by_customer(lists, vectors, 1).tolist() == pytest.approx([np.nan] * 4, nan_ok=True)


def test_novelty_popularity_and_their_bias():
    counts = np.array([7, 1, 0])
    assert metrics.novelty_by_customer([[0, 2], [-1, -1]], counts, 7)[0] == pytest.approx(1.5)
    assert np.isnan(metrics.novelty_by_customer([[-1]], counts, 7)[0])
    assert metrics.popularity_by_customer([[0, 1], [2, -1]], counts).tolist() == [4.0, 0.0]
    bias = metrics.popularity_bias([[0, 1], [0, 2]], [1, 1], counts, draws=50)
    assert bias.value == pytest.approx((4 + 3.5) / 2)
    assert bias.low <= bias.value <= bias.high
    # A product that came on sale later had never been bought.
    assert metrics.popularity_bias([[1]], table([{1, 3}], 4), counts, draws=5).value == pytest.approx(2.0)
    assert np.isnan(metrics.popularity_bias([[0]], [-1], counts).value)


def test_serendipity_is_right_and_unexpected():
    lists = [[0, 1, 2, -1], [0, 1, 2, 3], [3, 2, 1, 0]]
    found = metrics.serendipity_by_customer(lists, table([{0, 1}, {0}, set()], 4), expected=[0, -1])
    assert found.tolist() == pytest.approx([0.25, 0.0, np.nan], nan_ok=True)
    by_customer = metrics.serendipity_by_customer(lists, [0, 0, 0], [[1], [1], [0]])
    assert by_customer.tolist() == [0.25, 0.25, 0.0]


def test_revenue_counts_pieces_prices_and_margins():
    pieces = sparse.csr_array([[2.0, 0, 1], [0, 0, 0]])
    lists = [[0, 1], [2, 0]]
    assert metrics.revenue_by_customer(lists, pieces, [5.0, np.nan, 3.0]).tolist() == [10.0, 0.0]
    assert metrics.revenue_by_customer(lists, pieces).tolist() == [2.0, 0.0]
    assert metrics.revenue_by_customer(lists, pieces, [5, 1, 1], margin=[0.1, 1, 1]).tolist() == pytest.approx([1, 0])
    with pytest.raises(DataError, match="no price") as caught:
        metrics.revenue_by_customer(lists, pieces, [np.nan, 1, 1])
    assert caught.value.where["first"] == 0


@given(st.integers(0, 1_000))
@settings(max_examples=20, deadline=None)
def test_figures_of_exposure_do_not_depend_on_the_order_of_customers(seed):
    rng = np.random.default_rng(seed)
    lists = np.array([rng.permutation(12)[:4] for _ in range(9)])
    order = rng.permutation(9)
    categories = rng.integers(-1, 3, 12)
    assert metrics.exposure_gini(lists, 12) == metrics.exposure_gini(lists[order], 12)
    assert 0 <= metrics.exposure_gini(lists, 12) < 1
    straight, turned = (metrics.diversity_by_customer(each, categories) for each in (lists, lists[order]))
    assert straight[order].tolist() == pytest.approx(turned.tolist(), nan_ok=True)


def test_one_answer_for_no_customers_and_no_products():
    nothing = np.empty((0, 3), np.int64)
    assert np.isnan(metrics.list_accuracy(nothing, np.empty(0, np.int64)).means()["recall"])
    assert metrics.coverage_at(nothing, 5) == 0.0
    assert metrics.target_ranks(np.empty((0, 4)), sparse.csr_array((0, 4))).ranks.size == 0
    assert np.isnan(metrics.mean_interval([np.nan]).value)
    assert metrics.diversity_by_customer([[-1, -1]], np.empty(0, np.int64)).tolist() == pytest.approx(
        [np.nan], nan_ok=True
    )


def test_bad_input_is_named():
    with pytest.raises(DataError, match="1 of 2 lists show a product twice") as caught:
        metrics.list_accuracy([[0, 1], [2, 2]], [1, 2])
    assert "row 1" in caught.value.where["first"]
    with pytest.raises(DataError, match="float64"):
        metrics.list_accuracy([[0.5]], [1])
    with pytest.raises(DataError, match="holds -2"):
        metrics.list_accuracy([[-2]], [1])
    with pytest.raises(DataError, match="3 customers have lists, 2 have"):
        metrics.list_accuracy([[0], [1], [2]], [0, 1])
    with pytest.raises(DataError, match="shows product 7"):
        metrics.list_accuracy([[7]], sparse.csr_array((1, 4)))
    with pytest.raises(DataError, match="shows product 7"):
        metrics.coverage_at([[7]], 4)
    with pytest.raises(DataError, match="what was right is float64"):
        metrics.list_accuracy([[1]], [1.0])
    with pytest.raises(DataError, match="missing or negative"):
        metrics.list_accuracy([[1]], sparse.csr_array([[np.nan, 1.0]]))
    with pytest.raises(ConfigError, match="0 products"):
        metrics.list_accuracy([[1]], [1], k=0)
    with pytest.raises(ConfigError, match="0 products"):
        metrics.rank_accuracy(metrics.target_ranks([[0.0]], [0]), 1, 0)
    with pytest.raises(DataError, match="2 scores are NaN") as caught:
        metrics.target_ranks([[0.0, 1], [np.nan, np.nan]], [0, 0])
    assert caught.value.where["first"] == "customer 1"
    with pytest.raises(DataError, match="scores have the shape"):
        metrics.target_ranks([0.0, 1.0], [0])
    with pytest.raises(DataError, match="scores have the shape"):
        metrics.target_ranks(lambda _: np.zeros((1, 2)), [3])
    with pytest.raises(DataError, match="9 buyers"):
        metrics.novelty_by_customer([[0]], [9], customers=3)
    with pytest.raises(DataError, match="counts"):
        metrics.popularity_by_customer([[0]], [np.nan])
    with pytest.raises(DataError, match="expected has the shape"):
        metrics.serendipity_by_customer([[0]], [0], [[1], [2]])
    with pytest.raises(ConfigError, match="described by"):
        metrics.diversity_by_customer([[0]], [0.5])
    with pytest.raises(DataError, match="missing values"):
        metrics.diversity_by_customer([[0]], [[np.nan]])
