"""What every customer will spend: the tables of this area, from what was known at a moment."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pyarrow as pa

from habitue.errors import DataError
from habitue.signals.value.learning import Learnt, learn
from habitue.signals.value.scoring import describe, forecast

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["Learnt", "learn", "run", "score"]


def run(
    shop: Shop, as_of: datetime, *, horizon_days: int | None = None, learnt: Learnt | None = None
) -> dict[str, pa.Table]:
    """Forecast spend and say how right such forecasts were.

    Parameters
    ----------
    shop : Shop
    as_of : datetime
        Nothing that happened then or later is used.
    horizon_days : int, optional
        ``[signals] horizon_days`` of shop.toml when not given.
    learnt : Learnt, optional
        What was learnt at ``as_of`` or before; learnt at ``as_of`` when not given.

    Returns
    -------
    dict of str to Arrow table
        ``value`` (one row a customer), ``value_tracking``, ``value_calibration``, ``value_models``.

    Raises
    ------
    NotEnoughData
        When no purchase by a known customer is known before ``as_of``.
    DataError
        When ``learnt`` knows what came after ``as_of``.
    """
    return score(shop, as_of, learnt or learn(shop, as_of, horizon_days=horizon_days))


def score(shop: Shop, as_of: datetime, learnt: Learnt) -> dict[str, pa.Table]:
    """Answer for every customer with what was learnt; see `run`."""
    if as_of < learnt.at:
        raise DataError(
            f"What was learnt about value knows what came until {learnt.at:%Y-%m-%d}, past {as_of:%Y-%m-%d}",
            hint=f"learn it at {as_of:%Y-%m-%d}",
            expected="a moment of learning not after the moment asked about",
        )
    told = forecast(shop, as_of, learnt.fitted)
    return {"value": describe(learnt.fitted, told, as_of), **learnt.tables}
