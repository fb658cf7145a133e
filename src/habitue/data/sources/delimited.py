"""Delimited text files: read in a stream, every line kept either as a row or, with the reason, as a reject."""

from __future__ import annotations

import gzip
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from habitue.data.settings import SourceSettings
from habitue.data.sources.columnar import stacked
from habitue.data.sources.encoding import encoding_further_down, encoding_of, excerpts, python_encoding
from habitue.data.sources.mending import MARK, Mended, has_blank_lines, looks_damaged, rewrite
from habitue.data.sources.raw import Part, RawTable, Sniffed, no_rejects
from habitue.data.sources.sniff import header_names, read_header, sniff
from habitue.engine import Engine
from habitue.engine.delimited import Misfits, TextLayout, number_rows, text_to_parquet
from habitue.errors import ConfigError, DataError, EngineError, MappingError, did_you_mean

__all__ = ["read_delimited", "unpacked", "wrong_delimiter"]

_LINE = 2 * 2**20
_LONG_LINE = 128 * 2**20  # tried where two megabytes are not enough
_UTF8 = ("utf-8", "utf-8-sig", "ascii")
_REASONS = {
    "MISSING COLUMNS": "too few fields",
    "TOO MANY COLUMNS": "too many fields",
    "UNQUOTED VALUE": "a quote is not closed",
    "LINE SIZE OVER MAXIMUM": "the line is longer than 128 MB",
    "INVALID ENCODING": "characters that cannot be read",
}


@dataclass(frozen=True, slots=True)
class _File:
    """One file as Parquet: the rows that could be split, and the places and texts of those that could not."""

    parquet: Path
    rows: int
    rejects: pa.Table
    headers: list[str]
    repeated: tuple[str, ...]
    replaced: int


def read_delimited(
    source: SourceSettings, paths: Sequence[Path], *, engine: Engine, scratch: Path, table: str = ""
) -> RawTable:
    """Read delimited files, one after another, all cells as text.

    Parameters
    ----------
    source : SourceSettings
        Says delimiter, quote, encoding, and whether there is a header.
    paths : sequence of Path
        Also ``.gz``.
    engine : Engine
    scratch : Path
        A folder for the rows as Parquet; it must outlive the table.
    table : str
        The table it feeds; by default that of the source.

    Raises
    ------
    DataError
        When a file is missing or empty, or no line of it has as many fields as its header.
    MappingError
        When a file lacks a header that ``source.columns`` names.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    before = 0
    parts: list[Part] = []
    tables: list[Any] = []
    rejects: list[pa.Table] = [no_rejects()]
    files: list[_File] = []
    for number, path in enumerate(paths):
        file = _read(path, source, scratch / f"{number:05d}", engine)
        missing = file.rejects.column("source_row").to_numpy()
        tables.append(number_rows(file.parquet, missing, engine=engine, rows_before=before))
        rejects.append(_moved(file.rejects, before))
        parts.append(Part(path.name, before))
        before += file.rows + len(missing)
        files.append(file)
    return RawTable(
        table or source.table,
        source.path if len(paths) > 1 else paths[0].name,
        stacked(tables),
        pa.concat_tables(rejects),
        repeated=tuple(dict.fromkeys(name for file in files for name in file.repeated)),
        parts=tuple(parts),
        replaced=sum(file.replaced for file in files),
    )


def _moved(rejects: pa.Table, rows: int) -> pa.Table:
    return rejects.set_column(0, "source_row", pc.add(rejects.column("source_row"), rows))


def _read(path: Path, source: SourceSettings, target: Path, engine: Engine) -> _File:
    path = unpacked(path, target)
    pieces = excerpts(path)
    encoding = _encoding(source.encoding, pieces, path)
    first = read_header(path, Sniffed(encoding, source.delimiter, source.quote))
    headers = header_names(first, header=source.header)
    _check_mapped(path, source, headers)
    layout = TextLayout(headers, source.delimiter, source.quote, _escape(pieces[0], source), header=source.header)
    parquet = target.with_suffix(".parquet")
    misfits, mended = _rows(path, encoding, parquet, layout, engine)
    if not misfits.rows_read and misfits.table.num_rows:
        raise _nothing_fits(path, source, misfits, layout)
    seen = [" ".join(cell.split()) for cell in first] if source.header else []
    repeated = tuple(dict.fromkeys(name for name in seen if name and sum(n == name for n in seen) > 1))
    return _File(parquet, misfits.rows_read, _rejects(misfits, mended, layout), headers, repeated, mended.replaced)


def _check_mapped(path: Path, source: SourceSettings, headers: Sequence[str]) -> None:
    """Refuse a file without the headers that shop.toml names; tell a wrong delimiter from a renamed column."""
    lost = {ours: header for ours, header in source.columns.items() if header not in headers}
    if not lost:
        return
    found = sniff(path)
    if found.delimiter != source.delimiter:
        others = header_names(read_header(path, found), header=source.header)
        if sum(header in others for header in source.columns.values()) > len(source.columns) - len(lost):
            raise wrong_delimiter(path, source, found)
    ours, header = next(iter(lost.items()))
    raise MappingError(
        f"{path.name} has no column {header!r} (any more), which shop.toml names for {ours}."
        f"{did_you_mean(header, headers)}",
        expected=", ".join(headers),
        hint=f"mend shop.toml, or: habitue init {source.path} --force",
        table=source.table,
        column=ours,
        path=path,
    )


def unpacked(path: Path, target: Path) -> Path:
    """Return the file itself, or for ``.gz`` an unpacked copy beside ``target``."""
    if path.suffix.lower() != ".gz":
        return path
    plain = target.with_name(f"{target.name}-{path.stem}")
    try:
        with gzip.open(path, "rb") as packed, plain.open("wb") as file:
            shutil.copyfileobj(packed, file, 2**20)
    except (OSError, EOFError) as error:
        raise DataError(f"{path.name} cannot be unpacked: {error}", hint="export the file again", path=path) from error
    return plain


def _encoding(named: str, pieces: list[bytes], path: Path) -> str:
    """Trust shop.toml, but not against a byte-order mark, nor where UTF-8 is named and plainly is not there."""
    try:
        encoding = python_encoding(named)
    except LookupError:
        raise ConfigError(
            f"{named!r} is no encoding", expected="utf-8, gb18030, big5, utf-16, cp1252…", hint="habitue init --force"
        ) from None
    found = encoding_of(pieces)
    if found in ("utf-16", "utf-32", "utf-8-sig"):
        return found
    plain = all(piece.isascii() for piece in pieces)
    if (encoding in _UTF8) != (found in _UTF8) and not plain:
        raise DataError(
            f"{path.name} is not written in {encoding} but in {found}",
            expected=f'encoding = "{found}" in shop.toml',
            hint=f"habitue init {path.name} --force",
            path=path,
        )
    return encoding


def _escape(head: bytes, source: SourceSettings) -> str:
    """Databases put a backslash before a quote inside quotes, everybody else doubles it."""
    quote, delimiter = source.quote.encode(), source.delimiter.encode()
    inside = quote and re.search(
        rb"[^\\]\\" + quote + rb"(?!\r|\n|" + re.escape(delimiter) + rb"|" + quote + rb")", head
    )
    return "\\" if inside and b'""' not in head else source.quote


def _rows(path: Path, encoding: str, parquet: Path, layout: TextLayout, engine: Engine) -> tuple[Misfits, Mended]:
    """Read straight where the file is clean; else read a mended copy."""
    if encoding in _UTF8 and not looks_damaged(path, layout.quote):
        try:
            misfits = _split(path, parquet, layout, engine)
        except EngineError:  # line ends of several kinds
            misfits = None
        trouble = {"UNQUOTED VALUE", "INVALID ENCODING"}
        if misfits and not misfits.table.num_rows:
            return misfits, Mended()
        if misfits and not misfits.kinds & trouble and not has_blank_lines(path):
            return misfits, Mended()
        if misfits and "INVALID ENCODING" in misfits.kinds:
            encoding = encoding_further_down(path)
    copy = parquet.with_suffix(".mended")
    mended = rewrite(path, copy, "utf-8" if encoding in _UTF8 else encoding, layout)
    misfits = _split(copy, parquet, layout, engine)
    copy.unlink()
    return misfits, mended


def _split(path: Path, parquet: Path, layout: TextLayout, engine: Engine) -> Misfits:
    misfits = text_to_parquet(path, parquet, layout, engine=engine)
    long = "LINE SIZE OVER MAXIMUM" in misfits.kinds
    if long or misfits.many:
        longest = _LONG_LINE if long else _LINE
        misfits = text_to_parquet(path, parquet, layout, engine=engine, longest_line=longest, parallel=False)
    return misfits


def _rejects(misfits: Misfits, mended: Mended, layout: TextLayout) -> pa.Table:
    """Give rejects their places as rows, and mended lines their own text back."""
    found = misfits.table
    kinds = found.column("kind").combine_chunks().dictionary_encode()
    reason = pa.array([_REASONS.get(kind, kind.lower()) for kind in kinds.dictionary.to_pylist()], pa.string())
    reason = reason.take(kinds.indices)
    counted = pc.is_in(found.column("kind"), pa.array(["MISSING COLUMNS", "TOO MANY COLUMNS"])).combine_chunks()
    fields = pc.binary_join_element_wise(
        reason, ": ", found.column("fields").cast("string").combine_chunks(), f" instead of {len(layout.columns)}", ""
    )
    reason = pc.if_else(pc.and_(counted, fields.is_valid()), fields, reason)
    text = pc.fill_null(found.column("text").combine_chunks(), "")
    marked = pc.match_substring(text, MARK)
    own = [mended.lines[int(each.rpartition(MARK)[2])] for each in text.filter(marked).to_pylist()]
    text = pc.replace_with_mask(text, marked, pa.array(own, pa.string()))
    reason = pc.if_else(marked, _REASONS["UNQUOTED VALUE"], reason)
    place = pc.subtract(found.column("line").combine_chunks(), int(layout.header))
    return pa.table([place, text, reason], schema=no_rejects().schema)


def _nothing_fits(path: Path, source: SourceSettings, misfits: Misfits, layout: TextLayout) -> DataError:
    first = misfits.table.slice(0, 1).to_pylist()[0]
    found = sniff(path)
    if found.delimiter != source.delimiter:
        return wrong_delimiter(path, source, found)
    return DataError(
        f"No line of {path.name} has as many fields as its header ({len(layout.columns)})",
        expected=f"{len(layout.columns)} fields in a line; the first one has {first['fields']}: {first['text'][:80]}",
        hint="export the file again, with a header for every column",
        path=path,
    )


def wrong_delimiter(path: Path, source: SourceSettings, found: Sniffed) -> DataError:
    """Say which delimiter fits."""
    named, fits = (sign.replace("\t", "\\t") for sign in (source.delimiter, found.delimiter))
    return DataError(
        f"The fields of {path.name} are not divided by '{named}' but by '{fits}'",
        expected=f'delimiter = "{fits}" in shop.toml',
        hint=f"habitue init {path.name} --force",
        path=path,
    )
