"""Fitting: better than the plain baselines on later time, the same twice, written down and read back."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from small_questions import AS_OF, HORIZON, churn_task, value_task

from habitue.errors import DataError, NotEnoughData, NotFitted
from habitue.features.testing import truncation_differences
from habitue.tasks import FittedTask, Plan, cards_of, cards_table, cutoffs, fit, fit_examples
from habitue.tasks.examples import Examples
from habitue.tasks.judging import chosen

_PLAIN = Plan(selecting=False, candidates=("linear",))


@pytest.fixture(scope="module")
def churn(shop) -> FittedTask:
    return fit(shop, churn_task(), as_of=AS_OF)


@pytest.fixture(scope="module")
def value(shop) -> FittedTask:
    return fit(shop, value_task(), as_of=AS_OF)


def test_churn_is_told_better_than_by_chance_and_no_worse_than_recency(churn: FittedTask) -> None:
    auc = churn.card.metric("auc")
    recency = next(each for each in churn.card.baselines["recency alone"] if each.name == "auc")
    assert auc.low > 0.6
    assert auc.value >= recency.value - 0.01
    assert auc.low <= auc.value <= auc.high
    assert churn.card.split == "later"


def test_value_ranks_customers(value: FittedTask) -> None:
    assert value.card.metric("spearman").low > 0.3


def test_the_card_names_every_candidate_baseline_and_cutoff(churn: FittedTask) -> None:
    plain = churn.card.as_dict()
    assert {each["name"] for each in plain["candidates"]} == {"linear", "boosted", "blend"}
    assert {each["name"] for each in plain["baselines"]} == {"past rate", "recency alone", "RFM"}
    assert plain["cutoffs"] == sorted(plain["cutoffs"], reverse=True)
    assert plain["stability"]
    assert sum(each["share"] for each in plain["importance"]) == pytest.approx(1, abs=0.01)
    assert plain["model"] in {each["name"] for each in plain["candidates"]}
    json.dumps(plain, allow_nan=False)


def test_scores_cover_everyone_eligible_and_nobody_else(shop, churn: FittedTask) -> None:
    scores = churn.score(shop)
    eligible = shop.engine.to_arrow(shop.at(AS_OF).purchases.select("customer_id").distinct())["customer_id"]
    assert scores.customer_id.tolist() == sorted(eligible.to_pylist())
    assert scores.score.between(0, 1).all()


def test_a_model_is_never_asked_about_its_own_past(shop, churn: FittedTask) -> None:
    with pytest.raises(DataError, match="knows what came until"):
        churn.score(shop, AS_OF.replace(month=1))


def test_the_future_changes_neither_model_nor_scores(tables) -> None:
    def answer(shop, as_of):
        return pa.table(
            fit(shop, churn_task(), as_of=as_of, moments=cutoffs(shop, as_of, HORIZON, count=3)).score(shop)
        )

    assert truncation_differences(tables, AS_OF, answer) == []


def test_a_model_read_back_says_the_same(shop, churn: FittedTask, value: FittedTask, tmp_path) -> None:
    for fitted in (churn, value):
        fitted.save(tmp_path)
        again = FittedTask.load(tmp_path, fitted.task)
        assert np.allclose(again.score(shop).score, fitted.score(shop).score, rtol=1e-9)
    with pytest.raises(NotFitted, match="no fitted model"):
        FittedTask.load(tmp_path / "elsewhere", churn.task)


def test_models_travel_by_the_table_of_cards(shop, churn: FittedTask) -> None:
    table = cards_table([churn.card], [churn.state()])
    state = json.loads(table["state"][0].as_py())
    again = FittedTask.from_state(state, churn.task)
    assert np.allclose(again.score(shop).score, churn.score(shop).score)
    assert cards_of(table)[0]["task"] == "churn"


def test_reasons_point_the_way_the_score_went(shop, churn: FittedTask) -> None:
    frame = churn.task.inputs(shop, AS_OF)
    reasons = churn.explain_frame(frame, top=2)
    assert len(reasons) == len(frame)
    assert all(len(row) <= 2 for row in reasons)
    known = set(frame.columns)
    assert all(each.input.split("=")[0] in known for row in reasons for each in row)
    sums = np.array([sum(each.effect for each in row) for row in churn.explain_frame(frame, top=99)])
    assert np.corrcoef(sums, churn.score_frame(frame))[0, 1] > 0.8


def test_the_newest_cutoff_is_judged_once_and_later_ones_by_models_of_their_own(churn: FittedTask) -> None:
    moments = churn.rolled_moments
    newest = churn.rolled[churn.rolled["as_of"] == moments[0]]
    assert newest["customer_id"].tolist() == churn.judged["customer_id"].tolist()
    assert churn.calibrator.apply(newest["score"].to_numpy()) == pytest.approx(churn.judged["score"].to_numpy())
    assert [moment for moment, _ in churn.card.stability] == moments
    older = churn.rolled[churn.rolled["as_of"] == moments[1]]
    assert older["score"].between(0, 1).all()
    assert older["score"].nunique() > len(older) // 2


def test_a_missing_input_is_named_when_scoring(shop, churn: FittedTask) -> None:
    frame = churn.task.inputs(shop, AS_OF)
    name = churn.learner.sources[0]
    with pytest.raises(DataError, match=name):
        churn.score_frame(frame.drop(columns=[name]))


@pytest.mark.parametrize("answer", [0.0, 1.0])
def test_one_answer_only_is_said_not_raised(examples: Examples, answer: float) -> None:
    same = Examples(churn_task(prior=None), examples.frame, np.full(len(examples), answer))
    fitted = fit_examples(same, as_of=AS_OF, plan=_PLAIN)
    scores = fitted.score_frame(examples.frame)
    assert np.all(np.abs(scores - answer) < 0.05)
    assert any("same" in note["en"] for note in fitted.card.notes)


def test_one_answer_in_one_cutoff_only(examples: Examples) -> None:
    label = examples.label.copy()
    label[(examples.frame["as_of"] != examples.cutoffs[0]).to_numpy()] = 1.0
    fitted = fit_examples(Examples(churn_task(prior=None), examples.frame, label), as_of=AS_OF, plan=_PLAIN)
    assert np.isfinite(fitted.score_frame(examples.frame)).all()


def test_constant_inputs_are_left_out(examples: Examples) -> None:
    frame = examples.frame.assign(constant=3.0, empty=np.nan)
    fitted = fit_examples(Examples(churn_task(), frame, examples.label), as_of=AS_OF, plan=_PLAIN)
    assert not {"constant", "empty"} & set(fitted.learner.sources)


def test_spend_of_nothing_is_an_answer(amounts: Examples) -> None:
    nothing = Examples(value_task(prior=None), amounts.frame, np.zeros(len(amounts)))
    fitted = fit_examples(nothing, as_of=AS_OF, plan=_PLAIN)
    assert np.all(fitted.score_frame(amounts.frame) < 1.0)


def test_too_long_a_horizon_says_what_to_do(shop) -> None:
    with pytest.raises(NotEnoughData, match="too short to learn") as raised:
        fit(shop, replace(churn_task(prior=None), horizon_days=5_000), as_of=AS_OF)
    assert "horizon_days" in raised.value.hint


def test_drift_finds_the_input_that_moved(shop, examples: Examples) -> None:
    scored = examples.at(examples.cutoffs[:1]).frame
    moved = scored.assign(recency_days=scored["recency_days"] + 400)
    card = fit_examples(examples, as_of=AS_OF, plan=_PLAIN, scored=moved).card
    assert next(iter(card.drift)) == "recency_days"
    assert card.drift["recency_days"] > 0.25
    assert pd.Series(card.drift).drop("recency_days").max() < card.drift["recency_days"]


def test_more_candidates_and_tuning_are_tried_when_asked(examples: Examples) -> None:
    few = examples.at(examples.cutoffs[:3])
    plan = Plan(candidates=("linear", "tree", "boosted"), tuning_seconds=1.0, selecting=False)
    card = fit_examples(Examples(churn_task(prior=None), few.frame, few.label), as_of=AS_OF, plan=plan).card
    assert {each["name"] for each in card.as_dict()["candidates"]} == {"linear", "tree", "boosted", "blend"}


def test_the_usual_answer_gives_way_only_to_a_clearly_better_one(examples: Examples) -> None:
    truth = examples.at(examples.cutoffs[:1])
    draw = np.random.default_rng(3)
    usual = np.clip(0.5 + 0.3 * (truth.label - 0.5) + draw.normal(0, 0.05, len(truth)), 0.01, 0.99)
    hardly = np.clip(usual + draw.normal(0, 0.01, len(truth)), 0.01, 0.99)
    clearly = np.clip(0.5 + 0.9 * (truth.label - 0.5), 0.01, 0.99)

    def judged(name: str, score: np.ndarray) -> SimpleNamespace:
        return SimpleNamespace(learner=SimpleNamespace(name=name), score=score, loss=0.0)

    near = [judged("blend", usual), judged("linear", hardly)]
    assert chosen(near, truth).learner.name == "blend"
    assert chosen([*near, judged("boosted", clearly)], truth).learner.name == "boosted"


def test_the_thorough_set_answers_and_is_read_back(examples: Examples) -> None:
    few = examples.at(examples.cutoffs[:3])
    plan = Plan(thorough=True, selecting=False)
    fitted = fit_examples(Examples(churn_task(prior=None), few.frame, few.label), as_of=AS_OF, plan=plan)
    tried = {each["name"] for each in fitted.card.as_dict()["candidates"]}
    assert tried == {"linear", "boosted", "tree", "forest", "svm", "stack", "blend"}
    again = FittedTask.from_state(json.loads(json.dumps(fitted.state())), fitted.task)
    assert np.allclose(again.score_frame(few.frame), fitted.score_frame(few.frame))
