"""How surely a header names a column of the schema, by the ideas in it."""

from __future__ import annotations

from functools import cache

from habitue.data.mapping.header import Reading
from habitue.data.mapping.names import LEFT_ASIDE

__all__ = ["named", "patterns_of"]


@cache
def patterns_of(text: str) -> tuple[tuple[tuple[frozenset[str], float], ...], frozenset[str]]:
    """Return the patterns of one line, each with its surety, and the ideas that may stand beside them."""
    head, _, beside = text.partition(";")
    patterns = []
    for part in head.split("|"):
        *ideas, strength = part.split()
        patterns.append((frozenset(ideas), float(strength)))
    return tuple(patterns), frozenset(beside.split())


def named(reading: Reading, text: str, *, beside_brackets: bool = False) -> float:
    """Return how surely a header names what a line of `NAMES` describes, from 0 to 1.

    Examples
    --------
    >>> from habitue.data.mapping.header import read_header
    >>> named(read_header("cust_no"), "customer id 1 | customer .7"), named(read_header("tax amount"), "amount .7")
    (1.0, 0.105)
    """
    if not reading.says_something:
        return 0.0
    patterns, beside = patterns_of(text)
    best = 0.0
    for sense in reading.senses:
        ideas = frozenset(sense)
        fitting = [
            (len(needs), strength * _spoiled(ideas - needs - beside), bool(needs))
            for needs, strength in patterns
            if needs <= ideas
        ]
        if fitting:
            most = max(count for count, _, _ in fitting)
            best = max(best, *(score for count, score, _ in fitting if count == most))
    if best and not beside_brackets and (reading.aside & LEFT_ASIDE) - beside:
        best *= 0.6
    return best * reading.quality * 0.92 ** min(reading.unknown, 3)


def _spoiled(extra: frozenset[str]) -> float:
    """How much ideas that do not belong take away."""
    score = 1.0
    for idea in extra - {"money", "taxnote"}:
        score *= 0.15 if idea in LEFT_ASIDE else 0.6
    return score
