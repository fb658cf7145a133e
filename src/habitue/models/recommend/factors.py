"""Factors: customers and products as a few numbers each, learnt from what was bought; new customers are folded in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse

from habitue.models.recommend.histories import Histories
from habitue.models.recommend.maker import NONE, Candidates, Items, Share, best_of
from habitue.models.recommend.sparse_lists import blocks

__all__ = ["ImplicitFactors"]

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
ItemNumbers = npt.NDArray[np.int32]

_FAINT = 1e-5  # what counts less in a history is left out, and scores so small are none
_TABLE = 8_000_000  # numbers looked at together
_SHORT = 64  # histories of at most so many products are solved product by product, longer ones factor by factor
_PRODUCTS_A_FACTOR = 20  # with fewer, factors learn single products by heart
_GROUP = 64  # scores of which only the highest is looked at first


@dataclass(eq=False)
class ImplicitFactors:
    """Customers and products as vectors whose product is near 1 where a customer bought, near 0 elsewhere.

    What was bought is trusted ``1 + alpha`` times as much as what was not. The vector of a history is worked out anew
    each time from the products' vectors, so that customers who were not learnt from have one as well; there, a product
    ``a`` places back counts ``exp(-a / places)``.

    Parameters
    ----------
    places : float, optional
        How fast a history fades, in events; None: not at all.
    visits : bool
        Count fading in visits (events of one moment are one) instead of events.
    factors : int
        Length of the vectors; never more than one for every 20 products that were bought, two at least.
    alpha : float
    ridge : float
        How much vectors are held back.
    rounds : int
        How often customers and products are solved in turn.

    References
    ----------
    Y. Hu, Y. Koren, C. Volinsky, "Collaborative Filtering for Implicit Feedback Datasets", ICDM 2008.
    G. Takács, I. Pilászy, D. Tikk, "Applications of the Conjugate Gradient Method for Implicit Feedback Collaborative
    Filtering", RecSys 2011.

    Examples
    --------
    >>> world = Histories.from_lists([[0, 1], [0, 1], [2, 3], [2, 3]], n_items=4)
    >>> maker = ImplicitFactors(factors=4).fit(world, Items(4))
    >>> maker.candidates(Histories.from_lists([[3]], n_items=4), 1).items.tolist()
    [[2]]
    """

    places: float | None = 2.0
    visits: bool = False
    factors: int = 128
    alpha: float = 20.0
    ridge: float = 1.0
    rounds: int = 10
    vectors: Any = None
    answers: Any = None

    name: ClassVar[str] = "implicit_factors"

    def fit(self, histories: Histories, items: Items, *, seed: int = 0) -> Self:
        """Solve customers and products in turn, each side by conjugate gradients over all of its rows at once."""
        table = histories.decayed(None)
        table.eliminate_zeros()
        turned = sparse.csr_array(table.T)
        draw = np.random.default_rng(seed)
        width = min(self.factors, max(int((np.diff(turned.indptr) > 0).sum()) // _PRODUCTS_A_FACTOR, 2))
        shape = (items.n_items, width)
        vectors = (draw.standard_normal(shape, np.float32) * np.float32(0.1)) if table.nnz else np.zeros(shape)
        vectors = np.asarray(vectors, np.float32)
        vectors[np.diff(turned.indptr) == 0] = 0
        people = np.zeros((len(histories), width), np.float32)
        for _ in range(self.rounds if table.nnz else 0):
            people = _solved(table, vectors, people, self.alpha, self.ridge)
            vectors = _solved(turned, people, vectors, self.alpha, self.ridge)
        self.vectors, self.answers = vectors, None
        self._prepare()
        return self

    def scores(self, histories: Histories) -> Floats:
        """Score every product for every history, of shape (histories, n_items)."""
        return _without_faint(self.fold_in(histories) @ self.vectors.T)

    def candidates(self, histories: Histories, k: int, *, skip_seen: bool = True, seed: int = 0) -> Candidates:
        """Return the k best products of each history; equal scores come in a random order."""
        people, n_items = self.fold_in(histories), len(self.vectors)
        shuffled = np.random.default_rng(seed).permutation(n_items)
        vectors, place = self.vectors[shuffled], np.argsort(shuffled)
        parts = []
        for run in blocks(np.full(len(histories), n_items), most=_TABLE):
            table = _without_faint(people[run] @ vectors.T)
            if skip_seen:
                seen = histories.take(np.arange(run.start, run.stop)).seen()
                rows = np.repeat(np.arange(table.shape[0]), np.diff(seen.indptr))
                table[rows, place[seen.indices]] = 0
            found = _best_of_wide(table, k, seed=seed)
            named = np.where(found.items >= 0, shuffled[np.maximum(found.items, 0)], NONE)
            parts.append(Candidates(named.astype(np.int32), found.scores))
        if not parts:
            return Candidates(np.empty((0, k), np.int32), np.empty((0, k), np.float32))
        return Candidates(*(np.concatenate(both) for both in zip(*parts, strict=True)))

    def score_pairs(self, histories: Histories, items: ItemNumbers) -> Floats:
        """Score given products, of shape (histories, m), -1 for none."""
        people, out = self.fold_in(histories), np.zeros(items.shape, np.float32)
        for run in blocks(np.full(len(histories), max(items.shape[1], 1) * self.vectors.shape[1]), most=_TABLE):
            wanted = self.vectors[np.maximum(items[run], 0)]
            out[run] = _without_faint(np.matmul(wanted, people[run, :, None])[:, :, 0])
        out[items < 0] = 0
        return out

    def reasons(self, histories: Histories, items: ItemNumbers) -> list[list[Share]]:
        """Say which events one product each comes from, largest first: the score is a sum over the history."""
        told: list[list[Share]] = []
        for row, item in enumerate(items):
            alone = histories.take([row])
            presence = self._presence(alone)
            if item < 0 or not presence.nnz:
                told.append([])
                continue
            had = presence.indices
            own = self.vectors[had].astype(np.float64)
            count = self.alpha * presence.data.astype(np.float64)
            system = self._base() + (own * count[:, None]).T @ own
            parts = presence.data * (own @ np.linalg.solve(system, self.vectors[item]))
            total = float(parts[parts > 0].sum())  # what speaks against a product is no reason
            newest = {int(product): place for place, product in enumerate(alone.row(0))}
            found = zip(had, parts, strict=True)
            shares = [Share(newest[int(product)], float(part) / total) for product, part in found if part > 0]
            told.append(sorted(shares, key=lambda share: -share.share))
        return told

    def fold_in(self, histories: Histories) -> Floats:
        """Return the vector of each history, of shape (histories, factors); zeros for an empty one."""
        presence = self._presence(histories)
        lengths = np.diff(presence.indptr)
        out = np.zeros((len(histories), self.vectors.shape[1]), np.float32)
        for rows, width in _alike(lengths):
            out[rows] = self._folded(presence, rows, width)
        for row in np.flatnonzero(lengths > _SHORT):
            span = slice(presence.indptr[row], presence.indptr[row + 1])
            own, much = self.vectors[presence.indices[span]].astype(np.float64), presence.data[span].astype(np.float64)
            system = self._base() + (own * (self.alpha * much)[:, None]).T @ own
            out[row] = np.linalg.solve(system, own.T @ ((1 + self.alpha) * much))
        return out

    def state(self) -> dict[str, Any]:
        """Return plain values and arrays from which `from_state` makes the same maker again."""
        return {key: value for key, value in vars(self).items() if key != "answers"}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Make a maker again from what `state` gave."""
        maker = cls(**state)
        if maker.vectors is not None:
            maker._prepare()
        return maker

    def _base(self) -> Doubles:
        """Return what all customers' equations share, of shape (factors, factors)."""
        vectors = self.vectors.astype(np.float64)
        return np.asarray(vectors.T @ vectors + self.ridge * np.eye(vectors.shape[1]))

    def _prepare(self) -> None:
        """Keep what each product adds to a customer of whom nothing else is known, of shape (n_items, factors)."""
        self.answers = np.linalg.solve(self._base(), self.vectors.T.astype(np.float64)).T.astype(np.float32)

    def _presence(self, histories: Histories) -> Any:
        table = histories.decayed(self.places, visits=self.visits)
        table.data[table.data < _FAINT] = 0
        table.eliminate_zeros()
        return table

    def _folded(self, presence: Any, rows: Any, width: int) -> Doubles:
        """Return the vectors of histories of at most ``width`` products, by equations of that size.

        With K products times products under the shared equations and r how present each is, what each product of the
        history adds is the solution of (I + alpha r K) y = (1 + alpha) r; products that are not there have r = 0.
        """
        place = presence.indptr[rows][:, None] + np.arange(width)
        there = place < presence.indptr[rows + 1][:, None]
        place = np.minimum(place, presence.data.size - 1)
        had, much = presence.indices[place], np.where(there, presence.data[place], 0).astype(np.float64)
        answers = self.answers[had].astype(np.float64)
        shared = np.matmul(answers, self.vectors[had].astype(np.float64).transpose(0, 2, 1))
        system = np.eye(width) + (self.alpha * much)[:, :, None] * shared
        added = np.linalg.solve(system, (1 + self.alpha) * much[:, :, None])
        return np.asarray(np.matmul(added.transpose(0, 2, 1), answers)[:, 0])


def _alike(lengths: Any) -> Iterator[tuple[Any, int]]:
    """Yield histories of about the same length, with the longest length among them."""
    low = 0
    for high in (1, 2, 4, 8, 16, 32, _SHORT):
        rows = np.flatnonzero((lengths > low) & (lengths <= high))
        most = max(_TABLE // (high * 256), 1)
        for start in range(0, rows.size, most):
            yield rows[start : start + most], high
        low = high


def _without_faint(table: Any) -> Floats:
    """Return scores without those that differ from 0 by rounding only."""
    table = np.asarray(table, np.float32)
    table[np.abs(table) < _FAINT] = 0
    return np.asarray(table)


def _solved(table: Any, other: Floats, start: Floats, alpha: float, ridge: float, *, steps: int = 3) -> Floats:
    """Return the vectors of all rows given those of the columns: conjugate gradients, every row at once.

    A row's equations are (V'V + ridge I + alpha sum r v v') x = (1 + alpha) sum r v over what it has.
    """
    shared = other.T @ other
    shared[np.diag_indices_from(shared)] += np.float32(ridge)
    out = np.empty_like(start)
    for run in blocks(np.diff(table.indptr) + 1, most=max(_TABLE // other.shape[1], 1)):
        part = sparse.csr_array(table[run])
        rows = np.repeat(np.arange(part.shape[0]), np.diff(part.indptr))
        own = other[part.indices]
        trust = np.float32(alpha) * part.data

        def spread(values: Any, part: Any = part) -> Any:
            return sparse.csr_array((values, part.indices, part.indptr), shape=part.shape) @ other

        def product(x: Any, own: Any = own, rows: Any = rows, trust: Any = trust, spread: Any = spread) -> Any:
            return x @ shared + spread(trust * np.einsum("ef,ef->e", own, x[rows]))

        x = start[run].copy()
        rest = spread(np.float32(1 + alpha) * part.data) - product(x)
        direction, size = rest.copy(), np.einsum("rf,rf->r", rest, rest)
        for _ in range(steps):
            ahead = product(direction)
            length = size / np.maximum(np.einsum("rf,rf->r", direction, ahead), np.float32(1e-20))
            x += length[:, None] * direction
            rest -= length[:, None] * ahead
            before, size = size, np.einsum("rf,rf->r", rest, rest)
            direction = rest + (size / np.maximum(before, np.float32(1e-20)))[:, None] * direction
        x[np.diff(part.indptr) == 0] = 0
        out[run] = x
    return out


def _best_of_wide(table: Floats, k: int, *, seed: int) -> Candidates:
    """Return what `best_of` does, in wide tables by way of the highest score of each group of products.

    The k best are in the k groups whose highest scores are highest.
    """
    rows, n_items = table.shape
    groups = n_items // _GROUP
    if groups < 4 * k:
        return best_of(table, k, seed=seed)
    high = table[:, : groups * _GROUP].reshape(rows, groups, _GROUP).max(axis=2)
    best = np.argpartition(-high, k - 1, axis=1)[:, :k].astype(np.int64)
    among = (best[:, :, None] * _GROUP + np.arange(_GROUP)).reshape(rows, -1)
    among = np.hstack([among, np.broadcast_to(np.arange(groups * _GROUP, n_items), (rows, n_items % _GROUP))])
    found = best_of(np.take_along_axis(table, among, axis=1), k, seed=seed)
    places = np.take_along_axis(among, np.maximum(found.items, 0).astype(np.int64), axis=1)
    return Candidates(np.where(found.items >= 0, places, NONE).astype(np.int32), found.scores)
