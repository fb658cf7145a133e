"""``python -m bench NAME --data DIR [--json]``: run one bench and print its rows."""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from dataclasses import replace
from pathlib import Path

BENCHES = (
    "quality",
    "features",
    "startup",
    "tasks",
    "value",
    "churn",
    "need",
    "segments",
    "scale",
    "ope",
    "next_item",
    "next_item_time",
    "next_item_transformer",
    "recommend_speed",
    "vectors",
    "intent",
    "priors",
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("name", choices=BENCHES, help="first part of the rows' names")
    parser.add_argument("--data", type=Path, required=True, help="folder with the public data sets")
    parser.add_argument("--json", action="store_true", help="one JSON object a row")
    asked = parser.parse_args()
    module = importlib.import_module(f"bench.{asked.name}")
    started = time.perf_counter()
    for row in module.run(asked.data):
        timed = row if row.seconds is not None else replace(row, seconds=round(time.perf_counter() - started, 2))
        print(timed.as_json() if asked.json else timed.as_text(), flush=True)
        started = time.perf_counter()
    return 0


if __name__ == "__main__":
    sys.exit(main())
