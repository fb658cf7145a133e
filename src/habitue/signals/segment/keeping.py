"""Whether new segments are worth the change: the published ones stay until others do clearly better."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from habitue.models.metrics.segments import cross_fitted
from habitue.models.segmenting import RuledSegments
from habitue.schema import Words
from habitue.signals.segment.past import FEATURES, Customers

__all__ = ["Comparison", "compared", "speaks_of_known"]

_CLEARLY = 1.0  # standard errors


@dataclass(frozen=True)
class Comparison:
    """How much more new segments told about the same customers than the published ones.

    Attributes
    ----------
    gain : float
        Share of the variance explained, the mean of that of log spend and that of inactivity: new less published.
    error : float
        Standard error of the gain; customers are drawn, the definitions stay.
    since, until : datetime
        The time in which the customers were followed.
    """

    gain: float
    error: float
    since: datetime
    until: datetime

    @property
    def clear(self) -> bool:
        """Whether the new segments did better by a standard error or more."""
        return self.gain > 0 and self.gain >= _CLEARLY * self.error

    @property
    def reason(self) -> Words:
        """Say what was decided and by which figures."""
        told_en = f"{100 * self.gain:+.2f} points of the differences between customers"
        told_zh = f"客户差异解释度{100 * self.gain:+.2f}个百分点（标准误{100 * self.error:.2f}）"
        since, until = f"{self.since:%Y-%m-%d}", f"{self.until:%Y-%m-%d}"
        when_en, when_zh = f"{since} to {until}", f"{since}至{until}"
        if self.clear:
            return Words(
                f"The published segments gave way: from {when_en} the new ones explain {told_en} "
                f"(standard error {100 * self.error:.2f}).",
                f"已更新原有分群：在{when_zh}期间，新分群的{told_zh}，明显更好。",
            )
        return Words(
            f"The published segments are kept: from {when_en} newly learnt ones would explain {told_en} "
            f"(standard error {100 * self.error:.2f}), which is not clearly more.",
            f"沿用已发布的分群：在{when_zh}期间，重新学习的{told_zh}，优势不明显。",
        )


def compared(new: RuledSegments, published: RuledSegments, followed: Customers, until: datetime) -> Comparison:
    """Compare two definitions by what the same customers did after a moment.

    Parameters
    ----------
    new, published : RuledSegments
        On the features of `FEATURES`.
    followed : Customers
        At a moment, with what they did until ``until``.
    until : datetime
    """
    outcomes = (np.log1p(followed.spend), (followed.orders == 0).astype(np.float64))
    spread = [max(float(each.var()), 1e-12) for each in outcomes]

    def missed(definition: RuledSegments) -> Any:
        place = definition.assign(followed.x)
        far = [
            ((cross_fitted(place, each) - each) ** 2).mean(axis=0) / wide
            for each, wide in zip(outcomes, spread, strict=True)
        ]
        return np.mean(far, axis=0)

    gain = missed(published) - missed(new)
    error = float(gain.std(ddof=1) / np.sqrt(gain.size)) if gain.size > 1 else 0.0
    return Comparison(float(gain.mean()), error, followed.at, until)


def speaks_of_known(definition: RuledSegments) -> bool:
    """Say whether the rules speak of nothing but what is learnt from."""
    return set(definition.features) <= set(FEATURES)
