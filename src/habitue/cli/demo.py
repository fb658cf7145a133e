"""`habitue demo`: a simulated shop, from its export to its report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from habitue.cli.options import AsJson, Quiet
from habitue.cli.speaking import progress, say, say_json

__all__ = ["demo"]


def demo(
    folder: Annotated[Path, Parameter(name=["--folder", "-f"], help="Where the demo shop is put.")] = Path("demo"),
    *,
    customers: Annotated[int, Parameter(help="How many customers the simulated shop has.")] = 2_000,
    seed: Annotated[int, Parameter(help="Same seed, same shop.")] = 7,
    lang: Annotated[Literal["en", "zh"], Parameter(name=["--lang", "-l"], help="Language.")] = "en",
    json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Simulate a shop with an untidy export, then do what you would do: init, check, run, report."""
    from habitue.cli.check import print_findings
    from habitue.cli.run import _print, run_and_report
    from habitue.data.initialise import initialise
    from habitue.data.shop import Shop
    from habitue.data.simulate import simulate, write

    out_loud = not json
    with progress(quiet=quiet or json) as bars:
        if bars:
            bars("simulate", 0, 1)
        shop = simulate(customers=customers, seed=seed, language=lang, dirt=0.01)
        files = write(shop, folder / "export", flat=False)
        if bars:
            bars("simulate", 1, 1)
        result = initialise([str(path) for path in files], folder, name="Habitue demo", force=True)
        with Shop.open(folder, report=bars) as opened:
            document = run_and_report(opened, as_of=None, lang=lang, report=True, bars=bars)
            findings = opened.findings
    if json:
        say_json(document | {"files": files, "settings": result.path})
        return 0
    if out_loud:
        say(f"[dim]seed {seed}, {len(files)} files in {folder / 'export'}, mapping in {result.path}[/dim]")
        print_findings([each for each in findings if each.section == "issue"], lang)
        say()
        _print(document, lang)
        say(f"  Next: [bold]habitue check --shop {folder}[/bold], [bold]habitue customer ID --shop {folder}[/bold]")
    return 0
