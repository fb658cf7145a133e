"""All tables have the schema's shape, point at each other, and come out the same from the same seed."""

from __future__ import annotations

from datetime import date, datetime

import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from habitue.data.simulate import SimulatedShop, simulate
from habitue.data.simulate.typed import arrow_schema
from habitue.errors import ConfigError
from habitue.schema import EVENT_NAMES, TABLES

FIRST, MOMENT = datetime(2023, 1, 1), datetime(2024, 3, 1)

REFERENCES = [
    (name, column, home)
    for column, home in (
        ("customer_id", "customers"),
        ("product_id", "products"),
        ("order_id", "orders"),
        ("campaign_id", "campaigns"),
        ("creative_id", "creatives"),
        ("supplier_id", "suppliers"),
        ("purchase_order_id", "purchase_orders"),
        ("location_id", "locations"),
    )
    for name in TABLES
    if column in TABLES[name].names and name != home
] + [("shipments", "from_location_id", "locations")]


def assert_whole(shop: SimulatedShop, end: datetime) -> None:
    for name, rows in shop.tables.items():
        meant = TABLES[name]
        assert rows.schema == arrow_schema(name)
        for column in meant.required:
            assert rows[column].null_count == 0, (name, column)
        if meant.key:
            keys = rows.select(list(meant.key))
            assert keys.group_by(list(meant.key)).aggregate([]).num_rows == rows.num_rows, name
        if meant.time and rows.num_rows:
            last = pc.max(rows[meant.time]).as_py()
            assert datetime(last.year, last.month, last.day) < end, name
        if "ingested_at" in rows.column_names:
            early = pc.less(rows["ingested_at"], rows[meant.time])
            assert not pc.any(early).as_py(), name
    for name, column, home in REFERENCES:
        key = "location_id" if column == "from_location_id" else column
        known = shop.tables[home][key].combine_chunks()
        points = shop.tables[name][column].drop_null()
        assert pc.all(pc.is_in(points, value_set=known)).as_py() in (True, None), (name, column)


def test_every_table_is_there_and_whole(planted_shop: SimulatedShop) -> None:
    assert list(planted_shop.tables) == list(TABLES)
    assert all(rows.num_rows for rows in planted_shop.tables.values())
    assert_whole(planted_shop, datetime(2024, 12, 31))


@settings(max_examples=12, deadline=None)
@given(
    customers=st.integers(1, 40),
    days=st.integers(1, 60),
    seed=st.integers(0, 2**32),
    language=st.sampled_from(["en", "zh", "mixed"]),
    start=st.dates(date(2022, 1, 1), date(2027, 6, 1)),
)
def test_small_shops_are_whole(customers: int, days: int, seed: int, language: str, start: date) -> None:
    shop = simulate(customers=customers, days=days, seed=seed, language=language, start=start)
    end = datetime.fromordinal(start.toordinal() + days)
    assert_whole(shop, end)
    assert shop.tables["customers"].num_rows == customers
    assert all(scores >= 0 for scores in shop.truth.true_scores(end, 14)["expected_orders"].to_pylist())


def test_same_seed_same_shop_whichever_tables_are_asked_for() -> None:
    whole = simulate(customers=150, days=120, seed=5, dirt=0.05)
    part = simulate(customers=150, days=120, seed=5, dirt=0.05, tables={"events", "order_lines"})
    assert set(part.tables) == {"events", "order_lines"}
    for name, rows in part.tables.items():
        assert rows.equals(whole.tables[name]), name
    assert part.truth.rows.equals(whole.truth.rows)
    other = simulate(customers=150, days=120, seed=6, tables={"order_lines"})
    assert not other.tables["order_lines"].equals(part.tables["order_lines"])


def test_until_shows_the_shop_as_it_stood(planted_shop: SimulatedShop) -> None:
    then = planted_shop.until(MOMENT)
    for name, rows in then.tables.items():
        later = {"promised_at", "expires_at", "ends_at"}
        for field in rows.schema:
            if str(field.type).startswith("timestamp") and field.name not in later:
                newest = pc.max(rows[field.name]).as_py()
                assert newest is None or newest < MOMENT, (name, field.name)
    twice = planted_shop.until(datetime(2024, 6, 1)).until(MOMENT)
    assert all(rows.equals(twice.tables[name]) for name, rows in then.tables.items())
    assert 0 < then.tables["orders"].num_rows < planted_shop.tables["orders"].num_rows


def test_a_chunk_border_changes_nothing_it_should_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("habitue.data.simulate.core.CHUNK", 40)
    shop = simulate(customers=130, days=200, seed=3)
    assert_whole(shop, datetime(2023, 7, 20))
    used = shop.tables["coupons"].to_pandas().dropna(subset=["order_id"]).set_index("order_id")
    orders = shop.tables["orders"].to_pandas().set_index("order_id").loc[used.index]
    assert len(used) > 0
    assert (orders["customer_id"] == used["customer_id"]).all()
    assert (orders["coupon_code"] == used["coupon_code"]).all()


def test_events_follow_the_vocabulary_and_lead_to_their_order(planted_shop: SimulatedShop) -> None:
    events = planted_shop.tables["events"].to_pandas()
    assert set(events["event"]) <= set(EVENT_NAMES)
    orders = planted_shop.tables["orders"].to_pandas().set_index("order_id")["ordered_at"]
    placed = events[events["event"] == "order"]
    assert (placed["happened_at"] == placed["order_id"].map(orders)).all()
    bought = events[events["session_id"].isin(placed["session_id"])]
    last = bought.groupby("session_id")["happened_at"].max()
    assert (placed.set_index("session_id")["happened_at"].sort_index() == last.sort_index()).all()
    first = bought.groupby(["session_id", "event"])["happened_at"].min().unstack()
    for earlier, later in (
        ("page", "view"),
        ("view", "cart"),
        ("cart", "checkout"),
        ("checkout", "pay"),
        ("pay", "order"),
    ):
        assert (first[earlier] < first[later]).all(), (earlier, later)


@pytest.mark.parametrize(
    "wrong", [{"customers": 0}, {"days": 0}, {"seed": -1}, {"language": "fr"}, {"dirt": 0.9}, {"tables": {"order"}}]
)
def test_what_cannot_be_simulated_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        simulate(**({"customers": 3, "days": 3} | wrong))
