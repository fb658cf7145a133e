"""Customer assets: who stands in which lifecycle stage, since when that changed, and who moved where."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from habitue.report.charts import Bar, stacked_bars
from habitue.report.contents import ReportContents, StageMonth
from habitue.report.palette import stage_colours
from habitue.report.sections.migration import Named, Passage, migration_picture, pairs_of
from habitue.report.views import Block, Head, Note, Picture, Section, TableView, Tile, Tiles, Voice, drawn

__all__ = ["flow"]

_NOT_YET = "none"
_HEALTHY = ("new", "second_order_due", "active", "loyal", "returned")
#: From the best to the worst: a move to an earlier place is an improvement.
_PACE = ("loyal", "active", "returned", "new", "second_order_due", "slowing", "dormant", "lost")


def flow(contents: ReportContents, say: Voice) -> Section:
    """Show the stages now, their history, and the flows between dates."""
    moments = sorted({each.at for each in contents.history})
    if not moments:
        return Section("flow", say("flow"), say("flow_none"))
    now = {each.stage: each for each in contents.history if each.at == moments[-1]}
    everyone = sum(each.customers for each in now.values())
    money = sum(each.spend_365d or 0.0 for each in now.values())
    healthy = [each for code, each in now.items() if code in _HEALTHY]
    share = sum(each.spend_365d or 0.0 for each in healthy) / money if money else None
    lead = say(
        "flow_lead",
        healthy=say.numbers.count(sum(each.customers for each in healthy)),
        all=say.numbers.count(everyone),
        share=say.numbers.share(share),
    )
    blocks: list[Block] = [_tiles(contents, now, everyone, say), *_histories(contents, moments, say)]
    blocks.extend(_flows(contents, say))
    blocks.append(_stages(contents, now, everyone, money, say))
    return Section("flow", say("flow"), lead, say("flow_sure"), blocks, [say("flow_do")] if contents.flows else [])


def _tiles(contents: ReportContents, now: dict[str, StageMonth], everyone: int, say: Voice) -> Tiles:
    colours = stage_colours(list(contents.stages))
    nearest = _flow_pairs(contents)[:1]
    before: dict[str, int] = {}
    for each in contents.flows:
        if nearest and (each.from_at, each.to_at) == nearest[0]:
            before[each.from_stage] = before.get(each.from_stage, 0) + each.customers
    tiles = []
    for code in contents.stages:
        here = now.get(code)
        count = here.customers if here else 0
        share = say.numbers.share(count / everyone if everyone else None)
        change = say.numbers.change(count, before.get(code))
        note = f"{share} · {say('against_month', change=change)}" if change else share
        tiles.append(Tile(say.of(contents.stages[code].name), say.numbers.count(count), note, "", colours[code]))
    return Tiles(tiles, say("stages_now"))


def _histories(contents: ReportContents, moments: Sequence[datetime], say: Voice) -> list[Block]:
    if len(moments) < 2:
        return [Note(say("one_moment"), say("history"))]
    count: Callable[[StageMonth], float] = lambda each: float(each.customers)  # noqa: E731
    money: Callable[[StageMonth], float] = lambda each: each.spend_365d or 0.0  # noqa: E731
    young = any(not each.settled for each in contents.history)
    notes = [say.of(contents.history_note)] if young else []
    return [
        _history(contents, moments, ("history", count, say.numbers.short), notes, say),
        _history(contents, moments, ("assets", money, say.numbers.money), [], say),
    ]


def _history(
    contents: ReportContents,
    moments: Sequence[datetime],
    what: tuple[str, Callable[[StageMonth], float], Callable[[float], str]],
    notes: Sequence[str],
    say: Voice,
) -> Picture:
    key, value, write = what
    codes = list(contents.stages)
    colours = stage_colours(codes)
    places = {at.isoformat(): _label(at, index, moments, say) for index, at in enumerate(moments)}
    bars = [
        Bar(each.at.isoformat(), each.stage, value(each), _bar_said(contents, each, write(value(each)), say))
        for each in contents.history
    ]
    title = say(key)

    def chart(narrow: bool) -> dict[str, object]:  # noqa: FBT001 - called with one meaning
        return stacked_bars(
            bars, places=places, colours={code: colours[code] for code in codes}, write=write, narrow=narrow
        )

    wide, small = drawn(f"stages-{key}", title, chart)
    heads = [Head(say("month")), *(Head(_name(contents, code, say), True) for code in codes)]
    found = {(each.at, each.stage): value(each) for each in contents.history}
    rows = [[say.numbers.day(at), *(write(found.get((at, code), 0.0)) for code in codes)] for at in moments]
    legend = [(colours[code], _name(contents, code, say)) for code in codes]
    table = TableView(heads, rows, stack=False, folded=say("numbers_behind"))
    return Picture(title, wide, small, table, legend, notes)


def _bar_said(contents: ReportContents, each: StageMonth, value: str, say: Voice) -> str:
    return say("month_said", month=say.numbers.day(each.at), series=_name(contents, each.stage, say), value=value)


def _label(at: datetime, index: int, moments: Sequence[datetime], say: Voice) -> list[str]:
    if index == len(moments) - 1:
        return [say("now")]
    year = f"{at.year}年" if say.language == "zh" else str(at.year)
    return [say.numbers.short_month(at), year] if index == 0 or at.month == 1 else [say.numbers.short_month(at)]


def _name(contents: ReportContents, code: str, say: Voice) -> str:
    if code == _NOT_YET:
        return say("not_yet")
    return say.of(contents.stages[code].name) if code in contents.stages else code


def _flow_pairs(contents: ReportContents) -> list[tuple[datetime, datetime]]:
    """Return the pairs of dates, the shortest stretch first."""
    return pairs_of([(each.from_at, each.to_at) for each in contents.flows])


def _flows(contents: ReportContents, say: Voice) -> list[Block]:
    pairs = _flow_pairs(contents)
    if not pairs:
        return [Note(say("flow_short", days="30"), say("sankey_short"))]
    order = [*contents.stages, _NOT_YET]
    places = Named(
        names={code: _name(contents, code, say) for code in order},
        colours=stage_colours(order),
        pace=_PACE,
        outside=_NOT_YET,
        title="sankey",
        said="flow_said",
        lead="sankey_lead",
    )
    longest, *others = [migration_picture(_passages(contents, pair), pair, places, say) for pair in reversed(pairs)]
    return [longest, *(replace(each, folded=each.title) for each in others)]


def _passages(contents: ReportContents, pair: tuple[datetime, datetime]) -> list[Passage]:
    return [
        Passage(each.from_stage, each.to_stage, each.customers, each.spend_365d or 0.0)
        for each in contents.flows
        if (each.from_at, each.to_at) == pair
    ]


def _stages(contents: ReportContents, now: dict[str, StageMonth], everyone: int, money: float, say: Voice) -> TableView:
    rows = []
    for code, group in contents.stages.items():
        here = now.get(code)
        count, spend = (here.customers, here.spend_365d or 0.0) if here else (0, 0.0)
        rows.append(
            [
                say.of(group.name),
                say.numbers.count(count),
                say.numbers.share(count / everyone if everyone else None),
                say.numbers.share(spend / money if money else None),
                say.of(group.description),
                say.of(group.treatment),
            ]
        )
    heads = [
        Head(say("stage")),
        Head(say("number"), True),
        Head(say("share_customers"), True),
        Head(say("share_spend"), True),
        Head(say("about")),
        Head(say("treatment")),
    ]
    return TableView(heads, rows, folded=say("stages_about"))
