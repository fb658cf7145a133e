"""Examples and splits: what was known comes before what is asked, always."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_questions import AS_OF, HORIZON, churn_task, value_task

from habitue.errors import ConfigError, DataError, NotEnoughData
from habitue.tasks import collect, cutoffs
from habitue.tasks.examples import settled
from habitue.tasks.splits import Split, split_in_time


def test_every_outcome_is_known_by_the_moment(shop) -> None:
    moments = cutoffs(shop, AS_OF, HORIZON, count=20)
    assert moments == sorted(moments, reverse=True)
    assert all(moment + dt.timedelta(days=HORIZON) <= AS_OF for moment in moments)
    assert all(moment >= shop.first_order_at for moment in moments)
    assert moments[0] == AS_OF - dt.timedelta(days=HORIZON)


def test_a_horizon_longer_than_the_records_has_no_cutoff(shop) -> None:
    assert cutoffs(shop, AS_OF, 5_000) == []


def test_an_outcome_that_is_not_known_is_refused(shop) -> None:
    with pytest.raises(NotEnoughData, match="not known before"):
        collect(shop, churn_task(), [AS_OF - dt.timedelta(days=HORIZON - 1)], known_by=AS_OF)


def test_labels_agree_with_counting_by_hand(shop, examples, amounts) -> None:
    moment = examples.cutoffs[0]
    lines = shop.engine.to_arrow(shop.table("order_lines")).to_pandas()
    bought = lines[(lines.quantity > 0) & (lines.unit_price > 0) & lines.customer_id.notna() & lines.set_aside.isna()]
    end = moment + pd.Timedelta(days=HORIZON)
    bought = bought[bought.cancelled_at.isna() | (bought.cancelled_at >= end)]
    later = bought[(bought.ordered_at >= moment) & (bought.ordered_at < end)]
    rows = examples.at([moment])
    assert np.array_equal(rows.label == 0, rows.frame.customer_id.isin(later.customer_id))
    spent = (later.quantity * later.unit_price).groupby(later.customer_id).sum()
    mine = amounts.at([moment])
    assert np.allclose(mine.label, mine.frame.customer_id.map(spent).fillna(0))


def test_a_purchase_on_the_instant_is_outcome_not_knowledge(shop_of_purchases) -> None:
    moment = dt.datetime(2024, 2, 1)
    shop = shop_of_purchases([("a", dt.datetime(2024, 1, 1)), ("a", moment), ("b", dt.datetime(2024, 1, 2))])
    rows = collect(shop, churn_task(), [moment])
    assert dict(zip(rows.frame.customer_id, rows.label, strict=True)) == {"a": 0.0, "b": 1.0}
    assert rows.frame.purchase_days.tolist() == [1, 1]


def test_rows_over_the_cap_are_drawn_by_customer(shop) -> None:
    moments = cutoffs(shop, AS_OF, HORIZON, count=4)
    everyone = collect(shop, churn_task(), moments)
    some = collect(shop, churn_task(), moments, max_rows=len(everyone) // 3)
    assert 0 < len(some) < len(everyone) / 2
    assert 0.2 < some.share <= 1 / 3
    drawn = set(some.frame.customer_id)
    for moment in moments:
        assert set(some.at([moment]).frame.customer_id) == drawn & set(everyone.at([moment]).frame.customer_id)


def test_labels_that_are_no_answer_are_named(shop) -> None:
    moment = AS_OF - dt.timedelta(days=HORIZON)
    half = churn_task(label=lambda shop, a, b: value_task().label(shop, a, b))
    with pytest.raises(DataError, match="not what the question asks for") as raised:
        collect(shop, half, [moment])
    assert raised.value.as_dict()["column"] == "label"


def test_a_horizon_of_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match="0 days"):
        type(churn_task())("churn", "binary", 0, churn_task().question, churn_task().inputs, churn_task().label)


def test_training_outcomes_end_before_the_test_begins(examples) -> None:
    split = split_in_time(examples)
    assert split.kind == "later"
    assert max(split.train.cutoffs) + dt.timedelta(days=HORIZON) <= min(split.test.cutoffs)


def test_training_after_the_test_is_refused(examples) -> None:
    with pytest.raises(DataError, match="outcomes learnt from reach to"):
        Split(examples.at(examples.cutoffs[:1]), examples.at(examples.cutoffs[-1:]), "later")


def test_short_records_judge_on_other_customers(examples) -> None:
    split = split_in_time(examples.at(examples.cutoffs[:2]))
    assert split.kind == "overlapping"
    assert not set(split.train.frame.customer_id) & set(split.test.frame.customer_id)
    assert split.test.cutoffs == examples.cutoffs[:1]
    with pytest.raises(DataError, match="among those learnt from"):
        Split(split.train, split.train, "overlapping")


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-1e300, 1e300) | st.just(float("nan")), min_size=1, max_size=30))
def test_settled_numbers_forget_the_order_of_sums(values: list[float]) -> None:
    given_ = pd.Series(values, dtype="float64")
    once = settled(given_)
    assert np.allclose(once, given_, rtol=1e-9, atol=0, equal_nan=True)
    nudged = settled(given_ * (1 + 1e-15))
    assert ((once == nudged) | once.isna() | (np.abs(once / nudged - 1) < 1e-9)).all()
