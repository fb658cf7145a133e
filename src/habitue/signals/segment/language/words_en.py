"""Conditions in English: how each is said, and how it is read."""

from __future__ import annotations

from typing import Any

from habitue.signals.segment.language.operands import (
    read_axes,
    read_list,
    read_subject,
    read_test,
    read_where,
    say_axes,
    say_list,
    say_subject,
    say_test,
    say_where,
    subject_type,
)
from habitue.signals.segment.language.scanner import Scanner, quoted, written_number
from habitue.signals.segment.language.tree import (
    EVER,
    Act,
    Bucket,
    Compare,
    Did,
    DidNot,
    Ids,
    Node,
    Points,
    Rank,
    Segment,
    Sequence,
    Step,
    Timed,
    Window,
)

__all__ = ["read_condition", "say_condition"]

_AMOUNTS = {">=": "at least", "<=": "at most", "=": "exactly", ">": "more than", "<": "fewer than", "!=": "other than"}
_READ_AMOUNTS = {phrase: op for op, phrase in _AMOUNTS.items()} | {"less than": "<"}
_DID = {"buy": "bought", "return": "returned", "event": "had event"}
_DID_NOT = {"buy": "did not buy", "return": "did not return anything", "event": "had no event"}
_UNITS = {"time": "times", "times": "times", "piece": "items", "pieces": "items", "in total": "spend"}


def say_condition(node: Node) -> str:
    """Write one condition."""
    if isinstance(node, Compare):
        reference = f"customer.{node.name}" if node.kind == "customer" else node.name
        first = f" among the first {node.among_first}" if node.among_first != 1 else ""
        test = say_test(node.op, node.value, "en", kind=None if node.kind == "signal" else subject_type(reference))
        return f"{say_subject(reference, 'en')} {test}{first}"
    if isinstance(node, Did):
        return _act(_DID, node.act) + _amount(node) + _window(node.window)
    if isinstance(node, DidNot):
        return _act(_DID_NOT, node.act) + _window(node.window)
    if isinstance(node, Timed):
        days = " days ago" if node.value is not None else ""
        return f"{node.which} {_act(_DID, node.act)} {say_test(node.op, node.value, 'en')}{days}"
    if isinstance(node, Sequence):
        return f"did in order ({', then '.join(_step(each) for each in node.steps)}){_window(node.window)}"
    return _say_list_like(node)


def _say_list_like(node: Node) -> str:
    if isinstance(node, Rank):
        by = say_subject(node.name, "en")
        if node.kind == "band":
            return f"in band {node.value} of {node.of} by {by}"
        side, _, share = node.kind.partition("_")
        number = f"{written_number(round(node.value * 100, 2))}%" if share else written_number(node.value)
        return f"in the {side} {number} by {by}"
    if isinstance(node, Points):
        return f"scores {_points(node.least, node.most)}, one for each of ({say_axes(node, 'en')})"
    if isinstance(node, Segment):
        version = f"version {node.version} of " if node.version is not None else ""
        return f"in {version}segment {quoted(node.name, 'en')}"
    if isinstance(node, Bucket):
        numbers = ", ".join(map(str, node.numbers))
        return f"in random bucket {numbers} of {node.of} with salt {quoted(node.salt, 'en')}"
    assert isinstance(node, Ids)  # noqa: S101 - the last sort of condition there is
    return f"one of the customers {say_list(node.ids, 'en')}"


def _points(least: int | None, most: int | None) -> str:
    side = "at least " if most is None else "at most " if least is None else ""
    first, last = (most if least is None else least), (least if most is None else most)
    number = f"{side}{first}" if first == last else f"{first} to {last}"
    return f"{number} point{'' if last == 1 else 's'}"


def _act(verbs: dict[str, str], act: Act) -> str:
    words = [verbs[act.what]]
    if act.event is not None:
        words.append(quoted(act.event, "en"))
    for test in act.where:
        plain = test.column == "category" and test.op == "="
        words.append(
            f"in category {quoted(str(test.value), 'en')}" if plain else f"with {say_where(test, act.what, 'en')}"
        )
    return " ".join(words)


def _amount(node: Did) -> str:
    if (node.measure, node.op, node.value) == ("times", ">=", 1):
        return ""
    number = f"{_AMOUNTS[node.op]} {written_number(node.value)}"
    if node.measure == "spend":
        return f" for {number} in total"
    noun = "time" if node.measure == "times" else "piece"
    return f" {number} {noun}{'' if node.value == 1 else 's'}"


def _window(window: Window) -> str:
    if window == EVER:
        return ""
    if window.from_days is not None:
        start, end = written_number(window.from_days), written_number(window.to_days)
        return f" in the last {start} days" if window.to_days == 0 else f" between {start} and {end} days ago"
    if window.start and window.end:
        return f" from {window.start} to before {window.end}"
    return f" since {window.start}" if window.start else f" before {window.end}"


def _step(step: Step) -> str:
    days = f"within {written_number(step.within_days)} days " if step.within_days is not None else ""
    return days + _act(_DID, step.act)


def read_condition(scan: Scanner) -> dict[str, Any] | None:
    """Read one condition that begins with a verb or "in", as JSON; None where none begins here."""
    for word in ("last", "first"):
        if scan.eat(word):
            act = _read_act(scan, _DID, word)
            test = read_test(scan)
            if "value" in test:
                scan.expect("days ago", "day ago")
            return act | test
    if scan.eat("did in order"):
        return _read_sequence(scan)
    if scan.sees(*_DID_NOT.values(), "did not return"):
        return _read_act(scan, _DID_NOT, "did_not") | _read_window(scan)
    if scan.sees(*_DID.values()):
        return _read_act(scan, _DID, "did") | _read_amount(scan) | _read_window(scan)
    if scan.eat("one of the customers"):
        return {"ids": read_list(scan)}
    listed = scan.eat(
        "in the top", "in the bottom", "in band", "in segment", "in version", "in random bucket", "scores"
    )
    return None if listed is None else _read_list_like(scan, listed.split()[-1])


def _read_list_like(scan: Scanner, word: str) -> dict[str, Any]:
    if word == "scores":
        return _read_points(scan)
    if word in ("top", "bottom"):
        at = scan.place
        number = scan.number()
        share = scan.eat("%")
        scan.expect("by")
        value = round(number / 100, 4) if share else number
        if share and abs(value * 100 - number) > 1e-9:
            scan.fail("10%, 0.25%", at=at)
        return {"rank": read_subject(scan, followed_by=None), f"{word}_share" if share else word: value}
    if word == "band":
        band = scan.whole()
        scan.expect("of")
        of = scan.whole()
        scan.expect("by")
        return {"rank": read_subject(scan, followed_by=None), "band": band, "of": of}
    if word == "segment":
        return {"segment": scan.string()}
    if word == "version":
        version = scan.whole()
        scan.expect("of segment")
        return {"segment": scan.string(), "version": version}
    numbers = [scan.whole()]
    while scan.eat(","):
        numbers.append(scan.whole())
    scan.expect("of")
    of = scan.whole()
    return {"bucket": numbers, "of": of, "salt": scan.string() if scan.eat("with salt") else ""}


def _read_points(scan: Scanner) -> dict[str, Any]:
    side = {"at least": "least", "at most": "most"}.get(scan.eat("at least", "at most") or "")
    number = scan.whole()
    bounds = {side: number} if side else {"least": number, "most": scan.whole() if scan.eat("to") else number}
    scan.expect("points", "point")
    scan.eat(",")
    scan.expect("one for each of")
    scan.expect("(")
    axes = read_axes(scan)
    scan.expect(")")
    return {"points": axes} | bounds


def _read_act(scan: Scanner, verbs: dict[str, str], word: str) -> dict[str, Any]:
    what = next((name for name, verb in verbs.items() if scan.eat(verb)), None)
    if what is None and verbs is _DID_NOT and scan.eat("did not return"):
        what = "return"
    if what is None:
        scan.fail(*verbs.values())
    said: dict[str, Any] = {word: what}
    if what == "event":
        said["event"] = scan.string()
    tests = []
    while True:
        if scan.eat("in category"):
            tests.append({"column": "category", "op": "=", "value": scan.string()})
        elif scan.eat("with"):
            tests.append(read_where(scan, what))
        else:
            return said | {"where": tests} if tests else said


def _read_amount(scan: Scanner) -> dict[str, Any]:
    money = scan.eat("for")
    phrase = scan.expect(*_READ_AMOUNTS) if money else scan.eat(*_READ_AMOUNTS)
    if phrase is None:
        return {}
    number = scan.number()
    unit = scan.expect("in total") if money else scan.expect(*_UNITS)
    return {_UNITS[unit]: {"op": _READ_AMOUNTS[phrase], "value": number}}


def _read_window(scan: Scanner) -> dict[str, Any]:
    if scan.eat("in the last"):
        days = scan.number()
        scan.expect("days", "day")
        return {"within": {"last_days": days}}
    if scan.eat("between"):
        start = scan.number()
        scan.expect("and")
        end = scan.number()
        scan.expect("days ago")
        return {"within": {"from_days": start, "to_days": end}}
    if scan.eat("from"):
        first = scan.date()
        scan.expect("to before")
        return {"within": {"from": first, "to": scan.date()}}
    if scan.eat("since"):
        return {"within": {"from": scan.date()}}
    if scan.eat("before"):
        return {"within": {"to": scan.date()}}
    scan.eat("ever")
    return {}


def _read_sequence(scan: Scanner) -> dict[str, Any]:
    scan.expect("(")
    steps = [_read_act(scan, _DID, "did")]
    while scan.eat(","):
        scan.expect("then")
        days = scan.number() if scan.eat("within") else None
        if days is not None:
            scan.expect("days", "day")
        step = _read_act(scan, _DID, "did")
        steps.append(step if days is None else step | {"within_days": days})
    scan.expect(")")
    return {"sequence": steps} | _read_window(scan)
