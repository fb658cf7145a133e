"""Histories read from a shop know nothing of the future, and cuts of histories keep what they promise."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from habitue.data.shop import Shop
from habitue.data.simulate import simulate
from habitue.errors import ConfigError, DataError, NotEnoughData
from habitue.features.testing import truncation_differences
from habitue.models.recommend import Histories
from habitue.models.recommend.splits import cold_customers, cold_items, leave_one_out, shuffled, time_split
from habitue.tasks import day_number, read_histories, read_targets

_AT = dt.datetime(2024, 2, 1)


def _lines(*rows: tuple[Any, ...]) -> pa.Table:
    names = ("order_id", "customer_id", "product_id", "ordered_at", "quantity", "unit_price", "product_title")
    columns = list(zip(*rows, strict=True))
    table = pa.table(dict(zip(names, (list(each) for each in columns), strict=True)))
    return table.set_column(4, "quantity", table["quantity"].cast(pa.float64()))


def _shop() -> dict[str, pa.Table]:
    lines = _lines(
        ("1", "ann", "tea", dt.datetime(2024, 1, 5, 9), 2, 4.0, "Green tea leaves"),
        ("1", "ann", "cup", dt.datetime(2024, 1, 5, 9), 1, 9.0, "Porcelain cup"),
        ("2", "bob", "cup", dt.datetime(2024, 1, 7), 1, 8.0, "Porcelain cup"),
        ("3", "ann", "tea", dt.datetime(2024, 1, 20), 1, 5.0, "Green tea leaves"),
        ("4", None, "pot", dt.datetime(2024, 1, 22), 1, 30.0, "Porcelain pot"),
        ("5", "ann", "tea", dt.datetime(2024, 2, 3), 1, 6.0, "Green tea leaves"),
        ("5", "ann", "pot", dt.datetime(2024, 2, 3), 2, 30.0, "Porcelain pot"),
        ("6", "bob", "jug", dt.datetime(2024, 2, 9), 1, 12.0, "Glass jug"),
        ("7", "cat", "tea", dt.datetime(2024, 2, 9), 1, 6.0, "Green tea leaves"),
        ("8", "cat", "tea", dt.datetime(2024, 4, 9), 1, 6.0, "Green tea leaves"),
    )
    events = pa.table(
        {
            "customer_id": ["bob", "bob", "dan", None, "bob", "ann"],
            "event": ["view", "cart", "view", "view", "login", "view"],
            "happened_at": [
                dt.datetime(2024, 1, day) for day in (6, 6, 9, 9, 10)
            ] + [dt.datetime(2024, 2, 2)],
            "product_id": ["pot", "pot", "lid", "tea", None, "jug"],
        }
    )  # fmt: skip
    products = pa.table(
        {
            "product_id": ["tea", "cup", "old", "new"],
            "brand": ["Leaf", "Clay", "Clay", "Clay"],
            "launched_at": [dt.datetime(2023, 1, 1), None, None, dt.datetime(2024, 3, 1)],
            "retired_at": [None, None, dt.datetime(2024, 1, 2), None],
        }
    )
    return {"order_lines": lines, "events": events, "products": products}


@pytest.fixture(scope="module")
def shop() -> Any:
    with Shop.from_tables(_shop()) as opened:
        yield opened


def test_histories_are_read_by_hand(shop: Shop) -> None:
    read = read_histories(shop, _AT)
    assert read.customers == ("ann", "bob", "dan")
    assert read.products == ("cup", "lid", "old", "pot", "tea")
    names = [[read.products[item] for item in read.histories.row(row)] for row in range(3)]
    assert sorted(names[0][:2]) == ["cup", "tea"]
    assert names[0][2:] == ["tea"]
    # Viewed and put into the basket at one moment counts once, by the weightier.
    assert names[1:] == [["pot", "cup"], ["lid"]]
    assert read.histories.weights is not None
    assert read.histories.weights[3:].tolist() == [0.4, 1.0, 0.1]
    assert read.histories.days is not None
    assert read.histories.days[3:].tolist() == [day_number(f"2024-01-0{day}") for day in (6, 7, 9)]
    assert read.purchases.lengths.tolist() == [3, 1, 0]
    assert read.purchases.weights is None


def test_what_is_known_of_products(shop: Shop) -> None:
    read = read_histories(shop, _AT)
    at = read.products.index
    prices, since = read.items.prices, read.items.since_days
    assert prices is not None
    assert since is not None
    # The last price before the moment; a product sold to a stranger has one too; one never sold has none.
    assert [prices[at(name)] for name in ("tea", "cup", "pot")] == [5.0, 8.0, 30.0]
    assert np.isnan(prices[at("old")])
    assert since[at("tea")] == day_number("2023-01-01")
    assert since[at("pot")] == day_number("2024-01-22")
    assert read.on_sale.tolist() == [name != "old" for name in read.products]
    table = read.items.attributes.toarray()
    held = {name: {word for word, has in zip(read.attributes, table[at(name)], strict=True) if has}
            for name in read.products}  # fmt: skip
    assert held == {"cup": {"porcelain", "brand: Clay"}, "pot": {"porcelain"}, "old": {"brand: Clay"}, "tea": set(),
                    "lid": set()}  # fmt: skip


def test_actions_are_chosen(shop: Shop) -> None:
    alone = read_histories(shop, _AT, actions={})
    assert alone.customers == ("ann", "bob")
    assert alone.histories.weights is None
    assert alone.histories.items.tolist() == alone.purchases.items.tolist()
    viewed = read_histories(shop, _AT, actions={"view": 0.25})
    assert viewed.histories.weights is not None
    assert viewed.histories.weights.tolist() == [1, 1, 1, 0.25, 1, 0.25]
    with pytest.raises(ConfigError, match=r"no action 'veiw'.*Did you mean 'view'"):
        read_histories(shop, _AT, actions={"veiw": 0.1})
    with pytest.raises(ConfigError, match="weighs 0"):
        read_histories(shop, _AT, actions={"view": 0})
    with pytest.raises(NotEnoughData, match="before 2023-01-01"):
        read_histories(shop, "2023-01-01")


def test_targets_are_what_known_customers_bought_next(shop: Shop) -> None:
    read = read_histories(shop, _AT)
    rows, targets = read_targets(shop, read, 30)
    assert rows.tolist() == [0, 1]
    assert targets.shape == (2, 6)  # the jug came on sale later: nobody could have shown it
    assert targets.toarray()[0].tolist() == [0, 0, 0, 60, 6, 0]
    assert targets.toarray()[1].tolist() == [0, 0, 0, 0, 0, 12]
    fresh = read_targets(shop, read, 30, only_new=True)
    assert fresh.targets.toarray().tolist() == [[0, 0, 0, 60, 0, 0], [0, 0, 0, 0, 0, 12]]
    with pytest.raises(ConfigError, match="is not known"):
        read_targets(shop, read, 90)


def test_nothing_of_the_future_is_read() -> None:
    tables = simulate(customers=80, days=100, seed=3, dirt=0.03, tables={"order_lines", "products", "events"}).tables
    moment = dt.datetime(2023, 1, 1) + dt.timedelta(days=77.3)

    def answer(shop: Shop, as_of: dt.datetime) -> pa.Table:
        read = read_histories(shop, as_of)
        held, items = read.histories, read.items
        done = {
            f"{read.customers[row]} {age} back": (read.products[item], when, weight)
            for row, age, item, when, weight in zip(
                held.rows, held.ages, held.items, held.days, held.weights, strict=True
            )
        }
        table = items.attributes
        known = {
            product: (
                sorted(read.attributes[at] for at in table.indices[table.indptr[row] : table.indptr[row + 1]]),
                read.categories[items.categories[row]] if items.categories[row] >= 0 else None,
                items.prices[row], items.since_days[row], read.on_sale[row],
            )
            for row, product in enumerate(read.products)
        }  # fmt: skip
        assert len(done) > 100
        return pa.table({"what": [*done, *known], "is": [str(each) for each in (*done.values(), *known.values())]})

    assert truncation_differences(tables, moment, answer, key=("what",)) == []


def test_rows_in_any_order_give_the_same_histories() -> None:
    tables = _shop()
    lines = tables["order_lines"]
    turned = {**tables, "order_lines": lines.take(list(range(lines.num_rows))[::-1])}
    with Shop.from_tables(tables) as first, Shop.from_tables(turned) as second:
        one, two = read_histories(first, _AT), read_histories(second, _AT)
    assert one.histories.items.tolist() == two.histories.items.tolist()
    assert one.products == two.products


def test_the_order_inside_a_basket_is_not_that_of_the_catalogue() -> None:
    products = [f"p{number:03}" for number in range(40)]
    rows = [(f"{who}", f"c{who}", product, dt.datetime(2024, 1, 3), 1, 1.0, "x") for who in range(30)
            for product in products]  # fmt: skip
    with Shop.from_tables({"order_lines": _lines(*rows)}) as shop:
        read = read_histories(shop, _AT)
    steps = np.diff(read.histories.items.reshape(30, 40), axis=1)
    assert 0.4 < (steps > 0).mean() < 0.6
    assert (steps == 1).mean() < 0.1
    assert len({tuple(row) for row in read.histories.items.reshape(30, 40).tolist()}) == 30


def test_numbers_and_names_of_one_thing_are_one_and_little_is_enough() -> None:
    lines = pa.table(
        {
            "order_id": [1, 2], "customer_id": [7, 8], "product_id": [10, 10], "quantity": [1.0, 1.0],
            "ordered_at": [dt.datetime(2024, 1, 5), dt.datetime(2024, 1, 5)], "unit_price": [2.0, 2.0],
        }
    )  # fmt: skip
    events = pa.table(
        {
            "customer_id": ["7"] * 5_000,
            "event": ["view"] * 5_000,
            "happened_at": [dt.datetime(2024, 1, 6)] * 5_000,
            "product_id": [f"{10 + number % 2_500}" for number in range(5_000)],
        }
    )
    with Shop.from_tables({"order_lines": lines, "events": events}) as shop:
        read = read_histories(shop, _AT)
        alone = read_histories(shop, _AT, actions={})
    assert read.customers == ("7", "8")
    assert read.purchases.lengths.tolist() == [1, 1]
    assert read.histories.lengths.tolist() == [2_501, 1]  # the same product, action and moment count once
    assert read.items.attributes is None
    assert read.items.categories is None
    assert alone.products == ("10",)
    assert alone.histories.items.tolist() == [0, 0]


def _random_histories(seed: int) -> Histories:
    rng = np.random.default_rng(seed)
    lists = [rng.integers(0, 9, rng.integers(0, 8)).tolist() for _ in range(12)]
    days = [np.sort(rng.uniform(0, 10, len(row))).tolist() for row in lists]
    return Histories.from_lists(lists, n_items=9, days=days)


def test_leave_one_out_by_hand() -> None:
    cut = leave_one_out(Histories.from_lists([[4, 2, 0, 1], [3, 1], [], [1, 1, 2]], n_items=5))
    assert [cut.training.row(row).tolist() for row in range(4)] == [[4, 2], [3, 1], [], [1]]
    assert [cut.asked.row(row).tolist() for row in range(4)] == [[4, 2, 0], [3, 1], [], [1, 1]]
    assert cut.validation.tolist() == [0, -1, -1, 1]
    assert cut.test.tolist() == [1, -1, -1, 2]
    assert leave_one_out(Histories.from_lists([[1, 1, 2]], n_items=5), least=5).test.tolist() == [-1]
    assert leave_one_out(Histories.from_lists([[], []], n_items=5)).test.tolist() == [-1, -1]
    with pytest.raises(ConfigError, match="2 events"):
        leave_one_out(Histories.from_lists([[1]], n_items=5), least=2)


@given(st.integers(0, 10_000), st.floats(0, 10), st.floats(0.5, 12))
@settings(max_examples=40, deadline=None)
def test_a_cut_in_time_equals_the_plain_one(seed: int, day: float, horizon: float) -> None:
    held = _random_histories(seed)
    for only_new in (False, True):
        cut = time_split(held, day, horizon, only_new=only_new)
        expected = {}
        for row in range(len(held)):
            when = held.days[held.starts[row] : held.starts[row + 1]]
            items = held.row(row)
            past = set(items[when < day].tolist())
            after = [item for item, at in zip(items.tolist(), when, strict=True) if day <= at < day + horizon]
            after = [item for item in after if not (only_new and item in past)]
            assert cut.past.row(row).tolist() == items[when < day].tolist()
            if past and after:
                expected[row] = {item: float(after.count(item)) for item in after}
        assert cut.rows.tolist() == sorted(expected)
        found = {row: dict(zip(line.indices.tolist(), line.data.tolist(), strict=True))
                 for row, line in zip(cut.rows.tolist(), (cut.targets[[at]] for at in range(cut.rows.size)),
                                      strict=True)}  # fmt: skip
        assert found == expected
        assert cut.asked.items.tolist() == cut.past.take(cut.rows).items.tolist()


def test_only_purchases_count_as_right() -> None:
    everything = Histories.from_lists([[0, 1, 2, 1], [0]], n_items=3, days=[[1.0, 2, 6, 7], [1.0]])
    bought = Histories.from_lists([[0, 1], []], n_items=3, days=[[1.0, 7], []])
    cut = time_split(everything, 5.0, outcomes=bought, only_new=True)
    assert cut.targets.toarray().tolist() == [[0.0, 1.0, 0.0]]  # product 1 was looked at before, not bought
    assert cut.past.row(0).tolist() == [0, 1]
    with pytest.raises(DataError, match="1 customers"):
        time_split(everything, 5.0, outcomes=bought.take([0]))
    with pytest.raises(DataError, match="no days"):
        time_split(Histories.from_lists([[0]], n_items=1), 5.0)
    with pytest.raises(ConfigError, match="in 0 days"):
        time_split(everything, 5.0, 0)


@given(st.integers(0, 10_000), st.floats(0.05, 0.9))
@settings(max_examples=25, deadline=None)
def test_hidden_products_are_gone_and_the_rest_stays(seed: int, share: float) -> None:
    held = _random_histories(seed)
    had = int((held.counts() > 0).sum())
    assume(had >= 2)
    cut = cold_items(held, share, seed=seed)
    assert 1 <= cut.hidden.sum() < had
    assert abs(cut.hidden.sum() - share * had) <= 1
    assert not cut.hidden[cut.training.items].any()
    assert not cut.hidden[held.counts() == 0].any()
    for row in range(len(held)):
        assert cut.training.row(row).tolist() == [item for item in held.row(row).tolist() if not cut.hidden[item]]
    assert cold_items(held, share, seed=seed).hidden.tolist() == cut.hidden.tolist()


def test_customers_are_cut_to_their_newest_events() -> None:
    held = Histories.from_lists([[0, 1, 2], [3, 4, 0], [1]], n_items=5)
    assert [cold_customers(held, 2).row(row).tolist() for row in range(3)] == [[1, 2], [4, 0], [1]]
    assert [cold_customers(held, 1, rows=[1]).row(row).tolist() for row in range(3)] == [[0, 1, 2], [0], [1]]
    with pytest.raises(ConfigError, match="0 events"):
        cold_customers(held, 0)
    for share in (0, 1.0):
        with pytest.raises(ConfigError, match="cannot be hidden"):
            cold_items(held, share)


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_shuffling_moves_nothing_to_another_day_or_customer(seed: int) -> None:
    held = _random_histories(seed)
    mixed = shuffled(held, seed=seed)
    assert mixed.starts.tolist() == held.starts.tolist()
    key = [sorted(zip(each.rows.tolist(), np.floor(each.days).tolist(), each.items.tolist(), strict=True))
           for each in (held, mixed)]  # fmt: skip
    assert key[0] == key[1]
    assert (np.diff(np.floor(mixed.days))[np.diff(mixed.rows) == 0] >= 0).all()


def test_without_days_the_whole_history_is_shuffled() -> None:
    held = Histories.from_lists([list(range(50)), list(range(50))], n_items=50)
    mixed = shuffled(held, seed=1)
    assert sorted(mixed.row(0).tolist()) == list(range(50))
    assert mixed.row(0).tolist() != list(range(50))
    assert mixed.row(0).tolist() != mixed.row(1).tolist()
    assert shuffled(held, seed=1).items.tolist() == mixed.items.tolist()
