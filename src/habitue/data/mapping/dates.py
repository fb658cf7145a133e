"""Finding out how the times of a column are written, and whether the day or the month stands first."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from habitue.data.mapping.date_cells import Cell, read_cell

__all__ = ["DateReading", "read_dates", "settle_order"]

_READABLE = 0.9
_EPOCHS = ((10, "epoch_s", 1), (13, "epoch_ms", 1000))


@dataclass(frozen=True, slots=True)
class DateReading:
    """How a column's times are written.

    Parameters
    ----------
    share : float
        Share of the filled cells that can be read as times.
    patterns : tuple of str
        In the order in which to try them; empty where every cell is ISO. ``"excel"``, ``"epoch_s"``, ``"epoch_ms"``
        stand for numbers.
    first : str
        ``"day"`` or ``"month"`` where the cells are such that it matters, else empty.
    why : str
        What settled it: ``"over_12"``, ``"other_columns"``, ``"sorted"``, ``"dots"``, ``"close"``, ``"country"``,
        ``"habit"``.
    certain : bool
        Whether day and month cannot be confused.
    both : bool
        Whether some cells have the day and some the month first.
    zone : str
        ``"UTC"`` or an offset where the cells carry one.
    clock_share : float
        Share of the cells that are a time of day without a date.
    """

    share: float = 0.0
    patterns: tuple[str, ...] = ()
    first: str = ""
    why: str = ""
    certain: bool = True
    both: bool = False
    zone: str = ""
    clock_share: float = 0.0
    has_clock: bool = False
    numeric: bool = False
    shapes: tuple[str, ...] = field(default=(), repr=False)

    @property
    def compact(self) -> bool:
        """Whether the times are digits only, such as 20240105, and may as well be numbers of something."""
        return bool(self.patterns) and all(pattern.startswith("%Y%m%d") for pattern in self.patterns)


def read_dates(values: Sequence[str]) -> DateReading:
    """Look at the filled cells of one column.

    Examples
    --------
    >>> read_dates(["13/01/2024 08:26", "14/01/2024 09:00"]).patterns
    ('%d/%m/%Y %H:%M',)
    >>> read_dates(["2024-01-13", "2024-01-14T10:00:00Z"]).patterns
    ()
    >>> read_dates(["1704067200", "1704153600"]).patterns
    ('epoch_s',)
    """
    if not values:
        return DateReading()
    numeric = _numbers(values)
    if numeric:
        return numeric
    counts = Counter(values)
    cells = {value: cell for value in counts if (cell := read_cell(value)) is not None}
    good = [(cell, counts[value]) for value, cell in cells.items() if not cell.clock_only]
    clock = sum(counts[value] for value, cell in cells.items() if cell.clock_only)
    readable = sum(count for _, count in good)
    zones = Counter({cell.zone: 0 for cell, _ in good if cell.zone})
    for cell, count in good:
        zones[cell.zone] += count
    shapes = Counter[str]()
    for cell, count in good:
        shapes[cell.pattern] += count
    reading = DateReading(
        share=readable / len(values),
        zone=max(zones, key=lambda zone: zones[zone], default=""),
        clock_share=clock / len(values),
        has_clock=any(cell.has_clock for cell, _ in good),
        shapes=tuple(pattern for pattern, _ in sorted(shapes.items(), key=lambda each: (-each[1], each[0]))),
    )
    in_order = [cells[value] for value in values if value in cells and cells[value].swappable]
    return _with_order(reading, in_order)


def _numbers(values: Sequence[str]) -> DateReading | None:
    """Read Excel's day numbers and seconds or milliseconds since 1970."""
    plain = [value for value in values if re.fullmatch(r"\d+(\.\d+)?", value)]
    if len(plain) < _READABLE * len(values):
        return None
    share = len(plain) / len(values)
    for digits, name, per_second in _EPOCHS:
        fits = sum(len(value.split(".")[0]) == digits and 5e8 <= float(value) / per_second <= 2.6e9 for value in plain)
        if fits >= _READABLE * len(values):
            return DateReading(share=share, patterns=(name,), has_clock=True, numeric=True, zone="UTC")
    if sum(20000 <= float(value) <= 60000 for value in plain) >= _READABLE * len(values):
        return DateReading(
            share=share, patterns=("excel",), has_clock=any("." in value for value in plain), numeric=True
        )
    return None


def _with_order(reading: DateReading, cells: Sequence[Cell]) -> DateReading:
    """Settle day or month first by this column alone, as far as that goes."""
    if not cells:
        return _with_patterns(reading)
    day = sum(cell.first > 12 for cell in cells)
    month = sum(cell.second > 12 for cell in cells)
    first = "day" if day >= month else "month"
    if day and month:
        return _with_patterns(replace(reading, first=first, why="over_12", both=True, certain=False))
    if day or month:
        return _with_patterns(replace(reading, first=first, why="over_12"))
    first, why = _by_habit_of_cells(cells)
    return _with_patterns(replace(reading, first=first, why=why, certain=why in ("dots", "sorted")))


def _by_habit_of_cells(cells: Sequence[Cell]) -> tuple[str, str]:
    """Return which stands first and why, where no number is above 12."""
    if all("." in cell.pattern.split("%Y")[0] and "%Y" in cell.pattern for cell in cells):
        return "day", "dots"
    by_order, close = _sorted_reading(cells), _close_reading(cells)
    if by_order:
        return by_order, "sorted"
    return (close, "close") if close else ("day", "habit")


def _sorted_reading(cells: Sequence[Cell]) -> str:
    """Return the reading under which the rows are in order of time, where only one is."""
    steps = {}
    for first in ("day", "month"):
        times = [cell.moment(first) for cell in cells]
        down = sum(a > b for a, b in pairwise(times))
        up = sum(a < b for a, b in pairwise(times))
        steps[first] = min(down, up)
    if steps["day"] == 0 and steps["month"] >= 3:
        return "day"
    if steps["month"] == 0 and steps["day"] >= 3:
        return "month"
    return ""


def _close_reading(cells: Sequence[Cell]) -> str:
    """Return the reading under which the dates lie close together and not weeks apart."""
    spans = {}
    for first in ("day", "month"):
        times = {cell.moment(first).date() for cell in cells}
        spans[first] = (max(times) - min(times)).days + 1 if len(times) >= 4 else 0
    if not spans["day"] or not spans["month"]:
        return ""
    if spans["day"] * 6 <= spans["month"]:
        return "day"
    return "month" if spans["month"] * 6 <= spans["day"] else ""


def settle_order(readings: Iterable[DateReading], habit: str) -> list[DateReading]:
    """Let certain columns of a file speak for the doubtful ones, then the country's habit.

    Parameters
    ----------
    readings : iterable of DateReading
        The time columns of one file.
    habit : str
        ``"day"`` or ``"month"``: what is usual where the file comes from; empty where that is not known.
    """
    every = list(readings)
    sure = {reading.first for reading in every if reading.first and reading.certain}
    settled = []
    for reading in every:
        if reading.certain or not reading.first or reading.both:
            settled.append(reading)
        elif len(sure) == 1:
            settled.append(_with_patterns(replace(reading, first=next(iter(sure)), why="other_columns", certain=True)))
        elif habit and reading.why == "habit":
            settled.append(_with_patterns(replace(reading, first=habit, why="country")))
        else:
            settled.append(reading)
    return settled


def _with_patterns(reading: DateReading) -> DateReading:
    """Write the patterns out, the most frequent first."""
    patterns: list[str] = []
    for shape in reading.shapes:
        orders = [reading.first or "day"]
        if reading.both:
            orders.append("month" if orders[0] == "day" else "day")
        for first in orders:
            one, two = ("%d", "%m") if first == "day" else ("%m", "%d")
            pattern = shape.replace("{1}", one).replace("{2}", two)
            if pattern not in patterns:
                patterns.append(pattern)
    # "May" is both the short and the whole name of its month.
    patterns = [pattern for pattern in patterns if "%b" not in pattern or pattern.replace("%b", "%B") not in patterns]
    only_iso = all(_is_iso(pattern) for pattern in patterns)
    return replace(reading, patterns=() if only_iso else tuple(patterns))


def _is_iso(pattern: str) -> bool:
    return pattern.partition("%z")[0].rstrip() in {
        "%Y-%m-%d",
        *(f"%Y-%m-%d{sep}%H:%M{rest}" for sep in " T" for rest in ("", ":%S", ":%S.%f")),
    }
