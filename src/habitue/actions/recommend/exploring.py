"""The last places of a list are drawn among near-top products, with chances that are written down.

Every drawn place has its own few alternatives, which no other place has, so that places are drawn apart from each other
and the chance of each product at its place is exact. An alternative keeps every rule whatever else is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from habitue.actions.recommend.limits import Clash, Limits
from habitue.actions.recommend.pools import Pool

__all__ = ["Chosen", "chances_of", "drawn", "mixed"]

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

ALTERNATIVES = 7  # beside the product that would stand there
EVEN = 0.2  # share of the chance that is spread evenly: no chance is below EVEN / (ALTERNATIVES + 1)


@dataclass(frozen=True, eq=False)
class Chosen:
    """Lists of many customers, -1 where one is shorter; of shape (customers, k).

    Attributes
    ----------
    items, scores, makers : as in a pool
    chances : float array
        The chance with which each product was shown at its place: 1, or that of the draw.
    clashes : dict of row to list of Clash
        What was given up, for whom.
    """

    items: npt.NDArray[np.int32]
    scores: Floats
    makers: npt.NDArray[np.int8]
    chances: Floats
    clashes: dict[int, list[Clash]]

    def take(self, rows: Any) -> Chosen:
        """Return some customers; what was given up goes with them."""
        held = {new: self.clashes[int(old)] for new, old in enumerate(rows) if int(old) in self.clashes}
        return Chosen(self.items[rows], self.scores[rows], self.makers[rows], self.chances[rows], held)


def drawn(
    pool: Pool,
    limits: Limits,
    allowed: Bools,
    taken: Ints,
    many: int,
    draws: Ints,
    *,
    keep_order: bool,
) -> Chosen:
    """Put lists in order, and draw their last places.

    Parameters
    ----------
    pool, limits, allowed
        Best first.
    taken : int array of shape (customers, k)
        Places in the pool, -1 for none.
    many : int
        How many places are drawn.
    draws : int array of shape (customers,)
        One number a customer, from which its draws follow.
    keep_order : bool
        Whether the order is the list's own; else the higher score stands first.
    """
    if not pool.items.shape[1]:
        empty = np.full(taken.shape, -1, np.int32)
        zeros = np.zeros(taken.shape)
        return Chosen(empty, zeros, zeros.astype(np.int8), np.ones(taken.shape), limits.clashes)
    if not keep_order:
        # The pool is in order already: the lower place comes first, empty places last.
        taken = np.sort(np.where(taken < 0, pool.items.shape[1], taken), axis=1)
        taken = np.where(taken >= pool.items.shape[1], -1, taken)
    chances = np.ones(taken.shape)
    if many:
        taken, chances = _redrawn(pool, limits, allowed, taken, many, draws)
    rows, at, there = np.arange(taken.shape[0])[:, None], np.maximum(taken, 0), taken >= 0
    items = np.where(there, pool.items[rows, at], -1).astype(np.int32)
    scores = np.where(there, pool.scores[rows, at], 0.0)
    return Chosen(items, scores, np.where(there, pool.makers[rows, at], 0).astype(np.int8), chances, limits.clashes)


def chances_of(scores: Floats, open_to: Bools) -> Floats:
    """Return the chance of each product at a place: most of it by score, some of it even; rows add up to 1.

    Parameters
    ----------
    scores : float array of shape (customers, m)
        Above 0 where open.
    open_to : bool array of the same shape
        At least one in each row.
    """
    held = np.where(open_to, scores, 0.0)
    number = open_to.sum(axis=1, keepdims=True)
    total = held.sum(axis=1, keepdims=True)
    by_score = np.where(total > 0, held / np.where(total > 0, total, 1.0), open_to / np.maximum(number, 1))
    return np.asarray((1 - EVEN) * by_score + EVEN * open_to / np.maximum(number, 1))


def mixed(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Mix the bits of numbers, so that their order says nothing of what they were made of (splitmix64)."""
    each = values + np.uint64(0x9E3779B97F4A7C15)
    each = (each ^ (each >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    each = (each ^ (each >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    found: npt.NDArray[np.uint64] = each ^ (each >> np.uint64(31))
    return found


def _redrawn(pool: Pool, limits: Limits, allowed: Bools, taken: Ints, many: int, draws: Ints) -> tuple[Ints, Floats]:
    rows, k = np.arange(taken.shape[0]), taken.shape[1]
    at, there = np.maximum(taken, 0), taken >= 0
    # What had to come is not given to chance: the lowest of the others are.
    free = there & ~limits.must[rows[:, None], at]
    back = np.cumsum(free[:, ::-1], axis=1)[:, ::-1]
    loose = free & (back <= many)
    turn = np.argsort(np.where(there, loose, 2), axis=1, kind="stable")
    taken, loose = np.take_along_axis(taken, turn, axis=1), np.take_along_axis(loose, turn, axis=1)
    # Loose places now stand at the end of what is there; number them from 0.
    number = np.cumsum(loose, axis=1) - 1
    chances = np.ones(taken.shape)
    spots = [np.where((loose & (number == place)).any(axis=1), np.argmax(loose & (number == place), axis=1), -1)
             for place in range(many)]  # fmt: skip
    place_of = _alternatives(limits, allowed, taken, spots)
    new = taken.copy()
    for place, spot in enumerate(spots):
        asked = np.flatnonzero(spot >= 0)
        if asked.size:
            where = asked, taken[asked, spot[asked]]
            drawn_at, chance = _draw(pool, limits, place_of == place, where, place, draws)
            new[asked, spot[asked]], chances[asked, spot[asked]] = drawn_at, chance
    return new, chances[:, :k]


def _alternatives(limits: Limits, allowed: Bools, taken: Ints, spots: list[Ints]) -> Ints:
    """Return the drawn place that each product of the pool is open to, -1 for none; no product is open to two.

    Products of a category with room for all that is drawn go round the places; others stand in for products of their
    own category only.
    """
    rows, at, there = np.arange(taken.shape[0])[:, None], np.maximum(taken, 0), taken >= 0
    spare = allowed & ~limits.must
    spare[np.broadcast_to(rows, taken.shape)[there], taken[there]] = False
    category = np.where(there, limits.category[rows, at], -2)
    count = np.zeros(spare.shape, np.int64)
    for slot in range(taken.shape[1]):
        count += limits.category == category[:, slot][:, None]
    room = spare & ((limits.category < 0) | (count + len(spots) <= limits.caps[limits.category]))
    turn = np.cumsum(room, axis=1) - 1
    found = np.where(room, turn % len(spots), -1)
    for place in range(len(spots) - 1, -1, -1):
        own = np.where(spots[place] >= 0, category[rows[:, 0], spots[place]], -2)
        found[spare & ~room & (limits.category == own[:, None])] = place
    for place in range(len(spots)):
        here = found == place
        found[here & (np.cumsum(here, axis=1) > ALTERNATIVES)] = -1
    return np.asarray(found, np.int64)


def _draw(
    pool: Pool, limits: Limits, mine: Bools, where: tuple[Ints, Ints], place: int, draws: Ints
) -> tuple[Ints, Floats]:
    """Draw one place of some customers; return what stands there and its chance."""
    asked, now = where
    fits, rows = mine[asked], np.arange(asked.size)
    if limits.promotions:
        fits &= limits.promoted[asked] | ~limits.promoted[asked, now][:, None]
    if limits.new_slots:
        fits &= limits.new[asked] | ~limits.new[asked, now][:, None]
    fits[rows, now] = True
    chance = chances_of(pool.scores[asked], fits)
    heads = mixed(mixed(draws[asked].astype(np.uint64)) + np.uint64(place + 1))
    point = (heads >> np.uint64(11)).astype(np.float64) / 2.0**53
    total = np.cumsum(chance, axis=1)
    drawn_at = np.minimum((total <= point[:, None] * total[:, -1:]).sum(axis=1), chance.shape[1] - 1)
    # Rounding must never let a product come that cannot.
    drawn_at = np.where(fits[rows, drawn_at], drawn_at, now)
    return drawn_at, chance[rows, drawn_at]
