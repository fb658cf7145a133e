"""`habitue init` on real files: what is written, what is refused, what is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from habitue.data.initialise import initialise
from habitue.data.settings import read_settings
from habitue.data.sources.raw import Sample
from habitue.errors import ConfigError, DataError

HEADERS = {
    "order_id": "Bestellnummer", "ordered_at": "Datum", "customer_id": "Kunde", "product_id": "Artikelnummer",
    "product_title": "Artikel", "quantity": "Menge", "unit_price": "Einzelpreis", "country": "Land",
}  # fmt: skip


def _write(
    sample: Sample, path: Path, *, delimiter: str = ",", encoding: str = "utf-8", rows: range | None = None
) -> Path:
    lines = [delimiter.join(sample.headers)]
    every = rows or range(len(sample.columns[sample.headers[0]]))
    lines += [delimiter.join(sample.columns[header][row] or "" for header in sample.headers) for row in every]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding=encoding)
    return path


@pytest.fixture
def german(sample_of: Callable[..., Sample]) -> Sample:
    return sample_of(
        HEADERS,
        change={
            "ordered_at": lambda at: f"{at[8:10]}.{at[5:7]}.{at[:4]} {at[11:16]}",
            "unit_price": lambda price: price.replace(".", ","),
        },
    )


def test_how_the_file_is_written_comes_into_the_settings(tmp_path: Path, german: Sample) -> None:
    file = _write(german, tmp_path / "exports" / "auftraege.csv", delimiter=";", encoding="cp1252")
    result = initialise([str(file)], tmp_path)
    source = read_settings(tmp_path / "shop.toml").sources[0]
    assert result.settings.sources == [source]
    assert source.columns == HEADERS
    assert (source.format, source.path, source.table) == ("csv", "exports/auftraege.csv", "order_lines")
    assert (source.delimiter, source.decimal) == (";", ",")
    assert source.dates == {"ordered_at": ["%d.%m.%Y %H:%M"]}
    assert result.settings.shop.name == tmp_path.name


def test_rows_are_plain_data(tmp_path: Path, german: Sample) -> None:
    result = initialise([str(_write(german, tmp_path / "a.csv", delimiter=";"))], tmp_path, name="Laden")
    row = next(row for row in result.rows() if row["header"] == "Menge")
    assert row["column"] == "quantity"
    assert row["confidence"] > 0.9
    assert row["warning"] is None
    assert "whole numbers" in row["evidence"]
    assert result.as_dict()["shop"]["name"] == "Laden"
    assert "数字" in next(row for row in result.rows("zh") if row["header"] == "Menge")["evidence"]


def test_chinese_gbk(tmp_path: Path, sample_of: Callable[..., Sample]) -> None:
    headers = {
        "order_id": "订单编号", "ordered_at": "下单时间", "customer_id": "会员编号", "product_title": "商品名称",
        "quantity": "数量", "unit_price": "单价",
    }  # fmt: skip
    file = _write(sample_of(headers, language="zh"), tmp_path / "订单.csv", encoding="gb18030")
    result = initialise([str(file)], tmp_path)
    assert result.settings.sources[0].columns == headers
    assert result.settings.sources[0].encoding.lower().startswith("gb")
    assert (result.settings.shop.language, result.settings.shop.currency) == ("zh", "CNY")


def test_files_of_the_same_columns_are_one_source(tmp_path: Path, german: Sample) -> None:
    for month, rows in (("01", range(150)), ("02", range(150, 300))):
        _write(german, tmp_path / f"orders-2024-{month}.csv", delimiter=";", rows=rows)
    other = [german.headers[0], "Betreff"]
    mails = Sample("m", "csv", other, dict.fromkeys(other, german.columns["Artikel"]), {})
    _write(mails, tmp_path / "mails.csv", delimiter=";")
    result = initialise([str(tmp_path / "orders-*.csv")], tmp_path)
    assert [source.path for source in result.settings.sources] == ["orders-2024-0*.csv"]


def test_a_shop_toml_is_never_overwritten_unasked(tmp_path: Path, german: Sample) -> None:
    file = _write(german, tmp_path / "a.csv", delimiter=";")
    (tmp_path / "shop.toml").write_text("# mine\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="already") as caught:
        initialise([str(file)], tmp_path)
    assert "--force" in (caught.value.hint or "")
    assert (tmp_path / "shop.toml").read_text(encoding="utf-8") == "# mine\n"
    initialise([str(file)], tmp_path, force=True)
    assert read_settings(tmp_path / "shop.toml").sources


def test_a_missing_file_is_named_with_its_neighbour(tmp_path: Path, german: Sample) -> None:
    _write(german, tmp_path / "orders.csv", delimiter=";")
    with pytest.raises(DataError, match=r"Did you mean 'orders\.csv'"):
        initialise([str(tmp_path / "order.csv")], tmp_path)
    assert not (tmp_path / "shop.toml").exists()


def test_the_table_can_be_said(tmp_path: Path, german: Sample) -> None:
    file = _write(german, tmp_path / "a.csv", delimiter=";")
    assert initialise([str(file)], tmp_path, table="purchase_orders").settings.sources[0].table == "purchase_orders"
    with pytest.raises(ConfigError, match="Did you mean 'orders'"):
        initialise([str(file)], tmp_path, table="order", force=True)


def test_a_platform_export_needs_no_mapping(tmp_path: Path) -> None:
    text = "Name,Email,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku\n"
    text += "".join(f"#{1000 + i},a{i}@x.com,2024-01-{i % 28 + 1:02} 10:00:00 +0100,1,Mug,9.90,M1\n" for i in range(30))
    (tmp_path / "orders_export.csv").write_text(text, encoding="utf-8")
    result = initialise([str(tmp_path / "orders_export.csv")], tmp_path)
    assert [(source.format, source.table) for source in result.settings.sources] == [("shopify", "")]
    assert "Shopify" in " ".join(result.warnings())
