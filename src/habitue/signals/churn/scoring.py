"""The table of every customer: chance of leaving, when the next order would come, and whether to step in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.special import expit

from habitue.models.calibration import Shift
from habitue.models.survival import curve_at_days, curve_quantile_days
from habitue.signals.churn.curve import EDGES, Curve
from habitue.signals.churn.rescue import Rescue
from habitue.signals.churn.spec import CHURN, CURVE_DAYS, risk_of
from habitue.signals.churn.training import FittedChurn, odds_of

__all__ = ["Outlook", "describe", "look_ahead"]

Floats = npt.NDArray[np.float64]

_TOP_REASONS = 3
_NEAREST = 1e-4


class Outlook:
    """Chance of no order and curve of waiting, of every customer at a moment.

    Attributes
    ----------
    chance : array of shape (n,)
        Of no order within the horizon.
    days, no_order : arrays of shape (days,) and (n, days)
    """

    def __init__(self, odds: Floats, curve: Curve | None, frame: Any, as_of: datetime, horizon_days: int) -> None:
        if curve is None:
            self.chance = expit(odds)
            self.days = np.unique([*EDGES, float(horizon_days)])
            rest = np.log(np.clip(self.chance, _NEAREST, 1.0))
            self.no_order = np.exp(rest[:, None] * self.days / horizon_days)
            return
        plain, told = curve.survival(frame, as_of)
        odds = (odds + odds_of(curve.at(plain, horizon_days))) / 2
        # The mean is that of the curve, which has seen the newest weeks, and knows the year.
        at = curve.at(told, horizon_days)
        shift = Shift.to_mean(expit(odds), float(at.mean())).by if len(at) else 0.0
        self.chance = expit(odds + shift)
        power = np.log(np.clip(self.chance, _NEAREST, 1 - _NEAREST)) / np.log(np.clip(at, _NEAREST, 1 - _NEAREST))
        self.days, self.no_order = curve.days, np.exp(np.log(np.maximum(told, 1e-12)) * power[:, None])

    def no_order_at(self, days: int) -> Floats:
        """Return the chance of no order by a day; beyond the curve, its last value."""
        return np.asarray(curve_at_days(self.no_order, self.days, [min(days, self.days[-1])])[:, 0], dtype=np.float64)

    def median_days(self) -> Floats:
        """Return the day by which half of such customers have ordered; NaN where fewer do."""
        return curve_quantile_days(self.no_order, self.days, 0.5)


def look_ahead(fitted: FittedChurn, frame: Any, as_of: datetime) -> Outlook:
    """Work out the chance of leaving and the curve of waiting of everybody at a moment.

    Parameters
    ----------
    fitted : FittedChurn
    frame : DataFrame
        customer_id, as_of and inputs at that moment.
    as_of : datetime
        When it was fitted, or later.
    """
    return Outlook(fitted.odds(frame), fitted.curve, frame, as_of, fitted.horizon_days)


def describe(
    fitted: FittedChurn, frame: Any, outlook: Outlook, rescue: Rescue, worth: Floats, as_of: datetime
) -> pa.Table:
    """Put together the published table ``churn``.

    Parameters
    ----------
    fitted : FittedChurn
    frame : DataFrame
        customer_id, as_of and inputs at the moment.
    outlook : Outlook
    rescue : Rescue
    worth : array of shape (n,)
        Mean order value of each customer.
    as_of : datetime
    """
    size = len(frame)
    low, high = rescue.interval if size else (np.zeros(0), np.zeros(0))
    columns = {
        "customer_id": pa.array(frame["customer_id"].to_numpy(dtype=object), pa.string()),
        "as_of": pa.array([as_of] * size, pa.timestamp("us")),
        "horizon_days": np.full(size, fitted.horizon_days),
        "churn_probability": outlook.chance,
        "risk": pa.array(risk_of(outlook.chance).astype(object), pa.string()),
        "next_order_at": _moments(as_of, outlook.median_days()),
        **{f"no_order_{days}d": outlook.no_order_at(days) for days in CURVE_DAYS},
        "spend_at_stake": outlook.chance * worth * _usual_orders(frame, fitted.horizon_days),
        "rescue_gain": rescue.outlay.gain,
        "rescue_gain_low": low,
        "rescue_gain_high": high,
        "rescue_cost": rescue.outlay.cost,
        "rescue": rescue.worth_it,
        "rescue_rank": _ranks(rescue),
        "evidence": pa.array([rescue.evidence] * size, pa.string()),
        "reasons": fitted.task.reasons_frame(frame, top=_TOP_REASONS),
    }
    return pa.table(columns, schema=CHURN)


def _moments(as_of: datetime, days: Floats) -> Any:
    """Turn days from the moment into times on the shop's clock; what is not known stays empty."""
    known = np.isfinite(days)
    # To the second: finer figures only tell in which order sums were added up.
    whole = np.round(np.where(known, days, 0.0) * 86_400).astype("timedelta64[s]")
    return pa.array(np.datetime64(as_of, "us") + whole.astype("timedelta64[us]"), pa.timestamp("us"), mask=~known)


def _usual_orders(frame: Any, horizon_days: int) -> Floats:
    """Return the orders a customer is used to place in such a stretch of time."""
    tenure = np.clip(frame["tenure_days"].to_numpy(dtype=np.float64), horizon_days, 365.0)
    orders: Floats = frame["orders_365d"].to_numpy(dtype=np.float64) * horizon_days / tenure
    return orders


def _ranks(rescue: Rescue) -> Any:
    rank = np.empty(rescue.order.size, dtype=np.int64)
    rank[rescue.order] = np.arange(1, rescue.order.size + 1)
    return pa.array(rank, pa.int64(), mask=~rescue.worth_it)
