"""Small shops: knowledge from other shops carries the answer, and the card says so."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from small_questions import AS_OF, churn_task, value_task

from habitue.data.shop import Shop
from habitue.data.simulate import simulate
from habitue.errors import DataError
from habitue.models import metrics
from habitue.tasks import FittedTask, collect, customer_inputs, fit
from habitue.tasks.priors import NO_ORDER, SPEND


@pytest.fixture(scope="module")
def small():
    with Shop.from_tables(simulate(customers=300, days=500, seed=33, tables={"order_lines"}).tables) as shop:
        yield shop


def test_a_small_shop_leans_on_other_shops_and_says_so(small) -> None:
    as_of = dt.datetime(2024, 2, 1)
    fitted = fit(small, churn_task(), as_of=as_of)
    assert fitted.card.fallback == "pooled_priors"
    assert any("other (simulated) shops" in note["en"] for note in fitted.card.notes)
    truth = collect(small, churn_task(), [as_of])
    assert metrics.auc(truth.label, fitted.score_frame(truth.frame)) > 0.6


def test_without_any_outcome_only_the_prior_speaks(small) -> None:
    early = small.first_order_at + dt.timedelta(days=40)
    fitted = fit(small, churn_task(), as_of=early)
    assert fitted.card.fallback == "prior_only"
    truth = collect(small, churn_task(), [early])
    assert metrics.auc(truth.label, fitted.score_frame(truth.frame)) > 0.55


def test_amounts_of_a_small_shop_rank_and_add_up(small) -> None:
    as_of = dt.datetime(2024, 2, 1)
    fitted = fit(small, value_task(), as_of=as_of)
    truth = collect(small, value_task(), [as_of])
    score = fitted.score_frame(truth.frame)
    assert metrics.spearman(truth.label, score) > 0.2
    assert 0.3 < score.sum() / truth.label.sum() < 3


def test_many_examples_outweigh_the_prior(examples) -> None:
    from habitue.tasks.pooled_learner import PooledLearner, map_fit

    start = PooledLearner.of(churn_task(), 1.0, examples.inputs)
    flipped = map_fit(start, examples.inputs, 1 - examples.label)
    learnt = map_fit(start, examples.inputs, examples.label)
    few = map_fit(start, examples.inputs[:5], 1 - examples.label[:5])
    assert np.corrcoef(flipped.coefficients[1:], -learnt.coefficients[1:])[0, 1] > 0.2
    near = np.abs(few.coefficients - start.coefficients).max()
    assert near < np.abs(flipped.coefficients - start.coefficients).max()


def test_priors_say_that_long_silence_means_leaving() -> None:
    assert NO_ORDER.coefficients[0] > 0
    assert SPEND.coefficients[0] < 0
    assert min(*NO_ORDER.sds, *SPEND.sds) > 0


def test_a_pooled_model_is_read_back(small, tmp_path) -> None:
    fitted = fit(small, churn_task(), as_of=AS_OF)
    fitted.save(tmp_path)
    again = FittedTask.load(tmp_path, churn_task())
    assert np.allclose(again.score(small).score, fitted.score(small).score)


def test_a_missing_input_of_the_prior_is_named(small) -> None:
    with pytest.raises(DataError, match="tenure_days"):
        fit(small, churn_task(inputs=customer_inputs(("recency_days", "spend", "orders"))), as_of=AS_OF)
