"""Chances corrected on outcomes that are known by now, so that 30 per cent means 30 in 100.

Every way of correcting keeps the order of customers. ``Platt`` bends and shifts, ``Isotonic`` follows the outcomes step
by step (it wants a thousand rows or more), ``Shift`` moves all log-odds by the same amount, ``Identity`` leaves them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit

from habitue.errors import ConfigError, DataError, NotEnoughData, did_you_mean
from habitue.models.metrics.arrays import Floats, chances, numbers, same_length, truths, weights

__all__ = [
    "Calibrator",
    "Identity",
    "Isotonic",
    "Platt",
    "Shift",
    "calibrator_from_dict",
    "fit_calibrator",
    "shifted_prior",
    "trend_rate",
]

_NEAREST = 1e-6  # chances are kept this far from 0 and 1, where log-odds end
_SLOPE_SPREAD = 0.5  # of the logarithm of Platt's slope around 0, before any outcome is seen
_LEVEL_SPREAD = 2.0  # of Platt's shift around 0, in log-odds
_BELIEF = 2.0  # rows with which the predicted rate is believed when all outcomes are the same


class Calibrator(Protocol):
    """What corrects chances: it keeps their order and can be written as JSON."""

    def apply(self, p: Any) -> Floats:
        """Return corrected probabilities, in the shape (n,) of p."""

    def as_dict(self) -> dict[str, Any]:
        """Return the calibrator as plain data, for ``calibrator_from_dict``."""


def _log_odds(p: Any) -> Floats:
    kept = np.clip(chances(p), _NEAREST, 1 - _NEAREST)
    found: Floats = np.log(kept) - np.log1p(-kept)
    return found


@dataclass(frozen=True, slots=True)
class Identity:
    """Chances as they are.

    Examples
    --------
    >>> Identity().apply([0.2, 0.7]).tolist()
    [0.2, 0.7]
    """

    def apply(self, p: Any) -> Floats:
        """Return the probabilities unchanged."""
        return chances(p)

    def as_dict(self) -> dict[str, Any]:
        """Return the calibrator as plain data."""
        return {"method": "identity"}


@dataclass(frozen=True, slots=True)
class Shift:
    """All log-odds moved by the same amount: the rate has changed, what sets customers apart has not.

    Parameters
    ----------
    by : float
        In log-odds.

    References
    ----------
    Saerens, M., Latinne, P. and Decaestecker, C. (2002), Adjusting the outputs of a classifier to new a priori
    probabilities, *Neural Computation* 14.

    Examples
    --------
    >>> Shift.to_mean([0.2, 0.4], 0.5).apply([0.2, 0.4]).mean().round(6)
    np.float64(0.5)
    """

    by: float

    @classmethod
    def to_mean(cls, p: Any, mean: float, *, weight: Any = None) -> Shift:
        """Return the shift after which the mean of these chances is the given rate."""
        odds = _log_odds(p)
        if not odds.size:
            raise NotEnoughData("there are no chances to shift", expected="one or more")
        if not 0 <= mean <= 1:
            raise ConfigError(f"the mean {mean} is no rate", expected="0 to 1")
        w, goal = weights(weight, odds.size), float(np.clip(mean, _NEAREST, 1 - _NEAREST))
        furthest = 2 * abs(float(np.log(_NEAREST))) + 1
        by = brentq(lambda step: np.average(expit(odds + step), weights=w) - goal, -furthest, furthest, xtol=1e-10)
        return cls(float(by))

    def apply(self, p: Any) -> Floats:
        """Return shifted probabilities."""
        moved: Floats = expit(_log_odds(p) + self.by)
        return moved

    def as_dict(self) -> dict[str, Any]:
        """Return the calibrator as plain data."""
        return {"method": "shift", "by": self.by}


@dataclass(frozen=True, slots=True)
class Platt:
    """Log-odds shifted and stretched around their middle: for scores that are too sure, or not sure enough.

    Parameters
    ----------
    centre : float
        Log-odds around which is stretched.
    level : float
        Log-odds that the centre becomes.
    slope : float
        Above 0; below 1 draws chances together.

    References
    ----------
    Platt, J. (1999), Probabilistic outputs for support vector machines, in *Advances in Large Margin Classifiers*.
    """

    centre: float
    level: float
    slope: float

    @classmethod
    def fit(cls, truth: Any, p: Any, *, weight: Any = None) -> Platt:
        """Find level and slope by penalised likelihood; few outcomes leave the chances nearly as they are."""
        y, odds, w = truths(truth), _log_odds(p), weights(weight, len(truth))
        centre = float(np.average(odds, weights=w))
        away = odds - centre

        def cost(level: float, bend: float) -> float:
            told = level + centre + np.exp(bend) * away
            penalty = (level / _LEVEL_SPREAD) ** 2 / 2 + (bend / _SLOPE_SPREAD) ** 2 / 2
            return float(w @ (np.logaddexp(0, told) - y * told)) + penalty

        at, found = np.zeros(2), cost(0.0, 0.0)
        for _ in range(100):
            step = _platt_step(at, (y, away, w), centre)
            size = 1.0
            while size > 1e-6 and cost(*(at + size * step)) > found:
                size /= 2
            if size <= 1e-6 or np.abs(size * step).max() < 1e-9:
                break
            at = at + size * step
            found = cost(*at)
        return cls(centre, centre + float(at[0]), float(np.exp(at[1])))

    def apply(self, p: Any) -> Floats:
        """Return corrected probabilities."""
        told: Floats = expit(self.level + self.slope * (_log_odds(p) - self.centre))
        return told

    def as_dict(self) -> dict[str, Any]:
        """Return the calibrator as plain data."""
        return {"method": "platt", "centre": self.centre, "level": self.level, "slope": self.slope}


def _platt_step(at: Floats, data: tuple[Floats, Floats, Floats], centre: float) -> Floats:
    """Return the scoring step in level and logarithm of the slope."""
    y, away, w = data
    slope = np.exp(at[1])
    told = expit(at[0] + centre + slope * away)
    columns = np.column_stack([np.ones_like(away), slope * away])
    prior = np.array([_LEVEL_SPREAD**-2, _SLOPE_SPREAD**-2])
    down = columns.T @ (w * (told - y)) + prior * at
    curve = columns.T @ (columns * (w * told * (1 - told))[:, None]) + np.diag(prior)
    step: Floats = np.clip(-np.linalg.solve(curve, down), -2, 2)
    return step


@dataclass(frozen=True, slots=True)
class Isotonic:
    """A rising line through the outcomes, kept as its corners; straight between them and flat outside.

    Parameters
    ----------
    told, came : tuple of float
        Chances at the corners and the rates they become; both rise.

    References
    ----------
    Zadrozny, B. and Elkan, C. (2002), Transforming classifier scores into accurate multiclass probability estimates,
    KDD.
    """

    told: tuple[float, ...]
    came: tuple[float, ...]

    @classmethod
    def fit(cls, truth: Any, p: Any, *, weight: Any = None) -> Isotonic:
        """Find the rising line; its ends stay as far from 0 and 1 as so many rows can tell."""
        from sklearn.isotonic import IsotonicRegression  # noqa: PLC0415 - one calibrator of four needs it

        y, q, w = truths(truth), chances(p), weights(weight, len(truth))
        y, q, w = y[w > 0], q[w > 0], w[w > 0]
        least = 1 / (y.size + 2)
        line = IsotonicRegression(y_min=least, y_max=1 - least, out_of_bounds="clip").fit(q, y, sample_weight=w)
        return cls(tuple(map(float, line.X_thresholds_)), tuple(map(float, line.y_thresholds_)))

    def apply(self, p: Any) -> Floats:
        """Return corrected probabilities."""
        return np.asarray(np.interp(chances(p), self.told, self.came), dtype=np.float64)

    def as_dict(self) -> dict[str, Any]:
        """Return the calibrator as plain data."""
        return {"method": "isotonic", "told": list(self.told), "came": list(self.came)}


def _fit_shift(truth: Any, p: Any, *, weight: Any = None) -> Shift:
    """Shift to the rate that came, drawn towards the rate that was told by two rows' worth."""
    y, q, w = truths(truth), chances(p), weights(weight, len(truth))
    told = float(np.average(q, weights=w))
    return Shift.to_mean(q, float((w @ y + _BELIEF * told) / (w.sum() + _BELIEF)), weight=w)


_FITTING: dict[str, Any] = {"platt": Platt.fit, "isotonic": Isotonic.fit, "shift": _fit_shift}


def fit_calibrator(truth: Any, p: Any, method: str = "platt", *, weight: Any = None) -> Calibrator:
    """Learn from known outcomes how to correct chances.

    Where all outcomes are the same there is nothing to tell customers apart by: the chances are then only shifted
    towards that outcome, and not past what so many rows can tell.

    Parameters
    ----------
    truth : array of shape (n,)
        0 or 1; rows that the model did not learn from.
    p : array of shape (n,)
        Probabilities the model gave them.
    method : {"platt", "isotonic", "shift", "identity"}
    weight : array of shape (n,), optional

    Returns
    -------
    Calibrator

    Raises
    ------
    ConfigError
        There is no such method.
    NotEnoughData
        There are no outcomes, or none that counts.

    Examples
    --------
    >>> calibrator = fit_calibrator([0, 0, 0, 1] * 50, [0.1, 0.2, 0.3, 0.6] * 50, "shift")
    >>> calibrator.apply([0.1, 0.2, 0.3, 0.6]).mean().round(2)
    np.float64(0.25)
    """
    if method == "identity":
        return Identity()
    if method not in _FITTING:
        raise _unknown(method)
    y, q = truths(truth), chances(p)
    same_length(truth=y, p=q)
    counted = weights(weight, y.size) > 0
    if not counted.any():
        raise NotEnoughData("there are no outcomes to calibrate on", hint="use method 'identity'", expected="1 or more")
    if (y[counted] == y[counted][0]).all():
        return _fit_shift(y, q, weight=weight)
    found: Calibrator = _FITTING[method](y, q, weight=weight)
    return found


def calibrator_from_dict(saved: Mapping[str, Any]) -> Calibrator:
    """Return the calibrator that ``as_dict`` wrote.

    Raises
    ------
    ConfigError
        The method is unknown.
    DataError
        Parts are missing, or are no calibrator.

    Examples
    --------
    >>> calibrator_from_dict(Shift(0.5).as_dict())
    Shift(by=0.5)
    """
    method = str(saved.get("method"))
    try:
        match method:
            case "identity":
                return Identity()
            case "shift":
                return Shift(float(saved["by"]))
            case "platt":
                return Platt(float(saved["centre"]), float(saved["level"]), float(saved["slope"]))
            case "isotonic":
                return Isotonic(tuple(map(float, saved["told"])), tuple(map(float, saved["came"])))
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"the saved {method} calibrator cannot be read", expected="what as_dict wrote") from error
    raise _unknown(method)


def _unknown(method: str) -> ConfigError:
    known = [*_FITTING, "identity"]
    return ConfigError(
        f"there is no calibration {method!r}.{did_you_mean(method, known)}", expected=", ".join(sorted(known))
    )


def shifted_prior(p: Any, mean: float) -> Floats:
    """Return chances with all log-odds moved alike, so that their mean is the given rate.

    Parameters
    ----------
    p : array of shape (n,)
    mean : float
        The rate that is known or expected; see ``trend_rate``.

    Examples
    --------
    >>> shifted_prior([0.2, 0.5, 0.8], 0.5).round(3).tolist()
    [0.2, 0.5, 0.8]
    """
    return Shift.to_mean(p, mean).apply(p)


def trend_rate(days: Sequence[float], rates: Sequence[float], at_day: float, *, damping: float = 0.5) -> float:
    """Return the rate to expect at a later day, from the rates of earlier days.

    A straight line through the log-odds; only a part of its change since the last known day is believed, and never
    more than the whole spread of the known rates.

    Parameters
    ----------
    days : sequence of float
        When each rate held, on any common clock.
    rates : sequence of float
        0 to 1.
    at_day : float
    damping : float
        Share of the line's change that is believed: 0 keeps the last rate.

    Raises
    ------
    NotEnoughData
        There is no rate.

    Examples
    --------
    >>> round(trend_rate([0, 30, 60], [0.50, 0.48, 0.46], 90), 3)
    0.45
    >>> trend_rate([0], [0.3], 90)
    0.3
    """
    when, known = numbers(days, "days"), chances(rates)
    same_length(days=when, rates=known)
    if not when.size:
        raise NotEnoughData("there is no rate to carry on", expected="one known rate or more")
    last = int(np.argmax(when))
    away = when - when.mean()
    if not away.any():
        return float(known.mean())
    odds = _log_odds(known)
    change = damping * float(away @ odds / (away @ away)) * (at_day - when[last])
    spread = float(np.ptp(odds))
    return float(expit(odds[last] + np.clip(change, -spread, spread)))
