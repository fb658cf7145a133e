"""How many columns of strangers' exports ``habitue init`` maps right, and whether it is ever silently wrong."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from bench.headers import HEADER_STYLES, HeaderStyle
from bench.headers.styles_after import STYLES_AFTER
from habitue.data.mapping import TableGuess, guess
from habitue.data.sources.sniff import sample

__all__ = ["EVERY", "HeaderScore", "StyleScore", "measure_headers"]


@dataclass(frozen=True, slots=True)
class StyleScore:
    """One style: columns that mean something, how many were mapped right, and what went wrong.

    ``wrong`` and ``silent`` have one text per header: what it means and what it was taken for. ``silent`` are those
    without a warning, among them headers that were left out although they mean something.
    """

    name: str
    language: str
    before_code: bool
    table_right: bool
    columns: int
    right: int
    warned: int
    headers: int
    wrong: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()  # encoding, delimiter, decimal sign or date order read wrongly


@dataclass(frozen=True, slots=True)
class HeaderScore:
    """All styles together.

    ``columns`` counts the headers that mean something in our schema; ``wrong_without_warning`` counts every header,
    also one that means nothing and was mapped all the same.
    """

    per_style: tuple[StyleScore, ...] = field(default=())

    @property
    def columns(self) -> int:
        """Columns that mean something."""
        return sum(each.columns for each in self.per_style)

    @property
    def right(self) -> int:
        """Columns mapped right."""
        return sum(each.right for each in self.per_style)

    @property
    def share(self) -> float:
        """Share of the columns that were mapped right."""
        return self.right / max(self.columns, 1)

    @property
    def wrong_without_warning(self) -> int:
        """Wrong guesses that say nothing of being doubtful."""
        return sum(len(each.silent) for each in self.per_style)

    @property
    def warned_share(self) -> float:
        """Share of all headers that carry a warning: a guesser that doubts everything is of no use."""
        return sum(each.warned for each in self.per_style) / max(sum(each.headers for each in self.per_style), 1)


#: Every style once, those before the code and those after it.
EVERY = tuple({style.name: style for style in (*HEADER_STYLES, *STYLES_AFTER)}.values())


def measure_headers(styles: Iterable[HeaderStyle] = EVERY) -> HeaderScore:
    """Write each style to a file, look at it as ``habitue init`` does, and compare with the truth."""
    with tempfile.TemporaryDirectory() as folder:
        # The file's name must not give anything away.
        return HeaderScore(tuple(_measure(style, Path(folder) / f"export{style.suffix}") for style in styles))


def _measure(style: HeaderStyle, path: Path) -> StyleScore:
    path.write_bytes(style.build())
    looked = sample(path)
    found = guess(looked)
    table_right = found.table == style.table
    # A wrong table has a warning of its own; without it every column of it is silently wrong.
    table_said = not table_right and any("may be" in words.en or "none of" in words.en for words in found.warnings)
    right = columns = 0
    wrong, silent = [], []
    # Sources tidy their headers (blanks, line breaks), so they are paired by place.
    for (header, truth), each in zip(style.truth.items(), found.columns, strict=True):
        good = style.is_right(header, each.column) and (table_right or each.column is None)
        if truth is not None and not (isinstance(truth, tuple) and None in truth):
            columns += 1
            right += good
        if not good:
            text = f"{header!r} means {truth}, taken for {each.column}"
            wrong.append(text)
            if each.warning is None and not table_said:
                silent.append(text)
    return StyleScore(
        style.name, style.language, style.before_code, table_right, columns, right,
        sum(each.warning is not None for each in found.columns), len(found.columns),
        tuple(wrong), tuple(silent), tuple(_facts(style, looked.sniffed, found)),
    )  # fmt: skip


def _facts(style: HeaderStyle, sniffed: object, found: TableGuess) -> Iterable[str]:
    """Name what was read wrongly about how the file is written."""
    for name in ("delimiter", "decimal"):
        expected = getattr(style, name)
        got = getattr(sniffed, name, None)
        if sniffed is not None and expected is not None and got != expected:
            yield f"{name}: {got!r}, not {expected!r}"
    order = _order_taken(found)
    if style.expected_dates in ("day_first", "month_first") and order != style.expected_dates:
        yield f"dates: {order}, not {style.expected_dates}"


def _order_taken(found: TableGuess) -> str:
    names = [name for name in found.dates if name in ("ordered_at", "happened_at", "day")] or list(found.dates)
    patterns = found.dates[names[0]] if names else []
    pattern = next((each for each in patterns if "%m" in each and "%d" in each and not each.startswith("%Y")), "")
    if not pattern:
        return "iso"
    return "day_first" if pattern.index("%d") < pattern.index("%m") else "month_first"


def _print(score: HeaderScore) -> None:
    for each in score.per_style:
        marks = [f"{each.right}/{each.columns}", "" if each.table_right else "WRONG TABLE", *each.facts]
        print(each.name, *filter(None, marks))
        for text in each.wrong:
            print("    silent" if text in each.silent else "    warned", text)
    print(f"{score.right}/{score.columns} = {score.share:.4f}; wrong without a warning: {score.wrong_without_warning}")
    print(f"headers with a warning: {score.warned_share:.3f}")


if __name__ == "__main__":
    _print(measure_headers())
