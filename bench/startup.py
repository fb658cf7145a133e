"""How long it takes until something happens: ``import habitue`` and ``habitue --help`` as whole processes."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench.row import Row

_RUNS = 10
_CASES = (
    ("startup/import_ms", [sys.executable, "-c", "import habitue"], 150.0),
    ("startup/help_ms", [str(Path(sys.executable).parent / "habitue"), "--help"], 350.0),
)


def run(data: Path) -> Iterator[Row]:
    """Measure each command ten times after one warm-up and print the best, with a bare interpreter beside it."""
    del data
    bare = min(_times([sys.executable, "-c", "pass"]))
    for name, command, bar in _CASES:
        times = _times(command)
        yield Row(
            name,
            round(min(times), 1),
            "ms",
            f"best of {_RUNS} whole processes after one warm-up; baseline: a bare interpreter; interval: all runs",
            baseline=round(bare, 1),
            interval=(round(min(times), 1), round(max(times), 1)),
            bar=f"≤ {bar:g}",
            met=min(times) <= bar,
        )


def _times(command: list[str]) -> list[float]:
    taken = []
    for _ in range(_RUNS + 1):
        started = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        taken.append((time.perf_counter() - started) * 1_000)
    return taken[1:]
