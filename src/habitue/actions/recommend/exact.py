"""One customer's list where quotas and caps get in each other's way: every step keeps the rest possible.

Products are of four kinds (promoted and new, one of both, neither), each under the cap of its category. Whether what is
still wanted can be had is told exactly: products that serve both quotas are never worse than one that serves one of
them, and for the rest Hall's condition for two kinds holds or not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from habitue.actions.recommend.limits import Clash, Limits
from habitue.actions.recommend.policy import FREE
from habitue.actions.recommend.pools import Pool

__all__ = ["choose_exactly"]


@dataclass
class _Shelf:
    """What is left to take from: places in the pool with category and kind; how many each category still takes."""

    places: list[int]
    category: list[int]
    promoted: list[bool]
    new: list[bool]
    left: dict[int, int]

    def possible(self, promotions: int, new: int, slots: int, without: int = -1) -> bool:
        """Say whether so many promoted and new products still fit into so many places."""
        both, one, other = ({}, {}, {})  # type: dict[int, int], dict[int, int], dict[int, int]
        for at, category in enumerate(self.category):
            if at == without or not (self.promoted[at] or self.new[at]):
                continue
            kind = both if self.promoted[at] and self.new[at] else one if self.promoted[at] else other
            kind[category] = kind.get(category, 0) + 1
        served = rooms = firsts = seconds = 0
        for category in {*both, *one, *other}:
            room = self.left.get(category, FREE)
            shared = min(both.get(category, 0), room)
            room -= shared
            first, second = min(one.get(category, 0), room), min(other.get(category, 0), room)
            served, firsts, seconds = served + shared, firsts + first, seconds + second
            rooms += min(first + second, room)
        served = min(served, max(promotions, new, 0))
        promotions, new = max(promotions - served, 0), max(new - served, 0)
        fits = promotions <= firsts and new <= seconds and promotions + new <= rooms
        return fits and served + promotions + new <= slots


def choose_exactly(
    pool: Pool, limits: Limits, allowed: npt.NDArray[np.bool_], k: int, row: int
) -> npt.NDArray[np.int64]:
    """Return places in the pool of one customer, of shape (k,), -1 for none; what is given up is noted."""
    musts = np.flatnonzero(limits.must[row] & allowed[row])
    for at in musts[k:]:
        limits.given_up(row, Clash("include", "length", len(musts), k, str(int(pool.items[row, at]))))
    rest = np.flatnonzero(allowed[row] & ~limits.must[row])
    category = limits.category[row]
    left = {int(each): int(limits.caps[each]) for each in np.unique(category[allowed[row]]) if each >= 0}
    taken = [int(at) for at in musts[:k]]
    for each in taken:
        if category[each] >= 0:
            left[int(category[each])] -= 1
    for each, room in left.items():
        if room < 0:
            cap = int(limits.caps[each])
            limits.given_up(row, Clash("category_cap", "include", cap, cap - room))
    shelf = _Shelf(
        [int(at) for at in rest], [int(each) for each in category[rest]], limits.promoted[row, rest].tolist(),
        limits.new[row, rest].tolist(), {each: max(room, 0) for each, room in left.items()},
    )  # fmt: skip
    wanted = (
        limits.promotions - int(limits.promoted[row, taken].sum()), limits.new_slots - int(limits.new[row, taken].sum())
    )  # fmt: skip
    promotions, new = _attainable(shelf, limits, row, wanted, k - len(taken))
    _take(shelf, taken, promotions, new, k)
    out = np.full(k, -1, np.int64)
    out[: len(taken)] = taken
    return out


def _attainable(shelf: _Shelf, limits: Limits, row: int, wanted: tuple[int, int], slots: int) -> tuple[int, int]:
    """Return how much of both quotas can be had; what cannot is given up, new products before promoted ones."""
    promotions, new = (max(each, 0) for each in wanted)
    if shelf.possible(promotions, new, slots):
        return promotions, new
    reached = next(each for each in range(promotions, -1, -1) if shelf.possible(each, 0, slots))
    fresh = next(each for each in range(new, -1, -1) if shelf.possible(reached, each, slots))
    if reached < promotions:
        why = _why(shelf.promoted, promotions, slots, shelf)
        held = limits.promotions - promotions + reached
        limits.given_up(row, Clash("promotion_share", why, limits.promotions, held))
    if fresh < new:
        why = _why(shelf.new, new, slots - reached, shelf)
        why = "promotion_share" if why == "include" and reached else why
        limits.given_up(row, Clash("new_slots", why, limits.new_slots, limits.new_slots - new + fresh))
    return reached, fresh


def _why(kind: Iterable[bool], wanted: int, slots: int, shelf: _Shelf) -> str:
    flags = list(kind)
    if sum(flags) < wanted:
        return "too_few"
    room: dict[int, int] = {}
    for flag, category in zip(flags, shelf.category, strict=True):
        if flag:
            room[category] = room.get(category, 0) + 1
    fitting = sum(min(many, shelf.left.get(category, FREE)) for category, many in room.items())
    return "category_cap" if fitting < wanted else "include" if slots < wanted else "category_cap"


def _take(shelf: _Shelf, taken: list[int], promotions: int, new: int, k: int) -> None:
    """Take the best product that leaves the rest possible, until the list is full."""
    while len(taken) < k:
        for at, category in enumerate(shelf.category):
            room = shelf.left.get(category, FREE)
            if room <= 0:
                continue
            rest = promotions - shelf.promoted[at], new - shelf.new[at]
            shelf.left[category] = room - 1
            if shelf.possible(max(rest[0], 0), max(rest[1], 0), k - len(taken) - 1, without=at):
                break
            shelf.left[category] = room
        else:
            return
        taken.append(shelf.places[at])
        promotions, new = rest
        for column in (shelf.places, shelf.category, shelf.promoted, shelf.new):
            del column[at]
