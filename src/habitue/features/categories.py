"""Product categories: the merchant's own, or groups learnt from the titles known at a moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from habitue.data.snapshot import Snapshot
from habitue.models.titles import NO_GROUP, TitleGroups, fit_titles

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["OTHER", "Categories", "categories", "product_titles"]

#: Products that say nothing about what they are.
OTHER = "other"

_PRODUCTS = pa.schema([("product_id", pa.string()), ("category", pa.string())])
_DESCRIBED = pa.schema(
    [
        ("category", pa.string()),
        ("words", pa.string()),
        ("products", pa.int64()),
        ("lines", pa.int64()),
        ("from_titles", pa.bool_()),
    ]
)


@dataclass(frozen=True)
class Categories:
    """The categories of a shop as they were known at a moment.

    Attributes
    ----------
    products : Arrow table
        product_id, category; every product known, sorted by product_id.
    described : Arrow table
        category, words (title words that tell it from the others), products, lines (sold so far), from_titles; the
        largest first.
    from_titles : bool
        Whether they were learnt from titles because the merchant gives no categories.
    """

    products: pa.Table
    described: pa.Table
    from_titles: bool
    groups: TitleGroups | None = field(default=None, repr=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The categories, the largest first."""
        return tuple(self.described["category"].to_pylist())

    def of(self, shop: Shop, snapshot: Snapshot) -> pa.Table:
        """Give the products of a later snapshot or window their categories.

        Products known when the categories were learnt keep theirs; new ones get the nearest by their title, or the
        merchant's own where the merchant gives categories. What fits nowhere is ``other``.

        Parameters
        ----------
        shop : Shop
        snapshot : Snapshot
            Also a window, ``shop.between(start, end)``.

        Returns
        -------
        Arrow table
            product_id, category; of every product in the snapshot, sorted by product_id.
        """
        seen = _seen(shop, snapshot)
        known = dict(zip(self.products["product_id"].to_pylist(), self.products["category"].to_pylist(), strict=True))
        fresh = [product not in known for product in seen["product_id"]]
        names = self.groups.names() if self.groups is not None else ()
        title = seen.loc[fresh, "title"].tolist()
        if self.groups is not None:
            nearest = [names[at] if at != NO_GROUP else OTHER for at in self.groups.assign(title)]
        else:
            mine = set(self.names)
            nearest = [own if own in mine else OTHER for own in seen.loc[fresh, "own"]]
        new = dict(zip(seen.loc[fresh, "product_id"], nearest, strict=True))
        category = [known.get(product) or new[product] for product in seen["product_id"]]
        return pa.table({"product_id": seen["product_id"].tolist(), "category": category}, schema=_PRODUCTS)


def categories(
    shop: Shop, as_of: datetime, *, count: int = 30, largest_share: float = 0.2, most: int = 100, seed: int = 0
) -> Categories:
    """Say which category each product belongs to, by what was known strictly before a moment.

    The merchant's categories are used where they cover half of the lines sold or more. Otherwise groups are learnt from
    product titles (see `habitue.models.titles`): each product's commonest title, weighted by the lines sold so far.

    Parameters
    ----------
    shop : Shop
    as_of : datetime
    count : int
        Categories wanted from titles, ``other`` included; fewer where there are few titles.
    largest_share : float
        No category from titles shall hold more than this share of the lines.
    most : int
        Of the merchant's categories, the largest this many are kept, the rest is ``other``.
    seed : int

    Returns
    -------
    Categories
        Without any category or title, everything is ``other``.
    """
    seen = _seen(shop, shop.at(as_of))
    lines = seen["lines"].sum()
    if lines and seen.loc[seen["own"].notna(), "lines"].sum() >= lines / 2:
        largest = seen.groupby("own")["lines"].sum().sort_index().sort_values(ascending=False, kind="stable")
        kept = set(largest.index[:most])
        found = [own if own in kept else OTHER for own in seen["own"]]
        return _categories(seen.assign(category=found), None)
    title, sold = seen["title"].tolist(), seen["lines"].tolist()
    groups = fit_titles(title, sold, groups=count, largest_share=largest_share, seed=seed)
    if count > 1 and len(groups) == count and (groups.assign(title) == NO_GROUP).any():
        # ``other`` is one of the categories asked for.
        groups = fit_titles(title, sold, groups=count - 1, largest_share=largest_share, seed=seed)
    names = groups.names()
    found = [names[at] if at != NO_GROUP else OTHER for at in groups.assign(title)]
    return _categories(seen.assign(category=found), groups)


def product_titles(shop: Shop, snapshot: Snapshot) -> dict[str, str]:
    """Return the title of each product: the merchant's own, else the one it was mostly sold under."""
    seen = _seen(shop, snapshot)
    titled = seen[[title is not None for title in seen["title"]]]
    return dict(zip(titled["product_id"], titled["title"], strict=True))


def _categories(seen: pd.DataFrame, groups: TitleGroups | None) -> Categories:
    from_titles = groups is not None and len(groups) > 0
    telling = dict(zip(groups.names(), groups.telling, strict=True)) if groups is not None else {}
    sums = seen.groupby("category").agg(products=("product_id", "size"), lines=("lines", "sum")).reset_index()
    sums = sums.sort_values(["lines", "category"], ascending=[False, True])
    described = pa.table(
        {
            "category": sums["category"].tolist(),
            "words": [", ".join(telling.get(name, ())) or None for name in sums["category"]],
            "products": sums["products"].tolist(),
            "lines": sums["lines"].tolist(),
            "from_titles": [from_titles] * len(sums),
        },
        schema=_DESCRIBED,
    )
    products = pa.table(
        {"product_id": seen["product_id"].tolist(), "category": seen["category"].tolist()}, schema=_PRODUCTS
    )
    return Categories(products, described, from_titles, groups)


def _seen(shop: Shop, snapshot: Snapshot) -> pd.DataFrame:
    """One row per product: commonest title, own category, lines sold; sorted by product_id."""
    lines = snapshot.lines
    empty = [lines[name].isnull() for name in ("set_aside", "cancelled_at")]  # noqa: PD003 - Ibis
    named = ~lines.product_id.isnull()  # noqa: PD003
    # Lines without a customer count too: what a product is does not depend on who bought it.
    sold = lines.filter(*empty, named, lines.is_product, lines.quantity > 0, lines.unit_price > 0)
    size = _frame(shop, sold.group_by("product_id").agg(lines=sold.count()))
    title = _commonest(shop, sold, "product_title").rename("title")
    own = _commonest(shop, sold, "category").rename("own")
    seen = size.set_index("product_id").join([title, own])
    if snapshot.has("products"):
        given = _listed(shop, snapshot)
        seen = seen.reindex(seen.index.union(given.index))
        seen["lines"] = seen["lines"].fillna(0)
        for name in ("title", "own"):
            seen[name] = given[name].reindex(seen.index).combine_first(seen[name])
    seen["lines"] = seen["lines"].astype("int64")
    seen = seen.sort_index().reset_index(names="product_id").astype({"title": object, "own": object})
    return seen.where(seen.notna(), None)


def _listed(shop: Shop, snapshot: Snapshot) -> pd.DataFrame:
    """Title and category in the table of products, missing where the merchant does not give them."""
    listed = snapshot.table("products")
    wanted = {"title": "title", "own": "category"}
    given = {name: listed[column].min() for name, column in wanted.items() if column in listed.columns}
    frame = _frame(shop, listed.group_by("product_id").agg(rows=listed.count(), **given)).set_index("product_id")
    return frame.reindex(columns=list(wanted)).astype(object)


def _commonest(shop: Shop, sold: Any, column: str) -> pd.Series[Any]:
    """Return the value a product was mostly sold under, ties by the alphabet."""
    known = sold.filter(sold[column] != "")
    counted = _frame(shop, known.group_by("product_id", value=known[column]).agg(times=known.count()))
    counted = counted.sort_values(["product_id", "times", "value"], ascending=[True, False, True])
    first: pd.Series[Any] = counted.drop_duplicates("product_id").set_index("product_id")["value"]
    return first


def _frame(shop: Shop, expression: Any) -> pd.DataFrame:
    frame: pd.DataFrame = shop.engine.to_arrow(expression).to_pandas()
    return frame
