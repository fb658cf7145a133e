"""What every method gives: a definition of segments that puts each customer, seen now or later, into exactly one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from habitue.errors import DataError

__all__ = ["Condition", "Floats", "Ints", "Rule", "RuledSegments", "Segmentation", "measured"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison of a feature with a number: ``op`` is ``<`` or ``>=``. A missing value counts as lowest."""

    name: str
    op: str
    value: float


@dataclass(frozen=True, slots=True)
class Rule:
    """Conditions that hold all together; without any, everyone."""

    conditions: tuple[Condition, ...]

    def holds(self, x: Floats, names: tuple[str, ...]) -> npt.NDArray[np.bool_]:
        """Say for every customer whether the rule holds."""
        held = np.ones(len(x), dtype=bool)
        for each in self.conditions:
            below = ~(x[:, names.index(each.name)] >= each.value)
            held &= below if each.op == "<" else ~below
        return held

    def simplified(self) -> Rule:
        """Return the same rule with at most one lower and one upper bound for each feature, in order of first use."""
        bounds: dict[tuple[str, str], float] = {}
        for each in self.conditions:
            tighter = min if each.op == "<" else max
            bounds[each.name, each.op] = tighter(bounds.get((each.name, each.op), each.value), each.value)
        return Rule(tuple(Condition(name, op, value) for (name, op), value in bounds.items()))


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
    """Segments that are rules: exactly one holds for every customer.

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

    def assign(self, x: Any) -> Ints:
        """Give each customer the number of the rule that holds."""
        rows = measured(x, self.names)
        held = np.array([rule.holds(rows, self.names) for rule in self.rules])
        return np.asarray(held.argmax(axis=0), dtype=np.int64)

    def state(self) -> dict[str, Any]:
        """Return the definition as plain data."""
        rules = [[[each.name, each.op, each.value] for each in rule.conditions] for rule in self.rules]
        known = {"method": self.method, "form": "rules", "names": list(self.names)}
        return known | {"rules": rules, "explained": self.explained}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> RuledSegments:
        """Read it back."""
        rules = tuple(Rule(tuple(Condition(*each) for each in rule)) for rule in state["rules"])
        return cls(state["method"], tuple(state["names"]), rules, float(state["explained"]))


def measured(x: Any, names: tuple[str, ...]) -> Floats:
    """Return the features as a matrix of floats, one column for each name."""
    rows = np.asarray(x, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[1] != len(names):
        raise DataError(
            f"the features have the shape {rows.shape}", expected=f"{len(names)} columns: {', '.join(names)}"
        )
    return rows
