"""Which encoding a text file is written in, told from its beginning and from pieces spread through it."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from pathlib import Path

from habitue.errors import DataError

__all__ = ["encoding_further_down", "encoding_of", "excerpts", "python_encoding", "text_of"]

_HEAD_BYTES = 2**20
_PIECE_BYTES = 2**16
_PIECES = 48
_MARKS = (  # the longer mark first: UTF-32's begins with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHINESE_SHARE = 0.6  # of the two-byte characters, in the block of everyday characters


def excerpts(path: Path) -> list[bytes]:
    """Read the beginning of a file and pieces spread evenly through the rest: at most 4 MB, whatever its size.

    Raises
    ------
    DataError
        When the file is missing, unreadable or empty.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            pieces = [file.read(_HEAD_BYTES)]
            rest = size - _HEAD_BYTES
            count = min(_PIECES, max(0, -(-rest // _PIECE_BYTES)))
            for number in range(count):
                start = _HEAD_BYTES + (rest - _PIECE_BYTES) * (number + 1) // count if count > 1 else _HEAD_BYTES
                file.seek(max(_HEAD_BYTES, start) // 4 * 4)  # a whole character of UTF-16 and UTF-32
                pieces.append(file.read(_PIECE_BYTES))
    except OSError as error:
        raise DataError(f"{path.name} cannot be read: {error.strerror}", hint="habitue check", path=path) from error
    if not pieces[0].strip(b" \t\r\n\0\xef\xbb\xbf\xff\xfe"):
        raise DataError(
            f"{path.name} is empty",
            expected="a first line with the names of the columns, then one line per row",
            hint="export the file again",
            path=path,
        )
    return pieces


def encoding_of(pieces: list[bytes]) -> str:
    """Name the encoding of a file from its `excerpts`, as Python calls it.

    Examples
    --------
    >>> encoding_of(["订单号,客户,金额".encode("gb18030")])
    'gb18030'
    >>> encoding_of(["numéro,prix".encode("cp1252")])
    'cp1252'
    """
    head = pieces[0]
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if b"\0" in head[:4096] and (wide := _wide(head[:4096])):
        return wide
    broken = [piece for number, piece in enumerate(pieces) if not _is_utf8(piece, first=number == 0)]
    return _legacy(pieces) if broken and _is_foreign(broken) else "utf-8"


def _wide(head: bytes) -> str:
    """Tell UTF-16 without a mark from stray zero bytes: in Western text every second byte is zero."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if odd > 0.3 * half and odd > 10 * even:
        return "utf-16-le"
    return "utf-16-be" if even > 0.3 * half and even > 10 * odd else ""


def _is_utf8(piece: bytes, *, first: bool) -> bool:
    """Allow for characters cut at either end of a piece."""
    start = 0 if first else next((at for at in range(min(4, len(piece))) if piece[at] & 0xC0 != 0x80), 0)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(piece[start:], final=False)
    except UnicodeDecodeError:
        return False
    return True


def _legacy(pieces: list[bytes]) -> str:
    """Choose between the Chinese double-byte encodings and Western single bytes."""
    pairs: Counter[bytes] = Counter()
    for piece in pieces:
        pairs.update(_PAIR.findall(piece))
    common = {name: sum(n for pair, n in pairs.items() if test(*pair)) for name, test in _EVERYDAY.items()}
    for name in sorted(common, key=common.__getitem__, reverse=True):
        if common[name] > _CHINESE_SHARE * pairs.total() and _fits(pieces, name):
            return name
    both_high = sum(n for pair, n in pairs.items() if pair[1] >= 0x81)
    if both_high > 0.9 * pairs.total() and _fits(pieces, "gb18030"):
        return "gb18030"  # rarer characters; accented Western letters seldom stand side by side
    undefined = {0x81, 0x8D, 0x8F, 0x90, 0x9D}
    return "latin-1" if any(undefined & set(piece) for piece in pieces) else "cp1252"


def _fits(pieces: list[bytes], encoding: str) -> bool:
    """Say whether all pieces can be decoded; each may be cut inside a character at both ends."""
    return sum(piece.decode(encoding, errors="replace").count("\ufffd") for piece in pieces) < 2 * len(pieces)


def _is_simplified(lead: int, trail: int) -> bool:
    return (0xA1 <= lead <= 0xA3 or 0xB0 <= lead <= 0xD7) and trail >= 0xA1


def _is_traditional(lead: int, trail: int) -> bool:
    return 0xA1 <= lead <= 0xC6 and (0x40 <= trail <= 0x7E or trail >= 0xA1)


_PAIR = re.compile(rb"[\x80-\xff][\x00-\xff]", re.DOTALL)
_EVERYDAY = {"gb18030": _is_simplified, "big5": _is_traditional}


def text_of(pieces: list[bytes], encoding: str) -> list[str]:
    """Decode `excerpts`; the pieces after the first begin and end in the middle of something."""
    texts = [codecs.getincrementaldecoder(encoding)(errors="replace").decode(pieces[0])]
    later = {"utf-16": _by_mark(pieces[0]), "utf-8-sig": "utf-8"}.get(encoding, encoding)
    texts += [piece.decode(later, errors="replace") for piece in pieces[1:]]
    return [text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n") for text in texts]


def _by_mark(head: bytes) -> str:
    return "utf-16-be" if head.startswith(codecs.BOM_UTF16_BE) else "utf-16-le"


def python_encoding(name: str) -> str:
    """Return Python's name for an encoding out of shop.toml; GBK and GB 2312 are read by their superset.

    Raises
    ------
    LookupError
        When Python does not know it.
    """
    found = codecs.lookup(name).name
    return "gb18030" if found in {"gbk", "gb2312", "hz"} else found


def encoding_further_down(path: Path) -> str:
    """Look through a whole file for a part that is not UTF-8; tell a foreign encoding from a few broken characters."""
    sound = 0
    with path.open("rb") as file:
        while lines := file.readlines(_HEAD_BYTES):
            broken = [line for line in lines if not _is_utf8(line, first=True)]
            if broken:
                return _legacy(broken) if _is_foreign(lines, sound) else "utf-8"
            sound += sum(
                sign > "\x7f" for line in lines if not line.isascii() for sign in line.decode(errors="replace")
            )
    return "utf-8"


def _is_foreign(pieces: list[bytes], sound_before: int = 0) -> bool:
    """Tell another encoding from UTF-8 in which a few characters were cut: there, most of them are sound."""
    text = b"".join(pieces).decode("utf-8", errors="replace")
    lost = text.count("\ufffd")
    return 2 * lost > sound_before + sum(sign > "\x7f" for sign in text)
