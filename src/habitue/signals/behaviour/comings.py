"""When each customer came: days with a visit, or with an order where no visit is recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from habitue.data.shop import as_moment
from habitue.signals.behaviour.visits import Floats, Ints, Visits

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["RHYTHM_INPUTS", "Comings", "read_comings", "rhythm_at", "waits_at"]

RHYTHM_INPUTS = (
    "recency_days", "tenure_days", "coming_days", "comings_7d", "comings_30d", "comings_90d", "mean_gap_days",
    "gap_variation", "last_gap_days", "usual_gap_days", "overdue_days", "recency_in_gaps",
)  # fmt: skip
_DAY_US = 86_400_000_000
_USUAL = 2.0  # gaps' worth of what is usual for everybody


@dataclass(frozen=True, eq=False)
class Comings:
    """One entry for each customer and day, the earliest moment of the day, by customer and time.

    Attributes
    ----------
    customers : Arrow array of str
        Sorted.
    who : array
        Place in ``customers``.
    at : array
        Microseconds since 1970.
    by_day : bool
        Times are days.
    """

    customers: pa.Array
    who: Ints
    at: Ints
    by_day: bool

    def before(self, moment: int) -> Comings:
        """Return those before a moment, of the same customers."""
        kept = self.at < moment
        return Comings(self.customers, self.who[kept], self.at[kept], self.by_day)


def read_comings(shop: Shop, as_of: datetime, visits: Visits | None) -> Comings:
    """Read when customers came, as far as it was known at a moment.

    Parameters
    ----------
    shop : Shop
    as_of : datetime
    visits : Visits, optional
    """
    bought = shop.at(as_moment(as_of)).purchases.select("customer_id", "ordered_at").distinct()
    rows = shop.engine.to_arrow(bought)
    names = rows["customer_id"].combine_chunks()
    ordered = rows["ordered_at"].cast(pa.timestamp("us")).to_numpy().astype("datetime64[us]").astype(np.int64)
    known = visits.customers if visits is not None else pa.array([], pa.string())
    customers = pc.unique(pa.chunked_array([names, known]))
    customers = customers.take(pc.sort_indices(customers))
    who, at = _place(names, customers), ordered
    if visits is not None:
        mine = visits.who >= 0
        visitor = _place(visits.customers, customers)
        who = np.concatenate([who, visitor[visits.who[mine]]])
        at = np.concatenate([at, visits.begun[mine]])
    order = np.lexsort((at, who))
    who, at = who[order], at[order]
    day = at // _DAY_US
    new = np.append(True, (who[1:] != who[:-1]) | (day[1:] != day[:-1])) if who.size else np.zeros(0, dtype=bool)
    return Comings(customers, who[new], at[new], bool(at.size and (at % _DAY_US == 0).mean() > 0.5))


def _place(names: Any, among: pa.Array) -> Ints:
    return np.asarray(pc.index_in(names, among).to_numpy(zero_copy_only=False), dtype=np.int64)


def rhythm_at(comings: Comings, moment: int) -> tuple[Ints, Floats]:
    """Return the customers who had come by a moment, and how often they came (rows, ``RHYTHM_INPUTS``)."""
    past = comings.before(moment)
    size = len(comings.customers)
    days = np.bincount(past.who, minlength=size)
    who = np.flatnonzero(days)
    if not who.size:
        return who, np.zeros((0, len(RHYTHM_INPUTS)))
    days = days[who]
    first = np.cumsum(days) - days
    when = past.at / _DAY_US
    now = moment / _DAY_US
    latest, start = when[first + days - 1], when[first]
    follows = past.who[1:] == past.who[:-1]
    owner, gap = past.who[1:][follows], np.maximum(np.diff(when)[follows], 0.04)
    gaps = (days - 1).astype(np.float64)
    total, square, logs = (np.bincount(owner, each, minlength=size)[who] for each in (gap, gap**2, np.log(gap)))
    last_gap = np.full(size, np.nan)
    last_gap[owner] = gap
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total / gaps
        spread = np.sqrt(np.maximum(square / gaps - mean**2, 0.0) * gaps / (gaps - 1)) / mean
    everybody = float(np.log(gap).mean()) if gap.size else np.log(30.0)
    usual = np.exp((logs + _USUAL * everybody) / (gaps + _USUAL))
    age = now - when
    counts = [np.bincount(past.who, age <= each, minlength=size)[who] for each in (7, 30, 90)]
    recency = now - latest
    return who, np.column_stack([
        recency, now - start, days, *counts, mean, spread, last_gap[who], usual, recency - usual, recency / usual,
    ])  # fmt: skip


def waits_at(comings: Comings, who: Ints, moment: int, until: int) -> tuple[Floats, Floats]:
    """Return days from a moment to the next coming, as far as was watched, and 1 where it came."""
    after = (comings.at >= moment) & (comings.at < until)
    wait = np.full(len(comings.customers), np.nan)
    owner, when = comings.who[after], comings.at[after]
    wait[owner[::-1]] = (when[::-1] - moment) / _DAY_US  # the first one is written last
    mine = wait[who]
    return np.where(np.isnan(mine), (until - moment) / _DAY_US, mine), (~np.isnan(mine)).astype(np.float64)
