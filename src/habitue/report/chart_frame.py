"""What all charts of the report share: their size, their axes and their colours."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from habitue.report.palette import COLOURS

__all__ = ["axis", "frame", "light", "months", "series"]

_SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"


def frame(*, height: int, narrow: bool, margin: int = 4, right: int = 4) -> dict[str, Any]:
    """Return size, padding and axis style of a chart; the data and the layers are added to it."""
    size = 11.5 if narrow else 13.5
    style = {
        "domain": False,
        "ticks": False,
        "gridColor": light("grid"),
        "labelColor": light("soft"),
        "labelFontSize": size,
        "labelPadding": 7,
        "titleColor": light("soft"),
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
        "padding": {"left": margin * (1 if narrow else 2), "right": right, "top": 4, "bottom": 2},
        "background": None,
        "config": {"view": {"stroke": None}, "axis": style},
    }


def months(places: Mapping[str, Sequence[str]], *, narrow: bool, all_named: bool = False) -> dict[str, Any]:
    """Return an axis of named places, of which as many are named as there is room for."""
    # On a phone every second or third month is named; counted from the last one, which matters most.
    every = max(1, -(-len(places) // 6)) if narrow else max(1, -(-len(places) // 15))
    every = 1 if all_named else every
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


def axis(ticks: Sequence[float], write: Callable[[float], str]) -> dict[str, Any]:
    """Return scale and axis for given ticks, each written by ``write``."""
    texts = [write(tick) for tick in ticks]
    # Ticks are looked up by place, as a float is no safe key.
    expression = f"{json.dumps(texts, ensure_ascii=False)}[indexof({json.dumps(list(ticks))}, datum.value)]"
    return {
        "scale": {"domain": [ticks[0], ticks[-1]], "nice": False},
        "axis": {"title": None, "values": list(ticks), "labelExpr": expression},
    }


def series(colours: Mapping[str, str]) -> dict[str, Any]:
    """Return the encoding that gives every series its colour."""
    scale = {"domain": list(colours), "range": [light(name) for name in colours.values()]}
    return {"field": "s", "type": "nominal", "scale": scale, "legend": None}


def light(name: str) -> str:
    """Return a colour as it is on a light page; the style sheet exchanges it on dark ones."""
    return COLOURS[name][0]
