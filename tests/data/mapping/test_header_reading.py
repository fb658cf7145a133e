"""Headers are read whatever language, case, abbreviation, bracket or slip of the pen they come in."""

from __future__ import annotations

import pytest

from habitue.data.mapping.header import read_header
from habitue.data.mapping.header_fit import named
from habitue.data.mapping.names import NAMES
from habitue.schema import TABLES


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("InvoiceNo", "order_id"),
        ("cust_no", "customer_id"),
        ("CUSTOMERID", "customer_id"),
        ("Sold-to party", "customer_id"),
        ("txn_dt", "ordered_at"),
        ("Bestelldatum", "ordered_at"),
        ("Artikelbezeichnung", "product_title"),
        ("Quantiy", "quantity"),
        ("No. of items", "quantity"),
        ("N° commande", "order_id"),
        ("Price\nper unit (EUR, excl. VAT)", "unit_price"),
        ("NETPR", "unit_price"),
        ("\ufeff订单号", "order_id"),
        ("客户ＩＤ", "customer_id"),
        ("商品单价(元)", "unit_price"),
        ("訂購數量", "quantity"),
        ("會員編號", "customer_id"),
        ("下单\n时间", "ordered_at"),
        ("实付金额", "line_total"),
        ("收货省份", "region"),
        ("dingdan_bianhao", "order_id"),
    ],
)
def test_header_names_its_column_best(header: str, column: str) -> None:
    reading = read_header(header)
    scores = {name: named(reading, text) for name, text in NAMES["order_lines"].items()}
    assert max(scores, key=lambda name: scores[name]) == column
    assert scores[column] >= 0.6


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("Tax amount", "line_total"),
        ("税额", "line_total"),
        ("手续费", "shipping"),
        ("updated_at", "ordered_at"),
        ("发货时间", "ordered_at"),
        ("付款时间", "ordered_at"),
        ("订单备注", "order_id"),
        ("收货地址", "customer_name"),
        ("Discount rate %", "discount"),
        ("Refund amount", "line_total"),
    ],
)
def test_words_that_mean_something_else_keep_a_header_away(header: str, column: str) -> None:
    assert named(read_header(header), NAMES["order_lines"][column]) < 0.35


@pytest.mark.parametrize("header", ["col1", "字段3", "Unnamed: 0", "c12", "F7", "x", "", "列 4"])
def test_headers_without_words_say_nothing(header: str) -> None:
    assert not read_header(header).says_something


def test_currency_in_a_header() -> None:
    assert [read_header(header).currency for header in ("Price (GBP)", "总价(元)", "Total €", "Price")] == [
        "GBP", "CNY", "", "",
    ]  # fmt: skip


def test_every_column_of_the_schema_has_names() -> None:
    assert {name: set(table.names) for name, table in TABLES.items()} == {
        name: set(columns) for name, columns in NAMES.items()
    }
