"""The counts that are known for Online Retail."""

import datetime as dt

import pytest

from habitue.data.repairs import repair_order_lines
from habitue.data.settings import RepairSettings

pytestmark = pytest.mark.data

KNOWN = {
    "duplicates": 5268,
    "cancellations": 9288,
    "returns": 0,
    "no_customer": 135080,
    "bad_price": 2517,
    "bad_quantity": 1336,
    "letter_case": 112,
    "no_description": 1454,
    "future_dates": 0,
    "duplicate_ids": 0,
}
NO_PRODUCTS = {"POST", "DOT", "M", "m", "D", "C2", "S", "BANK CHARGES", "AMAZONFEE", "CRUK", "B"}
CHARGES = {"23444", "23574", "22016"}  # "Next Day Carriage", "PACKING CHARGE", a gift voucher of £100


def test_known_counts(online_retail, engine):
    repaired = repair_order_lines(online_retail, RepairSettings(), engine=engine, as_of_now=dt.datetime(2012, 1, 1))
    counts = {finding.name: finding.count for finding in repaired.findings}
    assert {name: counts[name] for name in KNOWN} == KNOWN
    rows = engine.keep(repaired.expr)
    (marked,) = engine.to_rows(rows.agg(rows=rows.count(), copies=rows.count(where=rows.set_aside == "D101")))
    assert marked == {"rows": 541909, "copies": 5268}
    codes = {row["product_id"] for row in engine.to_rows(rows.filter(~rows.is_product).select("product_id").distinct())}
    assert {code for code in codes if not code.startswith("gift_0001_")} == NO_PRODUCTS | CHARGES
    large = engine.to_rows(rows.filter(rows.quantity > 70000).order_by("source_row").select("reversed_at"))
    assert [row["reversed_at"] for row in large] == [dt.datetime(2011, 1, 18, 10, 17), dt.datetime(2011, 12, 9, 9, 27)]
