"""What a column of the merchant's tables is: its kind, its meaning in two languages, and whether it must be there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Column", "Kind", "Table", "Words"]


class Kind(StrEnum):
    """How the cells of a column are read.

    Ids are strings. ``money``, ``number`` and ``share`` become floating point numbers, ``quantity`` too (cloth and
    cheese are sold by the metre and the kilogram). ``time`` is an instant on the shop's own clock, without zone.
    """

    ID = "id"
    TEXT = "text"
    CODE = "code"  # a short word out of few: status, channel, currency
    NUMBER = "number"
    QUANTITY = "quantity"
    MONEY = "money"
    SHARE = "share"
    TIME = "time"
    DATE = "date"
    FLAG = "flag"

    @property
    def dtype(self) -> str:
        """The Ibis type this kind is stored as."""
        return _DTYPES[self]


_DTYPES = {
    Kind.ID: "string",
    Kind.TEXT: "string",
    Kind.CODE: "string",
    Kind.NUMBER: "float64",
    Kind.QUANTITY: "float64",
    Kind.MONEY: "float64",
    Kind.SHARE: "float64",
    Kind.TIME: "timestamp(6)",
    Kind.DATE: "date",
    Kind.FLAG: "boolean",
}


@dataclass(frozen=True, slots=True)
class Words:
    """One text in English and in Chinese."""

    en: str
    zh: str

    def __getitem__(self, language: str) -> str:
        """Return the text in ``"en"`` or ``"zh"``."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Column:
    """One column: name, kind, meaning; ``required`` cells must be readable or the row goes to quarantine."""

    name: str
    kind: Kind
    meaning: Words
    required: bool = False
    personal: bool = False  # personal data: never leaves the machine, masked in texts


@dataclass(frozen=True, slots=True)
class Table:
    """One of the merchant's tables.

    ``time`` names the column that says when a row happened (as-of cuts go by it), ``key`` the columns that name a
    row, ``unlocks`` what the table makes possible, as ``habitue check`` prints it.
    """

    name: str
    meaning: Words
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    time: str | None = None
    unlocks: Words = Words("", "")

    def column(self, name: str) -> Column:
        """Return the column of that name; ``KeyError`` when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        """The names of the columns that must be there."""
        return tuple(column.name for column in self.columns if column.required)
