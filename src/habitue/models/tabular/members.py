"""The candidates that learn by themselves, each with its settings, and the fall-back where nothing can be learnt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from habitue.models.tabular import boosted, kernel, linear, trees
from habitue.models.tabular.examples import Examples
from habitue.models.tabular.fitted import Constant, Fitted

__all__ = ["FORMS", "MEMBERS", "can_learn", "learn"]

MEMBERS: dict[str, tuple[Callable[..., Fitted], dict[str, Any]]] = {
    "linear": (linear.fit_linear, linear.DEFAULTS),
    "boosted": (boosted.fit_boosted, boosted.DEFAULTS),
    "tree": (trees.fit_tree, trees.TREE_DEFAULTS),
    "forest": (trees.fit_forest, trees.FOREST_DEFAULTS),
    "svm": (kernel.fit_kernel, kernel.DEFAULTS),
}

FORMS: dict[str, Callable[[Mapping[str, Any]], Fitted]] = {
    "constant": Constant.from_state,
    "linear": linear.Linear.from_state,
    "boosted": boosted.Boosted.from_state,
    "trees": trees.Trees.from_state,
    "kernel": kernel.Kernel.from_state,
}


def learn(name: str, data: Examples, kind: str, *, seed: int, params: Mapping[str, Any]) -> Fitted:
    """Fit a member, or take the same answer for everybody where all answers or all inputs are alike."""
    if not can_learn(data):
        return Constant.fit(name, kind, data)
    fit, _ = MEMBERS[name]
    return fit(data, kind, seed=seed, params=params)


def can_learn(data: Examples) -> bool:
    """Tell whether answers differ, and any input does."""
    if data.y.min() == data.y.max() or not data.x.shape[1]:
        return False
    gaps = np.isnan(data.x)
    return not bool(np.where(gaps, gaps[0], data.x == data.x[0]).all())
