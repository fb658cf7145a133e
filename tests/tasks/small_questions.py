"""Two plain questions about a shop."""

from __future__ import annotations

import datetime as dt
from typing import Any

from habitue.data.shop import Shop
from habitue.schema import Words
from habitue.tasks import NO_ORDER, SPEND, Task, customer_inputs

AS_OF = dt.datetime(2024, 3, 1)
HORIZON = 60
NAMES = (
    "recency_days", "tenure_days", "purchase_days", "mean_gap_days", "spend", "orders", "spend_90d", "overdue_ratio",
    "country",
)  # fmt: skip
BASELINES = {"recency alone": ("recency_days",), "RFM": ("recency_days", "purchase_days", "spend")}


def no_order(shop: Shop, start: dt.datetime, end: dt.datetime) -> Any:
    before = shop.engine.to_arrow(shop.at(start).purchases.select("customer_id").distinct()).to_pandas()
    bought = shop.engine.to_arrow(shop.between(start, end).purchases.select("customer_id").distinct()).to_pandas()
    return before.assign(label=(~before["customer_id"].isin(bought["customer_id"])).astype("float64"))


def spend(shop: Shop, start: dt.datetime, end: dt.datetime) -> Any:
    lines = shop.between(start, end).purchases
    return shop.engine.to_arrow(lines.group_by("customer_id").agg(label=lines.spend.sum())).to_pandas()


def churn_task(**changes: Any) -> Task:
    words = Words("Will they order nothing?", "会不会不再下单？")
    given = {"inputs": customer_inputs(NAMES), "label": no_order, "baselines": BASELINES, "prior": NO_ORDER}
    return Task("churn", "binary", HORIZON, words, **(given | changes))


def value_task(**changes: Any) -> Task:
    words = Words("How much will they spend?", "会消费多少？")
    given = {"inputs": customer_inputs(NAMES), "label": spend, "baselines": {"past": ("spend",)}, "prior": SPEND}
    return Task("value", "amount", HORIZON, words, **(given | changes))
