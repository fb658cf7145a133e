"""Which kind of list each segment gets: another than the usual one only where it is clearly worth more."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from habitue.actions.recommend.base import draws_of
from habitue.models.metrics import mean_interval

__all__ = ["SEGMENTS", "decide_segments"]

SEGMENTS = pa.schema([
    ("as_of", pa.timestamp("us")), ("segment", pa.string()), ("strategy", pa.string()), ("decision", pa.string()),
    ("best_other", pa.string()), ("customers", pa.int64()), ("value", pa.float64()), ("usual_value", pa.float64()),
    ("gain", pa.float64()), ("gain_low", pa.float64()), ("gain_high", pa.float64()), ("chance_of_luck", pa.float64()),
])  # fmt: skip

USUAL = "home"
_LEAST = 40  # customers of a half, below which nothing is told
_ALARM = 0.05  # chance that any segment at all is given another list by luck
_DRAWS = 4_000

Floats = npt.NDArray[np.float64]


class _Test(NamedTuple):
    segment: str
    other: str
    customers: int
    value: float
    usual: float
    gain: Any
    luck: float


def decide_segments(
    outcomes: pa.Table, segments: pa.Table | None, as_of: datetime, *, measure: str = "revenue", seed: int = 0
) -> pa.Table:
    """Choose a kind of list for each segment by what it would have brought in the shop's last days.

    One half of a segment's customers, drawn by their number, says which other list is best; the other half says whether
    it is better than the usual one. The chance that any of all segments gets another list by luck is held below 5 %
    (sign-flip test, Holm's correction); where none is clearly better the decision is ``no_difference``.

    Parameters
    ----------
    outcomes : Arrow table
        customer_id, asked_at, strategy, revenue, ndcg.
    segments : Arrow table, optional
        customer_id, segment and, where it is there, since: only customers who were in their segment when the lists
        would have been shown are counted, because who is in it later may be so for what they bought.
    as_of : datetime
    measure : {"revenue", "ndcg"}
    seed : int

    Returns
    -------
    Arrow table
        One row a segment: strategy (the list it gets), decision (better, no_difference or too_few), best_other,
        customers, value and usual_value (of the other and of the usual list, each customer), gain with its 95 %
        interval, chance_of_luck (corrected).

    References
    ----------
    Holm, S. (1979), A simple sequentially rejective multiple test procedure, *Scandinavian Journal of Statistics* 6.
    """
    if segments is None or not segments.num_rows or not outcomes.num_rows:
        return SEGMENTS.empty_table()
    member = _members(segments, outcomes["asked_at"][0].as_py())
    worth = outcomes.to_pandas().pivot_table(index="customer_id", columns="strategy", values=measure)
    worth = worth[worth.index.isin(list(member))].sort_index()
    names = sorted(set(segments["segment"].drop_null().to_pylist()))
    of = np.array([member[name] for name in worth.index], dtype=object)
    half = draws_of(worth.index, seed + 1) % 2 == 0
    others = [name for name in worth.columns if name != USUAL]
    tests = [_tested(name, worth[of == name], half[of == name], others, seed) for name in names]
    return pa.Table.from_pylist(_decided(tests, as_of), schema=SEGMENTS)


def _members(segments: pa.Table, asked_at: datetime) -> dict[str, str]:
    """Return the segment of each customer who was in it already."""
    columns = ["customer_id", "segment", *(["since"] if "since" in segments.column_names else [])]
    found = {}
    for row in segments.select(columns).to_pylist():
        if row["segment"] is not None and (row.get("since") is None or row["since"] <= asked_at):
            found[str(row["customer_id"])] = row["segment"]
    return found


def _tested(segment: str, worth: Any, half: Any, others: list[str], seed: int) -> _Test:
    nan = float("nan")
    first, second = worth[half], worth[~half]
    if min(len(first), len(second)) < _LEAST or not others:
        return _Test(segment, "", len(worth), nan, nan, (nan, nan, nan), nan)
    best = max(others, key=lambda name: float(first[name].mean()))
    other, usual = second[best].to_numpy(float), second[USUAL].to_numpy(float)
    gain = mean_interval(other - usual, seed=seed)
    return _Test(
        segment, best, len(worth), float(other.mean()), float(usual.mean()), gain, _luck(other - usual, seed)
    )  # fmt: skip


def _luck(gains: Floats, seed: int) -> float:
    """Return the chance of so high a mean where signs are drawn (one-sided)."""
    if not gains.any():
        return 1.0
    draw = np.random.default_rng(seed)
    reached = sum(
        int((draw.choice([-1.0, 1.0], size=(500, gains.size)) @ gains >= gains.sum() - 1e-12).sum())
        for _ in range(_DRAWS // 500)
    )
    return (reached + 1) / (_DRAWS + 1)


def _decided(tests: list[_Test], as_of: datetime) -> list[dict[str, Any]]:
    order = sorted((test.luck, place) for place, test in enumerate(tests) if np.isfinite(test.luck))
    corrected: dict[int, float] = {}
    so_far = 0.0
    for rank, (luck, place) in enumerate(order):
        so_far = max(so_far, min(luck * (len(order) - rank), 1.0))
        corrected[place] = so_far
    rows = []
    for place, test in enumerate(tests):
        known = place in corrected
        better = known and corrected[place] < _ALARM and test.gain[0] > 0
        rows.append({
            "as_of": as_of, "segment": test.segment, "strategy": test.other if better else USUAL,
            "decision": "better" if better else "no_difference" if known else "too_few",
            "best_other": test.other or None, "customers": test.customers,
            "value": test.value if known else None, "usual_value": test.usual if known else None,
            "gain": test.gain[0] if known else None, "gain_low": test.gain[1] if known else None,
            "gain_high": test.gain[2] if known else None, "chance_of_luck": corrected.get(place),
        })  # fmt: skip
    return rows
