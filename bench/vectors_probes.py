"""The probes of the behaviour vector: one small learner for all inputs, cross-fitted over customers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np
from scipy.stats import norm, rankdata
from sklearn.decomposition import PCA
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import KFold

from habitue.models.metrics import auc, bootstrap, ndcg_by_row, r2, spearman

__all__ = ["JOINS", "LEARNERS", "Probe", "compared", "inputs_of", "joined", "out_of_fold"]

#: How a vector joins the features: its main directions, or what a ridge on it alone foretells.
JOINS = ("main 8", "main 16", "main 32", "score")
LEARNERS = ("ridge", "boosted", "both")

_FOLDS = 5
_STRENGTHS = np.logspace(0, 5, 11)
_TREES = {
    "n_estimators": 120, "learning_rate": 0.05, "num_leaves": 7, "min_child_samples": 30, "colsample_bytree": 0.5,
    "subsample": 0.8, "subsample_freq": 1, "n_jobs": 1, "verbose": -1, "random_state": 0,
}  # fmt: skip
_DRAWS = 1_000
_PLACES = 5

Fold = tuple[Any, Any]


@dataclass(frozen=True, eq=False)
class Probe:
    """A question: ``label`` of the customers at ``rows``, of shape (n,) or (n, categories)."""

    name: str
    figure: str
    rows: Any
    label: Any

    def measure(self, truth: Any, score: Any) -> float:
        """Return the figure; more is better."""
        if self.figure == "NDCG@5":
            return float(np.nanmean(score))
        return {"AUC": auc, "R2": r2, "Spearman": spearman}[self.figure](truth, score)

    def score(self, answer: Any) -> Any:
        """Return what the figure is measured on: the answer, or each customer's own figure."""
        return ndcg_by_row(self.label > 0, answer, _PLACES) if self.figure == "NDCG@5" else answer

    def value(self, answer: Any) -> float:
        """Return the figure of an answer."""
        return self.measure(_flat(self.label), self.score(answer))


def compared(probe: Probe, ours: Any, theirs: Any) -> Any:
    """Return by how much our figure is above theirs, with its paired interval over customers."""

    def difference(truth: Any, first: Any, second: Any) -> float:
        return probe.measure(truth, first) - probe.measure(truth, second)

    return bootstrap(difference, _flat(probe.label), probe.score(ours), probe.score(theirs), draws=_DRAWS)


def inputs_of(matrix: Any) -> Any:
    """Turn each column into normal scores of its ranks, unknown in the middle; and say where it is unknown."""
    known = np.isfinite(matrix)
    out = np.zeros(matrix.shape)
    for column in range(matrix.shape[1]):
        some = known[:, column]
        out[some, column] = norm.ppf((rankdata(matrix[some, column]) - 0.5) / max(some.sum(), 1))
    missing = np.unique(~known[:, (~known).any(axis=0)], axis=1).astype(float)
    return np.hstack([out, missing])


def out_of_fold(probe: Probe, given: Callable[[Fold], Any], learner: str, repeats: int) -> Any:
    """Return what the learner foretells of customers it has not seen, as the mean over the repeats.

    ``given`` takes the rows learnt from and the rows asked about and returns the inputs of all.
    """
    total = np.zeros(probe.label.shape)
    for repeat in range(repeats):
        for learnt, asked in KFold(_FOLDS, shuffle=True, random_state=repeat).split(probe.rows):
            x = given((learnt, asked))
            total[asked] += _told(x[learnt], probe.label[learnt], x[asked], learner)
    return total / repeats


def joined(probe: Probe, features: Any, vectors: Any, join: str) -> Callable[[Fold], Any]:
    """Return inputs for `out_of_fold`: features, where there are any, and a vector joined in one of the `JOINS`."""
    vectors = (vectors - vectors.mean(axis=0)) / np.maximum(vectors.std(axis=0), 1e-9)
    base = np.zeros((len(vectors), 0)) if features is None else features
    if join != "score":
        main = PCA(int(join.split()[1]), random_state=0).fit_transform(vectors)
        main = np.hstack([base, main / np.maximum(main.std(axis=0), 1e-9)])[probe.rows]
        return lambda _: main
    own, base = vectors[probe.rows], base[probe.rows]

    def with_score(fold: Fold) -> Any:
        learnt, asked = fold
        score = np.zeros((len(own), *probe.label.shape[1:]))
        for some, rest in KFold(_FOLDS, shuffle=True, random_state=7).split(learnt):
            score[learnt[rest]] = _told(own[learnt[some]], probe.label[learnt[some]], own[learnt[rest]], "ridge")
        score[asked] = _told(own[learnt], probe.label[learnt], own[asked], "ridge")
        score = score.reshape(len(own), -1)
        return np.hstack([base, (score - score.mean(axis=0)) / np.maximum(score.std(axis=0), 1e-9)])

    return with_score


def _told(x: Any, y: Any, asked: Any, learner: str) -> Any:
    told = []
    if learner != "boosted" or y.ndim > 1:
        told.append(RidgeCV(_STRENGTHS).fit(x, y).predict(asked))
    if learner != "ridge" and y.ndim == 1:
        told.append(lightgbm.LGBMRegressor(**_TREES).fit(x, y).predict(asked))
    return np.mean(told, axis=0)


def _flat(label: Any) -> Any:
    return label if label.ndim == 1 else label.sum(axis=1)
