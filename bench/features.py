"""The feature stage: does it know the future, how fast is it against hand-written SQL, and RFM against pandas."""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from bench.row import Row
from bench.shops import online_retail
from habitue.data.shop import Shop
from habitue.data.simulate import simulate, simulate_lines
from habitue.features import available, compute
from habitue.features.testing import cut_at, differences

_CUSTOMERS = 1_000_000
_MOMENTS = 20
_SEED = 20_240_601
_RUNS = 2  # absolute times are the best of two: one run takes over ten seconds
_MEMORY = "2500MB"
_GIGABYTE = 2**30

_SIMULATED = {"order_lines", "orders", "customers", "products", "events"}  # all that features read


def run(data: Path) -> Iterator[Row]:
    """Check truncation on a real and a simulated shop, then race on 20 M simulated lines."""
    yield from _truncation(data)
    with tempfile.TemporaryDirectory() as folder:
        lines = Path(folder) / "order_lines.parquet"
        made = simulate_lines(Path(folder) / "raw.parquet", customers=_CUSTOMERS, seed=_SEED)
        _loaded(Path(folder) / "raw.parquet", lines)
        yield from _races(lines, made)


def _truncation(data: Path) -> Iterator[Row]:
    draw = random.Random(_SEED)
    shops = {
        "online_retail": {"order_lines": online_retail(data)},
        "simulated with events": simulate(customers=400, days=400, seed=_SEED, dirt=0.02, tables=_SIMULATED).tables,
    }
    for name, tables in shops.items():
        started = time.perf_counter()
        different: set[str] = set()
        with Shop.from_tables(tables) as full:
            span = (full.last_order_at - full.first_order_at).total_seconds()
            for _ in range(_MOMENTS):
                moment = full.first_order_at + dt.timedelta(seconds=round(span * draw.uniform(0.02, 1.0)))
                with Shop.from_tables(cut_at(tables, moment)) as cut:
                    names = available(full.at(moment))
                    found = differences(_answer(full, moment, names), _answer(cut, moment, names))
                different |= {each.column for each in found}
        yield Row(
            "features/truncation",
            len(different),
            "features",
            f"{name}: features that differ in any customer between full tables as of t and tables cut at t before "
            f"cleaning, {len(names)} features, {_MOMENTS} random t, seed {_SEED}",
            seconds=round(time.perf_counter() - started, 1),
            bar="= 0",
            met=not different,
        )


def _answer(shop: Shop, moment: dt.datetime, names: tuple[str, ...]) -> dict[Any, dict[str, Any]]:
    rows = shop.engine.to_rows(compute(shop.at(moment), names))
    return {row["customer_id"]: row for row in rows}


def _loaded(raw: Path, lines: Path) -> None:
    """Give clean simulated lines the marks that loading gives; both sides of each race read the same file."""
    from habitue.engine import Engine

    with Engine(memory=_MEMORY) as engine:
        given = pq.read_schema(raw).names
        marks = {
            "line_kind": "CASE WHEN quantity > 0 THEN 'sale' ELSE 'return' END",
            "is_product": "true",
            "set_aside": "NULL::VARCHAR",
            "reversed_at": "NULL::TIMESTAMP",
            "reversal_of": "NULL::BIGINT",
        }
        added = ", ".join(f"{sql} AS {name}" for name, sql in marks.items() if name not in given)
        engine.write_parquet(engine.query(f"SELECT *, {added} FROM '{raw}'"), lines)


def _races(lines: Path, made: int) -> Iterator[Row]:
    contenders = ("ours", "sql", "rfm_ours", "rfm_pandas")
    taken: dict[str, list[dict[str, float]]] = {name: [] for name in contenders}
    for _ in range(_RUNS):
        for name in contenders:
            taken[name].append(_child(name, lines))
    best = {name: min(each["seconds"] for each in runs) for name, runs in taken.items()}
    peak = {name: max(each["peak"] for each in runs) / _GIGABYTE for name, runs in taken.items()}
    what = f"{made:,} lines, {_CUSTOMERS:,} customers, Parquet to Parquet, own process each, best of {_RUNS}"
    yield Row(
        "features/vs_sql",
        round(best["ours"] / best["sql"], 3),
        "×",
        f"45 features, {what}; baseline: seconds of hand-written SQL (two-step counts), memory {_MEMORY} both",
        baseline=round(best["sql"], 1),
        seconds=round(best["ours"], 1),
        bar="≤ 1.3",
        met=best["ours"] / best["sql"] <= 1.3,
    )
    yield Row(
        "features/peak",
        round(peak["ours"], 2),
        "GB",
        "largest resident size of the same process; baseline: the hand-written SQL",
        baseline=round(peak["sql"], 2),
        bar="≤ 4",
        met=peak["ours"] <= 4,
    )
    yield Row(
        "features/rfm_vs_pandas",
        round(best["rfm_pandas"] / best["rfm_ours"], 2),
        "× faster",
        f"recency, distinct orders, spend; {what}; baseline: seconds of pandas, reading only the columns it needs",
        baseline=round(best["rfm_pandas"], 1),
        seconds=round(best["rfm_ours"], 1),
        bar="≥ 3",
        met=best["rfm_pandas"] / best["rfm_ours"] >= 3,
    )


def _child(name: str, lines: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.features_child", name, str(lines), _MEMORY]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result
