"""Linear: one coefficient a column, on tamed and filled columns, with a penalty chosen by cross-validation.

A probability is logistic. An amount has two parts, as most customers spend nothing and some spend a hundred times the
usual: the chance of any amount (logistic) times its size (least squares on the logarithm). Instead of Duan's smearing
factor, which assumes that all residuals are alike, the total is set right on rows that the coefficients have not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from habitue.models.tabular.additive import fit_additive, fit_log_size, log_loss_of_link, softplus
from habitue.models.tabular.examples import Examples, Floats, folds, matrix
from habitue.models.tabular.fitted import by_secant, from_link
from habitue.models.tabular.preparing import Preparation
from habitue.models.tabular.totals import total_shift

__all__ = ["Linear", "fit_linear"]

DEFAULTS: dict[str, Any] = {"penalty": None, "size_penalty": None}

_PENALTIES = (1.0, 10.0, 100.0, 1000.0, 5000.0)
_CHOOSING_ROWS = 6_000  # a penalty on summed losses hardly depends on the number of rows
_TOTAL_ROWS = 40_000
_FOLDS = 4

Fit = Callable[[Floats, Examples, float], Floats]
Loss = Callable[[Examples, Floats], float]


@dataclass(frozen=True)
class Linear:
    """A fitted linear model: coefficients of the prepared columns, the intercept last.

    ``chance`` is the logistic part, None where every amount is above 0. ``size`` is the logarithmic part, None for a
    probability. ``shift`` is added to the logarithm of an amount.

    References
    ----------
    N. Duan, Smearing estimate: a nonparametric retransformation method, JASA 78 (1983) 605-610.
    N. Duan et al., A comparison of alternative models for the demand for medical care, JBES 1 (1983) 115-126.
    """

    name: str
    kind: str
    preparation: Preparation
    chance: Floats | None
    size: Floats | None
    shift: float
    params: dict[str, Any]

    def predict(self, x: Any) -> Floats:
        """Return a probability or an expected amount for each row."""
        parts = self.contributions(x)
        return from_link(parts.sum(axis=1), self.kind)

    def contributions(self, x: Any) -> Floats:
        """Return coefficient times deviation from the mean, in log-odds or log-amounts; the base is the last column.

        The chance of an amount is carried from log-odds to the logarithm by its secant.
        """
        z = self.preparation.apply(matrix(x, self.preparation.columns))
        out = np.zeros((len(z), self.preparation.columns + 1))
        if self.chance is not None:
            parts, base = self.preparation.gather(z * self.chance[:-1]), float(self.chance[-1])
            link = z @ self.chance[:-1] + base
            if self.kind == "binary":
                return np.column_stack([parts, np.full(len(z), base)])
            out += by_secant(parts, base, link, -softplus(-link), float(-softplus(-base)))
        if self.size is not None:
            out[:, :-1] += self.preparation.gather(z * self.size[:-1])
            out[:, -1] += self.size[-1] + self.shift
        return out

    def importance(self) -> Floats:
        """Return the share of each column in the sum of absolute coefficients of columns on one scale."""
        loud = np.zeros(self.preparation.columns)
        for part in (self.chance, self.size):
            if part is not None:
                loud += self.preparation.gather(np.abs(part[None, :-1]))[0]
        return loud / loud.sum() if loud.sum() > 0 else loud

    def state(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "form": "linear",
            "name": self.name,
            "kind": self.kind,
            "preparation": self.preparation.state(),
            "chance": None if self.chance is None else self.chance.tolist(),
            "size": None if self.size is None else self.size.tolist(),
            "shift": self.shift,
            "params": dict(self.params),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Linear:
        """Build the model that :meth:`state` described."""
        chance, size = (
            None if state[key] is None else np.array(state[key], dtype=np.float64) for key in ("chance", "size")
        )
        preparation = Preparation.from_state(state["preparation"])
        return cls(state["name"], state["kind"], preparation, chance, size, state["shift"], dict(state["params"]))


def fit_linear(data: Examples, kind: str, *, seed: int, params: Mapping[str, Any]) -> Linear:
    """Fit the linear candidate; both penalties are chosen unless they are given."""
    preparation = Preparation.fit(data)
    z = preparation.apply(data.x)
    if kind == "binary":
        penalty = _penalty(params["penalty"], z, data, seed, (_fit_chance, _loss_of_chance))
        return Linear("linear", kind, preparation, _fit_chance(z, data, penalty), None, 0.0, {"penalty": penalty})
    bought = _bought(data)
    some = np.flatnonzero(data.y > 0)
    used: dict[str, Any] = {"penalty": None}
    if some.size < data.rows:
        used["penalty"] = _penalty(params["penalty"], z, bought, seed, (_fit_chance, _loss_of_chance))
    sizes = (fit_log_size, _loss_of_size)
    used["size_penalty"] = _penalty(params["size_penalty"], z[some], data.take(some), seed, sizes)
    chance, size = _both(z, data, used)

    shift = _shift(z, data, used, (seed, chance, size))
    return Linear("linear", kind, preparation, chance, size, shift, used)


def _shift(z: Floats, data: Examples, used: Mapping[str, Any], whole: tuple[int, Floats | None, Floats]) -> float:
    """Return what sets the total right on rows that the coefficients have not seen."""
    seed, chance, size = whole
    if data.rows > _TOTAL_ROWS:
        rows = np.sort(np.random.default_rng(seed).choice(data.rows, _TOTAL_ROWS, replace=False))
        z, data = z[rows], data.take(rows)

    def elsewhere(train: Any, test: Any) -> Floats:
        part = data.take(train)
        return _link(z[test], *_both(z[train], part, used)) if _two_sided(part) else _link(z[test], chance, size)

    return total_shift(data, folds(data, _FOLDS, seed=seed), elsewhere)


def _bought(data: Examples) -> Examples:
    return Examples(data.x, (data.y > 0).astype(np.float64), data.weight, data.groups)


def _two_sided(data: Examples) -> bool:
    """Tell whether both parts can be fitted."""
    return bool((data.y > 0).any() and (data.y == 0).any())


def _both(z: Floats, data: Examples, used: Mapping[str, Any]) -> tuple[Floats | None, Floats]:
    """Fit the chance and the size of an amount."""
    some = np.flatnonzero(data.y > 0)
    chance = None if used["penalty"] is None else _fit_chance(z, _bought(data), used["penalty"])
    return chance, fit_log_size(z[some], data.take(some), used["size_penalty"])


def _link(z: Floats, chance: Floats | None, size: Floats) -> Floats:
    link = z @ size[:-1] + size[-1]
    if chance is not None:
        link = link - softplus(-(z @ chance[:-1] + chance[-1]))
    return np.asarray(link, dtype=np.float64)


def _fit_chance(z: Floats, data: Examples, penalty: float) -> Floats:
    return fit_additive(z, data, "binary", penalty)


def _loss_of_chance(data: Examples, link: Floats) -> float:
    return log_loss_of_link(data.y, link, data.weight)


def _loss_of_size(data: Examples, link: Floats) -> float:
    return float(np.average((np.log(data.y) - link) ** 2, weights=data.weight))


def _penalty(given: Any, z: Floats, data: Examples, seed: int, how: tuple[Fit, Loss]) -> float:
    """Return the penalty with the smallest loss on unseen folds, the strongest where there are no folds."""
    if given is not None:
        return float(given)
    if data.rows > _CHOOSING_ROWS:
        rows = np.sort(np.random.default_rng(seed).choice(data.rows, _CHOOSING_ROWS, replace=False))
        z, data = z[rows], data.take(rows)
    fit, loss = how
    losses = np.zeros(len(_PENALTIES))
    for train, test in folds(data, _FOLDS, seed=seed):
        part, rest = data.take(train), data.take(test)
        if part.y.min() == part.y.max():
            continue
        for place, penalty in enumerate(_PENALTIES):
            beta = fit(z[train], part, penalty)
            losses[place] += test.size * loss(rest, z[test] @ beta[:-1] + beta[-1])
    return _PENALTIES[int(np.argmin(losses))] if losses.any() else _PENALTIES[-1]
