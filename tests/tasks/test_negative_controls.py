"""Negative controls: each catches what it is there to catch, and lets honest work through."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
from small_questions import AS_OF, churn_task, value_task

from habitue.tasks import controls
from habitue.tasks.controls import leaking_inputs, planted_leak, shuffled_labels, time_reversed, too_good_inputs


def test_shuffled_labels_teach_nothing(examples, amounts) -> None:
    assert shuffled_labels(examples, names=("linear",)).caught
    assert shuffled_labels(amounts, names=("linear",)).caught


def test_shuffled_labels_notice_a_judgement_that_leaks(examples, monkeypatch) -> None:
    # A judgement on the very rows that were learnt from finds patterns in noise: the control must say so.
    noise = np.random.default_rng(1).normal(size=(len(examples), 40))
    frame = examples.frame.assign(**{f"noise_{k}": noise[:, k] for k in range(40)})
    rows = replace(examples, frame=frame).at(examples.cutoffs[:1])
    few = replace(rows, frame=rows.frame[:150], label=rows.label[:150])
    monkeypatch.setattr(controls, "split_in_time", lambda given: SimpleNamespace(train=given, test=given))
    assert not shuffled_labels(few, names=("linear",)).caught


def test_an_input_that_is_the_answer_is_too_good(examples) -> None:
    leaky = replace(examples, frame=examples.frame.assign(answer=examples.label))
    assert too_good_inputs(leaky) == ["answer"]


def test_a_planted_leak_is_found_and_honest_inputs_are_not(tables) -> None:
    moment = AS_OF.replace(year=2023, month=12)
    assert planted_leak(tables, value_task(), moment).caught
    assert leaking_inputs(tables, churn_task(), moment) == []


def test_time_cannot_be_reversed(examples) -> None:
    assert time_reversed(examples).caught
    assert time_reversed(examples.at(examples.cutoffs[:1])).caught


def test_honest_inputs_are_not_too_good(examples) -> None:
    assert too_good_inputs(examples) == []
