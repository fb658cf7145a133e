"""What is seen of a visit after its first events: what was done, in which order, how fast, with which products."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from habitue.signals.behaviour.past import PAST_INPUTS, Past
from habitue.signals.behaviour.visits import CODES, ORDER, Floats, Ints, Visits

__all__ = ["Places", "Prefixes", "input_names", "prefixes_after", "prefixes_of"]

_FADE = 0.75  # of an event's weight is kept at each later one
_SEEN = tuple(name for name in CODES if name != "order")
_RELATIONS = ("other_category", "same_category", "same_product")
_TOLD = (
    "events", "seconds", "last_gap", "usual_gap", "lately_gap", "longest_gap", "products", "categories", "basket",
    "last_price", "usual_price", "highest_price", "hour", "hour_sin", "hour_cos", "weekday", "known",
)  # fmt: skip
_MOST_CODES = 8
_CHUNK = 2_000_000  # events looked at at a time
_SECOND = 1_000_000


@dataclass(frozen=True)
class Places:
    """Devices and channels that have an input of their own, the most frequent first."""

    devices: tuple[str, ...]
    channels: tuple[str, ...]

    @classmethod
    def of(cls, visits: Visits) -> Places:
        """Choose them from the visits learnt from."""
        return cls(_frequent(visits.device, visits.devices), _frequent(visits.channel, visits.channels))


@dataclass(frozen=True, eq=False)
class Prefixes:
    """Visits after so many events each.

    Attributes
    ----------
    visit : array (rows)
    after : array (rows)
    x : array (rows, ``input_names``)
    buys : array (rows) of float
    """

    visit: Ints
    after: Ints
    x: Floats
    buys: Floats

    def __len__(self) -> int:
        return len(self.visit)


def input_names(places: Places) -> tuple[str, ...]:
    """Return the names of the inputs."""
    return (
        *_TOLD,
        *(f"{kind}_{name}" for kind in ("count", "lately", "last", "before") for name in _SEEN),
        *(f"{kind}_{name}" for kind in ("count", "lately", "last") for name in _RELATIONS),
        *(f"device={name}" for name in places.devices),
        *(f"channel={name}" for name in places.channels),
        *PAST_INPUTS,
    )


def prefixes_after(
    visits: Visits, past: Past, places: Places, after: int, *, only: Ints | None = None, any_length: bool = False
) -> Prefixes:
    """Describe visits after so many events; those that ended or ordered before are not among them.

    Parameters
    ----------
    visits : Visits
    past : Past
    places : Places
    after : int
    only : array of int, optional
        These visits.
    any_length : bool
        Shorter visits too, as far as they went.
    """
    rows = np.arange(len(visits)) if only is None else only
    length = visits.length[rows]
    rows = rows[(length >= 1) if any_length else (length >= after)]
    return prefixes_of(visits, past, places, rows, np.minimum(visits.length[rows], after))


def prefixes_of(visits: Visits, past: Past, places: Places, visit: Ints, after: Ints) -> Prefixes:
    """Describe each visit after its own number of events."""
    ends = np.cumsum(after)
    parts, begun = [], 0
    while begun < len(visit):
        stop = int(np.searchsorted(ends, (ends[begun - 1] if begun else 0) + _CHUNK, side="right"))
        stop = max(stop, begun + 1)
        parts.append(_described(visits, places, visit[begun:stop], after[begun:stop]))
        begun = stop
    told = np.vstack(parts) if parts else np.zeros((0, len(input_names(places)) - len(PAST_INPUTS)))
    known = visits.known_from[visit] < after
    who = np.where(known, visits.who[visit], -1)
    before = past.at(who, visits.begun[visit] // _SECOND)
    return Prefixes(visit, after, np.column_stack([told, before]), visits.buys[visit].astype(np.float64))


def _described(visits: Visits, places: Places, visit: Ints, after: Ints) -> Floats:
    size = len(visit)
    row = np.repeat(np.arange(size), after)
    place = np.arange(row.size) - np.repeat(np.cumsum(after) - after, after)
    event = visits.starts[visit][row] + place
    age = after[row] - 1 - place
    fade = _FADE ** np.minimum(age, 60)
    code = visits.code[event]
    columns = [
        *_pace(visits, (row, place, event, fade), visit, after),
        *_goods(visits, (row, event), size),
        *_when(visits, visit),
        (visits.known_from[visit] < after).astype(np.float64),
    ]
    seen = [number for number in range(len(CODES)) if number != ORDER]
    columns += _by_kind(row, code, fade, age, seen, size=size)
    for number in seen:
        columns.append(np.bincount(row[(age == 1) & (code == number)], minlength=size).astype(np.float64))
    columns += _by_kind(*_relations(visits, row, event, code, fade), [0, 1, 2], size=size)
    columns += _one_hot(visits.device[visit], visits.devices, places.devices)
    columns += _one_hot(visits.channel[visit], visits.channels, places.channels)
    return np.column_stack(columns)


def _by_kind(row: Ints, kind: Ints, fade: Floats, age: Ints, kinds: list[int], *, size: int) -> list[Floats]:
    """Count events of each kind, count them fading, and tell the last."""
    weights = (np.ones(row.size), fade, (age == 0).astype(np.float64))
    return [
        np.asarray(np.bincount(row[kind == each], weight[kind == each], minlength=size), dtype=np.float64)
        for weight in weights
        for each in kinds
    ]


def _pace(visits: Visits, events: tuple[Ints, Ints, Ints, Floats], visit: Ints, after: Ints) -> list[Floats]:
    """Return the number of events, seconds so far, and gaps in logarithms of seconds."""
    row, place, event, fade = events
    size = len(visit)
    inner = place > 0
    gap = np.log1p((visits.at[event[inner]] - visits.at[event[inner] - 1]) / _SECOND)
    owner, weight = row[inner], fade[inner]
    count = np.bincount(owner, minlength=size)
    last = visits.starts[visit] + after - 1
    seconds = (visits.at[last] - visits.begun[visit]) / _SECOND
    since = np.maximum(visits.at[last] - visits.at[np.maximum(last - 1, 0)], 0)
    last_gap = np.where(after > 1, np.log1p(since / _SECOND), np.nan)
    longest = np.full(size, -1.0)
    np.maximum.at(longest, owner, gap)
    with np.errstate(invalid="ignore", divide="ignore"):
        usual = np.bincount(owner, gap, minlength=size) / count
        lately = np.bincount(owner, gap * weight, minlength=size) / np.bincount(owner, weight, minlength=size)
    return [
        after.astype(np.float64), np.log1p(np.maximum(seconds, 0)), last_gap, usual, lately,
        np.where(longest >= 0, longest, np.nan),
    ]  # fmt: skip


def _goods(visits: Visits, events: tuple[Ints, Ints], size: int) -> list[Floats]:
    """Return different products and categories, pieces in the basket, and prices in logarithms."""
    row, event = events
    product, category, code = visits.product[event], visits.category[event], visits.code[event]
    cart = (code == CODES.index("cart")).astype(np.int64) - (code == CODES.index("remove"))
    price = np.log1p(visits.price[event])
    priced = np.isfinite(price) & (product >= 0)
    count = np.bincount(row[priced], minlength=size)
    highest, last = np.full(size, -np.inf), np.full(size, np.nan)
    np.maximum.at(highest, row[priced], price[priced])
    last[row[priced]] = price[priced]  # the last one written is the latest
    with np.errstate(invalid="ignore", divide="ignore"):
        usual = np.bincount(row[priced], price[priced], minlength=size) / count
    return [
        _different(row, product, size), _different(row, category, size),
        np.maximum(np.bincount(row, cart, minlength=size), 0.0), last, usual,
        np.where(np.isfinite(highest), highest, np.nan),
    ]  # fmt: skip


def _different(row: Ints, value: Ints, size: int) -> Floats:
    some = value >= 0
    pair = np.unique(row[some] * (int(value.max(initial=0)) + 1) + value[some])
    return np.bincount(pair // (int(value.max(initial=0)) + 1), minlength=size).astype(np.float64)


def _when(visits: Visits, visit: Ints) -> list[Floats]:
    """Return hour, its place on the circle, and weekday."""
    day = visits.begun[visit] / _SECOND / 86_400
    hour = np.full(len(visit), np.nan) if visits.by_day else day % 1 * 24
    turn = hour / 24 * 2 * np.pi
    weekday = (np.floor(day) + 3) % 7  # 1970 began on a Thursday; 0 is Monday
    return [np.asarray(each, dtype=np.float64) for each in (np.floor(hour), np.sin(turn), np.cos(turn), weekday)]


def _relations(visits: Visits, row: Ints, event: Ints, code: Ints, fade: Floats) -> tuple[Ints, Ints, Floats, Ints]:
    """Tell for looks at products how they relate to the product before; age counts these looks back."""
    some = np.flatnonzero(visits.product[event] >= 0)
    owner, product, category = row[some], visits.product[event[some]], visits.category[event[some]]
    follows = np.zeros(some.size, dtype=bool)
    follows[1:] = owner[1:] == owner[:-1]
    before = np.maximum(np.arange(some.size) - 1, 0)
    same = (category >= 0) & (category == category[before])
    relation = np.where(product == product[before], 2, np.where(same, 1, 0))
    looks = np.flatnonzero(follows & (code[some] == CODES.index("view")))
    owner, relation = owner[looks], relation[looks]
    later = np.append(owner[1:] == owner[:-1], False) if owner.size else np.zeros(0, dtype=bool)
    return owner, relation.astype(np.int64), fade[some[looks]], np.where(later, 1, 0)


def _one_hot(place: Ints, names: tuple[str, ...], wanted: tuple[str, ...]) -> list[Floats]:
    return [(place == (names.index(name) if name in names else -2)).astype(np.float64) for name in wanted]


def _frequent(place: Ints, names: tuple[str, ...]) -> tuple[str, ...]:
    count = np.bincount(place[place >= 0], minlength=len(names))
    ranked = sorted(range(len(names)), key=lambda number: (-count[number], names[number]))
    return tuple(names[number] for number in ranked[:_MOST_CODES])
