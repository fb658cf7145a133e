"""Walk through a sentence: words, names, numbers, dates and quoted text, with errors that point at the place."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, NoReturn

from habitue.errors import ConfigError
from habitue.schema import Words

__all__ = ["Scanner", "quoted", "written_number"]

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)?")
_NAME = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)?", re.ASCII)
_SPACE = re.compile(r"\s*")
_QUOTES = {"'": "'", '"': '"', "“": "”", "‘": "’", "「": "」"}
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_UNFIT = Words("{found} does not fit here", "此处不应为 {found}")
_PLACE = Words("At character {place}: {what}", "第 {place} 个字符处：{what}")
_SHOWN = 24


def quoted(text: str, language: str) -> str:
    """Put a text into quotes so that the scanner reads it back letter by letter."""
    first, last = ("“", "”") if language == "zh" else ("'", "'")
    safe = text.replace("\\", "\\\\").replace(last, f"\\{last}")
    return first + _CONTROL.sub(_escape, safe) + last


def _escape(mark: re.Match[str]) -> str:
    short = {letter: code for code, letter in _ESCAPES.items()}
    return f"\\{short[mark[0]]}" if mark[0] in short else f"\\u{{{ord(mark[0]):x}}}"


def written_number(value: float) -> str:
    """Write a number so that it reads back as the same one."""
    return repr(int(value) if float(value).is_integer() else value)


class Scanner:
    """A place in a sentence, and the pieces that are read from it.

    Parameters
    ----------
    text : str
    language : str
        ``"en"`` or ``"zh"``: of the errors.
    """

    def __init__(self, text: str, language: str) -> None:
        self.text = text
        self.language = language
        self.place = 0

    def skip(self) -> None:
        """Step over spaces."""
        self.place = _end(_SPACE.match(self.text, self.place))

    @property
    def at_end(self) -> bool:
        """Whether nothing follows but spaces."""
        self.skip()
        return self.place == len(self.text)

    def sees(self, *phrases: str) -> str | None:
        """Return the first of the phrases that stands here."""
        self.skip()
        return next((each for each in phrases if _phrase(each).match(self.text, self.place)), None)

    def eat(self, *phrases: str) -> str | None:
        """Step over the first of the phrases that stands here and return it."""
        found = self.sees(*phrases)
        if found is not None:
            self.place = _end(_phrase(found).match(self.text, self.place))
        return found

    def expect(self, *phrases: str) -> str:
        """Step over one of the phrases; fail where none stands here."""
        found = self.eat(*phrases)
        return found if found is not None else self.fail(*phrases)

    def fail(self, *expected: str, what: str | None = None, at: int | None = None) -> NoReturn:
        """Stop and point at the place."""
        if at is not None:
            self.place = at
        self.skip()
        rest = self.text[self.place : self.place + _SHOWN]
        found = repr(rest) if rest else {"en": "the end", "zh": "句末"}[self.language]
        lead = self.text[max(self.place - _SHOWN, 0) : self.place]
        said = _PLACE[self.language].format(
            place=self.place + 1, what=what or _UNFIT[self.language].format(found=found)
        )
        raise ConfigError(
            f"{said}\n    {lead}▶{rest}",
            expected=(" | " if self.language == "en" else "、").join(expected) or None,
            position=self.place + 1,
        )

    def number(self) -> float | int:
        """Read a number."""
        self.skip()
        found = _NUMBER.match(self.text, self.place)
        if not found:
            self.fail("a number" if self.language == "en" else "数字")
        self.place = found.end()
        value = float(found[0])
        return int(found[0]) if re.fullmatch(r"-?\d+", found[0]) else value

    def sees_number(self) -> bool:
        """Whether a number begins here."""
        self.skip()
        return _NUMBER.match(self.text, self.place) is not None

    def whole(self) -> int:
        """Read a whole number."""
        start = self.place
        value = self.number()
        return value if isinstance(value, int) else self.fail("1, 2, 3 …", at=start)

    def sees_quote(self) -> bool:
        """Whether a quoted text begins here."""
        self.skip()
        return self.place < len(self.text) and self.text[self.place] in _QUOTES

    def string(self) -> str:
        """Read a quoted text."""
        if not self.sees_quote():
            self.fail("'…'" if self.language == "en" else "“…”")
        start = self.place
        last, at, letters = _QUOTES[self.text[start]], start + 1, []
        while at < len(self.text) and self.text[at] != last:
            if self.text[at] == "\\":
                letter, at = self._escaped(at + 1, start)
            else:
                letter, at = self.text[at], at + 1
            letters.append(letter)
        if at >= len(self.text):
            self.fail(last, what="the quote is not closed" if self.language == "en" else "引号没有结束", at=start)
        self.place = at + 1
        return "".join(letters)

    def _escaped(self, at: int, start: int) -> tuple[str, int]:
        code = re.compile(r"u\{([0-9a-fA-F]{1,6})\}").match(self.text, at)
        if code and int(code[1], 16) < 0x110000:
            return chr(int(code[1], 16)), code.end()
        if at >= len(self.text):
            self.fail(what="the quote is not closed" if self.language == "en" else "引号没有结束", at=start)
        return _ESCAPES.get(self.text[at], self.text[at]), at + 1

    def sees_date(self) -> bool:
        """Whether a date begins here."""
        self.skip()
        return _DATE.match(self.text, self.place) is not None

    def date(self) -> str:
        """Read a date or moment."""
        if not self.sees_date():
            self.fail("2024-06-30")
        start, self.place = self.place, _end(_DATE.match(self.text, self.place))
        return self.text[start : self.place]

    def name(self) -> str | None:
        """Read a name such as ``recency_days`` or ``value.expected_spend``, if one stands here."""
        self.skip()
        found = _NAME.match(self.text, self.place)
        if found:
            self.place = found.end()
        return found[0] if found else None

    def value(self) -> Any:
        """Read a number, a date, a quoted text, or yes and no."""
        if self.sees_quote():
            return self.string()
        if self.sees_date():
            return self.date()
        flag = self.eat("yes", "no", "true", "false", "是", "否")
        if flag:
            return flag in ("yes", "true", "是")
        if self.sees_number():
            return self.number()
        samples = ("'tea'", "yes") if self.language == "en" else ("“茶”", "是")
        return self.fail("60", "2024-06-30", *samples)


@cache
def _phrase(phrase: str) -> re.Pattern[str]:
    body = r"\s+".join(re.escape(word) for word in phrase.split(" "))
    whole_word = r"(?![A-Za-z0-9_])" if phrase[-1].isascii() and phrase[-1].isalnum() else ""
    return re.compile(body + whole_word, re.IGNORECASE)


def _end(found: re.Match[str] | None) -> int:
    """Return where a match ends that is known to be there."""
    return found.end() if found is not None else 0
