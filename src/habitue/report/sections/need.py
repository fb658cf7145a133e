"""What customers need next: categories by lifecycle stage, when the next orders come, what falls due."""

from __future__ import annotations

from collections.abc import Sequence

from habitue.report.charts import Bar, Cell, heat_map, stacked_bars
from habitue.report.contents import ReportContents
from habitue.report.predictions import NeedCell, NeedOutlook
from habitue.report.views import Block, Head, Picture, Section, TableView, Voice, drawn

__all__ = ["need"]

_STEPS = (25, 60, 90, 115, 150, 200)  # indices from which a cell is one step darker
_MONTH_WEEKS = 4  # about 30 days


def need(contents: ReportContents, say: Voice) -> Section | None:
    """Show which categories come next for whom, and when orders are expected; nothing where it was not run."""
    outlook = contents.need
    if outlook is None:
        return None
    if not outlook.categories and not outlook.weeks:
        return Section("need", say("need"), say("need_none"))
    blocks: list[Block] = []
    if outlook.cells:
        blocks.append(_map(contents, outlook, say))
    if outlook.categories:
        blocks.append(_categories(outlook, say))
    if len(outlook.weeks) > 1:
        blocks.append(_weeks(outlook, say))
    if outlook.due_products:
        blocks.append(_products(outlook, say))
    counted = say("need_counted") if outlook.likeliest_only else ""
    sure = say.joined(say("need_sure"), counted, say("need_from_titles") if outlook.from_titles else "")
    return Section("need", say("need"), _lead(outlook, say), sure, blocks, [say("need_do")])


def _lead(outlook: NeedOutlook, say: Voice) -> str:
    soon = say.people(sum(each.customers for each in outlook.weeks[:_MONTH_WEEKS])) if outlook.weeks else ""
    if not outlook.categories:
        return say("need_lead_when", n=soon)
    first = outlook.categories[0]
    category, share = _quoted(first.category, say), say.numbers.share(first.next_share)
    if not soon:
        return say("need_lead_plain", category=category, share=share)
    return say("need_lead", category=category, share=share, n=soon)


def _quoted(category: str, say: Voice) -> str:
    return f"「{category}」" if say.language == "zh" else f"“{category}”"


def _map(contents: ReportContents, outlook: NeedOutlook, say: Voice) -> Picture:
    title = say("need_map")
    codes = [code for code in contents.stages if any(each.stage == code for each in outlook.cells)]
    stages = {code: say.of(contents.stages[code].name) for code in codes}
    categories = list(dict.fromkeys(each.category for each in outlook.cells))

    def chart(narrow: bool) -> dict[str, object]:  # noqa: FBT001 - called with one meaning
        cells = [
            Cell(
                each.category,
                stages[each.stage],
                sum(each.index >= step for step in _STEPS),
                f"{each.index:.0f}",
                _said(each, stages[each.stage], say),
            )
            for each in outlook.cells
            if each.stage in stages
        ]
        return heat_map(
            cells,
            rows=categories,
            columns=list(stages.values()),
            top=say("need_map_top"),
            narrow=narrow,
            wordy=True,
        )

    wide, small = drawn("need-map", title, chart)
    found = {(each.category, each.stage): each for each in outlook.cells}
    rows = [
        [
            category,
            *(
                say.numbers.share(found[category, code].probability) if (category, code) in found else ""
                for code in codes
            ),
        ]
        for category in categories
    ]
    heads = [Head(say("category")), *(Head(name, True) for name in stages.values())]
    table = TableView(
        heads, rows, say("next_share"), stack=False, folded=f"{say('numbers_behind')}: {say('next_share')}"
    )
    return Picture(title, wide, small, table, (), [say("need_map_note")])


def _said(each: NeedCell, stage: str, say: Voice) -> str:
    return say(
        "need_said",
        stage=stage,
        category=each.category,
        share=say.numbers.share(each.probability),
        index=say.numbers.count(each.index),
    )


def _categories(outlook: NeedOutlook, say: Voice) -> TableView:
    heads = [Head(say("category"))]
    heads += [Head(say(key), True) for key in ("next_share", "first_choice", "ready")]
    rows: list[Sequence[str | tuple[str, str]]] = []
    for each in outlook.categories:
        share = say.numbers.share(each.next_share)
        about = say("products_in", n=say.numbers.count(each.products)) if each.products else ""
        below = " · ".join(text for text in (each.words, about) if text)
        rows.append(
            [
                (each.category, below) if below else each.category,
                (share, say("recent_share", share=say.numbers.share(each.recent_share)))
                if each.recent_share is not None
                else share,
                say.numbers.count(each.first_choice),
                say.numbers.count(each.ready),
            ]
        )
    return TableView(heads, rows, say("need_categories"))


def _weeks(outlook: NeedOutlook, say: Voice) -> Picture:
    title = say("need_weeks")
    bars = [
        Bar(
            each.start.isoformat(),
            "customers",
            float(each.customers),
            say("need_week_said", week=say.numbers.day(each.start), n=say.people(each.customers)),
        )
        for each in outlook.weeks
    ]
    places = {each.start.isoformat(): _day(each.start.month, each.start.day, say) for each in outlook.weeks}

    def chart(narrow: bool) -> dict[str, object]:  # noqa: FBT001 - called with one meaning
        return stacked_bars(
            bars, places=places, colours={"customers": "accent"}, write=say.numbers.short, narrow=narrow
        )

    wide, small = drawn("need-weeks", title, chart)
    rows = [[say.numbers.day(each.start), say.numbers.count(each.customers)] for each in outlook.weeks]
    table = TableView([Head(say("week")), Head(say("number"), True)], rows, stack=False, folded=say("numbers_behind"))
    notes = [say("need_later", n=say.people(outlook.later))] if outlook.later else []
    return Picture(title, wide, small, table, (), notes)


def _day(month: int, day: int, say: Voice) -> list[str]:
    return [f"{month}月{day}日"] if say.language == "zh" else [f"{day} {say.numbers.month_name(month)}"]


def _products(outlook: NeedOutlook, say: Voice) -> TableView:
    rows: list[Sequence[str | tuple[str, str]]] = [
        [
            (each.title, each.product_id) if each.title and each.title != each.product_id else each.product_id,
            say.numbers.count(each.customers),
            say.numbers.days(each.usual_gap_days),
        ]
        for each in outlook.due_products
    ]
    heads = [Head(say("product")), Head(say("number"), True), Head(say("usual_gap"), True)]
    return TableView(heads, rows, say("need_products"))
