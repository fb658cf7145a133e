"""The tables ``payments`` and ``fraud_labels``."""

from __future__ import annotations

from typing import Any

import numpy as np

from habitue.data.simulate.browsing import network_addresses
from habitue.data.simulate.core import Core
from habitue.data.simulate.plan import Floats, Ints
from habitue.data.simulate.selling import PAYMENT_METHODS, Sales, arrived, customer_ids, order_ids
from habitue.data.simulate.typed import numbered, picked, renumbered, typed

__all__ = ["fraud_labels_table", "payments_table"]

_DECLINED = np.array([0.03, 1.1, 0.05, 0.6])  # mean declined attempts before a payment, by kind of fraud
_FOUND = np.array([0.0, 0.92, 0.65, 0.95])  # share of frauds that come to light
_FOUND_AFTER_DAYS = np.array([5.0, 26.0, 12.0, 4.0])
_REVIEWED = 0.03  # share of honest orders that are looked at and cleared
_LABELS = ("reviewed", "chargeback", "coupon_abuse", "account_takeover")


def payments_table(sales: Sales) -> Any:
    """Build the table ``payments``: every order's payment, attempts declined before it, refunds of returns."""
    core, orders = sales.core, sales.core.orders
    rng = core.world.plan.rng("payments")
    documents = np.arange(sales.document_order.size)
    declined = np.repeat(np.arange(orders.at.size), rng.poisson(_DECLINED[orders.fraud]))
    document = np.concatenate([documents, declined])
    order = sales.document_order[document]
    state = np.concatenate([np.where(sales.is_return, 2, 0), np.full(declined.size, 1)])
    before = np.concatenate([np.zeros(documents.size), rng.integers(20, 400, declined.size)]).astype("timedelta64[s]")
    paid_at = sales.document_at[document] - before
    stolen = (orders.fraud[order] == 1) & (state != 2)
    taken_over = orders.fraud[order] == 3
    person = orders.person[order]
    card = np.where(stolen, core.people.number.size + np.arange(order.size), person)
    table = typed("payments", {
        "order_id": order_ids(sales, document),
        "customer_id": customer_ids(core, person),
        "paid_at": paid_at,
        "amount": sales.total[document],
        "currency": picked([core.world.catalogue.currency], np.zeros(order.size)),
        "method": picked(PAYMENT_METHODS, sales.method[order]),
        "status": picked(("accepted", "declined", "refunded"), state),
        "card_id": numbered("K", _scattered(card, 10**9 + 7), 10),
        "device_id": numbered("D", _scattered(_devices(core, order, taken_over), 10**9 + 9), 10),
        "ip": network_addresses(core).take(np.where(taken_over, (person * 31 + 17) % core.people.number.size, person)),
        "ingested_at": arrived(rng, paid_at),
    })  # fmt: skip
    return renumbered(table, np.argsort(paid_at, kind="stable"), "Y", 7)


def _devices(core: Core, order: Ints, taken_over: Any) -> Ints:
    """Return devices: a person's own by type, one for a whole coupon ring, a strange one where an account was taken."""
    people, person = core.people, core.orders.person[order]
    own = person * 3 + core.orders.device[order]
    ring = people.ring[person]
    own = np.where(ring >= 0, -ring - 2 + 10**7, own)
    return np.where(taken_over, 2 * 10**7 + order, own)


def _scattered(numbers: Ints, prime: int) -> Ints:
    """Spread numbers so that neighbours do not look alike; different ones stay different."""
    return (numbers * 48_271 + 11) % prime


def fraud_labels_table(sales: Sales) -> Any:
    """Build the table ``fraud_labels``: what came to light, when it did, and honest orders that were cleared."""
    core, orders = sales.core, sales.core.orders
    rng = core.world.plan.rng("fraud_labels")
    draw = rng.random(orders.at.size)
    found = np.flatnonzero(draw < np.where(orders.fraud > 0, _FOUND[orders.fraud], _REVIEWED))
    kind = orders.fraud[found]
    delay: Floats = rng.gamma(4.0, 0.25, found.size) * _FOUND_AFTER_DAYS[kind]
    labelled_at = core.world.instants(orders.at[found] + delay, core.market[found])
    return typed("fraud_labels", {
        "order_id": order_ids(sales, found),
        "customer_id": customer_ids(core, orders.person[found]),
        "kind": picked(_LABELS, kind),
        "is_fraud": kind > 0,
        "labelled_at": labelled_at,
    }).take(np.lexsort((found, labelled_at)))  # fmt: skip
