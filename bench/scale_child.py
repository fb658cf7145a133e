"""`habitue run` on one size of shop in a process of its own, so that its peak memory is its own; and its previews."""

from __future__ import annotations

import datetime as dt
import json
import random
import resource
import sys
import time
from pathlib import Path
from typing import Any

_PEAK = Path("/proc/self/status")
_RESET = Path("/proc/self/clear_refs")
_SEED = 20_240_601
_PREVIEWS = 50


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


def measured(folder: Path, memory: str, *, anew: bool) -> dict[str, Any]:
    """Open the shop in a folder, run everything, write the report."""
    watch = Stopwatch()
    begun, processor = time.perf_counter(), time.process_time()
    watch("import")
    from habitue.data.shop import Shop
    from habitue.engine import Engine
    from habitue.pipeline import run
    from habitue.report import write_report

    watch("load")
    with Shop.open(folder, engine=Engine(memory=memory), anew=anew) as shop:
        summary = run(shop, anew=anew, report=watch)
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
        "run": summary.run_id,
        "learnt_at": str(summary.learnt_at),
        "reused": list(summary.reused),
    }


def previewed(folder: Path) -> dict[str, Any]:
    """Show fifty varied segments of the shop that ran in the folder; the memory bound is the default one."""
    from habitue.data.shop import Shop
    from habitue.engine import Engine
    from habitue.signals.segment.language import from_json, prepare, preview, say

    draw = random.Random(_SEED)
    with Shop.open(folder, engine=Engine()) as shop:
        as_of = shop.latest_as_of
        begun = time.perf_counter()
        prepare(shop, as_of)
        prepared = time.perf_counter() - begun
        lines = shop.at(as_of).purchases
        common = shop.engine.to_rows(
            lines.group_by("category").agg(rows=lines.count()).order_by("rows").limit(40).select("category")
        )
        categories = [row["category"] for row in common if row["category"]]
        told = []
        for _ in range(_PREVIEWS):
            tree = from_json(varied(draw, categories, as_of))
            told.append((preview(tree, shop, as_of).seconds, say(tree)))
    slowest = max(told)
    return {"prepared": prepared, "previews": [each for each, _ in told], "slowest": slowest[1]}


def varied(draw: random.Random, categories: list[str], as_of: dt.datetime) -> dict[str, Any]:
    """Return a segment such as people save, as JSON: one to four conditions of all kinds."""
    leaves = [_condition(draw, categories, as_of) for _ in range(draw.randint(1, 4))]
    tree = leaves[0] if len(leaves) == 1 else {draw.choice(("all", "all", "any")): leaves}
    return {"not": tree} if draw.random() < 0.1 else tree


def _condition(draw: random.Random, categories: list[str], as_of: dt.datetime) -> dict[str, Any]:
    days = draw.choice((7, 14, 30, 60, 90, 180, 365))
    where = [{"column": "category", "op": "in", "value": draw.sample(categories, min(3, len(categories)))}]
    month = (as_of - dt.timedelta(days=draw.randrange(60, 400))).date()
    kinds: list[dict[str, Any]] = [
        {"feature": "recency_days", "op": draw.choice(("<", ">=")), "value": days},
        {"feature": "spend_365d", "op": ">=", "value": draw.choice((20, 50, 100, 200))},
        {"feature": "orders", "op": draw.choice((">=", "<")), "value": draw.randint(2, 6)},
        {"feature": "mean_gap_days", "op": "<", "value": days},
        {"did": "buy", "within": {"last_days": days}, "times": {"op": ">=", "value": draw.randint(1, 3)}},
        {"did": "buy", "where": where, "within": {"last_days": days}},
        {"did": "buy", "where": where, "spend": {"op": ">=", "value": draw.choice((10, 30, 80))}},
        {"did_not": "buy", "where": where, "within": {"last_days": days}},
        {"did": "return", "within": {"last_days": 365}},
        {"did": "buy", "within": {"from": str(month), "to": str(month + dt.timedelta(days=30))}},
        {"last": "buy", "where": where, "op": "<", "value": days},
        {"sequence": [{"did": "buy", "where": where}, {"did": "buy", "within_days": days}]},
        {"rank": draw.choice(("spend", "orders", "recency_days")), "top_share": draw.choice((0.05, 0.1, 0.25))},
        {"rank": "spend", "band": draw.randint(1, 5), "of": 5},
        {"signal": "churn.risk", "op": "=", "value": draw.choice(("low", "medium", "high"))},
        {"signal": "value.expected_spend", "op": ">=", "value": draw.choice((5, 10, 25))},
        {"signal": "need.category", "op": "in", "value": draw.sample(categories, min(2, len(categories)))},
        {"bucket": [1, 2], "of": 10, "salt": draw.choice(("spring", "autumn"))},
    ]
    return draw.choice(kinds)


def main() -> None:
    """Print what was measured as one line of JSON."""
    mode, folder, memory = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    told = previewed(folder) if mode == "preview" else measured(folder, memory, anew=mode == "anew")
    print(json.dumps(told))


if __name__ == "__main__":
    main()
