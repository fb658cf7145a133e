"""Read a sentence in English or Chinese into a tree; what cannot be read is pointed at."""

from __future__ import annotations

from typing import Any

from habitue.errors import ConfigError
from habitue.signals.segment.language.operands import begins_subject, read_subject, read_test, subject_json
from habitue.signals.segment.language.reading import MAX_DEPTH, from_json
from habitue.signals.segment.language.scanner import Scanner
from habitue.signals.segment.language.text import LANGUAGES
from habitue.signals.segment.language.tree import Node

__all__ = ["parse"]

_AND = {"en": ("and",), "zh": ("且", "并且", "而且")}
_OR = {"en": ("or",), "zh": ("或者", "或")}
_NOT = {"en": ("not",), "zh": ("非", "不是")}
_EVERYONE = {"en": ("everyone", "everybody"), "zh": ("所有客户", "全部客户")}
_NOBODY = {"en": ("nobody", "no one"), "zh": ("没有任何客户",)}
_OPENING, _CLOSING = ("(", "（"), (")", "）")
_DEEPEST = 10 * MAX_DEPTH  # brackets; idle ones do not count as depth of the tree


def parse(text: str, language: str = "en") -> Node:
    """Read a segment from a sentence.

    ``and`` binds closer than ``or``; brackets say otherwise. Features go by their words, by their name, or by both as
    in ``days since the last purchase [recency_days] < 60``. Texts stand in quotes; a backslash lets a quote be part of
    one.

    Parameters
    ----------
    text : str
    language : str
        ``"en"`` or ``"zh"``.

    Returns
    -------
    Node
        In canonical form.

    Raises
    ------
    ConfigError
        With the place (``▶``) and what was expected there.

    Examples
    --------
    >>> parse("did not return anything in the last 30 days and recency_days < 60").as_json()["all"][1]
    {'feature': 'recency_days', 'op': '<', 'value': 60}
    >>> parse("近30天内没有退货，且距上次购买天数 < 60", "zh") == parse(
    ...     "recency_days < 60 and did not return anything in the last 30 days"
    ... )
    True
    """
    if language not in LANGUAGES:
        raise ConfigError(f"There is no language {language!r} to read", expected="en or zh")
    scan = Scanner(text, language)
    tree = _alternatives(scan, 0)
    if not scan.at_end:
        scan.fail(*_AND[language], *_OR[language])
    return from_json(tree).canonical()


def _alternatives(scan: Scanner, depth: int) -> dict[str, Any]:
    if depth > _DEEPEST:
        scan.fail(what="too many brackets" if scan.language == "en" else "括号层数过多")
    items = [_together(scan, depth)]
    while _joined(scan, _OR[scan.language]):
        items.append(_together(scan, depth))
    return items[0] if len(items) == 1 else {"any": items}


def _together(scan: Scanner, depth: int) -> dict[str, Any]:
    items = [_single(scan, depth)]
    while _joined(scan, _AND[scan.language]):
        items.append(_single(scan, depth))
    return items[0] if len(items) == 1 else {"all": items}


def _joined(scan: Scanner, words: tuple[str, ...]) -> bool:
    start = scan.place
    scan.eat(",", "，")
    if scan.eat(*words):
        return True
    scan.place = start
    return False


def _single(scan: Scanner, depth: int) -> dict[str, Any]:
    language = scan.language
    if scan.eat(*_OPENING):
        inner = _alternatives(scan, depth + 1)
        scan.expect(*_CLOSING)
        return inner
    if scan.eat(*_EVERYONE[language]):
        return {"all": []}
    if scan.eat(*_NOBODY[language]):
        return {"any": []}
    if begins_subject(scan):
        return _compared(scan)
    if scan.eat(*_NOT[language]):
        if depth > _DEEPEST:
            scan.fail(what="too many negations" if language == "en" else "否定层数过多")
        return {"not": _single(scan, depth + 1)}
    condition: dict[str, Any] | None = LANGUAGES[language].read_condition(scan)
    return condition if condition is not None else _compared(scan)


def _compared(scan: Scanner) -> dict[str, Any]:
    said = subject_json(read_subject(scan)) | read_test(scan)
    if "signal" in said:
        if scan.eat("among the first"):
            said["among_first"] = scan.whole()
        elif scan.eat("（前", "(前"):
            said["among_first"] = scan.whole()
            scan.expect("项之一")
            scan.expect(*_CLOSING)
    return said
