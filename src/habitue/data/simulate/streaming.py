"""Order lines of very many customers, written piece by piece so that memory does not grow with the shop."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from habitue.data.simulate.clipping import clipped
from habitue.data.simulate.core import CHUNK, draw_chunk
from habitue.data.simulate.plan import Plan
from habitue.data.simulate.selling import FIRST_ORDER, build_sales, order_lines_table
from habitue.data.simulate.shop import FIRST_DAY, end_of
from habitue.data.simulate.typed import arrow_schema
from habitue.data.simulate.wares import word_wares
from habitue.data.simulate.world import build_world

__all__ = ["simulate_lines"]

_PILOT = 5_000  # customers by whom the lines per customer are gauged, in groups from first to last
_GROUPS = 10


def simulate_lines(
    path: Path,
    *,
    customers: int,
    lines_per_customer: float | None = 20.0,
    days: int = 730,
    seed: int = 7,
    start: date = FIRST_DAY,
    language: str = "en",
) -> int:
    """Write the order lines of a shop of any size to one Parquet file, and return how many there are.

    Customers come in groups of 20,000, one row group each, in order of time within the group. Shelves never run empty.

    Parameters
    ----------
    path : Path
        The file to write.
    customers : int
    lines_per_customer : float, optional
        Mean lines per customer, met within some per cent by making everybody buy more or less often; ``None`` leaves
        the rates as they are.
    days, seed, start, language
        As for `simulate`.
    """
    plan = Plan(customers=customers, days=days, seed=seed, start=start, language=language)
    if lines_per_customer is not None:
        plan = _gauged(plan, lines_per_customer)
    world = build_world(plan)
    wares, end = word_wares(world), end_of(plan)
    written, number = 0, FIRST_ORDER
    path.parent.mkdir(parents=True, exist_ok=True)
    with pq.ParquetWriter(path, arrow_schema("order_lines"), compression="zstd") as file:
        for begin in range(0, customers, CHUNK):
            core = draw_chunk(world, range(begin, min(begin + CHUNK, customers)))
            sales = build_sales(core, first_number=number, chunk=begin)
            lines = clipped("order_lines", order_lines_table(sales, wares), end)
            file.write_table(lines, row_group_size=max(lines.num_rows, 1))
            written, number = written + lines.num_rows, number + core.orders.at.size
    return written


def _gauged(plan: Plan, wanted: float) -> Plan:
    """Find the rate at which a few groups of customers, old and new, come to the wanted lines each."""
    least = _lines_per_customer(replace(plan, rate_scale=0.0))
    scale = 1.0
    for _ in range(2):
        found = _lines_per_customer(replace(plan, rate_scale=scale))
        scale *= max(wanted - least, 0.0) / max(found - least, 1e-9)
    return replace(plan, rate_scale=scale)


def _lines_per_customer(plan: Plan) -> float:
    world = build_world(plan)
    size = max(min(_PILOT, plan.customers) // _GROUPS, 1)
    lines = 0
    for begin in np.linspace(0, plan.customers - size, _GROUPS).astype(int).tolist():
        core = draw_chunk(world, range(begin, begin + size))
        lines += int(np.count_nonzero(core.orders.at[core.lines.order] < plan.days)) + core.returns.line.size
    return lines / (size * _GROUPS)
