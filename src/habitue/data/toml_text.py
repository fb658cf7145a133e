"""Writing shop.toml so that a shopkeeper can read and change it: every guess with its evidence beside it."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence

from habitue.data.mapping import ColumnGuess, TableGuess
from habitue.data.settings import RepairSettings, ShopFacts, ShopSettings, SourceSettings
from habitue.schema import Words
from habitue.schema import table as schema_table

__all__ = ["settings_text"]

_HEAD = Words(
    "# What Habitue knows about this shop. Written by `habitue init`; change what is wrong, then run `habitue check`.\n"
    "# Lines with CHECK are guesses that may be wrong.",
    "# Habitue 对本店的设置，由 `habitue init` 生成。有误之处可直接修改，然后运行 `habitue check`。\n"
    "# 标有 CHECK 的行是不确定的推测，请核对。",
)
_FACTS = {
    "name": Words("shown in the report", "显示在报告中"),
    "currency": Words("ISO code of the shop's money, such as EUR", "本店货币的 ISO 代码，如 CNY"),
    "timezone": Words(
        "the shop's own clock, such as Europe/London; empty: times stay as they are",
        "本店时区，如 Asia/Shanghai；留空则时间原样使用",
    ),
    "language": Words("of the report: en or zh", "报告语言：en 或 zh"),
    "gross_margin": Words(
        "share of the price that is left after the goods are paid, where products have no cost",
        "商品没有成本价时使用的毛利率",
    ),
}
_REPAIRS = {
    "duplicates": Words("exact copies of a line; keep or set_aside", "完全重复的行；keep 保留，set_aside 不计入"),
    "test_orders": Words("orders that only tried the shop out", "测试订单"),
    "cancelled_orders": Words("orders whose status says cancelled", "状态为已取消的订单"),
    "other_currencies": Words("lines in another currency than the shop's", "非本店货币的行"),
    "future_dates": Words("lines dated after today", "日期晚于今天的行"),
    "wholesale_quantity": Words(
        "lines of more pieces than this are set aside; without it they are only reported",
        "单行数量超过该值的不计入；不设置则只提示",
    ),
    "fee_codes": Words("further codes that are no products, such as GIFTWRAP", "其他非商品编码，如 GIFTWRAP"),
    "product_codes": Words("codes that are products although they look like fees", "看似费用、实为商品的编码"),
    "test_customers": Words("customer numbers used for trying out", "测试用的客户编号"),
}
_REPAIRS_HEAD = Words(
    "# Repairs only mark lines; nothing is deleted, and turning one off brings its lines back.",
    "# 修复只做标记、不删除数据；关闭后相应的行会恢复。",
)


def settings_text(
    settings: ShopSettings, guesses: Sequence[TableGuess | None] = (), notes: Sequence[Sequence[Words]] = ()
) -> str:
    r"""Return the text of shop.toml.

    Parameters
    ----------
    settings : ShopSettings
    guesses : sequence of TableGuess or None
        One per source: the evidence that is written beside the columns.
    notes : sequence of sequences of Words
        Further remarks per source.

    Examples
    --------
    >>> source = SourceSettings(format="shopify", path="orders.csv")
    >>> 'format = "shopify"' in settings_text(ShopSettings(sources=[source]))
    True
    """
    language = settings.shop.language
    parts = [_HEAD[language], "", _facts(settings.shop)]
    for place, source in enumerate(settings.sources):
        found = guesses[place] if place < len(guesses) else None
        said = notes[place] if place < len(notes) else ()
        parts += ["", _source(source, found, said, language)]
    parts += ["", _repairs(settings.repairs, language), ""]
    return "\n".join(parts)


def quoted(text: str) -> str:
    r"""Return a TOML string.

    Examples
    --------
    >>> quoted('a "b"')
    '"a \\"b\\""'
    """
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_value(each) for each in value) + "]"
    return str(value)


def _lined_up(rows: Sequence[tuple[str, str]]) -> list[str]:
    """Put the comments of neighbouring lines under each other, as far as lines are not too long."""
    width = min(max((_width(left) for left, _ in rows), default=0), 48)
    return [
        f"{left}{' ' * max(width - _width(left), 0)}  # {_one_line(right)}" if right else left for left, right in rows
    ]


def _width(text: str) -> int:
    """Return the places a text takes on a screen; Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _one_line(text: str) -> str:
    """Return a text that is safe behind ``#``."""
    return "".join(c if c.isprintable() else " " for c in text)


def _facts(shop: ShopFacts) -> str:
    rows = [(f"{key} = {_value(getattr(shop, key))}", words[shop.language]) for key, words in _FACTS.items()]
    return "\n".join(["[shop]", *_lined_up(rows)])


def _source(source: SourceSettings, found: TableGuess | None, notes: Sequence[Words], language: str) -> str:
    lines = [f"# {_one_line(words[language])}" for words in notes]
    if found:
        lines += [f"# CHECK {_one_line(words[language])}" for words in found.warnings]
    given = source.model_dump(exclude_defaults=True)
    plain = {key: value for key, value in given.items() if key not in ("columns", "dates")}
    rows = [(f"{key} = {_value(value)}", "") for key, value in plain.items()]
    if source.table:
        place = list(plain).index("table")
        rows[place] = (rows[place][0], schema_table(source.table).meaning[language])
    lines += ["[[sources]]", *_lined_up(rows)]
    if source.columns:
        lines += ["", "[sources.columns]", *_columns(source, found, language)]
    if source.dates:
        lines += ["", "[sources.dates]", *(f"{name} = {_value(patterns)}" for name, patterns in source.dates.items())]
    return "\n".join(lines)


def _columns(source: SourceSettings, found: TableGuess | None, language: str) -> list[str]:
    by_column = {guess.column: guess for guess in found.columns if guess.column} if found else {}
    rows = [
        (f"{name} = {quoted(header)}", _beside(by_column.get(name), language))
        for name, header in source.columns.items()
    ]
    lines = _lined_up(rows)
    if found and found.unused:
        head = "not used" if language == "en" else "未使用"
        lines.append(f"# {head}: {_one_line(', '.join(quoted(header) for header in found.unused))}")
        doubtful = [guess for guess in found.columns if guess.column is None and guess.warning]
        lines += [f"# CHECK {_one_line(f'{quoted(g.header)}: {g.warning[language]}')}" for g in doubtful if g.warning]
    return lines


def _beside(guess: ColumnGuess | None, language: str) -> str:
    if guess is None:
        return "CHECK" if language == "en" else "CHECK 请核对"
    joint = "; " if language == "en" else "；"
    said = joint.join(words[language] for words in guess.evidence)
    if guess.warning:
        said = f"CHECK {guess.warning[language]}" + (f" ({said})" if said else "")
    return f"{min(guess.confidence, 0.99):.0%} {said}".rstrip()  # a guess is never beyond doubt


def _repairs(repairs: RepairSettings, language: str) -> str:
    rows = []
    for key, words in _REPAIRS.items():
        value = getattr(repairs, key)
        left = f"{key} = {_value(value)}" if value is not None else f"# {key} = 1000"
        rows.append((left, words[language]))
    return "\n".join([_REPAIRS_HEAD[language], "[repairs]", *_lined_up(rows)])
