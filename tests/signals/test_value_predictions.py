"""The value forecast on simulated shops whose future is known, on shops too small or too young, and its tables."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pyarrow as pa
import pytest

from habitue.data.shop import Shop
from habitue.data.simulate import simulate
from habitue.errors import DataError, NotEnoughData, NotFitted
from habitue.features.testing import cut_at, differences
from habitue.models.btyd import BGNBD, MBGNBD, GammaGamma, ParetoNBD
from habitue.models.metrics import spearman, total_bias
from habitue.signals.value import predict
from habitue.signals.value.repeat_buying import last_day, outlook, read_counts, read_days, read_histories
from habitue.signals.value.spec import CALIBRATION, TRACKING, VALUE, question
from habitue.tasks import FittedTask, cards_of

AS_OF = dt.datetime(2023, 9, 5)
HORIZON = 45
KEYS = {"value": "customer_id", "value_tracking": "week", "value_calibration": "decile", "value_models": "task"}


@pytest.fixture(scope="module")
def simulated():
    """Six hundred customers and more, with what each spent in the horizon that followed."""
    tables = simulate(customers=1_200, days=300, seed=11, tables={"order_lines"}).tables
    with Shop.from_tables(tables) as shop:
        told = predict.run(shop, AS_OF, horizon_days=HORIZON)
        came = shop.between(AS_OF, AS_OF + dt.timedelta(days=HORIZON)).purchases
        spend = shop.engine.to_arrow(came.group_by("customer_id").agg(spend=came.spend.sum())).to_pandas()
        known = shop.engine.to_arrow(shop.at(AS_OF).purchases.select("customer_id").distinct()).to_pandas()
    frame = told["value"].to_pandas().set_index("customer_id")
    return told, frame, spend.set_index("customer_id")["spend"].reindex(frame.index).fillna(0.0), known


def test_every_customer_once_with_all_columns(simulated) -> None:
    told, frame, _, known = simulated
    assert told["value"].schema == VALUE
    assert sorted(frame.index) == sorted(known["customer_id"])
    assert (frame["as_of"] == AS_OF).all()
    assert (frame["horizon_days"] == HORIZON).all()
    assert frame.drop(columns="reasons").notna().all().all()
    assert frame["decile"].value_counts().between(len(frame) // 10, len(frame) // 10 + 1).all()
    by_decile = frame.groupby("decile")["expected_spend"]
    assert (by_decile.max().to_numpy()[:-1] <= by_decile.min().to_numpy()[1:]).all()
    assert frame["p_alive"].between(0, 1).all()
    assert (frame["spend_low"] <= frame["expected_spend"]).all()
    assert (frame["expected_spend"] <= frame["spend_high"]).all()
    assert frame["reasons"].map(len).between(1, 3).all()


def test_longer_horizons_bring_more_but_never_more_in_proportion(simulated) -> None:
    spend = simulated[1][[f"expected_spend_{days}d" for days in (30, 90, 180, 365)]].to_numpy()
    a_day = spend / np.array([30, 90, 180, 365])
    assert (np.diff(spend, axis=1) > 0).all()
    assert (np.diff(a_day, axis=1) <= 1e-9 * a_day[:, 1:]).all()
    between = simulated[1]["expected_spend"].to_numpy()
    assert ((spend[:, 0] <= between) & (between <= spend[:, 1])).all()


def test_the_forecast_knows_who_will_spend(simulated) -> None:
    _, frame, came, _ = simulated
    assert spearman(came, frame["expected_spend"]) > 0.4
    # A few wholesale buyers make a third of the total, one way or the other.
    assert abs(total_bias(came, frame["expected_spend"])) < 0.4
    inside = (came >= frame["spend_low"]) & (came <= frame["spend_high"])
    assert 0.7 < inside.mean() < 0.9
    best = frame["decile"] == 10
    assert came[best].sum() > 3 * 0.1 * came.sum()


def test_calibration_is_that_of_the_last_known_outcome(simulated) -> None:
    table = simulated[0]["value_calibration"]
    assert table.schema == CALIBRATION
    frame = table.to_pandas()
    assert frame["decile"].tolist() == list(range(1, 11))
    assert frame["predicted"].is_monotonic_increasing
    assert ((frame["low"] <= frame["actual"]) & (frame["actual"] <= frame["high"])).all()
    assert frame["customers"].sum() < len(simulated[1])
    whole = cards_of(simulated[0]["value_models"])[0]
    assert whole["judged_at"][:10] == f"{AS_OF - dt.timedelta(days=HORIZON):%Y-%m-%d}"


def test_tracking_holds_the_last_weeks_out(simulated) -> None:
    table = simulated[0]["value_tracking"]
    assert table.schema == TRACKING
    frame = table.to_pandas()
    assert frame["actual"].is_monotonic_increasing
    assert frame["expected"].is_monotonic_increasing
    assert frame["week"].iloc[-1] + dt.timedelta(days=7) <= AS_OF.date()
    cut = (AS_OF - dt.timedelta(days=HORIZON)).date()
    over = [week + dt.timedelta(days=6) >= cut for week in frame["week"]]
    assert frame["held_out"].tolist() == over
    assert 6 <= frame["held_out"].sum() <= 7
    last = frame.iloc[-1]
    assert last["expected"] == pytest.approx(last["actual"], rel=0.12)
    assert set(frame["model"]) <= {"bg_nbd", "mbg_nbd", "pareto_nbd"}


def test_cards_and_states_can_be_read_again(simulated) -> None:
    table = simulated[0]["value_models"]
    whole, repeat = cards_of(table)
    assert (whole["task"], repeat["task"]) == ("value", "value_repeat_purchases")
    names = {each["name"] for each in whole["metrics"]}
    assert {"spearman", "total_bias", "interval_cover"} <= names
    assert {each["name"] for each in whole["baselines"]} >= {"past spend", "RFM", "buy till you die"}
    assert {each["name"] for each in repeat["candidates"]} == {"bg_nbd", "mbg_nbd", "pareto_nbd"}
    assert any("±" in note["en"] and "±" in note["zh"] for note in repeat["notes"])
    assert any("no churn score" in note["en"] for note in repeat["notes"])
    state = json.loads(table["state"][0].as_py())
    assert 0 <= state["weight"] <= 1
    assert FittedTask.from_state(state["learnt"], question(HORIZON)).task.name == "value"
    kinds = {model.kind: model for model in (BGNBD, MBGNBD, ParetoNBD)}
    assert kinds[state["repeat"]["kind"]].from_state(state["repeat"]).summary.customers > 0
    assert GammaGamma.from_state(state["spend"]).p > 0


def test_the_future_changes_nothing() -> None:
    tables = simulate(customers=1_500, days=90, seed=3, dirt=0.05, tables={"order_lines"}).tables
    as_of = dt.datetime(2023, 2, 24, 14, 30)
    answers = []
    for given in (tables, cut_at(tables, as_of)):
        with Shop.from_tables(given) as shop:
            answers.append(predict.run(shop, as_of, horizon_days=28))
    for name, key in KEYS.items():
        full, cut = ({(row[key],): _timeless(row) for row in answer[name].to_pylist()} for answer in answers)
        assert len(full) > 1
        assert differences(full, cut) == []


@pytest.fixture(scope="module")
def later():
    """What was learnt at a moment, and a shop where customers have bought and joined since."""
    tables = simulate(customers=1_300, days=150, seed=5, tables={"order_lines"}).tables
    with Shop.from_tables(tables) as shop:
        yield shop, tables, predict.learn(shop, LEARNT_AT, horizon_days=28)


LEARNT_AT = dt.datetime(2023, 4, 24)


def test_what_was_saved_answers_the_same(later, tmp_path) -> None:
    shop, _, learnt = later
    learnt.save(tmp_path)
    again = predict.Learnt.load(tmp_path)
    as_of = LEARNT_AT + dt.timedelta(days=6, hours=9)
    first, second = (predict.score(shop, as_of, each) for each in (learnt, again))
    assert again.at == LEARNT_AT
    assert set(first) == set(KEYS)
    assert all(first[name].equals(second[name]) for name in first)
    assert predict.run(shop, as_of, learnt=again)["value"].equals(first["value"])


def test_customers_who_joined_since_are_answered_for(later) -> None:
    shop, tables, learnt = later
    as_of = LEARNT_AT + dt.timedelta(days=12)
    ids = predict.score(shop, as_of, learnt)["value"]["customer_id"].to_pylist()
    known = shop.engine.to_arrow(shop.at(as_of).purchases.select("customer_id").distinct())["customer_id"]
    before = shop.engine.to_arrow(shop.at(LEARNT_AT).purchases.select("customer_id").distinct())["customer_id"]
    assert ids == sorted(known.to_pylist())
    assert len(ids) > len(before)
    with Shop.from_tables(cut_at(tables, as_of)) as cut:
        full, short = (
            {(row["customer_id"],): row for row in predict.score(each, as_of, learnt)["value"].to_pylist()}
            for each in (shop, cut)
        )
    assert differences(full, short) == []


def test_an_answer_for_a_moment_before_learning_is_refused(later) -> None:
    with pytest.raises(DataError, match="learn"):
        predict.score(later[0], LEARNT_AT - dt.timedelta(seconds=1), later[2])
    with pytest.raises(NotFitted):
        predict.Learnt.load(later[0].folder / "nothing")


def test_histories_added_up_in_the_database_are_those_added_up_here(later) -> None:
    shop = later[0]
    names, days = read_days(shop, LEARNT_AT)
    expected = days.at(last_day(LEARNT_AT))
    ids, found = read_histories(shop, LEARNT_AT)
    assert ids.tolist() == names.tolist()
    for name in ("customer", "first", "frequency", "recency", "age"):
        assert getattr(found, name).tolist() == getattr(expected, name).tolist()
    assert found.mean_spend == pytest.approx(expected.mean_spend, abs=1e-5)
    assert found.day_value == pytest.approx(expected.day_value, abs=1e-5)
    when, born, again = read_counts(shop, LEARNT_AT)
    assert born.sum() == len(names)
    assert again.sum() == len(days.day) - len(names)
    assert when.tolist() == sorted(set(days.day.tolist()))


def _timeless(row):
    """Take out of a card how long it took: that differs from run to run."""
    if "card" in row:
        card = json.loads(row["card"])
        card.pop("milliseconds_per_row")
        return row | {"card": json.dumps(card, sort_keys=True)}
    return row


def _days(count: int, per_customer: int, *, spend: float = 10.0):
    """Customers who buy on some days of January and February, each a little later than the last."""
    start = dt.datetime(2024, 1, 1, 12)
    return [
        (f"c{number:03d}", start + dt.timedelta(days=number % 30 + 7 * time), spend + number % 5)
        for number in range(count)
        for time in range(per_customer)
    ]


def test_a_horizon_longer_than_the_records_is_left_to_the_rhythm(shop_of) -> None:
    purchases = [each for number, each in enumerate(_days(60, 4)) if number % 4 == 0 or number % 3]
    told = predict.run(shop_of(purchases), dt.datetime(2024, 3, 1), horizon_days=365)
    frame = told["value"].to_pandas()
    assert len(frame) == 60
    assert frame["spend_low"].isna().all()
    assert frame["expected_spend"].to_numpy() == pytest.approx(frame["expected_orders"] * frame["order_value"])
    assert frame["expected_spend_365d"].to_numpy() == pytest.approx(frame["expected_spend"])
    assert {each["input"] for row in frame["reasons"] for each in row} <= {"btyd_orders", "btyd_order_value"}
    assert told["value_calibration"].num_rows == 0
    assert not told["value_tracking"]["held_out"].to_pandas().any()
    whole = cards_of(told["value_models"])[0]
    assert whole["fallback"] == "btyd_only"
    assert any("without one" in note["en"] for note in whole["notes"])


def test_one_purchase_each_leaves_the_shops_own_rate(shop_of) -> None:
    told = predict.run(shop_of(_days(80, 1)), dt.datetime(2024, 3, 1), horizon_days=90)
    frame = told["value"].to_pandas()
    assert len(frame) == 80
    assert frame["p_alive"].isna().all()
    assert ((frame["expected_orders"] > 0) & (frame["expected_orders"] < 0.5)).all()
    assert frame["expected_spend"].notna().all()
    assert told["value_tracking"].num_rows == 0
    whole = cards_of(told["value_models"])[0]
    assert whole["fallback"]
    assert any("Too few customers came back" in note["en"] for note in whole["notes"])


def test_ages_of_zero_and_purchases_on_the_cut_off_instant(shop_of) -> None:
    as_of = dt.datetime(2024, 1, 2)
    today = [(f"c{number}", as_of - dt.timedelta(hours=1 + number % 5), 5.0 + number) for number in range(40)]
    late = [("late", as_of, 99.0), ("c0", as_of, 1_000.0)]
    shop = shop_of(today + late)
    told = outlook(shop, as_of, 90)
    assert told.history.age.tolist() == [0.0] * 40
    assert "late" not in set(told.customers)
    assert told.day_value.max() < 60
    assert (told.expected_spend < 50).all()
    frame = predict.run(shop, as_of)["value"].to_pandas()
    assert len(frame) == 40
    assert np.isfinite(frame["expected_spend"]).all()


def test_free_goods_and_gifts_are_no_purchases(shop_of) -> None:
    shop = shop_of([("ann", dt.datetime(2024, 1, 1), 0.0), ("bob", dt.datetime(2024, 1, 2), 7.0)])
    customers, days = read_days(shop, dt.datetime(2024, 2, 1))
    assert customers.tolist() == ["bob"]
    assert days.spend.tolist() == [7.0]


def test_a_shop_without_purchases_says_so(shop_of) -> None:
    shop = shop_of([("ann", dt.datetime(2024, 1, 1), 3.0)])
    with pytest.raises(NotEnoughData, match="No purchase"):
        predict.run(shop, dt.datetime(2023, 12, 31))


def test_days_are_counted_as_the_shop_sees_them(shop_of) -> None:
    noon = dt.datetime(2024, 1, 10, 12)
    purchases = [
        ("ann", noon, 4.0),
        ("ann", noon + dt.timedelta(hours=5), 6.0),
        ("ann", noon + dt.timedelta(days=3), 20.0),
        ("bob", noon + dt.timedelta(days=1), 8.0),
    ]
    as_of = dt.datetime(2024, 1, 20)
    customers, days = read_days(shop_of(purchases), as_of)
    history = days.at(last_day(as_of))
    assert customers.tolist() == ["ann", "bob"]
    assert [each.tolist() for each in history.columns] == [[1, 0], [3, 0], [9, 8]]
    assert history.mean_spend.tolist() == [20, 0]
    assert history.day_value.tolist() == [15, 8]
    assert last_day(as_of + dt.timedelta(seconds=1)) == last_day(as_of) + 1


def test_schemas_are_those_published() -> None:
    assert [name for name in VALUE.names if name.startswith("expected_spend")] == [
        "expected_spend",
        "expected_spend_30d",
        "expected_spend_90d",
        "expected_spend_180d",
        "expected_spend_365d",
    ]
    assert VALUE.field("decile").type == pa.int64()
