"""The tracking curve: repeat purchases of all customers week by week, as they came and as the model expected."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from habitue.errors import NotEnoughData
from habitue.signals.value.repeat_buying import Outlook, outlook
from habitue.signals.value.spec import TRACKING

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["track"]

_WEEK = 7


def track(shop: Shop, as_of: datetime, horizon_days: int, *, share: float = 1.0) -> pa.Table:
    """Follow the cumulative number of repeat purchase days week by week.

    The model is fitted one horizon before ``as_of``, so that the last weeks are held out; where the records are too
    short for that it is fitted at ``as_of`` and no week is.

    Parameters
    ----------
    shop : Shop
    as_of : datetime
    horizon_days : int
    share : float
        Of the customers, from whom the earlier model is learnt.

    Returns
    -------
    Arrow table
        week (its first day), actual, expected (the sum over customers of what a new customer buys by their age),
        held_out (the model could not see the week to its end), model. Only weeks that are over; empty where no model
        could be fitted.
    """
    now = outlook(shop, as_of, horizon_days)
    fitted = _earlier(shop.sampled(share), as_of, horizon_days) or now
    if fitted.model is None:
        return TRACKING.empty_table()
    first = now.history.first
    start = int(first.min())
    ends = np.arange(start + _WEEK - 1, now.today + 1, _WEEK)
    born = np.bincount(first - start)
    repeats = np.sort(now.days.day[np.r_[False, now.days.customer[1:] == now.days.customer[:-1]]])
    by_age = fitted.model.expected_by_age(np.arange(now.today - start + 1))
    age = ends[:, None] - start - np.arange(len(born))
    expected = np.einsum("ij,j->i", np.where(age >= 0, by_age[np.maximum(age, 0)], 0.0), born.astype(np.float64))
    columns = {
        "week": (ends - _WEEK + 1).astype("datetime64[D]"),
        "actual": np.searchsorted(repeats, ends, side="right").astype(np.float64),
        "expected": expected,
        "held_out": ends > fitted.today,
        "model": [fitted.model.kind] * len(ends),
    }
    return pa.table(columns, schema=TRACKING)


def _earlier(shop: Shop, as_of: datetime, horizon_days: int) -> Outlook | None:
    """Fit one horizon earlier; None where nobody had bought, or hardly anybody again, by then."""
    try:
        told = outlook(shop, as_of - timedelta(days=horizon_days), horizon_days)
    except NotEnoughData:
        return None
    return told if told.model is not None else None
