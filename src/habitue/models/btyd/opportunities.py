"""Purchases until a coin that is tossed after each of them says stop, when opportunities come at a gamma-mixed rate."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln, psi, roots_legendre

from habitue.models.btyd.histories import Floats

__all__ = ["purchases_while_alive"]

_EXACT = 1_024  # opportunities summed one by one; the rest by quadrature
_NODES, _WEIGHTS = roots_legendre(256)
_CELLS = 2_000_000


def purchases_while_alive(shape: Floats, growth: Floats, a: float, b: Floats) -> Floats:
    """Purchases to expect of customers who are alive.

    Opportunities in the horizon are negative binomial (gamma ``shape``; ``growth`` = horizon ÷ the gamma's rate), and
    after each purchase a customer stops with a chance drawn from Beta(a, b). With j opportunities that makes
    S_j = Σ_{i<j} E[(1-p)^i] = Σ_{i<j} (b)_i / (a+b)_i purchases, so the answer is Σ_j NB(j) S_j. All terms are
    positive: unlike the difference of hypergeometric functions in print it neither cancels nor overflows, and a = 1 is
    nothing special.

    Parameters
    ----------
    shape, growth, b : array of n
    a : float

    Returns
    -------
    array of n
    """
    told = np.zeros(len(shape))
    reach = _reach(shape, growth)
    band = np.ceil(np.log2(np.minimum(reach, _EXACT)))
    order = np.lexsort((band, b, shape))
    keys = np.stack([shape[order], b[order], band[order]])
    starts = np.flatnonzero(np.r_[True, np.any(keys[:, 1:] != keys[:, :-1], axis=0)])
    for start, end in zip(starts, np.r_[starts[1:], len(order)], strict=True):
        members = order[start:end]
        told[members] = _sum(shape[members[0]], growth[members], a, b[members[0]], int(2 ** keys[2, start]))
    far = np.flatnonzero(reach > _EXACT)
    for part in np.array_split(far, -(-len(far) * len(_NODES) // _CELLS) or 1):
        told[part] += _rest(shape[part], growth[part], a, b[part], reach[part])
    return told


def _reach(shape: Floats, growth: Floats) -> Floats:
    """Opportunities beyond which nothing is left."""
    mean = shape * growth
    reach: Floats = mean + 12 * np.sqrt(mean * (1 + growth)) + 40 * (1 + growth)
    return reach


def _sum(shape: float, growth: Floats, a: float, b: float, terms: int) -> Floats:
    """Sum the first terms for customers who share a shape."""
    j = np.arange(1, terms, dtype=np.float64)
    survived = np.cumprod((b + j - 1) / (a + b + j - 1))
    purchases = np.cumsum(np.r_[1.0, survived[:-1]])
    choose = gammaln(shape + j) - gammaln(shape) - gammaln(j + 1)
    told = np.zeros(len(growth))
    moving = np.flatnonzero(growth > 0)
    for part in np.array_split(moving, -(-len(moving) * terms // _CELLS) or 1):
        log_odds = np.log(growth[part]) - np.log1p(growth[part])
        chance = np.exp(choose - shape * np.log1p(growth[part])[:, None] + np.outer(log_odds, j))
        told[part] = np.einsum("ij,j->i", chance, purchases)
    return told


def _rest(shape: Floats, growth: Floats, a: float, b: Floats, reach: Floats) -> Floats:
    """Integrate what lies beyond the first terms, over the logarithm of the number of opportunities."""
    mean = shape * growth
    spread = np.sqrt(mean * (1 + growth))
    low = np.log(np.maximum(_EXACT - 0.5, mean - 12 * spread))[:, None]
    width = np.log(reach)[:, None] - low
    shape, growth, b = shape[:, None], growth[:, None], b[:, None]

    def term(j: Floats) -> Floats:
        chance = gammaln(shape + j) - gammaln(shape) - gammaln(j + 1) - shape * np.log1p(growth)
        told: Floats = np.exp(chance + j * (np.log(growth) - np.log1p(growth))) * _purchases(j, a, b)
        return told

    j = np.exp(low + width * (_NODES + 1) / 2)
    integral = np.einsum("ij,j->i", term(j) * j * width / 2, _WEIGHTS)
    # The sum from m on is the integral from m - 1/2 on and a 24th of the slope there.
    slope = term(np.array([_EXACT + 0.0])) - term(np.array([_EXACT - 1.0]))
    rest: Floats = integral + slope[:, 0] / 24
    return rest


def _purchases(j: Floats, a: float, b: Floats) -> Floats:
    """S_j in closed form, by S_j(a, b) = 1 + b/(a+b) S_{j-1}(a, b+1), which keeps all gamma functions positive."""
    above = a - 1.0
    if abs(above) < 1e-3:
        # The quotient of gamma functions by the mean slope of their logarithm (three-point Gauss).
        points, weights = roots_legendre(3)
        inner = above * (points + 1) / 2
        slope = sum(w / 2 * (psi(b + j + u) - psi(b + 1 + u)) for u, w in zip(inner, weights, strict=True))
    else:
        slope = (gammaln(b + j + above) - gammaln(b + j) - gammaln(b + 1 + above) + gammaln(b + 1)) / above
    # (a+b)/(a-1) (1 - exp(-(a-1) slope)), and its limit where a = 1
    series = (a + b) * (-np.expm1(-above * slope) / above if above else slope)
    purchases: Floats = 1 + b / (a + b) * series
    return purchases
