"""Learn from earlier moments which categories came in the order after them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from scipy.special import logit

from habitue.models.choice import ChoiceModel, chances_of, fit_choice, share_loss, shares_of
from habitue.signals.need.history import Floats, History
from habitue.signals.need.pairs import Climate, Pairs, climate_at, pairs_at

__all__ = ["Choice", "Examples", "Head", "Moment", "came_back", "choose", "examples_at", "moments"]

#: Orders of everybody that count as much as the customer's own.
WEIGHTS = (0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 32.0)
#: Trees, and how much of the learnt correction is used; 0 is smoothed history alone.
CANDIDATES = ((0, 0.0), (0, 0.5), (0, 1.0), (40, 0.5), (40, 0.75), (40, 1.0))

_MOMENTS = 4
_ENOUGH = 100  # customers who ordered again, to learn from and to judge by
_MOST_PAIRS = 400_000  # examples × categories that are learnt from
_POPULARITY = 2  # the last 90 days


class Moment(NamedTuple):
    """A day asked from, and the day by which the first order must have come."""

    day: float
    until: float


@dataclass(frozen=True)
class Examples:
    """Customers who ordered again after a moment, and the categories of that order.

    Attributes
    ----------
    climate : Climate
    pairs : Pairs
    came : array of shape (n, c)
        1 for each category in the order.
    """

    climate: Climate
    pairs: Pairs
    came: Floats

    def __len__(self) -> int:
        return len(self.came)

    @property
    def shares(self) -> Floats:
        """The order spread evenly over its categories."""
        spread: Floats = self.came / np.maximum(self.came.sum(axis=1, keepdims=True), 1.0)
        return spread


@dataclass(frozen=True)
class Head:
    """One answer: smoothed own history, and what was learnt on top of it.

    Attributes
    ----------
    several : bool
        Chances of being in the order, each by itself; otherwise shares of the order.
    weight : float
        Orders of everybody that history is smoothed with.
    rounds : int
    strength : float
        How much of the learnt correction is used.
    model : ChoiceModel or None
    """

    several: bool
    weight: float
    rounds: int = 0
    strength: float = 0.0
    model: ChoiceModel | None = None

    def base(self, climate: Climate, pairs: Pairs) -> Floats:
        """Return the plain guess: logarithms of shares, or log odds."""
        size = pairs.orders[:, None] + self.weight
        if self.several:
            return np.asarray(logit(np.clip((pairs.times + self.weight * climate.rates) / size, 1e-4, 1 - 1e-4)))
        own: Floats = np.log((pairs.bought + self.weight * climate.popularity[_POPULARITY]) / size)
        return own

    def score(self, climate: Climate, pairs: Pairs) -> Floats:
        """Return log shares up to a constant, or log odds."""
        base = self.base(climate, pairs)
        if self.model is None or not self.strength:
            return base
        return base + self.strength * (self.model.score(base, pairs.x, rounds=self.rounds) - base)

    def answer(self, climate: Climate, pairs: Pairs) -> Floats:
        """Return shares that add up to 1, or chances."""
        score = self.score(climate, pairs)
        return chances_of(score) if self.several else shares_of(score)


@dataclass(frozen=True)
class Choice:
    """Both answers, and on what they were chosen."""

    shares: Head
    chances: Head
    judged: Examples | None
    judged_heads: tuple[Head, Head] | None
    split: str
    moments: tuple[Moment, ...]
    examples: int
    losses: dict[str, float]


def moments(day: float, first: float, horizon_days: float) -> list[Moment]:
    """Return days to learn from, newest first: outcomes are known by ``day``.

    Two recent ones have shorter windows, so that what customers buy lately is not left out.
    """
    step = max(horizon_days / 3, 7.0)
    history = max(horizon_days / 3, 14.0)
    recent = [Moment(day - number * step, day) for number in (1, 2)]
    whole = [Moment(day - horizon_days - number * step, day - number * step) for number in range(_MOMENTS)]
    return [each for each in (*recent, *whole) if each.day >= first + history]


def examples_at(history: History, moment: Moment, horizon_days: float, *, most_pairs: int = _MOST_PAIRS) -> Examples:
    """Describe everyone who had bought before a day and ordered again by another; a part where there are many."""
    climate = climate_at(history, moment.day, horizon_days)
    after = history.first_from(moment.day, moment.until)
    returned = np.flatnonzero(_had_bought(history, moment.day)[after.who])
    returned = returned[:: max(1, -(-len(returned) * after.categories.shape[1] // most_pairs))]
    pairs = pairs_at(history, climate, only=after.who[returned])
    return Examples(climate, pairs, np.asarray(after.categories[returned].todense()))


def came_back(history: History, moment: Moment) -> Any:
    """Return the places of customers who had bought before a day and ordered again by another."""
    who = history.first_from(moment.day, moment.until).who
    return who[_had_bought(history, moment.day)[who]]


def _had_bought(history: History, day: float) -> Any:
    found = np.zeros(len(history.customers), dtype=bool)
    found[history.who[history.when < day]] = True
    return found


def choose(history: History, day: float, horizon_days: float, *, shares: bool = True, seed: int = 0) -> Choice:
    """Choose by the cut-off before how to answer, then learn from everything known.

    Parameters
    ----------
    history : History
        Of the customers to learn from.
    day : float
        Nothing from then on is used.
    horizon_days : float
    shares : bool
        Learn shares of the next order too; otherwise they are judged only.
    seed : int
    """
    first = float(history.when.min()) if len(history.when) else day
    sets = _collected(history, moments(day, first, horizon_days), horizon_days)
    learnt, judged, split = _divided(history, day, first, horizon_days, sets)
    heads = []
    losses: dict[str, float] = {}
    tried = []
    for several in (False, True):
        head, fitted, found = _head(learnt, judged, several=several, seed=seed)
        tried.append(fitted)
        losses |= found
        if head.strength and sets and (several or shares):
            head = replace(head, model=_fit(sets, head, seed))
        heads.append(head)
    return Choice(
        heads[0],
        heads[1],
        judged,
        (tried[0], tried[1]) if judged is not None else None,
        split,
        tuple(moments(day, first, horizon_days)),
        sum(len(each) for each in sets),
        losses,
    )


def _collected(history: History, asked: Sequence[Moment], horizon_days: float) -> list[Examples]:
    most = _MOST_PAIRS // max(len(asked), 1)
    found = [examples_at(history, each, horizon_days, most_pairs=most) for each in asked]
    return [each for each in found if len(each)]


def _divided(
    history: History, day: float, first: float, horizon_days: float, sets: list[Examples]
) -> tuple[list[Examples], Examples | None, str]:
    """Return what to learn the candidates from, and what to judge them by."""
    judge = Moment(day - horizon_days, day)
    earlier = moments(judge.day, first, horizon_days)
    if earlier:
        learnt = _collected(history, earlier, horizon_days)
        judged = next((each for each in sets if each.climate.day == judge.day), None)
        if judged is not None and len(judged) >= _ENOUGH and sum(len(each) for each in learnt) >= _ENOUGH:
            return learnt, judged, "later"
    newest = max(sets, key=len, default=None)
    if newest is None or len(newest) < 2 * _ENOUGH:
        return [], newest, "none"
    # The records are too short for later time: different customers instead.
    even = np.arange(len(newest)) % 2 == 0
    return [_part(newest, ~even)], _part(newest, even), "overlapping"


def _part(examples: Examples, rows: Any) -> Examples:
    pairs = examples.pairs
    kept = Pairs(
        pairs.who[rows], pairs.orders[rows], pairs.bought[rows], pairs.times[rows], pairs.breadth[rows], pairs.x[rows]
    )
    return Examples(examples.climate, kept, examples.came[rows])


def _head(
    learnt: list[Examples],
    judged: Examples | None,
    *,
    several: bool,
    seed: int,
) -> tuple[Head, Head, dict[str, float]]:
    """Return the settings with the smallest loss, the model that was judged, and every loss."""
    name = "chances" if several else "shares"
    if judged is None or not len(judged):
        return Head(several, 3.0), Head(several, 3.0), {}
    weights = {weight: _loss(Head(several, weight), judged) for weight in WEIGHTS}
    weight = min(weights, key=lambda each: weights[each])
    best, best_loss = Head(several, weight), weights[weight]
    losses = {f"{name}: own history, weight {weight:g}": best_loss}
    if learnt:
        plain = Head(several, weight)
        model = _fit(learnt, replace(plain, rounds=max(rounds for rounds, _ in CANDIDATES)), seed)
        for rounds, strength in CANDIDATES:
            head = Head(several, weight, rounds, strength, model)
            loss = _loss(head, judged) if strength else best_loss
            losses[f"{name}: {rounds} trees, strength {strength:g}"] = loss
            if loss < best_loss - 1e-6:
                best, best_loss = head, loss
    return replace(best, model=None), best, losses


def _loss(head: Head, examples: Examples) -> float:
    answer = head.answer(examples.climate, examples.pairs)
    if not head.several:
        return float(share_loss(examples.shares, answer).mean())
    chance = np.where(examples.came > 0, answer, 1 - answer)
    return float(-np.log(np.maximum(chance, 1e-9)).mean())


def _fit(sets: Sequence[Examples], head: Head, seed: int) -> ChoiceModel:
    return fit_choice(
        np.concatenate([head.base(each.climate, each.pairs) for each in sets]),
        # Inputs lie together in memory, see `Pairs`, and so do they afterwards.
        np.moveaxis(np.concatenate([np.moveaxis(each.pairs.x, -1, 0) for each in sets], axis=1), 0, -1),
        np.concatenate([each.came if head.several else each.shares for each in sets]),
        several=head.several,
        rounds=head.rounds,
        seed=seed,
    )
