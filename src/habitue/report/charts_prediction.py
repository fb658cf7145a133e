"""Charts of forecasts: against what came, over time, by profit, and by what drives them."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from habitue.report.chart_frame import axis, frame, light
from habitue.report.numbers import nice_ticks

__all__ = ["Against", "Ranked", "Step", "Treated", "against", "profit_curve", "ranked_bars", "root_ticks", "two_lines"]

Write = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Against:
    """What was forecast for a group and what came, with its interval; ``said`` is shown under the pointer."""

    predicted: float
    actual: float
    low: float | None
    high: float | None
    said: str


@dataclass(frozen=True, slots=True)
class Step:
    """One moment of two lines: what came (None where it is not known) and what was forecast."""

    actual: float | None
    expected: float
    shaded: bool
    said: str


@dataclass(frozen=True, slots=True)
class Treated:
    """Profit when a share of the customers is treated; a marked one is a point with its text."""

    share: float
    profit: float
    low: float | None = None
    high: float | None = None
    said: str = ""


@dataclass(frozen=True, slots=True)
class Ranked:
    """One bar with its name above it."""

    name: str
    value: float
    text: str
    colour: str


def against(
    points: Sequence[Against], *, write: Write, titles: tuple[str, str], narrow: bool, root: bool = False
) -> dict[str, Any]:
    """Return forecast against outcome: on the diagonal the forecast was right.

    Parameters
    ----------
    points : sequence of Against
    write : callable
        How a value is written on both axes.
    titles : pair of str
        Of the lower and of the left axis.
    narrow : bool
        Draw for a phone.
    root : bool
        Stretch small values by a square root, for money.
    """
    most = max(max(p.predicted, p.actual, p.high or 0.0) for p in points)
    ticks = root_ticks(most * 1.04) if root else nice_ticks(0, most, about=4 if narrow else 5)
    top = most * 1.04 if root else max(ticks[-1], most)
    values = [{"x": p.predicted, "y": p.actual, "l": p.low, "h": p.high, "d": p.said} for p in points]
    scale = {"domain": [0, top], "nice": False, **({"type": "sqrt"} if root else {})}
    both = {**axis(ticks, write), "scale": scale}
    under = {**both, "axis": {**both["axis"], "title": titles[0], "grid": False, "labelOverlap": True}}
    beside = {**both, "axis": {**both["axis"], "title": titles[1], "titleAngle": 0, "titleAlign": "left"}}
    beside["axis"] |= {"titleAnchor": "end", "titleY": -12, "titleX": 0, "titleBaseline": "bottom"}
    x, y = ({"field": name, "type": "quantitative", **way} for name, way in (("x", under), ("y", beside)))
    accent = light("accent")
    layers: list[dict[str, Any]] = [
        {
            "data": {"values": [{"x": 0, "y": 0}, {"x": top, "y": top}]},
            "mark": {"type": "line", "color": light("faint"), "strokeDash": [5, 4], "strokeWidth": 1.5, "aria": False},
            "encoding": {"x": x, "y": y},
        },
        {
            "transform": [{"filter": "isValid(datum.l) && isValid(datum.h)"}],
            "mark": {"type": "rule", "color": accent, "strokeWidth": 2, "aria": False},
            "encoding": {"x": x, "y": {**y, "field": "l"}, "y2": {"field": "h"}},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 70, "color": accent, "opacity": 1},
            "encoding": {"x": x, "y": y, "description": {"field": "d"}},
        },
    ]
    return {**frame(height=270 if narrow else 380, narrow=narrow), "data": {"values": values}, "layer": layers}


def two_lines(
    steps: Sequence[Step], *, labels: Mapping[int, Sequence[str]], write: Write, narrow: bool
) -> dict[str, Any]:
    """Return what came and what was forecast as two lines over time, the shaded stretch behind them.

    Parameters
    ----------
    steps : sequence of Step
        At equal distances.
    labels : mapping
        Number of a step → the lines of its label.
    write : callable
        How a value is written on the left axis.
    narrow : bool
        Draw for a phone.
    """
    most = max(max(each.expected, each.actual or 0.0) for each in steps)
    ticks = nice_ticks(0, most * 1.02 or 1.0, about=3 if narrow else 4)
    expression = f"({json.dumps(dict(labels), ensure_ascii=False)})[datum.value]"
    style = {"title": None, "grid": False, "values": list(labels), "labelExpr": expression, "labelAlign": "left"}
    scale = {"domain": [0, len(steps) - 1 + 0.3], "nice": False}
    x = {"field": "x", "type": "quantitative", "scale": scale, "axis": style}
    y = {"field": "y", "type": "quantitative", **axis(ticks, write)}
    came = [{"x": n, "y": s.actual, "d": s.said} for n, s in enumerate(steps) if s.actual is not None]
    shaded = [n for n, step in enumerate(steps) if step.shaded]
    layers: list[dict[str, Any]] = []
    if shaded:
        band = [{"x": max(shaded[0] - 0.5, 0), "e": shaded[-1] + 0.3}]
        mark = {"type": "rect", "color": light("wash"), "aria": False}
        layers.append({"data": {"values": band}, "mark": mark, "encoding": {"x": x, "x2": {"field": "e"}}})
    expected = [{"x": n, "y": s.expected, "d": s.said} for n, s in enumerate(steps)]
    lines = ((came, "accent", [1, 0], 3.0), (expected, "vermilion", [6, 4], 2.5))
    for values, colour, dash, width in lines:
        mark = {"type": "line", "color": light(colour), "strokeWidth": width, "strokeDash": dash, "aria": False}
        layers.append({"data": {"values": values}, "mark": mark, "encoding": {"x": x, "y": y}})
    # Points too small to see carry what is said under the pointer.
    touch = {"type": "point", "filled": True, "size": 90, "opacity": 0.01, "color": light("accent")}
    said = {"x": x, "y": y, "description": {"field": "d"}}
    layers.append({"data": {"values": expected}, "mark": touch, "encoding": said})
    return {**frame(height=200 if narrow else 280, narrow=narrow), "layer": layers}


def profit_curve(
    points: Sequence[Treated],
    marked: Sequence[tuple[Treated, str]],
    *,
    write: Write,
    write_share: Write,
    under: str,
    narrow: bool,
) -> dict[str, Any]:
    """Return profit by the share of customers treated, with its interval and with named points.

    Parameters
    ----------
    points : sequence of Treated
    marked : sequence of (Treated, str)
        The best share first, then others to compare it with, each with the name written beside it.
    write, write_share : callable
        How profit and share are written on the axes.
    under : str
        The title of the lower axis.
    narrow : bool
        Draw for a phone.
    """
    reach = [(p.profit, p.low, p.high) for p in (*points, *(mark for mark, _ in marked))]
    found = [number for three in reach for number in three if number is not None]
    low, high = min([0.0, *found]), max([0.0, *found])
    ticks = nice_ticks(low, high + 0.12 * (high - low) or 1.0, about=4 if narrow else 5)
    shares = axis([0.0, 0.25, 0.5, 0.75, 1.0], write_share)
    shares["scale"]["domain"] = [-0.03, 1.05]
    shares["axis"] |= {"title": under, "grid": False}
    x = {"field": "x", "type": "quantitative", **shares}
    y = {"field": "y", "type": "quantitative", **axis(ticks, write)}
    rows = [{"x": p.share, "y": p.profit, "l": p.low, "h": p.high, "d": p.said} for p in points]
    accent, base = light("accent"), light("faint")
    layers: list[dict[str, Any]] = [
        {"data": {"values": [{"y": 0}]}, "mark": {"type": "rule", "color": base, "aria": False}, "encoding": {"y": y}},
        {
            "transform": [{"filter": "isValid(datum.l) && isValid(datum.h)"}],
            "mark": {"type": "area", "color": light("wash"), "aria": False},
            "encoding": {"x": x, "y": {**y, "field": "l"}, "y2": {"field": "h"}},
        },
        {
            "mark": {"type": "line", "color": accent, "strokeWidth": 2.5, "aria": False},
            "encoding": {"x": x, "y": y},
        },
    ]
    for number, (mark, name) in enumerate(marked):
        layers.extend(_flag(mark, name, x, y, best=number == 0, narrow=narrow))
    return {**frame(height=230 if narrow else 320, narrow=narrow), "data": {"values": rows}, "layer": layers}


def _flag(
    mark: Treated, name: str, x: dict[str, Any], y: dict[str, Any], *, best: bool, narrow: bool
) -> list[dict[str, Any]]:
    """Return a point with its name, above it for the best and below for others, kept inside at both ends."""
    align = "left" if mark.share < 0.2 else "right" if mark.share > 0.8 else "center"
    data = {"values": [{"x": mark.share, "y": mark.profit, "t": name, "d": mark.said or name}]}
    point = {
        "type": "point",
        "filled": True,
        "size": 110,
        "color": light("vermilion" if best else "night"),
        "opacity": 1,
    }
    size = 11.5 if narrow else 13.5
    text = {
        "type": "text",
        "dy": -15 if best else 18,
        "align": align,
        "fontSize": size,
        "color": light("ink"),
        "aria": False,
    }
    text["dx"] = {"left": -4, "right": 4, "center": 0}[align]
    return [
        {"data": data, "mark": point, "encoding": {"x": x, "y": y, "description": {"field": "d"}}},
        {"data": data, "mark": text, "encoding": {"x": x, "y": y, "text": {"field": "t"}}},
    ]


def ranked_bars(bars: Sequence[Ranked], *, narrow: bool) -> dict[str, Any]:
    """Return horizontal bars, the longest first, each with its name above it and its figure behind it."""
    values = [
        {"k": str(n), "v": bar.value, "n": bar.name, "t": bar.text, "c": bar.colour, "d": f"{bar.name}: {bar.text}"}
        for n, bar in enumerate(bars)
    ]
    size = 11.5 if narrow else 13.5
    each = 40 if narrow else 46
    most = max([bar.value for bar in bars] + [1e-9])
    colours = sorted({bar.colour for bar in bars})
    hidden: dict[str, Any] = {"axis": None}
    y = {"field": "k", "type": "nominal", "sort": None, "scale": {"domain": [v["k"] for v in values]}, **hidden}
    x = {"field": "v", "type": "quantitative", "scale": {"domain": [0, most * 1.25], "nice": False}, **hidden}
    colour = {
        "field": "c",
        "type": "nominal",
        "scale": {"domain": colours, "range": [light(name) for name in colours]},
        "legend": None,
    }
    text: dict[str, Any] = {"type": "text", "align": "left", "fontSize": size, "aria": False}
    layers = [
        {
            "mark": {"type": "bar", "height": 13, "yOffset": 10, "cornerRadiusEnd": 2},
            "encoding": {"x": x, "color": colour, "description": {"field": "d"}},
        },
        {
            "mark": {**text, "dy": -6, "color": light("ink"), "limit": 285 if narrow else 800},
            "encoding": {"x": {"value": 0}, "text": {"field": "n"}},
        },
        {
            "mark": {**text, "dy": 11, "dx": 6, "color": light("soft")},
            "encoding": {"x": x, "text": {"field": "t"}},
        },
    ]
    return {
        **frame(height=10 + each * len(bars), narrow=narrow),
        "data": {"values": values},
        "encoding": {"y": y},
        "layer": layers,
    }


def root_ticks(high: float) -> list[float]:
    """Return round numbers from 0 up to at most ``high`` that stand well apart on a square-root axis.

    Examples
    --------
    >>> root_ticks(1040)
    [0.0, 100.0, 250.0, 500.0, 1000.0]
    """
    if not math.isfinite(high) or high <= 0:
        return [0.0, 1.0]
    power = math.floor(math.log10(high))
    round_ones = [factor * 10.0**p for p in range(power - 3, power + 1) for factor in (1, 2.5, 5)]
    chosen: list[float] = []
    above = math.inf
    for number in sorted((each for each in round_ones if each <= high), reverse=True):
        place = math.sqrt(number / high)
        if above - place >= 0.16 and place >= 0.14:
            chosen.append(number)
            above = place
    return [0.0, *sorted(chosen)]
