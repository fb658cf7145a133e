"""The public data sets as a shop's tables."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

__all__ = ["online_retail"]

_ONLINE_RETAIL = {
    "InvoiceNo": "order_id",
    "CustomerID": "customer_id",
    "StockCode": "product_id",
    "InvoiceDate": "ordered_at",
    "Quantity": "quantity",
    "UnitPrice": "unit_price",
    "Description": "product_title",
    "Country": "country",
}


def online_retail(data: Path) -> pa.Table:
    """Return Online Retail as order lines, with the schema's column names."""
    table = pq.read_table(data / "online_retail" / "online_retail.parquet")
    table = table.rename_columns([_ONLINE_RETAIL[name] for name in table.column_names])
    return table.set_column(table.schema.get_field_index("quantity"), "quantity", table["quantity"].cast(pa.float64()))
