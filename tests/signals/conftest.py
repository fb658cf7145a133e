"""Shops written down by hand, a purchase or an event a line; and a small planted one with visits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pyarrow as pa
import pytest

from habitue.data.shop import Shop
from habitue.data.simulate.visits_planted import planted_visits
from habitue.signals.behaviour.spec import BehaviourSpec

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


START = dt.datetime(2024, 3, 1, 9)
#: Small enough for tests to be quick.
SPEC = BehaviourSpec(steps=(1, 3), learners=500)


@pytest.fixture(scope="session")
def planted() -> Any:
    """Tables of planted visits, and the truth about them."""
    return planted_visits(120, seed=6, days=110)


@pytest.fixture
def shop_of_events() -> Iterator[Callable[..., Shop]]:
    """Open a shop of (customer, minute, event, product, session) and of purchases (customer, day)."""
    opened: list[Shop] = []

    def make(events: Sequence[Any], purchases: Sequence[Any] = (("ann", 0),), **columns: Any) -> Shop:
        tables = {"order_lines": purchases_of(purchases), "events": events_of(events, **columns)}
        opened.append(Shop.from_tables(tables))
        return opened[-1]

    yield make
    for shop in opened:
        shop.close()


@pytest.fixture(scope="session")
def order_lines() -> Callable[[Sequence[Any]], pa.Table]:
    """Write order lines down from (customer, day)."""
    return purchases_of


@pytest.fixture(scope="session")
def quick_spec() -> BehaviourSpec:
    """Settings small enough for tests."""
    return SPEC


def events_of(events: Sequence[Any], **columns: Any) -> pa.Table:
    customer, minute, event, product, session = zip(*events, strict=True)
    made = {
        "event_id": pa.array([str(number) for number in range(len(events))]),
        "customer_id": pa.array(customer, pa.string()),
        "session_id": pa.array(session, pa.string()),
        "event": pa.array(event, pa.string()),
        "happened_at": pa.array([START + dt.timedelta(minutes=each) for each in minute], pa.timestamp("us")),
        "product_id": pa.array(product, pa.string()),
    }
    return pa.table({**made, **columns})


def purchases_of(purchases: Sequence[Any]) -> pa.Table:
    return pa.table(
        {
            "order_id": [f"o{number}" for number in range(len(purchases))],
            "customer_id": [customer for customer, _ in purchases],
            "product_id": [f"p{number % 5}" for number in range(len(purchases))],
            "category": [f"c{number % 2}" for number in range(len(purchases))],
            "ordered_at": pa.array([START + dt.timedelta(days=day) for _, day in purchases], pa.timestamp("us")),
            "quantity": [1.0] * len(purchases),
            "unit_price": [10.0 + number % 5 for number in range(len(purchases))],
        }
    )
