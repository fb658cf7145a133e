"""What the customers of each segment are like, next to the average customer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from habitue.features import available, fetch

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["MEASURES", "describe"]

#: Features shown, in this order, as far as the shop's tables allow.
MEASURES = (
    "spend",
    "spend_365d",
    "net_spend",
    "orders",
    "purchase_days",
    "average_order_value",
    "recency_days",
    "products",
    "categories",
    "return_share",
    "discount_share",
)

_SCHEMA = pa.schema(
    [
        ("family", pa.string()),
        ("segment", pa.string()),
        ("customers", pa.int64()),
        ("share", pa.float64()),
        ("measure", pa.string()),
        ("value", pa.float64()),
        ("index", pa.float64()),
    ]
)


def describe(shop: Shop, as_of: datetime, members: Mapping[str, pa.Table]) -> pa.Table:
    """Describe the customers of every segment by the mean of each measure; 100 is the average customer.

    Parameters
    ----------
    shop : Shop
    as_of : datetime
    members : mapping of str to Arrow table
        For each family of segments (``rfm``, ``lifecycle``): customer_id and segment.

    Returns
    -------
    Arrow table
        family, segment, customers, share, measure, value, index. Means are over the customers for whom the measure is
        known; value and index are missing where it is known of nobody, the index also where the average is 0.
    """
    possible = set(available(shop.at(as_of)))
    measures = [name for name in MEASURES if name in possible]
    # By customer: means must not depend on the order in which the database answers.
    rows = fetch(shop, as_of, tuple(measures)).sort_by("customer_id").to_pandas()
    rows = rows.set_index("customer_id")
    values = rows[measures].astype(float)
    parts = [_family(name, values, table) for name, table in members.items()]
    return pa.Table.from_pandas(pd.concat(parts, ignore_index=True), _SCHEMA, preserve_index=False)


def _family(family: str, values: pd.DataFrame, members: pa.Table) -> pd.DataFrame:
    segment = members.select(["customer_id", "segment"]).to_pandas().set_index("customer_id")["segment"]
    segment = segment.reindex(values.index)
    counts = segment.value_counts()
    means = values.groupby(segment).mean()
    average = values.mean()
    long = means.rename_axis("segment").reset_index().melt("segment", var_name="measure")
    long["index"] = 100 * long["value"] / long["measure"].map(average.where(average != 0))
    customers = long["segment"].map(counts)
    return long.assign(family=family, customers=customers, share=customers / len(values))
