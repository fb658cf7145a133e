"""Shelves day by day: sales empty them, purchase orders fill them after a lead time, and some days nothing is left."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from habitue.data.simulate.baskets import Lines
from habitue.data.simulate.catalogue import SUPPLIERS, Catalogue
from habitue.data.simulate.categories import CATEGORIES
from habitue.data.simulate.customers import People
from habitue.data.simulate.plan import Flags, Floats, Ints, joined
from habitue.data.simulate.purchasing import Orders
from habitue.data.simulate.world import World

__all__ = ["LOCATIONS", "Bought", "StockRun", "run_stock", "supplier_facts"]

#: One warehouse per market (west, china).
LOCATIONS = 2
_REVIEW_DAYS = 7
_COVER_DAYS = 21
_SAFETY_DAYS = 14
_SAFETY_PIECES = 4
_PIECES_PER_CUSTOMER = 0.04  # a first guess of pieces sold a day


@dataclass(frozen=True, slots=True)
class Bought:
    """Purchase order lines; times are whole days."""

    shelf: Ints
    pieces: Floats
    at: Floats
    promised: Floats
    received: Floats


@dataclass(frozen=True, slots=True)
class StockRun:
    """What the shelves went through; a shelf is location · products + product.

    ``on_hand[d]`` and ``on_order[d]`` hold at midnight before day ``d``; line arrays are those of the lines given.
    """

    product: Ints  # what each line got: its own product or, that being sold out, the substitute
    listed: Floats
    price: Floats
    sold: Flags
    on_hand: Floats
    on_order: Floats
    bought: Bought
    lost_shelf: Ints  # lines that found nothing to sell
    lost_day: Ints
    lost_pieces: Floats


@dataclass(slots=True)
class _Shelves:
    catalogue: Catalogue
    stock: Floats
    under_way: Floats
    lead: Floats
    spread: Floats
    arriving: dict[int, list[tuple[Ints, Floats]]] = field(default_factory=dict)
    bought: list[Bought] = field(default_factory=list)


def supplier_facts(world: World) -> tuple[Floats, Floats]:
    """Return each supplier's agreed lead time in days and how far it strays (spread of its logarithm)."""
    rng = world.plan.rng("suppliers")
    return np.round(rng.choice([6.0, 9.0, 14.0, 21.0, 35.0], size=SUPPLIERS)), rng.choice(
        [0.08, 0.2, 0.45], size=SUPPLIERS
    )


def run_stock(world: World, people: People, orders: Orders, lines: Lines) -> StockRun:
    """Walk through the days, sell what is there, order anew, and note what could not be sold."""
    catalogue = world.catalogue
    rng = world.plan.rng("stock")
    products = catalogue.category.size
    shelf = people.market[orders.person[lines.order]] * products + lines.product
    day = orders.at[lines.order].astype(np.int64)
    taking = np.isinf(orders.cancelled[lines.order])
    bounds = np.searchsorted(day, np.arange(world.plan.span + 1))
    forecast = _first_guess(world)
    shelves = _Shelves(catalogue, _opening(world, forecast, rng), np.zeros(forecast.size), *supplier_facts(world))
    result = (lines.product.copy(), np.ones(lines.order.size, dtype=bool))
    history = np.empty((2, world.plan.span, forecast.size))
    for today in range(world.plan.span):
        history[:, today] = shelves.stock, shelves.under_way
        _receive(shelves, today)
        rows = np.arange(bounds[today], bounds[today + 1])
        rows = rows[taking[rows]]
        wanted = np.bincount(shelf[rows], lines.pieces[rows], minlength=forecast.size)
        if np.any(wanted > shelves.stock):
            _sell_short(shelves, shelf, lines.pieces, rows, today, result)
        else:
            shelves.stock -= wanted
        forecast += (np.minimum(wanted, 6 * forecast + 6) - forecast) / 28
        _reorder(world, shelves, forecast, today, rng)
    listed, price = catalogue.prices(day, result[0])
    bought = joined([Bought(*(np.empty(0, kind) for kind in (np.int64, float, float, float, float))), *shelves.bought])
    product, sold = result
    return StockRun(
        product=product, listed=listed, price=price, sold=sold, on_hand=history[0], on_order=history[1], bought=bought,
        lost_shelf=shelf[~sold], lost_day=day[~sold], lost_pieces=lines.pieces[~sold],
    )  # fmt: skip


def _first_guess(world: World) -> Floats:
    """Pieces a day and shelf before anything has been sold."""
    catalogue = world.catalogue
    weight = np.array([each.weight for each in CATEGORIES])
    sums = np.bincount(catalogue.category, catalogue.popularity)
    share = catalogue.popularity / sums[catalogue.category] * (weight / weight.sum())[catalogue.category]
    return np.concatenate([share * world.plan.customers * _PIECES_PER_CUSTOMER * market for market in world.markets])


def _opening(world: World, forecast: Floats, rng: np.random.Generator) -> Floats:
    """Stock on the first day; later products come with the first purchase order after their launch."""
    launched = np.tile(world.catalogue.launched <= 0, LOCATIONS)
    shelf_open = np.repeat(world.markets > 0, world.catalogue.category.size)
    return np.ceil((forecast * rng.uniform(25, 60, forecast.size) + 5) * launched) * shelf_open


def _receive(shelves: _Shelves, today: int) -> None:
    for shelf, pieces in shelves.arriving.pop(today, []):
        np.add.at(shelves.stock, shelf, pieces)
        np.subtract.at(shelves.under_way, shelf, pieces)


def _sell_short(
    shelves: _Shelves, shelf: Ints, pieces: Floats, rows: Ints, today: int, result: tuple[Ints, Flags]
) -> None:
    """Sell line by line where a shelf runs out: first come, first served, then the substitute, else nothing."""
    product, sold = result
    products = shelves.catalogue.category.size
    for row in rows:
        place = shelf[row]
        if shelves.stock[place] < pieces[row]:
            other = shelves.catalogue.substitute[product[row]]
            place = place - product[row] + other
            if shelves.stock[place] < pieces[row] or not shelves.catalogue.available[today, place % products]:
                sold[row] = False
                continue
            product[row] = other
        shelves.stock[place] -= pieces[row]


def _reorder(world: World, shelves: _Shelves, forecast: Floats, today: int, rng: np.random.Generator) -> None:
    """Each supplier is asked once a week for whatever will not last until the next delivery."""
    catalogue = shelves.catalogue
    lead, spread = shelves.lead, shelves.spread
    supplier = np.tile(catalogue.supplier, LOCATIONS)
    sells = (catalogue.launched - 45 <= today) & (catalogue.retired > today + 30)
    due = np.tile(sells, LOCATIONS) & (supplier % _REVIEW_DAYS == today % _REVIEW_DAYS) & (forecast > 0)
    ahead = forecast * _season_ahead(world, today)
    position = shelves.stock + shelves.under_way
    shelf = np.flatnonzero(due & (position < ahead * (lead[supplier] + _REVIEW_DAYS + _SAFETY_DAYS) + _SAFETY_PIECES))
    if not shelf.size:
        return
    target = ahead[shelf] * (lead[supplier[shelf]] + _COVER_DAYS + _SAFETY_DAYS) + _SAFETY_PIECES
    pieces = np.ceil(np.maximum(target - position[shelf], 1) / 6) * 6
    promised = today + lead[supplier[shelf]]
    taken_days = lead[supplier[shelf]] * np.exp(rng.normal(-0.9, 1.0, shelf.size) * spread[supplier[shelf]])
    received = today + np.maximum(np.round(taken_days), 2.0)
    shelves.under_way[shelf] += pieces
    shelves.bought.append(Bought(shelf, pieces, np.full(shelf.size, float(today)), promised, received))
    for arrival in np.unique(received):
        here = received == arrival
        shelves.arriving.setdefault(int(arrival), []).append((shelf[here], pieces[here]))


def _season_ahead(world: World, today: int) -> Floats:
    """How busy the next month is compared with the last, per shelf: buyers know the calendar."""
    means = world.calendar.base.reshape(2, -1, world.plan.span).mean(axis=1)
    ahead = means[:, today : today + 35].mean(axis=1)
    behind = means[:, max(today - 28, 0) : today + 1].mean(axis=1)
    return np.repeat(np.clip(ahead / behind, 0.6, 2.0), world.catalogue.category.size)
