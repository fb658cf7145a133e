"""Segments defined by what follows: rules on what is known, grown so that each segment has an outlook of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from habitue.errors import NotEnoughData
from habitue.models.segmenting.growing import grow
from habitue.models.segmenting.outlook import Outlook, Past
from habitue.models.segmenting.scorecards import scorecard
from habitue.models.segmenting.segmentation import RuledSegments, measured

__all__ = ["grow_outcome_trees", "outcome_tree", "ruled"]

_LEAST_PAST = 10


def outcome_tree(
    x: Any,
    names: Sequence[str],
    *,
    outcome: Past | None = None,
    k: int = 8,
    seed: int = 0,
    value_weight: float = 0.5,
    coarse: bool = False,
) -> RuledSegments:
    """Define at most so many segments by rules of at most four conditions, learnt from what followed earlier moments.

    Parameters
    ----------
    x : array of shape (n, features)
        What is known of the customers now.
    names : sequence of str
    outcome : Past
        The same features at earlier moments, and what followed by now. Nothing that follows from now on.
    k : int
        Most segments.
    seed : int
        Not used: nothing is drawn.
    value_weight : float
        How much the value of an order counts beside how often and whether customers order.
    coarse : bool
        Rules name only the roundest numbers; they stay alike when a few customers more are known.

    Raises
    ------
    NotEnoughData
        Without an earlier moment whose outcome is known.
    """
    del seed
    return grow_outcome_trees(x, names, outcome, k=k, value_weight=value_weight, coarse=coarse)[-1]


def grow_outcome_trees(
    x: Any,
    names: Sequence[str],
    outcome: Past | None,
    *,
    k: int,
    value_weight: float,
    coarse: bool = False,
    points: bool = False,
    outlook: Outlook | None = None,
) -> list[RuledSegments]:
    """Return the definitions at every number of segments from one to k: each splits one segment of the one before.

    With ``points`` rules may also speak of the points of a scorecard, see `scorecard`. ``outlook`` is that of the
    outcome, where it was learnt before.
    """
    rows, known = measured(x, tuple(names)), tuple(names)
    if outcome is None or len(outcome.spend) < _LEAST_PAST:
        raise NotEnoughData(
            "no outcome of an earlier moment is known to define segments by",
            expected=f"at least {_LEAST_PAST} customers and what they did afterwards",
        )
    targets = (outlook or Outlook.fit(outcome)).predict(rows, value_weight, outcome.reach)
    card = scorecard(rows, known) if points else None
    grown = grow(rows, targets, known, leaves=k, coarse=coarse, card=card)
    return [RuledSegments("outcome_tree", known, rules, explained) for rules, explained in grown]


def ruled(x: Any, names: Sequence[str], segment: Any, *, k: int, method: str) -> RuledSegments:
    """Replace a segmentation by rules that put customers into nearly the same segments.

    Parameters
    ----------
    x : array of shape (n, features)
    names : sequence of str
    segment : array of int, shape (n,)
    k : int
        Most rules.
    method : str
        Name of the result.
    """
    rows = measured(x, tuple(names))
    places = np.unique(np.asarray(segment), return_inverse=True)[1]
    targets = np.eye(int(places.max(initial=0)) + 1)[places]
    rules, explained = grow(rows, targets, tuple(names), leaves=k)[-1]
    return RuledSegments(method, tuple(names), rules, explained)
