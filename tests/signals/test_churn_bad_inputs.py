"""Shops that give little or odd things: the area answers with less, says so, or refuses with a reason."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from habitue.data.shop import Shop
from habitue.errors import ConfigError, DataError, NotEnoughData
from habitue.signals.churn import predict
from habitue.signals.churn.spec import CURVE_DAYS
from habitue.signals.churn.training import fit_churn

_START = dt.datetime(2024, 1, 1, 10)


def _lines(rows: list[tuple[str, float]], **columns: list[Any]) -> pa.Table:
    """Rows are (customer, days after the start)."""
    return pa.table(
        {
            "order_id": [f"{customer}-{day:g}" for customer, day in rows],
            "customer_id": [customer for customer, _ in rows],
            "product_id": [f"p{number % 5}" for number in range(len(rows))],
            "ordered_at": [_START + dt.timedelta(days=day) for _, day in rows],
            "quantity": [1.0] * len(rows),
            "unit_price": [3.0] * len(rows),
            **columns,
        }
    )


def _run(rows: list[tuple[str, float]], day: float, horizon_days: int = 30, **columns: Any) -> dict[str, pa.Table]:
    with Shop.from_tables({"order_lines": _lines(rows, **columns)}) as shop:
        return predict.run(shop, _START + dt.timedelta(days=day), horizon_days=horizon_days)


def _sound(answers: dict[str, pa.Table]) -> list[dict[str, Any]]:
    """Check what holds for every answer and return its customers."""
    churn = answers["churn"]
    chance = churn["churn_probability"].to_numpy()
    assert ((chance >= 0) & (chance <= 1)).all()
    curve = np.column_stack([churn[f"no_order_{days}d"].to_numpy() for days in CURVE_DAYS])
    assert (np.diff(curve, axis=1) <= 1e-12).all()
    assert ((curve >= 0) & (curve <= 1)).all()
    assert pc.all(pc.is_finite(churn["rescue_gain"])).as_py()
    assert (churn["rescue_gain_low"].to_numpy() <= churn["rescue_gain_high"].to_numpy()).all()
    (summary,) = answers["churn_profit_summary"].to_pylist()
    assert summary["best_profit"] >= max(summary["treat_all_profit"], 0.0) - 1e-9
    assert summary["response_source"] == "assumption"
    return churn.to_pylist()


def test_everybody_churned():
    rows = [(f"c{number:03d}", float(number % 20)) for number in range(240)]
    found = _sound(_run(rows, 200.0))
    assert min(row["churn_probability"] for row in found) > 0.9
    assert not any(row["rescue"] for row in found)
    assert {row["risk"] for row in found} == {"high"}
    assert all(row["next_order_at"] is None for row in found)


def test_nobody_churned():
    rows = [(f"c{number:03d}", day + number / 50) for number in range(120) for day in range(0, 130, 10)]
    answers = _run(rows, 123.0)
    found = _sound(answers)
    assert max(row["churn_probability"] for row in found) < 0.1
    assert {row["risk"] for row in found} == {"low"}
    (card,) = map(json.loads, answers["churn_models"]["card"].to_pylist())
    assert card["positive_share"] == 0
    assert card["fallback"] == "pooled_priors"


def test_one_class_in_a_fold_and_a_small_shop():
    steady = [(f"a{number}", float(day)) for number in range(20) for day in range(number % 7, 150, 7)]
    answers = _run([*steady, ("gone", 0.0)], 150.0)
    found = {row["customer_id"]: row for row in _sound(answers)}
    assert found["gone"]["churn_probability"] > max(
        row["churn_probability"] for name, row in found.items() if name != "gone"
    )
    (card,) = map(json.loads, answers["churn_models"]["card"].to_pylist())
    assert card["fallback"] == "pooled_priors"


def test_customers_with_one_purchase_only_are_alike_but_for_recency():
    rows = [(f"c{number:03d}", number / 2) for number in range(200)]
    found = _sound(_run(rows, 101.0))
    assert len(found) == 200


def test_a_purchase_on_the_cut_off_instant_is_not_known():
    rows = [(f"c{number:02d}", float(day)) for number in range(30) for day in range(0, 100, 20)]
    with_it = [*rows, ("new", 100.0), ("c00", 100.0)]
    assert _run(with_it, 100.0)["churn"].equals(_run(rows, 100.0)["churn"])


def test_a_horizon_longer_than_the_data():
    rows = [(f"c{number % 25}", float(number) / 4) for number in range(120)]
    answers = _run(rows, 31.0, horizon_days=365)
    found = _sound(answers)
    assert len(found) == 25
    (card,) = map(json.loads, answers["churn_models"]["card"].to_pylist())
    assert card["fallback"] == "prior_only"
    assert answers["churn_calibration"].num_rows == 0


def test_money_of_0_is_no_purchase():
    rows = [(f"c{number:02d}", float(day)) for number in range(30) for day in range(0, 100, 20)]
    prices = [3.0] * len(rows) + [0.0]
    answers = _run([*rows, ("given", 50.0)], 100.0, unit_price=prices)
    assert "given" not in answers["churn"]["customer_id"].to_pylist()


def test_nobody_to_ask():
    with pytest.raises(NotEnoughData, match="No purchase"):
        _run([("a", 10.0)], 5.0)


def test_a_horizon_of_no_days():
    with pytest.raises(ConfigError, match="horizon"):
        _run([("a", 10.0)], 20.0, horizon_days=-1)


def test_an_input_missing_at_scoring_time_is_named():
    draw = np.random.default_rng(1)
    rows = [(f"c{number:03d}", float(day)) for number in range(520) for day in draw.uniform(0, 120, 4).round(3)]
    with Shop.from_tables({"order_lines": _lines(rows)}) as shop:
        fitted = fit_churn(shop, _START + dt.timedelta(days=120), horizon_days=30)
    with pytest.raises(DataError, match="recency_days"):
        fitted.odds(fitted.frame.drop(columns="recency_days"))
