"""All that churn learns at a moment, to answer with until it learns again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pyarrow as pa
import pyarrow.parquet as pq

from habitue.errors import NotFitted
from habitue.signals.churn.explaining import calibrate, drivers
from habitue.signals.churn.rescue import Shown, learn_response
from habitue.signals.churn.training import FittedChurn, fit_churn
from habitue.signals.churn.words import EVIDENCE
from habitue.tasks import cards_table

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["Learnt", "learn"]

_FILE = "churn.json"
_PAST = ("churn_calibration", "churn_drivers", "churn_models")


@dataclass(frozen=True)
class Learnt:
    """What churn has learnt.

    Attributes
    ----------
    at : datetime
        Nothing that happened then or later was used.
    fitted : FittedChurn
    shown : Shown, optional
        What the shop's experiments show of offers.
    tables : mapping of str to Arrow table
        Those about the past: ``churn_calibration``, ``churn_drivers``, ``churn_models``.
    """

    at: datetime
    fitted: FittedChurn
    shown: Shown | None
    tables: Mapping[str, pa.Table]

    def save(self, folder: Path) -> None:
        """Write it down as JSON and Parquet."""
        folder.mkdir(parents=True, exist_ok=True)
        shown = None if self.shown is None else self.shown.state()
        state = {"at": self.at.isoformat(), "fitted": self.fitted.state(), "shown": shown}
        (folder / _FILE).write_text(json.dumps(state), encoding="utf-8")
        for name in _PAST:
            pq.write_table(self.tables[name], folder / f"{name}.parquet")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote; it answers the same, to the last digit.

        Raises
        ------
        NotFitted
            When there is nothing.
        """
        path = folder / _FILE
        if not path.is_file():
            raise NotFitted("Nothing was learnt about churn", hint="habitue run", path=path)
        state = json.loads(path.read_text(encoding="utf-8"))
        shown = None if state["shown"] is None else Shown.from_state(state["shown"])
        tables = {name: pq.read_table(folder / f"{name}.parquet") for name in _PAST}
        return cls(datetime.fromisoformat(state["at"]), FittedChurn.from_state(state["fitted"]), shown, tables)


def learn(shop: Shop, at: datetime, *, horizon_days: int | None = None) -> Learnt:
    """Learn who stays away and what offers change, from what was known at a moment.

    Parameters
    ----------
    shop : Shop
    at : datetime
        Nothing that happened then or later is used.
    horizon_days : int, optional
        ``[signals] horizon_days`` of shop.toml when not given.

    Returns
    -------
    Learnt

    Raises
    ------
    NotEnoughData
        When no purchase by a known customer is known before ``at``.
    """
    fitted = fit_churn(shop, at, horizon_days=horizon_days)
    shown = learn_response(shop, at, fitted.task.task)
    card = fitted.task.card
    card = replace(card, notes=[*card.notes, EVIDENCE["assumption" if shown is None else "experiment"]])
    response = None if shown is None else shown.response.state()
    tables = {
        "churn_calibration": calibrate(fitted),
        "churn_drivers": drivers(fitted),
        "churn_models": cards_table([card], [{**fitted.state(), "response": response}]),
    }
    return Learnt(at, replace(fitted, earlier=None), shown, tables)
