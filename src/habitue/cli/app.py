"""The commands, and how they end: exit codes and errors in words or as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from importlib.metadata import version

from cyclopts import App
from cyclopts.exceptions import CycloptsError

from habitue.errors import HabitueError

__all__ = ["app", "main"]

USAGE_EXIT = 2
INTERRUPT_EXIT = 130

_HELP = """A shop's own tables turned into decisions.

Two commands: habitue init export.csv looks at your export and writes shop.toml; habitue run cleans the tables, works
out who the customers are and writes report.html. habitue demo shows it on a simulated shop.

Exit codes: 0 done, 1 failed, 2 usage or settings, 3 data, 4 not enough data, 5 database, 6 results, 7 missing part.
"""

app = App(name="habitue", help=_HELP, version=lambda: version("habitue"), help_format="plaintext")
_COMMANDS = {
    "demo": "Simulate a shop with an untidy export, and show everything on it.",
    "init": "Look at your export, guess what its columns are, and write shop.toml.",
    "check": "Say what is in your tables, what was wrong with them and what was done about it.",
    "run": "Clean the tables, work out who the customers are, write the report.",
    "report": "Write the published results as one HTML file, in English or Chinese.",
    "customer": "Show one customer: figures, segments, what to expect of them and why, last purchases.",
    "recommend": "Recommend products to a customer, to an anonymous visit, or to the whole base.",
    "segments": "List, show, try out, save and hand over segments; see how customers move between them.",
    "models": "List the models behind the forecasts, or show one whole model card.",
    "features": "List every figure that can be computed for a customer.",
}
app.command(
    "habitue.cli.recommend:similar",
    name="similar",
    help="Show products like one product, or what is bought with it.",
)
for _name, _help in _COMMANDS.items():
    app.command(f"habitue.cli.{_name}:{_name}", name=_name, help=_help)


def main(tokens: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(call(sys.argv[1:] if tokens is None else list(tokens)))


def call(tokens: list[str]) -> int:
    """Run one command; return its exit code.

    Codes: 0 done, 2 usage or settings, 3 data, 4 not enough data, 5 database, 6 results folder, 7 missing part.
    """
    try:
        result = app(tokens, exit_on_error=False, print_error=True, result_action="return_value")
    except CycloptsError:
        return USAGE_EXIT
    except HabitueError as error:
        _say(error, as_json="--json" in tokens)
        return error.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped. Earlier results are as they were.\n")
        return INTERRUPT_EXIT
    return result if isinstance(result, int) else 0


def _say(error: HabitueError, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(error.as_dict(), ensure_ascii=False) + "\n")
    else:
        sys.stderr.write(f"{error}\n")
