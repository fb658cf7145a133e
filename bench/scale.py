"""`habitue run` on a large simulated shop: seconds and memory from Parquet to report, and how both grow.

``HABITUE_SCALE_CUSTOMERS`` makes the large shop smaller, for machines that are small or busy; the small one is a tenth
of it. Each size runs in a process of its own.
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

from bench.row import Row
from habitue.data.simulate import simulate_lines

_CUSTOMERS = 1_000_000
_SEED = 20_240_601
_MEMORY = "2000MB"  # of the database; the rest of the memory is Python's
_GIGABYTE = 2**30

_SHOP = """[shop]
name = "Simulated"

[[sources]]
format = "parquet"
table = "order_lines"
path = "order_lines.parquet"
"""


@dataclass(frozen=True)
class _Ran:
    """What the child told of one size."""

    customers: int
    lines: int
    told: dict[str, Any]

    @property
    def seconds(self) -> float:
        return float(self.told["seconds"])

    @property
    def peak(self) -> float:
        return float(self.told["peak"]) / _GIGABYTE

    @property
    def per_line(self) -> float:
        return self.seconds / self.lines

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
    large = _child(customers)
    whole = customers >= _CUSTOMERS
    what = f"{large.customers:,} customers, {large.lines:,} lines, Parquet to report, own process; {large.steps}"
    yield Row(
        "scale/1m/seconds",
        round(large.seconds, 1),
        "s",
        f"{what}; processor {large.told['cpu']:.0f} s on {len(os.sched_getaffinity(0))} cores",
        seconds=round(large.seconds, 1),
        bar="≤ 240" if whole else "≤ 240 at 1,000,000 customers",
        met=large.seconds <= 240 if whole else None,
    )
    yield Row(
        "scale/1m/peak_gb",
        round(large.peak, 2),
        "GB",
        f"largest resident size of the same process, database bound to {_MEMORY}",
        bar="≤ 6" if whole else "≤ 6 at 1,000,000 customers",
        met=large.peak <= 6 if whole else None,
    )
    small = _child(customers // 10)
    growth = large.per_line / small.per_line
    yield Row(
        "scale/growth",
        round(growth, 3),
        "×",
        f"seconds per line at {large.lines:,} lines over seconds per line at {small.lines:,}",
        baseline=round(small.seconds, 1),
        bar="≤ 1.1",
        met=growth <= 1.1,
    )


def _child(customers: int) -> _Ran:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        lines = simulate_lines(folder / "order_lines.parquet", customers=customers, seed=_SEED)
        (folder / "shop.toml").write_text(_SHOP, encoding="utf-8")
        command = [sys.executable, "-m", "bench.scale_child", str(folder), _MEMORY]
        environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
        return _Ran(customers, lines, json.loads(done.stdout.splitlines()[-1]))
