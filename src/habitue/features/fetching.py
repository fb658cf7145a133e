"""Fetch features at many moments: the query is written once and only its moments are exchanged.

Writing the query of seventy features takes Ibis ten times longer than DuckDB takes to answer it for a small shop, and
learning asks it at a dozen moments. All moments in it are the snapshot's own or whole days before it, so the text for
one moment is the text for another with these exchanged; where that does not hold the query is written anew.

Of a large shop the figures are worked out a few at a time: all in one query would overrun the database's memory.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import pyarrow as pa

from habitue.features.compiler import compute

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["fetch", "part_by_part"]

#: A moment that no shop's data hold, down to the microsecond.
_STAND_IN = dt.datetime(1903, 2, 7, 4, 5, 6, 789012)
_LARGE = 2_000_000  # order lines
_MOMENT = re.compile(r"MAKE_(TIMESTAMP|DATE)\(([^()]*)\)")


@dataclass(frozen=True, slots=True)
class _Query:
    """The text of a query between its moments, and how many days each lies before the snapshot's."""

    parts: tuple[str, ...]
    moments: tuple[tuple[str, int], ...]
    schema: Any

    def at(self, as_of: dt.datetime) -> str:
        """Return the query for a moment."""
        text = [self.parts[0]]
        for (kind, days), after in zip(self.moments, self.parts[1:], strict=True):
            when = as_of - dt.timedelta(days=days)
            text.append(f"DATE '{when.date()}'" if kind == "DATE" else f"TIMESTAMP '{when.isoformat(sep=' ')}'")
            text.append(after)
        return "".join(text)


_QUERIES: WeakKeyDictionary[Shop, dict[tuple[str, ...], _Query | None]] = WeakKeyDictionary()


def fetch(shop: Shop, as_of: dt.datetime, names: tuple[str, ...]) -> pa.Table:
    """Return features of every customer as of a moment, as an Arrow table; the same as computing the expression.

    Parameters
    ----------
    shop : Shop
    as_of : datetime
    names : tuple of str
        As for `habitue.features.compute`.
    """
    with part_by_part(shop) as hold:
        if hold is not None:
            return shop.engine.to_arrow(compute(shop.at(as_of), names, hold=hold))
    known = _QUERIES.setdefault(shop, {})
    if names not in known:
        known[names] = _written(shop, names)
    query = known[names]
    if query is None:
        return shop.engine.to_arrow(compute(shop.at(as_of), names))
    return shop.engine.fetch(query.at(as_of), query.schema)


@contextmanager
def part_by_part(shop: Shop) -> Iterator[Callable[[Any], Any] | None]:
    """Give what `habitue.features.compute` holds its parts with, for a large shop; None where one query does.

    The parts are let go at the end of the block: what was computed has to be read or written within it.
    """
    if shop.line_count < _LARGE:
        yield None
        return
    held: list[Any] = []

    def hold(rows: Any) -> Any:
        held.append(shop.engine.keep(rows))
        return held[-1]

    try:
        yield hold
    finally:
        for each in held:
            shop.engine.drop(each)


def _written(shop: Shop, names: tuple[str, ...]) -> _Query | None:
    """Write the query for the stand-in and find its moments; None where one of them is not whole days before it."""
    expression = compute(shop.at(_STAND_IN), names)
    text = shop.engine.text(expression)
    parts, moments, begin = [], [], 0
    for found in _MOMENT.finditer(text):
        days = _days_before(found[1], found[2])
        if days is None:
            return None
        parts.append(text[begin : found.start()])
        moments.append((found[1], days))
        begin = found.end()
    return _Query((*parts, text[begin:]), tuple(moments), expression.schema().to_pyarrow())


def _days_before(kind: str, figures: str) -> int | None:
    numbers = [float(each) for each in figures.split(",")]
    year, month, day = (int(each) for each in numbers[:3])
    if kind == "DATE":
        return (_STAND_IN.date() - dt.date(year, month, day)).days
    hour, minute = (int(each) for each in numbers[3:5])
    seconds = dt.timedelta(microseconds=round(numbers[5] * 1_000_000))
    before = _STAND_IN - (dt.datetime(year, month, day, hour, minute) + seconds)
    return before.days if before == dt.timedelta(days=before.days) else None
