"""Customers: their segment, rates, tastes, place, consent, and who of them is a fraudster."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from habitue.data.simulate.acquisition import ACQUISITION_CHANNELS, Acquisition
from habitue.data.simulate.catalogue import TASTES, Catalogue
from habitue.data.simulate.categories import CATEGORIES
from habitue.data.simulate.places import place_weights
from habitue.data.simulate.plan import Flags, Floats, Ints, Plan, joined
from habitue.data.simulate.segments import SEGMENTS, segment_values

__all__ = ["CONTACT_CHANNELS", "DEVICES", "FRAUD_KINDS", "ORDER_CHANNELS", "People", "draw_people", "redeeming_chance"]

CONTACT_CHANNELS = ("mail", "push", "wechat")
ORDER_CHANNELS = ("web", "app", "store", "marketplace")
DEVICES = ("phone", "desktop", "tablet")
FRAUD_KINDS = ("", "stolen_card", "coupon_abuse", "account_takeover")

_FRAUDSTER_SHARE = (0.004, 0.002)  # customers paying with stolen cards; customers with whom a coupon ring begins
_RING_SIZE = 4
_GUEST_SHARE = 0.45
_CONSENT = np.array([[0.78, 0.45, 0.0], [0.45, 0.55, 0.72]])  # market, contact channel


@dataclass(frozen=True, slots=True)
class People:
    """Customers and guests as arrays; times are days since the start of the simulation.

    A guest has number -1, orders once and is in no table of customers.
    """

    number: Ints
    market: Ints
    segment: Ints
    signed_up: Floats
    existing: Flags
    orders_first: Flags  # orders on signing up
    order_rate: Floats
    regularity: Ints
    dropout_rate: Floats
    leaves: Floats  # drop-out by itself; late deliveries may bring it forward
    price_sensitivity: Floats
    discount_sensitivity: Floats
    message_uplift: Floats
    coupon_uplift: Floats
    late_dropout: Floats  # chance that one late delivery drives the customer away
    favourite: Ints  # person, three categories
    usual: Ints  # person, the product always bought in each of them
    place: Ints
    language: Ints
    order_channel: Ints
    device: Ints
    won_by: Ints
    consent: Floats  # person, contact channel: day until which it holds, -inf where never given
    fraud: Ints
    ring: Ints  # first member's number, -1 outside rings

    @property
    def profile(self) -> Ints:
        """The row of each person's season in the calendar."""
        return self.market * len(SEGMENTS) + self.segment


def redeeming_chance(discount_sensitivity: Floats, fraud: Ints) -> Floats:
    """Return the chance that an order made anyway redeems a coupon the customer holds; a coupon ring always does."""
    likes = np.clip(0.25 + 0.3 * discount_sensitivity, 0, 0.9)
    return np.where(fraud == FRAUD_KINDS.index("coupon_abuse"), 1.0, likes)


def draw_people(plan: Plan, acquisition: Acquisition, catalogue: Catalogue, numbers: range, markets: Floats) -> People:
    """Draw the customers of a range of numbers, and the guests who come at the same time."""
    chunk = numbers.start
    rng = plan.rng("customers", chunk)
    number = np.arange(numbers.start, numbers.stop)
    existing = number < acquisition.existing
    place = np.maximum(number - acquisition.existing, 0)
    day = acquisition.day_of_customer[place] if acquisition.day_of_customer.size else np.zeros(number.size)
    signed_up = np.where(existing, _existing_sign_ups(acquisition, number, rng), day + rng.random(number.size))
    known = _people(plan, acquisition, catalogue, markets, number, np.sort(signed_up), rng)
    rng = plan.rng("guests", chunk)
    guests = rng.poisson(_GUEST_SHARE * number.size)
    arrivals = np.sort(rng.uniform(0, plan.span, guests))
    return joined([known, _people(plan, acquisition, catalogue, markets, np.full(guests, -1), arrivals, rng)])


def _existing_sign_ups(acquisition: Acquisition, number: Ints, rng: np.random.Generator) -> Floats:
    spread = (number + rng.random(number.size)) / max(acquisition.existing, 1)
    return -acquisition.existing_days * (1 - spread) - 0.01


def _people(
    plan: Plan, acquisition: Acquisition, catalogue: Catalogue, markets: Floats,
    number: Ints, signed_up: Floats, rng: np.random.Generator,
) -> People:  # fmt: skip
    count = number.size
    guest = number < 0
    market = (rng.random(count) < markets[1]).astype(np.int64)
    fraud, ring = _fraudsters(number, rng)
    shares = segment_values("share")
    segment = np.where((fraud > 0) | guest, 4, rng.choice(len(SEGMENTS), size=count, p=shares / shares.sum()))
    rate = _rates(plan, segment, fraud, guest, rng)
    dropout = segment_values("dropout_rate")[segment] * rng.gamma(3.0, 1 / 3.0, count)
    dropout[fraud == 1] = 1 / 4
    existing = signed_up < 0
    discount = segment_values("discount_sensitivity")[segment] * rng.gamma(4.0, 0.25, count)
    favourite = _favourites(catalogue, segment, rng)
    favourite[fraud == 1, 0] = _category("headphones")
    price_sensitivity = np.clip(segment_values("price_sensitivity")[segment] + rng.normal(0, 0.12, count), 0, 1)
    thrifty = (rng.random((count, 3)) < price_sensitivity[:, None]).astype(np.int64)
    start_day = np.repeat(np.maximum(signed_up, 0).astype(np.int64)[:, None], 3, axis=1)
    return People(
        number=number, market=market, segment=segment, signed_up=signed_up, existing=existing,
        orders_first=~existing & (guest | (fraud > 0) | (rng.random(count) < 0.88)),
        order_rate=rate, regularity=segment_values("regularity").astype(np.int64)[segment], dropout_rate=dropout,
        leaves=np.maximum(signed_up, 0) + rng.exponential(1 / dropout), price_sensitivity=price_sensitivity,
        discount_sensitivity=discount,
        message_uplift=segment_values("message_uplift")[segment] * rng.gamma(3.0, 1 / 3.0, count),
        coupon_uplift=0.10 + 0.5 * discount * rng.gamma(6.0, 1 / 6.0, count),
        late_dropout=rng.beta(2.0, 6.0, count), favourite=favourite,
        usual=catalogue.choose(favourite, start_day, thrifty, rng.random((count, 3))),
        place=_places(market, rng), language=market.copy(), order_channel=_order_channels(market, rng),
        device=rng.choice(3, size=count, p=[0.62, 0.30, 0.08]), won_by=_won_by(acquisition, signed_up, rng),
        consent=_consents(market, signed_up, rng), fraud=fraud, ring=ring,
    )  # fmt: skip


def _category(code: str) -> int:
    return [each.code for each in CATEGORIES].index(code)


def _fraudsters(number: Ints, rng: np.random.Generator) -> tuple[Ints, Ints]:
    draw = rng.random(number.size)
    stolen, rings = _FRAUDSTER_SHARE
    fraud = np.where((draw < stolen) & (number >= 0), 1, 0)
    ring = np.full(number.size, -1)
    for start in np.flatnonzero((draw > 1 - rings) & (number >= 0)):
        members = slice(start, start + _RING_SIZE)
        fraud[members], ring[members] = 2, number[start]
    fraud[number < 0], ring[number < 0] = 0, -1
    return fraud, ring


def _rates(plan: Plan, segment: Ints, fraud: Ints, guest: Flags, rng: np.random.Generator) -> Floats:
    shape = segment_values("rate_shape")[segment]
    rate = segment_values("order_rate")[segment] * rng.gamma(shape, 1 / shape) * plan.rate_scale
    rate[fraud == 1] = 0.6
    rate[guest | (fraud == 2)] = 0.0
    return rate


def _favourites(catalogue: Catalogue, segment: Ints, rng: np.random.Generator) -> Ints:
    """Three different categories each, from the customer's kind of taste."""
    taste = np.array([TASTES.index(each.taste) for each in SEGMENTS])[segment]
    mix = np.diff(catalogue.mix_sum.mean(axis=1), axis=1, prepend=0.0)[taste]
    gumbel = np.log(mix) + rng.gumbel(size=(segment.size, len(CATEGORIES)))
    return np.argsort(-gumbel, axis=1)[:, :3].copy()


def _places(market: Ints, rng: np.random.Generator) -> Ints:
    draw = rng.random(market.size)
    sums = np.stack([np.cumsum(place_weights(each)) for each in (0, 1)])
    found = np.where(market == 0, np.searchsorted(sums[0], draw), np.searchsorted(sums[1], draw))
    place: Ints = np.minimum(found, sums.shape[1] - 1)
    return place


def _order_channels(market: Ints, rng: np.random.Generator) -> Ints:
    sums = np.cumsum([[0.52, 0.26, 0.10, 0.12], [0.12, 0.60, 0.06, 0.22]], axis=1)[market]
    channel: Ints = np.minimum((rng.random((market.size, 1)) > sums).sum(axis=1), 3)
    return channel


def _won_by(acquisition: Acquisition, signed_up: Floats, rng: np.random.Generator) -> Ints:
    """Which channel won the customer: paid and unpaid ones in proportion to what they brought on that day."""
    day = np.clip(signed_up.astype(np.int64), 0, acquisition.expected.shape[1] - 1)
    sums = np.cumsum(acquisition.expected / acquisition.expected.sum(axis=0), axis=0)[:, day]
    channel: Ints = np.minimum((rng.random(day.size) > sums).sum(axis=0), len(ACQUISITION_CHANNELS) - 1)
    return channel


def _consents(market: Ints, signed_up: Floats, rng: np.random.Generator) -> Floats:
    shape = (market.size, len(CONTACT_CHANNELS))
    until = signed_up[:, None] + rng.exponential(1500, shape)
    return np.where(rng.random(shape) < _CONSENT[market], until, -np.inf)
