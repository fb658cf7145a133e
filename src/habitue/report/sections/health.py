"""What was found in the merchant's tables, what was done about it, and what further tables would make possible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from habitue.data.finding import Finding
from habitue.data.finding import Section as Part
from habitue.report.contents import ReportContents
from habitue.report.views import Block, Head, Note, Section, TableView, Tile, Tiles, Voice

__all__ = ["health"]

_FOLDED = (Part.PASSED, Part.NOT_APPLICABLE, Part.SKIPPED)
_KEYS = {
    Part.ISSUE: "issue",
    Part.NOTE: "note",
    Part.PASSED: "passed",
    Part.NOT_APPLICABLE: "not_applicable",
    Part.SKIPPED: "skipped",
}


def health(contents: ReportContents, say: Voice) -> Section:
    """List the findings by section, and the tables that are not there."""
    by = {part: [each for each in _about_data(contents) if each.section == part] for part in Part}
    blocks: list[Block] = []
    lead, sure = say("health_none"), ""
    if contents.findings:
        counts = {part: str(len(found)) for part, found in by.items()}
        lead = say("health_lead", issues=counts[Part.ISSUE], notes=counts[Part.NOTE], passed=counts[Part.PASSED])
        sure = say("health_sure")
        tones = {Part.ISSUE: "bad" if by[Part.ISSUE] else "", Part.PASSED: "good"}
        blocks.append(Tiles([Tile(say(key), counts[part], "", tones.get(part, "")) for part, key in _KEYS.items()]))
    if by[Part.ISSUE]:
        blocks.append(_table(by[Part.ISSUE], say("issue"), say))
    if by[Part.NOTE]:
        blocks.append(replace(_table(by[Part.NOTE], "", say), folded=f"{say('note')} ({len(by[Part.NOTE])})"))
    blocks.extend(_list(by[part], say(_KEYS[part]), say) for part in _FOLDED if by[part])
    if contents.missing_tables:
        blocks.append(_unlocks(contents, say))
    return Section("health", say("health"), lead, sure, blocks or [Note(say("health_none"))])


def _about_data(contents: ReportContents) -> list[Finding]:
    # Missing tables are findings too; here they have a table of their own.
    missing = {f"missing_{each.name}" for each in contents.missing_tables}
    return [each for each in contents.findings if each.name not in missing]


def _table(found: Sequence[Finding], title: str, say: Voice) -> TableView:
    rows: list[list[str | tuple[str, str]]] = [
        [_what(each, say), _count(each, say), say.of(each.done), say.of(each.do)] for each in found
    ]
    heads = [Head(say("seen")), Head(say("rows"), True), Head(say("done")), Head(say("do"))]
    return TableView(heads, rows, title)


def _what(finding: Finding, say: Voice) -> tuple[str, str]:
    place = f"{finding.table}.{finding.column}" if finding.column else finding.table
    below = f"{finding.code} {place}"
    if finding.first_value is not None and finding.first_row is not None:
        below += f" · {say('example', value=finding.first_value, row=say.numbers.count(finding.first_row))}"
    return say.of(finding.what), below


def _count(finding: Finding, say: Voice) -> str:
    if not finding.count:
        return ""
    share = f" ({say.numbers.share(finding.count / finding.out_of)})" if finding.out_of else ""
    return say.numbers.count(finding.count) + share


def _list(found: Sequence[Finding], title: str, say: Voice) -> TableView:
    rows = [[each.code, say.of(each.what)] for each in found]
    return TableView([Head(""), Head(say("seen"))], rows, folded=f"{title} ({len(found)})")


def _unlocks(contents: ReportContents, say: Voice) -> TableView:
    rows = [[each.name, say.of(each.meaning), say.of(each.unlocks)] for each in contents.missing_tables]
    heads = [Head(say("table")), Head(say("holds")), Head(say("unlocks"))]
    return TableView(heads, rows, folded=f"{say('unlock')} ({len(rows)})")
