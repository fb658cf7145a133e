"""Learning before, judging after: splits of examples that cannot be turned round."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from habitue.errors import DataError
from habitue.tasks.examples import Examples

__all__ = ["Split", "earlier_rows", "split_in_time"]


@dataclass(frozen=True)
class Split:
    """Rows to learn from and later rows to be judged by.

    Attributes
    ----------
    train, test : Examples
    kind : {"later", "overlapping"}
        ``later``: every training outcome was known when the test rows were asked. ``overlapping``: the records are too
        short for that, so training and test hold different customers instead.
    """

    train: Examples
    test: Examples
    kind: str

    def __post_init__(self) -> None:
        if self.kind == "later":
            _need_later(self.train, self.test)
        elif set(self.train.frame[self.train.task.entity[0]]) & set(self.test.frame[self.test.task.entity[0]]):
            raise DataError("Customers of the test are among those learnt from", expected="different customers")

    @property
    def judged_at(self) -> datetime:
        """The moment from which the test rows were asked."""
        return max(self.test.cutoffs)


def split_in_time(examples: Examples, *, judged_at: datetime | None = None) -> Split:
    """Hold the newest cut-off back and learn from all whose outcome was known by then.

    Parameters
    ----------
    examples : Examples
    judged_at : datetime, optional
        Hold this cut-off back instead; later ones are not used.

    Returns
    -------
    Split
        Where no earlier outcome was known, half of the customers learn and the other half judge.
    """
    moment = judged_at or max(examples.cutoffs)
    earlier = earlier_rows(examples, moment)
    if earlier is not None:
        return Split(earlier, examples.at([moment]), "later")
    half = _halves(examples.frame[examples.task.entity[0]])
    past = examples.frame["as_of"].le(moment).to_numpy()
    train, test = past & half, (examples.frame["as_of"] == moment).to_numpy() & ~half
    return Split(_rows(examples, train), _rows(examples, test), "overlapping")


def earlier_rows(examples: Examples, moment: datetime) -> Examples | None:
    """Return the examples whose outcome was complete by a moment; None when there are none."""
    horizon = timedelta(days=examples.task.horizon_days)
    known = [each for each in examples.cutoffs if each + horizon <= moment]
    return examples.at(known) if known else None


def _need_later(train: Examples, test: Examples) -> None:
    known = max(train.cutoffs) + timedelta(days=train.task.horizon_days)
    asked = min(test.cutoffs)
    if known > asked:
        raise DataError(
            f"The test is asked on {asked:%Y-%m-%d}, but outcomes learnt from reach to {known:%Y-%m-%d}",
            expected="training outcomes that end before the test begins",
        )


def _halves(ids: pd.Series[Any]) -> Any:
    drawn = pd.util.hash_array(ids.astype(str).to_numpy(dtype=object))
    return (drawn >> np.uint64(17)) % np.uint64(2) == 0


def _rows(examples: Examples, rows: Any) -> Examples:
    frame = examples.frame[rows].reset_index(drop=True)
    return Examples(examples.task, frame, examples.label[rows], examples.share)


def moments_with_past(examples: Examples) -> Sequence[datetime]:
    """Return the cut-offs that have an earlier one whose outcome was known by then, newest first."""
    return [moment for moment in examples.cutoffs if earlier_rows(examples, moment) is not None]
