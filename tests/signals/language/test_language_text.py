"""A tree said in a language reads back as the same tree; what cannot be read is pointed at."""

from __future__ import annotations

import json
import random

import pytest
from bench.segment_trees import HARD_TEXTS, random_tree
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from habitue.errors import ConfigError
from habitue.signals.segment.language import from_json, parse, say, to_json

SENTENCES = (
    (
        {
            "all": [
                {
                    "did": "buy",
                    "where": [{"column": "category", "op": "=", "value": "tea"}],
                    "times": {"op": ">=", "value": 2},
                    "within": {"last_days": 90},
                },
                {"did_not": "return", "within": {"last_days": 30}},
                {"feature": "recency_days", "op": "<", "value": 60},
            ]
        },
        (
            "bought in category 'tea' at least 2 times in the last 90 days and did not return anything in the last 30 "
            "days and days since the last purchase [recency_days] < 60"
        ),
        "近90天内购买（类目 = “tea”）至少2次，且近30天内没有退货，且距上次购买天数[recency_days] < 60",
    ),
    (
        {"rank": "value.expected_spend", "top_share": 0.1},
        "in the top 10% by expected spend [value.expected_spend]",
        "按预期消费[value.expected_spend]排名前10%",
    ),
    (
        {
            "points": [{"feature": "recency_days", "below": [30, 90]}, {"feature": "purchase_days", "from": [5, 2]}],
            "least": 2,
            "most": 3,
        },
        (
            "scores 2 to 3 points, one for each of (days with a purchase [purchase_days] >= 2, 5; "
            "days since the last purchase [recency_days] < 90, 30)"
        ),
        "得分为2至3分（每达到一项得1分：购买天数[purchase_days] >= 2、5；距上次购买天数[recency_days] < 90、30）",
    ),
    (
        {"any": [{"segment": "VIP"}, {"not": {"last": "event", "event": "view", "op": "<", "value": 7}}]},
        "in segment 'VIP' or not (last had event 'view' < 7 days ago)",
        "属于分群“VIP”，或非（距最近一次触发事件“view” < 7天）",
    ),
    (
        {
            "sequence": [{"did": "buy"}, {"did": "return", "within_days": 30}],
            "within": {"from": "2024-01-01", "to": "2024-02-01"},
        },
        "did in order (bought, then within 30 days returned) from 2024-01-01 to before 2024-02-01",
        "2024-01-01起至2024-02-01前依次（购买，之后30天内退货）",
    ),
)


@pytest.mark.parametrize(("tree", "english", "chinese"), SENTENCES)
def test_sentences_people_read(tree, english: str, chinese: str) -> None:
    read = from_json(tree)
    assert (say(read), say(read, "zh")) == (english, chinese)
    assert parse(english) == read == parse(chinese, "zh")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(draw=st.randoms(use_true_random=False))
def test_every_tree_reads_back(words, draw: random.Random) -> None:
    tree = from_json(random_tree(draw, words))
    assert from_json(to_json(tree)) == tree
    for language in ("en", "zh"):
        back = parse(say(tree, language), language)
        assert back == tree.canonical()
        assert back.as_json() == tree.canonical().as_json()
        assert json.loads(to_json(back)) == tree.canonical().as_json()


@settings(max_examples=150, deadline=None)
@given(text=st.text(min_size=1, max_size=40).filter(lambda text: "\x00" not in text))
def test_any_text_survives(text: str) -> None:
    for tree in (
        {"segment": text},
        {"ids": [text, "a"]},
        {"did": "event", "event": text, "where": [{"column": "query", "op": "contains", "value": text}]},
        {"bucket": [1], "of": 2, "salt": text},
    ):
        read = from_json(tree)
        for language in ("en", "zh"):
            assert parse(say(read, language), language) == read


@pytest.mark.parametrize("text", HARD_TEXTS)
def test_hard_names(text: str) -> None:
    read = from_json({"all": [{"segment": text}, {"feature": "channel", "op": "in", "value": [text, "web"]}]})
    for language in ("en", "zh"):
        assert parse(say(read, language), language) == read


@pytest.mark.parametrize(
    ("loose", "strict"),
    [
        ("recency_days<60", "days since the last purchase < 60"),
        ("days since the last purchase ≤ 60", "recency_days <= 60"),
        ("Bought AT LEAST 2 times  in the last 90 days", "bought at least 2 times in the last 90 days"),
        ("(spend > 1), and ((orders > 2))", "spend > 1 and orders > 2"),
        ('in segment "VIP"', "in segment 'VIP'"),
        ("returned and spend > 3 or orders > 2", "(returned and spend > 3) or orders > 2"),
        ("not in segment 'VIP'", "not (in segment 'VIP')"),
    ],
)
def test_people_write_loosely(loose: str, strict: str) -> None:
    assert parse(loose) == parse(strict)


@pytest.mark.parametrize(
    ("text", "language", "position", "expected"),
    [
        ("recency_days", "en", 13, "is missing"),
        ("recency_days < 60 and", "en", 22, "recency_days"),
        ("bought at least two times", "en", 17, "a number"),
        ("bought in category 'tea and recency_days < 5", "en", 20, "'"),
        ("(spend > 1", "en", 11, ")"),
        ("近30天没有跑步", "zh", 7, "购买"),
        ("购买至少2", "zh", 6, "次"),
        ("spend > 1 nonsense", "en", 11, "and"),
    ],
)
def test_errors_point_at_the_place(text: str, language: str, position: int, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text, language)
    assert caught.value.where["position"] == position
    assert expected in caught.value.where["expected"]
    assert "▶" in caught.value.what


def test_unknown_names_are_near_something() -> None:
    with pytest.raises(ConfigError, match="Did you mean 'recency_days'"):
        parse("recency_day < 60")
    with pytest.raises(ConfigError, match="'days since the last purchase' is recency_days"):
        parse("days since the last purchase [spend] < 60")


def test_brackets_have_an_end() -> None:
    with pytest.raises(ConfigError, match="too many brackets"):
        parse("(" * 5_000)
    with pytest.raises(ConfigError, match="too many negations"):
        parse("not " * 5_000)
