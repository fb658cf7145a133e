"""Every customer's next visit, and where visits drop off: the tables of the area as of a moment."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from habitue.data.shop import as_moment
from habitue.errors import DataError
from habitue.signals.behaviour.comings import Comings, read_comings, rhythm_at
from habitue.signals.behaviour.drops import drops
from habitue.signals.behaviour.funnel import funnel, paths
from habitue.signals.behaviour.hours import best_times
from habitue.signals.behaviour.learning import Learnt
from habitue.signals.behaviour.past import DEPTHS, PAST_INPUTS, Past, past_of
from habitue.signals.behaviour.spec import BEHAVIOUR, BEHAVIOUR_DROPS, BEHAVIOUR_FUNNEL, BEHAVIOUR_PATHS
from habitue.signals.behaviour.visits import Floats, Ints, Visits, moment_us, read_visits
from habitue.tasks import REASONS
from habitue.tasks.reasons import strongest

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["score"]

_SECONDS = 86_400
_DIGITS = 12  # beyond, the order of summing shows


def score(shop: Shop, as_of: datetime, learnt: Learnt, *, need: Any = None) -> dict[str, pa.Table]:
    """Answer for every customer with what was learnt; see `habitue.signals.behaviour.predict.run`.

    Raises
    ------
    DataError
        When what was learnt knows more than the moment.
    """
    moment = as_moment(as_of)
    if moment < learnt.at:
        raise DataError(
            f"What was learnt about behaviour knows what came until {learnt.at:%Y-%m-%d}, past {moment:%Y-%m-%d}",
            hint=f"learn it at {moment:%Y-%m-%d}",
            expected="a moment of learning not after the moment asked about",
        )
    visits = read_visits(shop, moment)
    comings = read_comings(shop, moment, visits)
    tables = {
        "behaviour_funnel": BEHAVIOUR_FUNNEL.empty_table(),
        "behaviour_paths": BEHAVIOUR_PATHS.empty_table(),
        "behaviour_drops": BEHAVIOUR_DROPS.empty_table(),
    }
    past = None
    if visits is not None:
        past, days = past_of(visits), learnt.spec.recent_days
        tables["behaviour_funnel"] = funnel(visits, days)
        tables["behaviour_paths"] = paths(visits, days)
        tables["behaviour_drops"] = drops(visits, past, days, seed=learnt.spec.seed)
    seen = None if visits is None or past is None else (visits, past)
    return {"behaviour": _customers(moment, learnt, comings, seen, need), **tables, **learnt.tables}


def _customers(
    moment: datetime, learnt: Learnt, comings: Comings, seen: tuple[Visits, Past] | None, need: Any
) -> pa.Table:
    size, now = len(comings.customers), moment_us(moment)
    columns: dict[str, Any] = {
        "customer_id": comings.customers,
        "as_of": pa.array([moment] * size, pa.timestamp("us")),
        **_when(moment, learnt, comings),
    }
    hour, share, weekday = best_times(comings, learnt.hours, size)
    columns |= {"best_hour": _whole(hour), "best_hour_share": _column(share), "best_weekday": _whole(weekday)}
    columns |= _nothing(size)
    if seen is not None and learnt.depth is not None and learnt.category is not None:
        visits, past = seen
        # Customers who only ever ordered elsewhere have no visit to go by: place -1.
        place = _found(comings.customers, visits.customers)
        columns |= _actions(learnt, past, place, np.full(size, now // 1_000_000))
        category, chance = learnt.category.tell(visits, place, now)
        names = np.array([*visits.categories, None], dtype=object)
        columns |= {"next_category": pa.array(names[category], pa.string())}
        columns |= {"next_category_probability": _column(np.where(category >= 0, chance, np.nan))}
    elif need is not None:
        columns |= _needed(comings.customers, need)
    return pa.table({name: columns[name] for name in BEHAVIOUR.names}, schema=BEHAVIOUR)


def _when(moment: datetime, learnt: Learnt, comings: Comings) -> dict[str, Any]:
    """Return the next visit, given that it comes within the days asked about."""
    size = len(comings.customers)
    who, x = rhythm_at(comings, moment_us(moment))
    found = []
    for values in learnt.time.days(x, learnt.spec.within_days):
        whole = np.full(size, np.nan)
        whole[who] = np.round(values, 6)
        found.append(whole)
    middle, low, high = found
    known = np.isfinite(middle)
    seconds = np.round(np.where(known, middle, 0) * _SECONDS).astype("timedelta64[s]")
    next_at = np.datetime64(moment, "us") + seconds
    return {
        "next_visit_at": pa.array(next_at, pa.timestamp("us"), mask=~known), "days_to_next_visit": _column(middle),
        "low_days": _column(low), "high_days": _column(high),
    }  # fmt: skip


def _nothing(size: int) -> dict[str, Any]:
    """Return what is told of customers without visits."""
    return {
        "next_action": pa.nulls(size, pa.string()), "next_action_probability": pa.nulls(size, pa.float64()),
        "next_category": pa.nulls(size, pa.string()), "next_category_probability": pa.nulls(size, pa.float64()),
        "intent": pa.nulls(size, pa.float64()), "reasons": pa.array([[]] * size, REASONS),
    }  # fmt: skip


def _actions(learnt: Learnt, past: Past, place: Ints, second: Ints) -> dict[str, Any]:
    """Return how far the next visit goes, its chance of an order, and why."""
    depth = learnt.depth
    if depth is None:
        raise ValueError("there is nothing to answer with")
    known = place >= 0
    x = past.at(place, second)
    reach = depth.reach(x)
    chance = reach - np.column_stack([reach[:, 1:], np.zeros(len(x))])
    best = chance.argmax(axis=1)
    names = np.array(list(DEPTHS), dtype=object)
    columns: dict[str, Any] = {
        "next_action": pa.array(names[best], pa.string(), mask=~known),
        "next_action_probability": _column(np.where(known, chance.max(axis=1), np.nan)),
    }
    if depth.intent is None:
        return columns
    columns["intent"] = _column(np.where(known, reach[:, -1], np.nan))
    rows = np.flatnonzero(known)
    told = strongest(
        PAST_INPUTS, PAST_INPUTS, x[rows], np.array(depth.typical), depth.intent.contributions(x[rows])[:, :-1].round(9)
    )
    if rows.size == len(x):
        columns["reasons"] = told
    else:
        where = np.full(len(x), -1)
        where[rows] = np.arange(rows.size)
        none = pa.array([[]], REASONS)
        both = pa.concat_arrays([told, none])
        columns["reasons"] = both.take(pa.array(np.where(where >= 0, where, rows.size)))
    return columns


def _needed(customers: pa.Array, need: pa.Table) -> dict[str, Any]:
    """Return the category that each customer needs first, from the published table ``need``."""
    first = need.filter(pc.equal(need["rank"], 1))
    where = pc.index_in(customers, first["customer_id"].combine_chunks())
    return {
        "next_category": first["category"].combine_chunks().take(where),
        "next_category_probability": first["probability"].combine_chunks().take(where),
    }


def _found(names: pa.Array, among: pa.Array) -> Ints:
    return np.asarray(pc.fill_null(pc.index_in(names, among), -1).to_numpy(zero_copy_only=False), dtype=np.int64)


def _column(values: Floats) -> pa.Array:
    return pa.array(values.round(_DIGITS), pa.float64(), mask=~np.isfinite(values))


def _whole(values: Floats) -> pa.Array:
    known = np.isfinite(values)
    return pa.array(np.where(known, values, 0).astype(np.int64), pa.int64(), mask=~known)
