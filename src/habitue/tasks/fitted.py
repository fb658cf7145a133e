"""A question with its answer: scores, reasons and a card."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
import pyarrow as pa

from habitue.errors import DataError, NotFitted
from habitue.models.calibration import Calibrator, calibrator_from_dict
from habitue.tasks.card import Card
from habitue.tasks.examples import asked
from habitue.tasks.learner import Learner
from habitue.tasks.pooled_learner import PooledLearner
from habitue.tasks.question import Task
from habitue.tasks.reasons import Reason, reasons_of

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["FittedTask"]

Floats = np.ndarray[Any, np.dtype[np.float64]]

_PART_ROWS = 50_000


@dataclass(frozen=True)
class FittedTask:
    """The answer to a question, learnt from what was known at one moment.

    Attributes
    ----------
    task : Task
    as_of : datetime
        Outcomes up to here were used.
    learner : Learner or PooledLearner
    calibrator : Calibrator
        Turns raw probabilities into honest ones; does nothing to amounts.
    card : Card
    judged : DataFrame, optional
        Entity, ``as_of``, ``label`` and ``score`` (calibrated) of the rows that judged: made by a model that knew only
        earlier outcomes. Empty where nothing could be held back.
    rolled : DataFrame, optional
        The same, not calibrated, at every recent cut-off that had a past to learn from, each by a model of its own.
    """

    task: Task
    as_of: datetime
    learner: Learner | PooledLearner
    calibrator: Calibrator
    card: Card
    judged: pd.DataFrame
    rolled: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def rolled_moments(self) -> list[datetime]:
        """The cut-offs of ``rolled``, newest first."""
        if self.rolled.empty:
            return []
        return sorted((each.to_pydatetime() for each in self.rolled["as_of"].unique()), reverse=True)

    def score(self, shop: Shop, as_of: datetime | None = None) -> pd.DataFrame:
        """Answer the question for everyone eligible.

        Parameters
        ----------
        shop : Shop
        as_of : datetime, optional
            The moment it was fitted for, when not given; never an earlier one, whose future it has seen.

        Returns
        -------
        DataFrame
            The entity's columns and ``score``: a probability, or an expected amount.
        """
        moment = as_of or self.as_of
        if moment < self.as_of:
            raise DataError(
                f"The model of {self.task.name} knows what came until {self.as_of:%Y-%m-%d}, past {moment:%Y-%m-%d}",
                hint=f"fit it with as_of {moment:%Y-%m-%d}",
            )
        frame = asked(shop, self.task, moment)
        return frame[list(self.task.entity)].assign(score=self.score_frame(frame))

    def score_frame(self, frame: pd.DataFrame) -> Floats:
        """Answer for rows whose inputs are at hand; an input that is missing is an error that names it."""
        score = np.concatenate([self.learner.predict(frame[rows]) for rows in _parts(len(frame))])
        return np.asarray(self.calibrator.apply(score), dtype=np.float64) if self.task.kind == "binary" else score

    def explain_frame(self, frame: pd.DataFrame, *, top: int = 3) -> list[list[Reason]]:
        """Return for each row the inputs that moved its score most, the strongest first."""
        return [reasons_of(cell) for cell in self.reasons_frame(frame, top=top).to_pylist()]

    def reasons_frame(self, frame: pd.DataFrame, *, top: int = 3) -> pa.Array:
        """Return the same as a column of the type ``REASONS``, for a million rows as well as for one."""
        # Large shops part by part: the matrix and what each input adds are several times the inputs themselves.
        parts = [self.learner.reasons(frame[rows], top=top) for rows in _parts(len(frame))]
        return parts[0] if len(parts) == 1 else pa.concat_arrays(parts)

    def state(self) -> dict[str, Any]:
        """Return the model as JSON-able data: numbers and LightGBM's own text, no code."""
        return {
            "task": self.task.name,
            "as_of": self.as_of.isoformat(),
            "learner": self.learner.state(),
            "calibrator": self.calibrator.as_dict(),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any], task: Task, card: Card | None = None) -> Self:
        """Read a model back for the task it was fitted for."""
        if state["task"] != task.name:
            raise NotFitted(f"This model answers {state['task']!r}, not {task.name!r}", hint="habitue run")
        as_of = datetime.fromisoformat(state["as_of"])
        kind = PooledLearner if "prior" in state["learner"] else Learner
        learner = kind.from_state(state["learner"])
        plain = card or Card(task.name, task.kind, task.question, task.horizon_days, learner.name, as_of)
        return cls(task, as_of, learner, calibrator_from_dict(state["calibrator"]), plain, pd.DataFrame())

    def save(self, folder: Path) -> Path:
        """Write the model and its card as one JSON file."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.task.name}.json"
        path.write_text(json.dumps({"card": self.card.as_dict(), **self.state()}, ensure_ascii=False), encoding="utf-8")
        return path

    @classmethod
    def load(cls, folder: Path, task: Task) -> Self:
        """Read the model that `save` wrote.

        Raises
        ------
        NotFitted
            When there is none.
        """
        path = folder / f"{task.name}.json"
        if not path.is_file():
            raise NotFitted(f"There is no fitted model for {task.name}", hint="habitue run", path=path)
        return cls.from_state(json.loads(path.read_text(encoding="utf-8")), task)


def _parts(rows: int) -> list[slice]:
    """Cut rows into parts of the same size, so that all of them are answered and explained in the same way."""
    count = max(-(-rows // _PART_ROWS), 1)
    ends = [rows * number // count for number in range(count + 1)]
    return [slice(begin, end) for begin, end in itertools.pairwise(ends)]
