"""Maximum likelihood for positive parameters: several starts, exact gradients, standard errors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize

from habitue.models.btyd.histories import Floats

__all__ = ["Summary", "maximise", "weighted_sum"]

#: log-parameters → (mean log-likelihood of a customer, gradient by log-parameters)
Objective = Callable[[Floats], tuple[float, Floats]]

_SPAN = 16.0  # log-parameters beyond ± this (in the data's own unit) are limits, not estimates
_STEP = 1e-4
_ROUGH, _FINE = 1e-4, 1e-8  # gradients at which a search ends
_FLAT = 1e-5  # and below which it counts as converged


@dataclass(frozen=True, slots=True)
class Summary:
    """How a fit went.

    Attributes
    ----------
    log_likelihood : float
        Sum over customers.
    customers : float
        Sum of weights.
    converged : bool
        Whether the gradient vanishes where the search ended, away from the limits of the search.
    evaluations : int
        Of the likelihood with its gradient, all starts together.
    covariance : tuple of tuples of float
        Of the parameters, in the order of the model's ``names``; nan where the likelihood is flat.
    """

    log_likelihood: float
    customers: float
    converged: bool
    evaluations: int
    covariance: tuple[tuple[float, ...], ...]

    @property
    def standard_errors(self) -> tuple[float, ...]:
        """Roots of the covariance's diagonal."""
        return tuple(float(np.sqrt(row[place])) for place, row in enumerate(self.covariance))


@dataclass(frozen=True, slots=True)
class Optimum:
    """Where a search ended: parameters (in the unit of the objective) and how it went."""

    parameters: Floats
    summary: Summary


def maximise(
    objective: Objective,
    starts: Sequence[Sequence[float]],
    *,
    customers: float,
    coarse: Objective | None = None,
    lower: Sequence[float] | None = None,
) -> Optimum:
    """Find the parameters under which the data are likeliest.

    Parameters
    ----------
    objective : callable
        Takes log-parameters; returns the mean log-likelihood and its gradient.
    starts : sequence of parameter vectors
    customers : float
        Sum of weights: turns means into sums.
    coarse : callable, optional
        The same on few rows: all starts are searched on it, and only the best goes on to ``objective``.
    lower : sequence of float, optional
        Smallest parameters allowed.
    """
    lowest = np.full(len(starts[0]), -_SPAN) if lower is None else np.log(lower)
    bounds = [(float(low), _SPAN) for low in lowest]
    few, flat = (objective, _FINE) if coarse is None else (coarse, _ROUGH)
    tries = [_search(few, np.log(np.asarray(start)), bounds, flat=flat) for start in starts]
    best = min(tries, key=lambda each: float(each.fun))
    evaluations = sum(int(each.nfev) for each in tries)
    if coarse is not None:
        best = _search(objective, best.x, bounds, flat=_FINE, shape=_usable(best.hess_inv))
        evaluations += int(best.nfev)
    at = np.asarray(best.x, dtype=np.float64)
    value, gradient = objective(at)
    inside = all(low + 1e-6 < each < high - 1e-6 for each, (low, high) in zip(at, bounds, strict=True))
    covariance = _covariance(objective, at, customers)
    evaluations += 1 + 2 * len(at)
    return Optimum(
        np.exp(at),
        Summary(
            log_likelihood=value * customers,
            customers=customers,
            converged=bool(inside and np.max(np.abs(gradient)) < _FLAT),
            evaluations=evaluations,
            covariance=tuple(tuple(float(cell) for cell in row) for row in covariance),
        ),
    )


def _search(
    objective: Objective,
    start: Floats,
    bounds: Sequence[tuple[float, float]],
    *,
    flat: float,
    shape: Floats | None = None,
) -> Any:
    """Search from one start; beyond the bounds the likelihood is that of the bound, less the square of the distance.

    BFGS in Python: the compiled L-BFGS-B asks LAPACK for 4 × 4 matrices, and its threads cost milliseconds a step.
    """
    low, high = np.transpose(bounds)

    def loss(at: Floats) -> tuple[float, Floats]:
        inside = np.clip(at, low, high)
        value, gradient = objective(inside)
        over = at - inside
        return -value + float((over * over).sum()), np.where(over == 0, -gradient, 2 * over)

    options = {"maxiter": 300, "gtol": flat, "hess_inv0": shape}
    found = minimize(loss, np.clip(start, low, high), jac=True, method="BFGS", options=options)
    found.x = np.clip(found.x, low, high)
    return found


def _usable(shape: Floats) -> Floats | None:
    """Make an estimate of the inverse curvature symmetric; give it up where it is not positive."""
    even = (shape + shape.T) / 2
    return even if np.linalg.eigvalsh(even)[0] > 1e-8 else None


def _covariance(objective: Objective, at: Floats, customers: float) -> Floats:
    """Invert the curvature, by differences of exact gradients; by the delta method for log-parameters' exponentials."""
    curvature = np.empty((len(at), len(at)))
    for place in range(len(at)):
        step = np.zeros(len(at))
        step[place] = _STEP
        curvature[place] = (objective(at - step)[1] - objective(at + step)[1]) / (2 * _STEP)
    curvature = customers * (curvature + curvature.T) / 2
    values, vectors = np.linalg.eigh(curvature)
    if values[0] <= 1e-9 * values[-1]:
        return np.full_like(curvature, np.nan)
    scale = np.exp(at)
    inverse: Floats = (vectors / values) @ vectors.T * np.outer(scale, scale)
    return inverse


def weighted_sum(values: Floats, weight: Floats) -> float:
    """Add up without BLAS, whose threads make short vectors many times slower on a busy machine."""
    return float(np.einsum("i,i->", values, weight))
