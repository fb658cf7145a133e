"""The course of the year: how busy the next weeks are likely to be, against the weeks that were learnt from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["Season"]

Floats = npt.NDArray[np.float64]

_WEEK, _YEAR = 7.0, 365.25
_FEWEST_WEEKS = 26
_MOST_WEEKS = 260
_PEAK = 335  # day of the year: December begins
# What is believed of a shop's year (in logarithms) before its weeks are seen. Online retail sells some 19 % more than
# its yearly level in the last quarter and 7 % less in the third (U.S. Census Bureau, quarterly retail e-commerce sales,
# not adjusted against adjusted: 245.3 to 206.7 in 2020 Q4, 81.1 to 87.5 in 2015 Q3): two waves that peak as December
# begins. With less than a year of records growth and season cannot be told apart; these beliefs decide.
_YEARLY, _HALF_YEARLY = 0.11, 0.06
_WAVE_SPREAD, _GROWTH_SPREAD = 0.15, 0.30
_RUN_WEEKS = 2.0  # busy and quiet weeks come in runs, so that each says less than it would alone
_LEAST_RATIO, _MOST_RATIO = 0.6, 1.7


@dataclass(frozen=True, slots=True)
class Season:
    """A yearly wave and its half, seen from one moment.

    Attributes
    ----------
    waves : array of shape (4,)
        Coefficients of cosine and sine of the year, then of half the year, counted from the moment.
    """

    waves: Floats

    @classmethod
    def of(cls, shop: Shop, as_of: datetime) -> Season:
        """Fit the orders of every whole week before a moment; for short records take what holds for retail at large."""
        orders = shop.at(as_of).purchases
        each = orders.group_by("order_id").agg(at=orders.ordered_at.min())
        when = shop.engine.to_arrow(each)["at"].to_numpy().astype("datetime64[us]")
        believed = _believed(as_of)
        if not when.size:
            return cls(believed)
        age = (np.datetime64(as_of, "us") - when) / np.timedelta64(1, "D")
        weeks = min(int(age.max() // _WEEK), _MOST_WEEKS)
        if weeks < _FEWEST_WEEKS:
            return cls(believed)
        counts = np.bincount((age // _WEEK).astype(np.int64), minlength=weeks)[:weeks]
        return cls(_fitted(counts.astype(np.float64), believed))

    def mean(self, start_days: float, end_days: float) -> float:
        """Return the mean level between two days from the moment, which may lie before it; 1 is the year's middle."""
        days = np.linspace(start_days, end_days, max(int(end_days - start_days), 2))
        return float(np.exp(_waves(days) @ self.waves).mean())

    def ratio(
        self, start_days: float, end_days: float, ages_days: Sequence[float], weights: Any, *, later_days: float = 0.0
    ) -> float:
        """Return how busy a stretch from the moment is, against the same stretch from earlier moments.

        Parameters
        ----------
        start_days, end_days : float
        ages_days : sequence of float
            How long ago each earlier moment was; of a stretch that is not over yet, the part that is counts.
        weights : array
            Customers asked about at each.
        later_days : float
            The stretch is from so many days after the moment.
        """
        past, total = 0.0, 0.0
        for age, weight in zip(ages_days, weights, strict=True):
            seen = min(end_days, age) - start_days
            if seen > 0:
                past += weight * seen * self.mean(start_days - age, start_days - age + seen)
                total += weight * seen
        if not total:
            return 1.0
        return float(
            np.clip(self.mean(start_days + later_days, end_days + later_days) * total / past, _LEAST_RATIO, _MOST_RATIO)
        )


def _waves(days: Floats) -> Floats:
    turn = 2 * np.pi * days / _YEAR
    return np.column_stack([np.cos(turn), np.sin(turn), np.cos(2 * turn), np.sin(2 * turn)])


def _believed(as_of: datetime) -> Floats:
    """Return the waves of retail at large, turned so that they count from a moment."""
    peak = np.array([(_PEAK - as_of.timetuple().tm_yday) * 1.0])
    return np.asarray(_waves(peak)[0] * [_YEARLY, _YEARLY, _HALF_YEARLY, _HALF_YEARLY], dtype=np.float64)


def _fitted(counts: Floats, believed: Floats) -> Floats:
    """Poisson regression of weekly counts, the newest first, with what is believed beforehand as penalty."""
    days: Floats = np.asarray(-_WEEK * (np.arange(counts.size) + 0.5), dtype=np.float64)
    x = np.column_stack([np.ones(counts.size), days / _YEAR, _waves(days)])
    spread = np.array([np.inf, _GROWTH_SPREAD, *[_WAVE_SPREAD] * 4])
    centre = np.array([0.0, 0.0, *believed])
    noise = 1.0
    at = centre.copy()
    at[0] = np.log(max(counts.mean(), 0.5))
    for _ in range(50):
        level = np.exp(np.clip(x @ at, -20, 20))
        pull = _RUN_WEEKS * noise / spread**2
        down = x.T @ (counts - level) - pull * (at - centre)
        step = np.linalg.solve(x.T @ (x * level[:, None]) + np.diag(pull + 1e-9), down)
        at = at + np.clip(step, -1, 1)
        # Weeks differ more than chance alone would have it; the beliefs weigh accordingly more.
        noise = max(1.0, float(((counts - level) ** 2 / level).sum() / max(counts.size - x.shape[1], 1)))
        if np.abs(step).max() < 1e-10:
            break
    return np.asarray(at[2:], dtype=np.float64)


def ages_of(moments: Sequence[datetime], as_of: datetime) -> list[float]:
    """Return how many days ago each moment was."""
    return [(as_of - moment) / timedelta(days=1) for moment in moments]
