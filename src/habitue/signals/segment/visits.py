"""When every customer bought and for how much, read once; then how things stood at any moment, without asking again.

Asking the database anew for each of sixteen moments takes most of the time of a run over a large shop. Here its lines
are added up once to one row per customer and instant, and each moment keeps the rows that were known by then.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["Seen", "Visits", "visits"]

_US = "datetime64[us]"
_YEAR = timedelta(days=365)
_ALWAYS, _NEVER = np.datetime64("0001-01-01", "us"), np.datetime64("9999-01-01", "us")


@dataclass(frozen=True)
class Seen:
    """All customers at a moment, one entry each, by customer_id.

    Attributes
    ----------
    place : array of int
        In ``Visits.ids``.
    first_day, last_day : array of datetime64[D]
        Of purchases.
    last_at : array of datetime64[us]
    purchase_days : array of int
    days : array of datetime64[D], shape (sum of purchase_days,)
        The purchase days of the first customer, of the second one, and so on.
    last_gap_days : array of int
        From the purchase day before the last to the last; 0 for who bought on one day only.
    spend, spend_365d : array of float
        Money, ever and in the 365 days before.
    """

    place: Any
    first_day: Any
    last_day: Any
    last_at: Any
    purchase_days: Any
    days: Any
    last_gap_days: Any
    spend: Any
    spend_365d: Any

    def recency_days(self, moment: datetime) -> Any:
        """Return the days since the last purchase, to the second."""
        return (np.datetime64(moment, "s") - self.last_at.astype("datetime64[s]")).astype(np.int64) / 86_400.0


@dataclass(frozen=True)
class Visits:
    """Purchases by customer and instant, in that order, as far as they were known at a moment.

    Attributes
    ----------
    as_of : datetime
    ids : Arrow array of str
        Customers, sorted.
    who : array of int, shape (n,)
        Places in ``ids``.
    at : array of datetime64[us], shape (n,)
    spend : array of float, shape (n,)
    known_at, gone_at : array of datetime64[us], shape (n,), or None
        From when a row was known, and from when its order was called off; None where that is the purchase, or never.
    """

    as_of: datetime
    ids: pa.Array
    who: Any
    at: Any
    spend: Any
    known_at: Any = None
    gone_at: Any = None

    def customers(self, seen: Seen) -> pa.Array:
        """Return the ids of those who are seen."""
        return self.ids.take(pa.array(seen.place, pa.int32()))

    def seen(self, moment: datetime) -> Seen:
        """Return how things stood at a moment, the one of these visits or an earlier one, by what was known then."""
        end = np.datetime64(moment, "us")
        there = self.at < end
        if self.known_at is not None:
            there &= self.known_at < end
        if self.gone_at is not None:
            there &= ~(self.gone_at < end)
        who, at, spend = (values if there.all() else values[there] for values in (self.who, self.at, self.spend))
        day = at.astype("datetime64[D]")
        new = np.ones(who.size, dtype=bool)  # the first row of a customer's day
        new[1:] = (who[1:] != who[:-1]) | (day[1:] != day[:-1])
        first = np.ones(who.size, dtype=bool)
        first[1:] = who[1:] != who[:-1]
        starts = np.flatnonzero(first)
        ends = np.append(starts[1:], who.size) - 1 if starts.size else starts
        days = np.cumsum(new)
        purchase_days = days[ends] - days[starts] + 1
        opened = day[new]  # one for every customer and day
        last = days[ends] - 1
        before = np.maximum(last - 1, 0)
        gap = (opened[last] - opened[before]).astype(np.int64)
        since = np.datetime64(moment - _YEAR, "us")
        # Row by row in the order of time: the same sum whatever else the shop knows.
        position = np.cumsum(first) - 1
        recent = at >= since
        return Seen(
            place=who[starts],
            first_day=day[starts],
            last_day=day[ends],
            last_at=at[ends],
            purchase_days=purchase_days,
            days=opened,
            last_gap_days=np.where(purchase_days > 1, gap, 0),
            spend=np.bincount(position, weights=spend, minlength=starts.size).round(8),
            spend_365d=np.bincount(position[recent], weights=spend[recent], minlength=starts.size).round(8),
        )


_READ: WeakKeyDictionary[Shop, tuple[datetime, Visits]] = WeakKeyDictionary()


def visits(shop: Shop, as_of: datetime) -> Visits:
    """Read the purchases that were known at a moment or at an earlier one; the last answer is kept for the shop.

    Parameters
    ----------
    shop : Shop
    as_of : datetime
        Nothing that happened then or later is read.
    """
    kept = _READ.get(shop)
    if kept is None or kept[0] != as_of:
        kept = _READ[shop] = (as_of, _read(shop, as_of))
    return kept[1]


def _read(shop: Shop, as_of: datetime) -> Visits:
    lines = _ever_known(shop, as_of)
    later = {name: name in lines.columns for name in ("known_at", "gone_at")}
    keys = ["customer_id", "at", *(name for name, there in later.items() if there)]
    rows = shop.engine.keep(lines.group_by(keys).agg(spend=lines.spend.sum()))
    try:
        each = shop.engine.to_arrow(rows.order_by(keys).drop("customer_id"))
        counted = shop.engine.to_arrow(rows.group_by("customer_id").agg(rows=rows.count()).order_by("customer_id"))
    finally:
        shop.engine.drop(rows)
    many = counted["rows"].to_numpy()
    return Visits(
        as_of,
        counted["customer_id"].combine_chunks(),
        np.repeat(np.arange(many.size, dtype=np.int32), many),
        each["at"].to_numpy().astype(_US),
        each["spend"].to_numpy(),
        known_at=_moments(each["known_at"], _ALWAYS) if later["known_at"] else None,
        gone_at=_moments(each["gone_at"], _NEVER) if later["gone_at"] else None,
    )


def _ever_known(shop: Shop, as_of: datetime) -> Any:
    """Return the lines that counted as purchases at the moment or at any earlier one."""
    lines = shop.at(as_of).lines
    counted = lines.filter(
        lines.customer_id.notnull(), lines.quantity > 0, lines.unit_price > 0, lines.set_aside.isnull()
    )
    columns = {"at": counted.ordered_at, "spend": counted.quantity * counted.unit_price}
    if _any(shop, counted, counted.ingested_at > counted.ordered_at):
        columns["known_at"] = counted.ingested_at
    if _any(shop, counted, counted.cancelled_at.notnull()):
        columns["gone_at"] = counted.cancelled_at
    return counted.select("customer_id", **columns)


def _any(shop: Shop, rows: Any, test: Any) -> bool:
    return bool(shop.engine.to_arrow(rows.filter(test).limit(1).count()).as_py())


def _moments(column: Any, missing: Any) -> Any:
    found = column.to_numpy(zero_copy_only=False).astype(_US)
    return np.where(np.isnat(found), missing, found)
