"""The blend: a fixed weight for each maker, found on validation, for shops too small to train a ranker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from habitue.models.recommend.ranking import Groups, ndcg_of

__all__ = ["Blend", "fit_blend"]

Floats = npt.NDArray[np.float32]

_STEPS = (0.0, 0.1, 0.3, 0.6, 1.0)
_ENOUGH = 1e-5  # of NDCG, below which a weight is not worth changing


@dataclass(eq=False)
class Blend:
    """Score = sum of weight times the maker's score over the customer's best score of that maker.

    Parameters
    ----------
    weights : dict of str to float
        By the makers' names, largest 1; makers without weight are not in it.
    names : list of str
        Of the inputs; those that end in ``:share`` are read.
    """

    weights: dict[str, float]
    names: list[str]

    def scores(self, inputs: Floats, there: npt.NDArray[np.bool_]) -> Floats:
        """Score candidates, of shape (customers, m); minus infinity where there is none."""
        out = np.zeros(there.shape, np.float32)
        for name, weight in self.weights.items():
            out += np.float32(weight) * inputs[self.names.index(f"{name}:share")]
        return np.where(there, out, -np.inf).astype(np.float32)

    def state(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {"weights": dict(self.weights), "names": list(self.names)}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Build the blend that `state` described."""
        return cls({key: float(value) for key, value in state["weights"].items()}, list(state["names"]))


def fit_blend(valid: Groups, names: Sequence[str], *, rounds: int = 2) -> Blend:
    """Find the weights with the highest NDCG: the best maker alone, then each other one that helps beside it.

    Parameters
    ----------
    valid : Groups
        Customers with what they took next, unseen by the makers.
    names : sequence of str
        Of the inputs.
    rounds : int
        How often each weight is looked at.
    """
    columns = {name.removesuffix(":share"): place for place, name in enumerate(names) if name.endswith(":share")}

    def ndcg(weights: Mapping[str, float]) -> float:
        return float(ndcg_of(Blend(dict(weights), list(names)).scores(valid.inputs, valid.there), valid).mean())

    if not len(valid.hits):
        return Blend(dict.fromkeys(columns, 1.0), list(names))
    alone = {name: ndcg({name: 1.0}) for name in columns}
    order = sorted(columns, key=lambda name: -alone[name])
    weights, best = {order[0]: 1.0}, alone[order[0]]
    for _ in range(rounds):
        for name in order[1:]:
            for step in _STEPS:
                tried = {**weights, name: step}
                if (reached := ndcg(tried)) > best + _ENOUGH:
                    weights, best = tried, reached
    return Blend({name: weight for name, weight in weights.items() if weight > 0}, list(names))
