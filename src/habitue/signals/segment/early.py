"""Where a new customer will belong: guessed from the first order, by what became of others who began alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from habitue.models.segmenting import RuledSegments, ruled

__all__ = ["EARLY_FEATURES", "EarlyGuess"]

#: Of a customer on the day of the first order.
EARLY_FEATURES = ("first_order_value", "first_order_items")
_MOST = 10


@dataclass(frozen=True)
class EarlyGuess:
    """Groups of first orders, and the commonest later segment of each group.

    Attributes
    ----------
    groups : RuledSegments
    commonest : array of int
        By group.
    sure : array of float
        Share of the group that later was in that segment.
    """

    groups: RuledSegments
    commonest: Any
    sure: Any

    @classmethod
    def fit(cls, x: Any, later: Any) -> EarlyGuess:
        """Learn from customers whose later segment is known.

        Parameters
        ----------
        x : array of shape (n, 2)
            `EARLY_FEATURES` on the day of the first order.
        later : array of int, shape (n,)
            Segment some time later.
        """
        segment = np.asarray(later, dtype=np.int64)
        groups = ruled(x, EARLY_FEATURES, segment, k=_MOST, method="early_guess")
        place, size = groups.assign(x), int(segment.max(initial=0)) + 1
        counts = np.bincount(place * size + segment, minlength=groups.size * size).reshape(groups.size, size)
        sure = counts.max(axis=1) / np.maximum(counts.sum(axis=1), 1)
        return cls(groups, counts.argmax(axis=1), sure)

    def guess(self, x: Any) -> tuple[Any, Any]:
        """Return the segment each new customer is expected in, and how often such a guess was right."""
        place = self.groups.assign(x)
        return self.commonest[place], self.sure[place]
