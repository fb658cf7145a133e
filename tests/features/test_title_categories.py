"""Categories of products: the merchant's own, else from titles known strictly before the moment."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest

from habitue.data.shop import Shop
from habitue.data.simulate import simulate
from habitue.features.categories import OTHER, categories
from habitue.features.testing import truncation_differences

_DAY = dt.timedelta(days=1)
_START = dt.datetime(2024, 1, 1, 10)
_SHELF = {
    "mug": ("coffee mug", "cocoa mug", "travel mug", "soup mug"),
    "bag": ("lunch bag", "school bag", "beach bag", "tote bag"),
    "clock": ("alarm clock", "wall clock", "kitchen clock", "cuckoo clock"),
}


def _lines(titles: dict[str, str | None], **more: list[object]) -> pa.Table:
    """One line a day for each product, in the order given."""
    count = len(titles)
    return pa.table(
        {
            "order_id": [str(number) for number in range(count)],
            "customer_id": [f"c{number % 3}" for number in range(count)],
            "product_id": list(titles),
            "product_title": pa.array(list(titles.values()), pa.string()),
            "ordered_at": [_START + number * _DAY for number in range(count)],
            "quantity": [1.0] * count,
            "unit_price": [2.0] * count,
            **more,
        }
    )


def _shelf() -> dict[str, str | None]:
    return {f"{kind}{number}": title for kind, titles in _SHELF.items() for number, title in enumerate(titles)}


def _mapping(table: pa.Table) -> dict[str, str]:
    return dict(zip(table["product_id"].to_pylist(), table["category"].to_pylist(), strict=True))


def test_titles_give_categories_where_the_merchant_gives_none():
    with Shop.from_tables({"order_lines": _lines(_shelf())}) as shop:
        found = categories(shop, shop.latest_as_of, count=3)
    of = _mapping(found.products)
    assert found.from_titles
    assert len({of[product] for product in of}) == 3
    for kind in _SHELF:
        assert len({category for product, category in of.items() if product.rstrip("0123456789") == kind}) == 1
    described = found.described.to_pylist()
    assert sum(row["products"] for row in described) == sum(row["lines"] for row in described) == 12
    assert {word for row in described for word in row["words"].split(", ")} >= {"mug", "bag", "clock"}


def test_products_seen_later_get_the_nearest_category():
    shelf = _shelf() | {"mug9": "latte mugs", "gnome": "garden gnome", "bag9": "SHOPPING BAG"}
    with Shop.from_tables({"order_lines": _lines(shelf)}) as shop:
        moment = _START + 11.5 * _DAY
        found = categories(shop, moment, count=3)
        later = _mapping(found.of(shop, shop.between(moment, moment + 30 * _DAY)))
    of = _mapping(found.products)
    assert set(of) == set(_shelf())
    assert later == {"mug9": of["mug1"], "bag9": of["bag1"], "gnome": OTHER}


def test_the_merchants_categories_come_first():
    shelf = _shelf()
    given: list[object] = [{"mu": "Mugs", "ba": "Bags", "cl": None}[product[:2]] for product in shelf]
    with Shop.from_tables({"order_lines": _lines(shelf, category=given)}) as shop:
        found = categories(shop, shop.latest_as_of, count=3)
        assert set(found.names) == {"Mugs", "Bags", OTHER}
        assert not found.from_titles
        few = categories(shop, shop.latest_as_of, most=1)
        assert set(few.names) == {"Bags", OTHER}


def test_the_table_of_products_wins_over_the_lines():
    shelf = _shelf()
    products = pa.table(
        {
            "product_id": [*shelf, "n1"],
            "title": [*shelf.values(), "never sold"],
            "category": ["Things"] * len(shelf) + ["Rest"],
        }
    )
    given: list[object] = ["Stuff"] * len(shelf)
    with Shop.from_tables({"order_lines": _lines(shelf, category=given), "products": products}) as shop:
        of = _mapping(categories(shop, shop.latest_as_of).products)
    assert set(of.values()) == {"Things", "Rest"}
    assert of["n1"] == "Rest"


def test_no_title_at_all():
    with Shop.from_tables({"order_lines": _lines(dict.fromkeys(_shelf()))}) as shop:
        found = categories(shop, shop.latest_as_of)
    assert set(_mapping(found.products).values()) == {OTHER}
    assert not found.from_titles
    assert found.described.to_pylist() == [
        {"category": OTHER, "words": None, "products": 12, "lines": 12, "from_titles": False}
    ]


def test_a_moment_before_everything():
    with Shop.from_tables({"order_lines": _lines(_shelf())}) as shop:
        found = categories(shop, _START)
    assert found.products.num_rows == 0
    assert found.names == ()


def test_fewer_titles_than_categories():
    shelf: dict[str, str | None] = {"p1": "coffee mug", "p2": "lunch bag", "p3": None}
    with Shop.from_tables({"order_lines": _lines(shelf)}) as shop:
        of = _mapping(categories(shop, shop.latest_as_of, count=30).products)
    assert of["p3"] == OTHER
    assert len(set(of.values())) == 3


@pytest.mark.parametrize("own", ["own", "from titles"])
def test_truncation(own: str):
    tables = dict(simulate(customers=60, days=200, seed=5, dirt=0.02, tables={"order_lines", "products"}).tables)
    if own == "from titles":
        tables = {
            name: table.drop_columns([column for column in ("category",) if column in table.column_names])
            for name, table in tables.items()
        }

    def answer(shop: Shop, as_of: dt.datetime) -> pa.Table:
        found = categories(shop, as_of)
        assert found.from_titles == (own == "from titles")
        return found.products.join(found.described, "category")

    moment = max(tables["order_lines"]["ordered_at"].to_pylist()) - 60 * _DAY
    assert not truncation_differences(tables, moment, answer, key=("product_id",))
