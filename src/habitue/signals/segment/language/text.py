"""Say a tree as a sentence in English or Chinese that reads back as the same tree."""

from __future__ import annotations

from habitue.errors import ConfigError
from habitue.signals.segment.language import words_en, words_zh
from habitue.signals.segment.language.tree import All, Group, Node, Not

__all__ = ["LANGUAGES", "say"]

LANGUAGES = {"en": words_en, "zh": words_zh}

_JOINS = {"en": (" and ", " or "), "zh": ("，且", "，或")}
_EMPTY = {"en": ("everyone", "nobody"), "zh": ("所有客户", "没有任何客户")}


def say(tree: Node, language: str = "en") -> str:
    """Say in words who is in a segment.

    Parameters
    ----------
    tree : Node
    language : str
        ``"en"`` or ``"zh"``.

    Returns
    -------
    str
        `parse` reads it back.

    Examples
    --------
    >>> from habitue.signals.segment.language.reading import from_json
    >>> tea = {
    ...     "did": "buy",
    ...     "where": [{"column": "category", "op": "=", "value": "tea"}],
    ...     "times": {"op": ">=", "value": 2},
    ...     "within": {"last_days": 90},
    ... }
    >>> tree = from_json({"all": [tea, {"feature": "recency_days", "op": "<", "value": 60}]})
    >>> say(tree)
    "bought in category 'tea' at least 2 times in the last 90 days and days since the last purchase [recency_days] < 60"
    >>> say(tree, "zh")
    '近90天内购买（类目 = “tea”）至少2次，且距上次购买天数[recency_days] < 60'
    """
    if language not in LANGUAGES:
        raise ConfigError(f"There is no language {language!r} to say it in", expected="en or zh")
    return _said(tree, language, outermost=True)


def _said(tree: Node, language: str, *, outermost: bool = False) -> str:
    opening, closing = ("(", ")") if language == "en" else ("（", "）")
    if isinstance(tree, Not):
        word = "not " if language == "en" else "非"
        return f"{word}{opening}{_said(tree.item, language, outermost=True)}{closing}"
    if not isinstance(tree, Group):
        return str(LANGUAGES[language].say_condition(tree))
    number = 0 if isinstance(tree, All) else 1
    if not tree.items:
        return _EMPTY[language][number]
    if len(tree.items) == 1:
        return _said(tree.items[0], language, outermost=outermost)
    joined = _JOINS[language][number].join(_said(each, language) for each in tree.items)
    return joined if outermost else f"{opening}{joined}{closing}"
