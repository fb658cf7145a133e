"""How far visits of the last months went, by device, channel and visitor, and the ways they took."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from scipy.special import expit, ndtri

from habitue.signals.behaviour.intent import owners
from habitue.signals.behaviour.past import DEPTHS, visit_depth
from habitue.signals.behaviour.spec import BEHAVIOUR_FUNNEL, BEHAVIOUR_PATHS
from habitue.signals.behaviour.visits import CODES, Flags, Ints, Visits

__all__ = ["VISITORS", "funnel", "paths", "recent", "share_between", "steps_recorded"]

#: Who a visit is by: nobody known, a customer on the first visit, a customer who was there before.
VISITORS = ("unknown", "new", "returning")
_WAYS: dict[str, tuple[str, ...]] = {
    "page": ("page", "login", "other"), "list": ("list",), "search": ("search",), "view": ("view", "wish"),
    "cart": ("cart", "remove", "cart_view"), "checkout": ("coupon", "checkout", "pay"),
}  # fmt: skip
_LONGEST = 6  # stations of a path that are told apart
_MOST_PATHS = 25
_MOST_GROUPS = 8
_DAY_US = 86_400_000_000
_LEVEL = 0.95


def recent(visits: Visits, days: int) -> Ints:
    """Return the visits of the last days that are over."""
    return np.flatnonzero(visits.over & (visits.begun >= visits.as_of - days * _DAY_US))


def steps_recorded(visits: Visits) -> list[str]:
    """Return the steps of the funnel that the shop records at all."""
    depth = visit_depth(visits)
    names = list(DEPTHS)
    return ["visit", *(name for name in names[1:] if (depth == names.index(name)).any())]


def _visitor(visits: Visits, visit: Ints) -> Ints:
    """Return the place in ``VISITORS``."""
    first = np.append(True, visits.who[1:] != visits.who[:-1])
    return np.where(visits.who[visit] < 0, 0, np.where(first[visit], 1, 2))


def funnel(visits: Visits, days: int) -> pa.Table:
    """Count how many recent visits came how far.

    Parameters
    ----------
    visits : Visits
    days : int

    Returns
    -------
    Arrow table
        One row for each split (all, device, channel, visitor), group and step: visits that came so far, as share of all
        of the group and of the step before, the latter with its 95 % interval (visits of a customer hang together).
    """
    rows = recent(visits, days)
    if not rows.size:
        return BEHAVIOUR_FUNNEL.empty_table()
    depth, steps = visit_depth(visits)[rows], steps_recorded(visits)
    owner = owners(visits, rows)
    told: list[dict[str, Any]] = []
    for split, group, member in _groups(visits, rows):
        reached = [np.ones(int(member.sum()), dtype=bool)]
        reached += [depth[member] >= list(DEPTHS).index(step) for step in steps[1:]]
        for rank, step in enumerate(steps):
            now, before = reached[rank], reached[max(rank - 1, 0)]
            share = share_between(now[before], owner[member][before])
            told.append({
                "split": split, "group": group, "rank": rank, "step": step, "visits": int(now.sum()),
                "share_of_first": float(now.mean()), "share_of_previous": share.value,
                "low": None if rank == 0 else share.low, "high": None if rank == 0 else share.high,
            })  # fmt: skip
    return pa.Table.from_pylist(told, schema=BEHAVIOUR_FUNNEL)


def _groups(visits: Visits, rows: Ints) -> list[tuple[str, str, Flags]]:
    found: list[tuple[str, str, Flags]] = [("all", "all", np.ones(rows.size, dtype=bool))]
    splits = {
        "device": (visits.device[rows], visits.devices),
        "channel": (visits.channel[rows], visits.channels),
        "visitor": (_visitor(visits, rows), VISITORS),
    }
    for split, (place, names) in splits.items():
        count = np.bincount(place[place >= 0], minlength=len(names))
        ranked = sorted(range(len(names)), key=lambda each: (-count[each], names[each]))[:_MOST_GROUPS]
        found += [(split, names[each], place == each) for each in ranked if count[each]]
    return found


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its 95 % interval; NaN where there is nothing."""

    value: float
    low: float
    high: float
    error: float  # standard error of the share


def share_between(came: Flags, owner: Ints) -> Share:
    """Return a share of visits and its interval; visits of one customer count together.

    The interval is taken in log-odds with the spread of sums by customer; one half is added to both sides so that it
    holds for 0 and 1.
    """
    size = came.size
    if not size:
        return Share(np.nan, np.nan, np.nan, np.nan)
    value = float(came.mean())
    near = (came.sum() + 0.5) / (size + 1.0)
    person = np.unique(owner, return_inverse=True)[1]
    away = np.bincount(person, came - value)
    # At least as wide as if all visits were of different people.
    error = float(np.sqrt(max(float((away**2).sum()) / size**2, near * (1 - near) / size)))
    odds, spread = np.log(near) - np.log1p(-near), error / (near * (1 - near))
    reach = float(ndtri(0.5 + _LEVEL / 2)) * spread
    return Share(value, float(min(expit(odds - reach), value)), float(max(expit(odds + reach), value)), error)


def paths(visits: Visits, days: int) -> pa.Table:
    """Count the ways that recent visits took, repeats of a station in a row told once.

    Parameters
    ----------
    visits : Visits
    days : int

    Returns
    -------
    Arrow table
        The commonest paths before an order or the end: visits, share of all, and the share that ended in an order.
    """
    rows = recent(visits, days)
    rows = rows[visits.length[rows] > 0]
    if not rows.size:
        return BEHAVIOUR_PATHS.empty_table()
    names = list(_WAYS)
    station = np.zeros(len(CODES), dtype=np.int64)
    for number, codes in enumerate(_WAYS.values(), start=1):
        station[[CODES.index(code) for code in codes]] = number
    owner = np.repeat(np.arange(len(visits)), visits.length)
    at = station[visits.code]
    new = np.append(True, (at[1:] != at[:-1]) | (owner[1:] != owner[:-1]))
    owner, at = owner[new], at[new]
    begins = np.searchsorted(owner, np.arange(len(visits)))
    place = np.arange(owner.size) - begins[owner]
    some = place < _LONGEST
    base = len(names) + 1
    code = np.bincount(owner[some], at[some] * base ** place[some].astype(np.float64), minlength=len(visits))
    longer = np.bincount(owner, minlength=len(visits)) > _LONGEST
    key = code[rows].astype(np.int64) * 2 + longer[rows]
    found, where, count = np.unique(key, return_inverse=True, return_counts=True)
    ranked = sorted(range(found.size), key=lambda each: (-count[each], found[each]))[:_MOST_PATHS]
    buys, person = visits.buys[rows], owners(visits, rows)
    told = []
    for rank, each in enumerate(ranked, start=1):
        member = where == each
        share = share_between(buys[member], person[member])
        told.append({
            "rank": rank, "path": _spelt(int(found[each]), names), "visits": int(count[each]),
            "share": float(count[each] / rows.size), "order_share": share.value, "low": share.low, "high": share.high,
        })  # fmt: skip
    return pa.Table.from_pylist(told, schema=BEHAVIOUR_PATHS)


def _spelt(key: int, names: list[str]) -> str:
    code, longer = divmod(key, 2)
    stations = []
    while code:
        code, each = divmod(code, len(names) + 1)
        stations.append(names[each - 1])
    return " > ".join([*stations, *(["more"] if longer else [])])
