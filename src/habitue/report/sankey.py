"""A Sankey picture of customers moving between lifecycle stages, drawn as plain SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from habitue.report.palette import COLOURS, FLOW

__all__ = ["Flow", "sankey"]

_NODE = 10  # width of the posts on both sides
_LEAST = 1.2  # even one customer is a line that can be seen


@dataclass(frozen=True, slots=True)
class Flow:
    """So many went from one stage to another; ``said`` is shown under the pointer."""

    start: str
    end: str
    amount: float
    said: str


@dataclass(frozen=True, slots=True)
class _Post:
    """A stage on one side: where it begins and how tall it is."""

    top: float
    height: float


def sankey(
    flows: Sequence[Flow],
    *,
    order: Sequence[str],
    names: Mapping[str, str],
    colours: Mapping[str, str],
    amounts: tuple[Mapping[str, str], Mapping[str, str]],
    heads: tuple[str, str],
    label: str,
    narrow: bool,
) -> Markup:
    """Draw who moved where between two dates.

    Parameters
    ----------
    flows : sequence of Flow
    order : sequence of str
        Stages from top to bottom, the same on both sides.
    names, colours : mapping
        Stage → what it is called, and the name of its colour.
    amounts : pair of mappings
        Stage → the figure written beside it, before and after.
    heads : pair of str
        What stands over the two sides: the dates.
    label : str
        What the picture shows, for those who cannot see it.
    narrow : bool
        Draw for a phone.
    """
    width, side, size = (340, 0, 12) if narrow else (940, 190, 14)
    gap = 16 if narrow else 14
    height = 300.0 if narrow else 360.0
    left, right = x_left, x_right = side, width - side - _NODE
    starts = [code for code in order if any(flow.start == code for flow in flows)]
    ends = [code for code in order if any(flow.end == code for flow in flows)]
    total = sum(flow.amount for flow in flows)
    scale = (height - gap * (max(len(starts), len(ends)) - 1)) / total
    before = _posts(starts, {code: _sum(flows, "start", code) for code in starts}, scale, gap)
    after = _posts(ends, {code: _sum(flows, "end", code) for code in ends}, scale, gap)
    bottom = max(post.top + post.height for post in (*before.values(), *after.values()))
    drawn = [
        f'<text x="{left}" y="{size}" {_text("soft", size)}>{escape(heads[0])}</text>',
        f'<text x="{right + _NODE}" y="{size}" text-anchor="end" {_text("soft", size)}>{escape(heads[1])}</text>',
        *_ribbons(flows, order, before, after, (x_left + _NODE, x_right), scale, colours),
    ]
    for posts, x, figures, first in ((before, left, amounts[0], True), (after, right, amounts[1], False)):
        for code, post in posts.items():
            drawn.append(_node(x, post, colours[code]))
            drawn.append(_name(x, post, (names[code], figures.get(code, "")), size, first=first, narrow=narrow))
    top = 2.0 * size
    return Markup(  # noqa: S704 - every text was escaped
        f'<svg class="chart" viewBox="0 {0} {width} {bottom + top + 8:.0f}" role="img" aria-label="{escape(label)}">'
        f'{"".join(drawn[:2])}<g transform="translate(0,{top:.0f})">{"".join(drawn[2:])}</g></svg>'
    )


def _sum(flows: Sequence[Flow], side: str, code: str) -> float:
    return sum(flow.amount for flow in flows if getattr(flow, side) == code)


def _posts(codes: Sequence[str], sums: Mapping[str, float], scale: float, gap: float) -> dict[str, _Post]:
    posts: dict[str, _Post] = {}
    top = 0.0
    for code in codes:
        tall = max(sums[code] * scale, _LEAST)
        posts[code] = _Post(top, tall)
        top += tall + gap
    return posts


def _ribbons(
    flows: Sequence[Flow],
    order: Sequence[str],
    before: Mapping[str, _Post],
    after: Mapping[str, _Post],
    between: tuple[float, float],
    scale: float,
    colours: Mapping[str, str],
) -> list[str]:
    place = {code: index for index, code in enumerate(order)}
    arranged = sorted(flows, key=lambda flow: (place[flow.start], place[flow.end]))
    used_end: dict[str, float] = {}
    used_start: dict[str, float] = {}
    drawn: list[tuple[bool, str]] = []
    for flow in arranged:
        thick = flow.amount * scale
        y0 = before[flow.start].top + used_start.get(flow.start, 0.0)
        y1 = after[flow.end].top + used_end.get(flow.end, 0.0)
        used_start[flow.start] = used_start.get(flow.start, 0.0) + thick
        used_end[flow.end] = used_end.get(flow.end, 0.0) + thick
        stays = flow.start == flow.end
        path = _ribbon(between, y0, y1, max(thick, _LEAST))
        colour = COLOURS[colours[flow.start]][0]
        shade = "0.16" if stays else "0.3" if colours[flow.start] == FLOW else "0.6"
        said = f"<title>{escape(flow.said)}</title>"
        drawn.append((not stays, f'<path d="{path}" fill="{colour}" fill-opacity="{shade}">{said}</path>'))
    return [path for _, path in sorted(drawn, key=lambda each: each[0])]  # who moved lies over who stayed


def _ribbon(between: tuple[float, float], y0: float, y1: float, thick: float) -> str:
    x0, x1 = between
    middle = (x0 + x1) / 2
    upper = f"M{x0:.0f},{y0:.1f}C{middle:.0f},{y0:.1f} {middle:.0f},{y1:.1f} {x1:.0f},{y1:.1f}"
    lower = f"C{middle:.0f},{y1 + thick:.1f} {middle:.0f},{y0 + thick:.1f} {x0:.0f},{y0 + thick:.1f}Z"
    return f"{upper}V{y1 + thick:.1f}{lower}"


def _node(x: float, post: _Post, colour: str) -> str:
    return (
        f'<rect x="{x}" y="{post.top:.1f}" width="{_NODE}" height="{post.height:.1f}" '
        f'rx="2" fill="{COLOURS[colour][0]}"/>'
    )


def _name(x: float, post: _Post, words: tuple[str, str], size: int, *, first: bool, narrow: bool) -> str:
    """Write the stage beside its post: outside on wide pictures, over the ribbons (with a halo) on narrow ones."""
    y = post.top + post.height / 2 + size * 0.36
    outside_left = first and not narrow
    inside_right = not first and narrow
    anchor = "end" if outside_left or inside_right else "start"
    at = x - 8 if anchor == "end" else x + _NODE + 8
    halo = f' class="halo" stroke="{COLOURS["card"][0]}"' if narrow else ""
    figure = f'<tspan dx="6" fill="{COLOURS["soft"][0]}">{escape(words[1])}</tspan>' if words[1] else ""
    return (
        f'<text x="{at:.0f}" y="{y:.1f}" text-anchor="{anchor}" {_text("ink", size)}{halo}>'
        f"{escape(words[0])}{figure}</text>"
    )


def _text(colour: str, size: int) -> str:
    return f'font-size="{size}" fill="{COLOURS[colour][0]}"'
