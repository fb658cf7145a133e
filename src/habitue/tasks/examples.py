"""Examples of a question: what was known at several moments of the past, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from habitue.errors import DataError, NotEnoughData
from habitue.tasks.question import SETTLED, Task, settled

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["Examples", "collect", "cutoffs"]

Progress = Callable[[str, int, int], None]
Floats = np.ndarray[Any, np.dtype[np.float64]]

_LEARNT_ROWS = 60_000  # drawn where a shop has more than the cap, for speed; what it costs in quality is not measured


@dataclass(frozen=True)
class Examples:
    """Rows of past answers.

    Attributes
    ----------
    task : Task
    frame : DataFrame
        The entity's columns, ``as_of``, and the inputs.
    label : array of shape (rows,)
    share : float
        Of the customers that were drawn, 1 when all were taken.
    """

    task: Task
    frame: pd.DataFrame
    label: Floats
    share: float = 1.0

    @cached_property
    def cutoffs(self) -> list[datetime]:
        """The moments asked from, newest first."""
        return sorted((moment.to_pydatetime() for moment in self.frame["as_of"].unique()), reverse=True)

    @cached_property
    def groups(self) -> Any:
        """A number for each row's customer: rows of one customer must never be on both sides of a random split."""
        return pd.factorize(self.frame[self.task.entity[0]])[0]

    @property
    def inputs(self) -> pd.DataFrame:
        """The inputs alone."""
        return self.frame.drop(columns=[*self.task.entity, "as_of"])

    def at(self, moments: Sequence[datetime]) -> Examples:
        """Return the rows asked from some of the moments."""
        rows = self.frame["as_of"].isin(list(moments)).to_numpy()
        return Examples(self.task, self.frame[rows].reset_index(drop=True), self.label[rows], self.share)

    def __len__(self) -> int:
        return len(self.frame)


def cutoffs(
    shop: Shop,
    as_of: datetime,
    horizon_days: int,
    *,
    count: int = 6,
    step_days: float | None = None,
    history_days: float | None = None,
) -> list[datetime]:
    """Choose past moments whose outcome is known, newest first.

    Parameters
    ----------
    shop : Shop
    as_of : datetime
        Outcomes must be complete by then.
    horizon_days : int
    count : int
        As many at most.
    step_days : float, optional
        Between moments; a third of the horizon, and at least a week, when not given.
    history_days : float, optional
        Records wanted before the earliest moment; a third of the horizon, and at least 14 days, when not given.

    Returns
    -------
    list of datetime
        Empty when the records are too short for the horizon.
    """
    step = timedelta(days=max(horizon_days / 3, 7.0) if step_days is None else step_days)
    history = timedelta(days=max(horizon_days / 3, 14.0) if history_days is None else history_days)
    newest = as_of - timedelta(days=horizon_days)
    earliest = _first_purchase(shop, as_of) + history
    moments = [newest - number * step for number in range(count)]
    return [moment for moment in moments if moment >= earliest]


def collect(
    shop: Shop,
    task: Task,
    moments: Sequence[datetime],
    *,
    max_rows: int = 200_000,
    known_by: datetime | None = None,
    report: Progress | None = None,
) -> Examples:
    """Ask the question from several moments of the past and read the answers.

    Parameters
    ----------
    shop : Shop
    task : Task
    moments : sequence of datetime
    max_rows : int
        Above this, a share of the customers is drawn by their id, the same ones at every moment: as many as give
        60,000 rows, or ``max_rows`` where that is less.
    known_by : datetime, optional
        Refuse moments whose outcome was not complete by then.
    report : callable, optional
        Called as ``report(what, done, of)``.

    Raises
    ------
    NotEnoughData
        When an outcome is not known yet, or nobody is eligible.
    """
    horizon = timedelta(days=task.horizon_days)
    for moment in moments:
        if known_by is not None and moment + horizon > known_by:
            raise NotEnoughData(
                f"What comes of {task.name} asked on {moment:%Y-%m-%d} is not known before {moment + horizon:%Y-%m-%d}",
                expected=f"moments up to {known_by - horizon:%Y-%m-%d}",
            )
    share = _share(shop, moments, max_rows)
    shop = shop.sampled(share)
    parts: list[tuple[pd.DataFrame, Floats]] = []
    for number, moment in enumerate(moments):
        if report:
            report(f"{task.name}: examples", number, len(moments))
        frame = asked(shop, task, moment)
        parts.append((frame, _labels(shop, task, frame, moment, moment + horizon)))
    if report:
        report(f"{task.name}: examples", len(moments), len(moments))
    return _joined(task, parts, share)


def asked(shop: Shop, task: Task, as_of: datetime) -> pd.DataFrame:
    """Return entity, ``as_of`` and inputs of everyone eligible at a moment, in the order of the entity."""
    frame = task.inputs(shop, as_of)
    missing = [name for name in task.entity if name not in frame.columns]
    if missing:
        raise DataError(f"The inputs of {task.name} lack the column {missing[0]!r}", column=missing[0])
    if len(task.entity) > 1 or not frame[task.entity[0]].is_monotonic_increasing:
        frame = frame.sort_values(list(task.entity), kind="stable")
    frame = frame.reset_index(drop=True)
    if not frame.attrs.get(SETTLED):
        frame = frame.assign(**{name: settled(frame[name]) for name in frame.columns if name not in task.entity})
    frame.insert(len(task.entity), "as_of", pd.Timestamp(as_of).as_unit("us"))
    return frame


def _labels(shop: Shop, task: Task, frame: pd.DataFrame, start: datetime, end: datetime) -> Floats:
    found = task.label(shop, start, end)
    joined = frame[list(task.entity)].merge(found, on=list(task.entity), how="left", validate="one_to_one")
    label = joined["label"].fillna(0.0).to_numpy(dtype=np.float64)
    wrong = ~np.isin(label, (0.0, 1.0)) if task.kind == "binary" else ~(np.isfinite(label) & (label >= 0))
    if wrong.any():
        raise DataError(
            f"{int(wrong.sum())} labels of {task.name} are not what the question asks for",
            column="label",
            count=int(wrong.sum()),
            first=float(label[wrong][0]),
            expected="0 or 1" if task.kind == "binary" else "amounts of 0 or more",
        )
    return label


def _share(shop: Shop, moments: Sequence[datetime], max_rows: int) -> float:
    """Return the share of customers with which all moments together stay below the cap, by those who bought so far."""
    if not moments:
        return 1.0
    customers = shop.engine.to_arrow(shop.at(max(moments)).purchases.customer_id.nunique()).as_py() or 0
    rows = customers * len(moments)
    return min(max_rows, _LEARNT_ROWS) / rows if rows > max_rows else 1.0


def _joined(task: Task, parts: Sequence[tuple[pd.DataFrame, Floats]], share: float) -> Examples:
    kept = [(frame, label) for frame, label in parts if len(frame)]
    if not kept:
        raise NotEnoughData(f"Nobody is eligible for {task.name} at any moment whose outcome is known")
    frame = pd.concat([frame for frame, _ in kept], ignore_index=True)
    return Examples(task, frame, np.concatenate([label for _, label in kept]), share)


def _first_purchase(shop: Shop, as_of: datetime) -> datetime:
    lines = shop.at(as_of).purchases
    first = shop.engine.to_rows(lines.agg(first=lines.ordered_at.min()))[0]["first"]
    if first is None:
        raise NotEnoughData(
            f"No purchase by a known customer is known before {as_of:%Y-%m-%d %H:%M}",
            hint="habitue check",
            table="order_lines",
        )
    return first  # type: ignore[no-any-return]
