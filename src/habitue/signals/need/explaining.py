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
from habitue.tasks.reasons import strongest

__all__ = ["Usual", "habit_reasons", "importance", "reasons_for", "usual_for"]

_HABIT = INPUTS.index("category_order_share")
#: Inputs that are logarithms inside and shown as what they are.
_LOGS = frozenset({
    "category_recent_share", "category_latest_share", "category_popularity", "category_trend_30d",
    "category_trend_14d", "category_season", "category_follows", "category_by_products", "orders",
})  # fmt: skip
_TOP = 3
_DIGITS = 9


def shown(x: Floats) -> Floats:
    """Return inputs as a shopkeeper would read them."""
    out = np.array(x, dtype=np.float64)
    for at, name in enumerate(INPUTS):
        if name in _LOGS:
            out[..., at] = np.exp(out[..., at])
    at = INPUTS.index("category_orders")
    out[..., at] = np.round(np.expm1(out[..., at]), 9)
    return out


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
    values = shown(pairs.x)
    known = np.isfinite(values).any(axis=0)
    usual = np.full(values.shape[1:], np.nan)
    usual[known] = np.nanmedian(values[:, known], axis=0)
    usual[:, _HABIT] = climate.rates
    everything = np.indices(pairs.times.shape).reshape(2, -1)
    moved = _moved(head, climate, pairs, (everything[0], everything[1])).reshape(pairs.x.shape)
    return Usual(usual, moved.mean(axis=0) if len(moved) else np.zeros(usual.shape))


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
    row, category = picked
    values = np.round(shown(pairs.x[row, category]), _DIGITS)
    moved = np.round(_moved(head, climate, pairs, picked) - usual.moved[category], _DIGITS)
    return strongest(INPUTS, INPUTS, values, np.round(usual.values[category], _DIGITS), moved, top=_TOP)


def habit_reasons(head: Head, climate: Climate, pairs: Pairs, picked: tuple[Any, Any], usual: Usual) -> pa.Array:
    """Return the same where own history answers alone: the habit is the only reason, and inputs are not needed."""
    row, category = picked
    habit = (pairs.times[row, category] / pairs.orders[row])[:, None]
    moved = _habit(head, climate, pairs, picked) - usual.moved[category, _HABIT]
    typical = np.round(usual.values[category, _HABIT], _DIGITS)[:, None]
    name = (INPUTS[_HABIT],)
    return strongest(name, name, np.round(habit, _DIGITS), typical, np.round(moved, _DIGITS)[:, None], top=1)


def _moved(head: Head, climate: Climate, pairs: Pairs, picked: tuple[Any, Any]) -> Floats:
    """Return what each input moves each pair's log odds by, from those of everybody's orders."""
    row, category = picked
    x = pairs.x[row, category]
    moved: Floats = np.zeros_like(x)
    if head.model is not None and head.strength:
        moved = head.strength * head.model.contributions(x)
    moved[:, _HABIT] += _habit(head, climate, pairs, picked)
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
