"""Pareto/NBD: customers buy at a steady rate and stop at a moment that nobody sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from scipy.special import gammaln, logsumexp, psi, roots_legendre

from habitue.models.btyd.fitting import Summary
from habitue.models.btyd.histories import Floats, Rows
from habitue.models.btyd.model import PurchaseModel

__all__ = ["ParetoNBD"]

_NODES, _WEIGHTS = roots_legendre(32)
# Squares put more nodes where the integrand is largest: at the beginning.
_NODES, _WEIGHTS = ((_NODES + 1) / 2) ** 2, _WEIGHTS * (_NODES + 1) / 2
_LOG_WEIGHTS = np.log(_WEIGHTS)
_DROP = 42.0  # e^-42 of the beginning is nothing


class _Moments(NamedTuple):
    """Logarithms at nodes u between two times: of alpha + u, of beta + u, and of weight × integrand."""

    buying: Floats
    living: Floats
    term: Floats


@dataclass(frozen=True, slots=True)
class ParetoNBD(PurchaseModel):
    """Customers buy at their own steady rate for a lifetime of unknown length.

    Rates of buying are gamma (r, alpha) over customers, rates of leaving gamma (s, beta).

    Parameters
    ----------
    r, alpha, s, beta : float
        ``alpha`` and ``beta`` in the caller's unit of time.
    summary : Summary, optional
        How the fit went, when there was one.

    Notes
    -----
    In print the likelihood is a difference of hypergeometric functions, which cancels and overflows. Here the moment of
    leaving is integrated by quadrature, a sum of positive terms: L ∝ (α+T)^-(r+x) (β+T)^-s
    + s ∫ (α+u)^-(r+x) (β+u)^-(s+1) du over u from the last purchase to T.

    References
    ----------
    D. Schmittlein, D. Morrison, R. Colombo, Counting your customers, *Management Science* 33 (1987) 1-24.
    P. Fader, B. Hardie, A note on deriving the Pareto/NBD model and related expressions (2005),
    brucehardie.com/notes/009.

    Examples
    --------
    >>> cdnow = ParetoNBD(r=0.553, alpha=10.578, s=0.606, beta=11.669)
    >>> cdnow.expected_orders([39, 78], frequency=[2], recency=[30.43], age=[38.86]).round(2)
    array([[1.46, 2.56]])
    """

    kind: ClassVar[str] = "pareto_nbd"
    names: ClassVar[tuple[str, ...]] = ("r", "alpha", "s", "beta")
    times: ClassVar[tuple[str, ...]] = ("alpha", "beta")

    r: float
    alpha: float
    s: float
    beta: float
    summary: Summary | None = None

    @classmethod
    def _starts(cls, rate: float) -> list[tuple[float, ...]]:
        return [
            (0.5, 0.5 / rate, 0.5, 0.5),
            (0.3, 0.3 / rate, 1.0, 2.0),
            (1.5, 1.5 / rate, 0.3, 0.2),
            (0.8, 0.8 / rate, 3.0, 10.0),
        ]

    @classmethod
    def _likelihood(cls, parameters: Floats, rows: Rows) -> tuple[Floats, list[Floats]]:
        r, alpha, s, beta = parameters
        shape = r + rows.frequency
        left = _moments(shape, s + 1, alpha, beta, rows.recency, rows.age)
        end_buying, end_living = np.log(alpha + rows.age), np.log(beta + rows.age)
        alive = -shape * end_buying - s * end_living
        # The largest term is taken out once; what is left is sums of numbers up to 1.
        top = np.maximum(alive, left.term.max(axis=1) + np.log(s))
        share_alive, share_left = np.exp(alive - top), np.exp(left.term + (np.log(s) - top)[:, None])
        total = share_alive + share_left.sum(axis=1)
        level = gammaln(r + rows.levels) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
        each = level[rows.level] + top + np.log(total)
        share_alive /= total
        share_left /= total[:, None]
        rate_of_buying = share_alive * np.exp(-end_buying) + _sums(share_left, np.exp(-left.buying))
        living = share_alive * end_living + _sums(share_left, left.living)
        gone = 1 - share_alive
        slopes = [
            (psi(r + rows.levels) - psi(r) + np.log(alpha))[rows.level]
            - share_alive * end_buying
            - _sums(share_left, left.buying),
            r / alpha - shape * rate_of_buying,
            np.log(beta) + gone / s - living,
            s / beta - s * share_alive * np.exp(-end_living) - (s + 1) * _sums(share_left, np.exp(-left.living)),
        ]
        return each, slopes

    def _alive(self, rows: Rows) -> Floats:
        shape = self.r + rows.frequency
        left = _moments(shape, self.s + 1, self.alpha, self.beta, rows.recency, rows.age)
        alive = -shape * np.log(self.alpha + rows.age) - self.s * np.log(self.beta + rows.age)
        gone = np.log(self.s) + logsumexp(left.term, axis=1)
        share: Floats = np.exp(-np.logaddexp(0.0, gone - alive))
        return share

    def _expected(self, rows: Rows, horizon: float | Floats) -> Floats:
        rate = (self.r + rows.frequency) * (self.beta + rows.age) / (self.alpha + rows.age)
        grown = np.log1p(horizon / (self.beta + rows.age))
        above = self.s - 1
        # (1 - e^(-above · grown)) / above, whose limit at s = 1 is the logarithm itself
        return rate * (-np.expm1(-above * grown) / above if abs(above) > 1e-12 else grown)

    def _any(self, rows: Rows, horizon: float) -> Floats:
        """First purchase at u after the age, the customer alive until then: an integral of positive terms."""
        shape = self.r + rows.frequency
        first = _moments(shape + 1, self.s, self.alpha, self.beta, rows.age, rows.age + horizon)
        now = shape * np.log(self.alpha + rows.age) + self.s * np.log(self.beta + rows.age)
        chance: Floats = np.exp(np.minimum(0.0, np.log(shape) + now + logsumexp(first.term, axis=1)))
        return chance


def _sums(weights: Floats, values: Floats) -> Floats:
    told: Floats = np.einsum("ij,ij->i", weights, values)
    return told


def _moments(buying: Floats, living: float, alpha: float, beta: float, start: Floats, end: Floats) -> _Moments:
    """Nodes for ∫ (alpha+u)^-buying (beta+u)^-living du from start to end, on the logarithm of u + the smaller of both.

    The end is moved to where the integrand has dropped to nothing, so that the nodes stay where it is.
    """
    inner = min(alpha, beta)
    with np.errstate(over="ignore"):
        near = np.minimum((alpha + start) * np.expm1(_DROP / buying), (beta + start) * np.expm1(_DROP / living))
    width = np.log1p(np.minimum(end - start, near) / (inner + start))
    place = np.log(inner + start)[:, None] + width[:, None] * _NODES
    other = np.log(np.exp(place) + abs(alpha - beta))
    log_buying, log_living = (place, other) if alpha <= beta else (other, place)
    with np.errstate(divide="ignore"):
        term = place - buying[:, None] * log_buying - living * log_living + _LOG_WEIGHTS + np.log(width)[:, None]
    return _Moments(log_buying, log_living, term)
