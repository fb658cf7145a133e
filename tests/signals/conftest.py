"""Shops written down by hand, a purchase a line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pyarrow as pa
import pytest

from habitue.data.shop import Shop

Purchase = tuple[str | None, dt.datetime, float]


@pytest.fixture
def shop_of() -> Iterator[Callable[[Sequence[Purchase]], Shop]]:
    """Open a shop of (customer, time, amount); a negative amount gives something back."""
    opened: list[Shop] = []

    def make(purchases: Sequence[Purchase]) -> Shop:
        opened.append(Shop.from_tables({"order_lines": lines_of(purchases)}))
        return opened[-1]

    yield make
    for shop in opened:
        shop.close()


def lines_of(purchases: Sequence[Purchase]) -> pa.Table:
    rows: list[dict[str, Any]] = [
        {
            "order_id": str(number),
            "customer_id": customer,
            "product_id": f"p{number % 7}",
            "ordered_at": at,
            "quantity": 1.0 if amount >= 0 else -1.0,
            "unit_price": abs(amount),
        }
        for number, (customer, at, amount) in enumerate(purchases, 1)
    ]
    schema = pa.schema(
        [
            ("order_id", pa.string()),
            ("customer_id", pa.string()),
            ("product_id", pa.string()),
            ("ordered_at", pa.timestamp("us")),
            ("quantity", pa.float64()),
            ("unit_price", pa.float64()),
        ]
    )
    return pa.Table.from_pylist(rows, schema)
