"""Every finding about order lines: its code, its words in two languages, and the setting that switches it.

``docs/findings.md`` is printed from here: ``python -m habitue.data.finding_catalogue > docs/findings.md``.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

from habitue.data.checks import missing_tables
from habitue.data.finding import Finding, Section, Severity
from habitue.data.finding_words import WORDS, FindingWords
from habitue.data.reading_catalogue import READING
from habitue.schema import Words

__all__ = ["CATALOGUE", "CatalogueEntry", "catalogue_page"]


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One kind of finding: what it is called, what is done about it, what the merchant can do.

    Parameters
    ----------
    code, name : str
        Stable; see `Finding`.
    section, severity
        Where it is printed when something is found.
    column : str
        The column it is about; may be empty.
    shows : str
        The column whose value is printed as the first one; default: ``column``.
    switch : str
        The key under ``[repairs]`` in shop.toml that turns the repair off.
    yes_no : bool
        The title is a statement that holds or does not, not something that is counted.
    """

    code: str
    name: str
    section: Section
    severity: Severity
    column: str = ""
    shows: str = ""
    switch: str = ""
    yes_no: bool = False

    @property
    def words(self) -> FindingWords:
        """The texts of this finding."""
        return WORDS[self.code]

    @property
    def shown_column(self) -> str:
        """The column whose first value is printed."""
        return self.shows or self.column

    def found(self, count: int, out_of: int, *, kept: bool | None = False, **facts: Any) -> Finding:
        """Return the finding for what was counted; *passed* when nothing was.

        Parameters
        ----------
        count, out_of : int
            What was found, and among how many.
        kept : bool or None
            Whether the repair is switched off; ``None`` when the switch does not matter here.
        **facts
            What the texts name in braces; ``first_row``, ``first_value`` and ``source`` go to the finding itself.
        """
        if not count:
            tail = Words(": no", "：否") if self.yes_no else Words(": none found", "：未发现")
            return self._silent(Section.PASSED, tail, out_of=out_of)
        place = {key: facts.pop(key) for key in ("first_row", "first_value", "source") if key in facts}
        facts |= {"count": count, "out_of": out_of}
        return Finding(
            self.code,
            self.name,
            self.section,
            self.severity,
            "order_lines",
            _filled(self.words.what, facts),
            column=self.column,
            count=count,
            out_of=out_of,
            done=_filled(self._deed(kept=kept), facts),
            do=_filled(self._advice(kept=kept), facts),
            **place,
        )

    def not_applicable(self, column: str) -> Finding:
        """Return the finding that says the shop has no such column."""
        tail = Words(f": not applicable, the order lines have no {column}", f"：不适用，订单明细没有 {column} 列")
        return self._silent(Section.NOT_APPLICABLE, tail)

    def skipped(self, reason: Words) -> Finding:
        """Return the finding that says this could not be looked at, and why."""
        return self._silent(Section.SKIPPED, Words(f": not looked at, {reason.en}", f"：未检查，{reason.zh}"))

    def _silent(self, section: Section, tail: Words, *, out_of: int = 0) -> Finding:
        title = self.words.title
        what = Words(title.en + tail.en, title.zh + tail.zh)
        return Finding(
            self.code, self.name, section, Severity.INFO, "order_lines", what, column=self.column, out_of=out_of
        )

    def _deed(self, *, kept: bool | None) -> Words:
        if not self.switch or kept is None:
            return self.words.done
        return _joined(self.words.done, _KEPT if kept else self.words.switched)

    def _advice(self, *, kept: bool | None) -> Words:
        if not self.switch or kept is None:
            return self.words.do
        line = f'{self.switch} = "{"set_aside" if kept else "keep"}"'
        switch = Words(
            f"To {'set them aside' if kept else 'count them'} write {line} under [repairs] in shop.toml.",
            f"如需{'剔除' if kept else '计入'}，请在 shop.toml 的 [repairs] 下写 {line}。",
        )
        return _joined(self.words.do, switch)


_KEPT = Words("Kept and counted, as shop.toml says.", "按 shop.toml 的设置保留并计入。")


def _joined(first: Words, second: Words) -> Words:
    return Words(f"{first.en} {second.en}".strip(), first.zh + second.zh)


def _filled(words: Words, facts: dict[str, Any]) -> Words:
    return Words(words.en.format_map(facts), words.zh.format_map(facts))


_ISSUE, _NOTE = Section.ISSUE, Section.NOTE
_ERROR, _WARNING, _INFO = Severity.ERROR, Severity.WARNING, Severity.INFO

#: Code → entry, in the order in which ``habitue check`` speaks of them.
CATALOGUE: dict[str, CatalogueEntry] = {
    entry.code: entry
    for entry in (
        CatalogueEntry("D101", "duplicates", _ISSUE, _WARNING, shows="order_id", switch="duplicates"),
        CatalogueEntry("D102", "cancellations", _ISSUE, _INFO, "order_id", switch="cancelled_orders"),
        CatalogueEntry("D103", "returns", _ISSUE, _INFO, "quantity"),
        CatalogueEntry("D104", "no_customer", _ISSUE, _WARNING, "customer_id", shows="order_id"),
        CatalogueEntry("D105", "bad_price", _ISSUE, _WARNING, "unit_price"),
        CatalogueEntry("D106", "bad_quantity", _ISSUE, _WARNING, "quantity"),
        CatalogueEntry("D107", "fee_codes", _ISSUE, _INFO, "product_id"),
        CatalogueEntry("D108", "test_orders", _ISSUE, _INFO, shows="order_id", switch="test_orders"),
        CatalogueEntry("D109", "wholesale", _NOTE, _INFO, "quantity"),
        CatalogueEntry("D110", "future_dates", _ISSUE, _WARNING, "ordered_at", switch="future_dates"),
        CatalogueEntry("D111", "currencies", _ISSUE, _WARNING, "currency", switch="other_currencies"),
        CatalogueEntry("D112", "letter_case", _NOTE, _INFO, "product_id"),
        CatalogueEntry("D113", "many_titles", _NOTE, _INFO, "product_title", shows="product_id"),
        CatalogueEntry("D115", "no_description", _ISSUE, _INFO, "product_title", shows="product_id"),
        CatalogueEntry("D116", "duplicate_ids", _ISSUE, _WARNING, "order_id"),
        CatalogueEntry("D117", "old_dates", _ISSUE, _WARNING, "ordered_at"),
        CatalogueEntry("D118", "one_order_each", _NOTE, _WARNING, "customer_id", yes_no=True),
        CatalogueEntry("D119", "all_returns", _ISSUE, _ERROR, "quantity", yes_no=True),
        CatalogueEntry("D120", "left_censored", _NOTE, _INFO, "ordered_at", yes_no=True),
        CatalogueEntry("D121", "gaps", _NOTE, _INFO, "ordered_at"),
        CatalogueEntry("D122", "one_customer", _NOTE, _WARNING, "customer_id", yes_no=True),
    )
}


class _Blank(str):
    """Stands for a number in the printed catalogue, whatever its format."""

    __slots__ = ()

    def __format__(self, _: str) -> str:
        return "…"


class _Blanks(dict[str, Any]):
    def __missing__(self, key: str) -> _Blank:
        return _Blank(key)


def catalogue_page() -> str:
    """Return ``docs/findings.md``: every finding with what it means, what is done and what to do."""
    parts = [_HEAD, *(_entry_text(entry) for entry in CATALOGUE.values()), _missing_tables_text(), _reading_text()]
    return "\n".join(parts)


_HEAD = """# Findings

What `habitue check` can say about order lines. Codes and names never change their meaning. Repairs only mark rows:
nothing is deleted, and a repair that is switched off in `shop.toml` brings its rows back. This page is printed from
the code: `python -m habitue.data.finding_catalogue > docs/findings.md`.
"""


def _entry_text(entry: CatalogueEntry) -> str:
    words = entry.words
    place = f" · `{entry.column}`" if entry.column else ""
    switch = f" · switch `{entry.switch}` under `[repairs]`" if entry.switch else ""
    what = Words(f"{words.what.en}.", f"{words.what.zh}。")
    texts = [_filled(part, _Blanks()) for part in (what, words.done, words.switched, words.do)]
    english, chinese = " ".join(part.en for part in texts if part.en), "".join(part.zh for part in texts)
    head = f"## {entry.code} `{entry.name}`\n\n{entry.section} · {entry.severity}{place}{switch}"
    return f"{head}\n\n{english}\n\n{chinese}\n"


def _missing_tables_text() -> str:
    rows = [f"| {each.code} | `{each.name}` | {each.what.en} | {each.what.zh} |" for each in missing_tables(())]
    head = [
        "## D200 to D221: tables that are not there",
        "",
        "| code | name | in English | 中文 |",
        "|---|---|---|---|",
    ]
    return "\n".join([*head, *rows, ""])


def _reading_text() -> str:
    rows = [f"| {code} | `{name}` | {what.en} | {what.zh} |" for code, name, what in READING]
    head = ["## D000 to D018, D701 to D707: reading", "", "| code | name | in English | 中文 |", "|---|---|---|---|"]
    return "\n".join([*head, *rows, ""])


if __name__ == "__main__":
    sys.stdout.write(catalogue_page())
