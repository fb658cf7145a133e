"""From who is asked about to lists, for one customer and for a whole base."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from habitue.actions.recommend.choosing import choose
from habitue.actions.recommend.exploring import Chosen
from habitue.actions.recommend.kinds import ANCHORED, Proposer
from habitue.actions.recommend.limits import Clash, Past, limits_of
from habitue.actions.recommend.policy import Policy
from habitue.actions.recommend.pools import Pool
from habitue.models.recommend import Histories

__all__ = ["Asked", "hides_bought", "lists_of"]

Ints = npt.NDArray[np.int64]

_BLOCK = 2_000  # customers worked on together


@dataclass(frozen=True, eq=False)
class Asked:
    """Who is asked about; all of the same customers, products as in the catalogue.

    Attributes
    ----------
    histories, purchases : Histories
    draws : int array of shape (customers,)
        One number a customer, from which ties and draws follow.
    past : Past
    anchors : Histories, optional
        What is at hand: the product looked at, or the cart.
    """

    histories: Histories
    purchases: Histories
    draws: Ints
    past: Past
    anchors: Histories | None = None

    def __len__(self) -> int:
        return len(self.histories)

    def take(self, rows: Any) -> Asked:
        """Return some customers."""
        anchors = None if self.anchors is None else self.anchors.take(rows)
        return Asked(
            self.histories.take(rows), self.purchases.take(rows), self.draws[rows], self.past.take(rows), anchors
        )


def hides_bought(kind: str, policy: Policy, *, repeats: bool) -> bool:
    """Say whether a list leaves out what the customer bought."""
    if policy.rules.hide_bought is not None:
        return policy.rules.hide_bought
    return kind not in {*ANCHORED, "again", "win_back"} and not repeats


def lists_of(proposer: Proposer, kind: str, asked: Asked, policy: Policy, k: int) -> Chosen:
    """Return the list of each customer.

    Parameters
    ----------
    proposer : Proposer
    kind : str
    asked : Asked
    policy : Policy
    k : int
    """
    if not len(asked):
        nobody = np.empty((0, k))
        return Chosen(nobody.astype(np.int32), nobody, nobody.astype(np.int8), nobody, {})
    if len(asked) <= _BLOCK:
        return _block(proposer, kind, asked, policy, k)
    parts: list[Chosen] = []
    clashes: dict[int, list[Clash]] = {}
    for start in range(0, len(asked), _BLOCK):
        part = _block(proposer, kind, asked.take(np.arange(start, min(start + _BLOCK, len(asked)))), policy, k)
        clashes |= {start + row: held for row, held in part.clashes.items()}
        parts.append(part)
    items, scores, makers, chances = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("items", "scores", "makers", "chances")
    )
    return Chosen(items, scores, makers, chances, clashes)


def _block(proposer: Proposer, kind: str, asked: Asked, policy: Policy, k: int) -> Chosen:
    pool = proposer.pool(
        kind, asked.histories, policy, anchors=asked.anchors, purchases=asked.purchases, k=k
    )  # fmt: skip
    hides = hides_bought(kind, policy, repeats=proposer.makers.repeats)
    pool = _deep_enough(proposer, pool, asked, policy, k, hides=hides)
    return choose(pool, policy, k, past=asked.past, hide_bought=hides, draws=asked.draws)


def _deep_enough(proposer: Proposer, pool: Pool, asked: Asked, policy: Policy, k: int, *, hides: bool) -> Pool:
    """Give customers who had nearly all of their pool the bestsellers that they had not."""
    limits = limits_of(pool, policy, k, asked.past, hide_bought=hides)
    passed = limits.able.copy()
    for allowed in limits.filters.values():
        passed &= allowed
    short = np.flatnonzero(passed.sum(axis=1) < min(2 * k, int(policy.fits.sum())))
    if not short.size or policy.bestsellers.size <= pool.items.shape[1]:
        return pool
    deeper = {}
    for row in short.tolist():
        had = [np.flatnonzero(pool.items[row] >= 0)]
        barred = [pool.items[row, had[0]]]
        for use, table in (
            (hides, asked.past.bought),
            (policy.rules.hide_seen, asked.past.seen),
            (True, asked.past.hidden),
        ):
            if use and table is not None:
                barred.append(table.indices[table.indptr[row] : table.indptr[row + 1]])
        one = Pool(pool.items[row : row + 1], pool.scores[row : row + 1], pool.makers[row : row + 1])
        deeper[row] = proposer.deepened(one, policy, np.concatenate(barred), k)
    most = max(pool.items.shape[1], *(each.items.shape[1] for each in deeper.values()))
    shape = (pool.items.shape[0], most)
    items, scores, makers = np.full(shape, -1, np.int32), np.zeros(shape), np.zeros(shape, np.int8)
    for table, each in ((items, pool.items), (scores, pool.scores), (makers, pool.makers)):
        table[:, : each.shape[1]] = each
    for row, one in deeper.items():
        items[row], scores[row] = -1, 0.0
        span = slice(one.items.shape[1])
        items[row, span], scores[row, span], makers[row, span] = one.items[0], one.scores[0], one.makers[0]
    return Pool(items, scores, makers)
