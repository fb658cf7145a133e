"""The ranker: trees that put the product a customer took next above the other candidates (LambdaMART)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import lightgbm
import numpy as np
import numpy.typing as npt

__all__ = ["Groups", "Ranker", "fit_ranker", "joined", "ndcg_of"]

Floats = npt.NDArray[np.float32]

FEWEST = 200  # customers whose next product is among their candidates, below which there is nothing to train on
_MOST_ROUNDS = 500
_PATIENCE = 40


class Groups(NamedTuple):
    """Candidates of customers with what became of them.

    ``inputs`` is of shape (inputs, customers, m); ``hits`` and ``there`` are of shape (customers, m): whether a product
    was taken, and whether there is one at that place; ``wanted`` of shape (customers,) counts what was taken in all.
    """

    inputs: Floats
    hits: npt.NDArray[np.bool_]
    there: npt.NDArray[np.bool_]
    wanted: npt.NDArray[np.int64]

    def with_hits(self) -> Groups:
        """Return the customers of whom something taken is among the candidates: the others teach nothing."""
        rows = np.flatnonzero(self.hits.any(axis=1))
        return Groups(self.inputs[:, rows], self.hits[rows], self.there[rows], self.wanted[rows])


@dataclass(eq=False)
class Ranker:
    """Fitted trees; the score of a candidate is their sum.

    References
    ----------
    C. J. C. Burges, From RankNet to LambdaRank to LambdaMART: an overview, MSR-TR-2010-82.
    G. Ke et al., LightGBM: a highly efficient gradient boosting decision tree, NeurIPS 2017.
    """

    boosters: list[Any]
    names: list[str]

    def scores(self, inputs: Floats, there: npt.NDArray[np.bool_]) -> Floats:
        """Score candidates, of shape (customers, m); minus infinity where there is none."""
        out = np.full(there.shape, -np.inf, np.float32)
        if there.any():
            rows = np.ascontiguousarray(inputs[:, there].T)
            each = [booster.predict(rows, raw_score=True, num_threads=1) for booster in self.boosters]
            out[there] = np.mean(each, axis=0)
        return out

    def importance(self) -> dict[str, float]:
        """Return the share of each input in the gain of all splits, largest first."""
        gain = np.sum([booster.feature_importance("gain") for booster in self.boosters], axis=0)
        share = gain / max(float(gain.sum()), 1e-300)
        return {self.names[place]: float(share[place]) for place in np.argsort(-share)}

    def state(self) -> dict[str, Any]:
        """Return everything as plain data; the trees in LightGBM's own text."""
        return {"trees": [booster.model_to_string() for booster in self.boosters], "names": self.names}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Build the ranker that `state` described."""
        return cls([lightgbm.Booster(model_str=text) for text in state["trees"]], list(state["names"]))


def fit_ranker(
    train: Sequence[Groups],
    valid: Groups,
    names: Sequence[str],
    *,
    params: Mapping[str, Any] | None = None,
    seeds: Sequence[int] = (0, 1),
) -> Ranker | None:
    """Train the ranker; None where too few customers took one of their candidates.

    Parameters
    ----------
    train : sequence of Groups
        Earlier steps of customers.
    valid : Groups
        A later step: training stops when its NDCG does not rise any more.
    names : sequence of str
        Of the inputs.
    params : mapping, optional
        LightGBM's settings that differ from ours.
    seeds : sequence of int
        One set of trees each; scores are their mean.
    """
    kept = [groups.with_hits() for groups in train]
    judged = valid.with_hits()
    if sum(len(groups.hits) for groups in kept) < FEWEST or len(judged.hits) < FEWEST // 4:
        return None
    tables = [_flat(groups) for groups in kept]
    x, y, sizes = (np.concatenate([table[place] for table in tables]) for place in range(3))
    base = {**_SETTINGS, "min_data_in_leaf": max(20, min(100, len(y) // 500)), **(params or {})}
    known = lightgbm.Dataset(x, y, group=sizes, feature_name=_plain(names), params=base, free_raw_data=False)
    x_held, y_held, sizes_held = _flat(judged)
    held = known.create_valid(x_held, y_held, group=sizes_held, params=base)
    boosters = []
    for seed in seeds:
        stop = lightgbm.early_stopping(_PATIENCE, verbose=False)
        settings = {**base, "seed": seed}
        trees = lightgbm.train(settings, known, _MOST_ROUNDS, valid_sets=[held], callbacks=[stop])
        # Read back from its text, so that it answers as it will once saved, to the last digit.
        text = trees.model_to_string(num_iteration=trees.best_iteration)
        boosters.append(lightgbm.Booster(model_str=text))
    return Ranker(boosters, list(names))


def ndcg_of(scores: Floats, groups: Groups, k: int = 10) -> npt.NDArray[np.float64]:
    """Return the NDCG of each customer's k best candidates, of shape (customers,); the order among equals is random."""
    ties = np.random.default_rng(0).random(scores.shape)
    best = np.lexsort((ties, -scores), axis=1)[:, :k]
    gain = 1 / np.log2(np.arange(best.shape[1]) + 2)
    found = (np.take_along_axis(groups.hits, best, axis=1) * gain).sum(axis=1)
    most = np.concatenate([[0], np.cumsum(1 / np.log2(np.arange(k) + 2))])[np.minimum(groups.wanted, k)]
    return np.asarray(found / np.where(most > 0, most, 1))


def joined(parts: Sequence[Groups]) -> Groups:
    """Return blocks of customers as one; the shorter ones are filled up."""
    most = max(part.hits.shape[1] for part in parts)

    def filled(table: Any) -> Any:
        return np.pad(table, [(0, 0)] * (table.ndim - 1) + [(0, most - table.shape[-1])])

    inputs = np.concatenate([filled(part.inputs) for part in parts], axis=1)
    hits, there = (np.concatenate([filled(part[place]) for part in parts]) for place in (1, 2))
    return Groups(inputs, hits, there, np.concatenate([part.wanted for part in parts]))


_SETTINGS: dict[str, Any] = {
    "objective": "lambdarank",
    "metric": "ndcg",
    "eval_at": [10],
    "learning_rate": 0.05,
    "num_leaves": 15,
    "feature_fraction": 0.3,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "max_bin": 63,
    "lambdarank_truncation_level": 20,
    "feature_pre_filter": False,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}


def _flat(groups: Groups) -> tuple[Floats, Any, Any]:
    """Return the rows, answers and group sizes of all candidates."""
    rows = np.ascontiguousarray(groups.inputs[:, groups.there].T)
    return rows, groups.hits[groups.there].astype(np.int32), groups.there.sum(axis=1)


def _plain(names: Sequence[str]) -> list[str]:
    """Return names that LightGBM's text can hold."""
    return [name.replace(":", "_").replace(" ", "_") for name in names]
