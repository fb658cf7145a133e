"""What the shop's own past says about segments: customers at earlier moments and what they did by now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.compute as pc

from habitue.features import fetch
from habitue.models.segmenting import Past, stacked

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["FEATURES", "Customers", "Lesson", "customers_at", "learners", "lesson", "step_days", "window_days"]

#: What rules may speak of: figures that every customer has, none of which says nearly the same as another.
FEATURES = ("recency_days", "tenure_days", "purchase_days", "orders_365d", "spend", "average_order_value")

_MOST = 30_000  # customers learnt from; more do not move a round number
_MOMENTS = 4
_FEWEST = 30
_STEP_DAYS = 15  # windows keep their length for a while as records grow, and definitions their thresholds


@dataclass(frozen=True)
class Customers:
    """Customers at a moment: who they are, their features, and what they did in the window after it, if it is known."""

    at: datetime
    ids: Any
    x: Any
    spend: Any
    orders: Any

    @property
    def past(self) -> Past:
        """As the methods want it."""
        return Past(self.x, self.spend, self.orders)


@dataclass(frozen=True)
class Lesson:
    """Customers now and at earlier moments; the windows of outcomes of the earlier ones end by now."""

    now: Customers
    earlier: tuple[Customers, ...]
    days: int
    reach: float = 1.0

    @property
    def past(self) -> Past | None:
        """All earlier moments, one below the other."""
        return replace(stacked([each.past for each in self.earlier]), reach=self.reach) if self.earlier else None

    def redrawn(self, rng: np.random.Generator) -> Lesson:
        """Draw as many customers as there are, with replacement; each keeps all their moments."""
        known = np.unique(np.concatenate([self.now.ids, *(each.ids for each in self.earlier)]))
        times = np.bincount(rng.integers(known.size, size=known.size), minlength=known.size)

        def drawn(each: Customers) -> Customers:
            rows = np.repeat(np.arange(each.ids.size), times[np.searchsorted(known, each.ids)])
            return Customers(each.at, each.ids[rows], each.x[rows], each.spend[rows], each.orders[rows])

        return Lesson(drawn(self.now), tuple(drawn(each) for each in self.earlier), self.days, self.reach)

    def only(self, names: tuple[str, ...]) -> Lesson:
        """Keep some of the features."""
        columns = [FEATURES.index(name) for name in names]
        earlier = tuple(replace(each, x=each.x[:, columns]) for each in self.earlier)
        return replace(self, now=replace(self.now, x=self.now.x[:, columns]), earlier=earlier)


def window_days(shop: Shop, as_of: datetime, horizon_days: int) -> int:
    """Return how many days after a moment outcomes are learnt over: the horizon, but at most a third of the records.

    A multiple of 15; 0 when there is too little past.
    """
    known = shop.at(as_of).purchases
    first = shop.engine.to_rows(known.agg(first=known.ordered_at.min()))[0]["first"]
    days = 0 if first is None else min(horizon_days, int((as_of - first) / timedelta(days=3)))
    return days // _STEP_DAYS * _STEP_DAYS


def step_days(days: int) -> int:
    """Return how far apart the moments are that are learnt from, by the length of their windows."""
    return max(days // _MOMENTS, 1)


def lesson(
    shop: Shop,
    as_of: datetime,
    days: int,
    *,
    reach: float = 1.0,
    known: Mapping[datetime, Customers] = MappingProxyType({}),
) -> Lesson:
    """Read customers as they were at a moment and at up to four earlier ones whose outcomes had come by then.

    Parameters
    ----------
    shop : Shop
    as_of : datetime
        Nothing that happened then or later is used.
    days : int
        Length of the windows of outcomes; 0 for no earlier moments.
    reach : float
        How many times as long as the windows the time is that segments should tell.
    known : mapping of datetime to Customers
        Earlier moments with windows of this length that were read before.
    """
    now = customers_at(shop, as_of)
    earlier = []
    for number in range(_MOMENTS if days else 0):
        moment = as_of - timedelta(days=days + number * step_days(days))
        seen = known.get(moment) or customers_at(shop, moment, end=moment + timedelta(days=days))
        if seen.ids.size < _FEWEST or not (seen.orders > 0).any():
            break
        earlier.append(seen)
    return Lesson(now, tuple(earlier), days, reach)


def learners(shop: Shop, as_of: datetime) -> Shop:
    """Return the shop with as many of its customers as are learnt from: all of a small shop, the same part each time.

    How many there are at the moment decides, so that later customers change nothing.
    """
    known = shop.at(as_of).purchases
    count = int(shop.engine.to_rows(known.agg(customers=known.customer_id.nunique()))[0]["customers"])
    return shop.sampled(_MOST / count) if count > _MOST else shop


def customers_at(
    shop: Shop, as_of: datetime, *, end: datetime | None = None, names: tuple[str, ...] = FEATURES
) -> Customers:
    """Read customers and their features at a moment, and what they did until ``end``."""
    rows = fetch(shop, as_of, names).sort_by("customer_id")
    ids = np.array(rows["customer_id"].to_pylist(), dtype=object)
    x = np.column_stack([_floats(rows[name]) for name in names]) if ids.size else np.empty((0, len(names)))
    spend, orders = np.zeros(ids.size), np.zeros(ids.size)
    if end is not None and ids.size:
        lines = shop.between(as_of, end).purchases
        made = shop.engine.to_arrow(
            lines.group_by("customer_id").agg(spend=lines.spend.sum().round(8), orders=lines.order_id.nunique())
        )
        place = pc.index_in(made["customer_id"].combine_chunks(), rows["customer_id"].combine_chunks())
        here = pc.is_valid(place).to_numpy(zero_copy_only=False)
        rows_there = place.drop_null().to_numpy()
        spend[rows_there] = made["spend"].to_numpy()[here]
        orders[rows_there] = made["orders"].to_numpy()[here]
    return Customers(as_of, ids, x, spend, orders)


def _floats(column: Any) -> Any:
    return column.cast("double").to_numpy(zero_copy_only=False).astype(np.float64)
