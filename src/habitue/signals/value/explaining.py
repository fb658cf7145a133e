"""Why a customer is worth what is said, and the cards of the models that say so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from habitue.schema import Words
from habitue.signals.value.prediction_words import NOTES, REPEAT_QUESTION
from habitue.signals.value.repeat_buying import Outlook
from habitue.signals.value.training import FittedValue
from habitue.tasks import Card, Measured
from habitue.tasks.measures import measure
from habitue.tasks.reasons import strongest

__all__ = ["cards", "explain"]

_EPOCH = date(1970, 1, 1)
_RHYTHM = ("btyd_orders", "btyd_order_value")


def explain(fitted: FittedValue, frame: pd.DataFrame, repeat: Outlook, *, top: int = 3) -> pa.Array:
    """Return for each customer the inputs that moved the forecast most, as the column that published tables carry.

    Where the forecast is that of the buy-till-you-die model alone, its two factors are the reasons; effects are on the
    logarithm of the amount.
    """
    if fitted.weight > 0:
        return fitted.learnt.reasons_frame(frame, top=top)
    inputs = repeat.inputs.reindex(frame["customer_id"])
    values = inputs[list(_RHYTHM)].to_numpy(dtype=np.float64)
    typical = np.median(values, axis=0) if len(values) else np.ones(2)
    effects = np.log(np.maximum(values, 1e-12)) - np.log(np.maximum(typical, 1e-12))
    return strongest(_RHYTHM, _RHYTHM, values, typical, effects, top=top)


def cards(fitted: FittedValue, as_of: datetime) -> list[tuple[Card, Mapping[str, Any] | None]]:
    """Return the cards of the forecast and of its buy-till-you-die member, each with the state of what it speaks of."""
    found: list[tuple[Card, Mapping[str, Any] | None]] = [(_whole(fitted), fitted.state())]
    if fitted.rhythm.model is not None and fitted.now is not None:
        state = {"model": fitted.rhythm.model.state()}
        found.append((_repeat(fitted.now, as_of, fitted.learnt.card.sampled_share), state))
    return found


def _whole(fitted: FittedValue) -> Card:
    """Put the figures of the blend in the place of the learnt model's own."""
    card, judged = fitted.learnt.card, fitted.judged
    kind = fitted.rhythm.model.kind if fitted.rhythm.model is not None else ""
    notes = [*card.notes, *_notes(fitted)]
    if fitted.weight == 0:
        # What the learnt model leans on, or is made of, would mislead: nothing of it is in the forecast.
        notes = _notes(fitted)
        card = replace(card, fallback="btyd_only" if card.fallback else "", importance={}, inputs=(), drift={})
    if fitted.weight == 0 and judged.empty:
        return replace(card, model=kind, notes=notes)
    if judged.empty:
        return replace(card, notes=notes)
    label = judged["label"].to_numpy(dtype=np.float64)
    members = {"learnt": card.model, "btyd": kind}
    candidates = dict(card.candidates)
    for column, name in members.items():
        if name:
            candidates[name] = measure("amount", label, judged[column].to_numpy(dtype=np.float64), draws=0)
    blend = judged["blend"].to_numpy(dtype=np.float64)
    model = card.model if fitted.weight == 1 else kind if fitted.weight == 0 else "ensemble"
    metrics = measure("amount", label, blend, groups=pd.factorize(judged["customer_id"])[0])
    if np.isfinite(fitted.cover):
        metrics.append(Measured("interval_cover", fitted.cover))
    return replace(card, model=model, metrics=metrics, candidates=candidates, notes=notes)


def _notes(fitted: FittedValue) -> list[Words]:
    if fitted.rhythm.model is None:
        notes = [NOTES["task_only"]]
    elif fitted.judged.empty:
        notes = [NOTES["btyd_only"]]
    else:
        when = f"{fitted.judged_at:%Y-%m-%d}"
        notes = [_filled("weight", task=fitted.weight, btyd=1 - fitted.weight, cutoff=when)]
    if fitted.bands is None:
        return [*notes, NOTES["no_interval"]]
    if not np.isfinite(fitted.cover):
        return [*notes, NOTES["cover_unchecked"]]
    return [
        *notes,
        _filled(
            "cover",
            earlier=f"{fitted.cover_from:%Y-%m-%d}",
            later=f"{fitted.judged_at:%Y-%m-%d}",
            cover=fitted.cover,
            asked=fitted.bands.cover,
        ),
    ]


def _repeat(repeat: Outlook, as_of: datetime, share: float) -> Card:
    """Tell the parameters of the buy-till-you-die member with their errors, and how it was chosen."""
    model, choice, spend, history = repeat.model, repeat.rhythm.choice, repeat.rhythm.spend, repeat.history
    if model is None or model.summary is None:
        raise ValueError("no model of repeat buying")
    notes = [_filled("parameters", text=_parameters(model.parameters, model.standard_errors)), NOTES["alive"]]
    if spend is not None and spend.summary is not None:
        notes.append(_filled("spend_parameters", text=_parameters(spend.parameters, spend.standard_errors)))
    if not model.summary.converged:
        notes.append(NOTES["not_converged"])
    if not np.isfinite(model.summary.standard_errors).all():
        notes.append(NOTES["flat"])
    scores: Mapping[str, Sequence[Measured]] = {}
    judged_at = None
    if choice is not None:
        scores = {kind: _measured(figures) for kind, figures in choice.scores.items()}
        judged_at = datetime.combine(_EPOCH + timedelta(days=choice.fitted_on + 1), datetime.min.time())
        notes.insert(0, _filled("chosen", cutoff=f"{judged_at:%Y-%m-%d}", days=choice.horizon_days))
    else:
        notes.insert(0, NOTES["not_chosen"])
    return Card(
        task="value_repeat_purchases",
        kind="amount",
        question=REPEAT_QUESTION,
        horizon_days=repeat.horizon_days,
        model=model.kind,
        as_of=as_of,
        cutoffs=() if judged_at is None else (judged_at,),
        judged_at=judged_at,
        split="none" if judged_at is None else "later",
        rows=len(history.age),
        customers=len(history.age),
        positive_share=float((history.frequency > 0).mean()),
        sampled_share=share * min(1.0, model.summary.customers / max(len(history.age), 1)),
        metrics=scores.get(model.kind, ()),
        candidates=scores,
        notes=notes,
    )


def _measured(figures: Mapping[str, float]) -> list[Measured]:
    names = {"mae": "mae", "rmse": "rmse", "bias": "total_bias"}
    return [Measured(name, figures[key]) for key, name in names.items()]


def _parameters(values: Mapping[str, float], errors: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.4g} ± {errors[name]:.2g}" for name, value in values.items())


def _filled(name: str, **values: object) -> Words:
    words = NOTES[name]
    return Words(words["en"].format(**values), words["zh"].format(**values))
