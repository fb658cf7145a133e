"""The page before it is HTML: sections made of tiles, pictures, tables and plain sentences, all in finished words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from habitue.report.drawing import inline_svg
from habitue.report.numbers import Language, Numbers
from habitue.report.texts import TEXTS
from habitue.schema import Words

__all__ = ["Block", "Grid", "Head", "Note", "Picture", "Section", "TableView", "Tile", "Tiles", "Voice", "drawn"]


@dataclass(frozen=True, slots=True)
class Voice:
    """Says things in the reader's language."""

    language: Language
    numbers: Numbers

    def __call__(self, key: str, **facts: str) -> str:
        """Return a text of the report with its facts filled in."""
        return TEXTS[key][self.language].format(**facts)

    def of(self, words: Words) -> str:
        """Return words of an area in the reader's language."""
        return words[self.language]

    def people(self, number: int) -> str:
        """Count customers: ``1 customer``, ``3,362 customers``, ``3,362人``."""
        return self("one_person") if number == 1 else self("people", n=self.numbers.count(number))

    def joined(self, *sentences: str) -> str:
        """Put sentences behind each other: with a space in English, without one in Chinese."""
        return ("" if self.language == "zh" else " ").join(each for each in sentences if each)


@dataclass(frozen=True, slots=True)
class Tile:
    """One key figure; ``tone`` is "good", "bad" or empty, ``colour`` a name from the palette."""

    label: str
    value: str
    note: str = ""
    tone: str = ""
    colour: str = ""


@dataclass(frozen=True, slots=True)
class Tiles:
    """A row of key figures."""

    tiles: Sequence[Tile]
    title: str = ""
    kind: str = "tiles"


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column; ``number`` columns are set to the right."""

    text: str
    number: bool = False


@dataclass(frozen=True, slots=True)
class TableView:
    """A table; ``stack`` tables become cards on phones, the others scroll inside their frame."""

    heads: Sequence[Head]
    rows: Sequence[Sequence[str | tuple[str, str]]]  # a pair is a text with a smaller line under it
    title: str = ""
    stack: bool = True
    folded: str = ""  # the summary under which the table is folded away
    kind: str = "table"


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart, drawn for wide and for narrow pages, with its legend and the numbers behind it."""

    title: str
    wide: Markup
    narrow: Markup
    table: TableView
    legend: Sequence[tuple[str, str]] = ()  # colour, name
    notes: Sequence[str] = ()
    folded: str = ""
    kind: str = "picture"


@dataclass(frozen=True, slots=True)
class Grid:
    """Any layout with a macro of its own in the template; ``data`` is what the macro reads."""

    kind: str
    data: dict[str, Any]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence that stands where a picture would if there were data for it."""

    text: str
    title: str = ""
    code: str = ""
    kind: str = "note"


Block = Tiles | TableView | Picture | Grid | Note


@dataclass(frozen=True, slots=True)
class Section:
    """One section: what the picture means, how sure it is, the picture, what to do."""

    id: str
    title: str
    lead: str
    sure: str = ""
    blocks: Sequence[Block] = ()
    todo: Sequence[str] = field(default_factory=tuple)


def drawn(name: str, label: str, chart: Callable[[bool], dict[str, Any]]) -> tuple[Markup, Markup]:
    """Draw a chart twice, for wide pages and for phones."""
    return (
        inline_svg(chart(False), name=f"{name}-w", label=label),
        inline_svg(chart(True), name=f"{name}-n", label=label),
    )
