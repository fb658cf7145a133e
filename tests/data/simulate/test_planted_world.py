"""The world of planted kinds: what was planted is there, and what can be known of it is worked out rightly."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import gamma, multivariate_normal, poisson
from sklearn.metrics import adjusted_rand_score

from habitue.data.shop import Shop
from habitue.data.simulate.planted import PLANTED_KINDS, SETTLING_DAYS, PlantedKind, planted_segments
from habitue.data.simulate.planted_posterior import Histories, kind_posterior
from habitue.errors import ConfigError

_START = dt.datetime(2023, 1, 1)
_LATE = _START + dt.timedelta(days=730)


@pytest.fixture(scope="module")
def world() -> Any:
    return planted_segments(2_000, seed=9)


def test_the_tables_make_a_shop_with_the_planted_orders(world: Any) -> None:
    tables, truth = world
    with Shop.from_tables(tables) as shop:
        bought = shop.at(_LATE + dt.timedelta(days=90)).purchases
        rows = shop.engine.to_rows(bought.agg(orders=bought.order_id.nunique(), spend=bought.spend.sum()))[0]
    assert rows["orders"] == truth.at.size
    assert rows["spend"] == pytest.approx(truth.value.sum(), rel=1e-3)


def test_the_same_seed_gives_the_same_world_and_another_one_does_not() -> None:
    first, again, other = (planted_segments(60, seed=seed)[0]["order_lines"] for seed in (4, 4, 5))
    assert first.equals(again)
    assert not first.equals(other)


def test_kinds_have_the_rates_and_values_they_were_given(world: Any) -> None:
    _, truth = world
    kind = truth.customers["kind"].to_numpy()
    joined = np.full(kind.size, np.inf)
    np.minimum.at(joined, truth.person, truth.at)
    age = truth.at - joined[truth.person]
    codes = [each.code for each in PLANTED_KINDS]
    steady = {"occasionals", "regulars", "big_baskets", "risers", "faders"}
    for each in (PLANTED_KINDS[codes.index(code)] for code in sorted(steady)):
        mine = (kind == each.code)[truth.person]
        settled = mine & (age >= SETTLING_DAYS) & (age < 540)
        days = (540 - SETTLING_DAYS) * (kind == each.code).sum()
        assert settled.sum() * each.settled_gap_days / days == pytest.approx(1, abs=0.2), each.code
        assert np.median(truth.value[mine]) == pytest.approx(each.order_value, rel=0.05)
    once = np.bincount(truth.person)[kind == "triers"] == 1
    assert once.mean() == pytest.approx(PLANTED_KINDS[0].leaving, abs=0.04)


def test_the_posterior_is_as_sure_as_it_is_right(world: Any) -> None:
    _, truth = world
    for days, least in ((200, 0.5), (365, 0.85), (730, 0.97)):
        found = truth.posterior(_START + dt.timedelta(days=days))
        chances = np.column_stack([found[each.code].to_numpy() for each in PLANTED_KINDS])
        assert np.allclose(chances.sum(axis=1), 1)
        kinds = dict(zip(truth.customers["customer_id"].to_pylist(), truth.customers["kind"].to_pylist(), strict=True))
        true = np.array([kinds[each] for each in found["customer_id"].to_pylist()])
        told = np.array([each.code for each in PLANTED_KINDS])[chances.argmax(axis=1)]
        assert (told == true).mean() == pytest.approx(chances.max(axis=1).mean(), abs=0.015)
        assert adjusted_rand_score(true, told) > least


def test_the_posterior_does_not_read_what_comes_later(world: Any) -> None:
    _, truth = world
    moment = _START + dt.timedelta(days=300)
    seen = truth.at < 300
    lines = seen[truth.order]
    cut = type(truth)(
        truth.customers,
        truth.kinds,
        truth.start,
        truth.person[seen],
        truth.at[seen],
        truth.value[seen],
        truth.department[lines],
        (np.cumsum(seen) - 1)[truth.order[lines]],
    )
    assert cut.posterior(moment).equals(truth.posterior(moment))


def test_the_closed_form_is_what_numerical_integration_gives() -> None:
    at = np.array([10.0, 40.0, 300.0, 310.0])
    value = np.array([30.0, 70.0, 55.0, 90.0])
    lines = np.array([1, 3, 2, 2])
    favourites = np.array([[5.0, 1, 0, 0, 2, 0, 0, 0]])
    seen = Histories(1, np.zeros(4, dtype=np.int64), at, value, lines, favourites, 400.0)
    weights = np.array([kind.share * _by_integration(kind, at, value, lines, favourites[0]) for kind in PLANTED_KINDS])
    assert kind_posterior(seen, PLANTED_KINDS, SETTLING_DAYS)[0] == pytest.approx(weights / weights.sum(), rel=1e-5)


def _by_integration(kind: PlantedKind, at: Any, value: Any, lines: Any, favourites: Any) -> float:
    """Work the chance of one history out the slow way."""
    age, growth = at - at[0], kind.growth

    def passed(days: float) -> float:
        return float(quad(lambda s: np.exp(growth * min(s, SETTLING_DAYS)), 0, days, points=[SETTLING_DAYS])[0])

    shape, mean = kind.likeness, 1 / kind.first_gap_days
    here, last, gaps = passed(400 - at[0]), passed(age[-1]), len(at) - 1

    def timed(rate: float) -> float:
        stay = (1 - kind.leaving) ** len(at) * np.exp(-rate * here)
        left = kind.leaving * (1 - kind.leaving) ** gaps * np.exp(-rate * last)
        trend = np.exp(growth * np.minimum(age[1:], SETTLING_DAYS)).prod()
        return float(gamma.pdf(rate, shape, scale=mean / shape) * rate**gaps * trend * (stay + left))

    def counted(further: float) -> float:
        density = gamma.pdf(further, shape, scale=kind.further_lines / shape)
        return float(density * poisson.pmf(lines - 1, further).prod())

    spread = np.full((len(at), len(at)), kind.value_between**2) + kind.value_within**2 * np.eye(len(at))
    worth = multivariate_normal.pdf(np.log(value), np.full(len(at), np.log(kind.order_value)), spread)
    loyal, other = kind.loyalty, (1 - kind.loyalty) / (favourites.size - 1)
    placed = np.mean([loyal**own * other ** (favourites.sum() - own) for own in favourites])
    times = quad(timed, 0, 12 * mean, limit=200, epsabs=0)[0]
    return float(times * quad(counted, 0, 8 * kind.further_lines, limit=200, epsabs=0)[0] * worth * placed)


def test_a_world_that_cannot_be_is_refused() -> None:
    for wrong in ({"customers": 0}, {"joining_days": 0}, {"days": 100, "joining_days": 200}, {"seed": -1}):
        with pytest.raises(ConfigError, match="no world"):
            planted_segments(**wrong)
