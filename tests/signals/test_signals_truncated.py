"""The truncation test for every signal: nothing that happened later changes an answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from habitue.data.shop import Shop
from habitue.data.simulate import simulate
from habitue.features.testing import truncation_differences
from habitue.signals.segment import lifecycle, movement, profiles, rfm
from habitue.signals.value import cohorts, monthly


def _profiles(shop: Shop, as_of: dt.datetime) -> Any:
    return profiles.describe(shop, as_of, {"rfm": rfm.score(shop, as_of)})


SIGNALS: dict[str, tuple[Callable[[Shop, dt.datetime], Any], tuple[str, ...]]] = {
    "rfm": (rfm.score, ("customer_id",)),
    "lifecycle": (lifecycle.score, ("customer_id",)),
    "lifecycle_history": (movement.history, ("at", "stage")),
    "lifecycle_flows": (movement.flows, ("from_at", "from_stage", "to_stage")),
    "segment_profiles": (_profiles, ("family", "segment", "measure")),
    "cohorts": (cohorts.follow, ("cohort", "month")),
    "shop_monthly": (monthly.add_up, ("month",)),
}


@pytest.fixture(scope="module")
def tables():
    return simulate(customers=300, days=300, seed=3, dirt=0.05, tables={"order_lines"}).tables


@pytest.mark.parametrize("name", SIGNALS)
def test_the_future_changes_nothing(tables, name: str) -> None:
    answer, key = SIGNALS[name]
    as_of = dt.datetime(2023, 8, 20, 14, 30)
    assert truncation_differences(tables, as_of, answer, key=key) == []
