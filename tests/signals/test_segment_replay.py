"""Since when customers are in their segments, against placing everybody day by day; groups of first orders."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from habitue.data.shop import Shop
from habitue.data.simulate import simulate
from habitue.models.segmenting import POINTS, Axis, Condition, Rule, RuledSegments, Scorecard
from habitue.signals.segment.early import EARLY, early_groups
from habitue.signals.segment.membership import place
from habitue.signals.segment.past import FEATURES
from habitue.signals.segment.replay import replay, since

_AT = dt.datetime(2023, 12, 1)


def _both(names: tuple[str, str], values: tuple[float, float]) -> RuledSegments:
    """Make four segments out of two cuts."""
    sides = itertools.product(("<", ">="), repeat=2)
    rules = tuple(Rule(tuple(Condition(*each) for each in zip(names, pair, values, strict=True))) for pair in sides)
    return RuledSegments("by_hand", FEATURES, rules)


def _by_points(*cuts: float) -> RuledSegments:
    """Make segments out of the points for recency and money."""
    axes = (Axis("recency_days", "<", (180.0, 90.0, 30.0, 7.0)), Axis("spend", ">=", (50.0, 100.0, 200.0)))
    sides = [(None, cuts[0]), *itertools.pairwise(cuts), (cuts[-1], None)]
    rules = tuple(
        Rule(
            tuple(
                Condition(POINTS, op, value, Scorecard(axes))
                for op, value in ((">=", low), ("<", high))
                if value is not None
            )
        )
        for low, high in sides
    )
    return RuledSegments("by_points", FEATURES, rules)


_DEFINITIONS = (
    _both(("recency_days", "purchase_days"), (30.0, 3.0)),
    _both(("tenure_days", "spend"), (90.0, 200.0)),
    _both(("orders_365d", "average_order_value"), (2.0, 60.0)),
    _by_points(3.0, 5.0),
)


@pytest.fixture(scope="module")
def shop() -> Any:
    tables = dict(simulate(customers=60, days=400, seed=3, tables={"order_lines"}).tables)
    with Shop.from_tables(tables) as opened:
        yield opened


@pytest.mark.parametrize("definition", _DEFINITIONS, ids=lambda each: "+".join(each.features))
def test_features_are_those_that_were_known_at_the_time(shop: Shop, definition: RuledSegments) -> None:
    names = definition.features
    past = replay(shop, _AT, names)
    for days in (0, 17, 100, 250):
        moment = _AT - dt.timedelta(days=days)
        seen = place(shop, moment, RuledSegments("x", names, definition.rules))
        who = np.flatnonzero(np.isin(np.array(past.ids.to_pylist(), dtype=object), seen.ids))
        at = np.full(who.size, np.datetime64(moment, "us").astype(np.int64))
        told = past.features(who, past.before(who, at), at, names)
        np.testing.assert_allclose(told, seen.x, rtol=1e-6)


@pytest.mark.parametrize("definition", _DEFINITIONS, ids=lambda each: "+".join(each.features))
def test_customers_were_elsewhere_just_before_they_entered_and_never_since(
    shop: Shop, definition: RuledSegments
) -> None:
    now, names = place(shop, _AT, definition), definition.features
    past = replay(shop, _AT, names)
    entered = since(definition, past, pa.array(now.ids), now.segment, _AT)
    spoken, who = RuledSegments("x", names, definition.rules), np.arange(now.ids.size)
    assert past.ids.to_pylist() == now.ids.tolist()
    before = entered.astype(np.int64) - 1
    rows = past.before(who, before)
    there = rows > past.first
    assert there.any()
    elsewhere = spoken.assign(past.features(who[there], rows[there], before[there], names))
    assert (elsewhere != now.segment[there]).all()
    assert (entered[~there].astype(np.int64) == past.at[past.first[~there]]).all()
    for days in (1, 2, 3, 5, 8, 13, 21, 34, 55, 89):
        moment = _AT - dt.timedelta(days=days)
        then = place(shop, moment, definition)
        stayed = np.isin(then.ids, now.ids[entered < np.datetime64(moment)])
        assert (then.segment[stayed] == now.segment[np.searchsorted(now.ids, then.ids[stayed])]).all()


def test_who_never_moved_is_there_since_the_first_purchase(shop_of: Any) -> None:
    bought = [("ann", dt.datetime(2024, 2, 20, 9), 10.0), ("ann", dt.datetime(2024, 5, 1), 10.0)]
    opened = shop_of([*bought, ("bob", dt.datetime(2024, 3, 1, 12), 5.0)])
    at = dt.datetime(2024, 6, 1)
    everyone = RuledSegments("all", FEATURES, (Rule(()),))
    late = RuledSegments("late", FEATURES, tuple(Rule((Condition("recency_days", op, 60.0),)) for op in ("<", ">=")))
    ids = pa.array(["ann", "bob"])
    first = since(everyone, replay(opened, at, ()), ids, np.zeros(2, dtype=np.int64), at)
    assert first.astype(dt.datetime).tolist() == [dt.datetime(2024, 2, 20, 9), dt.datetime(2024, 3, 1, 12)]
    quiet = since(late, replay(opened, at, ("recency_days",)), ids, np.array([0, 1]), at)
    # Ann was quiet for more than 60 days before she came back; Bob fell silent exactly 60 days after his purchase.
    assert quiet.astype(dt.datetime).tolist() == [dt.datetime(2024, 5, 1), dt.datetime(2024, 4, 30, 12)]


def test_first_orders_tell_where_customers_go(shop_of: Any) -> None:
    start = dt.datetime(2024, 1, 1)
    bought = []
    for number in range(120):
        at, value = start + dt.timedelta(days=number), 200.0 if number % 3 == 0 else 10.0
        bought.append((f"c{number:03d}", at, value))
        if number % 3 == 0:
            bought.append((f"c{number:03d}", at + dt.timedelta(days=60), 10.0))
    at = start + dt.timedelta(days=230)
    again = RuledSegments(
        "again", ("purchase_days",), tuple(Rule((Condition("purchase_days", op, 2.0),)) for op in (">=", "<"))
    )
    opened = shop_of(bought)
    table = early_groups(opened, at, again, replay(opened, at, ("purchase_days",)), np.array(["often", "once"]))
    assert table.schema == EARLY
    rows = table.to_pylist()
    assert sum(row["customers"] for row in rows) == 60
    assert all(row["sure"] == 1.0 for row in rows if row["customers"])
    assert {row["segment"] for row in rows} == {"often", "once"}
    assert all(json.loads(row["first_group"]) and row["rule_en"] and row["rule_zh"] for row in rows)


def test_where_hardly_anybody_was_followed_nothing_is_guessed(shop_of: Any) -> None:
    opened = shop_of([("ann", dt.datetime(2024, 1, 1), 10.0)])
    everyone = RuledSegments("all", (), (Rule(()),))
    at = dt.datetime(2024, 6, 1)
    assert early_groups(opened, at, everyone, replay(opened, at, ()), np.array(["all"])).num_rows == 0
