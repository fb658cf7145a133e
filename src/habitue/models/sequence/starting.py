"""Where the vectors of products start: from what is bought near what, so that learning need not find that out."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.utils.extmath import randomized_svd

from habitue.models.recommend.histories import Histories

__all__ = ["nearby_vectors"]

Floats = npt.NDArray[np.float32]

_REACH = 8
_FADING = 5.0
_FEWEST = 8  # products, below which there is nothing to take apart


def nearby_vectors(histories: Histories, width: int, *, seed: int = 0) -> Floats:
    """Return vectors whose products say how often two products are bought near each other, of (n_items, width).

    Pairs at most 8 events apart count the less, the further apart; their table, each divided by the root of both
    products' sums, is taken apart into its main directions. No vector is longer than 1.

    Parameters
    ----------
    histories : Histories
    width : int
    seed : int

    References
    ----------
    Levy and Goldberg (2014), "Neural word embedding as implicit matrix factorization"; Halko, Martinsson and Tropp
    (2011), *SIAM Review* 53, for the randomised decomposition.
    """
    n_items = histories.n_items
    out = np.zeros((n_items, width), np.float32)
    table = _pairs(histories)
    if n_items < _FEWEST or not table.nnz:
        return out
    root = np.sqrt(np.maximum(np.asarray(table.sum(axis=1)).ravel(), 1e-9))
    table = table.multiply(1 / root[:, None]).multiply(1 / root[None, :])
    # Half of it and half of the identity has no negative direction, and the same order of directions.
    halved = sparse.csr_array(table * 0.5 + sparse.eye_array(n_items) * 0.5)
    directions, strength, _ = randomized_svd(halved, min(width, n_items - 1), n_iter=6, random_state=seed)
    found = directions * np.sqrt(np.maximum(2 * strength - 1, 0))
    length = np.linalg.norm(found, axis=1, keepdims=True)
    usual = np.median(length[length > 0]) if (length > 0).any() else 1.0
    out[:, : found.shape[1]] = found / np.maximum(length, usual)
    return out


def _pairs(histories: Histories) -> Any:
    """Return how often each pair of products stands near each other, the same both ways."""
    items, rows, n_items = histories.items, histories.rows, histories.n_items
    found = []
    for gap in range(1, _REACH + 1):
        first = np.arange(max(items.size - gap, 0))
        first = first[(rows[first] == rows[first + gap]) & (items[first] != items[first + gap])]
        found.append((items[first], items[first + gap], np.full(first.size, np.exp(-(gap - 1) / _FADING))))
    one, other, much = (np.concatenate(each) for each in zip(*found, strict=True))
    table = sparse.csr_array((much, (one, other)), shape=(n_items, n_items))
    return sparse.csr_array(table + table.T)
