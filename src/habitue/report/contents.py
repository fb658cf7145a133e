"""Everything the report shows, as plain data: no table, no database and no wording in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from habitue.data.finding import Finding
from habitue.report.model_cards import ModelCard
from habitue.report.predictions import ChurnOutlook, NeedOutlook, ValueOutlook
from habitue.report.recommending import RecommendOutlook
from habitue.report.segmentation import SegmentOutlook
from habitue.schema import Table, Words

__all__ = [
    "Action",
    "ActionCustomer",
    "CohortCell",
    "Group",
    "KeyFigures",
    "Measure",
    "ReportContents",
    "RfmCell",
    "RfmSegment",
    "SalesMonth",
    "SegmentMeasure",
    "Spend",
    "StageFlow",
    "StageMonth",
]


_NONE = Words("", "")
_NO_SEGMENTS = SegmentOutlook()


@dataclass(frozen=True, slots=True)
class Spend:
    """Money and orders of the last so many days, and of as many days before; ``before`` is None where unseen."""

    days: int
    now: float
    before: float | None = None


@dataclass(frozen=True, slots=True)
class KeyFigures:
    """The shop in one line, all as of the report's instant."""

    customers: int = 0
    orders: int = 0
    repeat_share: float | None = None
    average_order_value: float | None = None
    spend: tuple[Spend, ...] = ()
    first_order_at: datetime | None = None
    last_order_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """One line of the table `today`, in the words of the care plan."""

    action: str
    title: Words
    to_do: Words
    why: Words
    segment: str
    customers: int
    money_at_stake: float | None = None
    evidence: str = "observational"


@dataclass(frozen=True, slots=True)
class ActionCustomer:
    """One line of the table `today_customers`, with its reason in words."""

    action: str
    customer_id: str
    money_at_stake: float | None
    spend_365d: float | None
    reason: Words


@dataclass(frozen=True, slots=True)
class StageMonth:
    """One line of the table `lifecycle_history`."""

    at: datetime
    stage: str
    customers: int
    spend_365d: float | None = None
    settled: bool = True


@dataclass(frozen=True, slots=True)
class StageFlow:
    """One line of the table `lifecycle_flows`."""

    from_at: datetime
    to_at: datetime
    from_stage: str
    to_stage: str
    customers: int
    spend_365d: float | None = None


@dataclass(frozen=True, slots=True)
class SalesMonth:
    """One line of the table `shop_monthly`."""

    month: date
    complete: bool
    orders: int
    customers: int
    new_customers: int
    returning_customers: int
    spend: float
    returns: float = 0.0
    guest_spend: float = 0.0


@dataclass(frozen=True, slots=True)
class CohortCell:
    """One line of the table `cohorts`."""

    cohort: date
    month: int
    customers: int
    active: int
    spend: float
    complete: bool
    left_censored: bool = False


@dataclass(frozen=True, slots=True)
class RfmCell:
    """The customers of one recency score and one row of the grid, made of frequency and money."""

    r: int
    fm: int
    segment: str
    customers: int
    spend: float


@dataclass(frozen=True, slots=True)
class RfmSegment:
    """One named RFM segment with its medians."""

    segment: str
    customers: int
    spend: float
    recency_days: float | None = None
    frequency: float | None = None
    monetary: float | None = None


@dataclass(frozen=True, slots=True)
class SegmentMeasure:
    """One line of the table `segment_profiles`."""

    family: str
    segment: str
    customers: int
    measure: str
    value: float | None = None
    index: float | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """What a column of the profiles is: its unit and its meaning."""

    unit: str
    meaning: Words


@dataclass(frozen=True, slots=True)
class Group:
    """A stage or a segment in words, as the area that publishes it gives them."""

    name: Words
    description: Words
    treatment: Words


@dataclass(frozen=True, slots=True)
class ReportContents:
    """The whole report before it is put into words; a part without data is empty, a forecast that was not made None."""

    shop: str
    currency: str
    as_of: datetime
    written_at: datetime
    figures: KeyFigures = KeyFigures()
    actions: tuple[Action, ...] = ()
    stake_basis: Words = _NONE
    hold_out: Words = _NONE
    action_customers: tuple[ActionCustomer, ...] = ()
    findings: tuple[Finding, ...] = ()
    missing_tables: tuple[Table, ...] = ()
    history: tuple[StageMonth, ...] = ()
    flows: tuple[StageFlow, ...] = ()
    months: tuple[SalesMonth, ...] = ()
    cohorts: tuple[CohortCell, ...] = ()
    rfm_cells: tuple[RfmCell, ...] = ()
    rfm_segments: tuple[RfmSegment, ...] = ()
    profiles: tuple[SegmentMeasure, ...] = ()
    stages: Mapping[str, Group] = field(default_factory=dict)  # in the order in which customers go through them
    segments: Mapping[str, Group] = field(default_factory=dict)  # named RFM, from the best to the worst
    measures: Mapping[str, Measure] = field(default_factory=dict)
    history_note: Words = _NONE
    learnt: SegmentOutlook = _NO_SEGMENTS
    value: ValueOutlook | None = None
    churn: ChurnOutlook | None = None
    need: NeedOutlook | None = None
    recommend: RecommendOutlook | None = None
    models: tuple[ModelCard, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
