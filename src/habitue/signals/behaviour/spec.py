"""What the area is asked, and the tables it publishes."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from habitue.tasks import REASONS

__all__ = ["BEHAVIOUR", "BEHAVIOUR_DROPS", "BEHAVIOUR_FUNNEL", "BEHAVIOUR_PATHS", "BehaviourSpec"]


@dataclass(frozen=True, slots=True)
class BehaviourSpec:
    """Parameters of the area.

    Attributes
    ----------
    steps : tuple of int
        Numbers of events of a visit after which a model of purchase intent answers.
    within_days : int
        The next visit is told for visits within so many days.
    window_days : int
        What the next visit brings is learnt from visits within so many days of earlier moments.
    recent_days : int
        Funnels and paths are of visits in so many days.
    learners : int
        Visits, or customers at earlier moments, that a model learns from at most.
    seed : int
    """

    steps: tuple[int, ...] = (1, 3, 5, 10)
    within_days: int = 180
    window_days: int = 30
    recent_days: int = 90
    learners: int = 20_000
    seed: int = 0


BEHAVIOUR = pa.schema(
    [
        ("customer_id", pa.string()),
        ("as_of", pa.timestamp("us")),
        ("next_action", pa.string()),
        ("next_action_probability", pa.float64()),
        ("next_category", pa.string()),
        ("next_category_probability", pa.float64()),
        ("next_visit_at", pa.timestamp("us")),
        ("days_to_next_visit", pa.float64()),
        ("low_days", pa.float64()),
        ("high_days", pa.float64()),
        ("best_hour", pa.int64()),
        ("best_hour_share", pa.float64()),
        ("best_weekday", pa.int64()),
        ("intent", pa.float64()),
        ("reasons", REASONS),
    ]
)

BEHAVIOUR_FUNNEL = pa.schema(
    [
        ("split", pa.string()),
        ("group", pa.string()),
        ("rank", pa.int64()),
        ("step", pa.string()),
        ("visits", pa.int64()),
        ("share_of_first", pa.float64()),
        ("share_of_previous", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
    ]
)

BEHAVIOUR_PATHS = pa.schema(
    [
        ("rank", pa.int64()),
        ("path", pa.string()),
        ("visits", pa.int64()),
        ("share", pa.float64()),
        ("order_share", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
    ]
)

BEHAVIOUR_DROPS = pa.schema(
    [
        ("step", pa.string()),
        ("input", pa.string()),
        ("above", pa.float64()),
        ("visits_with", pa.int64()),
        ("visits_without", pa.int64()),
        ("drop_share_with", pa.float64()),
        ("drop_share_without", pa.float64()),
        ("difference", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("verdict", pa.string()),
    ]
)
