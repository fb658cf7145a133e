"""How customers are won: advertising spend per channel, its carry-over and saturation, and the sign-ups it brings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from habitue.data.simulate.calendar import Calendar
from habitue.data.simulate.plan import Floats, Ints, Plan

__all__ = ["ACQUISITION_CHANNELS", "PAID_CHANNELS", "Acquisition", "build_acquisition"]

#: Channels with spend come first.
ACQUISITION_CHANNELS = ("search", "social", "video", "organic", "referral")
PAID_CHANNELS = ACQUISITION_CHANNELS[:3]

_BUDGET_PER_SIGN_UP = 9.0  # money a day for each sign-up a day the shop hopes for
_BUDGET_SHARE = np.array([0.45, 0.35, 0.20])
_CARRY_OVER = np.array([0.20, 0.50, 0.75])  # share of yesterday's effect still felt today
_HALF_SATURATION = np.array([1.1, 0.9, 1.4])  # in units of the mean effective spend
_STRENGTH = np.array([0.34, 0.26, 0.12])  # share of sign-ups at mean spend, before the shares are made whole
_UNPAID = np.array([0.30, 0.14])
_EXISTING_SHARE = 0.22
_EXISTING_DAYS = 540
_YEARLY_GROWTH = 0.25


@dataclass(frozen=True, slots=True)
class Acquisition:
    """Spend and the sign-ups expected from it; channels by day.

    ``expected[c, d]`` = scale · strength · season · response(carried-over spend): the truth a mix model should find.
    """

    spend: Floats  # paid channel, day
    effective: Floats  # spend after carry-over
    expected: Floats  # channel, day: sign-ups expected
    existing: int  # customers already there on the first day
    day_of_customer: Ints  # of every later customer, ascending
    existing_days: int
    coefficient: Floats  # paid channel: sign-ups a day at full saturation in a plain season
    half_saturation: Floats  # paid channel: effective spend with half the full effect
    carry_over: Floats


def build_acquisition(plan: Plan, calendar: Calendar, markets: Floats) -> Acquisition:
    """Draw spend, and from it the day on which every customer signs up."""
    rng = plan.rng("acquisition")
    existing = round(plan.customers * _EXISTING_SHARE) if plan.customers > 4 else 0
    newcomers = plan.customers - existing
    season = np.sqrt(markets @ calendar.base.reshape(2, -1, plan.span).mean(axis=1))
    growth = np.exp(np.log1p(_YEARLY_GROWTH) * np.arange(plan.span) / 365)
    spend = _spend(plan, rng, newcomers / plan.days, season * growth)
    effective = _carried(spend)
    half = _HALF_SATURATION * effective.mean(axis=1)
    response = effective / (effective + half[:, None])
    weights = np.concatenate([
        _STRENGTH[:, None] * response * (1 + _HALF_SATURATION[:, None]) * season,
        np.outer(_UNPAID, season * growth),
    ])  # fmt: skip
    scale = newcomers / weights[:, : plan.days].sum()
    expected = weights * scale
    per_day = rng.multinomial(newcomers, expected.sum(0)[: plan.days] / expected[:, : plan.days].sum())
    return Acquisition(
        spend=spend, effective=effective, expected=expected, existing=existing,
        day_of_customer=np.repeat(np.arange(plan.days), per_day), existing_days=_EXISTING_DAYS,
        coefficient=_STRENGTH * (1 + _HALF_SATURATION) * scale, half_saturation=half, carry_over=_CARRY_OVER,
    )  # fmt: skip


def _spend(plan: Plan, rng: np.random.Generator, sign_ups_per_day: float, season: Floats) -> Floats:
    """Money per paid channel and day: budget, flights of some weeks, and daily noise."""
    weeks = plan.span // 7 + 1
    flights = rng.choice([0.25, 0.7, 1.0, 1.5, 2.2], p=[0.12, 0.22, 0.3, 0.24, 0.12], size=(3, weeks))
    noise = rng.gamma(20.0, 1 / 20.0, size=(3, plan.span))
    budget = _BUDGET_PER_SIGN_UP * max(sign_ups_per_day, 0.05) * _BUDGET_SHARE
    spend: Floats = np.round(budget[:, None] * np.repeat(flights, 7, axis=1)[:, : plan.span] * noise * season, 2)
    return spend


def _carried(spend: Floats) -> Floats:
    effective = np.empty_like(spend)
    carried = spend[:, 0] / (1 - _CARRY_OVER)
    for day in range(spend.shape[1]):
        carried = spend[:, day] + _CARRY_OVER * carried
        effective[:, day] = carried
    return effective
