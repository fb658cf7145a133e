"""The catalogue, its page, and the SQL it compiles to."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import ibis
import pytest

from habitue.data.snapshot import Snapshot
from habitue.engine import Engine
from habitue.errors import ConfigError
from habitue.features import CATALOGUE, Derived, Grain, compute, feature
from habitue.features.document import catalogue_page
from habitue.features.grains import TIMES
from habitue.schema import table

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden"
FAMILIES = {
    "money": ("orders", "spend_90d", "items", "average_order_value", "largest_order"),
    "rhythm": ("recency_days", "tenure_days", "purchase_days", "mean_gap_days", "last_gap_days", "overdue_ratio"),
    "variety": ("products", "repeat_product_share", "categories", "top_category_share"),
    "prices": ("discount_share", "coupon_order_share", "price_index"),
    "returns": ("returned", "return_share", "net_spend"),
    "places": ("country", "first_product", "weekend_share", "evening_share"),
    "visits": ("views_30d", "visits_30d", "days_since_visit"),
}


def _empty(name: str) -> ibis.Table:
    technical = {
        "source": "string",
        "source_row": "int64",
        "line_kind": "string",
        "is_product": "boolean",
        "set_aside": "string",
        "reversed_at": "timestamp(6)",
        "reversal_of": "int64",
    }
    columns = {column.name: column.kind.dtype for column in table(name).columns}
    return ibis.table(columns | (technical if name == "order_lines" else {}), name=name)


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return Snapshot({name: _empty(name) for name in ("order_lines", "events")}, dt.datetime(2024, 7, 1))


@pytest.mark.parametrize("dialect", ["duckdb", "pyspark"])
@pytest.mark.parametrize("family", FAMILIES)
def test_the_sql_is_as_it_was(snapshot: Snapshot, family: str, dialect: str, request: pytest.FixtureRequest) -> None:
    with Engine() as engine:
        got = engine.sql(compute(snapshot, FAMILIES[family]), dialect=dialect) + "\n"
    path = GOLDEN / f"{family}.{dialect}.sql"
    if request.config.getoption("--write-golden"):
        path.write_text(got, encoding="utf-8")
    assert got == path.read_text(encoding="utf-8"), "run: pytest tests/features --write-golden, and look at the diff"


def test_the_page_is_printed_from_the_catalogue() -> None:
    assert (ROOT / "docs" / "features.md").read_text(encoding="utf-8") == catalogue_page(), "run: make docs"


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_feature_is_whole(name: str) -> None:
    each = CATALOGUE[name]
    assert each.meaning.en
    assert each.meaning.zh
    assert each.unit in ("days", "money", "count", "share", "code", "time")
    if isinstance(each, Derived):
        assert all(source in CATALOGUE for source in each.of)
    elif each.window_days is not None or each.aggregate in ("first", "last"):
        assert each.grain in TIMES
        assert each.grain in Grain


def test_an_unknown_feature_gets_a_suggestion() -> None:
    with pytest.raises(ConfigError, match="Did you mean 'recency_days'"):
        feature("recency_day")


def test_what_the_shop_does_not_have_is_missing_not_zero() -> None:
    lines = _empty("order_lines")
    bare = Snapshot({"order_lines": lines}, dt.datetime(2024, 7, 1), given={"order_lines": {"customer_id"}})
    with Engine() as engine:
        sql = engine.sql(compute(bare, ["views_30d", "coupon_order_share"]))
    assert "CAST(NULL AS DOUBLE)" in sql
