"""Which model of repeat buying suits a shop: the one that would have been right most recently."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from habitue.errors import NotEnoughData
from habitue.models.btyd.beta_geometric import BGNBD, MBGNBD
from habitue.models.btyd.model import PurchaseModel
from habitue.models.btyd.pareto import ParetoNBD
from habitue.models.btyd.purchase_days import PurchaseDays
from habitue.models.metrics import mae, rmse, total_bias

__all__ = ["MEMBERS", "Choice", "choose"]


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
    """Choose the model that, fitted earlier, foretold best what is known today.

    The members are fitted one horizon before today, or in the middle of the history where that is younger than two
    horizons, so that the past to learn from is never shorter than the time foretold. The product of mean absolute and
    root mean squared error decides: the first alone favours forecasts that are too low, the second alone a few large
    customers.

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
    for member in members:
        fitted = member.fit(*history.columns)
        expected = fitted.expected_orders(today - cut, *history.columns)
        figures = {"mae": mae(actual, expected), "rmse": rmse(actual, expected), "bias": total_bias(actual, expected)}
        scores[member.kind] = figures
    best = min(members, key=lambda member: _loss(scores[member.kind]))
    if not np.isfinite(_loss(scores[best.kind])):
        raise NotEnoughData("No day after the one at which the models were fitted", expected="two days or more")
    return Choice(best, cut, today - cut, scores)


def _loss(figures: Mapping[str, float]) -> float:
    loss = figures["mae"] * figures["rmse"]
    return loss if np.isfinite(loss) else float("inf")
