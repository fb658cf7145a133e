"""`habitue check`: what is in the tables and what was wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from habitue.cli.options import AsJson, Language, Quiet, ShopPath
from habitue.cli.speaking import progress, say, say_json

if TYPE_CHECKING:
    from habitue.data.finding import Finding

__all__ = ["check", "print_findings"]

_TITLES = {
    "issue": ("What was found", "发现的问题"),
    "note": ("Good to know", "说明"),
    "passed": ("Passed", "已通过"),
    "not applicable": ("Not applicable: the tables do not have it", "不适用：数据中没有"),
    "skipped": ("Skipped: could not be looked at", "已跳过：无法检查"),
}
_MARKS = {"error": "[red]✗[/red]", "warning": "[yellow]![/yellow]", "info": "[cyan]·[/cyan]"}


def check(
    shop: ShopPath = Path(),
    *,
    show: Annotated[str | None, Parameter(help="Only this finding, by code (D101) or name (duplicates).")] = None,
    lang: Language = None,
    json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Say what is in your tables, what was wrong with them and what was done about it.

    Nothing is changed in your files. Rows that do not count are marked; unreadable ones go to a quarantine file.
    """
    from habitue.data.shop import Shop

    with progress(quiet=quiet or json) as report, Shop.open(shop, report=report) as opened:
        findings = opened.findings if show is None else _chosen(opened.findings, show)
        language = lang or opened.settings.shop.language
        if json:
            say_json({"findings": [each.as_dict() for each in findings], "quarantine": opened.loaded.quarantine})
            return 0
        print_findings(findings, language, every=show is not None)
        if show is None and opened.loaded.quarantine:
            say()
            for path in opened.loaded.quarantine:
                say(f"{'隔离文件' if language == 'zh' else 'Quarantine'}: {path}")
    return 0


def _chosen(findings: list[Finding], show: str) -> list[Finding]:
    from habitue.errors import ConfigError, did_you_mean

    chosen = [each for each in findings if show.lower() in (each.code.lower(), each.name.lower())]
    if not chosen:
        known = sorted({each.name for each in findings} | {each.code for each in findings})
        raise ConfigError(f"There is no finding {show!r}.{did_you_mean(show, known)}", hint="habitue check")
    return chosen


def print_findings(findings: list[Finding], language: str, *, every: bool = False) -> None:
    """Print findings for people: issues and notes in full, the rest as a list of names."""
    for section, titles in _TITLES.items():
        members = [each for each in findings if each.section == section]
        if not members:
            continue
        say(f"\n[bold]{titles[1] if language == 'zh' else titles[0]}[/bold] ({len(members)})")
        if section in ("issue", "note") or every:
            for each in members:
                _print_one(each, language)
        else:
            say("  " + ", ".join(sorted({each.name for each in members})))


def _print_one(each: Finding, language: str) -> None:
    from rich.markup import escape

    place = ".".join(part for part in (each.table, each.column) if part)
    head = f" {_MARKS[each.severity]} [bold]{each.code}[/bold] {escape(place)}: {escape(each.what[language])}"
    say(head + _first(each, language))
    for text, word in ((each.done, ("done", "已处理")), (each.do, ("to do", "建议"))):
        if text[language]:
            say(f"     [dim]{word[language == 'zh']}:[/dim] {escape(text[language])}")


def _first(each: Finding, language: str) -> str:
    from rich.markup import escape

    if each.first_row is None:
        return ""
    value = f" {each.first_value!r}" if each.first_value is not None else ""
    row = f"first: row {each.first_row}" if language == "en" else f"首见：第 {each.first_row} 行"
    return escape(f" ({row}{value})")
