"""No feature knows the future, and the kit catches one that does."""

from __future__ import annotations

import datetime as dt
import random
from itertools import pairwise

import pyarrow as pa
import pytest

from habitue.data.shop import Shop
from habitue.data.simulate import simulate
from habitue.features import available, compute
from habitue.features.testing import truncation_differences

SEED = 20_240_601


@pytest.fixture(scope="module")
def tables() -> dict[str, pa.Table]:
    needed = {"order_lines", "orders", "customers", "products", "events"}
    return simulate(customers=250, days=300, seed=SEED, dirt=0.03, tables=needed).tables


@pytest.mark.parametrize("number", range(3))
def test_no_feature_knows_the_future(tables: dict[str, pa.Table], number: int) -> None:
    days = random.Random(SEED + number).uniform(20, 290)
    moment = dt.datetime(2023, 1, 1) + dt.timedelta(seconds=round(days * 86_400))

    def answer(shop: Shop, as_of: dt.datetime) -> object:
        snapshot = shop.at(as_of)
        return compute(snapshot, available(snapshot))

    assert truncation_differences(tables, moment, answer) == []


def test_the_kit_catches_a_feature_that_looks_ahead(tables: dict[str, pa.Table]) -> None:
    moment = dt.datetime(2023, 6, 1)

    def peeking(shop: Shop, as_of: dt.datetime) -> object:
        later = shop.at(as_of + dt.timedelta(days=1)).purchases
        bought = later.group_by("customer_id").agg(orders=later.order_id.nunique())
        today = compute(shop.at(as_of), ["spend"])
        return today.join(bought, "customer_id")

    found = truncation_differences(tables, moment, peeking)
    assert {each.column for each in found} == {"orders"}
    assert found[0].full > found[0].cut


def test_features_agree_with_a_plain_loop(tables: dict[str, pa.Table]) -> None:
    moment = dt.datetime(2023, 8, 1)
    names = ["orders", "spend", "purchase_days", "products", "recency_days", "spend_90d", "mean_gap_days"]
    with Shop.from_tables(tables) as shop:
        lines = shop.engine.to_rows(shop.at(moment).purchases)
        got = {row["customer_id"]: row for row in shop.engine.to_rows(compute(shop.at(moment), names))}
    by_customer: dict[str, list[dict]] = {}
    for line in lines:
        by_customer.setdefault(line["customer_id"], []).append(line)
    assert got.keys() == by_customer.keys()
    for customer, mine in by_customer.items():
        row = got[customer]
        days = sorted({line["ordered_at"].date() for line in mine})
        last = max(line["ordered_at"] for line in mine)
        assert row["orders"] == len({line["order_id"] for line in mine})
        assert row["spend"] == pytest.approx(sum(line["quantity"] * line["unit_price"] for line in mine))
        assert row["purchase_days"] == len(days)
        assert row["products"] == len({line["product_id"] for line in mine if line["is_product"]} - {None})
        assert row["recency_days"] == pytest.approx((moment - last).total_seconds() / 86_400)
        gaps = [(after - before).days for before, after in pairwise(days)]
        assert row["mean_gap_days"] == (pytest.approx(sum(gaps) / len(gaps)) if gaps else None)
