"""Answer a question: examples, candidates, a judgement on later time, calibration, and a card that says it all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from habitue.errors import NotEnoughData
from habitue.models.calibration import fit_calibrator
from habitue.models.tabular import QUICK, THOROUGH
from habitue.models.tabular import tune as tune_candidate
from habitue.schema import Words
from habitue.tasks.card import Card, Measured
from habitue.tasks.examples import Examples, asked, collect, cutoffs
from habitue.tasks.fitted import FittedTask
from habitue.tasks.judging import Judged, baselines, chosen, drift, judge, stability
from habitue.tasks.learner import BLEND, Learner, blended, learn, prepare
from habitue.tasks.measures import measure
from habitue.tasks.pooling import FEW_CUSTOMERS, pooled
from habitue.tasks.question import Task
from habitue.tasks.splits import split_in_time

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["Plan", "fit", "fit_examples"]

Progress = Callable[[str, int, int], None]
Floats = np.ndarray[Any, np.dtype[np.float64]]

_MIN_CALIBRATION = 200  # rows; with fewer a calibrator learns noise
_TUNABLE = ("boosted", "linear")


@dataclass(frozen=True)
class Plan:
    """How much work is put into an answer.

    Parameters
    ----------
    thorough : bool
        Also try decision tree, random forest, support vectors and a stacked ensemble.
    tuning_seconds : float
        Spent on tuning, in all; 0 for none. Wants the extra ``tune``.
    selecting : bool
        Leave out inputs that say nothing.
    max_rows : int
        Learn from a share of the customers above this many examples.
    seed : int
    """

    thorough: bool = False
    tuning_seconds: float = 0.0
    selecting: bool = True
    max_rows: int = 200_000
    seed: int = 0
    candidates: tuple[str, ...] = field(default=())

    @property
    def names(self) -> tuple[str, ...]:
        """The candidates to try."""
        return self.candidates or (THOROUGH if self.thorough else QUICK)


def fit(
    shop: Shop,
    task: Task,
    *,
    as_of: datetime,
    plan: Plan | None = None,
    moments: Sequence[datetime] | None = None,
    report: Progress | None = None,
) -> FittedTask:
    """Learn to answer a question from what was known at a moment.

    Parameters
    ----------
    shop : Shop
    task : Task
    as_of : datetime
        Nothing that happened then or later is used.
    plan : Plan, optional
    moments : sequence of datetime, optional
        Cut-offs to learn from; chosen by `cutoffs` when not given. Each outcome must be complete by ``as_of``.
    report : callable, optional
        Called as ``report(what, done, of)``.

    Returns
    -------
    FittedTask

    Raises
    ------
    NotEnoughData
        When no outcome is known yet and the task has no knowledge from other shops to lean on.
    """
    plan = plan or Plan()
    asked_from = cutoffs(shop, as_of, task.horizon_days) if moments is None else list(moments)
    scored = asked(shop, task, as_of)
    if not asked_from:
        if task.prior is None:
            raise NotEnoughData(
                f"The records are too short to learn {task.name} over {task.horizon_days} days by {as_of:%Y-%m-%d}",
                hint="a shorter horizon_days under [signals] in shop.toml",
                expected=f"records of more than {task.horizon_days} days",
            )
        return pooled(task, None, as_of=as_of, scored=scored)
    examples = collect(shop, task, asked_from, max_rows=plan.max_rows, known_by=as_of, report=report)
    return fit_examples(examples, as_of=as_of, plan=plan, scored=scored, report=report)


def fit_examples(
    examples: Examples,
    *,
    as_of: datetime,
    plan: Plan | None = None,
    scored: pd.DataFrame | None = None,
    report: Progress | None = None,
) -> FittedTask:
    """Learn from examples that are at hand; see `fit`.

    Parameters
    ----------
    examples : Examples
    as_of : datetime
    plan : Plan, optional
    scored : DataFrame, optional
        The rows that will be scored, to see how far the inputs have drifted.
    report : callable, optional
    """
    plan = plan or Plan()
    task = examples.task
    if task.prior is not None and examples.frame[task.entity[0]].nunique() < FEW_CUSTOMERS:
        return pooled(task, examples, as_of=as_of, scored=scored)
    split = split_in_time(examples)
    params = _tuned(split.train, plan, report)
    judged = judge(split, plan.names, params=params, selecting=plan.selecting, seed=plan.seed, report=report)
    best = chosen(judged, split.test)
    method = "platt" if task.kind == "binary" and len(split.test) >= _MIN_CALIBRATION else "identity"
    calibrator = fit_calibrator(split.test.label, best.score, method=method)
    final = _refitted(examples, best.learner, plan, params)
    held = split.test.frame[[*task.entity, "as_of"]].assign(
        label=split.test.label, score=_calibrated(task, calibrator, best)
    )
    card = _card(examples, judged, best, final, as_of=as_of, split=split)
    steady, rolled = stability(examples, judged, best, selecting=plan.selecting, seed=plan.seed)
    card = replace(
        card,
        stability=steady,
        baselines=baselines(split, seed=plan.seed),
        drift={} if scored is None else drift(final, examples.inputs, scored),
        calibration=calibrator.as_dict(),
    )
    return FittedTask(task, as_of, final, calibrator, card, held, rolled)


def _calibrated(task: Task, calibrator: Any, best: Judged) -> Floats:
    return np.asarray(calibrator.apply(best.score) if task.kind == "binary" else best.score, dtype=np.float64)


def _tuned(train: Examples, plan: Plan, report: Progress | None) -> dict[str, Mapping[str, Any]]:
    """Spend the seconds on the candidates that profit; settings are found on the training rows only."""
    if not plan.tuning_seconds:
        return {}
    kind = train.task.kind
    rows = prepare(train.inputs, train.label, kind, groups=train.groups, selecting=plan.selecting, seed=plan.seed)
    each = plan.tuning_seconds / len(_TUNABLE)
    found: dict[str, Mapping[str, Any]] = {}
    for name in _TUNABLE:
        x = rows.x[:, rows.kept]
        found[name] = tune_candidate(
            name, kind, x, rows.y, groups=rows.groups, seconds=each, seed=plan.seed, report=report
        )
    return found


def _refitted(examples: Examples, best: Learner, plan: Plan, params: Mapping[str, Mapping[str, Any]]) -> Learner:
    """Learn again from all rows, with the columns that were chosen when judging."""
    kind, name = examples.task.kind, best.name
    rows = prepare(
        examples.inputs, examples.label, kind, groups=examples.groups, selecting=plan.selecting, seed=plan.seed,
        keeping=best.names if plan.selecting else None,
    )  # fmt: skip
    if name != BLEND:
        return learn(rows, name, kind, seed=plan.seed, params=params.get(name))
    return blended([learn(rows, each, kind, seed=plan.seed, params=params.get(each)) for each in QUICK])


def _card(
    examples: Examples, judged: Sequence[Judged], best: Judged, final: Learner, *, as_of: datetime, split: Any
) -> Card:
    task, test = examples.task, split.test
    shown = {each.learner.name: measure(task.kind, test.label, each.score, draws=0) for each in judged}
    metrics: list[Measured] = measure(task.kind, test.label, best.score, groups=test.groups)
    return Card(
        task=task.name,
        kind=task.kind,
        question=task.question,
        horizon_days=task.horizon_days,
        model=final.name,
        as_of=as_of,
        cutoffs=examples.cutoffs,
        judged_at=split.judged_at,
        split=split.kind,
        rows=len(examples),
        customers=int(examples.frame[task.entity[0]].nunique()),
        positive_share=float((examples.label > 0).mean()),
        sampled_share=examples.share,
        metrics=metrics,
        candidates=shown,
        importance=dict(list(final.importance().items())[:20]),
        inputs=final.names,
        dropped_inputs=best.dropped,
        milliseconds_per_row=best.milliseconds_per_row,
        notes=_notes(examples, split.kind),
    )


def _notes(examples: Examples, kind: str) -> list[Words]:
    notes = []
    if kind == "overlapping":
        notes.append(
            Words(
                "The records are too short to judge on later time: half of the customers taught, half judged.",
                "历史数据不足以按时间先后验证：用一半客户训练，另一半客户检验。",
            )
        )
    if examples.share < 1:
        notes.append(
            Words(
                f"Learnt from {examples.share:.0%} of the customers, drawn by their number.",
                f"按客户编号抽取 {examples.share:.0%} 的客户用于训练。",
            )
        )
    share = float((examples.label > 0).mean())
    if examples.task.kind == "binary" and share in (0.0, 1.0):
        notes.append(
            Words(
                "All past answers are the same, so there is nothing to tell customers apart by yet.",
                "历史答案完全一致，暂时无法区分客户。",
            )
        )
    return notes
