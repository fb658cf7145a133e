"""Find conditions of one "all" that nobody can meet together."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from habitue.signals.segment.language.tree import All, Compare, Did, DidNot, Node, Not, Points, Rank, Timed

__all__ = ["contradiction"]


@dataclass
class _Room:
    """What is left for one subject when all its conditions hold."""

    low: Any = None
    low_open: bool = False
    high: Any = None
    high_open: bool = False
    only: set[Any] | None = None
    never: set[Any] = field(default_factory=set)
    missing: bool = False
    known: bool = False

    @property
    def empty(self) -> bool:
        """Whether no value is left."""
        if self.missing and self.known:
            return True
        if self.only is not None:
            return not any(self._holds(each) for each in self.only)
        if self.low is None or self.high is None:
            return False
        if self.low == self.high:
            return self.low_open or self.high_open or self.low in self.never
        return bool(self.low > self.high)

    def _holds(self, value: Any) -> bool:
        if value in self.never:
            return False
        if self.low is not None and (value < self.low or (value == self.low and self.low_open)):
            return False
        return self.high is None or not (value > self.high or (value == self.high and self.high_open))

    def narrow(self, op: str, value: Any) -> None:
        """Let one more condition hold."""
        if op == "is_missing":
            self.missing = True
            return
        self.known = True
        if op in (">", ">=") and (self.low is None or value > self.low or (value == self.low and op == ">")):
            self.low, self.low_open = value, op == ">"
        elif op in ("<", "<=") and (self.high is None or value < self.high or (value == self.high and op == "<")):
            self.high, self.high_open = value, op == "<"
        elif op in ("=", "in"):
            values = set(value) if op == "in" else {value}
            self.only = values if self.only is None else self.only & values
        elif op in ("!=", "not_in"):
            self.never |= set(value) if op == "not_in" else {value}


def contradiction(node: All) -> list[Node]:
    """Return the conditions of the first subject for which no value is left; an empty list where there is none.

    Examples
    --------
    >>> from habitue.signals.segment.language.reading import from_json
    >>> orders = [{"feature": "orders", "op": "<", "value": 3}, {"feature": "orders", "op": ">", "value": 5}]
    >>> len(contradiction(from_json({"all": orders})))
    2
    """
    parts = list(_flat(node))
    keys = {each.key for each in parts}
    for each in parts:
        if isinstance(each, Not) and each.item.key in keys:
            return [each.item, each]
    subjects: dict[str, list[Node]] = {}
    for each in parts:
        subject = _subject(each)
        if subject is not None:
            subjects.setdefault(subject, []).append(each)
    return next((found for found in subjects.values() if _impossible(found)), [])


def _flat(node: All) -> Iterator[Node]:
    for each in node.items:
        if isinstance(each, All):
            yield from _flat(each)
        else:
            yield each


def _subject(node: Node) -> str | None:
    if isinstance(node, Compare) and node.among_first == 1 and node.op != "contains":
        return f"{node.kind} {node.name}"
    if isinstance(node, Timed):
        return json.dumps(node.act.as_json(node.which), sort_keys=True)
    if isinstance(node, (Did, DidNot)):
        measure = node.measure if isinstance(node, Did) else "times"
        return json.dumps([measure, node.act.as_json("did"), node.window.as_json()], sort_keys=True)
    if isinstance(node, Points):
        return json.dumps(node.as_json()["points"])
    return f"band {node.name} {node.of}" if isinstance(node, Rank) and node.kind == "band" else None


def _impossible(nodes: list[Node]) -> bool:
    room = _Room()
    try:
        for node in nodes:
            _narrow(room, node)
        empty = room.empty
    except TypeError:  # a text and a number: the compiler says so
        return False
    return empty


def _narrow(room: _Room, node: Node) -> None:
    if isinstance(node, Rank):
        room.narrow("=", node.value)
    elif isinstance(node, Points):
        for side, points in ((">=", node.least), ("<=", node.most)):
            if points is not None:
                room.narrow(side, points)
    elif isinstance(node, DidNot):
        room.narrow("=", 0)
    elif isinstance(node, Did):
        if node.measure != "spend":
            room.narrow(">=", 0)
        op, value = node.op, node.value
        if node.measure == "times" and op in ("<", ">"):  # whole numbers: more than 1 is at least 2
            op, value = ("<=", math.ceil(value) - 1) if op == "<" else (">=", math.floor(value) + 1)
        room.narrow(op, value)
    elif isinstance(node, (Compare, Timed)):
        room.narrow(node.op, _comparable(node.value))


def _comparable(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            return value
    return value
