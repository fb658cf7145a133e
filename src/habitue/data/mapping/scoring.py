"""The gain of calling a header one of the schema's columns: what it says, what its cells hold, how columns relate."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from habitue.data.mapping.content_fit import content_gain
from habitue.data.mapping.contents import Profile
from habitue.data.mapping.header import Reading
from habitue.data.mapping.header_fit import named, patterns_of
from habitue.data.mapping.names import NAMES, NOT_OURS
from habitue.data.mapping.relation_fit import relation_gains
from habitue.data.mapping.relations import Relations
from habitue.schema import Column, Table, Words

__all__ = ["Candidate", "score_columns"]

_CLEAR = 0.95  # from here on a header is so plain that odd contents make a warning, not another column
_HOPELESS = -8.0  # not even a plain header makes up for such contents
_REPEAT = re.compile(r"[._ ]?\d+$")
_USE = 0.8  # what has less going for it is left unused
_CORE = {"order_id", "customer_id", "product_id", "ordered_at", "quantity", "unit_price"}
_NEAR_CORE = {
    "line_total": -0.5, "product_title": -0.3, "country": -0.3, "customer_email": -0.3, "customer_phone": -0.5,
    "customer_name": -0.6, "region": -0.6, "city": -0.6, "status": -0.6, "payment_method": -0.6, "currency": -0.3,
    "channel": -0.8, "category": -0.6,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Candidate:
    """One header as one column: its gain over leaving the header unused, and what speaks for it."""

    header: str
    column: str
    gain: float
    said: float
    held: float
    evidence: tuple[Words, ...]
    aside: float  # gain of leaving the header unused, which ``gain`` is already reduced by


def score_columns(
    profiles: Sequence[Profile], readings: Mapping[str, Reading], relations: Relations, table: Table
) -> dict[tuple[str, str], Candidate]:
    """Score every header as every column of one table.

    Parameters
    ----------
    profiles, readings, relations
        What was seen of the file.
    table : Table
        The table of the schema the file is taken for.
    """
    bonus = relation_gains(profiles, readings, relations) if table.name == "order_lines" else {}
    found = {}
    for profile in profiles:
        reading = readings[profile.header]
        said = {column.name: named(reading, NAMES[table.name][column.name]) for column in table.columns}
        own_name = "_".join(reading.text.lower().split())
        if own_name in said:
            said[own_name] = 1.0  # a file that uses our names is taken at its word
        aside = _aside_gain(profile, reading, table, max(said.values()))
        if _REPEAT.sub("", profile.header) in readings.keys() - {profile.header}:
            aside += 0.5  # "Date.1" beside "Date": the first is the one that is meant
        for column in table.columns:
            candidate = _score(profile, reading, column, table, said[column.name], aside, bonus)
            found[profile.header, column.name] = candidate
    return found


def _score(
    profile: Profile, reading: Reading, column: Column, table: Table, said: float, aside: float,
    bonus: Mapping[tuple[str, str], tuple[float, Words]],
) -> Candidate:  # fmt: skip
    evidence = []
    spoken = _header_gain(reading, column, table, said)
    if said >= 0.3:
        evidence.append(
            Words(
                f"the header says {re.split('[:;(]', column.meaning.en)[0].strip()}", f"表头表示“{column.meaning.zh}”"
            )
        )
    held, seen = content_gain(profile, column, key=table.key == (column.name,))
    evidence += seen
    related = bonus.get((profile.header, column.name))
    if related:
        held += related[0]
        if related[0] > 0 and related[1].en:
            evidence.append(related[1])
    if said >= _CLEAR and held > _HOPELESS:
        held = max(held, -4.5)
    gain = spoken + held - aside - (_USE - 0.3 if column.required else _USE)
    return Candidate(profile.header, column.name, gain, said, held, tuple(evidence), aside)


def _header_gain(reading: Reading, column: Column, table: Table, said: float) -> float:
    if not reading.says_something:
        if table.name != "order_lines":
            return -1.0
        return 0.0 if column.name in _CORE else _NEAR_CORE.get(column.name, -3.0)
    if said > 0.02:
        return 7.0 * said - 1.0
    return -2.5 if reading.unknown else -4.0  # an unknown word may be the one that matters


@cache
def _not_ours(table: str) -> str:
    """Return what the schema has no column for; what the table itself asks for is left out of the general list."""
    own = {needs for text in NAMES[table].values() for needs, _ in patterns_of(text)[0]}
    general = [part for part in NOT_OURS[""].split("|") if frozenset(part.split()[:-1]) not in own]
    lists = [*general, *([NOT_OURS[table]] if table in NOT_OURS else [])]
    return "|".join(lists) + "; order customer"


def _aside_gain(profile: Profile, reading: Reading, table: Table, best_said: float) -> float:
    """Return the gain of leaving a header unused: it names something we have no column for, or holds nothing of use."""
    if best_said >= 1.0:
        return 0.0
    own = named(reading, _not_ours(table.name), beside_brackets=True)
    gain = 7.0 * own - 1.0 if own > 0.15 else 0.0
    if best_said < 0.2:
        traits = max(profile.share("uom") - 0.1, profile.share("url"), profile.share("street"))
        if traits >= 0.8 or (profile.distinct == 1 and not reading.says_something):
            gain = max(gain, 2.0)
    return max(gain, 0.0)
