"""The world in which intervals of off-policy values are judged.

Customers with four traits, one of twenty products shown to each, 6 of 100 rewarded under the old policy and 19 under
the new one. The new policy shows what pays many times as often as the old one did: 2,000 rows count as 300, and weights
are as skewed as in a real change of policy.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from habitue.models.metrics import OffPolicyLog

__all__ = ["LOGS", "ROWS", "log", "true_value"]

LOGS = 300
ROWS = 2_000

_TRAITS, _ACTIONS = 4, 20
_SEED = 20_240_601


def _parameters() -> dict[str, Any]:
    rng = np.random.default_rng(_SEED)
    taste, appeal = rng.normal(size=(_TRAITS, _ACTIONS)) * 0.5, rng.normal(size=_ACTIONS) * 0.4
    return {"taste": taste, "appeal": appeal, "habit": rng.normal(size=(_TRAITS, _ACTIONS)) * 0.5}


_WORLD = _parameters()


def _pay(traits: Any) -> Any:
    return 1 / (1 + np.exp(3.3 - traits @ _WORLD["taste"] - _WORLD["appeal"]))


def _old(traits: Any) -> Any:
    return 0.8 * _soft(traits @ _WORLD["habit"]) + 0.2 / _ACTIONS


def _new(traits: Any) -> Any:
    return 0.9 * _soft(2 * np.log(_pay(traits))) + 0.1 / _ACTIONS


def _soft(scores: Any) -> Any:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def true_value(customers: int = 1_000_000) -> float:
    """Return what the new policy earns a customer: chances are exact, customers are drawn."""
    rng = np.random.default_rng(_SEED + 1)
    found = []
    for _ in range(20):
        traits = rng.normal(size=(customers // 20, _TRAITS))
        found.append(float((_new(traits) * _pay(traits)).sum(axis=1).mean()))
    return float(np.mean(found))


def log(number: int, rows: int = ROWS) -> OffPolicyLog:
    """Return one simulated log, with the rewards that a poor model expects: it knows products and no customers."""
    rng = np.random.default_rng([_SEED, number])
    traits = rng.normal(size=(rows, _TRAITS))
    chance = _old(traits)
    shown = (chance.cumsum(axis=1) < rng.random((rows, 1))).sum(axis=1).clip(0, _ACTIONS - 1)
    reward = (rng.random(rows) < _pay(traits)[np.arange(rows), shown]).astype(np.float64)
    expected = np.broadcast_to(_pay(np.zeros((1, _TRAITS))), (rows, _ACTIONS))
    return OffPolicyLog.of_actions(
        reward, chance[np.arange(rows), shown], shown, _new(traits), expected=expected
    )  # fmt: skip
