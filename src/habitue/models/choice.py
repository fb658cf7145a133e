"""Which of several alternatives comes next: shares over alternatives, learnt as corrections to a plain guess.

The plain guess comes first, a linear correction next, boosted trees last; each starts from the one before, so that
with few examples little is left but the guess.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import lightgbm
import numpy as np
from scipy.special import expit

from habitue.errors import DataError
from habitue.models.small_trees import MOST_LEAVES, SmallTrees

__all__ = ["ChoiceModel", "chances_of", "fit_choice", "share_loss", "shares_of"]

Floats = np.ndarray[Any, np.dtype[np.float64]]

_RIDGE = 1.0  # per input, against the sum of the losses of all rows
_BEYOND = 5.0  # standard deviations at which inputs are cut off
_SMALLEST = 1e-9
_ROWS = 16_384  # pairs at a time: they stay in the processor's cache
_STEPS = 25
_PACE = 4.5  # the learning rate times the trees: so far do all of them together go


@dataclass(frozen=True)
class ChoiceModel:
    """Shares over alternatives from a plain guess and inputs of each pair of row and alternative.

    Attributes
    ----------
    centre, scale, slope : arrays of shape (k,)
        Of the linear correction.
    trees : LightGBM booster or None
    several : bool
        Whether several alternatives may come at once: scores are then log odds of each, and no shares.
    """

    centre: Floats
    scale: Floats
    slope: Floats
    trees: Any = None
    several: bool = False

    def score(self, base: Any, x: Any, *, rounds: int | None = None) -> Floats:
        """Return the score of each alternative, for `shares_of` or `chances_of`.

        Parameters
        ----------
        base : array of shape (n, c)
            Logarithms of the plain guess.
        x : array of shape (n, c, k)
            NaN where an input is not known.
        rounds : int, optional
            Trees to use; all when not given.
        """
        inputs = np.asarray(x, dtype=np.float64)
        _check(inputs, len(self.slope))
        score = np.array(base, dtype=np.float64).ravel()
        columns = _by_input(inputs)
        for start in range(0, len(score), _ROWS):
            block, told = columns[:, start : start + _ROWS], score[start : start + _ROWS]
            for column, centre, scale, slope in zip(block, self.centre, self.scale, self.slope, strict=True):
                if slope:
                    told += slope * _standard(column, centre, scale)
            if self.small is not None and rounds != 0:
                told += self.small.total(block, rounds)
        return score.reshape(inputs.shape[:2])

    def contributions(self, x: Any) -> Floats:
        """Return how far each input moved the score of each pair, without the plain guess.

        Of the trees, what each input changed on the way to the leaves; the sum over inputs is that of the corrections
        but for a constant.

        Parameters
        ----------
        x : array of shape (m, k)

        Returns
        -------
        array of shape (m, k)
        """
        columns = np.asarray(x, dtype=np.float64).T
        moved: Floats = np.zeros(columns.shape) if self.small is None else self.small.moved(columns)
        for at, (column, slope) in enumerate(zip(columns, self.slope, strict=True)):
            moved[at] += slope * _standard(column, self.centre[at], self.scale[at])
        return moved.T

    @cached_property
    def small(self) -> SmallTrees | None:
        """The trees in a form that is read quickly."""
        return None if self.trees is None else SmallTrees.of(self.trees)

    def importance(self) -> Floats:
        """Return the share of each input in what the corrections do, shape (k,)."""
        weight: Floats = np.abs(self.slope)
        weight = weight / weight.sum() if weight.sum() else weight
        if self.trees is not None:
            gain = np.asarray(self.trees.feature_importance("gain"), dtype=np.float64)
            weight = weight + (gain / gain.sum() if gain.sum() else gain)
        return weight / weight.sum() if weight.sum() else weight

    def state(self) -> dict[str, Any]:
        """Return everything as plain data; the trees in LightGBM's own text."""
        return {
            "form": "choice",
            "several": self.several,
            "centre": self.centre.tolist(),
            "scale": self.scale.tolist(),
            "slope": self.slope.tolist(),
            "trees": None if self.trees is None else self.trees.model_to_string(),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> ChoiceModel:
        """Build the model that :meth:`state` described."""
        trees = None if state["trees"] is None else lightgbm.Booster(model_str=state["trees"])
        centre, scale, slope = (np.array(state[name], dtype=np.float64) for name in ("centre", "scale", "slope"))
        return cls(centre, scale, slope, trees, bool(state["several"]))


def fit_choice(
    base: Any, x: Any, target: Any, *, several: bool = False, rounds: int = 30, leaves: int = 8, seed: int = 0
) -> ChoiceModel:
    """Learn what moves shares, or the chances of alternatives that may come together, away from a plain guess.

    Parameters
    ----------
    base : array of shape (n, c)
        Logarithms (log odds, where several may come) of the plain guess, such as smoothed own history.
    x : array of shape (n, c, k)
    target : array of shape (n, c)
        What came: shares that add up to 1 in each row, or 0 and 1 where several may come.
    several : bool
    rounds : int
        Trees; 0 for the linear correction alone.
    leaves : int
        Of each tree, 8 at most.
    seed : int

    Raises
    ------
    DataError
        When shapes do not fit, trees are too large, shares do not add up to 1, or chances are not between 0 and 1.

    References
    ----------
    D. McFadden, Conditional logit analysis of qualitative choice behavior, in Frontiers in Econometrics (1974).
    J. Friedman, Greedy function approximation, Annals of Statistics 29 (2001).

    Examples
    --------
    >>> bought = np.eye(2)[[0, 1] * 50]
    >>> liked = bought[:, :, None] + 0.1
    >>> model = fit_choice(np.zeros((100, 2)), liked, bought, rounds=0)
    >>> bool(shares_of(model.score(np.zeros((1, 2)), liked[:1]))[0, 0] > 0.9)
    True
    """
    start, inputs = np.asarray(base, dtype=np.float64), np.asarray(x, dtype=np.float64)
    goal = np.asarray(target, dtype=np.float64)
    if start.shape != goal.shape or inputs.shape[:2] != goal.shape or not len(goal):
        raise DataError(
            f"The guess has the shape {start.shape}, inputs {inputs.shape}, what came {goal.shape}",
            expected="rows × alternatives, and inputs for each",
        )
    if not several and not np.allclose(goal.sum(axis=1), 1.0):
        raise DataError("Shares do not add up to 1", expected="rows that add up to 1")
    if ((goal < 0) | (goal > 1)).any():
        raise DataError("What came is below 0 or above 1", expected="shares, or 0 and 1")
    if leaves > MOST_LEAVES:
        raise DataError(f"Trees of {leaves} leaves are asked for", expected=f"{MOST_LEAVES} at most")
    columns = _by_input(inputs)
    centre, scale = _spread(columns)
    slope = _slope(start, _standard(columns, centre[:, None], scale[:, None]), goal, several)
    linear = ChoiceModel(centre, scale, slope, None, several)
    if not rounds:
        return linear
    trees = _trees(linear.score(start, inputs), columns, goal, several=several, rounds=rounds, leaves=leaves, seed=seed)
    return ChoiceModel(centre, scale, slope, trees, several)


def shares_of(score: Any) -> Floats:
    """Turn scores into shares that add up to 1 in each row."""
    held = np.asarray(score, dtype=np.float64)
    power = np.exp(held - held.max(axis=1, keepdims=True))
    shares: Floats = power / power.sum(axis=1, keepdims=True)
    return shares


def chances_of(score: Any) -> Floats:
    """Turn log odds into chances."""
    chances: Floats = expit(np.asarray(score, dtype=np.float64))
    return chances


def share_loss(target: Any, shares: Any) -> Floats:
    """Return the log-loss of each row: minus the mean log share of what came.

    Examples
    --------
    >>> share_loss([[0.5, 0.5, 0.0]], [[0.4, 0.4, 0.2]]).round(3).tolist()
    [0.916]
    """
    goal, held = np.asarray(target, dtype=np.float64), np.asarray(shares, dtype=np.float64)
    loss: Floats = -(goal * np.log(np.maximum(held, _SMALLEST))).sum(axis=1)
    return loss


def _check(inputs: Floats, columns: int) -> None:
    if inputs.ndim != 3 or inputs.shape[2] != columns:
        raise DataError(
            f"Inputs have the shape {inputs.shape}",
            expected=f"rows × alternatives × {columns}, as the model was fitted",
        )


def _by_input(inputs: Floats) -> Floats:
    """Rows × alternatives × inputs as inputs × pairs; without a copy where they already lie so."""
    columns: Floats = np.ascontiguousarray(np.moveaxis(inputs, -1, 0)).reshape(inputs.shape[-1], -1)
    return columns


def _spread(columns: Floats) -> tuple[Floats, Floats]:
    """Mean and standard deviation of each input where it is known; 0 and 1 where it says nothing."""
    known = np.isfinite(columns)
    count = np.maximum(known.sum(axis=1), 1)
    centre = np.where(known, columns, 0.0).sum(axis=1) / count
    scale = np.sqrt(np.where(known, (columns - centre[:, None]) ** 2, 0.0).sum(axis=1) / count)
    return centre, np.where(scale > 1e-9 * (1 + np.abs(centre)), scale, np.inf)


def _standard(inputs: Floats, centre: Any, scale: Any) -> Floats:
    standard: Floats = np.asarray((inputs - centre) / scale)
    np.clip(standard, -_BEYOND, _BEYOND, out=standard)
    standard[np.isnan(standard)] = 0.0
    return standard


def _slope(base: Floats, x: Floats, target: Floats, several: bool) -> Floats:  # noqa: FBT001 - private
    """Newton's method on a convex loss; ``x`` is inputs × pairs."""
    slope = np.zeros(len(x))
    loss, down, bend = _terrain(base, x, target, slope, several)
    for _ in range(_STEPS):
        step, size = -np.linalg.solve(bend, down), 1.0
        tried = _terrain(base, x, target, slope + step, several)
        while tried[0] > loss and size > 1e-4:
            size /= 2
            tried = _terrain(base, x, target, slope + size * step, several)
        if tried[0] > loss:
            break
        slope, settled = slope + size * step, loss - tried[0] < 1e-9 * abs(loss)
        loss, down, bend = tried
        if settled:
            break
    return np.asarray(slope, dtype=np.float64)


def _terrain(
    base: Floats,
    x: Floats,
    target: Floats,
    slope: Floats,
    several: bool,  # noqa: FBT001 - private
) -> tuple[float, Floats, Floats]:
    """Return the loss at a slope, its first and its second derivative."""
    loss = 0.5 * _RIDGE * float(slope @ slope)
    down, bend = _RIDGE * slope, _RIDGE * np.eye(len(slope))
    alternatives = target.shape[1]
    step = max(1, _ROWS // alternatives)
    for start in range(0, len(target), step):
        part = x[:, start * alternatives : (start + step) * alternatives]
        goal = target[start : start + step]
        score = base[start : start + step] + (slope @ part).reshape(goal.shape)
        chance = chances_of(score) if several else shares_of(score)
        if several:
            loss += float((np.logaddexp(0.0, score) - goal * score).sum())
            weight = (chance * (1.0 - chance)).ravel()
        else:
            loss += float(share_loss(goal, chance).sum())
            weight = chance.ravel()
            mean = (part * weight).reshape(len(slope), -1, alternatives).sum(axis=2)
            bend = bend - mean @ mean.T
        down = down + part @ (chance - goal).ravel()
        bend = bend + (part * weight) @ part.T
    return loss, down, bend


def _trees(
    start: Floats, columns: Floats, target: Floats, *, several: bool, rounds: int, leaves: int, seed: int
) -> Any:
    rows, alternatives = target.shape

    def slope_and_bend(score: Floats, _: Any) -> tuple[Floats, Floats]:
        held = score.reshape(rows, alternatives)
        chance = chances_of(held) if several else shares_of(held)
        return (chance - target).ravel(), np.maximum(chance * (1.0 - chance), _SMALLEST).ravel()

    settings = {
        "objective": slope_and_bend,
        "learning_rate": _PACE / max(rounds, 30),
        "num_leaves": leaves,
        "min_data_in_leaf": int(max(20, min(300, target.size // 100))),
        "min_sum_hessian_in_leaf": 2.0,
        "lambda_l2": 10.0,
        "feature_fraction": 0.6,
        "max_bin": 127,
        "feature_pre_filter": False,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "seed": seed,
        "verbosity": -1,
    }
    data = lightgbm.Dataset(
        np.ascontiguousarray(columns.T, dtype=np.float32),
        np.zeros(target.size),
        init_score=start.ravel(),
        params={"verbosity": -1, "max_bin": 127, "num_threads": 1},
    )
    return lightgbm.train(settings, data, rounds)
