"""Boosted: small trees added one after the other by LightGBM, as many as rows that were set aside call for.

A probability is learnt by log-loss, an amount by Tweedie deviance, which takes zeros and heavy tails in one model. On
Online Retail and on simulated amounts no power between 1.1 and 1.7 and no two-part model was better than 1.3 by more
than noise; only the totals came out too low, so they are set right on rows that were set aside.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np

from habitue.models.tabular.examples import Examples, Floats, folds, matrix
from habitue.models.tabular.fitted import from_link
from habitue.models.tabular.leaf_paths import path_contributions
from habitue.models.tabular.totals import total_shift

__all__ = ["Boosted", "fit_boosted"]

DEFAULTS: dict[str, Any] = {
    "rounds": None,
    "power": 1.3,
    "learning_rate": None,
    "leaves": 15,
    "leaf_rows": 30,
    "column_share": 0.6,
    "row_share": 0.8,
    "penalty": 5.0,
    "threads": 1,
}

_MOST_ROUNDS = 600
_PATIENCE = 40
_FOLDS = 4
_MANY_ROWS = 3_000  # from here on one fold tells enough about the number of rounds
_PLENTY = 20_000  # from here on larger steps lose next to nothing and halve the time
_MOST_SHAPLEY = 20_000  # rows
_SLOW, _FAST = 0.05, 0.1


@dataclass(frozen=True)
class Boosted:
    """Fitted boosted trees; ``shift`` is added on the link scale.

    References
    ----------
    G. Ke et al., LightGBM: a highly efficient gradient boosting decision tree, NeurIPS 2017.
    S. Lundberg et al., From local explanations to global understanding with explainable AI for trees, Nature Machine
    Intelligence 2 (2020) 56-67.
    Y. Yang, W. Qian, H. Zou, Insurance premium prediction via gradient tree-boosted Tweedie compound Poisson models,
    JBES 36 (2018) 456-470.
    """

    name: str
    kind: str
    columns: int
    booster: Any
    shift: float
    params: dict[str, Any]

    def predict(self, x: Any) -> Floats:
        """Return a probability or an expected amount for each row."""
        return from_link(_raw(self.booster, matrix(x, self.columns)) + self.shift, self.kind)

    def contributions(self, x: Any) -> Floats:
        """Return what each column adds, in log-odds or log-amounts; the base is the last column.

        Shapley values of the trees; for more than 20,000 rows, where these take minutes, the changes on each row's way
        to its leaves.
        """
        inputs = matrix(x, self.columns)
        if not len(inputs):
            return np.zeros((0, self.columns + 1))
        if len(inputs) > _MOST_SHAPLEY:
            out = path_contributions(self.booster, inputs, self.params["threads"])
            out[:, -1] += self.shift
            return out
        out = np.array(self.booster.predict(inputs, pred_contrib=True, num_threads=self.params["threads"]))
        out[:, -1] += self.shift
        return out

    def importance(self) -> Floats:
        """Return the share of each column in the gain of all splits."""
        gain = np.asarray(self.booster.feature_importance("gain"), dtype=np.float64)
        return gain / gain.sum() if gain.sum() > 0 else gain

    def state(self) -> dict[str, Any]:
        """Return everything as plain data; the trees in LightGBM's own text."""
        return {
            "form": "boosted",
            "name": self.name,
            "kind": self.kind,
            "columns": self.columns,
            "trees": self.booster.model_to_string(),
            "shift": self.shift,
            "params": dict(self.params),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Boosted:
        """Build the model that :meth:`state` described."""
        booster = lightgbm.Booster(model_str=state["trees"])
        return cls(state["name"], state["kind"], state["columns"], booster, state["shift"], dict(state["params"]))


def fit_boosted(data: Examples, kind: str, *, seed: int, params: Mapping[str, Any]) -> Boosted:
    """Fit the boosted candidate; the number of rounds is chosen unless it is given."""
    used = dict(params)
    if used["learning_rate"] is None:
        used["learning_rate"] = _SLOW if data.rows < _PLENTY else _FAST
    settings = _settings(data, kind, seed, used)
    # Amounts are learnt in units of their mean, so that no setting depends on the currency.
    unit = 1.0 if kind == "binary" else data.mean
    whole = lightgbm.Dataset(data.x, data.y / unit, weight=data.weight, params=_binning(settings), free_raw_data=False)
    whole.construct()
    splits = folds(data, _FOLDS, seed=seed)
    splits = splits[:1] if data.rows >= _MANY_ROWS else splits
    helpful = [(train, test) for train, test in splits if np.ptp(data.y[train]) > 0]
    shift = float(np.log(unit))
    if helpful and (used["rounds"] is None or kind == "amount"):
        rounds, boosters = _rounds(whole, settings, helpful, used["rounds"])
        used["rounds"] = rounds
        if kind == "amount":
            by_rows = {id(train): booster for (train, _), booster in zip(helpful, boosters, strict=True)}
            shift += total_shift(
                Examples(data.x, data.y / unit, data.weight, data.groups),
                helpful,
                lambda train, test: _raw(by_rows[id(train)], data.x[test], rounds),
            )
    used["rounds"] = used["rounds"] or 1
    trees = lightgbm.train(settings, whole, used["rounds"])
    # Read back from its text, so that it answers as it will once saved, to the last digit.
    booster = lightgbm.Booster(model_str=trees.model_to_string())
    return Boosted("boosted", kind, data.x.shape[1], booster, shift, used)


def _binning(settings: Mapping[str, Any]) -> dict[str, Any]:
    keys = ("max_bin", "verbosity", "num_threads", "min_data_in_leaf", "feature_pre_filter", "deterministic", "seed")
    return {key: settings[key] for key in (*keys, "force_row_wise")}


def _settings(data: Examples, kind: str, seed: int, used: Mapping[str, Any]) -> dict[str, Any]:
    """Return LightGBM's settings."""
    loss: dict[str, Any] = {"objective": "binary", "metric": "binary_logloss"}
    if kind == "amount":
        loss = {"objective": "tweedie", "tweedie_variance_power": used["power"], "metric": "tweedie"}
    return {
        **loss,
        "learning_rate": used["learning_rate"],
        "num_leaves": used["leaves"],
        # A small shop gets smaller leaves, or nothing could be split.
        "min_data_in_leaf": int(max(3, min(used["leaf_rows"], data.rows // 12))),
        "feature_fraction": used["column_share"],
        "bagging_fraction": used["row_share"],
        "bagging_freq": 1,
        "lambda_l2": used["penalty"],
        "max_bin": 127,
        "feature_pre_filter": False,
        "num_threads": used["threads"],
        "deterministic": True,
        "force_row_wise": True,
        "seed": seed,
        "verbosity": -1,
    }


def _rounds(
    whole: Any, settings: dict[str, Any], splits: list[tuple[Any, Any]], given: int | None
) -> tuple[int, list[Any]]:
    """Return the number of rounds with the smallest loss on rows set aside, and the boosters that were tried."""
    most = _MOST_ROUNDS if given is None else given
    stop = [lightgbm.early_stopping(_PATIENCE, verbose=False)] if given is None else []
    tried = lightgbm.cv(settings, whole, most, folds=splits, callbacks=stop, return_cvbooster=True)
    means = next(values for key, values in tried.items() if key.endswith("-mean"))
    rounds = int(np.argmin(means)) + 1 if given is None else given
    return rounds, list(tried["cvbooster"].boosters)


def _raw(booster: Any, x: Floats, rounds: int | None = None) -> Floats:
    """Return the sum of the trees, before the link."""
    if not len(x):
        return np.zeros(0)
    return np.asarray(booster.predict(x, raw_score=True, num_iteration=rounds, num_threads=1), dtype=np.float64)
