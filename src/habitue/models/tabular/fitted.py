"""What every fitted candidate can do, the scale on which reasons add up, and the answer where nothing can be learnt.

Reasons add up on a link scale: log-odds for a probability, the logarithm for an amount. A model whose answer is an
average on the plain scale is carried over by its secant: each part is multiplied by the slope between the base and the
answer, so that signs are kept and the sum is exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from scipy.special import expit

from habitue.models.tabular.additive import loss_of_link
from habitue.models.tabular.examples import Examples, Floats, matrix

__all__ = ["Constant", "Fitted", "by_secant", "from_link", "loss_of_answer", "smoothed_rate", "to_link"]

_NEAREST = 1e-6  # probabilities keep this distance from 0 and 1
_LARGEST_LOG = 60.0


class Fitted(Protocol):
    """A candidate that has seen its examples.

    Attributes
    ----------
    name : str
        The candidate's name, as in ``make(name, ...)``.
    kind : str
        ``"binary"`` or ``"amount"``.
    params : dict
        The settings that were used, those chosen on the examples included; ``make(..., params=...)`` accepts them.
    """

    @property
    def name(self) -> str:
        """The candidate's name."""

    @property
    def kind(self) -> str:
        """``"binary"`` or ``"amount"``."""

    @property
    def params(self) -> dict[str, Any]:
        """The settings that were used."""

    def predict(self, x: Any) -> Floats:
        """Return a probability or an expected amount for each row of x (n × k)."""

    def contributions(self, x: Any) -> Floats:
        """Return (n × k + 1): what each column adds, in log-odds or log-amounts; the last column is the base."""

    def importance(self) -> Floats:
        """Return the share of each column in what was learnt (k, sum 1, or all 0)."""

    def state(self) -> dict[str, Any]:
        """Return everything as plain data, for JSON."""


def to_link(answer: Any, kind: str, floor: float = 1e-9) -> Floats:
    """Carry answers to the scale on which reasons add up.

    Examples
    --------
    >>> to_link([0.5, 0.75], "binary").round(3).tolist()
    [0.0, 1.099]
    """
    value = np.asarray(answer, dtype=np.float64)
    if kind == "binary":
        value = np.clip(value, _NEAREST, 1 - _NEAREST)
        return np.asarray(np.log(value) - np.log1p(-value), dtype=np.float64)
    return np.asarray(np.log(np.maximum(value, floor)), dtype=np.float64)


def from_link(value: Any, kind: str) -> Floats:
    """Carry values of the link scale back to probabilities or amounts."""
    link = np.asarray(value, dtype=np.float64)
    if kind == "binary":
        return np.asarray(np.clip(expit(link), _NEAREST, 1 - _NEAREST), dtype=np.float64)
    return np.asarray(np.exp(np.clip(link, -_LARGEST_LOG, _LARGEST_LOG)), dtype=np.float64)


def loss_of_answer(kind: str, data: Examples, answer: Floats) -> float:
    """Return the log-loss of probabilities, or the Tweedie loss of amounts in units of their mean."""
    if kind == "binary":
        return loss_of_link(kind, data.y, to_link(answer, kind), data.weight)
    unit = data.mean or 1.0
    return loss_of_link(kind, data.y / unit, to_link(answer / unit, kind, 1e-4), data.weight)


def by_secant(parts: Floats, base: float, before: Any, after: Any, base_after: float) -> Floats:
    """Carry parts that add up on one scale to another: rows add up to ``after`` from ``base_after``.

    Parameters
    ----------
    parts : array, n × k
        What each column adds to ``base`` on the old scale; rows add up to ``before - base``.
    base, base_after : float
        The base on the old and on the new scale.
    before, after : array, n
        The same answers on the old and on the new scale.

    Returns
    -------
    array, n × k + 1
        The parts on the new scale, and the base.
    """
    way = np.asarray(before, dtype=np.float64) - base
    far = np.abs(way) > 1e-12
    slope = np.where(far, (np.asarray(after, dtype=np.float64) - base_after) / np.where(far, way, 1.0), 0.0)
    return np.column_stack([parts * slope[:, None], np.full(way.size, base_after)])


def smoothed_rate(data: Examples) -> float:
    """Return the share of ones with half a case of each added: never 0 or 1 (Krichevsky and Trofimov 1981)."""
    return float((np.sum(data.y * data.weight) + 0.5) / (data.weight.sum() + 1.0))


@dataclass(frozen=True)
class Constant:
    """The same answer for everybody: what is left where all answers or all inputs are alike."""

    name: str
    kind: str
    answer: float
    columns: int
    params: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def fit(cls, name: str, kind: str, data: Examples) -> Constant:
        """Take the smoothed share of ones, or the mean amount."""
        answer = smoothed_rate(data) if kind == "binary" else data.mean
        return cls(name, kind, answer, data.x.shape[1])

    def predict(self, x: Any) -> Floats:
        """Return the one answer for each row."""
        return np.full(matrix(x, self.columns).shape[0], self.answer)

    def contributions(self, x: Any) -> Floats:
        """Return nothing but the base."""
        out = np.zeros((matrix(x, self.columns).shape[0], self.columns + 1))
        out[:, -1] = to_link(self.answer, self.kind)
        return out

    def importance(self) -> Floats:
        """Return zeros."""
        return np.zeros(self.columns)

    def state(self) -> dict[str, Any]:
        """Return everything as plain data."""
        parts = {"name": self.name, "kind": self.kind, "answer": self.answer, "columns": self.columns}
        return {"form": "constant", **parts, "params": dict(self.params)}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Constant:
        """Build the answer that :meth:`state` described."""
        return cls(state["name"], state["kind"], state["answer"], state["columns"], dict(state["params"]))
