"""Catalogues, pools and shops of known make for the tests of recommending."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa

from habitue.actions.recommend.catalogue import Catalogue
from habitue.actions.recommend.pools import Pool


def catalogue_of(
    *, categories, prices=None, since=None, on_sale=None, stock=None, margins=None, names=("a", "b", "c", "d")
) -> Catalogue:
    """A catalogue of products p0, p1, …; the moment is day 1000."""
    size = len(categories)
    return Catalogue(
        ids=tuple(f"p{at}" for at in range(size)),
        known=size,
        titles=tuple(f"product {at}" for at in range(size)),
        categories=np.asarray(categories, np.int32),
        category_names=tuple(names),
        prices=np.full(size, 5.0) if prices is None else np.asarray(prices, float),
        margins=np.full(size, 0.4) if margins is None else np.asarray(margins, float),
        since_days=np.full(size, 100.0) if since is None else np.asarray(since, float),
        on_sale=np.ones(size, bool) if on_sale is None else np.asarray(on_sale, bool),
        stock=None if stock is None else np.asarray(stock, float),
        sales=np.arange(size, 0, -1, dtype=float),
        day=1000.0,
    )


def pool_of(size: int, rows: int = 1, seed: int = 0) -> Pool:
    """All products for every customer, in an order of their own."""
    draw = np.random.default_rng(seed)
    items = np.array([draw.permutation(size) for _ in range(rows)], np.int32)
    scores = np.sort(draw.random((rows, size)), axis=1)[:, ::-1] + 1e-6
    return Pool(items, scores / scores.max(axis=1, keepdims=True), np.zeros((rows, size), np.int8))


def lines_of(rows: list[tuple[str, str, int]], **columns) -> pa.Table:
    """Order lines from (customer, product, day); the first day is 2024-01-01."""
    start = dt.datetime(2024, 1, 1)
    return pa.table(
        {
            "order_id": [f"{who}-{day}" for who, _, day in rows],
            "customer_id": [who for who, _, _ in rows],
            "product_id": [what for _, what, _ in rows],
            "ordered_at": [start + dt.timedelta(days=day) for _, _, day in rows],
            "quantity": [1.0] * len(rows),
            "unit_price": [5.0] * len(rows),
            **columns,
        }
    )
