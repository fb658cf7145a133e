"""The course of events: people, what they were sent, what they ordered, what was in stock. All tables tell of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from habitue.data.simulate.baskets import Lines, draw_lines, draw_returns
from habitue.data.simulate.contact import Contacts, Coupons, Messages, draw_contacts
from habitue.data.simulate.customers import People, draw_people
from habitue.data.simulate.plan import Floats, Ints, joined, taken
from habitue.data.simulate.purchasing import Orders, draw_orders
from habitue.data.simulate.stocking import StockRun, run_stock
from habitue.data.simulate.world import Instants, World

__all__ = ["CHUNK", "Core", "Returns", "draw_chunk", "draw_core", "next_orders"]

#: Customers drawn together. Their random streams belong to the chunk, so this number is part of the seed's meaning.
CHUNK = 20_000


@dataclass(frozen=True, slots=True)
class Returns:
    """Lines that came back."""

    line: Ints
    at: Floats
    pieces: Floats


@dataclass(frozen=True, slots=True)
class Core:
    """Everything that happened, as arrays that point at each other by row."""

    world: World
    people: People
    gone: Floats
    messages: Messages
    coupons: Coupons
    orders: Orders
    lines: Lines
    returns: Returns
    stock: StockRun | None

    @property
    def market(self) -> Ints:
        """The market of each order."""
        return self.people.market[self.orders.person]

    @property
    def ordered_at(self) -> Instants:
        """The instant of each order."""
        return self.world.instants(self.orders.at, self.market)


def draw_chunk(world: World, numbers: range) -> Core:
    """Live through the whole span with the customers of a range of numbers; shelves never run empty here."""
    chunk = numbers.start
    people = draw_people(world.plan, world.acquisition, world.catalogue, numbers, world.markets)
    contacts: Contacts = draw_contacts(world.plan, world.calendar, people, world.sendings, world.actions, chunk)
    orders, gone = draw_orders(world, people, contacts, chunk)
    lines = draw_lines(world, people, orders, chunk)
    returns = Returns(*draw_returns(world, people, orders, lines, chunk))
    return Core(world, people, gone, contacts.messages, contacts.coupons, orders, lines, returns, None)


def draw_core(world: World) -> Core:
    """Live through the whole span with all customers, and with shelves that can run empty."""
    total = world.plan.customers
    chunks = [draw_chunk(world, range(start, min(start + CHUNK, total))) for start in range(0, total, CHUNK)]
    core = _in_time(_united(chunks))
    stock = run_stock(world, core.people, core.orders, core.lines)
    return replace(_after_stock(core, stock), stock=stock)


def _united(chunks: list[Core]) -> Core:
    """Lay chunks end to end, moving the row numbers by which they point at each other."""
    if len(chunks) == 1:
        return chunks[0]
    moved, people, messages, coupons, orders, lines = [], 0, 0, 0, 0, 0
    for each in chunks:
        reference = each.orders.reference + np.where(each.orders.cause == 1, messages, coupons)
        moved.append(
            replace(
                each,
                messages=replace(each.messages, person=each.messages.person + people),
                coupons=replace(each.coupons, person=each.coupons.person + people),
                orders=replace(
                    each.orders,
                    person=each.orders.person + people,
                    reference=np.where(each.orders.reference < 0, -1, reference),
                    coupon=np.where(each.orders.coupon < 0, -1, each.orders.coupon + coupons),
                ),
                lines=replace(each.lines, order=each.lines.order + orders),
                returns=replace(each.returns, line=each.returns.line + lines),
            )
        )
        people, messages, coupons = (
            people + each.gone.size,
            messages + each.messages.at.size,
            coupons + each.coupons.at.size,
        )
        orders, lines = orders + each.orders.at.size, lines + each.lines.order.size
    names = ("people", "messages", "coupons", "orders", "lines", "returns")
    parts = {name: joined([getattr(each, name) for each in moved]) for name in names}
    return Core(chunks[0].world, gone=np.concatenate([each.gone for each in chunks]), stock=None, **parts)


def _in_time(core: Core) -> Core:
    """Put orders, and the lines with them, in order of time."""
    order = np.lexsort((core.orders.person, core.ordered_at))
    return _kept(core, order, np.argsort(_inverse(order, order.size)[core.lines.order], kind="stable"))


def _after_stock(core: Core, stock: StockRun) -> Core:
    """Leave out what could not be sold, and orders of which nothing is left."""
    lines = replace(core.lines, product=stock.product, listed=stock.listed, price=stock.price)
    kept = np.flatnonzero(stock.sold)
    alive = np.zeros(core.orders.at.size, dtype=bool)
    alive[lines.order[kept]] = True
    return _kept(replace(core, lines=lines), np.flatnonzero(alive), kept)


def _kept(core: Core, orders: Ints, lines: Ints) -> Core:
    """Keep these orders and these lines, in this sequence."""
    order_place = _inverse(orders, core.orders.at.size)
    line_place = _inverse(lines, core.lines.order.size)
    kept_lines = taken(core.lines, lines)
    back = taken(core.returns, line_place[core.returns.line] >= 0)
    return replace(
        core,
        orders=taken(core.orders, orders),
        lines=replace(kept_lines, order=order_place[kept_lines.order]),
        returns=replace(back, line=line_place[back.line]),
    )


def _inverse(places: Ints, size: int) -> Ints:
    inverse = np.full(size, -1)
    inverse[places] = np.arange(places.size)
    return inverse


def next_orders(core: Core, person: Ints, at: Floats) -> Ints:
    """Find each person's first order after a time; -1 where there is none."""
    orders = core.orders
    if not orders.at.size:
        return np.full(person.size, -1)
    order = np.lexsort((orders.at, orders.person))
    width = core.world.plan.span + 1.0
    keys = orders.person[order] * width + orders.at[order]
    found = np.minimum(np.searchsorted(keys, person * width + at, side="right"), keys.size - 1)
    row = order[found]
    return np.where((orders.person[row] == person) & (orders.at[row] > at), row, -1)
