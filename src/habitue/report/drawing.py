"""Turn a Vega-Lite dictionary into an SVG that lives inside a page: no script, no fixed size, no colour of its own."""

from __future__ import annotations

import re
from typing import Any

import vl_convert
from markupsafe import Markup, escape

__all__ = ["inline_svg"]

_SIZE = re.compile(r'^<svg [^>]*viewBox="([^"]+)"[^>]*>')
_MARK = re.compile(r'<(path|text)([^>]*?) aria-label="([^"]*)"([^>]*?)(?:/>|>([^<]*)</text>)')
_NOISE = re.compile(
    r' (?:aria-roledescription|aria-hidden|aria-label|role|class|pointer-events|font-family)="[^"]*"|(?: opacity="1")'
)
_EMPTY = re.compile(r'<path d="(?:M0,0h0v0h0Z)?"(?: display="none")?/>')
_NOTHING = re.compile(r"<g(?: transform=\"[^\"]*\")?></g>")
_ID = re.compile(r'(\bid="|url\(#|href="#)')


def inline_svg(spec: dict[str, Any], *, name: str, label: str) -> Markup:
    """Draw a chart and make it fit to stand in a page.

    Parameters
    ----------
    spec : dict
        A Vega-Lite specification; what a mark should say under the pointer is its ``description``.
    name : str
        Unique in the page: ids inside the picture begin with it.
    label : str
        What the picture shows, for those who cannot see it.
    """
    drawn = vl_convert.vegalite_to_svg(spec)
    size = _SIZE.match(drawn)
    if size is None:
        raise ValueError(f"the chart {name} was not drawn as SVG")
    body = _MARK.sub(_with_title, drawn[size.end() :])
    for pattern in (_NOISE, _EMPTY, _NOTHING, _NOTHING, _NOTHING):
        body = pattern.sub("", body)
    body = _ID.sub(rf"\g<1>{name}-", body)
    head = f'<svg class="chart" viewBox="{size[1]}" role="img" aria-label="{escape(label)}">'
    return Markup(head + body)  # noqa: S704 - the drawing escapes what it was given


def _with_title(mark: re.Match[str]) -> str:
    tag, before, said, after, text = mark.groups()
    # Vega describes axes too; only marks of the data carry a role description of their own.
    if 'role="graphics-symbol"' not in before + after:
        return mark[0]
    return f"<{tag}{before}{after}><title>{said}</title>{text or ''}</{tag}>"
