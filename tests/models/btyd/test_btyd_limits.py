"""Long histories, extreme parameters, limits, and what must not depend on anything."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import betaln

from habitue.models.btyd import BGNBD, MBGNBD, ParetoNBD
from habitue.models.btyd.opportunities import purchases_while_alive

MODELS = (BGNBD, MBGNBD, ParetoNBD)
parameter = st.floats(-4, 5).map(lambda power: 10.0**power)
shape = st.floats(-2, 2).map(lambda power: 10.0**power)


@pytest.mark.parametrize("model", MODELS)
@given(
    parameters=st.tuples(shape, parameter, shape, shape),
    x=st.integers(1, 5_000),
    age=st.floats(1.0, 10_000.0),
    part=st.floats(0.001, 1.0),
    horizon=st.floats(0.01, 10_000.0),
)
@settings(max_examples=60, deadline=None)
def test_nothing_overflows_and_more_time_brings_more(model, parameters, x, age, part, horizon) -> None:
    told, history = model(*parameters), ([x, 0], [age * part, 0.0], [age, age])
    assert np.isfinite(told.log_likelihood(*history)).all()
    alive = told.p_alive(*history)
    assert ((alive >= 0) & (alive <= 1)).all()
    soon, late = told.expected_orders([horizon / 2, horizon], *history).T
    once, later = told.probability_of_order([horizon / 2, horizon], *history).T
    slack = 1 + 1e-9
    assert np.isfinite(late).all()
    assert (soon <= late * slack).all()
    assert (late <= 2 * soon * slack).all()  # rates only fall
    assert (once <= later * slack).all()
    assert (later <= np.minimum(1.0, late) * slack).all()  # a purchase at least counts one


@pytest.mark.parametrize("model", MODELS)
def test_a_longer_silence_makes_life_less_likely(model) -> None:
    told = model(0.6, 5.0, 0.8, 2.0)
    silence = told.p_alive(np.full(50, 6), np.full(50, 20.0), np.linspace(20, 400, 50))
    assert (np.diff(silence) < 0).all()


def test_only_bg_calls_every_one_time_buyer_alive() -> None:
    one = ([0], [0.0], [300.0])
    assert BGNBD(0.25, 4.4, 0.8, 2.4).p_alive(*one)[0] == 1
    assert MBGNBD(0.25, 4.4, 0.8, 2.4).p_alive(*one)[0] < 0.75
    assert ParetoNBD(0.25, 4.4, 0.8, 2.4).p_alive(*one)[0] < 0.5


@pytest.mark.parametrize("model", MODELS)
def test_nobody_leaves_in_the_limit_and_purchases_are_those_of_the_nbd(model) -> None:
    still = {"a": 1e-9, "b": 1.0} if model is not ParetoNBD else {"s": 1e-9, "beta": 1.0}
    told = model(r=0.7, alpha=3.0, **still)
    x, recency, age = [0, 4, 900], [0.0, 11.0, 98.9], [10.0, 12.0, 99.0]
    steady = (0.7 + np.array(x)) / (3.0 + np.array(age)) * 5
    assert told.expected_orders(5, x, recency, age) == pytest.approx(steady, rel=1e-5)


@pytest.mark.parametrize("model", MODELS)
def test_the_shape_one_is_nothing_special(model) -> None:
    names = ("a", "b") if model is not ParetoNBD else ("s", "beta")
    history = ([0, 3, 80], [0.0, 9.0, 40.0], [10.0, 12.0, 41.0])
    around = [
        model(r=0.5, alpha=6.0, **dict(zip(names, (each, 3.0), strict=True))).expected_orders(20, *history)
        for each in (1 - 1e-7, 1.0, 1 + 1e-7)
    ]
    assert around[0] == pytest.approx(around[1], rel=1e-6)
    assert around[2] == pytest.approx(around[1], rel=1e-6)


@pytest.mark.parametrize(
    ("k", "growth", "a", "b"),
    [
        (0.3, 0.5, 0.8, 2.4),
        (40.0, 0.2, 1.0, 5.0),
        (700.0, 1.4, 2.0, 60.0),
        (2_000.0, 3.0, 0.6, 9.0),
        (0.1, 30.0, 1.0002, 2.0),
    ],
)
def test_purchases_while_alive_by_quadrature(k, growth, a, b) -> None:
    """E[(1 - e^(-λ p t)) / p] over the gamma rate λ in closed form, over the chance p to stop on the scale of odds."""

    def part(odds: float) -> float:
        p = 1 / (1 + np.exp(-odds))
        density = np.exp(-a * np.logaddexp(0, -odds) - b * np.logaddexp(0, odds) - betaln(a, b))
        return density * -np.expm1(-k * np.log1p(p * growth)) / p

    exact = sum(quad(part, low, low + 10, epsabs=0, epsrel=1e-11)[0] for low in range(-80, 40, 10))
    told = purchases_while_alive(np.array([k]), np.array([growth]), a, np.array([b]))
    assert told[0] == pytest.approx(exact, rel=1e-8)


@pytest.mark.parametrize("model", MODELS)
def test_a_new_customer_is_one_of_age_zero(model) -> None:
    told = model(0.6, 5.0, 0.8, 2.0)
    by_age = told.expected_by_age([0.0, 1.0, 30.0])
    assert by_age == pytest.approx(told.expected_orders([0.0, 1.0, 30.0], [0], [0.0], [0.0])[0])
    assert by_age[0] == 0
    assert told.expected_by_age(30.0) == by_age[2]
