"""Write down what every customer is expected to spend, and how right such forecasts were."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from habitue.models.metrics import bootstrap
from habitue.signals.value.explaining import explain
from habitue.signals.value.repeat_buying import Outlook, foresee
from habitue.signals.value.spec import CALIBRATION, HORIZONS, VALUE, question
from habitue.signals.value.training import FittedValue, levelled
from habitue.tasks import asked

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["Forecast", "calibrate", "describe", "forecast", "tenths"]

Floats = np.ndarray[Any, np.dtype[np.float64]]

_DRAWS = 300


@dataclass(frozen=True)
class Forecast:
    """What every customer is expected to spend, as of a moment.

    Attributes
    ----------
    frame : DataFrame
        customer_id and, where the learnt model has a say, its inputs.
    repeat : Outlook
        Of the same customers and maybe more.
    spend : array of shape (n,)
        In the horizon.
    """

    frame: pd.DataFrame
    repeat: Outlook
    spend: Floats


def forecast(shop: Shop, as_of: datetime, fitted: FittedValue) -> Forecast:
    """Work out what every customer will spend.

    Parameters
    ----------
    shop : Shop
    as_of : datetime
        When it was fitted, or later.
    fitted : FittedValue
    """
    repeat = foresee(shop, as_of, fitted.horizon_days, fitted.rhythm)
    if fitted.weight == 0:
        frame = pd.DataFrame({"customer_id": repeat.customers})
        return Forecast(frame, repeat, repeat.expected_spend)
    frame = asked(shop, question(fitted.horizon_days, known=repeat), as_of)
    told, learnt = repeat.of(frame["customer_id"]), fitted.learnt.score_frame(frame)
    if repeat.model is not None:
        learnt = levelled(learnt, told, fitted.pull)
    return Forecast(frame, repeat, fitted.weight * learnt + (1 - fitted.weight) * told)


def describe(fitted: FittedValue, told: Forecast, as_of: datetime) -> pa.Table:
    """Say what every customer is expected to spend.

    Parameters
    ----------
    fitted : FittedValue
    told : Forecast
    as_of : datetime

    Returns
    -------
    Arrow table
        customer_id, as_of, horizon_days, expected_spend with its 80 % interval (missing where too few outcomes are
        known), expected_orders (purchase days), order_value (spend of a purchase day), p_alive (to be shown, no churn
        score), expected_spend_30d … _365d, decile (10 is best), reasons.
    """
    repeat, spend = told.repeat, told.spend
    horizon = repeat.horizon_days
    customers = told.frame["customer_id"]
    place = pd.Index(repeat.customers).get_indexer(customers)
    orders = repeat.orders(horizon)[place]
    alive = repeat.alive[place]
    low, high = (np.full(len(spend), np.nan),) * 2 if fitted.bands is None else fitted.bands.around(spend)
    columns: dict[str, Any] = {
        "customer_id": customers.to_numpy(),
        "as_of": pa.array(np.full(len(spend), np.datetime64(as_of, "us")), VALUE.field("as_of").type),
        "horizon_days": np.full(len(spend), horizon),
        "expected_spend": spend,
        "spend_low": _known(low),
        "spend_high": _known(high),
        "expected_orders": orders,
        "order_value": repeat.day_value[place],
        "p_alive": _known(alive),
        "decile": tenths(spend, customers),
        "reasons": explain(fitted, told.frame, repeat),
    }
    for days in HORIZONS:
        ahead = repeat.orders(days)[place]
        share = np.divide(ahead, orders, out=np.full(len(spend), days / horizon), where=orders > 0)
        columns[f"expected_spend_{days}d"] = spend * share
    return pa.table({name: columns[name] for name in VALUE.names}, schema=VALUE)


def calibrate(fitted: FittedValue) -> pa.Table:
    """Compare forecast and actual spend by tenth of customers, at the last cut-off whose outcome is known.

    Returns
    -------
    Arrow table
        decile (10 has the highest forecasts), customers, predicted and actual (means a customer), low and high (95 %
        interval of the actual mean, over customers). Empty where no outcome is known.
    """
    judged = fitted.judged
    if judged.empty:
        return CALIBRATION.empty_table()
    predicted, actual = (judged[name].to_numpy(dtype=np.float64) for name in ("blend", "label"))
    decile = tenths(predicted, judged["customer_id"])
    rows: list[dict[str, Any]] = []
    for each in range(1, 11):
        inside = decile == each
        if inside.any():
            mean, low, high = bootstrap(_mean, actual[inside], draws=_DRAWS, seed=each)
            size = int(inside.sum())
            told: dict[str, Any] = {"decile": each, "customers": size, "predicted": float(predicted[inside].mean())}
            rows.append(told | {"actual": mean, "low": _known_number(low), "high": _known_number(high)})
    return pa.Table.from_pylist(rows, CALIBRATION)


def tenths(amount: Floats, customers: pd.Series[Any]) -> Any:
    """Sort customers into tenths, the largest amounts in 10; equal amounts are told apart by a hash of the id."""
    chance = pd.util.hash_array(customers.astype(str).to_numpy(dtype=object))
    place = np.empty(len(amount), dtype=np.int64)
    place[np.lexsort((chance, amount))] = np.arange(len(amount))
    return place * 10 // max(len(amount), 1) + 1


def _mean(values: Floats) -> float:
    return float(np.mean(values))


def _known(values: Floats) -> pa.Array:
    return pa.array(values, mask=np.isnan(values))


def _known_number(value: float) -> float | None:
    return None if np.isnan(value) else value
