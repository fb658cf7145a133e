"""What a rescue would truly bring: a coupon of 20 % sent at one moment to customers who have bought before.

The offer is the shop's own kind of coupon. It adds orders for as long as it is valid and the customer lives, and it
costs the shop something on orders that would have come anyway, because those who hold a coupon like to use it, once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from habitue.data.simulate.contact import COUPON_DAYS
from habitue.data.simulate.core import Core
from habitue.data.simulate.customers import redeeming_chance
from habitue.data.simulate.known import known_people
from habitue.data.simulate.plan import Floats, Ints
from habitue.data.simulate.purchasing import CANCELLED_SHARE, season_days
from habitue.data.simulate.scores import clocks, endings, living, message_days, phases, poisson, window_days
from habitue.data.simulate.segments import SEGMENTS
from habitue.data.simulate.selling import customer_ids
from habitue.data.simulate.typed import plain
from habitue.errors import ConfigError

__all__ = ["RescueCosts", "true_rescue"]

_ROWS = 4_000  # customers at a time
_TAKEN_OVER = 3  # kind of fraud: an order by somebody else on a customer's account


@dataclass(frozen=True, slots=True)
class RescueCosts:
    """What the offer is and what it costs.

    ``offer_share`` is taken off one order; ``contact_cost`` is in the shop's money.
    """

    offer_share: float = 0.20
    gross_margin: float = 0.40
    contact_cost: float = 0.25

    def __post_init__(self) -> None:
        """Refuse what is no share or no cost."""
        shares = 0 < self.offer_share < 1 and 0 < self.gross_margin <= 1
        if not (shares and 0 <= self.contact_cost < np.inf):
            raise ConfigError(
                f"A rescue of {self.offer_share} off, at a margin of {self.gross_margin} and {self.contact_cost} a "
                "contact, cannot be worked out",
                expected="an offer between 0 and 1, a margin above 0 and at most 1, a cost of at least 0",
            )


def true_rescue(core: Core, as_of: datetime, horizon_days: int, costs: RescueCosts) -> Any:
    """Compute what a coupon sent at ``as_of`` would truly bring, customer by customer.

    Extra orders are the difference of `true_scores`' expectation with and without the coupon, so that drop-out, late
    parcels of the extra orders and cancelled orders count. A customer redeems the coupon on the first order made
    while it is valid for which it is wanted: all extra orders want it, others with the chance planted for this
    customer. Where a coupon of the shop or a welcome coupon is valid too, the rescue coupon is used first.

    Parameters
    ----------
    core : Core
    as_of : datetime
    horizon_days : int
    costs : RescueCosts

    Returns
    -------
    pyarrow.Table
        One row per customer with an order before ``as_of``; columns as in `Truth.rescue`.
    """
    clock = clocks(core, as_of, max(horizon_days, int(COUPON_DAYS)))
    person = known_people(core)
    first = np.full(core.people.number.size, np.inf)
    real = np.isinf(core.orders.cancelled)
    np.minimum.at(first, core.orders.person[real], core.orders.at[real])
    person = person[first[person] < clock[core.people.market[person]]]
    columns = np.zeros((4, person.size))
    now = clock[core.people.market[person]]
    alive = np.flatnonzero(core.gone[person] > now)
    for market in (0, 1):
        here = alive[core.people.market[person[alive]] == market]
        for start in range(0, here.size, _ROWS):
            rows = here[start : start + _ROWS]
            columns[:, rows] = _offered(core, person[rows], now[rows], horizon_days, costs.offer_share)
    expected, chance, extra, redeemed = columns
    value = _order_values(core)[person]
    gain = value * (costs.gross_margin * extra - costs.offer_share * redeemed) - costs.contact_cost
    return plain({
        "customer_id": customer_ids(core, person), "expected_orders": expected, "order_probability": chance,
        "extra_orders": extra, "redeemed_orders": redeemed, "order_value": value, "true_gain": gain,
    })  # fmt: skip


def _offered(core: Core, person: Ints, now: Floats, horizon: int, offer_share: float) -> Floats:
    """Return expected orders, the chance of one, extra orders and orders with the coupon redeemed, of one market."""
    strength = core.people.coupon_uplift[person][:, None] * offer_share / 0.15
    window = (float(now[0]), COUPON_DAYS)

    def offered(ends: Floats) -> Floats:
        return strength * window_days(core, person, now, ends, window)

    without, chance = living(core, person, now, horizon)
    treated, _ = living(core, person, now, horizon, offered=offered)
    ends, weight = endings(core, person, int(COUPON_DAYS))
    rate = core.people.order_rate[person][:, None]
    likes = redeeming_chance(core.people.discount_sensitivity[person], core.people.fraud[person])[:, None]
    others = offered(ends) + likes * message_days(core, person, now, ends)
    unused = np.exp(-rate * others) * _no_own_order_with_it(core, person, now, ends, likes)
    redeemed = (1 - CANCELLED_SHARE) * (1 - (weight * unused).sum(axis=1))
    return np.stack([without, chance, treated - without, redeemed])


def _no_own_order_with_it(core: Core, person: Ints, now: Floats, ends: Floats, likes: Floats) -> Floats:
    """Return the chance that no order of the customer's own rhythm uses the coupon, up to each end."""
    people, calendar = core.people, core.world.calendar
    at = now[:, None] + ends
    lived = season_days(calendar, people, np.repeat(person, ends.size), at.ravel()).reshape(at.shape)
    start = season_days(calendar, people, person, now)
    own = people.order_rate[person][:, None] * (lived - start[:, None])
    unused = np.empty_like(own)
    for steps in np.unique(people.regularity[person]):
        rows = np.flatnonzero(people.regularity[person] == steps)
        phase = phases(core, person[rows], now[rows], start[rows], int(steps))
        mass = own[rows] * steps
        most = float(mass.max())
        chances = poisson(mass, int(most + 8 * np.sqrt(most) + 2 * steps + 10))
        orders = (np.arange(chances.shape[0])[:, None] + np.arange(steps)) // steps  # points, phase
        spared = (1 - likes[rows]).T[None] ** orders[:, :, None]  # points, phase, customer
        unused[rows] = np.einsum("mjn,nj,mne->ne", spared, phase, chances)
    return unused


def _order_values(core: Core) -> Floats:
    """Return each person's mean order value over the whole span, drawn towards the mean of the latent segment.

    Goods at the price of the day, coupons not taken off, returns not either; the pull is as strong as orders differ
    within customers compared with between them (one-way analysis of variance).
    """
    orders, lines, people = core.orders, core.lines, core.people
    worth = np.bincount(lines.order, lines.pieces * lines.price, minlength=orders.at.size)
    counted = np.isinf(orders.cancelled) & (orders.fraud != _TAKEN_OVER) & (worth > 0)
    owner, worth = orders.person[counted], worth[counted]
    count = np.bincount(owner, minlength=people.number.size).astype(np.float64)
    total = np.bincount(owner, worth, minlength=people.number.size)
    mean = total / np.maximum(count, 1)
    value = np.zeros(people.number.size)
    for segment in range(len(SEGMENTS)):
        rows = np.flatnonzero(people.segment == segment)
        orders_here = count[rows].sum()
        middle = total[rows].sum() / max(orders_here, 1.0)
        buyers = rows[count[rows] > 0]
        within = ((worth - mean[owner]) ** 2)[people.segment[owner] == segment].sum() / max(
            orders_here - buyers.size, 1.0
        )
        spread = (count[buyers] * (mean[buyers] - middle) ** 2).sum() / max(buyers.size - 1, 1)
        effective = (orders_here - (count[buyers] ** 2).sum() / max(orders_here, 1.0)) / max(buyers.size - 1, 1)
        between = max((spread - within) / max(effective, 1e-9), 1e-9)
        pull = count[rows] / (count[rows] + within / between)
        value[rows] = pull * mean[rows] + (1 - pull) * middle
    return value
