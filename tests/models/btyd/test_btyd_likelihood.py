"""Likelihoods against integrals written down from the models' stories, and their gradients against differences."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import betaln, gammaln

from habitue.models.btyd import BGNBD, MBGNBD, GammaGamma, ParetoNBD
from habitue.models.btyd.histories import grouped

CASES = [(0, 0.0, 5.0), (1, 2.0, 9.0), (3, 8.0, 9.0), (12, 30.0, 31.0), (0, 0.0, 0.0), (7, 3.0, 60.0)]
PARETO = [(0.5, 10.0, 0.6, 12.0), (2.0, 3.0, 0.4, 30.0), (0.2, 1.0, 2.5, 1.0)]
GEOMETRIC = [(0.25, 4.4, 0.8, 2.4), (2.0, 3.0, 1.0, 1.0), (0.6, 20.0, 3.0, 0.5)]


def _gamma_density(value: float, shape: float, rate: float) -> float:
    return float(np.exp(shape * np.log(rate) + (shape - 1) * np.log(value) - rate * value - gammaln(shape)))


def _pareto_by_hand(case, parameters) -> float:
    """Integrate the rate out by hand (x events of a Poisson), the moment of leaving by quadrature."""
    (x, recency, age), (r, alpha, s, beta) = case, parameters

    def bought(until: float) -> float:
        return float(np.exp(gammaln(r + x) - gammaln(r) + r * np.log(alpha) - (r + x) * np.log(alpha + until)))

    def leaves(at: float) -> float:
        return s / beta * (beta / (beta + at)) ** (s + 1)

    left = quad(lambda at: bought(at) * leaves(at), recency, age, epsabs=0, epsrel=1e-11, limit=200)[0]
    return float(np.log((beta / (beta + age)) ** s * bought(age) + left))


def _geometric_by_hand(case, parameters, first: int) -> float:
    """Integrate over rate and chance of stopping, both by quadrature, in the likelihood of one customer."""
    (x, recency, age), (r, alpha, a, b) = case, parameters

    def mixed(power: float, until: float) -> float:
        return quad(
            lambda rate: rate**power * np.exp(-rate * until) * _gamma_density(rate, r, alpha), 0, np.inf,
            epsabs=0, epsrel=1e-10, limit=400,
        )[0]  # fmt: skip

    def coin(stops: int, goes_on: int) -> float:
        return float(np.exp(betaln(a + stops, b + goes_on) - betaln(a, b)))

    alive = coin(0, x + first) * mixed(x, age)
    stopped = coin(1, x - 1 + first) * mixed(x, recency) if x or first else 0.0
    return float(np.log(alive + stopped))


@pytest.mark.parametrize("parameters", PARETO)
def test_pareto_is_the_integral_over_the_moment_of_leaving(parameters) -> None:
    told = ParetoNBD(*parameters).log_likelihood(*np.transpose(CASES))
    assert told == pytest.approx([_pareto_by_hand(case, parameters) for case in CASES], rel=1e-8)


@pytest.mark.parametrize("model", [BGNBD, MBGNBD])
@pytest.mark.parametrize("parameters", GEOMETRIC)
def test_geometric_models_are_integrals_over_rate_and_coin(model, parameters) -> None:
    first = int(model is MBGNBD)
    told = model(*parameters).log_likelihood(*np.transpose(CASES))
    assert told == pytest.approx([_geometric_by_hand(case, parameters, first) for case in CASES], rel=1e-6, abs=1e-9)


@pytest.mark.parametrize(("x", "mean"), [(1, 5.0), (4, 30.0), (25, 12.0)])
def test_gamma_gamma_is_the_integral_over_the_customers_scale(x: int, mean: float) -> None:
    p, q, gamma = 3.0, 2.2, 14.0

    def part(scale: float) -> float:  # the mean of x gamma (p, scale) purchases is gamma (p x, scale x)
        return _gamma_density(mean, p * x, scale * x) * _gamma_density(scale, q, gamma)

    told = quad(part, 0, 5, epsrel=1e-10, limit=300)[0]
    assert GammaGamma(p, q, gamma).log_likelihood([x], [mean])[0] == pytest.approx(np.log(told), rel=1e-7)


@pytest.mark.parametrize("model", [BGNBD, MBGNBD, ParetoNBD])
def test_gradients_are_exact(model) -> None:
    x, recency, age = np.transpose([*CASES, *CASES[:4], *[(2, 5.0 + i, 20.0) for i in range(10)]])
    objective = model._objective(grouped(x, recency, age))
    for at in (np.log([0.5, 3.0, 0.7, 2.0]), np.log([2.0, 8.0, 1.0, 0.4]), np.log([0.1, 0.2, 3.0, 20.0])):
        exact = objective(at)[1]
        for place in range(4):
            step = np.eye(4)[place] * 1e-5
            slope = (objective(at + step)[0] - objective(at - step)[0]) / 2e-5
            assert exact[place] == pytest.approx(slope, rel=1e-5, abs=1e-8)


def test_gamma_gamma_gradient_is_exact() -> None:
    objective = GammaGamma._objective(np.array([1.0, 3.0, 40.0]), np.array([0.2, 1.0, 3.0]), np.array([1.0, 2.0, 1.0]))
    at = np.log([3.0, 2.0, 0.7])
    for place in range(3):
        step = np.eye(3)[place] * 1e-5
        slope = (objective(at + step)[0] - objective(at - step)[0]) / 2e-5
        assert objective(at)[1][place] == pytest.approx(slope, rel=1e-6)


@pytest.mark.parametrize("model", [BGNBD, MBGNBD, ParetoNBD])
def test_a_new_customer_buys_or_does_not(model) -> None:
    told = model(0.6, 5.0, 0.8, 2.0)
    nothing = np.exp(told.log_likelihood([0], [0], [4.0])[0])
    assert told.probability_of_order(4.0, [0], [0], [0.0])[0] == pytest.approx(1 - nothing, rel=1e-9)
