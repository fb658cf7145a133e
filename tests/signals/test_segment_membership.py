"""Members of learnt segments over time, their portraits and treatments: known answers, and blind to the future."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from habitue.data.settings import RescueSettings, ShopFacts, ShopSettings, SourceSettings
from habitue.data.shop import Shop
from habitue.data.simulate import simulate
from habitue.errors import DataError
from habitue.features.testing import truncation_differences
from habitue.models.segmenting import Condition, Rule, RuledSegments
from habitue.signals.segment import lifecycle, membership, rfm
from habitue.signals.segment.language import SegmentStore, from_json
from habitue.signals.segment.membership import Placed, definition_of, flows, moves, place
from habitue.signals.segment.overlapping import overlap, saved_members
from habitue.signals.segment.past import FEATURES
from habitue.signals.segment.portrait_words import Profile, describe, name_all
from habitue.signals.segment.portraits import detectable_share
from habitue.signals.segment.treatments import TREATMENTS, treat

_NOW, _THEN = dt.datetime(2024, 6, 1), dt.datetime(2024, 3, 1)

#: learnt_01: lately and much, learnt_02: lately and little, learnt_03: not lately.
_BY_HAND = RuledSegments(
    "by_hand",
    FEATURES,
    (
        Rule((Condition("recency_days", "<", 60.0), Condition("spend", ">=", 100.0))),
        Rule((Condition("recency_days", "<", 60.0), Condition("spend", "<", 100.0))),
        Rule((Condition("recency_days", ">=", 60.0),)),
    ),
)


@pytest.fixture
def by_hand(shop_of: Any) -> Any:
    def on(month: int, day: int) -> dt.datetime:
        return dt.datetime(2024, month, day)

    return shop_of([
        ("ann", on(2, 20), 150.0), ("ann", on(5, 20), 10.0),  # stays in the first
        ("bob", on(2, 20), 150.0),  # goes quiet
        ("cat", on(2, 20), 50.0), ("cat", on(5, 20), 60.0),  # spends more
        ("dan", on(1, 1), 20.0), ("dan", on(2, 1), 20.0),  # goes quiet
        ("eve", on(5, 25), 5.0),  # new
    ])  # fmt: skip


def test_who_moved_and_which_condition_turned(by_hand: Shop) -> None:
    then, now = place(by_hand, _THEN, _BY_HAND), place(by_hand, _NOW, _BY_HAND)
    told = {row["customer_id"]: row for row in moves(_BY_HAND, then, now).to_pylist()}
    assert sorted(told) == ["bob", "cat", "dan", "eve"]
    assert all((row["from_at"], row["to_at"]) == (_THEN, _NOW) for row in told.values())

    def said(who: str, *names: str) -> tuple[Any, ...]:
        return tuple(told[who][name] for name in names)

    assert said("bob", "from_segment", "to_segment", "feature", "op", "threshold") == (
        "learnt_01",
        "learnt_03",
        "recency_days",
        "<",
        60.0,
    )
    assert said("bob", "before", "now") == (10.0, 102.0)
    assert said("cat", "from_segment", "to_segment", "feature", "before", "now") == (
        "learnt_02",
        "learnt_01",
        "spend",
        50.0,
        110.0,
    )
    assert said("eve", "from_segment", "to_segment", "feature", "before") == ("none", "learnt_02", None, None)


def test_the_matrix_counts_everybody_once(by_hand: Shop) -> None:
    then, now = place(by_hand, _THEN, _BY_HAND), place(by_hand, _NOW, _BY_HAND)
    counted = {
        (row["from_segment"], row["to_segment"]): row["customers"] for row in flows(_BY_HAND, then, now).to_pylist()
    }
    assert counted == {
        ("learnt_01", "learnt_01"): 1,
        ("learnt_01", "learnt_03"): 1,
        ("learnt_02", "learnt_01"): 1,
        ("learnt_02", "learnt_03"): 1,
        ("none", "learnt_02"): 1,
    }
    assert flows(_BY_HAND, now, now)["customers"].to_pylist() == [2, 1, 2]
    assert moves(_BY_HAND, now, now).num_rows == 0


def test_who_is_no_customer_any_more_has_left(by_hand: Shop) -> None:
    then, now = place(by_hand, _THEN, _BY_HAND), place(by_hand, _NOW, _BY_HAND)
    row = next(row for row in moves(_BY_HAND, now, then).to_pylist() if row["customer_id"] == "eve")
    assert (row["from_segment"], row["to_segment"], row["feature"]) == ("learnt_02", "none", None)


def test_before_the_first_purchase_there_are_only_newcomers(by_hand: Shop) -> None:
    nobody, now = place(by_hand, dt.datetime(2020, 1, 1), _BY_HAND), place(by_hand, _NOW, _BY_HAND)
    assert nobody.ids.size == 0
    assert set(moves(_BY_HAND, nobody, now)["from_segment"].to_pylist()) == {"none"}
    assert moves(_BY_HAND, now, nobody).num_rows == 5
    assert flows(_BY_HAND, nobody, nobody).num_rows == 0


_customers = st.lists(
    st.tuples(st.booleans(), st.booleans(), st.floats(0, 200), st.floats(0, 200), st.floats(0, 300)), max_size=12
)


@given(_customers)
@settings(max_examples=60, deadline=None)
def test_what_turned_held_before_and_does_not_now(drawn: list[tuple[bool, bool, float, float, float]]) -> None:
    def seen(at: dt.datetime, which: int, shift: float) -> Placed:
        rows = [(f"c{n:02d}", *each[2:]) for n, each in enumerate(drawn) if each[which]]
        ids = np.array([row[0] for row in rows], dtype=object)
        x = np.zeros((len(rows), len(FEATURES)))
        for n, row in enumerate(rows):
            x[n, 0], x[n, 4] = row[1] + shift * row[3] / 300, row[2] * (1 + shift)
        none = np.zeros(len(rows))
        return Placed(at, ids, x, _BY_HAND.assign(x) if rows else np.empty(0, dtype=np.int64), none, none)

    then, now = seen(_THEN, 0, 0.0), seen(_NOW, 1, 1.0)
    told = moves(_BY_HAND, then, now).to_pylist()
    for row in told:
        if "none" in (row["from_segment"], row["to_segment"]):
            assert row["feature"] is None
            continue
        holds = {"<": lambda a, b: a < b, ">=": lambda a, b: a >= b}[row["op"]]
        assert holds(row["before"], row["threshold"])
        assert not holds(row["now"], row["threshold"])
    counted = flows(_BY_HAND, then, now).to_pylist()
    assert sum(row["customers"] for row in counted) == sum(each[0] or each[1] for each in drawn)
    stayed = sum(row["customers"] for row in counted if row["from_segment"] == row["to_segment"])
    assert stayed + len(told) == sum(each[0] or each[1] for each in drawn)


def test_overlap_by_hand() -> None:
    one = pa.table({"customer_id": ["a", "b", "c", "d"], "segment": ["x", "x", "y", None]})
    two = pa.table({"customer_id": ["a", "b", "c", "a"], "segment": ['“vip” "🎉"', "m", "m", "m"]})
    rows = {(row["segment"], row["other_segment"]): row for row in overlap({"one": one, "two": two}).to_pylist()}
    assert {key: row["customers"] for key, row in rows.items()} == {
        ("x", '“vip” "🎉"'): 1,
        ("x", "m"): 2,
        ("y", "m"): 1,
    }
    assert rows["x", "m"]["jaccard"] == pytest.approx(2 / 3)
    assert (rows["x", "m"]["share"], rows["x", "m"]["other_share"]) == (1.0, pytest.approx(2 / 3))
    assert overlap({"one": one}).num_rows == 0
    assert overlap({"one": one, "none": two.slice(0, 0)}).num_rows == 0


def test_a_saved_segment_counts_while_it_is_fresh(by_hand: Shop) -> None:
    store, name = SegmentStore(by_hand.folder / ".habitue"), '“Fresh” "ones" 🎉'
    store.save(name, from_json({"feature": "recency_days", "op": "<", "value": 60}))
    assert saved_members(store, _NOW).num_rows == 0
    store.compute(name, by_hand, _NOW)
    assert saved_members(store, _NOW, by_hand.loaded.fingerprint).to_pylist() == [
        {"customer_id": who, "segment": name} for who in ("ann", "cat", "eve")
    ]
    assert saved_members(store, _NOW + dt.timedelta(days=1)).num_rows == 0
    assert saved_members(store, _NOW, "other data").num_rows == 0


@pytest.fixture(scope="module")
def tables() -> dict[str, pa.Table]:
    return simulate(customers=180, days=400, seed=3, language="en", tables={"order_lines", "consents"}).tables


_AT = dt.datetime(2024, 1, 20)


def _signals(shop: Shop, at: dt.datetime) -> dict[str, pa.Table]:
    """Make up tables of forecasts: the value rises with the customer number, all need tea, even ones cups more."""
    ids = rfm.score(shop, at)["customer_id"].to_pylist()
    n = len(ids)
    spend = np.array([float(who[-3:]) for who in ids])
    gain = np.where(spend > 150, 2.0, -1.0)
    value = {"customer_id": ids, "horizon_days": [90] * n, "expected_spend": spend}
    churn = {
        "customer_id": ids, "churn_probability": np.full(n, 0.4), "rescue_gain": gain, "rescue_gain_low": gain - 1,
        "rescue_gain_high": gain + 1, "rescue": gain > 0, "evidence": ["experiment"] * n,
    }  # fmt: skip
    need = {
        "customer_id": [who for who in ids for _ in range(2)],
        "category": ["tea", "cups"] * n,
        "probability": [chance for who in ids for chance in (0.3, 0.9 if int(who) % 2 == 0 else 0.1)],
    }
    return {"value": pa.table(value), "churn": pa.table(churn), "need": pa.table(need)}


def _run(shop: Shop, at: dt.datetime) -> dict[str, pa.Table]:
    stages = lifecycle.score(shop, at)
    return membership.run(shop, at, signals={"rfm": rfm.score(shop, at), "lifecycle": stages, **_signals(shop, at)})


@pytest.fixture(scope="module")
def published(tables: dict[str, pa.Table]) -> Any:
    with Shop.from_tables(tables) as shop:
        yield shop, _run(shop, _AT)


def test_the_tables_fit_together(published: Any) -> None:
    shop, made = published
    assert set(made) == {
        "segments", "segment_early", "segment_definitions", "segment_moves", "segment_flows", "segment_scores",
        "segment_overlap",
    }  # fmt: skip
    counts = made["segments"].to_pandas()["segment"].value_counts().to_dict()
    definitions = made["segment_definitions"].to_pylist()
    assert {row["segment"]: row["customers"] for row in definitions if row["customers"]} == counts
    assert sum(row["share"] for row in definitions) == pytest.approx(1)
    assert sum(row["value_share"] for row in definitions) == pytest.approx(1)
    assert len({row["name_en"] for row in definitions}) == len({row["name_zh"] for row in definitions})
    assert len({row["name_en"] for row in definitions}) == len(definitions)
    flows_now = made["segment_flows"].to_pandas()
    for _, rows in flows_now.groupby("from_at"):
        assert rows.groupby("to_segment")["customers"].sum().to_dict() == counts
    again = place(shop, _AT, definition_of(made["segment_definitions"]))
    assert [f"learnt_{n + 1:02d}" for n in again.segment] == made["segments"]["segment"].to_pylist()
    assert made["segment_scores"].to_pandas().groupby("measure")["chosen"].sum().unique().tolist() == [1]
    learnt = made["segment_overlap"].to_pandas().query("family == 'learnt' and other_family == 'rfm'")
    assert learnt.groupby("segment")["customers"].sum().to_dict() == counts


def test_everybody_is_in_since_a_moment_that_the_moves_agree_with(published: Any) -> None:
    _, made = published
    entered = dict(zip(*(made["segments"][name].to_pylist() for name in ("customer_id", "since")), strict=True))
    assert all(moment <= _AT for moment in entered.values())
    moved = made["segment_moves"].to_pylist()
    assert moved
    assert all(row["from_at"] <= entered[row["customer_id"]] for row in moved)
    codes = set(made["segment_definitions"]["segment"].to_pylist())
    early = made["segment_early"].to_pylist()
    assert early
    assert {row["segment"] for row in early} <= codes
    assert all(0 <= row["sure"] <= 1 for row in early if row["customers"])


def test_published_rules_stay_until_others_are_clearly_better(published: Any) -> None:
    shop, made = published
    later = membership.run(shop, _AT + dt.timedelta(days=7), previous=made["segment_definitions"])
    before, after = (definition_of(each["segment_definitions"]).rules for each in (made, later))
    assert before == after
    broken = made["segment_definitions"].set_column(
        made["segment_definitions"].schema.get_field_index("rule"),
        "rule",
        pa.array(['{"feature": "recency_days", "op": "=", "value": 60}'] * made["segment_definitions"].num_rows),
    )
    anew = membership.run(shop, _AT, previous=broken)
    assert anew["segment_definitions"]["rule"].to_pylist() == made["segment_definitions"]["rule"].to_pylist()


def test_portraits_read_the_forecasts(published: Any, tables: dict[str, pa.Table]) -> None:
    shop, made = published
    asked = tables["consents"].to_pandas().query("purpose == 'marketing' and changed_at < @_AT")
    last = asked.sort_values("changed_at").groupby(["customer_id", "channel"])["granted"].last()
    agreed = last.to_dict()
    given = _signals(shop, _AT)
    worth = dict(zip(*(given["value"][name].to_pylist() for name in ("customer_id", "expected_spend")), strict=True))
    inside = made["segments"].to_pandas().groupby("segment")["customer_id"].agg(list).to_dict()
    everyone = np.mean(list(worth.values()))
    for row in made["segment_definitions"].to_pylist():
        spend = [worth[who] for who in inside[row["segment"]]]
        assert row["value_source"] == "expected"
        assert row["value"] == pytest.approx(np.mean(spend))
        assert row["value_index"] == pytest.approx(100 * np.mean(spend) / everyone)
        assert row["churn_probability_index"] == pytest.approx(100)
        cups = np.mean([0.9 if int(who) % 2 == 0 else 0.1 for who in inside[row["segment"]]])
        assert row["next_need"] == ("cups" if cups > 0.3 else "tea")
        assert row["next_need_probability"] == pytest.approx(max(cups, 0.3))
        for each in row["reach"]:
            mine = [who for who in inside[row["segment"]] if agreed.get((who, each["channel"]))]
            assert (each["customers"], each["share"]) == (len(mine), len(mine) / row["customers"])
        if row["treatment"] == "rescue":
            pays = [each for each in spend if each > 150]
            assert (row["treatment_customers"], row["treatment_value"]) == (len(pays), 2.0 * len(pays))
            assert row["evidence"] == "experiment"
        assert row["treatment"] in TREATMENTS
        assert from_json(json.loads(row["rule"]))


def test_without_forecasts_and_consents_the_past_tells(tables: dict[str, pa.Table]) -> None:
    with Shop.from_tables({"order_lines": tables["order_lines"]}) as shop:
        rows = membership.run(shop, _AT)["segment_definitions"].to_pylist()
    assert {row["value_source"] for row in rows} == {"observed"}
    assert all(row["reach"] is None and row["churn_probability"] is None and row["next_need"] is None for row in rows)


_KEYS = {
    "segments": ("customer_id",),
    "segment_definitions": ("segment",),
    "segment_moves": ("from_at", "customer_id"),
    "segment_flows": ("from_at", "from_segment", "to_segment"),
    "segment_scores": ("way", "measure"),
    "segment_overlap": ("family", "segment", "other_family", "other_segment"),
    "segment_early": ("first_group",),
}


def test_nothing_is_known_of_the_future(tables: dict[str, pa.Table]) -> None:
    def answer(shop: Shop, at: dt.datetime) -> pa.Table:
        """Put all tables below each other, a row as its key and the rest of it as plain data."""
        made = _run(shop, at)
        rows = [
            {"key": str([name, *(row[part] for part in key)]), **{f"{name}.{each}": row[each] for each in row}}
            for name, key in _KEYS.items()
            for row in made[name].to_pylist()
        ]
        assert {row["key"].split("'")[1] for row in rows} == set(_KEYS)
        names = list(dict.fromkeys(each for row in rows for each in row))
        return pa.table({each: [row.get(each) for row in rows] for each in names})

    assert truncation_differences(tables, dt.datetime(2023, 11, 1), answer, key=("key",)) == []


@pytest.mark.parametrize(
    "purchases",
    [
        [("ann", _THEN, 10.0), ("bob", _NOW - dt.timedelta(days=3), 20.0)],
        [("ann", _THEN, 10.0)],
        [(f"c{n}", _THEN, 10.0) for n in range(50)],
        [(f"c{n}", _THEN + dt.timedelta(days=20 * k), 10.0) for n in range(40) for k in range(5)],
    ],
    ids=["two customers", "one customer", "all alike, bought once", "all alike, bought often"],
)
def test_small_and_dull_shops_are_described_too(shop_of: Any, purchases: Any) -> None:
    made = membership.run(shop_of(purchases), _NOW)
    customers = {who for who, _, _ in purchases}
    assert set(made["segments"]["customer_id"].to_pylist()) == customers
    rows = made["segment_definitions"].to_pylist()
    assert sum(row["customers"] for row in rows) == len(customers)
    assert len({row["name_en"] for row in rows}) == len({row["name_zh"] for row in rows}) == len(rows)
    for row in rows:
        assert row["description_en"]
        if not row["customers"]:
            assert (row["treatment"], row["treatment_value"], row["value"], row["detectable_share"]) == (
                "leave",
                0.0,
                None,
                None,
            )


def test_nobody_at_all(shop_of: Any) -> None:
    made = membership.run(shop_of([("ann", _NOW, 1.0)]), _THEN)
    assert made["segments"].num_rows == made["segment_moves"].num_rows == 0
    assert set(made["segment_definitions"]["customers"].to_pylist()) == {0}


def test_a_rule_of_another_kind_is_refused() -> None:
    rule = json.dumps({"feature": "recency_days", "op": "=", "value": 60})
    with pytest.raises(DataError, match="not one that learnt segments have"):
        definition_of(pa.table({"place": [1], "rule": [rule]}))


def test_names_differ_however_alike_segments_are() -> None:
    alike = [Profile(10, 0.2, spend=float(n)) for n in range(5)] + [Profile(0, 0.0)] * 2
    names = name_all(alike)
    assert len({each["en"] for each in names}) == len({each["zh"] for each in names}) == 7
    two = name_all([Profile(10, 0.5, spend=1.0, purchase_days=3.0), Profile(10, 0.5, spend=9.0, purchase_days=3.0)])
    assert [each["en"] for each in two] == ["Lower spend", "Higher spend"]


def test_descriptions_say_the_figures_in_both_languages() -> None:
    some = Profile(1, 0.25, purchase_days=2.0, recency_days=9.0, order_value=12.5, value_index=240.0, next_need="tea")
    said = describe(some, "EUR")
    assert said["en"].startswith("1 customer (25.0%).")
    for part in ("12.50 EUR", "2.4", "tea"):
        assert part in said["en"]
        assert part in said["zh"]


def test_the_smallest_effect_a_test_finds() -> None:
    # Two arms of 392 tell 50 % from 60 % (textbook: 388 an arm with the pooled spread).
    assert detectable_share(0.5, 784) == pytest.approx(0.1, abs=0.0005)
    assert detectable_share(0.0, 100) > 0
    assert detectable_share(0.5, 3) is None
    assert detectable_share(None, 100) is None


_TERMS = ShopSettings(
    sources=[SourceSettings(format="csv", path="orders.csv", table="order_lines")],
    shop=ShopFacts(gross_margin=0.5),
    rescue=RescueSettings(offer_share=0.1, contact_cost=1.0, offer_days=10, response_share=0.4),
)


def test_the_gain_of_a_treatment_by_hand() -> None:
    best = Profile(3, 0.1, recency=0.5, frequency=2.0, purchase_days=5.0)
    told = treat(best, np.array([2.0, 1.0, 0.1]), None, _TERMS)
    # Half the response of a coupon: of 20 and 10 spent anyway 20 % more, at half margin, less the contact; 1 pays not.
    assert (told.code, told.customers, told.evidence) == ("new_products", 1, "assumption")
    assert told.value == pytest.approx(20 * 0.2 * 0.5 - 1)
    assert (told.low, told.high) == (pytest.approx(20 * 0.1 * 0.5 - 1), pytest.approx(20 * 0.4 * 0.5 - 1))


def test_a_discount_is_offered_only_where_it_pays() -> None:
    once = Profile(1, 0.1, recency=0.5, frequency=0.5, purchase_days=1.0)
    offered = treat(once, np.array([10.0]), None, _TERMS)
    assert (offered.code, offered.value) == ("offer", pytest.approx(100 * (0.4 * 0.5 - 0.1 * 0.9) - 1))
    dear = _TERMS.model_copy(update={"rescue": RescueSettings(offer_share=0.4, contact_cost=1.0, response_share=0.4)})
    assert treat(once, np.array([10.0]), None, dear).code == "second_order"
    assert treat(once, np.array([0.01]), None, _TERMS).code == "leave"
    assert treat(once, None, None, _TERMS).value is None


def test_rescue_takes_those_for_whom_it_pays() -> None:
    gone = Profile(3, 0.1, recency=2.0, frequency=1.0, purchase_days=4.0)
    gain = np.array([5.0, -2.0, np.nan])
    rescue = {
        "rescue": np.array([True, False, False]), "rescue_gain": gain, "rescue_gain_low": gain - 3,
        "rescue_gain_high": gain + 3, "evidence": np.array(["assumption"] * 3, dtype=object),
    }  # fmt: skip
    told = treat(gone, np.ones(3), rescue, _TERMS)
    assert (told.code, told.customers, told.value, told.low, told.high) == ("rescue", 1, 5.0, 2.0, 8.0)
    rescue["rescue"] = np.zeros(3, dtype=bool)
    assert treat(gone, np.ones(3), rescue, _TERMS).code == "leave"
