"""All that the area learns at a moment, to answer with until it learns again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from habitue.data.shop import as_moment
from habitue.errors import DataError, NotEnoughData
from habitue.models.survival import HazardModel
from habitue.signals.behaviour.cards import cards
from habitue.signals.behaviour.comings import read_comings
from habitue.signals.behaviour.hours import Hours, fit_hours
from habitue.signals.behaviour.intent import IntentModel, fit_intent
from habitue.signals.behaviour.next_visit import (
    NextCategory,
    NextDepth,
    NextTime,
    fit_category,
    fit_depth,
    fit_time,
    moments_before,
    next_depth_examples,
)
from habitue.signals.behaviour.past import past_of
from habitue.signals.behaviour.spec import BehaviourSpec
from habitue.signals.behaviour.visits import moment_us, read_visits
from habitue.tasks import cards_table

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["Learnt", "learn"]

_FORM = 1
_FILE = "behaviour.json"
_MODELS = "behaviour_models"


@dataclass(frozen=True)
class Learnt:
    """What the area has learnt.

    Attributes
    ----------
    at : datetime
        Nothing that happened then or later was used.
    spec : BehaviourSpec
    time : NextTime
    hours : Hours
    intent : IntentModel, optional
        Of visits as they unfold; None, as the next two, for a shop without events.
    depth : NextDepth, optional
    category : NextCategory, optional
    tables : mapping of str to Arrow table
        behaviour_models.
    """

    at: datetime
    spec: BehaviourSpec
    time: NextTime
    hours: Hours
    intent: IntentModel | None
    depth: NextDepth | None
    category: NextCategory | None
    tables: Mapping[str, pa.Table]

    def save(self, folder: Path) -> None:
        """Write it down as JSON and Parquet."""
        folder.mkdir(parents=True, exist_ok=True)
        waits = {"waits": self.time.waits, "moments": list(self.time.moments)}
        state: dict[str, Any] = {
            "form": _FORM,
            "at": self.at.isoformat(),
            "spec": asdict(self.spec),
            "time": {"model": None if self.time.model is None else self.time.model.state(), **waits},
            "hours": self.hours.state(),
            "intent": None if self.intent is None else self.intent.state(),
            "depth": None if self.depth is None else self.depth.state(),
            "category": None if self.category is None else self.category.state(),
        }
        (folder / _FILE).write_text(json.dumps(state), encoding="utf-8")
        pq.write_table(self.tables[_MODELS], folder / f"{_MODELS}.parquet")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what :meth:`save` wrote; it answers the same, to the last digit.

        Raises
        ------
        DataError
            When the folder does not hold it, is damaged, or holds what another version wrote.
        """
        try:
            state = json.loads((folder / _FILE).read_text(encoding="utf-8"))
            tables = {_MODELS: pq.read_table(folder / f"{_MODELS}.parquet")}
        except (OSError, ValueError) as error:
            raise DataError(f"{folder} does not hold what was learnt", hint="habitue run", path=folder) from error
        if state["form"] != _FORM:
            raise DataError(f"{folder} was written by another version", hint="habitue run", path=folder)
        spec = BehaviourSpec(**{**state["spec"], "steps": tuple(state["spec"]["steps"])})
        waits = state["time"]
        model = None if waits["model"] is None else HazardModel.from_state(waits["model"])
        return cls(
            datetime.fromisoformat(state["at"]),
            spec,
            NextTime(model, waits["waits"], tuple(waits["moments"])),
            Hours.from_state(state["hours"]),
            None if state["intent"] is None else IntentModel.from_state(state["intent"]),
            None if state["depth"] is None else NextDepth.from_state(state["depth"]),
            None if state["category"] is None else NextCategory(**state["category"]),
            tables,
        )


def learn(shop: Shop, at: datetime, *, spec: BehaviourSpec | None = None) -> Learnt:
    """Learn when customers come, how far visits go and whether they end in an order, from what was known at a moment.

    Parameters
    ----------
    shop : Shop
    at : datetime
        Nothing that happened then or later is used.
    spec : BehaviourSpec, optional

    Returns
    -------
    Learnt
        To score customers at the moment or later; it can be saved.

    Raises
    ------
    NotEnoughData
        When no customer had come before the moment.
    """
    moment, spec = as_moment(at), spec or BehaviourSpec()
    visits = read_visits(shop, moment)
    comings = read_comings(shop, moment, visits)
    if not comings.who.size:
        raise NotEnoughData(
            f"No customer had come before {moment:%Y-%m-%d}", table="order_lines", expected="a visit or an order"
        )
    now = moment_us(moment)
    time, hours = fit_time(comings, now, spec), fit_hours(comings)
    if visits is None:
        told = cards(moment, spec, comings, time)
        return Learnt(moment, spec, time, hours, None, None, None, {_MODELS: cards_table(told)})
    past = past_of(visits)
    intent = fit_intent(visits, past, steps=spec.steps, most=spec.learners, seed=spec.seed)
    known = visits.begun[visits.who >= 0]
    moments = moments_before(int(known.min()) if known.size else now, now)
    examples = next_depth_examples(visits, past, moments, now, spec.window_days)
    depth, category = fit_depth(examples, spec), fit_category(visits, moments, examples)
    told = cards(moment, spec, comings, time, (visits, past, intent), (depth, category, examples))
    return Learnt(moment, spec, time, hours, intent, depth, category, {_MODELS: cards_table(told)})
