"""Steps that a recommender is trained and judged on: what was known, what was wanted next, what may be learnt from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from habitue.errors import DataError
from habitue.models.recommend.histories import Histories

__all__ = ["Step", "hits_and_ndcg", "steps_by_place", "steps_by_time"]


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One question to a recommender.

    Parameters
    ----------
    fit_on : Histories
        What makers may learn from: nothing of what is wanted is in it.
    known, wanted : Histories
        What was known of each customer asked about, and what came next: the same customers in the same order.
    """

    fit_on: Histories
    known: Histories
    wanted: Histories

    def sample(self, most: int, *, seed: int = 0) -> Step:
        """Return the step with at most so many customers, drawn at random."""
        if len(self.known) <= most:
            return self
        rows = np.sort(np.random.default_rng(seed).permutation(len(self.known))[:most])
        return Step(self.fit_on, self.known.take(rows), self.wanted.take(rows))

    def hits(self, items: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
        """Say of products of shape (customers, m) which are wanted."""
        n_items = self.wanted.n_items
        asked = np.sort(self.wanted.rows * n_items + self.wanted.items)
        keys = np.arange(len(items))[:, None] * n_items + np.maximum(items, 0)
        if not asked.size:
            return np.zeros(items.shape, bool)
        at = np.minimum(np.searchsorted(asked, keys), asked.size - 1)
        return np.asarray((asked[at] == keys) & (items >= 0))


def steps_by_place(histories: Histories, *, earlier: int = 1) -> tuple[Step, list[Step]]:
    """Return the newest event of each customer as the question, and the events before it to train on.

    Parameters
    ----------
    histories : Histories
    earlier : int
        How many events before the newest one are steps to train on, each with makers that know neither it nor what
        came after.

    Returns
    -------
    Step, list of Step
        The one to validate on, and those to train on, the newest first.
    """
    return _by_place(histories), [_by_place(histories.without_last(back)) for back in range(1, earlier + 1)]


def steps_by_time(
    histories: Histories,
    horizon_days: float,
    *,
    earlier: int = 3,
    repeats: bool = False,
    outcomes: Histories | None = None,
) -> tuple[Step, list[Step]]:
    """Return the last days as the question, and the stretches of time before them to train on.

    Parameters
    ----------
    histories : Histories
        With days.
    horizon_days : float
    earlier : int
        How many stretches before the last one to train on; those before which nobody bought are left out.
    repeats : bool
        Whether products that a customer had before are wanted too.
    outcomes : Histories, optional
        What is wanted, where that is less than what is known: purchases beside views. The same customers.
    """
    if histories.days is None or not histories.items.size:
        raise DataError("steps in time need days", expected="histories with days and at least one event")
    end = float(np.nextafter(histories.days.max(), np.inf))
    cuts = [end - back * horizon_days for back in range(1, earlier + 2)]
    found = histories if outcomes is None else outcomes
    steps = [_by_time(histories, found, (cut, cut + horizon_days), repeats=repeats) for cut in cuts]
    return steps[0], [step for step in steps[1:] if len(step.known)]


def hits_and_ndcg(step: Step, items: npt.NDArray[np.int32]) -> tuple[Any, Any]:
    """Return of each customer whether a wanted product is in the list, and the list's NDCG; both of shape (customers,).

    Parameters
    ----------
    step : Step
    items : int array of shape (customers, k)
        Best first, -1 for none.
    """
    hit = step.hits(items)
    gain = 1 / np.log2(np.arange(items.shape[1]) + 2)
    best = np.concatenate([[0], np.cumsum(gain)])[np.minimum(step.wanted.lengths, items.shape[1])]
    return hit.any(axis=1).astype(np.float64), (hit * gain).sum(axis=1) / np.where(best > 0, best, 1)


def _by_place(histories: Histories) -> Step:
    """Return the newest event of everybody who has one before it, as the question."""
    rows = np.flatnonzero(histories.lengths > 1)
    before = histories.without_last()
    return Step(before, before.take(rows), histories.last(1).take(rows))


def _by_time(histories: Histories, outcomes: Histories, between: tuple[float, float], *, repeats: bool) -> Step:
    """Return what was known at the start, and what came until the end, as the question."""
    before, fresh = histories.before(between[0]), outcomes.before(between[1]).items_since(between[0])
    if not repeats:
        fresh = fresh.without(before.seen())
    fresh = fresh.distinct()
    rows = np.flatnonzero((before.lengths > 0) & (fresh.lengths > 0))
    return Step(before, before.take(rows), fresh.take(rows))
