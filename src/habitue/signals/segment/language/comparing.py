"""Compare a column with a value: true, false, or not known where the column is missing."""

from __future__ import annotations

from datetime import datetime
from functools import reduce
from operator import add, and_
from typing import Any

import ibis

from habitue.signals.segment.language.tree import Points

__all__ = ["column_type", "known_number", "random_number", "scored", "tested"]

_DIGITS = "0123456789abcdef"
_HASHED_DIGITS = 7  # 28 bits: far more than there are buckets, and within whole numbers of every engine


def tested(column: Any, op: str, value: Any, kind: str) -> Any:
    """Return the three-valued test of an Ibis column of a type of `TYPES`.

    ``contains`` looks at neither capitals nor small letters; everything else does.
    """
    if op == "is_known":
        return column.notnull()
    if op == "is_missing":
        return column.isnull()
    if op == "contains":
        return column.lower().contains(ibis.literal(value).lower())
    if op in ("in", "not_in"):
        within = column.isin([_literal(each, kind) for each in value])
        return within if op == "in" else ~within
    other = _literal(value, kind)
    return {
        "<": lambda: column < other,
        "<=": lambda: column <= other,
        ">": lambda: column > other,
        ">=": lambda: column >= other,
        "=": lambda: column == other,
        "!=": lambda: column != other,
    }[op]()


def scored(leaf: Points, rows: Any) -> Any:
    """Return whether rows have so many points; not known where one of the features is missing."""
    passed = [
        tested(rows[axis.name], axis.op, value, "number").cast("int64") for axis in leaf.axes for value in axis.values
    ]
    points = reduce(add, passed)
    tests = [points >= leaf.least] if leaf.least is not None else []
    return reduce(and_, [*tests, points <= leaf.most] if leaf.most is not None else tests)


def column_type(column: Any) -> str | None:
    """Return the type of `TYPES` of an Ibis column; None for lists and the like."""
    kind = column.type()
    if kind.is_boolean():
        return "flag"
    if kind.is_numeric():
        return "number"
    if kind.is_temporal():
        return "time"
    return "text" if kind.is_string() else None


def known_number(column: Any) -> Any:
    """Read "not a number" as missing: databases sort it above everything."""
    return column.isnan().ifelse(ibis.null(column.type()), column) if column.type().is_floating() else column


def random_number(customer_id: Any, salt: str) -> Any:
    """Return the number whose remainder by the number of buckets, plus 1, is the bucket of a customer.

    The first 7 hexadecimal digits of ``md5(salt + ":" + customer_id)`` in UTF-8, read as a number.
    """
    text = (ibis.literal(salt + ":") + customer_id).hexdigest("md5")
    number = ibis.literal(0, "int64")
    for place in range(_HASHED_DIGITS):
        digit = ibis.literal(_DIGITS).find(text.substr(place, 1)).cast("int64")
        number = number * 16 + digit
    return number


def _literal(value: Any, kind: str) -> Any:
    if kind == "time":
        return ibis.literal(datetime.fromisoformat(value))
    if isinstance(value, float):
        # DuckDB reads 0.4695… as a decimal and rounds it to another number; as text it is read exactly.
        return ibis.literal(repr(value)).cast("float64")
    return ibis.literal(value)
