"""Learn what customers will spend: a model on all inputs beside buy-till-you-die, weighed on recent outcomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd

from habitue.signals.value.bands import Bands
from habitue.signals.value.repeat_buying import Outlook, Rhythm, outlook
from habitue.signals.value.spec import COVER, question
from habitue.tasks import Examples, FittedTask, Plan, asked, collect, cutoffs, fit, fit_examples
from habitue.tasks.judging import judge
from habitue.tasks.learner import BLEND
from habitue.tasks.measures import deviance
from habitue.tasks.splits import split_in_time

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["FittedValue", "fit_value"]

Floats = np.ndarray[Any, np.dtype[np.float64]]

_WEIGHTS = np.linspace(0.0, 1.0, 21)
_PULLS = np.linspace(0.0, 1.0, 5)
_FEWEST_JUDGED = 30


@dataclass(frozen=True)
class FittedValue:
    """All that a forecast of spend is made of.

    Attributes
    ----------
    learnt : FittedTask
    rhythm : Rhythm
        As of the moment itself.
    weight : float
        Of the learnt model; the rest is buy-till-you-die.
    judged : DataFrame
        customer_id, label, learnt, btyd and blend at the last cut-off whose outcome is known; empty without one.
    judged_at : datetime, optional
    bands : Bands, optional
    cover : float
        Share of spend that bands made one horizon earlier held at ``judged_at``; nan where that is not known.
    cover_from : datetime, optional
        When those bands were made.
    pull : float
        How far the learnt amounts are brought to the total of buy-till-you-die, 0 to 1.
    now : Outlook, optional
        Of the customers learnt from, at the moment itself; like ``judged`` not saved.
    """

    learnt: FittedTask
    rhythm: Rhythm
    weight: float
    judged: pd.DataFrame
    judged_at: datetime | None
    bands: Bands | None
    cover: float = float("nan")
    cover_from: datetime | None = None
    pull: float = 0.0
    now: Outlook | None = None

    @property
    def horizon_days(self) -> int:
        """Days looked ahead."""
        return self.learnt.task.horizon_days

    def state(self) -> Mapping[str, Any]:
        """Return what answers as JSON-able data."""
        rhythm = self.rhythm.state()
        return {
            "horizon_days": self.horizon_days,
            "weight": self.weight,
            "pull": self.pull,
            "bands": None if self.bands is None else self.bands.as_dict(),
            "learnt": self.learnt.state(),
            "repeat": rhythm["model"],
            "spend": rhythm["spend"],
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Read back what answers."""
        learnt = FittedTask.from_state(state["learnt"], question(state["horizon_days"]))
        rhythm = Rhythm.from_state({"model": state["repeat"], "spend": state["spend"]})
        bands = None if state["bands"] is None else Bands.from_dict(state["bands"])
        return cls(learnt, rhythm, state["weight"], pd.DataFrame(), None, bands, pull=state["pull"])


def fit_value(shop: Shop, as_of: datetime, horizon_days: int | None = None) -> FittedValue:
    """Learn what customers will spend from what was known at a moment.

    Parameters
    ----------
    shop : Shop
    as_of : datetime
        Nothing that happened then or later is used.
    horizon_days : int, optional
        ``[signals] horizon_days`` of shop.toml when not given.

    Raises
    ------
    NotEnoughData
        When no purchase by a known customer is known.
    """
    wanted = shop.settings.signals
    horizon = horizon_days or wanted.horizon_days
    plan = Plan(thorough=wanted.thorough, tuning_seconds=wanted.tuning_seconds, max_rows=wanted.max_rows)
    moments = cutoffs(shop, as_of, horizon)
    if not moments:
        now = outlook(shop, as_of, horizon)
        learnt = fit(shop, question(horizon), as_of=as_of, plan=plan, moments=())
        return FittedValue(learnt, now.rhythm, float(now.model is None), pd.DataFrame(), None, None, now=now)
    task = question(horizon, chosen_at=min(moments))
    examples = collect(shop, task, moments, max_rows=plan.max_rows, known_by=as_of)
    some = shop.sampled(examples.share)  # whose past is all that learning needs
    now = outlook(some, as_of, horizon)
    learnt = fit_examples(examples, as_of=as_of, plan=plan, scored=asked(some, question(horizon, known=now), as_of))

    def at(moment: datetime) -> Outlook:
        return outlook(some, moment, horizon, chosen_at=min(moments))

    judged = _judged(learnt.judged, at(moments[0]), moments[0])
    rolled = [_judged(learnt.rolled, at(moment), moment) for moment in learnt.rolled_moments] or [judged]
    weight, pull = _weighed(rolled, now, at(moments[0]))
    level = levelled(judged["learnt"].to_numpy(np.float64), judged["btyd"].to_numpy(np.float64), pull)
    judged["blend"] = weight * level + (1 - weight) * judged["btyd"]
    predicted, actual = judged["blend"].to_numpy(), judged["label"].to_numpy()
    bands = Bands.learn(predicted, actual, COVER)
    fitted = FittedValue(learnt, now.rhythm, weight, judged, moments[0], bands, pull=pull, now=now)
    return _checked(fitted, at, examples)


def _judged(rows: pd.DataFrame, told: Outlook, moment: datetime) -> pd.DataFrame:
    """Put both members side by side at a cut-off: the learnt one knew only earlier outcomes, so did the other."""
    if rows.empty:
        return pd.DataFrame(columns=["customer_id", "label", "learnt", "btyd"])
    rows = rows[rows["as_of"] == moment].reset_index(drop=True).rename(columns={"score": "learnt"})
    return rows[["customer_id", "label", "learnt"]].assign(btyd=told.of(rows["customer_id"]))


def levelled(learnt: Floats, told: Floats, pull: float) -> Floats:
    """Bring learnt amounts some of the way to the total that buy-till-you-die foretells.

    A model learnt from a season gone by tells customers apart well and can miss the total: on four cut-offs of Online
    Retail in the spring of 2011 it was about 30 % too high, buy-till-you-die 10 % too low.
    """
    total = float(learnt.sum())
    return np.asarray(learnt * (float(told.sum()) / total) ** pull, dtype=np.float64) if total > 0 else learnt


def _weighed(rolled: Sequence[pd.DataFrame], repeat: Outlook, earlier: Outlook) -> tuple[float, float]:
    """Choose weight and pull so that the mean deviance over the recent cut-offs is least: one alone is half chance."""
    if repeat.model is None or earlier.model is None:
        return 1.0, 0.0
    if len(rolled[0]) < _FEWEST_JUDGED:
        return 0.0, 0.0
    losses = np.zeros((len(_WEIGHTS), len(_PULLS)))
    for judged in rolled:
        label, learnt, told = (judged[name].to_numpy(dtype=np.float64) for name in ("label", "learnt", "btyd"))
        for column, pull in enumerate(_PULLS):
            level = levelled(learnt, told, pull)
            losses[:, column] += [deviance(label, weight * level + (1 - weight) * told) for weight in _WEIGHTS]
    weight, pull = np.unravel_index(int(np.argmin(losses)), losses.shape)
    return float(_WEIGHTS[weight]), float(_PULLS[pull])


def _checked(fitted: FittedValue, at: Callable[[datetime], Outlook], examples: Examples) -> FittedValue:
    """Make intervals one horizon before the judged cut-off and see how many of the later amounts they hold."""
    if fitted.judged_at is None or fitted.bands is None or fitted.learnt.card.fallback:
        return fitted
    horizon = timedelta(days=fitted.learnt.task.horizon_days)
    known = [moment for moment in examples.cutoffs if moment + horizon <= fitted.judged_at]
    if not known:
        return fitted
    split = split_in_time(examples, judged_at=known[0])
    name = fitted.learnt.learner.name
    plain = () if name == BLEND else (name,)
    # The interval hangs on the size of errors: columns need not be chosen for that, nor trees counted, once more.
    params = {each.name: each.params for each in getattr(fitted.learnt.learner, "members", ()) if each.params}
    answers = judge(split, plain or ("linear", "boosted"), params=params, selecting=False)
    learnt = next(each.score for each in answers if each.learner.name == name)
    told = at(known[0]).of(split.test.frame["customer_id"])
    bands = Bands.learn(
        fitted.weight * levelled(learnt, told, fitted.pull) + (1 - fitted.weight) * told, split.test.label, COVER
    )
    if bands is None:
        return fitted
    held = bands.held(fitted.judged["blend"].to_numpy(), fitted.judged["label"].to_numpy())
    return replace(fitted, cover=held, cover_from=known[0])
