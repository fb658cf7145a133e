"""What customers bought order by order, as arrays that can be asked from any moment before."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from scipy import sparse

from habitue.data.snapshot import Snapshot

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["History", "Shelf", "blocks", "buyers", "day_of", "drawn", "products_of", "read_blocks", "read_history"]

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]

_DAY_US = 86_400_000_000
_READ = 100_000  # customers whose lines are in memory at a time
_PACKED_CUSTOMERS = 1 << 17  # so many fit into a number together with what tells orders apart


def day_of(moment: datetime) -> float:
    """Return a moment as days since 1970."""
    return (moment - datetime(1970, 1, 1)) / timedelta(days=1)


@dataclass(frozen=True)
class Shelf:
    """The products known and their categories.

    Attributes
    ----------
    products : tuple of str, length p
        Sorted.
    category_of : array of shape (p,)
        Places in ``names``; -1 for a product that came later and fits nowhere.
    names : tuple of str, length c
    """

    products: tuple[str, ...]
    category_of: Ints
    names: tuple[str, ...]

    @classmethod
    def of(cls, products: pa.Table, names: Sequence[str]) -> Shelf:
        """Make a shelf from a table of product_id and category."""
        place = {name: at for at, name in enumerate(names)}
        of = np.array([place.get(name, -1) for name in products["category"].to_pylist()], dtype=np.int64)
        return cls(tuple(products["product_id"].to_pylist()), of, tuple(names))

    def more(self, products: pa.Table) -> Shelf:
        """Put products that came later behind the known ones."""
        known = set(self.products)
        new = Shelf.of(
            products.filter(pa.array([name not in known for name in products["product_id"].to_pylist()])), self.names
        )
        return Shelf(self.products + new.products, np.concatenate([self.category_of, new.category_of]), self.names)


@dataclass(frozen=True)
class History:
    """Orders of some customers, sorted by customer, time and order number.

    Attributes
    ----------
    customers : tuple of str, length n
    shelf : Shelf
    who : array of shape (orders,)
        Place of the order's customer in ``customers``.
    when : array of shape (orders,)
        Days since 1970.
    categories : sparse matrix, orders × categories
        1 for each category in the order.
    items : sparse matrix, orders × products
        1 for each product in the order.
    """

    customers: tuple[str, ...]
    shelf: Shelf
    who: Ints
    when: Floats
    categories: Any
    items: Any

    def before(self, day: float) -> History:
        """Return the orders strictly before a day; customers keep their places."""
        kept = self.when < day
        return self if kept.all() else self._kept(kept)

    def first_from(self, day: float, until: float) -> History:
        """Return each customer's first order in ``[day, until)``."""
        inside = np.flatnonzero((self.when >= day) & (self.when < until))
        _, first = np.unique(self.who[inside], return_index=True)
        kept = np.zeros(len(self.who), dtype=bool)
        kept[inside[first]] = True
        return self._kept(kept)

    def of(self, customers: Any) -> History:
        """Return the orders of some customers, given by their places."""
        wanted = np.zeros(len(self.customers), dtype=bool)
        wanted[customers] = True
        kept = wanted[self.who]
        return self if kept.all() else self._kept(kept)

    def part(self, start: int, stop: int) -> History:
        """Return customers from one place to before another, who get new places from 0."""
        orders = slice(*np.searchsorted(self.who, [start, stop]))
        return History(
            self.customers[start:stop],
            self.shelf,
            self.who[orders] - start,
            self.when[orders],
            self.categories[orders],
            self.items[orders],
        )

    def _kept(self, rows: Any) -> History:
        return History(
            self.customers,
            self.shelf,
            self.who[rows],
            self.when[rows],
            self.categories[rows],
            self.items[rows],
        )

    def summed(self, per_order: Any, matrix: Any) -> Any:
        """Add up a matrix over each customer's orders, weighted: customers × columns, sparse."""
        orders = len(self.who)
        adding = sparse.csr_matrix((per_order, (self.who, np.arange(orders))), shape=(len(self.customers), orders))
        return adding @ matrix

    def by_customer(self, matrix: Any, per_order: Any = None) -> Any:
        """Put each customer's orders into one line, weighted, as `summed`; what comes twice stays there twice."""
        first = np.searchsorted(self.who, np.arange(len(self.customers) + 1))
        data = matrix.data if per_order is None else np.repeat(per_order, np.diff(matrix.indptr)) * matrix.data
        shape = (len(self.customers), matrix.shape[1])
        return sparse.csr_matrix((data, matrix.indices, matrix.indptr[first]), shape=shape)

    @property
    def spread(self) -> Any:
        """Each order spread evenly over its categories."""
        size = np.asarray(self.categories.sum(axis=1)).ravel()
        return sparse.diags(1.0 / np.maximum(size, 1.0)) @ self.categories


def buyers(shop: Shop, as_of: datetime) -> list[str]:
    """Return every customer who bought a product before a moment, sorted."""
    lines = _lines(shop.at(as_of))
    found = shop.engine.to_arrow(lines.select("customer_id").distinct())["customer_id"].to_pylist()
    return sorted(found)


def drawn(customers: Sequence[str], most: int) -> list[str]:
    """Draw customers by their ids: the same ones whatever else is known."""
    if len(customers) <= most:
        return list(customers)
    by_chance = sorted(customers, key=lambda name: (zlib.crc32(name.encode()), name))
    return sorted(by_chance[:most])


def blocks(customers: Sequence[str], size: int) -> Iterator[list[str]]:
    """Cut customers into blocks whose history fits into memory."""
    for start in range(0, len(customers), size):
        yield list(customers[start : start + size])


def read_blocks(shop: Shop, snapshot: Snapshot, customers: Sequence[str], shelf: Shelf, size: int) -> Iterator[History]:
    """Read the orders of all customers, block by block; see `read_history`.

    Where there are many customers the lines are kept in the database once with customers and products as numbers: each
    part then looks at one short column instead of reading the shop's file again.
    """
    if len(customers) <= _READ:
        whole = read_history(shop, snapshot, customers, shelf)
        yield from (whole.part(start, start + size) for start in range(0, len(customers), size))
        return
    engine = shop.engine
    with _numbered(shop, snapshot, customers, shelf) as numbered:
        kept = engine.keep(numbered)
        try:
            for start in range(0, len(customers), _READ):
                names = tuple(customers[start : start + _READ])
                own = kept.filter(kept.who >= start, kept.who < start + len(names))
                whole = _history_of(engine.to_arrow(own), start, names, shelf)
                yield from (whole.part(first, first + size) for first in range(0, len(names), size))
        finally:
            engine.drop(kept)


def read_history(shop: Shop, snapshot: Snapshot, customers: Sequence[str], shelf: Shelf) -> History:
    """Read the orders of some customers from a snapshot or window.

    Parameters
    ----------
    shop : Shop
    snapshot : Snapshot
    customers : sequence of str
        Sorted.
    shelf : Shelf
        What it does not hold is left out.
    """
    with _numbered(shop, snapshot, customers, shelf) as numbered:
        return _history_of(shop.engine.to_arrow(numbered), 0, tuple(customers), shelf)


@contextmanager
def _numbered(shop: Shop, snapshot: Snapshot, customers: Sequence[str], shelf: Shelf) -> Iterator[Any]:
    """Lines with customers, products and orders as numbers."""
    engine = shop.engine
    people = engine.from_arrow(_places("customer_id", "who", customers))
    goods = engine.from_arrow(_places("product_id", "product", shelf.products))
    try:
        joined = _lines(snapshot).inner_join(people, "customer_id").inner_join(goods, "product_id")
        yield joined.select("who", "product", "ordered_at", "order_id", number=joined.order_id.hash())
    finally:
        for each in (people, goods):
            engine.drop(each)


def _places(name: str, number: str, values: Sequence[str]) -> pa.Table:
    return pa.table({name: pa.array(values, pa.string()), number: np.arange(len(values), dtype=np.int32)})


def _history_of(lines: pa.Table, start: int, customers: tuple[str, ...], shelf: Shelf) -> History:
    """Put lines, in whatever order they come, into orders: an order begins with its first line."""
    who, product = (lines[name].to_numpy().astype(np.int64) for name in ("who", "product"))
    number = lines["number"].to_numpy().astype(np.uint64)
    when = lines["ordered_at"].cast(pa.timestamp("us")).cast(pa.int64()).to_numpy()
    who -= start
    # Customer and order in one number, which is sorted faster than two; 46 bits tell the orders of a customer apart.
    packed = (who << 46) | (number >> np.uint64(18)).astype(np.int64)
    place = np.argsort(packed) if len(customers) <= _PACKED_CUSTOMERS else np.lexsort((number, who))
    packed = packed[place]
    new = np.ones(len(place), dtype=bool)
    new[1:] = packed[1:] != packed[:-1]
    first = np.flatnonzero(new)
    begun = np.minimum.reduceat(when[place], first) if len(first) else np.zeros(0, dtype=np.int64)
    owner = who[place][first]
    by_time = _in_time(owner, begun, lambda orders: lines["order_id"].take(pa.array(place[first[orders]])))
    turn = np.empty(len(first), dtype=np.int64)
    turn[by_time] = np.arange(len(first))
    order = np.empty(len(place), dtype=np.int64)
    order[place] = turn[np.cumsum(new) - 1]
    items = sparse.csr_matrix((np.ones(len(order)), (order, product)), shape=(len(first), len(shelf.products)))
    items.data[:] = 1.0
    return History(customers, shelf, owner[by_time], begun[by_time] / _DAY_US, _categories_of(items, shelf), items)


def _in_time(owner: Ints, begun: Ints, names: Callable[[Ints], pa.ChunkedArray]) -> Ints:
    """Return the places of orders by customer and time; the few of one instant by their numbers."""
    by_time = np.lexsort((begun, owner))
    same = (owner[by_time][1:] == owner[by_time][:-1]) & (begun[by_time][1:] == begun[by_time][:-1])
    if not same.any():
        return by_time
    tied = by_time[np.r_[False, same] | np.r_[same, False]]
    rank = np.zeros(len(owner), dtype=np.int64)
    rank[tied] = np.unique(np.array(names(tied).to_pylist(), dtype=str), return_inverse=True)[1]
    return np.lexsort((rank, begun, owner))


def _categories_of(items: Any, shelf: Shelf) -> Any:
    """Orders × categories from orders × products."""
    category = shelf.category_of[items.indices]
    order = np.repeat(np.arange(items.shape[0]), np.diff(items.indptr))[category >= 0]
    shape = (items.shape[0], len(shelf.names))
    found = sparse.csr_matrix((np.ones(len(order)), (order, category[category >= 0])), shape=shape)
    found.data[:] = 1.0
    return found


def products_of(shop: Shop, snapshot: Snapshot) -> list[str]:
    """Return every product that was bought, sorted."""
    lines = _lines(snapshot)
    return sorted(shop.engine.to_arrow(lines.select("product_id").distinct())["product_id"].to_pylist())


def _lines(snapshot: Snapshot) -> Any:
    lines = snapshot.purchases
    return lines.filter(lines.is_product, ~lines.product_id.isnull())
