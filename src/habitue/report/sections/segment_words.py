"""How learnt segments are spoken of: their numbered names, their colours, their rules in plain words."""

from __future__ import annotations

from collections.abc import Sequence

from habitue.report.contents import ReportContents
from habitue.report.palette import FLOW, PLACES
from habitue.report.segmentation import NOT_YET, LearntSegment, Range
from habitue.report.views import Voice

__all__ = ["feature_name", "figure", "rule_text", "segment_colours", "segment_names"]


def segment_names(contents: ReportContents, say: Voice) -> dict[str, str]:
    """Return every learnt segment's number and name, in order; the last are those who are no customers."""
    named = {each.code: f"{each.place} · {say.of(each.name)}" for each in contents.learnt.segments}
    return {**named, NOT_YET: say("not_yet")}


def segment_colours(segments: Sequence[LearntSegment]) -> dict[str, str]:
    """Return the colour of every segment by its place, and of those who are no customers."""
    return {**{each.code: PLACES[(each.place - 1) % len(PLACES)] for each in segments}, NOT_YET: FLOW}


def rule_text(rule: Sequence[Range], contents: ReportContents, say: Voice) -> str:
    """Say a rule as a line: what must lie where."""
    if not rule:
        return say("no_rule")
    said = say("rule_join").join(_part(each, contents, say) for each in rule)
    return said[:1].upper() + said[1:]


def _part(part: Range, contents: ReportContents, say: Voice) -> str:
    what = feature_name(part.feature, contents, say)
    sides = {
        name: figure(part.feature, bound, contents, say)
        for name, bound in (("low", part.low), ("high", part.high))
        if bound is not None
    }
    key = "rule_between" if len(sides) == 2 else "rule_from" if "low" in sides else "rule_to"
    return say(key, what=what, **sides)


def feature_name(feature: str, contents: ReportContents, say: Voice) -> str:
    """Return what a figure of a customer is called; its code where it has no words."""
    measure = contents.measures.get(feature)
    return say.of(measure.meaning) if measure else feature


def figure(feature: str, value: float | None, contents: ReportContents, say: Voice) -> str:
    """Write a figure of a customer by its unit."""
    measure = contents.measures.get(feature)
    unit = measure.unit if measure else ""
    if unit == "money":
        return say.numbers.money_in_full(value)
    if unit == "share":
        return say.numbers.share(value)
    if unit == "days" and value is not None:
        return say.numbers.days(value) if 1 <= value < 730 else say.numbers.decimal(value, 0)
    whole = value is None or value == round(value)
    return say.numbers.count(value) if whole else say.numbers.decimal(value)
