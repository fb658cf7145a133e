"""The lifecycle stage of every customer, by their own rhythm and the shop's, and since when they are in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from habitue.signals.segment.stages import RULES, STAGES, came_back, shop_gap, stage_numbers, usual_gap
from habitue.signals.segment.visits import Seen, Visits, visits

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["Standing", "score", "standing"]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where every customer stands at a moment, one entry per customer, by customer_id.

    ``stage`` is the place in `STAGES`; days are whole days on the shop's calendar.
    """

    seen: Seen
    history_days: int
    shop_gap_days: float
    back: Any
    quiet_days: Any
    gap_days: Any
    stage: Any


def score(shop: Shop, as_of: datetime) -> pa.Table:
    """Give every customer one lifecycle stage, the day they entered it and the stage they came from.

    Both are judged by the rhythm each customer had shown at the time.

    Parameters
    ----------
    shop : Shop
    as_of : datetime
        Nothing that happened then or later is used.

    Returns
    -------
    Arrow table
        customer_id, as_of, stage, since, previous_stage (missing for those who have been in their first stage ever
        since), purchase_days, recency_days, usual_gap_days, spend, spend_365d, net_spend_365d (less what was given
        back in those days, but not below 0); one row per customer, by customer_id.
    """
    bought = visits(shop, as_of)
    now = standing(bought, as_of)
    since, previous = _entered(now)
    names, customers = np.array(STAGES, dtype=object), bought.customers(now.seen)
    spend_365d = pa.array(now.seen.spend_365d, pa.float64())
    return pa.table(
        {
            "customer_id": customers,
            "as_of": pa.repeat(pa.scalar(as_of, pa.timestamp("us")), len(customers)),
            "stage": pa.array(names[now.stage], pa.string()),
            "since": pa.array(since.astype("datetime64[us]"), pa.timestamp("us")),
            "previous_stage": pa.array(names[previous], pa.string(), mask=previous < 0),
            "purchase_days": pa.array(now.seen.purchase_days, pa.int64()),
            "recency_days": pa.array(now.seen.recency_days(as_of), pa.float64()),
            "usual_gap_days": pa.array(now.gap_days, pa.float64()),
            "spend": pa.array(now.seen.spend, pa.float64()),
            "spend_365d": spend_365d,
            "net_spend_365d": _less_returned(shop, as_of, customers, spend_365d),
        }
    )


def standing(bought: Visits, moment: datetime) -> Standing:
    """Return where every customer stands at a moment, the one of the visits or an earlier one."""
    seen = bought.seen(moment)
    span = (seen.last_day - seen.first_day).astype(np.int64)
    today = np.datetime64(moment, "D")
    history = int((today - seen.first_day.min()).astype(int)) if seen.first_day.size else 0
    gap = shop_gap(seen.purchase_days, span, history)
    own = usual_gap(seen.purchase_days, span, gap)
    back = came_back(seen.purchase_days, span, seen.last_gap_days, gap)
    quiet = (today - seen.last_day).astype(np.int64)
    return Standing(seen, history, gap, back, quiet, own, stage_numbers(seen.purchase_days, back, quiet, own))


def _entered(now: Standing) -> tuple[Any, Any]:
    """Return the day on which each customer entered the stage, and the number of the stage before (-1: none).

    The quiet days since the last purchase tell it for those whom silence brought there. The others entered with a
    purchase: the last one on which their stage was another than on the day before.
    """
    by_purchase, before = _last_change(now)
    lowest = np.array([rule.gaps[0] for rule in RULES])[now.stage]
    by_silence = lowest >= 0
    first_quiet_day = np.where(by_silence, np.floor(lowest * now.gap_days) + 1, 0).astype(np.int64)
    day_before = stage_numbers(now.seen.purchase_days, now.back, first_quiet_day - 1, now.gap_days)
    since = np.where(by_silence, now.seen.last_day + first_quiet_day, by_purchase)
    return since, np.where(by_silence, day_before, before)


def _last_change(now: Standing) -> tuple[Any, Any]:
    """Return each customer's last purchase day that changed their stage, and the stage on the day before."""
    day, count = now.seen.days, now.seen.purchase_days
    starts = np.cumsum(count) - count
    customer = np.repeat(np.arange(starts.size), count)
    number = np.arange(day.size) - starts[customer] + 1
    span = (day - day[starts][customer]).astype(np.int64)
    gap = np.diff(day.astype(np.int64), prepend=0)
    usual = usual_gap(number, span, now.shop_gap_days)
    back = came_back(number, span, gap, now.shop_gap_days)
    entry = stage_numbers(number, back, np.zeros_like(gap), usual)
    before = np.full(day.size, -1, dtype=np.int64)
    before[1:] = stage_numbers(number[:-1], back[:-1], np.maximum(gap[1:] - 1, 0), usual[:-1])
    before[starts] = -1
    changed = np.flatnonzero(entry != before)
    last = np.zeros(starts.size, dtype=np.int64)
    last[customer[changed]] = changed  # rows are in the order of days: the last one stays
    return day[last], before[last]


def _less_returned(shop: Shop, as_of: datetime, customers: Any, spend: Any) -> Any:
    lines = shop.at(as_of).returns
    recent = lines.filter(lines.ordered_at >= ibis.literal(as_of - timedelta(days=365)))
    back = shop.engine.to_arrow(recent.group_by("customer_id").agg(back=-recent.spend.sum().round(8)))
    place = pc.index_in(customers, back["customer_id"].combine_chunks())
    returned = pc.fill_null(pc.take(back["back"], place), 0.0)
    return pc.max_element_wise(pc.subtract(spend, returned), 0.0)
