import numpy as np
import pytest
from sklearn.metrics import ndcg_score

from habitue.errors import ConfigError, DataError
from habitue.models.metrics import ndcg, ndcg_by_row


def test_equals_the_reference_without_ties():
    rng = np.random.default_rng(0)
    relevance, score = rng.integers(0, 4, (60, 15)).astype(float), rng.random((60, 15))
    for k in (1, 5, 15):
        assert ndcg(relevance, score, k) == pytest.approx(ndcg_score(relevance, score, k=k))


def test_ties_are_broken_at_random_not_in_the_order_of_items():
    relevance = np.zeros((20_000, 5))
    relevance[:, 0] = 1
    expected = np.mean(1 / np.log2(np.arange(5) + 2))
    assert ndcg(relevance, np.zeros((20_000, 5)), 5) == pytest.approx(expected, abs=0.01)
    assert ndcg(relevance, np.zeros((20_000, 5)), 5, seed=1) != ndcg(relevance, np.zeros((20_000, 5)), 5, seed=2)


def test_rows_with_nothing_relevant_are_left_out():
    relevance = [[0, 0, 0], [1, 0, 0]]
    score = [[3, 2, 1], [3, 2, 1]]
    assert np.isnan(ndcg_by_row(relevance, score, 2)[0])
    assert ndcg(relevance, score, 2) == 1
    assert np.isnan(ndcg([[0, 0]], [[1, 2]], 2))


def test_more_places_than_items_and_excluded_items():
    assert ndcg([[1, 0]], [[-np.inf, 0.2]], k=9) == pytest.approx(1 / np.log2(3))


def test_bad_input_is_named():
    with pytest.raises(DataError, match="shape"):
        ndcg([[1, 0]], [[1, 2, 3]], 2)
    with pytest.raises(DataError, match="missing"):
        ndcg([[1, 0]], [[1, np.nan]], 2)
    with pytest.raises(ConfigError, match="list of 0"):
        ndcg([[1, 0]], [[1, 2]], 0)
