"""Who is about to leave and whom to win back: the tables of this area, from what was known at a moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from habitue.signals.churn.explaining import calibrate, drivers
from habitue.signals.churn.order_value import order_values
from habitue.signals.churn.rescue import plan_rescue, profit_curve, profit_summary
from habitue.signals.churn.scoring import look_ahead, score
from habitue.signals.churn.training import fit_churn
from habitue.signals.churn.words import EVIDENCE
from habitue.tasks import cards_table

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["run"]


def run(shop: Shop, as_of: datetime, *, value: Any = None, horizon_days: int | None = None) -> dict[str, pa.Table]:
    """Tell the chance that customers leave, when they would order next, and who is worth a rescue.

    Parameters
    ----------
    shop : Shop
    as_of : datetime
        Nothing that happened then or later is used.
    value : Arrow table, optional
        The published table ``value``, for the worth of an order; worked out here when not given.
    horizon_days : int, optional
        ``[signals] horizon_days`` of shop.toml when not given.

    Returns
    -------
    dict of str to Arrow table
        ``churn`` (one row a customer), ``churn_calibration``, ``churn_profit``, ``churn_profit_summary``,
        ``churn_drivers``, ``churn_models``.

    Raises
    ------
    NotEnoughData
        When no purchase by a known customer is known before ``as_of``.
    """
    fitted = fit_churn(shop, as_of, horizon_days=horizon_days)
    outlook = look_ahead(fitted)
    worth = order_values(shop, as_of, fitted.scored["customer_id"], value)
    curve = (outlook.days, outlook.no_order)
    rescue = plan_rescue(shop, as_of, fitted.scored, curve, task=fitted.task.task, value=value)
    card = fitted.task.card
    card = replace(card, notes=[*card.notes, EVIDENCE[rescue.evidence]])
    response = None if rescue.response is None else rescue.response.state()
    return {
        "churn": score(fitted, outlook, rescue, worth, as_of),
        "churn_calibration": calibrate(shop, as_of, fitted.horizon_days),
        "churn_profit": profit_curve(rescue),
        "churn_profit_summary": profit_summary(rescue),
        "churn_drivers": drivers(fitted),
        "churn_models": cards_table([card], [{**fitted.state(), "response": response}]),
    }
