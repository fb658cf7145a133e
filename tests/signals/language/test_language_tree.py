"""Trees from JSON: what is wrong is named with its place, order means nothing, contradictions are seen."""

from __future__ import annotations

import random

import pytest
from bench.segment_trees import random_tree
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from habitue.errors import ConfigError
from habitue.signals.segment.language import from_json
from habitue.signals.segment.language.contradictions import contradiction

RECENT = {"feature": "recency_days", "op": "<", "value": 60}
POINTS = [{"feature": "recency_days", "below": [30, 90]}, {"feature": "spend", "from": [50, 100]}]


@pytest.mark.parametrize(
    ("tree", "path", "said"),
    [
        ({"all": [RECENT, RECENT | {"value": "x"}]}, "all[1].value", "'x' is no number"),
        ({"feature": "recency_day", "op": "<", "value": 6}, "feature", "Did you mean 'recency_days'"),
        ({"any": [RECENT | {"op": "less"}]}, "any[0].op", "no operator 'less'"),
        ({"not": {"customer": "contry", "op": "=", "value": "GB"}}, "not.customer", "Did you mean 'country'"),
        ({"customer": "email", "op": "=", "value": "a@b"}, "op", "only presence"),
        ({"feature": "channel", "op": "<", "value": "a"}, "op", "does not fit a text"),
        ({"feature": "spend", "op": "<", "value": True}, "value", "True is no number"),
        ({"feature": "spend", "op": "<", "value": float("nan")}, "value", "nan is no number"),
        ({"feature": "first_order_at", "op": "<", "value": "31/12/2024"}, "value", "no date"),
        ({"feature": "spend", "op": "<"}, "value", "needs a value"),
        ({"feature": "spend", "op": "is_known", "value": 1}, "value", "takes no value"),
        ({"feature": "spend", "op": "<", "valeu": 1}, "valeu", "Did you mean 'value'"),
        ({"featur": "spend", "op": "<"}, None, "Did you mean 'feature'"),
        ({"did": "by"}, "did", "Did you mean 'buy'"),
        ({"did": "event"}, "event", "no event"),
        ({"did": "buy", "where": [{"column": "catgory", "op": "=", "value": "x"}]}, "where[0].column", "'category'"),
        ({"did": "buy", "times": {"op": ">=", "value": 1.5}}, "times.value", "whole number"),
        ({"did": "buy", "within": {"from_days": 3, "to_days": 9}}, "within", "not before"),
        ({"did": "buy", "within": {"from": "2024-02-01", "to": "2024-02-01"}}, "within", "not before"),
        ({"did": "buy", "within": {"last_days": 0}}, "within.last_days", "days"),
        ({"sequence": [{"did": "buy"}]}, "sequence", "1 steps"),
        ({"rank": "channel", "top": 3}, "rank", "no number"),
        ({"rank": "spend", "top_share": 1.5}, "top_share", "no share"),
        ({"rank": "spend"}, None, "how many"),
        ({"points": POINTS}, None, "how many points"),
        ({"points": POINTS, "least": 5}, "least", "from 0 to 4"),
        ({"points": POINTS, "least": 3, "most": 2}, None, "more than 2"),
        ({"points": [*POINTS, POINTS[0]], "least": 1}, "points", "twice"),
        ({"points": [{"feature": "channel", "from": [1]}], "least": 1}, "points[0].feature", "no number"),
        ({"points": [{"feature": "spend"}], "least": 1}, "points[0]", "gives no points"),
        ({"points": [{"feature": "spend", "from": []}], "least": 1}, "points[0].from", "0 numbers"),
        ({"bucket": 11, "of": 10}, "bucket[0]", "1 to 10"),
        ({"ids": [7]}, "ids[0]", "no text"),
        ({"ids": []}, "ids", "0 customers"),
        ({"segment": ""}, "segment", "no name"),
        ({"signal": "value", "op": "<", "value": 1}, "signal", "no published column"),
        ({"feature": "spend", "did": "buy"}, None, "both"),
        ([RECENT], None, "no condition"),
    ],
)
def test_what_is_wrong_and_where(tree, path: str | None, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        from_json(tree)
    assert caught.value.where.get("path") == path
    assert said in f"{caught.value.what} {caught.value.where.get('expected')}"


def test_limits() -> None:
    deep = RECENT
    for _ in range(12):
        deep = {"not": deep}
    with pytest.raises(ConfigError, match="nested 13 deep"):
        from_json(deep)
    assert from_json(deep["not"]) == from_json(deep["not"]["not"]["not"])
    with pytest.raises(ConfigError, match="more than 200"):
        from_json({"all": [RECENT | {"value": number} for number in range(201)]})


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(draw=st.randoms(use_true_random=False))
def test_order_means_nothing(words, draw: random.Random) -> None:
    data = random_tree(draw, words)

    def shuffled(node):
        for word in ("all", "any"):
            if word in node:
                items = [shuffled(each) for each in node[word]]
                draw.shuffle(items)
                return {word: items + items[:1]}
        return {"not": shuffled(node["not"])} if "not" in node else dict(reversed(node.items()))

    tree, other = from_json(data), from_json(shuffled(data))
    assert tree == other
    assert hash(tree) == hash(other)
    assert tree.canonical() == tree
    assert tree.canonical().canonical().as_json() == tree.canonical().as_json()


def test_different_trees_differ() -> None:
    assert from_json(RECENT) != from_json(RECENT | {"value": 61})
    assert from_json({"all": [RECENT, {"did": "buy"}]}) != from_json({"any": [RECENT, {"did": "buy"}]})
    assert from_json(RECENT | {"value": 60.0}) == from_json(RECENT)


@pytest.mark.parametrize(
    ("conditions", "found"),
    [
        ([{"feature": "orders", "op": "<", "value": 3}, {"feature": "orders", "op": ">", "value": 5}], True),
        ([{"feature": "orders", "op": "<", "value": 3}, {"feature": "orders", "op": ">=", "value": 3}], True),
        ([{"feature": "orders", "op": "<=", "value": 3}, {"feature": "orders", "op": ">=", "value": 3}], False),
        ([{"feature": "orders", "op": "=", "value": 3}, {"feature": "orders", "op": "!=", "value": 3}], True),
        ([{"feature": "orders", "op": "is_missing"}, {"feature": "orders", "op": "<", "value": 3}], True),
        (
            [{"feature": "channel", "op": "in", "value": ["a", "b"]}, {"feature": "channel", "op": "=", "value": "c"}],
            True,
        ),
        (
            [{"feature": "channel", "op": "in", "value": ["a", "b"]}, {"feature": "channel", "op": "=", "value": "b"}],
            False,
        ),
        ([{"did": "buy"}, {"did_not": "buy"}], True),
        ([{"did": "buy"}, {"did_not": "buy", "within": {"last_days": 3}}], False),
        ([{"did": "buy", "times": {"op": ">", "value": 1}}, {"did": "buy", "times": {"op": "<", "value": 2}}], True),
        ([{"rank": "spend", "band": 1, "of": 5}, {"rank": "spend", "band": 2, "of": 5}], True),
        ([{"points": POINTS, "least": 3}, {"points": POINTS[::-1], "most": 2}], True),
        ([{"points": POINTS, "least": 3}, {"points": POINTS[:1], "most": 2}], False),
        ([RECENT, {"not": RECENT}], True),
        ([RECENT, {"all": [{"feature": "recency_days", "op": ">", "value": 90}]}], True),
        ([RECENT, {"any": [{"feature": "recency_days", "op": ">", "value": 90}]}], False),
    ],
)
def test_contradictions(conditions, found) -> None:
    assert bool(contradiction(from_json({"all": conditions}))) is found
