"""Which model of repeat buying suits a shop: the usual one, unless another was clearly more right recently."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from habitue.errors import NotEnoughData
from habitue.models.btyd.beta_geometric import BGNBD, MBGNBD
from habitue.models.btyd.model import PurchaseModel
from habitue.models.btyd.pareto import ParetoNBD
from habitue.models.btyd.purchase_days import PurchaseDays
from habitue.models.metrics import mae, rmse, total_bias

__all__ = ["MEMBERS", "Choice", "choose"]


Floats = np.ndarray[Any, np.dtype[np.float64]]

_CLEAR = 2.58  # standard errors: 99 %

#: The usual one comes last.
MEMBERS: tuple[type[PurchaseModel], ...] = (BGNBD, MBGNBD, ParetoNBD)


@dataclass(frozen=True, slots=True)
class Choice:
    """The model chosen, the day at which the members were fitted, and how they did after it.

    Attributes
    ----------
    model : class
    fitted_on : int
        The day until which the members could see.
    horizon_days : int
        From there on, until the last day known.
    scores : mapping of kind to mapping of metric to float
        mae, rmse, bias (share of the total) of predicted purchase days.
    """

    model: type[PurchaseModel]
    fitted_on: int
    horizon_days: int
    scores: Mapping[str, Mapping[str, float]]


def choose(
    days: PurchaseDays, today: int, horizon_days: int, members: Sequence[type[PurchaseModel]] = MEMBERS
) -> Choice:
    """Choose the last of the members, unless another one, fitted earlier, foretold today clearly better.

    The members are fitted one horizon before today, or in the middle of the history where that is younger than two
    horizons, so that the past to learn from is never shorter than the time foretold. Differences between the members
    are mostly noise, and choosing by noise is worse than not choosing: another member replaces Pareto/NBD, in which
    customers may leave at any time and not only with a purchase, when its squared errors over customers are smaller by
    more than 2.58 standard errors (99 %).

    Parameters
    ----------
    days : PurchaseDays
    today : int
        Last day known.
    horizon_days : int
    members : sequence of model classes

    Raises
    ------
    NotEnoughData
        When the history is too short, or hardly anybody came back in its first part.
    """
    known = days.day <= today
    start = int(days.day[known].min(initial=today))
    cut = max(today - horizon_days, start + (today - start) // 2)
    history = days.at(cut)
    actual = days.between(cut, today)[0][history.customer]
    scores: dict[str, dict[str, float]] = {}
    errors: dict[str, Floats] = {}
    for member in members:
        fitted = member.fit(*history.columns)
        expected = fitted.expected_orders(today - cut, *history.columns)
        figures = {"mae": mae(actual, expected), "rmse": rmse(actual, expected), "bias": total_bias(actual, expected)}
        scores[member.kind] = figures
        errors[member.kind] = np.square(actual - expected)
    if not all(np.isfinite(each).all() and each.size for each in errors.values()):
        raise NotEnoughData("No day after the one at which the models were fitted", expected="two days or more")
    usual = members[-1]
    clear = [each for each in members[:-1] if _clearly_smaller(errors[each.kind], errors[usual.kind])]
    best = min(clear, key=lambda member: scores[member.kind]["rmse"], default=usual)
    return Choice(best, cut, today - cut, scores)


def _clearly_smaller(ours: Floats, usual: Floats) -> bool:
    """Say whether errors are smaller than the usual ones by more than chance makes them."""
    gain = usual - ours
    return gain.size > 1 and float(gain.mean()) > _CLEAR * float(gain.std(ddof=1)) / np.sqrt(gain.size)
