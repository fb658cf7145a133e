"""A generalised linear model on scale-free inputs whose coefficients are held near those of other shops."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
import pyarrow as pa

from habitue.tasks.priors import SCALE_FREE, Prior, scale_free
from habitue.tasks.question import Kind
from habitue.tasks.reasons import strongest

if TYPE_CHECKING:
    from habitue.tasks.question import Task

__all__ = ["PooledLearner", "map_fit"]

Floats = np.ndarray[Any, np.dtype[np.float64]]

_STEPS = 60
_CLOSE = 1e-9
_LINK_LIMIT = 30.0


@dataclass(frozen=True)
class PooledLearner:
    """Scores by ``link(intercept + z · coefficients)``, with z the scale-free inputs.

    Attributes
    ----------
    kind : {"binary", "amount"}
    horizon_days : int
    scale : float
        The shop's mean order value: amounts are its multiples.
    prior : Prior
    coefficients : array of shape (7,)
        The intercept first.
    centre, typical : arrays of shape (6,)
        Means of the scale-free inputs, and medians of the features behind them.
    """

    kind: Kind
    horizon_days: int
    scale: float
    prior: Prior
    coefficients: Floats
    centre: Floats
    typical: Floats
    name: str = "pooled"

    @classmethod
    def of(cls, task: Task, scale: float, frame: pd.DataFrame) -> Self:
        """Begin with what is known from other shops."""
        prior = task.prior
        if prior is None:
            raise ValueError(f"the task {task.name} has no prior")
        z = scale_free(frame, task.horizon_days)
        raw = _features(frame)
        return cls(
            kind=task.kind,
            horizon_days=task.horizon_days,
            scale=scale,
            prior=prior,
            coefficients=np.array([prior.intercept, *prior.coefficients]),
            centre=z.mean(axis=0) if len(z) else np.zeros(z.shape[1]),
            typical=np.array([_median(column) for column in raw.T]),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The features behind the scale-free inputs."""
        return tuple(SCALE_FREE.values())

    def predict(self, frame: pd.DataFrame) -> Floats:
        """Return probabilities or expected amounts."""
        link = self.coefficients[0] + scale_free(frame, self.horizon_days) @ self.coefficients[1:]
        link = np.clip(link, -_LINK_LIMIT, _LINK_LIMIT)
        score = 1 / (1 + np.exp(-link)) if self.kind == "binary" else self.scale * np.exp(link)
        return np.asarray(score, dtype=np.float64)

    def reasons(self, frame: pd.DataFrame, *, top: int = 3) -> pa.Array:
        """Return the features that moved each row's score most."""
        effects = (scale_free(frame, self.horizon_days) - self.centre) * self.coefficients[1:]
        return strongest(self.names, self.names, _features(frame), self.typical, effects, top=top)

    def importance(self) -> dict[str, float]:
        """Return each feature's share of the coefficients' weight."""
        weight = np.abs(self.coefficients[1:])
        summed: dict[str, float] = {}
        for source, each in zip(self.names, weight / max(float(weight.sum()), _CLOSE), strict=True):
            summed[source] = summed.get(source, 0.0) + float(each)
        return dict(sorted(summed.items(), key=lambda item: (-item[1], item[0])))

    def state(self) -> dict[str, Any]:
        """Return the learner as JSON-able data."""
        prior = self.prior
        return {
            "name": self.name,
            "kind": self.kind,
            "horizon_days": self.horizon_days,
            "scale": self.scale,
            "prior": [prior.intercept, prior.intercept_sd, list(prior.coefficients), list(prior.sds)],
            "coefficients": self.coefficients.tolist(),
            "centre": self.centre.tolist(),
            "typical": [None if np.isnan(each) else float(each) for each in self.typical],
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Read a learner back."""
        intercept, spread, coefficients, sds = state["prior"]
        return cls(
            kind=state["kind"],
            horizon_days=state["horizon_days"],
            scale=state["scale"],
            prior=Prior(state["kind"], intercept, spread, tuple(coefficients), tuple(sds)),
            coefficients=np.array(state["coefficients"], dtype=np.float64),
            centre=np.array(state["centre"], dtype=np.float64),
            typical=np.array([np.nan if each is None else each for each in state["typical"]], dtype=np.float64),
        )


def map_fit(start: PooledLearner, frame: pd.DataFrame, label: Floats) -> PooledLearner:
    """Move the coefficients towards the shop's own examples, by Newton's steps on the penalised likelihood.

    Binary labels have a Bernoulli likelihood; amounts, in mean order values, a Poisson one with a spread estimated from
    Pearson's residuals, so that heavy tails weigh less against the prior.
    """
    z = np.column_stack([np.ones(len(frame)), scale_free(frame, start.horizon_days)])
    y = label if start.kind == "binary" else label / start.scale
    mean = np.array([start.prior.intercept, *start.prior.coefficients])
    precision = 1 / np.square([start.prior.intercept_sd, *start.prior.sds])
    spread = 1.0
    found = mean.copy()
    for _ in range(1 if start.kind == "binary" else 3):
        found = _newton(start.kind, z, y / spread, mean, precision, spread=spread, start=found)
        if start.kind == "amount":
            fitted = np.exp(np.clip(z @ found, -_LINK_LIMIT, _LINK_LIMIT))
            spread = max(1.0, float(np.mean(np.square(y - fitted) / np.maximum(fitted, 1e-6))))
    return replace(start, coefficients=found)


def _newton(
    kind: Kind, z: Floats, y: Floats, mean: Floats, precision: Floats, *, spread: float, start: Floats
) -> Floats:
    """Maximise log-likelihood / spread less the prior's penalty; steps are halved where they overshoot."""
    found: Floats = start
    for _ in range(_STEPS):
        value = _objective(kind, z, y, mean, precision, spread, found)
        link = np.clip(z @ found, -_LINK_LIMIT, _LINK_LIMIT)
        rate = 1 / (1 + np.exp(-link)) if kind == "binary" else np.exp(link) / spread
        weight = rate * (1 - rate) if kind == "binary" else rate
        gradient = z.T @ (y - rate) - precision * (found - mean)
        step = np.linalg.solve((z * weight[:, None]).T @ z + np.diag(precision), gradient)
        size = 1.0
        while size > _CLOSE and _objective(kind, z, y, mean, precision, spread, found + size * step) < value:
            size /= 2
        found = np.asarray(found + size * step, dtype=np.float64)
        if np.max(np.abs(size * step)) < _CLOSE:
            break
    return found


def _objective(kind: Kind, z: Floats, y: Floats, mean: Floats, precision: Floats, spread: float, at: Floats) -> float:
    link = np.clip(z @ at, -_LINK_LIMIT, _LINK_LIMIT)
    fit = y * link - np.logaddexp(0.0, link) if kind == "binary" else y * link - np.exp(link) / spread
    return float(fit.sum() - 0.5 * (precision * np.square(at - mean)).sum())


def _median(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else float("nan")


def _features(frame: pd.DataFrame) -> Floats:
    return np.column_stack([frame[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in SCALE_FREE.values()])
