"""The chart of ways to define segments: how much each told about what followed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from habitue.report.chart_frame import axis, frame, light
from habitue.report.numbers import nice_ticks

__all__ = ["Dot", "dots"]


@dataclass(frozen=True, slots=True)
class Dot:
    """One dot in a row of its own kind; ``said`` is shown under the pointer, ``text`` stands beside the best of a row.

    The marked one is drawn larger and in another colour.
    """

    row: str
    value: float
    text: str
    said: str
    marked: bool = False


def dots(found: Sequence[Dot], *, write: Callable[[float], str], under: str, narrow: bool) -> dict[str, Any]:
    """Return one row of dots for each kind, its name above it.

    Parameters
    ----------
    found : sequence of Dot
        Rows stand in the order in which they first come.
    write : callable
        How a value is written on the axis.
    under : str
        The title of the axis.
    narrow : bool
        Draw for a phone.
    """
    rows = list(dict.fromkeys(dot.row for dot in found))
    best = {row: _told(found, row) for row in rows}
    ticks = nice_ticks(min([0.0, *(dot.value for dot in found)]), max(dot.value for dot in found), about=4)
    along = axis(ticks, write)
    # Figures stand to the right of their dots.
    along["scale"]["domain"] = [ticks[0], ticks[-1] + (0.14 if narrow else 0.24) * (ticks[-1] - ticks[0])]
    x = {"field": "v", "type": "quantitative", **along, "axis": {**along["axis"], "title": under}}
    size, most = (11.5, 50) if narrow else (13.5, 90)
    places = [str(number) for number in range(len(rows))]
    y = {"field": "k", "type": "nominal", "sort": None, "scale": {"domain": places}, "axis": None}
    values = [
        {"k": str(rows.index(dot.row)), "v": dot.value, "d": dot.said, "m": dot.marked}
        for dot in sorted(found, key=lambda dot: dot.marked)  # the marked one lies on top
    ]
    names = [
        {
            "k": str(number),
            "n": row if len(row) <= most else row[: most - 1] + "…",
            "v": best[row].value,
            "t": best[row].text,
            "m": best[row].marked,
        }
        for number, row in enumerate(rows)
    ]
    written: dict[str, Any] = {"type": "text", "align": "left", "fontSize": size, "aria": False}
    hue = {"condition": {"test": "datum.m", "value": light("vermilion")}, "value": light("teal")}
    layers = [
        {
            "data": {"values": names},
            "mark": {**written, "dy": -7, "color": light("ink")},
            "encoding": {"y": y, "x": {"value": 0}, "text": {"field": "n"}},
        },
        {
            "data": {"values": values},
            "mark": {"type": "point", "filled": True, "yOffset": 10},
            "encoding": {
                "y": y,
                "x": x,
                "color": hue,
                "size": {"condition": {"test": "datum.m", "value": 130}, "value": 60},
                "opacity": {"condition": {"test": "datum.m", "value": 1}, "value": 0.55},
                "description": {"field": "d"},
            },
        },
        {
            "data": {"values": names},
            "mark": {**written, "dx": 10, "dy": 11, "color": light("soft")},
            "encoding": {"y": y, "x": x, "text": {"field": "t"}},
        },
    ]
    return {**frame(height=50 + (40 if narrow else 44) * len(rows), narrow=narrow), "layer": layers}


def _told(found: Sequence[Dot], row: str) -> Dot:
    """Return the dot of a row whose figure is written: the rightmost."""
    return max((dot for dot in found if dot.row == row), key=lambda dot: dot.value)
