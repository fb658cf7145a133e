"""Segments cut by recency, frequency and money: the grid of equal steps and the eleven named cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from habitue.errors import DataError, did_you_mean
from habitue.models.segmenting.outlook import Past
from habitue.models.segmenting.segmentation import Floats, Ints, Rule, measured

__all__ = ["AXES", "NAMED", "GridSegments", "rfm_grid", "rfm_named"]

AXES = ("recency_days", "purchase_days", "spend")

#: Lowest and highest recency score, lowest and (exclusive) highest mean of the other two scores.
NAMED = (
    (5, 5, 4.0, 5.5), (3, 4, 4.0, 5.5), (1, 2, 4.0, 5.5), (4, 5, 2.5, 4.0), (3, 3, 2.5, 4.0), (1, 2, 2.5, 4.0),
    (5, 5, 1.0, 2.5), (4, 4, 1.0, 2.5), (3, 3, 1.0, 2.5), (2, 2, 1.0, 2.5), (1, 1, 1.0, 2.5),
)  # fmt: skip


@dataclass(frozen=True)
class GridSegments:
    """Each axis is cut into steps that hold equally many customers; a cell of the grid, or several, is a segment."""

    method: str
    names: tuple[str, ...]
    edges: tuple[Floats, ...]
    steps: int
    rules: tuple[Rule, ...] | None = None

    @property
    def size(self) -> int:
        """Number of segments, empty ones included."""
        return len(NAMED) if self.method == "rfm_named" else self.steps**3

    def assign(self, x: Any) -> Ints:
        """Give each customer the number of their segment."""
        rows = measured(x, self.names)
        r, f, m = (
            np.searchsorted(each, _axis(rows, self.names, name), side="left")
            for name, each in zip(AXES, self.edges, strict=True)
        )
        if self.method != "rfm_named":
            return np.asarray((r * self.steps + f) * self.steps + m, dtype=np.int64)
        both = (f + m) / 2 + 1
        tests = [(low <= r + 1) & (r + 1 <= high) & (least <= both) & (both < most) for low, high, least, most in NAMED]
        return np.asarray(np.argmax(tests, axis=0), dtype=np.int64)

    def state(self) -> dict[str, Any]:
        """Return the definition as plain data."""
        edges = [each.tolist() for each in self.edges]
        return {"method": self.method, "form": "grid", "names": list(self.names), "edges": edges, "steps": self.steps}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> GridSegments:
        """Read it back."""
        edges = tuple(np.array(each) for each in state["edges"])
        return cls(state["method"], tuple(state["names"]), edges, state["steps"])


def rfm_grid(x: Any, names: Sequence[str], *, outcome: Past | None = None, k: int = 125, seed: int = 0) -> GridSegments:
    """Cut recency, frequency and money into as many equal steps as k cells allow; 125 cells are five steps each.

    Parameters
    ----------
    x : array of shape (n, features)
    names : sequence of str
        ``recency_days``, ``purchase_days`` and ``spend`` among them.
    outcome : Past, optional
        Not used.
    k : int
        Most cells.
    seed : int
        Not used.
    """
    del outcome, seed
    steps = max(int(np.floor(k ** (1 / 3) + 1e-9)), 1)
    return GridSegments("rfm_grid", tuple(names), _cut(x, tuple(names), steps), steps)


def rfm_named(x: Any, names: Sequence[str], *, outcome: Past | None = None, k: int = 11, seed: int = 0) -> GridSegments:
    """Give five scores each for recency, frequency and money, and put the 125 combinations under eleven names.

    Parameters are those of `rfm_grid`; the number of segments is always eleven.
    """
    del outcome, seed, k
    return GridSegments("rfm_named", tuple(names), _cut(x, tuple(names), 5), 5)


def _cut(x: Any, names: tuple[str, ...], steps: int) -> tuple[Floats, ...]:
    missing = [name for name in AXES if name not in names]
    if missing:
        raise DataError(
            f"there is no column {missing[0]!r} to cut.{did_you_mean(missing[0], names)}", expected=", ".join(AXES)
        )
    rows = measured(x, names)
    return tuple(np.quantile(_axis(rows, names, name), np.arange(1, steps) / steps) for name in AXES)


def _axis(rows: Floats, names: tuple[str, ...], name: str) -> Floats:
    """Return one axis, best highest: few days since the last purchase are best."""
    values = rows[:, names.index(name)]
    values = -values if name == "recency_days" else values
    return np.asarray(np.where(np.isnan(values), -np.finfo(np.float64).max, values), dtype=np.float64)
