"""Features worked out a few at a time are those of one query."""

from __future__ import annotations

import datetime as dt

import pytest

from habitue.data.shop import Shop
from habitue.data.simulate import simulate
from habitue.features import available, compute, fetch, fetching, part_by_part

_MOMENT = dt.datetime(2023, 5, 1)


@pytest.fixture(scope="module")
def shop():
    tables = simulate(customers=120, days=200, seed=5, tables={"order_lines", "events"}).tables
    with Shop.from_tables(tables) as made:
        yield made


@pytest.fixture
def large(monkeypatch):
    monkeypatch.setattr(fetching, "_LARGE", 1)


def test_parts_give_the_answer_of_one_query(shop, large):
    names = available(shop.at(_MOMENT))
    whole = shop.engine.to_arrow(compute(shop.at(_MOMENT), names)).sort_by("customer_id")
    assert fetch(shop, _MOMENT, names).sort_by("customer_id").equals(whole)
    assert len(names) > 60


def test_features_that_need_no_order_still_have_every_customer(shop, large):
    found = fetch(shop, _MOMENT, ("products", "views_30d"))
    assert found.num_rows == shop.engine.to_arrow(shop.at(_MOMENT).purchases.customer_id.nunique()).as_py()


def test_what_was_held_is_let_go(shop, large):
    count = "SELECT count(*) AS tables FROM duckdb_tables()"
    before = shop.engine.to_rows(shop.engine.query(count))
    fetch(shop, _MOMENT, ("orders", "products"))
    assert shop.engine.to_rows(shop.engine.query(count)) == before


def test_a_small_shop_asks_once(shop):
    with part_by_part(shop) as hold:
        assert hold is None
    assert shop.line_count < 2_000_000
