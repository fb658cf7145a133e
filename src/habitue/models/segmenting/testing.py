"""What every method for segments must do, as a kit: give it a name, it raises where the method breaks a rule.

The kit is public, so that a method added elsewhere can be held to the same rules.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from habitue.models.segmenting.methods import METHODS, fit, segmentation_from_state
from habitue.models.segmenting.outlook import Past
from habitue.models.segmenting.segmentation import Floats, Segmentation

__all__ = ["MOST_CONDITIONS", "check_method"]

MOST_CONDITIONS = 4
_NAMES = ("recency_days", "purchase_days", "spend", "average_order_value")
_ROWS = 400


def check_method(method: str, *, k: int = 8, seed: int = 0) -> None:
    """Hold a method to the rules that all methods follow.

    Everyone is in exactly one segment, now and later; the same data and seed give the same segments; what is read back
    from JSON assigns alike; rules, where there are any, are short and say exactly who is in a segment; two customers,
    customers who are all alike, columns without a difference and missing values are no errors.

    Parameters
    ----------
    method : str
        One of ``METHODS``.
    k, seed : int

    Raises
    ------
    AssertionError
        A rule is broken; the text says which.

    Examples
    --------
    >>> check_method("k_means")
    """
    _expect(method, method in METHODS, "it is known by its name")
    x, past = _world(seed)
    found = fit(method, x, _NAMES, outcome=past, k=k, seed=seed)
    place = found.assign(x)
    _expect(method, place.shape == (_ROWS,) and place.dtype == np.int64, "one whole number for each customer")
    _expect(method, bool(((place >= 0) & (place < found.size)).all()), "everyone is in one of the segments")
    _expect(method, len(np.unique(place)) > 1, "different customers are told apart")
    _expect(method, method == "rfm_named" or found.size <= max(k, 1), "there are no more segments than asked for")
    again = fit(method, x, _NAMES, outcome=past, k=k, seed=seed)
    _expect(method, bool((again.assign(x) == place).all()), "the same data and seed give the same segments")
    order = np.random.default_rng(seed).permutation(_ROWS)
    _expect(method, bool((found.assign(x[order]) == place[order]).all()), "the order of customers does not matter")
    _expect(method, found.assign(x[:0]).shape == (0,), "no customers, no segments")
    _reads_back(method, found, x)
    _rules(method, found, x)
    _degenerate(method, k, seed)


def _world(seed: int) -> tuple[Floats, Past]:
    """Draw buyers of two kinds, half of whom order again."""
    draw = np.random.default_rng(seed)

    def customers() -> tuple[Floats, Floats]:
        often = draw.random(_ROWS) < 0.5
        times = np.where(often, draw.integers(6, 20, _ROWS), draw.integers(1, 3, _ROWS)).astype(np.float64)
        days = np.where(often, draw.exponential(15, _ROWS), draw.exponential(150, _ROWS))
        value = draw.lognormal(3, 0.4, _ROWS)
        return np.column_stack([days, times, times * value, value]), often.astype(np.float64)

    now, _ = customers()
    before, often = customers()
    orders = draw.poisson(np.where(often > 0, 4.0, 0.3)).astype(np.float64)
    return now, Past(before, orders * before[:, 3], orders)


def _expect(method: str, holds: bool, rule: str) -> None:  # noqa: FBT001 - reads like a sentence
    if not holds:
        raise AssertionError(f"{method}: {rule}")


def _reads_back(method: str, found: Segmentation, x: Floats) -> None:
    text = json.dumps(found.state(), allow_nan=False)
    back = segmentation_from_state(json.loads(text))
    _expect(method, bool((back.assign(x) == found.assign(x)).all()), "read back from JSON it assigns alike")
    _expect(method, json.dumps(back.state(), allow_nan=False) == text, "the state of what is read back is the same")
    _expect(method, (back.rules is None) == (found.rules is None), "read back it has rules where it had some")


def _rules(method: str, found: Segmentation, x: Floats) -> None:
    if found.rules is None:
        return
    _expect(method, len(found.rules) == found.size, "one rule for each segment")
    short = all(len(rule.conditions) <= MOST_CONDITIONS for rule in found.rules)
    _expect(method, short, f"rules have at most {MOST_CONDITIONS} conditions")
    rows = np.vstack([x, np.full((1, x.shape[1]), np.nan), np.full((1, x.shape[1]), 1e12)])
    held = np.array([rule.holds(rows, found.names) for rule in found.rules])
    _expect(method, bool((held.sum(axis=0) == 1).all()), "exactly one rule holds for everyone")
    _expect(method, bool((held.argmax(axis=0) == found.assign(rows)).all()), "rules say who is in a segment")


def _degenerate(method: str, k: int, seed: int) -> None:
    x, past = _world(seed)
    unknown = x.copy()
    unknown[::5, 0] = np.nan
    flat = x.copy()
    flat[:, 2:] = 7.0
    worlds: dict[str, Any] = {
        "two customers": x[:2],
        "a single customer": x[:1],
        "customers who are all alike": np.tile(x[:1], (50, 1)),
        "columns without a difference": flat,
        "missing values": unknown,
    }
    for called, rows in worlds.items():
        kept = rows.copy()
        place = fit(method, rows, _NAMES, outcome=past, k=k, seed=seed).assign(rows)
        _expect(method, place.shape == (len(rows),), f"{called} are no error")
        _expect(method, np.array_equal(kept, rows, equal_nan=True), "the caller's data stay as they are")
    alike = fit(method, worlds["customers who are all alike"], _NAMES, outcome=past, k=k, seed=seed)
    place = alike.assign(worlds["customers who are all alike"])
    _expect(method, len(np.unique(place)) == 1, "customers who are all alike are together")
    nothing = Past(past.x, np.zeros(_ROWS), np.zeros(_ROWS))
    silent = fit(method, x, _NAMES, outcome=nothing, k=k, seed=seed)
    _expect(method, bool((silent.assign(x) < silent.size).all()), "a past in which nobody ordered is no error")
