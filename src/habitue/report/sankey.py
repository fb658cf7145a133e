"""A Sankey picture of customers moving between stages or segments, drawn as plain SVG."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from habitue.report.palette import COLOURS, FLOW

__all__ = ["Flow", "broken", "sankey"]

_NODE = 10  # width of the posts on both sides
_LEAST = 1.2  # even one customer is a line that can be seen
_LINE = 1.2  # from one line of a name to the next, in letters' size


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


@dataclass(frozen=True, slots=True)
class _Measures:
    """How large everything is; two-line names need wider margins and stand further apart."""

    width: float
    side: float  # margin in which names stand; on narrow pictures they stand over the ribbons
    size: int
    gap: float
    height: float
    narrow: bool

    @classmethod
    def of(cls, names: Sequence[str], posts: int, *, narrow: bool) -> _Measures:
        size = 12 if narrow else 14
        wide = max((_ems(name) for name in names), default=0.0)
        long = wide > (9.5 if narrow else 9.0)
        gap = (30 if narrow else 33) if long else (16 if narrow else 14)
        height = max(300.0 if narrow else 360.0, gap * (posts - 1) + (170 if narrow else 230))
        return cls(340 if narrow else 940, 0 if narrow else 250 if long else 190, size, gap, height, narrow)

    @property
    def room(self) -> float:
        """How wide a line of a name may be, in letters' size."""
        return ((self.width / 2 - _NODE - 14) if self.narrow else (self.side - 12)) / self.size


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
        Stage → what it is called, and the name of its colour. A long name takes two lines and is then cut.
    amounts : pair of mappings
        Stage → the figure written beside it, before and after.
    heads : pair of str
        What stands over the two sides: the dates.
    label : str
        What the picture shows, for those who cannot see it.
    narrow : bool
        Draw for a phone.
    """
    starts = [code for code in order if any(flow.start == code for flow in flows)]
    ends = [code for code in order if any(flow.end == code for flow in flows)]
    shown = [names[code] for code in dict.fromkeys([*starts, *ends])]
    most = max(len(starts), len(ends))
    by = _Measures.of(shown, most, narrow=narrow)
    left, right = by.side, by.width - by.side - _NODE
    scale = (by.height - by.gap * (most - 1)) / sum(flow.amount for flow in flows)
    before = _posts(starts, {code: _sum(flows, "start", code) for code in starts}, scale, by.gap)
    after = _posts(ends, {code: _sum(flows, "end", code) for code in ends}, scale, by.gap)
    bottom = max(post.top + post.height for post in (*before.values(), *after.values()))
    soft = _text("soft", by.size)
    drawn = [
        f'<text x="{left:g}" y="{by.size}" {soft}>{escape(heads[0])}</text>',
        f'<text x="{right + _NODE:g}" y="{by.size}" text-anchor="end" {soft}>{escape(heads[1])}</text>',
        *_ribbons(flows, order, before, after, (left + _NODE, right), scale, colours),
    ]
    for posts, x, figures, first in ((before, left, amounts[0], True), (after, right, amounts[1], False)):
        for code, post in posts.items():
            drawn.append(_node(x, post, colours[code]))
            drawn.append(_name(x, post, (names[code], figures.get(code, "")), by, first=first))
    top = 2.4 * by.size
    return Markup(  # noqa: S704 - every text was escaped
        f'<svg class="chart" viewBox="0 {0} {by.width:g} {bottom + top + 14:.0f}" role="img" '
        f'aria-label="{escape(label)}">'
        f'{"".join(drawn[:2])}<g transform="translate(0,{top:.0f})">{"".join(drawn[2:])}</g></svg>'
    )


def broken(text: str, room: float, last: float = 0.0) -> list[str]:
    """Break a name into at most two lines; what does not fit is cut.

    Parameters
    ----------
    text : str
    room : float
        Width of a line, in letters' size: a Chinese letter is one wide, a Latin one about half.
    last : float
        Width kept free on the last line.

    Examples
    --------
    >>> broken("Very frequent, just bought, big baskets", 11)
    ['Very frequent, just', 'bought, big baskets']
    >>> broken("购买非常频繁、刚刚购买、老客户", 9)
    ['购买非常频繁、', '刚刚购买、老客户']
    """
    if _ems(text) + last <= room:
        return [text]
    cuts = [
        place
        for place in range(1, len(text))
        if (text[place - 1] in " 、，·" or (not text[place].isascii() and not text[place - 1].isascii()))
        and _ems(text[:place].rstrip()) <= room
        and text[place] not in " 、，"
    ]
    natural = [place for place in cuts if text[place - 1] in " 、，·"]
    # A break far to the left would waste the line: then one inside a word is better.
    at = max(natural, default=0)
    if _ems(text[:at]) < 0.45 * room:
        at = max(cuts, default=0)
    if _ems(text[:at]) < 0.45 * room:
        at = len(_cut(text, room))
    return [text[:at].rstrip(), _shortened(text[at:].lstrip(), room - last)]


def _shortened(text: str, room: float) -> str:
    return text if _ems(text) <= room else _cut(text, room - 1).rstrip(" 、，,") + "…"


def _cut(text: str, room: float) -> str:
    at = len(text)
    while at > 1 and _ems(text[:at]) > room:
        at -= 1
    return text[:at]


def _ems(text: str) -> float:
    """Estimate how wide a text is, in letters' size."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    capitals = sum(letter.isupper() or letter in "@%&mwMW" for letter in text)
    return wide + 0.54 * (len(text) - wide) + 0.2 * capitals


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
        f'<rect x="{x:g}" y="{post.top:.1f}" width="{_NODE}" height="{post.height:.1f}" '
        f'rx="2" fill="{COLOURS[colour][0]}"/>'
    )


def _name(x: float, post: _Post, words: tuple[str, str], by: _Measures, *, first: bool) -> str:
    """Write the stage beside its post: outside on wide pictures, over the ribbons (with a halo) on narrow ones."""
    outside_left = first and not by.narrow
    inside_right = not first and by.narrow
    anchor = "end" if outside_left or inside_right else "start"
    at = x - 8 if anchor == "end" else x + _NODE + 8
    lines = broken(words[0], by.room, _ems(words[1]) + 0.6 if words[1] else 0.0)
    y = post.top + post.height / 2 + by.size * (0.36 - _LINE / 2 * (len(lines) - 1))
    halo = f' class="halo" stroke="{COLOURS["card"][0]}"' if by.narrow else ""
    figure = f'<tspan dx="6" fill="{COLOURS["soft"][0]}">{escape(words[1])}</tspan>' if words[1] else ""
    head = f'<text x="{at:.0f}" y="{y:.1f}" text-anchor="{anchor}" {_text("ink", by.size)}{halo}>'
    if len(lines) == 1:
        return f"{head}{escape(lines[0])}{figure}</text>"
    below = f'<tspan x="{at:.0f}" dy="{_LINE * by.size:.1f}">{escape(lines[1])}</tspan>'
    return f"{head}{escape(lines[0])}{below}{figure}</text>"


def _text(colour: str, size: int) -> str:
    return f'font-size="{size}" fill="{COLOURS[colour][0]}"'
