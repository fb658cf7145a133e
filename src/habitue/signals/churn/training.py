"""Learn who stays away: a model of the question, a curve of waiting times, and the course of the year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from scipy.special import expit, logit

from habitue.models.calibration import Shift
from habitue.models.survival import HazardModel, curve_at_days
from habitue.models.tabular import Encoder
from habitue.signals.churn.season import Season, ages_of
from habitue.signals.churn.spec import question
from habitue.tasks import FittedTask, Plan, asked, collect, cutoffs, fit, fit_examples
from habitue.tasks.pooling import FEW_CUSTOMERS

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["Curve", "FittedChurn", "customers_of", "fit_churn"]

Floats = npt.NDArray[np.float64]

_CUTOFFS = 6
_EDGES = (10.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0, 180.0)
_MANY_ROWS = 50_000  # customers above which curves are worked out part by part
_PART_ROWS = 50_000
_MOST_WAITS = 8_000  # rows from which the curve is learnt; it shares everything with the model of the question
_SHORTEST_WATCH = 10.0  # days after a moment, below which it says nothing about waiting
_NEAREST = 1e-4
_JOINED_DAYS = 60.0  # customers who first bought later than this after the records begin are surely new


@dataclass(frozen=True)
class Curve:
    """How long customers wait, told from inputs.

    Attributes
    ----------
    encoder : Encoder
    hazard : HazardModel
    ratios : array of shape (periods,)
        How busy each period ahead is, against those learnt from.
    """

    encoder: Encoder
    hazard: HazardModel
    ratios: Floats

    def survival(self, frame: pd.DataFrame, *, plain: bool = False) -> Floats:
        """Return the chance of no order by each edge, shape (n, periods); ``plain`` without season and joining."""
        inputs = frame.assign(joined_after_days=np.nan) if plain else _with_joining(frame)
        many = len(inputs) > _MANY_ROWS
        step = _PART_ROWS if many else max(len(inputs), 1)
        parts = [inputs[start : start + step] for start in range(0, max(len(inputs), 1), step)]
        curves = [self.hazard.survival(self.encoder.transform(each), summed=many) for each in parts]
        told = np.clip(np.concatenate(curves), 1e-12, 1.0)
        steps = np.diff(np.log(told), axis=1, prepend=0.0)
        return np.asarray(np.exp(np.cumsum(steps * (1.0 if plain else self.ratios), axis=1)), dtype=np.float64)


@dataclass(frozen=True)
class FittedChurn:
    """All that the answer is made of, as of one moment.

    Attributes
    ----------
    task : FittedTask
    curve : Curve, optional
        None where nobody was watched long enough.
    scored : DataFrame
        Inputs of everybody at the moment.
    shift : float
        Log-odds added so that the mean is that of the curve: it has seen the newest weeks, and knows the year.
    """

    task: FittedTask
    curve: Curve | None
    scored: pd.DataFrame = field(default_factory=pd.DataFrame)
    shift: float = 0.0

    @property
    def horizon_days(self) -> int:
        """Days looked ahead."""
        return self.task.task.horizon_days

    def chances(self, frame: pd.DataFrame) -> Floats:
        """Return the probability of no order within the horizon."""
        return np.asarray(expit(self._odds(frame) + self.shift), dtype=np.float64)

    def _odds(self, frame: pd.DataFrame) -> Floats:
        if frame is self.scored:
            return self._scored_odds
        return self._odds_of(frame)

    @cached_property
    def _scored_odds(self) -> Floats:
        """Asked for several times, and long to work out for a large shop."""
        return self._odds_of(self.scored)

    def _odds_of(self, frame: pd.DataFrame) -> Floats:
        told = logit(np.clip(self.task.score_frame(frame), _NEAREST, 1 - _NEAREST))
        if self.curve is None:
            return np.asarray(told, dtype=np.float64)
        at = self._at_horizon(self.curve.survival(frame, plain=True))
        return np.asarray((told + logit(np.clip(at, _NEAREST, 1 - _NEAREST))) / 2, dtype=np.float64)

    def no_order_by(self, frame: pd.DataFrame, chance: Floats) -> tuple[Floats, Floats]:
        """Return days and the chance of no order by then, shape (n, days), bent to meet ``chance`` at the horizon."""
        if self.curve is None:
            days = np.unique([*_EDGES, float(self.horizon_days)])
            return days, np.exp(np.log(np.clip(chance, _NEAREST, 1.0))[:, None] * days / self.horizon_days)
        told = self.curve.survival(frame)
        at = np.clip(self._at_horizon(told), _NEAREST, 1 - _NEAREST)
        power = np.log(np.clip(chance, _NEAREST, 1 - _NEAREST)) / np.log(at)
        return self.curve.hazard.edges_days, np.exp(np.log(np.maximum(told, 1e-12)) * power[:, None])

    def _at_horizon(self, survival: Floats) -> Floats:
        assert self.curve is not None  # noqa: S101 - both callers have looked
        return curve_at_days(survival, self.curve.hazard.edges_days, [self.horizon_days])[:, 0]

    def state(self) -> Mapping[str, Any]:
        """Return all of it as JSON-able data."""
        curve = None
        if self.curve is not None:
            curve = {
                "encoder": self.curve.encoder.state(),
                "hazard": self.curve.hazard.state(),
                "ratios": self.curve.ratios.tolist(),
            }
        return {**self.task.state(), "curve": curve, "shift": self.shift}


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
    task = question(horizon, few=customers_of(shop, as_of) < FEW_CUSTOMERS)
    plan = Plan(thorough=wanted.thorough, tuning_seconds=wanted.tuning_seconds, max_rows=wanted.max_rows)
    scored = asked(shop, task, as_of)
    chosen = cutoffs(shop, as_of, horizon, count=_CUTOFFS) if moments is None else sorted(moments, reverse=True)
    if not chosen:
        learnt = fit(shop, task, as_of=as_of, plan=plan, moments=())
        frames = []
    else:
        examples = collect(shop, task, chosen, max_rows=wanted.max_rows, known_by=as_of)
        learnt = fit_examples(examples, as_of=as_of, plan=plan, scored=scored)
        frames = [examples.frame]
    since = _since(shop, as_of, horizon, chosen)
    some = shop.sampled(examples.share) if chosen else shop
    frames += [asked(some, task, moment) for moment in since]
    curve = _curve(shop, as_of, horizon, frames) if frames else None
    plain = FittedChurn(learnt, curve, scored)
    if curve is None:
        return plain
    shifted = FittedChurn(learnt, curve, scored, _shift(plain))
    shifted.__dict__["_scored_odds"] = plain._scored_odds  # noqa: SLF001 - the shift comes on top of them
    return shifted


def customers_of(shop: Shop, as_of: datetime) -> int:
    """Count the customers with a purchase before a moment."""
    lines = shop.at(as_of).purchases
    return int(shop.engine.to_rows(lines.agg(customers=lines.customer_id.nunique()))[0]["customers"])


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


def _curve(shop: Shop, as_of: datetime, horizon: int, frames: Sequence[pd.DataFrame]) -> Curve | None:
    rows = pd.concat([each for each in frames if len(each)], ignore_index=True)
    if not len(rows):
        return None
    if len(rows) > _MOST_WAITS:
        kept = np.sort(np.random.default_rng(0).choice(len(rows), _MOST_WAITS, replace=False))
        rows = rows.iloc[kept].reset_index(drop=True)
    days, came = _waits(shop, as_of, rows)
    inputs = _with_joining(rows).drop(columns=["customer_id", "as_of"])
    encoder = Encoder.fit(inputs)
    edges = np.unique([*_EDGES, float(horizon)])
    hazard = HazardModel.fit(
        encoder.transform(inputs), days, came, edges_days=edges, groups=pd.factorize(rows["customer_id"])[0],
        learner="ridge" if came.sum() >= 10 else "even",
    )  # fmt: skip
    counts = rows.groupby("as_of").size()
    ages = ages_of([moment.to_pydatetime() for moment in counts.index], as_of)
    season = Season.of(shop, as_of)
    begins = np.append(0.0, edges[:-1])
    ratios = [season.ratio(*each, ages, counts.to_numpy()) for each in zip(begins, edges, strict=True)]
    return Curve(encoder, hazard, np.array(ratios))


def _with_joining(frame: pd.DataFrame) -> pd.DataFrame:
    """Tell customers who were there when the records begin, whose past is cut off, from those who joined since.

    Only the curve asks: it also learns from the newest weeks, in which both kinds are about.
    """
    tenure = frame["tenure_days"].to_numpy(dtype=np.float64)
    begun = pd.Series(tenure).groupby(frame["as_of"].to_numpy()).transform("max").to_numpy()
    return frame.assign(joined_after_days=np.minimum(begun - tenure, _JOINED_DAYS))


def _waits(shop: Shop, as_of: datetime, rows: pd.DataFrame) -> tuple[Floats, npt.NDArray[np.float64]]:
    """Return the days from each row's moment to the next purchase, or to ``as_of``, and whether one came."""
    people = shop.engine.from_arrow(pa.table({"customer_id": pa.array(rows["customer_id"].unique(), pa.string())}))
    lines = shop.at(as_of).purchases.select("customer_id", "ordered_at").semi_join(people, "customer_id").distinct()
    bought = shop.engine.to_arrow(lines).to_pandas().sort_values(["ordered_at", "customer_id"], kind="stable")
    asked_rows = rows[["customer_id", "as_of"]].assign(row=np.arange(len(rows))).sort_values("as_of", kind="stable")
    asked_rows["as_of"] = asked_rows["as_of"].astype(bought["ordered_at"].dtype)
    found = pd.merge_asof(
        asked_rows, bought, left_on="as_of", right_on="ordered_at", by="customer_id", direction="forward"
    ).sort_values("row")
    came = found["ordered_at"].notna().to_numpy()
    until = found["ordered_at"].fillna(pd.Timestamp(as_of))
    days = (until - found["as_of"]).dt.total_seconds().to_numpy() / 86_400
    return np.maximum(days, 0.0), came.astype(np.float64)


def _shift(plain: FittedChurn) -> float:
    """Find the shift that gives the answer the mean of the curve, which has seen the newest weeks."""
    assert plain.curve is not None  # noqa: S101 - the caller has looked
    if not len(plain.scored):
        return 0.0
    goal = float(plain._at_horizon(plain.curve.survival(plain.scored)).mean())  # noqa: SLF001
    return Shift.to_mean(plain.chances(plain.scored), goal).by
