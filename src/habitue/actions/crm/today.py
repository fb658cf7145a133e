"""What to do today: groups of customers to care for, by urgency and the money at stake, and the customers in each."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from habitue.actions.crm.plan import OVERDUE, PLAN, VALUED

__all__ = ["decide"]

_ENOUGH_CUSTOMERS = 50  # to measure what usually becomes of a stage
_PRIOR_CUSTOMERS = 10  # a small group's share is drawn towards that of all as by so many customers

_CUSTOMERS = pa.schema(
    [
        ("action", pa.string()),
        ("customer_id", pa.string()),
        ("priority", pa.int64()),
        ("money_at_stake", pa.float64()),
        ("reason", pa.string()),
        ("rfm_segment", pa.string()),
        ("since", pa.timestamp("us")),
        ("purchase_days", pa.int64()),
        ("recency_days", pa.float64()),
        ("usual_gap_days", pa.float64()),
        ("spend", pa.float64()),
        ("spend_365d", pa.float64()),
        ("net_spend_365d", pa.float64()),
    ]
)
_TODAY = pa.schema(
    [
        ("rank", pa.int64()),
        ("action", pa.string()),
        ("segment", pa.string()),
        ("urgency", pa.int64()),
        ("customers", pa.int64()),
        ("entered_7d", pa.int64()),
        ("spend_365d", pa.float64()),
        ("net_spend_365d", pa.float64()),
        ("money_at_stake", pa.float64()),
        ("stake_basis", pa.string()),
        ("flow_days", pa.int64()),
        ("observed_customers", pa.int64()),
        ("observed_overdue", pa.int64()),
        ("median_recency_days", pa.float64()),
        ("median_usual_gap_days", pa.float64()),
        ("evidence", pa.string()),
    ]
)


def decide(*, lifecycle: pa.Table, rfm: pa.Table, flows: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Say whom to care for today and in which order.

    The money at stake is an observation, not a promise: what the group spent in the last 365 days less what it gave
    back, times the share of customers of the same stage who were overdue 90 days later. Where that could not be
    observed yet it is the whole amount, and ``stake_basis`` says so. What an action gains is not known before it was
    tried with a hold-out.

    Parameters
    ----------
    lifecycle, rfm, flows : Arrow table
        The published tables ``lifecycle``, ``rfm`` and ``lifecycle_flows`` of one moment.

    Returns
    -------
    Arrow table
        ``today``: one row per action, by rank.
    Arrow table
        ``today_customers``: every customer with their one action, by priority within it, and the numbers behind it.
    """
    customers = lifecycle.to_pandas()
    customers = customers.merge(_rfm_segments(rfm), on="customer_id", how="left")
    customers["action"] = _actions(customers)
    observed, flow_days = _observed(flows)
    shares, basis = _overdue_shares(observed)
    customers["money_at_stake"] = customers["net_spend_365d"] * customers["stage"].map(shares).fillna(1.0).astype(float)
    customers["reason"] = customers["stage"]
    ordered = customers.sort_values(
        ["action", "money_at_stake", "spend", "customer_id"], ascending=[True, False, False, True]
    )
    ordered["priority"] = ordered.groupby("action").cumcount() + 1
    groups = _groups(customers).merge(observed, left_on="segment", right_index=True, how="left")
    groups["stake_basis"] = basis
    groups["flow_days"] = flow_days
    groups["evidence"] = "observational"
    return _table(_ranked(groups), _TODAY), _table(ordered, _CUSTOMERS)


def _rfm_segments(rfm: pa.Table) -> pd.DataFrame:
    frame: pd.DataFrame = rfm.select(["customer_id", "segment"]).to_pandas()
    return frame.rename(columns={"segment": "rfm_segment"})


def _actions(customers: pd.DataFrame) -> Any:
    valued = customers["rfm_segment"].isin(VALUED)
    actions = np.empty(len(customers), dtype=object)
    for step in PLAN:
        held = customers["stage"] == step.stage
        actions[held if step.valued is None else held & (valued == step.valued)] = step.action
    return actions


def _observed(flows: pa.Table) -> tuple[pd.DataFrame, int | None]:
    """Count, per stage at the earlier moment, the customers and those who are overdue now."""
    frame = flows.to_pandas()
    frame = frame[(frame["from_stage"] != "none") & (frame["to_stage"] != "none")]
    if frame.empty:
        empty = pd.DataFrame({"observed_customers": [], "observed_overdue": []}, dtype="int64")
        return empty.set_index(pd.Index([], dtype=object)), None
    longest = frame[frame["from_at"] == frame["from_at"].min()]
    overdue = longest["customers"].where(longest["to_stage"].isin(OVERDUE), 0)
    counted = pd.DataFrame({"observed_customers": longest["customers"], "observed_overdue": overdue})
    days = (longest["to_at"].iloc[0] - longest["from_at"].iloc[0]).days
    return counted.groupby(longest["from_stage"]).sum(), int(days)


def _overdue_shares(observed: pd.DataFrame) -> tuple[pd.Series, str]:
    """Return the share overdue later by stage, drawn towards that of all stages where few were seen."""
    total = observed["observed_customers"].sum()
    if total < _ENOUGH_CUSTOMERS:
        return pd.Series(dtype=float), "spend_365d"
    overall = observed["observed_overdue"].sum() / total
    stages = observed.reindex(sorted({step.stage for step in PLAN}), fill_value=0)
    shares = (stages["observed_overdue"] + _PRIOR_CUSTOMERS * overall) / (
        stages["observed_customers"] + _PRIOR_CUSTOMERS
    )
    return shares, "expected_loss"


def _groups(customers: pd.DataFrame) -> pd.DataFrame:
    week_ago = customers["as_of"] - timedelta(days=7)
    groups = (
        customers.assign(entered=customers["since"] > week_ago)
        .groupby("action")
        .agg(
            segment=("stage", "first"),
            customers=("stage", "size"),
            entered_7d=("entered", "sum"),
            spend_365d=("spend_365d", "sum"),
            net_spend_365d=("net_spend_365d", "sum"),
            money_at_stake=("money_at_stake", "sum"),
            median_recency_days=("recency_days", "median"),
            median_usual_gap_days=("usual_gap_days", "median"),
        )
    )
    groups["urgency"] = groups.index.map({step.action: step.urgency for step in PLAN})
    return groups.reset_index()


def _ranked(groups: pd.DataFrame) -> pd.DataFrame:
    ordered = groups.sort_values(["urgency", "money_at_stake", "action"], ascending=[True, False, True])
    return ordered.assign(rank=np.arange(1, len(ordered) + 1))


def _table(frame: pd.DataFrame, schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pandas(frame, schema, preserve_index=False)
