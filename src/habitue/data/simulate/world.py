"""The world before any customer: calendar, spend, catalogue, planned messages and coupons, and the shop's clock."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from habitue.data.simulate.acquisition import Acquisition, build_acquisition
from habitue.data.simulate.calendar import Calendar, build_calendar
from habitue.data.simulate.catalogue import Catalogue, build_catalogue
from habitue.data.simulate.contact import CouponPlan, MessagePlan, plan_coupons, plan_messages
from habitue.data.simulate.plan import Floats, Ints, Plan

__all__ = ["Instants", "World", "build_world"]

Instants = npt.NDArray[np.datetime64]

_MARKET_SHARES = {"en": (1.0, 0.0), "zh": (0.0, 1.0), "mixed": (0.55, 0.45)}
_DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class World:
    """All that holds for every customer alike."""

    plan: Plan
    markets: Floats
    calendar: Calendar
    acquisition: Acquisition
    catalogue: Catalogue
    sendings: MessagePlan
    actions: CouponPlan

    @property
    def end(self) -> np.datetime64:
        """Midnight after the last day shown."""
        return self.plan.first + np.timedelta64(self.plan.days, "D")

    def instants(self, at: Floats, market: Ints | int = 0) -> Instants:
        """Turn days since the start into instants; the hours run as busy as they are. ``inf`` becomes NaT."""
        known = np.isfinite(at)
        safe = np.where(known, at, 0.0)
        day = np.floor(safe)
        hours = self.calendar.hour_sum
        part = np.where(
            np.asarray(market) == 0,
            np.interp(safe - day, hours[0], np.arange(25) / 24),
            np.interp(safe - day, hours[1], np.arange(25) / 24),
        )
        moments = np.floor(day + part) * _DAY_US + np.floor((part % 1) * 86_400) * 1_000_000
        instants = self.plan.first + moments.astype("timedelta64[us]")
        return np.where(known, instants, np.datetime64("NaT", "us"))

    def days_until(self, instant: np.datetime64, market: int = 0) -> float:
        """Turn an instant back into days since the start, the inverse of `instants`."""
        exact = (instant - self.plan.first) / np.timedelta64(1, "D")
        day = np.floor(exact)
        return float(day + np.interp(exact - day, np.arange(25) / 24, self.calendar.hour_sum[market]))


def build_world(plan: Plan) -> World:
    """Build the part of a simulated shop that no single customer touches."""
    markets = np.array(_MARKET_SHARES[plan.language])
    calendar = build_calendar(plan)
    return World(
        plan=plan,
        markets=markets,
        calendar=calendar,
        acquisition=build_acquisition(plan, calendar, markets),
        catalogue=build_catalogue(plan, calendar, markets),
        sendings=plan_messages(plan, calendar, markets),
        actions=plan_coupons(plan),
    )
