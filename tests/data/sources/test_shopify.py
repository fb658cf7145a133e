# ruff: noqa: E501 - rows stand as the platform writes them
"""Shopify's order export: known answers."""

import csv
import io

import pyarrow as pa
import pytest

from habitue.data.settings import SourceSettings
from habitue.data.sources.platforms import read_platform
from habitue.data.sources.raw import RawTable

HEADERS = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Accepts Marketing,Currency,Subtotal,Shipping,Taxes,Total,"
    "Discount Code,Discount Amount,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem compare at price,"
    "Lineitem sku,Lineitem discount,Billing Name,Billing Zip,Billing Country,Shipping City,Cancelled at,Payment Method,"
    "Refunded Amount,Vendor,Id,Source"
)
#: Newest first, as Shopify writes it; order cells on the first row of an order only.
ROWS = """\
#1003,,paid,,,,EUR,8.00,0.00,0.00,8.00,,0.00,2024-02-03 11:00:00 +0100,1,Pen,10.00,,PEN,2.00,Cy Null,,FR,Lyon,,bogus,0.00,Leaf,5003,pos
#1002,Ada@Example.com,paid,2024-02-01 09:00:00 -0500,fulfilled,no,USD,47.00,6.00,3.29,56.29,FALL5,5.00,2024-02-01 08:59:00 -0500,2,Fern Print,16.00,18.00,FERN,0.00,Ada L,'02134,US,Boston,2024-02-02 07:00:00 -0500,card,12.50,Leaf,5002,web
#1002,Ada@Example.com,,,,,,,,,,,,2024-02-01 08:59:00 -0500,1,Tote,20.00,,TOTE,0.00,,,,,,,,Sack,,
#1001, ada@example.com,paid,2024-01-15 22:30:00 -0500,fulfilled,no,USD,25.00,0.00,0.00,25.00,FREESHIP,6.00,2024-01-15 22:30:00 -0500,1,Mug,25.00,,,0.00,Ada Lovelace,,US,Boston,,card,0.00,Clay,5001,web
"""


@pytest.fixture
def tables(engine):
    def read(rows, **settings):
        cells = list(csv.DictReader(io.StringIO(f"{HEADERS}\n{rows}")))
        columns = {header: pa.array([row[header] for row in cells], pa.string()) for header in HEADERS.split(",")}
        columns["source_row"] = pa.array(range(1, len(cells) + 1), pa.int64())
        raw = RawTable("", "orders_export.csv", engine.from_arrow(pa.table(columns)))
        source = SourceSettings(format="shopify", path="orders_export.csv", **settings)
        found = {each.table: each for each in read_platform(source, raw, engine=engine)}
        rows_of = {name: engine.to_rows(each.raw.expr.order_by("source_row")) for name, each in found.items()}
        return found, rows_of

    return read


def test_every_line_knows_its_order_and_what_was_paid(tables):
    found, rows = tables(ROWS)
    pen, fern, tote, mug = rows["order_lines"]
    assert [line["order_id"] for line in rows["order_lines"]] == ["#1003", "#1002", "#1002", "#1001"]
    assert tote["currency"] == "USD"  # filled down
    assert (tote["coupon_code"], tote["cancelled_at"], tote["line_id"]) == ("FALL5", "2024-02-02 07:00:00", "2")
    assert tote["brand"] == "Sack"  # a line's own
    paid = {line["product_id"]: line["unit_price"] * line["quantity"] for line in rows["order_lines"]}
    assert paid == {"PEN": 8.0, "FERN": pytest.approx(32 * 47 / 52), "TOTE": pytest.approx(20 * 47 / 52), "Mug": 25.0}
    assert sum(paid.values()) == pytest.approx(8 + 47 + 25)  # the subtotals; free delivery takes nothing off products
    assert fern["list_price"] == 18.0
    assert mug["ordered_at"] == "2024-01-15 22:30:00"  # the shop's own clock, not UTC
    assert pen["status"] == "test"
    assert found["order_lines"].dates["ordered_at"][0] == "%Y-%m-%d %H:%M:%S"


def test_orders_and_customers(tables):
    found, rows = tables(ROWS)
    order = rows["orders"][1]
    assert (order["order_total"], order["shipping"], order["discount"]) == (56.29, 6.0, 5.0)
    assert (order["country"], order["city"]) == ("US", "Boston")
    (ada,) = rows["customers"]  # two spellings of one e-mail, and a guest without any
    assert (ada["email"], ada["name"], ada.get("postcode")) == ("ada@example.com", "Ada Lovelace", None)
    assert ada["ingested_at"] == "2024-01-15 22:30:00"  # known from the first order on
    assert {line["customer_id"] for line in rows["order_lines"]} == {ada["customer_id"], None}
    assert len(ada["customer_id"]) == 16
    assert "ada" not in ada["customer_id"]
    (refund,) = found["order_lines"].findings
    assert (refund.code, refund.count) == ("D701", 1)
    assert "12.50" in refund.what.en
    assert "12.50" in refund.what.zh


def test_exports_that_overlap_share_the_discount_out_once(tables):
    _, rows = tables(ROWS + ROWS)
    prices = [line["unit_price"] for line in rows["order_lines"]]
    assert prices[:4] == prices[4:] == [line["unit_price"] for line in tables(ROWS)[1]["order_lines"]]
    assert len(rows["orders"]) == 3


def test_an_export_that_somebody_filled_down_already(tables):
    head, line = ROWS.splitlines()[1:3]
    cells = line.split(",")
    filled = [own or above for own, above in zip(cells, head.split(","), strict=True)]
    filled[17] = ""
    _, rows = tables(f"{head}\n{','.join(filled)}\n")
    assert sum(line["unit_price"] * line["quantity"] for line in rows["order_lines"]) == pytest.approx(47)


def test_an_older_order_reads_the_same_without_the_later_ones(tables):
    _, full = tables(ROWS)
    _, cut = tables(ROWS.splitlines()[-1] + "\n")
    for name in ("order_lines", "customers", "products"):
        (row,) = cut[name]
        later = next(each for each in full[name] if each["source_row"] == 4)
        assert {key: later[key] for key in row} | {"source_row": 1} == row


def test_numbers_that_cannot_be_read_are_left_to_the_loader(tables):
    _, rows = tables(ROWS.replace(",16.00,", ",sixteen,"))
    assert rows["order_lines"][1]["unit_price"] is None
    assert rows["order_lines"][1]["quantity"] == 2


def test_own_date_patterns_and_decimal_commas_are_respected(tables):
    found, rows = tables(ROWS.replace("25.00", '"1.025,00"'), dates={"ordered_at": ["%d.%m.%Y"]}, decimal=",")
    assert found["orders"].dates["ordered_at"] == ["%d.%m.%Y"]
    assert rows["order_lines"][3]["unit_price"] == 1025.0
