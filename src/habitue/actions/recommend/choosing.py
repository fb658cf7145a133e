"""The list: the most fitting products that the rules allow, in one pass for many customers."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from habitue.actions.recommend.catalogue import Catalogue
from habitue.actions.recommend.exact import choose_exactly
from habitue.actions.recommend.exploring import Chosen, drawn, mixed
from habitue.actions.recommend.limits import Clash, Limits, Past, limits_of
from habitue.actions.recommend.policy import Policy
from habitue.actions.recommend.pools import Pool

__all__ = ["Chosen", "choose"]

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def choose(
    pool: Pool,
    policy: Policy,
    k: int,
    *,
    past: Past,
    hide_bought: bool,
    draws: Ints,
) -> Chosen:
    """Choose k products for each customer.

    Parameters
    ----------
    pool : Pool
    policy : Policy
    k : int
    past : Past
    hide_bought : bool
        Whether what a customer bought stays out.
    draws : int array of shape (customers,)
        One number a customer: the same number gives the same ties and the same draw.
    """
    catalogue, rules = policy.catalogue, policy.rules
    pool = _in_order(_weighed(pool, catalogue, rules.margin_weight), draws)
    limits = limits_of(pool, policy, k, past, hide_bought=hide_bought)
    allowed = limits.let_through()
    _miss_includes(pool, policy, limits, allowed)
    unlike = _unlike(pool, catalogue, rules.diversity)
    taken = _greedy(pool, limits, allowed, k, unlike)
    for row in _short(limits, taken):
        taken[row] = choose_exactly(pool, limits, allowed, k, row)
    return drawn(pool, limits, allowed, taken, rules.drawn(k), draws, keep_order=unlike is not None)


def _weighed(pool: Pool, catalogue: Catalogue, weight: float) -> Pool:
    if not weight:
        return pool
    margin = catalogue.margins[np.maximum(pool.items, 0)] ** weight
    scores = np.where(pool.items >= 0, pool.scores * margin, 0.0)
    best = scores.max(axis=1, keepdims=True, initial=0.0)
    return pool._replace(scores=scores / np.where(best > 0, best, 1.0))


def _in_order(pool: Pool, draws: Ints) -> Pool:
    """Return the best first; equal scores come in an order drawn for each customer."""
    tie = mixed(pool.items.astype(np.uint64) + draws.astype(np.uint64)[:, None])
    order = np.lexsort((tie, -np.where(pool.items >= 0, pool.scores, -1.0)), axis=1)
    items, scores, makers = (np.take_along_axis(each, order, axis=1) for each in tuple[Any, Any, Any](pool))
    return Pool(items, scores, makers)


def _miss_includes(pool: Pool, policy: Policy, limits: Limits, allowed: Bools) -> None:
    """Note which products that must come may not: a stronger rule forbids it."""
    if not policy.rules.include:
        return
    weak = {"hide_bought", "hide_seen", "frequency_cap"}
    strong = limits.able.copy()
    for name, passed in limits.filters.items():
        if name not in weak:
            held = passed.copy()
            held[list(limits.dropped.get(name, ()))] = True
            strong &= held
    # What must come is above what the customer had.
    allowed |= limits.must & strong
    limits.must &= strong
    for product in policy.rules.include:
        at = policy.catalogue.places.get(product, -1)
        here = (pool.items == at) & (at >= 0)
        why = "unknown_product" if at < 0 else _why_not(policy, at)
        for row in np.flatnonzero(~(here & limits.must).any(axis=1)):
            limits.given_up(row, Clash("include", why, 1, 0, product))


def _why_not(policy: Policy, at: int) -> str:
    catalogue, rules = policy.catalogue, policy.rules
    if catalogue.ids[at] in rules.exclude:
        return "exclude"
    if not catalogue.on_sale[at]:
        return "not_on_sale"
    if policy.never[at]:
        return "in_stock"
    return next((name for name, passed in policy.filters.items() if not passed[at]), "hidden")


def _unlike(pool: Pool, catalogue: Catalogue, dial: float) -> tuple[float, Any] | None:
    """Return the dial and what products are, where lists shall be varied."""
    return None if not dial else (dial, catalogue.sketches[np.maximum(pool.items, 0)])


def _greedy(pool: Pool, limits: Limits, allowed: Bools, k: int, unlike: tuple[float, Any] | None) -> Ints:
    """Return places in the pool, of shape (customers, k), -1 for none: one product after the other, the best first."""
    rows = np.arange(pool.items.shape[0])
    taken = np.full((rows.size, k), -1, np.int64)
    free, left = allowed.copy(), limits.caps[limits.category]
    promotions, fresh = (np.full(rows.size, many) for many in (limits.promotions, limits.new_slots))
    worth = np.broadcast_to(1 / np.log2(np.arange(pool.items.shape[1]) + 2.0), pool.items.shape)
    nearest = np.zeros(pool.items.shape)
    if not pool.items.shape[1]:
        return taken
    for slot in range(k):
        open_to = free & ((left > 0) | limits.must)
        open_to = _needed(open_to, limits, promotions, fresh, k - slot)
        value = worth if unlike is None else (1 - unlike[0]) * worth - unlike[0] * nearest
        value = np.where(open_to, value, -np.inf)
        best = np.argmax(value, axis=1)
        good = np.isfinite(value[rows, best])
        taken[good, slot] = best[good]
        free[rows[good], best[good]] = False
        same = (limits.category == limits.category[rows, best][:, None]) & (limits.category >= 0)
        left = left - (same & good[:, None])
        promotions = promotions - (limits.promoted[rows, best] & good)
        fresh = fresh - (limits.new[rows, best] & good)
        if unlike is not None:
            like = np.einsum("rmf,rf->rm", unlike[1], unlike[1][rows, best])
            nearest = np.maximum(nearest, np.where(good[:, None], like, 0.0))
    return taken


def _needed(open_to: Bools, limits: Limits, promotions: Any, fresh: Any, slots: int) -> Bools:
    """Return what may be taken so that places are left for what must come."""
    musts = (open_to & limits.must).sum(axis=1)
    p, n = np.maximum(promotions, 0), np.maximum(fresh, 0)
    both = open_to & limits.promoted & limits.new
    many = np.minimum(both.sum(axis=1), np.maximum(p, n))
    least = many + np.maximum(p - many, 0) + np.maximum(n - many, 0)
    # Products that must come are taken first: they may serve the quotas as well.
    first = musts > 0
    quota = (open_to & limits.promoted & (p > 0)[:, None]) | (open_to & limits.new & (n > 0)[:, None])
    tight = (least >= slots) & quota.any(axis=1) & ~first
    doubly = tight & (p > 0) & (n > 0) & both.any(axis=1)
    out = np.where(first[:, None], open_to & limits.must, open_to)
    out = np.where(tight[:, None], quota, out)
    return np.asarray(np.where(doubly[:, None], both, out))


def _short(limits: Limits, taken: Ints) -> Ints:
    """Return the customers whose list misses a quota, or breaks a cap because a product had to come."""
    rows, there = np.arange(taken.shape[0])[:, None], taken >= 0
    at = np.maximum(taken, 0)
    if not limits.able.shape[1]:
        return np.arange(taken.shape[0]) if limits.promotions or limits.new_slots else np.empty(0, np.int64)
    counts = [(kind[rows, at] & there).sum(axis=1) for kind in (limits.promoted, limits.new)]
    short = (counts[0] < limits.promotions) | (counts[1] < limits.new_slots)
    must = (limits.must & limits.able).sum(axis=1)
    return np.flatnonzero(short | (must > taken.shape[1]) | _over(limits, taken))


def _over(limits: Limits, taken: Ints) -> Bools:
    rows = np.arange(taken.shape[0])[:, None]
    category = np.where(taken >= 0, limits.category[rows, np.maximum(taken, 0)], -1)
    caps = np.where(category >= 0, limits.caps[category], taken.shape[1])
    same = (category[:, :, None] == category[:, None, :]) & (category >= 0)[:, :, None]
    return np.asarray((same.sum(axis=2) > caps).any(axis=1))
