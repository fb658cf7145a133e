"""How fast recommending is: learning, one list among 100,000 products, the whole base, and after an event."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.row import Row

_SIZES = {"2e5": (200_000, 90), "1e6": (1_000_000, 240), "1e7": (10_000_000, 900)}
_SKIP = "HABITUE_BENCH_SMALL"  # set on small machines: the largest size is left out
_MACHINE = "2 cores, no GPU, one thread, own process; 100,000 products, synthetic visits along a chain, seed 0"


def run(data: Path) -> Iterator[Row]:
    """Print all rows; no data set is read."""
    del data
    served: dict[str, Any] = {}
    for size, (events, most) in _SIZES.items():
        if size == "1e7" and os.environ.get(_SKIP):
            yield Row(f"recommend_speed/fit/{size}", float("nan"), "s", f"left out: {_SKIP} is set", bar=f"≤ {most}")
            continue
        found = _child(events, serve=size == "1e6")
        yield Row(
            f"recommend_speed/fit/{size}",
            round(found["fit_cpu"], 1),
            "s",
            f"processor seconds from arrays of {events:,} events to fitted makers, ranker and neighbours, without the "
            f"transformer; {_MACHINE}; wall {found['fit_wall']:.0f} s",
            seconds=round(found["fit_wall"], 1),
            bar=f"≤ {most}",
            met=found["fit_cpu"] <= most,
        )
        if size == "1e6":
            served = found
    yield from _serving(served)


def _serving(found: dict[str, Any]) -> Iterator[Row]:
    what = f"1,000,000 events; {_MACHINE}"
    yield Row("recommend_speed/peak_gb_1e6", round(found["peak"] / 2**30, 2), "GB",
              f"largest resident size while learning and serving, {what}", bar="≤ 3",
              met=found["peak"] / 2**30 <= 3)  # fmt: skip
    for name, most in (("p50_ms", 5), ("p99_ms", 15)):
        yield Row(f"recommend_speed/{name}", round(found[name], 2), "ms",
                  f"processor ms of a list of 10 for one customer, no reasons, {what}; beside: with",
                  baseline=round(found[f"{name}_with_reasons"], 2), bar=f"≤ {most}",
                  met=found[name] <= most)  # fmt: skip
    peer = found.get("implicit_per_s")
    yield Row("recommend_speed/batch_per_s", round(found["batch_per_s"]), "customers/s",
              f"lists of 10 for a whole base, with rules and chances, {what}; baseline: implicit's batch call "
              + ("(64 factors)" if peer else "(not installed)"),
              baseline=round(peer) if peer else None, bar="≥ 2000", met=found["batch_per_s"] >= 2000)  # fmt: skip
    yield Row("recommend_speed/freshness_ms", round(found["freshness_ms"], 2), "ms",
              f"processor time from an event to the changed list, median of 100, {what}", bar="≤ 50",
              met=found["freshness_ms"] <= 50)  # fmt: skip


def _child(events: int, *, serve: bool) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.recommend_speed_child", str(events), "serve" if serve else "fit"]
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])} | threads
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result
