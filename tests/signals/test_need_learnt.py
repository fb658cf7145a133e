"""What was learnt at a moment scores that moment and later ones, saved or not, whoever and whatever came since."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from habitue.data.shop import Shop
from habitue.data.simulate import simulate
from habitue.errors import DataError
from habitue.features.testing import cut_at
from habitue.signals.need import predict
from habitue.signals.need.history import buyers
from habitue.signals.need.spec import NeedSpec

_WEEK = dt.timedelta(days=7)
_SPEC = NeedSpec(categories=8, shown=20)
_NEW_LINES = 3


def _tables(*, own_categories: bool) -> dict[str, pa.Table]:
    """A simulated shop where a customer and a product come in the last days."""
    lines = simulate(customers=200, days=380, seed=4, tables={"order_lines"}).tables["order_lines"]
    last = lines.sort_by([("ordered_at", "descending")]).slice(0, _NEW_LINES)
    new = {
        "customer_id": ["newcomer", "newcomer", last["customer_id"][2].as_py()],
        "order_id": ["n1", "n1", "n2"],
        "product_id": ["new-product", last["product_id"][1].as_py(), "new-product"],
        "category": ["A new category"] * _NEW_LINES,
        "product_title": ["garden hose"] * _NEW_LINES,
    }
    for name, values in new.items():
        if name in last.column_names:
            last = last.set_column(last.column_names.index(name), name, pa.array(values, lines.schema.field(name).type))
    lines = pa.concat_tables([lines, last])
    return {"order_lines": lines if own_categories else lines.drop_columns(["category"])}


@pytest.fixture(scope="module", params=[True, False], ids=["categories given", "categories from titles"])
def world(request):
    tables = _tables(own_categories=request.param)
    with Shop.from_tables(tables) as shop:
        now = shop.latest_as_of
        yield tables, shop, now, predict.learn(shop, now - _WEEK, spec=_SPEC)


def test_saved_and_read_back_it_scores_exactly_the_same(world, tmp_path):
    _, shop, now, learnt = world
    learnt.save(tmp_path / "need")
    again = predict.Learnt.load(tmp_path / "need")
    for moment in (now - _WEEK, now):
        expected, found = predict.score(shop, moment, learnt), predict.score(shop, moment, again)
        assert expected.keys() == found.keys()
        for name, table in expected.items():
            assert found[name].equals(table), name


def test_a_run_scores_with_what_was_learnt(world):
    _, shop, now, learnt = world
    scored = predict.score(shop, now, learnt)
    for name, table in predict.run(shop, now, learnt=learnt).items():
        assert table.equals(scored[name]), name


def test_newcomers_and_new_products_are_answered_for(world):
    _, shop, now, learnt = world
    answers = predict.score(shop, now, learnt)
    assert "newcomer" not in buyers(shop, now - _WEEK)
    for name in ("need", "need_products", "need_timing"):
        assert "newcomer" in answers[name]["customer_id"].to_pylist()
    assert "new-product" not in learnt.shelf.products
    named = answers["need_products"].filter(pc.equal(answers["need_products"]["product_id"], "new-product")).to_pylist()
    assert {row["product_title"] for row in named} == {"garden hose"}
    assert {row["reason"] for row in named} <= {"bought_before", "replenish"}
    assert named
    assert set(answers["need"]["category"].to_pylist()) <= set(learnt.shelf.names)


def test_nothing_later_is_read_with_what_was_learnt_before(world):
    tables, shop, now, learnt = world
    asked = now - dt.timedelta(days=3)
    expected = predict.score(shop, asked, learnt)
    with Shop.from_tables(cut_at(tables, asked)) as cut:
        found = predict.score(cut, asked, predict.learn(cut, now - _WEEK, spec=_SPEC))
    for name, table in expected.items():
        assert found[name].equals(table), name


def test_rows_are_in_order_and_do_not_depend_on_what_was_scored_before(world):
    _, shop, now, learnt = world
    first = predict.score(shop, now, learnt)
    predict.score(shop, now - _WEEK, learnt)
    for name, table in predict.score(shop, now, learnt).items():
        assert table.equals(first[name]), name
    for name in ("need", "need_products", "need_timing"):
        ids = first[name]["customer_id"].to_pylist()
        assert ids == sorted(ids)


def test_an_earlier_moment_is_refused(world):
    _, shop, now, learnt = world
    with pytest.raises(DataError, match="not earlier"):
        predict.score(shop, now - 2 * _WEEK, learnt)


def test_a_folder_that_does_not_hold_it_is_refused(world, tmp_path):
    with pytest.raises(DataError, match="does not hold"):
        predict.Learnt.load(tmp_path)
    world[3].save(tmp_path)
    (tmp_path / "learnt.npz").write_bytes(b"PK cut short")
    with pytest.raises(DataError, match="does not hold"):
        predict.Learnt.load(tmp_path)
