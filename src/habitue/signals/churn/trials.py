"""The shop's own experiments: coupons and messages that were drawn at random, and what came of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from habitue.signals.churn.spec import Costs
from habitue.tasks import Task, asked

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["RESPONSE_INPUTS", "Trial", "coupon_habits", "read_trial"]

_MOST_BATCHES = 12  # the newest ones
_FEWEST_ROWS = 300
_HELD_OUT = ("none", "control", "holdout", "hold_out")
_CERTAIN = 0.01  # arms drawn with a chance closer to 0 or 1 were not drawn

#: By what the response to an offer may vary, where the shop knows it.
RESPONSE_INPUTS = (
    "use_when_ordering_share", "coupon_use_share", "coupons_used", "coupons_received", "orders_with_coupon_held",
    "orders_held_out", "discount_share", "discounted_order_share", "coupon_order_share", "price_index", "recency_days",
    "orders", "orders_90d", "tenure_days", "mean_gap_days", "average_order_value", "gap_variation", "overdue_ratio",
    "items_per_order",
)  # fmt: skip


@dataclass(frozen=True)
class Trial:
    """Contacts drawn at random, whose offer has run out.

    Attributes
    ----------
    frame : DataFrame
        customer_id, as_of and inputs, as known when the arm was drawn.
    orders, used, dose, weight : arrays of shape (n,)
        Orders while the offer was valid; whether it was used; its strength against the offer asked about; one over
        the chance of the arm drawn.
    days : float
        For which the newest offer was valid.
    with_offer : bool
        Coupons; messages carry none.
    """

    frame: pd.DataFrame
    orders: Any
    used: Any
    dose: Any
    weight: Any
    days: float
    with_offer: bool


def read_trial(shop: Shop, as_of: datetime, task: Task, costs: Costs) -> Trial | None:
    """Find the shop's randomised coupon actions or, where there are none, its randomised messages.

    Parameters
    ----------
    shop : Shop
    as_of : datetime
        Only contacts whose offer had run out by then.
    task : Task
        Whose inputs describe the customers.
    costs : Costs

    Returns
    -------
    Trial or None
        None where arms and their chances are not recorded, or too few contacts were drawn.
    """
    for name, read in (("coupons", _coupons), ("messages", _messages)):
        if not (shop.at(as_of).has(name) and shop.at(as_of).gives(name, "arm")):
            continue
        contacts = _drawn(read(shop, as_of, costs), as_of)
        if len(contacts) >= _FEWEST_ROWS:
            return _followed(shop, as_of, contacts, task, with_offer=name == "coupons")
    return None


def coupon_habits(shop: Shop, as_of: datetime, frame: pd.DataFrame) -> pd.DataFrame:
    """Describe how each customer has dealt with coupons, one row for each row of ``frame``; empty without coupons."""
    index = frame["customer_id"]
    if not shop.at(as_of).has("coupons"):
        return pd.DataFrame(index=frame.index)
    coupons = shop.engine.to_arrow(shop.at(as_of).table("coupons")).to_pandas()
    coupons = coupons[coupons["customer_id"].notna()].sort_values(["issued_at", "coupon_id"], kind="stable")
    handed = _strength(coupons) > 0
    orders = _orders(shop, as_of)
    held = pd.merge_asof(
        orders.sort_values(["ordered_at", "order_id"], kind="stable"),
        coupons.assign(handed=handed)[["customer_id", "issued_at", "expires_at", "handed"]],
        left_on="ordered_at", right_on="issued_at", by="customer_id",
    )  # fmt: skip
    days = (coupons["expires_at"] - coupons["issued_at"])[handed].median()
    inside = held["ordered_at"] < held["expires_at"].fillna(held["issued_at"] + days)
    received = coupons[handed].groupby("customer_id").size().reindex(index).fillna(0).to_numpy()
    used = coupons[coupons["redeemed_at"].notna()].groupby("customer_id").size().reindex(index).fillna(0).to_numpy()
    taken = held["handed"].eq(True)
    holding = held[inside & taken].groupby("customer_id").size().reindex(index).fillna(0).to_numpy()
    out = held[inside & ~taken].groupby("customer_id").size().reindex(index).fillna(0).to_numpy()
    return pd.DataFrame({
        "coupons_received": received, "coupons_used": used,
        "coupon_use_share": used / np.maximum(received, 1),
        "orders_with_coupon_held": holding, "orders_held_out": out,
        # Drawn towards one half: two orders say little about a habit.
        "use_when_ordering_share": (used + 0.5) / (np.maximum(holding, used) + 1),
    }, index=frame.index)  # fmt: skip


def _coupons(shop: Shop, as_of: datetime, costs: Costs) -> pd.DataFrame:
    rows = shop.engine.to_arrow(shop.at(as_of).table("coupons")).to_pandas()
    strength = _strength(rows)
    share = rows["kind"].eq("share").to_numpy()
    return pd.DataFrame({
        "contact_id": rows["coupon_id"], "customer_id": rows["customer_id"], "at": rows["issued_at"],
        "until": rows["expires_at"], "propensity": rows["propensity"],
        "dose": np.where(share, strength / costs.offer_share, (strength > 0).astype(np.float64)),
        "used": rows["redeemed_at"].notna().to_numpy(), "order_id": rows["order_id"],
    })  # fmt: skip


def _strength(coupons: pd.DataFrame) -> Any:
    """Return the value of each coupon, 0 for customers that were held out."""
    value = coupons["value"].astype(np.float64).fillna(0.0).to_numpy()
    return np.where(coupons["kind"].eq("none") | coupons["arm"].isin(_HELD_OUT), 0.0, value)


def _messages(shop: Shop, as_of: datetime, costs: Costs) -> pd.DataFrame:
    rows = shop.engine.to_arrow(shop.at(as_of).table("messages")).to_pandas()
    treated = rows["arm"].notna() & ~rows["arm"].isin(_HELD_OUT)
    return pd.DataFrame({
        "contact_id": rows["message_id"], "customer_id": rows["customer_id"], "at": rows["sent_at"],
        "until": rows["sent_at"] + timedelta(days=costs.offer_days), "propensity": rows["propensity"],
        "dose": treated.astype(np.float64), "used": False, "order_id": None,
    })  # fmt: skip


def _drawn(contacts: pd.DataFrame, as_of: datetime) -> pd.DataFrame:
    """Keep actions with both sides, whose arms were drawn with a chance that is known, and that have run out."""
    chance = contacts["propensity"].astype(np.float64)
    # An empty arm beside a known chance is the arm "none", which reads as empty.
    kept = contacts["customer_id"].notna() & chance.between(_CERTAIN, 1 - _CERTAIN)
    rows = contacts[kept].assign(action=contacts["at"].dt.normalize())
    if rows.empty:
        return rows
    lasts = (rows["until"] - rows["at"])[rows["dose"] > 0].groupby(rows["action"]).median()
    rows = rows.assign(lasts=rows["action"].map(lasts))
    by = rows.groupby("action")
    both = (by["dose"].max() > 0) & (by["dose"].min() == 0)
    over = by["at"].min() + lasts.reindex(both.index) <= pd.Timestamp(as_of)
    good = sorted(both.index[(both & over).to_numpy(dtype=np.bool_)])[-_MOST_BATCHES:]
    return rows[rows["action"].isin(good)].sort_values(["at", "contact_id"], kind="stable").reset_index(drop=True)


def _followed(shop: Shop, as_of: datetime, contacts: pd.DataFrame, task: Task, *, with_offer: bool) -> Trial:
    """Put beside each contact what was known before it and what was ordered while it held."""
    orders = _orders(shop, as_of)
    parts = []
    days = float("nan")
    for _, rows in contacts.groupby("action", sort=True):
        begun = rows["at"].min().to_pydatetime()
        lasts = rows["lasts"].iloc[0]
        days = lasts / timedelta(days=1)
        inputs = asked(shop, task, begun)
        inputs = pd.concat([inputs, coupon_habits(shop, begun, inputs)], axis=1)
        within = orders[(orders["ordered_at"] >= begun) & (orders["ordered_at"] < begun + lasts)]
        once = rows.drop_duplicates("customer_id")
        placed = once["customer_id"].map(within.groupby("customer_id").size()).fillna(0.0)
        once = once.assign(placed=placed)
        parts.append(inputs.merge(once[["customer_id", "placed", "used", "order_id", "dose", "propensity"]],
                                  on="customer_id", how="inner"))  # fmt: skip
    frame = pd.concat(parts, ignore_index=True)
    cancelled = frame["order_id"].notna() & ~frame["order_id"].isin(orders["order_id"])
    used = frame["used"].astype(bool) & ~cancelled
    outcome = {"orders": frame["placed"], "used": used, "dose": frame["dose"], "weight": 1 / frame["propensity"]}
    arrays = {name: each.to_numpy(dtype=np.float64) for name, each in outcome.items()}
    inputs = frame.drop(columns=["placed", "used", "order_id", "dose", "propensity"])
    return Trial(inputs, **arrays, days=float(days), with_offer=with_offer)


def _orders(shop: Shop, as_of: datetime) -> pd.DataFrame:
    lines = shop.at(as_of).purchases
    each = lines.group_by("customer_id", "order_id").agg(ordered_at=lines.ordered_at.min())
    frame: pd.DataFrame = shop.engine.to_arrow(each).to_pandas()
    return frame.sort_values(["ordered_at", "order_id"], kind="stable").reset_index(drop=True)
