"""See by its headers which platform wrote a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from habitue.data.sources.platforms.clickstream import is_shop_event
from habitue.data.sources.platforms.tables import plain

__all__ = ["detect"]

#: Platform → sets of headers, in their bare form, any of which gives it away.
_SIGNS: tuple[tuple[str, tuple[frozenset[str], ...]], ...] = (
    ("shopify", (frozenset({"name", "lineitem_quantity", "lineitem_name", "lineitem_price"}),)),
    (
        "woocommerce",
        (
            frozenset({"order_number", "order_date", "item_name", "item_cost"}),
            frozenset({"order_number", "order_status", "order_date", "email_billing"}),
            frozenset({"order_item_id", "order_id", "product_id", "product_qty", "product_net_revenue"}),
            frozenset({"order_id", "num_items_sold", "net_total", "status", "returning_customer"}),
            frozenset({"date", "order", "product_s", "items_sold", "customer_type"}),
        ),
    ),
    (
        "ga4",
        (
            frozenset({"event_name", "event_timestamp", "user_pseudo_id"}),
            frozenset({"event_name", "event_date", "user_pseudo_id"}),
        ),
    ),
)
_SEGMENT_TIMES = frozenset({"original_timestamp", "received_at", "sent_at"})


def detect(headers: Sequence[str], columns: Mapping[str, Sequence[str | None]]) -> str | None:
    """Return the platform whose export this is, or ``None``.

    Parameters
    ----------
    headers : sequence of str
        As the file has them.
    columns : mapping
        Header to some of its values.

    Examples
    --------
    >>> detect(["event_name", "event_timestamp", "user_pseudo_id", "geo.country"], {})
    'ga4'
    >>> detect(["customer", "order", "date"], {}) is None
    True
    """
    bare = {plain(header): header for header in headers}
    for platform, signs in _SIGNS:
        if any(sign <= bare.keys() for sign in signs):
            return platform
    return "segment" if _is_segment(bare, columns) else None


def _is_segment(bare: Mapping[str, str], columns: Mapping[str, Sequence[str | None]]) -> bool:
    """Tell tracked events from any other log by their times and the names of their events."""
    if not ({"anonymous_id", "distinct_id"} & bare.keys() and "event" in bare):
        return False
    return bool(_SEGMENT_TIMES & bare.keys()) or any(
        is_shop_event(value) for value in columns.get(bare["event"], ()) if value
    )
