"""What an order of each customer is worth before coupons, drawn towards everybody's where orders are few."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["order_values"]

_DIGITS = 6
_MOST_TAKEN = 0.95  # of an order, by a coupon
_LEAST = 1e-9
_OWN = 2.0  # orders with which the estimate from logarithms is believed beside the customer's own mean


def order_values(shop: Shop, as_of: datetime, customers: pd.Series[Any], value: Any = None) -> Any:
    """Return the mean order value to expect of each customer.

    Parameters
    ----------
    shop : Shop
    as_of : datetime
    customers : series of str
    value : Arrow table, optional
        The published table ``value``: its ``order_value`` is taken where it has one.

    Returns
    -------
    array of shape (n,)
    """
    given = _given(customers, value)
    if np.isfinite(given).all():
        return given
    own = _own(shop, as_of).reindex(customers.to_numpy())
    found = own.fillna(own.mean() if own.notna().any() else 0.0).to_numpy()
    return np.where(np.isfinite(given), given, found)


def _given(customers: pd.Series[Any], value: Any) -> Any:
    """Return what the published table says of each customer; NaN where it says nothing."""
    if value is None:
        return np.full(len(customers), np.nan)
    told = value.select(["customer_id", "order_value"]).to_pandas().drop_duplicates("customer_id")
    return told.set_index("customer_id")["order_value"].reindex(customers.to_numpy()).to_numpy(dtype=np.float64)


def _own(shop: Shop, as_of: datetime) -> pd.Series[Any]:
    """Draw each customer's mean logarithm towards everybody's, and mix what it tells with the plain mean."""
    by = shop.engine.to_arrow(_added_up(shop, as_of)).to_pandas().sort_values("customer_id").set_index("customer_id")
    if not len(by):
        return pd.Series(dtype=np.float64)
    # Sums over the same orders may be taken in another order; the answer must not depend on it.
    by = by.round(_DIGITS)
    count = by["orders"].astype(np.float64)
    mean, log = by["spend"] / count, by["log"] / count
    orders = float(count.sum())
    within = max(float((by["square"] - count * log**2).sum()), 0.0) / max(orders - len(count), 1)
    between = max(float(log.var(ddof=0)) - within * float((1 / count).mean()), 1e-6)
    own = count / (count + within / between)
    told = np.exp(own * log + (1 - own) * float(by["log"].sum() / orders) + min(within, 2.0) / 2)
    found: pd.Series[Any] = (count * mean + _OWN * told) / (count + _OWN)
    return found


def _added_up(shop: Shop, as_of: datetime) -> Any:
    """Add up orders, what they were worth before coupons, its logarithm and the square of that, by customer."""
    lines = shop.at(as_of).purchases
    orders = lines.group_by("customer_id", "order_id").agg(spend=lines.spend.sum().cast("float64"))
    if shop.at(as_of).has("coupons"):
        coupons = shop.at(as_of).table("coupons")
        shares = coupons.filter(coupons.kind == "share")  # those without an order meet none
        taken = shares.group_by("order_id").agg(taken=shares.value.max().cast("float64").clip(0.0, _MOST_TAKEN))
        joined = orders.left_join(taken, "order_id")
        orders = joined.select("customer_id", spend=joined.spend / (1 - joined.taken.fill_null(0.0)))
    log = orders.spend.clip(lower=_LEAST).ln()
    each = orders.select("customer_id", "spend", log=log)
    return each.group_by("customer_id").agg(
        orders=each.count(),
        spend=each.spend.sum().round(8),
        log=each.log.sum().round(8),
        square=(each.log * each.log).sum().round(8),
    )
