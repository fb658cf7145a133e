"""Make columns fit for linear and kernel models: tame heavy tails, fill gaps, flag them, bring all to one scale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from habitue.models.tabular.examples import Examples, Floats

__all__ = ["Preparation"]

_FAR = 5.0  # standard deviations; what lies beyond counts as lying there
_SKEWED = 1.0


@dataclass(frozen=True)
class Preparation:
    """How each column is made fit: x (n × k, NaN where unknown) becomes z (n × k + flags, no NaN, mean 0, spread 1).

    ``source`` names for each column of z the column of x that it comes from: values first, then flags of gaps.
    """

    logged: npt.NDArray[np.bool_]
    middle: Floats
    centre: Floats
    spread: Floats
    flagged: tuple[int, ...]

    @property
    def columns(self) -> int:
        """The number of columns of x."""
        return self.logged.size

    @property
    def source(self) -> Any:
        """For each column of z its column of x."""
        return np.concatenate([np.arange(self.columns), np.array(self.flagged, dtype=np.int64)])

    @classmethod
    def fit(cls, data: Examples) -> Preparation:
        """Learn medians, tails and scales from the examples."""
        x = data.x
        gaps = np.isnan(x)
        logged = _heavy(x)
        tamed = np.where(logged, _signed_log(x), x)
        middle = np.array(
            [np.median(values[~gap]) if not gap.all() else 0.0 for values, gap in zip(tamed.T, gaps.T, strict=True)]
        )
        flagged = _distinct_gaps(gaps)
        wide = _widen(tamed, middle, flagged)
        centre = np.average(wide, axis=0, weights=data.weight)
        spread = np.sqrt(np.average((wide - centre) ** 2, axis=0, weights=data.weight))
        # A column without spread gets a weight of zero, whatever turns up in it later.
        return cls(logged, middle, centre, np.where(spread > 1e-9 * (1 + np.abs(centre)), spread, np.inf), flagged)

    def apply(self, x: Floats) -> Floats:
        """Return z for x."""
        tamed = np.where(self.logged, _signed_log(x), x)
        return np.clip((_widen(tamed, self.middle, self.flagged) - self.centre) / self.spread, -_FAR, _FAR)

    def gather(self, parts: Floats) -> Floats:
        """Add up what belongs to the same column of x: (n × columns of z) becomes (n × k)."""
        out = np.array(parts[:, : self.columns])
        for place, column in enumerate(self.flagged):
            out[:, column] += parts[:, self.columns + place]
        return out

    def state(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "logged": self.logged.tolist(),
            "middle": self.middle.tolist(),
            "centre": self.centre.tolist(),
            "spread": [value if np.isfinite(value) else None for value in self.spread.tolist()],
            "flagged": list(self.flagged),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Preparation:
        """Build the preparation that :meth:`state` described."""
        spread = np.array([np.inf if value is None else value for value in state["spread"]], dtype=np.float64)
        middle, centre = (np.array(state[key], dtype=np.float64) for key in ("middle", "centre"))
        return cls(np.array(state["logged"], dtype=bool), middle, centre, spread, tuple(state["flagged"]))


def _signed_log(x: Floats) -> Floats:
    return np.asarray(np.sign(x) * np.log1p(np.abs(x)), dtype=np.float64)


def _skewness(x: Floats) -> Floats:
    """Return the skewness of each column, 0 where it has none."""
    known = ~np.isnan(x)
    count = np.maximum(known.sum(axis=0), 1)
    largest = np.maximum(np.max(np.abs(np.where(known, x, 0.0)), axis=0, initial=0.0), 1e-300)
    scaled = np.where(known, x / largest, 0.0)
    away = np.where(known, scaled - scaled.sum(axis=0) / count, 0.0)
    second, third = (away**2).sum(axis=0) / count, (away**3).sum(axis=0) / count
    return np.where(second > 1e-14, third / np.maximum(second, 1e-14) ** 1.5, 0.0)


def _heavy(x: Floats) -> Any:
    """Tell which columns have a tail that the logarithm tames: skewed, and at most half as skewed after it."""
    before, after = np.abs(_skewness(x)), np.abs(_skewness(_signed_log(x)))
    return (before > _SKEWED) & (after < before / 2)


def _distinct_gaps(gaps: Any) -> tuple[int, ...]:
    """Return the columns with gaps; of those with the same gaps only the first."""
    seen: dict[bytes, int] = {}
    for column in np.flatnonzero(gaps.any(axis=0) & ~gaps.all(axis=0)):
        seen.setdefault(np.packbits(gaps[:, column]).tobytes(), int(column))
    return tuple(seen.values())


def _widen(tamed: Floats, middle: Floats, flagged: tuple[int, ...]) -> Floats:
    """Fill gaps with the median and append flags of gaps."""
    gaps = np.isnan(tamed)
    return np.hstack([np.where(gaps, middle, tamed), gaps[:, list(flagged)].astype(np.float64)])
