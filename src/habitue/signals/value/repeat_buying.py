"""The buy-till-you-die member: rhythm and spend of every customer, learnt from what was known at a moment."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd
import pyarrow as pa

from habitue.errors import NotEnoughData
from habitue.models.btyd import Choice, GammaGamma, Histories, ParetoNBD, PurchaseDays, PurchaseModel, choose

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["MONEY_DIGITS", "Outlook", "last_day", "outlook", "read_days"]

Floats = np.ndarray[Any, np.dtype[np.float64]]

_EPOCH = date(1970, 1, 1)
_MOST_LEARNT_FROM = 50_000  # customers: parameters of four numbers do not get better with more
_MOST_KEPT = 10_000_000  # purchase days remembered per shop: 240 MB
MONEY_DIGITS = 6  # sums over the same lines may be taken in another order
_PSEUDO_DAYS = 2.0
_PSEUDO_AGE_DAYS = 180.0  # half a purchase in half a year, where nothing is known
_MEMORY: WeakKeyDictionary[Any, OrderedDict[tuple[datetime, int], Outlook]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Outlook:
    """What the rhythm so far lets one expect of every customer.

    Attributes
    ----------
    customers : array of n
        Their ids, in order.
    days : PurchaseDays
        Known at the moment, by place in ``customers``.
    today : int
        Last day known, since 1970.
    horizon_days : int
    history : Histories
    model : PurchaseModel, optional
        None when hardly anybody came back: then rates are shrunk towards the shop's.
    choice : Choice, optional
        How the model was chosen; None where the records are too short to compare.
    spend : GammaGamma, optional
        None when too few customers or amounts are known.
    """

    customers: Any
    days: PurchaseDays
    today: int
    horizon_days: int
    history: Histories
    model: PurchaseModel | None
    choice: Choice | None
    spend: GammaGamma | None

    def orders(self, horizon_days: float) -> Floats:
        """Purchase days to expect of each customer."""
        if self.model is not None:
            return self.model.expected_orders(horizon_days, *self.history.columns)
        bought, lived = self.history.frequency, self.history.age
        rate = (bought.sum() + 0.5) / (lived.sum() + _PSEUDO_AGE_DAYS)
        told: Floats = (bought + 0.5) / (lived + 0.5 / rate) * horizon_days
        return told

    @property
    def alive(self) -> Floats:
        """Chance that each customer still buys at all; nan without a model."""
        if self.model is None:
            return np.full(len(self.customers), np.nan)
        return self.model.p_alive(*self.history.columns)

    @property
    def day_value(self) -> Floats:
        """Spend to expect of a purchase day."""
        count, mean = self.history.frequency + 1, self.history.day_value
        if self.spend is not None:
            return self.spend.expected_value(count, mean)
        usual = float(mean.mean()) if len(mean) else 0.0
        told: Floats = (count * mean + _PSEUDO_DAYS * usual) / (count + _PSEUDO_DAYS)
        return told

    @property
    def expected_spend(self) -> Floats:
        """Spend to expect of each customer in the horizon."""
        return self.orders(self.horizon_days) * self.day_value

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


def outlook(shop: Shop, as_of: datetime, horizon_days: int) -> Outlook:
    """Learn rhythm and spend from what was known at a moment; asked again, the same answer comes from memory."""
    kept = _MEMORY.setdefault(shop, OrderedDict())
    key = (as_of, horizon_days)
    if key not in kept:
        customers, days = read_days(shop, as_of)
        kept[key] = _learn(customers, days, last_day(as_of), horizon_days)
        while len(kept) > 1 and sum(len(each.days.day) for each in kept.values()) > _MOST_KEPT:
            kept.popitem(last=False)
    kept.move_to_end(key)
    return kept[key]


def read_days(shop: Shop, as_of: datetime) -> tuple[Any, PurchaseDays]:
    """Read who bought on which day for how much, as known at a moment; customers in the order of their ids."""
    lines = shop.at(as_of).purchases
    rows = lines.group_by("customer_id", day=lines.ordered_at.date()).agg(spend=lines.spend.sum().cast("float64"))
    found = shop.engine.to_arrow(rows)
    # Ids as numbers from the start: as texts, millions of purchase days would take gigabytes.
    ids = found["customer_id"].combine_chunks().dictionary_encode()
    names = ids.dictionary.to_numpy(zero_copy_only=False)
    order = np.argsort(names, kind="stable")
    rank = np.empty(len(names), dtype=np.int64)
    rank[order] = np.arange(len(names))
    day = found["day"].cast(pa.date32()).cast(pa.int32()).to_numpy().astype(np.int64)
    spend = found["spend"].to_numpy().round(MONEY_DIGITS)
    return names[order], PurchaseDays.of(rank[ids.indices.to_numpy()], day, spend)


def last_day(as_of: datetime) -> int:
    """Return the last day of which anything is known at a moment, in days since 1970."""
    return ((as_of - timedelta(microseconds=1)).date() - _EPOCH).days


def _learn(customers: Any, days: PurchaseDays, today: int, horizon_days: int) -> Outlook:
    some = _thinned(days, len(customers))
    history = days.at(today)
    choice = _chosen(some, today, horizon_days)
    try:
        model = (choice.model if choice else ParetoNBD).fit(*some.at(today).columns)
    except NotEnoughData:
        model = None
    return Outlook(customers, days, today, horizon_days, history, model, choice, _spend(some.at(today)))


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
