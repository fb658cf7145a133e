"""What every method gives: a definition of segments that puts each customer, seen now or later, into exactly one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from habitue.errors import DataError

__all__ = [
    "POINTS",
    "Axis",
    "Condition",
    "Floats",
    "Ints",
    "Rule",
    "RuledSegments",
    "Scorecard",
    "Segmentation",
    "measured",
]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


#: Name of what a scorecard gives, among the features of a rule.
POINTS = "points"


@dataclass(frozen=True, slots=True)
class Axis:
    """The numbers of one feature that give a point each: ``op`` is ``<`` (below it) or ``>=``."""

    name: str
    op: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Scorecard:
    """One point for each number passed: a short rule by which customers are ranked by several features at once."""

    axes: tuple[Axis, ...]

    def points(self, x: Floats, names: tuple[str, ...]) -> Floats:
        """Give every customer their points; missing where a feature is."""
        total = np.zeros(len(x))
        for axis in self.axes:
            value = x[:, names.index(axis.name)]
            passed = np.searchsorted(np.sort(axis.values), value, side="right").astype(np.float64)
            given = len(axis.values) - passed if axis.op == "<" else passed
            total += np.where(np.isnan(value), np.nan, given)
        return total


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison of a feature with a number: ``op`` is ``<`` or ``>=``. A missing value counts as lowest.

    With a scorecard it is its points that are compared, and ``name`` is `POINTS`.
    """

    name: str
    op: str
    value: float
    card: Scorecard | None = None

    @property
    def cuts(self) -> tuple[tuple[str, float], ...]:
        """The features it reads, with the numbers at which something turns."""
        if self.card is None:
            return ((self.name, self.value),)
        return tuple((axis.name, value) for axis in self.card.axes for value in axis.values)

    def values(self, x: Floats, names: tuple[str, ...]) -> Floats:
        """Return what is compared, of every customer."""
        return x[:, names.index(self.name)] if self.card is None else self.card.points(x, names)


@dataclass(frozen=True, slots=True)
class Rule:
    """Conditions that hold all together; without any, everyone."""

    conditions: tuple[Condition, ...]

    def holds(self, x: Floats, names: tuple[str, ...]) -> npt.NDArray[np.bool_]:
        """Say for every customer whether the rule holds."""
        held = np.ones(len(x), dtype=bool)
        for each in self.conditions:
            below = ~(each.values(x, names) >= each.value)
            held &= below if each.op == "<" else ~below
        return held

    def simplified(self) -> Rule:
        """Return the same rule with at most one lower and one upper bound for each feature, in order of first use."""
        bounds: dict[tuple[str, str], Condition] = {}
        for each in self.conditions:
            tighter = min if each.op == "<" else max
            held = bounds.get((each.name, each.op), each)
            bounds[each.name, each.op] = replace(each, value=tighter(held.value, each.value))
        return Rule(tuple(bounds.values()))


class Segmentation(Protocol):
    """A fitted definition of segments, numbered from 0.

    ``rules`` is one rule for each segment where the method has them, such that exactly one holds for every customer;
    None otherwise.
    """

    @property
    def method(self) -> str:
        """Name of the method."""

    @property
    def names(self) -> tuple[str, ...]:
        """The features, in the order of the columns."""

    @property
    def size(self) -> int:
        """Number of segments, empty ones included."""

    @property
    def rules(self) -> tuple[Rule, ...] | None:
        """One rule for each segment, or None."""

    def assign(self, x: Any) -> Ints:
        """Give each customer the number of their segment."""

    def state(self) -> dict[str, Any]:
        """Return the definition as plain data."""


@dataclass(frozen=True)
class RuledSegments:
    """Segments that are rules: exactly one holds for every customer. All that speak of points speak of one scorecard.

    ``explained`` is the share of the variance of the targets (outlooks, or membership of other segments) that they
    explain where they were learnt.
    """

    method: str
    names: tuple[str, ...]
    rules: tuple[Rule, ...]
    explained: float = 0.0

    @property
    def size(self) -> int:
        """Number of segments."""
        return len(self.rules)

    @property
    def features(self) -> tuple[str, ...]:
        """The features that the rules read, in order of first use."""
        conditions = (each for rule in self.rules for each in rule.conditions)
        return tuple(dict.fromkeys(name for each in conditions for name, _ in each.cuts))

    def assign(self, x: Any) -> Ints:
        """Give each customer the number of the rule that holds."""
        rows = measured(x, self.names)
        held = np.array([rule.holds(rows, self.names) for rule in self.rules])
        return np.asarray(held.argmax(axis=0), dtype=np.int64)

    def state(self) -> dict[str, Any]:
        """Return the definition as plain data."""
        rules = [[[each.name, each.op, each.value] for each in rule.conditions] for rule in self.rules]
        known = {"method": self.method, "form": "rules", "names": list(self.names)}
        card = next((each.card for rule in self.rules for each in rule.conditions if each.card), None)
        axes = {"card": [[axis.name, axis.op, list(axis.values)] for axis in card.axes]} if card else {}
        return known | {"rules": rules, "explained": self.explained} | axes

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> RuledSegments:
        """Read it back."""
        card = Scorecard(tuple(Axis(name, op, tuple(values)) for name, op, values in state.get("card", ())))
        rules = tuple(
            Rule(tuple(Condition(name, op, value, card if name == POINTS else None) for name, op, value in rule))
            for rule in state["rules"]
        )
        return cls(state["method"], tuple(state["names"]), rules, float(state["explained"]))


def measured(x: Any, names: tuple[str, ...]) -> Floats:
    """Return the features as a matrix of floats, one column for each name."""
    rows = np.asarray(x, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[1] != len(names):
        raise DataError(
            f"the features have the shape {rows.shape}", expected=f"{len(names)} columns: {', '.join(names)}"
        )
    return rows
