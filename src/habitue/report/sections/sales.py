"""Sales by month: money of known customers and guests, returns, and new against returning customers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from habitue.report.charts import Bar, stacked_bars
from habitue.report.contents import ReportContents, SalesMonth
from habitue.report.views import Block, Head, Note, Picture, Section, TableView, Voice, drawn

__all__ = ["sales"]

_SHOWN = 25  # months
_GUESTS_MATTER = 0.03

_MONEY = {"known_spend": "accent", "guest_spend": "slate", "returns": "vermilion"}
_PEOPLE = {"returning": "accent", "new": "sky"}

Values = Callable[[SalesMonth], dict[str, float]]


def sales(contents: ReportContents, say: Voice) -> Section:
    """Show two charts: money by month, and buying customers by month."""
    months = contents.months[-_SHOWN:]
    complete = [each for each in months if each.complete]
    if not months:
        return Section("sales", say("sales"), say("sales_none"))
    last = (complete or months)[-1]
    lead = say(
        "sales_lead",
        month=say.numbers.month(last.month),
        spend=say.numbers.money(last.spend),
        customers=say.numbers.count(last.customers),
        new=say.numbers.count(last.new_customers),
    )
    blocks: list[Block]
    if len(months) < 2:
        blocks = [Note(say("one_moment")), _table(months, say)]
    else:
        blocks = [_picture("sales_money", months, say), _picture("sales_people", months, say)]
    return Section("sales", say("sales"), lead, say("sales_sure"), blocks, _todo(months, last, say))


def _todo(months: Sequence[SalesMonth], last: SalesMonth, say: Voice) -> list[str]:
    texts = []
    guests = sum(each.guest_spend for each in months)
    everything = guests + sum(each.spend for each in months)
    if everything and guests / everything > _GUESTS_MATTER:
        texts.append(say("sales_do_guests", share=say.numbers.share(guests / everything)))
    if last.customers:
        share = say.numbers.share(last.returning_customers / last.customers)
        texts.append(say("sales_do_new", share=share, month=say.numbers.month(last.month)))
    return texts


def _money(each: SalesMonth) -> dict[str, float]:
    return {"known_spend": each.spend, "guest_spend": each.guest_spend, "returns": -each.returns}


def _people(each: SalesMonth) -> dict[str, float]:
    return {"returning": float(each.returning_customers), "new": float(each.new_customers)}


def _picture(key: str, months: Sequence[SalesMonth], say: Voice) -> Picture:
    money = key == "sales_money"
    values: Values = _money if money else _people
    write = say.numbers.money if money else say.numbers.short
    used = _MONEY if money else _PEOPLE
    colours = {series: colour for series, colour in used.items() if any(values(each)[series] for each in months)}
    places = {each.month.isoformat(): _label(each, index, say) for index, each in enumerate(months)}
    bars = [_bar(each, series, values(each)[series], write, say) for each in months for series in colours]
    title = say(key)

    def chart(narrow: bool) -> dict[str, object]:  # noqa: FBT001 - called with one meaning
        return stacked_bars(bars, places=places, colours=colours, write=write, narrow=narrow)

    wide, small = drawn(key.replace("_", "-"), title, chart)
    notes = [say("partial")] if any(not each.complete for each in months) else []
    legend = [(colour, say(series)) for series, colour in colours.items()]
    return Picture(title, wide, small, _table(months, say), legend, notes)


def _bar(each: SalesMonth, series: str, value: float, write: Callable[[float], str], say: Voice) -> Bar:
    said = say("month_said", month=say.numbers.month(each.month), series=say(series), value=write(value))
    return Bar(each.month.isoformat(), series, value, said, not each.complete)


def _label(each: SalesMonth, index: int, say: Voice) -> list[str]:
    name = say.numbers.short_month(each.month) + ("" if each.complete else "*")
    year = f"{each.month.year}年" if say.language == "zh" else str(each.month.year)
    return [name, year] if index == 0 or each.month.month == 1 else [name]


def _table(months: Sequence[SalesMonth], say: Voice) -> TableView:
    names = ("orders", "customers", "new", "returning", "spend", "returns", "guest_spend")
    rows = [
        [
            say.numbers.month(each.month) + ("" if each.complete else "*"),
            *(say.numbers.count(n) for n in (each.orders, each.customers, each.new_customers)),
            say.numbers.count(each.returning_customers),
            *(say.numbers.money(m) for m in (each.spend, each.returns, each.guest_spend)),
        ]
        for each in months
    ]
    heads = [Head(say("month")), *(Head(say(name), True) for name in names)]
    return TableView(heads, rows, stack=False, folded=say("numbers_behind"))
