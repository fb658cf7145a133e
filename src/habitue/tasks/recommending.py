"""Recommendation as a question to a shop: what customers did before a moment, what is known of products, what came.

Reading is as of the moment: rows that happened or arrived later are not there, and titles, categories, brands, prices
and days of launch are those that were known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from habitue.data.shop import as_moment
from habitue.errors import ConfigError, NotEnoughData, did_you_mean
from habitue.models.recommend import Histories, Items
from habitue.schema import EVENT_NAMES
from habitue.tasks.product_facts import distinct_sorted, filled, known_products, places_of, product_facts

if TYPE_CHECKING:
    from habitue.data.shop import Shop
    from habitue.data.snapshot import Snapshot

__all__ = ["ACTIONS", "ShopHistories", "ShopTargets", "day_number", "read_histories", "read_targets"]

Ints = npt.NDArray[np.int64]

#: How much an action says of what a customer wants, where a purchase says 1.
ACTIONS: Mapping[str, float] = MappingProxyType({"view": 0.1, "wish": 0.3, "cart": 0.4})

_DAY_US = 86_400_000_000


@dataclass(frozen=True, eq=False)
class ShopHistories:
    """What customers did strictly before a moment, and what was known of products.

    Attributes
    ----------
    histories : Histories
        Purchases, and the actions asked for, of every customer with any; days since 1970.
    purchases : Histories
        Purchases alone, of the same customers.
    customers, products : tuple of str
        Sorted; rows and products of the histories are places in them.
    items : Items
        Words of titles, brands and categories as attributes; categories; the last price paid; the first day on sale.
    attributes : tuple of str
        What the columns of ``items.attributes`` are: a word, ``brand: …`` or ``category: …``.
    categories : tuple of str
        What the codes of ``items.categories`` are.
    on_sale : bool array of shape (products,)
        False for products that had been retired.
    as_of : datetime
    """

    histories: Histories
    purchases: Histories
    customers: tuple[str, ...]
    products: tuple[str, ...]
    items: Items
    attributes: tuple[str, ...]
    categories: tuple[str, ...]
    on_sale: npt.NDArray[np.bool_]
    as_of: datetime


class ShopTargets(NamedTuple):
    """What customers bought in the days after: ``targets[row, product]`` is the money spent.

    ``rows`` are places in ``customers`` of those who bought. Columns beyond the products known at the moment are
    products that came on sale later: nobody could have shown them, and they count as missed.
    """

    rows: Ints
    targets: Any


def day_number(moment: str | date | datetime) -> float:
    """Return a moment in days since 1970, as the days of histories are counted.

    Examples
    --------
    >>> day_number("1970-01-02")
    1.0
    """
    return (as_moment(moment) - datetime(1970, 1, 1)) / timedelta(days=1)


def read_histories(
    shop: Shop, as_of: str | date | datetime, *, actions: Mapping[str, float] | None = None
) -> ShopHistories:
    """Read what every customer did before a moment, oldest first, and what was known of the products.

    Parameters
    ----------
    shop : Shop
    as_of : date
    actions : mapping of str to float, optional
        Events that count beside purchases, where the shop has the table, and how much: `ACTIONS` when not given, an
        empty mapping for purchases alone. A purchase counts 1.

    Returns
    -------
    ShopHistories
        Products bought at one moment stand in an order that says nothing, the same every time.

    Raises
    ------
    ConfigError
        An action is unknown, or its weight is not above 0.
    NotEnoughData
        Nobody had done anything.

    Examples
    --------
    >>> from habitue.data.shop import Shop
    >>> from habitue.data.simulate import simulate
    >>> with Shop.from_tables(simulate(customers=30, days=60, tables={"order_lines", "products"}).tables) as shop:
    ...     read = read_histories(shop, "2023-02-15")
    ...     len(read.histories) == len(read.customers), read.items.n_items == len(read.products)
    (True, True)
    """
    moment = as_moment(as_of)
    snapshot = shop.at(moment)
    bought = _bought(shop, snapshot)
    done = _done(shop, snapshot, ACTIONS if actions is None else actions, strict=actions is not None)
    every = pa.concat_tables([bought, done])
    if not every.num_rows:
        raise NotEnoughData(f"No customer had bought anything before {moment:%Y-%m-%d}", table="order_lines")
    found = known_products(shop, snapshot)
    customers, products = (
        distinct_sorted(every["customer_id"]),
        distinct_sorted(every["product_id"], found.products["product_id"]),
    )
    sizes = {"n_customers": len(customers), "n_items": len(products)}
    return ShopHistories(
        _histories(every, customers, products, **sizes),
        _histories(bought, customers, products, **sizes),
        tuple(customers.to_pylist()),
        tuple(products.to_pylist()),
        *product_facts(shop, snapshot, products, found),
        moment,
    )


def read_targets(shop: Shop, read: ShopHistories, horizon_days: int, *, only_new: bool = False) -> ShopTargets:
    """Read what the customers known at the moment bought in the days from then on.

    Parameters
    ----------
    shop : Shop
    read : ShopHistories
    horizon_days : int
    only_new : bool
        Leave out what the customer had bought before the moment.

    Raises
    ------
    ConfigError
        The days are not over yet.
    """
    end = read.as_of + timedelta(days=horizon_days)
    if horizon_days < 1 or end > shop.latest_as_of:
        raise ConfigError(
            f"what customers bought from {read.as_of:%Y-%m-%d} over {horizon_days} days is not known",
            expected=f"a moment at least that long before {shop.latest_as_of:%Y-%m-%d}, when the records end",
        )
    lines = _goods(shop.between(read.as_of, end).purchases)
    spent = shop.engine.to_arrow(lines.group_by("customer_id", "product_id").agg(spend=lines.spend.sum()))
    customer = places_of(spent["customer_id"], pa.array(read.customers, pa.string()))
    known = pa.array(read.products, pa.string())
    fresh = distinct_sorted(spent["product_id"].filter(pc.invert(pc.is_in(spent["product_id"], value_set=known))))
    item = places_of(spent["product_id"], pa.concat_arrays([known, fresh]))
    kept = customer >= 0
    shape = (len(read.customers), len(known) + len(fresh))
    targets = sparse.csr_array((spent["spend"].to_numpy()[kept], (customer[kept], item[kept])), shape=shape)
    if only_new:
        had = read.purchases.seen().astype(bool).astype(np.float64)
        had.resize(shape)
        targets = targets - targets * had
        targets.eliminate_zeros()
    rows = np.flatnonzero(np.diff(targets.indptr))
    return ShopTargets(rows, sparse.csr_array(targets[rows]))


def _goods(lines: Any) -> Any:
    return lines.filter(lines.is_product, filled(lines.product_id))


def _bought(shop: Shop, snapshot: Snapshot) -> pa.Table:
    """One row for each customer, product and moment of a purchase."""
    lines = _goods(snapshot.purchases)
    rows = lines.select("customer_id", "product_id", at=lines.ordered_at).distinct()
    table = shop.engine.to_arrow(rows)
    return _typed(table.append_column("weight", pa.array(np.ones(table.num_rows))))


def _done(shop: Shop, snapshot: Snapshot, actions: Mapping[str, float], *, strict: bool) -> pa.Table:
    """One row for each customer, product, moment and action, weighted."""
    wrong = [name for name, weight in actions.items() if not 0 < weight < float("inf")]
    if wrong:
        raise ConfigError(f"the action {wrong[0]!r} weighs {actions[wrong[0]]}", expected="above 0; leave it out for 0")
    nothing = pa.table({"customer_id": [], "product_id": [], "at": [], "weight": []})
    if not actions or not snapshot.has("events"):
        return _typed(nothing)
    events = snapshot.table("events")
    unknown = sorted(set(actions) - set(EVENT_NAMES)) if strict else []
    if unknown:
        occurring = shop.engine.to_arrow(events.select("event").distinct())["event"].to_pylist()
        for name in unknown:
            if name not in occurring:
                raise ConfigError(
                    f"there is no action {name!r} among the events.{did_you_mean(name, [*EVENT_NAMES, *occurring])}",
                    table="events", column="event",
                )  # fmt: skip
    if not {"customer_id", "product_id"} <= set(events.columns):
        return _typed(nothing)
    rows = events.filter(events.event.isin(list(actions)), filled(events.customer_id), filled(events.product_id))
    table = shop.engine.to_arrow(rows.select("customer_id", "product_id", "event", at=rows.happened_at).distinct())
    weight = pd.Series(table["event"].to_pandas()).map(dict(actions)).to_numpy(dtype=np.float64)
    return _typed(table.drop_columns("event").append_column("weight", pa.array(weight)))


def _typed(table: pa.Table) -> pa.Table:
    fields = {"customer_id": pa.string(), "product_id": pa.string(), "at": pa.timestamp("us"), "weight": pa.float64()}
    return table.select(list(fields)).cast(pa.schema(list(fields.items())))


def _histories(
    events: pa.Table, customers: pa.Array, products: pa.Array, *, n_customers: int, n_items: int
) -> Histories:
    """Pack events; of one customer, product and moment only the weightiest is kept."""
    who, what = places_of(events["customer_id"], customers), places_of(events["product_id"], products)
    when, weight = events["at"].cast(pa.int64()).to_numpy(), events["weight"].to_numpy()
    # What was bought together stands in an order drawn from the names: by the catalogue it would look like a habit.
    drawn = [pd.util.hash_array(np.array(names.to_pylist(), dtype=object)) for names in (customers, products)]
    tie = _mixed(drawn[0][who] ^ (drawn[1][what] * np.uint64(0x9E3779B97F4A7C15)))
    order = np.lexsort((-weight, what, tie, when, who))
    who, what, when, weight = (each[order] for each in (who, what, when, weight))
    again = np.zeros(who.size, dtype=bool)
    again[1:] = (np.diff(who) == 0) & (np.diff(what) == 0) & (np.diff(when) == 0)
    who, what, when, weight = (each[~again] for each in (who, what, when, weight))
    return Histories.from_events(
        who, what, n_customers=n_customers, n_items=n_items, days=when / _DAY_US,
        weights=None if (weight == 1).all() else weight,
    )  # fmt: skip


def _mixed(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Mix the bits of numbers, so that their order says nothing of what they were made of (splitmix64)."""
    mixed = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    found: npt.NDArray[np.uint64] = mixed ^ (mixed >> np.uint64(31))
    return found
