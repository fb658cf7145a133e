"""What is in a basket: tastes, habits, complements bought together, substitutes bought instead of each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from habitue.data.simulate.catalogue import TASTES, Catalogue
from habitue.data.simulate.categories import CATEGORIES
from habitue.data.simulate.customers import People
from habitue.data.simulate.plan import Floats, Ints
from habitue.data.simulate.purchasing import Orders
from habitue.data.simulate.segments import SEGMENTS, segment_values
from habitue.data.simulate.world import World

__all__ = ["Lines", "bound_share", "draw_lines", "draw_returns", "priced"]

_FAVOURITES = np.cumsum([0.42, 0.20, 0.10])  # chance of a line from the first, second, third favourite category
_HABIT = (0.25, 0.70)  # chance of the usual product: other goods, goods that are used up


@dataclass(frozen=True, slots=True)
class Lines:
    """Order lines as arrays, in the order of their orders."""

    order: Ints
    product: Ints
    pieces: Floats
    listed: Floats
    price: Floats


def draw_lines(world: World, people: People, orders: Orders, chunk: int) -> Lines:
    """Fill the baskets of a chunk of orders."""
    rng = world.plan.rng("baskets", chunk)
    segment = people.segment[orders.person]
    wanted = 1 + rng.poisson(segment_values("further_lines")[segment] * rng.gamma(3.0, 1 / 3.0, segment.size))
    order = np.repeat(np.arange(segment.size), wanted)
    person = orders.person[order]
    day = orders.at[order].astype(np.int64)
    product = _wishes(world, people, person, day, rng)
    catalogue = world.catalogue
    partner = catalogue.complement[product]
    also = (partner >= 0) & (rng.random(partner.size) < catalogue.complement_strength[product])
    also &= catalogue.available[day, np.maximum(partner, 0)]
    order, product = np.concatenate([order, order[also]]), np.concatenate([product, partner[also]])
    order, product = _without_rivals(catalogue, order, product)
    pieces = _pieces(people, orders.person[order], catalogue.category[product], rng)
    return priced(world, orders, Lines(order, product, pieces, np.empty(order.size), np.empty(order.size)))


def _wishes(world: World, people: People, person: Ints, day: Ints, rng: np.random.Generator) -> Ints:
    """Draw the product of each wished-for line."""
    catalogue = world.catalogue
    slot = np.searchsorted(_FAVOURITES, rng.random(person.size), side="right")
    taste = np.array([TASTES.index(each.taste) for each in SEGMENTS])[people.segment[person]]
    sums = catalogue.mix_sum.reshape(-1, len(CATEGORIES))
    row = taste * 12 + world.calendar.month[day]
    flat = (sums + np.arange(sums.shape[0])[:, None] * 2.0).ravel()
    drawn = np.searchsorted(flat, rng.random(person.size) + row * 2.0, side="right") - row * len(CATEGORIES)
    category = np.where(slot < 3, people.favourite[person, np.minimum(slot, 2)], np.minimum(drawn, len(CATEGORIES) - 1))
    thrifty = (rng.random(person.size) < people.price_sensitivity[person]).astype(np.int64)
    product = catalogue.choose(category, day, thrifty, rng.random(person.size))
    usual = people.usual[person, np.minimum(slot, 2)]
    habit = habits()[category]
    keeps = (slot < 3) & (rng.random(person.size) < habit) & catalogue.available[day, usual]
    return np.where(keeps, usual, product)


def habits() -> Floats:
    """Return the chance, by category, that a favourite category means the usual product, whatever it costs."""
    return np.where([each.consumable for each in CATEGORIES], _HABIT[1], _HABIT[0])


def bound_share() -> Floats:
    """Return the share, by category, of lines that follow habit and do not answer to prices."""
    return np.asarray(_FAVOURITES[-1] * habits(), dtype=np.float64)


def _without_rivals(catalogue: Catalogue, order: Ints, product: Ints) -> tuple[Ints, Ints]:
    """Keep the first of equal products and of substitutes within one basket."""
    rival = np.minimum(product, catalogue.substitute[product])
    _, kept = np.unique(order * catalogue.category.size + rival, return_index=True)
    kept = kept[np.lexsort((kept, order[kept]))]
    return order[kept], product[kept]


def _pieces(people: People, person: Ints, category: Ints, rng: np.random.Generator) -> Floats:
    factor = segment_values("pieces")[people.segment[person]]
    further = np.array([each.pieces for each in CATEGORIES])[category]
    single = 1.0 + rng.poisson(further * np.minimum(factor, 2.0))
    dozens = np.maximum(2.0, np.round(rng.gamma(3.0, factor / 3.0)))
    return np.where(factor > 2, dozens, single)


def priced(world: World, orders: Orders, lines: Lines) -> Lines:
    """Return the lines with list price and the price after promotion; coupons come off in `draw_orders`' wake."""
    day = np.floor(orders.at[lines.order]).astype(np.int64)
    listed, price = world.catalogue.prices(day, lines.product)
    return Lines(lines.order, lines.product, lines.pieces, listed, price)


def draw_returns(world: World, people: People, orders: Orders, lines: Lines, chunk: int) -> tuple[Ints, Floats, Floats]:
    """Draw which lines come back: their rows, when, and how many pieces."""
    rng = world.plan.rng("returns", chunk)
    catalogue = world.catalogue
    clothes = np.isin(catalogue.category[lines.product], [_place("running_shoes"), _place("dresses")])
    chance = np.where(clothes, 0.16, 0.035) * (1.3 - catalogue.quality[lines.product].mean(axis=1))
    settled = np.isinf(orders.cancelled) & (orders.fraud == 0) & (people.number[orders.person] >= 0)
    back = np.flatnonzero((rng.random(lines.order.size) < chance) & settled[lines.order])
    order = lines.order[back]
    arrived = np.where(np.isfinite(orders.delivered[order]), orders.delivered[order], orders.at[order])
    when = arrived + rng.gamma(2.0, 4.0, back.size) + 0.5
    whole = rng.random(back.size) < 0.8
    pieces = np.where(whole, lines.pieces[back], np.ceil(lines.pieces[back] * rng.random(back.size)))
    return back, when, pieces


def _place(code: str) -> int:
    return [each.code for each in CATEGORIES].index(code)
