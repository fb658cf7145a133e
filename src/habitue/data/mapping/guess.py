"""Guessing which table a source is and what its columns mean, from headers and contents together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from habitue.data.mapping.assignment import best_assignment
from habitue.data.mapping.contents import Profile, describe
from habitue.data.mapping.context import Context, context_of
from habitue.data.mapping.dates import DateReading, settle_order
from habitue.data.mapping.doubts import (
    column_doubts,
    date_doubt,
    either,
    lacks_most,
    source_doubts,
    stand_in_doubt,
    unused_doubt,
)
from habitue.data.mapping.figures import decimal_sign
from habitue.data.mapping.guesses import SURE, ColumnGuess, TableGuess
from habitue.data.mapping.header import Reading, read_header
from habitue.data.mapping.relations import relate
from habitue.data.mapping.scoring import Candidate
from habitue.data.mapping.stand_ins import stand_ins
from habitue.data.mapping.tables import Assigned, assign, choose_table
from habitue.data.sources.raw import Sample
from habitue.schema import Kind, Words
from habitue.schema import table as schema_table

__all__ = ["guess"]

_MONEY = ("unit_price", "line_total")
_TIMES = (Kind.TIME, Kind.DATE)


def guess(sample: Sample, *, table: str | None = None) -> TableGuess:
    """Say which table a source is and what each of its columns means, with the evidence.

    Parameters
    ----------
    sample : Sample
        Headers and a few thousand rows.
    table : str, optional
        The table, where it is known.

    Returns
    -------
    TableGuess
        Guesses that may be wrong carry a warning.

    Examples
    --------
    >>> sample = Sample(
    ...     "export.csv",
    ...     "csv",
    ...     ["Order No", "Kunde", "When"],
    ...     {"Order No": ["A1", "A2"], "Kunde": ["7", "8"], "When": ["2024-01-05", "2024-01-06"]},
    ...     {},
    ... )
    >>> guess(sample, table="orders").mapping
    {'order_id': 'Order No', 'customer_id': 'Kunde', 'ordered_at': 'When'}
    """
    decimal = _decimal(sample)
    profiles = [
        describe(header, sample.columns[header], decimal=decimal, native=sample.native.get(header, "string"))
        for header in sample.headers
    ]
    readings = {header: read_header(header) for header in sample.headers}
    relations = relate(profiles)
    second: Assigned | None = None
    if table:
        best, sureness = assign(profiles, readings, relations, schema_table(table), sample.path), 1.0
    else:
        best, second, sureness = choose_table(profiles, readings, relations, sample.path)
    return _answer(sample, _Seen(profiles, readings, best, second, sureness, decimal, relations.tested))


@dataclass(frozen=True, slots=True)
class _Seen:
    """All that was seen of a source, on the way to the answer."""

    profiles: list[Profile]
    readings: dict[str, Reading]
    best: Assigned
    second: Assigned | None
    sureness: float
    decimal: str
    tested: frozenset[tuple[str, str]]  # money whose relation to the pieces is known

    @property
    def foreign(self) -> bool:
        """Whether the source is hardly one of our tables, so that no column is certain."""
        return self.sureness < 0.6 or lacks_most(self.best.table, self.best.chosen.values())

    def may_be_other_money(self, header: str, candidate: Candidate, chosen: dict[str, str]) -> bool:
        """Whether a price may be a total or the other way round, because no other column tells."""
        if candidate.column not in _MONEY or (header, candidate.column) in self.tested or candidate.said >= 0.95:
            return False
        return candidate.said < 0.8 or self._pieces_vary(chosen)

    def _pieces_vary(self, chosen: dict[str, str]) -> bool:
        """Whether quantities differ, so that a price and a total are not the same."""
        header = next((each for each, column in chosen.items() if column == "quantity"), None)
        profile = next((each for each in self.profiles if each.header == header), None)
        return profile is not None and profile.share("one") < 0.9


def _decimal(sample: Sample) -> str:
    """Return the decimal sign: the sniffed one, else what the text columns show."""
    if sample.sniffed is not None:
        return sample.sniffed.decimal
    cells = [
        cell
        for header in sample.headers
        if sample.native.get(header, "string") == "string"
        for cell in sample.columns[header][:500]
        if cell and cell.count(".") != 2
    ]
    return decimal_sign(cells)


def _answer(sample: Sample, seen: _Seen) -> TableGuess:
    by_header = {profile.header: profile for profile in seen.profiles}
    chosen, taken = stand_ins(seen.best, by_header)
    context = context_of(seen.profiles, seen.readings, chosen)
    dates = _dates(seen, chosen, context)
    columns = _column_guesses(seen, chosen, taken, dates)
    mapped = {column: header for header, column in chosen.items()}
    also = _also(seen.best.table.name, mapped)
    doubts = source_doubts(seen.best, seen.second, seen.sureness, mapped, also, by_header)
    table = seen.best.table
    patterns = {
        column: list(dates[header].patterns)
        for column, header in sorted(mapped.items(), key=lambda each: table.names.index(each[0]))
        if header in dates and dates[header].patterns
    }
    zones = {reading.zone for reading in dates.values() if reading.zone and not reading.numeric}
    return TableGuess(
        path=sample.path,
        table=table.name,
        confidence=seen.sureness,
        columns=tuple(columns),
        warnings=tuple(doubts + context.doubts),
        dates=patterns,
        currency=context.currency,
        timezone=next(iter(zones)) if len(zones) == 1 else "",
        language=context.language,
        decimal=seen.decimal,
        also=also,
    )


def _also(table: str, mapped: dict[str, str]) -> dict[str, str]:
    """Let the e-mail, the telephone or the name stand for a customer number that is not there."""
    if table not in ("order_lines", "orders") or "customer_id" in mapped:
        return {}
    names = ("customer_email", "customer_phone", "customer_name")
    return next(({"customer_id": mapped[name]} for name in names if name in mapped), {})


def _dates(seen: _Seen, chosen: dict[str, str], context: Context) -> dict[str, DateReading]:
    """Settle how the time columns are written, all of a file together."""
    every = [profile for profile in seen.profiles if profile.dates.share >= 0.3]
    settled = settle_order([profile.dates for profile in every], context.date_habit)
    found = {profile.header: reading for profile, reading in zip(every, settled, strict=True)}
    table = seen.best.table
    return {
        header: _native(found[header], profile)
        for profile in every
        if (header := profile.header) in chosen and table.column(chosen[header]).kind in _TIMES
    }


def _native(reading: DateReading, profile: Profile) -> DateReading:
    """Drop the patterns of a column that the source itself calls a time."""
    if profile.native.startswith(("timestamp", "date")):
        return replace(reading, patterns=(), certain=True, both=False, share=1.0)
    return reading


def _column_guesses(
    seen: _Seen, chosen: dict[str, str], taken: dict[str, float], dates: dict[str, DateReading]
) -> list[ColumnGuess]:
    """Turn the assignment into guesses, each with its confidence and its doubts."""
    headers = [profile.header for profile in seen.profiles]
    gains = seen.best.gains()
    names = seen.best.table.names
    guesses = []
    for place, profile in enumerate(seen.profiles):
        header = profile.header
        column = chosen.get(header)
        if column is None:
            reading = seen.readings[header]
            says = reading.says_something or reading.unknown > 0
            guesses.append(unused_doubt(seen.best, profile, chosen, says_something=says))
            continue
        candidate = seen.best.candidates[header, column]
        doubts: list[Words] = []
        if header in taken:
            confidence = 0.5
            doubts.append(stand_in_doubt(seen.best.table.column(column), header))
        else:
            others, total = best_assignment(gains, without=(place, names.index(column)))
            confidence = _confidence(seen.best.total - total, candidate, seen.readings[header])
            if seen.may_be_other_money(header, candidate, chosen):
                confidence = min(confidence, SURE - 0.05)
            if seen.foreign:
                confidence = min(confidence, SURE - 0.05)
            if confidence < SURE:
                rivals = _rivals(headers, names, others, header, column)
                doubts.append(either(seen.best.table, column, header, *rivals))
        doubts += column_doubts(profile, seen.best.table.column(column), candidate)
        if header in dates:
            doubts += date_doubt(dates[header])
        guesses.append(ColumnGuess(header, column, confidence, candidate.evidence, _joined(doubts)))
    return guesses


def _confidence(margin: float, candidate: Candidate, reading: Reading) -> float:
    """Turn the gain that would be lost without a pair into a confidence."""
    confidence = 1 / (1 + math.exp(-(margin - 0.4)))
    # Contents alone need something that only this column has, such as e-mail addresses or pieces × price = total;
    # against what the header says not even that is enough.
    enough = candidate.held >= 3.5 and (candidate.said >= 0.1 or not reading.says_something)
    plain = candidate.said >= 0.7 or (candidate.said >= 0.5 and candidate.held >= 0)
    return confidence if plain or enough else min(confidence, SURE - 0.05)


def _rivals(
    headers: Sequence[str], names: Sequence[str], others: dict[int, int], header: str, column: str
) -> tuple[str | None, str | None]:
    """Return what the header would be otherwise, and who would be the column otherwise."""
    by_header = {headers[row]: names[number] for row, number in others.items()}
    by_column = {name: each for each, name in by_header.items()}
    return by_header.get(header), by_column.get(column)


def _joined(doubts: Sequence[Words]) -> Words | None:
    if not doubts:
        return None
    return Words("; ".join(words.en for words in doubts), "；".join(words.zh for words in doubts))
