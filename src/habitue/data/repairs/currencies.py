"""Amounts in another currency than the shop's (D111): they are never added to the rest."""

from __future__ import annotations

from typing import Any

from habitue.data.finding import Finding
from habitue.data.finding_catalogue import CATALOGUE
from habitue.data.repairs.overview import known_at
from habitue.data.repairs.tally import Tally
from habitue.engine import Engine

__all__ = ["currency_finding", "currency_of", "shop_currency"]

_SPELLINGS = {"RMB": "CNY", "人民币": "CNY", "元": "CNY", "￥": "CNY", "£": "GBP", "€": "EUR"}
_NAMED = 10  # currencies named in the finding


def currency_of(lines: Any) -> Any:
    """Return the currency of each line in one spelling."""
    return lines.currency.strip().upper().substitute(_SPELLINGS)


def shop_currency(lines: Any, named: str, *, engine: Engine) -> str:
    """Return the shop's currency: the one named in shop.toml, else that of the first line known.

    The most common currency would not do: it may change as time goes by.
    """
    if named.strip():
        return _SPELLINGS.get(named.strip().upper(), named.strip().upper())
    moneyed = lines.filter(lines.currency.notnull(), lines.ordered_at.notnull())
    first = moneyed.select("source", "source_row", currency=currency_of(lines), known=known_at(lines))
    rows = engine.to_rows(first.order_by(["known", "source_row", "source"]).limit(1))
    return rows[0]["currency"] if rows else ""


def currency_finding(lines: Any, currency: str, other: Tally, *, kept: bool, engine: Engine) -> Finding:
    """Say which currencies there are beside the shop's."""
    entry = CATALOGUE["D111"]
    named = lines.filter(lines.currency.notnull()).select(currency=currency_of(lines))
    counted = named.group_by("currency").agg(lines=named.count())
    rows = sorted(engine.to_rows(counted), key=lambda row: (-row["lines"], row["currency"]))
    names = ", ".join(f"{row['currency']} {row['lines']:,}" for row in rows[:_NAMED])
    total = sum(row["lines"] for row in rows)
    return entry.found(other.count, total, kept=kept, currency=currency, currencies=names, **other.place)
