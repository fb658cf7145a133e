"""Cohorts: how many of those who first bought in a month come back, and what they spend over time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from habitue.report.charts import Cell, Point, curve, heat_map
from habitue.report.contents import CohortCell, ReportContents
from habitue.report.views import Block, Head, Picture, Section, TableView, Voice, drawn

__all__ = ["cohorts"]

_ROWS = 13
_COLUMNS = 12
_STEPS = (0.0001, 0.1, 0.18, 0.26, 0.34, 0.42)  # shares from which a cell is one step darker


def cohorts(contents: ReportContents, say: Voice) -> Section:
    """Show the retention heat map and the added-up spend per customer."""
    cells = [each for each in contents.cohorts if each.complete and each.month > 0]
    if not cells:
        return Section("cohorts", say("cohorts"), say("cohorts_none"))
    fair = [each for each in cells if not each.left_censored]
    one, three = _mean_share(fair, 1), _mean_share(fair, 3)
    lead = say("cohorts_lead_short")
    if one is not None and three is not None:
        lead = say("cohorts_lead", one=say.numbers.share(one), three=say.numbers.share(three))
    blocks: list[Block] = [_map(cells, say)]
    points = _spend_curve([each for each in contents.cohorts if each.complete and not each.left_censored])
    if len(points) > 1:
        blocks.append(_curve(points, say))
    return Section("cohorts", say("cohorts"), lead, say("cohorts_sure"), blocks, [say("cohorts_do")])


def _mean_share(cells: Sequence[CohortCell], month: int) -> float | None:
    found = [each for each in cells if each.month == month]
    everyone = sum(each.customers for each in found)
    return sum(each.active for each in found) / everyone if everyone else None


def _map(cells: Sequence[CohortCell], say: Voice) -> Picture:
    months = sorted({each.cohort for each in cells})[-_ROWS:]
    shown = [each for each in cells if each.cohort in months and each.month <= _COLUMNS]
    sizes = {each.cohort: each.customers for each in shown}
    censored = {each.cohort for each in shown if each.left_censored}
    star = {month: "*" if month in censored else "" for month in months}
    title = say("cohort_map")
    columns = [str(k) for k in range(1, max(each.month for each in shown) + 1)]

    def chart(narrow: bool) -> dict[str, object]:  # noqa: FBT001 - called with one meaning
        rows = {month: _row(month, sizes[month], say, narrow=narrow) + star[month] for month in months}
        return heat_map(
            [Cell(rows[each.cohort], str(each.month), _step(each), _percent(each), _said(each, say)) for each in shown],
            rows=list(rows.values()),
            columns=columns,
            top=f"{say('months_after')} · {say('active_share')}",
            narrow=narrow,
        )

    wide, small = drawn("cohorts", title, chart)
    heads = [Head(say("cohort")), Head(say("number"), True), *(Head(column, True) for column in columns)]
    found = {(each.cohort, each.month): each for each in shown}
    rows = [
        [
            say.numbers.month(month) + star[month],
            say.numbers.count(sizes[month]),
            *(_spend(found.get((month, int(column))), say) for column in columns),
        ]
        for month in months
    ]
    table = TableView(heads, rows, say("spend"), stack=False, folded=f"{say('numbers_behind')}: {say('spend')}")
    return Picture(title, wide, small, table, (), [say("censored")] if censored else [])


def _row(month: date, customers: int, say: Voice, *, narrow: bool) -> str:
    if narrow:
        return f"{month:%y-%m}"
    count = say.numbers.count(customers)
    return f"{say.numbers.month(month)} · {count}{'人' if say.language == 'zh' else ''}"


def _step(cell: CohortCell) -> int:
    share = cell.active / cell.customers if cell.customers else 0.0
    return sum(share >= step for step in _STEPS)


def _percent(cell: CohortCell) -> str:
    return f"{100 * cell.active / cell.customers:.0f}" if cell.customers else ""


def _spend(cell: CohortCell | None, say: Voice) -> str:
    return say.numbers.money(cell.spend) if cell else ""


def _said(cell: CohortCell, say: Voice) -> str:
    return say(
        "cohort_said",
        cohort=say.numbers.month(cell.cohort),
        k=str(cell.month),
        active=say.numbers.count(cell.active),
        n=say.numbers.count(cell.customers),
        share=say.numbers.share(cell.active / cell.customers if cell.customers else None),
        spend=say.numbers.money(cell.spend),
    )


def _spend_curve(cells: Sequence[CohortCell]) -> list[tuple[int, float, int]]:
    """Return month, added-up mean spend per customer, and on how many cohorts the month rests."""
    points = []
    total = 0.0
    for month in range(_COLUMNS + 1):
        found = [each for each in cells if each.month == month]
        everyone = sum(each.customers for each in found)
        if not everyone:
            break
        total += sum(each.spend for each in found) / everyone
        points.append((month, total, len(found)))
    return points


def _curve(points: Sequence[tuple[int, float, int]], say: Voice) -> Picture:
    title = say("cohort_value")
    drawn_points = [
        Point(month, value, say.numbers.money(value), say("value_said", k=str(month), value=say.numbers.money(value)))
        for month, value, _ in points
    ]

    def chart(narrow: bool) -> dict[str, object]:  # noqa: FBT001 - called with one meaning
        return curve(drawn_points, under=say("months_after"), write=say.numbers.money, narrow=narrow)

    wide, small = drawn("cohort-value", title, chart)
    heads = [Head(say("months_after"), True), Head(say("spend"), True), Head(say("cohorts_behind"), True)]
    rows = [[str(month), say.numbers.money_in_full(value), str(count)] for month, value, count in points]
    table = TableView(heads, rows, stack=False, folded=say("numbers_behind"))
    return Picture(title, wide, small, table, (), [say("cohort_value_note")])
