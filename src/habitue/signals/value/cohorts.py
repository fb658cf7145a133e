"""Cohorts: customers grouped by the month of their first purchase, followed month by month."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["follow"]

_SCHEMA = pa.schema(
    [
        ("cohort", pa.date32()),
        ("month", pa.int64()),
        ("customers", pa.int64()),
        ("active", pa.int64()),
        ("spend", pa.float64()),
        ("complete", pa.bool_()),
        ("left_censored", pa.bool_()),
    ]
)


def follow(shop: Shop, as_of: datetime) -> pa.Table:
    """Follow the customers of every first-purchase month: how many bought again in each month since, and for how much.

    Parameters
    ----------
    shop : Shop
    as_of : datetime

    Returns
    -------
    Arrow table
        cohort (first day of the month of first purchase), month (0 is the cohort's own), customers (size of the
        cohort), active (customers who bought in that month), spend, complete (the month was over at ``as_of``),
        left_censored (the first month of the history: its cohort also holds customers who bought before the records
        begin). Months without a purchase are there with 0.
    """
    each = _customer_months(shop, as_of)
    if each.empty:
        return _SCHEMA.empty_table()
    each["cohort"] = each.groupby("customer_id")["month"].transform("min")
    sums = each.groupby(["cohort", "month"], as_index=False).agg(active=("spend", "size"), spend=("spend", "sum"))
    grid = _grid(int(each["month"].min()), _last_month(as_of))
    table = grid.merge(sums, on=["cohort", "month"], how="left").fillna({"active": 0, "spend": 0.0})
    sizes = each[each["cohort"] == each["month"]].groupby("cohort").size()
    table["customers"] = table["cohort"].map(sizes).fillna(0)
    table = table[table["customers"] > 0]
    return pa.table(
        {
            "cohort": _first_days(table["cohort"]),
            "month": table["month"] - table["cohort"],
            "customers": table["customers"].astype(int),
            "active": table["active"].astype(int),
            "spend": table["spend"].round(6),
            "complete": _first_days(table["month"] + 1).astype("datetime64[us]") <= np.datetime64(as_of),
            "left_censored": table["cohort"] == each["month"].min(),
        },
        schema=_SCHEMA,
    )


def _customer_months(shop: Shop, as_of: datetime) -> pd.DataFrame:
    """One row per customer and month with a purchase; months are counted from January 1970."""
    lines = shop.at(as_of).purchases
    month = (lines.ordered_at.year() - 1970) * 12 + lines.ordered_at.month() - 1
    sums = lines.group_by("customer_id", month=month).agg(spend=lines.spend.sum().round(8))
    frame: pd.DataFrame = shop.engine.to_arrow(sums).to_pandas()
    return frame


def _grid(first: int, last: int) -> pd.DataFrame:
    cohort, month = np.meshgrid(np.arange(first, last + 1), np.arange(first, last + 1), indexing="ij")
    later = month >= cohort
    return pd.DataFrame({"cohort": cohort[later], "month": month[later]})


def _last_month(as_of: datetime) -> int:
    """Return the month of the last instant before ``as_of``."""
    last = np.datetime64(as_of, "us") - np.timedelta64(1, "us")
    return int(last.astype("datetime64[M]").astype(int))


def _first_days(months: Any) -> Any:
    return months.to_numpy().astype("datetime64[M]").astype("datetime64[D]")
