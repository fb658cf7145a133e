"""SegBench for users: a segmentation of any origin against ours and the usual ones, on the user's own shop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from habitue.data.shop import as_moment
from habitue.errors import ConfigError, DataError, NotEnoughData
from habitue.evaluate.segment_baselines import SIMPLE, baselines, ceiling, of_size, simple
from habitue.models.metrics import auc, r2
from habitue.models.metrics.segments import SEPARATION, cross_fitted, headroom, separation, smallest_share
from habitue.signals.segment.past import Customers, customers_at

if TYPE_CHECKING:
    import pandas as pd

    from habitue.data.shop import Shop

__all__ = ["SegBenchTable", "segbench"]

_LEAST = 20
_LEAST_SIZE = 2
_REPEATS = 5
_LEAST_ROOM = 0.001  # of R²: where the simple ways are that near to the ceiling, no part of the way can be told
_MOST_PARTS = 20  # more segments than these are held against nothing of their number


@dataclass(frozen=True)
class SegBenchTable:
    """Scores, one row for each segmentation; the best R² of log spend first, the ceiling last."""

    rows: pa.Table

    def to_arrow(self) -> pa.Table:
        """Return the scores as an Arrow table."""
        return self.rows

    def to_pandas(self) -> pd.DataFrame:
        """Return the scores as a data frame."""
        found: pd.DataFrame = self.rows.to_pandas()
        return found

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """Hand the scores to whatever reads Arrow."""
        return self.rows.__arrow_c_stream__(requested_schema)


def segbench(
    shop: Shop,
    table: Any = None,
    *,
    as_of: str | date | datetime,
    horizon_days: int = 90,
    name: str = "yours",
    at: Sequence[int] = (),
    draws: int = 300,
    seed: int = 0,
) -> SegBenchTable:
    """Score a segmentation of your own by what customers did afterwards, beside ours and the usual ones.

    Parameters
    ----------
    shop : Shop
    table : Arrow table or data frame, optional
        ``customer_id`` and ``segment``, as they were at the moment; further customers are left out of account, missing
        ones count as not covered. Without it only ours and the usual ones are scored.
    as_of : date
        The moment. Ours and the usual ones know nothing of what came then or later; yours is your responsibility.
    horizon_days : int
        How many days of outcomes are told.
    name : str
        What to call your segmentation.
    at : sequence of int
        Numbers of segments at which to compare the ways that can make any number, (4, 8, 12) for example; more rows,
        without intervals.
    draws : int
        Of customers, for the 95 % intervals; 0 for none.
    seed : int

    Returns
    -------
    SegBenchTable
        segmentation, at (the number of segments asked for, missing where none was), segments, coverage, smallest_share,
        headroom (in R² of log spend, which part was made of the way to the ceiling from the better of the RFM score cut
        into as many parts and k-means with as many segments; missing where these reach the ceiling, and for more than
        twenty segments) and every figure of `habitue.models.metrics.segments.SEPARATION` with ``_low`` and ``_high``.

    Raises
    ------
    ConfigError
        When the outcomes are not known yet, or fewer than two segments are asked for.
    DataError
        When the table lacks a column, or a customer is in two segments.
    NotEnoughData
        With fewer than twenty customers at the moment.
    """
    moment = as_moment(as_of)
    end = moment + timedelta(days=horizon_days)
    if horizon_days < 1 or end > shop.latest_as_of:
        raise ConfigError(
            f"what customers did from {moment:%Y-%m-%d} over {horizon_days} days is not known",
            expected=f"a moment at least that long before {shop.latest_as_of:%Y-%m-%d}, when the records end",
        )
    if any(size < _LEAST_SIZE for size in at):
        raise ConfigError(f"{min(at)} segments are nothing to compare", expected="numbers from 2 in at")
    customers = customers_at(shop, moment, end=end)
    if customers.ids.size < _LEAST:
        raise NotEnoughData(
            f"only {customers.ids.size} customers had bought by {moment:%Y-%m-%d}", expected=f"at least {_LEAST}"
        )
    given = {} if table is None else {name: _given(table, customers)}
    rows = list(_rows(shop, moment, customers, horizon_days, given, draws=draws, seed=seed))
    best, least = rows[-1]["r2_log_spend"], {each: _simple(customers, each, seed) for each in _sizes(rows[:-1])}
    for each in rows:
        each["headroom"] = _part(each["r2_log_spend"], least.get(each["segments"], np.inf), best)
    ordered = sorted(rows[:-1], key=lambda each: -each["r2_log_spend"])
    found = of_size(shop, moment, customers, horizon_days, sizes=at, seed=seed) if at else iter(())
    sized = list(_sized(found, customers, best, seed))
    return SegBenchTable(pa.Table.from_pylist([*ordered, *sized, rows[-1]]))


def _sized(
    found: Iterator[tuple[str, int, Any]], customers: Customers, best: float, seed: int
) -> Iterator[dict[str, Any]]:
    """Score segmentations of equal size, each against the best of the simple ones of its size."""
    least: dict[int, float] = {}
    rows = []
    for called, size, segment in found:
        row = _row(called, segment, np.ones(segment.size, dtype=bool), customers, draws=0, seed=seed)
        rows.append(row | {"at": size})
        if called in SIMPLE:
            least[size] = max(least.get(size, -np.inf), row["r2_log_spend"])
    for row in rows:
        yield row | {"headroom": _part(row["r2_log_spend"], least[row["at"]], best)}


def _part(score: float, least: float, best: float) -> float | None:
    return headroom(score, least, best) if best - least >= _LEAST_ROOM else None


def _sizes(rows: Sequence[dict[str, Any]]) -> set[int]:
    return {each["segments"] for each in rows if 1 <= each["segments"] <= _MOST_PARTS}


def _simple(customers: Customers, size: int, seed: int) -> float:
    """Return the R² of log spend of the better of the simple ways to make so many segments."""
    money = np.log1p(customers.spend)
    return max(
        float(np.mean([r2(money, told) for told in cross_fitted(segment, money, repeats=_REPEATS, seed=seed)]))
        for _, segment in simple(customers, size, seed)
    )


def _rows(
    shop: Shop,
    moment: datetime,
    customers: Customers,
    horizon_days: int,
    given: Mapping[str, Any],
    *,
    draws: int,
    seed: int,
) -> Iterator[dict[str, Any]]:
    usual = baselines(shop, moment, customers, horizon_days, seed)
    for called, segment in (*given.items(), *usual):
        covered = segment != _NOBODY if called in given else np.ones(segment.size, dtype=bool)
        yield _row(called, segment, covered, customers, draws=draws, seed=seed)
    money, gone = ceiling(customers, _REPEATS, seed)
    row = {"segmentation": "ceiling", "segments": customers.ids.size, "coverage": 1.0, "smallest_share": None}
    row["r2_log_spend"] = float(np.mean([r2(np.log1p(customers.spend), each) for each in money]))
    row["auc"] = float(np.mean([auc(customers.orders == 0, each) for each in gone]))
    yield row


def _row(called: str, segment: Any, covered: Any, customers: Customers, *, draws: int, seed: int) -> dict[str, Any]:
    found = separation(segment, customers.spend, customers.orders, repeats=_REPEATS, draws=draws, seed=seed)
    row: dict[str, Any] = {"segmentation": called, "at": None, "segments": int(np.unique(segment[covered]).size)}
    row["coverage"] = float(covered.mean())
    row["smallest_share"] = smallest_share(segment[covered]) if covered.any() else 0.0
    for figure in SEPARATION:
        value, low, high = found[figure]
        missing = not draws
        row |= {figure: value, f"{figure}_low": None if missing else low, f"{figure}_high": None if missing else high}
    return row


_NOBODY = "\0"  # no merchant calls a segment so


def _given(table: Any, customers: Customers) -> Any:
    """Return the user's segment of every customer, `_NOBODY` for those in none."""
    rows = table if isinstance(table, pa.Table) else pa.table(table)
    for column in ("customer_id", "segment"):
        if column not in rows.column_names:
            raise DataError(
                f"the segmentation has no column {column!r}", column=column, expected="customer_id and segment"
            )
    ids = [str(each) for each in rows["customer_id"].to_pylist()]
    segments = [_NOBODY if each is None else str(each) for each in rows["segment"].to_pylist()]
    known = dict(zip(ids, segments, strict=True))
    if len(known) < len(ids):
        twice = next(each for number, each in enumerate(ids) if each in set(ids[:number]))
        raise DataError(
            f"{len(ids) - len(known)} customers stand in the segmentation more than once",
            column="customer_id",
            first=twice,
            expected="one row for each customer",
        )
    return np.array([known.get(each, _NOBODY) for each in customers.ids])
