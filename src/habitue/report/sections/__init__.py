"""The sections of the report, each made from the contents in one module."""

from habitue.report.sections import cohorts, flow, groups, health, overview, reading, sales

__all__ = ["SECTIONS"]

#: In the order of the page.
SECTIONS = (
    overview.today,
    health.health,
    flow.flow,
    sales.sales,
    cohorts.cohorts,
    groups.rfm,
    groups.profiles,
    reading.reading,
)
