"""When a cell becomes known: cells that are filled in after their row, which a snapshot must not show early."""

from __future__ import annotations

__all__ = ["LATER_CELLS", "STATE_CELLS"]

#: table → time column that is filled in after the row → other columns that become known at the same moment.
LATER_CELLS: dict[str, dict[str, tuple[str, ...]]] = {
    "order_lines": {"cancelled_at": (), "reversed_at": ()},
    "orders": {"cancelled_at": ()},
    "products": {"retired_at": ()},
    "messages": {"opened_at": (), "clicked_at": (), "converted_at": (), "unsubscribed_at": ()},
    "exposures": {"clicked_at": (), "converted_at": ()},
    "coupons": {"redeemed_at": ("order_id",)},
    "purchase_orders": {"received_at": ("quantity_received",)},
    "shipments": {"delivered_at": ()},
}

#: table → columns that hold today's state and carry no time of their own. They are not known as of an earlier moment.
STATE_CELLS: dict[str, tuple[str, ...]] = {
    "order_lines": ("status",),
    "orders": ("status",),
    "products": ("price",),
}
