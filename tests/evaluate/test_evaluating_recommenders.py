"""Recommenders side by side: the figures are those of their lists, and the week's bestsellers are always beside."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy import sparse

from habitue.data.shop import Shop
from habitue.errors import ConfigError, DataError, NotEnoughData
from habitue.evaluate import compare_on_histories, compare_recommenders
from habitue.models.recommend import Candidates, Histories, Items, best_of
from habitue.tasks import read_histories, read_targets

_AT = dt.datetime(2024, 3, 1)
_PAIRS = 6
_CUSTOMERS = 60


def _world() -> pa.Table:
    """Whoever bought an even product buys the next odd one in March; one product sold in the last week to strangers."""
    rng = np.random.default_rng(0)
    rows: list[dict[str, Any]] = []

    def sell(customer: str, product: str, at: dt.datetime, price: float) -> None:
        rows.append({
            "order_id": str(len(rows)), "customer_id": customer, "product_id": product, "ordered_at": at,
            "quantity": 1.0, "unit_price": price, "product_title": f"thing {product}",
            "category": "even" if product[-1] in "02468" else "odd",
        })  # fmt: skip

    for number in range(_CUSTOMERS):
        pair = int(rng.integers(_PAIRS))
        sell(f"c{number:02}", f"p{2 * pair:02}", dt.datetime(2024, 1, 10) + dt.timedelta(hours=number), 10.0)
        sell(f"c{number:02}", f"p{2 * pair + 1:02}", dt.datetime(2024, 3, 5) + dt.timedelta(hours=number), 20.0 + pair)
    for number in range(5):
        sell(f"d{number}", "p01", dt.datetime(2024, 2, 26, number), 20.0)
        sell(f"d{number}", f"p{2 * number + 3:02}", dt.datetime(2024, 1, 26, number), 20.0)
    sell("late", "p00", dt.datetime(2024, 4, 20), 10.0)
    return pa.Table.from_pylist(rows)


@pytest.fixture(scope="module")
def shop() -> Any:
    with Shop.from_tables({"order_lines": _world()}) as opened:
        yield opened


class _Next:
    """Shows the product after the newest one, and keeps what it was fitted on."""

    name = "next"

    def __init__(self) -> None:
        self.learnt: Histories | None = None
        self.told: tuple[Items, int] | None = None

    def fit(self, histories: Histories, items: Items, *, seed: int = 0) -> _Next:
        self.learnt, self.told = histories, (items, seed)
        return self

    def candidates(self, histories: Histories, k: int, *, skip_seen: bool = True, seed: int = 0) -> Candidates:
        scores = np.zeros((len(histories), histories.n_items), np.float32)
        newest = histories.newest()
        scores[np.arange(len(histories)), np.minimum(newest + 1, histories.n_items - 1)] = 1
        return best_of(scores, k, hidden=histories.seen() if skip_seen else None, seed=seed)


def _nothing(histories: Histories, k: int) -> Any:
    return np.full((len(histories), k), -1)


def test_the_planted_answer_is_found_and_bestsellers_stand_beside(shop: Shop) -> None:
    maker = _Next()
    table = compare_recommenders(
        shop, {"next": maker, "nothing": _nothing}, as_of=_AT, horizon_days=30, k=3, draws=50, only_new=True
    )
    rows = table.to_pandas().set_index("recommender")
    assert rows.index.tolist() == ["next", "popular_7_days", "nothing"]
    best = rows.loc["next"]
    assert best["customers"] == _CUSTOMERS
    assert best["recall"] == best["ndcg"] == best["hit_rate"] == best["map"] == best["mrr"] == 1.0
    assert best["precision"] == pytest.approx(1 / 3)
    assert best["ndcg_gain_low"] > 0
    assert best["ndcg_gain"] == pytest.approx(1 - rows.loc["popular_7_days", "ndcg"])
    assert 20 < best["revenue_low"] <= best["revenue"] <= best["revenue_high"] < 26
    assert best["coverage"] == pytest.approx(0.5)
    # Only one of the right products was among the bestsellers of the week: p01, of the first pair.
    assert 0 < best["serendipity"] < 1 / 3
    assert rows.loc["nothing", "recall"] == rows.loc["nothing", "revenue"] == rows.loc["nothing", "coverage"] == 0
    assert np.isnan(rows.loc["nothing", "novelty"])
    assert rows.loc["popular_7_days", "ndcg_gain"] == 0
    assert rows.loc["popular_7_days", "serendipity"] == 0
    assert maker.learnt is not None
    assert maker.told is not None
    assert maker.told[0].n_items == maker.learnt.n_items == 2 * _PAIRS
    assert maker.told[1] == 0
    assert maker.learnt.days is not None
    assert maker.learnt.days.max() < (_AT - dt.datetime(1970, 1, 1)).days
    assert pa.table(table).column_names == table.to_arrow().column_names


def test_bestsellers_of_the_week_are_those_of_the_week(shop: Shop) -> None:
    seen: list[Any] = []

    def spy(histories: Histories, k: int) -> Any:
        seen.append(histories)
        return _nothing(histories, k)

    rows = compare_recommenders(shop, {"spy": spy}, as_of=_AT, horizon_days=30, k=1, draws=0).to_pandas()
    read = read_histories(shop, _AT)
    targets = read_targets(shop, read, 30)
    only = read.products.index("p01")
    popular = rows.set_index("recommender").loc["popular_7_days"]
    assert popular["hit_rate"] == pytest.approx(targets.targets[:, [only]].count_nonzero() / _CUSTOMERS)
    assert np.isnan(popular["hit_rate_low"])
    # Five customers bought it in that week, one of 65 customers' products is right on average.
    assert popular["novelty"] == pytest.approx(-np.log2(6 / 66))
    assert seen[0].items.tolist() == read.histories.take(targets.rows).items.tolist()


def test_what_was_bought_before_is_hidden_from_bestsellers_when_only_new_counts() -> None:
    held = Histories.from_lists(
        [[0, 1], [0, 2], [0, 1]], n_items=3, days=[[8.0, 12], [9.0, 12], [9.0, 12]]
    )  # fmt: skip
    rows = compare_on_histories(held, {}, day=10.0, k=1, only_new=True).to_pandas().set_index("recommender")
    # Product 0 is all that was ever sold: nothing is left to show.
    assert rows.loc["popular_7_days", "coverage"] == 0
    again = compare_on_histories(held, {}, day=10.0, k=1).to_pandas().set_index("recommender")
    assert again.loc["popular_7_days", "coverage"] == pytest.approx(1 / 3)


def test_an_older_bestseller_fills_the_list_up() -> None:
    held = Histories.from_lists(
        [[1, 1, 1, 0, 2], [2, 2]], n_items=4, days=[[1.0, 2, 3, 28, 31], [1.0, 31]]
    )  # fmt: skip
    rows = compare_on_histories(held, {}, day=30.0, k=3).to_pandas().set_index("recommender").loc["popular_7_days"]
    assert rows["mrr"] == pytest.approx(1 / 3)  # 0 of the last week, then 1 and 2 by all sales


def test_without_days_the_newest_is_left_out() -> None:
    held = Histories.from_lists([[0, 1, 2, 3], [3, 2, 1, 0], [1, 2]], n_items=4)
    items = Items(4, categories=np.array([0, 0, 1, 1], np.int32), prices=np.array([1.0, 2, 3, 4]))

    def knows(histories: Histories, k: int) -> Any:
        assert [histories.row(row).tolist() for row in range(2)] == [[0, 1, 2], [3, 2, 1]]
        return np.array([[3, 0], [0, 3]])

    rows = compare_on_histories(held, {"knows": knows}, items=items, k=2, only_new=True).to_pandas()
    rows = rows.set_index("recommender")
    assert set(rows.index) == {"knows", "popular"}
    assert rows.loc["knows", ["customers", "recall", "diversity", "revenue"]].tolist() == [2, 1.0, 1.0, 2.5]
    repeated = Histories.from_lists([[0, 1, 0], [0, 1, 2]], n_items=3)
    assert compare_on_histories(repeated, {}, only_new=True).to_pandas()["customers"].tolist() == [1]
    assert compare_on_histories(repeated, {}).to_pandas()["customers"].tolist() == [2]


def test_figures_that_cannot_be_told_are_empty() -> None:
    held = Histories.from_lists([[0, 1, 2], [1, 0, 2]], n_items=3)
    rows = compare_on_histories(held, {}).to_arrow()
    assert rows["diversity"].to_pylist() == rows["revenue"].to_pylist() == [None]
    partly = Items(3, attributes=sparse.csr_array(np.eye(3)), prices=np.array([1.0, np.nan, 2.0]))
    told = compare_on_histories(held, {}, items=partly).to_arrow()
    assert told["revenue"].to_pylist() == [None]
    assert told["diversity"].to_pylist() == [1.0]


def test_the_same_seed_gives_the_same_table(shop: Shop) -> None:
    first, second = (
        compare_recommenders(shop, {"next": _Next()}, as_of=_AT, k=2, draws=20, seed=4).to_pandas() for _ in range(2)
    )
    pd.testing.assert_frame_equal(first, second)


def test_bad_input_is_named(shop: Shop) -> None:
    def short(histories: Histories, k: int) -> Any:
        return np.zeros((1, k), np.int64)

    def far(histories: Histories, k: int) -> Any:
        return np.full((len(histories), 1), 9_999)

    with pytest.raises(DataError, match="'short' gave lists of shape"):
        compare_recommenders(shop, {"short": short}, as_of=_AT)
    with pytest.raises(DataError, match="product 9999"):
        compare_recommenders(shop, {"far": far}, as_of=_AT)
    with pytest.raises(ConfigError, match="'odd' is no recommender"):
        compare_recommenders(shop, {"odd": 3}, as_of=_AT)
    with pytest.raises(ConfigError, match="is taken"):
        compare_recommenders(shop, {"popular_7_days": _nothing}, as_of=_AT)
    with pytest.raises(ConfigError, match="lists of 0"):
        compare_recommenders(shop, {}, as_of=_AT, k=0)
    with pytest.raises(ConfigError, match="is not known"):
        compare_recommenders(shop, {}, as_of=_AT, horizon_days=365)
    with pytest.raises(NotEnoughData, match="no customer known"):
        compare_recommenders(shop, {}, as_of="2024-02-15", horizon_days=1)
    timed = Histories.from_lists([[0, 0]], n_items=1, days=[[1.0, 2]])
    with pytest.raises(ConfigError, match="the day of the cut"):
        compare_on_histories(timed, {})
    with pytest.raises(ConfigError, match="the day of the cut"):
        compare_on_histories(Histories.from_lists([[0]], n_items=1), {}, day=1.0)
    with pytest.raises(DataError, match="2 products are described"):
        compare_on_histories(timed, {}, day=2.0, items=Items(2))
