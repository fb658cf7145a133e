"""Neighbours: what is bought after a product, and what the same people buy; each product keeps its 200 nearest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse

from habitue.models.recommend.histories import Histories
from habitue.models.recommend.maker import Candidates, Items, Share
from habitue.models.recommend.sparse_lists import best_of_rows, blocks, pack, strongest, unpack

__all__ = ["ItemNeighbours", "NeighbourLists", "SequentialNeighbours"]

Floats = npt.NDArray[np.float32]
ItemNumbers = npt.NDArray[np.int32]

NEAREST = 200  # neighbours a product keeps
_FAINT = 1e-5  # what counts less in a history is left out
_PAIRS = 8_000_000  # pairs of events looked at together


@dataclass(eq=False)
class NeighbourLists:
    """Score = what a history holds, times the neighbours' lists; the part that both kinds share."""

    places: float | None = 2.0
    events: int | None = None
    visits: bool = False
    lists: Any = None

    name: ClassVar[str] = ""

    def scores(self, histories: Histories) -> Floats:
        """Score every product for every history, of shape (histories, n_items)."""
        presence = self._presence(histories)
        return np.asarray((presence @ self.lists).toarray(), np.float32)

    def candidates(self, histories: Histories, k: int, *, skip_seen: bool = True, seed: int = 0) -> Candidates:
        """Return the k best products of each history; equal scores come in a random order."""
        presence = self._presence(histories)
        seen = histories.seen() if skip_seen else None
        parts = [
            best_of_rows(
                sparse.csr_array(presence[run] @ self.lists), k, hidden=None if seen is None else seen[run], seed=seed
            )
            for run in self._runs(presence)
        ]
        if not parts:
            return Candidates(np.empty((0, k), np.int32), np.empty((0, k), np.float32))
        return Candidates(*(np.concatenate(both) for both in zip(*parts, strict=True)))

    def score_pairs(self, histories: Histories, items: ItemNumbers) -> Floats:
        """Score given products, of shape (histories, m), -1 for none."""
        presence, out = self._presence(histories), np.zeros(items.shape, np.float32)
        for run in blocks(np.full(presence.shape[0], self.lists.shape[1]), most=16_000_000):
            table = (presence[run] @ self.lists).toarray()
            out[run] = np.take_along_axis(table, np.maximum(items[run], 0).astype(np.int64), axis=1)
        out[items < 0] = 0
        return out

    def reasons(self, histories: Histories, items: ItemNumbers) -> list[list[Share]]:
        """Say which events one product each comes from, largest first."""
        presence, told = self._presence(histories), []
        for row, item in enumerate(items):
            span = slice(presence.indptr[row], presence.indptr[row + 1])
            had = presence.indices[span]
            parts = presence.data[span] * self.lists[had, [max(int(item), 0)] * had.size] if had.size else np.zeros(0)
            total = float(np.sum(parts))
            newest = {int(product): place for place, product in enumerate(histories.row(row))}
            shares = [
                Share(newest[int(product)], float(part) / total)
                for product, part in zip(had, parts, strict=True)
                if part > 0 and item >= 0
            ]
            told.append(sorted(shares, key=lambda share: -share.share))
        return told

    def state(self) -> dict[str, Any]:
        """Return plain values and arrays from which `from_state` makes the same maker again."""
        settings = {key: value for key, value in vars(self).items() if key != "lists"}
        return {**settings, "lists": None if self.lists is None else pack(self.lists)}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Make a maker again from what `state` gave."""
        lists = None if state["lists"] is None else unpack(state["lists"])
        return cls(**{**state, "lists": lists})

    def _presence(self, histories: Histories) -> Any:
        kept = histories if self.events is None else histories.last(self.events)
        table = kept.decayed(self.places, visits=self.visits)
        table.data[table.data < _FAINT] = 0
        table.eliminate_zeros()
        return table

    def _runs(self, presence: Any) -> Any:
        """Yield runs of histories whose scores fit into memory."""
        reach = np.diff(self.lists.indptr).astype(np.float64)
        return blocks(np.asarray(sparse.csr_array(presence > 0) @ reach).ravel() + 1)


@dataclass(eq=False)
class SequentialNeighbours(NeighbourLists):
    """What is bought after what: a product counts the more, the closer it followed what the customer had lately.

    Every ordered pair of a customer's events at most ``reach`` places apart adds ``exp(-(gap - 1) / gap_places)``
    forwards, and ``backward`` times that backwards; a pair's strength is this sum over the products' own sums to the
    power ``exponent``. A history counts with ``exp(-a / places)``, a = places back from its newest event.

    Parameters
    ----------
    places : float, optional
        How fast a history fades, in events; None: not at all.
    events : int, optional
        Only so many newest events count.
    visits : bool
        Count gaps and fading in visits (events of one moment are one) instead of events.
    gap_places : float
        How fast a pair fades with its gap.
    backward : float
        What a pair counts in the other direction, from 0 to 1.
    exponent : float
        How much is taken away from products that follow and precede everything.
    reach : int
        Gap of the furthest pairs, in events.

    Examples
    --------
    >>> maker = SequentialNeighbours().fit(Histories.from_lists([[0, 1], [0, 1], [2, 0]], n_items=3), Items(3))
    >>> maker.candidates(Histories.from_lists([[0]], n_items=3), 2).items.tolist()
    [[1, 2]]
    """

    gap_places: float = 5.0
    backward: float = 0.2
    exponent: float = 0.3
    reach: int = 15

    name: ClassVar[str] = "sequential_neighbours"

    def fit(self, histories: Histories, items: Items, *, seed: int = 0) -> Self:
        """Count the pairs of every product, block by block, and keep its strongest."""
        del seed  # nothing is drawn
        after, before = self._sums(histories)
        weight = after + self.backward * before, before + self.backward * after
        row_share, column_share = (np.where(each > 0, each, 1.0) ** -self.exponent for each in weight)
        order = np.argsort(histories.items, kind="stable")
        starts = np.concatenate([[0], np.cumsum(histories.counts())])
        spots = histories.rows, histories.ages_of(visits=self.visits)
        parts = []
        for run in blocks(histories.counts() * 2 * self.reach, most=_PAIRS):
            mine = order[starts[run.start] : starts[run.stop]]
            table = self._counted(histories, spots, mine, run)
            table = sparse.csr_array(table.multiply(column_share[None, :]).multiply(row_share[run, None]))
            parts.append(strongest(table.astype(np.float32), NEAREST))
        empty = sparse.csr_array((items.n_items, items.n_items), dtype=np.float32)
        self.lists = sparse.csr_array(sparse.vstack(parts, format="csr")) if parts else empty
        return self

    def _sums(self, histories: Histories) -> tuple[Any, Any]:
        """Return what each product gathers as the earlier and as the later one of a pair."""
        rows, ages, n_items = histories.rows, histories.ages_of(visits=self.visits), histories.n_items
        after, before = np.zeros(n_items), np.zeros(n_items)
        for gap in range(1, self.reach + 1):
            first, second, much = self._pairs(histories.items, (rows, ages), np.arange(rows.size - gap), gap)
            after += np.bincount(first, much, n_items)
            before += np.bincount(second, much, n_items)
        return after, before

    def _pairs(self, items: Any, spots: tuple[Any, Any], first: Any, gap: int) -> tuple[Any, Any, Any]:
        """Return products of events and of those ``gap`` later, with what the pair counts."""
        rows, ages = spots
        first = first[(first >= 0) & (first < rows.size - gap)]
        first = first[(rows[first] == rows[first + gap]) & (items[first] != items[first + gap])]
        apart = np.maximum(ages[first] - ages[first + gap], 1)
        return items[first], items[first + gap], np.exp(-(apart - 1) / self.gap_places)

    def _counted(self, histories: Histories, spots: tuple[Any, Any], mine: Any, run: slice) -> Any:
        """Return the pairs of a block of products with all others."""
        size = (run.stop - run.start, histories.n_items)
        out = sparse.csr_array(size, dtype=np.float64)
        found: list[tuple[Any, Any, Any]] = []
        for gap in range(1, self.reach + 1):
            first, second, much = self._pairs(histories.items, spots, mine, gap)
            found.append((first, second, much))
            if self.backward > 0:
                first, second, much = self._pairs(histories.items, spots, mine - gap, gap)
                found.append((second, first, self.backward * much))
        row, column, much = (np.concatenate(each) for each in zip(*found, strict=True))
        return out + sparse.csr_array((much, (row - run.start, column)), shape=size)


@dataclass(eq=False)
class ItemNeighbours(NeighbourLists):
    """What the same people buy, in whatever order: shared customers over the products' own numbers.

    Strength of a pair = customers of both / ((customers of one x customers of the other) ** exponent + shrink).

    Parameters
    ----------
    places, events, visits
        As in ``SequentialNeighbours``.
    exponent : float
        0.5 is the cosine; less favours the popular.
    shrink : float
        Takes weight from pairs that few customers speak for.
    longest : int
        Newest products of a customer that are counted: nobody says more than that about what goes together.
    """

    exponent: float = 0.5
    shrink: float = 20.0
    longest: int = 500

    name: ClassVar[str] = "item_neighbours"

    def fit(self, histories: Histories, items: Items, *, seed: int = 0) -> Self:
        """Count the customers that pairs of products share, block by block, and keep each product's strongest."""
        del seed  # nothing is drawn
        kept = histories.last(self.longest).seen()
        customers = sparse.csr_array(kept.T)
        numbers = np.diff(customers.indptr).astype(np.float64)
        power = numbers**self.exponent
        work = np.asarray(customers @ np.diff(kept.indptr).astype(np.float64)).ravel()
        parts = []
        for run in blocks(work, most=_PAIRS):
            table = sparse.coo_array(customers[run] @ kept)
            row, column = table.coords
            value = table.data / (power[row + run.start] * power[column] + self.shrink)
            value[row + run.start == column] = 0
            table = sparse.csr_array((value.astype(np.float32), (row, column)), shape=table.shape)
            table.eliminate_zeros()
            parts.append(strongest(table, NEAREST))
        empty = sparse.csr_array((items.n_items, items.n_items), dtype=np.float32)
        self.lists = sparse.csr_array(sparse.vstack(parts, format="csr")) if parts else empty
        return self
