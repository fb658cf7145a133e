"""The world in which rescues are judged, fixed before there was a model.

Five simulated shops of 10,000 customers over two years. The rescue is sent on 23 September 2024, a day between two of
the shop's own coupon actions, with 90 days of truth after it. Costs are the defaults of `Truth.rescue`: .20 off one
order, a margin of .40, .25 a contact. On these shops treating everybody brings between .45 and .59 of what the oracle
brings, so that neither simple policy comes near it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from habitue.data.simulate import SimulatedShop, simulate

__all__ = ["AS_OF", "CONTACT_COST", "GROSS_MARGIN", "HORIZON_DAYS", "OFFER_SHARE", "SEEDS", "shops"]

SEEDS = (201, 202, 203, 204, 205)
AS_OF = datetime(2024, 9, 23)
HORIZON_DAYS = 90
OFFER_SHARE = 0.20
GROSS_MARGIN = 0.40
CONTACT_COST = 0.25

_TABLES = {"order_lines", "orders", "customers", "products", "messages", "coupons"}


def shops() -> Iterator[tuple[int, SimulatedShop]]:
    """Make up the shops, one seed after the other."""
    for seed in SEEDS:
        yield seed, simulate(customers=10_000, days=730, seed=seed, tables=_TABLES)
