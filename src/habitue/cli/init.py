"""`habitue init`: look at an export, guess its columns, write shop.toml."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from habitue.cli.options import AsJson
from habitue.cli.speaking import say, say_json

__all__ = ["init"]


def init(
    *files: str,
    folder: Annotated[Path, Parameter(name=["--folder", "-f"], help="Where shop.toml is written.")] = Path(),
    name: Annotated[str | None, Parameter(help="The shop's name.")] = None,
    table: Annotated[str | None, Parameter(help="The table the file holds, where the guess is wrong.")] = None,
    force: Annotated[bool, Parameter(negative="", help="Write over an existing shop.toml.")] = False,
    json: AsJson = False,
) -> int:
    """Look at your export, guess what its columns are, and write shop.toml.

    Parameters
    ----------
    files
        Files (CSV, Parquet, JSON lines), globs, or a database: postgresql://user@host/database.
    """
    from habitue.data.initialise import initialise
    from habitue.errors import ConfigError

    if not files:
        raise ConfigError("Which file? Nothing was named", hint="habitue init YOUR_EXPORT.csv")
    result = initialise(list(files), folder, name=name, force=force, table=table)
    if json:
        say_json({"settings": result.path, "columns": result.rows()})
        return 0
    _print(result.rows())
    say(f"\n[green]✓[/green] {result.path}")
    say("  Next: [bold]habitue run[/bold]" + (f" --shop {folder}" if folder != Path() else ""))
    return 0


def _print(rows: list[dict[str, object]]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    for source in dict.fromkeys(str(row["source"]) for row in rows):
        members = [row for row in rows if str(row["source"]) == source]
        shown = Table(title=escape(f"{source} → {members[0]['table']}"), title_justify="left", show_edge=False)
        for heading in ("your column", "is", "sure", "because"):
            shown.add_column(heading, overflow="fold")
        for row in members:
            sure = row["confidence"]
            warning = f"\n[yellow]! {escape(str(row['warning']))}[/yellow]" if row.get("warning") else ""
            shown.add_row(
                escape(str(row["header"])),
                escape(str(row["column"])) if row["column"] else "[dim]not used[/dim]",
                f"{sure:.0%}" if isinstance(sure, float) and row["column"] else "",
                escape(str(row["evidence"])) + warning,
            )
        Console(highlight=False).print(shown)
