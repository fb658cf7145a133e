"""All that value learns at a moment, to answer with until it learns again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pyarrow as pa
import pyarrow.parquet as pq

from habitue.errors import NotFitted
from habitue.signals.value.explaining import cards
from habitue.signals.value.scoring import calibrate
from habitue.signals.value.tracking import track
from habitue.signals.value.training import FittedValue, fit_value
from habitue.tasks import cards_table

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["Learnt", "learn"]

_FILE = "value.json"
_PAST = ("value_tracking", "value_calibration", "value_models")


@dataclass(frozen=True)
class Learnt:
    """What value has learnt.

    Attributes
    ----------
    at : datetime
        Nothing that happened then or later was used.
    fitted : FittedValue
    tables : mapping of str to Arrow table
        Those about the past: ``value_tracking``, ``value_calibration``, ``value_models``.
    """

    at: datetime
    fitted: FittedValue
    tables: Mapping[str, pa.Table]

    def save(self, folder: Path) -> None:
        """Write it down as JSON and Parquet."""
        folder.mkdir(parents=True, exist_ok=True)
        state = {"at": self.at.isoformat(), "fitted": self.fitted.state()}
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
            raise NotFitted("Nothing was learnt about value", hint="habitue run", path=path)
        state = json.loads(path.read_text(encoding="utf-8"))
        tables = {name: pq.read_table(folder / f"{name}.parquet") for name in _PAST}
        return cls(datetime.fromisoformat(state["at"]), FittedValue.from_state(state["fitted"]), tables)


def learn(shop: Shop, at: datetime, *, horizon_days: int | None = None) -> Learnt:
    """Learn what customers will spend from what was known at a moment.

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
    fitted = fit_value(shop, at, horizon_days)
    told = cards(fitted, at)
    tables = {
        "value_tracking": track(shop, at, fitted.horizon_days, share=fitted.learnt.card.sampled_share),
        "value_calibration": calibrate(fitted),
        "value_models": cards_table([card for card, _ in told], [state for _, state in told]),
    }
    return Learnt(at, fitted, tables)
