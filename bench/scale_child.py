"""`habitue run` on one size of shop in a process of its own, so that its peak memory is its own."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

_PEAK = Path("/proc/self/status")
_RESET = Path("/proc/self/clear_refs")


class Stopwatch:
    """Seconds, processor seconds and largest resident size of every step."""

    def __init__(self) -> None:
        self.steps: dict[str, dict[str, float]] = {}
        self._name = ""
        self._begun = (0.0, 0.0)

    def __call__(self, name: str, done: int = 0, of: int = 0) -> None:
        """End the step before, and begin the next one."""
        del done, of
        now = (time.perf_counter(), time.process_time())
        if self._name:
            wall, processor = (end - start for end, start in zip(now, self._begun, strict=True))
            self.steps[self._name] = {"seconds": wall, "cpu": processor, "peak": _peak()}
        self._name, self._begun = name, now
        if _RESET.exists():
            _RESET.write_text("5")


def _peak() -> float:
    """Bytes at most since the last reset, where the system tells; else of the whole process."""
    if _PEAK.exists():
        line = next(each for each in _PEAK.read_text().splitlines() if each.startswith("VmHWM"))
        return float(line.split()[1]) * 1024
    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) * 1024


def measured(folder: Path, memory: str) -> dict[str, Any]:
    """Open the shop in a folder, run everything, write the report."""
    watch = Stopwatch()
    begun, processor = time.perf_counter(), time.process_time()
    watch("import")
    from habitue.data.shop import Shop
    from habitue.engine import Engine
    from habitue.pipeline import run
    from habitue.report import write_report

    watch("load")
    with Shop.open(folder, engine=Engine(memory=memory)) as shop:
        summary = run(shop, report=watch)
        watch("report")
        write_report(shop, folder / "report.html", as_of=summary.as_of)
        watch("end")
    return {
        "seconds": time.perf_counter() - begun,
        "cpu": time.process_time() - processor,
        "peak": max(each["peak"] for each in watch.steps.values()),
        "steps": watch.steps,
        "skipped": dict(summary.skipped),
        "tables": dict(summary.tables),
    }


def main() -> None:
    """Print what was measured as one line of JSON."""
    print(json.dumps(measured(Path(sys.argv[1]), sys.argv[2])))


if __name__ == "__main__":
    main()
