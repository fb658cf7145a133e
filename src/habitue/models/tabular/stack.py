"""Stack: all other candidates together, weighted by what they say about rows that they have not seen.

The weights are not negative and act on the link scale, so that the stack's reasons are the weighted sum of its members'
reasons. They are drawn to equal shares, which is where they stay in a small shop.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from habitue.models.tabular.additive import loss_of_link
from habitue.models.tabular.examples import Examples, Floats, folds, matrix
from habitue.models.tabular.fitted import Fitted, from_link, to_link
from habitue.models.tabular.members import FORMS, MEMBERS, learn

__all__ = ["DEFAULTS", "Stack", "fit_stack"]

DEFAULTS: dict[str, Any] = {"members": tuple(MEMBERS), "folds": 3, "pull": 10.0}

_POWER = 1.5
_LEAST_WEIGHT = 0.01


@dataclass(frozen=True)
class Stack:
    """Fitted members with their weights; the link is the weighted sum of the members' links plus an intercept.

    References
    ----------
    D. Wolpert, Stacked generalization, Neural Networks 5 (1992) 241-259.
    L. Breiman, Stacked regressions, Machine Learning 24 (1996) 49-64.
    """

    kind: str
    columns: int
    members: tuple[Fitted, ...]
    weights: Floats
    intercept: float
    floor: float
    params: dict[str, Any]
    name: str = "stack"

    def predict(self, x: Any) -> Floats:
        """Return a probability or an expected amount for each row."""
        inputs = matrix(x, self.columns)
        links = [to_link(member.predict(inputs), self.kind, self.floor) for member in self.members]
        return from_link(np.column_stack(links) @ self.weights + self.intercept, self.kind)

    def contributions(self, x: Any) -> Floats:
        """Return the weighted sum of the members' contributions; the base is the last column."""
        inputs = matrix(x, self.columns)
        out = np.zeros((len(inputs), self.columns + 1))
        for member, weight in zip(self.members, self.weights, strict=True):
            out += weight * member.contributions(inputs)
        out[:, -1] += self.intercept
        return out

    def importance(self) -> Floats:
        """Return the weighted mean of the members' importance."""
        loud = np.sum([w * one.importance() for one, w in zip(self.members, self.weights, strict=True)], axis=0)
        return np.asarray(loud / loud.sum() if loud.sum() > 0 else loud, dtype=np.float64)

    def state(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "form": "stack",
            "kind": self.kind,
            "columns": self.columns,
            "members": [member.state() for member in self.members],
            "weights": self.weights.tolist(),
            "intercept": self.intercept,
            "floor": self.floor,
            "params": dict(self.params),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Stack:
        """Build the model that :meth:`state` described."""
        members = tuple(FORMS[member["form"]](member) for member in state["members"])
        weights = np.array(state["weights"], dtype=np.float64)
        numbers = (state["intercept"], state["floor"], dict(state["params"]))
        return cls(state["kind"], state["columns"], members, weights, *numbers)


def fit_stack(data: Examples, kind: str, *, seed: int, params: Mapping[str, Any]) -> Stack:
    """Fit all members on all rows, and the weights on rows that the members have not seen."""
    used = dict(params)
    names = list(used["members"])
    floor = 1e-6 if kind == "binary" else 1e-4 * data.mean
    whole = [learn(name, data, kind, seed=seed, params=MEMBERS[name][1]) for name in names]
    links = np.tile(to_link(data.mean, kind, floor), (data.rows, len(names)))
    for train, test in folds(data, used["folds"], seed=seed):
        part = data.take(train)
        for place, member in enumerate(whole):
            # What a member has chosen on all rows is kept, or its search would be paid for in each fold.
            again = learn(member.name, part, kind, seed=seed, params=member.params)
            links[test, place] = to_link(again.predict(data.x[test]), kind, floor)
    weights, intercept = _weigh(links, data, kind, used["pull"])
    kept = weights > _LEAST_WEIGHT
    members = tuple(member for member, keep in zip(whole, kept, strict=True) if keep)
    used["members"] = [member.name for member in members]
    return Stack(kind, data.x.shape[1], members, weights[kept], intercept, floor, used)


def _weigh(links: Floats, data: Examples, kind: str, pull: float) -> tuple[Floats, float]:
    """Return weights of 0 or more and an intercept that make the loss small, drawn to equal shares."""
    count = links.shape[1]
    centre = float(to_link(data.mean, kind))
    unit = 0.0 if kind == "binary" else centre
    y = data.y / np.exp(unit)
    away = links - centre

    def loss(at: Floats) -> tuple[float, Floats]:
        link = away @ at[:-1] + at[-1] + centre - unit
        value = data.rows * loss_of_link(kind, y, link, data.weight, _POWER) + 0.5 * pull * np.sum(
            (at[:-1] - 1 / count) ** 2
        )
        if kind == "binary":
            slope = expit(link) - y
        else:
            far = np.clip(link, -50.0, 50.0)
            slope = np.exp((2 - _POWER) * far) - y * np.exp((1 - _POWER) * far)
        gradient = np.append(away.T @ (slope * data.weight) + pull * (at[:-1] - 1 / count), slope @ data.weight)
        return float(value), gradient

    start = np.append(np.full(count, 1 / count), 0.0)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0, None)] * count + [(None, None)])
    weights = np.asarray(found.x[:-1], dtype=np.float64)
    weights = np.where(weights > _LEAST_WEIGHT, weights, 0.0)
    if not weights.any():
        weights[:] = 1 / count
    return weights, float(found.x[-1] + centre - centre * weights.sum())
