"""Who moved where between two dates, as a Sankey with its numbers: of lifecycle stages and of learnt segments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from habitue.report.sankey import Flow, sankey
from habitue.report.views import Head, Picture, TableView, Voice

__all__ = ["Named", "Passage", "migration_picture", "pairs_of"]


@dataclass(frozen=True, slots=True)
class Passage:
    """So many went from one place to another between two dates; ``spend`` of the past 365 days, where it is known."""

    start: str
    end: str
    customers: int
    spend: float | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """The places and how to speak of them.

    Attributes
    ----------
    names, colours : mapping
        Place → what it is called, and the name of its colour; in the order from top to bottom.
    pace : sequence of str
        From the best to the worst: a move to an earlier place is an improvement.
    outside : str
        The place of those who are no customers.
    title, said, lead : str
        Keys of texts.
    sides : pair of str
        Keys of the heads of both columns.
    """

    names: Mapping[str, str]
    colours: Mapping[str, str]
    pace: Sequence[str]
    outside: str
    title: str
    said: str
    lead: str
    sides: tuple[str, str] = ("from", "to")


def pairs_of(dates: Sequence[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """Return the pairs of dates once each, the shortest stretch first."""
    return sorted(set(dates), key=lambda pair: pair[1] - pair[0])


def migration_picture(
    passages: Sequence[Passage], between: tuple[datetime, datetime], places: Named, say: Voice
) -> Picture:
    """Draw the passages between two dates, with their numbers and a sentence on how many moved."""
    start, end = say.numbers.day(between[0]), say.numbers.day(between[1])
    order = list(places.names)
    flows = [Flow(each.start, each.end, each.customers, _said(each, places, say)) for each in passages]
    title = say(places.title, start=start, end=end)
    wide, small = (
        sankey(
            flows,
            order=order,
            names=places.names,
            colours=places.colours,
            amounts=_sums(passages, say),
            heads=(start, end),
            label=title,
            narrow=narrow,
        )
        for narrow in (False, True)
    )
    return Picture(title, wide, small, _table(passages, order, places, say), (), [_moved(passages, places, say)])


def _table(passages: Sequence[Passage], order: Sequence[str], places: Named, say: Voice) -> TableView:
    spent = any(each.spend is not None for each in passages)
    heads = [Head(say(places.sides[0])), Head(say(places.sides[1])), Head(say("number"), True)]
    heads += [Head(say("spend_year"), True)] if spent else []
    rows = [
        [
            places.names[each.start],
            places.names[each.end],
            say.numbers.count(each.customers),
            *([say.numbers.money(each.spend)] if spent else []),
        ]
        for each in sorted(passages, key=lambda each: (order.index(each.start), order.index(each.end)))
    ]
    return TableView(heads, rows, stack=False, folded=say("numbers_behind"))


def _said(each: Passage, places: Named, say: Voice) -> str:
    facts = {"start": places.names[each.start], "end": places.names[each.end], "n": say.people(each.customers)}
    return say(places.said, **facts, **({} if each.spend is None else {"spend": say.numbers.money(each.spend)}))


def _sums(passages: Sequence[Passage], say: Voice) -> tuple[dict[str, str], dict[str, str]]:
    before: dict[str, int] = {}
    after: dict[str, int] = {}
    for each in passages:
        before[each.start] = before.get(each.start, 0) + each.customers
        after[each.end] = after.get(each.end, 0) + each.customers
    return (
        {code: say.numbers.count(count) for code, count in before.items()},
        {code: say.numbers.count(count) for code, count in after.items()},
    )


def _moved(passages: Sequence[Passage], places: Named, say: Voice) -> str:
    old = [each for each in passages if each.start != places.outside]
    place = {code: index for index, code in enumerate(places.pace)}

    def counted(test: Callable[[int, int], bool]) -> str:
        known = (each for each in old if each.start in place and each.end in place)
        hits = (each for each in known if test(place[each.start], place[each.end]))
        return say.numbers.count(sum(each.customers for each in hits))

    return say(
        places.lead,
        moved=say.numbers.count(sum(each.customers for each in old if each.start != each.end)),
        all=say.numbers.count(sum(each.customers for each in old)),
        better=counted(lambda start, end: end < start),
        worse=counted(lambda start, end: end > start),
        new=say.numbers.count(sum(each.customers for each in passages if each.start == places.outside)),
    )
