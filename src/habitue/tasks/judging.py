"""Judge candidates and plain baselines on later time."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from habitue.models import metrics
from habitue.models.tabular import QUICK
from habitue.tasks.card import Measured
from habitue.tasks.examples import Examples
from habitue.tasks.learner import BLEND, Learner, blended, learn, prepare
from habitue.tasks.measures import HEADLINE, loss, losses, measure
from habitue.tasks.splits import Split, moments_with_past, split_in_time

__all__ = ["Judged", "baselines", "chosen", "drift", "judge", "settled_params", "stability"]

Progress = Callable[[str, int, int], None]
Floats = np.ndarray[Any, np.dtype[np.float64]]

_MOST_DRIFTED = 200_000  # customers who show how far inputs have moved
_MOST_STABILITY = 3  # cut-offs besides the judged one: each needs a fit


@dataclass(frozen=True)
class Judged:
    """A candidate with its scores on the rows that judge."""

    learner: Learner
    score: Floats
    loss: float
    milliseconds_per_row: float
    dropped: Mapping[str, str]


def judge(
    split: Split,
    names: Sequence[str],
    *,
    params: Mapping[str, Mapping[str, Any]] | None = None,
    selecting: bool = True,
    keeping: Collection[str] | None = None,
    seed: int = 0,
    report: Progress | None = None,
) -> list[Judged]:
    """Fit every candidate on the earlier rows and score the later ones.

    Parameters
    ----------
    split : Split
    names : sequence of str
        Of the candidates.
    params : mapping of name to settings, optional
    selecting : bool
        Leave out inputs that say nothing.
    keeping : collection of str, optional
        Columns that were chosen before, on rows no later than these.
    seed : int
    report : callable, optional
    """
    train, kind = split.train, split.train.task.kind
    rows = prepare(
        train.inputs, train.label, kind, groups=train.groups, selecting=selecting, seed=seed, keeping=keeping
    )
    learners = []
    for number, name in enumerate(names):
        if report:
            report(f"{train.task.name}: candidates", number, len(names))
        learners.append(learn(rows, name, kind, seed=seed, params=(params or {}).get(name)))
    if report:
        report(f"{train.task.name}: candidates", len(names), len(names))
    quick = [each for each in learners if each.name in QUICK]
    if len(quick) > 1:
        learners.append(blended(quick))
    return [_judged(each, split.test, rows.dropped) for each in learners]


def chosen(judged: Sequence[Judged], test: Examples) -> Judged:
    """Choose the blend, unless another candidate is better by more than one standard error over the rows.

    Differences between good candidates on one cut-off are mostly chance, and the mean of several is the safer answer.
    """
    usual = next((each for each in judged if each.learner.name == BLEND), None)
    if usual is None:
        return min(judged, key=lambda each: (each.loss, each.learner.name))
    kind = test.task.kind
    rows = losses(kind, test.label, usual.score)
    clear = []
    for each in judged:
        gain = rows - losses(kind, test.label, each.score)
        if each is not usual and gain.mean() > gain.std() / np.sqrt(max(len(gain), 1)):
            clear.append(each)
    return min(clear, key=lambda each: (each.loss, each.learner.name), default=usual)


def baselines(split: Split, *, seed: int = 0) -> dict[str, list[Measured]]:
    """Measure the plain models beside which every answer stands: the past rate, and a few inputs in a linear model."""
    task, test = split.train.task, split.test
    found = {"past rate": np.full(len(test), float(split.train.label.mean()))}
    for name, inputs in task.baselines.items():
        known = [each for each in inputs if each in split.train.frame.columns]
        if known:
            rows = prepare(
                split.train.frame[known],
                split.train.label,
                task.kind,
                groups=split.train.groups,
                selecting=False,
                seed=seed,
            )
            found[name] = learn(rows, "linear", task.kind, seed=seed).predict(test.frame[known])
    return {
        name: measure(task.kind, test.label, score, groups=test.groups, draws=100, seed=seed)
        for name, score in found.items()
    }


def stability(
    examples: Examples, judged: Sequence[Judged], best: Judged, *, selecting: bool, seed: int
) -> tuple[list[tuple[datetime, Measured]], pd.DataFrame]:
    """Measure the chosen candidate at each of the newest cut-offs that has a past to learn from.

    At the newest one it was judged already. At the others its columns are those chosen on the earliest past, which lies
    in all of theirs, and trees are as many as they were: finding both anew takes most of the time and changes little.

    Returns
    -------
    list of (datetime, Measured)
    DataFrame
        Entity, ``as_of``, ``label`` and ``score`` (not calibrated) of all rows it was measured on.
    """
    kind, name = examples.task.kind, best.learner.name
    keys = [*examples.task.entity, "as_of"]
    moments = moments_with_past(examples)[: _MOST_STABILITY + 1]
    splits = [split_in_time(examples, judged_at=moment) for moment in moments]
    members = tuple(QUICK) if name == BLEND else (name,)
    names = [each.learner.name for each in judged if each.learner.name in members]
    keeping = _kept(splits[-1].train, seed) if selecting and len(splits) > 1 else None
    found: list[tuple[datetime, Measured]] = []
    parts: list[pd.DataFrame] = []
    for moment, split in zip(moments, splits, strict=True):
        answer = best
        if moment != moments[0]:
            again = judge(split, names, params=settled_params(judged), selecting=selecting, keeping=keeping, seed=seed)
            answer = next(each for each in again if each.learner.name == name)
        figure = measure(
            kind, split.test.label, answer.score, groups=split.test.groups, names=(HEADLINE[kind],), draws=100
        )
        found.append((moment, figure[0]))
        parts.append(split.test.frame[keys].assign(label=split.test.label, score=answer.score))
    return found, pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*keys, "label", "score"])


def settled_params(judged: Sequence[Judged]) -> dict[str, Mapping[str, Any]]:
    """Return the settings of boosted trees that were found when judging."""
    single = {each.learner.name: each.learner.members[0] for each in judged if len(each.learner.members) == 1}
    return {"boosted": single["boosted"].params} if "boosted" in single and single["boosted"].params else {}


def _kept(train: Examples, seed: int) -> tuple[str, ...]:
    """Return the columns worth learning from."""
    rows = prepare(train.inputs, train.label, train.task.kind, groups=train.groups, selecting=True, seed=seed)
    return tuple(rows.encoder.names[place] for place in rows.kept)


def drift(learner: Learner, learnt: pd.DataFrame, scored: pd.DataFrame) -> dict[str, float]:
    """Return how far each input in use has moved between learning and scoring, the farthest first."""
    every = -(-len(scored) // _MOST_DRIFTED)
    now = learner.encoder.transform(scored if every <= 1 else scored.iloc[::every])
    before = learner.encoder.transform(learnt)
    moved: dict[str, float] = {}
    for place, name in zip(learner.kept, learner.names, strict=True):
        index = metrics.stability_index(before[:, place], now[:, place])
        if np.isfinite(index):
            moved[name] = float(index)
    return dict(sorted(moved.items(), key=lambda item: (-item[1], item[0])))


def _judged(learner: Learner, test: Examples, dropped: Mapping[str, str]) -> Judged:
    started = time.perf_counter()
    score = learner.predict(test.inputs)
    taken = (time.perf_counter() - started) * 1_000 / max(len(test), 1)
    return Judged(learner, score, loss(test.task.kind, test.label, score), taken, dropped)
