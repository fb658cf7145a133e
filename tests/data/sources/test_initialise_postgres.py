"""`habitue init postgresql://…` on a really started server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from habitue.data.initialise import initialise

_SHOP = """
CREATE TABLE clients (client_id int PRIMARY KEY, full_name text, email text, registered_at timestamptz, country text);
CREATE TABLE sales (
  sale_id bigint, line_no int, client_id int, sold_at timestamp, sku text, item_name text, qty int,
  unit_price numeric(9,2), PRIMARY KEY (sale_id, line_no)
);
CREATE TABLE sales_backup AS SELECT * FROM sales;
CREATE TABLE schema_migrations (version text, applied boolean);
CREATE TABLE sales_empty (sale_id bigint);
INSERT INTO clients
  SELECT i, 'Ann Smith', 'a' || i || '@example.com', '2023-01-01'::timestamptz + i * interval '7 hours', 'FR'
  FROM generate_series(1, 80) i;
INSERT INTO sales
  SELECT 1000 + i / 3, i % 3 + 1, 1 + (i / 3) * 7 % 80, '2024-01-01'::timestamp + (i / 3) * interval '5 hours',
    'S' || i * 7 % 23, 'Red mug number ' || i * 7 % 23, 1 + i % 4, 2.5 + (i * 7 % 23) * 1.15
  FROM generate_series(0, 299) i;
INSERT INTO sales_backup
  SELECT sale_id, line_no, client_id, sold_at, sku, NULL, qty, unit_price FROM sales LIMIT 40;
INSERT INTO schema_migrations VALUES ('20240101', true), ('20240202', true);
"""


@pytest.mark.postgres
def test_a_database_is_looked_through(new_database: Callable[[str], str], tmp_path: Path) -> None:
    url = new_database(_SHOP)
    result = initialise([url], tmp_path)
    by_table = {source.settings.table: source.settings for source in result.sources}
    assert by_table["order_lines"].relation == "public.sales"
    assert by_table["order_lines"].columns == {
        "order_id": "sale_id", "line_id": "line_no", "customer_id": "client_id", "product_id": "sku",
        "ordered_at": "sold_at", "quantity": "qty", "unit_price": "unit_price", "product_title": "item_name",
    }  # fmt: skip
    assert by_table["customers"].relation == "public.clients"
    assert {each.label for each in result.skipped} == {
        "public.sales_backup", "public.schema_migrations", "public.sales_empty",
    }  # fmt: skip
    assert not by_table["order_lines"].dates


@pytest.mark.postgres
def test_the_password_is_not_written(new_database: Callable[[str], str], tmp_path: Path) -> None:
    url = new_database(_SHOP)
    result = initialise([url], tmp_path)
    password = urlsplit(url).password
    assert password
    text = (tmp_path / "shop.toml").read_text(encoding="utf-8")
    assert password not in text
    assert password not in str(result.as_dict())
    assert "PGPASSWORD" in " ".join(result.warnings())
