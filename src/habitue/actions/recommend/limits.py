"""Rules as tables beside a pool: which products may come, which must, and how many of a kind."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from habitue.actions.recommend.policy import Policy
from habitue.actions.recommend.pools import Pool

__all__ = ["Clash", "Limits", "Past", "limits_of"]

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


class Clash(NamedTuple):
    """A rule that was given up, wholly or in part.

    Attributes
    ----------
    given_up : str
        The rule.
    because : str
        The rule that was stronger, or ``too_few`` where the shop has not enough such products.
    wanted, got : int
        What the rule asked for and what came.
    product : str
        The product it is about, empty for none.
    """

    given_up: str
    because: str
    wanted: int
    got: int
    product: str = ""


@dataclass(frozen=True, eq=False)
class Past:
    """What customers had, as sparse tables of customers × products; None where there is nothing.

    Parameters
    ----------
    bought, seen, hidden : scipy.sparse.csr_array, optional
    shown : scipy.sparse.csr_array, optional
        How often each product stood in the last lists.
    """

    bought: Any = None
    seen: Any = None
    hidden: Any = None
    shown: Any = None

    def take(self, rows: Any) -> Past:
        """Return some customers."""
        parts = (self.bought, self.seen, self.hidden, self.shown)
        return Past(*(None if part is None else part[rows] for part in parts))


@dataclass(eq=False)
class Limits:
    """What the rules allow of a pool; arrays of shape (customers, m) if not said otherwise.

    Attributes
    ----------
    able : may come; an empty place may not
    filters : by rule, the strongest first: what the rule lets through
    must : must come
    promoted, new : counts towards these quotas
    category : -1 where unknown
    caps : int array of shape (categories + 1,), the last for products without a category
    promotions, new_slots : how many are wanted of each
    clashes : what was given up, by customer
    dropped : customers for whom a filter was given up, by rule
    """

    able: Bools
    filters: dict[str, Bools]
    must: Bools
    promoted: Bools
    new: Bools
    category: npt.NDArray[np.int32]
    caps: Ints
    promotions: int
    new_slots: int
    clashes: dict[int, list[Clash]] = field(default_factory=dict)
    dropped: dict[str, set[int]] = field(default_factory=dict)

    def given_up(self, row: Any, clash: Clash) -> None:
        """Note what was given up for one customer."""
        held = self.clashes.setdefault(int(row), [])
        if clash not in held:
            held.append(clash)

    def let_through(self) -> Bools:
        """Return what may come by all filters; one that would leave a customer with nothing is given up for them."""
        passed, before = self.able.copy(), "too_few"
        for name, allowed in self.filters.items():
            narrower = passed & allowed
            empty = np.flatnonzero(~narrower.any(axis=1) & passed.any(axis=1))
            for row in empty.tolist():
                self.dropped.setdefault(name, set()).add(row)
                self.given_up(row, Clash(name, before, 1, 0))
            narrower[empty] = passed[empty]
            passed, before = narrower, name
        return passed


def limits_of(pool: Pool, policy: Policy, k: int, past: Past, *, hide_bought: bool) -> Limits:
    """Lay the rules beside a pool."""
    rules, at, there = policy.rules, np.maximum(pool.items, 0), pool.items >= 0
    able = there & ~policy.never[at] & ~_held(past.hidden, pool.items)
    filters = {name: allowed[at] for name, allowed in policy.filters.items()}
    if hide_bought:
        filters["hide_bought"] = ~_held(past.bought, pool.items)
    if rules.hide_seen:
        filters["hide_seen"] = ~_held(past.seen, pool.items)
    if rules.frequency_cap is not None:
        filters["frequency_cap"] = ~_held(past.shown, pool.items, at_least=rules.frequency_cap)
    return Limits(
        able, filters, there & policy.must[at], there & policy.promoted[at], there & policy.new[at],
        np.where(there, policy.catalogue.categories[at], -1).astype(np.int32), policy.caps,
        rules.promoted(k), min(rules.new_slots, k),
    )  # fmt: skip


def _held(table: Any, items: npt.NDArray[np.int32], *, at_least: float = 0) -> Bools:
    """Say of products of shape (customers, m) which a sparse table holds, so many times or more."""
    if at_least == 0 and (table is None or not table.nnz):
        return np.zeros(items.shape, bool)
    if table is None:
        return np.full(items.shape, at_least <= 0)
    rows, n_items = np.repeat(np.arange(table.shape[0]), np.diff(table.indptr)), table.shape[1]
    keep = table.data >= max(at_least, 1e-12)
    keys = np.sort(rows[keep].astype(np.int64) * n_items + table.indices[keep])
    if not keys.size:
        return np.zeros(items.shape, bool)
    wanted = np.arange(items.shape[0], dtype=np.int64)[:, None] * n_items + np.maximum(items, 0)
    found = keys[np.minimum(np.searchsorted(keys, wanted), keys.size - 1)] == wanted
    return np.asarray(found & (items >= 0))
