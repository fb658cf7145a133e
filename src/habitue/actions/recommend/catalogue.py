"""What can be shown at a moment: every product with its title, category, price, margin, stock, age and sales."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from scipy import sparse

from habitue.data.shop import as_moment
from habitue.errors import DataError, did_you_mean
from habitue.features.categories import product_titles
from habitue.models.recommend import Items
from habitue.tasks.product_facts import distinct_sorted, filled, known_products, product_facts
from habitue.tasks.recommending import day_number

if TYPE_CHECKING:
    from habitue.data.shop import Shop
    from habitue.data.snapshot import Snapshot

__all__ = ["Catalogue", "read_catalogue"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

SALES_DAYS = 30  # what sells now is told from so many days


@dataclass(frozen=True, eq=False)
class Catalogue:
    """Products at a moment; arrays of shape (products,).

    Attributes
    ----------
    ids : tuple of str
        Those that models know first, in their order; then those that came later.
    known : int
        How many the models know.
    titles : tuple of str
        The id where there is no title.
    categories : int array
        Places in ``category_names``, -1 where unknown.
    category_names : tuple of str
    prices, margins : float array
        Last price paid, NaN where unknown; share of it that is left to the shop.
    since_days : float array
        First day on sale, in days since 1970; NaN where unknown.
    on_sale : bool array
    stock : float array, optional
        Pieces left, NaN where never counted; None where the shop has no table of stock.
    sales : float array
        Pieces' worth of popularity now: buyers of the last 30 days, and a little for those before.
    day : float
        The moment, in days since 1970.
    """

    ids: tuple[str, ...]
    known: int
    titles: tuple[str, ...]
    categories: npt.NDArray[np.int32]
    category_names: tuple[str, ...]
    prices: Floats
    margins: Floats
    since_days: Floats
    on_sale: Bools
    stock: Floats | None
    sales: Floats
    day: float
    attributes: Any = None

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def places(self) -> dict[str, int]:
        """Where each product stands."""
        return {name: place for place, name in enumerate(self.ids)}

    def place(self, product: object) -> int:
        """Return where one product stands.

        Raises
        ------
        DataError
            There is no such product.
        """
        at = self.places.get(as_id(product))
        if at is None:
            near = did_you_mean(as_id(product), self.ids) or self._by_title(as_id(product))
            raise DataError(f"There is no product {as_id(product)!r}.{near}", table="products", column="product_id")
        return at

    def those(self, products: Sequence[Any]) -> npt.NDArray[np.int64]:
        """Return where those of the products stand that there are."""
        found = (self.places.get(as_id(product), -1) for product in products)
        return np.array([at for at in found if at >= 0], np.int64)

    def mask(self, products: Sequence[Any]) -> Bools:
        """Say of each product whether it is among those named."""
        out = np.zeros(len(self), bool)
        out[self.those(products)] = True
        return out

    def new(self, days: float) -> Bools:
        """Say of each product whether it came on sale in the last so many days."""
        with np.errstate(invalid="ignore"):
            fresh: Bools = self.day - self.since_days <= days
        return fresh

    def after(self, moment: datetime | None) -> Catalogue:
        """Return the same at a later moment of the same day's knowledge."""
        return self if moment is None else replace(self, day=day_number(moment))

    @cached_property
    def bestsellers(self) -> npt.NDArray[np.int64]:
        """All products on sale, what sells best first; those that never sold come last, newest first."""
        since = np.where(np.isfinite(self.since_days), self.since_days, -np.inf)
        order = np.lexsort((np.arange(len(self)), -since, -self.sales))
        return order[self.on_sale[order]]

    @cached_property
    def items(self) -> Items:
        """What makers are told of all products."""
        categories = self.categories if self.category_names else None
        return Items(len(self), attributes=self.attributes, categories=categories, prices=self.prices,
                     since_days=self.since_days)  # fmt: skip

    @cached_property
    def sketches(self) -> npt.NDArray[np.float32]:
        """What each product is, in 64 numbers of length 1 whose products are likenesses from about 0 to 1.

        Words, brand and category where the shop has them (by random projection), the category alone otherwise.
        """
        table = self.attributes
        if table is None:
            at = np.flatnonzero(self.categories >= 0)
            size = (len(self), len(self.category_names) + 1)
            table = sparse.csr_array((np.ones(at.size, np.float32), (at, self.categories[at])), shape=size)
        spread = np.bincount(table.indices, minlength=table.shape[1])
        rare = np.log(1 + len(self) / np.maximum(spread, 1)).astype(np.float32)
        axes = np.random.default_rng(0).normal(size=(table.shape[1], 64)).astype(np.float32)
        found = table @ (axes * rare[:, None])
        length = np.linalg.norm(found, axis=1, keepdims=True)
        return np.asarray(found / np.where(length > 0, length, 1), np.float32)

    def _by_title(self, text: str) -> str:
        wanted = text.casefold()
        near = next((at for at, title in enumerate(self.titles) if wanted and wanted in title.casefold()), None)
        return "" if near is None else f" Did you mean {self.ids[near]!r} ({self.titles[near]})?"


def as_id(given: object) -> str:
    """Return an id as text: 17, 17.0 and "17" are the same.

    Examples
    --------
    >>> as_id(17), as_id(17.0), as_id(" 17 ")
    ('17', '17', '17')
    """
    if isinstance(given, (float, np.floating)) and float(given).is_integer():
        given = int(given)
    return str(given).strip()


def read_catalogue(shop: Shop, as_of: datetime, *, known: Sequence[str] = (), also: Sequence[str] = ()) -> Catalogue:
    """Read what is known of all products strictly before a moment.

    Parameters
    ----------
    shop : Shop
    as_of : datetime
    known : sequence of str
        Products that models know: they keep their places, and stay where the shop lists them no more.
    also : sequence of str
        Further products that customers looked at.
    """
    moment = as_moment(as_of)
    snapshot = shop.at(moment)
    found = known_products(shop, snapshot)
    every = distinct_sorted(found.products["product_id"], pa.array([*known, *also], pa.string()))
    facts = product_facts(shop, snapshot, every, found)
    first = {name: place for place, name in enumerate(known)}
    names = every.to_pylist()
    order = sorted(range(len(names)), key=lambda at: (first.get(names[at], len(first)), names[at]))
    ids = tuple(names[at] for at in order)
    turn = np.array(order, np.int64)
    items, titles = facts.items, product_titles(shop, snapshot)
    prices = items.prices[turn] if items.prices is not None else np.full(len(ids), np.nan)
    since = items.since_days[turn] if items.since_days is not None else np.full(len(ids), np.nan)
    codes = items.categories[turn] if items.categories is not None else np.full(len(ids), -1, np.int32)
    listed = pd.Index(ids)
    gone = ~listed.isin(found.products["product_id"].to_pylist())
    return Catalogue(
        ids=ids,
        known=len(known),
        titles=tuple(titles.get(name) or name for name in ids),
        categories=codes,
        category_names=facts.categories,
        prices=prices,
        margins=_margins(shop, snapshot, listed, prices),
        since_days=since,
        on_sale=facts.on_sale[turn] & ~gone,
        stock=_stock(shop, snapshot, listed),
        sales=_sales(shop, snapshot, listed, moment),
        day=day_number(moment),
        attributes=None if items.attributes is None else items.attributes[turn],
    )


def _margins(shop: Shop, snapshot: Snapshot, ids: pd.Index[str], prices: Floats) -> Floats:
    """Return the share of the price that is left, by the product's cost or as the settings say; at least 1 %."""
    usual = shop.settings.shop.gross_margin
    costs = pd.Series(np.nan, index=ids)
    lines = snapshot.lines
    sources = [(lines.filter(filled(lines.product_id)), "order_lines")]
    sources += [(snapshot.table("products"), "products")] if snapshot.has("products") else []
    for rows, name in sources:
        if snapshot.gives(name, "unit_cost"):
            priced = rows.filter(filled(rows.unit_cost), rows.unit_cost > 0)
            frame = shop.engine.to_arrow(priced.group_by("product_id").agg(cost=priced.unit_cost.median())).to_pandas()
            costs = frame.set_index("product_id")["cost"].reindex(ids).combine_first(costs)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = 1 - costs.to_numpy(dtype=np.float64) / prices
    return np.where(np.isfinite(share), np.clip(share, 0.01, 1.0), usual)


def _stock(shop: Shop, snapshot: Snapshot, ids: pd.Index[str]) -> Floats | None:
    """Return the pieces left of each product by its newest count at each place."""
    if not snapshot.has("stock"):
        return None
    rows = snapshot.table("stock")
    rows = rows.filter(filled(rows.product_id), filled(rows.on_hand))
    at = ["product_id", *(["location_id"] if "location_id" in rows.columns else [])]
    newest = rows.group_by(at).agg(left=rows.on_hand.argmax(rows.counted_at))
    counted = shop.engine.to_arrow(newest.group_by("product_id").agg(left=newest.left.sum())).to_pandas()
    found: Floats = counted.set_index("product_id")["left"].reindex(ids).to_numpy(dtype=np.float64)
    return found


def _sales(shop: Shop, snapshot: Snapshot, ids: pd.Index[str], moment: datetime) -> Floats:
    """Return buyers in the days before the last purchase, and of all that came before less than one more each."""
    bought = snapshot.purchases
    bought = bought.filter(bought.is_product, filled(bought.product_id))
    if (last := shop.engine.to_rows(bought.agg(last=bought.ordered_at.max()))[0]["last"]) is None:
        return np.zeros(len(ids))
    del moment  # what sells now is told from the last purchase: a shop that paused still has bestsellers
    since = last - pd.Timedelta(days=SALES_DAYS).to_pytimedelta()
    lately = bought.filter(bought.ordered_at > since)
    ever = bought.group_by("product_id").agg(buyers=bought.customer_id.nunique())
    now = lately.group_by("product_id").agg(buyers=lately.customer_id.nunique())
    counts = [
        shop.engine.to_arrow(each).to_pandas().set_index("product_id")["buyers"].reindex(ids).fillna(0).to_numpy(float)
        for each in (now, ever)
    ]
    return np.asarray(counts[0] + counts[1] / (counts[1].max(initial=0) + 1))
