"""The models behind the forecasts, each in one line beside the best of the simple rules."""

from __future__ import annotations

from datetime import date

from habitue.report.contents import ReportContents
from habitue.report.model_cards import METRICS, MODELS, Measured, ModelCard, named, written
from habitue.report.texts import TEXTS
from habitue.report.views import Block, Head, Note, Section, TableView, Voice

__all__ = ["models"]

_DRIFT_SHOWN = 3
_NOTES_SHOWN = 2  # the whole card has the others


def models(contents: ReportContents, say: Voice) -> Section | None:
    """Show one line per model; nothing where no model was published."""
    cards = contents.models
    if not cards:
        return None
    later = sum(each.whole.get("split") == "later" for each in cards)
    heads = [
        Head(say("question")),
        Head(say("model")),
        Head(say("figure")),
        Head(say("simple_rule")),
        Head(say("learnt_from")),
        Head(say("to_know")),
    ]
    rows = [
        [
            (say.of(each.question) or each.task, each.task),
            named(MODELS, each.model, say.language),
            _figure(each.headline, named(METRICS, each.headline.name, say.language) if each.headline else "", say),
            _figure(each.baseline_headline, named(MODELS, each.baseline, say.language), say),
            _learnt(each, say),
            _to_know(each, say),
        ]
        for each in cards
    ]
    lead = say("models_lead", n=str(len(cards)), later=str(later))
    blocks: list[Block] = [TableView(heads, rows), Note(say("models_command"), code="habitue models")]
    return Section("models", say("models"), lead, say("models_sure"), blocks)


def _figure(measured: Measured | None, name: str, say: Voice) -> str | tuple[str, str]:
    if measured is None:
        return ""
    value, interval = written(measured)
    line = say("named_figure", name=name, value=value)
    return (line, interval) if interval else line


def _learnt(card: ModelCard, say: Voice) -> str | tuple[str, str]:
    if not card.cutoffs:
        return ""
    days = [say.numbers.day(date.fromisoformat(each)) for each in sorted(card.cutoffs)]
    dates = days[0] if len(days) == 1 else say("cutoff_range", n=str(len(days)), first=days[0], last=days[-1])
    return dates, say("learnt", rows=say.numbers.count(card.rows), customers=say.people(card.customers))


def _to_know(card: ModelCard, say: Voice) -> str:
    notes = [say.of(each) for each in card.notes[:_NOTES_SHOWN]]
    if not notes and f"fallback_{card.fallback}" in TEXTS:
        notes = [say(f"fallback_{card.fallback}")]
    if not notes and card.sampled:
        notes = [say("sampled")]
    if card.moved:
        names = [say.of(each) for each in card.moved[:_DRIFT_SHOWN]]
        notes.append(say("drifted", inputs=say.numbers.listed(names)))
    return say.joined(*notes)
