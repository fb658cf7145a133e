"""One call for anybody in any state, and what they do changes the next list at once."""

from __future__ import annotations

import datetime as dt
import time

import numpy as np
import pyarrow as pa
import pytest
from tests.actions.recommend.worlds import lines_of

from habitue.actions.recommend.kinds import KINDS
from habitue.actions.recommend.learning import learn
from habitue.actions.recommend.recommender import Recommender
from habitue.actions.recommend.rules import Rules
from habitue.actions.recommend.served import read_served
from habitue.data.shop import Shop
from habitue.data.simulate import simulate
from habitue.errors import ConfigError, DataError

QUIET = Rules(explore=0.0)


@pytest.fixture(scope="module")
def shop():
    made = simulate(customers=160, days=200, seed=3, tables={"order_lines", "products", "events", "stock"}).tables
    with Shop.from_tables(made) as opened:
        yield opened


@pytest.fixture(scope="module")
def learnt(shop):
    return learn(shop, shop.latest_as_of, judged=False)


@pytest.fixture
def recommender(shop, learnt):
    return Recommender(shop, learnt, rules=QUIET)


def test_anybody_gets_a_list_of_every_kind_with_a_reason_for_each_product(recommender):
    product = recommender.base.catalogue.ids[4]
    known = recommender.base.customers[5]
    states = set()
    for who, session in ((known, None), (known, [product]), (None, [product]), (None, None), ("nobody at all", None)):
        for kind in KINDS:
            found = recommender.recommend(who, session, kind, k=6)
            states.add(found.state)
            assert len(found) == 6, (who, kind)
            assert len(set(found.products)) == 6
            for each in found.items:
                assert each.words.en
                assert each.words.zh
                assert "{" not in each.words.en + each.words.zh
                assert each.propensity == 1
    assert {"known", "anonymous", "new"} <= states


def test_reasons_name_an_event_of_the_customer_and_its_share_of_the_score(shop, recommender):
    told = 0
    for row, name in enumerate(recommender.base.customers[:20]):
        titles = {recommender.base.catalogue.ids[item] for item in recommender.base.histories.row(row)}
        for each in recommender.recommend(name).items:
            if each.reason.code == "history":
                told += 1
                assert each.reason.cause in titles
                assert 0 < each.reason.share <= 1
                assert each.reason.days_ago >= 0
                assert each.reason.cause_title in each.words.en
    assert told > 50


def test_without_what_the_reason_names_a_product_scores_less(recommender):
    stack, base = recommender.proposer.makers.stack, recommender.base
    lower, both = 0, 0
    for row in range(25):
        alone = base.histories.take([row])
        best = stack.candidates(alone, 1).items
        shares = stack.reasons(alone, best[:, 0])[0]
        if not shares or shares[0].share < 0.3:
            continue
        cause = alone.items[shares[0].place]
        rest = alone.without(np.arange(alone.n_items) == cause)
        both += 1
        lower += stack.blend is not None and float(stack.score_pairs(rest, best)[0, 0]) < float(
            stack.score_pairs(alone, best)[0, 0]
        )
    assert both > 5
    assert lower >= 0.7 * both


def test_ids_are_the_same_as_numbers_and_as_text(recommender):
    name = recommender.base.customers[5]
    as_number = int(name)
    assert recommender.recommend(as_number).products == recommender.recommend(name).products
    assert recommender.recommend(float(as_number)).state == "known"


def test_an_unknown_product_is_named_with_the_nearest_and_an_unknown_one_in_a_visit_is_told(recommender):
    near = recommender.base.catalogue.ids[0]
    with pytest.raises(DataError, match=f"Did you mean '{near}'"):
        recommender.similar(near + "x")
    found = recommender.recommend(session=["no such thing", near])
    assert found.unknown == ("no such thing",)
    assert found.state == "anonymous"
    with pytest.raises(ConfigError, match="Did you mean 'home'"):
        recommender.recommend(kind="hom")
    with pytest.raises(ConfigError):
        recommender.recommend(k=0)


def test_what_is_at_hand_is_not_shown_beside_itself(recommender):
    product = recommender.base.catalogue.ids[4]
    for kind in ("similar", "together", "cart", "home"):
        assert product not in recommender.recommend(session=[product], kind=kind).products


def test_feedback_changes_the_next_list(recommender):
    name = recommender.base.customers[7]
    first = recommender.recommend(name)
    recommender.feedback(name, first.products[0], "hide")
    recommender.feedback(name, first.products[1], "rate", rating=1)
    second = recommender.recommend(name)
    assert not {first.products[0], first.products[1]} & set(second.products)
    bought = recommender.batch("home", 10, customers=[name])["product_id"].to_pylist()
    assert not {first.products[0], first.products[1]} & set(bought)
    recommender.feedback("a newcomer", first.products[2], "buy")
    started = time.process_time()
    found = recommender.recommend("a newcomer")
    assert time.process_time() - started < 1  # a list, not a model
    assert found.state == "few"
    assert found.items[0].reason.cause == first.products[2] or found.items[0].reason.code != "popular"
    with pytest.raises(ConfigError, match="Did you mean 'hide'"):
        recommender.feedback(name, first.products[0], "hid")
    with pytest.raises(ConfigError):
        recommender.feedback(name, first.products[0], "rate")
    with pytest.raises(DataError):
        recommender.feedback(name, "no such product", "click")


def test_a_batch_gives_what_single_calls_give(recommender):
    names = recommender.base.customers[:30]
    for kind in ("home", "win_back", "email"):
        table = recommender.batch(kind, 5, customers=names, seed=0).to_pandas()
        for name in names[:10]:
            alone = recommender.recommend(name, kind=kind, k=5, seed=0, reasons=False).products
            assert tuple(table.loc[table["customer_id"] == name, "product_id"]) == alone


def test_a_batch_does_not_depend_on_who_else_is_in_it(shop, learnt):
    made = Recommender(shop, learnt, rules=Rules(explore=0.4, diversity=0.2, category_cap=3))
    whole = made.batch("home", 8).to_pandas()
    some = made.batch("home", 8, customers=made.base.customers[20:40]).to_pandas()
    kept = whole[whole["customer_id"].isin(some["customer_id"])].reset_index(drop=True)
    assert kept.equals(some)


def test_what_was_shown_often_enough_is_not_shown_again(shop, learnt, tmp_path):
    made = Recommender(shop, learnt, rules=Rules(frequency_cap=1, frequency_lists=3, explore=0.2), log=True)
    made.served.folder = tmp_path
    name = made.base.customers[9]
    lists = [made.recommend(name, k=4) for _ in range(4)]
    for place in range(1, 4):
        assert not set(lists[place].products) & {one for each in lists[:place] for one in each.products}
    made.flush()
    rows = read_served(tmp_path)
    assert rows.num_rows == 16
    assert set(rows["list_id"].to_pylist()) == {each.list_id for each in lists}
    assert min(rows["propensity"].to_pylist()) > 0


def test_a_segment_gets_the_list_that_was_decided_for_it(recommender):
    names = recommender.base.customers
    members = pa.table({"customer_id": names, "segment": ["x" if place % 2 else "y" for place in range(len(names))]})
    recommender.use_segments(members, pa.table({"segment": ["x", "y"], "strategy": ["popular", "home"]}))
    table = recommender.batch("segment", 5, customers=names[:2]).to_pandas()
    odd = table[table["customer_id"] == names[1]]
    assert set(odd["maker"]) == {"popular"}
    assert tuple(odd["product_id"]) == recommender.recommend(names[1], kind="segment", k=5).products


def _opened(table, **more):
    return Shop.from_tables({"order_lines": table, **more})


def test_a_shop_of_one_product():
    lines = lines_of([(f"c{at}", "only", at % 40) for at in range(60)])
    with _opened(lines) as shop:
        made = Recommender(shop, learn(shop, shop.latest_as_of, judged=False))
        for kind in KINDS:
            assert made.recommend("c1", kind=kind).products == ("only",)
            assert made.recommend(kind=kind).products == ("only",)
            assert made.recommend(session=["only"], kind=kind).products == ("only",)


def test_customers_with_one_event_each_and_products_of_which_nothing_is_known():
    lines = lines_of([(f"c{at}", f"p{at % 7}", at % 60) for at in range(200)])
    with _opened(lines) as shop:
        made = Recommender(shop, learn(shop, shop.latest_as_of, judged=False))
        assert made.base.catalogue.category_names == () or made.base.catalogue.categories.max() >= 0
        found = made.recommend("c3", k=5)
        assert found.state == "few"
        assert len(found) == 5
        assert made.batch("home", 5).num_rows == 5 * 200


def test_a_customer_of_a_hundred_thousand_events():
    many = lines_of([("big", f"p{at % 300}", at // 300) for at in range(100_000)])
    rest = lines_of(
        [(f"c{at}", what, day) for at in range(60) for what, day in ((f"p{at}", 0), (f"p{300 + at % 20}", 20))]
    )
    with _opened(pa.concat_tables([many, rest])) as shop:
        made = Recommender(shop, learn(shop, shop.latest_as_of, judged=False), rules=Rules(hide_bought=True))
        found = made.recommend("big", k=10)
        assert len(found) == 10
        had = {made.base.catalogue.ids[item] for item in set(made.base.purchases.row(made.base.places["big"]).tolist())}
        assert not set(found.products) & had


def test_ids_that_are_numbers_in_one_table_and_text_in_another():
    lines = lines_of([(f"{at % 30}", f"{at % 9}", at) for at in range(120)])
    start = dt.datetime(2024, 1, 1)
    events = pa.table(
        {
            "event_id": list(range(60)),
            "customer_id": [at % 30 for at in range(60)],
            "product_id": [at % 9 for at in range(60)],
            "event": ["view"] * 60,
            "happened_at": [start + dt.timedelta(days=at) for at in range(60)],
        }
    )
    with _opened(lines, events=events) as shop:
        made = Recommender(shop, learn(shop, shop.latest_as_of, judged=False))
        assert len(made.base.customers) == 30
        assert len(made.base.catalogue) == 9
        assert made.recommend(7).state == "known"


def test_a_product_that_came_after_learning_can_be_shown():
    lines = lines_of([(f"c{at % 40}", f"p{(at * 3) % 11}", at % 100) for at in range(400)])
    late = lines_of([(f"c{at}", "fresh", 105) for at in range(10)])
    with _opened(pa.concat_tables([lines, late])) as shop:
        learnt = learn(shop, dt.datetime(2024, 4, 11), judged=False)
        assert "fresh" not in learnt.products
        made = Recommender(shop, learnt, rules=Rules(new_slots=1, explore=0.0))
        assert "fresh" in made.recommend("c20", k=5).products
        assert made.recommend("c3", session=["fresh"], k=5).products
        with pytest.raises(DataError, match="past"):
            Recommender(shop, learnt, as_of="2024-03-01")


def test_nobody_known_yet_gets_what_there_is():
    lines = lines_of([(f"c{at % 4}", f"p{at % 3}", at) for at in range(12)])
    with _opened(lines) as shop:
        learnt = learn(shop, shop.latest_as_of, judged=False)
        assert len(Recommender(shop, learnt).recommend("somebody", k=3)) == 3


def test_ties_by_day_are_put_in_the_same_order_whatever_order_the_file_has():
    rows = [(f"c{at % 20}", f"p{(at * 5) % 13}", (at // 40) * 7) for at in range(240)]
    found = []
    for order in (rows, rows[::-1]):
        with _opened(lines_of(order)) as shop:
            made = Recommender(shop, learn(shop, shop.latest_as_of, judged=False), rules=QUIET)
            found.append(made.batch("home", 5))
    assert found[0].equals(found[1])
