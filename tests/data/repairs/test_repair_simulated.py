"""Rows that the simulated shop spoilt on purpose: all of them are found, and nothing else is."""

import datetime as dt

import ibis
import pyarrow as pa
import pytest

from habitue.data.repairs import repair_order_lines
from habitue.data.settings import RepairSettings
from habitue.data.simulate import simulate

SPOILT = {
    "duplicate": lambda row: row["set_aside"] == "D101",
    "test_order": lambda row: row["set_aside"] == "D108",
    "fee_code": lambda row: not row["is_product"],
    "cancellation": lambda row: row["reversal_of"] is not None,
    "zero_price": lambda row: row["line_kind"] == "free",
    "negative_price": lambda row: row["line_kind"] == "adjustment",
}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_was_spoilt_is_found_and_nothing_else(language, engine):
    shop = simulate(customers=150, seed=3, dirt=0.2, language=language, tables={"order_lines"})
    given = shop.tables["order_lines"]
    given = given.append_column("source_row", pa.array(range(1, given.num_rows + 1), type=pa.int64()))
    read = engine.from_arrow(given)
    rows = read.mutate(
        **{name: read[name].try_cast("float64") for name in ("quantity", "unit_price")},
        **{name: read[name].strip() for name in ("customer_id", "product_id", "product_title", "order_id")},
        ordered_at=read.ordered_at.try_cast("timestamp(6)"),
        source=ibis.literal("simulated"),
    )
    lines = engine.keep(rows.filter(rows.ordered_at.notnull(), rows.quantity.notnull(), rows.unit_price.notnull()))
    repaired = repair_order_lines(lines, RepairSettings(), engine=engine, as_of_now=dt.datetime(2030, 1, 1))
    found = {row["source_row"]: row for row in engine.to_rows(repaired.expr)}
    spoilt = {row["row"]: row["kind"] for row in shop.truth.rows.to_pylist()}
    for kind, is_found in SPOILT.items():
        planted = [row for row, how in spoilt.items() if how == kind and row in found]
        assert planted, kind
        assert [row for row in planted if not is_found(found[row])] == [], kind
    honest = [row for place, row in found.items() if place not in spoilt]
    assert [row for row in honest if row["set_aside"] or not row["is_product"]] == []
