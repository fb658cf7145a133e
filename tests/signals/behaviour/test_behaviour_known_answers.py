"""Worlds whose answers are known: hours, drops, funnels, intent."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from habitue.data.shop import Shop
from habitue.models.metrics import auc
from habitue.signals.behaviour.comings import read_comings
from habitue.signals.behaviour.drops import drops
from habitue.signals.behaviour.funnel import funnel, paths, share_between
from habitue.signals.behaviour.hours import Hours, best_times, fit_hours
from habitue.signals.behaviour.intent import fit_intent
from habitue.signals.behaviour.past import DEPTHS, past_of
from habitue.signals.behaviour.prefixes import prefixes_after
from habitue.signals.behaviour.spec import BehaviourSpec
from habitue.signals.behaviour.visits import read_visits
from habitue.signals.behaviour.words import ACTIONS, MEANINGS, VERDICTS

_LATER = dt.datetime(2024, 6, 1)


@pytest.fixture(scope="module")
def read(planted):
    with Shop.from_tables(planted[0]) as shop:
        visits = read_visits(shop, _LATER)
        return visits, past_of(visits), read_comings(shop, _LATER, visits)


def test_hours_are_found_and_few_comings_are_not_believed(planted, read) -> None:
    comings = read[2]
    hours = fit_hours(comings)
    hour, share, _ = best_times(comings, hours, len(comings.customers))
    away = np.abs(hour + 0.5 - planted[1].customers["hour"].to_numpy())
    assert np.median(np.minimum(away, 24 - away)) < 1.5
    assert hours.gain > 0.1
    once = best_times(comings.before(int(np.sort(comings.at)[5])), hours, len(comings.customers))[1]
    assert once.max() < share.max()
    assert Hours.from_state(hours.state()) == hours


def test_what_sets_drops_apart_is_named_and_noise_is_not(read) -> None:
    visits, past, _ = read
    rng = np.random.default_rng(1)
    # Devices that say nothing, and a channel on which nobody who looked went on.
    deep = np.isin(np.arange(len(visits)), np.flatnonzero(visits.buys))
    changed = {**{name: getattr(visits, name) for name in visits.__dataclass_fields__}}
    changed["device"] = rng.integers(0, len(visits.devices), len(visits))
    changed["channel"] = np.where(deep, 0, rng.integers(0, 2, len(visits)))
    told = drops(type(visits)(**changed), past, 400).to_pylist()
    verdict = {(row["step"], row["input"]): row["verdict"] for row in told}
    name = f"channel={visits.channels[1]}"
    assert verdict[("checkout", name)] == "drops_more"
    noise = {each for (_, input_), each in verdict.items() if input_.startswith("device=") for each in [each]}
    assert noise <= {"no_difference", "too_few"}
    assert set(verdict.values()) <= set(VERDICTS)


def test_funnels_only_fall_and_hold_their_interval(read) -> None:
    visits = read[0]
    told = [row for row in funnel(visits, 400).to_pylist() if row["split"] == "all"]
    assert [row["step"] for row in told] == ["visit", "view", "cart", "checkout", "order"]
    counts = [row["visits"] for row in told]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] == len(visits)
    assert counts[-1] == visits.buys.sum()
    assert all(row["low"] < row["share_of_previous"] < row["high"] for row in told[1:])
    ways = paths(visits, 400).to_pylist()
    assert sum(row["share"] for row in ways) <= 1
    assert ways[0]["visits"] >= ways[-1]["visits"]


def test_visits_of_one_customer_are_not_taken_for_many() -> None:
    came = np.tile([True, False], 200)
    apart = share_between(came, np.arange(400))
    together = share_between(np.repeat([True, False], 200), np.repeat(np.arange(8), 50))
    assert together.high - together.low > 3 * (apart.high - apart.low)


def test_intent_grows_with_what_is_seen(planted, read) -> None:
    visits, past, _ = read
    cut = np.quantile(visits.begun, 0.6)
    model = fit_intent(visits, past, steps=(1, 5), only=np.flatnonzero(visits.begun < cut), most=1_000)
    later = np.flatnonzero(visits.begun >= cut)
    reached = []
    for step in (1, 5):
        seen = prefixes_after(visits, past, model.places, step, only=later)
        reached.append(auc(seen.buys, model.answer(seen)))
    assert reached[0] > 0.56
    assert reached[1] > 0.62
    # After seven events the model of five answers, with seven events' counts.
    assert np.isfinite(model.chances(visits, past, later[:5], np.minimum(visits.length[later[:5]], 7).clip(1))).all()


def test_everything_published_has_its_words(read) -> None:
    model = fit_intent(read[0], read[1], steps=(), most=10)
    assert not [name for name in model.names if name.split("=")[0] not in MEANINGS]
    assert set(ACTIONS) == set(DEPTHS)
    assert BehaviourSpec().steps == (1, 3, 5, 10)
