"""How exports write money and time: one function per habit, blank where there is nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

__all__ = [
    "chinese_day",
    "chinese_time",
    "comma",
    "dollars",
    "dotted",
    "epoch",
    "european",
    "iso",
    "iso_day",
    "money",
    "quoted_id",
    "serial",
    "slashed",
    "slashed_day",
    "thousands",
    "uk",
    "uk_day",
    "us",
    "us_day",
    "us_short_day",
]


def _time(write: Callable[[datetime], str]) -> Callable[[date | None], str]:
    """Let a way of writing dates leave the cell empty where there is none, and take plain days too."""

    def written(at: date | None) -> str:
        if at is None:
            return ""
        return write(at if isinstance(at, datetime) else datetime(at.year, at.month, at.day))

    return written


iso = _time(lambda at: f"{at:%Y-%m-%d %H:%M:%S}")
iso_day = _time(lambda at: f"{at:%Y-%m-%d}")
slashed = _time(lambda at: f"{at.year}/{at.month}/{at.day} {at.hour}:{at:%M}")
slashed_day = _time(lambda at: f"{at.year}/{at.month}/{at.day}")
chinese_day = _time(lambda at: f"{at.year}年{at.month}月{at.day}日")
chinese_time = _time(lambda at: f"{at.year}年{at.month}月{at.day}日 {at:%H:%M}")
us = _time(lambda at: f"{at.month}/{at.day}/{at.year} {at.hour}:{at:%M}")
us_day = _time(lambda at: f"{at:%m/%d/%Y}")
us_short_day = _time(lambda at: f"{at:%m/%d/%y}")
uk = _time(lambda at: f"{at:%d/%m/%Y %H:%M}")
uk_day = _time(lambda at: f"{at:%d/%m/%Y}")
dotted = _time(lambda at: f"{at:%d.%m.%Y}")
epoch = _time(lambda at: str(int(at.replace(tzinfo=UTC).timestamp())))
serial = _time(lambda at: f"{(at - datetime(1899, 12, 30)).total_seconds() / 86400:.5f}")


def money(amount: float) -> str:
    """``1234.50``."""
    return f"{amount:.2f}"


def thousands(amount: float) -> str:
    """``1,234.50``."""
    return f"{amount:,.2f}"


def comma(amount: float) -> str:
    """``1234,50``."""
    return f"{amount:.2f}".replace(".", ",")


def european(amount: float) -> str:
    """``1.234,50``."""
    return f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))


def quoted_id(number: object) -> str:
    """``="123"``: how Chinese back offices keep spreadsheets from rounding long numbers."""
    return f'="{number}"'


def dollars(amount: float) -> str:
    """``-$3.10``, as tills do."""
    return f"-${-amount:,.2f}" if amount < 0 else f"${amount:,.2f}"
