"""The table ``events``: visits that end in an order, visits that lead up to one, and visits that lead nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from habitue.data.simulate.acquisition import ACQUISITION_CHANNELS
from habitue.data.simulate.categories import CATEGORIES
from habitue.data.simulate.core import Core
from habitue.data.simulate.customers import DEVICES
from habitue.data.simulate.plan import Flags, Floats, Ints, joined, ragged, taken
from habitue.data.simulate.selling import Sales, arrived, customer_ids, order_ids
from habitue.data.simulate.typed import numbered, picked, typed
from habitue.data.simulate.wares import WORDINGS, Wares
from habitue.data.simulate.world import Instants

__all__ = ["events_table", "network_addresses"]

_NAMES = (
    "page", "login", "search", "list", "view", "wish", "cart", "remove", "cart_view", "checkout", "coupon", "pay",
    "order",
)  # fmt: skip
_CODE = {name: place for place, name in enumerate(_NAMES)}
_SOURCES = ("direct", *ACQUISITION_CHANNELS, "mail")
_INTENT_VISITS = 1.1  # mean visits in the days before an order
_INTENT_DAYS = 2.2
_IDLE_VISITS = 2.0  # visits without consequence for each order a customer is expected to place
_STRANGERS = 0.35  # visits of people never known, for each idle visit


@dataclass(frozen=True, slots=True)
class _Visits:
    """Visits: who (-1 unknown), whose tastes and place they follow, when, and which order they lead to."""

    person: Ints
    like: Ints
    at: Floats
    order: Ints  # leads up to this order, -1
    buys: Flags


@dataclass(frozen=True, slots=True)
class _Steps:
    """Events before they have a time: the visit, the sequence inside it, and what."""

    visit: Ints
    sequence: Floats
    code: Ints
    product: Ints


def events_table(sales: Sales, wares: Wares) -> Any:
    """Build the table ``events``, in order of time."""
    core = sales.core
    rng = core.world.plan.rng("browsing")
    visits = _visits(core, rng)
    steps = _steps(core, visits, rng)
    steps = taken(steps, np.lexsort((steps.sequence, steps.visit)))
    happened_at = _moments(core, visits, steps, rng)
    in_time = np.argsort(happened_at, kind="stable")
    steps, happened_at = taken(steps, in_time), happened_at[in_time]
    visit = steps.visit
    ordered = steps.code == _CODE["order"]
    order = np.where(ordered, visits.order[visit], -1)
    like = visits.like[visit]
    price = core.world.catalogue.prices(_days(core, visits.at[visit]), np.maximum(steps.product, 0))[1]
    value = np.where(np.isin(steps.code, [_CODE["cart"], _CODE["view"]]), price, np.nan)
    value = np.where(ordered, sales.total[np.maximum(order, 0)] if sales.total.size else np.nan, value)
    bought = visits.buys[visit] & (visits.order[visit] >= 0)
    device = np.where(bought, _at(core.orders.device, visits.order[visit]), core.people.device[like])
    return typed("events", {
        "event_id": numbered("E", np.arange(visit.size) + 1, 8),
        "customer_id": customer_ids(core, visits.person[visit]),
        "session_id": numbered("T", visit + 1, 7),
        "event": picked(_NAMES, steps.code),
        "happened_at": happened_at,
        "product_id": picked(wares.ids, steps.product),
        "order_id": order_ids(sales, order),
        "query": _queries(core, steps, visits, rng),
        "device": picked(DEVICES, device),
        "channel": picked(_SOURCES, _sources(core, visits, rng)[visit]),
        "ip": network_addresses(core).take(like),
        "value": value,
        "ingested_at": arrived(rng, happened_at, share=0.15),
    })  # fmt: skip


def network_addresses(core: Core) -> Any:
    """Return one address per person, from ranges kept for documentation; coupon rings share theirs."""
    people = core.people
    own = np.where(people.ring >= 0, people.ring, np.arange(people.number.size))
    mixed = (own * 7919 + 104_729) % 65_536
    return picked(
        [f"198.{18 + high % 2}.{high}.{low}" for high in range(256) for low in range(256)], mixed
    )  # fmt: skip


def _visits(core: Core, rng: np.random.Generator) -> _Visits:
    people, orders, span = core.people, core.orders, core.world.plan.span
    online = np.flatnonzero(orders.channel < 2)
    person = orders.person[online]
    buying = _Visits(person, person, orders.at[online], online, np.ones(online.size, dtype=bool))
    leading = np.repeat(np.arange(online.size), rng.poisson(_INTENT_VISITS, online.size))
    before = orders.at[online][leading] - np.minimum(rng.exponential(_INTENT_DAYS, leading.size) + 0.02, 12.0)
    known = (rng.random(leading.size) < 0.75) & (before > people.signed_up[person[leading]])
    who = np.where(known, person[leading], -1)
    intent = _Visits(who, person[leading], before, online[leading], np.zeros(leading.size, dtype=bool))
    begin = np.clip(people.signed_up, 0, span)
    lives = np.clip(np.minimum(core.gone + 20, span) - begin, 0, None) * (people.number >= 0)
    idler = np.repeat(np.arange(lives.size), rng.poisson(lives * people.order_rate * _IDLE_VISITS))
    when = begin[idler] + rng.random(idler.size) * lives[idler]
    idle = _visits_without_order(np.where(rng.random(idler.size) < 0.75, idler, -1), idler, when)
    strangers = rng.poisson(_STRANGERS * idler.size)
    like = rng.integers(0, people.number.size, strangers)
    unknown = _visits_without_order(np.full(strangers, -1), like, rng.uniform(0, span, strangers))
    return taken(*_from_first_day(joined([buying, intent, idle, unknown])))


def _from_first_day(visits: _Visits) -> tuple[_Visits, Ints]:
    started = np.flatnonzero(visits.at >= 0)
    return visits, started[np.argsort(visits.at[started], kind="stable")]


def _visits_without_order(person: Ints, like: Ints, at: Floats) -> _Visits:
    return _Visits(person, like, at, np.full(at.size, -1), np.zeros(at.size, dtype=bool))


def _steps(core: Core, visits: _Visits, rng: np.random.Generator) -> _Steps:
    """Lay out page, log-in, search or list, looks, basket and payment for every visit."""
    every = np.arange(visits.at.size)
    seeks = rng.random(every.size)
    parts = [
        _step(every, 0, "page"),
        _step(every[visits.buys & (visits.person >= 0)], 10, "login"),
        _step(every[seeks < 0.4], 20, "search"),
        _step(every[(seeks >= 0.4) & (seeks < 0.8)], 20, "list"),
        *_looks(core, visits, rng),
        *_baskets(core, visits, rng),
    ]
    buying = every[visits.buys]
    coupon = buying[_at(core.orders.coupon, visits.order[buying]) >= 0]
    parts += [
        _step(buying, 8000, "cart_view"), _step(coupon, 8100, "coupon"), _step(buying, 8200, "checkout"),
        _step(buying, 8300, "pay"), _step(buying, 9000, "order"),
    ]  # fmt: skip
    return joined(parts)


def _looks(core: Core, visits: _Visits, rng: np.random.Generator) -> list[_Steps]:
    """Look at goods the visitor likes; wish for some, put some into a basket that is then left."""
    owner, place = ragged(np.asarray(rng.poisson(1.8, visits.at.size) + (visits.order < 0), dtype=np.int64))
    like = visits.like[owner]
    category = core.people.favourite[like, rng.integers(0, 3, owner.size)]
    anything = rng.integers(0, len(CATEGORIES), owner.size)
    category = np.where(rng.random(owner.size) < 0.25, anything, category)
    thrifty = (rng.random(owner.size) < core.people.price_sensitivity[like]).astype(np.int64)
    product = core.world.catalogue.choose(category, _days(core, visits.at[owner]), thrifty, rng.random(owner.size))
    idle = visits.order[owner] < 0
    wishes = np.flatnonzero(rng.random(owner.size) < 0.03)
    fills = np.flatnonzero(idle & (rng.random(owner.size) < 0.07))
    empties = fills[rng.random(fills.size) < 0.3]
    sequence = 1000.0 + place.astype(np.float64) * 10
    return [
        _Steps(owner, sequence, np.full(owner.size, _CODE["view"]), product),
        _Steps(owner[wishes], sequence[wishes] + 1, np.full(wishes.size, _CODE["wish"]), product[wishes]),
        _Steps(owner[fills], sequence[fills] + 2, np.full(fills.size, _CODE["cart"]), product[fills]),
        _Steps(owner[empties], sequence[empties] + 500, np.full(empties.size, _CODE["remove"]), product[empties]),
    ]


def _baskets(core: Core, visits: _Visits, rng: np.random.Generator) -> list[_Steps]:
    """Look at what will be ordered, and in the buying visit put it into the basket."""
    lines = core.lines
    starts = np.searchsorted(lines.order, np.arange(core.orders.at.size + 1))
    leading = np.flatnonzero(visits.order >= 0)
    order = visits.order[leading]
    owner, place = ragged(starts[order + 1] - starts[order])
    product = lines.product[starts[order][owner] + place]
    visit = leading[owner]
    buys = visits.buys[visit]
    seen = np.flatnonzero(buys | (rng.random(visit.size) < 0.6))
    carted = np.flatnonzero(buys | (rng.random(visit.size) < 0.12))
    sequence = 3000.0 + place.astype(np.float64) * 10
    return [
        _Steps(visit[seen], sequence[seen], np.full(seen.size, _CODE["view"]), product[seen]),
        _Steps(visit[carted], sequence[carted] + 5, np.full(carted.size, _CODE["cart"]), product[carted]),
    ]


def _step(visit: Ints, sequence: float, name: str) -> _Steps:
    return _Steps(visit, np.full(visit.size, sequence), np.full(visit.size, _CODE[name]), np.full(visit.size, -1))


def _moments(core: Core, visits: _Visits, steps: _Steps, rng: np.random.Generator) -> Instants:
    """Let some seconds pass between events; a buying visit ends at the moment of its order."""
    gaps = np.floor(rng.exponential(38.0, steps.visit.size) + 3)
    starts = np.searchsorted(steps.visit, np.arange(visits.at.size + 1))
    summed = np.concatenate([[0.0], np.cumsum(gaps)])
    since = summed[:-1] - summed[starts[steps.visit]]
    last = summed[starts[1:] - 1] - summed[starts[:-1]]
    begin = core.world.instants(visits.at, core.people.market[visits.like])
    begin = np.where(visits.buys, begin - last.astype("timedelta64[s]"), begin)
    return np.asarray(begin[steps.visit] + since.astype("timedelta64[s]"), dtype="datetime64[us]")


def _queries(core: Core, steps: _Steps, visits: _Visits, rng: np.random.Generator) -> Any:
    """Search words for one of the visitor's favourite categories, in the visitor's language."""
    words = [
        query for language in (0, 1) for category in CATEGORIES for query in WORDINGS[language][category.code].searches
    ]
    like = visits.like[steps.visit]
    category = core.people.favourite[like, rng.integers(0, 3, like.size)]
    place = (core.people.language[like] * len(CATEGORIES) + category) * 4 + rng.integers(0, 4, like.size)
    return picked(words, np.where(steps.code == _CODE["search"], place, -1))


def _sources(core: Core, visits: _Visits, rng: np.random.Generator) -> Ints:
    """Where visits come from; unknown visitors come as new customers do."""
    own = rng.choice(len(_SOURCES), size=visits.at.size, p=[0.42, 0.2, 0.08, 0.04, 0.12, 0.04, 0.10])
    return np.where(visits.person < 0, core.people.won_by[visits.like] + 1, own)


def _days(core: Core, at: Floats) -> Ints:
    return np.clip(at.astype(np.int64), 0, core.world.plan.span - 1)


def _at(values: Ints, rows: Ints) -> Ints:
    return values[rows] if values.size else np.full(rows.size, -1)
