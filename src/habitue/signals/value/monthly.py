"""The shop month by month: orders, customers old and new, money in, money given back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["add_up"]

_SCHEMA = pa.schema(
    [
        ("month", pa.date32()),
        ("complete", pa.bool_()),
        ("orders", pa.int64()),
        ("customers", pa.int64()),
        ("new_customers", pa.int64()),
        ("returning_customers", pa.int64()),
        ("spend", pa.float64()),
        ("returns", pa.float64()),
        ("guest_spend", pa.float64()),
    ]
)


def add_up(shop: Shop, as_of: datetime) -> pa.Table:
    """Add up every month of the shop's history.

    Parameters
    ----------
    shop : Shop
    as_of : datetime

    Returns
    -------
    Arrow table
        month (its first day), complete (over at ``as_of``), orders, customers, new_customers (first purchase ever in
        that month), returning_customers, spend (gross of returns), returns (money given back in that month, as a
        positive number), guest_spend (lines without a customer; not in the other figures). Months without any sale are
        there with 0.
    """
    months = [_known(shop, as_of), _returned(shop, as_of), _guests(shop, as_of)]
    table = pd.concat([each.set_index("month") for each in months], axis=1, sort=True)
    if table.empty:
        return _SCHEMA.empty_table()
    last = pd.Timestamp(as_of) - timedelta(microseconds=1)
    every = pd.date_range(table.index.min(), last, freq="MS", name="month")
    table = table.reindex(every).fillna(0).reset_index()
    table["complete"] = table["month"] + pd.offsets.MonthBegin(1) <= pd.Timestamp(as_of)
    table["returning_customers"] = table["customers"] - table["new_customers"]
    table["month"] = table["month"].dt.date
    for field in _SCHEMA:
        if pa.types.is_integer(field.type):
            table[field.name] = table[field.name].astype("int64")
    return pa.Table.from_pandas(table, _SCHEMA, preserve_index=False)


def _known(shop: Shop, as_of: datetime) -> pd.DataFrame:
    lines = shop.at(as_of).purchases
    month = lines.ordered_at.truncate("M")
    per_customer = lines.group_by("customer_id", month=month).agg(
        orders=lines.order_id.nunique(), spend=lines.spend.sum()
    )
    first = lines.group_by("customer_id").agg(first_at=lines.ordered_at.min())
    both = per_customer.join(first, "customer_id")
    sums = both.group_by("month").agg(
        orders=both.orders.sum(),
        customers=both.count(),
        new_customers=(both.first_at.truncate("M") == both.month).sum(),
        spend=both.spend.sum().round(6),
    )
    return _frame(shop, sums)


def _returned(shop: Shop, as_of: datetime) -> pd.DataFrame:
    lines = shop.at(as_of).returns
    return _frame(shop, lines.group_by(month=lines.ordered_at.truncate("M")).agg(returns=-lines.spend.sum().round(6)))


def _guests(shop: Shop, as_of: datetime) -> pd.DataFrame:
    lines = shop.at(as_of).lines
    empty = [lines[name].isnull() for name in ("customer_id", "set_aside", "cancelled_at")]  # noqa: PD003 - Ibis
    bought = lines.filter(*empty, lines.quantity > 0, lines.unit_price > 0)
    spend = (bought.quantity * bought.unit_price).sum()
    return _frame(shop, bought.group_by(month=bought.ordered_at.truncate("M")).agg(guest_spend=spend.round(6)))


def _frame(shop: Shop, expr: Any) -> pd.DataFrame:
    frame: pd.DataFrame = shop.engine.to_arrow(expr).to_pandas()
    frame["month"] = pd.to_datetime(frame["month"]).astype("datetime64[us]")
    return frame
