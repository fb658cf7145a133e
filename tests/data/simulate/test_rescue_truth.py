"""What a rescue is said to bring agrees with what the simulated shop's own coupons, drawn at random, did bring."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from habitue.data.simulate import SimulatedShop
from habitue.errors import ConfigError

Frames = dict[str, pd.DataFrame]

_DAYS = 12


@pytest.fixture(scope="module")
def sent(planted_shop: SimulatedShop, frames: Frames, true_customers: Any) -> pd.DataFrame:
    """Every coupon of 20 % or control of each action, with what was expected of the former and what came."""
    coupons = frames["coupons"].query("arm in ['none', 'twenty']")
    last_day = coupons["issued_at"].max().normalize()
    orders = frames["orders"].query("status == 'completed'")[["customer_id", "ordered_at", "order_id"]]
    parts = []
    for day, issued in coupons.groupby(coupons["issued_at"].dt.normalize()):
        if day == last_day:
            continue  # its window reaches past the tables
        as_of = issued["issued_at"].min().to_pydatetime()
        truth = planted_shop.truth.rescue(as_of, horizon_days=_DAYS).to_pandas()
        rows = issued.merge(truth, on="customer_id")
        within = orders[orders["ordered_at"].between(as_of, as_of + timedelta(days=_DAYS))]
        rows["orders"] = rows["customer_id"].map(within.groupby("customer_id").size()).fillna(0)
        parts.append(rows)
    table = pd.concat(parts, ignore_index=True)
    completed = set(orders["order_id"])
    table["redeemed"] = table["order_id"].isin(completed)
    table["segment"] = table["customer_id"].map(true_customers["segment"])
    return table


def _agrees(counts: pd.Series, expected: pd.Series, rel: float) -> bool:
    """Say whether counts lie within four standard errors of Poisson numbers, and a little for sold-out shelves."""
    return bool(((counts - expected).abs() <= 4 * np.sqrt(expected) + rel * expected).all())


def test_randomised_arms_differ_by_the_extra_orders(sent: pd.DataFrame) -> None:
    treated = sent["arm"] == "twenty"
    weight = 1 / sent["propensity"]
    means = [np.average(sent["orders"][arm], weights=weight[arm]) for arm in (treated, ~treated)]
    errors = [sent["orders"][arm].std() * np.sqrt((weight[arm] ** 2).sum()) / weight[arm].sum() for arm in
              (treated, ~treated)]  # fmt: skip
    assert means[0] - means[1] == pytest.approx(sent["extra_orders"].mean(), abs=3 * np.hypot(*errors))
    assert sent["extra_orders"].mean() > 4 * np.hypot(*errors)


def test_coupons_are_redeemed_as_often_as_said(sent: pd.DataFrame) -> None:
    treated = sent[sent["arm"] == "twenty"]
    assert treated["redeemed"].sum() == pytest.approx(treated["redeemed_orders"].sum(), rel=0.06)
    for groups in (treated["segment"], pd.qcut(treated["redeemed_orders"].rank(method="first"), 8)):
        sums = treated.groupby(groups, observed=True)[["redeemed", "redeemed_orders"]].sum()
        assert _agrees(sums["redeemed"], sums["redeemed_orders"], rel=0.04)
    assert treated["redeemed_orders"].between(0, 1).all()


def test_extra_orders_by_segment_are_those_the_coupons_caused(
    planted_shop: SimulatedShop, frames: Frames, true_orders: Any, sent: pd.DataFrame
) -> None:
    twenty = sent[sent["arm"] == "twenty"]
    caused = true_orders[(true_orders["cause"] == "coupon")].dropna(subset=["customer_id"])
    caused = caused[caused["order_id"].isin(frames["orders"].query("status == 'completed'")["order_id"])]
    both = caused.merge(twenty[["customer_id", "issued_at", "segment"]], on="customer_id")
    days = (both["ordered_at"] - both["issued_at"]).dt.total_seconds() / 86_400
    counts = both[days.between(0, _DAYS + 0.5)].groupby("segment").size()
    expected = twenty.groupby("segment")["extra_orders"].sum()
    assert _agrees(counts.reindex(expected.index).fillna(0), expected, rel=0.05)
    assert counts.sum() == pytest.approx(expected.sum(), rel=0.07)


def test_gain_is_margin_less_offer_less_contact(planted_shop: SimulatedShop, true_customers: Any) -> None:
    as_of = datetime(2024, 7, 25)
    rows = planted_shop.truth.rescue(as_of, offer_share=0.1, gross_margin=0.5, contact_cost=2).to_pandas()
    gain = rows["order_value"] * (0.5 * rows["extra_orders"] - 0.1 * rows["redeemed_orders"]) - 2
    assert np.allclose(rows["true_gain"], gain)
    gone = rows["customer_id"].map(true_customers["dropped_out_at"]) <= as_of
    assert gone.any()
    assert (rows.loc[gone, "true_gain"] == -2).all()
    assert (rows.loc[~gone, "extra_orders"] >= 0).all()
    stronger = planted_shop.truth.rescue(as_of, offer_share=0.2).to_pandas()
    assert stronger["extra_orders"].sum() == pytest.approx(2 * rows["extra_orders"].sum(), rel=0.02)
    scores = planted_shop.truth.true_scores(as_of, 90).to_pandas().set_index("customer_id")
    same = scores.loc[rows["customer_id"], ["expected_orders", "order_probability"]]
    assert np.allclose(rows[["expected_orders", "order_probability"]], same)


def test_order_values_lie_between_own_orders_and_the_segment(
    planted_shop: SimulatedShop, frames: Frames, true_customers: Any
) -> None:
    rows = planted_shop.truth.rescue(datetime(2024, 7, 25)).to_pandas().set_index("customer_id")
    lines = frames["order_lines"].query("quantity > 0 and status == 'completed' and coupon_code.isna()")
    worth = lines.groupby(["customer_id", "order_id"])["line_total"].sum().groupby("customer_id").agg(["mean", "size"])
    often = worth[worth["size"] >= 15].index.intersection(rows.index)
    assert len(often) > 100
    ratio = rows.loc[often, "order_value"] / worth.loc[often, "mean"]
    assert ratio.median() == pytest.approx(1, abs=0.03)
    segments = rows.groupby(rows.index.map(true_customers["segment"]))["order_value"].mean()
    assert segments["wholesale"] > 5 * segments["regulars"]


def test_only_buyers_are_offered_a_rescue(planted_shop: SimulatedShop, frames: Frames) -> None:
    as_of = datetime(2024, 3, 2)
    rows = planted_shop.truth.rescue(as_of)
    orders = frames["orders"].query("status != 'cancelled'")
    before = set(orders[orders["ordered_at"] < as_of]["customer_id"].dropna())
    assert set(rows["customer_id"].to_pylist()) == before
    none_left = planted_shop.truth.rescue(datetime(2023, 1, 1))
    assert none_left.num_rows == 0


@pytest.mark.parametrize("wrong", [{"offer_share": 0.0}, {"gross_margin": 1.2}, {"contact_cost": -1.0}])
def test_costs_that_make_no_sense(planted_shop: SimulatedShop, wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match="cannot be worked out"):
        planted_shop.truth.rescue(datetime(2024, 3, 2), **wrong)


def test_a_horizon_past_the_world(planted_shop: SimulatedShop) -> None:
    with pytest.raises(ConfigError, match="does not reach"):
        planted_shop.truth.rescue(datetime(2024, 12, 1))
