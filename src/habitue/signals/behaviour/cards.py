"""How good the answers were on later time, with what stands beside them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from habitue.models import metrics
from habitue.schema import Words
from habitue.signals.behaviour.comings import RHYTHM_INPUTS, Comings, rhythm_at, waits_at
from habitue.signals.behaviour.intent import IntentModel, fit_intent, owners
from habitue.signals.behaviour.next_visit import NextCategory, NextDepth, NextTime, fit_depth, fit_time
from habitue.signals.behaviour.past import DEPTHS, PAST_INPUTS, Past
from habitue.signals.behaviour.prefixes import prefixes_after
from habitue.signals.behaviour.spec import BehaviourSpec
from habitue.signals.behaviour.visits import Floats, Ints, Visits, moment_us
from habitue.signals.behaviour.words import NOTES, QUESTIONS
from habitue.tasks import Card, Measured

__all__ = ["cards"]

_DAY_US = 86_400_000_000
_LATER = 0.75  # share of visits, by time, before those that judge
_FEWEST = 50
_DRAWS = 100
_JUDGED_DAYS = 60  # the next visit is judged by those of so many last days
_HEAVY = 0.5  # of the learners is enough to judge by

Seen = tuple[Visits, Past, IntentModel]
Coming = tuple[NextDepth, NextCategory, tuple[Floats, Ints, Ints, Ints]]


def cards(
    at: datetime,
    spec: BehaviourSpec,
    comings: Comings,
    time: NextTime,
    seen: Seen | None = None,
    coming: Coming | None = None,
) -> list[Card]:
    """Return the cards of all that was learnt; those of visits only where the shop gives events."""
    found = [_time_card(at, spec, comings, time)]
    if seen is None or coming is None:
        return [replace(found[0], notes=[*found[0].notes, NOTES["no_events"]])]
    depth, category, examples = coming
    found += [_intent_card(at, spec, *seen), _depth_card(at, spec, depth, examples, seen[0])]
    return [*found, _category_card(at, spec, category)]


def _time_card(at: datetime, spec: BehaviourSpec, comings: Comings, time: NextTime) -> Card:
    question = _filled(QUESTIONS["behaviour_next_visit"], days=spec.within_days)
    card = Card(
        "behaviour_next_visit", "amount", question, spec.within_days,
        "none" if time.model is None else "hazard", at, rows=time.waits,
        cutoffs=[_moment(each) for each in time.moments], customers=len(comings.customers), inputs=RHYTHM_INPUTS,
        fallback="prior_only" if time.model is None else "", notes=[NOTES["no_waits"]] if time.model is None else [],
    )  # fmt: skip
    now = moment_us(at)
    moment = now - _JUDGED_DAYS * _DAY_US
    then = fit_time(comings, moment, replace(spec, within_days=_JUDGED_DAYS))
    who, x = rhythm_at(comings, moment)
    if then.model is None or not who.size:
        return card
    wait, came = waits_at(comings, who, moment, now)
    middle, low, high = then.days(x, _JUDGED_DAYS)
    rows = (came > 0) & np.isfinite(middle)
    usual = x[:, RHYTHM_INPUTS.index("mean_gap_days")]
    regular = rows & np.isfinite(usual)
    if regular.sum() < _FEWEST:
        return card
    plain = np.clip(usual - x[:, 0], 0.0, _JUDGED_DAYS)
    inside = ((wait >= low) & (wait <= high)).astype(np.float64)
    return replace(
        card,
        judged_at=_moment(moment),
        split="later",
        metrics=[
            _mean("mae", np.abs(middle - wait)[rows]),
            _mean("coverage80", inside[rows]),
            _mean("mae_two_gaps", np.abs(middle - wait)[regular]),
        ],
        baselines={"own mean gap": [_mean("mae_two_gaps", np.abs(plain - wait)[regular])]},
    )


def _intent_card(at: datetime, spec: BehaviourSpec, visits: Visits, past: Past, intent: IntentModel) -> Card:
    notes = [] if intent.models else [NOTES["too_few"]]
    notes += [NOTES["by_day"]] if visits.by_day else []
    if max(intent.rows.values(), default=0) >= spec.learners:
        notes.append(_filled(NOTES["sampled"], n=f"{spec.learners:,}"))
    importance = _importance(intent)
    card = Card(
        "behaviour_intent", "binary", QUESTIONS["behaviour_intent"], 0,
        "linear and boosted" if intent.models else "none", at,
        rows=sum(intent.rows.values()), customers=len(visits.customers), notes=notes,
        positive_share=float(visits.buys[visits.over].mean()) if visits.over.any() else float("nan"),
        importance=importance, inputs=intent.names, fallback="" if intent.models else "prior_only",
    )  # fmt: skip
    cut = int(np.quantile(visits.begun, _LATER)) if len(visits) else 0
    # Of visits before the cut only those whose end was known by then.
    before = np.flatnonzero((visits.last < cut) & (visits.begun < cut))
    half = max(int(spec.learners * _HEAVY), 1)
    then = fit_intent(visits, past, steps=spec.steps, only=before, most=half, seed=spec.seed)
    later = np.flatnonzero((visits.begun >= cut) & visits.over)
    found = []
    for step in sorted(then.models):
        seen = prefixes_after(visits, past, then.places, step, only=later)
        if min(seen.buys.sum(), len(seen) - seen.buys.sum()) < _FEWEST:
            continue
        told = then.answer(seen)
        for name, metric in (("auc", metrics.auc), ("average_precision", metrics.average_precision),
                             ("calibration_error", metrics.calibration_error)):  # fmt: skip
            groups = owners(visits, seen.visit)
            figure = metrics.bootstrap(metric, seen.buys, told, groups=groups, draws=_DRAWS, seed=spec.seed)
            found.append(Measured(f"{name}_after_{step}", *figure))
    return replace(card, metrics=found, judged_at=_moment(cut), split="later") if found else card


def _importance(intent: IntentModel) -> dict[str, float]:
    """Return the mean share of each input over the models, the largest first."""
    share = intent.importance()
    order = sorted(range(share.size), key=lambda place: (-share[place], place))
    return {intent.names[place]: float(share[place]) for place in order if share[place] > 0}


def _depth_card(
    at: datetime, spec: BehaviourSpec, depth: NextDepth, examples: tuple[Floats, Ints, Ints, Ints], visits: Visits
) -> Card:
    x, deep, who, visit = examples
    last = len(DEPTHS) - 1
    card = Card(
        "behaviour_next_action", "binary", QUESTIONS["behaviour_next_action"], spec.window_days,
        "linear and boosted" if depth.intent is not None else "prior", at, rows=depth.rows,
        customers=int(np.unique(who).size), inputs=PAST_INPUTS,
        positive_share=float((deep == last).mean()) if deep.size else float("nan"),
        fallback="" if depth.intent is not None else "prior_only",
        notes=[] if depth.intent is not None else [NOTES["too_few"]],
    )  # fmt: skip
    if not deep.size:
        return card
    cut = moment_us(at) - _JUDGED_DAYS * _DAY_US
    known, later = visits.last[visit] < cut, visits.begun[visit] >= cut
    then = fit_depth((x[known], deep[known], who[known], visit[known]), spec) if known.any() else None
    # A visit is asked about once, however many moments it followed.
    rows = np.flatnonzero(later)[np.unique(visit[later], return_index=True)[1]]
    bought = (deep[rows] == last).astype(np.float64)
    if then is None or then.intent is None or min(bought.sum(), bought.size - bought.sum()) < _FEWEST:
        return card
    reach = then.reach(x[rows])
    chance = reach - np.column_stack([reach[:, 1:], np.zeros(rows.size)])
    right = (chance.argmax(axis=1) == deep[rows]).astype(np.float64)
    usual = (deep[rows] == np.bincount(deep[known]).argmax()).astype(np.float64)
    groups = who[rows]
    found = [Measured("action_accuracy", *metrics.bootstrap(_average, right, groups=groups, draws=_DRAWS))]
    for name, metric in (("auc", metrics.auc), ("calibration_error", metrics.calibration_error)):
        figure = metrics.bootstrap(metric, bought, reach[:, -1], groups=groups, draws=_DRAWS, seed=spec.seed)
        found.append(Measured(name, *figure))
    plain = Measured("action_accuracy", *metrics.bootstrap(_average, usual, groups=groups, draws=_DRAWS))
    return replace(
        card, judged_at=_moment(cut), split="later", metrics=found, baselines={"the commonest action": [plain]}
    )


def _category_card(at: datetime, spec: BehaviourSpec, category: NextCategory) -> Card:
    card = Card(
        "behaviour_next_category", "binary", QUESTIONS["behaviour_next_category"], spec.window_days, "history", at,
        rows=category.judged, calibration={"half_life_days": category.half_life_days, "weight": category.weight},
    )  # fmt: skip
    if not category.judged:
        return card
    return replace(
        card,
        split="overlapping",  # two numbers were chosen on the visits that judge here
        metrics=[Measured("accuracy", category.accuracy)],
        baselines={"popularity": [Measured("accuracy", category.popular_accuracy)]},
    )


def _mean(name: str, values: Floats) -> Measured:
    return Measured(name, *metrics.bootstrap(_average, values, draws=_DRAWS))


def _filled(words: Words, **parts: Any) -> Words:
    return Words(words["en"].format(**parts), words["zh"].format(**parts))


def _average(values: Any) -> float:
    return float(np.mean(values))


def _moment(at: int) -> datetime:
    return datetime(1970, 1, 1) + timedelta(microseconds=at)
