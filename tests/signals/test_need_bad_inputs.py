"""Shops that give little: the area answers with less, says so, or refuses with a reason."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from habitue.data.shop import Shop
from habitue.errors import NotEnoughData
from habitue.signals.need import predict
from habitue.signals.need.history import Shelf, read_history
from habitue.signals.need.spec import NeedSpec

_START = dt.datetime(2024, 1, 1, 10)


def _lines(rows: list[tuple[str, float, str]], **columns: list[Any]) -> pa.Table:
    """Rows are (customer, days after the start, product)."""
    return pa.table(
        {
            "order_id": [f"{customer}-{day:g}" for customer, day, _ in rows],
            "customer_id": [customer for customer, _, _ in rows],
            "product_id": [product for _, _, product in rows],
            "ordered_at": [_START + dt.timedelta(days=day) for _, day, _ in rows],
            "quantity": [1.0] * len(rows),
            "unit_price": [3.0] * len(rows),
            **columns,
        }
    )


def _run(lines: pa.Table, day: float, **spec: Any) -> dict[str, pa.Table]:
    with Shop.from_tables({"order_lines": lines}) as shop:
        return predict.run(shop, _START + dt.timedelta(days=day), spec=NeedSpec(**spec))


def _card(answers: dict[str, pa.Table], task: str) -> dict[str, Any]:
    return next(card for card in map(json.loads, answers["need_models"]["card"].to_pylist()) if card["task"] == task)


def test_customers_with_one_purchase_only():
    rows = [(f"c{number}", float(number), f"prod{number % 3}") for number in range(60)]
    titles = [("coffee mug", "lunch bag", "wall clock")[number % 3] for number in range(60)]
    answers = _run(_lines(rows, product_title=titles), 70.0)
    assert set(answers["need"]["customer_id"].to_pylist()) == {f"c{number}" for number in range(60)}
    assert answers["need_timing"]["usual_gap_days"].null_count == 60
    assert answers["need_products"]["due_at"].null_count == answers["need_products"].num_rows
    assert _card(answers, "need_category")["fallback"] == "prior_only"
    assert _card(answers, "need_category")["model"] == "history"


def test_no_titles_and_no_categories():
    rows = [(f"c{number % 20}", number * 1.5, f"prod{number % 5}") for number in range(120)]
    answers = _run(_lines(rows), 200.0)
    assert answers["need_categories"]["category"].to_pylist() == ["other"]
    assert answers["need"]["category"].unique().to_pylist() == ["other"]
    assert answers["need_products"].num_rows > 0
    assert answers["need_timing"].num_rows == 20


def test_a_horizon_longer_than_the_data():
    rows = [(f"c{number % 10}", float(number) / 4, f"prod{number % 4}") for number in range(80)]
    answers = _run(_lines(rows, category=[product for _, _, product in rows]), 21.0, horizon_days=365, timing_days=730)
    assert answers["need_timing"].num_rows == 10
    assert answers["need_timing"]["days_to_next_order"].null_count == 10
    assert _card(answers, "need_timing")["model"] == "none"
    assert _card(answers, "need_category")["split"] == "none"


def test_everybody_alike():
    rows = [(f"c{number:02d}", float(day), "milk1") for number in range(40) for day in range(0, 300, 10)]
    answers = _run(_lines(rows, category=["milk"] * len(rows)), 300.0)
    need = answers["need"].to_pylist()
    assert {row["category"] for row in need} == {"milk"}
    assert min(row["probability"] for row in need) > 0.95
    assert answers["need_timing"]["usual_gap_days"].to_numpy() == pytest.approx(10.0)
    assert {row["reason"] for row in answers["need_products"].to_pylist()} == {"replenish"}


def test_a_purchase_at_the_instant_is_not_known():
    rows = [("ann", 0.0, "tea1"), ("bob", 5.0, "tea1"), ("cid", 9.0, "cup1")]
    answers = _run(_lines(rows, category=["tea", "tea", "cups"]), 9.0)
    assert set(answers["need"]["customer_id"].to_pylist()) == {"ann", "bob"}
    assert answers["need_categories"]["category"].to_pylist() == ["tea"]


def test_nobody_bought_before():
    with pytest.raises(NotEnoughData, match="Nobody bought"):
        _run(_lines([("ann", 3.0, "tea1")]), 3.0)


def test_blocks_and_samples_change_little_and_nothing():
    rows = [(f"c{number % 30:02d}", number * 0.9, f"prod{(number * 7) % 6}") for number in range(240)]
    lines = _lines(rows, category=[f"cat{(number * 7) % 3}" for number in range(240)])
    whole = _run(lines, 220.0)
    in_blocks = _run(lines, 220.0, pairs=9)
    for name, table in whole.items():
        assert table.equals(in_blocks[name]), name
    sampled = _run(lines, 220.0, learners=10)
    assert sampled["need"]["customer_id"].unique().to_pylist() == whole["need"]["customer_id"].unique().to_pylist()
    assert "10" in _card(sampled, "need_category")["notes"][-1]["en"]


def test_orders_of_one_instant_stay_in_the_order_of_their_numbers():
    rows = [("ann", 1.0, product) for product in ("cup1", "tea1", "jam1", "tea1")]
    lines = _lines(rows).set_column(0, "order_id", [["10003", "10001", "10002", "10002"]])
    with Shop.from_tables({"order_lines": lines}) as shop:
        shelf = Shelf(("cup1", "jam1", "tea1"), np.zeros(3, dtype=np.int64), ("all",))
        found = read_history(shop, shop.at(_START + dt.timedelta(days=2)), ["ann"], shelf)
    assert found.items.toarray().tolist() == [[0, 0, 1], [0, 1, 1], [1, 0, 0]]
