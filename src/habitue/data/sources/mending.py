"""Rewrite a damaged or foreign text file as clean UTF-8, in bounded memory, without losing a line.

Only files that need it come here: other encodings, zero bytes, quotes that are never closed. A line that cannot be
mended is replaced by one that has too many fields, so that it keeps its place and is handed back with the others.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from habitue.engine.delimited import TextLayout

__all__ = ["MARK", "Mended", "has_blank_lines", "looks_damaged", "rewrite"]

MARK = "\ue000habitue\ue000"  # private-use characters: in no shop's data
_CHUNK = 4 * 2**20
_LONGEST_RECORD = 64 * 2**20  # characters in which an open quote must be closed
_KEPT_TEXTS = 100_000
_KEPT_SIGNS = 10_000
_BLANK = re.compile(r"^ *\n", re.MULTILINE)


@dataclass(slots=True)
class Mended:
    """What was mended: characters that could not be read, and the text of lines that were taken out, in order."""

    replaced: int = 0
    lines: list[str] = field(default_factory=list)


def looks_damaged(path: Path, quote: str) -> bool:
    """Say whether a file has zero bytes or an odd number of quotes: one of them is then not closed."""
    sign = quote.encode()
    count = 0
    with path.open("rb") as file:
        while block := file.read(_CHUNK):
            if b"\0" in block:
                return True
            count += block.count(sign) if sign else 0
    return count % 2 == 1


def has_blank_lines(path: Path) -> bool:
    """Say whether a file may have lines without anything in them."""
    edge = b""
    with path.open("rb") as file:
        while block := file.read(_CHUNK):
            joined = edge + block
            if b"\n\n" in joined or b"\n\r\n" in joined or b"\r\r" in joined:
                return True
            edge = joined[-2:]
    return False


def rewrite(path: Path, target: Path, encoding: str, layout: TextLayout) -> Mended:
    """Write a file anew as UTF-8 with plain line ends, without blank lines and without open quotes."""
    mended = Mended()
    with target.open("w", encoding="utf-8", newline="") as file:
        for block in _records(_decoded(path, encoding, mended), layout, mended):
            file.write(block)
    return mended


def _decoded(path: Path, encoding: str, mended: Mended) -> Iterator[str]:
    """Decode piece by piece; line ends become plain, zero bytes and the byte-order mark go."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    held = ""
    with path.open("rb") as file:
        while True:
            block = file.read(_CHUNK)
            text = decoder.decode(block, final=not block)
            mended.replaced += text.count("\ufffd")
            text = held + text
            held = "\r" if block and text.endswith("\r") else ""
            text = text[: len(text) - len(held)]
            yield text.replace("\0", "").replace("\ufeff", "").replace("\r\n", "\n").replace("\r", "\n")
            if not block:
                return


def _records(chunks: Iterator[str], layout: TextLayout, mended: Mended) -> Iterator[str]:
    """Pass whole records on; take out lines with quotes that do not fit."""
    whole, opened = _patterns(layout)
    waiting, at, more = "", 0, True
    while more or at < len(waiting):
        if more:
            chunk = next(chunks, None)
            more = chunk is not None
            waiting, at = waiting[at:] + (chunk or ""), 0
            if not more and waiting and not waiting.endswith("\n"):
                waiting += "\n"
        while at < len(waiting):
            plain = _plain_end(waiting, at, layout.quote)
            if plain > at:
                yield _BLANK.sub("", waiting[at:plain])
                at = plain
                continue
            match = whole.match(waiting, at)
            if match and _fits(match[0], layout):
                yield match[0]
                at = match.end()
                continue
            if more and len(waiting) - at < _LONGEST_RECORD and ("\n" not in waiting[at:] or opened.match(waiting, at)):
                break  # the rest may be in the next piece
            end = waiting.find("\n", at) + 1
            if not end:
                break
            yield _set_apart(waiting[at : end - 1], layout, mended)
            at = end


def _plain_end(text: str, start: int, quote: str) -> int:
    """Return where the lines without any quote end."""
    quoted = text.find(quote, start) if quote else -1
    return text.rfind("\n", start, quoted if quoted >= 0 else len(text)) + 1


def _patterns(layout: TextLayout) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return the patterns of a whole record with its line end, and of one whose last quote is still open."""
    quote, delimiter = re.escape(layout.quote or "\ue001"), re.escape(layout.delimiter)
    inner = rf"(?:[^{quote}]++|{quote}{quote})*+"
    if layout.escape != layout.quote:
        inner = rf"(?:[^{quote}\\]++|\\.|{quote}{quote})*+"
    cell = rf"(?:[ ]*+{quote}{inner}{quote}[ ]*+|(?![ ]*+{quote})[^{delimiter}\n]*+)"
    return (
        re.compile(rf"{cell}(?:{delimiter}{cell})*+\n", re.DOTALL),
        re.compile(rf"(?:{cell}{delimiter})*+[ ]*+{quote}{inner}\Z", re.DOTALL),
    )


def _fits(record: str, layout: TextLayout) -> bool:
    """Hold a record that goes over several lines to the number of columns: else its quote opened by mistake."""
    if record.count("\n") == 1:
        return True
    inner = re.escape(layout.quote)
    bare = re.sub(rf"{inner}(?:[^{inner}]|{inner}{inner})*{inner}", "", record)
    return bare.count(layout.delimiter) + 1 == len(layout.columns)


def _set_apart(line: str, layout: TextLayout, mended: Mended) -> str:
    if not line.strip():
        return ""
    mended.lines.append(line[:_KEPT_SIGNS] if len(mended.lines) < _KEPT_TEXTS else "")
    return f"{layout.delimiter * len(layout.columns)}{MARK}{len(mended.lines) - 1}\n"
