"""How the lines lie in time and over customers (D118, D120 to D122)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ibis

from habitue.data.finding import Finding
from habitue.data.finding_catalogue import CATALOGUE
from habitue.data.repairs.overview import Overview
from habitue.engine import Engine
from habitue.schema import Words

__all__ = ["OLDEST", "customer_findings", "gap_finding"]

OLDEST = dt.datetime(1990, 1, 1)  # earlier dates are a computer's default
_WINDOW_DAYS = 30
_CROWDED = 1.5  # first window against the second: a shop that grows has fewer at first, not more
_WEEKDAYS = Words(
    "Mondays Tuesdays Wednesdays Thursdays Fridays Saturdays Sundays", "周一 周二 周三 周四 周五 周六 周日"
)


def customer_findings(lines: Any, overview: Overview, *, engine: Engine) -> list[Finding]:
    """Look at how often customers buy and when they are first seen."""
    entries = [CATALOGUE[code] for code in ("D118", "D120", "D122")]
    if not overview.has("customer_id"):
        return [entry.not_applicable("customer_id") for entry in entries]
    sold = _sold(lines).filter(lambda t: t.customer_id.notnull())
    number = sold.order_id.hash()
    customers = engine.keep(
        sold.group_by("customer_id").agg(
            first=sold.ordered_at.min(), again=number.min() != number.max(), lines=sold.count()
        )
    )
    (seen,) = engine.to_rows(
        customers.agg(
            customers=customers.count(),
            lines=customers.lines.sum(),
            again=customers.count(where=customers.again),
            start=customers["first"].min(),
        )
    )
    if not seen["customers"]:
        reason = Words("no sale has a customer", "没有带客户编号的销售")
        return [entry.skipped(reason) for entry in entries]
    everybody, once = seen["customers"], not seen["again"]
    one_order, censored, alone = entries
    return [
        one_order.found(everybody if once and everybody > 1 else 0, everybody),
        censored.found(0, everybody) if once else _censored(customers, everybody, seen["start"], engine),
        alone.found(int(everybody == 1), seen["lines"]),
    ]


def _sold(lines: Any) -> Any:
    return lines.filter(lines.quantity > 0, lines.unit_price > 0, lines.ordered_at >= ibis.literal(OLDEST))


def _censored(customers: Any, everybody: int, start: dt.datetime, engine: Engine) -> Finding:
    """Compare the customers first seen in the first thirty days with those of the thirty days after."""
    first, second = (start + dt.timedelta(days=_WINDOW_DAYS * each) for each in (1, 2))
    seen = engine.to_rows(
        customers.agg(
            early=customers.count(where=customers["first"] < ibis.literal(first)),
            later=customers.count(
                where=(customers["first"] >= ibis.literal(first)) & (customers["first"] < ibis.literal(second))
            ),
        )
    )[0]
    times = seen["early"] / seen["later"] if seen["later"] else 0.0
    count = seen["early"] if times >= _CROWDED and seen["early"] >= _WINDOW_DAYS else 0
    return CATALOGUE["D120"].found(count, everybody, times=times, start=start.date())


def gap_finding(lines: Any, as_of_now: dt.datetime, *, engine: Engine) -> Finding:
    """Look for days, weekdays and a last month without orders."""
    sold = _sold(lines).filter(lambda t: t.ordered_at <= ibis.literal(as_of_now))
    days = [row["day"] for row in engine.to_rows(sold.select(day=sold.ordered_at.date()).distinct())]
    entry = CATALOGUE["D121"]
    if not days:
        return entry.skipped(Words("there is no sale", "没有销售"))
    span = (max(days) - min(days)).days + 1
    details = [*_closed_weekdays(days, span), *_longest_gap(sorted(days)), *_last_month(max(days))]
    return entry.found(
        span - len(days),
        span,
        details_en="".join(f"; {each.en}" for each in details),
        details_zh="".join(f"；{each.zh}" for each in details),
    )


def _closed_weekdays(days: list[dt.date], span: int) -> list[Words]:
    closed = sorted(set(range(7)) - {day.weekday() for day in days}) if span >= 28 else []
    if not closed:
        return []
    en, zh = _WEEKDAYS.en.split(), _WEEKDAYS.zh.split()
    return [
        Words(f"never on {', '.join(en[day] for day in closed)}", f"{'、'.join(zh[day] for day in closed)}从无订单")
    ]


def _longest_gap(days: list[dt.date]) -> list[Words]:
    gap, after = max(((later - day).days - 1, day) for day, later in zip(days, [*days[1:], days[-1]], strict=True))
    if gap < 3:
        return []
    return [Words(f"longest: {gap} days after {after}", f"最长的一段：{after} 之后连续 {gap} 天")]


def _last_month(last: dt.date) -> list[Words]:
    if (last + dt.timedelta(days=1)).month != last.month:
        return []
    return [Words(f"the last month ends on {last}", f"最后一个月只到 {last}")]
