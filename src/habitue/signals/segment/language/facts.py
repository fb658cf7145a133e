"""What has to be known of every customer before conditions can be tested: one column each.

A fact does not hold the threshold it is compared with ("orders with tea in 90 days", not "at least 2 of them"), so
that conditions share facts, and a preview keeps them while thresholds are tried out.
"""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

from habitue.signals.segment.language.tree import (
    EVER,
    Act,
    Bucket,
    Compare,
    Did,
    DidNot,
    Node,
    Points,
    Rank,
    Segment,
    Sequence,
    Step,
    Timed,
    Window,
)

__all__ = [
    "ActFact",
    "CustomerFact",
    "Fact",
    "FeatureFact",
    "HashFact",
    "RankFact",
    "SegmentFact",
    "SequenceFact",
    "SignalFact",
    "facts_of",
]


@dataclass(frozen=True)
class Fact(ABC):
    """One column; `name` is the same whenever the same is asked."""

    @property
    @abstractmethod
    def name(self) -> str:
        """What is asked, without doubt."""

    @property
    def label(self) -> str:
        """Name of the column that holds it: databases do not tell capital letters in names, so that it is a hash."""
        return "fact_" + hashlib.sha256(self.name.encode()).hexdigest()[:24]


@dataclass(frozen=True)
class FeatureFact(Fact):
    """A feature."""

    feature: str

    @property
    def name(self) -> str:
        """What is asked."""
        return self.feature

    @property
    def label(self) -> str:
        """Name of the column: the feature's own."""
        return self.feature


@dataclass(frozen=True)
class CustomerFact(Fact):
    """A column of the customers table."""

    column: str

    @property
    def name(self) -> str:
        """What is asked."""
        return f"customer.{self.column}"


@dataclass(frozen=True)
class SignalFact(Fact):
    """A column of a published table; or, of the first few rows a customer has in it, whether any passes ``test``."""

    table: str
    column: str
    test: Compare | None = None

    @property
    def name(self) -> str:
        """What is asked."""
        return f"{self.table}.{self.column}" if self.test is None else f"signal {self.test.key}"


@dataclass(frozen=True)
class ActFact(Fact):
    """How often or for how much an act was done, or when it was done first or last.

    ``measure`` is ``times``, ``spend``, ``items``, ``first`` or ``last``.
    """

    act: Act
    measure: str
    window: Window = EVER

    @property
    def name(self) -> str:
        """What is asked."""
        said = self.act.as_json("did") | {"measure": self.measure, "within": self.window.as_json()}
        return json.dumps(said, sort_keys=True, ensure_ascii=False)


@dataclass(frozen=True)
class SequenceFact(Fact):
    """Whether acts were done one after the other."""

    steps: tuple[Step, ...]
    window: Window

    @property
    def name(self) -> str:
        """What is asked."""
        return Sequence(self.steps, self.window).key


@dataclass(frozen=True)
class HashFact(Fact):
    """The random number that a salt gives a customer."""

    salt: str

    @property
    def name(self) -> str:
        """What is asked."""
        return f"random {self.salt}"


@dataclass(frozen=True)
class RankFact(Fact):
    """The place of a customer by a number, from 0, and how many have one; the greatest first where ``down``."""

    of: FeatureFact | SignalFact
    down: bool

    @property
    def name(self) -> str:
        """What is asked."""
        return f"rank {self.of.name} {self.down}"


@dataclass(frozen=True)
class SegmentFact(Fact):
    """Whether the customer is on the stored list of a segment."""

    segment: Segment

    @property
    def name(self) -> str:
        """What is asked."""
        return self.segment.key


def facts_of(leaf: Node) -> Iterator[Fact]:
    """Return what a condition needs to know; lists of ids need nothing."""
    if isinstance(leaf, Compare):
        yield _compared(leaf)
    elif isinstance(leaf, (Did, DidNot)):
        yield ActFact(leaf.act, leaf.measure if isinstance(leaf, Did) else "times", leaf.window)
    elif isinstance(leaf, Timed):
        yield ActFact(leaf.act, leaf.which)
    elif isinstance(leaf, Sequence):
        yield SequenceFact(leaf.steps, leaf.window)
    elif isinstance(leaf, Segment):
        yield SegmentFact(leaf)
    elif isinstance(leaf, Bucket):
        yield HashFact(leaf.salt)
    elif isinstance(leaf, Points):
        yield from (FeatureFact(axis.name) for axis in leaf.axes)
    elif isinstance(leaf, Rank):
        table, _, column = leaf.name.partition(".")
        value = SignalFact(table, column) if column else FeatureFact(leaf.name)
        yield value
        yield RankFact(value, leaf.kind.startswith("top"))


def _compared(leaf: Compare) -> Fact:
    if leaf.kind == "feature":
        return FeatureFact(leaf.name)
    if leaf.kind == "customer":
        return CustomerFact(leaf.name)
    table, _, column = leaf.name.partition(".")
    return SignalFact(table, column, leaf if leaf.among_first > 1 else None)
