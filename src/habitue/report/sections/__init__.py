"""The sections of the report, each made from the contents in one module."""

from habitue.report.sections import (
    churn,
    cohorts,
    flow,
    groups,
    health,
    models,
    need,
    overview,
    reading,
    recommend,
    sales,
    segments,
    value,
)

__all__ = ["SECTIONS"]

#: In the order of the page. A section is None where the run did not make what it shows.
SECTIONS = (
    overview.today,
    segments.segments,
    health.health,
    flow.flow,
    value.value,
    churn.churn,
    need.need,
    recommend.recommend,
    sales.sales,
    cohorts.cohorts,
    groups.rfm,
    groups.profiles,
    models.models,
    reading.reading,
)
