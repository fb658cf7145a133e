"""Random trees of the segment language, over values that a shop really has and texts that are hard to write down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

__all__ = ["HARD_TEXTS", "Vocabulary", "random_tree"]

HARD_TEXTS = (
    "it's",
    'say "hi"',
    "“茶”，且（非）",
    "a, b) or (c",
    "back\\slash'",
    "line\nbreak\tand tab",
    "🥇 gold 🧑‍🤝‍🧑",
    "[spend] < 60 and",
    " ",
    "天内",
    "%_",
    "\u2028\x07",
)
_ORDERS = ("<", "<=", ">", ">=", "=", "!=")


@dataclass(frozen=True)
class Vocabulary:
    """What trees may speak of: values by column, numbers by feature, names of segments, customers, dates."""

    texts: Mapping[str, Sequence[str]]  # "buy.category", "event.device", "customer.country", "feature.channel"
    numbers: Mapping[str, Sequence[float]]  # "recency_days", "value.expected_spend", "buy.unit_price"
    events: Sequence[str]
    dates: Sequence[str]
    customers: Sequence[str]
    segments: Sequence[str]


def random_tree(draw: Random, words: Vocabulary, *, depth: int = 3) -> dict[str, Any]:
    """Return a tree as JSON, at most so deep."""
    sort = draw.choice(("all", "any", "not", "leaf", "leaf")) if depth > 0 else "leaf"
    if sort == "leaf":
        return draw.choice(_LEAVES)(draw, words)
    if sort == "not":
        return {"not": random_tree(draw, words, depth=depth - 1)}
    number = draw.choice((0, 1, 2, 2, 3, 3, 4))
    return {sort: [random_tree(draw, words, depth=depth - 1) for _ in range(number)]}


def _number_test(draw: Random, values: Sequence[float], *, lists: bool = True) -> dict[str, Any]:
    op = draw.choice((*_ORDERS, "is_known", "is_missing", *(("in", "not_in") if lists else ())))
    if op in ("is_known", "is_missing"):
        return {"op": op}
    some = [draw.choice(values) + draw.choice((0, 0, 0.5)) for _ in range(3)]
    return {"op": op, "value": some if op in ("in", "not_in") else some[0]}


def _text_test(draw: Random, values: Sequence[str]) -> dict[str, Any]:
    op = draw.choice(("=", "!=", "in", "not_in", "contains", "is_known", "is_missing"))
    if op in ("is_known", "is_missing"):
        return {"op": op}
    some = [draw.choice((*values, *values, draw.choice(HARD_TEXTS))) for _ in range(3)]
    if op == "contains":
        start = draw.randrange(len(some[0]))
        return {"op": op, "value": some[0][start : start + draw.randint(1, 4)]}
    return {"op": op, "value": some if op in ("in", "not_in") else some[0]}


def _time_test(draw: Random, words: Vocabulary) -> dict[str, Any]:
    op = draw.choice((*_ORDERS, "is_known", "is_missing"))
    return {"op": op} if op.startswith("is") else {"op": op, "value": draw.choice(words.dates)}


def _feature(draw: Random, words: Vocabulary) -> dict[str, Any]:
    kind = draw.choice(("number", "number", "text", "time"))
    if kind == "number":
        name = draw.choice([each for each in words.numbers if "." not in each])
        return {"feature": name} | _number_test(draw, words.numbers[name])
    if kind == "time":
        return {"feature": draw.choice(("first_order_at", "last_order_at", "last_return_at"))} | _time_test(draw, words)
    name = draw.choice([each for each in words.texts if each.startswith("feature.")])
    return {"feature": name.removeprefix("feature.")} | _text_test(draw, words.texts[name])


def _customer(draw: Random, words: Vocabulary) -> dict[str, Any]:
    kind = draw.choice(("text", "time", "flag", "personal"))
    if kind == "time":
        return {"customer": "signed_up_at"} | _time_test(draw, words)
    if kind == "flag":
        return {"customer": "is_business", "op": draw.choice(("=", "!=")), "value": draw.random() < 0.5}
    if kind == "personal":
        return {"customer": "phone", "op": draw.choice(("is_known", "is_missing"))}
    name = draw.choice([each for each in words.texts if each.startswith("customer.")])
    return {"customer": name.removeprefix("customer.")} | _text_test(draw, words.texts[name])


def _signal(draw: Random, words: Vocabulary) -> dict[str, Any]:
    name = draw.choice(("value.expected_spend", "churn.risk", "churn.rescue", "need.category"))
    if name == "value.expected_spend":
        return {"signal": name} | _number_test(draw, words.numbers[name])
    if name == "churn.rescue":
        return {"signal": name, "op": draw.choice(("=", "!=")), "value": draw.random() < 0.5}
    said = {"signal": name} | _text_test(draw, words.texts[name])
    return said | {"among_first": draw.choice((2, 3))} if name == "need.category" and draw.random() < 0.6 else said


def _act(draw: Random, words: Vocabulary, word: str) -> dict[str, Any]:
    what = draw.choice(("buy", "buy", "return", "event"))
    said: dict[str, Any] = {word: what}
    if what == "event":
        said["event"] = draw.choice((*words.events, draw.choice(HARD_TEXTS)))
    tests = []
    for _ in range(draw.choice((0, 0, 1, 1, 2))):
        lead = "event." if what == "event" else "buy."
        name = draw.choice([each for each in (*words.texts, *words.numbers) if each.startswith(lead)])
        column = name.removeprefix(lead)
        if what == "return" and column == "order_spend":
            continue
        test = _text_test(draw, words.texts[name]) if name in words.texts else _number_test(draw, words.numbers[name])
        tests.append({"column": column} | test)
    return said | {"where": tests} if tests else said


def _within(draw: Random, words: Vocabulary) -> dict[str, Any]:
    sort = draw.choice(("ever", "last", "last", "ages", "dates", "from", "to"))
    if sort == "last":
        return {"within": {"last_days": draw.choice((7, 30, 45.5, 90, 400))}}
    if sort == "ages":
        return {"within": {"from_days": draw.choice((60, 120)), "to_days": draw.choice((0, 15, 30.25))}}
    first, last = sorted(draw.sample(list(words.dates), 2))
    dates = {"dates": {"from": first, "to": last}, "from": {"from": first}, "to": {"to": last}}
    return {"within": dates[sort]} if sort in dates else {}


def _did(draw: Random, words: Vocabulary) -> dict[str, Any]:
    said = _act(draw, words, "did") | _within(draw, words)
    measure = draw.choice(("", "times", "spend", "items" if said["did"] != "event" else "times"))
    if measure:
        value = draw.choice((0, 1, 2, 3, 5)) if measure != "spend" else draw.choice((0, 20, 50.25, 100))
        said[measure] = {"op": draw.choice(_ORDERS), "value": value}
    return said


def _did_not(draw: Random, words: Vocabulary) -> dict[str, Any]:
    return _act(draw, words, "did_not") | _within(draw, words)


def _timed(draw: Random, words: Vocabulary) -> dict[str, Any]:
    return _act(draw, words, draw.choice(("last", "first"))) | _number_test(draw, (5, 30, 60, 90.5), lists=False)


def _sequence(draw: Random, words: Vocabulary) -> dict[str, Any]:
    steps = [_act(draw, words, "did") for _ in range(draw.choice((2, 2, 3)))]
    for step in steps[1:]:
        if draw.random() < 0.6:
            step["within_days"] = draw.choice((1, 7.5, 30, 90))
    return {"sequence": steps} | _within(draw, words)


def _rank(draw: Random, _: Vocabulary) -> dict[str, Any]:
    name = draw.choice(("spend", "recency_days", "orders", "mean_gap_days", "last_return_at", "value.expected_spend"))
    kind = draw.choice(("top", "bottom", "top_share", "bottom_share", "band"))
    if kind == "band":
        of = draw.choice((2, 3, 5, 10))
        return {"rank": name, "band": draw.randint(1, of), "of": of}
    share = kind.endswith("share")
    return {"rank": name, kind: draw.choice((0.1, 0.25, 0.333, 1)) if share else draw.choice((1, 3, 10, 1000))}


def _points(draw: Random, words: Vocabulary) -> dict[str, Any]:
    names = draw.sample([each for each in words.numbers if "." not in each], 2)
    axes = [
        {
            "feature": name,
            draw.choice(("below", "from")): [draw.choice(words.numbers[name]) + step for step in (0, 0.5)],
        }
        for name in names
    ]
    least, most = sorted(draw.choices(range(5), k=2))
    bounds = draw.choice(({"least": least}, {"most": most}, {"least": least, "most": most}))
    return {"points": axes} | bounds


def _segment(draw: Random, words: Vocabulary) -> dict[str, Any]:
    return {"segment": draw.choice(words.segments)}


def _bucket(draw: Random, _: Vocabulary) -> dict[str, Any]:
    of = draw.choice((2, 3, 10))
    return {"bucket": draw.sample(range(1, of + 1), draw.randint(1, of)), "of": of, "salt": draw.choice(HARD_TEXTS)}


def _ids(draw: Random, words: Vocabulary) -> dict[str, Any]:
    return {"ids": [draw.choice((*words.customers, draw.choice(HARD_TEXTS))) for _ in range(draw.randint(1, 12))]}


_LEAVES = (
    _feature,
    _feature,
    _customer,
    _signal,
    _did,
    _did,
    _did_not,
    _timed,
    _sequence,
    _rank,
    _points,
    _segment,
    _bucket,
    _ids,
)
