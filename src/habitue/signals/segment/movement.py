"""How the customers moved between lifecycle stages: month by month, and between two dates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from habitue.signals.segment.lifecycle import Standing, standing
from habitue.signals.segment.stages import STAGES, YOUNG_DAYS
from habitue.signals.segment.visits import Visits, visits

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["FLOW_DAYS", "MONTHS", "NOT_YET", "flows", "history"]

FLOW_DAYS = (30, 90)
NOT_YET = "none"  # the stage of those who are no customers at that moment
MONTHS = 13
_NOBODY = len(STAGES)

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
    bought = visits(shop, as_of)
    parts = [_counted(at, standing(bought, at)) for at in moments]
    return _table([part for part in parts if part is not None], _HISTORY)


def _counted(at: datetime, now: Standing) -> pd.DataFrame | None:
    if not now.stage.size:
        return None
    return pd.DataFrame(
        {
            "at": at,
            "stage": list(STAGES),
            "customers": np.bincount(now.stage, minlength=len(STAGES)),
            "spend_365d": np.bincount(now.stage, weights=now.seen.spend_365d, minlength=len(STAGES)),
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
    bought = visits(shop, as_of)
    now = _everybody(bought, as_of)
    parts = []
    for days in FLOW_DAYS:
        then_at = as_of - timedelta(days=days)
        then = _everybody(bought, then_at)
        if (then[0] == _NOBODY).all():
            continue
        parts.append(_flowed(then, now).assign(from_at=then_at, to_at=as_of))
    return _table(parts, _FLOWS)


def _everybody(bought: Visits, moment: datetime) -> tuple[Any, Any]:
    """Return stage number and spend of all customers there will ever be; `_NOBODY` and 0 for who is none yet."""
    now = standing(bought, moment)
    stage, spend = np.full(len(bought.ids), _NOBODY), np.zeros(len(bought.ids))
    stage[now.seen.place], spend[now.seen.place] = now.stage, now.seen.spend_365d
    return stage, spend


def _flowed(then: tuple[Any, Any], now: tuple[Any, Any]) -> pd.DataFrame:
    """Count customers and add up their money by the pair of stages; by name, and only pairs that occur."""
    size = _NOBODY + 1
    pair = then[0] * size + now[0]
    counts = np.bincount(pair, minlength=size * size)
    before, after = (np.bincount(pair, weights=spend, minlength=size * size) for spend in (then[1], now[1]))
    found = np.flatnonzero(counts)
    found = found[found != size * size - 1]  # who was none and is none
    names = np.array([*STAGES, NOT_YET], dtype=object)
    return pd.DataFrame(
        {
            "from_stage": names[found // size],
            "to_stage": names[found % size],
            "customers": counts[found],
            "spend_365d": after[found],
            "spend_365d_before": before[found],
        }
    ).sort_values(["from_stage", "to_stage"], ignore_index=True)


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
