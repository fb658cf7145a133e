"""What the shop knows at a moment: later rows are not there yet, later news in earlier rows neither."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from habitue.data.simulate.typed import ARROW
from habitue.schema import Kind, table

__all__ = ["clipped", "known_until"]

#: Table → column that becomes known later → columns that come with it.
_LATER: dict[str, dict[str, tuple[str, ...]]] = {
    "orders": {"cancelled_at": ()},
    "order_lines": {"cancelled_at": ()},
    "products": {"retired_at": ()},
    "messages": {"opened_at": (), "clicked_at": (), "converted_at": (), "unsubscribed_at": ()},
    "exposures": {"clicked_at": (), "converted_at": ()},
    "coupons": {"redeemed_at": ("order_id",)},
    "purchase_orders": {"received_at": ("quantity_received",)},
    "shipments": {"delivered_at": ()},
}


def clipped(name: str, rows: Any, end: datetime) -> Any:
    """Keep what happened before ``end`` and hide what became known later; all of it has reached the shop by then."""
    kept = _hidden(name, _happened(name, rows, end), end)
    if "ingested_at" not in kept.column_names:
        return kept
    place = kept.column_names.index("ingested_at")
    last = pa.scalar(end, type=ARROW[Kind.TIME])
    second = pa.scalar(1_000_000, type=pa.duration("us"))
    arrived = kept["ingested_at"]
    capped = pc.if_else(pc.is_null(arrived), arrived, pc.min_element_wise(arrived, pc.subtract(last, second)))
    return kept.set_column(place, kept.schema.field(place), capped)


def known_until(name: str, rows: Any, moment: datetime) -> Any:
    """Keep only rows that had happened and had reached the shop before a moment, as they stood then."""
    kept = _happened(name, rows, moment)
    if "ingested_at" in kept.column_names:
        arrived = pc.less(kept["ingested_at"], pa.scalar(moment, type=ARROW[Kind.TIME]))
        kept = kept.filter(pc.fill_null(arrived, fill_value=True))
    return _hidden(name, kept, moment)


def _happened(name: str, rows: Any, end: datetime) -> Any:
    time = table(name).time
    if time is None:
        return rows
    bound = pa.scalar(end, type=pa.timestamp("us")).cast(rows.schema.field(time).type)
    return rows.filter(pc.fill_null(pc.less(rows[time], bound), fill_value=True))


def _hidden(name: str, rows: Any, end: datetime) -> Any:
    for column, others in _LATER.get(name, {}).items():
        later = pc.greater_equal(rows[column], pa.scalar(end, type=ARROW[Kind.TIME]))
        later = pc.fill_null(later, fill_value=False)
        if column == "cancelled_at":
            rows = _set(rows, "status", pc.if_else(later, pa.scalar("completed"), rows["status"]))
        for each in (column, *others):
            rows = _set(rows, each, pc.if_else(later, pa.scalar(None, type=rows.schema.field(each).type), rows[each]))
    return rows


def _set(rows: Any, column: str, values: Any) -> Any:
    place = rows.column_names.index(column)
    return rows.set_column(place, rows.schema.field(place), values)
