"""What an offer changes: orders it adds, and how many who would have come anyway use it too, customer by customer.

Learnt from contacts that were drawn at random. The estimate of everybody's difference between those contacted and those
held out is exact but says nothing about one customer; here it is spread over customers by what is known of them, and
held near the common value unless the data say otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import lightgbm
import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit

from habitue.errors import DataError, NotEnoughData

__all__ = ["OfferResponse", "Response"]

Floats = npt.NDArray[np.float64]

_TREES = {
    "objective": "poisson", "learning_rate": 0.05, "num_leaves": 15, "min_child_samples": 100, "bagging_fraction": 0.8,
    "bagging_freq": 1, "feature_fraction": 0.5, "lambda_l2": 5.0, "verbosity": -1, "num_threads": 1,
    "deterministic": True, "force_row_wise": True,
}  # fmt: skip
_ROUNDS = 250
_FOLDS = 3
_FEWEST_ORDERS = 60  # on either side; with fewer there is no difference to speak of
_FIRM = 100.0  # rows' worth of belief that customers are alike, on inputs of spread 1: effects of some 10 % a spread
_LIMIT = 4.0  # of an input, in spreads
_LEVEL_SPREAD = 1.5  # of the logarithms of the common values around 0


@dataclass(frozen=True, slots=True)
class Response:
    """What each customer is expected to do while an offer is valid.

    Attributes
    ----------
    base : array of shape (n,)
        Orders without the offer.
    anyway : array of shape (n,)
        Share of those orders that would use the offer.
    lift : array of shape (n,)
        Orders the offer adds, as a share of ``base``.
    """

    base: Floats
    anyway: Floats
    lift: Floats

    @property
    def extra(self) -> Floats:
        """Orders the offer adds."""
        return self.base * self.lift

    @property
    def used(self) -> Floats:
        """Chance that the offer, good for one order, is used at all."""
        return -np.expm1(-self.base * (self.anyway + self.lift))


@dataclass(frozen=True, slots=True)
class _Scale:
    """Inputs around 0 with spread 1, long tails drawn in; the unknown become the middle."""

    middle: Floats
    spread: Floats
    mean: Floats
    deviation: Floats

    @classmethod
    def of(cls, x: Floats) -> Self:
        filled = np.where(np.isfinite(x).any(axis=0), x, 0.0)
        middle = np.nanmedian(filled, axis=0)
        spread = np.nanpercentile(filled, 75, axis=0) - np.nanpercentile(filled, 25, axis=0)
        wide = np.nanstd(filled, axis=0)
        spread = np.where(spread > 0, spread, np.where(wide > 0, wide, 1.0))
        drawn = np.arcsinh((filled - middle) / spread)
        deviation = np.nanstd(drawn, axis=0)
        return cls(middle, spread, np.nanmean(drawn, axis=0), np.where(deviation > 1e-12, deviation, 1.0))

    def apply(self, x: Floats) -> Floats:
        scaled = (np.arcsinh((x - self.middle) / self.spread) - self.mean) / self.deviation
        kept = np.clip(np.nan_to_num(scaled, nan=0.0), -_LIMIT, _LIMIT)
        return np.column_stack([np.ones(len(x)), kept])


@dataclass(frozen=True, slots=True)
class _Trial:
    """Rows of the experiment, for the likelihood."""

    base: Floats
    z: Floats
    orders: Floats
    used: Floats
    dose: Floats


@dataclass(frozen=True, slots=True)
class OfferResponse:
    """The response to an offer, learnt from randomised contacts.

    While an offer is valid a customer places ``base`` orders of their own accord, a share ``anyway`` of which uses the
    offer, and ``base × lift × dose`` orders because of it, all of which use it. The offer is good for one order.
    ``base`` comes from boosted trees; its correction, ``anyway`` and ``lift`` are linear on link scales, with
    coefficients held near 0.

    Parameters
    ----------
    trees : tuple of LightGBM boosters
        Each learnt without one third of the customers.
    columns : tuple of int
        Inputs by which the response may vary.
    scale : object
        How these inputs become numbers around 0.
    coefficients : array of shape (3 × (1 + columns),)
    root : array
        Lower root of the coefficients' covariance.
    rows, treated : int
    lift_ratio : float
        Orders of those contacted against those held out, less 1, weighted; no model behind it.

    References
    ----------
    K. Imai, M. Ratkovic, Estimating treatment effect heterogeneity in randomized program evaluation, *Annals of Applied
    Statistics* 7 (2013) 443-470, for separate penalties on effects. The decomposition by use of the offer is our own.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(6000, 1))
    >>> dose = (rng.random(6000) < 0.5).astype(float)
    >>> own, extra = rng.poisson(0.3, 6000), rng.poisson(0.15 * dose)
    >>> used = ((extra > 0) | (rng.random(6000) < 0.4) & (own > 0)) & (dose > 0)
    >>> found = OfferResponse.fit(x, own + extra, used, dose)
    >>> bool(abs(found.predict(x).lift.mean() - 0.5) < 0.15)
    True
    """

    trees: tuple[Any, ...]
    columns: tuple[int, ...]
    scale: _Scale
    coefficients: Floats
    root: Floats
    rows: int
    treated: int
    lift_ratio: float

    @classmethod
    def fit(
        cls,
        x: Any,
        orders: Any,
        used: Any,
        dose: Any,
        *,
        columns: Any = None,
        weight: Any = None,
        groups: Any = None,
        seed: int = 0,
    ) -> Self:
        """Learn from contacts drawn at random.

        Parameters
        ----------
        x : array of shape (n, k)
            What was known when the arm was drawn; NaN where unknown.
        orders : array of shape (n,)
            Placed while the offer was valid, or would have been.
        used : array of shape (n,)
            1 where the offer was used on one of them.
        dose : array of shape (n,)
            Strength of the offer, 1 for the one that is asked about; 0 for those held out.
        columns : sequence of int, optional
            Inputs by which the response may vary; all when not given.
        weight : array of shape (n,), optional
            One over the chance of the arm drawn. Only the plain difference of the arms needs it: the model compares
            customers of like inputs, among which must be all that the chances depend on, and there weighing would
            only add noise.
        groups : array of shape (n,), optional
            The customer of each row.
        seed : int

        Raises
        ------
        NotEnoughData
            When fewer than 60 orders fell on either side.
        DataError
            When lengths differ or a number is negative.
        """
        given = tuple(np.asarray(each, dtype=np.float64) for each in (orders, used, dose))
        inputs = np.asarray(x, dtype=np.float64)
        w = np.ones(len(inputs)) if weight is None else np.asarray(weight, dtype=np.float64)
        _check(inputs, (*given, w))
        member = np.arange(len(inputs)) if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
        placed, redeemed, strength = given
        treated = strength > 0
        if min(placed[treated].sum(), placed[~treated].sum()) < _FEWEST_ORDERS:
            raise NotEnoughData(
                f"{placed[treated].sum():.0f} orders of those contacted and {placed[~treated].sum():.0f} of those held "
                "out do not show what an offer changes",
                expected=f"{_FEWEST_ORDERS} or more of each",
            )
        ratio = np.average(placed[treated], weights=w[treated]) / np.average(placed[~treated], weights=w[~treated]) - 1
        chosen = tuple(range(inputs.shape[1])) if columns is None else tuple(int(each) for each in columns)
        scale = _Scale.of(inputs[:, chosen])
        exposure = 1 + strength * max(float(ratio) / max(float(strength[treated].mean()), 1e-9), 0.0)
        trees, base = _base(inputs, placed, exposure, member, seed)
        trial = _Trial(base, scale.apply(inputs[:, chosen]), placed, np.minimum(redeemed * treated, placed), strength)
        found = _fitted(trial)
        root = _uncertainty(found, trial, member)
        return cls(trees, chosen, scale, found, root, len(inputs), int(treated.sum()), float(ratio))

    def predict(self, x: Any) -> Response:
        """Return what is expected of each customer under an offer of dose 1."""
        inputs = np.asarray(x, dtype=np.float64)
        return self._response(self._base(inputs), self.scale.apply(inputs[:, self.columns]), self.coefficients)

    def draws(self, x: Any, count: int = 100, *, seed: int = 0) -> list[Response]:
        """Return what may be expected as well, given what the experiment leaves open: one response for each draw."""
        inputs = np.asarray(x, dtype=np.float64)
        base, z = self._base(inputs), self.scale.apply(inputs[:, self.columns])
        noise = np.random.default_rng(seed).normal(size=(count, self.coefficients.size))
        return [self._response(base, z, self.coefficients + self.root @ each) for each in noise]

    def _base(self, x: Floats) -> Floats:
        return np.asarray(np.mean([each.predict(x, num_threads=1) for each in self.trees], axis=0), dtype=np.float64)

    @staticmethod
    def _response(base: Floats, z: Floats, coefficients: Floats) -> Response:
        return Response(*_parts(base, z, coefficients))

    def state(self) -> dict[str, Any]:
        """Return everything as plain data, the trees in LightGBM's own text."""
        names = ("middle", "spread", "mean", "deviation")
        return {
            "trees": [each.model_to_string() for each in self.trees],
            "columns": list(self.columns),
            "scale": {name: getattr(self.scale, name).tolist() for name in names},
            "coefficients": self.coefficients.tolist(),
            "root": self.root.tolist(),
            "rows": self.rows,
            "treated": self.treated,
            "lift_ratio": self.lift_ratio,
        }

    @classmethod
    def from_state(cls, saved: Mapping[str, Any]) -> Self:
        """Return the model that ``state`` wrote."""
        return cls(
            tuple(lightgbm.Booster(model_str=each) for each in saved["trees"]),
            tuple(saved["columns"]),
            _Scale(**{name: np.asarray(each, dtype=np.float64) for name, each in saved["scale"].items()}),
            np.asarray(saved["coefficients"], dtype=np.float64),
            np.asarray(saved["root"], dtype=np.float64),
            int(saved["rows"]),
            int(saved["treated"]),
            float(saved["lift_ratio"]),
        )


def _check(inputs: Floats, columns: tuple[Floats, ...]) -> None:
    if inputs.ndim != 2 or any(each.shape != (len(inputs),) for each in columns):
        raise DataError("inputs, orders, use, dose and weights differ in length", expected="one of each for every row")
    if any(not np.isfinite(each).all() or (each < 0).any() for each in columns):
        raise DataError("orders, use, dose or weights are negative or missing", expected="numbers of 0 or more")


def _base(x: Floats, orders: Floats, exposure: Floats, member: Any, seed: int) -> tuple[tuple[Any, ...], Floats]:
    """Learn orders without the offer, three times, each time without a third of the customers, who are then judged."""
    fold = np.random.default_rng(seed).permutation(int(member.max()) + 1)[member] % _FOLDS
    base, trees = np.empty(len(x)), []
    for out in range(_FOLDS):
        learnt = fold != out
        if not learnt.any():
            continue
        rows = lightgbm.Dataset(x[learnt], orders[learnt] / exposure[learnt], weight=exposure[learnt])
        params = {**_TREES, "seed": seed, "min_child_samples": int(np.clip(learnt.sum() / 50, 5, 100))}
        trees.append(lightgbm.train(params, rows, _ROUNDS))
        base[~learnt] = trees[-1].predict(x[~learnt], num_threads=1)
    return tuple(trees), np.maximum(base, 1e-9)


def _parts(base: Floats, z: Floats, coefficients: Floats) -> tuple[Floats, Floats, Floats]:
    """Return corrected base, share of use anyway, and lift."""
    k = z.shape[1]
    level, likes, lift = (z @ coefficients[place * k : (place + 1) * k] for place in range(3))
    return base * np.exp(np.clip(level, -3, 3)), expit(np.clip(likes, -8, 8)), np.exp(np.clip(lift, -8, 3))


def _scores(coefficients: Floats, trial: _Trial) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the log-likelihood of each row and its slopes along the three linear parts.

    Use is no use at all with chance e^-a, a = base × (anyway + dose × lift). Orders that did not use the offer are
    Poisson: those who would not, and those who wanted to but had used it.
    """
    base, likes, lift = _parts(trial.base, trial.z, coefficients)
    treated = trial.dose > 0
    wanting = np.where(treated, base * (likes + trial.dose * lift), 0.0)
    unused = np.exp(-wanting)
    use = np.maximum(1 - unused, 1e-12)
    others = np.where(treated, base * (1 - likes) + wanting - (1 - unused), base)
    placed = np.maximum(trial.orders - trial.used, 0)
    told = np.where(treated, np.where(trial.used > 0, np.log(use), -wanting), 0.0)
    told = told + placed * np.log(others + 1e-12) - others
    more = placed / (others + 1e-12) - 1
    by_wanting = np.where(treated, np.where(trial.used > 0, unused / use, -1.0) + more * (1 - unused), 0.0)
    by_level = np.where(treated, by_wanting * wanting + more * base * (1 - likes), more * base)
    by_likes = np.where(treated, (by_wanting - more) * base * likes * (1 - likes), 0.0)
    by_lift = by_wanting * base * trial.dose * lift
    return told, by_level, by_likes, by_lift


def _pulls(k: int) -> Floats:
    each = np.full(k, _FIRM)
    each[0] = 1 / _LEVEL_SPREAD**2
    return np.tile(each, 3)


def _fitted(trial: _Trial) -> Floats:
    k = trial.z.shape[1]
    pull = _pulls(k)

    def cost(at: Floats) -> tuple[float, Floats]:
        told, *slopes = _scores(at, trial)
        down = np.concatenate([trial.z.T @ each for each in slopes])
        return -float(told.sum()) + float(pull @ at**2) / 2, pull * at - down

    begin = np.zeros(3 * k)
    begin[[k, 2 * k]] = -0.5
    found = minimize(cost, begin, jac=True, method="L-BFGS-B", options={"maxiter": 400, "ftol": 1e-11, "gtol": 1e-6})
    return np.asarray(found.x, dtype=np.float64)


def _uncertainty(at: Floats, trial: _Trial, member: Any) -> Floats:
    """Return a root of the covariance: slopes summed over each customer, whose rows belong together, and the pulls."""
    _, *slopes = _scores(at, trial)
    rows = np.hstack([trial.z * each[:, None] for each in slopes])
    summed = np.zeros((int(member.max()) + 1, rows.shape[1]))
    np.add.at(summed, member, rows)
    spread = np.linalg.inv(summed.T @ summed + np.diag(_pulls(trial.z.shape[1])))
    return np.asarray(np.linalg.cholesky((spread + spread.T) / 2), dtype=np.float64)
