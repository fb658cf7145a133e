# ruff: noqa: E501 - rows stand as the platform writes them
"""WooCommerce's four kinds of export: known answers."""

import csv
import io

import pyarrow as pa
import pytest

from habitue.data.settings import SourceSettings
from habitue.data.sources.platforms import read_platform
from habitue.data.sources.raw import RawTable

ITEMS = """\
Order Number,Order Status,Order Date,Customer Note,First Name (Billing),Last Name (Billing),City (Billing),Country Code (Billing),Email (Billing),Phone (Billing),Payment Method Title,Cart Discount Amount,Order Subtotal Amount,Order Shipping Amount,Order Refund Amount,Order Total Amount,SKU,Item #,Item Name,Quantity,Quantity (- Refund),Item Cost,Coupon Code,Customer User ID
701,Completed,2024-01-05 09:10,,Ann,Li,Leeds,GB,ann@example.org,,Stripe,2.00,20.00,3.00,9.00,21.00,S1,1,Shirt,2,1,9.00,TEN,41
702,On hold,2024-01-06 10:00,,Bo,Ek,Malmö,SE,bo@example.org,,Bank,3.00,30.00,0.00,0.00,27.00,S1,1,Shirt,1,1,10.00,LESS,0
,,,,,,,,,,,,,,,,S2,2,Cap,2,2,10.00,,
703,wc-processing,2024-02-01 10:00,,Ann,Li,Leeds,GB,ANN@example.org,,Stripe,0.00,8.00,0.00,0.00,8.00,S3,1,Pin,1,1,8.00,,0
"""
ANALYTICS = """\
Date,Order #,N. Revenue (formatted),Status,Customer,Customer type,Product(s),Items sold,Coupon(s),N. Revenue,Attribution
2024-03-01 09:00:00,101,"$1,250.00",completed,Ann Li,new,"2× Fern, green, 1× Mug",3,SPRING,"1,250.00",Organic
2024-03-02 09:00:00,102,$10.00,wc-cancelled,Ann Li,returning,1× Mug,1,,10.00,Direct
"""
LOOKUP = """\
order_item_id,order_id,product_id,variation_id,customer_id,date_created,product_qty,product_net_revenue,product_gross_revenue,coupon_amount
1,10,5,0,3,2024-01-01 10:00:00,2,18,22,2
2,11,5,0,3,2024-01-05 10:00:00,-1,-9,-11,-1
3,12,0,0,0,2024-01-06 10:00:00,0,-4,-4,0
"""
STATS = """\
order_id,parent_id,date_created,date_created_gmt,num_items_sold,total_sales,tax_total,shipping_total,net_total,returning_customer,status,customer_id
10,0,2024-01-01 10:00:00,2024-01-01 09:00:00,2,25,4,3,18,0,wc-completed,3
11,10,2024-01-05 10:00:00,2024-01-05 09:00:00,-1,-11,-2,0,-9,,wc-completed,3
"""


@pytest.fixture
def tables(engine):
    def read(text):
        cells = list(csv.DictReader(io.StringIO(text)))
        columns = {header: pa.array([row[header] for row in cells], pa.string()) for header in cells[0]}
        columns["source_row"] = pa.array(range(1, len(cells) + 1), pa.int64())
        raw = RawTable("", "woo.csv", engine.from_arrow(pa.table(columns)))
        found = read_platform(SourceSettings(format="woocommerce", path="woo.csv"), raw, engine=engine)
        return {each.table: engine.to_rows(each.raw.expr.order_by("source_row")) for each in found}, found

    return read


def test_rows_per_item_whether_their_price_stands_before_or_after_the_coupon(tables):
    rows, found = tables(ITEMS)
    lines = rows["order_lines"]
    assert [line["order_id"] for line in lines] == [
        "701",
        "702",
        "702",
        "703",
    ]  # a row without number goes with the above
    assert [line["unit_price"] for line in lines] == [9.0, pytest.approx(9.0), pytest.approx(9.0), 8.0]
    assert [line["quantity"] for line in lines] == [2, 1, 2, 1]  # before refunds, whose time is not known
    assert [order["order_total"] for order in rows["orders"]] == [21.0, 27.0, 8.0]
    assert [line["status"] for line in lines] == ["completed", "on-hold", "on-hold", "processing"]
    assert lines[3]["customer_id"] == lines[0]["customer_id"] == "41"  # a guest by the e-mail of a known customer
    assert lines[1]["customer_id"] == lines[2]["customer_id"] != "0"
    assert [customer["name"] for customer in rows["customers"]] == ["Ann Li", "Bo Ek"]
    assert [each.code for each in found[0].findings] == ["D701"]


def test_the_analytics_export_keeps_totals_and_says_what_it_cannot_know(tables):
    rows, found = tables(ANALYTICS)
    fern, mug, other = sorted(rows["order_lines"], key=lambda line: (line["order_id"], line["line_id"]))
    assert (fern["product_title"], fern["quantity"], mug["quantity"]) == ("Fern, green", 2, 1)
    assert fern["unit_price"] * 2 + mug["unit_price"] == pytest.approx(1250)
    assert (other["unit_price"], other["status"]) == (10.0, "cancelled")
    assert fern["customer_id"] == other["customer_id"]
    assert {each.code: each.count for each in found[0].findings} == {"D704": 1, "D705": 1}


def test_the_lookup_table_holds_refunds_at_their_own_time(tables):
    ((sold, back, money),) = tables(LOOKUP)[0].values()
    assert (sold["unit_price"], sold["list_price"], sold["customer_id"]) == (9.0, 10.0, "3")
    assert (back["quantity"], back["unit_price"], back["ordered_at"]) == (-1, 9.0, "2024-01-05 10:00:00")
    assert (money["quantity"], money["unit_price"], money["product_id"], money["customer_id"]) == (1, -4.0, None, None)
    assert sum(each["quantity"] * each["unit_price"] for each in (sold, back, money)) == 18 - 9 - 4


def test_the_table_of_orders_leaves_refunds_to_the_lines(tables):
    ((order,),) = tables(STATS)[0].values()
    assert (order["order_id"], order["order_total"], order["status"], order["shipping"]) == (
        "10",
        25.0,
        "completed",
        3.0,
    )
