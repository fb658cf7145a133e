"""What the cells of a column look like, whatever its header says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from zlib import crc32

from habitue.data.mapping.dates import DateReading, read_dates
from habitue.data.mapping.figures import read_figure, symbol_currency
from habitue.data.mapping.vocabularies import VOCABULARIES, belongs, surname

__all__ = ["Profile", "describe"]

_EMAIL = re.compile(r"^[^\s@,;]+@[^\s@,;]+\.[A-Za-z]{2,}$")
_URL = re.compile(r"^(https?://|www\.)\S+$", re.IGNORECASE)
_IP = re.compile(r"^\d{1,3}(\.\d{1,3}){3}$")
_PHONE = re.compile(r"^(?=(?:\D*\d){7,15}\D*$)[+(]?\d[\d\s().*x-]{6,22}$")
_CN_PHONE = re.compile(r"^(?:\+?86)?[- ]?1[3-9]\d[\d*]{8}$")
_NAME = re.compile(r"^[A-ZÀ-Þ][^\W\d_]*[’'.-]?[^\W\d_]*,?( [A-ZÀ-Þ][^\W\d_]*[’'.-]?[^\W\d_]*){1,3}$")
_CODE = re.compile(r"^(?=.*\d)[A-Za-z0-9][A-Za-z0-9_./#-]*$")
_STREET = re.compile(
    r"\d.*\b(street|st|road|rd|avenue|ave|lane|ln|drive|way|close|court|strasse|straße|str|platz|weg|rue|calle)\b\.?"
    r"|(路|街|道|巷|弄)\S*\d+号?|\d+号|[县区镇乡].*(路|街|号|村|楼|室|小区)",
    re.IGNORECASE,
)
_NULLS = "null"
_SOME_NAMES = 0.12  # share of cells that begin with a common given name; no list has them all
_LOOKED_UP = 400
_LOOKED_AT = 1000  # different cells of a column; more would not tell more


@dataclass(frozen=True, slots=True)
class Profile:
    """One column's cells, summed up.

    Parameters
    ----------
    header : str
    cells : list
        The cells without blanks around them; ``None`` where empty or a word for nothing.
    filled, distinct : int
        Cells that hold something, and how many different ones.
    figures : list
        Each cell as a figure, where it is one.
    shares : dict
        Share of the filled cells that are an e-mail, a country and so on.
    dates : DateReading
    """

    header: str
    cells: list[str | None]
    filled: int
    distinct: int
    figures: list[float | None]
    dates: DateReading
    shares: dict[str, float]
    native: str = "string"
    currency: str = ""
    numbers: list[float] = field(default_factory=list, repr=False)

    @property
    def fill(self) -> float:
        """Share of the rows that hold something."""
        return self.filled / max(len(self.cells), 1)

    @property
    def variety(self) -> float:
        """Different values per filled cell: 1 where nothing repeats."""
        return self.distinct / max(self.filled, 1)

    def share(self, name: str) -> float:
        """Share of the filled cells that look like ``name``."""
        return self.shares.get(name, 0.0)

    def quantile(self, part: float) -> float:
        """Return a quantile of the figures; 0 where there are none."""
        return self.numbers[min(int(part * len(self.numbers)), len(self.numbers) - 1)] if self.numbers else 0.0


def describe(header: str, values: Sequence[str | None], *, decimal: str = ".", native: str = "string") -> Profile:
    """Look at the cells of one column.

    Examples
    --------
    >>> profile = describe("c1", ["12.50", "3.00", None, "9.99"])
    >>> profile.filled, profile.share("number"), profile.share("fraction")
    (3, 1.0, 0.6666666666666666)
    """
    cells = [_tidy(value) for value in values]
    counts = Counter(cell for cell in cells if cell is not None)
    read = {cell: read_figure(cell, decimal) for cell in counts}
    figures = [read[cell] if cell is not None else None for cell in cells]
    filled = sum(counts.values())
    return Profile(
        header=header,
        cells=cells,
        filled=filled,
        distinct=len(counts),
        figures=figures,
        dates=read_dates([cell for cell in cells if cell is not None]),
        shares=_shares(counts, read, filled),
        native=native,
        currency=symbol_currency(cell for cell in counts if read[cell] is not None),
        numbers=sorted(figure for figure in figures if figure is not None),
    )


def _tidy(value: str | None) -> str | None:
    if value is None:
        return None
    # Chinese exports put a tab or a quote before long numbers so that spreadsheets leave them alone.
    cell = value.strip().lstrip("'`=").strip('"\t ')
    return None if not cell or belongs(cell, _NULLS) else cell


def _shares(counts: Counter[str], read: dict[str, float | None], filled: int) -> dict[str, float]:
    """Measure every trait over the filled cells."""
    total = max(filled, 1)
    few = _some(counts, _LOOKED_AT)
    fewer = _some(counts, _LOOKED_UP)
    weight = sum(counts[cell] for cell in few) or 1
    shares = {name: sum(counts[cell] for cell in few if test(cell)) / weight for name, test in _TRAITS.items()}
    for name in VOCABULARIES:
        shares[name] = sum(counts[cell] for cell in fewer if belongs(cell, name)) / (
            sum(counts[cell] for cell in fewer) or 1
        )
    shares["given_name"] = sum(counts[cell] for cell in fewer if belongs(cell.split()[0], "given_name")) / (
        sum(counts[cell] for cell in fewer) or 1
    )
    if shares["given_name"] < _SOME_NAMES and shares["chinese"] < 0.5:
        shares["person"] = 0.0  # "Vintage Wall Clock" is written like a name as well
    known = [(figure, counts[cell]) for cell, figure in read.items() if figure is not None]
    for name, figure_test in _FIGURE_TRAITS.items():
        shares[name] = sum(count for figure, count in known if figure_test(figure)) / total
    shares["length"] = sum(len(cell) * count for cell, count in counts.items()) / total
    shares["same_length"] = max(_lengths(counts).values(), default=0) / total
    return shares


def _some(counts: Counter[str], limit: int) -> list[str]:
    """Return the commonest cells; among equally common ones a mixture that does not hang on the order of rows."""
    if len(counts) <= limit:
        return list(counts)
    return sorted(counts, key=lambda cell: (-counts[cell], crc32(cell.encode("utf-8", "replace"))))[:limit]


def _lengths(counts: Counter[str]) -> Counter[int]:
    lengths = Counter[int]()
    for cell, count in counts.items():
        lengths[len(cell)] += count
    return lengths


_TRAITS: dict[str, Callable[[str], bool]] = {
    "email": lambda cell: bool(_EMAIL.match(cell)),
    "url": lambda cell: bool(_URL.match(cell)),
    "ip": lambda cell: bool(_IP.match(cell)),
    "phone": lambda cell: (
        bool(_CN_PHONE.match(cell)) or (not cell.isdigit() and bool(_PHONE.match(cell)) and not _IP.match(cell))
    ),
    "digits": str.isdigit,
    "person": lambda cell: bool(_NAME.match(cell)) or surname(cell),
    "code_like": lambda cell: bool(_CODE.match(cell)),
    "mixed_code": lambda cell: bool(_CODE.match(cell)) and any(c.isalpha() for c in cell),
    "street": lambda cell: bool(_STREET.search(cell)),
    "words": lambda cell: len(cell.split()) > 1 or sum("\u4e00" <= c <= "\u9fff" for c in cell) >= 4,
    "spaced": lambda cell: len(cell.split()) > 1,
    "letters": lambda cell: any(c.isalpha() for c in cell),
    "chinese": lambda cell: any("\u4e00" <= c <= "\u9fff" for c in cell),
    "percent": lambda cell: cell.endswith("%"),
    "leading_zero": lambda cell: len(cell) > 1 and cell[0] == "0" and cell.isdigit(),
    "ean": lambda cell: cell.isdigit() and len(cell) in (8, 12, 13) and _check_digit(cell),
    "upper": lambda cell: cell.isupper() and " " not in cell,
}
_FIGURE_TRAITS: dict[str, Callable[[float], bool]] = {
    "number": lambda _: True,
    "fraction": lambda figure: figure != int(figure),
    "negative": lambda figure: figure < 0,
    "zero": lambda figure: figure == 0,
    "one": lambda figure: figure == 1,
    "unit_interval": lambda figure: 0 <= figure <= 1,
    "stars": lambda figure: 0 < figure <= 5,
}


def _check_digit(cell: str) -> bool:
    """Whether the last digit of a bar code fits the others."""
    digits = [int(c) for c in reversed(cell)]
    return (sum(digits[::2]) + 3 * sum(digits[1::2])) % 10 == 0
