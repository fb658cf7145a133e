"""Shops above the caps: what is drawn, and that answers given part by part are the answers given at once."""

from __future__ import annotations

import numpy as np
import pytest
from small_questions import AS_OF, HORIZON, churn_task

from habitue.tasks import Plan, collect, cutoffs, examples, fit, fitted, question


def test_above_the_cap_fewer_rows_are_drawn_than_the_cap(shop, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = cutoffs(shop, AS_OF, HORIZON, count=4)
    everyone = collect(shop, churn_task(), moments)
    monkeypatch.setattr(examples, "_LEARNT_ROWS", len(everyone) // 10)
    assert collect(shop, churn_task(), moments, max_rows=2 * len(everyone)).share == 1
    some = collect(shop, churn_task(), moments, max_rows=len(everyone) // 2)
    assert some.share <= 1 / 10
    assert 0 < len(some) < len(everyone) / 5


def test_a_share_of_a_share_is_drawn(shop) -> None:
    def customers(of) -> int:
        return of.engine.to_arrow(of.at(AS_OF).purchases.customer_id.nunique()).as_py()

    half = shop.sampled(0.5)
    assert 0.35 * customers(half) < customers(half.sampled(0.5)) < 0.65 * customers(half)
    assert customers(half.sampled(0.5)) == customers(shop.sampled(0.25))


def test_answers_and_reasons_part_by_part(shop, monkeypatch: pytest.MonkeyPatch) -> None:
    told = fit(shop, churn_task(), as_of=AS_OF, plan=Plan(selecting=False, candidates=("linear",)))
    frame = examples.asked(shop, churn_task(), AS_OF)
    score, reasons = told.score_frame(frame), told.reasons_frame(frame)
    monkeypatch.setattr(fitted, "_PART_ROWS", 100)
    assert told.score_frame(frame) == pytest.approx(score, rel=1e-12)
    parts = told.reasons_frame(frame)
    assert len(parts) == len(frame)
    assert [[each["input"] for each in row] for row in parts.to_pylist()] == [
        [each["input"] for each in row] for row in reasons.to_pylist()
    ]
    assert len(told.score_frame(frame.iloc[:0])) == 0


def test_a_large_table_is_read_in_the_same_order(shop, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = examples.asked(shop, churn_task(), AS_OF)
    monkeypatch.setattr(question, "_MANY_ROWS", 10)
    question._MEMORY.pop(shop)
    again = examples.asked(shop, churn_task(), AS_OF)
    question._MEMORY.pop(shop)
    assert again.equals(usual)
    assert (again.dtypes == usual.dtypes).all()
    assert np.array_equal(again.columns, usual.columns)
