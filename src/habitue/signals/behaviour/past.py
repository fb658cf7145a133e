"""What is known of a customer when a visit begins, or at any moment: earlier visits that had ended by then."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from habitue.signals.behaviour.visits import CODES, Floats, Ints, Visits

__all__ = ["DEPTHS", "PAST_INPUTS", "Past", "past_of", "visit_depth"]

#: How far a visit goes; each step holds the events that reach it.
DEPTHS: dict[str, tuple[str, ...]] = {
    "browse": (),
    "view": ("view", "wish"),
    "cart": ("cart", "remove", "cart_view"),
    "checkout": ("coupon", "checkout", "pay"),
    "order": (),
}
_SUMMED = ("page", "list", "search", "view", "wish", "cart", "remove", "cart_view", "coupon", "checkout", "pay")
PAST_INPUTS = (
    "past_visits", "past_visits_30d", "past_orders", "past_order_share", "past_lately_ordered", "past_events",
    "past_first_deep", *(f"past_{name}_share" for name in _SUMMED), "past_basket_share", "past_checkout_share",
    "past_depth", "days_since_visit", "days_since_order", "last_visit_depth", "last_visit_left_basket",
    "last_visit_events", "usual_visit_gap_days",
)  # fmt: skip
_DAY = 86_400
_RECENT_DAYS = 30
_SHARE = 4.0  # visits' worth of a usual visit, in shares
# A usual visit is the same for every shop and moment: worked out from the shop's visits it would know how they end.
# Order, events, basket, checkout, straight to the basket; events as in _SUMMED; how far it goes.
_USUAL = np.array([0.1, 6.0, 0.2, 0.1, 0.1, 0.7, 1.0, 0.6, 2.4, 0.1, 0.6, 0.1, 0.2, 0.1, 0.1, 0.1, 1.2])
_LATE = 0.8  # of a visit's weight is kept at each later one


def visit_depth(visits: Visits) -> Ints:
    """Return how far each visit went, as a place in ``DEPTHS``."""
    names = list(DEPTHS)
    of_code = np.zeros(len(CODES), dtype=np.int64)
    for place, name in enumerate(names):
        for code in DEPTHS[name]:
            of_code[CODES.index(code)] = place
    depth = np.zeros(len(visits), dtype=np.int64)
    np.maximum.at(depth, np.repeat(np.arange(len(visits)), visits.length), of_code[visits.code])
    return np.where(visits.buys, names.index("order"), depth)


@dataclass(frozen=True, eq=False)
class Past:
    """Sums over the ended visits of every customer, to be asked for any customer and second."""

    key: Ints  # who × span + second of the end, rising
    begins: Ints  # per customer
    zero: int
    span: int
    sums: Floats  # (visits + 1, columns)
    lately: Floats  # fading share of visits with an order, after each visit
    each: Floats  # (visits, columns) of single visits
    last_order: Floats  # second of the last visit with an order, up to each visit

    def at(self, who: Ints, second: Ints) -> Floats:
        """Return the inputs (rows, ``PAST_INPUTS``) of customers at seconds since 1970; NaN for strangers."""
        out = np.full((len(who), len(PAST_INPUTS)), np.nan)
        known = np.flatnonzero((who >= 0) & (who < len(self.begins)))
        if known.size:
            out[known] = self._known(who[known], second[known])
        return out

    def _known(self, who: Ints, second: Ints) -> Floats:
        moment = np.clip(second - self.zero, 0, self.span - 1)
        start = self.begins[who]
        end = np.searchsorted(self.key, who * self.span + moment, side="left")
        recent = np.searchsorted(self.key, who * self.span + np.maximum(moment - _RECENT_DAYS * _DAY, 0), side="left")
        visits = (end - start).astype(np.float64)
        total = self.sums[end] - self.sums[start]
        any_ = visits > 0
        last = np.maximum(end - 1, 0)
        events = np.maximum(total[:, 1], 1.0)
        mine = self.each[last] if len(self.each) else np.zeros((len(who), self.sums.shape[1]))
        summed = 5 + np.arange(len(_SUMMED))
        shares = (total[:, summed] + _SHARE * _USUAL[summed]) / (events + _SHARE * _USUAL[1])[:, None]
        drawn = (total + _SHARE * _USUAL) / (visits + _SHARE)[:, None]
        ended = (self.key[last] - who * self.span) if len(self.key) else np.zeros(len(who))
        order_at = self.last_order[last] if len(self.key) else np.full(len(who), np.nan)
        first_at = self.key[np.minimum(start, max(len(self.key) - 1, 0))] - who * self.span if len(self.key) else ended
        gap = (ended - first_at) / _DAY / np.maximum(visits - 1, 1)
        columns = [
            visits, end - np.maximum(recent, start), total[:, 0], drawn[:, 0],
            np.where(any_, self.lately[last] if len(self.key) else 0.0, _USUAL[0]), drawn[:, 1], drawn[:, 4],
            *shares.T, drawn[:, 2], drawn[:, 3], drawn[:, -1],
            np.where(any_, (moment - ended) / _DAY, np.nan),
            np.where(any_, (second - order_at) / _DAY, np.nan),
            np.where(any_, mine[:, -1], np.nan),
            np.where(any_, mine[:, 2] * (1.0 - mine[:, 0]), np.nan),
            np.where(any_, mine[:, 1], np.nan),
            np.where(visits > 1, gap, np.nan),
        ]  # fmt: skip
        return np.column_stack(columns)


def past_of(visits: Visits) -> Past:
    """Sum up the visits of known customers, in the order in which they ended."""
    mine = np.flatnonzero((visits.who >= 0) & visits.over)
    second = visits.last[mine] // 1_000_000
    zero = int(second.min() if mine.size else visits.as_of // 1_000_000) - 1
    span = int(visits.as_of // 1_000_000 - zero + 20 * 366 * _DAY)
    order = np.lexsort((second, visits.who[mine]))
    mine, second = mine[order], second[order]
    who = visits.who[mine]
    each = _each(visits)[mine]
    sums = np.vstack([np.zeros((1, each.shape[1])), np.cumsum(each, axis=0)])
    begins = np.searchsorted(who, np.arange(len(visits.customers)))
    ordered = np.where(each[:, 0] > 0, second, -1).astype(np.int64)
    reached = np.maximum.accumulate(np.where(ordered >= 0, who * span + ordered - zero, -1)) if mine.size else ordered
    last_order = np.where(reached >= who * span, (reached - who * span + zero).astype(np.float64), np.nan)
    key = who * span + (second - zero)
    lately = _fading(each[:, 0], begins, len(who))
    return Past(key, begins, zero, span, sums, lately, each, last_order)


def _each(visits: Visits) -> Floats:
    """Return what is summed of each visit: order, events, basket, checkout, a deep beginning, events by code, depth."""
    size, owner = len(visits), np.repeat(np.arange(len(visits)), visits.length)
    depth = visit_depth(visits)
    counts = [np.bincount(owner[visits.code == CODES.index(name)], minlength=size) for name in _SUMMED]
    place = np.arange(owner.size) - visits.starts[owner]
    deep = np.isin(visits.code, [CODES.index(name) for name in ("cart", "cart_view", "checkout", "pay", "coupon")])
    early = np.bincount(owner[deep & (place < 3)], minlength=size) > 0
    basket = np.bincount(owner[visits.code == CODES.index("cart")], minlength=size) > 0
    columns = [visits.buys, visits.length, basket, depth >= list(DEPTHS).index("checkout"), early, *counts, depth]
    return np.column_stack(columns).astype(np.float64)


def _fading(ordered: Floats, begins: Ints, size: int) -> Floats:
    """Return a fading mean of orders by visit, oldest first, begun at what is usual."""
    out = np.empty(size)
    place = np.arange(size) - np.repeat(begins, np.diff(np.append(begins, size)))
    state = np.full(len(begins), _USUAL[0])
    owner = np.repeat(np.arange(len(begins)), np.diff(np.append(begins, size)))
    by_turn = np.argsort(place, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(place[by_turn])) + 1, size) if size else np.zeros(0, dtype=np.int64)
    begun = 0
    for end in ends.tolist():
        rows = by_turn[begun:end]
        state[owner[rows]] = _LATE * state[owner[rows]] + (1 - _LATE) * ordered[rows]
        out[rows] = state[owner[rows]]
        begun = end
    return out
