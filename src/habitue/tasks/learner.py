"""From inputs to a score: an encoder, the columns that are used, and one or more fitted candidates."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
import pyarrow as pa

from habitue.models.tabular import Encoder, Fitted, from_state, make, select
from habitue.tasks.question import Kind
from habitue.tasks.reasons import strongest

__all__ = ["BLEND", "Learner", "Prepared", "learn", "prepare"]

#: The mean of the quick candidates on the scale of their link; it competes like any other.
BLEND = "blend"

Floats = np.ndarray[Any, np.dtype[np.float64]]

_TINY = 1e-9


@dataclass(frozen=True)
class Prepared:
    """Encoded training rows, with the columns worth learning from."""

    encoder: Encoder
    kept: Any
    dropped: Mapping[str, str]
    x: Floats
    y: Floats
    groups: Any


@dataclass(frozen=True)
class Learner:
    """What turns inputs into a score, as arrays and text that can be written down.

    Attributes
    ----------
    name : str
    kind : {"binary", "amount"}
    encoder : Encoder
    kept : array of int
        Columns of the encoded matrix that are used.
    members : tuple of fitted candidates
        One, or several whose link-scale mean is taken.
    typical : array of shape (kept,)
        Medians of the training rows.
    """

    name: str
    kind: Kind
    encoder: Encoder
    kept: Any
    members: tuple[Fitted, ...]
    typical: Floats

    @property
    def names(self) -> tuple[str, ...]:
        """Columns of the matrix that are used."""
        return tuple(self.encoder.names[place] for place in self.kept)

    @property
    def sources(self) -> tuple[str, ...]:
        """The input behind each column that is used."""
        return tuple(self.encoder.sources[place] for place in self.kept)

    def predict(self, frame: pd.DataFrame) -> Floats:
        """Return the score of each row, not calibrated."""
        return self.predict_matrix(self.encoder.transform(frame)[:, self.kept])

    def predict_matrix(self, x: Floats) -> Floats:
        """Return the score of each row of an encoded matrix."""
        scores = [np.asarray(member.predict(x), dtype=np.float64) for member in self.members]
        return (
            scores[0] if len(scores) == 1 else _unlinked(self.kind, np.mean([_linked(self.kind, s) for s in scores], 0))
        )

    def reasons(self, frame: pd.DataFrame, *, top: int = 3) -> pa.Array:
        """Return the inputs that moved each row's score most."""
        x = self.encoder.transform(frame)[:, self.kept]
        effects = np.mean([member.contributions(x)[:, :-1] for member in self.members], axis=0)
        return strongest(self.names, self.sources, x, self.typical, effects, top=top)

    def importance(self) -> dict[str, float]:
        """Return each input's share of what moves the score, largest first."""
        shares = np.zeros(len(self.kept))
        for member in self.members:
            each = np.asarray(member.importance(), dtype=np.float64)
            shares += each / max(float(each.sum()), _TINY)
        summed: dict[str, float] = {}
        for source, share in zip(self.sources, shares / len(self.members), strict=True):
            summed[source] = summed.get(source, 0.0) + float(share)
        return dict(sorted(summed.items(), key=lambda item: (-item[1], item[0])))

    def state(self) -> dict[str, Any]:
        """Return the learner as JSON-able data."""
        return {
            "name": self.name,
            "kind": self.kind,
            "encoder": self.encoder.state(),
            "kept": [int(each) for each in self.kept],
            "members": [member.state() for member in self.members],
            "typical": [None if np.isnan(each) else float(each) for each in self.typical],
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Read a learner back."""
        return cls(
            name=state["name"],
            kind=state["kind"],
            encoder=Encoder.from_state(state["encoder"]),
            kept=np.array(state["kept"], dtype=np.int64),
            members=tuple(from_state(each) for each in state["members"]),
            typical=np.array([np.nan if each is None else each for each in state["typical"]], dtype=np.float64),
        )


def prepare(
    inputs: pd.DataFrame, y: Floats, kind: Kind, *, groups: Any, selecting: bool, seed: int,
    keeping: Collection[str] | None = None,
) -> Prepared:  # fmt: skip
    """Encode training rows and leave out columns that say nothing or say it twice; ``keeping`` are known to be kept."""
    encoder = Encoder.fit(inputs)
    x = encoder.transform(inputs)
    everything = np.arange(x.shape[1])
    if keeping is not None:
        known = [place for place, name in enumerate(encoder.names) if name in keeping]
        return Prepared(encoder, np.array(known, dtype=np.int64) if known else everything, {}, x, y, groups)
    if not selecting or x.shape[1] <= 1:
        return Prepared(encoder, everything, {}, x, y, groups)
    chosen = select(x, y, kind, groups=groups, seed=seed)
    dropped = {encoder.names[place]: why for place, why in chosen.dropped.items()}
    return Prepared(encoder, np.asarray(chosen.kept, dtype=np.int64), dropped, x, y, groups)


def learn(rows: Prepared, name: str, kind: Kind, *, seed: int, params: Mapping[str, Any] | None = None) -> Learner:
    """Fit one candidate."""
    x = rows.x[:, rows.kept]
    member = make(name, kind, seed=seed, params=params).fit(x, rows.y, groups=rows.groups)
    return Learner(name, kind, rows.encoder, rows.kept, (member,), _medians(x))


def blended(learners: Sequence[Learner]) -> Learner:
    """Put learners that share their columns into one whose score is their mean."""
    first = learners[0]
    members = tuple(member for each in learners for member in each.members)
    return Learner(BLEND, first.kind, first.encoder, first.kept, members, first.typical)


def _medians(x: Floats) -> Floats:
    known = ~np.isnan(x).all(axis=0)
    medians = np.full(x.shape[1], np.nan)
    if known.any():
        medians[known] = np.nanmedian(x[:, known], axis=0)
    return medians


def _linked(kind: Kind, score: Floats) -> Floats:
    if kind == "amount":
        return np.log(np.maximum(score, _TINY))
    inside = np.clip(score, _TINY, 1 - _TINY)
    return np.asarray(np.log(inside / (1 - inside)))


def _unlinked(kind: Kind, linked: Any) -> Floats:
    return np.asarray(np.exp(linked) if kind == "amount" else 1 / (1 + np.exp(-linked)), dtype=np.float64)
