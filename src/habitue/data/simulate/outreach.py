"""The tables ``messages``, ``coupons`` and ``consents``."""

from __future__ import annotations

from typing import Any

import numpy as np

from habitue.data.simulate.campaigns import TONES, campaign_ids, creative_ids
from habitue.data.simulate.contact import COUPON_ARMS, COUPON_DAYS, COUPON_VALUES, MESSAGE_DAYS, WELCOME_DAYS
from habitue.data.simulate.core import Core, next_orders
from habitue.data.simulate.customers import CONTACT_CHANNELS
from habitue.data.simulate.known import known_people
from habitue.data.simulate.selling import Sales, arrived, coupon_codes, customer_ids, order_ids
from habitue.data.simulate.typed import picked, renumbered, typed

__all__ = ["consents_table", "coupons_table", "messages_table"]

_OPENS = np.array([0.24, 0.14, 0.42])  # by contact channel
_CLICKS = 0.22  # of those who open
_MESSAGE_COST = np.array([0.002, 0.001, 0.008])  # dollars
_TONE_OPENS = np.array([1.15, 0.9, 1.0])


def messages_table(core: Core) -> Any:
    """Build the table ``messages``: those sent, and those held out as controls."""
    rng, messages, orders = core.world.plan.rng("message_fates"), core.messages, core.orders
    count = messages.at.size
    channel = core.world.sendings.channel[messages.sending] if count else np.empty(0, dtype=np.int64)
    tone = rng.integers(0, TONES, count)
    openness = rng.gamma(4.0, 0.25, core.people.number.size)[messages.person] * _OPENS[channel] * _TONE_OPENS[tone]
    opened = np.where(rng.random(count) < openness, messages.at + rng.exponential(0.3, count) + 0.001, np.inf)
    clicked = np.where(rng.random(count) < _CLICKS, opened + rng.uniform(0.0005, 0.01, count), np.inf)
    leaving = np.isfinite(messages.unsubscribed)
    opened[leaving] = np.minimum(opened, (messages.at + messages.unsubscribed) / 2)[leaving]
    own = np.flatnonzero(orders.cause == 1)
    row = orders.reference[own]
    opened[row] = messages.at[row] + 0.3 * (orders.at[own] - messages.at[row])
    clicked[row] = messages.at[row] + 0.7 * (orders.at[own] - messages.at[row])
    opened, clicked = (np.where(messages.treated, each, np.inf) for each in (opened, clicked))
    order = next_orders(core, messages.person, np.where(np.isfinite(clicked), clicked, 0.0))
    bought = orders.at[order] if orders.at.size else np.full(count, np.inf)
    converts = np.isfinite(clicked) & (order >= 0) & (bought < messages.at + MESSAGE_DAYS)
    market = core.people.market[messages.person]
    sent_at = core.world.instants(messages.at, market)
    table = typed("messages", {
        "customer_id": customer_ids(core, messages.person),
        "campaign_id": campaign_ids(messages.sending),
        "creative_id": creative_ids(messages.sending, np.where(messages.treated, tone, -1)),
        "channel": picked(CONTACT_CHANNELS, channel),
        "arm": picked(("control", "treatment"), messages.treated),
        "propensity": messages.chance,
        "sent_at": sent_at,
        "opened_at": core.world.instants(opened, market),
        "clicked_at": core.world.instants(clicked, market),
        "converted_at": core.world.instants(np.where(converts, bought, np.inf), market),
        "unsubscribed_at": core.world.instants(messages.unsubscribed, market),
        "cost": np.where(messages.treated, _MESSAGE_COST[channel] * core.world.catalogue.exchange, 0.0),
        "ingested_at": arrived(rng, sent_at),
    })  # fmt: skip
    return renumbered(table, np.lexsort((messages.person, sent_at)), "M", 7)


def coupons_table(sales: Sales) -> Any:
    """Build the table ``coupons``: those handed out, and the controls of each coupon action."""
    core, coupons = sales.core, sales.core.coupons
    count = coupons.at.size
    used = np.full(count, -1)
    redeemed = np.flatnonzero(core.orders.coupon >= 0)
    used[core.orders.coupon[redeemed]] = redeemed
    market = core.people.market[coupons.person]
    issued_at = core.world.instants(coupons.at, market)
    lasts = np.where(coupons.action < 0, WELCOME_DAYS, COUPON_DAYS)
    handed = coupons.arm > 0
    used_at = core.ordered_at[used] if core.orders.at.size else issued_at
    table = typed("coupons", {
        "coupon_code": coupon_codes(core, np.arange(count)),
        "customer_id": customer_ids(core, coupons.person),
        "kind": picked(("none", "share"), handed),
        "value": COUPON_VALUES[coupons.arm],
        "minimum": np.zeros(count),
        "issued_at": issued_at,
        "expires_at": np.where(handed, core.world.instants(coupons.at + lasts, market), np.datetime64("NaT", "us")),
        "redeemed_at": np.where(used >= 0, used_at, np.datetime64("NaT", "us")),
        "order_id": order_ids(sales, used),
        "arm": picked(COUPON_ARMS, coupons.arm),
        "propensity": coupons.chance,
    })  # fmt: skip
    return renumbered(table, np.lexsort((coupons.person, issued_at)), "V", 7)


def consents_table(core: Core) -> Any:
    """Build the table ``consents``: the answer at sign-up, and what was withdrawn since."""
    people, person = core.people, known_people(core)
    rng = core.world.plan.rng("consents")
    channels = len(CONTACT_CHANNELS)
    until = people.consent.copy()
    leaving = np.flatnonzero(np.isfinite(core.messages.unsubscribed))
    where = (core.messages.person[leaving], core.world.sendings.channel[core.messages.sending[leaving]])
    np.minimum.at(until, where, core.messages.unsubscribed[leaving])
    who, channel = np.repeat(person, channels), np.tile(np.arange(channels), person.size)
    granted = np.isfinite(until[who, channel])
    withdrawn = np.flatnonzero(granted)
    owner = np.concatenate([who, who[withdrawn], person])
    changed = np.concatenate([people.signed_up[who], until[who, channel][withdrawn], people.signed_up[person]])
    yes = np.concatenate([granted, np.zeros(withdrawn.size, dtype=bool), rng.random(person.size) < 0.85])
    purpose = np.repeat([0, 1], [who.size + withdrawn.size, person.size])
    changed_at = core.world.instants(changed, people.market[owner])
    return typed("consents", {
        "customer_id": customer_ids(core, owner),
        "purpose": picked(("marketing", "personalisation"), purpose),
        "channel": picked(
            (*CONTACT_CHANNELS, "all"),
            np.concatenate([channel, channel[withdrawn], np.full(person.size, channels)]),
        ),
        "granted": yes,
        "changed_at": changed_at,
    }).take(np.lexsort((owner, changed_at)))  # fmt: skip
