"""The head of the report, and what to do today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from habitue.report.contents import Action, ReportContents, Spend
from habitue.report.sections.segments import stake_by_segment
from habitue.report.views import Block, Grid, Head, Note, Section, TableView, Tile, Tiles, Voice

__all__ = ["PageHead", "head", "today"]

_STALE = timedelta(days=35)
_IN_FULL = 5  # actions that are shown in full


@dataclass(frozen=True, slots=True)
class PageHead:
    """What stands above all sections."""

    shop: str
    facts: tuple[str, ...]
    warning: str
    figures: Tiles


def head(contents: ReportContents, say: Voice) -> PageHead:
    """Say which shop this is, how fresh the data are, and the key figures."""
    figures, numbers = contents.figures, say.numbers
    first, last = figures.first_order_at, figures.last_order_at
    facts = [say("as_of", day=numbers.last_day_before(contents.as_of))]
    facts.append(
        say("period", first=numbers.day(first), last=numbers.day(last)) if first and last else say("no_orders")
    )
    if last:
        facts.append(say("fresh", last=numbers.moment(last.replace(second=0, microsecond=0))))
    facts.append(say("written", day=numbers.day(contents.written_at)))
    age = contents.written_at - last if last else timedelta()
    warning = say("stale", days=numbers.days(age / timedelta(days=1))) if age > _STALE else ""
    return PageHead(contents.shop, tuple(facts), warning, _figures(contents, say))


def _figures(contents: ReportContents, say: Voice) -> Tiles:
    figures, numbers = contents.figures, say.numbers
    tiles = [
        Tile(say("customers"), numbers.count(figures.customers), say("customers_note")),
        Tile(say("orders"), numbers.count(figures.orders), say("orders_note")),
        Tile(say("repeat"), numbers.share(figures.repeat_share), say("repeat_note")),
        Tile(say("aov"), numbers.money(figures.average_order_value), say("aov_note")),
    ]
    return Tiles([*tiles, *(_spend(each, say) for each in figures.spend)])


def _spend(spend: Spend, say: Voice) -> Tile:
    days = str(spend.days)
    change = say.numbers.change(spend.now, spend.before)
    note = say("against", change=change, days=days) if change else say("no_before")
    tone = "" if not change else "bad" if change.startswith("−") else "good" if change != "±0%" else ""
    return Tile(say("spend_days", days=days), say.numbers.money(spend.now), note, tone)


def today(contents: ReportContents, say: Voice) -> Section:
    """Show the groups of customers to care for today, and who to contact first."""
    if not contents.actions:
        return Section("today", say("today"), say("today_none"))
    first = contents.actions[0]
    lead = say(
        "today_lead",
        n=str(len(contents.actions)),
        first=_quoted(say.of(first.title), say),
        stake=say.numbers.money(first.money_at_stake),
    )
    cards = [_card(each, contents, say) for each in contents.actions[:_IN_FULL]]
    further = contents.actions[_IN_FULL:]
    blocks: list[Block] = [Grid("actions", {"cards": cards})]
    if further:
        blocks.append(_further(further, say))
    return Section(
        "today",
        say("today"),
        lead,
        say.joined(say("today_sure"), say.of(contents.stake_basis)),
        [*blocks, Note(say("command"), code="habitue customer ID"), *stake_by_segment(contents, say)],
        [text for text in (say.of(contents.hold_out),) if text],
    )


def _further(actions: Sequence[Action], say: Voice) -> TableView:
    rows = [
        [
            say.of(each.title),
            say.of(each.to_do),
            say.numbers.count(each.customers),
            say.numbers.money(each.money_at_stake),
        ]
        for each in actions
    ]
    heads = [Head(say("group")), Head(say("what_to_do")), Head(say("number"), True), Head(say("stake_head"), True)]
    return TableView(heads, rows, say("more_actions"))


def _quoted(title: str, say: Voice) -> str:
    return f"「{title}」" if say.language == "zh" else f"“{title}”"


def _card(action: Action, contents: ReportContents, say: Voice) -> dict[str, object]:
    people = [each for each in contents.action_customers if each.action == action.action]
    stage = contents.stages.get(action.segment)
    table = TableView(
        [Head(say("customer")), Head(say("why_now")), Head(say("spend_year"), True), Head(say("stake"), True)],
        [
            [
                each.customer_id,
                say.of(each.reason),
                say.numbers.money_in_full(each.spend_365d),
                say.numbers.money_in_full(each.money_at_stake),
            ]
            for each in people
        ],
        folded=say("first_few"),
    )
    return {
        "title": say.of(action.title),
        "people": say.people(action.customers),
        "stage": say.of(stage.name) if stage else action.segment,
        "stake": say.numbers.money(action.money_at_stake),
        "stake_label": say("stake"),
        "evidence": say(f"evidence_{action.evidence}"),
        "why": say.of(action.why),
        "to_do": say.of(action.to_do),
        "table": table if people else None,
    }
