"""The behaviour model as a maker of candidates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from habitue.models.recommend.histories import Histories
from habitue.models.recommend.maker import Candidates, Items, Share, best_of
from habitue.models.sequence.model import SequenceModel
from habitue.models.sequence.settings import Settings

__all__ = ["Transformer"]

Floats = npt.NDArray[np.float32]
ItemNumbers = npt.NDArray[np.int32]

_NUMBERS_AT_ONCE = 16_000_000


@dataclass(eq=False)
class Transformer:
    """What a transformer expects next: order, gaps and what is known of products, learnt together.

    A score is the chance that a product comes next; a customer without events, and a model that saw nobody do two
    things, say nothing: scores are 0. Learning needs the extra ``large``; asking does not.

    Parameters
    ----------
    settings : Settings
    model : SequenceModel, optional
        Pre-trained; `fit` trains a new one.
    progress : callable, optional
        Is given an `Epoch` after each round of learning.
    """

    settings: Settings = field(default_factory=Settings)
    model: SequenceModel | None = None
    progress: Callable[[Any], None] | None = None

    name: ClassVar[str] = "transformer"

    def fit(self, histories: Histories, items: Items, *, seed: int = 0) -> Self:
        """Learn from what customers did."""
        self.model = SequenceModel(self.settings).fit(histories, items, seed=seed, progress=self.progress)
        return self

    def scores(self, histories: Histories) -> Floats:
        """Score every product for every history, of shape (histories, n_items)."""
        if self.model is None or not self.model.learning:
            return np.zeros((len(histories), histories.n_items), np.float32)
        logits = self.model.logits(histories)
        logits -= logits.max(axis=1, keepdims=True, initial=-np.inf)
        np.exp(logits, out=logits)
        logits /= logits.sum(axis=1, keepdims=True)
        logits[histories.lengths == 0] = 0
        return logits

    def candidates(self, histories: Histories, k: int, *, skip_seen: bool = True, seed: int = 0) -> Candidates:
        """Return the k best products of each history; equal scores come in a random order."""
        parts = []
        for run in _runs(histories):
            some = histories.take(run)
            parts.append(best_of(self.scores(some), k, hidden=some.seen() if skip_seen else None, seed=seed))
        if not parts:
            return Candidates(np.empty((0, k), np.int32), np.empty((0, k), np.float32))
        return Candidates(*(np.concatenate(both) for both in zip(*parts, strict=True)))

    def score_pairs(self, histories: Histories, items: ItemNumbers) -> Floats:
        """Score given products, of shape (histories, m), -1 for none."""
        out = np.zeros(items.shape, np.float32)
        for run in _runs(histories):
            asked = np.maximum(items[run], 0).astype(np.int64)
            out[run] = np.take_along_axis(self.scores(histories.take(run)), asked, axis=1)
        out[items < 0] = 0
        return out

    def reasons(self, histories: Histories, items: ItemNumbers) -> list[list[Share]]:
        """Say which events a product comes from: those without which its score would be lower, by how much lower."""
        told: list[list[Share]] = []
        for row, item in enumerate(items.tolist()):
            shares: list[Share] = []
            if item >= 0 and histories.lengths[row]:
                shares = self._reasons(histories.take([row]), item)
            told.append(shares)
        return told

    def state(self) -> dict[str, Any]:
        """Return plain values and arrays from which `from_state` makes the same maker again."""
        return {"settings": asdict(self.settings), "model": None if self.model is None else self.model.state()}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Make a maker again from what `state` gave."""
        model = None if state["model"] is None else SequenceModel.from_state(state["model"])
        return cls(Settings(**state["settings"]), model)

    def _reasons(self, one: Histories, item: int) -> list[Share]:
        """Score the product without each event in turn."""
        many = min(int(one.lengths[0]), self.settings.length)
        places = np.arange(int(one.lengths[0]) - many, int(one.lengths[0]))
        # Rows are the history whole, then without each of the events that are looked at.
        rows = one.take(np.zeros(many + 1, np.int64))
        gone = np.zeros(rows.items.size, bool)
        gone[rows.starts[1:-1] + places] = True
        asked = np.full((many + 1, 1), item, np.int32)
        scores = self.score_pairs(rows.without_each(gone), asked)[:, 0].astype(np.float64)
        lost = np.maximum(scores[0] - scores[1:], 0)
        if not lost.sum() > 0:
            return []
        order = np.argsort(-lost, kind="stable")
        return [Share(int(places[each]), float(lost[each] / lost.sum())) for each in order if lost[each] > 0]


def _runs(histories: Histories) -> Iterator[npt.NDArray[np.int64]]:
    """Yield runs of histories whose scores fit into memory."""
    many = max(_NUMBERS_AT_ONCE // max(histories.n_items, 1), 1)
    for start in range(0, len(histories), many):
        yield np.arange(start, min(start + many, len(histories)))
