"""`habitue report`: one HTML file to forward."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from habitue.cli.options import AsJson, AsOf, Language, Quiet, ShopPath
from habitue.cli.speaking import progress, say, say_json

__all__ = ["report"]


def report(
    shop: ShopPath = Path(),
    *,
    out: Annotated[Path | None, Parameter(name=["--out", "-o"], help="File to write; default: report.html.")] = None,
    as_of: AsOf = None,
    lang: Language = None,
    json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Write the published results as one HTML file that opens anywhere, in English or Chinese."""
    from habitue.data.shop import Shop, as_moment
    from habitue.report import write_report

    with progress(quiet=quiet or json) as bars, Shop.open(shop, report=bars) as opened:
        target = out or opened.folder / "report.html"
        written = write_report(opened, target, language=lang, as_of=as_moment(as_of) if as_of else None)
    if json:
        say_json({"report": written, "bytes": written.stat().st_size})
    else:
        say(f"[green]✓[/green] {written}")
    return 0
