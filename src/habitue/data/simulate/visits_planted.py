"""A world of visits whose hidden intents unfold event by event, so plain that every chance in it is known exactly.

A visit is in one hidden state at a time. The state decides what the visitor does next, with what, and after how long;
then the visit ends, ends in an order, or goes on, perhaps in another state. Where it begins depends on the kind of
customer (hidden), on the channel, the device and the hour, and on whether a basket was left some days ago (all seen).
What a perfect analyst, who knows these numbers, would say after so many events is `VisitsTruth.chances`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import pyarrow as pa

from habitue.data.simulate.plan import Flags, Floats, Ints, joined, taken
from habitue.data.simulate.typed import numbered, picked, typed
from habitue.data.simulate.visits_planted_posterior import KnownVisits, chances_after
from habitue.data.simulate.visits_planted_process import (
    CHANNELS,
    DEVICES,
    EVENTS,
    KINDS,
    VISIT_PROCESS,
    VisitProcess,
)
from habitue.errors import ConfigError

__all__ = ["VisitsTruth", "planted_visits"]

CATEGORIES = 12
_PRODUCTS_EACH = 25
_PRODUCTS = CATEGORIES * _PRODUCTS_EACH
_SECONDS = 86_400
_FIRST_HOUR, _LAST_HOUR = 6.0, 23.5
_VIEW, _CART, _REMOVE = (EVENTS.index(name) for name in ("view", "cart", "remove"))
_WITH_PRODUCT = np.array([name in ("view", "wish", "cart", "remove") for name in (*EVENTS, "order")])
_ORDER = len(EVENTS)


@dataclass(frozen=True)
class VisitsTruth:
    """What was planted, and what can be known of it as visits unfold.

    Attributes
    ----------
    customers : Arrow table
        customer_id; kind, the code of the hidden kind; hour, the middle of the customer's usual hours; gap_days, the
        mean days between visits.
    visits : Arrow table
        session_id, customer_id (NULL unknown), started_at, events, buys; known customers' visits by customer and time,
        then the others.
    process : VisitProcess
    """

    customers: pa.Table
    visits: pa.Table
    process: VisitProcess
    known: KnownVisits

    def chances(self, after: int) -> pa.Table:
        """Say how likely each visit is to end in an order, given its first events and the customer's earlier visits.

        Bayes' rule with the true process and its true numbers: nobody can do better on average.

        Parameters
        ----------
        after : int
            Events seen, 1 or more.

        Returns
        -------
        Arrow table
            session_id, chance, buys; one row per visit with so many events before its order.
        """
        visit, chance = chances_after(self.known, self.process, after)
        chosen = self.visits.select(["session_id", "buys"]).take(pa.array(visit))
        return chosen.append_column("chance", pa.array(chance))


@dataclass(frozen=True, slots=True)
class _Visits:
    """Visits before anything happens in them; ``person`` -1 is unknown."""

    person: Ints
    kind: Ints
    at: Ints  # seconds from the start of the world
    channel: Ints
    device: Ints


@dataclass(frozen=True, slots=True)
class _Steps:
    """Events of visits, in the order in which they were drawn."""

    visit: Ints
    place: Ints
    code: Ints
    gap: Ints
    relation: Ints
    filled: Flags
    product: Ints


def planted_visits(
    customers: int = 2_500,
    seed: int = 0,
    *,
    days: int = 270,
    unknown: float = 0.3,
    start: date = date(2024, 1, 1),
    process: VisitProcess = VISIT_PROCESS,
) -> tuple[dict[str, pa.Table], VisitsTruth]:
    """Make a shop's visits from a process of hidden intents, and the truth about them.

    Customers come on different days at their own rate and around their own hour; a share of all visits is of people
    never known. Every visit is whole, also the last one.

    Parameters
    ----------
    customers : int
    seed : int
    days : int
    unknown : float
        Visits of people never known, as share of all.
    start : date
    process : VisitProcess

    Returns
    -------
    tables : dict
        ``events``, ``order_lines`` and ``products`` with the schema's columns.
    truth : VisitsTruth

    Raises
    ------
    ConfigError
        For no customers or days, or a share that is none.

    Examples
    --------
    >>> tables, truth = planted_visits(20, seed=1, days=60)
    >>> truth.chances(3).column_names
    ['session_id', 'buys', 'chance']
    """
    if customers < 1 or days < 1 or not 0 <= unknown < 1 or seed < 0:
        raise ConfigError(
            f"{customers} customers over {days} days with {unknown} unknown visits are no world",
            expected="at least one customer and day, a share from 0 to below 1, a seed of 0 or more",
        )
    rng = np.random.default_rng([seed, 50_112])
    kind = rng.choice(len(KINDS), customers, p=process.kind_share)
    hour = rng.uniform(8.0, 22.0, customers)
    gap_days = rng.gamma(4.0, 4.5, customers) + 1.0
    person, at, rank = _comings(rng, hour, gap_days, days)
    own_device, usual_channel = rng.choice(len(DEVICES), customers, p=(0.55, 0.1, 0.35)), _channels(rng, customers)
    visits = _Visits(
        person, kind[person], at,
        np.where(rng.random(person.size) < 0.5, usual_channel[person], _channels(rng, person.size)),
        np.where(rng.random(person.size) < 0.8, own_device[person], rng.integers(0, len(DEVICES), person.size)),
    )  # fmt: skip
    strangers = _strangers(rng, round(person.size * unknown / (1 - unknown)), days, process)
    known, steps = _unfold(rng, process, visits, strangers, rank)
    moment = datetime.combine(start, datetime.min.time())
    tables, told = _told(rng, joined([visits, strangers]), known, steps, moment)
    people = {"kind": pa.array(list(KINDS)).take(pa.array(kind)), "hour": hour, "gap_days": gap_days}
    return tables, VisitsTruth(
        pa.table({"customer_id": numbered("C", np.arange(customers), 6), **people}), told, process, known
    )


def _channels(rng: np.random.Generator, size: int) -> Ints:
    return rng.choice(len(CHANNELS), size, p=(0.34, 0.26, 0.14, 0.14, 0.12))


def _comings(rng: np.random.Generator, hour: Floats, gap_days: Floats, days: int) -> tuple[Ints, Ints, Ints]:
    """Draw who comes when, by person and time, and the number of the visit among the person's."""
    day = np.floor(rng.uniform(0, gap_days))
    who, when = [], []
    people = np.arange(hour.size)
    while people.size:
        people = people[day[people] < days]
        who.append(people)
        when.append(day[people].copy())
        day[people] += 1 + np.floor(rng.exponential(gap_days[people] - 1.0))
    person, on = np.concatenate(who), np.concatenate(when)
    order = np.lexsort((on, person))
    person, on = person[order], on[order]
    usual = rng.random(person.size) < 0.8
    at_hour = np.where(usual, hour[person] + 1.5 * rng.normal(size=person.size), rng.uniform(0, 24, person.size))
    at = np.round((on * 24 + np.clip(at_hour, _FIRST_HOUR, _LAST_HOUR)) * 3600).astype(np.int64)
    return person, at, np.arange(person.size) - np.searchsorted(person, person)


def _strangers(rng: np.random.Generator, count: int, days: int, process: VisitProcess) -> _Visits:
    at = np.floor(rng.uniform(0, days, count)) * _SECONDS
    at = (at + np.round(rng.uniform(_FIRST_HOUR, _LAST_HOUR, count) * 3600)).astype(np.int64)
    kind = rng.choice(len(KINDS), count, p=process.unknown_share)
    devices = rng.choice(len(DEVICES), count, p=(0.55, 0.1, 0.35))
    return _Visits(np.full(count, -1), kind, at, _channels(rng, count), devices)


def _unfold(
    rng: np.random.Generator, process: VisitProcess, visits: _Visits, strangers: _Visits, rank: Ints
) -> tuple[KnownVisits, _Steps]:
    """Let visits unfold, first those of strangers, then the first visit of everybody, the second one, and so on."""
    everybody = joined([visits, strangers])
    size = everybody.at.size
    left, order = np.full(size, -1), np.zeros(size, dtype=bool)
    parts, lately = [], np.zeros(size, dtype=bool)
    turn = np.concatenate([rank, np.full(strangers.at.size, -1)])
    for number in range(-1, int(rank.max(initial=-1)) + 1):
        now = np.flatnonzero(turn == number)
        if number > 0:
            waited = everybody.at[now] - left[now - 1]
            lately[now] = (left[now - 1] >= 0) & (waited <= process.left_days * _SECONDS)
        begin = process.beginning(everybody.channel[now], everybody.device[now], everybody.at[now], lately[now])
        steps, bought, basket = _walk(rng, process, begin[np.arange(now.size), everybody.kind[now]])
        left[now] = np.where(basket & ~bought, everybody.at[now], -1)
        order[now] = bought
        parts.append(_Steps(now[steps.visit], *(getattr(steps, name) for name in _Steps.__slots__[1:])))
    steps = joined(parts)
    steps = taken(steps, np.lexsort((steps.place, steps.visit)))
    known = KnownVisits(
        person=everybody.person, at=everybody.at,
        begin=process.beginning(everybody.channel, everybody.device, everybody.at, lately),
        visit=steps.visit, place=steps.place, code=steps.code, gap=steps.gap, relation=steps.relation,
        filled=steps.filled, buys=order,
    )  # fmt: skip
    return known, steps


def _walk(rng: np.random.Generator, process: VisitProcess, begin: Floats) -> tuple[_Steps, Flags, Flags]:
    """Draw whole visits from the chances of their first states; return steps, who bought, who has a full basket."""
    size = len(begin)
    state = _drawn(rng, begin)
    active = np.arange(size)
    last, held, bought = np.full(size, -1), np.zeros(size, dtype=np.int64), np.zeros(size, dtype=bool)
    parts = []
    for place in range(10_000):
        if not active.size:
            break
        filled = held[active] > 0
        code = _drawn(rng, np.where(filled[:, None], process.full[state[active]], process.empty[state[active]]))
        relation, product = _product(rng, process, state[active], code, last[active])
        gap = process.gaps(rng, state[active]) if place else np.zeros(active.size, dtype=np.int64)
        parts.append(_Steps(active, np.full(active.size, place), code, gap, relation, filled, product))
        last[active] = np.where(product >= 0, product, last[active])
        held[active] += (code == _CART).astype(np.int64) - (code == _REMOVE)
        luck = rng.random(active.size)
        buys = luck < process.orders[state[active]]
        ends = ~buys & (luck < process.orders[state[active]] + process.ends[state[active]])
        bought[active[buys]] = True
        active = active[~buys & ~ends]
        state[active] = _drawn(rng, process.moves[state[active]])
    return joined(parts), bought, held > 0


def _product(rng: np.random.Generator, process: VisitProcess, state: Ints, code: Ints, last: Ints) -> tuple[Ints, Ints]:
    """Draw how a looked-at product relates to the last one (0 other category, 1 same, 2 itself; -1 none), and which."""
    looks = code == _VIEW
    relation = np.where(looks & (last >= 0), _drawn(rng, process.relations[state]), -1)
    category = np.maximum(last, 0) // _PRODUCTS_EACH
    elsewhere = (category + rng.integers(1, CATEGORIES, code.size)) % CATEGORIES
    sibling = (np.maximum(last, 0) + rng.integers(1, _PRODUCTS_EACH, code.size)) % _PRODUCTS_EACH
    anything = rng.integers(0, _PRODUCTS, code.size)
    choice = [relation == 0, relation == 1]
    found = np.select(
        choice, [elsewhere * _PRODUCTS_EACH + anything % _PRODUCTS_EACH, category * _PRODUCTS_EACH + sibling], last
    )
    found = np.where(found < 0, anything, found)
    return relation, np.where(_WITH_PRODUCT[code], found, -1)


def _drawn(rng: np.random.Generator, chances: Floats) -> Ints:
    """Draw one place per row."""
    reached = chances.cumsum(axis=1) > rng.random(len(chances))[:, None] * chances.sum(axis=1, keepdims=True)
    return np.asarray(reached.argmax(axis=1), dtype=np.int64)


def _told(
    rng: np.random.Generator, visits: _Visits, known: KnownVisits, steps: _Steps, start: datetime
) -> tuple[dict[str, pa.Table], pa.Table]:
    """Write the tables, and the visits as they are to be known; session ids are numbered by time."""
    begun = np.datetime64(start, "us") + visits.at.astype("timedelta64[s]")
    number = np.empty(visits.at.size, dtype=np.int64)
    number[np.argsort(visits.at, kind="stable")] = np.arange(visits.at.size)
    sessions = numbered("T", number + 1, 7)
    people = numbered("C", visits.person, 6)
    told = {
        "session_id": sessions, "customer_id": people, "started_at": begun,
        "events": np.bincount(steps.visit, minlength=visits.at.size) + known.buys, "buys": known.buys,
    }  # fmt: skip
    steps = _with_orders(rng, steps, known.buys)
    since = np.cumsum(steps.gap)
    first = np.flatnonzero(steps.place == 0)
    moment = begun[steps.visit] + (since - since[first][steps.visit]).astype("timedelta64[s]")
    in_time = np.lexsort((steps.place, steps.visit, moment))
    steps, moment = taken(steps, in_time), moment[in_time]
    ordered = steps.code == _ORDER
    orders = numbered("O", np.where(ordered, number[steps.visit] + 1, -1), 7)
    price = np.where(steps.product >= 0, _prices()[np.maximum(steps.product, 0)], np.nan)
    who = people.take(pa.array(steps.visit))
    events = typed("events", {
        "event_id": numbered("E", np.arange(steps.visit.size) + 1, 8), "customer_id": who,
        "session_id": sessions.take(pa.array(steps.visit)), "event": picked((*EVENTS, "order"), steps.code),
        "happened_at": moment, "product_id": numbered("P", steps.product, 4), "order_id": orders,
        "device": picked(DEVICES, visits.device[steps.visit]),
        "channel": picked(CHANNELS, visits.channel[steps.visit]), "value": price,
    })  # fmt: skip
    bought = events.filter(pa.array(ordered))
    lines = {
        "order_id": bought["order_id"], "customer_id": bought["customer_id"], "product_id": bought["product_id"],
        "ordered_at": bought["happened_at"], "quantity": np.ones(bought.num_rows), "unit_price": bought["value"],
        "category": numbered("category ", steps.product[ordered] // _PRODUCTS_EACH, 2),
    }  # fmt: skip
    tables = {"events": events, "order_lines": typed("order_lines", lines), "products": _products()}
    return tables, pa.table(told)


def _with_orders(rng: np.random.Generator, steps: _Steps, buys: Flags) -> _Steps:
    """Add the order to visits that end in one: of the product touched last, any product where none was."""
    buyer = np.flatnonzero(buys)
    touched = np.full(buys.size, -1)
    some = steps.product >= 0
    touched[steps.visit[some]] = steps.product[some]
    product = np.where(touched[buyer] >= 0, touched[buyer], rng.integers(0, _PRODUCTS, buyer.size))
    place = np.bincount(steps.visit, minlength=buys.size)[buyer]
    gap = np.round(rng.lognormal(3.2, 0.5, buyer.size)).astype(np.int64) + 1
    last = _Steps(
        buyer, place, np.full(buyer.size, _ORDER), gap, np.full(buyer.size, -1), np.ones(buyer.size, bool), product
    )
    both = joined([steps, last])
    return taken(both, np.lexsort((both.place, both.visit)))


def _prices() -> Floats:
    place = np.arange(_PRODUCTS)
    return np.asarray(np.round(8.0 * 1.25 ** (place // _PRODUCTS_EACH) * (0.6 + 0.05 * (place % _PRODUCTS_EACH)), 2))


def _products() -> pa.Table:
    place = np.arange(_PRODUCTS)
    category = numbered("category ", place // _PRODUCTS_EACH, 2)
    return typed("products", {"product_id": numbered("P", place, 4), "category": category, "price": _prices()})
