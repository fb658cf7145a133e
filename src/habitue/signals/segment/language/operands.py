"""The parts of a condition that read alike in both languages: subjects, operators, values, lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from habitue.errors import did_you_mean
from habitue.features import CATALOGUE
from habitue.schema import Words
from habitue.signals.segment.language.scanner import Scanner, quoted, written_number
from habitue.signals.segment.language.tree import Points, Where
from habitue.signals.segment.language.vocabulary import (
    ACT_COLUMNS,
    CUSTOMER_COLUMNS,
    UNARY,
    feature_type,
    subject_words,
    words_of_subjects,
)

__all__ = [
    "OPERATOR_WORDS",
    "begins_subject",
    "read_axes",
    "read_list",
    "read_subject",
    "read_test",
    "read_where",
    "say_axes",
    "say_list",
    "say_subject",
    "say_test",
    "say_where",
    "subject_json",
]

_SYMBOLS = ("<=", ">=", "!=", "==", "<>", "≤", "≥", "≠", "<", ">", "=", "＜", "＞", "＝")
_SAME = {"==": "=", "<>": "!=", "≤": "<=", "≥": ">=", "≠": "!=", "＜": "<", "＞": ">", "＝": "="}


@dataclass(frozen=True)
class _OperatorWords:
    contained: str
    not_contained: str
    contains: str
    is_known: str
    is_missing: str
    yes: str
    no: str
    opening: str
    closing: str
    comma: str


OPERATOR_WORDS = {
    "en": _OperatorWords("in", "not in", "contains", "is known", "is missing", "yes", "no", "(", ")", ", "),
    "zh": _OperatorWords("属于", "不属于", "包含", "已知", "缺失", "是", "否", "（", "）", "、"),
}
_OPENING, _CLOSING, _COMMAS = ("(", "（"), (")", "）"), (",", "，", "、")
_AXES = {"en": "; ", "zh": "；"}


def say_subject(reference: str, language: str) -> str:
    """Name a feature or column: its words, and its name in square brackets."""
    words = subject_words(language).get(reference)
    if words is None:
        return reference
    return f"{words} [{reference}]" if language == "en" else f"{words}[{reference}]"


def subject_json(reference: str) -> dict[str, Any]:
    """Return the part of a condition's JSON that names its subject."""
    if reference.startswith("customer."):
        return {"customer": reference.removeprefix("customer.")}
    return {"signal" if "." in reference else "feature": reference}


def subject_type(reference: str) -> str | None:
    """Return the type of a subject; None for published columns."""
    if reference.startswith("customer."):
        return CUSTOMER_COLUMNS.get(reference.removeprefix("customer."))
    return feature_type(reference) if reference in CATALOGUE else None


def begins_subject(scan: Scanner) -> bool:
    """Whether a subject stands here that is compared to something: words, or a name, then an operator."""
    start = scan.place
    found = _words_here(scan) is not None
    if not found and scan.name():
        found = scan.sees("[") is not None or _operator(scan) is not None
    scan.place = start
    return found


def read_subject(scan: Scanner, *, followed_by: tuple[str, ...] | None = ()) -> str:
    """Read words, name or both, and return how the tree calls it.

    Words count when a name in brackets, an operator or one of ``followed_by`` comes next; None: whatever comes next.
    """
    scan.skip()
    start = scan.place
    words = _words_here(scan, followed_by)
    reference = words_of_subjects(scan.language)[words] if words else None
    if words:
        scan.place += len(words)
    if words and scan.eat("["):
        inner = scan.place
        name = scan.name()
        scan.expect("]")
        if name != reference:
            meant = f"{words!r} is {reference}" if scan.language == "en" else f"“{words}”即 {reference}"
            scan.fail(str(reference), what=meant, at=inner)
    if reference is not None:
        return reference
    name = scan.name()
    if name is None:
        scan.fail("recency_days, customer.country, value.expected_spend")
    if "." not in name and name not in CATALOGUE:
        near = did_you_mean(name, CATALOGUE)
        unknown = Words(f"there is no feature {name!r}.{near}", f"没有特征 {name!r}。{near}")
        scan.fail(what=unknown[scan.language], at=start)
    return name


def _words_here(scan: Scanner, followed_by: tuple[str, ...] | None = ()) -> str | None:
    """Return the longest known words that stand here, if what follows them fits."""
    scan.skip()
    start = scan.place
    found = [words for words in words_of_subjects(scan.language) if scan.text.startswith(words, start)]
    for words in sorted(found, key=len, reverse=True):
        scan.place = start + len(words)
        broken = words[-1].isascii() and scan.text[scan.place : scan.place + 1].isalnum()
        fits = followed_by is None or scan.sees("[", *followed_by) is not None or _operator(scan) is not None
        scan.place = start
        if fits and not broken:
            return words
    return None


def _operator(scan: Scanner) -> str | None:
    """Read an operator if one stands here: symbols in both languages, words in either."""
    symbol = scan.eat(*_SYMBOLS)
    if symbol:
        return _SAME.get(symbol, symbol)
    start = scan.place
    for words in OPERATOR_WORDS.values():
        plain = (("is_known", words.is_known), ("is_missing", words.is_missing), ("contains", words.contains))
        found = next((op for op, phrase in plain if scan.eat(phrase)), None)
        if found is not None:
            return found
        for op, phrase in (("not_in", words.not_contained), ("in", words.contained)):
            if scan.eat(phrase):
                if scan.sees(*_OPENING):
                    return op
                scan.place = start
    return None


def say_test(op: str, value: Any, language: str, *, kind: str | None = None) -> str:
    """Write an operator and its value."""
    words = OPERATOR_WORDS[language]
    if op in UNARY:
        return words.is_known if op == "is_known" else words.is_missing
    if op in ("in", "not_in"):
        space = " " if language == "en" else ""
        return f"{words.contained if op == 'in' else words.not_contained}{space}{say_list(value, language)}"
    return f"{words.contains if op == 'contains' else op} {_say_value(value, language, kind)}"


def read_test(scan: Scanner) -> dict[str, Any]:
    """Read an operator and its value, as JSON."""
    op = _operator(scan)
    if op is None:
        words = OPERATOR_WORDS[scan.language]
        scan.fail("< <= > >= = !=", words.contained + " (…)", words.contains, words.is_known, words.is_missing)
    if op in UNARY:
        return {"op": op}
    return {"op": op, "value": read_list(scan) if op in ("in", "not_in") else scan.value()}


def say_list(values: tuple[Any, ...], language: str) -> str:
    """Write a list of values in brackets."""
    words = OPERATOR_WORDS[language]
    return words.opening + words.comma.join(_say_value(each, language, None) for each in values) + words.closing


def read_list(scan: Scanner) -> list[Any]:
    """Read a list of values in brackets."""
    scan.expect(*_OPENING)
    values = [scan.value()]
    while scan.eat(*_COMMAS):
        values.append(scan.value())
    scan.expect(*_CLOSING)
    return values


def say_axes(node: Points, language: str) -> str:
    """Write what gives points: of each feature the numbers, from the first that is passed to the last."""
    told = []
    for axis in sorted(node.axes, key=lambda each: each.name):
        numbers = sorted(set(axis.values), reverse=axis.op == "<")
        listed = OPERATOR_WORDS[language].comma.join(written_number(each) for each in numbers)
        told.append(f"{say_subject(axis.name, language)} {axis.op} {listed}")
    return _AXES[language].join(told)


def read_axes(scan: Scanner) -> list[dict[str, Any]]:
    """Read what gives points, as JSON."""
    axes = [_read_axis(scan)]
    while scan.eat(";", "；"):
        axes.append(_read_axis(scan))
    return axes


def _read_axis(scan: Scanner) -> dict[str, Any]:
    name, op = read_subject(scan), _operator(scan)
    if op not in ("<", ">="):
        scan.fail("<", ">=")
    values = [scan.number()]
    while scan.eat(*_COMMAS):
        values.append(scan.number())
    return {"feature": name, "below" if op == "<" else "from": values}


def _say_value(value: Any, language: str, kind: str | None) -> str:
    if isinstance(value, bool):
        return OPERATOR_WORDS[language].yes if value else OPERATOR_WORDS[language].no
    if isinstance(value, str):
        return value if kind == "time" else quoted(value, language)
    return written_number(value)


def say_where(test: Where, what: str, language: str) -> str:
    """Write one filter of an act."""
    kind, words = ACT_COLUMNS[what][test.column]
    return f"{words[language]} {say_test(test.op, test.value, language, kind=kind)}"


def read_where(scan: Scanner, what: str) -> dict[str, Any]:
    """Read one filter of an act, as JSON; columns by their words or their name."""
    columns = ACT_COLUMNS[what]
    called = {words[scan.language]: name for name, (_, words) in columns.items()} | {name: name for name in columns}
    word = scan.eat(*sorted(called, key=len, reverse=True))
    if word is None:
        scan.fail(*(words[scan.language] for _, words in columns.values()))
    return {"column": called[word]} | read_test(scan)
