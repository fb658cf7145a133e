"""One simulated shop for all tests that look for what was planted in it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from habitue.data.simulate import SimulatedShop, simulate


@pytest.fixture(scope="session")
def planted_shop() -> SimulatedShop:
    return simulate(customers=4_000, seed=11)


@pytest.fixture(scope="session")
def frames(planted_shop: SimulatedShop) -> dict[str, pd.DataFrame]:
    return {name: rows.to_pandas() for name, rows in planted_shop.tables.items()}


@pytest.fixture(scope="session")
def true_customers(planted_shop: SimulatedShop) -> Any:
    return planted_shop.truth.customers.to_pandas().set_index("customer_id")


@pytest.fixture(scope="session")
def true_orders(planted_shop: SimulatedShop, frames: dict[str, pd.DataFrame]) -> Any:
    orders = planted_shop.truth.orders.to_pandas()
    times = frames["orders"].set_index("order_id")["ordered_at"]
    return orders.assign(ordered_at=orders["order_id"].map(times))
