"""How good the answers were on later time, with what stands beside them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from habitue.models.choice import share_loss
from habitue.models.metrics import Interval, bootstrap, calibration_error, ndcg_by_row
from habitue.schema import Words
from habitue.signals.need.explaining import importance
from habitue.signals.need.fitting import FittedNeed
from habitue.signals.need.history import Floats, day_of
from habitue.signals.need.pairs import INPUTS
from habitue.signals.need.timing import TIMING_INPUTS, fit_timing, rhythm_at, waits_at
from habitue.signals.need.training import Examples, Head
from habitue.signals.need.words import NOTES, QUESTIONS
from habitue.tasks import Card, Measured

__all__ = ["cards", "head_state", "states"]

_SHOWN = 5  # places of a list that NDCG looks at
_ENOUGH = 30  # customers, for a figure to be told


def cards(fitted: FittedNeed) -> list[Card]:
    """Return the cards of categories and of timing."""
    return [_category_card(fitted), _timing_card(fitted)]


def states(fitted: FittedNeed) -> list[dict[str, Any]]:
    """Return the models behind the cards as plain data."""
    products = fitted.products.model
    return [
        {
            "chances": head_state(fitted.choice.chances),
            "products": None if products is None else products.state(),
        },
        {"hazard": None if fitted.timing.model is None else fitted.timing.model.state()},
    ]


def head_state(head: Head) -> dict[str, Any]:
    """Return an answer as plain data."""
    model = None if head.model is None else head.model.state()
    return {"weight": head.weight, "rounds": head.rounds, "strength": head.strength, "model": model}


def _category_card(fitted: FittedNeed) -> Card:
    choice, spec = fitted.choice, fitted.spec
    learnt = bool(choice.chances.strength or choice.shares.strength)
    notes = [NOTES["from_titles"]] if fitted.scheme.from_titles else []
    notes += [] if learnt else [NOTES["history_only"]]
    notes += [NOTES["overlapping"]] if choice.split == "overlapping" else []
    card = Card(
        "need_category",
        "binary",
        _asked("need_category", spec.horizon_days),
        spec.horizon_days,
        "history and boosted" if choice.chances.rounds and learnt else "history and linear" if learnt else "history",
        fitted.as_of,
        cutoffs=[_moment(fitted, each.day) for each in choice.moments],
        split=choice.split,
        rows=choice.examples,
        customers=len(fitted.history.customers),
        sampled_share=len(fitted.history.customers) / len(fitted.customers),
        importance=importance(choice.chances),
        inputs=INPUTS,
        fallback="" if learnt else "prior_only",
        notes=[*notes, *_sampled(fitted), *_whole(fitted)],
    )
    judged = choice.judged
    if judged is None or choice.judged_heads is None or len(judged) < _ENOUGH:
        return card
    plain = tuple(Head(head.several, head.weight) for head in choice.judged_heads)
    popular = tuple(Head(head.several, 1e9) for head in choice.judged_heads)
    return replace(
        card,
        judged_at=_moment(fitted, judged.climate.day),
        positive_share=float(judged.came.mean()),
        metrics=_figures(judged, choice.judged_heads),
        baselines={"own history": _figures(judged, plain), "popularity": _figures(judged, popular)},
        candidates={name: [Measured("log_loss", loss)] for name, loss in choice.losses.items()},
    )


def _figures(judged: Examples, heads: tuple[Head, ...]) -> list[Measured]:
    shares, chances = (head.answer(judged.climate, judged.pairs) for head in heads)
    came = judged.came
    found = {
        "log_loss": bootstrap(_mean, share_loss(judged.shares, shares)),
        "ndcg5": bootstrap(_mean, ndcg_by_row(came, chances, _SHOWN)),
        "calibration_error": Interval(calibration_error(came.ravel(), chances.ravel()), np.nan, np.nan),
    }
    return [Measured(name, each.value, each.low, each.high) for name, each in found.items()]


def _timing_card(fitted: FittedNeed) -> Card:
    timing, spec = fitted.timing, fitted.spec
    card = Card(
        "need_timing",
        "amount",
        _asked("need_timing", spec.timing_days),
        spec.timing_days,
        "none" if timing.model is None else "hazard",
        fitted.as_of,
        cutoffs=[_moment(fitted, day) for day in timing.moments],
        rows=timing.waits,
        customers=len(fitted.history.customers),
        sampled_share=len(fitted.history.customers) / len(fitted.customers),
        inputs=TIMING_INPUTS,
        fallback="prior_only" if timing.model is None else "",
        notes=[*([NOTES["no_waits"]] if timing.model is None else []), *_sampled(fitted)],
    )
    day = day_of(fitted.as_of) - spec.timing_days
    then = fit_timing(fitted.history, day, spec.timing_days, seed=spec.seed)
    if then.model is None:
        return card
    rhythm = rhythm_at(fitted.history, day, then.prior)
    wait, came = waits_at(fitted.history, rhythm, day, day + spec.timing_days)
    middle, low, high, _ = then.days(rhythm, spec.timing_days)
    rows = (came > 0) & np.isfinite(middle)
    regular = rows & (rhythm.gaps >= 2)
    if rows.sum() < _ENOUGH:
        return card
    inside = ((wait >= low) & (wait <= high)).astype(np.float64)
    mean_gap = np.maximum(rhythm.mean_gap_days - rhythm.x[:, 0], 0.0)
    metrics = [_measured("mae", np.abs(middle - wait)[rows]), _measured("coverage80", inside[rows])]
    beside = {}
    if regular.sum() >= _ENOUGH:
        metrics.append(_measured("mae_two_gaps", np.abs(middle - wait)[regular]))
        beside = {"own mean gap": [_measured("mae_two_gaps", np.abs(mean_gap - wait)[regular])]}
    return replace(card, judged_at=_moment(fitted, day), split="later", metrics=metrics, baselines=beside)


def _measured(name: str, values: Floats) -> Measured:
    found = bootstrap(_mean, values)
    return Measured(name, found.value, found.low, found.high)


def _mean(values: Floats) -> float:
    return float(np.nanmean(values)) if np.isfinite(values).any() else float("nan")


def _moment(fitted: FittedNeed, day: float) -> datetime:
    return fitted.as_of - timedelta(seconds=round((day_of(fitted.as_of) - day) * 86_400))


def _asked(name: str, days: int) -> Words:
    return Words(QUESTIONS[name]["en"].format(days=days), QUESTIONS[name]["zh"].format(days=days))


def _sampled(fitted: FittedNeed) -> list[Words]:
    count = len(fitted.history.customers)
    if count == len(fitted.customers):
        return []
    return [Words(NOTES["sampled"]["en"].format(n=f"{count:,}"), NOTES["sampled"]["zh"].format(n=count))]


def _whole(fitted: FittedNeed) -> list[Words]:
    if not fitted.whole_from:
        return []
    count = f"{fitted.spec.whole:,}"
    return [Words(NOTES["whole"]["en"].format(n=count), NOTES["whole"]["zh"].format(n=count))]
