"""One contender of the features bench in a process of its own, so that its peak memory is its own."""

from __future__ import annotations

import datetime as dt
import json
import resource
import sys
import time
from pathlib import Path

from bench.hand_written import FEATURES, careful_sql

AS_OF = dt.datetime(2024, 6, 1)
RFM = ("last_order_at", "orders", "spend")


def _with_engine(which: str, lines: Path, out: Path, memory: str) -> None:
    from habitue.data.snapshot import Snapshot
    from habitue.engine import Engine
    from habitue.features import compute

    with Engine(memory=memory) as engine:
        if which == "sql":
            expr = engine.query(careful_sql(str(lines), f"{AS_OF}"))
        else:
            snapshot = Snapshot({"order_lines": engine.read_parquet(lines)}, AS_OF)
            expr = compute(snapshot, RFM if which == "rfm_ours" else FEATURES)
        engine.write_parquet(expr, out)


def _with_pandas(lines: Path, out: Path) -> None:
    import pandas as pd

    columns = ["customer_id", "order_id", "ordered_at", "quantity", "unit_price", "set_aside"]
    frame = pd.read_parquet(lines, columns=columns)
    keep = (frame.ordered_at < AS_OF) & frame.customer_id.notna() & (frame.quantity > 0) & (frame.unit_price > 0)
    frame = frame[keep & frame.set_aside.isna()]
    frame = frame.assign(spend=frame.quantity * frame.unit_price)
    grouped = frame.groupby("customer_id", sort=False)
    result = grouped.agg(last_order_at=("ordered_at", "max"), orders=("order_id", "nunique"), spend=("spend", "sum"))
    result.reset_index().to_parquet(out)


def main() -> None:
    which, lines, memory = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    out = lines.parent / f"out_{which}.parquet"
    started = time.perf_counter()
    if which == "rfm_pandas":
        _with_pandas(lines, out)
    else:
        _with_engine(which, lines, out, memory)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds, "peak": peak}))


if __name__ == "__main__":
    main()
