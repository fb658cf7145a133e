"""The behaviour model: pre-trained on what customers did, it foretells what comes next and gives each a vector."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from habitue.errors import DataError, MissingExtra, NotFitted
from habitue.models.recommend.histories import Histories
from habitue.models.recommend.maker import Items
from habitue.models.sequence.events import Events, event_inputs, item_inputs, periodic
from habitue.models.sequence.network import Weights, drawn_weights, event_vectors, hidden_states, item_vectors
from habitue.models.sequence.packing import newest_pieces, pack, windows
from habitue.models.sequence.settings import Settings
from habitue.models.sequence.starting import nearby_vectors

__all__ = ["SequenceModel"]

Floats = npt.NDArray[np.float32]

_ROWS = 64  # packed rows that are run together
_NUMBERS = ("gaps", "amounts")
_CUT = 10  # the validation figure is NDCG at this place


@dataclass(eq=False)
class SequenceModel:
    """A causal transformer over customers' events. Learning needs the extra ``large``; asking needs numpy only.

    Parameters
    ----------
    settings : Settings
    weights : dict of str to array
        Empty until it is fitted.
    table : float array of shape (n_items, width)
        The vector of each product.
    learning : list of dict
        How each round of learning went: number, loss, validation (NDCG@10 of customers kept out), seconds.

    References
    ----------
    Kang and McAuley (2018), "Self-attentive sequential recommendation"; Pancha et al. (2022), "PinnerFormer", for the
    loss over all actions ahead.
    """

    settings: Settings = field(default_factory=Settings)
    weights: Weights = field(default_factory=dict)
    table: Floats = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    learning: list[dict[str, float]] = field(default_factory=list)

    def fit(
        self, events: Events | Histories, items: Items, *, seed: int = 0, progress: Callable[[Any], None] | None = None
    ) -> Self:
        """Learn from what customers did.

        Parameters
        ----------
        events : Events or Histories
            The newest event of ``validation_share`` of the customers is kept out, to see when to stop.
        items : Items
        seed : int
        progress : callable, optional
            Is given an `Epoch` (number, loss, validation, seconds) after each round.

        Raises
        ------
        MissingExtra
            JAX is not installed.
        """
        data = _as_events(events)
        if items.n_items != data.histories.n_items:
            raise DataError(f"{items.n_items} products are described", expected=f"{data.histories.n_items}")
        known = item_inputs(items)
        kinds = {"actions": data.n_actions} if data.actions is not None else {}
        kinds |= {name: 0 for name in _NUMBERS if name in event_inputs(data)}
        weights = drawn_weights(self.settings, items.n_items, known, inputs=kinds, seed=seed)
        held = self._held_out(data.histories, seed)
        learnt = data.without_each(held)
        pieces = windows(learnt.histories, self.settings.length)
        if self.settings.trained and self.settings.warm:
            weights["items"] = weights["items"] + nearby_vectors(learnt.histories, self.settings.width, seed=seed)
        self.learning = []
        if self.settings.trained and pieces.first.size:
            training = _training()
            measure = self._measure(data, held, known, seed)
            weights, told = training.train(
                weights,
                known,
                (_waved(event_inputs(learnt)), pieces),
                self.settings,
                measure=measure,
                progress=progress,
                seed=seed,
            )
            self.learning = [asdict(each) for each in told]
            # What nobody had is known by its attributes alone: its own vector is still as it was drawn.
            weights["items"] = np.where(learnt.histories.counts()[:, None] > 0, weights["items"], np.float32(0))
        self.weights = weights
        self.table = _table(weights, known)
        return self

    @property
    def version(self) -> str:
        """A short text that differs for other weights: vectors of one version can be compared."""
        marks = hashlib.sha256(json.dumps(asdict(self.settings), sort_keys=True).encode())
        for name in sorted(self.weights):
            marks.update(name.encode() + np.ascontiguousarray(self.weights[name]).tobytes())
        return marks.hexdigest()[:16]

    def encode(self, events: Events | Histories) -> Floats:
        """Return one vector a customer, of shape (customers, width); zeros for who has no events.

        The vector is what the network makes of the newest event in the light of those before it. It does not depend on
        who else is asked about.
        """
        if not self.weights:
            raise NotFitted("a behaviour model that has learnt nothing gives no vectors", hint="call fit first")
        data = _as_events(events)
        if data.histories.n_items != self.table.shape[0]:
            raise DataError(f"events are of {data.histories.n_items} products", expected=f"{self.table.shape[0]}")
        out = np.zeros((len(data), self.settings.width), np.float32)
        for rows, vectors in self._encoded(data):
            out[rows] = vectors
        return out

    def logits(self, events: Events | Histories) -> Floats:
        """Return how likely each product comes next, up to a constant a customer, of shape (customers, n_items)."""
        return np.asarray(self.encode(events) @ self.table.T, np.float32)

    def state(self) -> dict[str, Any]:
        """Return plain values and arrays from which `from_state` makes the same model again."""
        return {
            "settings": asdict(self.settings),
            "weights": dict(self.weights),
            "table": self.table,
            "learning": self.learning,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Make a model again from what `state` gave."""
        weights = {name: np.asarray(value, np.float32) for name, value in state["weights"].items()}
        return cls(
            Settings(**state["settings"]), weights, np.asarray(state["table"], np.float32), list(state["learning"])
        )

    def save(self, folder: Path) -> None:
        """Save to a folder: ``model.json`` and ``weights.npz``."""
        folder.mkdir(parents=True, exist_ok=True)
        plain = {"settings": asdict(self.settings), "learning": self.learning, "version": self.version}
        (folder / "model.json").write_text(json.dumps(plain, indent=1), encoding="utf-8")
        np.savez(
            folder / "weights.npz", table=self.table, **{f"weights.{key}": each for key, each in self.weights.items()}
        )

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Load what `save` wrote."""
        plain = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        with np.load(folder / "weights.npz", allow_pickle=False) as arrays:
            weights = {key.removeprefix("weights."): arrays[key] for key in arrays.files if key != "table"}
            table = arrays["table"]
        return cls.from_state({**plain, "weights": weights, "table": table})

    def _encoded(self, data: Events) -> Iterator[tuple[Any, Floats]]:
        """Yield rows of customers with their vectors, some at a time."""
        histories, settings = data.histories, self.settings
        who = np.flatnonzero(histories.lengths > 0)
        pieces = newest_pieces(histories, settings.length)
        # Histories of a like length stand together, so that the rows of a few are no wider than they must be.
        order = np.argsort(pieces.lengths, kind="stable")
        who, pieces = who[order], pieces.take(order)
        flat = event_inputs(data)
        start = 0
        while start < who.size:
            width = int(pieces.lengths[start])
            stop = start + max(int(np.searchsorted(pieces.lengths[start:], 2 * width, side="right")), 1)
            stop = min(stop, start + _ROWS * 8)
            part = pieces.take(slice(start, stop))
            rows = pack(part, max(int(part.lengths.max()), min(64, int(part.lengths.sum()))))
            places = np.maximum(rows.places, 0)
            batch = _waved({name: each[places] for name, each in flat.items()})
            vectors = event_vectors(self.weights, batch, self.table[batch["items"]])
            told = hidden_states(self.weights, vectors, rows.pieces, settings)
            yield who[start:stop], told.reshape(-1, settings.width)[rows.ends]
            start = stop

    def _held_out(self, histories: Histories, seed: int) -> npt.NDArray[np.bool_]:
        """Mark the events that are kept out of learning: the newest of some customers who have three or more."""
        enough = np.flatnonzero(histories.lengths > 2)
        many = round(enough.size * self.settings.validation_share)
        held = np.zeros(histories.items.size, bool)
        chosen = np.random.default_rng(seed).permutation(enough)[:many]
        held[histories.starts[1:][chosen] - 1] = True
        return held

    def _measure(
        self, data: Events, held: npt.NDArray[np.bool_], known: Mapping[str, Any], seed: int
    ) -> Callable[[Weights], float] | None:
        """Return what measures weights on the customers kept out; None where there are none."""
        rows = data.histories.rows[held]
        if not rows.size:
            return None
        rows = np.sort(np.random.default_rng(seed + 1).permutation(rows)[: self.settings.validation_most])
        targets = data.histories.newest()[rows]
        asked = data.without_each(held).take(rows)
        seen = asked.histories.seen()

        def measured(weights: Weights) -> float:
            trial = SequenceModel(self.settings, weights, _table(weights, known))
            gained = []
            for start in range(0, rows.size, 512):
                part = np.arange(start, min(start + 512, rows.size))
                scores = trial.logits(asked.take(part))
                own = scores[np.arange(part.size), targets[part]]
                had = seen[part]
                scores[np.repeat(np.arange(part.size), np.diff(had.indptr)), had.indices] = -np.inf
                above = (scores > own[:, None]).sum(axis=1)
                gained.append(np.where(above < _CUT, 1 / np.log2(above + 2), 0))
            return float(np.concatenate(gained).mean())

        return measured


def _as_events(events: Events | Histories) -> Events:
    return events if isinstance(events, Events) else Events(events)


def _waved(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Turn the numbers among the inputs into waves."""
    return {name: periodic(each) if name in _NUMBERS else each for name, each in inputs.items()}


def _table(weights: Weights, known: Mapping[str, Any]) -> Floats:
    return np.asarray(item_vectors(weights, known, np.arange(weights["items"].shape[0])), np.float32)


def _training() -> Any:
    """Import what learns or say how to install what it needs."""
    try:
        from habitue.models.sequence import training  # noqa: PLC0415 - JAX is an optional part
    except ImportError as error:
        raise MissingExtra("Behaviour models", "large") from error
    return training
