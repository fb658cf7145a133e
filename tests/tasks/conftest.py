"""A small simulated shop, and examples of two questions about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pyarrow as pa
import pytest
from small_questions import AS_OF, HORIZON, churn_task, value_task

from habitue.data.shop import Shop
from habitue.data.simulate import simulate
from habitue.tasks import Examples, collect, cutoffs


@pytest.fixture(scope="session")
def tables() -> Any:
    return simulate(customers=1_200, days=430, seed=21, tables={"order_lines"}).tables


@pytest.fixture(scope="session")
def shop(tables: Any) -> Iterator[Shop]:
    with Shop.from_tables(tables) as opened:
        yield opened


@pytest.fixture(scope="session")
def examples(shop: Shop) -> Examples:
    return collect(shop, churn_task(), cutoffs(shop, AS_OF, HORIZON, count=5), known_by=AS_OF)


@pytest.fixture(scope="session")
def amounts(shop: Shop) -> Examples:
    return collect(shop, value_task(), cutoffs(shop, AS_OF, HORIZON, count=5), known_by=AS_OF)


@pytest.fixture
def shop_of_purchases() -> Iterator[Callable[[Sequence[tuple[str, dt.datetime]]], Shop]]:
    """Open a shop of (customer, time) purchases of one piece."""
    opened: list[Shop] = []

    def make(purchases: Sequence[tuple[str, dt.datetime]]) -> Shop:
        rows = [
            {
                "order_id": str(number), "customer_id": customer, "product_id": "p", "ordered_at": at,
                "quantity": 1.0, "unit_price": 5.0,
            }
            for number, (customer, at) in enumerate(purchases)
        ]  # fmt: skip
        opened.append(Shop.from_tables({"order_lines": pa.Table.from_pylist(rows)}))
        return opened[-1]

    yield make
    for each in opened:
        each.close()
