"""Reading one cell as a time: the strptime pattern it follows, and the numbers whose order is open."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

__all__ = ["Cell", "read_cell"]

_CLOCK = re.compile(
    r"^(?P<gap>T|[ ,]*)(?P<half>上午|下午|中午|凌晨|晚上)?(?P<gap2> ?)"
    r"(?P<hour>\d{1,2})(?P<colon>[:时点h.])(?P<minute>\d{2})"
    r"(?P<unit>分)?(?:[:.]?(?P<second>\d{2})(?P<unit2>秒)?(?:(?P<point>[.,])(?P<fraction>\d{1,9}))?)?"
    r"(?P<gap3> ?)(?P<ampm>[AaPp]\.?[Mm]\.?)?(?P<gap4> ?)(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2}|[A-Z]{3,4})?$"
)
_YEAR_FIRST = re.compile(r"^(?P<y>\d{4})(?P<s1>[-/. ]|年)(?P<m>\d{1,2})(?P<s2>[-/. ]|月)(?P<d>\d{1,2})(?P<s3>日|号)?")
_YEAR_LAST = re.compile(r"^(?P<a>\d{1,2})(?P<s1>[-/. ])(?P<b>\d{1,2})(?P=s1)(?P<y>\d{4}|\d{2})(?!\d)")
_COMPACT = re.compile(r"^(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})(?P<gap>[T ]?)(?:(?P<H>\d{2})(?P<M>\d{2})(?P<S>\d{2})?)?$")
_DAY_NAME = re.compile(
    r"^(?P<d>\d{1,2})(?:st|nd|rd|th)?(?P<s1>[-/. ]*)(?P<b>[A-Za-z]{3,9})(?P<s2>[-/., ]*)(?P<y>\d{4}|\d{2})(?!\d)"
)
_NAME_DAY = re.compile(r"^(?P<b>[A-Za-z]{3,9})(?P<s1>[-/. ]*)(?P<d>\d{1,2})(?P<s2>[-/., ]+)(?P<y>\d{4})(?!\d)")
_YEAR_NAME = re.compile(r"^(?P<y>\d{4})(?P<s1>[-/. ])(?P<b>[A-Za-z]{3,9})(?P<s2>[-/. ])(?P<d>\d{1,2})(?!\d)")
_WEEKDAY = re.compile(r"^(?P<name>(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*)(?P<gap>,? +)")
_MONTHS = {
    name: number
    for number, name in enumerate(
        [
            "january",
            "february",
            "march",
            "april",
            "may",
            "june",
            "july",
            "august",
            "september",
            "october",
            "november",
            "december",
        ],
        1,
    )
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell read as a time.

    ``pattern`` has ``{1}`` and ``{2}`` where day and month may stand either way round; ``first`` and ``second`` are
    the two numbers.
    """

    pattern: str
    year: int
    first: int
    second: int
    swappable: bool = False
    clock_only: bool = False
    has_clock: bool = False
    zone: str = ""
    minute_of_day: int = 0

    def moment(self, first: str) -> datetime:
        """Return the instant, with the ``"day"`` or the ``"month"`` taken to stand first."""
        day, month = (self.first, self.second) if first == "day" else (self.second, self.first)
        hour, minute = divmod(self.minute_of_day, 60)
        return datetime(self.year, min(month, 12), min(day, 28) if month == 2 else min(day, 30), hour, minute)


def read_cell(text: str) -> Cell | None:
    """Return how a cell is written as a time, or ``None`` where it is none.

    Examples
    --------
    >>> read_cell("1/12/2010 8:26").pattern
    '{1}/{2}/%Y %H:%M'
    >>> read_cell("2024年3月5日 下午3:05").pattern
    '%Y年%m月%d日 %p%I:%M'
    >>> read_cell("85123") is None
    True
    """
    cell = unicodedata.normalize("NFKC", text).strip()
    if not 4 <= len(cell) <= 48 or not any(c.isdigit() for c in cell):
        return None
    prefix = ""
    weekday = _WEEKDAY.match(cell)
    if weekday:
        prefix = ("%a" if len(weekday["name"]) == 3 else "%A") + weekday["gap"]
        cell = cell[weekday.end() :]
    compact = _COMPACT.match(cell)
    if compact:
        return _compact(compact)
    for form, reader in _FORMS:
        match = form.match(cell)
        found = reader(match) if match else None
        if found and match:
            return _with_clock(found, prefix, cell[match.end() :])
    return _clock_only(cell)


def _compact(match: re.Match[str]) -> Cell | None:
    year, month, day = int(match["y"]), int(match["m"]), int(match["d"])
    if not (1980 <= year <= 2100 and 1 <= month <= 12 and 1 <= day <= 31):
        return None
    pattern = "%Y%m%d" + match["gap"]
    if match["H"]:
        if int(match["H"]) > 23 or int(match["M"]) > 59 or int(match["S"] or 0) > 59:
            return None
        pattern += "%H%M" + ("%S" if match["S"] else "")
    return Cell(pattern, year, day, month, has_clock=bool(match["H"]))


def _year_first(match: re.Match[str]) -> Cell | None:
    month, day = int(match["m"]), int(match["d"])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    pattern = f"%Y{match['s1']}%m{match['s2']}%d{match['s3'] or ''}"
    return Cell(pattern, int(match["y"]), day, month)


def _year_last(match: re.Match[str]) -> Cell | None:
    one, two, sign = int(match["a"]), int(match["b"]), match["s1"]
    if not (1 <= one <= 31 and 1 <= two <= 31 and min(one, two) <= 12):
        return None
    year = "%Y" if len(match["y"]) == 4 else "%y"
    return Cell(f"{{1}}{sign}{{2}}{sign}{year}", _full_year(match["y"]), one, two, swappable=True)


def _named_month(match: re.Match[str]) -> Cell | None:
    name = match["b"].lower()
    full = name in _MONTHS
    month = next((number for known, number in _MONTHS.items() if known == name or known[:3] == name), 0)
    if not month or not 1 <= int(match["d"]) <= 31:
        return None
    words = {"d": "%d", "b": "%B" if full and len(name) > 3 else "%b", "y": "%Y" if len(match["y"]) == 4 else "%y"}
    pattern = "".join(
        words.get(key, text) if key in words else text
        for key, text in sorted(match.groupdict().items(), key=lambda each: match.start(each[0]))
        if text is not None
    )
    return Cell(pattern, _full_year(match["y"]), int(match["d"]), month)


_FORMS = (
    (_YEAR_FIRST, _year_first),
    (_YEAR_LAST, _year_last),
    (_DAY_NAME, _named_month),
    (_NAME_DAY, _named_month),
    (_YEAR_NAME, _named_month),
)


def _full_year(text: str) -> int:
    number = int(text)
    if len(text) == 4:
        return number
    return number + (2000 if number < 70 else 1900)


def _with_clock(date: Cell, prefix: str, rest: str) -> Cell | None:
    """Add the time of day that follows a date; ``None`` where something else follows."""
    if not rest.strip():
        return _changed(date, prefix + date.pattern, clock=False)
    match = _CLOCK.match(rest)
    if not match or not match["gap"] + (match["half"] or ""):
        return None
    hour, minute = int(match["hour"]), int(match["minute"])
    if hour > 23 or minute > 59:
        return None
    pattern = prefix + date.pattern + _clock_pattern(match)
    zone = match["zone"] or ""
    zone = "UTC" if zone in ("Z", "UTC", "GMT", "+00:00", "+0000", "+00") else zone
    return _changed(date, pattern, clock=True, zone=zone, minute_of_day=hour * 60 + minute)


def _changed(date: Cell, pattern: str, *, clock: bool, zone: str = "", minute_of_day: int = 0) -> Cell:
    return Cell(
        pattern,
        date.year,
        date.first,
        date.second,
        date.swappable,
        has_clock=clock,
        zone=zone,
        minute_of_day=minute_of_day,
    )


def _clock_pattern(match: re.Match[str]) -> str:
    """Write the strptime pattern of a time of day; ``%p`` also stands for 上午 and 下午."""
    half_day = bool(match["half"] or match["ampm"])
    pattern = match["gap"] + ("%p" if match["half"] else "") + match["gap2"]
    pattern += ("%I" if half_day else "%H") + match["colon"] + "%M" + (match["unit"] or "")
    if match["second"]:
        pattern += ("" if match["unit"] else match["colon"]) + "%S" + (match["unit2"] or "")
    if match["fraction"]:
        pattern += match["point"] + "%f"
    pattern += match["gap3"] + ("%p" if match["ampm"] else "")
    zone = match["zone"] or ""
    return pattern + match["gap4"] + ("%z" if zone == "Z" or zone[:1] in ("+", "-") else zone)


def _clock_only(cell: str) -> Cell | None:
    match = _CLOCK.match(cell)
    if (
        not match
        or match["zone"]
        or match["colon"] in (".", "h")
        or int(match["hour"]) > 23
        or int(match["minute"]) > 59
    ):
        return None
    return Cell(_clock_pattern(match), 1970, 1, 1, clock_only=True, has_clock=True)
