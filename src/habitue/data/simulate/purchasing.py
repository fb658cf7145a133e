"""When customers order: a renewal process over the season, extra orders by contact, and drop-out."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from habitue.data.simulate.calendar import Calendar
from habitue.data.simulate.contact import COUPON_DAYS, WELCOME_DAYS, Contacts, Coupons
from habitue.data.simulate.customers import People, redeeming_chance
from habitue.data.simulate.plan import Flags, Floats, Ints, Plan, ragged, taken
from habitue.data.simulate.world import World

__all__ = ["CANCELLED_SHARE", "CARRIERS", "CAUSES", "LATE_SHARE", "Orders", "draw_orders", "season_days"]

CAUSES = ("own", "message", "coupon", "first")
CARRIERS = (("Northpost", "Swiftline", "Parcelo"), ("迅达快递", "云鸟物流", "顺途速运"))
PICK_UP = 2  # place of "store" among the order channels: no parcel
CANCELLED_SHARE = 0.015

_CARRIER_SHARE = np.array([0.5, 0.3, 0.2])
_CARRIER_LATE = np.array([0.05, 0.09, 0.20])
LATE_SHARE = float(_CARRIER_SHARE @ _CARRIER_LATE)


@dataclass(frozen=True, slots=True)
class Orders:
    """Orders as arrays; ``person`` is a row of People, times are days since the start."""

    person: Ints
    at: Floats
    cause: Ints
    reference: Ints  # row of the message or coupon that caused it, -1
    channel: Ints
    device: Ints
    carrier: Ints
    shipped: Floats
    promised: Floats
    delivered: Floats
    drives_away: Flags
    cancelled: Floats  # when, inf if not
    coupon: Ints  # row of the coupon used, -1
    fraud: Ints


def draw_orders(world: World, people: People, contacts: Contacts, chunk: int) -> tuple[Orders, Floats]:
    """Draw the orders of a chunk of people; return them in order of time, and when each person drops out."""
    plan = world.plan
    rng = plan.rng("purchasing", chunk)
    first = np.flatnonzero(people.orders_first)
    at = people.signed_up[first] + rng.uniform(0.002, 0.02, first.size)
    repeat_person, repeat_at = _repeats(plan, world.calendar, people, rng)
    extra = contacts.extra
    person = np.concatenate([first, repeat_person, extra.person])
    when = np.concatenate([at, repeat_at, extra.at])
    cause = np.concatenate([np.repeat([3, 0], [first.size, repeat_person.size]), extra.cause])
    reference = np.concatenate([np.full(first.size + repeat_person.size, -1), extra.reference])
    orders = _with_circumstances(plan, people, person, when, cause, reference, chunk)
    orders = taken(orders, (when < plan.span) & (when < people.leaves[person]))
    gone = people.leaves.copy()
    np.minimum.at(gone, orders.person[orders.drives_away], orders.delivered[orders.drives_away])
    orders = taken(orders, orders.at < gone[orders.person])
    orders = taken(orders, np.lexsort((orders.person, orders.at)))
    return _with_coupons(world, people, orders, contacts.coupons, plan.rng("redeeming", chunk)), gone


def season_days(calendar: Calendar, people: People, person: Ints, at: Floats) -> Floats:
    """Return the season-days persons have lived up to a time, sale days counting by their discount sensitivity."""
    return _reached(calendar, people.profile[person], people.discount_sensitivity[person], at)


def _repeats(plan: Plan, calendar: Calendar, people: People, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """Every ``regularity``-th point of a Poisson process running that many times too fast."""
    profile = people.profile
    begin = np.minimum(np.maximum(people.signed_up, 0.0), plan.span)
    end = np.minimum(people.leaves, plan.span)
    low = _reached(calendar, profile, people.discount_sensitivity, begin)
    mass = np.maximum(_reached(calendar, profile, people.discount_sensitivity, end) - low, 0.0)
    counts = rng.poisson(people.order_rate * people.regularity * mass)
    owner, place = ragged(counts)
    draws = np.sort(owner + rng.random(owner.size)) - owner
    # Customers of old are met anywhere in their cycle, others start it with their first order.
    phase = np.where(people.existing, (rng.random(people.number.size) * people.regularity).astype(np.int64), 0)
    kept = (place + 1 + phase[owner]) % people.regularity[owner] == 0
    owner, draws = owner[kept], draws[kept]
    return owner, _inverted(
        calendar, profile[owner], people.discount_sensitivity[owner], low[owner] + draws * mass[owner]
    )


def _reached(calendar: Calendar, profile: Ints, discount: Floats, at: Floats) -> Floats:
    day = np.minimum(at.astype(np.int64), calendar.base.shape[1] - 1)
    part = at - day
    whole = calendar.base_sum[profile, day] + discount * calendar.promotion_sum[profile, day]
    return np.asarray(
        whole + part * (calendar.base[profile, day] + discount * calendar.promotion[profile, day]), dtype=np.float64
    )


def _inverted(calendar: Calendar, profile: Ints, discount: Floats, target: Floats) -> Floats:
    """Find the time at which a number of season-days is reached."""
    low = np.zeros(target.size, dtype=np.int64)
    high = np.full(target.size, calendar.base.shape[1])
    for _ in range(int(calendar.base.shape[1]).bit_length()):
        middle = (low + high) // 2
        below = calendar.base_sum[profile, middle] + discount * calendar.promotion_sum[profile, middle] <= target
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    whole = calendar.base_sum[profile, low] + discount * calendar.promotion_sum[profile, low]
    day = np.minimum(low, calendar.base.shape[1] - 1)
    speed = calendar.base[profile, day] + discount * calendar.promotion[profile, day]
    return np.asarray(low + np.clip((target - whole) / speed, 0, 0.999999), dtype=np.float64)


def _with_circumstances(
    plan: Plan, people: People, person: Ints, at: Floats, cause: Ints, reference: Ints, chunk: int
) -> Orders:
    """Draw where each order was placed and how its parcel travelled."""
    rng = plan.rng("delivery", chunk)
    count = person.size
    usual = rng.random(count) < 0.85
    channel = np.where(usual, people.order_channel[person], rng.integers(0, 2, count))
    carrier = rng.choice(3, size=count, p=_CARRIER_SHARE)
    late = rng.random(count) < _CARRIER_LATE[carrier]
    shipped = at + rng.uniform(0.2, 1.3, count)
    promised = np.floor(shipped + np.where(people.market[person] == 1, 3.0, 4.0)) + 0.75
    early = shipped + rng.uniform(0.25, 0.98, count) * (promised - shipped)
    delivered = np.where(late, promised + rng.gamma(2.0, 1.6, count) + 0.2, early)
    cancelled = np.where(rng.random(count) < CANCELLED_SHARE, at + rng.uniform(0.01, 0.15, count), np.inf)
    parcel = (channel != PICK_UP) & np.isinf(cancelled)
    drives_away = late & parcel & (rng.random(count) < people.late_dropout[person]) & (people.number[person] >= 0)
    return Orders(
        person=person, at=at, cause=cause, reference=reference, channel=channel,
        device=np.where(usual, people.device[person], rng.integers(0, 3, count)), carrier=np.where(parcel, carrier, -1),
        shipped=np.where(parcel, shipped, np.inf), promised=np.where(parcel, promised, np.inf),
        delivered=np.where(parcel, delivered, np.inf), drives_away=drives_away, cancelled=cancelled,
        coupon=np.full(count, -1), fraud=_fraud(people, person, rng),
    )  # fmt: skip


def _fraud(people: People, person: Ints, rng: np.random.Generator) -> Ints:
    """Fraudsters' own orders, and a few orders by others who took over an honest account."""
    taken_over = (rng.random(person.size) < 0.002) & (people.number[person] >= 0) & (people.fraud[person] == 0)
    return np.where(taken_over, 3, people.fraud[person])


def _with_coupons(world: World, people: People, orders: Orders, coupons: Coupons, rng: np.random.Generator) -> Orders:
    """Redeem coupons: always where the coupon caused the order, often where the customer held one anyway."""
    days = world.actions.day
    lookup = np.full((people.number.size, days.size + 1), -1)
    valued = coupons.arm > 0
    lookup[coupons.person[valued], coupons.action[valued]] = np.flatnonzero(valued)  # the welcome coupon comes last
    action = np.searchsorted(days, orders.at) - 1
    started = days[np.maximum(action, 0)] if days.size else np.zeros(orders.at.size)
    current = (action >= 0) & (orders.at - started < COUPON_DAYS)
    held = np.where(current, lookup[orders.person, np.maximum(action, 0)], -1)
    welcome = orders.at - people.signed_up[orders.person] < WELCOME_DAYS
    held = np.where((held < 0) & welcome, lookup[orders.person, -1], held)
    likes = redeeming_chance(people.discount_sensitivity[orders.person], people.fraud[orders.person])
    redeems = rng.random(held.size) < likes
    used = np.where(orders.cause == 2, orders.reference, np.where(redeems, held, -1))
    _, earliest = np.unique(used, return_index=True)
    once = np.zeros(used.size, dtype=bool)
    once[earliest] = True
    return replace(orders, coupon=np.where(once, used, -1))
