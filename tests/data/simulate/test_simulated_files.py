"""Dirt is counted exactly, files hold what the tables hold, and very large shops are written piece by piece."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from habitue.data.simulate import SimulatedShop, simulate, simulate_lines, write
from habitue.data.simulate.dirt import KINDS
from habitue.errors import ConfigError


@pytest.fixture(scope="module")
def dirty() -> SimulatedShop:
    return simulate(customers=600, days=300, seed=9, dirt=0.1, tables={"order_lines", "products"})


def rows_of(shop: SimulatedShop, kind: str) -> list[dict[str, Any]]:
    truth = shop.truth.rows
    places = truth.filter(pc.equal(truth["kind"], kind))["row"].to_numpy() - 1
    found: list[dict[str, Any]] = shop.tables["order_lines"].take(places).to_pylist()
    return found


def test_every_kind_of_dirt_is_there_as_often_as_written_down(dirty: SimulatedShop) -> None:
    lines = dirty.tables["order_lines"].to_pylist()
    clean = simulate(customers=600, days=300, seed=9, tables={"order_lines"}).tables["order_lines"]
    marked = Counter(dirty.truth.rows["kind"].to_pylist())
    assert set(marked) == set(KINDS)
    assert sum(marked.values()) == pytest.approx(0.1 * clean.num_rows, abs=len(KINDS))
    guests = clean["customer_id"].null_count
    times = Counter(tuple(line.items()) for line in lines)
    counted = {
        "duplicate": sum(count - 1 for count in times.values()),
        "cancellation": sum(line["order_id"].startswith("C") for line in lines),
        "missing_customer": sum(line["customer_id"] is None for line in lines) - guests,
        "zero_price": sum(line["unit_price"] == 0 for line in lines),
        "negative_price": sum(line["unit_price"] < 0 for line in lines),
        "fee_code": sum("-" not in line["product_id"] for line in lines),
        "test_order": sum(line["order_id"].startswith("TEST") for line in lines),
        "letter_case": sum(line["product_id"] != line["product_id"].upper() for line in lines),
        "missing_title": sum(line["product_title"] is None for line in lines),
        "trailing_spaces": sum((line["product_title"] or "").endswith(" ") for line in lines),
        "wholesale": sum(line["quantity"] >= 5_000 for line in lines),
    }
    assert counted == {kind: marked[kind] for kind in counted}
    assert [line["ordered_at"] for line in lines] == sorted(line["ordered_at"] for line in lines)


def test_cancellations_mirror_a_sale(dirty: SimulatedShop) -> None:
    sales = {(line["order_id"], line["line_id"]): line for line in dirty.tables["order_lines"].to_pylist()}
    for line in rows_of(dirty, "cancellation"):
        sale = sales[line["order_id"].removeprefix("C"), line["line_id"]]
        assert (line["quantity"], line["unit_price"]) == (-sale["quantity"], sale["unit_price"])
        assert (line["customer_id"], line["product_id"]) == (sale["customer_id"], sale["product_id"])
        assert sale["ordered_at"] <= line["ordered_at"] < datetime(2023, 10, 28)


@settings(max_examples=8, deadline=None)
@given(customers=st.integers(1, 25), days=st.integers(1, 60), seed=st.integers(0, 1000), dirt=st.floats(0, 0.5))
def test_dirt_never_spoils_a_row_twice(customers: int, days: int, seed: int, dirt: float) -> None:
    shop = simulate(customers=customers, days=days, seed=seed, dirt=dirt, tables={"order_lines"})
    rows = shop.truth.rows["row"].to_pylist()
    assert len(set(rows)) == len(rows)
    assert all(1 <= row <= shop.tables["order_lines"].num_rows for row in rows)
    assert (dirt > 0) or not rows


@pytest.mark.parametrize(
    ("headers", "delimiter", "encoding", "dates"),
    [
        ("en", ",", "utf-8-sig", "%d/%m/%Y %H:%M"),
        ("zh", ";", "gbk", "%Y/%m/%d %H:%M:%S"),
        ("schema", "\t", "utf-8", "%Y-%m-%d"),
    ],
)
def test_a_flat_export_reads_back(
    dirty: SimulatedShop, tmp_path: Path, headers: str, delimiter: str, encoding: str, dates: str
) -> None:
    (path,) = write(dirty, tmp_path, flat=True, headers=headers, delimiter=delimiter, encoding=encoding, dates=dates)
    with path.open(encoding=encoding, newline="") as file:
        head, *cells = csv.reader(file, delimiter=delimiter)
    assert head[0] == {"en": "Order Number", "zh": "订单编号", "schema": "order_id"}[headers]
    lines = dirty.tables["order_lines"].to_pylist()
    texts = {
        (row["row"], row["column"]): row["text"] for row in dirty.truth.rows.to_pylist() if row["text"] is not None
    }
    assert {column for _, column in texts} == {"ordered_at", "quantity"}
    assert len(cells) == len(lines)
    for place, (cell, line) in enumerate(zip(cells, lines, strict=True), start=1):
        assert cell[0] == line["order_id"]
        assert cell[1] == texts.get((place, "ordered_at"), line["ordered_at"].strftime(dates))
        if (place, "quantity") in texts:
            assert cell[6] == texts[place, "quantity"]
        else:
            assert float(cell[6]) == line["quantity"]
        assert cell[2] == (line["customer_id"] or "")


def test_one_parquet_file_per_table(dirty: SimulatedShop, tmp_path: Path) -> None:
    paths = write(dirty, tmp_path / "new", format="parquet")
    assert [path.name for path in paths] == ["order_lines.parquet", "products.parquet"]
    assert all(pq.read_table(path).equals(dirty.tables[path.stem]) for path in paths)
    with pytest.raises(ConfigError, match="headers"):
        write(dirty, tmp_path, flat=True, headers="fr")


def test_lines_of_many_customers_stream_to_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("habitue.data.simulate.streaming.CHUNK", 400)
    path = tmp_path / "lines.parquet"
    count = simulate_lines(path, customers=1_000, lines_per_customer=8, days=365, seed=2)
    file = pq.ParquetFile(path)
    lines = file.read()
    assert (lines.num_rows, file.metadata.num_row_groups) == (count, 3)
    assert count / 1_000 == pytest.approx(8, rel=0.2)
    assert lines.select(["order_id", "line_id"]).group_by(["order_id", "line_id"]).aggregate([]).num_rows == count
    again = tmp_path / "again.parquet"
    simulate_lines(again, customers=1_000, lines_per_customer=8, days=365, seed=2)
    assert pq.read_table(again).equals(lines)
