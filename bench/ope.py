"""Off-policy values: a published policy on a published log, and simulated logs whose truth is known."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from bench import ope_world as world
from bench.row import Row
from habitue.errors import NotEnoughData
from habitue.models import metrics
from habitue.models.metrics import OffPolicyLog

_PLACES = 3
_DRAWS = 100_000  # as the Open Bandit Pipeline's quickstart
_SEED = 20_240_601
_EXPECTED = {"ips": 0.004527, "snips": 0.004598}
_WITHIN = 5e-5
_TOO_FEW = 150  # rows of the simulated log; they count as 42 at most
_ESTIMATORS = {
    "ips": metrics.ips,
    "snips": metrics.snips,
    "dr": metrics.doubly_robust,
    "switch_dr": metrics.switch_doubly_robust,
}


def run(data: Path) -> Iterator[Row]:
    """Value Thompson sampling on the random log, then count how often intervals hold the truth."""
    yield from _open_bandit_rows(data / "open_bandit")
    yield from _coverage_rows()
    yield _refusal_row()


def _open_bandit_rows(folder: Path) -> Iterator[Row]:
    started = time.process_time()
    random, thompson, prior = (
        pq.read_table(folder / f"{name}.parquet") for name in ("random_men", "bts_men", "prior_bts_men")
    )
    actions = np.array(random["item_id"].to_pylist(), dtype=np.int64)
    places = random["position"].to_numpy().astype(np.int64) - 1
    clicks = random["click"].to_numpy().astype(np.float64)
    policy = _thompson(prior, _DRAWS)
    log = OffPolicyLog.of_actions(
        clicks, random["propensity_score"].to_numpy(), actions, policy, positions=places,
        expected=metrics.expected_rewards(clicks, actions, policy.shape[0], positions=places),
    )  # fmt: skip
    online = thompson["click"].to_numpy().astype(np.float64)
    seen = metrics.bootstrap(lambda held: float(held.mean()), online, draws=1_000, seed=_SEED)
    for name, estimate in _ESTIMATORS.items():
        found = estimate(log)
        expected = _EXPECTED.get(name)
        protocol = (
            f"men, {clicks.size} rows of the random log with {clicks.sum():.0f} clicks; chances by place from {_DRAWS} "
            f"draws of the published Beta priors; effective sample {found.effective:.0f}; baseline: clicks a row of "
            f"the policy's own log [{seen.low:.4f}, {seen.high:.4f}]: correctness, not a contest"
        )
        yield Row(
            f"ope/open_bandit/{name}", round(found.value, 6), "clicks a row", protocol,
            baseline=round(seen.value, 6), interval=(found.low, found.high),
            seconds=round(time.process_time() - started, 2),
            bar=f"{expected} within {_WITHIN}" if expected else "",
            met=abs(found.value - expected) <= _WITHIN if expected else None,
        )  # fmt: skip


def _thompson(prior: Any, draws: int) -> Any:
    """Return how often each product comes first, second and third when each draws its click rate from its prior."""
    alpha, beta = prior["alpha"].to_numpy(), prior["beta"].to_numpy()
    order = np.argsort(np.array(prior["item_id"].to_pylist(), dtype=np.int64))
    drawn = np.random.default_rng(_SEED).beta(alpha[order], beta[order], size=(draws, order.size))
    first = np.argsort(-drawn, axis=1)[:, :_PLACES]
    return np.stack([np.bincount(first[:, place], minlength=order.size) for place in range(_PLACES)], axis=1) / draws


def _coverage_rows() -> Iterator[Row]:
    started = time.process_time()
    truth = world.true_value()
    logs = [world.log(number) for number in range(world.LOGS)]
    effective = float(np.mean([log.effective for log in logs]))
    protocol = (
        f"{world.LOGS} simulated logs of {world.ROWS} rows, effective sample {effective:.0f}, true value {truth:.4f}; "
        "share of 95 % intervals that hold it"
    )
    held: dict[str, list[bool]] = {}
    for name, estimate in _ESTIMATORS.items():
        found = [estimate(log) for log in logs]
        held[name] = [each.low <= truth <= each.high for each in found]
        error = abs(float(np.mean([each.value for each in found])) / truth - 1)
        yield _coverage_row(f"ope/coverage/{name}", held[name], f"{protocol}; bias {error:.1%}", started)
    worst = max(held, key=lambda name: abs(np.mean(held[name]) - 0.95))
    yield _coverage_row("ope/coverage", held[worst], f"{protocol}; the estimator furthest from .95: {worst}", started)


def _coverage_row(name: str, held: list[bool], protocol: str, started: float) -> Row:
    share = float(np.mean(held))
    around = metrics.bootstrap(lambda each: float(each.mean()), np.array(held, np.float64), draws=1_000, seed=_SEED)
    return Row(
        name, round(share, 4), "share", protocol, interval=(around.low, around.high),
        seconds=round(time.process_time() - started, 2), bar=".92 to .97", met=0.92 <= share <= 0.97,
    )  # fmt: skip


def _refusal_row() -> Row:
    """Count how many values are refused that rest on fewer than 100 effective rows."""
    started = time.process_time()
    small = [world.log(number, rows=_TOO_FEW) for number in range(world.LOGS)]
    refused = [_refuses(estimate, log) for log in small for estimate in _ESTIMATORS.values()]
    answered = [_refuses(metrics.snips, world.log(number)) for number in range(world.LOGS)]
    largest = max(log.effective for log in small)
    return Row(
        "ope/refusals", float(np.mean(refused)), "share",
        f"{world.LOGS} logs of {_TOO_FEW} rows, effective sample up to {largest:.0f}, {len(_ESTIMATORS)} estimators; "
        f"baseline: the same for logs of {world.ROWS} rows", baseline=float(np.mean(answered)),
        seconds=round(time.process_time() - started, 2), bar="all refused under 100 effective rows",
        met=all(refused) and largest < 100,
    )  # fmt: skip


def _refuses(estimate: Any, log: OffPolicyLog) -> bool:
    try:
        estimate(log)
    except NotEnoughData:
        return True
    return False
