"""Every chart of the report as a Vega-Lite dictionary: one for wide pages and paper, one for phones."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from habitue.report.numbers import nice_ticks
from habitue.report.palette import COLOURS, HEAT

__all__ = ["Bar", "Cell", "Point", "curve", "heat_map", "stacked_bars"]

_SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"


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
) -> dict[str, Any]:
    """Return stacked bars over months.

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
    x = _months(places, narrow=narrow)
    layers: list[dict[str, Any]] = [
        {
            "data": {"values": rows},
            "mark": {"type": "bar", "strokeWidth": 0},
            "encoding": {
                "x": x,
                "y": {"field": "v", "type": "quantitative", "stack": "zero", **_axis(ticks, write)},
                "color": _series(colours),
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
                "mark": {"type": "text", "dy": -9, "fontSize": 13, "color": _light("ink"), "aria": False},
                "encoding": {"x": x, "y": {"field": "v", "type": "quantitative"}, "text": {"field": "t"}},
            }
        )
    return {**_frame(height=190 if narrow else 280, narrow=narrow), "layer": layers}


def heat_map(
    cells: Sequence[Cell], *, rows: Sequence[str], columns: Sequence[str], top: str, narrow: bool
) -> dict[str, Any]:
    """Return a heat map with a number in every cell; ``top`` is the title over the columns."""
    values = [{"r": c.row, "c": c.column, "k": c.step, "t": c.text, "d": c.said} for c in cells]
    place = {
        "x": {
            "field": "c",
            "type": "nominal",
            "sort": None,
            "scale": {"domain": list(columns), "paddingInner": 0.06},
            "axis": {"orient": "top", "labelAngle": 0, "title": top, "titleAnchor": "start", "grid": False},
        },
        "y": {
            "field": "r",
            "type": "nominal",
            "sort": None,
            "scale": {"domain": list(rows), "paddingInner": 0.08},
            "axis": {"title": None, "grid": False, "labelLimit": 90 if narrow else 180},
        },
    }
    steps = {"domain": list(range(len(HEAT))), "range": [_light(name) for name in HEAT]}
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
                "color": {"condition": {"test": "datum.k >= 5", "value": _light("card")}, "value": _light("ink")},
            },
        },
    ]
    height = 46 + len(rows) * (20 if narrow else 28)
    return {
        **_frame(height=height, narrow=narrow, margin=6 if narrow else 11),
        "data": {"values": values},
        "encoding": place,
        "layer": layers,
    }


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
    y = {"field": "y", "type": "quantitative", **_axis(ticks, write)}
    accent = _light("accent")
    layers: list[dict[str, Any]] = [
        {"mark": {"type": "area", "color": _light("wash"), "aria": False}},
        {"mark": {"type": "line", "color": accent, "strokeWidth": 2.5, "aria": False}},
        {
            "mark": {"type": "point", "filled": True, "size": 55, "color": accent, "opacity": 1},
            "encoding": {"description": {"field": "d"}},
        },
        {
            "transform": [{"filter": "datum.last"}],
            "mark": {"type": "text", "dy": -14, "fontSize": 14, "color": _light("ink"), "aria": False},
            "encoding": {"text": {"field": "t"}},
        },
    ]
    return {
        **_frame(height=180 if narrow else 240, narrow=narrow),
        "data": {"values": values},
        "encoding": {"x": x, "y": y},
        "layer": layers,
    }


def _frame(*, height: int, narrow: bool, margin: int = 4) -> dict[str, Any]:
    size = 11.5 if narrow else 13.5
    axis = {
        "domain": False,
        "ticks": False,
        "gridColor": _light("grid"),
        "labelColor": _light("soft"),
        "labelFontSize": size,
        "labelPadding": 7,
        "titleColor": _light("soft"),
        "titleFontSize": size,
        "titleFontWeight": "normal",
        "titlePadding": 8,
    }
    return {
        "$schema": _SCHEMA,
        "width": 340 if narrow else 940,
        "height": height,
        "autosize": {"type": "fit", "contains": "padding"},
        # The reader's font may be wider than the one the labels were measured with.
        "padding": {"left": margin * (1 if narrow else 2), "right": 4, "top": 4, "bottom": 2},
        "background": None,
        "config": {"view": {"stroke": None}, "axis": axis},
    }


def _months(places: Mapping[str, Sequence[str]], *, narrow: bool) -> dict[str, Any]:
    # On a phone every second or third month is named; counted from the last one, which matters most.
    every = max(1, -(-len(places) // 6)) if narrow else max(1, -(-len(places) // 15))
    shown = {
        place: list(label) if (len(places) - 1 - index) % every == 0 else [""]
        for index, (place, label) in enumerate(places.items())
    }
    axis = {
        "title": None,
        "grid": False,
        "labelAngle": 0,
        "labelOverlap": False,
        "labelExpr": f"({json.dumps(shown, ensure_ascii=False)})[datum.value]",
    }
    scale = {"domain": list(places), "paddingInner": 0.28, "paddingOuter": 0.12}
    return {"field": "x", "type": "nominal", "sort": None, "scale": scale, "axis": axis}


def _axis(ticks: Sequence[float], write: Callable[[float], str]) -> dict[str, Any]:
    texts = [write(tick) for tick in ticks]
    # Ticks are looked up by place, as a float is no safe key.
    expression = f"{json.dumps(texts, ensure_ascii=False)}[indexof({json.dumps(list(ticks))}, datum.value)]"
    return {
        "scale": {"domain": [ticks[0], ticks[-1]], "nice": False},
        "axis": {"title": None, "values": list(ticks), "labelExpr": expression},
    }


def _series(colours: Mapping[str, str]) -> dict[str, Any]:
    scale = {"domain": list(colours), "range": [_light(name) for name in colours.values()]}
    return {"field": "s", "type": "nominal", "scale": scale, "legend": None}


def _light(name: str) -> str:
    return COLOURS[name][0]
