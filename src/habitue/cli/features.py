"""`habitue features`: what can be said about a customer."""

from __future__ import annotations

from typing import Literal

from habitue.cli.options import AsJson
from habitue.cli.speaking import say_json

__all__ = ["features"]


def features(*, lang: Literal["en", "zh"] = "en", json: AsJson = False) -> int:
    """List every figure that can be computed for a customer, with its meaning."""
    from habitue.features import CATALOGUE
    from habitue.features.document import formula

    rows = [
        {"name": each.name, "unit": each.unit, "meaning": each.meaning[lang], "formula": formula(each)}
        for each in CATALOGUE.values()
    ]
    if json:
        say_json(rows)
        return 0
    from rich.console import Console
    from rich.table import Table

    shown = Table(show_edge=False)
    for heading in ("name", "unit", "meaning", "formula"):
        shown.add_column(heading, overflow="fold")
    for row in rows:
        shown.add_row(*row.values())
    Console(highlight=False).print(shown)
    return 0
