"""Intervals of spend from what came of earlier forecasts of the same size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

__all__ = ["Bands"]

Floats = np.ndarray[Any, np.dtype[np.float64]]

_ROWS_A_BAND = 100
_MOST_BANDS = 20
_FEWEST_ROWS = 30


@dataclass(frozen=True, slots=True)
class Bands:
    """Bounds as multiples of the forecast, by the size of the forecast.

    Where more customers spend nothing than lie below the interval, it begins at 0 and ends where the asked share is
    reached, because a share of zeros cannot be cut.

    Attributes
    ----------
    level : array of k
        Logarithm of the forecast, in the middle of each band.
    low, high : array of k
        Multiples of the forecast.
    cover : float
        Share asked for.
    """

    level: Floats
    low: Floats
    high: Floats
    cover: float

    @classmethod
    def learn(cls, predicted: Floats, actual: Floats, cover: float) -> Self | None:
        """Split forecasts into bands of equal size and take the quantiles of what came of each; None with too few.

        The rank of a quantile is that of split conformal prediction, (rows + 1) × share.

        References
        ----------
        Vovk, V., Gammerman, A., Shafer, G. (2005), *Algorithmic Learning in a Random World*, chapter 4.
        """
        sure = predicted > 0
        predicted, actual = predicted[sure], actual[sure]
        if len(predicted) < _FEWEST_ROWS:
            return None
        order = np.argsort(predicted, kind="stable")
        bands = np.array_split(order, int(np.clip(len(order) // _ROWS_A_BAND, 1, _MOST_BANDS)))
        ratio = actual / predicted
        bounds = np.array([_bounds(np.sort(ratio[band]), cover) for band in bands])
        level = np.array([np.log(np.median(predicted[band])) for band in bands])
        return cls(level, bounds[:, 0], bounds[:, 1], cover)

    def around(self, predicted: Floats) -> tuple[Floats, Floats]:
        """Return the bounds of forecasts; the forecast itself always lies between them."""
        level = np.log(np.maximum(predicted, 1e-300))
        low = np.interp(level, self.level, self.low) * predicted
        high = np.interp(level, self.level, self.high) * predicted
        return np.minimum(low, predicted), np.maximum(high, predicted)

    def held(self, predicted: Floats, actual: Floats) -> float:
        """Return the share of actual amounts between the bounds of their forecasts."""
        low, high = self.around(predicted)
        return float(np.mean((actual >= low) & (actual <= high)))

    def as_dict(self) -> dict[str, Any]:
        """Return the bands as plain data."""
        return {"level": self.level.tolist(), "low": self.low.tolist(), "high": self.high.tolist(), "cover": self.cover}

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Self:
        """Make the bands again from plain data."""
        level, low, high = (np.array(state[name], dtype=np.float64) for name in ("level", "low", "high"))
        return cls(level, low, high, float(state["cover"]))


def _bounds(ratio: Floats, cover: float) -> tuple[float, float]:
    tail = (1 - cover) / 2
    low = ratio[max(int(np.floor((len(ratio) + 1) * tail)) - 1, 0)]
    share = cover if low <= 0 else 1 - tail
    high = ratio[min(int(np.ceil((len(ratio) + 1) * share)), len(ratio)) - 1]
    return max(float(low), 0.0), float(high)
