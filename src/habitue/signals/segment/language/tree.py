"""The nodes of a segment's tree: what can be said of a customer, and how it is put together.

A tree is data. It reads and writes JSON (`habitue.signals.segment.language.reading`), sentences (``text``, ``parsing``)
and SQL (``compiling``). Two trees are equal when they say the same in another order.

A condition is true, false, or *not known* of a customer (Kleene's three-valued logic): a comparison with a missing
value is not known, and neither is its opposite. Members are those for whom the tree is true.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

__all__ = [
    "EVER",
    "Act",
    "All",
    "AnyOf",
    "Bucket",
    "Compare",
    "Did",
    "DidNot",
    "Group",
    "Ids",
    "Node",
    "Not",
    "Points",
    "PointsAxis",
    "Rank",
    "Segment",
    "Sequence",
    "Step",
    "Timed",
    "Value",
    "Where",
    "Window",
    "leaves",
    "plain",
]

Value = str | int | float | bool | tuple[Any, ...] | None
_NO_DATES = (None, None)


def plain(value: Any) -> Any:
    """Write a value the one way it is written in JSON: whole numbers without fraction, lists sorted, each once."""
    if isinstance(value, tuple):
        return sorted({json.dumps(plain(each)): plain(each) for each in value}.values(), key=json.dumps)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


class Node(ABC):
    """One node of the tree; equal to another when the canonical JSON is."""

    @abstractmethod
    def as_json(self) -> dict[str, Any]:
        """Return the node as plain data, children in their order."""

    def canonical(self) -> Node:
        """Return the same meaning in the one normal form: children sorted, none twice, no idle brackets."""
        return self

    @property
    def key(self) -> str:
        """The canonical JSON text: the same for trees that differ only in order."""
        return json.dumps(self.canonical().as_json(), sort_keys=True, ensure_ascii=False)

    def __eq__(self, other: object) -> bool:
        return self.key == other.key if isinstance(other, Node) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.key)


@dataclass(frozen=True, eq=False)
class Group(Node):
    """Conditions put together; `All` and `AnyOf`."""

    items: tuple[Node, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the node as plain data."""
        return {self.word: [each.as_json() for each in self.items]}

    @property
    def word(self) -> str:
        """How JSON calls it."""
        return "all" if isinstance(self, All) else "any"

    def canonical(self) -> Node:
        """Lift groups of the same sort, sort the rest, and drop brackets round a single condition."""
        found: dict[str, Node] = {}
        for each in self.items:
            inner = each.canonical()
            for one in inner.items if isinstance(inner, Group) and inner.word == self.word else (inner,):
                found[json.dumps(one.as_json(), sort_keys=True, ensure_ascii=False)] = one
        items = tuple(found[key] for key in sorted(found))
        return items[0] if len(items) == 1 else type(self)(items)


@dataclass(frozen=True, eq=False)
class All(Group):
    """All of the conditions hold; without any: everyone."""


@dataclass(frozen=True, eq=False)
class AnyOf(Group):
    """At least one of the conditions holds; without any: nobody."""


@dataclass(frozen=True, eq=False)
class Not(Node):
    """The condition is known not to hold: who it is not known of is not included."""

    item: Node

    def as_json(self) -> dict[str, Any]:
        """Return the node as plain data."""
        return {"not": self.item.as_json()}

    def canonical(self) -> Node:
        """Two negations cancel each other."""
        inner = self.item.canonical()
        return inner.item if isinstance(inner, Not) else Not(inner)


@dataclass(frozen=True, eq=False)
class Compare(Node):
    """A feature, a column of `customers` or of a published table against a value.

    Parameters
    ----------
    kind : str
        ``feature``, ``customer`` or ``signal``.
    name : str
        ``recency_days``, ``country``, or ``value.expected_spend`` (table and column).
    op : str
    value : Value
    among_first : int
        Signals with several ranked rows a customer: how many of them are looked at, 1 when not said.
    """

    kind: str
    name: str
    op: str
    value: Value = None
    among_first: int = 1

    def as_json(self) -> dict[str, Any]:
        """Return the node as plain data."""
        said: dict[str, Any] = {self.kind: self.name, "op": self.op}
        if self.value is not None:
            said["value"] = plain(self.value)
        if self.among_first != 1:
            said["among_first"] = self.among_first
        return said


@dataclass(frozen=True)
class Where:
    """What must hold for a row of an act, such as its category."""

    column: str
    op: str
    value: Value = None

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        said: dict[str, Any] = {"column": self.column, "op": self.op}
        return said if self.value is None else said | {"value": plain(self.value)}


@dataclass(frozen=True)
class Act:
    """Something a customer does: ``buy``, ``return``, or an ``event`` of the pages; with filters on its rows."""

    what: str
    where: tuple[Where, ...] = ()
    event: str | None = None

    def as_json(self, word: str) -> dict[str, Any]:
        """Return it as plain data; the filters, whose order means nothing, sorted."""
        said: dict[str, Any] = {word: self.what}
        if self.event is not None:
            said["event"] = self.event
        tests = {json.dumps(each.as_json(), sort_keys=True): each.as_json() for each in self.where}
        return said | {"where": [tests[key] for key in sorted(tests)]} if tests else said


@dataclass(frozen=True)
class Window:
    """A stretch of time, its start included and its end not: ages in days before the moment, or dates.

    Parameters
    ----------
    from_days, to_days : float, optional
        ``[t - from_days, t - to_days)``.
    start, end : str, optional
        ISO dates or moments; one of them may be missing.
    """

    from_days: float | None = None
    to_days: float = 0
    start: str | None = None
    end: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        if self.from_days is None:
            return {key: value for key, value in (("from", self.start), ("to", self.end)) if value is not None}
        if self.to_days == 0:
            return {"last_days": plain(self.from_days)}
        return {"from_days": plain(self.from_days), "to_days": plain(self.to_days)}


EVER = Window()


def _within(window: Window) -> dict[str, Any]:
    return {"within": window.as_json()} if window.as_json() else {}


@dataclass(frozen=True, eq=False)
class Did(Node):
    """Did an act so often or for so much; ``measure`` is ``times``, ``spend`` or ``items``."""

    act: Act
    measure: str = "times"
    op: str = ">="
    value: float = 1
    window: Window = EVER

    def as_json(self) -> dict[str, Any]:
        """Return the node as plain data."""
        said = self.act.as_json("did")
        if (self.measure, self.op, self.value) != ("times", ">=", 1):
            said[self.measure] = {"op": self.op, "value": plain(self.value)}
        return said | _within(self.window)


@dataclass(frozen=True, eq=False)
class DidNot(Node):
    """Is a customer, and did not do it: never "everybody less those who did"."""

    act: Act
    window: Window = EVER

    def as_json(self) -> dict[str, Any]:
        """Return the node as plain data."""
        return self.act.as_json("did_not") | _within(self.window)


@dataclass(frozen=True, eq=False)
class Timed(Node):
    """Days since the ``first`` or ``last`` such act; not known of who never did it."""

    which: str
    act: Act
    op: str
    value: float | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the node as plain data."""
        said = self.act.as_json(self.which) | {"op": self.op}
        return said if self.value is None else said | {"value": plain(self.value)}


@dataclass(frozen=True)
class Step:
    """One act of a sequence, at most so many days after the one before it."""

    act: Act
    within_days: float | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        said = self.act.as_json("did")
        return said if self.within_days is None else said | {"within_days": plain(self.within_days)}


@dataclass(frozen=True, eq=False)
class Sequence(Node):
    """Did these acts one after the other (later, not at the same instant), all of them in the window."""

    steps: tuple[Step, ...]
    window: Window = EVER

    def as_json(self) -> dict[str, Any]:
        """Return the node as plain data."""
        return {"sequence": [each.as_json() for each in self.steps]} | _within(self.window)


@dataclass(frozen=True, eq=False)
class Rank(Node):
    """The first or last so many, or such a share, or one band of equal size, by a number.

    Ranked are the customers whose number is known; equal numbers go by customer_id. ``kind`` is ``top``, ``bottom``,
    ``top_share``, ``bottom_share`` or ``band`` (of ``of``, 1 the lowest).
    """

    name: str
    kind: str
    value: float
    of: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the node as plain data."""
        said: dict[str, Any] = {"rank": self.name, self.kind: plain(self.value)}
        return said if self.of is None else said | {"of": self.of}


@dataclass(frozen=True)
class PointsAxis:
    """The numbers of one feature that give a point each: ``op`` is ``<`` (below it) or ``>=``."""

    name: str
    op: str
    values: tuple[float, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data, the numbers from the first that is passed to the last."""
        numbers = sorted({plain(each) for each in self.values}, reverse=self.op == "<")
        return {"feature": self.name, "below" if self.op == "<" else "from": numbers}


@dataclass(frozen=True, eq=False)
class Points(Node):
    """Has so many points on a scorecard, one for each number passed; not known where one of the features is not.

    ``least`` and ``most`` are included; one of them may be missing.
    """

    axes: tuple[PointsAxis, ...]
    least: int | None = None
    most: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the node as plain data; the features, whose order means nothing, sorted."""
        axes = sorted((each.as_json() for each in self.axes), key=lambda each: json.dumps(each, sort_keys=True))
        said: dict[str, Any] = {"points": axes}
        return said | {key: value for key, value in (("least", self.least), ("most", self.most)) if value is not None}


@dataclass(frozen=True, eq=False)
class Segment(Node):
    """Is on the stored list of another segment."""

    name: str
    version: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the node as plain data."""
        said: dict[str, Any] = {"segment": self.name}
        return said if self.version is None else said | {"version": self.version}


@dataclass(frozen=True, eq=False)
class Bucket(Node):
    """Falls into one of these random buckets, ``1 … of``; the same salt gives the same draw, run after run."""

    numbers: tuple[int, ...]
    of: int
    salt: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the node as plain data."""
        return {"bucket": plain(self.numbers), "of": self.of, "salt": self.salt}


@dataclass(frozen=True, eq=False)
class Ids(Node):
    """Is one of these customers."""

    ids: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the node as plain data."""
        return {"ids": plain(self.ids)}


def leaves(tree: Node) -> Iterator[Node]:
    """Go through the conditions of a tree, in reading order."""
    if isinstance(tree, Group):
        for each in tree.items:
            yield from leaves(each)
    elif isinstance(tree, Not):
        yield from leaves(tree.item)
    else:
        yield tree


def acts(node: Node) -> tuple[Act, ...]:
    """Return the acts a condition speaks of."""
    if isinstance(node, Sequence):
        return tuple(each.act for each in node.steps)
    return tuple(getattr(node, each.name) for each in fields(node) if each.name == "act")  # type: ignore[arg-type]
