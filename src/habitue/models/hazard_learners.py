"""How inputs move the chance of an event in a period: by a ridge for few events, by boosting for many.

A learner returns log-odds to be added to those of the period. Both see the period, so that an input may matter early
and not late.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from scipy.linalg.blas import ssyrk
from scipy.special import expit

from habitue.errors import ConfigError, did_you_mean
from habitue.models.metrics.arrays import Floats

__all__ = ["Boosted", "Even", "HazardLearner", "Ridge", "RiskRows", "fit_learner", "learner_from_state", "levels"]

Rows = npt.NDArray[np.int64]

_BOOSTED_FROM = 1000  # events
_RIDGE_FROM = 10
_FOLDS = 4
_TRIED = 2  # of the folds: what is left out in two of them tells penalties apart
_CLOSE, _NEAR = 1e-6, 1e-3  # steps at which a search ends: of the answer, and of what only compares penalties
_PENALTIES = (3.0, 30.0, 300.0)  # half of it times the square of each coefficient, on inputs of spread 1
_LATER = 4.0  # times the penalty for a change of a coefficient over the periods
_LEVEL = 0.5  # the penalty for a change of a period's own level
_MOST_QUIET_ROWS = 40_000  # rows without event that a ridge learns from
_ROUNDS = 400
_PATIENCE = 25
_TREES = {
    "objective": "binary",
    "learning_rate": 0.06,
    "num_leaves": 15,
    "min_data_in_leaf": 60,
    "lambda_l2": 5.0,
    "feature_fraction": 0.8,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "verbosity": -1,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
}


@dataclass(frozen=True, slots=True)
class RiskRows:
    """One row for each customer and period at risk: inputs stand in x by customer, base is in log-odds."""

    x: Floats
    customer: Rows
    period: Rows
    event: Floats
    weight: Floats
    base: Floats
    group: Rows

    def where(self, keep: npt.NDArray[np.bool_]) -> RiskRows:
        """Return only these rows."""
        return RiskRows(
            self.x,
            self.customer[keep],
            self.period[keep],
            self.event[keep],
            self.weight[keep],
            self.base[keep],
            self.group[keep],
        )


class HazardLearner(Protocol):
    """What moves log-odds of each period for each customer."""

    def log_odds(self, x: Floats, period: Rows) -> Floats:
        """Return what is added for the inputs of each row (n × k) in its period (n)."""

    def state(self) -> dict[str, Any]:
        """Return everything as plain data."""


@dataclass(frozen=True, slots=True)
class Even:
    """Everybody alike: for a handful of events, or no inputs."""

    def log_odds(self, x: Floats, period: Rows) -> Floats:
        """Return 0 for each row."""
        return np.zeros(len(period) if x.ndim else 0)

    def state(self) -> dict[str, Any]:
        """Return the name only."""
        return {"learner": "even"}


@dataclass(frozen=True, slots=True)
class Ridge:
    """Inputs add up, drawn towards having no effect; each may fade or grow over the periods.

    Parameters
    ----------
    middle, spread, mean, deviation : array of shape (k,)
        How an input becomes a number around 0: long tails are drawn in by the inverse hyperbolic sine.
    coefficients : array of shape (2 k + periods,)
        Effects in the middle period, then their change from first to last period, then what each period adds.
    periods : int
    """

    middle: Floats
    spread: Floats
    mean: Floats
    deviation: Floats
    coefficients: Floats
    periods: int

    def log_odds(self, x: Floats, period: Rows) -> Floats:
        """Return the sum of effects for each row."""
        told: Floats = _columns(self._scaled(x), period, self.periods) @ self.coefficients
        return told

    def every_period(self, x: Floats) -> Floats:
        """Return the same for every row in every period (n × periods), without a row for each."""
        scaled, columns = self._scaled(x), x.shape[1]
        middle, change, level = np.split(self.coefficients, [columns, 2 * columns])
        time = np.arange(self.periods) / max(self.periods - 1, 1) - 0.5
        told: Floats = (scaled @ middle)[:, None] + (scaled @ change)[:, None] * time + level
        return told

    def _scaled(self, x: Floats) -> Floats:
        return _scale(x, self.middle, self.spread, self.mean, self.deviation)

    def state(self) -> dict[str, Any]:
        """Return everything as plain data."""
        arrays = {name: getattr(self, name).tolist() for name in ("middle", "spread", "mean", "deviation")}
        return {"learner": "ridge", **arrays, "coefficients": self.coefficients.tolist(), "periods": self.periods}


def _scale(x: Floats, middle: Floats, spread: Floats, mean: Floats, deviation: Floats) -> Floats:
    """Draw tails in and bring inputs to mean 0 and spread 1; the unknown become the mean."""
    scaled = (np.arcsinh((x - middle) / spread) - mean) / deviation
    found: Floats = np.clip(np.nan_to_num(scaled, nan=0.0), -5, 5)
    return found


def _columns(scaled: Floats, period: Rows, periods: int) -> Floats:
    """Put beside each input its product with the period, which runs from -1/2 to 1/2, and the period's own level."""
    time = period / max(periods - 1, 1) - 0.5
    return np.hstack([scaled, scaled * time[:, None], np.eye(periods)[period]])


def _fit_ridge(rows: RiskRows, periods: int, seed: int) -> Ridge:
    """Choose the penalty by customers left out, then fit on all."""
    x, rows = rows.x, _thinned(rows, seed)
    known = np.isfinite(x)
    filled = np.where(known.any(axis=0), x, 0.0)
    middle = np.nanmedian(filled, axis=0)
    spread = np.nanpercentile(filled, 75, axis=0) - np.nanpercentile(filled, 25, axis=0)
    deviation = np.nanstd(filled, axis=0)
    spread = np.where(spread > 0, spread, np.where(deviation > 0, deviation, 1.0))
    drawn = np.arcsinh((filled - middle) / spread)
    mean, deviation = np.nanmean(drawn, axis=0), np.nanstd(drawn, axis=0)
    deviation = np.where(deviation > 1e-12, deviation, 1.0)
    columns = _columns(_scale(x, middle, spread, mean, deviation)[rows.customer], rows.period, periods)
    best, start = _penalty(columns, rows, (x.shape[1], periods), seed)
    found = _newton(columns, rows, _pull(best, x.shape[1], periods), start=start)
    return Ridge(middle, spread, mean, deviation, found, periods)


def _penalty(columns: Floats, rows: RiskRows, shape: tuple[int, int], seed: int) -> tuple[float, Floats | None]:
    """Return the penalty with the smallest loss on customers left out, and coefficients to start from."""
    fold = np.random.default_rng(seed).permutation(int(rows.group.max()) + 1)[rows.group] % _FOLDS
    losses, found = np.zeros(len(_PENALTIES)), None
    for out in np.unique(fold)[:_TRIED]:
        inside = (columns[fold != out], rows.where(fold != out))
        for place, penalty in enumerate(_PENALTIES):
            # The neighbouring penalty's answer is a good place to start from.
            found = _newton(*inside, _pull(penalty, *shape), start=found, close=_NEAR)
            losses[place] += _loss(columns[fold == out], rows.where(fold == out), found)
    # The heavier penalty wins a draw, as it does where only one customer group is there to leave out.
    return _PENALTIES[len(losses) - 1 - int(np.argmin(losses[::-1]))], found


def _pull(penalty: float, inputs: int, periods: int) -> Floats:
    return np.repeat([penalty, penalty * _LATER, _LEVEL], [inputs, inputs, periods])


def _thinned(rows: RiskRows, seed: int) -> RiskRows:
    """Keep all events and so many of the other rows that a ridge stays quick; those that stay count for the rest."""
    share = _MOST_QUIET_ROWS / max(float((rows.event == 0).sum()), 1.0)
    if share >= 1:
        return rows
    kept = rows.where((rows.event == 1) | (np.random.default_rng(seed).random(rows.event.size) < share))
    return replace(kept, weight=np.where(kept.event == 1, kept.weight, kept.weight / share))


def _loss(columns: Floats, rows: RiskRows, coefficients: Floats) -> float:
    odds = rows.base + columns @ coefficients
    return float(rows.weight @ (np.logaddexp(0, odds) - rows.event * odds))


def _newton(
    columns: Floats, rows: RiskRows, pull: Floats, *, start: Floats | None = None, close: float = _CLOSE
) -> Floats:
    """Return the coefficients that make loss and penalty least; the problem is convex."""
    at = np.zeros(columns.shape[1]) if start is None else start
    light = columns.astype(np.float32)

    def cost(b: Floats) -> float:
        return _loss(columns, rows, b) + float(pull @ b**2) / 2

    found = cost(at)
    for _ in range(30):
        chance = expit(rows.base + columns @ at)
        down = columns.T @ (rows.weight * (chance - rows.event)) + pull * at
        curve = _curvature(light, rows.weight * chance * (1 - chance)) + np.diag(pull)
        step, size = -np.linalg.solve(curve, down), 1.0
        while size > 1e-4 and cost(at + size * step) > found:
            size /= 2
        if size <= 1e-4 or np.abs(step).max() < _CLOSE:
            break
        at = at + size * step
        found = cost(at)
        if np.abs(step).max() < close:
            break
    return at


def _curvature(columns: Any, weight: Floats) -> Floats:
    """Return columns' weight columns; single precision is enough to choose a direction, the slope stays double."""
    scaled = columns * np.sqrt(weight).astype(np.float32)[:, None]
    upper = np.asarray(ssyrk(1.0, scaled.T), dtype=np.float64)
    return np.asarray(upper + np.triu(upper, 1).T, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Boosted:
    """Trees that see the inputs and, as a last column, the period; empty inputs are a branch of their own."""

    trees: Any

    def log_odds(self, x: Floats, period: Rows) -> Floats:
        """Return the sum of the trees for each row."""
        told = self.trees.predict(_with_period(x, period), raw_score=True, num_threads=1)
        return np.asarray(told, dtype=np.float64)

    def state(self) -> dict[str, Any]:
        """Return the trees in LightGBM's own text."""
        return {"learner": "boosted", "trees": self.trees.model_to_string()}


def _with_period(x: Floats, period: Rows) -> Floats:
    return np.column_stack([x, period.astype(np.float64)])


def _fit_boosted(rows: RiskRows, seed: int) -> Boosted:
    """Find the number of trees on customers left out, then grow as many on all."""
    import lightgbm  # noqa: PLC0415 - takes seconds to load, and most commands only read what it told

    held_out = np.random.default_rng(seed).permutation(int(rows.group.max()) + 1)[rows.group] % 5 == 0
    params = {**_TREES, "seed": seed}
    learnt, judged = _dataset(rows.where(~held_out)), _dataset(rows.where(held_out))
    stop = lightgbm.early_stopping(_PATIENCE, verbose=False)
    found = lightgbm.train(params, learnt, _ROUNDS, valid_sets=[judged], callbacks=[stop])
    rounds = max(1, found.best_iteration)
    trees = lightgbm.train(params, _dataset(rows), rounds)
    # Read back from its text, so that it answers as it will once saved, to the last digit.
    return Boosted(lightgbm.Booster(model_str=trees.model_to_string()))


def _dataset(rows: RiskRows) -> Any:
    import lightgbm  # noqa: PLC0415 - see above

    inputs = _with_period(rows.x[rows.customer], rows.period)
    return lightgbm.Dataset(inputs, rows.event, weight=rows.weight, init_score=rows.base, free_raw_data=True)


def fit_learner(rows: RiskRows, periods: int, learner: str, seed: int) -> HazardLearner:
    """Fit the learner that is named, or with ``"auto"`` the one for so many events."""
    events = float(rows.event.sum())
    groups = int(np.unique(rows.group).size)
    if learner == "auto":
        learner = "boosted" if events >= _BOOSTED_FROM else "ridge" if events >= _RIDGE_FROM else "even"
    known = ("even", "ridge", "boosted")
    if learner not in known:
        raise ConfigError(f"there is no learner {learner!r}.{did_you_mean(learner, known)}", expected=", ".join(known))
    # Nothing is to be learnt without inputs, without both outcomes, or from customers too few to leave any out.
    if learner == "even" or not rows.x.shape[1] or groups < 5 or not 0 < events < rows.event.size:
        return Even()
    return _fit_boosted(rows, seed) if learner == "boosted" else _fit_ridge(rows, periods, seed)


def levels(rows: RiskRows, found: HazardLearner, periods: int) -> Floats:
    """Return what to add in each period, so that as many events are told as came.

    Those who are left in later periods differ from those at the start. Once inputs say so, the level that was right for
    all of them together no longer is.
    """
    odds, level = rows.base + found.log_odds(rows.x[rows.customer], rows.period), np.zeros(periods)
    for _ in range(25):
        chance = expit(odds + level[rows.period])
        over = np.bincount(rows.period, rows.weight * (chance - rows.event), periods) + _LEVEL * level
        curve = np.bincount(rows.period, rows.weight * chance * (1 - chance), periods) + _LEVEL
        level -= np.clip(over / curve, -1, 1)
    return level


def learner_from_state(saved: Mapping[str, Any]) -> HazardLearner:
    """Return the learner that ``state`` wrote."""
    if saved["learner"] == "boosted":
        import lightgbm  # noqa: PLC0415 - see above

        return Boosted(lightgbm.Booster(model_str=saved["trees"]))
    if saved["learner"] == "ridge":
        names = ("middle", "spread", "mean", "deviation", "coefficients")
        middle, spread, mean, deviation, coefficients = (np.asarray(saved[name], dtype=np.float64) for name in names)
        return Ridge(middle, spread, mean, deviation, coefficients, int(saved["periods"]))
    return Even()
