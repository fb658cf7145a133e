"""Pairs of customer and product: which products come into question, and what the ranker is told of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from habitue.models.recommend.histories import Histories
from habitue.models.recommend.maker import NONE, Items, Maker

__all__ = ["Scorer", "Shelf", "pretended_folds"]

Floats = npt.NDArray[np.float32]
ItemNumbers = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]

NEW_PROPOSED = 20  # products that nobody bought yet, proposed by each maker that knows them
OWN_PROPOSED = 60  # products that a customer had, where these come again
_FOLDS = 10  # of products: in training some customers are told that the products of one fold are new


@dataclass(frozen=True, slots=True, eq=False)
class Scorer:
    """A fitted maker: its name among the inputs of the ranker, and how many candidates it proposes."""

    name: str
    maker: Maker
    proposes: int
    view: Mapping[str, Any] | None = None  # settings by which it differs from the maker before it


@dataclass(frozen=True, slots=True, eq=False)
class Pretence:
    """Products that are held to be new for a customer: those of the customer's own fold."""

    of_items: npt.NDArray[np.int64]
    of_rows: npt.NDArray[np.int64]

    def among(self, items: ItemNumbers) -> Bools:
        """Say of products of shape (customers, m) which are held to be new."""
        return np.asarray((self.of_items[np.maximum(items, 0)] == self.of_rows[:, None]) & (items >= 0))

    def take(self, rows: Any) -> Pretence:
        return Pretence(self.of_items, self.of_rows[rows])


def pretended_folds(customers: int, n_items: int, *, aimed_at: Any = None, seed: int) -> Pretence:
    """Draw the products that each customer is told are new, so that a ranker learns what becomes of new products.

    Every second customer is told of none: products that are old must not suffer for it. With ``aimed_at``, the product
    each customer took, of shape (customers,), all are told, every second one that this product is new: so many are
    needed to say how often new products are found.
    """
    draw = np.random.default_rng(seed)
    folds, second = draw.integers(_FOLDS, size=customers), draw.random(customers) < 1 / 2
    of_items = draw.integers(_FOLDS, size=n_items)
    return Pretence(of_items, np.where(second, folds, -1 if aimed_at is None else of_items[aimed_at]))


class Shelf:
    """All fitted makers together: candidates of a history, and what is known of each candidate.

    Parameters
    ----------
    scorers : sequence of Scorer
    items : Items
    counts : int array of shape (n_items,)
        How often each product was bought where the makers learnt.
    """

    def __init__(self, scorers: Sequence[Scorer], items: Items, counts: Any) -> None:
        self.scorers = tuple(scorers)
        self.items = items
        self.counts = np.asarray(counts)
        mean = max(float(self.counts.mean()), 1e-9) if self.counts.size else 1.0
        self._fame = np.log1p(10 * self.counts / mean).astype(np.float32)
        self._new = self.counts == 0
        self._knows_new = [
            scorer.maker.among_new(self._new)
            for scorer in self.scorers
            if scorer.proposes and hasattr(scorer.maker, "among_new") and bool(self._new.any())
        ]

    def new_among(self, inputs: Floats) -> Bools:
        """Say of pairs, by their inputs, which products are new: bought by nobody, or held to be so."""
        return np.asarray(inputs[3 * len(self.scorers)] == 0)

    @property
    def knows_new(self) -> bool:
        """Whether any maker proposes products that nobody bought."""
        return any(scorer.proposes and hasattr(scorer.maker, "among_new") for scorer in self.scorers)

    @property
    def names(self) -> list[str]:
        """What each input of the ranker is called."""
        each = [f"{scorer.name}:{part}" for scorer in self.scorers for part in ("score", "share", "rank")]
        return [*each, *_COMMON]

    def candidates(
        self, known: Histories, *, skip_seen: bool = True, pretence: Pretence | None = None, seed: int = 0
    ) -> ItemNumbers:
        """Return the products that come into question, each once, of shape (customers, m), -1 for none."""
        found = []
        for scorer in self.scorers:
            if not scorer.proposes:
                continue
            items = scorer.maker.candidates(known, scorer.proposes, skip_seen=skip_seen, seed=seed).items
            if pretence is not None:
                items = np.where(pretence.among(items), NONE, items)
                if hasattr(scorer.maker, "among_new"):
                    found.append(self._pretended(scorer.maker, known, pretence, seed))
            found.append(items)
        found += [
            maker.candidates(known, NEW_PROPOSED, skip_seen=skip_seen, seed=seed).items for maker in self._knows_new
        ]
        if not skip_seen:
            found.append(_own(known))
        return _once(np.concatenate(found, axis=1)) if found else np.empty((len(known), 0), np.int32)

    def inputs(
        self,
        known: Histories,
        items: ItemNumbers,
        *,
        pretence: Pretence | None = None,
        rivals: ItemNumbers | None = None,
    ) -> Floats:
        """Return what the ranker is told of each pair, of shape (inputs, customers, m).

        Parameters
        ----------
        known : Histories
        items : int array of shape (customers, m)
        pretence : Pretence, optional
            Products that are held to be new.
        rivals : int array of shape (customers, candidates), optional
            The candidates that a product's rank and share are measured against; the products themselves if not given.
        """
        held_new = None if pretence is None else pretence.among(items)
        out = np.empty((len(self.names), *items.shape), np.float32)
        for place, scorer in enumerate(self.scorers):
            score = self._scored(scorer.maker, known, items, held_new)
            other = score if rivals is None else self._scored(scorer.maker, known, rivals, None)
            best = other.max(axis=1, keepdims=True, initial=0)
            out[3 * place] = score
            out[3 * place + 1] = score / np.where(best > 0, best, 1)
            out[3 * place + 2] = _ranks(score) if rivals is None else _ranks_among(score, other)
        self._common(known, items, held_new, out[3 * len(self.scorers) :])
        return out

    def _pretended(self, maker: Any, known: Histories, pretence: Pretence, seed: int) -> ItemNumbers:
        """Return candidates among the products that each customer is told are new."""
        out = np.full((len(known), NEW_PROPOSED), NONE, np.int32)
        for fold in range(_FOLDS):
            rows = np.flatnonzero(pretence.of_rows == fold)
            some = maker.among_new(pretence.of_items == fold)
            out[rows] = some.candidates(known.take(rows), NEW_PROPOSED, seed=seed).items
        return out

    def _scored(self, maker: Any, known: Histories, items: ItemNumbers, held_new: Bools | None) -> Floats:
        score = np.maximum(maker.score_pairs(known, items), 0)
        if held_new is not None:
            fresh: Any = 0
            if hasattr(maker, "among_new"):
                fresh = np.maximum(maker.among_new(np.ones(self.counts.size, bool)).score_pairs(known, items), 0)
            score = np.where(held_new, fresh, score)
        return np.asarray(score, np.float32)

    def _common(self, known: Histories, items: ItemNumbers, held_new: Bools | None, out: Floats) -> None:
        """Fill in what is known besides the makers' scores; the order is that of ``_COMMON``."""
        wanted, newest = np.maximum(items, 0), known.newest()
        last = np.maximum(newest, 0)
        out[0] = self._fame[wanted] if held_new is None else np.where(held_new, 0, self._fame[wanted])
        out[1] = np.minimum(known.lengths, 1000)[:, None]
        out[2] = np.where(newest >= 0, self._fame[last], -1)[:, None]
        out[3] = 0
        if self.items.categories is not None:
            category = self.items.categories
            out[3] = (category[wanted] == category[last][:, None]) & (category[wanted] >= 0) & (newest >= 0)[:, None]
        out[4] = np.nan
        if self.items.prices is not None:
            out[4] = np.log((self.items.prices[wanted] + 1e-6) / (self.items.prices[last] + 1e-6)[:, None])
        out[5], out[6] = self._had(known, items)

    def _had(self, known: Histories, items: ItemNumbers) -> tuple[Any, Any]:
        """Return how often a customer had each product, and how many visits ago last."""
        n_items = self.counts.size
        keys = (known.rows * n_items + known.items)[::-1]
        keys, newest, times = np.unique(keys, return_index=True, return_counts=True)
        if not keys.size:
            return 0, np.nan
        ages = known.ages_of(visits=True)[::-1][newest]
        wanted = np.arange(len(items))[:, None] * n_items + np.maximum(items, 0)
        at = np.minimum(np.searchsorted(keys, wanted), keys.size - 1)
        there = keys[at] == wanted
        return np.where(there, times[at], 0), np.where(there, ages[at], np.nan)


_COMMON = (
    "sales",
    "history",
    "sales of the newest",
    "category of the newest",
    "price against the newest",
    "times had",
    "visits since had",
)


def _own(known: Histories) -> ItemNumbers:
    """Return the products that each customer had last, each once."""
    own = known.distinct().last(OWN_PROPOSED)
    out = np.full((len(own), OWN_PROPOSED), NONE, np.int32)
    out[own.rows, own.ages] = own.items
    return out


def _once(items: ItemNumbers) -> ItemNumbers:
    """Return each row's products once, those that are there first."""
    items = np.sort(items, axis=1)
    items[:, 1:][items[:, 1:] == items[:, :-1]] = NONE
    items = -np.sort(-items, axis=1)
    most = int((items >= 0).sum(axis=1).max(initial=0))
    return np.ascontiguousarray(items[:, :most])


def _ranks(score: Floats) -> Floats:
    """Return how many products of the same row have a higher score: ties share a rank."""
    order = np.argsort(-score, axis=1, kind="stable")
    ordered = np.take_along_axis(score, order, axis=1)
    place = np.broadcast_to(np.arange(score.shape[1]), score.shape).copy()
    place[:, 1:][ordered[:, 1:] == ordered[:, :-1]] = 0
    place = np.maximum.accumulate(place, axis=1)
    out = np.empty(score.shape, np.float32)
    np.put_along_axis(out, order, place.astype(np.float32), axis=1)
    return out


def _ranks_among(score: Floats, other: Floats) -> Floats:
    """Return how many of the other scores of the same row are higher."""
    ordered = np.sort(other, axis=1)
    rows = zip(ordered, score, strict=True)
    higher = [row.size - np.searchsorted(row, mine, side="right") for row, mine in rows]
    return np.asarray(higher, np.float32).reshape(score.shape)
