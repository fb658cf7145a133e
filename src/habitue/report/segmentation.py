"""What the report shows of learnt and saved segments, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from habitue.schema import Words

__all__ = [
    "NOT_YET",
    "EarlyGroup",
    "LearntSegment",
    "Moved",
    "Range",
    "Reach",
    "SavedSegment",
    "SegmentOutlook",
    "Shared",
    "Suggestion",
    "Turned",
    "Way",
]

NOT_YET = "none"  # the segment of those who are no customers at that moment
_NOTHING = Words("", "")


@dataclass(frozen=True, slots=True)
class Range:
    """One part of a rule: a figure from a lower bound (it belongs to it) to an upper one (it does not)."""

    feature: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Reach:
    """How many agreed to be written to over a channel."""

    channel: str
    customers: int
    share: float


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What to do for a segment, for how many of it, and the margin it is expected to add."""

    code: str
    name: Words
    text: Words
    customers: int = 0
    value: float | None = None
    low: float | None = None
    high: float | None = None
    evidence: Words = _NOTHING


@dataclass(frozen=True, slots=True)
class LearntSegment:
    """One line of the table `segment_definitions`, with sums over its customers from other tables."""

    code: str
    place: int
    name: Words
    description: Words
    rule: tuple[Range, ...]  # empty where it is no list of ranges
    sentence: Words  # the rule as `habitue segments preview` takes it
    customers: int
    share: float
    suggestion: Suggestion
    value: float | None = None
    value_index: float | None = None
    value_share: float | None = None
    past_share: float | None = None  # of the spend of the past 365 days
    stake: float | None = None  # spend of its customers that churn puts at risk
    purchase_days: float | None = None
    purchase_days_index: float | None = None
    recency_days: float | None = None
    recency_days_index: float | None = None
    order_value: float | None = None
    order_value_index: float | None = None
    churn_probability: float | None = None
    churn_probability_index: float | None = None
    next_need: str | None = None
    next_need_probability: float | None = None
    next_need_index: float | None = None
    reach: tuple[Reach, ...] | None = None  # None where the shop has no consents
    horizon_days: int = 90
    active_share: float | None = None
    active_source: str | None = None
    held_out: int | None = None
    detectable_share: float | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """How one way to define segments did on the shop's past, from the table `segment_scores`."""

    number: int
    method: str
    name: Words
    segments: int
    chosen: bool
    r2: float | None = None
    auc: float | None = None
    smallest_share: float | None = None
    has_rules: bool = False
    window_days: int | None = None
    stability: float | None = None  # adjusted Rand index, where it was published


@dataclass(frozen=True, slots=True)
class Moved:
    """One line of the table `segment_flows`."""

    from_at: datetime
    to_at: datetime
    from_segment: str
    to_segment: str
    customers: int


@dataclass(frozen=True, slots=True)
class Turned:
    """How many moved because one condition turned, from the table `segment_moves`; medians of its values."""

    from_at: datetime
    to_at: datetime
    from_segment: str
    to_segment: str
    feature: str
    op: str
    threshold: float
    customers: int
    before: float | None = None
    now: float | None = None


@dataclass(frozen=True, slots=True)
class Shared:
    """A learnt segment and one of another family: how many customers they share, from `segment_overlap`."""

    segment: str
    family: str
    other: str
    customers: int
    share: float
    other_share: float
    jaccard: float


@dataclass(frozen=True, slots=True)
class EarlyGroup:
    """Customers who began alike, and the segment that most such customers were in later."""

    rule: tuple[Range, ...]
    sentence: Words
    customers: int
    segment: str
    sure: float | None


@dataclass(frozen=True, slots=True)
class SavedSegment:
    """A segment that somebody of the shop saved, with its state and the reason for it."""

    name: str
    state: str
    reason: Words = _NOTHING
    version: int = 1
    as_of: datetime | None = None
    customers: int | None = None
    share: float | None = None
    sentence: Words = _NOTHING


@dataclass(frozen=True, slots=True)
class SegmentOutlook:
    """All segments; ``segments`` is empty where the run learnt none, and ``learnt_before`` says when one last did."""

    segments: tuple[LearntSegment, ...] = ()
    value_source: str = ""
    value_days: int | None = None
    reason: Words = _NOTHING  # why these segments
    ways: tuple[Way, ...] = ()
    moved: tuple[Moved, ...] = ()
    turned: tuple[Turned, ...] = ()  # of each stretch the commonest, first the shortest stretch
    shared: tuple[Shared, ...] = ()
    early: tuple[EarlyGroup, ...] = ()
    saved: tuple[SavedSegment, ...] = ()
    saved_count: int = 0  # all of them, not only those shown
    learnt_before: datetime | None = None
    skipped: str = ""  # why the run learnt none, in its own words
