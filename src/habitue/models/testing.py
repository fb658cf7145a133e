"""What every candidate must do, as a kit: give it a name and a kind, it raises where the candidate breaks a rule.

The kit is public, so that a learner added elsewhere can be held to the same rules.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from habitue.models.tabular import Fitted, from_state, make

__all__ = ["check_candidate"]

_COLUMNS = 5

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Case:
    """A candidate under test and a small world in which its first column decides."""

    name: str
    kind: str
    params: Mapping[str, Any]
    x: Floats
    y: Floats

    def fit(self, x: Any = None, y: Any = None, weight: Any = None, *, seed: int = 0) -> Fitted:
        candidate = make(self.name, self.kind, seed=seed, params=self.params)
        return candidate.fit(self.x if x is None else x, self.y if y is None else y, weight)


def check_candidate(name: str, kind: str, *, params: Mapping[str, Any] | None = None, seed: int = 0) -> None:
    """Hold a candidate to the rules that all candidates follow.

    The same seed gives the same answer; a model read back from JSON answers the same; predictions are finite and in
    range; reasons add up to the prediction; gaps, constant columns, few rows and a single class are no errors; weights
    count; the column that decides ranks.

    Parameters
    ----------
    name : str
        As in ``make``.
    kind : str
        ``"binary"`` or ``"amount"``.
    params : mapping, optional
        Settings, for instance fewer trees to be faster.
    seed : int
        For the world.

    Raises
    ------
    AssertionError
        A rule is broken; the text says which.

    Examples
    --------
    >>> check_candidate("linear", "binary")
    """
    x, y = _world(kind, 240, seed)
    case = _Case(name, kind, params or {}, x, y)
    fitted = case.fit()
    for rule in (_answers, _repeats, _reads_back, _adds_up, _refuses_other_widths):
        rule(case, fitted)
    for rule_of_fits in (_takes_gaps, _takes_one_class, _takes_constants, _takes_few_rows, _weighs):
        rule_of_fits(case)


def _world(kind: str, rows: int, seed: int) -> tuple[Floats, Floats]:
    """Draw inputs and answers: the first column decides, one in ten of its values is unknown."""
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(rows, _COLUMNS))
    buys = draw.random(rows) < 1 / (1 + np.exp(0.5 - 2 * x[:, 0]))
    amounts = np.exp(3 + 0.5 * x[:, 0] + draw.normal(size=rows))
    x[draw.random(rows) < 0.1, 0] = np.nan
    return x, np.where(buys, 1.0 if kind == "binary" else amounts, 0.0)


def _expect(case: _Case, holds: bool, rule: str) -> None:  # noqa: FBT001 - reads like a sentence
    if not holds:
        raise AssertionError(f"{case.name} for {case.kind}: {rule}")


def _in_range(case: _Case, answer: Floats, rows: int) -> bool:
    sound = answer.shape == (rows,) and bool(np.isfinite(answer).all()) and bool((answer >= 0).all())
    return sound and (case.kind == "amount" or bool(((answer > 0) & (answer < 1)).all()))


def _answers(case: _Case, fitted: Fitted) -> None:
    _expect(case, fitted.name == case.name and fitted.kind == case.kind, "the fitted model keeps name and kind")
    answer = fitted.predict(case.x)
    _expect(case, _in_range(case, answer, len(case.x)), "predictions are finite, in range, one a row")
    _expect(case, fitted.predict(case.x[:0]).shape == (0,), "no rows, no predictions")
    known = ~np.isnan(case.x[:, 0])
    order = np.argsort(case.x[known, 0])
    low, high = answer[known][order[:50]].mean(), answer[known][order[-50:]].mean()
    _expect(case, high > 1.5 * low, "predictions follow the column that decides")
    importance = fitted.importance()
    _expect(case, importance.shape == (_COLUMNS,) and importance.argmax() == 0, "what decides is most important")
    _expect(case, bool(np.isclose(importance.sum(), 1.0)), "importance adds up to 1")
    total = answer.mean() / case.y.mean()
    _expect(case, 0.7 < total < 1.4, "the total of predictions is near that of the answers")


def _repeats(case: _Case, fitted: Fitted) -> None:
    again = case.fit()
    _expect(case, np.array_equal(fitted.predict(case.x), again.predict(case.x)), "the same seed gives the same answer")
    kept = case.x.copy()
    fitted.predict(case.x)
    _expect(case, np.array_equal(kept, case.x, equal_nan=True), "the caller's inputs stay as they are")


def _reads_back(case: _Case, fitted: Fitted) -> None:
    text = json.dumps(fitted.state(), allow_nan=False)
    back = from_state(json.loads(text))
    same: list[Callable[[Fitted], Floats]] = [
        lambda one: one.predict(case.x),
        lambda one: one.contributions(case.x[:20]),
        lambda one: one.importance(),
    ]
    for question in same:
        close = np.allclose(question(fitted), question(back), rtol=1e-12, atol=1e-14)
        _expect(case, close, "a model read back from JSON answers the same")
    _expect(case, json.dumps(back.state(), allow_nan=False) == text, "the state of a model read back is the same")


def _adds_up(case: _Case, fitted: Fitted) -> None:
    parts = fitted.contributions(case.x)
    _expect(case, parts.shape == (len(case.x), _COLUMNS + 1), "one contribution a column, and the base")
    _expect(case, np.ptp(parts[:, -1]) == 0, "the base is the same for all")
    link = parts.sum(axis=1)
    answer = 1 / (1 + np.exp(-link)) if case.kind == "binary" else np.exp(link)
    _expect(case, np.allclose(answer, fitted.predict(case.x), rtol=1e-6), "contributions add up to the prediction")
    _expect(case, fitted.contributions(case.x[:0]).shape == (0, _COLUMNS + 1), "no rows, no contributions")


def _refuses_other_widths(case: _Case, fitted: Fitted) -> None:
    try:
        fitted.predict(case.x[:, :2])
    except Exception as error:  # noqa: BLE001 - whatever else it raises is the finding
        _expect(case, type(error).__name__ == "DataError", "another number of columns is a DataError")
    else:
        _expect(case, False, "another number of columns is refused")


def _takes_gaps(case: _Case) -> None:
    x = case.x.copy()
    x[:, 2] = np.nan
    x[::3, 1] = np.inf
    fitted = case.fit(x)
    nothing = np.full((3, _COLUMNS), np.nan)
    _expect(case, _in_range(case, fitted.predict(nothing), 3), "a row of which nothing is known gets a prediction")
    far = np.full((2, _COLUMNS), 1e30) * np.array([[1.0], [-1.0]])
    _expect(case, _in_range(case, fitted.predict(far), 2), "inputs far out get a prediction in range")


def _takes_one_class(case: _Case) -> None:
    for answer in (0.0, 1.0):
        fitted = case.fit(y=np.full(len(case.x), answer))
        found = fitted.predict(case.x)
        _expect(case, _in_range(case, found, len(found)) and np.ptp(found) == 0, "one class gets one answer")
        _expect(case, abs(found[0] - answer) < 0.01, "one class gets its own answer")
        _expect(case, not fitted.importance().any(), "with one class nothing is important")
        _expect(case, bool((from_state(fitted.state()).predict(case.x) == found).all()), "one class can be read back")


def _takes_constants(case: _Case) -> None:
    fitted = case.fit(np.ones_like(case.x))
    mean = fitted.predict(case.x)
    _expect(case, np.ptp(mean) == 0, "constant columns get one answer, whatever turns up later")
    _expect(case, bool(np.isclose(mean[0], case.y.mean(), rtol=0.05)), "constant columns get the mean")
    empty = case.fit(case.x[:, :0]).predict(case.x[:, :0])
    _expect(case, _in_range(case, empty, len(case.x)), "no columns get the mean")
    x = case.x.copy()
    x[:, 3] = 7.0
    one = case.fit(x)
    parts = one.contributions(x)
    _expect(case, bool(np.abs(parts[:, 3]).max() < 1e-9), "a constant column adds nothing")


def _takes_few_rows(case: _Case) -> None:
    for rows in (1, 2, 3, 20):
        fitted = case.fit(case.x[:rows], case.y[:rows])
        _expect(case, _in_range(case, fitted.predict(case.x), len(case.x)), f"{rows} rows are enough for an answer")


def _weighs(case: _Case) -> None:
    some = case.y > 0
    heavy = case.fit(weight=np.where(some, 10.0, 1.0)).predict(case.x).mean()
    light = case.fit(weight=np.where(some, 1.0, 10.0)).predict(case.x).mean()
    _expect(case, heavy > 1.5 * light, "rows with more weight count more")
    # Rows that do not count may hold anything.
    x = np.vstack([case.x, np.full((50, _COLUMNS), 9.0)])
    y = np.append(case.y, np.full(50, 1.0 if case.kind == "binary" else 1e6))
    weight = np.append(np.ones(len(case.x)), np.zeros(50))
    same = np.array_equal(case.fit(x, y, weight).predict(case.x), case.fit().predict(case.x))
    _expect(case, same, "a row of weight 0 does not count")
