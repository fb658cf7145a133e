"""Attributes: products like those a customer had, by brand, category, words or vectors; reaches what nobody bought."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse

from habitue.models.recommend.histories import Histories
from habitue.models.recommend.maker import Candidates, Items, Share, best_of
from habitue.models.recommend.sparse_lists import best_of_rows, blocks, pack, strongest, unpack

__all__ = ["AttributeNext", "AttributeSimilarity"]

Floats = npt.NDArray[np.float32]
ItemNumbers = npt.NDArray[np.int32]

_TABLE = 8_000_000  # scores looked at together
_FOLLOWERS = 200  # attributes that an attribute keeps as its followers


@dataclass(eq=False)
class AttributeSimilarity:
    """Products that share rare attributes with what the customer had lately.

    A product is the row of its attributes, each weighed by ln(products / (1 + products that have it)), of length 1; a
    profile is the sum of a history's products, faded with ``exp(-a / places)``; the score is their product. Vectors of
    a text or picture encoder, where given, count beside, of length 1 too.

    Parameters
    ----------
    places : float, optional
        How fast a history fades, in events; None: not at all.
    events : int, optional
        Only so many newest events count.
    popularity : float
        By how much of its score the best seller is lifted over a product that nobody bought.
    vector_share : float
        What the vectors count against the attributes, from 0 to 1.

    Examples
    --------
    >>> kinds = sparse.csr_array(np.array([[1, 0], [1, 0], [0, 1], [0, 1]]))
    >>> maker = AttributeSimilarity().fit(Histories.from_lists([[0]], n_items=4), Items(4, attributes=kinds))
    >>> maker.candidates(Histories.from_lists([[3]], n_items=4), 2).items.tolist()
    [[2, -1]]
    """

    places: float | None = 2.0
    events: int | None = None
    popularity: float = 0.05
    vector_share: float = 0.5
    profile: Any = None
    reach: Any = None
    vectors: Any = None
    lift: Any = None

    name: ClassVar[str] = "attribute_similarity"
    reads_items: ClassVar[bool] = True  # knows products that nobody bought

    def fit(self, histories: Histories, items: Items, *, seed: int = 0) -> Self:
        """Weigh the attributes; nothing is learnt from histories but how often products sell."""
        del seed  # nothing is drawn
        table = _weighed(items)
        self.profile, self.reach = table, sparse.csr_array(table.T)
        self.vectors = None
        if items.vectors is not None:
            length = np.linalg.norm(items.vectors, axis=1, keepdims=True)
            self.vectors = (items.vectors / np.where(length > 0, length, 1)).astype(np.float32)
        counts = np.log1p(histories.counts())
        self.lift = (1 + self.popularity * counts / max(float(counts.max(initial=0)), 1)).astype(np.float32)
        return self

    def scores(self, histories: Histories) -> Floats:
        """Score every product for every history, of shape (histories, n_items)."""
        presence = self._presence(histories)
        out = np.asarray(((presence @ self.profile) @ self.reach).toarray(), np.float32)
        if self.vectors is not None:
            liked = presence @ self.vectors @ self.vectors.T
            out = (1 - self.vector_share) * out + self.vector_share * np.maximum(liked, 0)
        return np.asarray(out * self.lift, np.float32)

    def candidates(self, histories: Histories, k: int, *, skip_seen: bool = True, seed: int = 0) -> Candidates:
        """Return the k best products of each history; equal scores come in a random order."""
        parts = []
        for run in blocks(np.full(len(histories), self.lift.size), most=_TABLE):
            some = histories.take(np.arange(run.start, run.stop))
            seen = some.seen() if skip_seen else None
            if self.vectors is not None:
                parts.append(best_of(self.scores(some), k, hidden=seen, seed=seed))
                continue
            table = sparse.csr_array((self._presence(some) @ self.profile) @ self.reach)
            table.data *= self.lift[table.indices]
            parts.append(best_of_rows(table, k, hidden=seen, seed=seed))
        if not parts:
            return Candidates(np.empty((0, k), np.int32), np.empty((0, k), np.float32))
        return Candidates(*(np.concatenate(both) for both in zip(*parts, strict=True)))

    def score_pairs(self, histories: Histories, items: ItemNumbers) -> Floats:
        """Score given products, of shape (histories, m), -1 for none."""
        presence, out = self._presence(histories), np.zeros(items.shape, np.float32)
        liked = sparse.csr_array(presence @ self.profile)
        for run in blocks(np.full(len(histories), max(liked.shape[1], items.shape[1] * 8)), most=_TABLE):
            out[run] = _products(liked[run], self._answers(), items[run])
            if self.vectors is not None:
                close = np.einsum("rf,rmf->rm", presence[run] @ self.vectors, self.vectors[np.maximum(items[run], 0)])
                out[run] = (1 - self.vector_share) * out[run] + self.vector_share * np.maximum(close, 0)
        return np.where(items >= 0, out * self.lift[np.maximum(items, 0)], 0).astype(np.float32)

    def _answers(self) -> Any:
        """Return how each product answers a profile, of shape (n_items, attributes)."""
        return self.profile

    def reasons(self, histories: Histories, items: ItemNumbers) -> list[list[Share]]:
        """Say which events one product each comes from, largest first."""
        told = []
        for row, item in enumerate(items):
            alone = histories.take([row])
            presence = self._presence(alone)
            shape = (presence.nnz, presence.shape[1])
            each = sparse.csr_array((presence.data, presence.indices, np.arange(presence.nnz + 1)), shape=shape)
            parts = self._parts(each, int(item)) if item >= 0 else np.zeros(presence.nnz)
            newest = {int(product): place for place, product in enumerate(alone.row(0))}
            total = float(np.sum(parts))
            found = zip(presence.indices, parts, strict=True)
            shares = [Share(newest[int(product)], float(part) / total) for product, part in found if part > 0]
            told.append(sorted(shares, key=lambda share: -share.share))
        return told

    def among_new(self, new: npt.NDArray[np.bool_]) -> Self:
        """Return the maker for some products alone, all held to be new: never bought by anybody."""
        other = copy.copy(self)
        other.lift = np.where(new, 1, 0).astype(np.float32)
        other.reach = sparse.csr_array(self.reach.multiply(other.lift[None, :]))
        other.reach.eliminate_zeros()
        return other

    def state(self) -> dict[str, Any]:
        """Return plain values and arrays from which `from_state` makes the same maker again."""
        return {key: pack(value) if sparse.issparse(value) else value for key, value in vars(self).items()}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Make a maker again from what `state` gave."""
        return cls(**{key: unpack(value) if isinstance(value, Mapping) else value for key, value in state.items()})

    def _presence(self, histories: Histories) -> Any:
        kept = histories if self.events is None else histories.last(self.events)
        return kept.decayed(self.places)

    def _parts(self, presence: Any, item: int) -> Any:
        """Return what each history adds to one product."""
        one = np.full((presence.shape[0], 1), item, np.int32)
        out = _products(sparse.csr_array(presence @ self.profile), self._answers(), one)[:, 0]
        if self.vectors is not None:
            close = presence @ (self.vectors @ self.vectors[item])
            out = (1 - self.vector_share) * out + self.vector_share * close
        return out


@dataclass(eq=False)
class AttributeNext(AttributeSimilarity):
    """What kind of product follows what kind: like ``AttributeSimilarity``, across attributes that follow each other.

    How strongly one attribute follows another is counted over neighbouring events of customers, over what each is
    found with anyway to the power ``exponent``.

    Parameters
    ----------
    exponent : float
        How much is taken away from attributes that follow everything.
    """

    exponent: float = 0.5
    answers: Any = None

    name: ClassVar[str] = "attribute_next"

    def fit(self, histories: Histories, items: Items, *, seed: int = 0) -> Self:
        """Count which attributes follow which."""
        super().fit(histories, items, seed=seed)
        self.vectors = None
        rows = histories.rows
        next_to = np.flatnonzero(np.diff(rows) == 0)
        step = (np.ones(next_to.size, np.float32), (histories.items[next_to], histories.items[next_to + 1]))
        pairs = sparse.csr_array(step, shape=(items.n_items, items.n_items))
        follow = sparse.coo_array(self.profile.T @ pairs @ self.profile)
        first, second = follow.coords
        before, after = (np.asarray(follow.sum(axis=axis)).ravel() for axis in (1, 0))
        value = follow.data / (np.maximum(before[first], 1e-9) * np.maximum(after[second], 1e-9)) ** self.exponent
        table = strongest(sparse.csr_array((value, (first, second)), shape=follow.shape), _FOLLOWERS)
        self.answers = self.profile
        self.profile = sparse.csr_array(self.profile @ table).astype(np.float32)
        return self

    def _answers(self) -> Any:
        return self.answers


def _weighed(items: Items) -> Any:
    """Return the attributes of products, the rare ones more, each row of length 1."""
    if items.attributes is None:
        return sparse.csr_array((items.n_items, 1), dtype=np.float32)
    table = sparse.csr_array(items.attributes > 0).astype(np.float32)
    spread = np.bincount(table.indices, minlength=table.shape[1])
    table.data *= np.maximum(np.log(items.n_items / (1 + spread)), 1e-3)[table.indices].astype(np.float32)
    length = np.sqrt(np.asarray(table.multiply(table).sum(axis=1)).ravel())
    rows = np.repeat(np.arange(items.n_items), np.diff(table.indptr))
    table.data /= np.where(length > 0, length, 1)[rows].astype(np.float32)
    return table


def _products(liked: Any, products: Any, items: ItemNumbers) -> Floats:
    """Return the products of each history's profile with the rows of given products."""
    table = liked.toarray()
    wanted = sparse.csr_array(products[np.maximum(items, 0).ravel()])
    pair = np.repeat(np.arange(items.size), np.diff(wanted.indptr))
    much = wanted.data * table[pair // items.shape[1], wanted.indices]
    return np.bincount(pair, much, items.size).reshape(items.shape).astype(np.float32)
