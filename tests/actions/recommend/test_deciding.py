"""The published tables know nothing of the future, and what was learnt decides the same once saved."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from tests.actions.recommend.worlds import lines_of

from habitue.actions.recommend.deciding import decide, run
from habitue.actions.recommend.learning import learn
from habitue.actions.recommend.learnt import Learnt
from habitue.actions.recommend.rules import Rules
from habitue.data.shop import Shop
from habitue.data.simulate import simulate
from habitue.errors import DataError
from habitue.features.testing import cut_at, differences
from habitue.tasks import cards_of

AT = dt.datetime(2023, 7, 20, 13, 30)
KEYS = {
    "recommendations": ("customer_id", "kind", "rank"),
    "recommend_products": ("product_id", "kind", "rank"),
    "recommend_scores": ("list", "figure"),
    "recommend_rules": ("rule",),
    "recommend_segments": ("segment",),
    "recommend_models": ("task",),
}
RULES = Rules(category_cap=3, new_slots=1)


@pytest.fixture(scope="module")
def tables():
    wanted = {"order_lines", "products", "events", "stock"}
    return simulate(customers=200, days=230, seed=5, tables=wanted).tables


@pytest.fixture(scope="module")
def members(tables):
    ids = sorted(set(tables["order_lines"]["customer_id"].drop_null().to_pylist()))
    return pa.table({"customer_id": ids, "segment": ["x" if at % 3 else "y" for at in range(len(ids))]})


@pytest.fixture(scope="module")
def learnt_and_tables(tables, members):
    with Shop.from_tables(tables) as shop:
        learnt = learn(shop, AT - dt.timedelta(days=3), rules=RULES)
        return learnt, decide(shop, AT, learnt, segments=members, rules=RULES)


@pytest.fixture(scope="module")
def whole_and_cut(tables, members):
    """The tables as of a moment, from all of the shop's tables and from those cut at the moment."""
    found = []
    for given in (tables, cut_at(tables, AT)):
        with Shop.from_tables(given) as shop:
            found.append(run(shop, AT, segments=members, rules=RULES))
    return found


@pytest.mark.parametrize("name", sorted(KEYS))
def test_tables_know_nothing_of_the_future(whole_and_cut, name):
    whole, cut = (
        {tuple(row[key] for key in KEYS[name]): row for row in made[name].to_pylist()} for made in whole_and_cut
    )
    assert whole
    assert differences(whole, cut) == []


def test_what_was_learnt_decides_the_same_once_saved(tables, members, learnt_and_tables, tmp_path):
    learnt, expected = learnt_and_tables
    learnt.save(tmp_path / "kept")
    again = Learnt.load(tmp_path / "kept")
    with Shop.from_tables(tables) as shop:
        found = decide(shop, AT, again, segments=members, rules=RULES)
    for name, table in expected.items():
        assert found[name].equals(table), name
    assert not [path for path in (tmp_path / "kept").iterdir() if path.suffix in {".pkl", ".pickle"}]
    (tmp_path / "kept" / "makers.json").write_text("{", encoding="utf-8")
    with pytest.raises(DataError):
        Learnt.load(tmp_path / "kept")


def test_the_tables_hold_together(learnt_and_tables):
    _, found = learnt_and_tables
    lists = found["recommendations"].to_pandas()
    for _, one in lists.groupby(["customer_id", "kind"]):
        assert one["rank"].tolist() == list(range(1, len(one) + 1))
        assert one["product_id"].is_unique
    home = lists[lists["kind"] == "home"]
    assert home.groupby("customer_id").size().min() == 10
    assert ((lists["propensity"] > 0) & (lists["propensity"] <= 1)).all()
    assert lists["reason"].notna().all()
    shares = lists.loc[lists["reason"] == "history", "cause_share"]
    assert len(shares)
    assert shares.between(0, 1).all()
    scores = found["recommend_scores"].to_pandas()
    assert set(scores["list"]) == {"ours", "popular_7_days", "item_neighbours", "again"}
    ndcg = scores[scores["figure"] == "ndcg"].set_index("list")
    assert (ndcg["low"] <= ndcg["value"]).all()
    assert ndcg.loc["ours", "value"] > ndcg.loc["popular_7_days", "value"]


def test_every_rule_has_its_price(learnt_and_tables):
    _, found = learnt_and_tables
    prices = found["recommend_rules"].to_pandas().set_index("rule")
    assert prices.loc[["category_cap", "new_slots", "all"], "active"].all()
    assert not prices.loc["diversity", "active"]
    assert np.allclose(prices["ndcg_without"] - prices["ndcg_with"], prices["ndcg_cost"])
    assert (prices["ndcg_low"] <= prices["ndcg_cost"] + 1e-12).all()
    assert (prices["ndcg_cost"] <= prices["ndcg_high"] + 1e-12).all()


def test_the_card_says_what_answers(learnt_and_tables):
    _, found = learnt_and_tables
    card = cards_of(found["recommend_models"])[0]
    assert card["model"] in {"ranker", "blend"}
    assert {each["name"] for each in card["baselines"]} == {"popular_7_days", "item_neighbours", "again"}
    assert any(each["name"] == "ndcg" and each["value"] > 0 for each in card["metrics"])


def test_a_shop_of_few_days_gets_lists_and_no_figures():
    with Shop.from_tables({"order_lines": lines_of([(f"c{at}", f"p{at % 3}", 0) for at in range(6)])}) as shop:
        found = run(shop, shop.latest_as_of)
    assert found["recommend_scores"].num_rows == 0
    home = found["recommendations"].filter(pc.equal(found["recommendations"]["kind"], "home"))
    assert home.num_rows == 6 * 2  # the third each has bought
