"""What was learnt scores the same once saved, later moments too, and nothing that happened later changes any table."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest

from habitue.data.shop import Shop
from habitue.errors import DataError
from habitue.features.testing import cut_at, differences
from habitue.signals.behaviour import predict

_AT = dt.datetime(2024, 4, 1)
_AS_OF = dt.datetime(2024, 4, 8, 14, 30)
_KEYS = {
    "behaviour": ("customer_id",),
    "behaviour_funnel": ("split", "group", "rank"),
    "behaviour_paths": ("rank",),
    "behaviour_drops": ("step", "input"),
    "behaviour_models": ("task",),
}


@pytest.fixture(scope="module")
def world(planted, quick_spec):
    tables, _ = planted
    with Shop.from_tables(tables) as shop:
        learnt = predict.learn(shop, _AT, spec=quick_spec)
        yield tables, shop, learnt, predict.score(shop, _AS_OF, learnt)


@pytest.fixture(scope="module")
def cut(world, quick_spec):
    with Shop.from_tables(cut_at(world[0], _AS_OF)) as shop:
        return predict.score(shop, _AS_OF, predict.learn(shop, _AT, spec=quick_spec))


@pytest.mark.parametrize("name", _KEYS)
def test_the_future_changes_nothing(world, cut, name: str) -> None:
    full, known = ({tuple(row[key] for key in _KEYS[name]): row for row in each[name].to_pylist()}
                   for each in (world[3], cut))  # fmt: skip
    assert full
    assert differences(full, known) == []


def test_saved_and_read_back_it_scores_exactly_the_same(world, tmp_path) -> None:
    _, shop, learnt, expected = world
    learnt.save(tmp_path / "behaviour")
    found = predict.score(shop, _AS_OF, predict.Learnt.load(tmp_path / "behaviour"))
    assert expected.keys() == found.keys()
    for name, table in expected.items():
        assert found[name].equals(table), name


def test_rows_are_in_order_and_whole(world) -> None:
    table = world[3]["behaviour"]
    ids = table["customer_id"].to_pylist()
    assert ids == sorted(set(ids))
    for row in table.to_pylist():
        assert 0 <= row["intent"] <= 1
        assert row["low_days"] <= row["days_to_next_visit"] <= row["high_days"]
        assert row["next_visit_at"] > row["as_of"]
        assert 0 <= row["best_hour"] < 24
        assert 0 <= row["best_weekday"] < 7
        assert len(row["reasons"]) == 3


def test_an_earlier_moment_is_refused(world) -> None:
    with pytest.raises(DataError, match="not after"):
        predict.score(world[1], _AT - dt.timedelta(days=1), world[2])


def test_a_folder_that_does_not_hold_it_is_refused(tmp_path) -> None:
    with pytest.raises(DataError, match="does not hold"):
        predict.Learnt.load(tmp_path)


def test_a_shop_without_events_is_told_when_and_takes_the_category_from_need(order_lines, quick_spec) -> None:
    orders = [(f"c{who:02d}", day + who % 7) for who in range(40) for day in range(0, 200, 7 + who % 5)]
    with Shop.from_tables({"order_lines": order_lines(orders)}) as shop:
        need = pa.table({"customer_id": ["c03"], "rank": [1], "category": ["c1"], "probability": [0.4]})
        found = predict.run(shop, shop.latest_as_of, spec=quick_spec, need=need)
    told = {row["customer_id"]: row for row in found["behaviour"].to_pylist()}
    assert (told["c03"]["next_category"], told["c03"]["next_category_probability"]) == ("c1", 0.4)
    assert told["c04"]["next_category"] is None
    assert all(row["best_hour"] == 9 and row["intent"] is None and row["reasons"] == [] for row in told.values())
    assert all(0 < row["days_to_next_visit"] < 60 for row in told.values())
    assert found["behaviour_funnel"].num_rows == found["behaviour_drops"].num_rows == 0
