"""Penalised models that add columns up on a link scale: logistic for a probability, Tweedie for an amount."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import expit

from habitue.models.tabular.examples import Examples, Floats

__all__ = ["fit_additive", "fit_log_size", "log_loss_of_link", "loss_of_link", "softplus", "tweedie_loss_of_link"]

_STEPS = 60
_HALVINGS = 30
_FURTHEST = 50.0


def softplus(value: Any) -> Floats:
    """Return log(1 + exp(value)) without overflow."""
    return np.asarray(np.logaddexp(0.0, value), dtype=np.float64)


def log_loss_of_link(y: Floats, link: Floats, weight: Floats) -> float:
    """Return the mean log-loss of log-odds."""
    return float(np.average(softplus(link) - y * link, weights=weight))


def tweedie_loss_of_link(y: Floats, link: Floats, weight: Floats, power: float) -> float:
    """Return the mean negative quasi-log-likelihood of log-amounts, for a power between 1 (Poisson) and 2 (gamma).

    References
    ----------
    B. Jorgensen, The Theory of Dispersion Models, 1997, chapter 4.
    """
    far = np.clip(link, -_FURTHEST, _FURTHEST)
    amount = -y * far if power == 1 else y * np.exp((1 - power) * far) / (power - 1)
    level = far if power == 2 else np.exp((2 - power) * far) / (2 - power)
    return float(np.average(amount + level, weights=weight))


def loss_of_link(kind: str, y: Floats, link: Floats, weight: Floats, power: float = 1.5) -> float:
    """Return the loss that learners of this kind make small."""
    if kind == "binary":
        return log_loss_of_link(y, link, weight)
    return tweedie_loss_of_link(y, link, weight, power)


def _pull(kind: str, y: Floats, link: Floats, power: float) -> tuple[Floats, Floats]:
    """Return slope and curvature of the loss of each row; the curvature is positive, the problem convex."""
    if kind == "binary":
        p = expit(link)
        return p - y, np.maximum(p * (1 - p), 1e-10)
    far = np.clip(link, -_FURTHEST, _FURTHEST)
    level, amount = np.exp((2 - power) * far), y * np.exp((1 - power) * far)
    return level - amount, np.maximum((2 - power) * level + (power - 1) * amount, 1e-10)


def fit_additive(
    z: Floats,
    data: Examples,
    kind: str,
    penalty: Any,
    *,
    power: float = 1.5,
    start: Floats | None = None,
) -> Floats:
    """Fit an intercept and one coefficient a column by Newton's method with step halving.

    Parameters
    ----------
    z : array, n × k
        Columns with mean 0 and spread 1.
    data : Examples
        The answers and weights of the rows of z.
    kind : str
        ``"binary"``: logistic. ``"amount"``: logarithmic link, Tweedie of this power.
    penalty : float or array of k
        Half the penalty times the square of each coefficient is added to the summed loss; the intercept is free.
    power : float
        1 for Poisson to 2 for gamma.
    start : array, k + 1, optional
        Where to begin.

    Returns
    -------
    array, k + 1
        The coefficients, the intercept last.
    """
    wide = np.column_stack([z, np.ones(len(z))])
    ridge = np.append(np.broadcast_to(np.asarray(penalty, dtype=np.float64), z.shape[1:]), 1e-9)
    beta = np.zeros(wide.shape[1]) if start is None else start.copy()
    if start is None:
        mean = data.mean
        beta[-1] = np.log(mean / (1 - mean)) if kind == "binary" else np.log(mean)
    best = _penalised(wide, data, kind, ridge, (power, beta))
    for _ in range(_STEPS):
        slope, curve = _pull(kind, data.y, wide @ beta, power)
        gradient = wide.T @ (slope * data.weight) + ridge * beta
        bend = (wide * (curve * data.weight)[:, None]).T @ wide
        bend[np.diag_indices_from(bend)] += ridge + 1e-9
        step = np.asarray(np.linalg.solve(bend, gradient), dtype=np.float64)
        beta, now = _line_search(wide, data, kind, ridge, power, (beta, step, best))
        if best - now < 1e-9 * (abs(best) + 1):
            break
        best = now
    return beta


def _penalised(wide: Floats, data: Examples, kind: str, ridge: Floats, at: tuple[float, Floats]) -> float:
    """Return the summed loss plus the penalty."""
    power, beta = at
    return len(wide) * loss_of_link(kind, data.y, wide @ beta, data.weight, power) + 0.5 * float(ridge @ beta**2)


def _line_search(
    wide: Floats, data: Examples, kind: str, ridge: Floats, power: float, state: tuple[Floats, Floats, float]
) -> tuple[Floats, float]:
    """Halve the step until the loss falls; return where it stood if it never does."""
    beta, step, best = state
    share = 1.0
    for _ in range(_HALVINGS):
        tried = beta - share * step
        loss = _penalised(wide, data, kind, ridge, (power, tried))
        if loss <= best:
            return tried, loss
        share /= 2
    return beta, best


def fit_log_size(z: Floats, data: Examples, penalty: float) -> Floats:
    """Fit the logarithm of positive amounts by penalised least squares; the intercept comes last and is free."""
    wide = np.column_stack([z, np.ones(len(z))])
    weighted = wide * data.weight[:, None]
    bend = weighted.T @ wide
    bend[np.diag_indices_from(bend)] += np.append(np.full(z.shape[1], penalty), 1e-9)
    return np.asarray(np.linalg.solve(bend, weighted.T @ np.log(data.y)), dtype=np.float64)
