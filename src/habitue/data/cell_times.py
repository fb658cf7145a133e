"""Reading times as people and programs write them, onto the shop's own clock."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ibis

from habitue.data.cell_numbers import WIDE
from habitue.engine import parse_time
from habitue.engine.cells import clock_in_zone, from_microseconds, instant_in_zone

__all__ = ["Clocks", "first_time", "native_time", "other_times"]

_FIRST, _LAST = dt.datetime(1850, 1, 1), dt.datetime(2199, 12, 31, 23, 59, 59)
_USUAL = ("iso", "%Y%m%d", "%Y年%m月%d日", "%Y年%m月%d日 %H:%M", "%Y年%m月%d日 %H:%M:%S", "%Y%m%d%H%M%S", "%Y.%m.%d")
_OFFSET = r"\s*(Z|z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)$"
_SPECIAL = ("infinity", "-infinity", "epoch")  # words of the database that are no times here
_HALF_DAYS = {"上午": "AM", "凌晨": "AM", "下午": "PM", "晚上": "PM", "中午": "PM"}
_DAY = 86_400_000_000
_EXCEL_EPOCH_DAYS = 25_569  # from Excel's day zero to 1970


@dataclass(frozen=True, slots=True)
class Clocks:
    """The zone of a source's times and that of the shop; empty where it is not said."""

    source: str = ""
    shop: str = ""

    def local(self, clock: Any) -> Any:
        """Bring the source's clock to the shop's."""
        if self.source and self.shop and self.source != self.shop:
            return clock_in_zone(clock, self.source, self.shop)
        return clock

    def of_instant(self, instant: Any) -> Any:
        """Read an instant on the shop's clock: as universal time where no zone is known."""
        return instant_in_zone(instant, self.shop or self.source or "UTC")

    def of_universal(self, clock: Any) -> Any:
        """Bring universal time to the shop's clock."""
        zone = self.shop or self.source or "UTC"
        return clock if zone == "UTC" else clock_in_zone(clock, "UTC", zone)


def first_time(text: Any, patterns: Sequence[str], clocks: Clocks) -> Any:
    """Read text by the pattern that stands first, or as ISO.

    Parameters
    ----------
    text : ibis string column
        Trimmed.
    patterns : sequence of str
        Tried in order, then ISO and other forms that begin with the year: strptime patterns, ``"iso"``, ``"excel"``
        (days since 1899-12-30), ``"epoch_s"``, ``"epoch_ms"``.
    clocks : Clocks
        Days without a time of day keep their date in every zone.
    """
    return _reading(text, (*patterns, *_USUAL)[0], clocks)


def other_times(first: Any, text: Any, patterns: Sequence[str], clocks: Clocks) -> Any:
    """Return ``first`` where it is a time between 1850 and 2199, else the first other reading that is; else NULL.

    Parameters
    ----------
    first : ibis column
        What `first_time` gave.
    text, patterns, clocks
        As there.
    """
    tried = list(dict.fromkeys((*patterns, *_USUAL)))
    sound = text.lower().isin(_SPECIAL).ifelse(ibis.null("string"), text)
    wide = sound.translate(*WIDE)
    plain = (wide != sound).ifelse(wide, ibis.null("string"))  # full-width signs are rare: looked at last
    readings = [_reading(sound, pattern, clocks) for pattern in tried[1:]]
    readings += [_reading(plain, pattern, clocks) for pattern in tried[: len(patterns) + 1]]
    first = sound.isnull().ifelse(ibis.null("timestamp(6)"), first)
    return ibis.coalesce(_plausible(first), *(_plausible(reading) for reading in readings))


def native_time(column: Any, clocks: Clocks) -> Any:
    """Bring a column of times or dates to the shop's clock."""
    kind = column.type()
    if kind.is_date():
        return _plausible(column.cast("timestamp(6)"))
    if kind.timezone is not None:
        return _plausible(clocks.of_instant(column.cast("timestamp('UTC', 6)")))
    return _plausible(clocks.local(column.cast("timestamp(6)")))


def _plausible(clock: Any) -> Any:
    return clock.between(ibis.literal(_FIRST), ibis.literal(_LAST)).ifelse(clock, ibis.null("timestamp(6)"))


def _reading(text: Any, pattern: str, clocks: Clocks) -> Any:
    if pattern in ("epoch_s", "epoch_ms"):
        per_unit = 1_000_000 if pattern == "epoch_s" else 1000
        return clocks.of_universal(_moment(text.try_cast("float64") * per_unit))
    if pattern == "excel":
        serial = text.try_cast("float64")
        clock = _moment(((serial - _EXCEL_EPOCH_DAYS) * _DAY / 1000).round() * 1000)
        return (serial == serial.floor()).ifelse(clock, clocks.local(clock))
    if pattern == "iso":
        plain = text.try_cast("timestamp(6)")
        return _zoned(text, lambda bare: bare.try_cast("timestamp(6)"), _day_or_time(text, plain, clocks), clocks)
    if "%z" in pattern:
        bare_pattern = re.sub(r"\s*%z", "", pattern)
        plain = clocks.local(_parsed(text, bare_pattern))
        return _zoned(text, lambda bare: _parsed(bare, bare_pattern), plain, clocks)
    clock = _parsed(text, pattern)
    return clocks.local(clock) if re.search(r"%[HIcTXs]", pattern) else clock


def _day_or_time(text: Any, clock: Any, clocks: Clocks) -> Any:
    moved = clocks.local(clock)
    return clock if moved is clock else (text.length() <= 10).ifelse(clock, moved)


def _moment(microseconds: Any) -> Any:
    """Go from microseconds as a floating point number to a time, where it is one."""
    sensible = microseconds.abs() < 1e16
    return from_microseconds(sensible.ifelse(microseconds, ibis.null("float64")).round().cast("int64"))


def _parsed(text: Any, pattern: str) -> Any:
    if "%p" in pattern:
        for word, half in _HALF_DAYS.items():
            text = text.replace(word, half)
    return parse_time(text, pattern)


def _zoned(text: Any, read: Any, plain: Any, clocks: Clocks) -> Any:
    """Read text that ends in a zone; without a known zone of the shop, the clock it shows is the shop's."""
    # Most times have 10, 16 or 19 signs and no zone: these are not searched.
    long = (text.length() > 16) & ((text.length() != 19) | text.substr(16, 1).isin(["+", "-"]))
    ends_in_zone = long.ifelse(text.re_search(r":\d{2}.*" + _OFFSET), ibis.literal(value=False))
    wall = read(text.re_replace(_OFFSET, ""))
    offset = text.re_extract(_OFFSET, 1)
    digits = offset.replace(":", "")
    minutes = digits.substr(1, 2).try_cast("int64") * 60 + digits.substr(3, 2).try_cast("int64").fill_null(0)
    named = offset.lower().isin(["z", "utc", "gmt"])
    east = named.ifelse(0, offset.startswith("-").ifelse(-minutes, minutes))
    known = clocks.shop or clocks.source
    value = clocks.of_universal(wall - east.as_interval("m")) if known else wall
    return ends_in_zone.ifelse(value, plain)
