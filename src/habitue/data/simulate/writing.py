"""The simulated shop as files: one per table, or one flat export of order lines as a merchant would have it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
import pyarrow.parquet as pq

from habitue.data.simulate.headers import FLAT_COLUMNS, HEADERS
from habitue.data.simulate.shop import SimulatedShop
from habitue.errors import ConfigError, did_you_mean

__all__ = ["write"]


def write(
    shop: SimulatedShop,
    folder: Path,
    *,
    flat: bool = False,
    format: Literal["csv", "parquet"] = "csv",  # noqa: A002
    headers: str = "schema",
    delimiter: str = ",",
    encoding: str = "utf-8",
    dates: str = "%Y-%m-%d %H:%M:%S",
) -> list[Path]:
    """Write the tables as files, the way a merchant would hand them over.

    Parameters
    ----------
    shop : SimulatedShop
    folder : Path
        Made if it is not there.
    flat : bool
        Write one file, ``order_lines``, with the few columns a plain export has.
    format : {"csv", "parquet"}
    headers : {"schema", "en", "zh"}
        Column names of the schema, or those an English or Chinese shop system would print (flat file only).
    delimiter, encoding, dates : str
        How a CSV is written: separator, character set (``"gbk"``, ``"utf-8-sig"``…), pattern of times.

    Returns
    -------
    list of Path
        The files, in the order of the schema's tables.
    """
    if headers != "schema" and headers not in HEADERS:
        raise ConfigError(
            f"There are no headers in {headers!r}.{did_you_mean(headers, HEADERS)}", expected="schema, en, zh"
        )
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name in ["order_lines"] if flat else list(shop.tables):
        rows = shop.tables[name]
        marks = shop.truth.rows.filter(pc.equal(shop.truth.rows["table"], name))
        if flat:
            rows = _flat(rows)
        titles = rows.column_names
        if flat and headers != "schema":
            titles = [HEADERS[headers][title] for title in titles]
        path = folder / f"{name}.{format}"
        if format == "parquet":
            pq.write_table(rows.rename_columns(titles), path, compression="zstd")
        else:
            _write_csv(_as_text(rows, marks, dates).rename_columns(titles), path, delimiter, encoding)
        paths.append(path)
    return paths


def _flat(lines: Any) -> Any:
    """Take the columns of a plain export; returns and cancellations stay as negative lines."""
    return lines.select(list(FLAT_COLUMNS))


def _as_text(rows: Any, marks: Any, dates: str) -> Any:
    """Write cells as a spreadsheet would, and put the unreadable texts where the truth says they are."""
    columns = {}
    for name in rows.column_names:
        column = rows[name].combine_chunks()
        if pa.types.is_timestamp(column.type):
            column = pc.strftime(column.cast(pa.timestamp("s")), format=dates)
        spoilt = marks.filter(pc.and_(pc.equal(marks["column"], name), pc.is_valid(marks["text"])))
        if spoilt.num_rows:
            mask = np.zeros(rows.num_rows, dtype=bool)
            mask[spoilt["row"].to_numpy() - 1] = True
            column = column.cast(pa.string())
            column = pc.replace_with_mask(column, pa.array(mask), spoilt["text"].combine_chunks())
        columns[name] = column
    return pa.table(columns)


def _write_csv(rows: Any, path: Path, delimiter: str, encoding: str) -> None:
    options = pcsv.WriteOptions(delimiter=delimiter, quoting_style="needed")
    if encoding.lower() in {"utf-8", "utf8"}:
        pcsv.write_csv(rows, path, options)
        return
    sink = pa.BufferOutputStream()
    pcsv.write_csv(rows, sink, options)
    path.write_bytes(sink.getvalue().to_pybytes().decode("utf-8").encode(encoding, errors="replace"))
