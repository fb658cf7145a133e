"""Who is about to leave and whom to win back: the tables of this area, from what was known at a moment."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from habitue.errors import DataError
from habitue.signals.churn.learning import Learnt, learn
from habitue.signals.churn.order_value import order_values
from habitue.signals.churn.rescue import plan_rescue, profit_curve, profit_summary
from habitue.signals.churn.scoring import describe, look_ahead
from habitue.tasks import asked

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["Learnt", "learn", "run", "score"]


def run(
    shop: Shop, as_of: datetime, *, value: Any = None, horizon_days: int | None = None, learnt: Learnt | None = None
) -> dict[str, pa.Table]:
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
    learnt : Learnt, optional
        What was learnt at ``as_of`` or before; learnt at ``as_of`` when not given.

    Returns
    -------
    dict of str to Arrow table
        ``churn`` (one row a customer), ``churn_calibration``, ``churn_profit``, ``churn_profit_summary``,
        ``churn_drivers``, ``churn_models``.

    Raises
    ------
    NotEnoughData
        When no purchase by a known customer is known before ``as_of``.
    DataError
        When ``learnt`` knows what came after ``as_of``.
    """
    return score(shop, as_of, learnt or learn(shop, as_of, horizon_days=horizon_days), value=value)


def score(shop: Shop, as_of: datetime, learnt: Learnt, *, value: Any = None) -> dict[str, pa.Table]:
    """Answer for every customer with what was learnt; see `run`."""
    if as_of < learnt.at:
        raise DataError(
            f"What was learnt about churn knows what came until {learnt.at:%Y-%m-%d}, past {as_of:%Y-%m-%d}",
            hint=f"learn it at {as_of:%Y-%m-%d}",
            expected="a moment of learning not after the moment asked about",
        )
    fitted = learnt.fitted
    frame = asked(shop, fitted.task.task, as_of)
    outlook = look_ahead(fitted, frame, as_of)
    worth = order_values(shop, as_of, frame["customer_id"], value)
    curve = (outlook.days, outlook.no_order)
    rescue = plan_rescue(shop, as_of, frame, curve, shown=learnt.shown, worth=worth)
    return {
        "churn": describe(fitted, frame, outlook, rescue, worth, as_of),
        "churn_profit": profit_curve(rescue),
        "churn_profit_summary": profit_summary(rescue),
        **learnt.tables,
    }
