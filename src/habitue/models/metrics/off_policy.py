"""What another way of choosing would have earned, told from a log of what was shown, before it is switched on.

A log row is one product in one place: what it earned, the chance with which it was shown there, and the chance with
which the new policy would have shown it there. Lists of several places give one row a place, with the chances of that
place; rows of one list or customer are kept together by ``groups``. A log without chances cannot be used: log them with
every list from the first day.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.special import ndtri

from habitue.errors import ConfigError, NotEnoughData
from habitue.models.metrics.arrays import Floats
from habitue.models.metrics.off_policy_log import OffPolicyLog, summed

__all__ = [
    "OffPolicyValue",
    "direct",
    "doubly_robust",
    "ips",
    "snips",
    "switch_doubly_robust",
]

LEAST_EFFECTIVE = 100.0
_SWITCHES = (0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 1.0)  # quantiles of weights


class OffPolicyValue(NamedTuple):
    """What a policy earns a row, and what that rests on.

    Attributes
    ----------
    value, low, high : mean reward with its 95 % interval
    effective : as how many rows shown by the new policy itself the log counts, before any weight is cut
    mean_weight : near 1 when the log has shown all that the new policy would show; well below 1, it has not
    cut : share of rows whose weight was clipped, or left to the model
    """

    value: float
    low: float
    high: float
    effective: float
    mean_weight: float
    cut: float


def ips(log: OffPolicyLog, *, clip: float | None = None, least_effective: float = LEAST_EFFECTIVE) -> OffPolicyValue:
    """Return the value of the new policy by inverse propensity: each row counts as often as the new policy shows it.

    Parameters
    ----------
    log : OffPolicyLog
    clip : float, optional
        Weights above are cut to this: less noise, and values that are too low where rewards are positive.
    least_effective : float
        Effective sample size below which no value is given.

    Returns
    -------
    OffPolicyValue
        The interval is corrected for the skewness of weighted rewards. Without that it would lie too low on small logs:
        on simulated ones of 80 to 150 effective rows it held the truth 89 to 91 times in 100, corrected 94 or 95 times.

    Raises
    ------
    NotEnoughData
        The log shows too little of what the new policy shows.

    References
    ----------
    Horvitz, D. and Thompson, D. (1952), *JASA* 47; Hall, P. (1992), On the removal of skewness by transformation,
    *JRSS B* 54, for the interval.

    Examples
    --------
    >>> log = OffPolicyLog([1, 0] * 200, logged=[0.5] * 400, chosen=[0.8, 0.2] * 200)
    >>> round(ips(log).value, 3), round(log.effective)
    (0.8, 294)
    """
    weights, cut = _cut(log, clip, least_effective)
    return _around(log, weights * log.rewards, cut)


def snips(log: OffPolicyLog, *, clip: float | None = None, least_effective: float = LEAST_EFFECTIVE) -> OffPolicyValue:
    """Return the same, divided by the mean weight (self-normalised): steadier, and never outside the rewards seen.

    Parameters
    ----------
    log, clip, least_effective
        As in `ips`.

    References
    ----------
    Swaminathan, A. and Joachims, T. (2015), The self-normalized estimator for counterfactual learning, *NIPS*.
    """
    weights, cut = _cut(log, clip, least_effective)
    value = float(weights @ log.rewards / weights.sum())
    each = value + weights * (log.rewards - value) / weights.mean()
    return _around(log, each, cut, value=value, within=(float(log.rewards.min()), float(log.rewards.max())))


def direct(log: OffPolicyLog, *, least_effective: float = LEAST_EFFECTIVE) -> OffPolicyValue:
    """Return what the model alone expects of the new policy (direct method).

    The interval knows nothing of the model's own errors: it is that of the customers met, not of the truth.

    Parameters
    ----------
    log : OffPolicyLog
        With ``model_value``.
    least_effective : float
        As in `ips`: where the log shows too little, nothing tells whether the model is right there.
    """
    model_value = _need_model(log.model_value, "model_value")
    _cut(log, None, least_effective)
    return _around(log, model_value, 1.0, bounded=False)


def doubly_robust(
    log: OffPolicyLog, *, clip: float | None = None, least_effective: float = LEAST_EFFECTIVE
) -> OffPolicyValue:
    """Return the model's value, corrected by the weighted errors of the model: right if chances or model are right.

    Parameters
    ----------
    log : OffPolicyLog
        With ``expected`` and ``model_value``, of a model that did not learn from the same rows (`expected_rewards`).
    clip, least_effective
        As in `ips`.

    References
    ----------
    Dudík, M., Langford, J. and Li, L. (2011), Doubly robust policy evaluation and learning, *ICML*.
    """
    expected, model_value = _need_model(log.expected, "expected"), _need_model(log.model_value, "model_value")
    weights, cut = _cut(log, clip, least_effective)
    return _around(log, model_value + weights * (log.rewards - expected), cut, bounded=False)


def switch_doubly_robust(
    log: OffPolicyLog, *, most: float | None = None, least_effective: float = LEAST_EFFECTIVE
) -> OffPolicyValue:
    """Return the same, but leave rows with a large weight to the model.

    Parameters
    ----------
    log : OffPolicyLog
        With ``expected`` and ``model_value``.
    most : float, optional
        Weights above are not used at all. When not given, the log chooses: the least sum of the variance and of the
        square of the largest bias that the rows left out could bring. A small number gives narrow intervals around the
        model's errors.
    least_effective : float
        As in `ips`.

    References
    ----------
    Wang, Y., Agarwal, A. and Dudík, M. (2017), Optimal and adaptive off-policy evaluation in contextual bandits,
    *ICML*; section 4.1 for the choice.
    """
    expected, model_value = _need_model(log.expected, "expected"), _need_model(log.model_value, "model_value")
    if most is not None and not most > 0:
        raise ConfigError(f"a largest weight of {most} leaves nothing", expected="above 0")
    weights, _ = _cut(log, None, least_effective)
    off = log.rewards - expected

    def terms(limit: float) -> Floats:
        found: Floats = model_value + np.where(weights <= limit, weights, 0.0) * off
        return found

    def risk(limit: float) -> float:
        bias = float(np.abs(off).max()) * float(np.where(weights > limit, weights, 0.0).mean())
        return float(terms(limit).var()) / weights.size + bias**2

    limit = min(np.unique(np.quantile(weights, _SWITCHES)).tolist(), key=risk) if most is None else most
    return _around(log, terms(limit), float((weights > limit).mean()), bounded=False)


def _need_model(values: Any, name: str) -> Floats:
    if values is None:
        raise ConfigError(
            f"the log has no {name}: there is no model to lean on",
            hint="give expected rewards, as expected_rewards makes them, or take ips or snips",
        )
    found: Floats = values
    return found


def _cut(log: OffPolicyLog, clip: float | None, least: float) -> tuple[Floats, float]:
    """Return the weights, cut where asked for, and the share cut; refuse where they rest on too few rows."""
    weights = log.weights
    if not weights.any():
        raise NotEnoughData("the log holds nothing that the new policy would show", expected="rows with a chance")
    effective = log.effective
    if effective < least:
        raise NotEnoughData(
            f"{weights.size} rows of the log count as only {effective:.0f} shown by the new policy itself",
            expected=f"an effective sample of {least:g} or more",
            hint="log longer, explore more, or value a policy nearer to the one that ran",
        )
    if clip is None:
        return weights, 0.0
    if not clip > 0:
        raise ConfigError(f"weights clipped at {clip} leave nothing", expected="above 0")
    return np.minimum(weights, clip), float((weights > clip).mean())


def _around(
    log: OffPolicyLog,
    each: Floats,
    cut: float,
    *,
    value: float | None = None,
    within: tuple[float, float] | None = None,
    bounded: bool = True,
) -> OffPolicyValue:
    """Give the mean of the rows' terms its interval, by Hall's transformation, which takes their skewness out."""
    middle = float(each.mean()) if value is None else value
    off = summed(each - middle, log.groups)
    low, high = _skewed_interval(middle, off * (off.size / each.size))
    if within is None and bounded:
        # What is never negative has no negative mean, and what is never positive no positive one.
        within = (0.0 if log.rewards.min() >= 0 else -np.inf, 0.0 if log.rewards.max() <= 0 else np.inf)
    if within is not None:
        low, high = max(low, within[0]), min(high, within[1])
    weight = float(log.weights.mean())
    return OffPolicyValue(middle, min(low, middle), max(high, middle), log.effective, weight, cut)


def _skewed_interval(middle: float, off: Floats, level: float = 0.95) -> tuple[float, float]:
    size = off.size
    spread = float(np.sqrt((off**2).sum() / max(size - 1, 1)))
    if spread == 0 or size < 2:
        return middle, middle
    reach = float(ndtri(0.5 + level / 2))
    skew = float((off**3).mean()) / spread**3 / np.sqrt(size)
    if abs(skew) < 1e-6:
        bounds = (reach, -reach)
    else:
        bounds = tuple(3 / skew * float(np.cbrt(1 + skew * (z - skew / 6)) - 1) for z in (reach, -reach))
    error = spread / np.sqrt(size)
    return middle - error * bounds[0], middle - error * bounds[1]
