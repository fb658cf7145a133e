"""Places for new products: what nobody bought yet comes into lists, at a price that is measured on validation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from habitue.models.recommend.ranking import Groups

__all__ = ["Found", "FreshPlaces", "fit_fresh_places"]

Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]

_TEN = 10
_LIFTS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 6.0, 10.0)  # of the ranker's score
_PLACES = (0, 1, 2)


class Found(NamedTuple):
    """NDCG of the products that are not new, and the share of new ones taken that are in the list."""

    others: float
    fresh: float


@dataclass(frozen=True, slots=True)
class FreshPlaces:
    """Where new products stand in a list.

    A new product moves up to where it would stand with ``lift`` added to its score; with ``of_ten`` above 0 not
    further than to the last so many places of each ten, the first ten taking the best of the new products. Products
    that stand higher by their own score stay there.

    Parameters
    ----------
    lift : float
        0 leaves lists as they are.
    of_ten : int
        0 leaves no places free: new products move up as far as the lift takes them.

    Examples
    --------
    >>> scores = -np.arange(12, dtype=np.float32)[None]
    >>> FreshPlaces(9.0, 1).order(scores, scores == -11, np.zeros_like(scores))[0, 8:].tolist()
    [8, 11, 9, 10]
    """

    lift: float = 0.0
    of_ten: int = 0

    def order(self, scores: Floats, fresh: Bools, ties: Any) -> npt.NDArray[np.int64]:
        """Return the places of candidates, best first, of shape (customers, m).

        Parameters
        ----------
        scores : float array of shape (customers, m)
            Minus infinity where there is no candidate.
        fresh : bool array of shape (customers, m)
            Whether a candidate is new; False where there is none.
        ties : array of shape (customers, m)
            Equal scores come in this order.
        """
        order = np.lexsort((ties, -scores), axis=1)
        if self.lift <= 0 or not fresh.any():
            return np.asarray(order)
        mine, nth, before = _counted(fresh, order)
        lifted = np.lexsort((ties, -np.where(fresh, scores + np.float32(self.lift), scores)), axis=1)
        mine_lifted, _, before_lifted = _counted(fresh, lifted)
        # Both orders have the new products of a customer one after the other in the same sequence.
        goal = before_lifted[mine_lifted]
        if self.of_ten > 0:
            at = nth[mine]
            last = _TEN * (at // self.of_ten) + _TEN - self.of_ten + at % self.of_ten - at
            goal = np.maximum(goal, last)
        key = before.astype(np.float64)
        key[mine] = np.minimum(before[mine], goal) - 0.5
        return np.asarray(np.take_along_axis(order, np.argsort(key, axis=1, kind="stable"), axis=1))

    def found(self, scores: Floats, fresh: Bools, groups: Groups) -> Found:
        """Return what the ten best candidates of each customer are worth."""
        ties = np.random.default_rng(0).random(scores.shape)
        best = self.order(scores, fresh, ties)[:, :_TEN]
        gain = 1 / np.log2(np.arange(best.shape[1]) + 2)
        most = np.concatenate([[0], np.cumsum(1 / np.log2(np.arange(_TEN) + 2))])[np.minimum(groups.wanted, _TEN)]
        old = np.take_along_axis(groups.hits & ~fresh, best, axis=1) @ gain / np.where(most > 0, most, 1)
        taken = groups.hits & fresh
        shown = float(np.take_along_axis(taken, best, axis=1).sum())
        return Found(float(old.mean()), shown / max(float(taken.sum()), 1.0))


def fit_fresh_places(scores: Floats, fresh: Bools, groups: Groups, given: float) -> tuple[FreshPlaces, Found, Found]:
    """Return the rule that shows most of the new products that were taken, for no more of NDCG than is given.

    Parameters
    ----------
    scores : float array of shape (customers, m)
        The ranker's.
    fresh : bool array of shape (customers, m)
        Which candidates are held to be new.
    groups : Groups
        Validation customers.
    given : float
        Share of NDCG@10 of the other products that may be given up.

    Returns
    -------
    FreshPlaces, Found, Found
        The rule, what is found without it, and with it.
    """
    plain = FreshPlaces().found(scores, fresh, groups)
    best, reached = FreshPlaces(), plain
    for places in _PLACES:
        for lift in _LIFTS:
            tried = FreshPlaces(lift, places)
            found = tried.found(scores, fresh, groups)
            if found.others < (1 - given) * plain.others:
                break
            if found.fresh > reached.fresh:
                best, reached = tried, found
    return best, plain, reached


def _counted(fresh: Bools, order: Any) -> tuple[Bools, Any, Any]:
    """Return in a given order which candidates are new, and how many new and other ones stand before each."""
    mine = np.take_along_axis(fresh, order, axis=1)
    nth: Any = np.cumsum(mine, axis=1) - mine
    return mine, nth, np.arange(mine.shape[1]) - nth
