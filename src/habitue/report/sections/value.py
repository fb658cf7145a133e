"""What customers will spend: by tenth, by horizon, who spends most, and how right such forecasts were."""

from __future__ import annotations

from collections.abc import Sequence

from habitue.report.charts import Bar, stacked_bars
from habitue.report.charts_prediction import Step, two_lines
from habitue.report.contents import ReportContents
from habitue.report.model_cards import MODELS, named
from habitue.report.predictions import Decile, TrackingWeek, ValueOutlook
from habitue.report.sections.forecasts import forecast_picture, touching
from habitue.report.views import Block, Head, Picture, Section, TableView, Tile, Tiles, Voice, drawn

__all__ = ["value"]

_SHOWN_LABELS = 8  # names under the tracking curve


def value(contents: ReportContents, say: Voice) -> Section | None:
    """Show how expected spend spreads over customers; nothing where the run did not forecast it."""
    outlook = contents.value
    if outlook is None:
        return None
    if not outlook.deciles:
        return Section("value", say("value"), say("value_none"))
    total = sum(each.spend for each in outlook.deciles)
    top = max(outlook.deciles, key=lambda each: each.decile)
    lead = say(
        "value_lead",
        spend=say.numbers.money(outlook.spend),
        days=say.numbers.days(outlook.horizon_days),
        share=say.numbers.share(top.spend / total if total else None),
    )
    blocks: list[Block] = []
    if outlook.horizons:
        blocks.append(_horizons(contents, outlook, say))
    blocks.append(_deciles(outlook.deciles, total, say))
    if outlook.groups:
        blocks.append(_groups(contents, outlook, say))
    if outlook.first:
        blocks.append(_first(outlook, say))
    if outlook.calibration:
        blocks.append(_calibration(outlook, say))
    if len(outlook.tracking) > 1:
        blocks.append(_tracking(outlook, say))
    return Section("value", say("value"), lead, say("value_sure"), blocks, _todo(contents, outlook, say))


def _horizons(contents: ReportContents, outlook: ValueOutlook, say: Voice) -> Tiles:
    past = {each.days: each.now for each in contents.figures.spend}
    tiles = []
    for each in outlook.horizons:
        days = str(each.days)
        note = say("last_days", days=days, spend=say.numbers.money(past[each.days])) if past.get(each.days) else ""
        tiles.append(Tile(say("next_days", days=days), say.numbers.money(each.spend), note))
    return Tiles(tiles, say("value_horizons"))


def _deciles(deciles: Sequence[Decile], total: float, say: Voice) -> Picture:
    best = max(each.decile for each in deciles)
    bands = {each.decile: _band(best - each.decile, say) for each in deciles}
    shares = {each.decile: each.spend / total if total else 0.0 for each in deciles}
    bars = [
        Bar(
            str(each.decile),
            "expected_spend",
            shares[each.decile],
            say(
                "decile_said",
                band="".join(bands[each.decile]),
                n=say.people(each.customers),
                spend=say.numbers.money(each.spend),
                share=say.numbers.share(shares[each.decile]),
            ),
        )
        for each in deciles
    ]
    places = {str(each.decile): bands[each.decile] for each in deciles}
    title = say("value_deciles")

    def chart(narrow: bool) -> dict[str, object]:  # noqa: FBT001 - called with one meaning
        colours = {"expected_spend": "accent"}
        lines = places if narrow else {place: ["".join(label)] for place, label in places.items()}
        return stacked_bars(bars, places=lines, colours=colours, write=say.numbers.share, narrow=narrow, all_named=True)

    wide, small = drawn("value-deciles", title, chart)
    keys = ("number", "expected_spend", "per_customer", "share_expected")
    rows = [
        [
            "".join(bands[each.decile]),
            say.numbers.count(each.customers),
            say.numbers.money(each.spend),
            say.numbers.money(each.spend / each.customers if each.customers else None),
            say.numbers.share(shares[each.decile]),
        ]
        for each in deciles
    ]
    table = TableView([Head(say("band")), *(Head(say(key), True) for key in keys)], rows, stack=False)
    return Picture(title, wide, small, _folded(table, say))


def _folded(table: TableView, say: Voice) -> TableView:
    return TableView(table.heads, table.rows, table.title, table.stack, folded=say("numbers_behind"))


def _band(place: int, say: Voice) -> list[str]:
    """Name a tenth in two parts that also read as one word: the best is ``Top 10%``, the next ``10–20%``."""
    if place == 0:
        first = say("band_top")
        return [first[:-3], first[-3:]]
    return [f"{10 * place}–", f"{10 * place + 10}%"]


def _groups(contents: ReportContents, outlook: ValueOutlook, say: Voice) -> TableView:
    rows = [
        [
            say.of(contents.stages[each.stage].name) if each.stage in contents.stages else each.stage,
            say.numbers.count(each.top),
            say.numbers.share(each.top_share),
            say.numbers.share(each.all_share),
        ]
        for each in outlook.groups
    ]
    heads = [Head(say("stage")), *(Head(say(key), True) for key in ("in_top", "share_top", "share_everyone"))]
    return TableView(heads, rows, say("top_stages"), stack=False)


def _first(outlook: ValueOutlook, say: Voice) -> TableView:
    rows: list[list[str | tuple[str, str]]] = [
        [
            each.customer_id,
            (
                say.numbers.money_in_full(each.spend),
                say("range", low=say.numbers.money(each.low), high=say.numbers.money(each.high)),
            )
            if each.low is not None and each.high is not None
            else say.numbers.money_in_full(each.spend),
            say.numbers.decimal(each.orders),
            say.of(each.reason),
        ]
        for each in outlook.first
    ]
    heads = [
        Head(say("customer")),
        Head(say("expected_spend"), True),
        Head(say("expected_orders"), True),
        Head(say("why_now")),
    ]
    return TableView(heads, rows, folded=say("top_customers"))


def _calibration(outlook: ValueOutlook, say: Voice) -> Picture:
    inside, known = touching(outlook.calibration)
    note = say("value_calibration_note", inside=str(inside), n=str(known))
    return forecast_picture(
        "value-calibration",
        outlook.calibration,
        titles=("value_calibration", "forecast_axis", "came_axis"),
        write=say.numbers.money,
        note=note,
        say=say,
        root=True,
    )


def _tracking(outlook: ValueOutlook, say: Voice) -> Picture:
    weeks = outlook.tracking
    steps = [
        Step(
            each.actual,
            each.expected,
            each.held_out,
            say(
                "tracking_said",
                week=say.numbers.day(each.week),
                actual=say.numbers.count(each.actual),
                expected=say.numbers.count(each.expected),
            ),
        )
        for each in weeks
    ]
    title = say("value_tracking")

    def chart(narrow: bool) -> dict[str, object]:  # noqa: FBT001 - called with one meaning
        labels = _week_labels(weeks, 4 if narrow else _SHOWN_LABELS, say)
        return two_lines(steps, labels=labels, write=say.numbers.short, narrow=narrow)

    wide, small = drawn("value-tracking", title, chart)
    rows = [
        [
            say.numbers.day(each.week) + (f" · {say('held_out')}" if each.held_out else ""),
            say.numbers.count(each.actual),
            say.numbers.count(each.expected),
        ]
        for each in weeks
    ]
    heads = [Head(say("week")), Head(say("came"), True), Head(say("forecast"), True)]
    table = TableView(heads, rows, stack=False, folded=say("numbers_behind"))
    legend = [("accent", say("came")), ("vermilion", say("forecast"))]
    return Picture(title, wide, small, table, legend, _tracking_notes(outlook, say))


def _week_labels(weeks: Sequence[TrackingWeek], most: int, say: Voice) -> dict[int, list[str]]:
    """Name the first week of some months, the year below where it changes."""
    firsts = [n for n, each in enumerate(weeks) if n == 0 or each.week.month != weeks[n - 1].week.month]
    if len(firsts) > 1 and firsts[1] < 3:  # no room for a month that only begins
        firsts = firsts[1:]
    every = -(-len(firsts) // most)
    labels: dict[int, list[str]] = {}
    year = 0
    for n in firsts[::every]:
        week = weeks[n].week
        name = say.numbers.short_month(week)
        labels[n] = (
            [name] if week.year == year else [name, f"{week.year}年" if say.language == "zh" else str(week.year)]
        )
        year = week.year
    return labels


def _tracking_notes(outlook: ValueOutlook, say: Voice) -> list[str]:
    known = [each for each in outlook.tracking if each.actual is not None]
    notes = [say("tracking_plain")]
    if known and known[-1].held_out and known[-1].actual:
        off = known[-1].expected / known[-1].actual - 1
        side = say("tracking_above" if off >= 0 else "tracking_below")
        notes.append(say("tracking_held_out", off=say.numbers.share(abs(off)), side=side))
    if outlook.tracking_model:
        notes.append(say("tracking_model", model=named(MODELS, outlook.tracking_model, say.language)))
    return [say.joined(*notes)]


def _todo(contents: ReportContents, outlook: ValueOutlook, say: Voice) -> list[str]:
    texts = []
    if outlook.groups:
        most = max(outlook.groups, key=lambda each: each.top)
        name = say.of(contents.stages[most.stage].name) if most.stage in contents.stages else most.stage
        texts.append(say("value_do_top", n=say.people(most.top), stage=name))
    return [*texts, say("value_do")]
