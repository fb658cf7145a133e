"""The world of planted visits: what was planted is there, and what can be known of it is worked out rightly."""

from __future__ import annotations

import datetime as dt
from itertools import product
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pytest

from habitue.data.shop import Shop
from habitue.data.simulate.visits_planted import planted_visits
from habitue.data.simulate.visits_planted_posterior import KnownVisits, chances_after, kind_chances
from habitue.data.simulate.visits_planted_process import DEVICES, EVENTS, KINDS, STATES, VISIT_PROCESS
from habitue.errors import ConfigError
from habitue.models.metrics import auc, calibration_error


@pytest.fixture(scope="module")
def world() -> Any:
    return planted_visits(1_200, seed=4)


def test_the_tables_make_a_shop_with_the_planted_visits(world: Any) -> None:
    tables, truth = world
    with Shop.from_tables(tables) as shop:
        events = shop.at(dt.datetime(2025, 1, 1)).table("events")
        found = shop.engine.to_rows(
            events.agg(visits=events.session_id.nunique(), rows=events.count(), orders=events.order_id.nunique())
        )[0]
    assert found["visits"] == truth.visits.num_rows
    assert found["rows"] == pc.sum(truth.visits["events"]).as_py()
    assert found["orders"] == pc.sum(truth.visits["buys"]).as_py() == tables["order_lines"].num_rows
    share = pc.mean(pc.cast(pc.is_null(truth.visits["customer_id"]), "float64")).as_py()
    assert share == pytest.approx(0.3, abs=0.001)


def test_the_same_seed_gives_the_same_world_and_another_one_does_not() -> None:
    first, again, other = (planted_visits(30, seed=seed, days=60)[0]["events"] for seed in (4, 4, 5))
    assert first.equals(again)
    assert not first.equals(other)


def test_visits_of_a_customer_never_overlap_nor_fall_silent(world: Any) -> None:
    events = world[0]["events"].to_pandas()
    spans = events.groupby("session_id").agg(
        customer_id=("customer_id", "first"), first=("happened_at", "min"), last=("happened_at", "max")
    )
    known = spans.dropna(subset=["customer_id"]).sort_values(["customer_id", "first"])
    same = known.customer_id.to_numpy()[1:] == known.customer_id.to_numpy()[:-1]
    apart = (known["first"].to_numpy()[1:] - known["last"].to_numpy()[:-1])[same]
    assert apart.min() > np.timedelta64(30, "m")
    ordered = events.sort_values(["session_id", "happened_at"], kind="stable")
    assert ordered.groupby("session_id").happened_at.diff().max() < dt.timedelta(minutes=30)


def test_the_truth_is_as_sure_as_it_is_right_and_learns_as_a_visit_unfolds(world: Any) -> None:
    _, truth = world
    reached = []
    for after in (1, 3, 5, 10):
        told = truth.chances(after)
        buys, chance = told["buys"].to_numpy().astype(float), told["chance"].to_numpy()
        assert calibration_error(buys, chance) < 0.015
        reached.append(auc(buys, chance))
    assert reached[0] > 0.65
    assert sorted(reached) == reached


def test_customers_reveal_their_kind_over_their_visits(world: Any) -> None:
    _, truth = world
    chance = kind_chances(truth.known, truth.process)
    last = np.flatnonzero(np.append(np.diff(truth.known.person) != 0, True) & (truth.known.person >= 0))
    kind = truth.customers["kind"].to_numpy()[truth.known.person[last]]
    told = chance[last]
    right = told.argmax(axis=1) == [KINDS.index(each) for each in kind]
    assert right.mean() == pytest.approx(told.max(axis=1).mean(), abs=0.03)
    assert right.mean() > VISIT_PROCESS.kind_share.max() + 0.15
    unknown = chance[truth.known.person < 0]
    assert np.allclose(unknown, VISIT_PROCESS.unknown_share)


def test_the_forward_pass_is_what_summing_over_all_paths_gives() -> None:
    view, cart, looks = EVENTS.index("view"), EVENTS.index("cart"), EVENTS.index("list")
    code, gap, relation = [looks, view, view, cart], [0, 9, 41, 1_500], [-1, -1, 2, -1]
    begin = VISIT_PROCESS.beginning(np.array([2, 1]), np.array([0, 2]), np.array([70_000, 200_000]), np.zeros(2, bool))
    known = KnownVisits(
        np.array([0, 0]), np.array([70_000, 200_000]), begin, np.array([0, 0, 1, 1, 1, 1]),
        np.array([0, 1, 0, 1, 2, 3]), np.array([looks, cart, *code]), np.array([0, 30, *gap]),
        np.array([-1, -1, *relation]), np.zeros(6, bool), np.array([True, False]),
    )  # fmt: skip
    kinds = VISIT_PROCESS.kind_share * [
        _sum_over_paths(begin[0, kind], [looks, cart], [0, 30], [-1, -1]) @ VISIT_PROCESS.orders
        for kind in range(len(KINDS))
    ]
    assert kind_chances(known, VISIT_PROCESS)[1] == pytest.approx(kinds / kinds.sum())
    ends = np.array([_sum_over_paths(begin[1, kind], code, gap, relation) for kind in range(len(KINDS))])
    joint = kinds[:, None] * ends
    rows, chance = chances_after(known, VISIT_PROCESS, 4)
    assert rows.tolist() == [1]
    assert chance[0] == pytest.approx(float((joint * _order_ahead_by_steps()).sum() / joint.sum()))


def _sum_over_paths(begin: Any, code: Any, gap: Any, relation: Any) -> Any:
    """Add up the chances of all ways through the states, by the last one."""
    process, found = VISIT_PROCESS, np.zeros(len(STATES))
    waits = process.gap_chances(np.array(gap))
    for path in product(range(len(STATES)), repeat=len(code)):
        chance = begin[path[0]]
        for place, state in enumerate(path):
            if place:
                before = path[place - 1]
                chance *= (1 - process.ends[before] - process.orders[before]) * process.moves[before, state]
                chance *= waits[place, state]
            chance *= process.empty[state, code[place]]
            chance *= process.relations[state, relation[place]] if relation[place] >= 0 else 1.0
        found[path[-1]] += chance
    return found


def _order_ahead_by_steps() -> Any:
    ahead = np.zeros(len(STATES))
    for _ in range(400):
        stays = 1 - VISIT_PROCESS.ends - VISIT_PROCESS.orders
        ahead = VISIT_PROCESS.orders + stays * (VISIT_PROCESS.moves @ ahead)
    return ahead


def test_gap_chances_are_those_of_the_gaps_drawn() -> None:
    rng = np.random.default_rng(0)
    drawn = VISIT_PROCESS.gaps(rng, np.full(40_000, STATES.index("drifting")))
    every = np.arange(1, drawn.max() + 1)
    chance = VISIT_PROCESS.gap_chances(every)[:, STATES.index("drifting")]
    assert chance.sum() == pytest.approx(1, abs=1e-3)
    for low, high in ((1, 10), (10, 40), (40, 200), (200, 1_501)):
        part = (every >= low) & (every < high)
        assert ((drawn >= low) & (drawn < high)).mean() == pytest.approx(chance[part].sum(), abs=0.01)


def test_devices_are_the_ones_of_the_schema(world: Any) -> None:
    assert set(world[0]["events"]["device"].to_pylist()) == set(DEVICES)


@pytest.mark.parametrize("wrong", [{"customers": 0}, {"days": 0}, {"unknown": 1.0}, {"seed": -1}])
def test_a_world_that_cannot_be_is_refused(wrong: Any) -> None:
    with pytest.raises(ConfigError, match="no world"):
        planted_visits(**wrong)
