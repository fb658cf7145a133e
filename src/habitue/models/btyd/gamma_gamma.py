"""Gamma-Gamma: what a customer spends at a time, learnt from few purchases and pulled towards everybody's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaln, psi

from habitue.errors import DataError, NotEnoughData, NotFitted
from habitue.models.btyd.fitting import Summary, maximise, weighted_sum
from habitue.models.btyd.histories import Floats
from habitue.models.btyd.model import summary_from

__all__ = ["GammaGamma"]

_CUSTOMERS = 10
_LOWEST_Q = 1.001  # at q ≤ 1 customers would spend infinitely much on average


@dataclass(frozen=True, slots=True)
class GammaGamma:
    """What a customer spends at a time, as far as few purchases tell.

    Purchases of a customer are gamma (p, ν) with ν gamma (q, gamma) over customers. Spend and frequency are taken to be
    independent; check that before you believe it.

    Parameters
    ----------
    p, q, gamma : float
        ``gamma`` in the unit of money.
    summary : Summary, optional
        How the fit went, when there was one.

    References
    ----------
    P. Fader, B. Hardie, The Gamma-Gamma model of monetary value (2013), brucehardie.com/notes/025.

    Examples
    --------
    >>> cdnow = GammaGamma(p=6.25, q=3.74, gamma=15.44)
    >>> cdnow.expected_value(purchases=[0, 2, 200], mean_spend=[0.0, 50.0, 50.0]).round(1)
    array([35.2, 47.3, 50. ])
    """

    kind: ClassVar[str] = "gamma_gamma"
    names: ClassVar[tuple[str, ...]] = ("p", "q", "gamma")

    p: float
    q: float
    gamma: float
    summary: Summary | None = None

    @classmethod
    def fit(cls, purchases: ArrayLike, mean_spend: ArrayLike, weight: ArrayLike | None = None) -> Self:
        """Learn how much spend differs between and within customers.

        Parameters
        ----------
        purchases : array of n
            Purchases behind the mean, 1 or more. In the literature: repeat purchase days, the first day left out.
        mean_spend : array of n
            Mean spend a purchase, above 0: leave out customers whose spend is 0.
        weight : array of n, optional
            How many customers each row stands for.

        Raises
        ------
        DataError
            For counts below 1, or spend that is missing, 0 or negative.
        NotEnoughData
            With fewer than ten customers, or customers who all spend the same.
        """
        x, m, w = _checked(purchases, mean_spend, weight)
        unit = float(np.average(m, weights=w))
        objective, few = cls._objective(x, m / unit, w), None
        if len(x) > 5_000:
            step = -(-len(x) // 2_000)
            order = np.argsort(m)[::step]
            few = cls._objective(x[order], (m / unit)[order], w[order])
        starts = [(2.0, 3.0, 1.0), (6.0, 4.0, 0.5), (1.0, 1.5, 1.0), (20.0, 10.0, 0.5)]
        customers = float(w.sum())
        found = maximise(objective, starts, customers=customers, coarse=few, lower=(1e-6, _LOWEST_Q, 1e-6))
        scale = np.array([1.0, 1.0, unit])
        covariance = np.array(found.summary.covariance) * np.outer(scale, scale)
        fit = asdict(found.summary)
        fit["log_likelihood"] -= customers * float(np.log(unit))
        fit["covariance"] = tuple(tuple(row) for row in covariance.tolist())
        p, q, gamma = (found.parameters * scale).tolist()
        return cls(p, q, gamma, summary=Summary(**fit))

    @classmethod
    def _objective(cls, x: Floats, m: Floats, weight: Floats) -> Any:
        total = float(weight.sum())

        def objective(at: Floats) -> tuple[float, Floats]:
            each, slopes = _likelihood(np.exp(at), x, m)
            gradient = np.array([weighted_sum(slope, weight) for slope in slopes]) * np.exp(at)
            return weighted_sum(each, weight) / total, gradient / total

        return objective

    @property
    def parameters(self) -> dict[str, float]:
        """The parameters by name."""
        return {name: float(getattr(self, name)) for name in self.names}

    @property
    def standard_errors(self) -> dict[str, float]:
        """Standard errors by name of parameter, from the curvature of the likelihood; nan where it is flat."""
        if self.summary is None:
            raise NotFitted("This GammaGamma was made from given parameters", hint="use .fit(...)")
        return dict(zip(self.names, self.summary.standard_errors, strict=True))

    @property
    def population_mean(self) -> float:
        """Mean spend a purchase over all customers; inf where q ≤ 1."""
        return self.p * self.gamma / (self.q - 1) if self.q > 1 else float("inf")

    def log_likelihood(self, purchases: ArrayLike, mean_spend: ArrayLike) -> Floats:
        """How likely each customer's mean spend is under these parameters, as a logarithm: array of n."""
        x, m, _ = _arrays(purchases, mean_spend, None)
        return _likelihood(np.array([self.p, self.q, self.gamma]), x, m)[0]

    def expected_value(self, purchases: ArrayLike, mean_spend: ArrayLike) -> Floats:
        """Mean spend a purchase to expect of each customer from now on: array of n.

        Customers with 0 ``purchases`` (their ``mean_spend`` is not read) get the mean of all.
        """
        x, m = (np.atleast_1d(np.asarray(each, dtype=np.float64)) for each in (purchases, mean_spend))
        bad = ~np.isfinite(x) | (x < 0) | ((x > 0) & ~(np.isfinite(m) & (m >= 0)))
        if x.shape != m.shape or bad.any():
            raise DataError(f"{int(bad.sum())} customers with a count or spend that cannot be", expected="0 or more")
        total = np.where(x > 0, x * np.nan_to_num(m), 0.0)
        over = self.p * x + self.q - 1
        told: Floats = np.divide(self.p * (self.gamma + total), over, out=np.full_like(over, np.inf), where=over > 0)
        return told

    def state(self) -> dict[str, Any]:
        """Return the fitted model as plain data for JSON."""
        summary = None if self.summary is None else asdict(self.summary)
        return {"kind": self.kind, "parameters": self.parameters, "summary": summary}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Make the model again from what `state` gave."""
        if state.get("kind") != cls.kind or set(state["parameters"]) != set(cls.names):
            raise DataError(f"A state of kind {state.get('kind')!r}", expected=f"kind {cls.kind!r} with {cls.names}")
        return cls(**state["parameters"], summary=summary_from(state.get("summary")))


def _likelihood(parameters: Floats, x: Floats, m: Floats) -> tuple[Floats, list[Floats]]:
    """Log-density of each mean and its slopes, with powers of quotients instead of quotients of powers."""
    p, q, gamma = parameters
    total, px = x * m, p * x
    up, down = np.log1p(total / gamma), np.log1p(gamma / total)
    each = -betaln(px, q) - px * down - q * up - np.log(m)
    both = psi(px + q)
    slopes = [
        x * (both - psi(px) - down),
        both - psi(q) - up,
        (q * total / gamma - px) / (gamma + total),
    ]
    return each, slopes


def _checked(purchases: ArrayLike, mean_spend: ArrayLike, weight: ArrayLike | None) -> tuple[Floats, Floats, Floats]:
    x, m, w = _arrays(purchases, mean_spend, weight)
    x, m, w = x[w > 0], m[w > 0], w[w > 0]
    if w.sum() < _CUSTOMERS:
        raise NotEnoughData(
            f"Only {w.sum():g} customers with a spend to learn from", expected=f"{_CUSTOMERS} or more customers"
        )
    if np.ptp(m) <= 1e-9 * m.max():
        raise NotEnoughData(
            f"All customers spend {m[0]:g} a purchase", expected="spend that differs", hint="take that mean itself"
        )
    return x, m, w


def _arrays(purchases: ArrayLike, mean_spend: ArrayLike, weight: ArrayLike | None) -> tuple[Floats, Floats, Floats]:
    x, m = (np.atleast_1d(np.asarray(each, dtype=np.float64)) for each in (purchases, mean_spend))
    w = np.ones(len(x)) if weight is None else np.asarray(weight, dtype=np.float64)
    if not x.shape == m.shape == w.shape or x.ndim != 1:
        raise DataError(f"Columns of different shapes: {x.shape}, {m.shape}, {w.shape}", expected="one length")
    for column, wrong, expected in (
        ("purchases", ~np.isfinite(x) | (x < 1), "1 or more"),
        ("mean_spend", ~np.isfinite(m) | (m <= 0), "money above 0: leave customers out whose purchases were free"),
        ("weight", ~np.isfinite(w) | (w < 0), "0 or more"),
    ):
        if wrong.any():
            values = {"purchases": x, "mean_spend": m, "weight": w}[column]
            raise DataError(
                f"{int(wrong.sum())} of {len(x)} values of {column} cannot be (first: {values[wrong][0]:g})",
                column=column,
                count=int(wrong.sum()),
                first=float(values[wrong][0]),
                expected=expected,
            )
    return x, m, w
