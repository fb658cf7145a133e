"""What customers bought order by order, as arrays that can be asked from any moment before."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from habitue.data.snapshot import Snapshot

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["History", "Shelf", "blocks", "buyers", "day_of", "drawn", "read_blocks", "read_history"]

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]

_DAY_US = 86_400_000_000


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
        Places in ``names``.
    names : tuple of str, length c
    """

    products: tuple[str, ...]
    category_of: Ints
    names: tuple[str, ...]

    @classmethod
    def of(cls, products: pa.Table, names: Sequence[str]) -> Shelf:
        """Make a shelf from a table of product_id and category."""
        place = {name: at for at, name in enumerate(names)}
        of = np.array([place[name] for name in products["category"].to_pylist()], dtype=np.int64)
        return cls(tuple(products["product_id"].to_pylist()), of, tuple(names))


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
        return self._kept(self.when < day)

    def first_from(self, day: float, until: float) -> History:
        """Return each customer's first order in ``[day, until)``."""
        inside = np.flatnonzero((self.when >= day) & (self.when < until))
        _, first = np.unique(self.who[inside], return_index=True)
        kept = np.zeros(len(self.who), dtype=bool)
        kept[inside[first]] = True
        return self._kept(kept)

    def of(self, customers: Any) -> History:
        """Return the orders of some customers, given by their places."""
        return self._kept(np.isin(self.who, customers))

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

    Where there are several blocks the lines are kept in the database once with customers and products as numbers: each
    block then looks at one short column instead of reading the shop's file again.
    """
    if len(customers) <= size:
        yield read_history(shop, snapshot, customers, shelf)
        return
    engine = shop.engine
    people = engine.from_arrow(_numbered("customer_id", "who", customers))
    goods = engine.from_arrow(_numbered("product_id", "product", shelf.products))
    lines = _lines(snapshot).select("customer_id", "order_id", "product_id", "ordered_at")
    joined = lines.inner_join(people, "customer_id").inner_join(goods, "product_id")
    kept = engine.keep(joined.select("who", "product", "order_id", "ordered_at"))
    try:
        for start in range(0, len(customers), size):
            block = customers[start : start + size]
            own = kept.filter(kept.who >= start, kept.who < start + len(block))
            yield _history_of(_block(shop, own, start), tuple(block), shelf)
    finally:
        for each in (kept, people, goods):
            engine.drop(each)


def _numbered(name: str, number: str, values: Sequence[str]) -> pa.Table:
    return pa.table({name: pa.array(values, pa.string()), number: np.arange(len(values), dtype=np.int32)})


def _block(shop: Shop, own: Any, start: int) -> pd.DataFrame:
    """Return who, when, product and whether an order begins, sorted by customer, time and order number."""
    rows = own.group_by("who", "order_id", "product").agg(ordered_at=own.ordered_at.min())
    by_order = ibis.window(group_by=["who", "order_id"])
    rows = rows.mutate(ordered_at=rows.ordered_at.min().over(by_order))
    found = shop.engine.to_arrow(rows.order_by("who", "ordered_at", "order_id", "product")).combine_chunks()
    who = found["who"].to_numpy().astype(np.int64) - start
    number = found["order_id"].combine_chunks()
    new = np.ones(len(who), dtype=bool)
    if len(who):
        other = pc.not_equal(number.slice(1), number.slice(0, len(number) - 1)).to_numpy(zero_copy_only=False)
        new[1:] = (who[1:] != who[:-1]) | other
    when = found["ordered_at"].cast(pa.timestamp("us")).cast(pa.int64()).to_numpy() / _DAY_US
    return pd.DataFrame({"who": who, "when": when, "product": found["product"].to_numpy().astype(np.int64), "new": new})


def _history_of(frame: pd.DataFrame, customers: tuple[str, ...], shelf: Shelf) -> History:
    new, product = frame["new"].to_numpy(), frame["product"].to_numpy()
    order = np.cumsum(new) - 1
    first = frame[new]
    ones = np.ones(len(order))
    categories = sparse.csr_matrix((ones, (order, shelf.category_of[product])), shape=(len(first), len(shelf.names)))
    categories.data[:] = 1.0
    items = sparse.csr_matrix((ones, (order, product)), shape=(len(first), len(shelf.products)))
    return History(
        customers, shelf, first["who"].to_numpy(), first["when"].to_numpy(dtype=np.float64), categories, items
    )


def read_history(shop: Shop, snapshot: Snapshot, customers: Sequence[str], shelf: Shelf) -> History:
    """Read the orders of some customers from a snapshot or window.

    Parameters
    ----------
    shop : Shop
    snapshot : Snapshot
    customers : sequence of str
        Sorted.
    shelf : Shelf
        Must hold every product in the snapshot.
    """
    lines = _lines(snapshot)
    wanted = shop.engine.from_arrow(pa.table({"customer_id": pa.array(customers, pa.string())}))
    own = lines.semi_join(wanted, "customer_id")
    rows = own.group_by("customer_id", "order_id", "product_id").agg(ordered_at=own.ordered_at.min())
    frame: pd.DataFrame = shop.engine.to_arrow(rows).to_pandas()
    frame["when"] = frame["ordered_at"].astype("datetime64[us]").astype("int64") / _DAY_US
    frame["when"] = frame.groupby(["customer_id", "order_id"])["when"].transform("min")
    frame = frame.sort_values(["customer_id", "when", "order_id", "product_id"], kind="stable").reset_index(drop=True)
    new = frame["customer_id"].ne(frame["customer_id"].shift()) | frame["order_id"].ne(frame["order_id"].shift())
    frame["new"] = new.to_numpy()
    frame["product"] = pd.Index(shelf.products).get_indexer(pd.Index(frame["product_id"])).astype(np.int64)
    frame["who"] = pd.Index(customers).get_indexer(pd.Index(frame["customer_id"])).astype(np.int64)
    return _history_of(frame, tuple(customers), shelf)


def _lines(snapshot: Snapshot) -> Any:
    lines = snapshot.purchases
    return lines.filter(lines.is_product, ~lines.product_id.isnull())  # noqa: PD003 - Ibis
