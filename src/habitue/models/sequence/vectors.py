"""One vector a customer, kept in a file, refreshed for who did something new, and steady when the model is refit."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from habitue.errors import DataError
from habitue.models.recommend.histories import Histories
from habitue.models.sequence.events import Events
from habitue.models.sequence.model import SequenceModel

__all__ = ["CustomerVectors", "rotation_between"]

Floats = npt.NDArray[np.float32]
Marks = npt.NDArray[np.uint64]

_FORMAT = 1
_MIX = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True, eq=False)
class CustomerVectors:
    """The vectors of customers.

    Parameters
    ----------
    customers : array of shape (customers,)
        Their ids, texts or whole numbers, each once.
    vectors : float32 array of shape (customers, width)
    marks : uint64 array of shape (customers,)
        Differs where the events that a vector was made of differ.
    version : str
        Of the model that made them.
    rotation, shift : float32 arrays of shapes (width, width) and (width,)
        Bring what the model gives into the space that models downstream know; who has no events stays at zeros.
    """

    customers: npt.NDArray[Any]
    vectors: Floats
    marks: Marks
    version: str
    rotation: Floats
    shift: Floats

    @classmethod
    def of(cls, model: SequenceModel, customers: Any, events: Events | Histories) -> Self:
        """Encode all customers, in the order given."""
        ids, width = _ids(customers, len(events)), model.settings.width
        still = np.eye(width, dtype=np.float32), np.zeros(width, np.float32)
        return cls(ids, model.encode(events), _marks(events, model.settings.length), model.version, *still)

    def refreshed(
        self, model: SequenceModel, customers: Any, events: Events | Histories
    ) -> tuple[CustomerVectors, int]:
        """Encode who is new or did something new, and keep all other vectors as they are.

        Parameters
        ----------
        model : SequenceModel
            The one that made the vectors, or a refit: then everybody is encoded anew and turned to fit the old vectors.
        customers : array of shape (customers,)
            All customers as of now; who is not among them any more is dropped.
        events : Events or Histories

        Returns
        -------
        (CustomerVectors, int)
            In the order of ``customers``, and how many were encoded.
        """
        if model.version != self.version:
            return CustomerVectors.of(model, customers, events).aligned_with(self), len(events)
        ids, marks = _ids(customers, len(events)), _marks(events, model.settings.length)
        place = _places(self.customers, ids)
        stale = (
            (place < 0) | (self.marks[np.maximum(place, 0)] != marks) if self.marks.size else np.ones(ids.size, bool)
        )
        vectors = np.zeros((ids.size, self.rotation.shape[0]), np.float32)
        vectors[~stale] = self.vectors[place[~stale]]
        rows = np.flatnonzero(stale)
        vectors[rows] = _moved(model.encode(events.take(rows)), self.rotation, self.shift)
        return CustomerVectors(ids, vectors, marks, self.version, self.rotation, self.shift), rows.size

    def aligned_with(self, old: CustomerVectors) -> CustomerVectors:
        """Return these vectors moved so that customers known to both lie where they lay, as nearly as can be."""
        place = _places(old.customers, self.customers)
        shared = np.flatnonzero((place >= 0) & self.vectors.any(axis=1))
        shared = shared[old.vectors[place[shared]].any(axis=1)]
        # Who did something new since has moved for a reason; those who did nothing show how the space has turned.
        same = shared[old.marks[place[shared]] == self.marks[shared]]
        rows = same if same.size > self.shift.size else shared
        if not rows.size:
            return self
        ours, theirs = self.vectors[rows], old.vectors[place[rows]]
        middle, meant = ours.mean(axis=0), theirs.mean(axis=0)
        turn = rotation_between(ours - middle, theirs - meant)
        away = meant - middle @ turn
        vectors = _moved(self.vectors, turn, away)
        rotation = (self.rotation @ turn).astype(np.float32)
        return CustomerVectors(
            self.customers, vectors, self.marks, self.version, rotation, (self.shift @ turn + away).astype(np.float32)
        )

    def save(self, folder: Path) -> None:
        """Save to a folder: ``vectors.json`` and ``vectors.npz``."""
        folder.mkdir(parents=True, exist_ok=True)
        plain = {"format": _FORMAT, "version": self.version, "customers": len(self.customers)}
        (folder / "vectors.json").write_text(json.dumps(plain, indent=1), encoding="utf-8")
        np.savez(
            folder / "vectors.npz",
            customers=self.customers, vectors=self.vectors, marks=self.marks, rotation=self.rotation,
            shift=self.shift,
        )  # fmt: skip

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Load what `save` wrote."""
        plain = json.loads((folder / "vectors.json").read_text(encoding="utf-8"))
        if plain.get("format") != _FORMAT:
            raise DataError(
                f"customer vectors of format {plain.get('format')} cannot be read",
                expected=f"format {_FORMAT}", path=str(folder),
            )  # fmt: skip
        with np.load(folder / "vectors.npz", allow_pickle=False) as arrays:
            held = {name: arrays[name] for name in ("customers", "vectors", "marks", "rotation", "shift")}
        return cls(**held, version=plain["version"])


def rotation_between(new: Any, old: Any) -> Floats:
    """Return the turn, of shape (width, width), that brings rows of ``new`` nearest to those of ``old``.

    Lengths and angles between vectors stay as they are.

    References
    ----------
    Schönemann (1966), "A generalized solution of the orthogonal Procrustes problem", *Psychometrika* 31.

    Examples
    --------
    >>> turn = rotation_between([[1.0, 0.0], [0.0, 2.0]], [[0.0, 1.0], [-2.0, 0.0]])
    >>> (np.array([[1.0, 0.0]]) @ turn).round(6).tolist()
    [[0.0, 1.0]]
    """
    ours, theirs = np.asarray(new, np.float64), np.asarray(old, np.float64)
    if ours.shape != theirs.shape:
        raise DataError(f"vectors of shapes {ours.shape} and {theirs.shape} cannot be aligned", expected="one shape")
    left, _, right = np.linalg.svd(ours.T @ theirs)
    return np.asarray(left @ right, np.float32)


def _moved(vectors: Floats, rotation: Floats, shift: Floats) -> Floats:
    return np.where(vectors.any(axis=1, keepdims=True), vectors @ rotation + shift, np.float32(0))


def _ids(customers: Any, many: int) -> npt.NDArray[Any]:
    ids = np.asarray(customers)
    if ids.dtype == object:
        ids = ids.astype(str)
    if ids.shape != (many,) or np.unique(ids).size != many:
        raise DataError(f"{ids.size} customers' ids for {many} histories", expected="one each, none twice")
    return ids


def _places(among: npt.NDArray[Any], wanted: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Return where each wanted id stands, -1 where it does not."""
    if not among.size:
        return np.full(wanted.size, -1, np.int64)
    order = np.argsort(among)
    spot = np.minimum(np.searchsorted(among, wanted, sorter=order), among.size - 1)
    return np.where(among[order[spot]] == wanted, order[spot], -1)


def _marks(events: Events | Histories, length: int) -> Marks:
    """Return a number for each customer that differs where the newest events differ."""
    data = events if isinstance(events, Events) else Events(events)
    histories = data.histories
    # The event before those looked at gives the first of them its gap.
    near = histories.ages <= length
    parts = [histories.items.astype(np.uint64)]
    known = [each for each in (data.actions, histories.days, data.amounts) if each is not None]
    parts += [np.ascontiguousarray(each, np.float64).view(np.uint64) for each in known]
    mixed = histories.ages.astype(np.uint64)
    for part in parts:
        mixed = (mixed ^ part) * _MIX
        mixed ^= mixed >> np.uint64(29)
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(np.where(near, mixed, 0), dtype=np.uint64)])
    told = sums[histories.starts[1:]] - sums[histories.starts[:-1]]
    return np.asarray(told * _MIX + np.minimum(histories.lengths, length + 1).astype(np.uint64), np.uint64)
