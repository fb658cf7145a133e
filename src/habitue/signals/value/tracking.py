"""The tracking curve: repeat purchases of all customers week by week, as they came and as the model expected."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from habitue.signals.value.repeat_buying import Outlook, last_day, outlook, read_counts
from habitue.signals.value.spec import TRACKING
from habitue.tasks import cutoffs

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
        Of the customers, from whom the model is learnt.

    Returns
    -------
    Arrow table
        week (its first day), actual, expected (the sum over customers of what a new customer buys by their age),
        held_out (the model could not see the week to its end), model. Only weeks that are over; empty where no model
        could be fitted.
    """
    some = shop.sampled(share)
    fitted = _earlier(some, as_of, horizon_days) or outlook(some, as_of, horizon_days)
    if fitted.model is None:
        return TRACKING.empty_table()
    days, born, repeats = read_counts(shop, as_of)
    start, today = int(days.min()), last_day(as_of)
    ends = np.arange(start + _WEEK - 1, today + 1, _WEEK)
    first, again = (np.bincount(days - start, each, minlength=today - start + 1) for each in (born, repeats))
    by_age = fitted.model.expected_by_age(np.arange(today - start + 1))
    age = ends[:, None] - start - np.arange(len(first))
    expected = np.einsum("ij,j->i", np.where(age >= 0, by_age[np.maximum(age, 0)], 0.0), first)
    columns = {
        "week": (ends - _WEEK + 1).astype("datetime64[D]"),
        "actual": np.cumsum(again)[ends - start],
        "expected": expected,
        "held_out": ends > fitted.today,
        "model": [fitted.model.kind] * len(ends),
    }
    return pa.table(columns, schema=TRACKING)


def _earlier(shop: Shop, as_of: datetime, horizon_days: int) -> Outlook | None:
    """Fit one horizon earlier; None where nobody had bought, or hardly anybody again, by then."""
    moment = as_of - timedelta(days=horizon_days)
    chosen = cutoffs(shop, as_of, horizon_days)
    told = outlook(shop, moment, horizon_days, chosen_at=min(chosen, default=None))
    return told if told.model is not None else None
