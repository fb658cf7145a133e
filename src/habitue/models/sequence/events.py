"""What the behaviour model reads: events with what is known of each, and what is known of their products."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from habitue.errors import DataError
from habitue.models.recommend.histories import Histories
from habitue.models.recommend.maker import Items

__all__ = ["Events", "event_inputs", "item_inputs", "periodic"]

Floats = npt.NDArray[np.float32]
Inputs = dict[str, npt.NDArray[Any]]

_WAVES = 8
_MOST_ATTRIBUTES = 12  # of a product: the rarest say most


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """Histories with what is known of each event besides its product and day; everything but the product is optional.

    Parameters
    ----------
    histories : Histories
    actions : int array of shape (events,), optional
        What was done, from 0 to ``n_actions - 1``: seen, put into the basket, bought…
    n_actions : int
    amounts : float array of shape (events,), optional
        A number of 0 or more that belongs to the event, such as the price paid; NaN where unknown.

    Examples
    --------
    >>> some = Events(Histories.from_lists([[0, 1], [1]], n_items=2), actions=np.array([0, 1, 0]), n_actions=2)
    >>> some.take([1]).histories.lengths.tolist()
    [1]
    """

    histories: Histories
    actions: npt.NDArray[np.int64] | None = None
    n_actions: int = 0
    amounts: npt.NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        """Refuse arrays that do not fit."""
        events = self.histories.items.size
        for name, each in (("actions", self.actions), ("amounts", self.amounts)):
            if each is not None and each.shape != (events,):
                raise DataError(f"{name} have the shape {each.shape}", expected=f"({events},), one an event")
        if self.actions is not None and events and not 0 <= self.actions.min() <= self.actions.max() < self.n_actions:
            raise DataError(f"an action is not among the {self.n_actions}", expected=f"0 to {self.n_actions - 1}")

    def __len__(self) -> int:
        return len(self.histories)

    def take(self, rows: Any) -> Events:
        """Return some customers, in the order asked for."""
        wanted = np.asarray(rows, np.int64)
        starts, lengths = self.histories.starts, self.histories.lengths[wanted]
        first = np.concatenate([[0], np.cumsum(lengths)])[:-1]
        places = np.arange(int(lengths.sum())) + np.repeat(starts[:-1][wanted] - first, lengths)
        return self._at(self.histories.take(wanted), places)

    def without_each(self, events: npt.NDArray[np.bool_]) -> Events:
        """Return all customers without the events that are marked."""
        return self._at(self.histories.without_each(events), np.flatnonzero(~events))

    def _at(self, histories: Histories, places: Any) -> Events:
        actions = None if self.actions is None else self.actions[places]
        amounts = None if self.amounts is None else self.amounts[places]
        return Events(histories, actions, self.n_actions, amounts)


def periodic(numbers: Any) -> Floats:
    """Turn numbers into waves of their logarithm, so that none is bucketed away; of shape (..., 16).

    Numbers are 0 or more, spread over many sizes: gaps in days, prices. What is unknown (NaN) is all zeros.

    References
    ----------
    Gorishniy, Rubachev and Babenko (2022), "On embeddings for numerical features in tabular deep learning".

    Examples
    --------
    >>> periodic([0.0, np.nan])[:, 8:10].tolist()
    [[1.0, 1.0], [0.0, 0.0]]
    """
    held = np.asarray(numbers, np.float64)
    known = np.isfinite(held)
    angle = np.log1p(np.maximum(np.where(known, held, 0), 0))[..., None] * (0.25 * 2.0 ** np.arange(_WAVES))
    waves = np.concatenate([np.sin(angle), np.cos(angle)], axis=-1)
    return np.where(known[..., None], waves, 0).astype(np.float32)


def event_inputs(events: Events) -> Inputs:
    """Return what is known of each event, as the model reads it: flat arrays, one entry an event."""
    histories = events.histories
    out: Inputs = {"items": histories.items.astype(np.int32)}
    if events.actions is not None:
        out["actions"] = events.actions.astype(np.int32)
    if histories.days is not None:
        gaps = np.diff(histories.days, prepend=np.nan)
        first = histories.starts[:-1][histories.lengths > 0]
        gaps[first] = np.nan
        out["gaps"] = gaps
    if events.amounts is not None:
        out["amounts"] = events.amounts
    return out


def item_inputs(items: Items) -> Inputs:
    """Return what is known of each product, as the model reads it; empty where nothing is known."""
    out: Inputs = {}
    if items.attributes is not None and items.attributes.shape[1]:
        out["attributes"], out["attribute_weights"] = _rarest(items.attributes)
    if items.categories is not None:
        out["categories"] = (np.asarray(items.categories) + 1).astype(np.int32)
    if items.prices is not None:
        out["prices"] = periodic(items.prices)
    if items.vectors is not None and items.vectors.shape[1]:
        vectors = np.nan_to_num(np.asarray(items.vectors, np.float32))
        length = np.linalg.norm(vectors, axis=1, keepdims=True)
        out["vectors"] = vectors / np.maximum(length, 1e-9)
    return out


def _rarest(attributes: Any) -> tuple[npt.NDArray[np.int32], Floats]:
    """Return each product's rarest attributes (0 for none, from 1) and their weights, squares adding up to 1."""
    table = sparse.csr_array(attributes > 0).astype(np.float64)
    table.eliminate_zeros()
    rarity = np.log(table.shape[0] / (1 + np.asarray(table.sum(axis=0)).ravel())) + 1
    held = np.diff(table.indptr)
    rows = np.repeat(np.arange(table.shape[0]), held)
    order = np.lexsort((table.indices, -rarity[table.indices], rows))
    place = np.arange(rows.size) - np.repeat(table.indptr[:-1], held)
    kept = place < _MOST_ATTRIBUTES
    shape = (table.shape[0], max(int(min(held.max(initial=0), _MOST_ATTRIBUTES)), 1))
    names, weights = np.zeros(shape, np.int32), np.zeros(shape, np.float32)
    column = table.indices[order][kept]
    names[rows[kept], place[kept]] = column + 1
    weights[rows[kept], place[kept]] = np.maximum(rarity[column], 0.1)
    length = np.sqrt((weights**2).sum(axis=1, keepdims=True))
    return names, (weights / np.maximum(length, 1e-9)).astype(np.float32)
