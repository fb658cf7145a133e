"""What the report shows of recommendations: how good the lists are, what rules cost, what segments get, examples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from habitue.schema import Words

__all__ = ["Beside", "Figure", "ListScore", "RecommendOutlook", "RulePrice", "SampleList", "SegmentChoice", "Shown"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its 95 % interval, where there is one."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class ListScore:
    """One way to make lists, and its figures by their names."""

    code: str
    name: Words
    figures: Mapping[str, Figure]


@dataclass(frozen=True, slots=True)
class RulePrice:
    """What a rule costs: NDCG, and money a customer; ``active`` rules are the merchant's own."""

    name: Words
    active: bool
    ndcg: Figure
    ndcg_without: float | None
    revenue: Figure
    given_up: int


@dataclass(frozen=True, slots=True)
class SegmentChoice:
    """Which list a segment gets; ``gain`` is money a customer over the usual list."""

    segment: str
    decision: str
    decided: Words
    strategy: Words
    other: Words
    customers: int
    gain: Figure


@dataclass(frozen=True, slots=True)
class Shown:
    """A product of a list, and why."""

    title: str
    why: Words


@dataclass(frozen=True, slots=True)
class SampleList:
    """The list of one customer."""

    customer_id: str
    kind: Words
    products: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class Beside:
    """What is shown beside a product."""

    title: str
    similar: tuple[str, ...]
    together: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RecommendOutlook:
    """All that one run said about recommendations; ``scores`` is empty where it could not look back."""

    customers: int
    kinds: tuple[tuple[Words, int], ...]  # kinds of list, and for how many customers there is one
    asked_at: datetime | None = None
    days: float = 0.0
    judged: int = 0
    k: int = 10
    scores: tuple[ListScore, ...] = ()
    prices: tuple[RulePrice, ...] = ()
    segments: tuple[SegmentChoice, ...] = ()
    samples: tuple[SampleList, ...] = ()
    beside: tuple[Beside, ...] = ()
