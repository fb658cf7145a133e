"""Why these segments, what they share with others, where new customers go, and how saved segments stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from habitue.report.charts_segments import Dot, dots
from habitue.report.contents import ReportContents
from habitue.report.sections.segment_words import rule_text, segment_names
from habitue.report.segmentation import SavedSegment, Shared, Way
from habitue.report.texts import TEXTS
from habitue.report.views import Block, Grid, Head, Note, Picture, TableView, Voice, drawn

__all__ = ["early", "overlap", "proof", "saved"]

_STEPS = (0.005, 0.05, 0.15, 0.3, 0.5, 0.75)  # where the colours of the overlap begin
_COLUMNS = 12  # of other segments in one picture


def proof(contents: ReportContents, say: Voice) -> list[Block]:
    """Show how every way to define segments did on the shop's past, the one in use marked, and the reason told."""
    outlook = contents.learnt
    reason = say.of(outlook.reason)
    blocks: list[Block] = [Note(reason, say("segments_why"))] if reason else []
    known = [each for each in outlook.ways if each.r2 is not None]
    if not known:
        return blocks
    return [*blocks, _chart(known, say)]


def _chart(ways: Sequence[Way], say: Voice) -> Picture:
    title = say("ways")
    best = _best(ways)
    used = next((each for each in ways if each.chosen), None)

    def chart(narrow: bool) -> dict[str, object]:  # noqa: FBT001 - called with one meaning
        beside = {method: _written(way, used, say, brief=narrow) for method, way in best.items()}
        found = [
            Dot(_name(each, say), each.r2 or 0.0, beside[method], _said(each, say), marked=each.chosen)
            for method in best
            for each in ways
            if each.method == method
        ]
        return dots(found, write=say.numbers.share, under=say("way_r2" if narrow else "ways_axis"), narrow=narrow)

    wide, small = drawn("segment-ways", title, chart)
    table = replace(_table(sorted(ways, key=lambda each: -(each.r2 or 0.0)), say), folded=say("all_ways"), stack=False)
    days = next((each.window_days for each in ways if each.window_days), None)
    notes = [say("ways_note", days=say.numbers.days(days))] if days else []
    return Picture(title, wide, small, table, (), notes)


def _name(each: Way, say: Voice) -> str:
    name = say.of(each.name)
    return name[:1].upper() + name[1:]


def _percent(share: float | None, say: Voice) -> str:
    return say.numbers.decimal(None if share is None else 100 * share) + ("%" if share is not None else "")


def _written(best: Way, used: Way | None, say: Voice, *, brief: bool) -> str:
    """Return what stands beside the dots of a method: the best figure; where another is in use, that one's first."""
    figure = _percent(best.r2, say)
    if used is None or used.method != best.method or used.number == best.number:
        return figure
    if brief:
        return _percent(used.r2, say)
    return say("way_best_and_used", best=figure, used=_percent(used.r2, say))


def _said(each: Way, say: Voice) -> str:
    facts = {"r2": _percent(each.r2, say), "auc": say.numbers.decimal(each.auc, 3)}
    return say("way_said", name=_name(each, say), n=str(each.segments), **facts)


def _best(ways: Sequence[Way]) -> dict[str, Way]:
    """Return the best way of each method, the best method first."""
    found: dict[str, Way] = {}
    for each in sorted(ways, key=lambda way: -(way.r2 or 0.0)):
        found.setdefault(each.method, each)
    return found


def _table(ways: Sequence[Way], say: Voice) -> TableView:
    steady = any(each.stability is not None for each in ways)
    keys = ["way_segments", "way_r2", "way_auc", "way_smallest", *(["way_stability"] if steady else []), "way_rules"]
    heads = [Head(say("way")), *(Head(say(key), True) for key in keys)]
    rows: list[list[str | tuple[str, str]]] = [
        [
            say("way_chosen", name=_name(each, say)) if each.chosen else _name(each, say),
            say.numbers.count(each.segments),
            _percent(each.r2, say),
            say.numbers.decimal(each.auc, 3),
            say.numbers.share(each.smallest_share),
            *([say.numbers.decimal(each.stability, 2)] if steady else []),
            say("yes" if each.has_rules else "no"),
        ]
        for each in ways
    ]
    return TableView(heads, rows)


def overlap(contents: ReportContents, say: Voice) -> list[Block]:
    """Show for every other family how many customers its segments share with the learnt ones."""
    found = [_family(contents, family, say) for family in ("rfm", "lifecycle", "saved")]
    grids = [each for each in found if each is not None]
    for each in grids[1:]:
        each.data["folded"] = True
    return list(grids)


def _family(contents: ReportContents, family: str, say: Voice) -> Grid | None:
    shared = {(each.segment, each.other): each for each in contents.learnt.shared if each.family == family}
    if not shared:
        return None
    names, columns = segment_names(contents, say), _columns(contents, family, list(shared.values()), say)
    rows = [
        {
            "name": names[each.code],
            "cells": [_cell(shared.get((each.code, other)), names, name, say) for other, name in columns.items()],
        }
        for each in contents.learnt.segments
    ]
    top = max(shared.values(), key=lambda each: each.jaccard)
    note = say(
        "overlap_note",
        segment=names.get(top.segment, top.segment),
        other=_other(contents, family, top.other, say),
        jaccard=say.numbers.share(top.jaccard),
    )
    data = {
        "top": say("overlap_top"),
        "corner": say("segment"),
        "columns": list(columns.values()),
        "rows": rows,
        "note": note,
        "table": _pairs(contents, family, list(shared.values()), say),
        "folded": False,
    }
    return Grid("overlap", data, say(f"overlap_{family}"))


def _cell(each: Shared | None, names: Mapping[str, str], other: str, say: Voice) -> dict[str, object] | None:
    if each is None:
        return None
    said = say(
        "overlap_said",
        segment=names[each.segment],
        other=other,
        n=say.people(each.customers),
        share=say.numbers.share(each.share),
        other_share=say.numbers.share(each.other_share),
    )
    heat = sum(each.share >= step for step in _STEPS)
    return {"heat": heat, "text": say.numbers.count(100 * each.share), "said": said}


def _columns(contents: ReportContents, family: str, shared: Sequence[Shared], say: Voice) -> dict[str, str]:
    """Return what stands over the columns; of many saved segments those that share most customers."""
    there = {each.other for each in shared}
    if family == "saved":
        size = {name: sum(each.customers for each in shared if each.other == name) for name in there}
        most = sorted(there, key=lambda name: (-size[name], name))[:_COLUMNS]
        return {name: f"{number} · {name[:15]}{'…' * (len(name) > 15)}" for number, name in enumerate(most, 1)}
    order = contents.segments if family == "rfm" else contents.stages
    codes = [code for code in order if code in there] + sorted(there - set(order))
    return {code: _other(contents, family, code, say) for code in codes}


def _other(contents: ReportContents, family: str, code: str, say: Voice) -> str:
    groups = {"rfm": contents.segments, "lifecycle": contents.stages}.get(family, {})
    return say.of(groups[code].name) if code in groups else code


def _pairs(contents: ReportContents, family: str, shared: Sequence[Shared], say: Voice) -> TableView:
    names = segment_names(contents, say)
    keys = ("in_both", "share_of_first", "share_of_other", "jaccard")
    heads = [Head(say("segment")), Head(say("other_segment")), *(Head(say(key), True) for key in keys)]
    rows = [
        [
            names.get(each.segment, each.segment),
            _other(contents, family, each.other, say),
            say.numbers.count(each.customers),
            say.numbers.share(each.share),
            say.numbers.share(each.other_share),
            say.numbers.share(each.jaccard),
        ]
        for each in sorted(shared, key=lambda each: -each.jaccard)
    ]
    return TableView(heads, rows, stack=False, folded=say("numbers_behind"))


def early(contents: ReportContents, say: Voice) -> list[Block]:
    """Show where customers with such a first order are likely to end up; nothing where that was not learnt."""
    names = segment_names(contents, say)
    rows = [
        [
            rule_text(each.rule, contents, say) if each.rule else say.of(each.sentence),
            names.get(each.segment, each.segment),
            say.numbers.count(each.customers),
            say.numbers.share(each.sure),
        ]
        for each in contents.learnt.early
    ]
    heads = [Head(say("first_order")), Head(say("likely_segment")), Head(say("number"), True), Head(say("right"), True)]
    if not rows:
        return []
    judged = [(each.customers, each.sure) for each in contents.learnt.early if each.sure is not None]
    everyone = sum(customers for customers, _ in judged)
    right = sum(customers * sure for customers, sure in judged)
    total = say("early_right", n=say.people(everyone), share=say.numbers.share(right / everyone)) if everyone else ""
    return [TableView(heads, rows, say("early")), Note(say.joined(say("early_note"), total))]


def saved(contents: ReportContents, say: Voice) -> list[Block]:
    """Show the segments that the shop saved, those that need a look first; nothing where none was."""
    found = contents.learnt.saved
    if not found:
        return []
    heads = [Head(say("segment")), Head(say("state")), Head(say("number"), True), Head(say("share_customers"), True)]
    heads.append(Head(say("counted_at"), True))
    table = TableView(heads, [_saved_row(each, say) for each in found], say("saved_segments"))
    left = contents.learnt.saved_count - len(found)
    said = say.joined(say("saved_more", n=say.numbers.count(left)) + "." if left > 0 else "", say("saved_command"))
    return [table, Note(said, code="habitue segments list")]


def _saved_row(each: SavedSegment, say: Voice) -> list[str | tuple[str, str]]:
    key, reason = f"state_{each.state}", say.of(each.reason)
    state, sentence = say(key) if key in TEXTS else each.state, say.of(each.sentence)
    return [
        (each.name, sentence) if sentence else each.name,
        (state, reason) if reason else state,
        say.numbers.count(each.customers),
        say.numbers.share(each.share),
        say.numbers.last_day_before(each.as_of) if each.as_of else "",
    ]
