"""The as-of rule, against a plain loop over rows."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from habitue.data.shop import Shop
from habitue.data.snapshot import Snapshot, Window
from habitue.engine import Engine
from habitue.errors import DataError

DAY0 = dt.datetime(2024, 1, 1)
MOMENTS = st.integers(0, 40).map(lambda hours: DAY0 + dt.timedelta(hours=12 * hours))
LINES = st.fixed_dictionaries(
    {
        "customer_id": st.sampled_from(["ann", "bob", None]),
        "ordered_at": MOMENTS,
        "quantity": st.sampled_from([-2.0, 0.0, 1.0, 3.0]),
        "unit_price": st.sampled_from([-1.0, 0.0, 2.5]),
        "set_aside": st.sampled_from([None, None, "D101"]),
        "cancelled_at": st.none() | MOMENTS,
        "reversed_at": st.none() | MOMENTS,
        "ingested_at": st.none() | MOMENTS,
        "status": st.sampled_from(["paid", "cancelled"]),
    }
)
STAMP = pa.timestamp("us")
SCHEMA = pa.schema(
    [
        ("customer_id", pa.string()),
        ("ordered_at", STAMP),
        ("quantity", pa.float64()),
        ("unit_price", pa.float64()),
        ("set_aside", pa.string()),
        ("cancelled_at", STAMP),
        ("reversed_at", STAMP),
        ("ingested_at", STAMP),
        ("status", pa.string()),
        ("source_row", pa.int64()),
    ]
)


@pytest.fixture(scope="module")
def engine():
    with Engine() as opened:
        yield opened


def _table(engine: Engine, rows: list[dict]):
    numbered = [row | {"source_row": number} for number, row in enumerate(rows, 1)]
    return engine.from_arrow(pa.Table.from_pylist(numbered, SCHEMA), "lines_under_test")


def _bought(row: dict, as_of: dt.datetime) -> bool:
    visible = row["ordered_at"] < as_of and (row["ingested_at"] is None or row["ingested_at"] < as_of)
    standing = row["cancelled_at"] is None or row["cancelled_at"] >= as_of
    counts = row["customer_id"] is not None and row["quantity"] > 0 and row["unit_price"] > 0
    return visible and standing and counts and row["set_aside"] is None


@settings(max_examples=40, deadline=None)
@given(rows=st.lists(LINES, max_size=12), as_of=MOMENTS)
def test_purchases_are_those_a_plain_loop_finds(engine: Engine, rows: list[dict], as_of: dt.datetime) -> None:
    snapshot = Snapshot({"order_lines": _table(engine, rows)}, as_of)
    got = engine.to_rows(snapshot.purchases)
    assert sorted(row["source_row"] for row in got) == [
        number for number, row in enumerate(rows, 1) if _bought(row, as_of)
    ]
    for row in got:
        assert row["spend"] == row["quantity"] * row["unit_price"]
        assert row["cancelled_at"] is None
        assert row["reversed_at"] is None or row["reversed_at"] < as_of
        assert row["status"] is None


@settings(max_examples=25, deadline=None)
@given(rows=st.lists(LINES, max_size=12), start=MOMENTS, end=MOMENTS)
def test_a_window_is_the_later_snapshot_from_its_start_on(
    engine: Engine, rows: list[dict], start: dt.datetime, end: dt.datetime
) -> None:
    tables = {"order_lines": _table(engine, rows)}
    window = {row["source_row"] for row in engine.to_rows(Window(tables, start, end).lines)}
    snapshot = engine.to_rows(Snapshot(tables, end).lines)
    assert window == {row["source_row"] for row in snapshot if row["ordered_at"] >= start}


def test_a_table_the_shop_does_not_have_is_named(engine: Engine) -> None:
    snapshot = Snapshot({"order_lines": _table(engine, [])}, DAY0)
    with pytest.raises(DataError, match="no table 'events'"):
        snapshot.table("events")
    assert not snapshot.has("events")


def test_cells_filled_in_later_take_their_companions_with_them(engine: Engine) -> None:
    coupons = engine.from_arrow(
        pa.table(
            {
                "coupon_id": ["a", "b"],
                "issued_at": pa.array([DAY0, DAY0], STAMP),
                "redeemed_at": pa.array([DAY0 + dt.timedelta(days=1), DAY0 + dt.timedelta(days=9)], STAMP),
                "order_id": ["o1", "o2"],
            }
        )
    )
    rows = engine.to_rows(Snapshot({"coupons": coupons}, DAY0 + dt.timedelta(days=2)).table("coupons"))
    assert [row["order_id"] for row in sorted(rows, key=lambda row: row["coupon_id"])] == ["o1", None]


def test_a_table_without_its_optional_columns_is_read() -> None:
    at = dt.datetime(2024, 1, 5)
    lines = pa.table(
        {
            "order_id": ["1"],
            "customer_id": ["a"],
            "product_id": ["p"],
            "ordered_at": [at],
            "quantity": [1.0],
            "unit_price": [2.0],
        }
    )
    bare = pa.table({"product_id": ["p"], "title": ["tea"]})
    with Shop.from_tables({"order_lines": lines, "products": bare}) as shop:
        assert shop.engine.to_rows(shop.at(at).table("products").select("title")) == [{"title": "tea"}]
        assert shop.engine.to_rows(shop.between(at, at).table("products").select("title")) == [{"title": "tea"}]
