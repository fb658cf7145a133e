"""What the area is asked, and the tables it publishes."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from habitue.tasks import REASONS

__all__ = ["NEED", "NEED_CATEGORIES", "NEED_PRODUCTS", "NEED_TIMING", "NeedSpec"]


@dataclass(frozen=True, slots=True)
class NeedSpec:
    """Parameters of the area.

    Attributes
    ----------
    horizon_days : int
        What comes next is learnt from first orders within so many days.
    timing_days : int
        The time of the next order is told for orders within so many days.
    categories : int
        Learnt from titles, where the merchant gives none.
    shown : int
        Categories, and products, published for each customer.
    learners : int
        Customers to learn from at most; the same ones whatever else is known.
    pairs : int
        Customers × categories held in memory at a time.
    whole : int
        Customers above which only the ones most likely to order, so many of them, get the full answer; own history
        smoothed with popularity answers for the others.
    seed : int
    """

    horizon_days: int = 90
    timing_days: int = 180
    categories: int = 30
    shown: int = 5
    learners: int = 20_000
    pairs: int = 200_000
    whole: int = 100_000
    seed: int = 0


NEED = pa.schema(
    [
        ("customer_id", pa.string()),
        ("as_of", pa.timestamp("us")),
        ("rank", pa.int64()),
        ("category", pa.string()),
        ("probability", pa.float64()),
        ("is_new", pa.bool_()),
        ("reasons", REASONS),
    ]
)

NEED_PRODUCTS = pa.schema(
    [
        ("customer_id", pa.string()),
        ("as_of", pa.timestamp("us")),
        ("rank", pa.int64()),
        ("product_id", pa.string()),
        ("product_title", pa.string()),
        ("probability", pa.float64()),
        ("due_at", pa.timestamp("us")),
        ("usual_gap_days", pa.float64()),
        ("reason", pa.string()),
    ]
)

NEED_TIMING = pa.schema(
    [
        ("customer_id", pa.string()),
        ("as_of", pa.timestamp("us")),
        ("next_order_at", pa.timestamp("us")),
        ("days_to_next_order", pa.float64()),
        ("low_days", pa.float64()),
        ("high_days", pa.float64()),
        ("usual_gap_days", pa.float64()),
    ]
)

NEED_CATEGORIES = pa.schema(
    [
        ("category", pa.string()),
        ("words", pa.string()),
        ("products", pa.int64()),
        ("share", pa.float64()),
        ("from_titles", pa.bool_()),
    ]
)
