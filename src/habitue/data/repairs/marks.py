"""Which rows are set aside and why, as one small table of marks beside the order lines."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import ibis

from habitue.data.repairs.codes import is_fee
from habitue.data.repairs.currencies import currency_of
from habitue.data.repairs.orders import status_says_cancelled
from habitue.data.repairs.overview import Overview
from habitue.data.repairs.trial_orders import is_trial
from habitue.data.settings import RepairSettings
from habitue.engine import Engine

__all__ = ["MarkedRows", "RowRules", "marked_rows"]


@dataclass(frozen=True, slots=True)
class RowRules:
    """What decides on a row by the row alone.

    Parameters
    ----------
    settings : RepairSettings
    overview : Overview
    as_of_now : datetime
        Order times after this moment lie in the future.
    currency : str
        The shop's; empty where there is only one or none.
    large : float
        Lines of more pieces are far above the usual.
    """

    settings: RepairSettings
    overview: Overview
    as_of_now: dt.datetime
    currency: str
    large: float

    def conditions(self, lines: Any) -> dict[str, Any]:
        """Return code → condition; the order decides which code a row bears when several hold."""
        filled = self.overview.filled
        rules = {"D110": lines.ordered_at > ibis.literal(self.as_of_now)}
        if self.currency:
            rules["D111"] = currency_of(lines) != self.currency
        rules["D108"] = is_trial(lines, self.settings, filled=filled)
        if "status" in filled:
            # A negative line is what cancelled the sale, it is not cancelled itself.
            rules["D102"] = status_says_cancelled(lines) & lines.cancelled_at.isnull() & (lines.quantity > 0)
        rules["D109"] = lines.quantity.abs() > self.large
        if "product_id" in filled or "product_title" in filled:
            rules["D107"] = is_fee(lines, self.settings, filled=filled)
        return {code: rule.fill_null(False) for code, rule in rules.items()}

    def sets_aside(self, code: str) -> bool:
        """Say whether rows of this code are set aside, by the settings."""
        chosen = {
            "D101": self.settings.duplicates,
            "D102": self.settings.cancelled_orders,
            "D108": self.settings.test_orders,
            "D110": self.settings.future_dates,
            "D111": self.settings.other_currencies,
            "D109": "keep" if self.settings.wholesale_quantity is None else "set_aside",
        }
        return chosen.get(code) == "set_aside"


@dataclass(frozen=True, slots=True)
class MarkedRows:
    """The rows on which any rule holds.

    Parameters
    ----------
    rows : ibis table
        ``source``, ``source_row``, ``product_id`` and one flag per code.
    codes : list of str
    """

    rows: Any
    codes: list[str]

    def set_aside(self, rules: RowRules) -> Any:
        """Return the rows that are set aside: ``source``, ``source_row``, ``aside`` (the code)."""
        branches = [(self.rows[code], code) for code in self.codes if rules.sets_aside(code)]
        aside = ibis.cases(*branches) if branches else ibis.null("string")
        rows = self.rows.select("source", "source_row", aside=aside)
        return rows.filter(rows.aside.notnull())


def marked_rows(lines: Any, rules: RowRules, *, engine: Engine) -> MarkedRows:
    """Find the rows on which any rule holds."""
    flags = rules.conditions(lines)
    rows = lines.select("source", "source_row", "product_id", **flags)
    hit = ibis.or_(*(rows[code] for code in flags))
    return MarkedRows(engine.keep(rows.filter(hit)), list(flags))
