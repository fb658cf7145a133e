"""What each table that is not there would unlock."""

from __future__ import annotations

from collections.abc import Collection

from habitue.data.finding import Finding, Section, Severity
from habitue.schema import TABLES, Words

__all__ = ["missing_tables"]

_CODES = {
    "order_lines": "D200",
    "orders": "D201",
    "customers": "D202",
    "products": "D203",
    "events": "D204",
    "messages": "D205",
    "exposures": "D206",
    "campaigns": "D207",
    "creatives": "D208",
    "spend": "D209",
    "coupons": "D210",
    "consents": "D211",
    "reviews": "D212",
    "feedback": "D213",
    "payments": "D214",
    "fraud_labels": "D215",
    "stock": "D216",
    "suppliers": "D217",
    "purchase_orders": "D218",
    "shipments": "D219",
    "locations": "D220",
    "market_prices": "D221",
}


def missing_tables(present: Collection[str]) -> list[Finding]:
    """Say what each table that is not there would make possible.

    Parameters
    ----------
    present : collection of str
        Names of the tables the shop has.

    Examples
    --------
    >>> print(missing_tables({"order_lines"})[0].what.en)
    No table orders (one row per order): it would unlock channels, coupons, delivery charges, cancelled orders by status
    """
    return [_missing(name) for name in TABLES if name not in present]


def _missing(name: str) -> Finding:
    table = TABLES[name]
    meaning, unlocks = table.meaning, table.unlocks
    return Finding(
        _CODES[name],
        f"missing_{name}",
        Section.NOTE,
        Severity.INFO,
        name,
        Words(
            f"No table {name} ({meaning.en}): it would unlock {unlocks.en}",
            f"没有 {name} 表（{meaning.zh}）：补充后可用于{unlocks.zh}",
        ),
        do=Words(
            f'Add it: habitue init YOUR_FILE, or a [[sources]] entry with table = "{name}" in shop.toml.',
            f'可用 habitue init 添加，或在 shop.toml 中增加 table = "{name}" 的 [[sources]]。',
        ),
    )
