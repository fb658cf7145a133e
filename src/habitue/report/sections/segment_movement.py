"""How customers moved between the learnt segments, by today's rules on both dates, and which condition turned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from habitue.report.contents import ReportContents
from habitue.report.sections.migration import Named, Passage, migration_picture, pairs_of
from habitue.report.sections.segment_words import feature_name, figure, segment_colours, segment_names
from habitue.report.segmentation import NOT_YET, Turned
from habitue.report.views import Block, Head, Note, TableView, Voice

__all__ = ["moved_share", "movement"]

_LARGEST = 8


def moved_share(contents: ReportContents) -> tuple[float | None, float]:
    """Return the share of customers who changed segment over the shortest stretch, and its days; 0 where unknown."""
    pairs = pairs_of([(each.from_at, each.to_at) for each in contents.learnt.moved])
    if not pairs:
        return None, 0.0
    old = [
        each
        for each in contents.learnt.moved
        if (each.from_at, each.to_at) == pairs[0] and each.from_segment != NOT_YET
    ]
    everyone = sum(each.customers for each in old)
    moved = sum(each.customers for each in old if each.from_segment != each.to_segment)
    return (moved / everyone if everyone else None), (pairs[0][1] - pairs[0][0]) / timedelta(days=1)


def movement(contents: ReportContents, say: Voice) -> list[Block]:
    """Show the flows of every stretch, the longest first and open, the largest ones, and why customers moved."""
    outlook = contents.learnt
    pairs = pairs_of([(each.from_at, each.to_at) for each in outlook.moved])
    if not pairs:
        return [Note(say("segments_flow_short"), say("sankey_short"))]
    names = segment_names(contents, say)
    places = Named(
        names=names,
        colours=segment_colours(outlook.segments),
        pace=[each.code for each in outlook.segments],
        outside=NOT_YET,
        title="segments_sankey",
        said="segment_flow_said",
        lead="segments_sankey_lead",
        sides=("from_segment", "to_segment"),
    )
    blocks: list[Block] = []
    for number, pair in enumerate(reversed(pairs)):
        passages = [
            Passage(each.from_segment, each.to_segment, each.customers)
            for each in outlook.moved
            if (each.from_at, each.to_at) == pair and {each.from_segment, each.to_segment} <= set(names)
        ]
        if not passages:
            continue
        picture = migration_picture(passages, pair, places, say)
        turned = [each for each in outlook.turned if (each.from_at, each.to_at) == pair]
        largest, why = _largest(passages, pair, names, say), _turned(turned, pair, names, contents, say)
        if number:  # the shorter stretches are folded away
            picture = replace(picture, folded=picture.title)
            largest, why = ([replace(each, folded=each.title) for each in tables] for tables in (largest, why))
        blocks.extend([picture, *largest, *why])
    return blocks


def _dates(pair: tuple[datetime, datetime], say: Voice) -> dict[str, str]:
    return {"start": say.numbers.day(pair[0]), "end": say.numbers.day(pair[1])}


def _largest(
    passages: Sequence[Passage], pair: tuple[datetime, datetime], names: dict[str, str], say: Voice
) -> list[TableView]:
    were: dict[str, int] = {}
    for each in passages:
        were[each.start] = were.get(each.start, 0) + each.customers
    changed = [each for each in passages if each.start != each.end]
    changed.sort(key=lambda each: (-each.customers, list(names).index(each.start), list(names).index(each.end)))
    rows = [
        [
            names[each.start],
            names[each.end],
            say.numbers.count(each.customers),
            "" if each.start == NOT_YET else say.numbers.share(each.customers / were[each.start]),
        ]
        for each in changed[:_LARGEST]
    ]
    heads = [
        Head(say("from_segment")),
        Head(say("to_segment")),
        Head(say("number"), True),
        Head(say("share_of_from"), True),
    ]
    return [TableView(heads, rows, say("largest_flows", **_dates(pair, say)))] if rows else []


def _turned(
    turned: Sequence[Turned],
    pair: tuple[datetime, datetime],
    names: dict[str, str],
    contents: ReportContents,
    say: Voice,
) -> list[TableView]:
    rows: list[list[str | tuple[str, str]]] = [
        [
            _condition(each, contents, say),
            (names.get(each.from_segment, each.from_segment), f"→ {names.get(each.to_segment, each.to_segment)}"),
            say.numbers.count(each.customers),
            figure(each.feature, _round(each.before), contents, say),
            figure(each.feature, _round(each.now), contents, say),
        ]
        for each in turned
    ]
    heads = [Head(say("condition")), Head(say("segment"))]
    heads += [Head(say(key), True) for key in ("number", "half_before", "half_now")]
    return [TableView(heads, rows, say("turned", **_dates(pair, say)))] if rows else []


def _condition(each: Turned, contents: ReportContents, say: Voice) -> str:
    what, at = feature_name(each.feature, contents, say), figure(each.feature, each.threshold, contents, say)
    said = say("turned_up" if each.op == "<" else "turned_down", what=what, at=at)
    return said[:1].upper() + said[1:]


def _round(value: float | None) -> float | None:
    return value if value is None else float(round(value))
