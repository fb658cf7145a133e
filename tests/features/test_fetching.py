"""Features fetched by an exchanged moment are those computed for it."""

from __future__ import annotations

import datetime as dt

import pytest

from habitue.data.shop import Shop
from habitue.data.simulate import simulate
from habitue.features import CATALOGUE, available, compute, fetch, fetching


@pytest.fixture(scope="module")
def shop():
    tables = simulate(customers=120, days=420, seed=9, tables={"order_lines", "orders", "products", "events"}).tables
    with Shop.from_tables(tables) as opened:
        yield opened


@pytest.mark.parametrize(
    "as_of", [dt.datetime(2023, 9, 1), dt.datetime(2024, 2, 20, 13, 5, 6, 789), dt.datetime(2023, 1, 3)]
)
def test_every_feature_is_the_same_as_computed(shop: Shop, as_of: dt.datetime) -> None:
    names = available(shop.at(as_of))
    fetched = fetch(shop, as_of, names)
    computed = shop.engine.to_arrow(compute(shop.at(as_of), names))
    assert fetching._QUERIES[shop][names] is not None
    assert fetched.schema.equals(computed.schema)
    left, right = (each.sort_by("customer_id").to_pandas() for each in (fetched, computed))
    assert len(left) == len(right)
    for name in left.columns:
        if left[name].dtype.kind == "f":
            assert (((left[name] - right[name]).abs() <= 1e-9 * right[name].abs()) | right[name].isna()).all(), name
            assert left[name].isna().equals(right[name].isna())
        else:
            assert left[name].equals(right[name]), name


def test_features_the_shop_cannot_have_are_missing_as_computed(shop: Shop) -> None:
    as_of = dt.datetime(2023, 9, 1)
    names = tuple(CATALOGUE)
    fetched = fetch(shop, as_of, names)
    assert fetched.column_names == ["customer_id", *names]
    assert fetched.schema.equals(shop.engine.to_arrow(compute(shop.at(as_of), names)).schema)


def test_a_moment_that_is_not_whole_days_away_is_not_exchanged() -> None:
    assert fetching._days_before("TIMESTAMP", "1903, 2, 6, 4, 5, 6.789012") == 1
    assert fetching._days_before("TIMESTAMP", "1903, 2, 6, 4, 5, 6.789011") is None
    assert fetching._days_before("DATE", "1903, 1, 31") == 7
