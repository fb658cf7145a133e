"""Segments at any earlier moment of every customer's own: since when they are where they are, without asking again.

Everything that rules speak of changes only with a purchase, or when a purchase becomes so many days old. Between two
such moments nobody changes segment, so that going back from one to the next finds the exact moment of entry.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from habitue.models.segmenting import RuledSegments
from habitue.signals.segment.visits import visits

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["Replay", "replay", "since"]

_DAY = 86_400_000_000  # microseconds
_YEAR = 365 * _DAY
_BY_ORDER = ("orders_365d", "average_order_value")
_FINE = 10_000  # money is added up in ten-thousandths: whole numbers, so that no sum is off by a hair
_PART = 50_000  # customers at a time


@dataclass(frozen=True)
class Replay:
    """Purchases of all customers, and their features at any moment, a different one for each customer if need be.

    Moments are microseconds since 1970.

    Attributes
    ----------
    ids : Arrow array of str
        Customers, sorted.
    first, end : array of int, shape (customers,)
        Where the rows of each customer begin and end.
    at : array of int, shape (rows,)
        By customer, then by time; one row for each instant with a purchase.
    new_day, orders, spend : array, shape (rows,)
        Running sums over all rows: days with a purchase, orders (None where nothing asks for them), ten-thousandths of
        money.
    """

    ids: pa.Array
    first: Any
    end: Any
    at: Any
    new_day: Any
    orders: Any
    spend: Any

    def before(self, who: Any, moment: Any) -> Any:
        """Return for some customers the number of the row after their last one strictly before a moment."""
        low, high = self.first[who], self.end[who]
        while (low < high).any():
            middle = (low + high) // 2
            earlier = (low < high) & (self.at[np.minimum(middle, self.at.size - 1)] < moment)
            low, high = np.where(earlier, middle + 1, low), np.where(earlier | (low >= high), high, middle)
        return low

    def features(self, who: Any, row: Any, moment: Any, names: tuple[str, ...]) -> Any:
        """Return the features that rules speak of as they were at a moment; ``row`` as `before` gives it."""
        first, last = self.first[who], row - 1
        x = np.full((who.size, len(names)), np.nan)
        for column, name in enumerate(names):
            if name == "recency_days":
                x[:, column] = (moment - self.at[last]) / _DAY
            elif name == "tenure_days":
                x[:, column] = (moment - self.at[first]) / _DAY
            elif name == "purchase_days":
                x[:, column] = _sum(self.new_day, first, last)
            elif name == "spend":
                x[:, column] = _sum(self.spend, first, last) / _FINE
            elif name == "average_order_value":
                x[:, column] = _sum(self.spend, first, last) / _FINE / _sum(self.orders, first, last)
            elif name == "orders_365d":
                x[:, column] = self._lately(who, last, moment)
        return x

    def _lately(self, who: Any, last: Any, moment: Any) -> Any:
        begin = self.before(who, moment - _YEAR)
        return np.where(begin <= last, _sum(self.orders, np.minimum(begin, last), last), 0.0)


def replay(shop: Shop, as_of: datetime, names: tuple[str, ...]) -> Replay:
    """Read the purchases known at a moment, as far as features need them.

    Orders that were called off since count at no moment, and lines that arrived late count from when they happened: how
    things stood is told by what is known now.

    Parameters
    ----------
    shop : Shop
    as_of : datetime
        Nothing that happened then or later is used.
    names : tuple of str
        The features that will be asked for.
    """
    bought = visits(shop, as_of)
    who, at, spend = bought.who, bought.at, bought.spend
    end, known = np.datetime64(as_of, "us"), at < np.datetime64(as_of, "us")
    if bought.known_at is not None:
        known &= bought.known_at < end
    if bought.gone_at is not None:
        known &= ~(bought.gone_at < end)
    if not known.all():
        who, at, spend = who[known], at[known], spend[known]
    orders = None
    at = at.astype(np.int64)
    if set(names) & set(_BY_ORDER):
        who, at, spend, orders = _with_orders(shop, as_of, bought.ids, (who, at, spend))
    day = at // _DAY
    new = np.ones(who.size, dtype=np.int32)
    new[1:] = (who[1:] != who[:-1]) | (day[1:] != day[:-1])
    here, count = np.unique(who, return_counts=True)
    ends = np.cumsum(count)
    return Replay(
        bought.ids.take(pa.array(here)),
        ends - count,
        ends,
        at,
        np.cumsum(new),
        orders,
        np.cumsum(np.rint(spend * _FINE).astype(np.int64)),
    )


def since(definition: RuledSegments, past: Replay, ids: pa.Array, segment: Any, as_of: datetime) -> Any:
    """Return the moment from which each customer has been in their segment without leaving it.

    It is the last moment of those at which anything can turn just before which the customer was elsewhere.

    Parameters
    ----------
    definition : RuledSegments
    past : Replay
        With the features of the definition.
    ids : Arrow array of str, shape (n,)
    segment : array of int, shape (n,)
        The segment of each at ``as_of``.
    as_of : datetime

    Returns
    -------
    array of datetime64[us], shape (n,)
        Exact: the instant of a purchase, or when one became so many days old; missing for who bought nothing.
    """
    told, now = (
        RuledSegments(definition.method, definition.features, definition.rules),
        int(np.datetime64(as_of, "us").astype(int)),
    )
    place = pc.fill_null(pc.index_in(past.ids, ids), -1).to_numpy(zero_copy_only=False)
    wanted = np.where(place >= 0, np.asarray(segment)[place], -1) if len(ids) else np.full(place.size, -1)
    entered = np.empty(place.size, dtype=np.int64)
    for begin in range(0, place.size, _PART):
        who = np.arange(begin, min(begin + _PART, place.size))
        entered[who] = _entered(told, past, who, wanted[who], now)
    found = np.full(len(ids), np.datetime64("NaT", "us"))
    found[place[place >= 0]] = entered[place >= 0].astype("datetime64[us]")
    return found


def _entered(told: RuledSegments, past: Replay, who: Any, wanted: Any, now: int) -> Any:
    """Return the last turn of each of some neighbouring customers just before which they were elsewhere."""
    entered = past.at[past.first[who]].copy()  # nobody was anywhere before the first purchase
    for owner, row, turn, before in _turns(told, past, who, now):
        if owner.size:
            there = told.assign(past.features(who[owner], row, before, told.names))
            moved = there != wanted[owner]
            np.maximum.at(entered, owner[moved], turn[moved])
    return entered


def _turns(told: RuledSegments, past: Replay, who: Any, now: int) -> Iterator[tuple[Any, Any, Any, Any]]:
    """Give customer, number of rows known, the moment of the turn, and the moment just before it, kind by kind."""
    rows = np.arange(past.first[who[0]], past.end[who[-1]])
    owner = np.repeat(np.arange(who.size), past.end[who] - past.first[who])
    at = past.at[rows]
    again = rows > past.first[who][owner]
    yield owner[again], rows[again], at[again], at[again]
    following = np.append(at[1:], now)
    following[past.end[who] - 1 - rows[0]] = now
    spoken = sorted({cut for rule in told.rules for each in rule.conditions for cut in each.cuts})
    for name, days in spoken:
        age = round(days * _DAY)
        if name == "recency_days":
            old = at + age <= following
            yield owner[old], rows[old] + 1, at[old] + age, at[old] + age - 1
        elif name == "tenure_days":
            turn = past.at[past.first[who]] + age
            old = np.flatnonzero(turn <= now)
            yield old, past.before(who[old], turn[old] - 1), turn[old], turn[old] - 1
    if any(name == "orders_365d" for name, _ in spoken):
        turn = at + _YEAR + 1  # an order of just 365 days ago still counts
        old = turn <= now
        mine, turn = owner[old], turn[old]
        yield mine, past.before(who[mine], turn - 1), turn, turn - 1


def _sum(running: Any, first: Any, last: Any) -> Any:
    """Add up rows from one to another, both included."""
    return running[last] - np.where(first > 0, running[np.maximum(first - 1, 0)], 0)


def _with_orders(shop: Shop, as_of: datetime, ids: pa.Array, bought: tuple[Any, Any, Any]) -> tuple[Any, Any, Any, Any]:
    """Put the orders, each at its first line, between the instants at which money was spent."""
    lines = shop.at(as_of).purchases
    placed = lines.group_by("customer_id", "order_id").agg(at=lines.ordered_at.min())
    rows = shop.engine.to_arrow(placed.group_by("customer_id", "at").agg(orders=placed.count()))
    who, at, spend = bought
    place = pc.index_in(rows["customer_id"].combine_chunks(), ids).to_numpy().astype(who.dtype)
    when = rows["at"].to_numpy().astype("datetime64[us]").astype(np.int64)
    order = np.lexsort((np.append(at, when), np.append(who, place)))
    count = np.append(np.zeros(who.size), rows["orders"].to_numpy())[order]
    who, at = np.append(who, place)[order], np.append(at, when)[order]
    spend = np.append(spend, np.zeros(when.size))[order]
    first = np.ones(who.size, dtype=bool)
    first[1:] = (who[1:] != who[:-1]) | (at[1:] != at[:-1])
    number = np.flatnonzero(first)
    if not number.size:
        return who, at, spend, count
    return who[number], at[number], np.add.reduceat(spend, number), np.cumsum(np.add.reduceat(count, number))
