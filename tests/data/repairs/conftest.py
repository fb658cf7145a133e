"""Small shops written row by row, and the public data set behind HABITUE_DATA."""

import datetime as dt
import os
from functools import cached_property
from pathlib import Path

import ibis
import pyarrow as pa
import pytest

from habitue.data.repairs import repair_order_lines
from habitue.data.settings import RepairSettings
from habitue.engine import Engine
from habitue.schema import table

NOW = dt.datetime(2024, 12, 31)
COLUMNS = {column.name: column.kind.dtype for column in table("order_lines").columns}
PLAIN = {
    "order_id": "1",
    "customer_id": "ann",
    "product_id": "tea",
    "ordered_at": dt.datetime(2024, 3, 1, 9),
    "quantity": 1.0,
    "unit_price": 2.0,
}


def arrow_lines(rows):
    """Return rows as an Arrow table with all columns of the schema; what a row does not say is as in PLAIN."""
    schema = ibis.schema({**COLUMNS, "source": "string", "source_row": "int64"}).to_pyarrow()
    filled = [
        {"source": "orders.csv", "source_row": place, **PLAIN, "order_id": str(place), **row}
        for place, row in enumerate(rows, start=1)
    ]
    return pa.Table.from_pylist(filled, schema=schema)


class Outcome:
    """What the repair of a small shop came to."""

    def __init__(self, repaired, engine):
        self.repaired, self.engine = repaired, engine
        self.findings = {finding.name: finding for finding in repaired.findings}

    @cached_property
    def rows(self):
        return self.engine.to_rows(self.repaired.expr.order_by("source_row", "source"))

    @cached_property
    def log(self):
        return self.engine.to_rows(self.repaired.log.order_by("source_row", "source", "column"))

    def column(self, name):
        return [row[name] for row in self.rows]


@pytest.fixture(scope="session")
def engine():
    with Engine(threads=1) as engine:
        yield engine


@pytest.fixture
def repair(engine):
    def run(rows, *, currency="", now=NOW, **settings):
        lines = engine.from_arrow(arrow_lines(rows))
        repaired = repair_order_lines(
            lines, RepairSettings(**settings), engine=engine, as_of_now=now, currency=currency
        )
        return Outcome(repaired, engine)

    return run


@pytest.fixture(scope="session")
def online_retail(engine):
    """Online Retail as the loader gives it: typed, trimmed, renamed."""
    folder = os.environ.get("HABITUE_DATA")
    if not folder:
        pytest.skip("HABITUE_DATA names no folder with the public data sets")
    raw = engine.read_parquet(Path(folder) / "online_retail" / "online_retail.parquet", row_numbers=True)
    theirs = {
        "order_id": "InvoiceNo",
        "product_id": "StockCode",
        "product_title": "Description",
        "quantity": "Quantity",
        "ordered_at": "InvoiceDate",
        "unit_price": "UnitPrice",
        "customer_id": "CustomerID",
        "country": "Country",
    }
    cells = {}
    for name, kind in COLUMNS.items():
        cell = raw[theirs[name]].cast(kind) if name in theirs else ibis.null(kind)
        cells[name] = cell.strip().nullif("") if kind == "string" else cell
    return engine.keep(raw.select(**cells, source=ibis.literal("online_retail.parquet"), source_row=raw.source_row))
