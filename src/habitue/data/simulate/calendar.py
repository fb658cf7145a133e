"""Seasons, weekdays, hours and sale days of two markets: the West and China."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from habitue.data.simulate.plan import Floats, Ints, Plan
from habitue.data.simulate.segments import SEGMENTS, segment_values
from habitue.schema import Words

__all__ = ["MARKETS", "Calendar", "SaleDay", "build_calendar", "sale_days"]

MARKETS = ("west", "china")

_SPRING_FESTIVAL = {
    2015: (2, 19), 2016: (2, 8), 2017: (1, 28), 2018: (2, 16), 2019: (2, 5), 2020: (1, 25), 2021: (2, 12),
    2022: (2, 1), 2023: (1, 22), 2024: (2, 10), 2025: (1, 29), 2026: (2, 17), 2027: (2, 6), 2028: (1, 26),
    2029: (2, 13), 2030: (2, 3),
}  # fmt: skip
_QIXI = {2022: (8, 4), 2023: (8, 22), 2024: (8, 10), 2025: (8, 29), 2026: (8, 19), 2027: (8, 8)}
_MID_AUTUMN = {2022: (9, 10), 2023: (9, 29), 2024: (9, 17), 2025: (10, 6), 2026: (9, 25), 2027: (9, 15)}

_MONTHS = np.array([
    [0.88, 0.90, 0.94, 0.95, 0.97, 0.96, 0.92, 0.92, 1.00, 1.06, 1.18, 1.16],
    [1.02, 0.90, 0.98, 0.96, 1.00, 1.04, 0.95, 0.97, 1.02, 1.02, 1.10, 1.04],
])  # fmt: skip
_WEEKDAYS = np.array([[1.06, 1.05, 1.02, 1.03, 0.97, 0.86, 1.01], [0.98, 0.97, 0.98, 0.99, 1.02, 1.04, 1.02]])
_HOURS = np.array([
    [4, 2, 1, 1, 1, 2, 8, 20, 35, 55, 65, 68, 72, 66, 60, 58, 60, 64, 72, 84, 90, 74, 40, 14],
    [14, 6, 3, 2, 1, 2, 6, 16, 38, 66, 78, 64, 60, 62, 66, 64, 58, 50, 54, 74, 92, 98, 70, 34],
], dtype=np.float64)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SaleDay:
    """A sale day or season: who feels it, how strongly, and how deep prices are cut."""

    name: Words
    market: int
    first: date
    last: date
    lift: float  # factor on everybody's orders
    gift_lift: float  # further factor on gift buying
    depth: float  # share taken off prices


@dataclass(frozen=True, slots=True)
class Calendar:
    """Daily curves; profiles are market by segment, and sums start with a zero so that days can be subtracted.

    ``base`` multiplies a customer's order rate; ``promotion`` comes on top, times the customer's discount sensitivity.
    """

    events: tuple[SaleDay, ...]
    base: Floats  # profile, day
    promotion: Floats
    base_sum: Floats  # profile, day + 1
    promotion_sum: Floats
    depth: Floats  # market, day
    event: Ints  # market, day: place in events, -1 where none
    month: Ints
    hour_sum: Floats  # market, 25


def sale_days(year: int) -> list[SaleDay]:
    """List the sale days of one year in both markets.

    Examples
    --------
    >>> [each.last.isoformat() for each in sale_days(2024) if each.name.en == "Singles' Day"]
    ['2024-11-11']
    """
    return _western(year) + _chinese(year)


def _western(year: int) -> list[SaleDay]:
    thanksgiving = _nth_weekday(year, 11, 3, 4)
    return [
        SaleDay(Words("January sale", "一月特卖"), 0, date(year, 1, 2), date(year, 1, 10), 1.15, 0.6, 0.25),
        SaleDay(Words("Valentine's Day", "情人节"), 0, date(year, 2, 7), date(year, 2, 13), 1.10, 2.2, 0.0),
        SaleDay(Words("Mother's Day", "母亲节"), 0, *_before(_nth_weekday(year, 5, 6, 2), 6), 1.08, 1.9, 0.0),
        SaleDay(Words("Summer sale", "夏季特卖"), 0, date(year, 7, 1), date(year, 7, 7), 1.20, 0.9, 0.20),
        SaleDay(Words("Black Friday", "黑色星期五"), 0, *_after(thanksgiving, 1, 4), 2.10, 1.2, 0.30),
        SaleDay(Words("Christmas", "圣诞节"), 0, date(year, 12, 4), date(year, 12, 20), 1.35, 1.8, 0.05),
        SaleDay(Words("Christmas days", "圣诞假期"), 0, date(year, 12, 23), date(year, 12, 26), 0.45, 0.5, 0.0),
    ]


def _chinese(year: int) -> list[SaleDay]:
    days = [
        SaleDay(Words("Queen's Day", "女王节"), 1, date(year, 3, 6), date(year, 3, 8), 1.35, 1.5, 0.15),
        SaleDay(Words("520", "520表白日"), 1, date(year, 5, 18), date(year, 5, 20), 1.20, 2.2, 0.05),
        SaleDay(Words("618", "618大促"), 1, date(year, 6, 15), date(year, 6, 18), 2.20, 0.9, 0.25),
        SaleDay(Words("National Day", "国庆黄金周"), 1, date(year, 10, 1), date(year, 10, 4), 0.85, 1.0, 0.0),
        SaleDay(Words("Singles' Day", "双十一"), 1, date(year, 11, 9), date(year, 11, 11), 3.20, 0.9, 0.30),
        SaleDay(Words("Double 12", "双十二"), 1, date(year, 12, 11), date(year, 12, 12), 1.80, 1.0, 0.20),
    ]
    if year in _SPRING_FESTIVAL:
        eve = date(year, *_SPRING_FESTIVAL[year]) - timedelta(days=1)
        stocking_up = (eve - timedelta(days=20), eve - timedelta(days=5))
        days.append(SaleDay(Words("New Year shopping", "年货节"), 1, *stocking_up, 1.35, 1.6, 0.10))
        days.append(SaleDay(Words("Spring Festival", "春节"), 1, *_after(eve, -2, 7), 0.35, 0.7, 0.0))
    if year in _QIXI:
        days.append(SaleDay(Words("Qixi", "七夕"), 1, *_before(date(year, *_QIXI[year]), 3), 1.10, 2.1, 0.0))
    if year in _MID_AUTUMN:
        days.append(
            SaleDay(Words("Mid-Autumn", "中秋节"), 1, *_before(date(year, *_MID_AUTUMN[year]), 8), 1.10, 1.6, 0.0)
        )
    return days


def build_calendar(plan: Plan) -> Calendar:
    """Compute the daily curves of a plan."""
    days = [plan.start + timedelta(days=day) for day in range(plan.span)]
    month = np.array([day.month - 1 for day in days])
    weekday = np.array([day.weekday() for day in days])
    plain = _MONTHS[:, month] * _WEEKDAYS[:, weekday]
    base = np.repeat(plain, len(SEGMENTS), axis=0)
    depth = np.zeros((2, plan.span))
    event = np.full((2, plan.span), -1)
    events = tuple(_events_between(days[0], days[-1]))
    sale, gift = segment_values("sale_response"), segment_values("gift_response")
    for place, each in enumerate(events):
        within = np.array([each.first <= day <= each.last for day in days])
        rows = each.market * len(SEGMENTS) + np.arange(len(SEGMENTS))
        factor = each.lift ** np.minimum(sale, 1.3) * each.gift_lift ** np.maximum(gift - 1.0, 0.0)
        base[np.ix_(rows, np.flatnonzero(within))] *= factor[:, None]
        depth[each.market, within] = each.depth
        event[each.market, within] = place
    promotion = base * np.repeat(depth / 0.3, len(SEGMENTS), axis=0)
    hours = _summed(_HOURS / _HOURS.sum(axis=1, keepdims=True))
    return Calendar(events, base, promotion, _summed(base), _summed(promotion), depth, event, month, hours)


def _events_between(first: date, last: date) -> list[SaleDay]:
    return [
        each
        for year in range(first.year, last.year + 1)
        for each in sale_days(year)
        if each.first <= last and each.last >= first
    ]


def _nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _before(day: date, days: int) -> tuple[date, date]:
    return day - timedelta(days=days), day


def _after(day: date, first: int, last: int) -> tuple[date, date]:
    return day + timedelta(days=first), day + timedelta(days=last)


def _summed(curves: Floats) -> Floats:
    return np.concatenate([np.zeros((curves.shape[0], 1)), np.cumsum(curves, axis=1)], axis=1)
