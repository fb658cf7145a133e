"""Every chart of the report as a Vega-Lite dictionary: one for wide pages and paper, one for phones."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from habitue.report.chart_frame import axis, frame, light, months, series
from habitue.report.numbers import nice_ticks
from habitue.report.palette import HEAT

__all__ = ["Bar", "Cell", "Point", "curve", "heat_map", "stacked_bars"]


@dataclass(frozen=True, slots=True)
class Bar:
    """One piece of a stacked bar: its place, its series, how long it is and what it says under the pointer."""

    place: str
    series: str
    value: float
    said: str
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a heat map; ``step`` is its colour, 0 (nothing) to 6 (most)."""

    row: str
    column: str
    step: int
    text: str
    said: str


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a curve."""

    place: int
    value: float
    text: str
    said: str


def stacked_bars(
    bars: Sequence[Bar],
    *,
    places: Mapping[str, Sequence[str]],
    colours: Mapping[str, str],
    write: Callable[[float], str],
    narrow: bool,
    all_named: bool = False,
) -> dict[str, Any]:
    """Return stacked bars over months, or over other places in an order.

    Parameters
    ----------
    bars : sequence of Bar
        Negative values hang below the line.
    places : mapping
        Every place in order → the lines of its label.
    colours : mapping
        Series in the order they are stacked → name of the colour.
    write : callable
        How a value is written on the axis and over the bars.
    narrow : bool
        Draw for a phone.
    all_named : bool
        Name every place, however many there are.
    """
    totals = {place: sum(bar.value for bar in bars if bar.place == place and bar.value > 0) for place in places}
    lows = [sum(bar.value for bar in bars if bar.place == place and bar.value < 0) for place in places]
    ticks = nice_ticks(min([0.0, *lows]), max([0.0, *totals.values()]), about=3 if narrow else 4)
    order = list(colours)
    rows = [
        {"x": b.place, "s": b.series, "v": b.value, "o": order.index(b.series), "d": b.said, "p": b.partial}
        for b in bars
        if b.value
    ]
    x = months(places, narrow=narrow, all_named=all_named)
    layers: list[dict[str, Any]] = [
        {
            "data": {"values": rows},
            "mark": {"type": "bar", "strokeWidth": 0},
            "encoding": {
                "x": x,
                "y": {"field": "v", "type": "quantitative", "stack": "zero", **axis(ticks, write)},
                "color": series(colours),
                "order": {"field": "o"},
                "opacity": {"condition": {"test": "datum.p", "value": 0.45}, "value": 1},
                "description": {"field": "d"},
            },
        }
    ]
    if not narrow:
        over = [{"x": place, "v": total, "t": write(total)} for place, total in totals.items() if total]
        layers.append(
            {
                "data": {"values": over},
                "mark": {"type": "text", "dy": -9, "fontSize": 13, "color": light("ink"), "aria": False},
                "encoding": {"x": x, "y": {"field": "v", "type": "quantitative"}, "text": {"field": "t"}},
            }
        )
    return {**frame(height=190 if narrow else 280, narrow=narrow), "layer": layers}


def heat_map(
    cells: Sequence[Cell],
    *,
    rows: Sequence[str],
    columns: Sequence[str],
    top: str,
    narrow: bool,
    wordy: bool = False,
) -> dict[str, Any]:
    """Return a heat map with a number in every cell.

    Parameters
    ----------
    cells : sequence of Cell
    rows, columns : sequences of str
        In their order.
    top : str
        The title over the columns.
    narrow : bool
        Draw for a phone.
    wordy : bool
        The columns have names rather than numbers: they take two lines, and stand at a slant on phones.
    """
    values = [{"r": c.row, "c": c.column, "k": c.step, "t": c.text, "d": c.said} for c in cells]
    place = {
        "x": {
            "field": "c",
            "type": "nominal",
            "sort": None,
            "scale": {"domain": list(columns), "paddingInner": 0.06},
            "axis": _above(columns, top, wordy=wordy, narrow=narrow),
        },
        "y": {
            "field": "r",
            "type": "nominal",
            "sort": None,
            "scale": {"domain": list(rows), "paddingInner": 0.08},
            "axis": {"title": None, "grid": False, "labelLimit": (82 if wordy else 90) if narrow else 180},
        },
    }
    steps = {"domain": list(range(len(HEAT))), "range": [light(name) for name in HEAT]}
    size = 9.5 if narrow else 13
    layers = [
        {
            "mark": {"type": "rect", "cornerRadius": 2},
            "encoding": {
                "color": {"field": "k", "type": "ordinal", "scale": steps, "legend": None},
                "description": {"field": "d"},
            },
        },
        {
            "mark": {"type": "text", "fontSize": size, "aria": False},
            "encoding": {
                "text": {"field": "t"},
                "color": {"condition": {"test": "datum.k >= 5", "value": light("card")}, "value": light("ink")},
            },
        },
    ]
    height = 46 + len(rows) * (20 if narrow else 28) + (64 if wordy and narrow else 28 if wordy else 0)
    return {
        **frame(height=height, narrow=narrow, margin=6 if narrow else 11, right=22 if wordy and narrow else 4),
        "data": {"values": values},
        "encoding": place,
        "layer": layers,
    }


def _above(columns: Sequence[str], title: str, *, wordy: bool, narrow: bool) -> dict[str, Any]:
    """Return how the columns' names are set over them."""
    style: dict[str, Any] = {"orient": "top", "title": title, "titleAnchor": "start", "grid": False, "labelAngle": 0}
    if not wordy:
        return style
    if narrow:
        return {**style, "labelAngle": -60, "labelAlign": "left", "labelLimit": 120, "titlePadding": 16}
    lines = {name: _two_lines(name) for name in columns}
    expression = f"({json.dumps(lines, ensure_ascii=False)})[datum.value]"
    return {**style, "labelExpr": expression, "labelLimit": 100, "labelPadding": 23}


def _two_lines(name: str) -> list[str]:
    """Break a name of several words about in its middle; a short one stands on the lower line."""
    words = name.split()
    if len(words) < 2 or len(name) < 12:
        return ["", name]
    half = min(range(1, len(words)), key=lambda at: abs(len(" ".join(words[:at])) - len(name) / 2))
    return [" ".join(words[:half]), " ".join(words[half:])]


def curve(points: Sequence[Point], *, under: str, write: Callable[[float], str], narrow: bool) -> dict[str, Any]:
    """Return a rising curve from zero, its last point written out; ``under`` is the title of the lower axis."""
    values = [{"x": p.place, "y": p.value, "t": p.text, "d": p.said, "last": p is points[-1]} for p in points]
    ticks = nice_ticks(0, max(p.value for p in points) * 1.08, about=3 if narrow else 4)
    x = {
        "field": "x",
        "type": "quantitative",
        "scale": {"domain": [points[0].place - 0.15, points[-1].place + 0.4], "nice": False},
        "axis": {"title": under, "grid": False, "values": [p.place for p in points], "format": "d"},
    }
    y = {"field": "y", "type": "quantitative", **axis(ticks, write)}
    accent = light("accent")
    layers: list[dict[str, Any]] = [
        {"mark": {"type": "area", "color": light("wash"), "aria": False}},
        {"mark": {"type": "line", "color": accent, "strokeWidth": 2.5, "aria": False}},
        {
            "mark": {"type": "point", "filled": True, "size": 55, "color": accent, "opacity": 1},
            "encoding": {"description": {"field": "d"}},
        },
        {
            "transform": [{"filter": "datum.last"}],
            "mark": {"type": "text", "dy": -14, "fontSize": 14, "color": light("ink"), "aria": False},
            "encoding": {"text": {"field": "t"}},
        },
    ]
    return {
        **frame(height=180 if narrow else 240, narrow=narrow),
        "data": {"values": values},
        "encoding": {"x": x, "y": y},
        "layer": layers,
    }
