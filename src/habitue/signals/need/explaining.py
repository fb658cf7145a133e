"""Why a category is expected: the customer's own habit, and what moves the chance away from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from scipy.special import logit

from habitue.signals.need.history import Floats
from habitue.signals.need.pairs import INPUTS, Climate, Pairs
from habitue.signals.need.training import Head
from habitue.tasks import REASONS

__all__ = ["Usual", "habit_reasons", "importance", "reasons_for", "usual_for"]

_HABIT = INPUTS.index("category_order_share")
#: Inputs that are logarithms inside and shown as what they are.
_LOGS = frozenset({
    "category_recent_share", "category_latest_share", "category_popularity", "category_trend_30d",
    "category_trend_14d", "category_season", "category_follows", "category_by_products", "orders",
})  # fmt: skip
_TOP = 3
_DIGITS = 9
_ROWS = 16_384  # at a time: they stay in the processor's cache


def shown(x: Floats, at: Any) -> Floats:
    """Return inputs as a shopkeeper would read them; ``at`` says which input each is."""
    logs = np.array([name in _LOGS for name in INPUTS])
    value = np.array(np.where(logs[at], np.exp(np.where(logs[at], x, 0.0)), x), dtype=np.float64)
    orders = np.broadcast_to(at == INPUTS.index("category_orders"), value.shape)
    value[orders] = np.round(np.expm1(value[orders]), 9)
    return value


@dataclass(frozen=True)
class Usual:
    """What is usual for each category, so that reasons speak of what is special about a customer.

    Attributes
    ----------
    values : array of shape (c, k)
        Medians over customers; NaN where never known.
    moved : array of shape (c, k)
        Mean of what each input moves the chance by.
    """

    values: Floats
    moved: Floats


def usual_for(head: Head, climate: Climate, pairs: Pairs) -> Usual:
    """Return what is usual, over some customers."""
    values = shown(pairs.x, np.arange(len(INPUTS)))
    known = np.isfinite(values).any(axis=0)
    usual = np.full(values.shape[1:], np.nan)
    usual[known] = np.nanmedian(values[:, known], axis=0)
    usual[:, _HABIT] = climate.rates
    rows, categories = pairs.times.shape
    everything = np.indices((rows, categories)).reshape(2, -1)
    moved = _moved(head, climate, pairs, (everything[0], everything[1]), _inputs(pairs, everything))
    each = moved.reshape(len(INPUTS), rows, categories)
    return Usual(usual, each.mean(axis=1).T if rows else np.zeros(usual.shape))


def reasons_for(head: Head, climate: Climate, pairs: Pairs, picked: tuple[Any, Any], usual: Usual) -> pa.Array:
    """Return the inputs that move each picked pair's chance most against other customers, the strongest first.

    Parameters
    ----------
    head : Head
        Of chances.
    climate : Climate
    pairs : Pairs
    picked : two arrays of shape (m,)
        Rows of ``pairs`` and categories.
    usual : Usual

    Returns
    -------
    Arrow array of the type ``REASONS``
    """
    category = picked[1]
    inputs = _inputs(pairs, picked)
    moved = _moved(head, climate, pairs, picked, inputs)
    for at, usually in enumerate(usual.moved.T):
        moved[at] = np.round(moved[at] - usually[category], _DIGITS)
    which = _largest(moved)
    turn = np.arange(len(category))[:, None]
    value = np.round(shown(inputs[which, turn], which), _DIGITS)
    return _column(which, value, np.round(usual.values[category[:, None], which], _DIGITS), moved[which, turn])


def habit_reasons(head: Head, climate: Climate, pairs: Pairs, picked: tuple[Any, Any], usual: Usual) -> pa.Array:
    """Return the same where own history answers alone: the habit is the only reason, and inputs are not needed."""
    row, category = picked
    habit = np.round(pairs.times[row, category] / pairs.orders[row], _DIGITS)
    moved = np.round(_habit(head, climate, pairs, picked) - usual.moved[category, _HABIT], _DIGITS)
    typical = np.round(usual.values[category, _HABIT], _DIGITS)
    return _column(np.full((len(row), 1), _HABIT), habit[:, None], typical[:, None], moved[:, None])


def _largest(moved: Floats) -> Any:
    """Return which inputs moved each pair most, the strongest first, shape (m, 3); ties by the order of inputs."""
    which = np.zeros((moved.shape[1], _TOP), dtype=np.int64)
    for start in range(0, moved.shape[1], _ROWS):
        part = np.abs(moved[:, start : start + _ROWS])
        turn = np.arange(part.shape[1])
        for place in range(_TOP):
            best, at = part[0].copy(), np.zeros(part.shape[1], dtype=np.int64)
            for number, effect in enumerate(part):
                more = effect > best
                np.copyto(best, effect, where=more)
                np.copyto(at, number, where=more)
            part[at, turn] = -1.0
            which[start : start + _ROWS, place] = at
    return which


def _column(which: Any, value: Floats, typical: Floats, effect: Floats) -> pa.Array:
    """Put reasons, pairs × places, into the column that published tables carry; what moves nothing is left out."""
    moved = effect != 0
    parts = [
        pa.array(INPUTS, pa.string()).take(pa.array(which[moved])),
        *(pa.array(each[moved], pa.float64(), from_pandas=True) for each in (value, typical)),
        pa.array(effect[moved], pa.float64()),
    ]
    structs = pa.StructArray.from_arrays(parts, fields=list(REASONS.value_type))
    offsets = np.concatenate([[0], np.cumsum(moved.sum(axis=1))]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), structs)


def _inputs(pairs: Pairs, picked: Any) -> Floats:
    """Return the inputs of some pairs, shape (k, m)."""
    columns = np.moveaxis(pairs.x, -1, 0).reshape(pairs.x.shape[-1], -1)
    return np.asarray(np.take(columns, picked[0] * pairs.x.shape[1] + picked[1], axis=1))


def _moved(head: Head, climate: Climate, pairs: Pairs, picked: tuple[Any, Any], inputs: Floats) -> Floats:
    """Return what each input moves each pair's log odds by, from those of everybody's orders, shape (k, m)."""
    moved: Floats = np.zeros_like(inputs)
    if head.model is not None and head.strength:
        moved = head.strength * head.model.contributions(inputs.T).T
    moved[_HABIT] += _habit(head, climate, pairs, picked)
    return moved


def _habit(head: Head, climate: Climate, pairs: Pairs, picked: tuple[Any, Any]) -> Floats:
    """Smoothed own history against everybody's."""
    row, category = picked
    habit: Floats = head.base(climate, pairs)[row, category] - logit(climate.rates)[category]
    return habit


def importance(head: Head) -> dict[str, float]:
    """Return the share of each input in what the correction does, the largest first."""
    if head.model is None:
        return {}
    shares = dict(zip(INPUTS, head.model.importance().tolist(), strict=True))
    return {name: share for name, share in sorted(shares.items(), key=lambda each: -each[1]) if share > 0}
