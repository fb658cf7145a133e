"""Together or instead: which products go into one basket, and which the same people buy in place of each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse, special

from habitue.errors import DataError
from habitue.models.recommend.attributes import AttributeSimilarity
from habitue.models.recommend.histories import Histories
from habitue.models.recommend.maker import Items
from habitue.models.recommend.neighbours import NEAREST, NeighbourLists
from habitue.models.recommend.sparse_lists import blocks, strongest

__all__ = ["BoughtTogether", "Relations", "Substitutes", "relations"]

Doubles = npt.NDArray[np.float64]

_PAIRS = 8_000_000  # pairs looked at together
_SHRINK = 2.0  # joint purchases that "as often as by chance" counts for
_LONGEST = 500  # newest events of a customer that are counted
_ALIKE = 0.5  # likeness of attributes or vectors from which products may stand in for each other
_RARELY = 0.1  # share of the rarer product's baskets that products alike may have in common


class Relations(NamedTuple):
    """How products go with each other: two tables of shape (n_items, n_items), each product's 200 strongest.

    ``complements`` holds how many times more often than by chance two products are in one basket, leaning on 1;
    ``substitutes`` holds from 0 to 1 how much two products stand in for each other.
    """

    complements: Any
    substitutes: Any


def relations(histories: Histories, items: Items, *, baskets: Any = None, certainty: float = 0.999) -> Relations:
    """Find products that are bought together, and products that are bought instead of each other.

    A pair counts as bought together when it is in one basket more often than by chance even at the lower bound of its
    lift. Chance respects that large baskets hold many pairs. Substitutes are never bought together in this sense. They
    are either bought by the same people more often than by chance, in one category where categories are known, and in
    one basket less often than these people's baskets would make it by chance, even at the upper bound; or alike by
    attributes or vectors and hardly ever in one basket.

    Parameters
    ----------
    histories : Histories
    items : Items
    baskets : int array of shape (events,), optional
        The basket of each event; events of one customer and moment are one basket when not given, and without days
        every event is its own.
    certainty : float
        Of the bounds, between 0.5 and 1.

    Returns
    -------
    Relations

    References
    ----------
    W. DuMouchel, "Bayesian Data Mining in Large Frequency Tables", The American Statistician 53, 1999.
    J. McAuley, R. Pandey, J. Leskovec, "Inferring Networks of Substitutable and Complementary Products", KDD 2015.

    Examples
    --------
    >>> rows, days = [[0, 1, 2]] * 40 + [[3, 4]] * 30, [[0.0, 0.0, 5.0]] * 40 + [[0.0, 7.0]] * 30
    >>> found = relations(Histories.from_lists(rows, n_items=5, days=days), Items(5))
    >>> bool(found.complements[0, 1] > 1), bool(found.substitutes[0, 2] > 0), bool(found.substitutes[0, 1] > 0)
    (True, True, False)
    """
    held = _Counted.of(histories, items, baskets)
    alike = AttributeSimilarity().fit(histories, items)
    joint_parts, instead_parts = [], []
    for run in blocks(held.work() + _likeness_work(alike), most=_PAIRS):
        joint = _without_self(held.of_basket[run] @ held.baskets, run)
        shared = _without_self(held.of_person[run] @ held.people, run)
        row, column = joint.coords
        lift, low, _ = _bounds(joint.data, held.chance_in_baskets(row + run.start, column), certainty)
        often = _kept(np.where(low > 1, lift, 0), row, column, joint.shape)
        joint_parts.append(strongest(often, NEAREST))
        instead = _instead_of(held, (joint, shared), run, certainty).maximum(_alike_rarely(held, alike, joint, run))
        # What is bought together is never a substitute, whatever else speaks for it.
        instead = sparse.csr_array(instead - instead.multiply(often > 0))
        instead.eliminate_zeros()
        instead_parts.append(strongest(instead, NEAREST))
    if not joint_parts:
        empty = sparse.csr_array((items.n_items, items.n_items), dtype=np.float32)
        return Relations(empty, empty.copy())
    both = (sparse.csr_array(sparse.vstack(parts, format="csr")) for parts in (joint_parts, instead_parts))
    return Relations(*both)


@dataclass(eq=False)
class BoughtTogether(NeighbourLists):
    """What goes into one basket with what the customer had last: see `relations`.

    Parameters
    ----------
    places, events, visits
        As in ``SequentialNeighbours``; the newest basket counts most.
    certainty : float
        As in `relations`.
    """

    places: float | None = 1.0
    visits: bool = True
    certainty: float = 0.999

    name: ClassVar[str] = "bought_together"

    def fit(self, histories: Histories, items: Items, *, seed: int = 0, baskets: Any = None) -> Self:
        """Find out what is bought together; ``baskets`` as in `relations`."""
        del seed  # nothing is drawn
        self.lists = relations(histories, items, baskets=baskets, certainty=self.certainty).complements
        return self


@dataclass(eq=False)
class Substitutes(NeighbourLists):
    """What stands in for what the customer had last: see `relations`.

    Parameters
    ----------
    places, events, visits
        As in ``SequentialNeighbours``.
    certainty : float
        As in `relations`.
    """

    certainty: float = 0.999

    name: ClassVar[str] = "substitutes"

    def fit(self, histories: Histories, items: Items, *, seed: int = 0, baskets: Any = None) -> Self:
        """Find out what is bought instead of what; ``baskets`` as in `relations`."""
        del seed  # nothing is drawn
        self.lists = relations(histories, items, baskets=baskets, certainty=self.certainty).substitutes
        return self


@dataclass(frozen=True, slots=True, eq=False)
class _Counted:
    """Which products are in which baskets, and which people had them."""

    baskets: Any  # baskets x products, 1 or nothing
    people: Any  # customers x products, 1 or nothing
    own: Any  # customers x products: baskets with the product, so scaled that products of columns are those expected
    of_basket: Any  # the same tables with products as rows
    of_person: Any
    of_own: Any
    categories: Any

    @classmethod
    def of(cls, histories: Histories, items: Items, baskets: Any) -> _Counted:
        rows, products = histories.rows, histories.items
        if baskets is None:
            moments = np.arange(products.size) if histories.days is None else histories.days
        else:
            moments = np.asarray(baskets)
            if moments.shape != products.shape:
                raise DataError(f"{moments.size} baskets for {products.size} events", expected="one an event")
        recent = histories.ages < _LONGEST
        rows, products, moments = rows[recent], products[recent], moments[recent]
        order = np.lexsort((products, moments, rows))
        rows, products, moments = rows[order], products[order], moments[order]
        other = np.ones(rows.size, bool)
        other[1:] = (np.diff(rows) != 0) | (np.diff(moments) != 0)
        basket = np.cumsum(other) - 1
        owner, count = rows[other], int(other.sum())
        table = _once(basket, products, (count, items.n_items))
        sizes = np.diff(table.indptr).astype(np.float64)
        pairs = np.bincount(owner, sizes * (sizes - 1), len(histories))
        total = np.bincount(owner, sizes, len(histories))
        belongs = sparse.csr_array((np.ones(count), (owner, np.arange(count))), shape=(len(histories), count))
        own = sparse.csr_array((belongs @ table).multiply((np.sqrt(pairs) / np.maximum(total, 1))[:, None]))
        people = _once(rows, products, (len(histories), items.n_items))
        of_basket, of_person, of_own = (sparse.csr_array(each.T) for each in (table, people, own))
        return cls(table, people, own, of_basket, of_person, of_own, items.categories)

    def work(self) -> Doubles:
        """Return how many pairs each product makes, about."""
        sides = ((self.of_basket, self.baskets), (self.of_person, self.people))
        return np.asarray(sum(each @ np.diff(table.indptr).astype(np.float64) for each, table in sides)) + 1

    def chance_in_baskets(self, one: Any, other: Any) -> Doubles:
        return _chance(self.baskets, self.of_basket, one, other)

    def chance_of_people(self, one: Any, other: Any) -> Doubles:
        return _chance(self.people, self.of_person, one, other)


def _once(rows: Any, columns: Any, shape: tuple[int, int]) -> Any:
    table = sparse.csr_array((np.ones(rows.size), (rows, columns)), shape=shape)
    table.data[:] = 1
    return table


def _chance(table: Any, turned: Any, one: Any, other: Any) -> Doubles:
    """Return how many rows would hold both products if products fell into rows of these sizes by chance."""
    sizes, numbers = np.diff(table.indptr).astype(np.float64), np.diff(turned.indptr).astype(np.float64)
    rate = (sizes * (sizes - 1)).sum() / max(sizes.sum() ** 2, 1.0)
    return np.asarray(numbers[one] * numbers[other] * rate)


def _bounds(found: Any, expected: Any, certainty: float) -> tuple[Doubles, Doubles, Doubles]:
    """Return how much more often than expected, leaning on 1, with lower and upper bound."""
    shape, rate = found + _SHRINK, expected + _SHRINK
    low, high = (special.gammaincinv(shape, level) / rate for level in (1 - certainty, certainty))
    return shape / rate, low, high


def _without_self(table: Any, run: slice) -> Any:
    """Return a block of pairs without those of a product with itself."""
    table = sparse.coo_array(table)
    row, column = table.coords
    good = row + run.start != column
    return sparse.coo_array((table.data[good], (row[good], column[good])), shape=table.shape)


def _kept(values: Any, row: Any, column: Any, shape: tuple[int, int]) -> Any:
    good = values > 0
    return sparse.csr_array((values[good].astype(np.float32), (row[good], column[good])), shape=shape)


def _instead_of(held: _Counted, pairs: tuple[Any, Any], run: slice, certainty: float) -> Any:
    """Return pairs that the same people buy, yet not in one basket: by how much less than expected, from 0 to 1."""
    joint, shared = pairs
    row, column = shared.coords
    _, low, _ = _bounds(shared.data, held.chance_of_people(row + run.start, column), certainty)
    good = low > 1
    if held.categories is not None:
        good &= (held.categories[row + run.start] == held.categories[column]) & (held.categories[column] >= 0)
    row, column = row[good], column[good]
    expected = _entries(held.of_own[run] @ held.own, row, column)
    ratio, _, high = _bounds(_entries(joint, row, column), expected, certainty)
    return _kept(np.where(high < 1, 1 - ratio, 0), row, column, shared.shape)


def _alike_rarely(held: _Counted, alike: AttributeSimilarity, joint: Any, run: slice) -> Any:
    """Return pairs alike by attributes or vectors that are hardly ever in one basket: their likeness."""
    likeness = sparse.csr_array(alike.profile[run] @ alike.reach)
    if alike.vectors is not None:
        close = alike.vectors[run] @ alike.vectors.T
        likeness = likeness.maximum(sparse.csr_array(np.where(close >= _ALIKE, close, 0)))
    likeness = _without_self(likeness, run)
    row, column = likeness.coords
    numbers = np.diff(held.of_basket.indptr)
    rarer = np.minimum(numbers[row + run.start], numbers[column])
    share = _entries(joint, row, column) / np.maximum(rarer, 1)
    fits = (likeness.data >= _ALIKE) & (share <= _RARELY)
    return _kept(np.where(fits, np.minimum(likeness.data, 1) * (1 - share), 0), row, column, likeness.shape)


def _entries(table: Any, row: Any, column: Any) -> Doubles:
    """Return entries of a sparse table, 0 where there is none."""
    if not row.size:
        return np.zeros(0)
    return np.asarray(sparse.csr_array(table)[row, column], np.float64).ravel()


def _likeness_work(alike: AttributeSimilarity) -> Any:
    """Return how many products each is compared with, about."""
    if alike.vectors is not None:
        return np.full(len(alike.vectors), float(len(alike.vectors)))
    pattern = sparse.csr_array(alike.profile > 0).astype(np.float64)
    return pattern @ np.asarray(pattern.sum(axis=0)).ravel()
