"""Churn and rescue against a shop whose truth is known, and parts against sums done by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from habitue.data.shop import Shop
from habitue.data.simulate import simulate
from habitue.models.metrics import auc, calibration_excess
from habitue.models.uplift import Response
from habitue.signals.churn import predict
from habitue.signals.churn import rescue as rescue_of_churn
from habitue.signals.churn.order_value import order_values
from habitue.signals.churn.rescue import Outlay, Rescue, outlay_of, profit_curve, profit_summary
from habitue.signals.churn.season import Season
from habitue.signals.churn.spec import Costs, risk_of
from habitue.signals.churn.words import EVIDENCE, RISKS, offer_words
from habitue.tasks import reasons_of

_AS_OF = dt.datetime(2024, 1, 29)
_COSTS = Costs(offer_share=0.2, gross_margin=0.4, contact_cost=0.25, offer_days=12.0, response_share=0.2)


@pytest.fixture(scope="module")
def simulated():
    return simulate(customers=640, days=520, seed=8, tables={"order_lines", "orders", "customers", "coupons"})


@pytest.fixture(scope="module")
def answers(simulated) -> dict[str, pa.Table]:
    with Shop.from_tables(simulated.tables) as shop:
        return predict.run(shop, _AS_OF, horizon_days=60)


@pytest.fixture(scope="module")
def known(simulated, answers) -> pd.DataFrame:
    """Answers beside the truth."""
    truth = simulated.truth.rescue(_AS_OF, horizon_days=60).to_pandas()
    lines = simulated.tables["order_lines"].to_pandas().query("quantity > 0")
    lines = lines[lines["ordered_at"] < _AS_OF]
    recency = (pd.Timestamp(_AS_OF) - lines.groupby("customer_id")["ordered_at"].max()).dt.days
    joined = answers["churn"].to_pandas().drop(columns="reasons").merge(truth, on="customer_id")
    return joined.assign(recency=joined["customer_id"].map(recency) / 1_000)


def test_chances_come_near_those_of_a_perfect_model(simulated, known: pd.DataFrame) -> None:
    orders = simulated.tables["orders"].to_pandas().query("status == 'completed'")
    within = orders[orders["ordered_at"].between(_AS_OF, _AS_OF + dt.timedelta(days=60))]
    gone = (~known["customer_id"].isin(within["customer_id"])).to_numpy(dtype=float)
    ours, perfect = auc(gone, known["churn_probability"]), auc(gone, 1 - known["order_probability"])
    assert ours > perfect - 0.12  # a perfect model knows who has dropped out
    assert ours > auc(gone, known["recency"]) + 0.03
    assert calibration_excess(gone, known["churn_probability"].to_numpy()) < 0.06


def test_the_curve_meets_the_chance_at_the_horizon(answers: dict[str, pa.Table]) -> None:
    churn = answers["churn"].to_pandas()
    assert np.allclose(churn["no_order_60d"], churn["churn_probability"])
    assert (churn["no_order_30d"] >= churn["no_order_60d"]).all()
    assert (churn["no_order_90d"] >= churn["no_order_180d"]).all()
    soon = churn["next_order_at"] < pd.Timestamp(_AS_OF) + pd.Timedelta(days=60)
    assert (soon == (churn["churn_probability"] < 0.5)).all()
    assert soon.any()


def test_rescue_is_neither_the_likeliest_to_leave_nor_the_least(known: pd.DataFrame) -> None:
    assert 0.02 < known["rescue"].mean() < 0.6
    rescued = known[known["rescue"]]
    lost = known["churn_probability"] > known["churn_probability"].quantile(0.8)
    assert rescued["true_gain"].mean() > 2 * known["true_gain"].mean()
    assert rescued["true_gain"].sum() > known["true_gain"].sum() > 0
    assert known[lost & ~known["rescue"]]["true_gain"].mean() < 0
    assert known["rescue"][lost].mean() < 0.2
    assert sorted(rescued["rescue_rank"]) == list(range(1, len(rescued) + 1))
    assert rescued.sort_values("rescue_rank")["rescue_gain"].is_monotonic_decreasing
    assert known[~known["rescue"]]["rescue_rank"].isna().all()


def test_profit_adds_up(answers: dict[str, pa.Table]) -> None:
    churn, curve = answers["churn"].to_pandas(), answers["churn_profit"].to_pandas()
    (summary,) = answers["churn_profit_summary"].to_pylist()
    assert curve["profit"].iloc[0] == 0
    assert curve["profit"].iloc[-1] == pytest.approx(churn["rescue_gain"].sum()) == summary["treat_all_profit"]
    assert summary["best_profit"] == pytest.approx(churn["rescue_gain"].clip(lower=0).sum())
    assert summary["best_share"] == pytest.approx(churn["rescue"].mean())
    assert curve["profit"].max() <= summary["best_profit"] + 1e-9
    assert (curve["low"] <= curve["profit"]).all()
    assert (curve["profit"] <= curve["high"]).all()
    assert summary["gain_over_all"] == pytest.approx(summary["best_profit"] - summary["treat_all_profit"])
    assert summary["response_source"] == "experiment"


def test_reasons_and_drivers_name_what_matters(answers: dict[str, pa.Table]) -> None:
    drivers = answers["churn_drivers"].to_pylist()
    assert drivers[0]["importance"] == max(row["importance"] for row in drivers)
    recency = next(row for row in drivers if row["input"] == "recency_days")
    assert recency["direction"] > 0.5
    churn = answers["churn"].sort_by([("churn_probability", "descending")])
    worst = reasons_of(churn["reasons"][0].as_py())
    assert len(worst) == 3
    assert worst[0].effect > 0


def test_a_published_order_value_is_used(simulated) -> None:
    with Shop.from_tables({"order_lines": simulated.tables["order_lines"]}) as shop:
        ids = pd.Series(["100001", "100002", "nobody"])
        own = order_values(shop, _AS_OF, ids)
        value = pa.table({"customer_id": ["100002"], "order_value": [1_234.5]})
        told = order_values(shop, _AS_OF, ids, value)
    assert told[1] == 1_234.5
    assert told[0] == own[0] > 0
    assert np.isfinite(own[2])


def test_gain_by_hand() -> None:
    told = Response(np.array([1.0, 0.0001]), np.array([0.5, 0.5]), np.array([1.0, 1.0]))
    used = 1 - np.exp(-1.5)
    outlay = outlay_of(told, np.array([50.0, 50.0]), _COSTS)
    assert outlay.gain[0] == pytest.approx(50 * (0.4 * 1.0 - 0.2 * used) - 0.25)
    assert outlay.cost[0] == pytest.approx(0.25 + 50 * 0.2 * used)
    assert outlay.gain[1] < 0  # somebody who is gone
    plain = outlay_of(told, np.array([50.0, 50.0]), _COSTS, with_offer=False)
    assert plain.gain[0] == pytest.approx(50 * 0.4 - 0.25)


def test_curve_by_hand() -> None:
    gain = np.array([-1.0, 3.0, 1.0, -4.0])
    ends, profits = (gain, gain), np.zeros((5, 101))
    rescue = Rescue(Outlay(gain, np.ones(4)), ends, profits, np.argsort(-gain), _COSTS, "experiment")
    curve = {round(row["share_treated"], 2): row["profit"] for row in profit_curve(rescue).to_pylist()}
    assert [curve[share] for share in (0.0, 0.25, 0.5, 0.75, 1.0)] == [0.0, 3.0, 4.0, 3.0, -1.0]
    (summary,) = profit_summary(rescue).to_pylist()
    assert (summary["best_share"], summary["gain_over_all"], summary["gain_over_none"]) == (0.5, 5.0, 4.0)


def test_draws_in_blocks_are_the_draws_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    base, worth = rng.gamma(1.0, 0.5, size=500), rng.gamma(2.0, 30.0, size=500)
    told = Response(base, np.full(500, 0.5), np.full(500, 0.4))
    strengths = np.exp(rng.normal(size=100))

    def drawn(rows: slice) -> Iterator[Response]:
        return (Response(base[rows], told.anyway[rows], told.lift[rows] * each) for each in strengths)

    gains = np.stack([outlay_of(each, worth, _COSTS).gain for each in drawn(slice(None))])
    monkeypatch.setattr(rescue_of_churn, "_BLOCK", 37)
    found = rescue_of_churn._judged(told, drawn, worth, _COSTS, "assumption")
    low, high = np.percentile(gains, [10, 90], axis=0)
    assert found.interval[0] == pytest.approx(np.minimum(low, found.outlay.gain))
    assert found.interval[1] == pytest.approx(np.maximum(high, found.outlay.gain))
    running = np.hstack([np.zeros((100, 1)), np.cumsum(gains[:, found.order], axis=1)])
    assert found.profits == pytest.approx(running[:, np.arange(0, 501, 5)])


def _yearly(days: int, wave: float) -> list[tuple[str, dt.datetime, float]]:
    draw = np.random.default_rng(4)
    start = dt.datetime(2022, 1, 1)
    level = 8 * np.exp(wave * np.cos(2 * np.pi * (np.arange(days) - 180) / 365.25))
    counts = draw.poisson(level)
    return [
        (f"c{number}", start + dt.timedelta(days=day, hours=9, minutes=number), 5.0)
        for day in range(days)
        for number in range(counts[day])
    ]


def test_a_year_with_its_high_in_summer_is_found(shop_of: Any) -> None:
    shop = shop_of(_yearly(800, 0.5))
    season = Season.of(shop, dt.datetime(2024, 3, 1))
    summer = season.ratio(75.0, 165.0, [365.25], [1.0])
    assert summer == pytest.approx(1.0, abs=0.02)  # against the same stretch of another year
    against_spring = season.mean(90.0, 150.0) / season.mean(-60.0, 0.0)
    assert against_spring == pytest.approx(np.exp(0.5 * (0.93 + 0.75)), rel=0.15)


def test_short_records_take_the_year_of_retail_at_large(shop_of: Any) -> None:
    shop = shop_of(_yearly(100, 0.0))
    season = Season.of(shop, dt.datetime(2022, 9, 9))
    assert 1.05 < season.ratio(0.0, 90.0, [90.0, 180.0], [1.0, 1.0]) < 1.25


def test_codes_have_words() -> None:
    assert set(risk_of(np.array([0.1, 0.5, 0.9]))) == set(RISKS)
    assert {"experiment", "assumption"} == set(EVIDENCE)
    assert "20" in offer_words("20%")["zh"]
