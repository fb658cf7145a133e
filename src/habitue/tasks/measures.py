"""The figures by which answers are judged, each with its interval over customers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from habitue.models import metrics
from habitue.tasks.card import Measured
from habitue.tasks.question import Kind

__all__ = ["HEADLINE", "deviance", "loss", "losses", "measure"]

Floats = np.ndarray[Any, np.dtype[np.float64]]
Metric = Callable[[Floats, Floats], float]

_HALF = 0.5
_POWER = 1.5  # of the Tweedie family: between counts (1) and amounts with a constant spread in the logarithm (2)
_TOP = 0.1
_SURE = 1e-12


def deviance(truth: Floats, amount: Floats) -> float:
    """Return the mean Tweedie deviance with power 1.5: lowest where the expectation is right, zeros or not.

    References
    ----------
    Jørgensen, B. (1997), *The Theory of Dispersion Models*, chapter 4.
    """
    return float(np.mean(_deviances(truth, amount)))


def _deviances(truth: Floats, amount: Floats) -> Floats:
    low = np.maximum(amount, 1e-9 * max(float(np.mean(truth)), 1e-9) + 1e-12)
    power = _POWER
    first = np.power(truth, 2 - power) / ((1 - power) * (2 - power))
    second = truth * np.power(low, 1 - power) / (1 - power)
    third = np.power(low, 2 - power) / (2 - power)
    return np.asarray(2 * (first - second + third), dtype=np.float64)


def _at_half(metric: Callable[[Floats, Floats], float]) -> Metric:
    return lambda truth, chance: metric(truth, (chance >= _HALF).astype(np.float64))


_BINARY: dict[str, Metric] = {
    "auc": metrics.auc,
    "average_precision": metrics.average_precision,
    "log_loss": metrics.log_loss,
    "brier": metrics.brier,
    "calibration_error": metrics.calibration_error,
    "accuracy": _at_half(metrics.accuracy),
    "precision": _at_half(metrics.precision),
    "recall": _at_half(metrics.recall),
    "f1": _at_half(metrics.f1),
}
_AMOUNT: dict[str, Metric] = {
    "spearman": metrics.spearman,
    "top_share": lambda truth, amount: metrics.top_share(truth, amount, _TOP),
    "gini": metrics.normalised_gini,
    "mae": metrics.mae,
    "rmse": metrics.rmse,
    "total_bias": metrics.total_bias,
    "deviance": deviance,
}
_METRICS: dict[Kind, dict[str, Metric]] = {"binary": _BINARY, "amount": _AMOUNT}

#: The figure by which the stability over cut-offs is shown.
HEADLINE: dict[Kind, str] = {"binary": "auc", "amount": "spearman"}


def loss(kind: Kind, truth: Floats, score: Floats) -> float:
    """Return the proper loss by which candidates are chosen: log-loss, or Tweedie deviance."""
    return float(metrics.log_loss(truth, score)) if kind == "binary" else deviance(truth, score)


def losses(kind: Kind, truth: Floats, score: Floats) -> Floats:
    """Return the loss of each row, whose mean is `loss`."""
    if kind == "amount":
        return _deviances(truth, score)
    inside = np.clip(score, _SURE, 1 - _SURE)
    return np.asarray(-np.log(np.where(truth > 0, inside, 1 - inside)), dtype=np.float64)


def measure(
    kind: Kind,
    truth: Floats,
    score: Floats,
    *,
    groups: Any = None,
    names: tuple[str, ...] | None = None,
    draws: int = 200,
    seed: int = 0,
) -> list[Measured]:
    """Measure an answer by every figure of its kind.

    Parameters
    ----------
    kind : {"binary", "amount"}
    truth, score : arrays of shape (n,)
    groups : array of shape (n,), optional
        Rows of one customer are drawn together.
    names : tuple of str, optional
        These figures only.
    draws : int
        Of the bootstrap; 0 for no intervals.
    seed : int
    """
    found = []
    for name, metric in _METRICS[kind].items():
        if names is not None and name not in names:
            continue
        if draws:
            interval = metrics.bootstrap(metric, truth, score, draws=draws, seed=seed, groups=groups)
            found.append(Measured(name, interval.value, interval.low, interval.high))
        else:
            found.append(Measured(name, float(metric(truth, score))))
    return found
