"""Linear makers in closed form: which products speak for which, all weighed against each other at once."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.linalg import lapack

from habitue.errors import ConfigError
from habitue.models.recommend.histories import Histories
from habitue.models.recommend.maker import Items, Share
from habitue.models.recommend.neighbours import NeighbourLists

__all__ = ["Ease", "SequentialEase"]

Floats = npt.NDArray[np.float32]
ItemNumbers = npt.NDArray[np.int32]

_BLOCK = 1024  # products looked at together


@dataclass(eq=False)
class _ClosedForm(NeighbourLists):
    """Weights between products from one inversion of products times products; the part that both kinds share."""

    ridge: float = 50.0
    nearest: int = 200

    most_items: ClassVar[int] = 20_000  # bought products: their table takes 1.6 GB, its inversion some minutes

    @classmethod
    def can_fit(cls, histories: Histories) -> bool:
        """Say whether so many products can be weighed against each other: at most 20,000 that were bought."""
        return int((histories.counts() > 0).sum()) <= cls.most_items

    def fit(self, histories: Histories, items: Items, *, seed: int = 0) -> Self:
        """Weigh all bought products against each other and keep the weights of each that say most.

        Raises
        ------
        ConfigError
            When more than 20,000 products were bought, or the ridge is not above 0.
        """
        del seed  # nothing is drawn
        if self.ridge <= 0:
            raise ConfigError(f"a ridge of {self.ridge} makes no closed form", expected="above 0")
        if not self.can_fit(histories):
            raise ConfigError(
                f"{self.name} weighs at most {self.most_items:,} bought products against each other, here are "
                f"{int((histories.counts() > 0).sum()):,}",
                hint="use neighbours or factors in larger shops; `can_fit` tells beforehand",
            )
        bought = np.flatnonzero(histories.counts())
        place = np.zeros(items.n_items, np.int32)
        place[bought] = np.arange(bought.size)
        packed = Histories(
            histories.starts, place[histories.items], max(bought.size, 1), histories.days, histories.weights
        )
        lists = self._lists(packed) if bought.size else sparse.csr_array((1, 1), dtype=np.float32)
        row, column = sparse.coo_array(lists).coords
        size = (items.n_items, items.n_items)
        if not bought.size:
            self.lists = sparse.csr_array(size, dtype=np.float32)
            return self
        self.lists = sparse.csr_array((sparse.coo_array(lists).data, (bought[row], bought[column])), shape=size)
        return self

    @abstractmethod
    def _lists(self, histories: Histories) -> Any:
        """Return the weights between products, a sparse table."""

    def reasons(self, histories: Histories, items: ItemNumbers) -> list[list[Share]]:
        """Say which events one product each comes from, largest first: shares of what speaks for it."""
        presence, told = self._presence(histories), []
        for row, item in enumerate(items):
            span = slice(presence.indptr[row], presence.indptr[row + 1])
            had = presence.indices[span]
            parts = presence.data[span] * self.lists[had, [max(int(item), 0)] * had.size] if had.size else np.zeros(0)
            total = float(np.sum(parts[parts > 0]))  # weights against it are no reasons
            newest = {int(product): place for place, product in enumerate(histories.row(row))}
            found = zip(had, parts, strict=True)
            shares = [
                Share(newest[int(product)], float(part) / total) for product, part in found if part > 0 and item >= 0
            ]
            told.append(sorted(shares, key=lambda share: -share.share))
        return told


@dataclass(eq=False)
class Ease(_ClosedForm):
    """Products weighed against each other so that each is best told from all others of the same customers.

    With X the table of customers and products and P = (X'X + ridge I)^-1, product i speaks for product j with
    -P_ij / P_jj. A history counts with ``exp(-a / places)``, a = places back from its newest event.

    Parameters
    ----------
    places, events, visits
        As in ``SequentialNeighbours``.
    ridge : float
        How much weights are held back.
    nearest : int
        Weights that each product keeps: those furthest from 0.

    References
    ----------
    H. Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019.

    Examples
    --------
    >>> maker = Ease(ridge=1.0).fit(Histories.from_lists([[0, 1], [0, 1], [2, 0]], n_items=3), Items(3))
    >>> maker.candidates(Histories.from_lists([[1]], n_items=3), 2).items.tolist()
    [[0, -1]]
    """

    places: float | None = 4.0

    name: ClassVar[str] = "ease"

    def _lists(self, histories: Histories) -> Any:
        inverse = _inverse(_gram(sparse.csr_array(histories.seen())), self.ridge)
        own = inverse.diagonal().copy()

        def rows(run: slice) -> Floats:
            table = -inverse[:, run].T / own
            table[np.arange(run.stop - run.start), np.arange(run.start, run.stop)] = 0
            return np.asarray(table)

        return _kept(rows, inverse.shape[0], self.nearest)


@dataclass(eq=False)
class SequentialEase(_ClosedForm):
    """As ``Ease``, but told what came next: each step of a customer is one question with a single answer.

    Every event is a target; the events before it, at most ``reach`` places back, are what it is told from, with
    ``max(exp(-(gap - 1) / gap_places), floor)``. With S these sources and T the targets, the weights are
    (S'S + ridge I)^-1 S'T. Sources and targets are both multiplied by their sales to the power ``trend``, counted
    over the ``window_days`` before each event, or over all of the data where days are unknown.

    Parameters
    ----------
    places, events, visits, ridge, nearest
        As in ``Ease``.
    gap_places : float
        How fast sources fade with their gap to the target.
    floor : float
        What sources far back count at least.
    trend : float
        Below 0 products that sell much at the time count less.
    window_days : float
    reach : int
        Gap of the furthest source, in events.

    References
    ----------
    S. Park, M. Yoon, M. Choi, J. Lee, "Temporal Linear Item-Item Model for Sequential Recommendation", WSDM 2025.

    Examples
    --------
    >>> maker = SequentialEase(ridge=1.0).fit(Histories.from_lists([[0, 1], [0, 1], [2, 0]], n_items=3), Items(3))
    >>> maker.candidates(Histories.from_lists([[0]], n_items=3), 2).items.tolist()
    [[1, -1]]
    """

    places: float | None = 2.0
    ridge: float = 150.0
    gap_places: float = 1.0
    floor: float = 0.2
    trend: float = 0.0
    window_days: float = 180.0
    reach: int = 30

    name: ClassVar[str] = "sequential_ease"

    def _lists(self, histories: Histories) -> Any:
        sources, pairs = self._steps(histories)
        inverse = _inverse(_gram(sources), self.ridge)
        answers = sparse.csr_array(pairs.T)
        return _kept(lambda run: np.asarray((answers @ inverse[:, run]).T), inverse.shape[0], self.nearest)

    def _steps(self, histories: Histories) -> tuple[Any, Any]:
        """Return the sources of every step, of shape (events, n_items), and sources times targets."""
        items, rows, events = histories.items, histories.rows, histories.items.size
        again, weight = _places_to_again(histories), self._weights(histories)
        steps, sources, much = [], [], []
        for gap in range(1, self.reach + 1):
            source = np.arange(max(events - gap, 0))
            # A product bought again before the step counts once, at its newest place.
            source = source[(rows[source] == rows[source + gap]) & (again[source] >= gap)]
            steps.append(source + gap)
            sources.append(items[source])
            much.append((max(np.exp(-(gap - 1) / self.gap_places), self.floor) * weight[source]).astype(np.float32))
        step, source, value = (np.concatenate(each) for each in (steps, sources, much))
        n_items = histories.n_items
        table = sparse.csr_array((value, (step, source)), shape=(events, n_items))
        pairs = (value * weight[step].astype(np.float32), (source, items[step]))
        return table, sparse.csr_array(pairs, shape=(n_items, n_items))

    def _weights(self, histories: Histories) -> npt.NDArray[np.float64]:
        """Return what each event counts for how much its product sells at the time."""
        if self.trend == 0:
            return np.ones(histories.items.size)
        if histories.days is None:
            return np.asarray(histories.counts()[histories.items] ** float(self.trend))
        span = float(np.ptp(histories.days)) + self.window_days + 1
        key = histories.items * span + (histories.days - histories.days.min())
        ordered = np.sort(key)
        upto = np.searchsorted(ordered, key, side="right")
        before = np.searchsorted(ordered, key - self.window_days, side="right")
        return np.asarray((upto - before).astype(np.float64) ** self.trend)


def _places_to_again(histories: Histories) -> npt.NDArray[np.int64]:
    """Return after how many places each event's customer bought the same again; a large number where never."""
    order = np.lexsort((np.arange(histories.items.size), histories.items, histories.rows))
    out = np.full(histories.items.size, np.iinfo(np.int64).max)
    first, second = order[:-1], order[1:]
    same = (histories.rows[first] == histories.rows[second]) & (histories.items[first] == histories.items[second])
    out[first[same]] = second[same] - first[same]
    return out


def _gram(table: Any) -> Floats:
    """Return a table's columns times each other, dense, written block by block."""
    n_items = table.shape[1]
    out = np.empty((n_items, n_items), np.float32, order="F")
    columns = sparse.csr_array(table.T)
    for start in range(0, n_items, _BLOCK):
        run = slice(start, min(start + _BLOCK, n_items))
        out[:, run] = (columns[run] @ table).toarray().T
    return out


def _inverse(gram: Floats, ridge: float) -> Floats:
    """Return the inverse of products times products plus the ridge, in the same memory."""
    places = np.arange(gram.shape[0])
    gram[places, places] += np.float32(ridge)
    factor, failed = lapack.spotrf(gram, lower=1, clean=0, overwrite_a=1)
    if not failed:
        inverse, failed = lapack.spotri(factor, lower=1, overwrite_c=1)
    if failed:
        raise ConfigError(f"the ridge of {ridge} is too small for these histories", expected="a larger ridge")
    for start in range(0, places.size, _BLOCK):  # only the lower half is filled
        run = slice(start, min(start + _BLOCK, places.size))
        inverse[:start, run] = inverse[run, :start].T
        half = np.tril(inverse[run, run])
        inverse[run, run] = half + np.tril(half, -1).T
    return np.asarray(inverse)


def _kept(rows: Any, n_items: int, nearest: int) -> Any:
    """Return of rows, made block by block, the entries furthest from 0."""
    parts = []
    for start in range(0, n_items, _BLOCK):
        table = rows(slice(start, min(start + _BLOCK, n_items)))
        if nearest < n_items:
            most = np.argpartition(-np.abs(table), nearest - 1, axis=1)[:, :nearest]
        else:
            most = np.broadcast_to(np.arange(n_items), table.shape)
        most = np.sort(most, axis=1)
        value = np.take_along_axis(table, most, axis=1)
        starts = np.arange(table.shape[0] + 1) * most.shape[1]
        part = sparse.csr_array((value.ravel(), most.ravel().astype(np.int32), starts), shape=table.shape)
        part.eliminate_zeros()
        parts.append(part)
    return sparse.csr_array(sparse.vstack(parts, format="csr"))
