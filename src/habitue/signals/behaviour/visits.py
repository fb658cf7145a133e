"""Visits, read from the shop's events as they were known at a moment and packed into arrays.

A visit is what carries one session number. Events of a known customer without one are cut where 30 minutes pass in
silence; events with neither cannot be told apart and are left out. A visit is settled by its first order: what comes
after that is not looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from habitue.data.shop import as_moment
from habitue.schema import EVENT_NAMES

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["CODES", "ORDER", "SILENCE_SECONDS", "Flags", "Floats", "Ints", "Visits", "moment_us", "read_visits"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

#: What is told apart in a visit, from the first look to payment; all else is ``other``.
CODES = (
    "other", "page", "login", "list", "search", "view", "wish", "cart", "remove", "cart_view", "coupon", "checkout",
    "pay", "order",
)  # fmt: skip
ORDER = CODES.index("order")
SILENCE_SECONDS = 1_800
_US = 1_000_000
_DAY_US = 86_400 * _US
_ALIASES = {alias.lower(): name for name, aliases in EVENT_NAMES.items() for alias in (name, *aliases)}


@dataclass(frozen=True, eq=False)
class Visits:
    """All visits known at a moment, by customer (strangers first) and beginning.

    Attributes
    ----------
    as_of : int
        Microseconds since 1970, as all times here.
    customers : Arrow array of str
        Everybody known by a visit, sorted.
    who : array (visits)
        Place in ``customers``; -1 unknown.
    session : Arrow array of str
        Session number of each visit, NULL where there was none.
    begun, last : array (visits)
        First and last event, that of the order included.
    starts : array (visits + 1)
        Where the events of each visit begin; orders and what follows them are left out.
    buys, over : array (visits)
        Ends in an order; has ended by ``as_of``, by an order or by silence.
    known_from : array (visits)
        Place of the first event that names the customer.
    device, channel : array (visits)
        Place in ``devices`` and ``channels``, as the first event says; -1 unknown.
    at, code, product, category : arrays (events)
        ``code`` is a place in ``CODES``; products and categories are places, -1 for none.
    price : array (events)
        NaN where unknown.
    categories : tuple of str
    by_day : bool
        Times are days: the order of events within a day is not known.
    """

    as_of: int
    customers: pa.Array
    who: Ints
    session: pa.Array
    begun: Ints
    last: Ints
    starts: Ints
    buys: Flags
    over: Flags
    known_from: Ints
    device: Ints
    channel: Ints
    devices: tuple[str, ...]
    channels: tuple[str, ...]
    at: Ints
    code: Ints
    product: Ints
    category: Ints
    price: Floats
    categories: tuple[str, ...]
    by_day: bool

    @property
    def length(self) -> Ints:
        """Events of each visit before its order."""
        return np.diff(self.starts)

    def __len__(self) -> int:
        return len(self.who)


def moment_us(moment: datetime) -> int:
    """Return a moment in microseconds since 1970."""
    return int(np.datetime64(moment, "us").astype(np.int64))


def read_visits(shop: Shop, as_of: datetime) -> Visits | None:
    """Read the visits that were known strictly before a moment; None where the shop keeps no events.

    Parameters
    ----------
    shop : Shop
    as_of : datetime
    """
    moment = as_moment(as_of)
    snapshot = shop.at(moment)
    if not snapshot.has("events"):
        return None
    events = snapshot.table("events")
    wanted = (
        "event_id",
        "customer_id",
        "session_id",
        "event",
        "happened_at",
        "product_id",
        "device",
        "channel",
        "value",
    )
    rows = shop.engine.to_arrow(events.select(*(name for name in wanted if name in events.columns)))
    for name in wanted:
        if name not in rows.column_names:
            rows = rows.append_column(name, pa.nulls(rows.num_rows, pa.string()))
    rows = rows.filter(
        pc.and_(
            pc.is_valid(rows["happened_at"]), pc.or_(pc.is_valid(rows["session_id"]), pc.is_valid(rows["customer_id"]))
        )
    )
    if not rows.num_rows:
        return None
    return _packed(rows, _facts(shop, moment), moment_us(moment))


def _facts(shop: Shop, moment: datetime) -> dict[str, tuple[str | None, float]]:
    """Return the category and the price of every product, by what was known."""
    snapshot, facts = shop.at(moment), {}
    lines = snapshot.lines
    lines = lines.filter(lines.product_id.notnull(), lines.unit_price > 0)
    sold = lines.group_by("product_id").agg(category=lines.category.max(), price=lines.unit_price.median())
    for row in shop.engine.to_rows(sold):
        facts[row["product_id"]] = (row["category"], row["price"])
    if snapshot.has("products"):
        products = snapshot.table("products")
        own = products.group_by("product_id").agg(category=products.category.max(), price=products.price.max())
        for row in shop.engine.to_rows(own):
            category, price = facts.get(row["product_id"], (None, np.nan))
            given = row["price"]
            facts[row["product_id"]] = (row["category"] or category, given if given and given > 0 else price)
    return facts


def _packed(rows: pa.Table, facts: dict[str, tuple[str | None, float]], as_of: int) -> Visits:
    at = _us(rows["happened_at"])
    code = _codes(rows["event"])
    customer, people = _places(rows["customer_id"])
    session, sessions = _places(rows["session_id"])
    number = _event_numbers(rows["event_id"])
    visit = _visit_of(customer, session, at)
    order = np.lexsort((number, code, at, visit))
    visit, at, code, customer, session = (each[order] for each in (visit, at, code, customer, session))
    first = np.flatnonzero(np.append(True, visit[1:] != visit[:-1]))
    size = np.diff(np.append(first, visit.size))
    owner = np.repeat(np.arange(first.size), size)
    who = np.maximum.reduceat(customer, first)
    place = np.arange(visit.size) - first[owner]
    known_from = np.minimum.reduceat(np.where(customer >= 0, place, visit.size), first)
    ordered_at = np.minimum.reduceat(np.where(code == ORDER, place, visit.size), first)
    buys = ordered_at < visit.size
    kept = place < ordered_at[owner]
    last = at[np.where(buys, first + np.minimum(ordered_at, size - 1), first + size - 1)]
    by_visit = np.lexsort((at[first], who))
    products, names = _places(rows["product_id"])
    device, devices = _of_visit(rows["device"], order[first])
    channel, channels = _of_visit(rows["channel"], order[first])
    category, price, categories = _of_products(names, facts)
    # Events in the order of their visits.
    turn = np.empty(first.size, dtype=np.int64)
    turn[by_visit] = np.arange(first.size)
    event = np.flatnonzero(kept)
    event = event[np.lexsort((place[event], turn[owner[event]]))]
    product = products[order][event]
    length = np.bincount(turn[owner[event]], minlength=first.size)
    told = _numbers(rows["value"])[order][event]
    over = buys | (last <= as_of - SILENCE_SECONDS * _US)
    return Visits(
        as_of=as_of, customers=people, who=who[by_visit],
        session=sessions.take(pa.array(session[first][by_visit], mask=session[first][by_visit] < 0)),
        begun=at[first][by_visit], last=last[by_visit], starts=np.append(0, np.cumsum(length)), buys=buys[by_visit],
        over=over[by_visit], known_from=known_from[by_visit], device=device[by_visit], channel=channel[by_visit],
        devices=devices, channels=channels, at=at[event], code=code[event], product=product,
        category=np.where(product >= 0, category[product], -1) if len(names) else np.full(event.size, -1),
        price=np.where(told > 0, told, np.where(product >= 0, price[product], np.nan)) if len(names) else told,
        categories=categories, by_day=bool((at % _DAY_US == 0).mean() > 0.5),
    )  # fmt: skip


def _us(column: Any) -> Ints:
    return np.asarray(column.cast(pa.timestamp("us")).to_numpy(), dtype="datetime64[us]").astype(np.int64)


def _codes(column: Any) -> Ints:
    place, names = _places(column)
    known = [_ALIASES.get(str(name).strip().lower(), "other") for name in names.to_pylist()]
    found = np.array([CODES.index(name) if name in CODES else 0 for name in known] or [0], dtype=np.int64)
    return np.where(place >= 0, found[place], 0)


def _places(column: Any) -> tuple[Ints, pa.Array]:
    """Return the place of every value among the sorted different ones, -1 for NULL."""
    column = column.cast(pa.string())
    names = pc.unique(column).drop_null()
    names = names.take(pc.sort_indices(names))
    place = pc.fill_null(pc.index_in(column, names), -1)
    return np.asarray(place.to_numpy(), dtype=np.int64), names


def _numbers(column: Any) -> Floats:
    found = column.cast(pa.float64()).to_numpy() if column.type != pa.null() else np.full(len(column), np.nan)
    return np.asarray(np.where(np.isfinite(found), found, np.nan), dtype=np.float64)


def _event_numbers(column: Any) -> Ints:
    """Rank events by their own numbers, shorter ones first, to settle ties in time."""
    text = pc.fill_null(column.cast(pa.string()), "")
    ranked = pc.sort_indices(
        pa.table({"length": pc.utf8_length(text), "text": text}),
        sort_keys=[("length", "ascending"), ("text", "ascending")],
    )
    rank = np.empty(len(text), dtype=np.int64)
    rank[ranked.to_numpy()] = np.arange(len(text))
    return rank


def _visit_of(customer: Ints, session: Ints, at: Ints) -> Ints:
    """Give each event the number of its visit: one for each session number; elsewhere a new one after silence."""
    free = np.flatnonzero(session < 0)
    order = free[np.lexsort((at[free], customer[free]))]
    new = np.ones(order.size, dtype=bool)
    if order.size:
        # Where times are days, a day's events are one visit.
        quiet = np.diff(at[order]) > SILENCE_SECONDS * _US
        new[1:] = (np.diff(customer[order]) != 0) | quiet
    visit = session.copy()
    visit[order] = session.max(initial=-1) + np.cumsum(new)
    return visit


def _of_visit(column: Any, opening: Ints) -> tuple[Ints, tuple[str, ...]]:
    """Return what the first event of each visit says; later ones were not known when it began."""
    place, names = _places(column)
    return place[opening], tuple(names.to_pylist())


def _of_products(names: pa.Array, facts: dict[str, tuple[str | None, float]]) -> tuple[Ints, Floats, tuple[str, ...]]:
    found = [facts.get(name, (None, np.nan)) for name in names.to_pylist()]
    categories = tuple(sorted({category for category, _ in found if category}))
    place = {name: number for number, name in enumerate(categories)}
    category = np.array([place.get(each, -1) if each else -1 for each, _ in found], dtype=np.int64)
    price = np.array([np.nan if each is None else float(each) for _, each in found], dtype=np.float64)
    return category, price, categories
