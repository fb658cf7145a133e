"""What is asked about value, and the tables in which it is answered."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from habitue.features import CATALOGUE
from habitue.schema import Words
from habitue.signals.value.prediction_words import MEANINGS
from habitue.signals.value.repeat_buying import MONEY_DIGITS, Outlook, outlook
from habitue.tasks import REASONS, SPEND, Task, customer_inputs

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["CALIBRATION", "COVER", "HORIZONS", "TRACKING", "VALUE", "question"]

#: Horizons that are shown besides the one asked for, in days.
HORIZONS = (30, 90, 180, 365)
#: Share of customers whose spend is to lie in its interval.
COVER = 0.8

#: One row a customer.
VALUE = pa.schema(
    [
        ("customer_id", pa.string()),
        ("as_of", pa.timestamp("us")),
        ("horizon_days", pa.int64()),
        ("expected_spend", pa.float64()),
        ("spend_low", pa.float64()),
        ("spend_high", pa.float64()),
        ("expected_orders", pa.float64()),
        ("order_value", pa.float64()),
        ("p_alive", pa.float64()),
        *[(f"expected_spend_{days}d", pa.float64()) for days in HORIZONS],
        ("decile", pa.int64()),
        ("reasons", REASONS),
    ]
)

#: One row a week since the shop's first purchase; cumulative repeat purchase days of all customers.
TRACKING = pa.schema(
    [
        ("week", pa.date32()),
        ("actual", pa.float64()),
        ("expected", pa.float64()),
        ("held_out", pa.bool_()),
        ("model", pa.string()),
    ]
)

#: One row a tenth of the customers, at the last cut-off whose outcome is known; means a customer.
CALIBRATION = pa.schema(
    [
        ("decile", pa.int64()),
        ("customers", pa.int64()),
        ("predicted", pa.float64()),
        ("actual", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
    ]
)


def question(horizon_days: int, *, chosen_at: datetime | None = None, known: Outlook | None = None) -> Task:
    """Ask how much every customer will spend in a horizon.

    Parameters
    ----------
    horizon_days : int
    chosen_at : datetime, optional
        When the kind of buy-till-you-die model was chosen; at the moment asked about when not given.
    known : Outlook, optional
        What a rhythm learnt before says of everybody at the one moment that is asked about.

    Returns
    -------
    Task
        Its inputs are the feature catalogue and what a buy-till-you-die model, fitted on what was known at the same
        moment, makes of the customer.
    """

    def repeat_buying(shop: Shop, as_of: datetime, frame: pd.DataFrame) -> pd.DataFrame:
        told = known or outlook(shop, as_of, horizon_days, chosen_at=chosen_at)
        return told.inputs.reindex(frame["customer_id"]).set_index(frame.index)

    return Task(
        name="value",
        kind="amount",
        horizon_days=horizon_days,
        question=Words(
            f"How much will the customer spend in the next {horizon_days} days?",
            f"未来 {horizon_days} 天内客户将消费多少？",
        ),
        inputs=customer_inputs(extra=repeat_buying),
        label=_spend,
        baselines={
            "past spend": ("spend",),
            "RFM": ("recency_days", "purchase_days", "spend"),
            "buy till you die": ("btyd_spend",),
        },
        meanings=MEANINGS | {name: each.meaning for name, each in CATALOGUE.items()},
        prior=SPEND,
    )


def _spend(shop: Shop, start: datetime, end: datetime) -> pd.DataFrame:
    lines = shop.between(start, end).purchases
    told: pd.DataFrame = shop.engine.to_arrow(
        lines.group_by("customer_id").agg(label=lines.spend.sum().cast("float64"))
    ).to_pandas()
    # Sums over the same lines may be taken in another order; the answer must not depend on it.
    return told.assign(label=told["label"].round(MONEY_DIGITS))
