"""Answers for small shops: what is known from other shops, moved by what little the shop itself has seen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from habitue.errors import DataError, NotEnoughData, did_you_mean
from habitue.models.calibration import fit_calibrator
from habitue.schema import Words
from habitue.tasks.card import Card, Measured
from habitue.tasks.examples import Examples
from habitue.tasks.fitted import FittedTask
from habitue.tasks.measures import measure
from habitue.tasks.pooled_learner import PooledLearner, map_fit
from habitue.tasks.priors import PRIOR_INPUTS
from habitue.tasks.question import Task

__all__ = ["FEW_CUSTOMERS", "pooled"]

Floats = np.ndarray[Any, np.dtype[np.float64]]

#: With fewer customers than these a shop leans on what is known from other shops.
FEW_CUSTOMERS = 500

_ENOUGH_TO_JUDGE = 60
_LEARNT = Words(
    "A small shop: the answer leans on what is known from other (simulated) shops, moved by your own customers as far "
    "as they are many.",
    "店铺规模较小：结果以其他（模拟）店铺的一般规律为基础，再根据本店客户数据修正。",
)
_ALONE = Words(
    "No outcome is known yet: the answer is what is known from other (simulated) shops, nothing of it was learnt here.",
    "尚无可用的历史结果：答案完全来自其他（模拟）店铺的一般规律，未使用本店数据学习。",
)
_CROSSED = Words(
    "Figures are cross-fitted: each half of the customers was judged by what the other half taught.",
    "指标为交叉验证结果：两半客户互相训练、互相检验。",
)


def pooled(task: Task, examples: Examples | None, *, as_of: datetime, scored: pd.DataFrame | None) -> FittedTask:
    """Answer from the prior of the task and the examples there are.

    Parameters
    ----------
    task : Task
        With a prior.
    examples : Examples, optional
        None when no outcome is known yet.
    as_of : datetime
    scored : DataFrame
        The rows that will be scored: they give the shop's scale of money where there are no examples.
    """
    frame = examples.inputs if examples is not None else scored
    if frame is None:
        raise NotEnoughData(f"There is nobody to answer {task.name} for")
    _need_inputs(task, frame)
    scale = _order_value(frame)
    learner = PooledLearner.of(task, scale, frame)
    notes, metrics, held = [_ALONE], list[Measured](), pd.DataFrame()
    if examples is not None:
        learner = map_fit(learner, examples.inputs, examples.label)
        notes = [_LEARNT]
        if len(examples) >= _ENOUGH_TO_JUDGE:
            held = _crossed(task, examples, scale)
            metrics = measure(task.kind, held["label"].to_numpy(), held["score"].to_numpy(), groups=examples.groups)
            notes.append(_CROSSED)
    card = Card(
        task=task.name,
        kind=task.kind,
        question=task.question,
        horizon_days=task.horizon_days,
        model="pooled",
        as_of=as_of,
        cutoffs=examples.cutoffs if examples else (),
        split="crossed" if metrics else "none",
        rows=len(examples) if examples else 0,
        customers=int(frame_customers(examples)),
        positive_share=float((examples.label > 0).mean()) if examples else float("nan"),
        metrics=metrics,
        importance=learner.importance(),
        inputs=PRIOR_INPUTS,
        fallback="pooled_priors" if examples else "prior_only",
        notes=notes,
    )
    calibrator = fit_calibrator(np.array([0.0, 1.0]), np.array([0.5, 0.5]), method="identity")
    return FittedTask(task, as_of, learner, calibrator, card, held)


def frame_customers(examples: Examples | None) -> int:
    """Count the customers of the examples."""
    return 0 if examples is None else int(examples.frame[examples.task.entity[0]].nunique())


def _crossed(task: Task, examples: Examples, scale: float) -> pd.DataFrame:
    first = examples.groups % 2 == 0
    score = np.zeros(len(examples))
    for half in (first, ~first):
        if half.any() and (~half).any():
            inputs = examples.inputs
            learner = map_fit(PooledLearner.of(task, scale, inputs[~half]), inputs[~half], examples.label[~half])
            score[half] = learner.predict(inputs[half])
    return examples.frame[[*task.entity, "as_of"]].assign(label=examples.label, score=score)


def _need_inputs(task: Task, frame: pd.DataFrame) -> None:
    for name in PRIOR_INPUTS:
        if name not in frame.columns:
            raise DataError(
                f"The inputs of {task.name} lack {name!r}, which a small shop's answer needs."
                f"{did_you_mean(name, frame.columns)}",
                column=name,
                expected=", ".join(PRIOR_INPUTS),
            )


def _order_value(frame: pd.DataFrame) -> float:
    orders = float(frame["orders"].sum())
    return max(float(frame["spend"].sum()) / orders, 1e-9) if orders else 1.0
