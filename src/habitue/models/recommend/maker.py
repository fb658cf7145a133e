"""What every maker of candidates does: learn from histories, score products for histories, say why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, Self

import numpy as np
import numpy.typing as npt

from habitue.models.recommend.histories import Histories

__all__ = ["Candidates", "Items", "Maker", "Share", "best_of"]

NONE = -1  # no product: a list is shorter than asked for


@dataclass(frozen=True, slots=True, eq=False)
class Items:
    """What is known of products besides who bought them; everything but the number is optional.

    Parameters
    ----------
    n_items : int
    attributes : scipy.sparse array of shape (n_items, attributes), optional
        Brand, category, words of the title…: above 0 where a product has it.
    vectors : float array of shape (n_items, width), optional
        What a text or picture encoder makes of a product; a row of zeros where nothing is known.
    categories : int array of shape (n_items,), optional
        -1 where unknown.
    prices : float array of shape (n_items,), optional
    since_days : float array of shape (n_items,), optional
        First day on sale, counted as the days of histories are.
    """

    n_items: int
    attributes: Any = None
    vectors: npt.NDArray[np.float32] | None = None
    categories: npt.NDArray[np.int32] | None = None
    prices: npt.NDArray[np.float64] | None = None
    since_days: npt.NDArray[np.float64] | None = None


class Candidates(NamedTuple):
    """The best products of each history: both of shape (histories, k), best first.

    ``items`` holds -1, and ``scores`` minus infinity, where a maker knows fewer than k.
    """

    items: npt.NDArray[np.int32]
    scores: npt.NDArray[np.float32]


class Share(NamedTuple):
    """How much of a product's score comes from one event: its place in the history (0 = oldest), and the share."""

    place: int
    share: float


class Maker(Protocol):
    """A maker of candidates. Settings are given when it is made; `fit` learns and returns the maker itself.

    The same histories, settings and seed give the same answers. A product nobody bought, an empty history and a single
    product are no errors: scores are 0 where a maker has nothing to say.
    """

    name: str

    def fit(self, histories: Histories, items: Items, *, seed: int = 0) -> Self:
        """Learn from what customers did."""
        ...

    def scores(self, histories: Histories) -> npt.NDArray[np.float32]:
        """Score every product for every history, of shape (histories, n_items); 0 or less is no evidence."""
        ...

    def candidates(self, histories: Histories, k: int, *, skip_seen: bool = True, seed: int = 0) -> Candidates:
        """Return the k best products of each history; equal scores come in a random order."""
        ...

    def score_pairs(self, histories: Histories, items: npt.NDArray[np.int32]) -> npt.NDArray[np.float32]:
        """Score given products, of shape (histories, m), -1 for none; the same figures as in `scores`, 0 for none."""
        ...

    def reasons(self, histories: Histories, items: npt.NDArray[np.int32]) -> list[list[Share]]:
        """Say which events one product each, of shape (histories,), comes from: largest first, none if unknown."""
        ...

    def state(self) -> dict[str, Any]:
        """Return plain values and arrays from which `from_state` makes the same maker again."""
        ...

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Make a maker again from what `state` gave."""
        ...


def best_of(scores: npt.NDArray[np.float32], k: int, *, hidden: Any = None, seed: int = 0) -> Candidates:
    """Return the k best products of each row; equal scores come in a random order, scores of 0 or less not at all.

    Parameters
    ----------
    scores : float array of shape (rows, items)
        Not changed.
    k : int
    hidden : scipy.sparse.csr_array of shape (rows, items), optional
        Products that must not come: what the customer had already.
    seed : int
        Of the order of equal scores.

    Examples
    --------
    >>> best_of(np.array([[0.1, 0.5, 0.0]], np.float32), 3).items.tolist()
    [[1, 0, -1]]
    """
    work = np.array(scores, np.float32)
    if hidden is not None:
        rows = np.repeat(np.arange(work.shape[0]), np.diff(hidden.indptr))
        work[rows, hidden.indices] = 0
    # One random order of products a call breaks ties: a stable sort by score after it keeps that order.
    shuffled = np.random.default_rng(seed).permutation(work.shape[1])
    work = work[:, shuffled]
    most = min(k, work.shape[1])
    part = np.argpartition(-work, most - 1, axis=1)[:, :most] if most < work.shape[1] else _everything(work)
    best = np.take_along_axis(work, part, axis=1)
    order = np.lexsort((part, -best), axis=1)
    best = np.take_along_axis(best, order, axis=1)
    items = shuffled[np.take_along_axis(part, order, axis=1)].astype(np.int32)
    items[best <= 0], best[best <= 0] = NONE, -np.inf
    short = ((0, 0), (0, k - most))
    return Candidates(np.pad(items, short, constant_values=NONE), np.pad(best, short, constant_values=-np.inf))


def _everything(work: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    return np.broadcast_to(np.arange(work.shape[1]), work.shape)
