"""A segment gets another list only where it is clearly worth more; by luck seldom any."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa

from habitue.actions.recommend.segmenting import decide_segments

AT = dt.datetime(2024, 6, 1)
ASKED = dt.datetime(2024, 5, 2)


def _world(seed, *, gain=0.0, customers=600):
    """Four segments; money is mostly nothing and now and then much. In segment s0 the list "popular" earns more."""
    draw = np.random.default_rng(seed)
    ids = [f"c{at}" for at in range(customers)]
    segment = np.array([f"s{at % 4}" for at in range(customers)])
    rows = []
    for strategy in ("home", "popular", "again"):
        money = np.where(draw.random(customers) < 0.3, draw.lognormal(3, 1, customers), 0)
        money += gain * (segment == "s0") * (strategy == "popular")
        rows.append(
            pa.table(
                {
                    "customer_id": ids,
                    "asked_at": pa.array([ASKED] * customers, pa.timestamp("us")),
                    "strategy": [strategy] * customers,
                    "revenue": money,
                    "ndcg": money,
                }
            )
        )
    return pa.concat_tables(rows), pa.table({"customer_id": ids, "segment": segment.tolist()})


def test_where_all_lists_are_worth_the_same_a_segment_seldom_gets_another():
    alarms = 0
    for seed in range(60):
        found = decide_segments(*_world(seed), AT, seed=seed)
        alarms += "better" in found["decision"].to_pylist()
        assert set(found["decision"].to_pylist()) <= {"better", "no_difference"}
    assert alarms <= 7  # 5 % of 60 are 3; more than 7 would come once in 100 times


def test_a_list_that_is_worth_more_is_found_and_only_where_it_is():
    outcomes, members = _world(1, gain=25.0)
    found = {row["segment"]: row for row in decide_segments(outcomes, members, AT).to_pylist()}
    assert found["s0"]["decision"] == "better"
    assert found["s0"]["strategy"] == "popular"
    assert found["s0"]["gain_low"] > 0
    assert [found[name]["strategy"] for name in ("s1", "s2", "s3")] == ["home"] * 3


def test_who_came_into_a_segment_later_is_not_counted():
    outcomes, members = _world(1, gain=25.0)
    late = pa.array([ASKED + dt.timedelta(days=1)] * members.num_rows, pa.timestamp("us"))
    found = decide_segments(outcomes, members.append_column("since", late), AT)
    assert set(found["decision"].to_pylist()) == {"too_few"}
    assert found["value"].null_count == found.num_rows


def test_without_segments_or_outcomes_nothing_is_decided():
    outcomes, members = _world(1)
    assert decide_segments(outcomes, None, AT).num_rows == 0
    assert decide_segments(outcomes.slice(0, 0), members, AT).num_rows == 0
