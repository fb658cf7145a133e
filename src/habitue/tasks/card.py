"""The model card: what was asked, what answers, how good it was on later time, and what stands beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa

from habitue.schema import Words

__all__ = ["CARDS", "Card", "Measured", "cards_of", "cards_table"]

#: The schema in which areas publish their cards.
CARDS = pa.schema(
    [
        ("task", pa.string()),
        ("model", pa.string()),
        ("learnt_at", pa.timestamp("us")),
        ("card", pa.string()),
        ("state", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class Measured:
    """One figure with its 95 % interval over customers."""

    name: str
    value: float
    low: float = float("nan")
    high: float = float("nan")


@dataclass(frozen=True)
class Card:
    """Everything a reader needs to trust or distrust a model.

    Attributes
    ----------
    task, kind, question, horizon_days
        What was asked.
    model : str
        The candidate that answers, ``prior`` where the shop is too small to learn from.
    as_of : datetime
        Nothing that happened then or later was used.
    cutoffs : sequence of datetime
        The moments it learnt from; the newest one judged the candidates, all were learnt from afterwards.
    judged_at : datetime, optional
        The cut-off on which all figures here were measured, by models that knew only outcomes before it (``split`` says
        how strictly).
    split : str
        ``later`` when training outcomes ended before the judged cut-off, ``overlapping`` when they reach into its
        window by other customers only, ``none`` when nothing could be held back.
    rows, customers : int
    positive_share : float
        Of the labels: the share of ones, or of amounts above 0.
    sampled_share : float
        Of the customers drawn, 1 when all were used.
    metrics : sequence of Measured
    baselines, candidates : mapping of name to sequence of Measured
        Plain models and all candidates, on the same rows.
    stability : sequence of (cut-off, Measured)
        The headline figure at each cut-off that has a past to learn from.
    drift : mapping of input to index
        Population stability index between learning and scoring rows; above .2 the input has moved.
    importance : mapping of input to share
    inputs : sequence of str
    dropped_inputs : mapping of input to reason
    calibration : mapping
        The calibrator's method and numbers.
    milliseconds_per_row : float
    fallback : str
        Empty, or ``pooled_priors`` when knowledge from other shops was leant on, ``prior_only`` when nothing else was.
    notes : sequence of Words
        What a reader should know.
    """

    task: str
    kind: str
    question: Words
    horizon_days: int
    model: str
    as_of: datetime
    cutoffs: Sequence[datetime] = ()
    judged_at: datetime | None = None
    split: str = "none"
    rows: int = 0
    customers: int = 0
    positive_share: float = float("nan")
    sampled_share: float = 1.0
    metrics: Sequence[Measured] = ()
    baselines: Mapping[str, Sequence[Measured]] = field(default_factory=dict)
    candidates: Mapping[str, Sequence[Measured]] = field(default_factory=dict)
    stability: Sequence[tuple[datetime, Measured]] = ()
    drift: Mapping[str, float] = field(default_factory=dict)
    importance: Mapping[str, float] = field(default_factory=dict)
    inputs: Sequence[str] = ()
    dropped_inputs: Mapping[str, str] = field(default_factory=dict)
    calibration: Mapping[str, Any] = field(default_factory=dict)
    milliseconds_per_row: float = float("nan")
    fallback: str = ""
    notes: Sequence[Words] = ()

    def metric(self, name: str) -> Measured:
        """Return one figure by name; NaN where it was not measured."""
        return next((each for each in self.metrics if each.name == name), Measured(name, float("nan")))

    def as_dict(self) -> dict[str, Any]:
        """Return the card as plain data: numbers that are not finite are None, times are ISO text."""
        plain: dict[str, Any] = _plain(asdict(self))
        for part in ("baselines", "candidates"):
            plain[part] = [{"name": name, "metrics": figures} for name, figures in plain[part].items()]
        plain["candidates"] = [_headline(each, self.kind) for each in plain["candidates"]]
        plain["stability"] = [
            {"cutoff": moment, "metric": figure["name"], **figure} for moment, figure in plain["stability"]
        ]
        plain["drift"] = [{"input": name, "index": value} for name, value in plain["drift"].items()]
        plain["importance"] = [{"input": name, "share": value} for name, value in plain["importance"].items()]
        plain["sampled"] = self.sampled_share < 1
        return plain


def _headline(candidate: dict[str, Any], kind: str) -> dict[str, Any]:
    wanted = "log_loss" if kind == "binary" else "deviance"
    figure = next((each for each in candidate["metrics"] if each["name"] == wanted), {"value": None})
    return {"name": candidate["name"], "metric": wanted, "value": figure["value"], "metrics": candidate["metrics"]}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not -float("inf") < value < float("inf") else value


def cards_table(cards: Sequence[Card], states: Sequence[Mapping[str, Any] | None] | None = None) -> pa.Table:
    """Put cards, and the models they speak of, into the table that an area publishes.

    Parameters
    ----------
    cards : sequence of Card
    states : sequence of mapping, optional
        What ``FittedTask.state()`` gave for each; models travel by the ledger like everything else.
    """
    kept = states if states is not None else [None] * len(cards)
    rows = [
        {
            "task": each.task,
            "model": each.model,
            "learnt_at": each.as_of,
            "card": json.dumps(each.as_dict(), ensure_ascii=False, sort_keys=True),
            "state": None if state is None else json.dumps(state),
        }
        for each, state in zip(cards, kept, strict=True)
    ]
    return pa.Table.from_pylist(rows, schema=CARDS)


def cards_of(table: pa.Table) -> list[dict[str, Any]]:
    """Read cards back, as plain data."""
    return [json.loads(each) for each in table["card"].to_pylist()]
