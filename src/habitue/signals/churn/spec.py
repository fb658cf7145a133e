"""What this area asks, what it costs to act on the answer, and the tables it publishes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from habitue.schema import Words
from habitue.tasks import NO_ORDER, REASONS, Task, customer_inputs

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = [
    "CALIBRATION",
    "CHURN",
    "CURVE_DAYS",
    "DRIVERS",
    "MEANINGS",
    "PROFIT",
    "SUMMARY",
    "Costs",
    "question",
    "risk_of",
]

#: Days of the survival curve that the table shows.
CURVE_DAYS = (30, 60, 90, 180)

_FEW_INPUTS = (
    "recency_days", "tenure_days", "purchase_days", "mean_gap_days", "spend", "orders", "orders_90d", "orders_365d",
    "spend_90d", "overdue_ratio", "gap_variation", "average_order_value",
)  # fmt: skip
_LOW, _HIGH = 1 / 3, 2 / 3  # of the chance of no order: below, risk is low; from, it is high

CHURN = pa.schema(
    [
        ("customer_id", pa.string()),
        ("as_of", pa.timestamp("us")),
        ("horizon_days", pa.int64()),
        ("churn_probability", pa.float64()),
        ("risk", pa.string()),
        ("next_order_at", pa.timestamp("us")),
        *((f"no_order_{days}d", pa.float64()) for days in CURVE_DAYS),
        ("spend_at_stake", pa.float64()),
        ("rescue_gain", pa.float64()),
        ("rescue_gain_low", pa.float64()),
        ("rescue_gain_high", pa.float64()),
        ("rescue_cost", pa.float64()),
        ("rescue", pa.bool_()),
        ("rescue_rank", pa.int64()),
        ("evidence", pa.string()),
        ("reasons", REASONS),
    ]
)
CALIBRATION = pa.schema(
    [
        ("bin", pa.int64()),
        ("customers", pa.int64()),
        *((name, pa.float64()) for name in ("predicted", "actual", "low", "high")),
    ]
)
PROFIT = pa.schema([(name, pa.float64()) for name in ("share_treated", "profit", "low", "high")])
SUMMARY = pa.schema(
    [
        *(
            (name, pa.float64())
            for name in (
                "best_share",
                "best_profit",
                "treat_all_profit",
                "treat_none_profit",
                "gain_over_all",
                "gain_over_none",
                "contact_cost",
                "offer_share",
                "gross_margin",
            )
        ),
        ("offer", pa.string()),
        ("response_source", pa.string()),
        ("evidence", pa.string()),
    ]
)
DRIVERS = pa.schema([("input", pa.string()), ("importance", pa.float64()), ("direction", pa.float64())])

MEANINGS = {
    "coupons_received": Words("coupons received, ever", "累计收到优惠券数"),
    "coupons_used": Words("coupons used, ever", "累计使用优惠券数"),
    "coupon_use_share": Words("share of the coupons received that were used", "优惠券使用率"),
    "orders_with_coupon_held": Words("orders placed while a coupon was valid", "持券期间下单数"),
    "orders_held_out": Words("orders placed while held out from a coupon action", "未发券对照期间下单数"),
    "use_when_ordering_share": Words("share of the orders with a valid coupon that used it", "持券下单时的用券率"),
}


@dataclass(frozen=True, slots=True)
class Costs:
    """What a rescue costs and brings, in the shop's own money.

    Attributes
    ----------
    offer_share : float
        Taken off one order.
    gross_margin : float
        Share of an order's value, before the offer, left after the cost of the goods.
    contact_cost : float
        Of reaching one customer.
    offer_days : float
        For which the offer is valid, where the shop's own offers do not say.
    response_share : float
        Assumed further orders while it is valid; used only without an experiment.
    """

    offer_share: float
    gross_margin: float
    contact_cost: float
    offer_days: float
    response_share: float

    @classmethod
    def of(cls, shop: Shop) -> Costs:
        """Read them from shop.toml."""
        rescue = shop.settings.rescue
        margin = shop.settings.shop.gross_margin
        return cls(rescue.offer_share, margin, rescue.contact_cost, rescue.offer_days, rescue.response_share)


def question(horizon_days: int, *, few: bool = False) -> Task:
    """Ask whether a customer who has bought before will place no order within so many days.

    Parameters
    ----------
    horizon_days : int
    few : bool
        Describe customers by a dozen inputs only: a small shop cannot tell more apart.
    """
    return Task(
        name="churn",
        kind="binary",
        horizon_days=horizon_days,
        question=Words(
            f"Will this customer place no order in the next {horizon_days} days?",
            f"该客户在未来{horizon_days}天内是否不再下单？",
        ),
        inputs=customer_inputs(_FEW_INPUTS if few else None),
        label=_stays_away,
        baselines={"recency alone": ("recency_days",), "RFM": ("recency_days", "orders", "spend")},
        meanings=MEANINGS,
        prior=NO_ORDER,
    )


def risk_of(probability: np.ndarray) -> np.ndarray:
    """Name the risk: low below one third, high from two thirds."""
    return np.where(probability >= _HIGH, "high", np.where(probability < _LOW, "low", "medium"))


def _stays_away(shop: Shop, start: datetime, end: datetime) -> pd.DataFrame:
    """Label everyone who bought before ``start``: 1 without a purchase in the window."""
    known = shop.at(start).purchases.select("customer_id").distinct()
    came = shop.between(start, end).purchases.select("customer_id").distinct()
    ids: pd.DataFrame = shop.engine.to_arrow(known).to_pandas()
    back = set(shop.engine.to_arrow(came)["customer_id"].to_pylist())
    ids["label"] = (~ids["customer_id"].isin(back)).astype(np.float64)
    return ids
