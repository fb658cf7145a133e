"""The buy-till-you-die member: rhythm and spend of every customer, learnt from what was known at a moment."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd
import pyarrow as pa

from habitue.errors import NotEnoughData
from habitue.models.btyd import MEMBERS, Choice, GammaGamma, Histories, ParetoNBD, PurchaseDays, PurchaseModel, choose

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = [
    "MONEY_DIGITS",
    "Outlook",
    "Rhythm",
    "foresee",
    "last_day",
    "outlook",
    "read_counts",
    "read_days",
    "read_histories",
]

Floats = np.ndarray[Any, np.dtype[np.float64]]

_EPOCH = date(1970, 1, 1)
_MOST_LEARNT_FROM = 50_000  # customers: parameters of four numbers do not get better with more
_MOST_KEPT = 2_000_000  # histories remembered per shop: 200 MB
_PART_ROWS = 50_000
_HORIZONS = (30.0, 90.0, 180.0, 365.0)
MONEY_DIGITS = 6  # sums over the same lines may be taken in another order
_PSEUDO_DAYS = 2.0
_PSEUDO_AGE_DAYS = 180.0  # half a purchase in half a year, where nothing is known
_MEMORY: WeakKeyDictionary[Any, OrderedDict[tuple[datetime, int, datetime | None], Outlook]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Rhythm:
    """How customers of a shop come back and what they spend, learnt at a moment.

    Attributes
    ----------
    model : PurchaseModel, optional
        None when hardly anybody came back: then rates are shrunk towards the shop's.
    choice : Choice, optional
        How the model was chosen; None where the records are too short to compare, or it was not chosen anew.
    spend : GammaGamma, optional
        None when too few customers or amounts are known.
    """

    model: PurchaseModel | None
    choice: Choice | None
    spend: GammaGamma | None

    def state(self) -> dict[str, Any]:
        """Return what answers as plain data."""
        return {
            "model": None if self.model is None else self.model.state(),
            "spend": None if self.spend is None else self.spend.state(),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Read it back."""
        kinds = {each.kind: each for each in MEMBERS}
        model, spend = state["model"], state["spend"]
        return cls(
            None if model is None else kinds[model["kind"]].from_state(model),
            None,
            None if spend is None else GammaGamma.from_state(spend),
        )


@dataclass(frozen=True)
class Outlook:
    """What the rhythm so far lets one expect of every customer.

    Attributes
    ----------
    customers : array of n
        Their ids, in order.
    history : Histories
        Of each, at the moment.
    today : int
        Last day known, since 1970.
    horizon_days : int
    rhythm : Rhythm
    """

    customers: Any
    history: Histories
    today: int
    horizon_days: int
    rhythm: Rhythm

    @property
    def model(self) -> PurchaseModel | None:
        """How customers come back; None when hardly anybody does."""
        return self.rhythm.model

    def orders(self, horizon_days: float) -> Floats:
        """Purchase days to expect of each customer."""
        if horizon_days not in self._ahead:
            bought, lived = self.history.frequency, self.history.age
            rate = (bought.sum() + 0.5) / (lived.sum() + _PSEUDO_AGE_DAYS)
            told: Floats = (bought + 0.5) / (lived + 0.5 / rate) * horizon_days
            return told
        return self._ahead[horizon_days]

    @cached_property
    def _ahead(self) -> dict[float, Floats]:
        """Purchase days in all horizons that anybody asks for; the hard part of them is the same, and done once."""
        if self.model is None:
            return {}
        every = sorted({float(self.horizon_days), *_HORIZONS})
        told = np.empty((len(self.customers), len(every)))
        for start in range(0, len(told), _PART_ROWS):
            rows = slice(start, start + _PART_ROWS)
            told[rows] = self.model.expected_orders(every, *(each[rows] for each in self.history.columns))
        return dict(zip(every, told.T.copy(), strict=True))

    @cached_property
    def alive(self) -> Floats:
        """Chance that each customer still buys at all; nan without a model."""
        if self.model is None:
            return np.full(len(self.customers), np.nan)
        alive = np.empty(len(self.customers))
        for start in range(0, len(alive), _PART_ROWS):
            rows = slice(start, start + _PART_ROWS)
            alive[rows] = self.model.p_alive(*(each[rows] for each in self.history.columns))
        return alive

    @cached_property
    def day_value(self) -> Floats:
        """Spend to expect of a purchase day."""
        count, mean = self.history.frequency + 1, self.history.day_value
        if self.rhythm.spend is not None:
            return self.rhythm.spend.expected_value(count, mean)
        usual = float(mean.mean()) if len(mean) else 0.0
        told: Floats = (count * mean + _PSEUDO_DAYS * usual) / (count + _PSEUDO_DAYS)
        return told

    @property
    def expected_spend(self) -> Floats:
        """Spend to expect of each customer in the horizon."""
        return self.orders(self.horizon_days) * self.day_value

    def of(self, customers: Any) -> Floats:
        """Spend to expect of some customers; 0 of one whose purchases were not known."""
        place = pd.Index(self.customers).get_indexer(customers)
        spend: Floats = np.where(place >= 0, self.expected_spend[place], 0.0)
        return spend

    @property
    def inputs(self) -> pd.DataFrame:
        """Columns for a model that learns from them, by customer id."""
        orders, value = self.orders(self.horizon_days), self.day_value
        columns = {
            "btyd_alive": self.alive,
            "btyd_orders": orders,
            "btyd_order_value": value,
            "btyd_spend": orders * value,
        }
        return pd.DataFrame(columns, index=pd.Index(self.customers, name="customer_id"))


def outlook(shop: Shop, as_of: datetime, horizon_days: int, *, chosen_at: datetime | None = None) -> Outlook:
    """Learn rhythm and spend from what was known at a moment; asked again, the same answer comes from memory.

    Parameters
    ----------
    shop : Shop
    as_of : datetime
    horizon_days : int
    chosen_at : datetime, optional
        Take the kind of model that was chosen then; chosen anew when not given, or not before ``as_of``.
    """
    kept = _MEMORY.setdefault(shop, OrderedDict())
    earlier = chosen_at if chosen_at is not None and chosen_at < as_of else None
    key = (as_of, horizon_days, earlier)
    if key not in kept:
        choice = None if earlier is None else outlook(shop, earlier, horizon_days).rhythm.choice
        customers, days = read_days(shop, as_of)
        today = last_day(as_of)
        rhythm = _learn(_thinned(days, len(customers)), today, horizon_days, None if choice is None else choice.model)
        kept[key] = Outlook(customers, days.at(today), today, horizon_days, rhythm)
        while len(kept) > 1 and sum(len(each.customers) for each in kept.values()) > _MOST_KEPT:
            kept.popitem(last=False)
    kept.move_to_end(key)
    return kept[key]


def foresee(shop: Shop, as_of: datetime, horizon_days: int, rhythm: Rhythm) -> Outlook:
    """Tell what a rhythm that was learnt before lets one expect of every customer at a moment."""
    customers, history = read_histories(shop, as_of)
    return Outlook(customers, history, last_day(as_of), horizon_days, rhythm)


def read_days(shop: Shop, as_of: datetime) -> tuple[Any, PurchaseDays]:
    """Read who bought on which day for how much, as known at a moment; customers in the order of their ids."""
    found = shop.engine.to_arrow(_by_day(shop, as_of))
    names, who = _numbered(found["customer_id"])
    day = _days_since_1970(found["day"])
    return names, PurchaseDays.of(who, day, found["spend"].to_numpy().round(MONEY_DIGITS))


def read_histories(shop: Shop, as_of: datetime) -> tuple[Any, Histories]:
    """Read the history of every customer as known at a moment: `read_days` added up, without reading the days."""
    days = _by_day(shop, as_of)
    each = days.group_by("customer_id").agg(
        days=days.count(), first=days.day.min(), last=days.day.max(), spend=days.spend.sum(),
        first_spend=days.spend.argmin(days.day),
    )  # fmt: skip
    found = shop.engine.to_arrow(each)
    names, who = _numbered(found["customer_id"])
    place = np.empty(len(who), dtype=np.int64)
    place[who] = np.arange(len(who))
    first, last = (_days_since_1970(found[name])[place] for name in ("first", "last"))
    total, begun = (found[name].to_numpy().round(MONEY_DIGITS)[place] for name in ("spend", "first_spend"))
    bought = found["days"].to_numpy()[place].astype(np.float64)
    again = bought - 1
    mean = np.divide(total - begun, again, out=np.zeros_like(again), where=again > 0)
    recency, age = (last - first).astype(np.float64), (last_day(as_of) - first).astype(np.float64)
    return names, Histories(np.arange(len(names)), first, again, recency, age, mean, total / bought)


def read_counts(shop: Shop, as_of: datetime) -> tuple[Any, Floats, Floats]:
    """Read the days (since 1970) on which anybody bought, how many did so for the first time, and how many again."""
    days = _by_day(shop, as_of).select("customer_id", "day")
    first = days.group_by("customer_id").agg(day=days.day.min())
    born = first.group_by("day").agg(born=first.count())
    every = days.group_by("day").agg(bought=days.count())
    joined = every.left_join(born, "day")
    found = shop.engine.to_arrow(joined.select("day", "bought", born=joined.born.fill_null(0)).order_by("day"))
    new, bought = (found[name].to_numpy().astype(np.float64) for name in ("born", "bought"))
    return _days_since_1970(found["day"]), new, bought - new


def _by_day(shop: Shop, as_of: datetime) -> Any:
    lines = shop.at(as_of).purchases
    return lines.group_by("customer_id", day=lines.ordered_at.date()).agg(
        spend=lines.spend.sum().cast("float64").round(MONEY_DIGITS)
    )


def _numbered(column: Any) -> tuple[Any, Any]:
    """Return all ids in order, and the place of each row's own: as texts, millions of rows would take gigabytes."""
    ids = column.combine_chunks().dictionary_encode()
    names = ids.dictionary.to_numpy(zero_copy_only=False)
    order = np.argsort(names, kind="stable")
    rank = np.empty(len(names), dtype=np.int64)
    rank[order] = np.arange(len(names))
    return names[order], rank[ids.indices.to_numpy()]


def _days_since_1970(column: Any) -> Any:
    return column.cast(pa.date32()).cast(pa.int32()).to_numpy().astype(np.int64)


def last_day(as_of: datetime) -> int:
    """Return the last day of which anything is known at a moment, in days since 1970."""
    return ((as_of - timedelta(microseconds=1)).date() - _EPOCH).days


def _learn(days: PurchaseDays, today: int, horizon_days: int, member: type[PurchaseModel] | None) -> Rhythm:
    choice = _chosen(days, today, horizon_days) if member is None else None
    history = days.at(today)
    try:
        model = (member or (choice.model if choice else ParetoNBD)).fit(*history.columns)
    except NotEnoughData:
        model = None
    return Rhythm(model, choice, _spend(history))


def _chosen(days: PurchaseDays, today: int, horizon_days: int) -> Choice | None:
    try:
        return choose(days, today, horizon_days)
    except NotEnoughData:
        return None


def _spend(history: Histories) -> GammaGamma | None:
    try:
        return GammaGamma.fit(history.frequency + 1, history.day_value)
    except NotEnoughData:
        return None


def _thinned(days: PurchaseDays, customers: int) -> PurchaseDays:
    """Every n-th customer, so that no more than enough are left."""
    step = -(-customers // _MOST_LEARNT_FROM)
    if step <= 1:
        return days
    kept = days.customer % step == 0
    return PurchaseDays(days.customer[kept], days.day[kept], days.spend[kept])
