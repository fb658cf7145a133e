"""Exports whose right answer is known: nothing wrong may be said without a warning."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from habitue.data.mapping import TableGuess, guess
from habitue.data.sources.raw import Sample
from habitue.schema import TABLES

OURS = set(TABLES["order_lines"].names)
EXPORTS = {
    "plain": ("en", {
        "order_id": "order_id", "customer_id": "customer", "ordered_at": "date", "product_id": "product",
        "quantity": "qty", "unit_price": "price",
    }),
    "abbreviated": ("en", {
        "row": "seq", "order_id": "ord_no", "customer_id": "cust_no", "product_id": "prod_cd", "ordered_at": "txn_dt",
        "quantity": "qty", "unit_price": "prc", "line_total": "amt", "tax": "tax_amt", "country": "ctry",
    }),
    "german": ("en", {
        "order_id": "Bestellnummer", "ordered_at": "Bestelldatum", "customer_id": "Kundennummer",
        "product_id": "Artikelnummer", "product_title": "Artikelbezeichnung", "quantity": "Menge",
        "unit_price": "Einzelpreis", "line_total": "Gesamtpreis", "tax": "MwSt", "country": "Land",
    }),
    "sap": ("en", {
        "order_id": "VBELN", "customer_id": "KUNNR", "product_id": "MATNR", "product_title": "ARKTX",
        "quantity": "KWMENG",
        "unit_price": "NETPR", "line_total": "NETWR", "ordered_at": "ERDAT", "country": "LAND1",
    }),
    "taobao": ("zh", {
        "order_id": "订单编号", "product_title": "宝贝标题", "product_id": "商家编码", "quantity": "购买数量",
        "line_total": "买家实际支付金额", "ordered_at": "订单创建时间", "paid_at": "订单付款时间", "note": "买家留言",
        "customer_name": "收货人姓名", "region": "收货省份",
    }),
    "traditional": ("zh", {
        "order_id": "訂單編號", "customer_id": "會員編號", "ordered_at": "訂購日期", "product_id": "貨號",
        "product_title": "品名", "quantity": "數量", "unit_price": "單價", "line_total": "小計", "note": "備註",
    }),
    "no_words": ("en", {
        "order_id": "col1", "customer_id": "col2", "product_id": "col3", "product_title": "col4", "ordered_at": "col5",
        "quantity": "col6", "unit_price": "col7", "line_total": "col8", "country": "col9", "customer_email": "col10",
    }),
    "one_word": ("en", {
        "order_id": "ID", "ordered_at": "Date", "customer_name": "Name", "product_title": "Item", "quantity": "Qty",
        "line_total": "Amount",
    }),
}  # fmt: skip


def _wrong(found: TableGuess, headers: dict[str, str]) -> list[tuple[str, str | None, str | None]]:
    truth = {header: (name if name in OURS else None) for name, header in headers.items()}
    return [
        (each.header, truth[each.header], each.column) for each in found.columns if each.column != truth[each.header]
    ]


@pytest.mark.parametrize("export", EXPORTS)
def test_columns_are_recognised(export: str, sample_of: Callable[..., Sample]) -> None:
    language, headers = EXPORTS[export]
    found = guess(sample_of(headers, language=language))
    assert found.table == "order_lines"
    assert _wrong(found, headers) == []
    assert found.language in ({language, ""} if language == "en" else {"zh"})


def test_clear_headers_carry_no_warning(sample_of: Callable[..., Sample]) -> None:
    _, headers = EXPORTS["german"]
    found = guess(sample_of(headers))
    assert [each.header for each in found.columns if each.warning] == []
    assert found.warnings == ()


@pytest.mark.parametrize("export", ["no_words", "one_word"])
def test_contents_alone_are_no_certainty(export: str, sample_of: Callable[..., Sample]) -> None:
    found = guess(sample_of(EXPORTS[export][1]))
    assert any(each.warning for each in found.columns)


def test_broken_cells_do_no_harm(sample_of: Callable[..., Sample]) -> None:
    headers = EXPORTS["abbreviated"][1]
    clean = sample_of(headers)
    columns = {
        header: [
            ["N/A", "?", None, "error"][row % 4] if (row * 7 + place) % 29 == 0 else cell
            for row, cell in enumerate(cells)
        ]
        for place, (header, cells) in enumerate(clean.columns.items())
    }
    found = guess(Sample(clean.path, clean.format, clean.headers, columns, clean.native))
    assert _wrong(found, headers) == []


def test_a_price_that_is_a_total_is_no_certain_price(sample_of: Callable[..., Sample]) -> None:
    headers = {
        "order_id": "order-id", "ordered_at": "purchase-date", "product_id": "sku", "quantity": "quantity",
        "line_total": "item-price", "tax": "item-tax",
    }  # fmt: skip
    column = guess(sample_of(headers)).column("line_total")
    assert column is not None
    assert column.header == "item-price"


def _with(sample: Sample, **more: list[str | None]) -> Sample:
    columns = sample.columns | {name.replace("_", " "): cells for name, cells in more.items()}
    return Sample(sample.path, sample.format, list(columns), columns, {})


def test_a_rate_is_no_discount_in_money(sample_of: Callable[..., Sample]) -> None:
    plain = sample_of(EXPORTS["abbreviated"][1])
    rates: list[str | None] = [["0", "0.1", "0.25"][row % 3] for row in range(300)]
    assert guess(_with(plain, Discount=rates)).column("discount") is None


def test_of_two_times_the_order_comes_first(sample_of: Callable[..., Sample]) -> None:
    headers = EXPORTS["abbreviated"][1] | {"paid_at": "Date.1", "ordered_at": "Date"}
    column = guess(sample_of(headers)).column("ordered_at")
    assert column is not None
    assert column.header == "Date"


def test_what_was_paid_goes_before_what_was_asked(sample_of: Callable[..., Sample]) -> None:
    plain = sample_of(EXPORTS["abbreviated"][1] | {"line_total": "应收"})
    asked = [float(cell or 0) for cell in plain.columns["应收"]]
    reduced: list[str | None] = [f"{each * (0.8 if row % 3 else 1):.2f}" for row, each in enumerate(asked)]
    column = guess(_with(plain, 实收=reduced)).column("line_total")
    assert column is not None
    assert column.header == "实收"


def test_orders_without_goods_are_orders(sample_of: Callable[..., Sample]) -> None:
    names = ("order_id", "ordered_at", "customer_id", "line_total", "quantity", "customer_name")
    lines = sample_of({name: name for name in names} | {"line_total": "实付金额", "quantity": "宝贝总数量"})
    first = {order: row for row, order in reversed(list(enumerate(lines.columns["order_id"])))}
    rows = sorted(first.values())
    heads = {header: [cells[row] for row in rows] for header, cells in lines.columns.items()}
    found = guess(Sample("x.csv", "csv", lines.headers, heads, {}))
    assert found.table == "orders"
    assert found.mapping["order_total"] == "实付金额"


def test_cells_beyond_all_bounds_do_no_harm(sample_of: Callable[..., Sample]) -> None:
    plain = sample_of(EXPORTS["abbreviated"][1])
    wild: list[str | None] = [["1e999", "-inf", "9" * 400, "NaN"][row % 4] for row in range(300)]
    assert guess(_with(plain, Extra=wild)).mapping == guess(plain).mapping


def test_two_equal_candidates_are_said(sample_of: Callable[..., Sample]) -> None:
    clean = sample_of(
        {"order_id": "Order", "ordered_at": "Date", "product_id": "SKU", "quantity": "Qty", "line_total": "Total"}
    )
    last_digits = [int((order or "0")[-1]) for order in clean.columns["Order"]]
    columns = clean.columns | {
        "Shipping country": ["FR" if digit % 2 else "DE" for digit in last_digits],
        "Billing country": ["FR" if digit % 3 else "DE" for digit in last_digits],
    }
    found = guess(Sample("x.csv", "csv", list(columns), columns, {}))
    country = found.column("country")
    assert country is not None
    assert country.warning is not None
    assert "country'" in country.warning.en  # it names the other one


def test_what_is_missing_is_said(sample_of: Callable[..., Sample]) -> None:
    found = guess(
        sample_of({"order_id": "Order ID", "customer_email": "E-mail", "product_title": "Product", "quantity": "Qty"})
    )
    said = " ".join(words.en for words in found.warnings)
    assert found.also == {"customer_id": "E-mail"}
    assert "ordered_at" in said
    assert "unit_price" in said
    assert "E-mail" in said


def test_a_total_makes_up_for_the_price(sample_of: Callable[..., Sample]) -> None:
    names = ("order_id", "customer_id", "ordered_at", "product_id", "quantity", "line_total")
    found = guess(sample_of({name: name for name in names}))
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("table", "headers", "row"),
    [
        ("customers", ["customer_no", "full_name", "email", "gender", "registered_at", "city"],
         ["C{i}", "Ann Smith", "a{i}@x.com", "f", "2023-01-05", "Leeds"]),
        ("products", ["商品编码", "商品名称", "类目", "品牌", "售价", "成本价"], ["P{i}", "红色连衣裙{i}号", "服装",
        "小鹿", "{i}.90", "{i}.10"]),
        ("orders", ["Order No", "Customer No", "Order date", "Order status", "Order total", "Payment method"],
         ["O{i}", "C{i}", "2024-01-05", "paid", "{i}.50", "paypal"]),
        ("events", ["visitor_id", "event", "timestamp", "item_id"], ["V{i}", "view", "1704067{i:03}", "P{i}"]),
        ("reviews", ["review_id", "product_id", "stars", "review_title", "review_body", "posted_at"],
         ["R{i}", "P1", "4", "Nice mug", "A nice mug for my tea {i}", "2024-01-05"]),
        ("spend", ["date", "channel", "campaign", "impressions", "clicks", "spend"],
         ["2024-01-{d:02}", "search", "c1", "1000", "30", "12.{i:02}"]),
        ("stock", ["sku", "warehouse", "snapshot_date", "on_hand"], ["P{i}", "W1", "2024-01-05", "{i}"]),
        ("suppliers", ["供应商编号", "供应商名称", "国家", "交期"], ["S{i}", "东方贸易{i}", "中国", "14"]),
    ],
)  # fmt: skip
def test_other_tables_are_told_apart(table: str, headers: list[str], row: list[str]) -> None:
    columns: dict[str, list[str | None]] = {
        header: [cell.format(i=number, d=number % 28 + 1) for number in range(90)]
        for header, cell in zip(headers, row, strict=True)
    }
    found = guess(Sample("data.csv", "csv", headers, columns, {}))
    assert found.table == table
    assert set(TABLES[table].required) <= set(found.mapping)


@pytest.mark.parametrize("table", TABLES)
def test_our_own_names_are_taken_at_their_word(table: str) -> None:
    names = list(TABLES[table].names)
    empty: dict[str, list[str | None]] = {name: [None] * 5 for name in names}
    found = guess(Sample("data.csv", "csv", names, empty, {}))
    assert found.table == table
    assert found.mapping == {name: name for name in names}


@pytest.mark.data
def test_online_retail_is_recognised_without_any_doubt(data_folder: Path) -> None:
    table = pq.read_table(data_folder / "online_retail" / "online_retail.parquet").slice(0, 3000)
    columns = {name: [None if v is None else str(v) for v in table[name].to_pylist()] for name in table.column_names}
    found = guess(Sample("online_retail.csv", "csv", list(columns), columns, {}))
    assert found.mapping == {
        "order_id": "InvoiceNo", "product_id": "StockCode", "product_title": "Description", "quantity": "Quantity",
        "ordered_at": "InvoiceDate", "unit_price": "UnitPrice", "customer_id": "CustomerID", "country": "Country",
    }  # fmt: skip
    assert (found.currency, found.warnings) == ("GBP", ())
    assert [each.header for each in found.columns if each.warning] == []
