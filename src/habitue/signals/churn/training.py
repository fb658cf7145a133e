"""Learn who stays away: a model of the question and a curve of waiting times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import logit

from habitue.signals.churn.curve import Curve, learn_curve
from habitue.signals.churn.spec import question
from habitue.tasks import Examples, FittedTask, Plan, Task, asked, collect, cutoffs, fit, fit_examples
from habitue.tasks.pooling import FEW_CUSTOMERS, pooled
from habitue.tasks.splits import earlier_rows

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["Earlier", "FittedChurn", "customers_of", "fit_churn"]

Floats = npt.NDArray[np.float64]

_CUTOFFS = 6
_SHORTEST_WATCH = 10.0  # days after a moment, below which it says nothing about waiting
_NEAREST = 1e-4


@dataclass(frozen=True)
class Earlier:
    """What would have been said one horizon ago, and what came.

    Attributes
    ----------
    as_of : datetime
    frame : DataFrame
        The customers asked about.
    odds : array of shape (n,)
        Log-odds of no order by a model of the question that knew only outcomes complete by then.
    curve : Curve, optional
        Learnt from waits watched until then.
    label : array of shape (n,)
    """

    as_of: datetime
    frame: pd.DataFrame
    odds: Floats
    curve: Curve | None
    label: Floats


@dataclass(frozen=True)
class FittedChurn:
    """All that the answer is made of, as of one moment.

    Attributes
    ----------
    task : FittedTask
    curve : Curve, optional
        None where nobody was watched long enough.
    few : bool
        Customers are described by a dozen inputs only.
    frame : DataFrame
        Inputs, at the moment, of the customers who were drawn to learn from; not saved.
    earlier : Earlier, optional
        Not saved.
    """

    task: FittedTask
    curve: Curve | None
    few: bool = False
    frame: pd.DataFrame = field(default_factory=pd.DataFrame)
    earlier: Earlier | None = None

    @property
    def horizon_days(self) -> int:
        """Days looked ahead."""
        return self.task.task.horizon_days

    def odds(self, frame: pd.DataFrame) -> Floats:
        """Return the log-odds of no order by the model of the question."""
        return odds_of(self.task.score_frame(frame))

    def state(self) -> Mapping[str, Any]:
        """Return all that answers as JSON-able data."""
        curve = None if self.curve is None else self.curve.state()
        return {**self.task.state(), "horizon_days": self.horizon_days, "few": self.few, "curve": curve}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Read back what answers."""
        task = FittedTask.from_state(state, question(state["horizon_days"], few=state["few"]))
        return cls(task, None if state["curve"] is None else Curve.from_state(state["curve"]), state["few"])


def fit_churn(
    shop: Shop, as_of: datetime, *, horizon_days: int | None = None, moments: Sequence[datetime] | None = None
) -> FittedChurn:
    """Learn who stays away from what was known at a moment.

    Parameters
    ----------
    shop : Shop
    as_of : datetime
        Nothing that happened then or later is used.
    horizon_days : int, optional
        ``[signals] horizon_days`` of shop.toml when not given.
    moments : sequence of datetime, optional
        Cut-offs to learn the question from, whose outcome is known; about one a month when not given.

    Returns
    -------
    FittedChurn

    Raises
    ------
    NotEnoughData
        When no purchase by a known customer is known before ``as_of``.

    Notes
    -----
    The share that stays away drifts: with the season, and as old customers leave. The model of the question only knows
    outcomes a whole horizon old. The curve also learns from those asked about since, as long as they were watched, and
    its periods are moved by the course of the year; the answer's mean is set to the curve's. The order of customers
    comes from both, in equal parts.
    """
    wanted = shop.settings.signals
    horizon = horizon_days or wanted.horizon_days
    few = customers_of(shop, as_of) < FEW_CUSTOMERS
    task = question(horizon, few=few)
    plan = Plan(thorough=wanted.thorough, tuning_seconds=wanted.tuning_seconds, max_rows=wanted.max_rows)
    chosen = cutoffs(shop, as_of, horizon, count=_CUTOFFS) if moments is None else sorted(moments, reverse=True)
    if not chosen:
        learnt = fit(shop, task, as_of=as_of, plan=plan, moments=())
        frames = [asked(shop, task, moment) for moment in _since(shop, as_of, horizon, chosen)]
        return FittedChurn(learnt, learn_curve(shop, as_of, horizon, frames), few, asked(shop, task, as_of))
    examples = collect(shop, task, chosen, max_rows=wanted.max_rows, known_by=as_of)
    some = shop.sampled(examples.share)
    frame = asked(some, task, as_of)
    learnt = fit_examples(examples, as_of=as_of, plan=plan, scored=frame)
    earlier = _earlier(some, task, learnt, examples)
    frames = [examples.frame, *(asked(some, task, moment) for moment in _since(shop, as_of, horizon, chosen))]
    curve = learn_curve(some, as_of, horizon, frames)
    return FittedChurn(learnt, curve, few, frame, earlier)


def customers_of(shop: Shop, as_of: datetime) -> int:
    """Count the customers with a purchase before a moment."""
    lines = shop.at(as_of).purchases
    return int(shop.engine.to_rows(lines.agg(customers=lines.customer_id.nunique()))[0]["customers"])


def odds_of(chance: Floats) -> Floats:
    """Return log-odds, away from what is certain."""
    return np.asarray(logit(np.clip(chance, _NEAREST, 1 - _NEAREST)), dtype=np.float64)


def _earlier(shop: Shop, task: Task, learnt: FittedTask, examples: Examples) -> Earlier:
    """Ask one horizon earlier what is asked now, of the same examples: nothing is read again."""
    moment = max(examples.cutoffs)
    rows = examples.at([moment])
    held = learnt.rolled
    if len(held) and (held["as_of"] == moment).any():
        # By the model that was judged, which knew only outcomes of before, and was not calibrated on this one.
        score = held[held["as_of"] == moment]["score"].to_numpy(dtype=np.float64)
    else:
        score = pooled(task, earlier_rows(examples, moment), as_of=moment, scored=rows.frame).score_frame(rows.frame)
    before = examples.frame[examples.frame["as_of"] <= moment - timedelta(days=_SHORTEST_WATCH)]
    curve = learn_curve(shop, moment, task.horizon_days, [before])
    return Earlier(moment, rows.frame, odds_of(score), curve, rows.label)


def _since(shop: Shop, as_of: datetime, horizon: int, chosen: Sequence[datetime]) -> list[datetime]:
    """Return moments after the newest cut-off, whose outcome is known in part."""
    step = timedelta(days=max(horizon / 3, 7.0))
    newest = as_of - timedelta(days=_SHORTEST_WATCH)
    last = max(chosen) if chosen else shop.first_order_at
    found: list[datetime] = []
    moment = last + step
    while moment <= newest and len(found) < _CUTOFFS:
        found.append(moment)
        moment += step
    return found
