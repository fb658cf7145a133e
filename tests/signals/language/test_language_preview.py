"""Previews: counts add up, samples are members, reach needs consent, small and empty segments are no trouble."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest
from bench.segment_language import World

from habitue.data.shop import Shop
from habitue.signals.segment.language import from_json, members, preview

VIEWED = {"did": "event", "event": "view", "within": {"last_days": 60}}
TREE = {
    "all": [{"feature": "recency_days", "op": "<", "value": 90}, VIEWED, {"any": [{"did": "return"}, {"did": "buy"}]}]
}


def test_counts_and_sample(world: World) -> None:
    tree = from_json(TREE)
    shown = preview(tree, world.shop, world.as_of)
    found = world.shop.engine.to_arrow(members(tree, world.shop.at(world.as_of)))["customer_id"].to_pylist()
    assert shown.size == len(found)
    assert shown.universe == len(world.naive.universe)
    assert shown.share == pytest.approx(len(found) / len(world.naive.universe))
    funnel = [each for each in shown.conditions if each.left is not None]
    assert [each.text.en for each in funnel][1] == "had event 'view' in the last 60 days"
    lefts = [each.left for each in funnel]
    assert lefts == sorted(lefts, reverse=True)
    assert lefts[-1] == shown.size
    for each, part in zip(funnel, tree.items, strict=True):
        alone = world.shop.engine.to_arrow(members(part, world.shop.at(world.as_of)))
        assert each.alone == alone.num_rows
    assert len(shown.conditions) == 5  # the two inside "any" are counted as well
    assert len(shown.sample) == min(10, len(found))
    assert {each.customer_id for each in shown.sample} <= set(found)
    for each in shown.sample:
        assert each.values["days since the last purchase [recency_days] < 90"] < 90
    assert shown.reach is None
    assert shown.reach_note is not None
    assert shown.remarks == ()


def test_the_order_of_conditions_changes_no_size(world: World) -> None:
    other = {"all": TREE["all"][::-1]}
    assert (
        preview(from_json(other), world.shop, world.as_of).size
        == preview(from_json(TREE), world.shop, world.as_of).size
    )


def test_empty_segment_and_not_known(world: World) -> None:
    shown = preview(from_json({"any": []}), world.shop, world.as_of)
    assert (shown.size, shown.share, shown.sample, shown.effect) == (0, 0.0, (), None)
    returned = preview(from_json({"last": "return", "op": "<", "value": 1000}), world.shop, world.as_of)
    assert returned.unknown == returned.universe - returned.size > 0


def test_reach_goes_by_the_last_word_given() -> None:
    day = dt.datetime(2024, 1, 1)
    lines = pa.table(
        {
            "order_id": [f"{i}" for i in range(8)],
            "customer_id": [f"c{i}" for i in range(8)],
            "ordered_at": [day + dt.timedelta(days=i) for i in range(8)],
            "quantity": [1.0] * 8,
            "unit_price": [10.0 * (i + 1) for i in range(8)],
        }
    )
    word = [
        ("c0", "marketing", "mail", True, 0),
        ("c0", "marketing", "mail", False, 5),
        ("c1", "marketing", "mail", True, 0),
        ("c2", "marketing", "sms", True, 1),
        ("c3", "personalisation", "mail", True, 1),
        ("c4", "marketing", "mail", True, 30),
    ]
    names = ("customer_id", "purpose", "channel", "granted", "changed_at")
    consents = pa.Table.from_pylist(
        [dict(zip(names, (*each[:4], day + dt.timedelta(days=each[4])), strict=True)) for each in word]
    )
    with Shop.from_tables({"order_lines": lines, "consents": consents}) as shop:
        shown = preview(from_json({"all": []}), shop, dt.datetime(2024, 1, 20))
    assert [(each.channel, each.customers, each.share) for each in shown.reach] == [
        ("mail", 1, 1 / 8),
        ("sms", 1, 1 / 8),
    ]
    assert shown.effect is not None
    assert shown.effect.buyers_share == 1.0
    assert shown.effect.spend == pytest.approx(45.0)
    # 2.8016 × standard deviation 24.49 × √(2 / 4)
    assert shown.effect.detectable_spend == pytest.approx(48.52, abs=0.01)
