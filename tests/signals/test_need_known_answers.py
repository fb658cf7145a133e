"""Worlds whose answer is known: planted tastes, cycles and companions must be found."""

from __future__ import annotations

import datetime as dt
import json
import random

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from habitue.data.shop import Shop
from habitue.signals.need import predict
from habitue.signals.need.spec import NEED, NEED_CATEGORIES, NEED_PRODUCTS, NEED_TIMING
from habitue.signals.need.words import MEANINGS, REASON_NAMES

_START = dt.datetime(2024, 1, 1, 10)
_AS_OF = dt.datetime(2024, 12, 1)
_SHELF = {
    "tea": ("green tea", "black tea", "herbal tea"),
    "soap": ("olive soap", "rose soap", "lavender soap"),
    "lamp": ("desk lamp", "floor lamp", "night lamp"),
    "rope": ("climbing rope", "jute rope", "cotton rope"),
}


def _purchase(customer: str, at: dt.datetime, product: str, title: str) -> dict[str, object]:
    return {
        "order_id": f"{customer}-{at:%y%m%d%H}",
        "customer_id": customer,
        "product_id": product,
        "product_title": title,
        "ordered_at": at,
        "quantity": 1.0,
        "unit_price": 5.0,
    }


def _tastes() -> list[dict[str, object]]:
    """120 customers who mostly buy from the category of their taste, every five weeks or so."""
    draw = random.Random(7)
    kinds = list(_SHELF)
    rows = []
    for number in range(120):
        at = _START + dt.timedelta(days=draw.uniform(0, 60))
        while at < _AS_OF:
            kind = kinds[number % 4] if draw.random() < 0.9 else draw.choice(kinds)
            which = draw.randrange(3)
            rows.append(_purchase(f"c{number:03d}", at, f"{kind}{which}", _SHELF[kind][which]))
            at += dt.timedelta(days=draw.uniform(25, 45))
    return rows


def _refillers() -> list[dict[str, object]]:
    """Customers who buy beans every 30 days, filters every 45; ann's last beans are 10 days old."""
    rows = []
    for number in range(40):
        for product, title, every in (("beans", "coffee beans", 30), ("filters", "paper filters", 45)):
            at = _AS_OF - dt.timedelta(days=10 + number % every) + dt.timedelta(hours=9)
            while at > _START:
                rows.append(_purchase("ann" if number == 0 else f"r{number:02d}", at, product, title))
                at -= dt.timedelta(days=every)
    return rows


def _answers(rows: list[dict[str, object]]) -> dict[str, pd.DataFrame]:
    with Shop.from_tables({"order_lines": pa.Table.from_pylist(rows)}) as shop:
        return {name: table.to_pandas() for name, table in predict.run(shop, _AS_OF).items()}


@pytest.fixture(scope="module")
def tastes() -> dict[str, pd.DataFrame]:
    return _answers(_tastes())


@pytest.fixture(scope="module")
def refills() -> dict[str, pd.DataFrame]:
    return _answers(_refillers())


def test_the_planted_taste_comes_first(tastes):
    first = tastes["need"][tastes["need"]["rank"] == 1].set_index("customer_id")["category"]
    right = [list(_SHELF)[int(name[1:]) % 4] in first[name] for name in first.index]
    assert len(right) == 120
    assert np.mean(right) >= 0.95


def test_chances_are_near_the_truth(tastes):
    first = tastes["need"][tastes["need"]["rank"] == 1]
    assert first["probability"].mean() == pytest.approx(0.9 + 0.1 / 4, abs=0.08)


def test_the_taste_is_the_first_reason(tastes):
    first = tastes["need"][tastes["need"]["rank"] == 1]
    leading = [reasons[0] for reasons in first["reasons"]]
    names = {"category_order_share", "category_recent_share", "category_latest_share", "category_orders"}
    assert np.mean([each["input"] in names and each["effect"] > 0 for each in leading]) > 0.5
    assert {reason["input"] for reasons in tastes["need"]["reasons"] for reason in reasons} <= MEANINGS.keys() | {
        "recency_days"
    }


def test_new_categories_are_those_never_bought(tastes):
    need = tastes["need"]
    bought = {(row["customer_id"], str(row["product_id"])[:-1]) for row in _tastes()}
    kind_of = {name: next(kind for kind in _SHELF if kind in name) for name in need["category"].unique()}
    for customer, category, is_new in zip(need["customer_id"], need["category"], need["is_new"], strict=True):
        assert is_new == ((customer, kind_of[category]) not in bought)


def test_ranks_follow_chances(tastes):
    for name in ("need", "need_products"):
        for _, rows in tastes[name].groupby("customer_id"):
            assert rows["rank"].tolist() == list(range(1, len(rows) + 1))
            assert rows["probability"].is_monotonic_decreasing
            assert rows["probability"].between(0, 1).all()


def test_categories_come_from_titles(tastes):
    categories = tastes["need_categories"]
    assert categories["from_titles"].all()
    assert categories["products"].sum() == 12
    assert categories["share"].sum() == pytest.approx(1.0, abs=0.1)


def test_the_day_of_the_next_order(tastes):
    timing = tastes["need_timing"].set_index("customer_id")
    last = pd.DataFrame(_tastes()).groupby("customer_id")["ordered_at"].max()
    truth = 35.0 - (pd.Timestamp(_AS_OF) - last).dt.total_seconds() / 86_400
    gap = (timing["days_to_next_order"] - truth).abs()
    assert gap.mean() < 6.0
    assert (timing["low_days"] <= timing["days_to_next_order"]).all()
    assert (timing["days_to_next_order"] <= timing["high_days"]).all()
    assert timing["usual_gap_days"].between(29, 41).all()


def test_a_refill_is_due_on_the_right_day(refills):
    own = refills["need_products"].set_index("customer_id").loc["ann"].set_index("product_id")
    assert own.loc["beans", "reason"] == "replenish"
    assert own.loc["beans", "usual_gap_days"] == pytest.approx(30, abs=0.5)
    assert abs(own.loc["beans", "due_at"] - (pd.Timestamp(_AS_OF) + pd.Timedelta(days=20, hours=9))).days == 0
    assert own.loc["filters", "usual_gap_days"] == pytest.approx(45, abs=0.7)


def test_cards_show_what_stands_beside(tastes):
    cards = {card["task"]: card for card in map(json.loads, tastes["need_models"]["card"])}
    category = cards["need_category"]
    assert category["split"] == "later"
    assert {each["name"] for each in category["baselines"]} == {"own history", "popularity"}
    assert pd.Timestamp(category["judged_at"]) + pd.Timedelta(days=90) <= pd.Timestamp(_AS_OF)
    losses = {each["name"]: each["metrics"][0]["value"] for each in category["baselines"]}
    assert category["metrics"][0]["value"] <= losses["own history"] < losses["popularity"]
    assert cards["need_timing"]["model"] == "hazard"


def test_tables_have_the_columns_agreed(tastes):
    for name, schema in (
        ("need", NEED),
        ("need_products", NEED_PRODUCTS),
        ("need_timing", NEED_TIMING),
        ("need_categories", NEED_CATEGORIES),
    ):
        assert list(tastes[name].columns) == schema.names
    assert set(tastes["need_products"]["reason"]) <= REASON_NAMES.keys()
