"""Support vectors: a wide margin around a curved border, drawn by kernels at a few hundred landmarks.

The radial kernel is approximated on landmarks (Nystroem), the margin is found by Newton's method on the squared hinge
loss, and its scores become probabilities (Platt) or amounts on rows that the margin has not seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from habitue.models.tabular.additive import fit_additive, loss_of_link
from habitue.models.tabular.examples import Examples, Floats, folds, matrix
from habitue.models.tabular.fitted import from_link
from habitue.models.tabular.preparing import Preparation
from habitue.models.tabular.trees import log_target

__all__ = ["DEFAULTS", "Kernel", "fit_kernel"]

DEFAULTS: dict[str, Any] = {"landmarks": 200, "reach": 1.0, "cost": None, "rows": 5_000}

_COSTS = (0.01, 0.1, 1.0)
_FOLDS = 4
_SLACK = 0.1  # deviations of a scaled amount that cost nothing
_STEPS = 30
_PATH = 8  # points at which gradients are taken on the way from the average customer
_CHUNK = 2_048


@dataclass(frozen=True)
class Kernel:
    """A fitted kernel model: the link is the kernel at the landmarks times their weights, plus an intercept.

    References
    ----------
    C. Williams, M. Seeger, Using the Nystroem method to speed up kernel machines, NIPS 2000.
    O. Chapelle, Training a support vector machine in the primal, Neural Computation 19 (2007) 1155-1178.
    J. Platt, Probabilistic outputs for support vector machines, 1999.
    M. Sundararajan, A. Taly, Q. Yan, Axiomatic attribution for deep networks, ICML 2017.
    """

    name: str
    kind: str
    preparation: Preparation
    landmarks: Floats
    weights: Floats
    intercept: float
    gamma: float
    loud: Floats
    params: dict[str, Any]

    def predict(self, x: Any) -> Floats:
        """Return a probability or an expected amount for each row."""
        z = self.preparation.apply(matrix(x, self.preparation.columns))
        return from_link(self._link(z), self.kind)

    def contributions(self, x: Any) -> Floats:
        """Return integrated gradients from the average customer, whose link is the base.

        Gradients are taken at eight points on the way; what they leave over (a few per cent) is shared out by size.
        """
        z = self.preparation.apply(matrix(x, self.preparation.columns))
        return np.vstack([np.zeros((0, self.preparation.columns + 1)), *self._paths(z)])

    def _paths(self, z: Floats) -> list[Floats]:
        base = float(self._link(np.zeros((1, z.shape[1])))[0])
        out = []
        for start in range(0, len(z), _CHUNK):
            part = z[start : start + _CHUNK]
            moved = np.zeros_like(part)
            for point in (np.arange(_PATH) + 0.5) / _PATH:
                near = _kernel(part * point, self.landmarks, self.gamma) * self.weights
                slope = near @ self.landmarks - near.sum(axis=1, keepdims=True) * (part * point)
                moved += part * slope * (2 * self.gamma / _PATH)
            moved = self.preparation.gather(moved)
            size = np.abs(moved)
            left = self._link(part) - base - moved.sum(axis=1)
            total = size.sum(axis=1)
            share = np.where(total[:, None] > 0, size / np.maximum(total, 1e-300)[:, None], 1 / max(size.shape[1], 1))
            out.append(np.column_stack([moved + left[:, None] * share, np.full(len(part), base)]))
        return out

    def _link(self, z: Floats) -> Floats:
        parts = [
            _kernel(z[start : start + _CHUNK], self.landmarks, self.gamma) @ self.weights
            for start in range(0, len(z), _CHUNK)
        ]
        return np.concatenate([np.zeros(0), *parts]) + self.intercept

    def importance(self) -> Floats:
        """Return the share of each column in the absolute contributions at the landmarks."""
        return self.loud.copy()

    def state(self) -> dict[str, Any]:
        """Return everything as plain data."""
        arrays = {key: getattr(self, key).tolist() for key in ("landmarks", "weights", "loud")}
        numbers = {"intercept": self.intercept, "gamma": self.gamma}
        head = {"form": "kernel", "name": self.name, "kind": self.kind, "preparation": self.preparation.state()}
        return {**head, **arrays, **numbers, "params": dict(self.params)}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Kernel:
        """Build the model that :meth:`state` described."""
        landmarks, weights, loud = (np.array(state[key], dtype=np.float64) for key in ("landmarks", "weights", "loud"))
        preparation = Preparation.from_state(state["preparation"])
        numbers = (state["intercept"], state["gamma"], loud, dict(state["params"]))
        return cls(state["name"], state["kind"], preparation, landmarks, weights, *numbers)


def fit_kernel(data: Examples, kind: str, *, seed: int, params: Mapping[str, Any]) -> Kernel:
    """Fit the support vector candidate on a capped sample; the cost of violations is chosen unless it is given."""
    used = dict(params)
    some = data.capped(used["rows"], seed)
    if some.y.min() == some.y.max():
        some = data
    preparation = Preparation.fit(some)
    z = preparation.apply(some.x)
    live = max(1, int(np.isfinite(preparation.spread).sum()))
    gamma = 0.5 * used["reach"] / live
    chosen = np.random.default_rng(seed).choice(len(z), min(used["landmarks"], len(z)), replace=False)
    landmarks = z[np.sort(chosen)]
    turn = _whitening(landmarks, gamma)
    wide = np.column_stack([_kernel(z, landmarks, gamma) @ turn, np.ones(len(z))])
    target = _margin_target(some, kind)
    splits = [(train, test) for train, test in folds(some, _FOLDS, seed=seed) if np.ptp(some.y[train]) > 0]
    # Amounts are scaled in units of their mean, so that no penalty depends on the currency.
    unit = 1.0 if kind == "binary" else some.mean
    scaled = Examples(some.x, some.y / unit, some.weight, some.groups)
    tried = {}
    for cost in _COSTS if used["cost"] is None else (used["cost"],):
        score = _unseen_scores(wide, target, some, kind, (cost, splits))
        scale = fit_additive(score[:, None], scaled, kind, 1.0)
        tried[cost] = (loss_of_link(kind, scaled.y, score * scale[0] + scale[1], some.weight), scale)
    used["cost"] = min(tried, key=lambda cost: tried[cost][0])
    scale = tried[used["cost"]][1]
    # A score that points the wrong way on unseen rows has learnt nothing.
    slope = max(float(scale[0]), 0.0)
    beta = _margin(wide, target, some.weight, kind, used["cost"])
    weights, intercept = slope * (turn @ beta[:-1]), slope * float(beta[-1]) + float(scale[1]) + float(np.log(unit))
    columns = preparation.columns
    fitted = Kernel("svm", kind, preparation, landmarks, weights, intercept, gamma, np.zeros(columns), used)
    loud = np.sum([np.abs(part[:, :-1]).sum(axis=0) for part in fitted._paths(landmarks)], axis=0)  # noqa: SLF001
    share = loud / loud.sum() if loud.sum() > 0 else loud
    return Kernel("svm", kind, preparation, landmarks, weights, intercept, gamma, share, used)


def _margin_target(data: Examples, kind: str) -> Floats:
    """Return -1 and 1, or the logarithm of amounts on a scale of its own spread."""
    if kind == "binary":
        return 2 * data.y - 1
    target = log_target(data.y)
    return np.asarray((target - target.mean()) / target.std(), dtype=np.float64)


def _unseen_scores(
    wide: Floats, target: Floats, data: Examples, kind: str, how: tuple[float, list[tuple[Any, Any]]]
) -> Floats:
    """Return for each row the score of a margin that has not seen it."""
    cost, splits = how
    score = np.zeros(len(wide))
    for train, test in splits:
        score[test] = wide[test] @ _margin(wide[train], target[train], data.weight[train], kind, cost)
    return score


def _margin(wide: Floats, target: Floats, weight: Floats, kind: str, cost: float) -> Floats:
    """Minimise half the squared weights plus the cost of squared violations; the last column of wide is free."""
    ridge = np.append(np.ones(wide.shape[1] - 1), 1e-6)
    beta = np.zeros(wide.shape[1])

    def violations(at: Floats) -> Floats:
        score = wide @ at
        if kind == "binary":
            return target * np.maximum(1 - target * score, 0.0)
        gap = target - score
        return np.asarray(np.sign(gap) * np.maximum(np.abs(gap) - _SLACK, 0.0), dtype=np.float64)

    def loss(at: Floats, gap: Floats) -> float:
        return float(0.5 * ridge @ at**2 + cost * weight @ gap**2)

    gap = violations(beta)
    best = loss(beta, gap)
    for _ in range(_STEPS):
        active = wide[gap != 0]
        bend = 2 * cost * (active * weight[gap != 0, None]).T @ active
        bend[np.diag_indices_from(bend)] += ridge
        step = np.linalg.solve(bend, ridge * beta - 2 * cost * wide.T @ (weight * gap))
        share = 1.0
        while share > 1e-6 and loss(beta - share * step, violations(beta - share * step)) > best:
            share /= 2
        if share <= 1e-6:
            break
        beta = beta - share * step
        gap = violations(beta)
        before, best = best, loss(beta, gap)
        if before - best < 1e-7 * (best + 1e-12):
            break
    return beta


def _whitening(landmarks: Floats, gamma: float) -> Floats:
    """Return the inverse root of the landmarks' kernel matrix."""
    values, vectors = np.linalg.eigh(_kernel(landmarks, landmarks, gamma))
    return np.asarray(vectors / np.sqrt(np.maximum(values, 1e-5)) @ vectors.T, dtype=np.float64)


def _kernel(z: Floats, landmarks: Floats, gamma: float) -> Floats:
    far = (z**2).sum(axis=1)[:, None] + (landmarks**2).sum(axis=1) - 2 * z @ landmarks.T
    return np.asarray(np.exp(-gamma * np.maximum(far, 0.0)), dtype=np.float64)
