"""Repurchase: which products a customer buys again, and when, from the time since each was bought last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse

from habitue.errors import DataError
from habitue.models.recommend.histories import Histories
from habitue.models.recommend.maker import Candidates, Items, Share
from habitue.models.recommend.sparse_lists import best_of_rows

__all__ = ["Repurchase"]

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
ItemNumbers = npt.NDArray[np.int32]

# Time since a purchase over the usual gap: where the chance of buying again is counted anew.
_EDGES = np.array([0, 0.1, 0.25, 0.5, 0.7, 0.85, 1, 1.15, 1.3, 1.5, 2, 3, 5, 10])
_TIMES = 4  # bought once, twice, three times, four times and more are told apart
_SHRINK_STEP = 5.0  # purchases that the shop as a whole counts for against a chance counted in one place


class _Spells(NamedTuple):
    """Times from a purchase of a product to the next one of the same by the same customer, or to the end."""

    rows: npt.NDArray[np.int64]
    items: ItemNumbers
    lasted: Doubles
    again: npt.NDArray[np.bool_]  # False: not bought again until the end
    times: npt.NDArray[np.int64]  # how often it had been bought when the spell began, this time included
    gaps: npt.NDArray[np.int64]  # of the same customer and product before the spell
    log_gaps: Doubles  # their logarithms added up

    def under_way(self) -> _Spells:
        """Return the spells that did not end in a purchase yet."""
        each: Any = [column[~self.again] for column in self]
        return _Spells(*each)


@dataclass(eq=False)
class Repurchase:
    """Chance that a customer buys a product again soon; proposes only what the customer had.

    How likely a purchase is at each moment follows from the time since the last one over the usual gap, and from how
    often it was bought, counted over the whole shop; each product at each time since, and each customer, buys again
    more or less than that by a factor. Usual gaps and factors lean on the shop as long as little is known. Ask for
    candidates with ``skip_seen=False``. Where days are unknown, time is counted in events of the customer.

    Parameters
    ----------
    horizon : float
        How soon, in days; in events where days are unknown.
    shrink : float
        Purchases that the shop as a whole counts for against those of one product or customer.
    today : float, optional
        The day asked about; the newest day learnt from when not given, and never before a customer's newest event.

    References
    ----------
    R. Bhagat, S. Muralidharan, A. Lobzhanidze, S. Vishwanath, "Buy It Again: Modeling Repeat Purchase
    Recommendations", KDD 2018.

    Examples
    --------
    >>> world = Histories.from_lists([[0, 0, 0, 1]], n_items=2, days=[[0.0, 10.0, 20.0, 20.0]])
    >>> Repurchase(horizon=12.0).fit(world, Items(2)).candidates(world, 2, skip_seen=False).items.tolist()
    [[0, 1]]
    """

    horizon: float = 30.0
    shrink: float = 5.0
    today: float | None = None
    by_days: bool = True
    until: float = 0.0
    shop_gap: float = 0.0
    item_gaps: Any = None
    item_rates: Any = None
    hazard: Any = None

    name: ClassVar[str] = "repurchase"

    def fit(self, histories: Histories, items: Items, *, seed: int = 0) -> Self:
        """Count who bought what again after how long, and who did not until the end."""
        del seed  # nothing is drawn
        self.by_days = histories.days is not None
        self.until = float(histories.days.max(initial=0)) if histories.days is not None else 0.0
        spells = _spells(histories, np.full(len(histories), self.until) if self.by_days else histories.lengths - 1.0)
        done, n_items = spells.again, items.n_items
        logs = np.where(done, np.log(np.maximum(spells.lasted, 1e-9)), 0)
        usual = float(logs[done].mean()) if done.any() else float(np.log(max(self.horizon, 1e-9)))
        self.shop_gap = usual
        sums, numbers = np.bincount(spells.items, logs, n_items), np.bincount(spells.items, done, n_items)
        self.item_gaps = ((sums + self.shrink * usual) / (numbers + self.shrink)).astype(np.float64)
        # What a spell turned out to be may not tell how long it usually is.
        without = (sums[spells.items] - logs + self.shrink * usual) / (numbers[spells.items] - done + self.shrink)
        lasted = spells.lasted / np.exp(self._gap(spells, without))
        self.hazard = _hazard(lasted, done, spells.times)
        self.item_rates = self._rates(spells, lasted, n_items)
        return self

    def scores(self, histories: Histories) -> Floats:
        """Score every product for every history, of shape (histories, n_items): the chance, 0 for what it has not."""
        return np.asarray(self._chances(histories).toarray(), np.float32)

    def candidates(self, histories: Histories, k: int, *, skip_seen: bool = True, seed: int = 0) -> Candidates:
        """Return the k products that each customer most likely buys again; none where seen ones are left out."""
        return best_of_rows(self._chances(histories), k, hidden=histories.seen() if skip_seen else None, seed=seed)

    def score_pairs(self, histories: Histories, items: ItemNumbers) -> Floats:
        """Score given products, of shape (histories, m), -1 for none."""
        return _looked_up(self._chances(histories), items)

    def usual_gaps(self, histories: Histories, items: ItemNumbers) -> tuple[Floats, Floats]:
        """Return after how long each customer usually buys each product again, and how long ago the last time was.

        Both are of shape (histories, m), in days (in events where days are unknown); -1 where the customer had not the
        product.
        """
        newest = self._known(histories).under_way()
        gap = np.exp(self._gap(newest, self.item_gaps[newest.items]))
        told = []
        for value in (gap, newest.lasted):
            table = _table(newest, value + 1, len(histories), self.item_gaps.size)
            told.append(_looked_up(table, items) - 1)
        return told[0], told[1]

    def reasons(self, histories: Histories, items: ItemNumbers) -> list[list[Share]]:
        """Say which events one product each comes from: the customer's purchases of it, in equal shares."""
        told = []
        for row, item in enumerate(items):
            places = np.flatnonzero(histories.row(row) == item)[::-1]
            told.append([Share(int(place), 1 / places.size) for place in places])
        return told

    def state(self) -> dict[str, Any]:
        """Return plain values and arrays from which `from_state` makes the same maker again."""
        return dict(vars(self))

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Make a maker again from what `state` gave."""
        return cls(**state)

    def _rates(self, spells: _Spells, lasted: Doubles, n_items: int) -> Doubles:
        """Return how much more each product is bought again than the shop's are, of shape (n_items, steps)."""
        expected = self.hazard[_kinds(spells.times)] * _spent(lasted)
        steps = np.arange(_EDGES.size)
        had = np.stack([np.bincount(spells.items, expected[:, step], n_items) for step in steps], axis=1)
        place = spells.items.astype(np.int64) * steps.size + _steps(lasted)
        bought = np.bincount(place, spells.again, n_items * steps.size).reshape(had.shape)
        whole = (bought.sum(axis=1) + self.shrink) / (had.sum(axis=1) + self.shrink)
        return np.asarray((bought + self.shrink * whole[:, None]) / (had + self.shrink))

    def _gathered(self, lasted: Doubles, spells: _Spells) -> Doubles:
        """Return how many purchases are to be expected from the last one until so many usual gaps after it."""
        pace = self.hazard[_kinds(spells.times)] * self.item_rates[spells.items]
        return np.asarray(np.einsum("es,es->e", pace, _spent(lasted)))

    def _gap(self, spells: _Spells, of_item: Doubles) -> Doubles:
        """Return the logarithm of the gap to be expected: the customer's own, leaning on the product's."""
        lean = 2.0
        return np.asarray((spells.log_gaps + lean * of_item) / (spells.gaps + lean))

    def _ends(self, histories: Histories) -> Doubles:
        """Return the moment asked about, of each customer."""
        if not self.by_days:
            return np.asarray(histories.lengths, np.float64)
        if histories.days is None:
            raise DataError("repurchase was learnt by days, these histories have none", expected="days")
        now = np.full(len(histories), self.until if self.today is None else self.today)
        some = histories.lengths > 0
        now[some] = np.maximum(now[some], histories.days[histories.starts[1:][some] - 1])
        return now

    def _known(self, histories: Histories) -> _Spells:
        kept = histories if self.by_days else Histories(histories.starts, histories.items, histories.n_items)
        return _spells(kept, self._ends(histories))

    def _chances(self, histories: Histories) -> Any:
        """Return the chance of every product that a customer had, of shape (histories, n_items)."""
        spells = self._known(histories)
        gap = np.exp(self._gap(spells, self.item_gaps[spells.items]))
        gathered = self._gathered(spells.lasted / gap, spells)
        customers = len(histories)
        expected = np.bincount(spells.rows, gathered, customers)
        keen = (np.bincount(spells.rows, spells.again, customers) + self.shrink) / (expected + self.shrink)
        ahead = self._gathered((spells.lasted + self.horizon) / gap, spells) - gathered
        chance = -np.expm1(-keen[spells.rows] * np.maximum(ahead, 0))
        return _table(spells.under_way(), chance[~spells.again], customers, self.item_gaps.size)


def _spells(histories: Histories, ends: Any) -> _Spells:
    """Return all spells; a product that comes twice at one moment was bought once."""
    rows, items = histories.rows, histories.items
    moments = histories.days
    if moments is None:
        moments = (np.arange(items.size) - histories.starts[:-1][rows]).astype(np.float64)
    order = np.lexsort((moments, items, rows))
    if histories.weights is not None:
        order = order[histories.weights[order] > 0]
    rows, items, moments = rows[order], items[order], moments[order]
    fresh = np.ones(rows.size, bool)
    fresh[1:] = (np.diff(rows) != 0) | (np.diff(items) != 0) | (np.diff(moments) > 0)
    rows, items, moments = rows[fresh], items[fresh], moments[fresh]
    again = np.zeros(rows.size, bool)
    again[:-1] = (np.diff(rows) == 0) & (np.diff(items) == 0)
    lasted = np.asarray(ends, np.float64)[rows] - moments
    lasted[:-1] = np.where(again[:-1], np.diff(moments), lasted[:-1])
    lasted = np.maximum(lasted, 0)
    first = np.ones(rows.size, bool)
    first[1:] = ~again[:-1]
    begun = np.flatnonzero(first)[np.cumsum(first) - 1]
    times = np.arange(rows.size) - begun + 1
    total = np.concatenate([[0], np.cumsum(np.where(again, np.log(np.maximum(lasted, 1e-9)), 0))])
    return _Spells(rows, items, lasted, again, times, times - 1, total[:-1] - total[begun])


def _hazard(lasted: Doubles, again: Any, times: Any) -> Doubles:
    """Return purchases per usual gap, by how often bought before and time since: of shape (times, steps)."""
    kind, step, steps = _kinds(times), _steps(lasted), _EDGES.size
    bought = np.bincount(kind * steps + step, again, _TIMES * steps).reshape(_TIMES, steps)
    at_risk = np.stack([_spent(lasted[kind == each]).sum(axis=0) for each in range(_TIMES)])
    usual = (bought.sum() + 0.5) / (at_risk.sum() + 1)
    of_step = (bought.sum(axis=0) + _SHRINK_STEP) / (at_risk.sum(axis=0) + _SHRINK_STEP / usual)
    of_times = (bought.sum(axis=1) + _SHRINK_STEP) / ((at_risk * of_step).sum(axis=1) + _SHRINK_STEP)
    lean = of_step * of_times[:, None]
    return np.asarray((bought + _SHRINK_STEP) / (at_risk + _SHRINK_STEP / lean))


def _kinds(times: Any) -> Any:
    return np.minimum(times, _TIMES) - 1


def _steps(lasted: Doubles) -> Any:
    return np.searchsorted(_EDGES, lasted, side="right") - 1


def _spent(lasted: Doubles) -> Doubles:
    """Return how long each spell was in each step, of shape (spells, steps)."""
    return np.asarray(np.clip(lasted[:, None] - _EDGES, 0, np.append(np.diff(_EDGES), np.inf)))


def _table(spells: _Spells, values: Any, customers: int, n_items: int) -> Any:
    """Return values of customers and products as a sparse table."""
    entries = (np.asarray(values, np.float32), (spells.rows, spells.items))
    return sparse.csr_array(entries, shape=(customers, n_items))


def _looked_up(table: Any, items: ItemNumbers) -> Floats:
    """Return entries of a table, of the shape of the products asked for; 0 where there is none."""
    keys = np.repeat(np.arange(table.shape[0]), np.diff(table.indptr)) * table.shape[1] + table.indices
    order = np.argsort(keys)
    keys = keys[order]
    wanted = np.arange(len(items))[:, None] * table.shape[1] + np.maximum(items, 0)
    if not keys.size:
        return np.zeros(items.shape, np.float32)
    at = np.minimum(np.searchsorted(keys, wanted), keys.size - 1)
    return np.where((keys[at] == wanted) & (items >= 0), table.data[order][at], 0).astype(np.float32)
