"""What an order of each customer is worth before coupons, drawn towards everybody's where orders are few."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["order_values"]

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
    own = _own(shop, as_of).reindex(customers.to_numpy())
    found = own.fillna(own.mean() if own.notna().any() else 0.0).to_numpy()
    if value is None:
        return found
    told = value.select(["customer_id", "order_value"]).to_pandas().drop_duplicates("customer_id")
    given = told.set_index("customer_id")["order_value"].reindex(customers.to_numpy()).to_numpy(dtype=np.float64)
    return np.where(np.isfinite(given), given, found)


def _own(shop: Shop, as_of: datetime) -> pd.Series[Any]:
    """Draw each customer's mean logarithm towards everybody's, and mix what it tells with the plain mean."""
    lines = shop.at(as_of).purchases
    each = lines.group_by("customer_id", "order_id").agg(spend=lines.spend.sum())
    orders = shop.engine.to_arrow(each).to_pandas().sort_values(["customer_id", "order_id"], kind="stable")
    orders["spend"] = orders["spend"] / (1 - _coupon_shares(shop, as_of, orders["order_id"]))
    orders["log"] = np.log(orders["spend"].clip(lower=1e-9))
    by = orders.groupby("customer_id")
    count, mean, log = by.size().astype(np.float64), by["spend"].mean(), by["log"].mean()
    if not len(count):
        return pd.Series(dtype=np.float64)
    within = float(((orders["log"] - orders["customer_id"].map(log)) ** 2).sum()) / max(len(orders) - len(count), 1)
    between = max(float(log.var(ddof=0)) - within * float((1 / count).mean()), 1e-6)
    own = count / (count + within / between)
    told = np.exp(own * log + (1 - own) * float(orders["log"].mean()) + min(within, 2.0) / 2)
    found: pd.Series[Any] = (count * mean + _OWN * told) / (count + _OWN)
    return found


def _coupon_shares(shop: Shop, as_of: datetime, order_ids: pd.Series[Any]) -> Any:
    """Return the share that a coupon took off each order, 0 where none is known."""
    if not shop.at(as_of).has("coupons"):
        return np.zeros(len(order_ids))
    coupons = shop.at(as_of).table("coupons")
    rows = shop.engine.to_arrow(coupons.filter(coupons.kind == "share").select("order_id", "value")).to_pandas()
    share = rows.groupby("order_id")["value"].max().reindex(order_ids.to_numpy()).to_numpy(dtype=np.float64)
    return np.clip(np.nan_to_num(share, nan=0.0), 0.0, 0.95)
