"""BG/NBD and MBG/NBD: customers buy at a steady rate and may stop right after a purchase."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.special import expit, gammaln, psi

from habitue.models.btyd.fitting import Summary
from habitue.models.btyd.histories import Floats, Rows
from habitue.models.btyd.model import PurchaseModel
from habitue.models.btyd.opportunities import purchases_while_alive

__all__ = ["BGNBD", "MBGNBD"]


class _BetaGeometric(PurchaseModel):
    """Both models: they differ in whether a customer may stop right after the first purchase."""

    names: ClassVar[tuple[str, ...]] = ("r", "alpha", "a", "b")
    times: ClassVar[tuple[str, ...]] = ("alpha",)
    _stops_after_first: ClassVar[int]

    r: float
    alpha: float
    a: float
    b: float
    summary: Summary | None

    @classmethod
    def _starts(cls, rate: float) -> list[tuple[float, ...]]:
        return [
            (0.5, 0.5 / rate, 1.0, 3.0),
            (0.2, 0.2 / rate, 0.5, 2.0),
            (1.5, 1.5 / rate, 2.0, 10.0),
            (0.8, 0.8 / rate, 0.1, 0.3),
        ]

    @classmethod
    def _likelihood(cls, parameters: Floats, rows: Rows) -> tuple[Floats, list[Floats]]:
        r, alpha, a, b = parameters
        x, kept = rows.frequency, rows.levels + cls._stops_after_first  # tosses of the coin that went well
        log_end, log_last = np.log(alpha + rows.age), np.log(alpha + rows.recency)
        shape = r + x
        stopped_odds, slope_last = cls._log_odds(shape, log_end - log_last, a, b, rows)
        stopped = expit(stopped_odds)
        level = (
            gammaln(r + rows.levels) - gammaln(r) + r * np.log(alpha)
            + gammaln(b + kept) - gammaln(b) + gammaln(a + b) - gammaln(a + b + kept)
        )  # fmt: skip
        each = level[rows.level] - shape * log_end + np.logaddexp(0.0, stopped_odds)
        at_r = (psi(r + rows.levels) - psi(r) + np.log(alpha))[rows.level]
        at_a = (psi(a + b) - psi(a + b + kept))[rows.level]
        at_b = at_a + (psi(b + kept) - psi(b))[rows.level]
        slopes = [
            at_r - log_end + stopped * (log_end - log_last),
            r / alpha - shape * (np.exp(-log_end) + stopped * (np.exp(-log_last) - np.exp(-log_end))),
            at_a + stopped / a,
            at_b - stopped * slope_last,
        ]
        return each, slopes

    @classmethod
    def _log_odds(cls, shape: Floats, waited: Floats, a: float, b: float, rows: Rows) -> tuple[Floats, Floats]:
        """Log-odds of having stopped at the last purchase, and minus their slope by b."""
        kept = b + rows.frequency - 1 + cls._stops_after_first
        possible = (rows.frequency > 0) | bool(cls._stops_after_first)
        inverse = np.divide(1.0, kept, out=np.zeros_like(kept), where=possible)
        odds = np.log(a) + np.log(inverse, out=np.full_like(kept, -np.inf), where=possible) + shape * waited
        return odds, inverse

    def _alive(self, rows: Rows) -> Floats:
        waited = np.log1p((rows.age - rows.recency) / (self.alpha + rows.recency))
        odds, _ = self._log_odds(self.r + rows.frequency, waited, self.a, self.b, rows)
        alive: Floats = expit(-odds)
        return alive

    def _expected(self, rows: Rows, horizon: float | Floats) -> Floats:
        kept = self.b + rows.frequency + self._stops_after_first
        return purchases_while_alive(self.r + rows.frequency, horizon / (self.alpha + rows.age), self.a, kept)

    def _any(self, rows: Rows, horizon: float) -> Floats:
        bought: Floats = -np.expm1(-(self.r + rows.frequency) * np.log1p(horizon / (self.alpha + rows.age)))
        return bought


@dataclass(frozen=True, slots=True)
class BGNBD(_BetaGeometric):
    """Customers buy at their own steady rate and, after each repeat purchase, may have had enough.

    Rates are gamma (r, alpha) over customers, the chance to stop after a repeat purchase is beta (a, b). A customer
    without repeat purchase is alive for certain: never read `p_alive` as loyalty.

    Parameters
    ----------
    r, alpha, a, b : float
        ``alpha`` in the caller's unit of time.
    summary : Summary, optional
        How the fit went, when there was one.

    References
    ----------
    P. Fader, B. Hardie, K. Lee, "Counting your customers" the easy way, *Marketing Science* 24 (2005) 275-284.

    Examples
    --------
    >>> cdnow = BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
    >>> cdnow.expected_orders(39, frequency=[2], recency=[30.43], age=[38.86]).round(3)
    array([1.226])
    """

    kind: ClassVar[str] = "bg_nbd"
    _stops_after_first: ClassVar[int] = 0

    r: float
    alpha: float
    a: float
    b: float
    summary: Summary | None = None


@dataclass(frozen=True, slots=True)
class MBGNBD(_BetaGeometric):
    """The same as `BGNBD`, but customers may also have had enough right after their first purchase.

    Parameters
    ----------
    r, alpha, a, b : float
        ``alpha`` in the caller's unit of time.
    summary : Summary, optional
        How the fit went, when there was one.

    References
    ----------
    E. P. Batislam, M. Denizel, A. Filiztekin, Empirical validation and comparison of models for customer base analysis,
    *International Journal of Research in Marketing* 24 (2007) 201-209.
    D. Hoppe, U. Wagner, Customer base analysis: the case for a central variant of the betageometric/NBD model,
    *Marketing JRM* 3 (2007) 75-90.

    Examples
    --------
    >>> model = MBGNBD(r=0.525, alpha=6.183, a=0.891, b=1.614)
    >>> model.p_alive(frequency=[0], recency=[0], age=[39]).round(3)
    array([0.389])
    """

    kind: ClassVar[str] = "mbg_nbd"
    _stops_after_first: ClassVar[int] = 1

    r: float
    alpha: float
    a: float
    b: float
    summary: Summary | None = None
