"""Arrays into Arrow tables that have exactly the schema's columns and kinds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from habitue.data.simulate.plan import Flags, Floats, Ints
from habitue.schema import Kind, table

__all__ = ["ARROW", "arrow_schema", "numbered", "picked", "plain", "renumbered", "typed"]

ARROW = {
    Kind.ID: pa.string(), Kind.TEXT: pa.string(), Kind.CODE: pa.string(),
    Kind.NUMBER: pa.float64(), Kind.QUANTITY: pa.float64(), Kind.MONEY: pa.float64(), Kind.SHARE: pa.float64(),
    Kind.TIME: pa.timestamp("us"), Kind.DATE: pa.date32(), Kind.FLAG: pa.bool_(),
}  # fmt: skip


def arrow_schema(name: str) -> Any:
    """Return the Arrow schema of one of the merchant's tables."""
    return pa.schema([(column.name, ARROW[column.kind]) for column in table(name).columns])


def typed(name: str, columns: Mapping[str, Any]) -> Any:
    """Build a table of the schema; columns not given are empty, ``NaN`` and ``NaT`` become NULL."""
    known = arrow_schema(name)
    unknown = set(columns) - set(known.names)
    if unknown:
        raise KeyError(f"{name} has no column {', '.join(sorted(unknown))}")
    size = len(next(iter(columns.values())))
    empty = {field.name: pa.nulls(size, field.type) for field in known if field.name not in columns}
    given = {field.name: _column(columns[field.name], field.type) for field in known if field.name in columns}
    return pa.table([(empty | given)[field.name] for field in known], schema=known)


def plain(columns: Mapping[str, Any]) -> Any:
    """Build a table of the truth from arrays, ``NaT`` becoming NULL."""
    return pa.table({name: _column(values, None) for name, values in columns.items()})


def _column(values: Any, kind: Any) -> Any:
    if isinstance(values, (pa.Array, pa.ChunkedArray)):
        return values if kind is None or values.type == kind else values.cast(kind)
    if isinstance(values, list):
        return pa.array(values, type=kind)
    array = np.asarray(values)
    if array.dtype.kind == "f":
        return pa.array(array, type=kind, mask=np.isnan(array))
    return pa.array(array, type=kind)


def numbered(prefix: str, numbers: Ints, width: int = 0) -> Any:
    """Write ids such as ``P000042``; negative numbers become NULL."""
    text = pc.cast(pa.array(numbers, mask=np.asarray(numbers) < 0), pa.string())
    if width:
        text = pc.utf8_lpad(text, width, "0")
    return pc.binary_join_element_wise(pa.scalar(prefix), text, "") if prefix else text


def picked(words: Sequence[str | None] | npt.NDArray[np.object_], places: Ints | Floats | Flags) -> Any:
    """Look words up by place; negative places become NULL."""
    where = np.asarray(places, dtype=np.int32)
    indices = pa.array(where, mask=where < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(list(words), type=pa.string())).cast(pa.string())


def renumbered(rows: Any, order: Ints, prefix: str, width: int) -> Any:
    """Put a table in order and give its first column, the id, running numbers."""
    sorted_rows = rows.take(pa.array(order))
    return sorted_rows.set_column(0, rows.schema.field(0), numbered(prefix, np.arange(order.size) + 1, width))
