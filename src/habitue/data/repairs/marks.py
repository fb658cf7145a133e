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

__all__ = ["RowRules", "marked_rows", "set_aside_code"]


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


def marked_rows(lines: Any, rules: RowRules, *, engine: Engine) -> tuple[Any, list[str]]:
    """Keep the rows on which any rule holds, with one flag per code; return them and the codes."""
    flags = rules.conditions(lines)
    codes = list(flags)
    rows = lines.select("source", "source_row", "product_id", **flags)
    hit = rows[codes[0]]
    for code in codes[1:]:
        hit |= rows[code]
    return engine.keep(rows.filter(hit)), codes


def set_aside_code(marked: Any, codes: list[str], rules: RowRules) -> Any:
    """Return the code for which a marked row does not count, or missing."""
    branches = [(marked[code], code) for code in codes if rules.sets_aside(code)]
    return ibis.cases(*branches) if branches else ibis.null("string")
