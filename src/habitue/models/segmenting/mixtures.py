"""Segments of customers who are alike: k-means, Gaussian mixture, latent classes."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import logsumexp
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from habitue.models.segmenting.outlook import Past
from habitue.models.segmenting.segmentation import Floats, Ints, Rule, measured

__all__ = ["ClassSegments", "GaussianSegments", "gaussian_mixture", "k_means", "k_means_raw", "latent_class"]

_STARTS = {"k_means": 5, "gaussian_mixture": 2, "latent_class": 5}
_REGULAR = 1e-3
_STEPS, _ROUNDS, _ENOUGH = 5, 100, 1e-6


@dataclass(frozen=True)
class _Scale:
    """Logarithms (or raw values), standardised; what is missing gets the middle value."""

    logs: bool
    middle: Floats
    mean: Floats
    spread: Floats

    @classmethod
    def fit(cls, x: Floats, *, logs: bool) -> _Scale:
        known = np.where(np.isnan(x).all(axis=0), 0.0, x)
        middle = np.nanmedian(known, axis=0)
        found = _transformed(x, middle, logs=logs)
        spread = found.std(axis=0)
        return cls(logs, middle, found.mean(axis=0), np.where(spread > 1e-12, spread, 1.0))

    def apply(self, x: Floats) -> Floats:
        return np.asarray((_transformed(x, self.middle, logs=self.logs) - self.mean) / self.spread, dtype=np.float64)

    def state(self) -> dict[str, Any]:
        return {"logs": self.logs} | {name: getattr(self, name).tolist() for name in ("middle", "mean", "spread")}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> _Scale:
        return cls(state["logs"], *(np.array(state[name]) for name in ("middle", "mean", "spread")))


def _transformed(x: Floats, middle: Floats, *, logs: bool) -> Floats:
    filled = np.where(np.isnan(x), middle, x)
    return np.asarray(np.sign(filled) * np.log1p(np.abs(filled)) if logs else filled, dtype=np.float64)


@dataclass(frozen=True)
class GaussianSegments:
    """Each customer belongs to the most probable of some normal distributions; k-means is the case of equal ones."""

    method: str
    names: tuple[str, ...]
    scale: _Scale
    weight: Floats
    centre: Floats
    precision: Floats  # segments × features × features
    rules: tuple[Rule, ...] | None = None

    @property
    def size(self) -> int:
        """Number of segments."""
        return len(self.centre)

    def assign(self, x: Any) -> Ints:
        """Give each customer the number of their segment."""
        z = self.scale.apply(measured(x, self.names))
        far = z[:, None, :] - self.centre
        distance = np.einsum("nkf,kfg,nkg->nk", far, self.precision, far)
        logdet = np.linalg.slogdet(self.precision)[1]
        return np.asarray((np.log(self.weight) + 0.5 * (logdet - distance)).argmax(axis=1), dtype=np.int64)

    def state(self) -> dict[str, Any]:
        """Return the definition as plain data."""
        return {
            "method": self.method, "form": "gaussian", "names": list(self.names), "scale": self.scale.state(),
            "weight": self.weight.tolist(), "centre": self.centre.tolist(), "precision": self.precision.tolist(),
        }  # fmt: skip

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> GaussianSegments:
        """Read it back."""
        weight, centre, precision = (np.array(state[name]) for name in ("weight", "centre", "precision"))
        scale = _Scale.from_state(state["scale"])
        return cls(state["method"], tuple(state["names"]), scale, weight, centre, precision)


def k_means(
    x: Any, names: Sequence[str], *, outcome: Past | None = None, k: int = 8, seed: int = 0
) -> GaussianSegments:
    """Put customers who are near each other, in standardised logarithms, into the same of k segments.

    Parameters
    ----------
    x : array of shape (n, features)
    names : sequence of str
    outcome : Past, optional
        Not used.
    k, seed : int
    """
    del outcome
    return _k_means(x, names, k, seed, logs=True)


def k_means_raw(
    x: Any, names: Sequence[str], *, outcome: Past | None = None, k: int = 4, seed: int = 0
) -> GaussianSegments:
    """Do what `k_means` does without logarithms; here to be compared with: its segments are mostly outliers."""
    del outcome
    return _k_means(x, names, k, seed, logs=False)


def _k_means(x: Any, names: Sequence[str], k: int, seed: int, *, logs: bool) -> GaussianSegments:
    rows = measured(x, tuple(names))
    scale = _Scale.fit(rows, logs=logs)
    z = scale.apply(rows)
    size = min(k, len(np.unique(z, axis=0)))
    fitted = KMeans(size, n_init=_STARTS["k_means"], random_state=seed).fit(z)
    same = np.broadcast_to(np.eye(z.shape[1]), (size, z.shape[1], z.shape[1]))
    method = "k_means" if logs else "k_means_raw"
    return GaussianSegments(method, tuple(names), scale, np.full(size, 1 / size), fitted.cluster_centers_, same.copy())


def gaussian_mixture(
    x: Any, names: Sequence[str], *, outcome: Past | None = None, k: int = 8, seed: int = 0
) -> GaussianSegments:
    """Fit k normal distributions to the standardised logarithms; customers go to the most probable one.

    Parameters
    ----------
    x : array of shape (n, features)
    names : sequence of str
    outcome : Past, optional
        Not used.
    k, seed : int
    """
    del outcome
    rows = measured(x, tuple(names))
    scale = _Scale.fit(rows, logs=True)
    z = scale.apply(rows)
    size = min(k, len(np.unique(z, axis=0)))
    if size == 1:  # one kind of customer, perhaps a single one: nothing to fit
        return GaussianSegments("gaussian_mixture", tuple(names), scale, np.ones(1), z[:1], np.eye(z.shape[1])[None])
    fitted = GaussianMixture(
        size, n_init=_STARTS["gaussian_mixture"], reg_covar=_REGULAR, random_state=seed, max_iter=_ROUNDS
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the best of the rounds allowed is what is wanted
        fitted.fit(z)
    weight = np.maximum(fitted.weights_, 1e-12)
    return GaussianSegments("gaussian_mixture", tuple(names), scale, weight, fitted.means_, fitted.precisions_)


@dataclass(frozen=True)
class ClassSegments:
    """Latent classes: within a class the features, cut into five steps each, are independent of each other."""

    method: str
    names: tuple[str, ...]
    edges: tuple[Floats, ...]
    weight: Floats
    chance: Floats  # segments × features × steps
    rules: tuple[Rule, ...] | None = None

    @property
    def size(self) -> int:
        """Number of segments."""
        return len(self.weight)

    def assign(self, x: Any) -> Ints:
        """Give each customer the number of their most probable class."""
        steps = _steps(measured(x, self.names), self.edges)
        return np.asarray(_class_scores(steps, self.weight, self.chance).argmax(axis=1), dtype=np.int64)

    def state(self) -> dict[str, Any]:
        """Return the definition as plain data."""
        return {
            "method": self.method, "form": "classes", "names": list(self.names),
            "edges": [each.tolist() for each in self.edges], "weight": self.weight.tolist(),
            "chance": self.chance.tolist(),
        }  # fmt: skip

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> ClassSegments:
        """Read it back."""
        edges = tuple(np.array(each) for each in state["edges"])
        return cls(state["method"], tuple(state["names"]), edges, np.array(state["weight"]), np.array(state["chance"]))


def latent_class(
    x: Any, names: Sequence[str], *, outcome: Past | None = None, k: int = 8, seed: int = 0
) -> ClassSegments:
    """Find k classes of customers within which no feature tells anything of another.

    Parameters
    ----------
    x : array of shape (n, features)
    names : sequence of str
    outcome : Past, optional
        Not used.
    k, seed : int

    References
    ----------
    Lazarsfeld and Henry, Latent structure analysis (1968); fitted by expectation and maximisation.
    """
    del outcome
    rows = measured(x, tuple(names))
    edges = tuple(_edges(column) for column in rows.T)
    steps = _steps(rows, edges)
    pattern, times = np.unique(steps, axis=0, return_counts=True)
    size = min(k, len(pattern))
    tries = [
        _fit_classes(pattern, times, size, np.random.default_rng([seed, n])) for n in range(_STARTS["latent_class"])
    ]
    _, weight, chance = max(tries, key=lambda found: found[0])
    return ClassSegments("latent_class", tuple(names), edges, weight, chance)


def _edges(column: Floats) -> Floats:
    known = column[~np.isnan(column)]
    return np.unique(np.quantile(known, np.arange(1, _STEPS) / _STEPS)) if known.size else np.empty(0)


def _steps(x: Floats, edges: tuple[Floats, ...]) -> Ints:
    low = np.where(np.isnan(x), -np.inf, x)
    return np.column_stack([np.searchsorted(each, low[:, place], side="left") for place, each in enumerate(edges)])


def _class_scores(steps: Ints, weight: Floats, chance: Floats) -> Floats:
    each = [np.log(chance[:, place, steps[:, place]]).T for place in range(steps.shape[1])]
    return np.asarray(np.log(weight) + np.sum(each, axis=0), dtype=np.float64)


def _fit_classes(pattern: Ints, times: Ints, size: int, rng: np.random.Generator) -> tuple[float, Floats, Floats]:
    weight, chance = np.full(size, 1 / size), rng.dirichlet(np.full(_STEPS, 5.0), (size, pattern.shape[1]))
    reached = -np.inf
    for _ in range(_ROUNDS):
        score = _class_scores(pattern, weight, chance)
        norm = logsumexp(score, axis=1)
        now = float(norm @ times)
        belongs = np.exp(score - norm[:, None]) * times[:, None]
        weight = np.maximum(belongs.sum(axis=0), 1e-9)
        # Half a customer in every step: no chance is ever nought.
        counts = np.stack([
            np.stack([belongs[pattern[:, place] == step].sum(axis=0) for step in range(_STEPS)], axis=1)
            for place in range(pattern.shape[1])
        ], axis=1) + 0.5  # fmt: skip
        chance, weight = counts / counts.sum(axis=2, keepdims=True), weight / weight.sum()
        if now - reached < _ENOUGH * abs(now):
            break
        reached = now
    return now, weight, chance
