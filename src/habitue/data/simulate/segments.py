"""The latent kinds of customers of the simulated shop: what a segmentation should find again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from habitue.data.simulate.plan import Floats
from habitue.schema import Words

__all__ = ["SEGMENTS", "Segment", "segment_values"]


@dataclass(frozen=True, slots=True)
class Segment:
    """One kind of customer; rates are per day.

    ``regularity`` is the shape of the gaps between orders: 1 is a Poisson process, higher is steadier.
    ``sale_response`` and ``gift_response`` say how strongly sale days and gift seasons are felt (1 = like the average).
    """

    code: str
    name: Words
    share: float
    order_rate: float
    rate_shape: float
    regularity: int
    dropout_rate: float
    further_lines: float
    pieces: float
    price_sensitivity: float
    discount_sensitivity: float
    message_uplift: float
    sale_response: float
    gift_response: float
    taste: str


SEGMENTS = (
    Segment(
        "regulars", Words("Frequent buyers", "高频常客"), 0.14, 1 / 24, 4.0, 2, 1 / 900,
        1.6, 1.15, 0.30, 0.3, 0.25, 0.8, 1.0, "any",
    ),
    Segment(
        "bargain_hunters", Words("Bargain hunters", "折扣猎手"), 0.20, 1 / 60, 3.0, 1, 1 / 500,
        1.8, 1.25, 0.85, 2.0, 0.60, 1.6, 0.6, "any",
    ),
    Segment(
        "gift_buyers", Words("Gift and season buyers", "节日送礼客"), 0.16, 1 / 110, 3.0, 1, 1 / 700,
        1.5, 1.20, 0.35, 0.5, 0.40, 1.0, 2.2, "gift",
    ),
    Segment(
        "big_baskets", Words("Big occasional baskets", "偶尔大单客"), 0.10, 1 / 100, 3.0, 2, 1 / 800,
        6.0, 1.30, 0.40, 0.4, 0.20, 1.0, 1.0, "any",
    ),
    Segment(
        "triers", Words("One-time triers", "尝鲜一次客"), 0.24, 1 / 250, 2.0, 1, 1 / 60,
        0.5, 1.05, 0.60, 0.8, 0.30, 1.0, 0.8, "any",
    ),
    Segment(
        "replenishers", Words("Steady replenishers", "定期补货客"), 0.145, 1 / 32, 5.0, 6, 1 / 1000,
        0.8, 1.40, 0.45, 0.3, 0.10, 0.4, 0.3, "consumable",
    ),
    Segment(
        "wholesale", Words("Wholesale buyers", "批发客户"), 0.015, 1 / 18, 4.0, 2, 1 / 1200,
        5.0, 12.0, 0.70, 0.4, 0.10, 0.5, 0.7, "any",
    ),
)  # fmt: skip


def segment_values(name: str) -> Floats:
    """Return one number of every segment, in order."""
    return np.array([getattr(segment, name) for segment in SEGMENTS], dtype=np.float64)
