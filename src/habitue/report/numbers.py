"""Numbers, money, shares and dates as people write them, in English and in Chinese."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

__all__ = ["Language", "Numbers", "nice_ticks"]

Language = Literal["en", "zh"]

NOTHING = "–"  # what stands where a number is missing

_SYMBOLS = {
    "GBP": "£", "EUR": "€", "USD": "$", "CNY": "CN¥", "JPY": "¥", "KRW": "₩", "INR": "₹", "HKD": "HK$", "TWD": "NT$",
    "AUD": "A$", "CAD": "CA$", "NZD": "NZ$", "SGD": "S$", "BRL": "R$", "MXN": "MX$", "VND": "₫", "ILS": "₪", "PHP": "₱",
}  # fmt: skip
_CHINESE_SYMBOLS = _SYMBOLS | {"CNY": "¥", "JPY": "JP¥", "USD": "US$"}

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_STEPS = {"en": ((1e9, "B"), (1e6, "M"), (1e3, "k")), "zh": ((1e8, "亿"), (1e4, "万"))}


@dataclass(frozen=True, slots=True)
class Numbers:
    """Write figures for one reader: the language, and the shop's currency.

    Parameters
    ----------
    language : {"en", "zh"}
    currency : str
        ISO 4217 code; empty when the shop did not say.

    Examples
    --------
    >>> Numbers("en", "GBP").money(9_747_748)
    '£9.75M'
    >>> Numbers("zh", "CNY").money(9_747_748)
    '¥974.8万'
    >>> Numbers("zh").day(datetime(2011, 12, 9))
    '2011年12月9日'
    """

    language: Language
    currency: str = ""

    def count(self, number: float | None) -> str:
        """Write a whole number in full: ``4,372``."""
        return NOTHING if _missing(number) else _minus(f"{number:,.0f}")

    def short(self, number: float | None) -> str:
        """Write a number in three or four digits: ``9.75M``, ``974.8万``."""
        if number is None or _missing(number):
            return NOTHING
        sign = "−" if number < 0 else ""
        return sign + _short(abs(number), self.language)

    def money(self, amount: float | None) -> str:
        """Write money in three or four digits: ``£45.6k``."""
        return self._with_symbol(amount, self.short)

    def money_in_full(self, amount: float | None) -> str:
        """Write money to the last unit: ``£45,612``; small amounts with their pennies."""
        return self._with_symbol(amount, _in_full)

    def share(self, share: float | None) -> str:
        """Write a share as per cent: ``43.3%``, ``7%`` where the rest would be noise."""
        if share is None or _missing(share):
            return NOTHING
        percent = 100 * share
        digits = 1 if 0 < abs(percent) < 10 and abs(percent) >= 0.05 else 0
        if 0 < abs(percent) < 0.05:
            return "<0.1%"
        return _minus(f"{percent:.{digits}f}%")

    def change(self, now: float | None, before: float | None) -> str:
        """Write by how many per cent something grew: ``+12%``; nothing when there was nothing before."""
        if now is None or before is None or _missing(now) or _missing(before) or before <= 0:
            return ""
        percent = 100 * (now / before - 1)
        if abs(percent) > 999:
            return f"×{now / before:.0f}"
        return _minus(f"{percent:+.0f}%") if round(percent) else "±0%"

    def decimal(self, number: float | None, digits: int = 1) -> str:
        """Write a number with a fixed number of digits after the point."""
        return NOTHING if _missing(number) else _minus(f"{number:,.{digits}f}")

    def days(self, days: float | None) -> str:
        """Write a span of days, as ``12 days`` or ``12天``; long ones in months or years."""
        if days is None or _missing(days):
            return NOTHING
        chinese = self.language == "zh"
        if days < 0.5:
            return "今天" if chinese else "today"
        if days >= 730:
            return f"{days / 365.25:.1f}{'年' if chinese else ' years'}"
        whole = f"{days:,.0f}"
        return f"{whole}天" if chinese else f"{whole} day{'' if whole == '1' else 's'}"

    def day(self, day: date | None) -> str:
        """Write a date: ``9 Dec 2011`` or ``2011年12月9日``."""
        if day is None:
            return NOTHING
        if self.language == "zh":
            return f"{day.year}年{day.month}月{day.day}日"
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"

    def moment(self, moment: datetime | None) -> str:
        """Write a date, with the time of day unless it is midnight."""
        if moment is None or moment.time() == time():
            return self.day(moment)
        return f"{self.day(moment)} {moment:%H:%M}"

    def last_day_before(self, moment: datetime) -> str:
        """Write the last day of which something is known at a moment (midnight belongs to the day before)."""
        return self.moment(moment) if moment.time() != time() else self.day(moment - timedelta(days=1))

    def month(self, month: date | None) -> str:
        """Write a month: ``Dec 2011`` or ``2011年12月``."""
        if month is None:
            return NOTHING
        return f"{month.year}年{month.month}月" if self.language == "zh" else f"{_MONTHS[month.month - 1]} {month.year}"

    def short_month(self, month: date) -> str:
        """Write a month without its year: ``Dec`` or ``12月``."""
        return self.month_name(month.month)

    def month_name(self, month: int) -> str:
        """Write the name of a month by its number, 1 to 12: ``Dec`` or ``12月``."""
        return f"{month}月" if self.language == "zh" else _MONTHS[month - 1]

    def listed(self, words: list[str]) -> str:
        """Join words as a sentence lists them: ``a, b and c`` or ``甲、乙和丙``."""
        comma, last = ("、", "和") if self.language == "zh" else (", ", " and ")
        return comma.join(words[:-1]) + last + words[-1] if len(words) > 1 else "".join(words)

    def _with_symbol(self, amount: float | None, write: Callable[[float], str]) -> str:
        if amount is None or _missing(amount):
            return NOTHING
        known = _CHINESE_SYMBOLS if self.language == "zh" else _SYMBOLS
        symbol = known.get(self.currency.upper(), f"{self.currency}\N{NO-BREAK SPACE}" if self.currency else "")
        return ("−" if amount < 0 else "") + symbol + write(abs(amount))


def nice_ticks(low: float, high: float, *, about: int = 5) -> list[float]:
    """Return round numbers from at or below ``low`` to at or above ``high``, for an axis.

    Examples
    --------
    >>> nice_ticks(0, 873)
    [0.0, 200.0, 400.0, 600.0, 800.0, 1000.0]
    """
    span = high - low
    if not math.isfinite(span) or span <= 0:
        return [0.0, 1.0]
    raw = span / about
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if raw <= factor * power * (1 + 1e-9))
    first, last = math.floor(low / step), math.ceil(high / step)
    return [round(index * step, 10) for index in range(first, last + 1)]


def _missing(number: float | None) -> bool:
    return number is None or not math.isfinite(number)


def _minus(text: str) -> str:
    bare = text.replace("-", "−")
    return bare.removeprefix("−") if bare.strip("−0.,%") == "" else bare


def _in_full(amount: float) -> str:
    return f"{amount:,.2f}" if 0 < amount < 100 and amount != round(amount) else f"{amount:,.0f}"


def _short(number: float, language: Language) -> str:
    for size, word in _STEPS[language]:
        if number >= size * 0.99995:
            return _digits(number / size) + word
    return _in_full(number)


def _digits(number: float) -> str:
    digits = 2 if number < 10 else 1
    if number >= (1000 if digits else 100):
        digits = 0
    text = f"{number:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
