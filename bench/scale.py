"""`habitue run` on a large simulated shop: seconds and memory, how both grow, one more day, and segment previews.

``HABITUE_SCALE_CUSTOMERS`` makes the large shop smaller, for machines that are small or busy; the small one is a tenth
of it. Every step runs in a process of its own. The orders of the last day lie in a file of their own that comes later.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bench.row import Row
from habitue.data.simulate import simulate_lines
from habitue.engine import Engine
from habitue.ledger import Ledger

_CUSTOMERS = 1_000_000
_SEED = 20_240_601
_MEMORY = "2000MB"  # of the database; the rest of the memory is Python's
_GIGABYTE = 2**30
_PREVIEWS = 50
_EQUAL = 1e-9  # sums over many lines are added up by two threads in no fixed order

_SHOP = """[shop]
name = "Simulated"

[[sources]]
format = "parquet"
table = "order_lines"
path = "order_lines_*.parquet"
"""


@dataclass(frozen=True)
class _Ran:
    """What the child told of one run."""

    lines: int
    told: dict[str, Any]

    @property
    def seconds(self) -> float:
        return float(self.told["seconds"])

    @property
    def peak(self) -> float:
        return float(self.told["peak"]) / _GIGABYTE

    @property
    def steps(self) -> str:
        steps = sorted(self.told["steps"].items(), key=lambda each: -each[1]["seconds"])
        return ", ".join(
            f"{name} {each['seconds']:.0f} s {each['peak'] / _GIGABYTE:.1f} GB" for name, each in steps[:8]
        )


def run(data: Path) -> Iterator[Row]:
    """Run a large and a small simulated shop; no public data set is needed."""
    del data
    customers = int(os.environ.get("HABITUE_SCALE_CUSTOMERS", _CUSTOMERS))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        lines, last = _shop(folder, customers)
        large = _Ran(lines, _child("run", folder))
        yield from _whole(large, customers)
        yield _preview(folder, customers)
        (folder / "later.parquet").rename(folder / "order_lines_2.parquet")
        more, anew = (_Ran(lines + last, _child(mode, folder)) for mode in ("run", "anew"))
        yield _incremental(folder, more, anew, last)
    with tempfile.TemporaryDirectory() as place:
        lines, _ = _shop(Path(place), customers // 10)
        small = _Ran(lines, _child("run", Path(place)))
    growth = (large.seconds / large.lines) / (small.seconds / small.lines)
    yield Row(
        "scale/growth", round(growth, 3), "×",
        f"seconds per line at {large.lines:,} lines over seconds per line at {small.lines:,}",
        baseline=round(small.seconds, 1), bar="≤ 1.1", met=growth <= 1.1,
    )  # fmt: skip


def _shop(folder: Path, customers: int) -> tuple[int, int]:
    """Write a shop whose last day is not there yet; return the lines before that day and of it."""
    whole = folder / "whole.parquet"
    simulate_lines(whole, customers=customers, seed=_SEED)
    (folder / "shop.toml").write_text(_SHOP, encoding="utf-8")
    with Engine(memory=_MEMORY) as engine:
        rows = engine.read_parquet(whole)
        day = engine.to_arrow(rows.ordered_at.max()).as_py().replace(hour=0, minute=0, second=0, microsecond=0)
        lines = engine.write_parquet(rows.filter(rows.ordered_at < day), folder / "order_lines_1.parquet")
        last = engine.write_parquet(rows.filter(rows.ordered_at >= day), folder / "later.parquet")
    whole.unlink()
    return lines, last


def _child(mode: str, folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.scale_child", mode, str(folder), _MEMORY]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def _whole(large: _Ran, customers: int) -> Iterator[Row]:
    whole = customers >= _CUSTOMERS
    suffix = "" if whole else " at 1,000,000 customers"
    yield Row(
        "scale/1m/seconds", round(large.seconds, 1), "s",
        f"{customers:,} customers, {large.lines:,} lines, Parquet to report, own process; {large.steps}; processor "
        f"{large.told['cpu']:.0f} s on {len(os.sched_getaffinity(0))} cores",
        seconds=round(large.seconds, 1), bar=f"≤ 240{suffix}", met=large.seconds <= 240 if whole else None,
    )  # fmt: skip
    yield Row(
        "scale/1m/peak_gb", round(large.peak, 2), "GB",
        f"largest resident size of the same process, database bound to {_MEMORY}",
        bar=f"≤ 6{suffix}", met=large.peak <= 6 if whole else None,
    )  # fmt: skip


def _preview(folder: Path, customers: int) -> Row:
    told = _child("preview", folder)
    seconds = np.array(told["previews"])
    slow = float(np.quantile(seconds, 0.95))
    return Row(
        "scale/preview_p95_s", round(slow, 3), "s",
        f"{seconds.size} varied segments (seed {_SEED}) on the shop of {customers:,} customers: size, funnel, sample, "
        f"reach and effect, each shown for the first time; median {np.median(seconds):.2f}, slowest "
        f"{seconds.max():.2f} ({told['slowest']}); what all previews of a moment read is prepared once, in "
        f"{told['prepared']:.0f} s", bar="≤ 1", met=slow <= 1,
    )  # fmt: skip


def _incremental(folder: Path, more: _Ran, anew: _Ran, last: int) -> Row:
    differing = _differing(folder, more.told["run"], anew.told["run"])
    share = more.seconds / anew.seconds
    return Row(
        "scale/incremental_share", round(share, 3), "share",
        f"{last:,} lines of one more day in a file of their own: run after run, {more.seconds:.0f} s, over the same "
        f"with --anew, {anew.seconds:.0f} s (all read, all learnt); models kept: {', '.join(more.told['reused'])}; "
        f"cells that differ by more than {_EQUAL:g}: {differing or 'none'}; {more.steps}",
        baseline=round(anew.seconds, 1), seconds=round(more.seconds, 1),
        bar="≤ .35, results identical", met=share <= 0.35 and not differing,
    )  # fmt: skip


def _differing(folder: Path, one: str, other: str) -> dict[str, int]:
    """Count cells that differ between the tables of two runs, by table."""
    runs = Ledger(folder / ".habitue").folder / "runs"
    names = sorted({each.name for run in (one, other) for each in (runs / run).glob("*.parquet")})
    found: dict[str, int] = {}
    for name in names:
        ours, theirs = (runs / run / name for run in (one, other))
        count = _cells(pq.read_table(ours), pq.read_table(theirs)) if ours.exists() and theirs.exists() else -1
        if count:
            found[name.removesuffix(".parquet")] = count
    return found


def _cells(one: pa.Table, other: pa.Table) -> int:
    if one.schema != other.schema or one.num_rows != other.num_rows:
        return max(one.num_rows, other.num_rows)
    return sum(_unequal(one[name], other[name]) for name in one.column_names)


def _unequal(one: pa.ChunkedArray, other: pa.ChunkedArray) -> int:
    if pa.types.is_floating(one.type):
        ours, theirs = (each.to_numpy(zero_copy_only=False) for each in (one, other))
        return int((~np.isclose(ours, theirs, rtol=_EQUAL, atol=_EQUAL, equal_nan=True)).sum())
    if pa.types.is_nested(one.type):
        flat = [pd.json_normalize([{"v": each} for each in rows.to_pylist()[:2_000]]) for rows in (one, other)]
        return int(repr(flat[0].to_dict()) != repr(flat[1].to_dict())) if not one.equals(other) else 0
    both = pc.fill_null(pc.equal(one, other), False)
    neither = pc.and_(one.is_null(), other.is_null())
    return int(pc.sum(pc.invert(pc.or_(both, neither))).as_py() or 0)
