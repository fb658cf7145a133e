"""The response to an offer is found where it was planted, and none where there is none."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from habitue.errors import DataError, NotEnoughData
from habitue.models.uplift import OfferResponse


def _trial(n: int = 8_000, *, lift: float = 0.6, slope: float = 0.8, seed: int = 1) -> dict[str, Any]:
    """Half are held out; the first input moves the base, the second the lift."""
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(n, 3))
    base = 0.25 * np.exp(0.6 * x[:, 0])
    lifts = lift * np.exp(slope * x[:, 1] - slope**2 / 2)
    dose = draw.choice([0.0, 0.5, 1.0], n, p=[0.4, 0.3, 0.3])
    own, extra = draw.poisson(base), draw.poisson(base * lifts * dose)
    wanting = draw.binomial(own, 0.4) + extra
    used = (dose > 0) & (wanting > 0)
    return {"x": x, "orders": own + extra, "used": used, "dose": dose, "base": base, "lift": lifts}


def _fitted(trial: dict[str, Any], **more: Any) -> OfferResponse:
    return OfferResponse.fit(trial["x"], trial["orders"], trial["used"], trial["dose"], **more)


@pytest.fixture(scope="module")
def trial() -> dict[str, Any]:
    return _trial()


@pytest.fixture(scope="module")
def fitted(trial: dict[str, Any]) -> OfferResponse:
    return _fitted(trial)


def test_base_use_and_lift_are_found(fitted: OfferResponse) -> None:
    new = _trial(4_000, seed=2)
    told = fitted.predict(new["x"])
    assert told.base.mean() == pytest.approx(new["base"].mean(), rel=0.1)
    assert told.anyway.mean() == pytest.approx(0.4, abs=0.06)
    assert told.extra.sum() == pytest.approx((new["base"] * new["lift"]).sum(), rel=0.15)
    assert np.corrcoef(np.log(told.lift), np.log(new["lift"]))[0, 1] > 0.85
    assert np.corrcoef(np.log(told.base), np.log(new["base"]))[0, 1] > 0.85
    assert ((told.used >= 0) & (told.used <= 1)).all()


def test_an_offer_that_does_nothing_lifts_nothing() -> None:
    found = _fitted(_trial(lift=0.0, seed=3))
    told = found.predict(_trial(1_000, seed=4)["x"])
    assert told.lift.mean() < 0.12
    assert abs(found.lift_ratio) < 0.12


def test_chances_of_the_arms_are_weighed_out() -> None:
    trial = _trial(12_000, slope=0.0, seed=5)
    draw = np.random.default_rng(6)
    often = trial["x"][:, 0] > 0  # good customers are mostly treated
    keep = draw.random(12_000) < np.where(trial["dose"] > 0, np.where(often, 1.0, 0.3), np.where(often, 0.3, 1.0))
    kept = {name: each[keep] for name, each in trial.items()}
    chance = np.where(kept["dose"] > 0, np.where(often[keep], 1.0, 0.3), np.where(often[keep], 0.3, 1.0))
    plain, weighed = _fitted(kept), _fitted(kept, weight=1 / chance)
    truth = 0.6 * 0.75  # the mean dose of those treated
    assert abs(weighed.lift_ratio - truth) < 0.12
    assert plain.lift_ratio > truth + 0.3
    assert weighed.predict(trial["x"]).lift.mean() == pytest.approx(0.6, abs=0.15)  # whom it treats, the input says


def test_draws_surround_the_answer(fitted: OfferResponse, trial: dict[str, Any]) -> None:
    x = trial["x"][:500]
    told = fitted.predict(x)
    totals = np.array([each.extra.sum() for each in fitted.draws(x, 80)])
    assert totals.min() < told.extra.sum() < totals.max()
    assert 0.02 < totals.std() / totals.mean() < 0.3
    again = np.array([each.extra.sum() for each in fitted.draws(x, 80)])
    assert np.array_equal(totals, again)


def test_it_is_saved_and_read_again(fitted: OfferResponse, trial: dict[str, Any]) -> None:
    again = OfferResponse.from_state(json.loads(json.dumps(fitted.state())))
    ours, theirs = fitted.predict(trial["x"]), again.predict(trial["x"])
    assert np.allclose(ours.extra, theirs.extra)
    assert np.allclose(ours.used, theirs.used)


def test_constant_and_missing_inputs() -> None:
    trial = _trial(3_000, seed=7)
    trial["x"][:, 0] = np.nan
    trial["x"][:, 2] = 4.0
    trial["x"][::3, 1] = np.nan
    told = _fitted(trial, groups=np.arange(3_000) // 3).predict(trial["x"])
    assert np.isfinite(told.lift).all()
    assert np.isfinite(told.base).all()


def test_too_few_orders_and_odd_rows_are_refused() -> None:
    trial = _trial(200)
    with pytest.raises(NotEnoughData, match="held out"):
        _fitted(trial)
    with pytest.raises(DataError, match="length"):
        OfferResponse.fit(trial["x"], trial["orders"][:-1], trial["used"], trial["dose"])
    with pytest.raises(DataError, match="negative"):
        OfferResponse.fit(trial["x"], trial["orders"], trial["used"], -trial["dose"])
