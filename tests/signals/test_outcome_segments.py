"""The shop's own segments: rules that say who is in them, chosen on the past, blind to the future."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from habitue.data.shop import Shop
from habitue.data.simulate.planted import planted_segments
from habitue.features.testing import truncation_differences
from habitue.models.metrics.segments import adjusted_rand
from habitue.models.segmenting import POINTS, Condition, Rule, RuledSegments
from habitue.signals.segment import outcome
from habitue.signals.segment.choosing import Recipe
from habitue.signals.segment.early import EarlyGuess
from habitue.signals.segment.keeping import compared
from habitue.signals.segment.language import from_json, members, parse
from habitue.signals.segment.language.tree import All
from habitue.signals.segment.membership import definition_of, moves
from habitue.signals.segment.membership import place as place_all
from habitue.signals.segment.past import FEATURES, Customers, customers_at, lesson, window_days
from habitue.signals.segment.rules import MOST_CONDITIONS

_AT = dt.datetime(2024, 12, 31)


@pytest.fixture(scope="module")
def world() -> Any:
    return planted_segments(600, seed=2)


@pytest.fixture(scope="module")
def learnt(world: Any) -> Any:
    with Shop.from_tables(world[0]) as shop:
        yield shop, outcome.learn(shop, _AT)


def test_everybody_is_in_exactly_one_segment_and_the_rules_say_in_which(learnt: Any) -> None:
    shop, found = learnt
    table, rules = outcome.assign(shop, _AT, found.definition), outcome.rules_table(found.definition)
    published = dict(zip(table["customer_id"].to_pylist(), table["segment"].to_pylist(), strict=True))
    said: dict[str, str] = {}
    for row in rules.to_pylist():
        tree = from_json(json.loads(row["rule"]))
        assert parse(row["rule_en"], "en") == tree
        assert parse(row["rule_zh"], "zh") == tree
        inside = shop.engine.to_arrow(members(tree, shop.at(_AT)))["customer_id"].to_pylist()
        assert not said.keys() & set(inside)
        said |= dict.fromkeys(inside, row["segment"])
    assert said == published
    assert all(len(rule.conditions) <= MOST_CONDITIONS for rule in found.definition.rules)
    assert 2 <= found.definition.size <= 10


def test_planted_kinds_are_found(world: Any, learnt: Any) -> None:
    shop, found = learnt
    table = outcome.assign(shop, _AT, found.definition)
    kinds = world[1].customers.to_pandas().set_index("customer_id")["kind"]
    assert adjusted_rand(table["segment"].to_pylist(), kinds.loc[table["customer_id"].to_pylist()]) > 0.6


def test_the_choice_is_told_with_its_figures(learnt: Any) -> None:
    _, found = learnt
    scores = found.scores.to_pandas()
    assert scores["chosen"].sum() == 1
    chosen = scores[scores["chosen"]].iloc[0]
    assert bool(chosen["has_rules"])
    assert f"{chosen['r2_log_spend']:.1%}" in found.choice.reason["en"]
    assert f"{chosen['r2_log_spend']:.1%}" in found.choice.reason["zh"]
    assert (scores["judged_at"] < np.datetime64(_AT)).all()
    assert {"rfm_named", "rfm_grid", "k_means", "latent_class"} <= set(scores["method"])


def test_a_recipe_chosen_before_is_kept(learnt: Any) -> None:
    shop, _ = learnt
    again = outcome.learn(shop, _AT, recipe=Recipe("outcome_tree", 5, 1.0))
    assert again.definition.size == 5
    assert again.scores.num_rows == 0


def test_rules_may_rank_customers_by_points(learnt: Any) -> None:
    shop, _ = learnt
    found = outcome.learn(shop, _AT, recipe=Recipe("outcome_tree", 8, 0.5, "points", coarse=True)).definition
    assert any(each.name == POINTS for rule in found.rules for each in rule.conditions)
    published = pa.table({
        "place": list(range(1, found.size + 1)),
        "rule": outcome.rules_table(found)["rule"],
    })  # fmt: skip
    read = definition_of(published)
    seen = customers_at(shop, _AT)
    assert read.assign(seen.x).tolist() == found.assign(seen.x).tolist()
    for place, row in enumerate(outcome.rules_table(found).to_pylist()):
        tree = from_json(json.loads(row["rule"]))
        assert parse(row["rule_en"], "en") == parse(row["rule_zh"], "zh") == tree
        assert len(tree.items if isinstance(tree, All) else (tree,)) <= MOST_CONDITIONS
        inside = shop.engine.to_arrow(members(tree, shop.at(_AT)))["customer_id"].to_pylist()
        assert set(inside) == set(seen.ids[found.assign(seen.x) == place])
    then, now = (place_all(shop, at, read) for at in (_AT - dt.timedelta(days=60), _AT))
    told = moves(read, then, now).to_pylist()
    turned = [row for row in told if row["feature"] == POINTS]
    assert turned
    assert all((row["now"] >= row["threshold"]) == (row["op"] == "<") for row in turned)


def test_the_published_definition_gives_way_only_to_a_better_one(learnt: Any) -> None:
    shop, found = learnt
    again = outcome.learn(shop, _AT, recipe=found.choice.recipe, previous=found.definition)
    assert again.kept
    assert again.definition.rules == found.definition.rules
    poor = RuledSegments(
        "poor", FEATURES, tuple(Rule((Condition("average_order_value", op, 30.0),)) for op in ("<", ">="))
    )
    anew = outcome.learn(shop, _AT, recipe=found.choice.recipe, previous=poor)
    assert not anew.kept
    assert anew.definition == found.definition
    assert anew.choice.reason["en"].startswith("The published segments gave way")
    assert "标准误" in anew.choice.reason["zh"]


def test_small_gains_do_not_move_the_definition() -> None:
    draw = np.random.default_rng(2)
    x = np.zeros((400, len(FEATURES)))
    x[:, 0] = draw.uniform(0, 100, 400)
    orders = draw.poisson(np.where(x[:, 0] < 50, 2.0, 0.2)).astype(float)
    seen = Customers(_AT, np.arange(400), x, orders * 10, orders)
    cut = {
        days: RuledSegments("cut", FEATURES, tuple(Rule((Condition("recency_days", op, days),)) for op in ("<", ">=")))
        for days in (10.0, 50.0, 51.0)
    }
    close, far = (compared(cut[50.0], cut[days], seen, _AT) for days in (51.0, 10.0))
    assert not compared(cut[50.0], cut[50.0], seen, _AT).clear
    assert abs(close.gain) < 0.02
    assert far.clear
    assert far.gain > 10 * far.error / 2
    assert "kept" in compared(cut[10.0], cut[50.0], seen, _AT).reason["en"]


def test_the_first_segment_spends_most(learnt: Any) -> None:
    shop, found = learnt
    past = lesson(shop, _AT, 90).past
    place = found.definition.assign(past.x)
    means = [past.spend[place == number].mean() for number in range(found.definition.size)]
    assert means == sorted(means, reverse=True)


def test_segments_know_nothing_of_the_future(world: Any) -> None:
    def published(shop: Shop, at: dt.datetime) -> pa.Table:
        return outcome.assign(shop, at, outcome.learn(shop, at).definition)

    assert truncation_differences(world[0], dt.datetime(2024, 6, 1), published) == []


def test_learning_reads_only_windows_that_have_ended(learnt: Any) -> None:
    shop, _ = learnt
    days = window_days(shop, _AT, 90)
    assert days == 90
    seen = lesson(shop, _AT, days)
    assert seen.earlier
    assert all(each.at + dt.timedelta(days=days) <= _AT for each in seen.earlier)


def _lines(rows: list[tuple[str, str, float]]) -> dict[str, pa.Table]:
    return {
        "order_lines": pa.table({
            "order_id": [str(number) for number in range(len(rows))],
            "customer_id": [who for who, _, _ in rows],
            "ordered_at": [dt.datetime.fromisoformat(day) for _, day, _ in rows],
            "quantity": [1.0] * len(rows),
            "unit_price": [price for _, _, price in rows],
        })
    }  # fmt: skip


@pytest.mark.parametrize(
    "rows",
    [
        [("ann", "2024-01-05", 10.0), ("bob", "2024-03-01", 20.0)],
        [("ann", "2024-01-05", 10.0)],
        [(f"c{number}", "2024-01-05", 10.0) for number in range(60)],
        [(f"c{n}", f"2024-{month:02d}-05", 10.0) for n in range(60) for month in range(1, 7)],
    ],
    ids=["two customers", "one customer", "all alike, bought once", "all alike, bought monthly"],
)
def test_small_and_dull_shops_get_segments_too(rows: list[tuple[str, str, float]]) -> None:
    with Shop.from_tables(_lines(rows)) as shop:
        at = shop.latest_as_of
        found = outcome.learn(shop, at)
        table = outcome.assign(shop, at, found.definition)
    assert table.num_rows == len({who for who, _, _ in rows})
    assert table["segment"].null_count == 0
    assert found.choice.reason["zh"]


def test_before_the_first_purchase_there_is_nobody() -> None:
    with Shop.from_tables(_lines([("ann", "2024-01-05", 10.0), ("bob", "2024-03-01", 20.0)])) as shop:
        at = dt.datetime(2023, 1, 1)
        assert outcome.assign(shop, at, outcome.learn(shop, at).definition).num_rows == 0
        assert customers_at(shop, at).x.shape == (0, 6)


def test_a_new_customer_is_put_where_others_who_began_alike_went() -> None:
    value = np.repeat([10.0, 200.0], 150)
    x = np.column_stack([value, np.ones(300)])
    guess = EarlyGuess.fit(x, np.repeat([3, 1], 150))
    segment, sure = guess.guess([[12.0, 1.0], [180.0, 1.0]])
    assert segment.tolist() == [3, 1]
    assert sure.tolist() == [1.0, 1.0]
