"""What every customer will spend: the tables of this area, from what was known at a moment."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pyarrow as pa

from habitue.signals.value.explaining import cards
from habitue.signals.value.scoring import calibrate, score
from habitue.signals.value.tracking import track
from habitue.signals.value.training import fit_value
from habitue.tasks import cards_table

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["run"]


def run(shop: Shop, as_of: datetime, *, horizon_days: int | None = None) -> dict[str, pa.Table]:
    """Forecast spend and say how right such forecasts were.

    Parameters
    ----------
    shop : Shop
    as_of : datetime
        Nothing that happened then or later is used.
    horizon_days : int, optional
        ``[signals] horizon_days`` of shop.toml when not given.

    Returns
    -------
    dict of str to Arrow table
        ``value`` (one row a customer), ``value_tracking``, ``value_calibration``, ``value_models``.

    Raises
    ------
    NotEnoughData
        When no purchase by a known customer is known before ``as_of``.
    """
    fitted = fit_value(shop, as_of, horizon_days)
    told = cards(fitted, as_of)
    return {
        "value": score(fitted, as_of),
        "value_tracking": track(shop, as_of, fitted.repeat.horizon_days, share=fitted.learnt.card.sampled_share),
        "value_calibration": calibrate(fitted),
        "value_models": cards_table([card for card, _ in told], [state for _, state in told]),
    }
