"""What a perfect model would say: each customer's true chance to order again, from the process itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import numpy as np

from habitue.data.simulate.contact import COUPON_DAYS, COUPON_VALUES, MESSAGE_DAYS, coupon_chances, is_new
from habitue.data.simulate.core import Core
from habitue.data.simulate.customers import ORDER_CHANNELS
from habitue.data.simulate.known import known_people
from habitue.data.simulate.plan import Flags, Floats, Ints
from habitue.data.simulate.purchasing import CANCELLED_SHARE, LATE_SHARE, season_days
from habitue.data.simulate.selling import customer_ids
from habitue.data.simulate.typed import plain
from habitue.errors import ConfigError

__all__ = ["clocks", "endings", "living", "message_days", "phases", "poisson", "true_scores", "window_days"]

_ROWS = 4_000  # customers at a time


def true_scores(core: Core, as_of: datetime, horizon_days: int) -> Any:
    """Compute, for every customer signed up before ``as_of``, what will truly be expected of them.

    The purchase process is known but for its chance: rate, season, sale days, regularity, drop-out, planned messages
    and coupons. Left out are sold-out shelves and parcels still under way at ``as_of``.

    Parameters
    ----------
    core : Core
    as_of : datetime
    horizon_days : int

    Returns
    -------
    pyarrow.Table
        customer_id, alive, expected_orders, order_probability (of at least one order that is not cancelled).
    """
    clock = clocks(core, as_of, horizon_days)
    person = known_people(core)
    person = person[core.people.signed_up[person] < clock[core.people.market[person]]]
    alive = core.gone[person] > clock[core.people.market[person]]
    expected, chance = np.zeros(person.size), np.zeros(person.size)
    left = np.flatnonzero(alive)
    for start in range(0, left.size, _ROWS):
        rows = left[start : start + _ROWS]
        expected[rows], chance[rows] = living(core, person[rows], clock[core.people.market[person[rows]]], horizon_days)
    ids = customer_ids(core, person)
    return plain({"customer_id": ids, "alive": alive, "expected_orders": expected, "order_probability": chance})


def clocks(core: Core, as_of: datetime, horizon_days: int) -> Floats:
    """Return the moment in days since the start, one number for each market; the horizon has to lie within the span."""
    world = core.world
    clock = np.array([world.days_until(np.datetime64(as_of, "us"), market) for market in (0, 1)])
    if clock.min() < 0 or clock.max() + horizon_days > world.plan.span + 1e-9:
        raise ConfigError(
            f"The simulated shop does not reach {horizon_days} days past {as_of:%Y-%m-%d}",
            expected=f"a span within {world.plan.span} days of {world.plan.start}",
        )
    return clock


def endings(core: Core, person: Ints, horizon: int) -> tuple[Floats, Floats]:
    """Return when a customer may drop out: in the middle of each day of the horizon or not at all; and the chances."""
    ends = np.append(np.arange(horizon) + 0.5, horizon)
    survival = np.exp(-core.people.dropout_rate[person][:, None] * np.append(np.arange(horizon + 1), horizon))
    return ends, np.concatenate([survival[:, :horizon] - survival[:, 1 : horizon + 1], survival[:, -1:]], axis=1)


def living(
    core: Core, person: Ints, now: Floats, horizon: int, *, offered: Callable[[Floats], Floats] | None = None
) -> tuple[Floats, Floats]:
    """Return expected orders and the chance of at least one, for people alive now.

    ``offered`` adds season-days (person × end) of a contact beyond those planned, given the ends of the days.
    """
    people = core.people
    ends, weight = endings(core, person, horizon)
    at = now[:, None] + ends
    lived = season_days(core.world.calendar, people, np.repeat(person, ends.size), at.ravel()).reshape(at.shape)
    start = season_days(core.world.calendar, people, person, now)
    own = people.order_rate[person][:, None] * (lived - start[:, None])
    extra = message_days(core, person, now, ends) + _coupon_days(core, person, now, ends)
    if offered is not None:
        extra += offered(ends)
    extra *= people.order_rate[person][:, None]
    count, none, one = _renewals(core, person, now, start, own)
    mean = count + extra
    loss = _loss_per_order(core, person)[:, None]
    kept = np.where(mean > 1e-9, -np.expm1(-loss * mean) / np.maximum(loss * mean, 1e-12), 1.0)
    expected = (1 - CANCELLED_SHARE) * mean * np.where(loss > 0, kept, 1.0)
    silent = (none + CANCELLED_SHARE * one) * np.exp(-extra * (1 - CANCELLED_SHARE))
    return (weight * expected).sum(axis=1), 1 - (weight * silent).sum(axis=1)


def _loss_per_order(core: Core, person: Ints) -> Floats:
    """Chance that an order's late parcel drives the customer away."""
    at_store = np.where(core.people.order_channel[person] == ORDER_CHANNELS.index("store"), 0.85, 0.0)
    return np.asarray(LATE_SHARE * core.people.late_dropout[person] * (1 - at_store), dtype=np.float64)


def _renewals(core: Core, person: Ints, now: Floats, start: Floats, own: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the expected count of own orders and the chances of none and of one, for growing mass of the process."""
    regularity = core.people.regularity[person]
    count, none, one = np.empty_like(own), np.empty_like(own), np.empty_like(own)
    for steps in np.unique(regularity):
        rows = np.flatnonzero(regularity == steps)
        phase = phases(core, person[rows], now[rows], start[rows], int(steps))
        mass = own[rows] * steps
        count[rows] = _mean_count(phase, mass, int(steps))
        chances = poisson(mass, 2 * int(steps))
        ahead = int(steps) - np.arange(int(steps))
        none[rows] = sum(phase[:, [j]] * chances[: ahead[j]].sum(axis=0) for j in range(int(steps)))
        one[rows] = sum(
            phase[:, [j]] * chances[ahead[j] : ahead[j] + int(steps)].sum(axis=0) for j in range(int(steps))
        )
    return count, none, one


def phases(core: Core, person: Ints, now: Floats, start: Floats, steps: int) -> Floats:
    """How many of the steps to the next order are done, given that it has not come since the last."""
    people, orders = core.people, core.orders
    begun = np.clip(people.signed_up[person], 0.0, None)
    last = np.full(people.number.size, -np.inf)
    earlier = np.isin(orders.cause, (0, 3)) & (orders.at < now.max())
    np.maximum.at(last, orders.person[earlier], orders.at[earlier])
    known = np.isfinite(last[person])
    since = np.where(known, np.minimum(last[person], now), begun)
    gone = steps * people.order_rate[person] * (start - season_days(core.world.calendar, people, person, since))
    first = np.zeros((person.size, steps))
    first[:, 0] = 1.0
    first[people.existing[person] & ~known] = 1 / steps
    moved = poisson(np.maximum(gone, 1e-9), steps)
    phase = np.zeros_like(first)
    for done in range(steps):
        phase[:, done] = sum(first[:, before] * moved[done - before] for before in range(done + 1))
    return np.asarray((phase + 1e-300) / (phase + 1e-300).sum(axis=1, keepdims=True), dtype=np.float64)


def poisson(mass: Floats, terms: int) -> Floats:
    """Chances of 0, 1, 2… points."""
    chances = np.empty((terms, *mass.shape))
    chances[0] = np.exp(-mass)
    for each in range(1, terms):
        chances[each] = chances[each - 1] * mass / each
    return chances


def _mean_count(phase: Floats, mass: Floats, steps: int) -> Floats:
    """Expect whole cycles: the points less what is left over of the last cycle, found by roots of unity."""
    done = phase @ np.arange(steps)
    left_over = np.zeros_like(mass)
    for turn in range(steps):
        root = np.exp(2j * np.pi * turn / steps)
        spin = phase @ root ** np.arange(steps)
        rest = sum(left * root**-left for left in range(steps))
        left_over += (spin[:, None] * np.exp(mass * (root - 1)) * rest).real / steps
    return np.asarray((done[:, None] + mass - left_over) / steps, dtype=np.float64)


def message_days(core: Core, person: Ints, now: Floats, ends: Floats) -> Floats:
    """Season-days that messages add up to each end, as sent or, later, as planned."""
    world, people = core.world, core.people
    extra = np.zeros((person.size, ends.size))
    until = people.consent.copy()
    left = np.flatnonzero(core.messages.unsubscribed < now.max())
    where = (core.messages.person[left], world.sendings.channel[core.messages.sending[left]])
    np.minimum.at(until, where, core.messages.unsubscribed[left])
    for place in np.flatnonzero(_current(world.sendings.day, MESSAGE_DAYS, now, ends)):
        day = float(world.sendings.day[place])
        open_to = (until[person, world.sendings.channel[place]] > np.maximum(now, 0)) & (people.signed_up[person] < day)
        planned = world.sendings.chance[place][is_new(day, people.signed_up[person])] * open_to
        rows = core.messages.sending == place
        sent = _sent(core, core.messages.person[rows], core.messages.treated[rows].astype(np.float64))[person]
        weight = people.message_uplift[person] * np.where(now > day, sent, planned)
        extra += weight[:, None] * window_days(core, person, now, ends, (day, MESSAGE_DAYS))
    return extra


def _coupon_days(core: Core, person: Ints, now: Floats, ends: Floats) -> Floats:
    """Season-days that the shop's coupon actions add up to each end, as sent or, later, as planned."""
    world, people = core.world, core.people
    extra = np.zeros((person.size, ends.size))
    for place in np.flatnonzero(_current(world.actions.day, COUPON_DAYS, now, ends)):
        day = float(world.actions.day[place])
        chances = coupon_chances(world.actions, int(place), is_new(day, people.signed_up[person]))
        planned = chances @ (COUPON_VALUES[:3] / 0.15) * (people.fraud[person] == 0) * (people.signed_up[person] < day)
        rows = core.coupons.action == place
        sent = _sent(core, core.coupons.person[rows], COUPON_VALUES[core.coupons.arm[rows]] / 0.15)[person]
        weight = people.coupon_uplift[person] * np.where(now > day, sent, planned)
        extra += weight[:, None] * window_days(core, person, now, ends, (day, COUPON_DAYS))
    return extra


def _current(day: Floats, lasts: float, now: Floats, ends: Floats) -> Flags:
    current: Flags = (day + lasts > now.min()) & (day < now.max() + ends[-1])
    return current


def _sent(core: Core, person: Ints, strength: Floats) -> Floats:
    got = np.zeros(core.people.number.size)
    got[person] = strength
    return got


def window_days(core: Core, person: Ints, now: Floats, ends: Floats, window: tuple[float, float]) -> Floats:
    """Season-days of a contact's window that fall between now and each end."""
    day, lasts = window
    sums = core.world.calendar.base_sum
    profile = core.people.profile[person]
    last = min(day + lasts, sums.shape[1] - 1.0)
    grid = np.arange(sums.shape[1])
    whole = np.array([np.interp(last, grid, row) - np.interp(day, grid, row) for row in sums])[profile]
    begun = np.clip((now - day) / max(last - day, 1e-9), 0, 1)
    reached = np.clip((now[:, None] + ends - day) / max(last - day, 1e-9), 0, 1)
    return np.asarray(whole[:, None] * np.maximum(reached - begun[:, None], 0.0), dtype=np.float64)
