"""What was logged: rewards, the chance with which each product was shown, and the new policy's chance of showing it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from habitue.errors import ConfigError, DataError
from habitue.models.metrics.arrays import Floats, numbers, same_length

__all__ = ["OffPolicyLog", "chances_of", "expected_rewards", "summed"]

_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class OffPolicyLog:
    """What was shown, and with which chance the old and the new policy show it: arrays of shape (rows,).

    Parameters
    ----------
    rewards : float array
        What each row earned: 1 for a click, or money.
    logged : float array
        Chance with which the old policy showed it, above 0.
    chosen : float array
        Chance with which the new policy shows it, 0 to 1.
    expected : float array, optional
        What a model expects of the row shown; for `doubly_robust` and `switch_doubly_robust`.
    model_value : float array, optional
        What the model expects of the new policy in this row's place; for these and `direct`.
    groups : array, optional
        The list or customer of each row; rows of one group are not independent.

    Raises
    ------
    DataError
        A value is missing, a chance is none, or the numbers of rows differ; the message has the count and the first
        such row.
    """

    rewards: Any
    logged: Any
    chosen: Any
    expected: Any = None
    model_value: Any = None
    groups: Any = None

    def __post_init__(self) -> None:
        """Refuse what cannot be valued."""
        for name in ("rewards", "logged", "chosen", "expected", "model_value"):
            given = getattr(self, name)
            if given is not None:
                object.__setattr__(self, name, numbers(given, name))
        _need_chances(self.logged, "logged", positive=True)
        _need_chances(self.chosen, "chosen", positive=False)
        if self.groups is not None:
            codes = np.unique(np.asarray(self.groups).astype(str), return_inverse=True)[1]
            object.__setattr__(self, "groups", codes)
        optional = {name: getattr(self, name) for name in ("expected", "model_value", "groups")}
        same_length(
            rewards=self.rewards, logged=self.logged, chosen=self.chosen,
            **{name: given for name, given in optional.items() if given is not None},
        )  # fmt: skip

    @classmethod
    def of_actions(
        cls,
        rewards: Any,
        logged: Any,
        actions: Any,
        policy: Any,
        *,
        positions: Any = None,
        expected: Any = None,
        groups: Any = None,
    ) -> Self:
        """Look the new policy's chances up for what was shown.

        Parameters
        ----------
        rewards, logged : float array of shape (rows,)
        actions : int array of shape (rows,)
            What was shown, from 0.
        policy : array of shape (actions,), (actions, positions), (rows, actions) or (rows, actions, positions)
            Chances of the new policy, which add up to 1 over actions.
        positions : int array of shape (rows,), optional
            The place in the list, from 0; needed where the policy differs by place.
        expected : array of shape (rows, actions), optional
            A model's expected reward of each action in the row's place, as `expected_rewards` gives it.
        groups : array of shape (rows,), optional
        """
        chances = chances_of(policy, np.asarray(rewards).size, positions)
        rows, shown = np.arange(chances.shape[0]), _actions(actions, chances.shape)
        if expected is None:
            return cls(rewards, logged, chances[rows, shown], groups=groups)
        model = np.asarray(expected, np.float64)
        if model.shape != chances.shape:
            raise DataError(f"expected has the shape {model.shape}", expected=f"{chances.shape}, rows × actions")
        return cls(rewards, logged, chances[rows, shown], model[rows, shown], (chances * model).sum(axis=1), groups)

    @property
    def weights(self) -> Floats:
        """How many times as likely the new policy shows each row, of shape (rows,)."""
        found: Floats = self.chosen / self.logged
        return found

    @property
    def effective(self) -> float:
        """As how many independent rows of the new policy the log counts (Kish); groups count as one row each."""
        weights = summed(self.weights, self.groups)
        square = float(weights @ weights)
        return float(weights.sum()) ** 2 / square if square > 0 else 0.0


def chances_of(policy: Any, rows: int, positions: Any = None) -> Floats:
    """Return the chances of a policy as a table of rows × actions, each row at its own place in the list.

    Parameters
    ----------
    policy : array of shape (actions,), (actions, positions), (rows, actions) or (rows, actions, positions)
        Two dimensions are read as (actions, positions) when positions are given, else as (rows, actions).
    rows : int
    positions : int array of shape (rows,), optional
        From 0.

    Raises
    ------
    DataError
        Chances are missing, negative, or do not add up to 1 over actions.
    """
    found = np.asarray(policy, np.float64)
    if positions is None:
        table = np.broadcast_to(found, (rows, found.shape[0])) if found.ndim == 1 else found
    else:
        place = np.asarray(positions)
        wide = found[None] if found.ndim == 2 else found
        if wide.ndim != 3 or place.shape != (rows,) or (place < 0).any() or (place >= wide.shape[-1]).any():
            raise DataError(
                f"positions of shape {place.shape} do not fit a policy of shape {found.shape}",
                expected="a place from 0 for each row, and a policy of (rows,) actions × positions",
            )
        table = wide[np.arange(rows) if wide.shape[0] == rows else np.zeros(rows, np.int64), :, place]
    if table.ndim != 2 or table.shape[0] != rows:
        raise DataError(f"a policy of shape {found.shape} does not fit {rows} rows", expected="rows × actions")
    wrong = ~((table >= 0).all(axis=1) & (np.abs(table.sum(axis=1) - 1) <= _TOLERANCE))
    if wrong.any():
        first = int(np.argmax(wrong))
        raise DataError(
            f"the chances of {wrong.sum()} of {rows} rows are missing, negative or do not add up to 1",
            first=f"row {first}: they add up to {table[first].sum():g}",
        )
    return table


def expected_rewards(
    rewards: Any, actions: Any, n_actions: int, *, positions: Any = None, folds: int = 5, prior: float = 20.0
) -> Floats:
    """Return what each action is expected to earn in each row's place, learnt from the other rows only.

    Means by action and place, drawn towards the mean of all as if by ``prior`` further rows: the simplest model for
    `direct`, `doubly_robust` and `switch_doubly_robust`, good where there is nothing to tell customers apart.

    Parameters
    ----------
    rewards : float array of shape (rows,)
    actions : int array of shape (rows,)
    n_actions : int
    positions : int array of shape (rows,), optional
        From 0.
    folds : int
        Every so many rows are told from all others.
    prior : float

    Returns
    -------
    array of shape (rows, n_actions)
    """
    earned = numbers(rewards, "rewards")
    shown = _actions(actions, (earned.size, n_actions))
    place = np.zeros(earned.size, np.int64) if positions is None else np.asarray(positions, np.int64)
    same_length(rewards=earned, positions=place)
    if folds < 2 or prior <= 0:
        raise ConfigError(f"{folds} folds with a prior of {prior} rows", expected="2 folds or more, a prior above 0")
    places = int(place.max(initial=0)) + 1
    cell, fold = shown * places + place, np.arange(earned.size) % folds
    found = np.empty((earned.size, n_actions))
    for each in range(folds):
        learn, tell = fold != each, fold == each
        overall = float(earned[learn].mean()) if learn.any() else 0.0
        many = np.bincount(cell[learn], minlength=n_actions * places)
        total = np.bincount(cell[learn], earned[learn], minlength=n_actions * places)
        table = ((total + prior * overall) / (many + prior)).reshape(n_actions, places)
        found[tell] = table.T[place[tell]]
    return found


def _actions(actions: Any, shape: tuple[int, ...]) -> npt.NDArray[np.int64]:
    found = np.asarray(actions)
    if found.shape != shape[:1] or not (np.issubdtype(found.dtype, np.integer) or found.size == 0):
        raise DataError(f"actions are {found.dtype} of shape {found.shape}", expected=f"{shape[0]} whole numbers")
    if found.size and not (found.min() >= 0 and found.max() < shape[1]):
        raise DataError(f"actions run from {found.min()} to {found.max()}", expected=f"0 to {shape[1] - 1}")
    return found.astype(np.int64)


def _need_chances(values: Floats, name: str, *, positive: bool) -> None:
    wrong = (values > 1) | (values <= 0 if positive else values < 0)
    if wrong.any():
        first = int(np.argmax(wrong))
        raise DataError(
            f"{wrong.sum()} of {wrong.size} values of {name} are no chances",
            first=f"{values[first]} in row {first}",
            expected="above 0 and up to 1: what was shown had a chance" if positive else "0 to 1",
            hint="leave rows out whose chance was not logged, never fill it in",
        )


def summed(values: Floats, groups: Any) -> Floats:
    """Return the sum of each group; the values themselves without groups."""
    if groups is None:
        return values
    found: Floats = np.bincount(groups, values).astype(np.float64)
    return found
