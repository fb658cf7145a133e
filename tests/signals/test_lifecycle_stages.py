"""Lifecycle: one rule for everybody, and the same story as living through every day."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from habitue.signals.segment import lifecycle
from habitue.signals.segment.stages import RULES, STAGES, came_back, shop_gap, stage_numbers, usual_gap
from habitue.signals.segment.visits import visits
from habitue.signals.segment.words import LIFECYCLE_STAGES, reason

START = dt.datetime(2024, 1, 1)
DAY = dt.timedelta(days=1)


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 50), st.booleans(), st.integers(0, 3000), st.floats(0.5, 500) | st.integers(1, 200))
def test_exactly_one_rule_holds(days: int, back: bool, quiet: int, gap: float) -> None:  # noqa: FBT001
    back = back and days > 1  # who bought once cannot have come back
    holding = [rule.stage for rule in RULES if rule.holds(days, back, quiet, gap)]
    assert len(holding) == 1
    assert (
        STAGES[stage_numbers(np.array([days]), np.array([back]), np.array([quiet]), np.array([gap]))[0]] == holding[0]
    )


def test_every_stage_has_words_in_their_order() -> None:
    assert tuple(LIFECYCLE_STAGES) == STAGES


def histories(number: int, days: int, seed: int) -> dict[str, list[int]]:
    """Customers with rhythms of their own, some of whom pause, stop, or buy once."""
    chance = random.Random(seed)
    shop = {}
    for name in range(number):
        day, gap, bought = chance.randrange(days), chance.choice([2, 7, 20, 45]), []
        while day < days and (not bought or chance.random() > 0.12):
            bought.append(day)
            pause = 12 if chance.random() < 0.12 else 1
            day += max(1, round(chance.expovariate(1 / gap) * pause))
        shop[f"c{name:03d}"] = bought
    return shop


def lived_through(bought: list[int], now: int, gap: float) -> tuple[str, int, str | None]:
    """Go through a customer's days one by one and note each change of stage."""
    stages: list[tuple[int, str]] = []
    for day in range(bought[0], now + 1):
        so_far = [each for each in bought if each <= day]
        span, last = so_far[-1] - so_far[0], so_far[-1] - so_far[-2] if len(so_far) > 1 else 0
        state = [np.array([value]) for value in (len(so_far), span, last)]
        back = came_back(*state, gap)
        number = stage_numbers(state[0], back, np.array([day - so_far[-1]]), usual_gap(state[0], state[1], gap))
        if not stages or stages[-1][1] != STAGES[number[0]]:
            stages.append((day, STAGES[number[0]]))
    return stages[-1][1], stages[-1][0], stages[-2][1] if len(stages) > 1 else None


@pytest.mark.parametrize(("now", "hour"), [(119, 0), (400, 0), (250, 15)])
def test_stage_since_and_previous_are_those_of_living_through_it(shop_of, now: int, hour: int) -> None:
    told = histories(110, 400, seed=now)
    rows = [(name, START + day * DAY + dt.timedelta(hours=12), 5.0) for name, days in told.items() for day in days]
    shop = shop_of(rows)
    as_of = START + now * DAY + dt.timedelta(hours=hour)
    gap = lifecycle.standing(visits(shop, as_of), as_of).shop_gap_days
    known = now if hour <= 12 else now + 1
    expected = {}
    for name, days in told.items():
        if days[0] < known:
            stage, since, previous = lived_through([day for day in days if day < known], now, gap)
            expected[name] = (stage, START + since * DAY, previous)
    got = {
        row["customer_id"]: (row["stage"], row["since"], row["previous_stage"])
        for row in lifecycle.score(shop, as_of).to_pylist()
    }
    assert got == expected
    assert len({stage for stage, _, _ in got.values()}) >= 6


def test_gaps_are_drawn_to_the_shop_and_never_absurdly_short() -> None:
    days, spans = np.array([1, 2, 50]), np.array([0, 90, 49])
    assert usual_gap(days, spans, 30.0).tolist() == [30.0, 50.0, 10.0]
    assert shop_gap(np.array([1, 2, 3]), np.array([0, 30, 20]), 1000) == pytest.approx((2 * 20 + 5 * 60) / 7)
    assert shop_gap(np.full(995, 2), np.full(995, 20), 90) == pytest.approx(40.0, abs=0.2)  # young: half the default


def test_one_customer_with_one_order(shop_of) -> None:
    shop = shop_of([("ann", START, 8.0)])
    (row,) = lifecycle.score(shop, START + DAY).to_pylist()
    assert (row["stage"], row["since"], row["previous_stage"], row["usual_gap_days"]) == ("new", START, None, 60.0)
    (row,) = lifecycle.score(shop, START + 400 * DAY).to_pylist()
    assert (row["stage"], row["since"], row["previous_stage"]) == ("lost", START + 361 * DAY, "dormant")
    assert (row["spend"], row["spend_365d"]) == (8.0, 0.0)


def test_money_given_back_is_not_kept(shop_of) -> None:
    shop = shop_of(
        [("ann", START, 50.0), ("bob", START, 9.0), ("ann", START + DAY, -40.0), ("bob", START + DAY, -20.0)]
    )
    rows: list[dict[str, Any]] = lifecycle.score(shop, START + 2 * DAY).to_pylist()
    assert [(row["spend_365d"], row["net_spend_365d"]) for row in rows] == [(50.0, 10.0), (9.0, 0.0)]
    early = lifecycle.score(shop, START + DAY).to_pylist()
    assert [row["net_spend_365d"] for row in early] == [50.0, 9.0]


def test_the_reason_tells_rhythm_and_way() -> None:
    row = {
        "purchase_days": 1,
        "recency_days": 1.2,
        "usual_gap_days": 60.0,
        "since": START,
        "previous_stage": "new",
    }
    assert reason("lifecycle", row, "en") == (
        "bought on 1 day, last 1 day ago; usual gap 60 days; in this stage since 2024-01-01, before that: New"
    )
    assert (
        reason("lifecycle", row, "zh")
        == "共 1 天有购买，最近一次在 1 天前；惯常购买间隔 60 天；自 2024-01-01 起处于此阶段，此前为新客户"
    )
