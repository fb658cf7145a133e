"""What was planted can be found again in the tables."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from habitue.data.simulate import SimulatedShop
from habitue.data.simulate.calendar import sale_days
from habitue.errors import ConfigError

Frames = dict[str, pd.DataFrame]


@pytest.mark.parametrize("as_of", [datetime(2023, 9, 1), datetime(2024, 2, 1), datetime(2024, 9, 10)])
def test_true_scores_come_true(
    planted_shop: SimulatedShop, frames: Frames, true_customers: Any, as_of: datetime
) -> None:
    scores = planted_shop.truth.true_scores(as_of, 90).to_pandas().set_index("customer_id")
    orders = frames["orders"]
    within = (orders["ordered_at"] >= as_of) & (orders["ordered_at"] < as_of + timedelta(days=90))
    placed = orders[within & (orders["status"] == "completed")].groupby("customer_id").size()
    scores["orders"] = placed.reindex(scores.index).fillna(0)
    scores["bought"] = scores["orders"] > 0
    assert not scores.loc[~scores["alive"], "bought"].any()
    assert scores["orders"].sum() == pytest.approx(scores["expected_orders"].sum(), rel=0.06)
    tenth = pd.qcut(scores["order_probability"].rank(method="first"), 10)
    means = scores.groupby(tenth, observed=True)[["order_probability", "bought"]].mean()
    spread = np.sqrt(means["order_probability"] * (1 - means["order_probability"]) / (len(scores) / 10))
    assert ((means["order_probability"] - means["bought"]).abs() < 4 * spread + 0.02).all()
    by_segment = scores.groupby(true_customers["segment"])[["expected_orders", "orders"]].sum()
    assert np.allclose(by_segment["orders"], by_segment["expected_orders"], rtol=0.15, atol=12)


def test_expected_orders_of_one_customer_and_the_end_of_the_world(planted_shop: SimulatedShop) -> None:
    scores = planted_shop.truth.true_scores(datetime(2024, 5, 1), 30)
    best = max(scores.to_pylist(), key=lambda row: row["expected_orders"])
    found = planted_shop.truth.expected_orders(best["customer_id"], datetime(2024, 5, 1), datetime(2024, 5, 31))
    assert found == best["expected_orders"] > 1
    assert planted_shop.truth.expected_orders("nobody", datetime(2024, 5, 1), datetime(2024, 5, 31)) == 0
    with pytest.raises(ConfigError, match="does not reach"):
        planted_shop.truth.true_scores(datetime(2024, 12, 1), 90)


def test_nobody_orders_after_dropping_out(true_customers: Any, true_orders: Any) -> None:
    gone = true_orders["customer_id"].map(true_customers["dropped_out_at"])
    assert gone.notna().any()
    assert not (true_orders["ordered_at"] >= gone).any()


def test_late_parcels_drive_customers_away(frames: Frames, true_customers: Any, true_orders: Any) -> None:
    parcels = frames["shipments"].dropna(subset=["order_id", "delivered_at"]).set_index("order_id")
    late = parcels["delivered_at"] > parcels["promised_at"]
    known = true_orders[true_orders["customer_id"].notna()]
    shipped = known[known["order_id"].isin(parcels.index)]
    assert (shipped["is_late"] == shipped["order_id"].map(late)).all()
    arrived = shipped["order_id"].map(parcels["delivered_at"])
    gone = shipped["customer_id"].map(true_customers["dropped_out_at"])
    leaves = (gone - arrived).abs() < timedelta(hours=1)
    assert leaves[shipped["is_late"]].mean() > 0.15
    assert leaves[~shipped["is_late"]].mean() < 0.01


def test_bargain_hunters_wait_for_price_cuts(frames: Frames, true_customers: Any) -> None:
    lines = frames["order_lines"].query("quantity > 0")
    cheap = lines["unit_price"] < lines["list_price"] - 0.005
    share = cheap.groupby(lines["customer_id"].map(true_customers["segment"])).mean()
    assert share["bargain_hunters"] > share["regulars"] + 0.1
    assert share["bargain_hunters"] > share["replenishers"] + 0.1


def test_complements_meet_in_baskets_and_substitutes_do_not(planted_shop: SimulatedShop, frames: Frames) -> None:
    lines = frames["order_lines"].query("quantity > 0")[["order_id", "product_id"]].drop_duplicates()
    count = lines["product_id"].value_counts()
    together = lines.merge(lines, on="order_id").groupby(["product_id_x", "product_id_y"]).size()
    products = planted_shop.truth.products.to_pandas().set_index("product_id")

    def lift(pairs: pd.Series[str]) -> float:
        joint = sum(together.get(pair, 0) for pair in pairs.items())
        chance = sum(count.get(one, 0) * count.get(two, 0) for one, two in pairs.items()) / lines["order_id"].nunique()
        return float(joint / chance)

    assert lift(products["complement_id"].dropna()) > 3
    assert lift(products["substitute_id"]) < 0.2


def test_price_cuts_sell_as_the_elasticity_says(planted_shop: SimulatedShop, frames: Frames) -> None:
    truth = planted_shop.truth
    days = truth.days.to_pandas()
    quiet = days.groupby("day")["promotion_depth"].max().loc[lambda depth: depth == 0].index
    prices = truth.prices.to_pandas()
    prices = prices[prices["day"].isin(quiet)]
    lines = frames["order_lines"].query("quantity > 0")
    sold = lines.groupby([lines["product_id"], lines["ordered_at"].dt.date]).size().rename("sold")
    prices = prices.join(sold, on=["product_id", "day"]).fillna({"sold": 0})
    products = truth.products.to_pandas().set_index("product_id")
    prices["steep"] = prices["product_id"].map(products["elasticity"] < products["elasticity"].median())
    prices["usual"] = prices["product_id"].map(prices[prices["promotion"] == 0].groupby("product_id")["sold"].mean())
    response = {}
    for steep, group in prices[prices["promotion"] >= 0.15].groupby("steep"):
        depth = np.average(np.log1p(-group["promotion"]), weights=group["usual"])
        truly = np.average(group["product_id"].map(products["elasticity"]), weights=group["usual"])
        response[steep] = np.log(group["sold"].sum() / group["usual"].sum()) / depth
        assert response[steep] == pytest.approx(truly, rel=0.2)
    assert response[True] < response[False]


def test_sale_days_stand_out(planted_shop: SimulatedShop, frames: Frames) -> None:
    orders = frames["orders"].query("status != 'returned'")
    days = planted_shop.truth.days.to_pandas()
    days["day"] = pd.to_datetime(days["day"])
    for market, chinese in (("west", False), ("china", True)):
        per_day = orders[(orders["country"] == "CN") == chinese].groupby(orders["ordered_at"].dt.normalize()).size()
        shown = days[days["market"] == market].set_index("day")
        mean = per_day.reindex(shown.index).fillna(0).groupby(shown["sale_day"].fillna("none")).mean()
        peaks, lull = (("618", "Singles' Day"), "Spring Festival") if chinese else (("Black Friday",), "Christmas days")
        assert all(mean[peak] > 1.6 * mean["none"] for peak in peaks)
        assert mean[lull] < 0.8 * mean["none"]


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("Black Friday", (2023, 11, 24), (2023, 11, 27)),
        ("Spring Festival", (2024, 2, 7), (2024, 2, 16)),
        ("Spring Festival", (2026, 2, 14), (2026, 2, 23)),
        ("Mother's Day", (2025, 5, 5), (2025, 5, 11)),
        ("Qixi", (2024, 8, 7), (2024, 8, 10)),
        ("Mid-Autumn", (2025, 9, 28), (2025, 10, 6)),
    ],
)
def test_moving_feasts(name: str, first: tuple[int, int, int], last: tuple[int, int, int]) -> None:
    (found,) = [each for each in sale_days(first[0]) if each.name.en == name]
    assert (found.first, found.last) == (datetime(*first).date(), datetime(*last).date())


def test_gift_buyers_and_replenishers_keep_to_their_rhythm(true_customers: Any, true_orders: Any) -> None:
    own = true_orders[true_orders["cause"].isin(["own", "first"])].sort_values("ordered_at")
    segment = own["customer_id"].map(true_customers["segment"])
    december = (own["ordered_at"].dt.month == 12).groupby(segment).mean()
    assert december["gift_buyers"] > 1.3 * december["replenishers"]
    gaps = own.groupby("customer_id")["ordered_at"].diff().dt.total_seconds()
    spread = gaps.groupby(own["customer_id"]).std() / gaps.groupby(own["customer_id"]).mean()
    enough = own.groupby("customer_id").size() >= 6
    by_segment = spread[enough[enough].index].groupby(true_customers["segment"]).median()
    assert by_segment["replenishers"] < 0.65
    assert by_segment["bargain_hunters"] > 0.75


def test_coupons_and_messages_work_as_much_as_planted(
    planted_shop: SimulatedShop, frames: Frames, true_orders: Any
) -> None:
    coupons = frames["coupons"].query("arm != 'welcome'")
    issued = coupons.groupby("arm").size()
    caused = true_orders[true_orders["cause"] == "coupon"]
    used = frames["coupons"].dropna(subset=["order_id"]).set_index("order_id")
    arms = used.loc[used.index.intersection(caused["order_id"]), "arm"].value_counts()
    assert arms["twenty"] / issued["twenty"] > 1.5 * arms["ten"] / issued["ten"] > 0
    assert set(arms.index) == {"ten", "twenty"}
    for arm, chance in (("none", 0.4), ("ten", 0.3), ("twenty", 0.3)):
        plain = coupons.groupby("issued_at")["propensity"].transform("nunique") == 2  # not drawn by how new they are
        assert (coupons[plain]["arm"] == arm).mean() == pytest.approx(chance, abs=0.01)
    messages = frames["messages"]
    assert messages.query("arm == 'control'")["opened_at"].isna().all()
    strength = planted_shop.truth.message_effects.to_pandas().set_index("customer_id")["uplift"]
    moved = true_orders[true_orders["cause"] == "message"]["customer_id"].map(strength)
    rest = true_orders[true_orders["cause"] == "own"]["customer_id"].map(strength)
    assert moved.mean() > 1.3 * rest.mean()


def test_messages_respect_consent(frames: Frames) -> None:
    consents = frames["consents"].query("purpose == 'marketing'").sort_values("changed_at")
    messages = frames["messages"].sort_values("sent_at")
    joined = pd.merge_asof(
        messages,
        consents,
        left_on="sent_at",
        right_on="changed_at",
        by=["customer_id", "channel"],
        allow_exact_matches=False,
    )
    assert joined["granted"].eq(True).all()
    assert frames["messages"]["unsubscribed_at"].notna().any()


def test_spend_wins_customers_as_planted(planted_shop: SimulatedShop, frames: Frames) -> None:
    truth = planted_shop.truth
    channels = truth.channels.to_pandas().set_index("channel")
    expected = truth.sign_ups.to_pandas()
    paid = expected[expected["channel"] == "search"].set_index("day")
    spent = frames["spend"].query("channel == 'search'").set_index("day")["cost"]
    assert np.allclose(spent, paid["spend"])
    carried = paid["spend"] + channels.loc["search", "carry_over"] * paid["carried"].shift()
    assert np.allclose(carried.dropna(), paid["carried"].iloc[1:])
    new = frames["customers"].query("signed_up_at >= '2023-01-01'")
    assert expected["expected"].sum() == pytest.approx(len(new))
    share = expected.groupby("channel")["expected"].sum() / len(new)
    found = new["acquisition_channel"].value_counts(normalize=True)
    assert np.allclose(found.reindex(share.index), share, atol=0.035)


def test_shelves_hold_what_the_books_say(planted_shop: SimulatedShop, frames: Frames) -> None:
    lines = frames["order_lines"].query("quantity > 0 and status != 'cancelled'")
    west = np.where(lines["country"] == "CN", "L2", "L1")
    days = lines["ordered_at"].dt.normalize()
    sold = lines.groupby([lines["product_id"], west, days])["quantity"].sum()
    bought = frames["purchase_orders"]
    come = bought.groupby(["product_id", "location_id", bought["received_at"].dt.normalize()])[
        "quantity_received"
    ].sum()
    counts = frames["stock"].set_index(["product_id", "location_id"]).sort_index()
    assert (counts["on_hand"] >= 0).all()
    checked = 0
    for shelf in [("LIP-0001", "L1"), ("COF-0002", "L2"), ("SOX-0001", "L1")]:
        of_shelf = counts.loc[shelf].set_index("counted_at")["on_hand"]
        out = sold.loc[shelf] if shelf in sold.index.droplevel(2) else pd.Series(dtype=float)
        into = come.loc[shelf] if shelf in come.index.droplevel(2) else pd.Series(dtype=float)
        moves = into.sub(out, fill_value=0).cumsum()
        level = moves.reindex(moves.index.union(of_shelf.index)).ffill().fillna(0)
        before = level.shift(fill_value=0).reindex(of_shelf.index)
        assert np.allclose(of_shelf - before, of_shelf.iloc[0] - before.iloc[0])
        checked += int(into.sum() > 0 and out.sum() > 0)
    assert checked == 3
    assert planted_shop.truth.lost_sales.num_rows > 0


def test_fraud_leaves_traces_and_labels_come_late(frames: Frames, true_customers: Any, true_orders: Any) -> None:
    payments = frames["payments"]
    ring = true_customers.index[true_customers["fraud_kind"] == "coupon_abuse"]
    shared = payments[payments["customer_id"].isin(ring)].groupby("device_id")["customer_id"].nunique()
    assert shared.max() > 1
    honest = true_customers.index[~true_customers["is_fraudster"]]
    assert payments[payments["customer_id"].isin(honest)].groupby("device_id")["customer_id"].nunique().max() == 1
    labels = frames["fraud_labels"].set_index("order_id")
    kinds = true_orders.set_index("order_id")["fraud_kind"]
    assert (labels["is_fraud"] == kinds.reindex(labels.index).notna()).all()
    delay = labels["labelled_at"] - true_orders.set_index("order_id")["ordered_at"].reindex(labels.index)
    assert (delay > timedelta(0)).all()
    assert delay[labels["kind"] == "chargeback"].mean() > timedelta(days=10)
    assert set(kinds.dropna()) == {"stolen_card", "coupon_abuse", "account_takeover"}


def test_interest_rises_before_an_order(frames: Frames, true_orders: Any) -> None:
    views = frames["events"].query("event == 'view'").dropna(subset=["customer_id"])
    orders = true_orders.dropna(subset=["customer_id"])[["customer_id", "ordered_at", "order_id"]]
    both = views.merge(orders.sample(2_000, random_state=1), on="customer_id")
    ahead = (both["ordered_at"] - both["happened_at"]).dt.total_seconds() / 86_400
    eve = ahead.between(0.2, 3).sum() / 2.8
    earlier = ahead.between(20, 40).sum() / 20
    assert eve > 1.5 * earlier
