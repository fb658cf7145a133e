"""The picture that both value and churn show: what was forecast against what came."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from habitue.report.charts_prediction import Against, against
from habitue.report.predictions import ForecastBin
from habitue.report.views import Head, Picture, TableView, Voice, drawn

__all__ = ["forecast_picture", "touching"]


def touching(bins: Sequence[ForecastBin]) -> tuple[int, int]:
    """Count the groups whose interval holds the forecast, and those that have an interval."""
    known = [(each, each.low, each.high) for each in bins if each.low is not None and each.high is not None]
    return sum(low <= each.predicted <= high for each, low, high in known), len(known)


def forecast_picture(
    name: str,
    bins: Sequence[ForecastBin],
    *,
    titles: tuple[str, str, str],
    write: Callable[[float | None], str],
    note: str,
    say: Voice,
    root: bool = False,
) -> Picture:
    """Draw forecast against outcome, with the numbers behind it.

    Parameters
    ----------
    name : str
        Unique in the page.
    bins : sequence of ForecastBin
    titles : three keys of texts
        Of the picture, of the lower axis and of the left one.
    write : callable
        How an amount or a share is written.
    note : str
        What stands under the picture.
    say : Voice
    root : bool
        Stretch small values by a square root.
    """
    title = say(titles[0])
    points = [Against(each.predicted, each.actual, each.low, each.high, _said(each, write, say)) for each in bins]

    def chart(narrow: bool) -> dict[str, object]:  # noqa: FBT001 - called with one meaning
        return against(points, write=write, titles=(say(titles[1]), say(titles[2])), narrow=narrow, root=root)

    wide, small = drawn(name, title, chart)
    heads = [
        Head(say("tenth"), True),
        Head(say("number"), True),
        Head(say(titles[1]), True),
        Head(say(titles[2]), True),
        Head(say("interval"), True),
    ]
    rows = [
        [
            str(each.place),
            say.numbers.count(each.customers),
            write(each.predicted),
            write(each.actual),
            say("between", low=write(each.low), high=write(each.high)),
        ]
        for each in bins
    ]
    table = TableView(heads, rows, stack=False, folded=say("numbers_behind"))
    return Picture(title, wide, small, table, (), [note])


def _said(each: ForecastBin, write: Callable[[float | None], str], say: Voice) -> str:
    return say(
        "came_said",
        n=say.people(each.customers),
        predicted=write(each.predicted),
        actual=write(each.actual),
        low=write(each.low),
        high=write(each.high),
    )
