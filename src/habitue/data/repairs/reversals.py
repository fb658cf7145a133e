"""Negative lines paired with the sales they take back (D102, D103).

References
----------
Greedy in time: each negative line takes the latest sale of the same customer and product that still has exactly as many
pieces, else the latest that has more. Lines that come later never change a pair, so the pairs known at a moment are
those of all data up to it.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from habitue.engine import Engine

__all__ = ["Reversals", "pair_reversals", "take_back"]

_OWN_ORDER_LOOK = 100  # sales of the same order that are looked at first, newest first
_DIGITS = 9  # pieces may be kilograms: what is left is rounded, so that 0.3 - 0.1 equals 0.2

Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Reversals:
    """Which negative line takes back which sale.

    Parameters
    ----------
    marks : ibis table
        ``source``, ``source_row``, ``reversed_at`` on sales that are fully taken back; ``reversal_of`` and
        ``taken_aside`` (the sale is set aside) on negative lines; ``pair_code`` on both.
    paired : dict of str to int
        Code of the negative line → how many were paired.
    soon : int
        Large sales that were taken back within a day.
    """

    marks: Any
    paired: dict[str, int]
    soon: int


class _Shelf:
    """What one customer has of one product: sales with the pieces left of each."""

    __slots__ = ("by_left", "by_order", "left")

    def __init__(self) -> None:
        self.left: dict[int, float] = {}
        self.by_left: dict[float, list[int]] = {}
        self.by_order: dict[int, list[int]] = {}

    def put(self, sale: int, order: int, pieces: float) -> None:
        self._lay(sale, pieces)
        self.by_order.setdefault(order, []).append(sale)

    def take(self, order: int, pieces: float) -> tuple[int, bool]:
        """Take pieces back; return the sale (-1: none) and whether nothing of it is left."""
        sale = self._choose(order, pieces)
        if sale < 0:
            return sale, False
        had = self.left.pop(sale)
        same = self.by_left[had]
        del same[bisect_left(same, sale)]
        if not same:
            del self.by_left[had]
        rest = round(had - pieces, _DIGITS)
        if rest > 0:
            self._lay(sale, rest)
        return sale, rest <= 0

    def _lay(self, sale: int, pieces: float) -> None:
        self.left[sale] = pieces
        insort(self.by_left.setdefault(pieces, []), sale)

    def _choose(self, order: int, pieces: float) -> int:
        own = [sale for sale in self.by_order.get(order, ())[-_OWN_ORDER_LOOK:] if self.left.get(sale, 0) >= pieces]
        if own:
            return max(own, key=lambda sale: (self.left[sale] == pieces, sale))
        if pieces in self.by_left:
            return self.by_left[pieces][-1]
        return max((sales[-1] for left, sales in self.by_left.items() if left > pieces), default=-1)


def take_back(rows: Iterator[tuple[int, int, float]], count: int) -> tuple[Places, Places]:
    """Pair negative lines with sales.

    Parameters
    ----------
    rows : iterator of (group, order, quantity)
        Groups (a customer and a product) one after the other, each in time order.
    count : int
        How many rows there are.

    Returns
    -------
    finished_by, taken : arrays of int
        Per row: the negative line that took the last piece of this sale back; the sale this negative line takes back.
        -1 where there is none.

    Examples
    --------
    >>> finished_by, taken = take_back(iter([(1, 1, 5.0), (1, 2, 2.0), (1, 3, -2.0), (1, 4, -4.0)]), 4)
    >>> finished_by.tolist(), taken.tolist()
    ([-1, 2, -1, -1], [-1, -1, 1, 0])
    """
    finished_by = np.full(count, -1, dtype=np.int64)
    taken = np.full(count, -1, dtype=np.int64)
    current, shelf = -1, _Shelf()
    for place, (group, order, quantity) in enumerate(rows):
        if group != current:
            current, shelf = group, _Shelf()
        if quantity > 0:
            shelf.put(place, order, round(quantity, _DIGITS))
            continue
        sale, emptied = shelf.take(order, round(-quantity, _DIGITS))
        taken[place] = sale
        if emptied:
            finished_by[sale] = place
    return finished_by, taken


def pair_reversals(rows: Any, *, large: float, engine: Engine) -> Reversals:
    """Pair the negative lines among ``rows`` with the sales they take back.

    Parameters
    ----------
    rows : ibis table
        Lines that take part: ``source``, ``source_row``, ``customer_id``, ``product_id``, ``order_id``, ``quantity``,
        ``known_at``, ``ordered_at``, ``aside`` (set aside by status), ``code`` (of negative lines).
    large : float
        From how many pieces on a sale is large.
    engine : Engine
    """
    table = engine.to_arrow(_groups(rows))
    finished_by, taken = take_back(_rows(table), table.num_rows)
    sales, negatives = np.flatnonzero(finished_by >= 0), np.flatnonzero(taken >= 0)
    ended = table.take(pa.array(finished_by[sales]))
    begun = table.take(pa.array(taken[negatives]))
    code = pc.take(table["code"], pa.array(negatives))
    marks = pa.concat_tables(
        [
            _marks(table.take(pa.array(sales)), ended["code"], reversed_at=ended["known_at"]),
            _marks(table.take(pa.array(negatives)), code, reversal_of=begun["source_row"], aside=begun["aside"]),
        ]
    )
    counts = {each["values"].as_py(): each["counts"].as_py() for each in pc.value_counts(code)}
    return Reversals(engine.from_arrow(marks), counts, _soon(table, sales, ended, large))


def _groups(rows: Any) -> Any:
    """Return all lines of a customer and a product of which something was taken back, in time order."""
    known = rows.filter(rows.customer_id.notnull(), rows.product_id.notnull(), rows.quantity != 0)
    negative = known.filter(known.quantity < 0).select("customer_id", "product_id").distinct()
    part = known.semi_join(negative, ["customer_id", "product_id"])
    group = part.select(
        "source", "source_row", "quantity", "known_at", "aside", "code", "customer_id", "product_id", "ordered_at",
        order=part.order_id.hash(),
        # A day's sales come before a day's returns where the time of day is not known.
        back=part.quantity < 0,
    )  # fmt: skip
    first = ["customer_id", "product_id"]
    return group.order_by([*first, "known_at", "ordered_at", "back", "source_row", "source"])


def _rows(table: pa.Table) -> Iterator[tuple[int, int, float]]:
    """Read the rows batch by batch; a group is numbered anew when its customer or product changes."""
    group, before = 0, None
    names = ("customer_id", "product_id", "order", "quantity")
    for batch in table.select(names).to_batches(max_chunksize=100_000):
        columns = (batch.column(name).to_pylist() for name in names)
        for customer, product, order, quantity in zip(*columns, strict=True):
            if (customer, product) != before:
                group, before = group + 1, (customer, product)
            yield group, order, quantity


def _marks(rows: pa.Table, code: Any, **values: Any) -> pa.Table:
    fields = {"reversed_at": pa.timestamp("us"), "reversal_of": pa.int64(), "aside": pa.bool_()}
    columns = {name: values.get(name, pa.nulls(rows.num_rows, kind)) for name, kind in fields.items()}
    return pa.table(
        {
            "source": rows["source"],
            "source_row": rows["source_row"],
            "reversed_at": columns["reversed_at"],
            "reversal_of": columns["reversal_of"],
            "taken_aside": columns["aside"],
            "pair_code": code,
        }
    )


def _soon(table: pa.Table, sales: Places, ended: pa.Table, large: float) -> int:
    if not len(sales):
        return 0
    sold = table.take(pa.array(sales))
    waited = pc.subtract(ended["known_at"], sold["known_at"]).cast(pa.int64()).to_numpy()
    pieces = sold["quantity"].to_numpy()
    return int(np.sum((pieces > large) & (waited <= 86_400_000_000)))
