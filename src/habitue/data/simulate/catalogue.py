"""Products with prices that move, demand that answers to price, substitutes and complements."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from habitue.data.simulate.calendar import Calendar
from habitue.data.simulate.categories import CATEGORIES, category_mix
from habitue.data.simulate.plan import Flags, Floats, Ints, Plan

__all__ = ["SUPPLIERS", "TASTES", "Catalogue", "build_catalogue"]

TASTES = ("any", "gift", "consumable")
SUPPLIERS = 12

_CURRENCIES = {"en": ("GBP", 0.8), "zh": ("CNY", 7.0), "mixed": ("USD", 1.0)}
_STEP = len(CATEGORIES) + 1.0  # keeps the running sums of one day above those of the day before
_THRIFT = (0.0, 1.6)  # how far the two kinds of shoppers shy from prices above the category's middle


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every product as arrays, in order of category; days count from the first of the simulation.

    ``elasticity`` is the power to which a price works on a product's weight among those of its category.
    """

    category: Ints
    start_price: Floats
    cost: Floats
    elasticity: Floats
    popularity: Floats
    quality: Floats  # product, aspect: from -1 (bad) to 1 (good)
    launched: Floats  # day, negative before the first
    retired: Floats  # day, inf where it stays
    substitute: Ints
    complement: Ints  # -1 where there is none
    complement_strength: Floats
    supplier: Ints
    brand: Ints
    language: Ints  # 0 English, 1 Chinese
    wording: Ints  # seed of the product's words
    list_price: Floats  # day, product
    promotion: Floats  # day, product: share off
    available: Flags  # day, product
    choice: Floats  # running sums of weights, thrift by day by product laid end to end
    first: Ints  # category: first product; one more entry at the end
    mix_sum: Floats  # taste, month, category: running sums
    currency: str
    exchange: float  # of the shop's currency against the dollar

    def prices(self, day: Ints, product: Ints) -> tuple[Floats, Floats]:
        """Return list price and price after promotion."""
        listed = self.list_price[day, product]
        return listed, np.round(listed * (1 - self.promotion[day, product]), 2)

    def choose(self, category: Ints, day: Ints, thrifty: Ints, draw: Floats) -> Ints:
        """Pick a product of a category on a day; ``draw`` is uniform in [0, 1)."""
        row = thrifty * self.available.shape[0] + day
        begin = row * self.available.shape[1]
        first, last = self.first[category], self.first[category + 1] - 1
        below = np.where(first > 0, self.choice[begin + np.maximum(first - 1, 0)], row * _STEP)
        target = below + draw * (self.choice[begin + last] - below)
        found: Ints = np.clip(np.searchsorted(self.choice, target, side="right") - begin, first, last)
        return found


def build_catalogue(plan: Plan, calendar: Calendar, markets: Floats) -> Catalogue:
    """Draw the products of a plan and their prices on every day."""
    rng = plan.rng("catalogue")
    category, first = _categories(plan)
    count = category.size
    currency, exchange = _CURRENCIES[plan.language]
    middle = np.array([each.price for each in CATEGORIES])[category]
    start = _ending_in_nine(middle * exchange * np.exp(rng.normal(0, 0.45, count)).clip(0.4, 2.8), exchange)
    elasticity = -rng.gamma(9.0, 0.25, count).clip(0.8, 4.5)
    popularity = 1 / (1 + _rank_within(category, rng)) ** 0.8
    launched, retired = _lifetimes(plan, rng, first, count)
    substitute = _substitutes(category, start)
    complement = _complements(category, first, rng)
    listed = _list_prices(plan, rng, start)
    promotion = _promotions(plan, rng, calendar, markets, count)
    days = np.arange(plan.span)[:, None]
    available = (days >= np.ceil(launched)) & (days < np.floor(retired))
    attraction = popularity * (listed / start * (1 - promotion)) ** elasticity * available
    dearness = start / (middle * exchange)
    return Catalogue(
        category=category, start_price=start, cost=np.round(start * rng.uniform(0.38, 0.68, count), 2),
        elasticity=elasticity, popularity=popularity, quality=np.clip(rng.normal(0.25, 0.55, (count, 3)), -1, 1),
        launched=launched, retired=retired, substitute=substitute, complement=complement,
        complement_strength=np.where(complement >= 0, rng.uniform(0.15, 0.45, count), 0.0),
        supplier=(category * 5 + rng.integers(0, 3, count)) % SUPPLIERS, brand=rng.integers(0, 3, count),
        language=_languages(plan, rng, count), wording=rng.integers(0, 2**31, count),
        list_price=listed, promotion=promotion, available=available,
        choice=_running(np.stack([attraction * dearness**-thrift for thrift in _THRIFT]), category),
        first=first, mix_sum=np.stack([np.cumsum(category_mix(taste), axis=1) for taste in TASTES]),
        currency=currency, exchange=exchange,
    )  # fmt: skip


def _categories(plan: Plan) -> tuple[Ints, Ints]:
    per_category = int(np.clip(round(0.25 * plan.customers**0.5), 2, 120))
    weight = np.array([each.weight for each in CATEGORIES])
    counts = np.maximum(2, np.round(per_category * weight / weight.mean()).astype(np.int64))
    counts += counts % 2  # substitutes come in pairs
    return np.repeat(np.arange(len(CATEGORIES)), counts), np.concatenate([[0], np.cumsum(counts)])


def _ending_in_nine(price: Floats, exchange: float) -> Floats:
    """Prices as shops write them: 18.99, or 129 where money is small."""
    return np.maximum(np.round(price) - (0.01 if exchange < 2 else 0.1), 0.99)


def _rank_within(category: Ints, rng: np.random.Generator) -> Floats:
    order = np.lexsort((rng.random(category.size), category))
    starts = np.searchsorted(category, np.arange(len(CATEGORIES)))
    rank = np.empty(category.size)
    rank[order] = np.arange(category.size) - starts[category]
    return rank


def _lifetimes(plan: Plan, rng: np.random.Generator, first: Ints, count: int) -> tuple[Floats, Floats]:
    """Most products are there from the start, some come later, some go; two of each category always stay."""
    launched = np.where(
        rng.random(count) < 0.75, -rng.uniform(30, 900, count), rng.uniform(5, plan.days * 0.9 + 6, count)
    )
    retired = np.where(rng.random(count) < 0.12, launched.clip(0) + rng.uniform(90, plan.days + 90, count), np.inf)
    always = np.concatenate([first[:-1], first[:-1] + 1])
    launched[always] = -np.abs(launched[always])
    retired[always] = np.inf
    return launched, retired


def _substitutes(category: Ints, price: Floats) -> Ints:
    """Pair the products of a category that lie next to each other in price."""
    order = np.lexsort((price, category))
    substitute = np.empty(category.size, dtype=np.int64)
    substitute[order[::2]], substitute[order[1::2]] = order[1::2], order[::2]
    return substitute


def _complements(category: Ints, first: Ints, rng: np.random.Generator) -> Ints:
    place = {each.code: index for index, each in enumerate(CATEGORIES)}
    partner = np.array([place[each.complement] for each in CATEGORIES])[category]
    size = first[partner + 1] - first[partner]
    chosen = first[partner] + (rng.random(category.size) * size).astype(np.int64)
    return np.where(rng.random(category.size) < 0.7, chosen, -1)


def _languages(plan: Plan, rng: np.random.Generator, count: int) -> Ints:
    drawn = rng.integers(0, 2, count)
    fixed = {"en": 0, "zh": 1}.get(plan.language)
    return drawn if fixed is None else np.full(count, fixed)


def _list_prices(plan: Plan, rng: np.random.Generator, start: Floats) -> Floats:
    """Prices stand still for months, then move by some per cent."""
    moves = rng.random((plan.span, start.size)) < 1 / 260
    steps = np.where(moves, rng.normal(0.025, 0.06, (plan.span, start.size)), 0.0)
    prices: Floats = np.round(start * np.exp(np.cumsum(steps, axis=0).clip(-0.3, 0.4)), 2)
    return prices


def _promotions(plan: Plan, rng: np.random.Generator, calendar: Calendar, markets: Floats, count: int) -> Floats:
    """Share off by day: products' own weeks, and sale days in which about two thirds of the products take part."""
    weeks = plan.span // 7 + 1
    own = np.where(rng.random((weeks, count)) < 0.06, rng.choice([0.1, 0.15, 0.2, 0.3], size=(weeks, count)), 0.0)
    promotion = np.repeat(own, 7, axis=0)[: plan.span]
    takes_part = rng.random((len(calendar.events) + 1, count)) < 0.65
    for market in np.flatnonzero(markets > 0):
        depth = calendar.depth[market][:, None] * takes_part[calendar.event[market]]
        promotion = np.maximum(promotion, np.round(depth, 2))
    return promotion


def _running(weights: Floats, category: Ints) -> Floats:
    """Sum weights up over the products of each kind of shopper and day, every category adding one in all."""
    flat = weights.reshape(-1, category.size)
    total = np.stack([flat[:, category == each].sum(axis=1) for each in range(len(CATEGORIES))], axis=1)
    sums = np.cumsum(flat / total[:, category], axis=1) + _STEP * np.arange(flat.shape[0])[:, None]
    return np.asarray(sums.ravel(), dtype=np.float64)
