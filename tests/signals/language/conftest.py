"""A simulated shop with events and returns, its plain rows for the naive referee, and what trees may speak of."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from bench.segment_language import World, make_world
from bench.segment_trees import Vocabulary


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    made = make_world(customers=60, days=200)
    yield made
    made.shop.close()


@pytest.fixture(scope="session")
def words() -> Vocabulary:
    """Words without a shop, for what needs none."""
    texts = ["Tea", "Coffee & co", "茶叶", "x"]
    return Vocabulary(
        dict.fromkeys(
            (
                "buy.category",
                "buy.channel",
                "buy.product_title",
                "event.device",
                "event.category",
                "customer.country",
                "feature.channel",
                "churn.risk",
                "need.category",
            ),
            texts,
        ),
        {
            "recency_days": [1.0, 60.25],
            "spend": [0.1, 1e-7, 123456789.5],
            "buy.unit_price": [2.5],
            "value.expected_spend": [3.0],
        },
        ["view", "cart"],
        ["2024-01-01", "2024-02-29T14:30:00", "2024-03-01"],
        ["1", "2"],
        ["VIP", "茶客"],
    )
