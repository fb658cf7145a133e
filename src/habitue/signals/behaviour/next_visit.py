"""When a customer comes next, how far that visit goes, and which category it begins with: learnt at earlier moments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from habitue.models.survival import HazardModel, curve_quantile_days
from habitue.models.tabular import Fitted, from_state, make
from habitue.signals.behaviour.comings import Comings, rhythm_at, waits_at
from habitue.signals.behaviour.intent import blend, drawn
from habitue.signals.behaviour.past import DEPTHS, Past, visit_depth
from habitue.signals.behaviour.spec import BehaviourSpec
from habitue.signals.behaviour.visits import Flags, Floats, Ints, Visits

__all__ = [
    "NextCategory",
    "NextDepth",
    "NextTime",
    "fit_category",
    "fit_depth",
    "fit_time",
    "moments_before",
    "next_depth_examples",
]

_DAY_US = 86_400_000_000
_EDGES_DAYS = (1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 90, 120, 150)
_MOMENTS, _STEP_DAYS, _HISTORY_DAYS = 8, 21, 30
_ENOUGH = 100  # comings, to tell customers apart by
_FEWEST = 20
_HALF_LIVES = (7.0, 30.0, 120.0, 720.0)
_WEIGHTS = (0.3, 1.0, 3.0, 10.0, 30.0)
_CHUNK = 5_000_000  # customers × categories


@dataclass(frozen=True)
class NextTime:
    """The fitted waiting times; None where the records are too short."""

    model: HazardModel | None
    waits: int
    moments: tuple[int, ...]

    def days(self, x: Floats, within_days: float) -> tuple[Floats, Floats, Floats]:
        """Return the middle, the low and the high (80 %) day, given a coming within so many days."""
        if self.model is None or not len(x):
            nothing = np.full(len(x), np.nan)
            return nothing, nothing, nothing
        within = min(within_days, float(self.model.edges_days[-1]))
        survival = self.model.survival(x, summed=True)
        middle, low, high = (
            curve_quantile_days(survival, self.model.edges_days, q, within_days=within) for q in (0.5, 0.1, 0.9)
        )
        return middle, low, high


def moments_before(first: int, at: int) -> list[int]:
    """Return earlier moments to learn from, the newest first, all with some history before them."""
    found = [at - number * _STEP_DAYS * _DAY_US for number in range(1, _MOMENTS + 1)]
    return [each for each in found if each >= first + _HISTORY_DAYS * _DAY_US]


def fit_time(comings: Comings, at: int, spec: BehaviourSpec) -> NextTime:
    """Learn how long customers stay away, from what was known before a moment."""
    known = comings.before(at)
    first = int(known.at.min()) if known.at.size else at
    moments = moments_before(first, at)
    parts = []
    for moment in moments:
        who, x = rhythm_at(known, moment)
        wait, came = waits_at(known, who, moment, at)
        parts.append((x, wait, came, who))
    if not parts or not sum(part[2].sum() for part in parts):
        return NextTime(None, 0, ())
    x, wait, came, who = (np.concatenate(column) for column in zip(*parts, strict=True))
    rows = drawn(np.arange(len(x)), 5 * spec.learners, (spec.seed, 1))
    edges = (*(each for each in _EDGES_DAYS if each < spec.within_days), spec.within_days)
    learner = "ridge" if came[rows].sum() >= _ENOUGH else "even"
    model = HazardModel.fit(
        x[rows], wait[rows], came[rows], edges_days=edges, groups=who[rows], learner=learner, seed=spec.seed
    )
    return NextTime(model, rows.size, tuple(moments))


@dataclass(frozen=True)
class NextDepth:
    """Chances that the next visit goes so far: one model for each depth after the first; None where too few did."""

    models: tuple[Fitted | None, ...]
    shares: tuple[float, ...]  # of everybody, to be there where there is no model
    typical: tuple[float, ...]
    rows: int

    @property
    def intent(self) -> Fitted | None:
        """The model of visits that end in an order."""
        return self.models[-1] if self.models else None

    def reach(self, x: Floats) -> Floats:
        """Return the chance to reach each depth (rows, depths); the first is 1, and they fall."""
        found = [np.ones(len(x))]
        for model, share in zip(self.models, self.shares, strict=True):
            told = np.full(len(x), share) if model is None else model.predict(x)
            found.append(np.minimum(told, found[-1]))
        if self.intent is not None:  # the order's chance is the most carefully learnt: the others give way
            found[1:-1] = [np.maximum(each, found[-1]) for each in found[1:-1]]
        return np.column_stack(found)

    def state(self) -> dict[str, Any]:
        """Return everything as plain data."""
        models = [None if model is None else model.state() for model in self.models]
        return {"models": models, "shares": self.shares, "typical": self.typical, "rows": self.rows}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> NextDepth:
        """Build what :meth:`state` described."""
        models = tuple(None if saved is None else from_state(saved) for saved in state["models"])
        return cls(models, tuple(state["shares"]), tuple(state["typical"]), state["rows"])


def next_depth_examples(
    visits: Visits, past: Past, moments: list[int], at: int, window_days: int
) -> tuple[Floats, Ints, Ints, Ints]:
    """Describe customers at moments and read how far the first visit after them went.

    Returns
    -------
    x, depth, who, visit : arrays
        One row for each moment and customer who came within the window, by ``at``, in a visit that is over.
    """
    depth = visit_depth(visits)
    parts = []
    for moment in moments:
        until = min(moment + window_days * _DAY_US, at)
        there = np.flatnonzero((visits.who >= 0) & (visits.begun >= moment) & (visits.begun < until))
        who, first = np.unique(visits.who[there], return_index=True)
        visit = there[first]
        visit, who = visit[visits.over[visit]], who[visits.over[visit]]
        parts.append((past.at(who, np.full(who.size, moment // 1_000_000)), depth[visit], who, visit))
    if not parts:
        return past.at(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)), *(np.zeros(0, dtype=np.int64),) * 3
    x, deep, who, visit = (np.concatenate(column) for column in zip(*parts, strict=True))
    return x, deep, who, visit


def fit_depth(examples: tuple[Floats, Ints, Ints, Ints], spec: BehaviourSpec) -> NextDepth:
    """Learn how far the next visit goes."""
    x, depth, who, _ = examples
    rows = drawn(np.arange(len(x)), spec.learners, (spec.seed, 2))
    x, depth, who = x[rows], depth[rows], who[rows]
    models: list[Fitted | None] = []
    shares = []
    for level in range(1, len(DEPTHS)):
        y = (depth >= level).astype(np.float64)
        shares.append(float((y.sum() + 0.5) / (y.size + 1)))
        if min(y.sum(), y.size - y.sum()) < _FEWEST:
            models.append(None)
        elif level == len(DEPTHS) - 1:
            models.append(blend(x, y, groups=who, seed=spec.seed))
        else:
            models.append(make("linear", "binary", seed=spec.seed).fit(x, y, groups=who))
    known = np.isfinite(x)
    typical = [float(np.median(column[good])) if good.any() else 0.0 for column, good in zip(x.T, known.T, strict=True)]
    return NextDepth(tuple(models), tuple(shares), tuple(typical), len(x))


@dataclass(frozen=True)
class NextCategory:
    """How own and everybody's looks are weighed to tell the category of the next visit."""

    half_life_days: float = 30.0
    weight: float = 3.0
    accuracy: float = float("nan")
    popular_accuracy: float = float("nan")
    judged: int = 0

    def tell(self, visits: Visits, customers: Ints, at: int) -> tuple[Ints, Floats]:
        """Return each customer's likeliest category, -1 where none is known, and its chance."""
        size = len(visits.categories)
        where, chance = np.full(customers.size, -1), np.full(customers.size, np.nan)
        if not size:
            return where, chance
        weights = _looks(visits, at, self.half_life_days)
        usual = _popular(weights[1], weights[2], size)
        for rows, share in _shares(weights, customers, usual, self.weight, len(visits.customers)):
            where[rows], chance[rows] = share.argmax(axis=1), share.max(axis=1)
        return where, chance

    def state(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def fit_category(visits: Visits, moments: list[int], examples: tuple[Floats, Ints, Ints, Ints]) -> NextCategory:
    """Choose how fast looks fade and how much everybody's count, on the newest moment whose visits are known."""
    _, _, who, visit = examples
    first = _first_category(visits)
    size = len(visits.categories)
    if not moments or not size or not who.size:
        return NextCategory()
    moment = moments[0]
    rows = np.flatnonzero((visits.begun[visit] >= moment) & (first[visit] >= 0))
    rows = rows[np.unique(who[rows], return_index=True)[1]]
    if rows.size < _FEWEST:
        return NextCategory()
    truth, people = first[visit[rows]], who[rows]
    tried = []
    for half_life in _HALF_LIVES:
        weights = _looks(visits, moment, half_life)
        usual = _popular(weights[1], weights[2], size)
        popular = float((truth == usual.argmax()).mean())
        for weight in _WEIGHTS:
            loss, right = 0.0, 0
            for part, share in _shares(weights, people, usual, weight, len(visits.customers)):
                loss -= float(np.log(share[np.arange(len(share)), truth[part]]).sum())
                right += int((share.argmax(axis=1) == truth[part]).sum())
            tried.append((loss, half_life, weight, right / rows.size, popular))
    _, half_life, weight, accuracy, popular = min(tried)
    return NextCategory(half_life, weight, accuracy, popular, int(rows.size))


def _first_category(visits: Visits) -> Ints:
    """Return the category of the first product touched in each visit, -1 where none was."""
    known = np.flatnonzero(visits.category >= 0)
    owner = np.repeat(np.arange(len(visits)), visits.length)[known]
    found = np.full(len(visits), -1)
    found[owner[::-1]] = visits.category[known[::-1]]
    return found


def _looks(visits: Visits, at: int, half_life: float) -> tuple[Ints, Ints, Floats]:
    """Return who touched a product of which category before a moment, and how much it still counts."""
    who = np.repeat(visits.who, visits.length)
    kept: Flags = (visits.category >= 0) & (visits.at < at) & (who >= 0)
    age = (at - visits.at[kept]) / _DAY_US
    return who[kept], visits.category[kept], 0.5 ** (age / half_life)


def _popular(category: Ints, weight: Floats, size: int) -> Floats:
    found = np.bincount(category, weight, minlength=size) + 0.5
    return np.asarray(found / found.sum(), dtype=np.float64)


def _shares(looks: tuple[Ints, Ints, Floats], customers: Ints, usual: Floats, weight: float, people: int) -> Any:
    """Yield, some customers at a time, their places and the chances of all categories."""
    who, category, count = looks
    size = usual.size
    place = np.full(people, -1)
    known = customers >= 0
    place[customers[known]] = np.flatnonzero(known)
    row = place[who]
    some = row >= 0
    order = np.argsort(row[some], kind="stable")
    row, category, count = row[some][order], category[some][order], count[some][order]
    step = max(1, _CHUNK // size)
    for begun in range(0, customers.size, step):
        rows = np.arange(begun, min(begun + step, customers.size))
        part = slice(*np.searchsorted(row, [begun, rows[-1] + 1]))
        own = np.bincount((row[part] - begun) * size + category[part], count[part], minlength=rows.size * size)
        own = own.reshape(rows.size, size)
        yield rows, (own + weight * usual) / (own.sum(axis=1, keepdims=True) + weight)
