"""Learnt segments: who they are, what they are worth, what to do for them, why these, and how customers moved."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import timedelta

from habitue.report.contents import ReportContents
from habitue.report.sections.segment_movement import moved_share, movement
from habitue.report.sections.segment_proof import early, overlap, proof, saved
from habitue.report.sections.segment_words import rule_text, segment_colours
from habitue.report.segmentation import LearntSegment, Suggestion
from habitue.report.texts import TEXTS
from habitue.report.views import Block, Grid, Head, Note, Section, TableView, Voice

__all__ = ["segments", "stake_by_segment"]

_WIDEST = math.log(5)  # a bar is full at five times the average, or a fifth of it
_SHARES = {"expected": "of_expected", "observed": "of_observed", "past": "of_past"}


def segments(contents: ReportContents, say: Voice) -> Section:
    """Show the learnt segments of the run and the saved ones; where there are none, why not."""
    outlook = contents.learnt
    if not outlook.segments:
        return Section("segments", say("segments"), _none(contents, say), "", saved(contents, say))
    blocks: list[Block] = [_worth(contents, say), _note(contents, say), *_portraits(contents, say)]
    blocks.extend(proof(contents, say))
    blocks.extend(movement(contents, say))
    blocks.extend(overlap(contents, say))
    blocks.extend(early(contents, say))
    blocks.extend(saved(contents, say))
    share, days = moved_share(contents)
    sure = say("segments_moved", days=say.numbers.days(days), share=say.numbers.share(share)) if days else ""
    return Section(
        "segments", say("segments"), _lead(contents, say), say.joined(say("segments_sure"), sure), blocks,
        _todo(outlook.segments, say),
    )  # fmt: skip


def stake_by_segment(contents: ReportContents, say: Voice) -> list[Block]:
    """Return what to do for each learnt segment beside what to do today; nothing where there are none."""
    if not contents.learnt.segments:
        return []
    rows: list[list[str | tuple[str, str]]] = [
        [
            f"{each.place} · {say.of(each.name)}",
            say.of(each.suggestion.name),
            say.numbers.count(each.suggestion.customers),
            _gain(each.suggestion, say),
            say.numbers.money(each.stake),
        ]
        for each in contents.learnt.segments
    ]
    heads = [Head(say("segment")), Head(say("suggested"))]
    heads += [Head(say(key), True) for key in ("to_treat", "expected_gain", "stake_of_segment")]
    return [TableView(heads, rows, say("stake_by_segment")), Note(say("stake_by_segment_note"))]


def _none(contents: ReportContents, say: Voice) -> str:
    figures = contents.figures
    if not figures.customers or figures.first_order_at is None:
        return say("segments_no_customers")
    known = max((contents.as_of - figures.first_order_at) / timedelta(days=1), 1.0)
    said = say("segments_none", customers=say.numbers.count(figures.customers), days=say.numbers.days(known))
    before, why = contents.learnt.learnt_before, contents.learnt.skipped.rstrip(".")
    return say.joined(
        said,
        say("segments_skipped", why=why) if why else "",
        say("segments_before", day=say.numbers.last_day_before(before)) if before else "",
    )


def _lead(contents: ReportContents, say: Voice) -> str:
    found = contents.learnt.segments
    name = _quoted(say.of(found[0].name), say)
    if len(found) == 1:
        return say("segments_lead_one", name=name)
    source = contents.learnt.value_source
    return say(
        "segments_lead",
        n=str(len(found)),
        name=name,
        share=say.numbers.share(found[0].share),
        spend=say.numbers.share(found[0].value_share),
        of=say(f"value_{source}"),
    )


def _quoted(name: str, say: Voice) -> str:
    return f"「{name}」" if say.language == "zh" else f"“{name}”"


def _worth(contents: ReportContents, say: Voice) -> TableView:
    found = contents.learnt.segments
    columns: list[tuple[str, bool, Callable[[LearntSegment], str | tuple[str, str]]]] = [
        ("number", True, lambda each: (say.numbers.count(each.customers), say.numbers.share(each.share))),
        ("share_spend", True, lambda each: say.numbers.share(each.past_share)),
        ("value_each", True, lambda each: _with_index(say.numbers.money_in_full(each.value), each.value_index, say)),
        ("no_order", True, lambda each: say.numbers.share(each.churn_probability)),
        ("expected_gain", True, lambda each: _gain(each.suggestion, say)),
        ("next_need", False, lambda each: _with_index(each.next_need or "", each.next_need_index, say)),
        ("suggested", False, lambda each: say.of(each.suggestion.name)),
    ]
    # What no run forecast would be an empty column.
    empty = {
        "share_spend": all(each.past_share is None for each in found),
        "no_order": all(each.churn_probability is None for each in found),
        "next_need": all(each.next_need is None for each in found),
    }
    shown = [column for column in columns if not empty.get(column[0])]
    heads = [Head(say("segment")), *(Head(say(key), number) for key, number, _ in shown)]
    rows = [[f"{each.place} · {say.of(each.name)}", *(write(each) for _, _, write in shown)] for each in found]
    return TableView(heads, rows, say("segments_worth"))


def _with_index(text: str, index: float | None, say: Voice) -> str | tuple[str, str]:
    return text if index is None else (text, say("index_of", index=say.numbers.count(index)))


def _gain(given: Suggestion, say: Voice) -> str | tuple[str, str]:
    if given.value is None:
        return say("not_known")
    money = say.numbers.money(given.value)
    if given.low is None or given.high is None or not given.customers:
        return money
    return money, say("gain_range", low=say.numbers.money(given.low), high=say.numbers.money(given.high))


def _note(contents: ReportContents, say: Voice) -> Note:
    days = say.numbers.days(contents.learnt.value_days)
    return Note(say.joined(say("segments_numbered"), say(f"value_{contents.learnt.value_source}_note", days=days)))


def _portraits(contents: ReportContents, say: Voice) -> list[Block]:
    found, colours = contents.learnt.segments, segment_colours(contents.learnt.segments)
    cards = [_card(each, colours[each.code], contents, say) for each in found]
    blocks: list[Block] = [Grid("segments", {"cards": cards}, say("portraits"))]
    if all(each.reach is None for each in found):
        blocks.append(Note(say("reach_unknown")))
    rows = [[f"{each.place} · {say.of(each.name)}", say.of(each.sentence)] for each in found]
    heads = [Head(say("segment")), Head(say("rule"))]
    return [
        *blocks,
        *_evidence(found, say),
        TableView(heads, rows, folded=say("exact_rules")),
        Note(say("segments_command"), code="habitue segments export NAME --csv FILE"),
    ]


def _card(each: LearntSegment, colour: str, contents: ReportContents, say: Voice) -> dict[str, object]:
    value_head = say(_SHARES[contents.learnt.value_source])
    shares = (
        (say("of_all_customers"), each.share),
        (say("of_past_spend"), each.past_share),
        (value_head, each.value_share),
    )
    return {
        "place": str(each.place),
        "name": say.of(each.name),
        "colour": colour,
        "about": say.of(each.description),
        "rule_head": say("rule"),
        "rule": rule_text(each.rule, contents, say) if each.rule else say.of(each.sentence) or say("no_rule"),
        "shares": [
            {"name": name, "share": say.numbers.share(share), "width": round(100 * share, 1)}
            for name, share in shares
            if share is not None
        ],
        "bars": [bar for bar in _bars(each, say) if bar is not None],
        "facts": _facts(each, say),
        "treatment": say.of(each.suggestion.name),
        "text": say.of(each.suggestion.text),
        "gain": _gain_said(each, say),
    }


def _bars(each: LearntSegment, say: Voice) -> list[dict[str, object] | None]:
    numbers = say.numbers
    return [
        _bar("value", numbers.money_in_full(each.value), each.value_index, say),
        _bar("purchase_days", numbers.decimal(each.purchase_days), each.purchase_days_index, say),
        _bar("recency_days", numbers.days(each.recency_days), each.recency_days_index, say),
        _bar("order_value", numbers.money_in_full(each.order_value), each.order_value_index, say),
        _bar("churn_probability", numbers.share(each.churn_probability), each.churn_probability_index, say),
    ]


def _bar(measure: str, value: str, index: float | None, say: Voice) -> dict[str, object] | None:
    if index is None:
        return None
    # Twice and half the average are the same distance from it.
    length = min(1.0, max(-1.0, math.log(index / 100) / _WIDEST)) if index > 0 else -1.0
    return {
        "measure": say(f"measure_{measure}"),
        "value": value,
        "index": say.numbers.count(index),
        "left": round(50 + 50 * min(length, 0), 1),
        "width": round(50 * abs(length), 1),
        "above": index >= 100,
    }


def _facts(each: LearntSegment, say: Voice) -> list[tuple[str, str]]:
    facts = []
    if each.next_need is not None:
        share, index = say.numbers.share(each.next_need_probability), say.numbers.count(each.next_need_index)
        facts.append((say("next_need"), say("need_said_card", need=each.next_need, share=share, index=index)))
    if each.reach is not None:
        facts.append((say("reach"), _reach(each, say)))
    return [*facts, (say("test"), _test(each, say))]


def _reach(each: LearntSegment, say: Voice) -> str:
    said = [
        say(
            "reach_channel",
            channel=say(f"channel_{one.channel}") if f"channel_{one.channel}" in TEXTS else one.channel,
            n=say.numbers.count(one.customers),
            share=say.numbers.share(one.share),
        )
        for one in each.reach or ()
    ]
    return ("、" if say.language == "zh" else ", ").join(said) or say("reach_nobody")


def _test(each: LearntSegment, say: Voice) -> str:
    if each.detectable_share is None:
        return say("test_unknown" if each.active_share is None else "test_small")
    return say(
        "test_expected" if each.active_source == "expected" else "test_said",
        held_out=say.numbers.count(each.held_out),
        points=say.numbers.decimal(100 * each.detectable_share),
        days=say.numbers.days(each.horizon_days),
        active=say.numbers.share(each.active_share),
    )


def _gain_said(each: LearntSegment, say: Voice) -> str:
    given = each.suggestion
    stake = say("stake_said", stake=say.numbers.money(each.stake)) if each.stake else ""
    if given.value is None:
        return say.joined(say("gain_unknown"), stake)
    if not given.customers:
        return stake
    said = say(
        "gain_said",
        value=say.numbers.money(given.value),
        low=say.numbers.money(given.low),
        high=say.numbers.money(given.high),
        n=say.people(given.customers),
    )
    return say.joined(said, stake)


def _evidence(found: Sequence[LearntSegment], say: Voice) -> list[Block]:
    """Say once for all segments what their gains rest on."""
    by: dict[str, list[str]] = {}
    for each in found:
        by.setdefault(say.of(each.suggestion.evidence), []).append(str(each.place))
    said = [
        say("gain_rests", evidence=evidence)
        if len(by) == 1
        else say("gain_rests_of", places=say.numbers.listed(places), evidence=evidence)
        for evidence, places in by.items()
        if evidence
    ]
    return [Note(say.joined(*said), say("gain_why"))] if said else []


def _todo(found: Sequence[LearntSegment], say: Voice) -> list[str]:
    paying = [each for each in found if (each.suggestion.value or 0.0) > 0 and each.suggestion.customers]
    if not paying:
        return []
    first = max(paying, key=lambda each: each.suggestion.value or 0.0)
    given = first.suggestion
    begin = say(
        "segments_do",
        name=_quoted(f"{first.place} · {say.of(first.name)}", say),
        treatment=_quoted(say.of(given.name), say),
        value=say.numbers.money(given.value),
        low=say.numbers.money(given.low),
        high=say.numbers.money(given.high),
    )
    return [begin, say("segments_do_test")]
