"""What the guesser answers: one guess per table and per column, each with its evidence and its doubts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from habitue.schema import Words

__all__ = ["SURE", "ColumnGuess", "TableGuess"]

#: From this confidence on a guess carries no doubt.
SURE = 0.8


@dataclass(frozen=True, slots=True)
class ColumnGuess:
    """What one column of the source is taken for.

    Parameters
    ----------
    header : str
        As the source has it.
    column : str or None
        Our name; ``None`` where the column is not used.
    confidence : float
        From 0 to 1.
    evidence : tuple of Words
        What speaks for it.
    warning : Words or None
        What may be wrong with it. A guess without one is certain.
    """

    header: str
    column: str | None
    confidence: float
    evidence: tuple[Words, ...] = ()
    warning: Words | None = None

    def row(self, language: str = "") -> dict[str, Any]:
        """Return the guess as plain data in one language."""
        return {
            "header": self.header,
            "column": self.column,
            "confidence": round(self.confidence, 3),
            "evidence": "; ".join(words[language] for words in self.evidence),
            "warning": self.warning[language] if self.warning else None,
        }


@dataclass(frozen=True, slots=True)
class TableGuess:
    """What a source is taken for.

    Parameters
    ----------
    path, table : str
        The source, and the table of the schema it feeds.
    confidence : float
        How sure the table is.
    columns : tuple of ColumnGuess
        One for each header, in the order of the source.
    warnings : tuple of Words
        About the source as a whole: what is missing, what is doubtful.
    dates : dict
        Our column to strptime patterns, tried in order; columns of ISO times are not in it.
    currency, timezone, language : str
        Where the source tells; else empty.
    decimal : str
        The decimal sign.
    also : dict
        Our column to a header that stands in for it although it is used otherwise, such as the e-mail for the
        customer number.
    """

    path: str
    table: str
    confidence: float
    columns: tuple[ColumnGuess, ...]
    warnings: tuple[Words, ...] = ()
    dates: dict[str, list[str]] = field(default_factory=dict)
    currency: str = ""
    timezone: str = ""
    language: str = "en"
    decimal: str = "."
    also: dict[str, str] = field(default_factory=dict)

    @property
    def mapping(self) -> dict[str, str]:
        """Our names → the source's headers, as shop.toml has them."""
        return {guess.column: guess.header for guess in self.columns if guess.column} | self.also

    @property
    def unused(self) -> list[str]:
        """Headers that are not used."""
        return [guess.header for guess in self.columns if guess.column is None]

    def column(self, name: str) -> ColumnGuess | None:
        """Return the guess for one of our columns; ``None`` where no header was taken for it."""
        return next((guess for guess in self.columns if guess.column == name), None)
