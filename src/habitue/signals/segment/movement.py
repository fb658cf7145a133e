"""How the customers moved between lifecycle stages: month by month, and between two dates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from habitue.signals.segment.lifecycle import Standing, standing
from habitue.signals.segment.stages import STAGES, YOUNG_DAYS

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["FLOW_DAYS", "MONTHS", "NOT_YET", "flows", "history"]

FLOW_DAYS = (30, 90)
NOT_YET = "none"  # the stage of those who are no customers at that moment
MONTHS = 13

_HISTORY = pa.schema(
    [
        ("at", pa.timestamp("us")),
        ("stage", pa.string()),
        ("customers", pa.int64()),
        ("spend_365d", pa.float64()),
        ("settled", pa.bool_()),
    ]
)
_FLOWS = pa.schema(
    [
        ("from_at", pa.timestamp("us")),
        ("to_at", pa.timestamp("us")),
        ("from_stage", pa.string()),
        ("to_stage", pa.string()),
        ("customers", pa.int64()),
        ("spend_365d", pa.float64()),
        ("spend_365d_before", pa.float64()),
    ]
)


def history(shop: Shop, as_of: datetime) -> pa.Table:
    """Count the customers of every stage, and their money, at the last thirteen month starts and now.

    Each moment is judged by what was known then.

    Parameters
    ----------
    shop : Shop
    as_of : datetime

    Returns
    -------
    Arrow table
        at, stage, customers, spend_365d (money spent in the 365 days before ``at``), settled (the records then
        covered half a year); every stage at every moment that has any customer.
    """
    moments = (*sorted(_month_starts(as_of)), as_of)
    parts = [_counted(at, standing(shop, at)) for at in moments]
    return _table([part for part in parts if part is not None], _HISTORY)


def _counted(at: datetime, now: Standing) -> pd.DataFrame | None:
    if not now.rows.num_rows:
        return None
    spend = pd.Series(now.rows["spend_365d"].to_numpy()).fillna(0.0)
    # By number: names of stages and customers would take most of the time in a large shop.
    counted = spend.groupby(now.stage).agg(["size", "sum"]).reindex(range(len(STAGES)), fill_value=0)
    return pd.DataFrame(
        {
            "at": at,
            "stage": list(STAGES),
            "customers": counted["size"].to_numpy(),
            "spend_365d": counted["sum"].to_numpy(dtype=float),
            "settled": now.history_days >= YOUNG_DAYS,
        }
    )


def flows(shop: Shop, as_of: datetime) -> pa.Table:
    """Count the customers who went from each stage to each other one in the last 30 and the last 90 days.

    Parameters
    ----------
    shop : Shop
    as_of : datetime

    Returns
    -------
    Arrow table
        from_at, to_at, from_stage, to_stage (``none``: no customer at that moment), customers, spend_365d (in the year
        before ``to_at``), spend_365d_before (in the year before ``from_at``). Empty where the shop's history is too
        short.
    """
    now = _stages(standing(shop, as_of))
    parts = []
    for days in FLOW_DAYS:
        then_at = as_of - timedelta(days=days)
        then = _stages(standing(shop, then_at))
        if then.empty:
            continue
        both = then.merge(now, how="outer", left_index=True, right_index=True, suffixes=("_then", "_now"))
        both = both.fillna({"stage_then": NOT_YET, "stage_now": NOT_YET, "spend_365d_then": 0.0, "spend_365d_now": 0.0})
        counted = both.groupby(["stage_then", "stage_now"], as_index=False).agg(
            customers=("stage_now", "size"),
            spend_365d=("spend_365d_now", "sum"),
            spend_365d_before=("spend_365d_then", "sum"),
        )
        counted = counted.rename(columns={"stage_then": "from_stage", "stage_now": "to_stage"})
        parts.append(counted.assign(from_at=then_at, to_at=as_of))
    return _table(parts, _FLOWS)


def _stages(now: Standing) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "stage": np.array(STAGES, dtype=object)[now.stage],
            "spend_365d": now.rows["spend_365d"].to_numpy(),
        },
        index=pd.Index(now.rows["customer_id"].to_pandas(), name="customer_id"),
    ).fillna({"spend_365d": 0.0})


def _month_starts(as_of: datetime) -> Iterator[datetime]:
    start = datetime(as_of.year, as_of.month, 1)
    for _ in range(MONTHS):
        if start < as_of:
            yield start
        start = (start - timedelta(days=1)).replace(day=1)


def _table(parts: list[pd.DataFrame], schema: pa.Schema) -> pa.Table:
    if not parts:
        return schema.empty_table()
    return pa.Table.from_pandas(pd.concat(parts, ignore_index=True), schema, preserve_index=False)
