"""Messages and coupons: who is sent what, drawn at random with known chances, and the extra orders they cause."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from habitue.data.simulate.calendar import Calendar
from habitue.data.simulate.customers import CONTACT_CHANNELS, People
from habitue.data.simulate.plan import Flags, Floats, Ints, Plan, joined, taken

__all__ = [
    "COUPON_ARMS",
    "COUPON_DAYS",
    "COUPON_VALUES",
    "MESSAGE_DAYS",
    "WELCOME_DAYS",
    "Contacts",
    "CouponPlan",
    "Coupons",
    "Extra",
    "MessagePlan",
    "Messages",
    "coupon_chances",
    "draw_contacts",
    "is_new",
    "plan_coupons",
    "plan_messages",
]

MESSAGE_DAYS = 4.0  # a message works this long
COUPON_DAYS = 12.0
WELCOME_DAYS = 30.0
COUPON_ARMS = ("none", "ten", "twenty", "welcome")
COUPON_VALUES = np.array([0.0, 0.10, 0.20, 0.15])

_SENDING_DAYS = 1.5 / 24  # until the last of a sending is out
_NEW_DAYS = 180  # customers younger than this have chances of their own
_UNSUBSCRIBE = np.array([0.004, 0.003, 0.002])  # per message and contact channel
_COUPON_CHANCES = np.array([[0.40, 0.30, 0.30], [0.70, 0.15, 0.15], [0.25, 0.35, 0.40]])  # plain; old, new customers


@dataclass(frozen=True, slots=True)
class MessagePlan:
    """The shop's planned sendings, in order of time."""

    day: Floats
    channel: Ints
    event: Ints  # the sale day announced, -1 for a newsletter
    chance: Floats  # sending, (old, new customer): chance to be sent it rather than held out

    @property
    def size(self) -> int:
        """How many sendings there are."""
        return self.day.size


@dataclass(frozen=True, slots=True)
class CouponPlan:
    """The coupon actions: every customer is drawn into an arm."""

    day: Floats
    targeted: Flags  # new customers with other chances than old ones


@dataclass(frozen=True, slots=True)
class Messages:
    """Sendings to persons, held-out ones included."""

    person: Ints
    sending: Ints
    at: Floats
    treated: Flags
    chance: Floats  # of the arm drawn
    unsubscribed: Floats  # when, inf if not


@dataclass(frozen=True, slots=True)
class Coupons:
    """Coupons by person; the arm ``none`` is the control."""

    person: Ints
    action: Ints  # place in the coupon plan, -1 for the welcome coupon
    at: Floats
    arm: Ints
    chance: Floats


@dataclass(frozen=True, slots=True)
class Extra:
    """Orders that would not have been without a message (cause 1) or coupon (cause 2)."""

    person: Ints
    at: Floats
    cause: Ints
    reference: Ints  # row of the message or coupon


@dataclass(frozen=True, slots=True)
class Contacts:
    """All that was sent to a chunk of people, and what came of it."""

    messages: Messages
    coupons: Coupons
    extra: Extra


def plan_messages(plan: Plan, calendar: Calendar, markets: Floats) -> MessagePlan:
    """Lay out newsletters every third week per channel, and announcements of sale days."""
    rows: list[tuple[float, int, int]] = []
    for channel in range(len(CONTACT_CHANNELS)):
        rows += [(day + 10 / 24, channel, -1) for day in range(3 + 7 * channel, plan.span, 21)]
    for place, event in enumerate(calendar.events):
        day = (event.first - plan.start) // timedelta(days=1)
        if event.lift > 1.1 and 0 <= day < plan.span and markets[event.market]:
            rows += [(day + 8 / 24, channel, place) for channel in ((2, 1) if event.market else (0, 1))]
    table = np.array(sorted(rows), dtype=np.float64).reshape(-1, 3)
    chances = np.array([[0.8, 0.6], [0.5, 0.5], [0.9, 0.7]])[np.arange(table.shape[0]) % 3]
    return MessagePlan(table[:, 0], table[:, 1].astype(np.int64), table[:, 2].astype(np.int64), chances)


def plan_coupons(plan: Plan) -> CouponPlan:
    """Lay out one coupon action every thirty days; every third is targeted."""
    day = np.arange(18, plan.span, 30, dtype=np.float64)
    return CouponPlan(day + 9 / 24, np.arange(day.size) % 3 == 2)


def draw_contacts(
    plan: Plan, calendar: Calendar, people: People, sendings: MessagePlan, actions: CouponPlan, chunk: int
) -> Contacts:
    """Draw messages and coupons for a chunk of people, and the extra orders they cause."""
    messages = _messages(people, sendings, plan.rng("messages", chunk))
    coupons = _coupons(people, actions, plan.rng("coupons", chunk))
    extra = joined([
        _message_orders(calendar, people, messages, plan.rng("message_orders", chunk)),
        _coupon_orders(calendar, people, coupons, plan.rng("coupon_orders", chunk)),
    ])  # fmt: skip
    return Contacts(messages, coupons, extra)


def is_new(at: float, signed_up: Floats) -> Ints:
    """Say (1 or 0) who counts as a new customer at a time, with chances of their own."""
    return (at - signed_up < _NEW_DAYS).astype(np.int64)


def coupon_chances(actions: CouponPlan, action: int, new: Ints) -> Floats:
    """Return each customer's chances of the arms of a coupon action."""
    return _COUPON_CHANCES[1 + new] if actions.targeted[action] else _COUPON_CHANCES[np.zeros_like(new)]


def _messages(people: People, sendings: MessagePlan, rng: np.random.Generator) -> Messages:
    until = people.consent.copy()
    until[people.number < 0] = -np.inf
    parts = [Messages(*(np.empty(0, dtype) for dtype in (np.int64, np.int64, float, bool, float, float)))]
    for place in range(sendings.size):
        at, channel = sendings.day[place], sendings.channel[place]
        person = np.flatnonzero((people.signed_up < at) & (at + _SENDING_DAYS < until[:, channel]))
        if not person.size:
            continue
        chance = sendings.chance[place][is_new(at, people.signed_up[person])]
        treated = rng.random(person.size) < chance
        sent = at + rng.uniform(0, _SENDING_DAYS, person.size)
        leaves = treated & (rng.random(person.size) < _UNSUBSCRIBE[channel])
        unsubscribed = np.where(leaves, sent + rng.uniform(0.01, 2.0, person.size), np.inf)
        until[person[leaves], channel] = unsubscribed[leaves]
        drawn = np.where(treated, chance, 1 - chance)
        parts.append(Messages(person, np.full(person.size, place), sent, treated, drawn, unsubscribed))
    return joined(parts)


def _coupons(people: People, actions: CouponPlan, rng: np.random.Generator) -> Coupons:
    welcome = np.flatnonzero((people.number >= 0) & (people.signed_up >= 0))
    all_of_them = (
        np.full(welcome.size, -1),
        people.signed_up[welcome],
        np.full(welcome.size, 3),
        np.ones(welcome.size),
    )
    parts = [Coupons(welcome, *all_of_them)]
    for place in range(actions.day.size):
        at = actions.day[place]
        person = np.flatnonzero((people.number >= 0) & (people.signed_up < at) & (people.fraud == 0))
        chances = coupon_chances(actions, place, is_new(at, people.signed_up[person]))
        arm = np.minimum((rng.random((person.size, 1)) > np.cumsum(chances, axis=1)).sum(axis=1), 2)
        chance = np.take_along_axis(chances, arm[:, None], axis=1)[:, 0]
        parts.append(Coupons(person, np.full(person.size, place), np.full(person.size, at), arm, chance))
    return joined(parts)


def _message_orders(calendar: Calendar, people: People, messages: Messages, rng: np.random.Generator) -> Extra:
    rate = people.order_rate[messages.person] * people.message_uplift[messages.person] * messages.treated
    return _extra(calendar, people, messages.person, messages.at, rate, (MESSAGE_DAYS, 1), rng)


def _coupon_orders(calendar: Calendar, people: People, coupons: Coupons, rng: np.random.Generator) -> Extra:
    strength = np.where(coupons.action >= 0, COUPON_VALUES[coupons.arm] / 0.15, 0.0)
    rate = people.order_rate[coupons.person] * people.coupon_uplift[coupons.person] * strength
    return _extra(calendar, people, coupons.person, coupons.at, rate, (COUPON_DAYS, 2), rng)


def _extra(
    calendar: Calendar, people: People, person: Ints, at: Floats, rate: Floats,
    window: tuple[float, int], rng: np.random.Generator,
) -> Extra:  # fmt: skip
    """Draw Poisson numbers of orders in the days after each contact."""
    days, cause = window
    last = calendar.base.shape[1]
    profile = people.profile[person]
    begin, end = np.minimum(at, last), np.minimum(at + days, last)
    mass = _mass(calendar.base_sum, profile, end) - _mass(calendar.base_sum, profile, begin)
    owner = np.repeat(np.arange(person.size), rng.poisson(rate * mass))
    when = at[owner] + rng.random(owner.size) * (end - begin)[owner]
    extra = Extra(person[owner], when, np.full(owner.size, cause), owner)
    return taken(extra, when < last)


def _mass(sums: Floats, profile: Ints, at: Floats) -> Floats:
    day = np.minimum(at.astype(np.int64), sums.shape[1] - 2)
    lower = sums[profile, day]
    return np.asarray(lower + (sums[profile, day + 1] - lower) * (at - day), dtype=np.float64)
