"""`habitue run`: everything, from the tables to the report."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from habitue.cli.options import AsJson, AsOf, Language, Quiet, ShopPath
from habitue.cli.speaking import progress, say, say_json

__all__ = ["run", "run_and_report"]


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Effort:
    """How much work a run is worth."""

    thorough: Annotated[bool, Parameter(negative="", help="Try every candidate model; takes minutes longer.")] = False
    tune: Annotated[
        float | None, Parameter(help="Seconds for tuning each question's models; wants the extra tune.")
    ] = None
    anew: Annotated[
        bool, Parameter(negative="", help="Read all files and learn all models again; the results are the same.")
    ] = False


def run(
    shop: ShopPath = Path(),
    *,
    as_of: AsOf = None,
    lang: Language = None,
    report: Annotated[bool, Parameter(negative="--no-report", help="Write report.html beside shop.toml.")] = True,
    effort: Effort | None = None,
    json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Clean the tables, work out who the customers are, publish the results and write the report.

    Results become visible all at once; a run that is stopped leaves the earlier ones as they were.
    """
    from habitue.data.shop import Shop

    wanted = effort or Effort()
    with progress(quiet=quiet or json) as bars, Shop.open(shop, report=bars, anew=wanted.anew) as opened:
        _work_harder(opened, wanted)
        document = run_and_report(opened, as_of=as_of, lang=lang, report=report, anew=wanted.anew, bars=bars)
    if json:
        say_json(document)
    else:
        _print(document, lang or document["language"])
    return 0


def run_and_report(
    opened: Any,
    *,
    as_of: str | None,
    lang: Literal["en", "zh"] | None,
    report: bool,
    bars: Any,
    anew: bool = False,
) -> dict[str, Any]:
    """Run all areas, write the report, and return what is to be said about it."""
    from habitue.data.shop import as_moment
    from habitue.pipeline import run as run_areas

    summary = run_areas(opened, as_of=as_moment(as_of) if as_of else None, anew=anew, report=bars)
    written = None
    if report:
        from habitue.report import write_report

        written = write_report(opened, opened.folder / "report.html", language=lang, as_of=summary.as_of)
    ledger = opened.ledger
    issues = [each for each in opened.findings if each.section == "issue"]
    return {
        "shop": opened.settings.shop.name,
        "language": opened.settings.shop.language,
        "currency": opened.settings.shop.currency,
        "as_of": summary.as_of,
        "run": summary.run_id,
        "tables": summary.tables,
        "skipped": summary.skipped,
        "learnt_at": summary.learnt_at,
        "reused": summary.reused,
        "issues": len(issues),
        "segments": _segments(ledger, summary.as_of),
        "today": ledger.latest("today", as_of=summary.as_of).to_arrow().to_pylist(),
        "report": written,
    }


def _work_harder(opened: Any, effort: Effort) -> None:
    """Let the options of this run stand above shop.toml."""
    asked: dict[str, Any] = {"thorough": True} if effort.thorough else {}
    if effort.tune is not None:
        asked["tuning_seconds"] = effort.tune
    if asked:
        signals = opened.settings.signals.model_copy(update=asked)
        opened.settings = opened.settings.model_copy(update={"signals": signals})


def _segments(ledger: Any, as_of: Any) -> list[dict[str, Any]]:
    rows = ledger.latest("segment_profiles", as_of=as_of).to_arrow().to_pylist()
    named: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        plain = {
            "family": row["family"],
            "segment": row["segment"],
            "customers": row["customers"],
            "share": row["share"],
        }
        named.setdefault((row["family"], row["segment"]), plain)
    return list(named.values())


def _print(document: dict[str, Any], language: str) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from habitue.report import segment_name, today_title

    zh = language == "zh"
    say(f"[bold]{escape(document['shop'])}[/bold], {'截至' if zh else 'as of'} {document['as_of']:%Y-%m-%d}")
    shown = Table(show_edge=False)
    for heading in ("生命周期", "客户数", "占比") if zh else ("lifecycle stage", "customers", "share"):
        shown.add_column(heading, justify="left" if len(shown.columns) == 0 else "right")
    for row in document["segments"]:
        if row["family"] == "lifecycle":
            shown.add_row(
                segment_name(row["family"], row["segment"], language), f"{row['customers']:,}", f"{row['share']:.1%}"
            )
    Console(highlight=False).print(shown)
    if document["today"]:
        say(f"\n[bold]{'今天做什么' if zh else 'What to do today'}[/bold]")
        for row in document["today"][:5]:
            say(f" {row['rank']}. {escape(today_title(row, language, document['currency']))}")
    for area, why in document["skipped"].items():
        say(f"[yellow]{'未能回答' if zh else 'not answered'}: {escape(area)}[/yellow] {escape(why)}")
    if document["issues"]:
        words = "个数据问题，详见" if zh else "things about the data to know:"
        say(f"\n{document['issues']} {words} [bold]habitue check[/bold]")
    if document["report"]:
        say(f"[green]✓[/green] {document['report']}")
