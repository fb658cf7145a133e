"""Where visits drop off, and what sets those that do apart: differences with intervals that allow for many looks.

Each input is looked at as it stood when the visit reached the step, so that nothing that came afterwards explains it.
All inputs of a step share one error: in 95 of 100 shops without any difference, none is named (Bonferroni).
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from scipy.special import ndtri

from habitue.signals.behaviour.funnel import recent, share_between, steps_recorded
from habitue.signals.behaviour.intent import drawn, owners
from habitue.signals.behaviour.past import DEPTHS, Past, visit_depth
from habitue.signals.behaviour.prefixes import Places, input_names, prefixes_of
from habitue.signals.behaviour.spec import BEHAVIOUR_DROPS
from habitue.signals.behaviour.visits import CODES, Flags, Floats, Ints, Visits

__all__ = ["INPUTS", "VERDICTS", "drops"]

#: What is looked at when a visit reaches a step; devices and channels come on top.
INPUTS = (
    "events", "seconds", "products", "categories", "basket", "last_price", "hour", "count_search", "count_list",
    "count_view", "count_wish", "count_remove", "count_coupon", "count_same_product", "known", "past_visits",
    "past_orders", "days_since_visit",
)  # fmt: skip
VERDICTS = ("drops_more", "drops_less", "no_difference", "too_few")
_FEWEST = 50  # visits on either side
_LEVEL = 0.05
_MOST = 40_000


def drops(visits: Visits, past: Past, days: int, *, seed: int = 0) -> pa.Table:
    """Compare visits that dropped at a step with those that went on.

    Parameters
    ----------
    visits : Visits
    past : Past
    days : int
        Visits of so many days.
    seed : int

    Returns
    -------
    Arrow table
        One row for each step and input: the share that dropped among visits above ``above`` (with the input, for what
        is there or not, where it is 0) and among the others, the difference with its interval, and the verdict:
        drops_more, drops_less, no_difference (0 lies in the interval), too_few.
    """
    places, steps = Places.of(visits), steps_recorded(visits)
    names = input_names(places)
    wanted = [
        number for number, name in enumerate(names) if name in INPUTS or name.split("=")[0] in ("device", "channel")
    ]
    depth, levels = visit_depth(visits), list(DEPTHS)
    rows = recent(visits, days)
    rows = drawn(rows[visits.length[rows] > 0], _MOST, (seed, 3))
    told: list[dict[str, Any]] = []
    for step, after in pairwise(steps):
        seen = _events_until(visits, rows, levels.index(step)) if step != "visit" else np.ones_like(rows)
        further = _events_until(visits, rows, levels.index(after))
        # Who reaches the next step with the same event cannot drop here.
        reached = (seen > 0) & (further != seen)
        there = rows[reached]
        x = prefixes_of(visits, past, places, there, seen[reached]).x
        dropped = depth[there] < levels.index(after)
        told += _compared(step, [names[number] for number in wanted], x[:, wanted], dropped, owners(visits, there))
    return pa.Table.from_pylist(told, schema=BEHAVIOUR_DROPS)


def _events_until(visits: Visits, rows: Ints, level: int) -> Ints:
    """Return the number of events up to the first one at a depth or deeper; -1 where none is."""
    deep = [CODES.index(code) for place, codes in enumerate(DEPTHS.values()) if place >= level for code in codes]
    owner = np.repeat(np.arange(len(visits)), visits.length)
    hit = np.flatnonzero(np.isin(visits.code, deep))
    first = np.full(len(visits), -1)
    first[owner[hit[::-1]]] = hit[::-1] - visits.starts[owner[hit[::-1]]] + 1
    return first[rows]


def _compared(step: str, names: list[str], x: Floats, dropped: Flags, owner: Ints) -> list[dict[str, Any]]:
    """Split visits by each input at its middle, and compare how many dropped."""
    split = [_split(column) for column in x.T]
    tested = sum(with_ is not None for _, with_ in split)
    reach = float(ndtri(1 - _LEVEL / 2 / max(tested, 1)))
    told: list[dict[str, Any]] = []
    for name, (above, with_) in zip(names, split, strict=True):
        if with_ is None:
            continue
        known, has = with_ >= 0, with_ == 1
        more, less = (share_between(dropped[part], owner[part]) for part in (known & has, known & ~has))
        difference = more.value - less.value
        away = reach * float(np.hypot(more.error, less.error))
        few = min(int((known & has).sum()), int((known & ~has).sum())) < _FEWEST
        sure = abs(difference) > away and not few
        verdict = "too_few" if few else ("drops_more" if difference > 0 else "drops_less") if sure else "no_difference"
        told.append({
            "step": step, "input": name, "above": above, "visits_with": int((known & has).sum()),
            "visits_without": int((known & ~has).sum()), "drop_share_with": more.value,
            "drop_share_without": less.value, "difference": difference, "low": difference - away,
            "high": difference + away, "verdict": verdict,
        })  # fmt: skip
    told.sort(key=lambda row: (VERDICTS.index(row["verdict"]) // 2, -abs(row["difference"]), row["input"]))
    return told


def _split(column: Floats) -> tuple[float, Ints | None]:
    """Return the middle and 1 above it, 0 at or below it, -1 unknown; None where nothing varies."""
    known = np.isfinite(column)
    if not known.any() or np.ptp(column[known]) == 0:
        return float("nan"), None
    middle = float(np.median(column[known]))
    if middle == column[known].max():  # most have the most: tell them from the rest
        middle = float(column[known][column[known] < middle].max())
    return middle, np.where(known, (column > middle).astype(np.int64), -1)
