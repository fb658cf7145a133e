"""What all platforms share: their cells by our names, whatever the spelling, and the tables they give."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import ibis
import pyarrow as pa

from habitue.data.finding import Finding, Section, Severity
from habitue.data.sources.raw import RawTable, no_rejects
from habitue.engine import Engine
from habitue.schema import Words, table

__all__ = [
    "PlatformTable",
    "chosen",
    "first_of",
    "inside",
    "instant",
    "item_list",
    "note",
    "number",
    "person_code",
    "plain",
    "shop_clock",
    "table_of",
]


@dataclass(frozen=True, slots=True)
class PlatformTable:
    """One of our tables out of a platform's export.

    Parameters
    ----------
    table : str
        Its name in the schema.
    raw : RawTable
        Columns under our names, plus ``source_row``. Instants that carry a zone are typed as such, all other times
        are text.
    dates : dict
        Our column to strptime patterns, for the times that are text.
    findings : tuple of Finding
        What the platform's export does not say, or said twice.
    """

    table: str
    raw: RawTable
    dates: dict[str, list[str]] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


@ibis.udf.scalar.builtin(name="sha256", signature=(("string",), "string"))
def _sha256(text):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Declare DuckDB's own function."""


@ibis.udf.scalar.builtin(name="json_valid", signature=(("string",), "boolean"))
def _json_valid(text):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Declare DuckDB's own function."""


@ibis.udf.scalar.builtin(name="json_extract_string", signature=(("string", "string"), "string"))
def _json_text(text, path):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Declare DuckDB's own function."""


def plain(name: str) -> str:
    """Return a header's bare form: ``"Item Cost"``, ``itemCost`` and ``item.cost`` are all ``item_cost``.

    Examples
    --------
    >>> [plain(name) for name in ("Lineitem quantity", "ecommerce.transaction_id", "anonymousId", "Order #")]
    ['lineitem_quantity', 'ecommerce_transaction_id', 'anonymous_id', 'order']
    """
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name.lstrip("\ufeff"))
    return re.sub(r"[^0-9a-z]+", "_", spaced.lower()).strip("_")


def chosen(raw: RawTable, wanted: Mapping[str, Sequence[str]]) -> Any:
    """Return the wanted cells as text under our names, NULL where the source has none, plus ``source_row``.

    Parameters
    ----------
    raw : RawTable
    wanted : mapping
        Our name to the platform's names, the best one first; the first that is filled counts. ``"context.ip"`` is
        looked for as a header of its own and inside a nested column or JSON text ``context``.
    """
    headers: dict[str, str] = {}
    for name in raw.expr.columns:
        headers.setdefault(plain(name), name)
    cells = {}
    for ours, names in wanted.items():
        found = [cell for name in names if (cell := _cell(raw.expr, headers, name)) is not None]
        cells[ours] = ibis.coalesce(*found) if found else ibis.null("string")
    return raw.expr.select(**cells, source_row=raw.expr.source_row)


def _cell(table: Any, headers: Mapping[str, str], name: str) -> Any:
    header = headers.get(plain(name))
    if header:
        return _text(table[header])
    head, _, path = name.partition(".")
    outer = headers.get(plain(head)) if path else None
    if not outer:
        return None
    keys = "".join(f'."{key}"' for key in path.split("."))
    return _filled(_json_text(_json(_text(table[outer])), ibis.literal("$" + keys)))


def _text(column: Any) -> Any:
    kind = column.type()
    if kind.is_nested() or kind.is_json():
        to_json = ibis.udf.scalar.builtin(_sha256.__wrapped__, name="to_json", signature=((kind,), "json"))
        column = to_json(column)
    return _filled(column.cast("string"))


def _filled(text: Any) -> Any:
    return text.strip().nullif("")


def _json(text: Any) -> Any:
    """Let only sound JSON through: the database stops at any other."""
    return _json_valid(text).ifelse(text, ibis.null("string"))


def inside(text: Any, path: str) -> Any:
    """Read one value out of a JSON text by its path, NULL where it is not there."""
    return _filled(_json_text(_json(text), ibis.literal(path)))


def item_list(text: Any, keys: Sequence[str]) -> Any:
    """Read a JSON list of objects as an array of structs of text, empty where it is none."""
    fields = ", ".join(f"{key}: string" for key in keys)
    wanted = "[{" + ", ".join(f'"{key}": "VARCHAR"' for key in keys) + "}]"
    read = ibis.udf.scalar.builtin(
        _json_text.__wrapped__, name="json_transform", signature=(("string", "string"), f"array<struct<{fields}>>")
    )
    return read(_json(text), ibis.literal(wanted))


def number(text: Any, decimal: str = ".") -> Any:
    """Read a number, with or without signs between the thousands; NULL where it is none."""
    thousands = "," if decimal == "." else "."
    grouped = text.re_search(rf"^-?\d{{1,3}}(\{thousands}\d{{3}})+(\{decimal}\d+)?$")
    bare = grouped.ifelse(text.replace(thousands, ""), text)
    return (bare if decimal == "." else bare.replace(decimal, ".")).try_cast("float64")


def shop_clock(text: Any) -> Any:
    """Cut the zone off a time: what is left is the time on the clock of the shop that printed it."""
    return text.re_replace(r"(:\d\d(?:\.\d+)?)\s*(?:Z|UTC|[+-]\d\d:?(?:\d\d)?)$", r"\1")


def instant(text: Any) -> Any:
    """Read a time as an instant; without a zone it is universal time."""
    zoned = text.re_search(r":\d\d(\.\d+)?\s*(Z|UTC|[+-]\d\d(:?\d\d)?)$")
    return zoned.ifelse(text, text + "Z").try_cast("timestamp('UTC', 6)")


def person_code(*texts: Any) -> Any:
    """Return a short stable code for a person: the first 16 signs of the SHA-256 of the first text that is filled."""
    return _sha256(ibis.coalesce(*(text.strip().lower() for text in texts))).substr(0, 16)


def first_of(table: Any, keys: Sequence[str], order: Sequence[str]) -> Any:
    """Keep the first row of each key; what a key first said stays true when later rows are not there yet."""
    place = ibis.row_number().over(group_by=list(keys), order_by=list(order))
    return table.mutate(_place=place).filter(lambda t: t["_place"] == 0).drop("_place")


def table_of(
    name: str,
    raw: RawTable,
    expr: Any,
    *,
    engine: Engine,
    dates: Mapping[str, list[str]] | None = None,
    findings: tuple[Finding, ...] = (),
    rejects: pa.Table | None = None,
) -> PlatformTable:
    """Make a platform table from an expression; of several tables one carries what could not be read.

    Platforms print all their headers, filled or not: a column that is empty throughout is not given.
    """
    needed = {*table(name).required, "source_row"}
    (filled,) = engine.to_rows(expr.agg(**{column: expr[column].count() for column in expr.columns}))
    expr = expr.select(*(column for column in expr.columns if filled[column] or column in needed))
    held = {column: patterns for column, patterns in (dates or {}).items() if column in expr.columns}
    lost = no_rejects() if rejects is None else rejects
    return PlatformTable(name, RawTable(name, raw.source, expr, lost), held, findings)


def note(code: str, name: str, table: str, *, count: int, what: Words, done: Words, do: Words | None = None) -> Finding:
    """Make a finding of a platform's reader."""
    return Finding(
        code=code,
        name=name,
        section=Section.NOTE,
        severity=Severity.WARNING if do else Severity.INFO,
        table=table,
        count=count,
        what=what,
        done=done,
        do=do or Words("", ""),
    )
