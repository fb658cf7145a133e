"""Negative controls: three ways of fooling oneself, each of which the bench for questions must catch.

- *shuffled labels*: with answers dealt out at random among the customers nothing can be learnt, so an answer better
  than chance means that the judgement itself leaks;
- *a planted leak*: an input that looks past its moment must be found, by asking for it once from the full tables and
  once from tables cut at that moment;
- *time reversed*: learning from outcomes that lie after the test must be refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from habitue.data.shop import Shop
from habitue.errors import DataError
from habitue.features.testing import cut_at
from habitue.models import metrics
from habitue.tasks.examples import Examples, asked
from habitue.tasks.judging import judge
from habitue.tasks.measures import HEADLINE, measure
from habitue.tasks.question import Task
from habitue.tasks.splits import Split, split_in_time

if TYPE_CHECKING:
    from habitue.data.settings import ShopSettings

__all__ = ["Control", "leaking_inputs", "planted_leak", "shuffled_labels", "time_reversed"]

_LEAK = "planted_leak"
_TOO_GOOD = 0.97  # of a single input's AUC or rank correlation: nothing honest sorts customers like that


@dataclass(frozen=True, slots=True)
class Control:
    """What became of one control; ``caught`` is what one wants to see."""

    name: str
    caught: bool
    said: str


def shuffled_labels(examples: Examples, *, names: Sequence[str] = ("linear", "boosted"), seed: int = 0) -> Control:
    """Deal the answers out at random and see that nothing is learnt.

    Parameters
    ----------
    examples : Examples
        Real ones; labels are shuffled among the customers of each cut-off, in training and test alike.
    names : sequence of str
        Candidates.
    seed : int
    """
    draw = np.random.default_rng(seed)
    label = examples.label.copy()
    for moment in examples.cutoffs:
        rows = np.flatnonzero(examples.frame["as_of"] == moment)
        label[rows] = draw.permutation(label[rows])
    split = split_in_time(replace(examples, label=label))
    kind = examples.task.kind
    chance = 0.5 if kind == "binary" else 0.0
    worst = 0.0
    caught = True
    for each in judge(split, names, selecting=False, seed=seed):
        figure = measure(kind, split.test.label, each.score, names=(HEADLINE[kind],), groups=split.test.groups)[0]
        # Twice the half-width: several candidates are looked at, and one constant answer has no width at all.
        room = max(figure.high - figure.low, 0.02)
        worst = max(worst, abs(figure.value - chance), key=abs)
        caught = caught and not abs(figure.value - chance) > room
    return Control("shuffled_labels", caught, f"{HEADLINE[kind]} within {worst:.3f} of chance")


def planted_leak(
    tables: Mapping[str, pa.Table], task: Task, as_of: datetime, *, settings: ShopSettings | None = None
) -> Control:
    """Add an input that knows the answer and see that it is found."""
    leaky = replace(task, inputs=lambda shop, moment: _with_leak(shop, task, moment))
    found = leaking_inputs(tables, leaky, as_of, settings=settings)
    return Control("planted_leak", _LEAK in found, f"inputs that know the future: {', '.join(found) or 'none'}")


def leaking_inputs(
    tables: Mapping[str, pa.Table], task: Task, as_of: datetime, *, settings: ShopSettings | None = None
) -> list[str]:
    """Return the inputs of a task that differ between the full tables and tables cut at a moment.

    Parameters
    ----------
    tables : mapping of str to Arrow table
        The merchant's tables.
    task : Task
    as_of : datetime
    settings : ShopSettings, optional

    Returns
    -------
    list of str
        Empty when no input knows the future; ``(row)`` when customers come or go.
    """
    with Shop.from_tables(tables, settings=settings) as full:
        expected = asked(full, task, as_of)
    with Shop.from_tables(cut_at(tables, as_of), settings=settings) as cut:
        got = asked(cut, task, as_of)
    key = list(task.entity)
    if not expected[key].equals(got[key]):
        return ["(row)"]
    return [name for name in expected.columns if name not in key and not _same(expected[name], got[name])]


def too_good_inputs(examples: Examples) -> list[str]:
    """Return the inputs that sort the answers nearly perfectly all by themselves: look at these first."""
    found = []
    for name in examples.inputs.select_dtypes("number").columns:
        column = examples.frame[name].to_numpy(dtype=np.float64, na_value=np.nan)
        known = ~np.isnan(column)
        if known.sum() < 50 or np.unique(examples.label[known]).size < 2:
            continue
        if examples.task.kind == "binary":
            strength = abs(metrics.auc(examples.label[known], column[known]) - 0.5) * 2
        else:
            strength = abs(metrics.spearman(examples.label[known], column[known]))
        if strength > 2 * _TOO_GOOD - 1:
            found.append(str(name))
    return found


def time_reversed(examples: Examples) -> Control:
    """Try to learn from the newest outcomes and to be judged on the oldest, and see that it is refused."""
    oldest, newest = min(examples.cutoffs), max(examples.cutoffs)
    if oldest == newest:
        newest = oldest + timedelta(days=examples.task.horizon_days)
        frame = examples.frame.assign(as_of=pd.Timestamp(newest).as_unit("us"))
        later = Examples(examples.task, frame, examples.label)
    else:
        later = examples.at([newest])
    try:
        Split(later, examples.at([oldest]), "later")
    except DataError as error:
        return Control("time_reversed", caught=True, said=str(error).splitlines()[0])
    return Control("time_reversed", caught=False, said="training after the test was let through")


def _with_leak(shop: Shop, task: Task, moment: datetime) -> pd.DataFrame:
    frame = task.inputs(shop, moment)
    later = task.label(shop, moment, moment + timedelta(days=task.horizon_days))
    joined = frame[list(task.entity)].merge(later, on=list(task.entity), how="left")
    return frame.assign(**{_LEAK: joined["label"].fillna(0.0).to_numpy(dtype=np.float64)})


def _same(left: pd.Series[Any], right: pd.Series[Any]) -> bool:
    if pd.api.types.is_numeric_dtype(left.dtype):
        first, second = (each.to_numpy(dtype=np.float64, na_value=np.nan) for each in (left, right))
        return bool(np.allclose(first, second, rtol=1e-9, atol=1e-9, equal_nan=True))
    return bool(left.astype(object).where(left.notna(), None).equals(right.astype(object).where(right.notna(), None)))
