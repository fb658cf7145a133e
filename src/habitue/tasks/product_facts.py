"""What is known of products before a moment, as arrays: words of titles, brands, categories, prices, days on sale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from habitue.features.categories import OTHER, Categories, categories, product_titles
from habitue.models.recommend import Items
from habitue.models.title_words import words_of

if TYPE_CHECKING:
    from habitue.data.shop import Shop
    from habitue.data.snapshot import Snapshot

__all__ = ["ProductFacts", "distinct_sorted", "filled", "known_products", "places_of", "product_facts"]

Ints = npt.NDArray[np.int64]

_MOST_CATEGORIES = 10_000
_LEAST_PRODUCTS = 2  # a word of one product makes it like no other


class ProductFacts(NamedTuple):
    """What is known of products, with the names of attributes and of categories; see `ShopHistories`."""

    items: Items
    attributes: tuple[str, ...]
    categories: tuple[str, ...]
    on_sale: npt.NDArray[np.bool_]


def known_products(shop: Shop, snapshot: Snapshot) -> Categories:
    """Return every product sold or listed before a moment, with its category."""
    return categories(shop, snapshot.as_of, most=_MOST_CATEGORIES)


def product_facts(shop: Shop, snapshot: Snapshot, products: pa.Array, found: Categories) -> ProductFacts:
    """Say what was known of products at a moment.

    Parameters
    ----------
    shop : Shop
    snapshot : Snapshot
    products : Arrow array
        The products asked about, sorted.
    found : Categories
        As `known_products` gives them.
    """
    own = pd.Series(
        found.products["category"].to_pylist(), index=found.products["product_id"].to_pylist(), dtype=object
    )
    own = own.where(own != OTHER).reindex(products.to_pylist())
    names = tuple(name for name in found.names if name != OTHER)
    code = own.map({name: at for at, name in enumerate(names)}).fillna(-1).to_numpy(dtype=np.int64).astype(np.int32)
    titles = product_titles(shop, snapshot)
    brands = _brands(shop, snapshot)
    said: list[list[str]] = []
    for product, category in zip(products.to_pylist(), own, strict=True):
        words = list(dict.fromkeys(words_of(titles.get(product))))
        brand = brands.get(product)
        words += [f"brand: {brand}"] if brand else []
        # Categories learnt from titles say nothing that the titles do not.
        words += [f"category: {category}"] if isinstance(category, str) and not found.from_titles else []
        said.append(words)
    attributes, table = _attributes(said)
    sold = _sold(shop, snapshot).reindex(products.to_pylist())
    items = Items(
        len(products), attributes=table if attributes else None, categories=code if names else None,
        prices=sold["price"].to_numpy(dtype=np.float64), since_days=sold["since"].to_numpy(dtype=np.float64),
    )  # fmt: skip
    return ProductFacts(items, attributes, names, ~_retired(shop, snapshot, products))


def _attributes(said: list[list[str]]) -> tuple[tuple[str, ...], Any]:
    """Make a table of products × attributes that at least two products have."""
    many = np.array([len(each) for each in said], dtype=np.int64)
    words = pd.Series([word for each in said for word in each], dtype=object)
    count = words.value_counts()
    kept = sorted(count.index[count >= _LEAST_PRODUCTS])
    at = words.map({word: place for place, word in enumerate(kept)}).fillna(-1).to_numpy(dtype=np.int64)
    row = np.repeat(np.arange(len(said)), many)[at >= 0]
    table = sparse.csr_array((np.ones(row.size, np.float32), (row, at[at >= 0])), shape=(len(said), len(kept)))
    return tuple(kept), table


def _sold(shop: Shop, snapshot: Snapshot) -> pd.DataFrame:
    """Return the last price paid for each product and the first day on sale, by product."""
    lines = snapshot.lines
    # Lines without a customer count too: what a product costs does not depend on who bought it.
    valid = ~(filled(lines.set_aside) | filled(lines.cancelled_at))
    lines = lines.filter(valid, lines.is_product, filled(lines.product_id), lines.quantity > 0, lines.unit_price > 0)
    ends = lines.group_by("product_id").agg(last=lines.ordered_at.max(), since=lines.ordered_at.min())
    latest = lines.join(ends, "product_id").filter(lambda rows: rows.ordered_at == rows.last)
    price = latest.group_by("product_id", "since").agg(price=latest.unit_price.max())
    frame: pd.DataFrame = shop.engine.to_arrow(price).to_pandas().set_index("product_id")
    since = frame["since"]
    if snapshot.gives("products", "launched_at"):
        listed = snapshot.table("products")
        given = shop.engine.to_arrow(listed.group_by("product_id").agg(launched=listed.launched_at.min())).to_pandas()
        launched = given.set_index("product_id")["launched"]
        frame = frame.reindex(frame.index.union(launched.index))
        since = launched.reindex(frame.index).combine_first(since.reindex(frame.index))
    days = (since - pd.Timestamp(1970, 1, 1)) / pd.Timedelta(days=1)
    return pd.DataFrame({"price": frame["price"], "since": days}, index=frame.index)


def _brands(shop: Shop, snapshot: Snapshot) -> dict[str, str]:
    """Return the brand of each product: the merchant's list, else the one it was mostly sold under."""
    found: dict[str, str] = {}
    lines = snapshot.lines
    sources = [(lines.filter(~filled(lines.set_aside), filled(lines.product_id)), "order_lines")]
    sources += [(snapshot.table("products"), "products")] if snapshot.has("products") else []
    for rows, name in sources:
        if not snapshot.gives(name, "brand"):
            continue
        branded = rows.filter(filled(rows.brand), rows.brand != "")
        counted = shop.engine.to_arrow(branded.group_by("product_id", "brand").agg(times=branded.count())).to_pandas()
        counted = counted.sort_values(["product_id", "times", "brand"], ascending=[True, False, True])
        first = counted.drop_duplicates("product_id")
        found |= dict(zip(first["product_id"], first["brand"], strict=True))
    return found


def _retired(shop: Shop, snapshot: Snapshot, products: pa.Array) -> npt.NDArray[np.bool_]:
    gone = np.zeros(len(products), dtype=bool)
    if snapshot.gives("products", "retired_at"):
        listed = snapshot.table("products")
        ids = shop.engine.to_arrow(listed.filter(filled(listed.retired_at)).select("product_id").distinct())
        places = places_of(ids["product_id"], products)
        gone[places[places >= 0]] = True
    return gone


def filled(column: Any) -> Any:
    """Say of a column of the database where it is not empty."""
    return ~column.isnull()  # noqa: PD003 - Ibis


def distinct_sorted(*columns: Any) -> pa.Array:
    """Return the distinct values of columns, sorted."""
    chunks = [chunk.cast(pa.string()) for column in columns for chunk in getattr(column, "chunks", [column])]
    found = pc.unique(pa.chunked_array(chunks, pa.string())).drop_null()
    return found.take(pc.sort_indices(found))


def places_of(values: Any, known: pa.Array) -> Ints:
    """Return where each value stands among known ones, -1 for nowhere."""
    found: Ints = pc.fill_null(pc.index_in(values, value_set=known), -1).to_numpy().astype(np.int64)
    return found
