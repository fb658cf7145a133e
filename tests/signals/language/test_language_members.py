"""Members against a naive evaluation in plain Python, from full and from cut tables, and what must not be silent."""

from __future__ import annotations

import datetime as dt
import random

import pyarrow as pa
import pytest
from bench.naive_segments import judge, naive_members
from bench.segment_language import World, round_trip
from bench.segment_trees import random_tree
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from habitue.data.shop import Shop
from habitue.errors import ConfigError, DataError, LedgerError
from habitue.features.testing import truncation_differences
from habitue.signals.segment.language import check, from_json, members, published_for
from habitue.signals.segment.language.caching import CachedKnown
from habitue.signals.segment.language.compiling import Known, conditions, verdicts

MOMENT = dt.datetime(2024, 3, 1)


def asked(world: World, tree) -> set[str]:
    query = members(from_json(tree), world.shop.at(world.as_of), published=world.published, stored=world.stored)
    return set(world.shop.engine.to_arrow(query)["customer_id"].to_pylist())


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(draw=st.randoms(use_true_random=False))
def test_members_are_those_of_plain_python(world: World, draw: random.Random) -> None:
    tree = random_tree(draw, world.words)
    assert asked(world, round_trip(tree).as_json()) == naive_members(tree, world.naive)


def test_the_cache_gives_the_same_verdicts(world: World) -> None:
    draw = random.Random(4)
    for _ in range(8):
        tree = from_json(random_tree(draw, world.words))
        plain = Known(world.shop.at(world.as_of), world.published, world.stored)
        cached = CachedKnown(world.shop, world.as_of, published=world.published, stored=world.stored)
        rows = [
            sorted(world.shop.engine.to_rows(verdicts(tree, known)), key=lambda row: row["customer_id"])
            for known in (plain, cached, cached)
        ]
        assert rows[0] == rows[1] == rows[2]


def test_three_valued_verdicts(world: World) -> None:
    tree = {
        "any": [
            {"signal": "value.expected_spend", "op": ">", "value": 50},
            {"not": {"signal": "churn.risk", "op": "!=", "value": "low"}},
            {"all": [{"last": "return", "op": "<", "value": 30}, {"feature": "orders", "op": ">", "value": 4}]},
        ]
    }
    read = from_json(tree)
    rows = world.shop.engine.to_rows(verdicts(read, Known(world.shop.at(world.as_of), world.published, world.stored)))
    assert {row["customer_id"]: row["holds"] for row in rows} == {
        customer: judge(tree, customer, world.naive) for customer in world.naive.universe
    }
    assert {row["holds"] for row in rows} == {True, False, None}
    for i, leaf in enumerate(conditions(read)):
        said = leaf.as_json()
        assert all(row[f"condition_{i}"] is judge(said, row["customer_id"], world.naive) for row in rows)


def test_missing_is_not_false(world: World) -> None:
    low = {"signal": "value.expected_spend", "op": "<", "value": 50}
    yes, no = asked(world, low), asked(world, {"not": low})
    missing = asked(world, {"signal": "value.expected_spend", "op": "is_missing"})
    assert yes
    assert no
    assert missing
    assert sorted([*yes, *no, *missing]) == world.naive.universe
    assert asked(world, {"any": [{"not": low}, {"signal": "value.expected_spend", "op": "is_missing"}]}) == no | missing


def test_did_not_is_of_customers_only(world: World) -> None:
    everyone, never = asked(world, {"all": []}), {"did_not": "event", "event": "view", "within": {"last_days": 20}}
    assert everyone == set(world.naive.universe)
    assert asked(world, never) == everyone - asked(
        world, {"did": "event", "event": "view", "within": {"last_days": 20}}
    )
    both = [never, {"did_not": "return"}]
    assert asked(world, {"all": both}) == asked(world, {"all": both[::-1]})  # negative conditions in any order


def test_random_buckets_share_out_everybody(world: World) -> None:
    parts = [asked(world, {"bucket": number, "of": 3, "salt": "spring 🌱"}) for number in (1, 2, 3)]
    assert sum(map(len, parts)) == len(world.naive.universe) == len(set().union(*parts))


def test_the_future_changes_no_verdict(world: World) -> None:
    draw = random.Random(11)
    leaves = [random_tree(draw, world.words, depth=0) for _ in range(40)]
    tree = from_json({"any": leaves})  # one query answers for every condition

    def answer(shop: Shop, as_of: dt.datetime) -> pa.Table:
        return shop.engine.to_arrow(verdicts(tree, Known(shop.at(as_of), world.published, world.stored)))

    assert truncation_differences(world.tables, world.as_of, answer) == []


def test_what_is_missing_is_an_error(world: World, shop_of) -> None:
    snapshot = world.shop.at(world.as_of)
    with pytest.raises(LedgerError, match="'nothing' is missing") as caught:
        members(from_json({"signal": "nothing.at_all", "op": "is_known"}), snapshot)
    assert caught.value.hint == "habitue run"
    with pytest.raises(DataError, match=r"no column 'expected_spent'.*Did you mean 'expected_spend'"):
        asked(world, {"signal": "value.expected_spent", "op": "is_known"})
    with pytest.raises(ConfigError, match=r"does not fit 'value.expected_spend'"):
        asked(world, {"signal": "value.expected_spend", "op": "=", "value": "much"})
    with pytest.raises(LedgerError, match="No members of the segment 'gone'"):
        asked(world, {"segment": "gone"})
    with pytest.raises(LedgerError):
        published_for(from_json({"signal": "value.decile", "op": "=", "value": 3}), world.shop.ledger, world.as_of)
    plain = shop_of([("a", dt.datetime(2024, 1, 1), 5.0)])
    for tree, said in (
        ({"feature": "first_category", "op": "is_known"}, "first_category"),
        ({"did": "event", "event": "view"}, "events"),
        ({"did": "buy", "where": [{"column": "category", "op": "=", "value": "x"}]}, "'category' of order_lines"),
        ({"customer": "country", "op": "=", "value": "GB"}, "'country' of customers"),
    ):
        with pytest.raises(DataError, match=said):
            members(from_json({"any": [tree, {"did": "buy"}]}), plain.at(MOMENT))


def test_several_rows_without_rank_are_an_error(world: World) -> None:
    twice = pa.table({"customer_id": world.naive.universe[:1] * 2, "score": [1.0, 2.0]})
    tree = from_json({"signal": "odd.score", "op": ">", "value": 1})
    with pytest.raises(DataError, match="several rows"):
        members(tree, world.shop.at(world.as_of), published={"odd": twice})


def test_doubts_are_remarked(world: World) -> None:
    def codes(tree) -> list[tuple[str, str]]:
        found = check(from_json(tree), world.shop.at(world.as_of), first_order_at=world.shop.first_order_at)
        return [(each.code, each.path) for each in found]

    orders = [{"feature": "orders", "op": "<", "value": 3}, {"feature": "orders", "op": ">", "value": 5}]
    assert codes({"any": [{"all": orders}, {"did": "buy"}]}) == [("contradiction", "any[0]")]
    assert asked(world, {"all": orders}) == set()
    assert codes({"did": "buy", "within": {"last_days": 1000}}) == [("window_longer_than_data", "")]
    assert codes({"all": [{"feature": "spend_365d", "op": ">", "value": 1}]}) == [("window_longer_than_data", "all[0]")]
    assert codes({"did_not": "buy", "within": {"from": "2030-01-01"}}) == [("window_outside_data", "")]
    assert codes({"did": "buy", "within": {"last_days": 30}}) == []


def test_two_customers(shop_of) -> None:
    shop = shop_of([("a", dt.datetime(2024, 1, 1), 5.0), ("b", dt.datetime(2024, 2, 1), 7.0), ("c", MOMENT, 9.0)])

    def who(tree) -> list[str]:
        rows = shop.engine.to_arrow(members(from_json(tree), shop.at(MOMENT)))
        return sorted(rows["customer_id"].to_pylist())

    assert who({"all": []}) == ["a", "b"]
    assert who({"any": []}) == []
    assert who({"feature": "recency_days", "op": "<", "value": 30}) == ["b"]
    assert who({"did": "buy", "within": {"last_days": 29}}) == ["b"]  # 2024-02-01 is in [t - 29 days, t)
    assert who({"did": "buy", "within": {"from": "2024-01-01", "to": "2024-02-01"}}) == ["a"]
    assert who({"rank": "spend", "top": 1}) == ["b"]
    assert who({"rank": "orders", "top": 1}) == ["a"]  # equal numbers go by customer_id
    assert who({"rank": "spend", "band": 1, "of": 2}) == ["a"]
    assert who({"ids": ["b", "c", "nobody"]}) == ["b"]
    assert who({"not": {"last": "return", "op": ">", "value": 3}}) == []
