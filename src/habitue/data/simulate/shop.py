"""The door to the simulated shop: one call gives its tables and the truth behind them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any

from habitue.data.simulate.adverts import Exposures, draw_exposures, exposures_table, spend_table
from habitue.data.simulate.browsing import events_table
from habitue.data.simulate.campaigns import (
    CampaignBook,
    build_campaigns,
    campaigns_table,
    creatives_table,
)
from habitue.data.simulate.clipping import clipped, known_until
from habitue.data.simulate.core import Core, draw_core
from habitue.data.simulate.dirt import spoilt
from habitue.data.simulate.goods import (
    locations_table,
    market_prices_table,
    purchase_orders_table,
    shipments_table,
    stock_table,
    suppliers_table,
)
from habitue.data.simulate.known import customers_table
from habitue.data.simulate.money import fraud_labels_table, payments_table
from habitue.data.simulate.opinions import draw_reviews, feedback_table, reviews_table
from habitue.data.simulate.outreach import consents_table, coupons_table, messages_table
from habitue.data.simulate.plan import Plan
from habitue.data.simulate.selling import Sales, build_sales, order_lines_table, orders_table
from habitue.data.simulate.truth import ROWS_SCHEMA, Truth
from habitue.data.simulate.wares import Wares, products_table, word_wares
from habitue.data.simulate.world import build_world
from habitue.schema import TABLES, table

__all__ = ["FIRST_DAY", "SimulatedShop", "end_of", "simulate"]

FIRST_DAY = date(2023, 1, 1)


@dataclass(frozen=True, slots=True)
class SimulatedShop:
    """A made-up shop: its tables, and what is true about it."""

    tables: dict[str, Any]
    truth: Truth

    def until(self, moment: datetime) -> SimulatedShop:
        """Return the shop as it stood at a moment: nothing later has happened, arrived or become known."""
        return replace(self, tables={name: known_until(name, rows, moment) for name, rows in self.tables.items()})


class _Telling:
    """What happened, and what several tables need of it, worked out once."""

    def __init__(self, core: Core) -> None:
        self.core = core

    @cached_property
    def wares(self) -> Wares:
        return word_wares(self.core.world)

    @cached_property
    def sales(self) -> Sales:
        return build_sales(self.core)

    @cached_property
    def book(self) -> CampaignBook:
        return build_campaigns(self.core.world)

    @cached_property
    def exposures(self) -> Exposures:
        return draw_exposures(self.core)


_BUILDERS: dict[str, Callable[[_Telling], Any]] = {
    "order_lines": lambda told: order_lines_table(told.sales, told.wares),
    "orders": lambda told: orders_table(told.sales),
    "customers": lambda told: customers_table(told.core),
    "products": lambda told: products_table(told.core.world, told.wares),
    "events": lambda told: events_table(told.sales, told.wares),
    "messages": lambda told: messages_table(told.core),
    "exposures": lambda told: exposures_table(told.core, told.wares, told.book, told.exposures),
    "campaigns": lambda told: campaigns_table(told.core.world, told.book),
    "creatives": lambda told: creatives_table(told.core.world, told.book),
    "spend": lambda told: spend_table(told.core.world, told.book, told.exposures),
    "coupons": lambda told: coupons_table(told.sales),
    "consents": lambda told: consents_table(told.core),
    "reviews": lambda told: reviews_table(told.core, told.wares, draw_reviews(told.core)),
    "feedback": lambda told: feedback_table(told.sales),
    "payments": lambda told: payments_table(told.sales),
    "fraud_labels": lambda told: fraud_labels_table(told.sales),
    "stock": lambda told: stock_table(told.core, told.wares),
    "suppliers": lambda told: suppliers_table(told.core.world),
    "purchase_orders": lambda told: purchase_orders_table(told.core, told.wares),
    "shipments": lambda told: shipments_table(told.sales),
    "locations": lambda told: locations_table(told.core.world),
    "market_prices": lambda told: market_prices_table(told.core.world, told.wares),
}


def simulate(
    *,
    customers: int = 2_000,
    days: int = 730,
    seed: int = 7,
    start: date = FIRST_DAY,
    language: str = "mixed",
    dirt: float = 0.0,
    tables: Collection[str] | None = None,
) -> SimulatedShop:
    """Make up a shop, from customers to parcels, whose truth is known.

    All of it is held in memory; for more than some 100,000 customers use `simulate_lines`.

    Parameters
    ----------
    customers : int
        Customers who sign up in all; a fifth of them before the first day.
    days : int
        Days the tables cover.
    seed : int
        The same seed gives the same shop, whichever tables are asked for.
    start : date
        The first day.
    language : {"mixed", "en", "zh"}
        Western market, Chinese market, or both in one shop.
    dirt : float
        Share of order lines that are spoilt in the ways of real exports; ``truth.rows`` lists each.
    tables : collection of str, optional
        Names of the tables wanted; all by default.

    Returns
    -------
    SimulatedShop
        With ``tables`` (name to Arrow table) and ``truth``.

    Examples
    --------
    >>> shop = simulate(customers=20, days=60, tables={"order_lines"})
    >>> shop.tables["order_lines"].column_names[:2]
    ['order_id', 'line_id']
    """
    wanted = [name for name in TABLES if tables is None or name in tables]
    for name in tables or ():
        table(name)
    plan = Plan(customers=customers, days=days, seed=seed, start=_day(start), language=language)
    told = _Telling(draw_core(build_world(plan)))
    built = {name: clipped(name, _BUILDERS[name](told), end_of(plan)) for name in wanted}
    rows = ROWS_SCHEMA.empty_table()
    if dirt and "order_lines" in built:
        built["order_lines"], rows = spoilt(built["order_lines"], plan, dirt)
    return SimulatedShop(built, Truth(told.sales, told.wares, rows))


def end_of(plan: Plan) -> datetime:
    """Return midnight after the last day shown."""
    return datetime.combine(plan.start, time.min) + timedelta(days=plan.days)


def _day(start: date) -> date:
    return start.date() if isinstance(start, datetime) else start
