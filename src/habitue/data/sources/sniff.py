"""How a file is written: encoding, delimiter, quote, header, decimal sign; and a sample of its rows as text."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from habitue.data.sources.columnar import is_parquet, sample_parquet
from habitue.data.sources.encoding import encoding_of, excerpts, text_of
from habitue.data.sources.raw import Sample, Sniffed

__all__ = ["has_header", "header_names", "read_header", "sample", "sniff", "split_records"]

_DELIMITERS = (",", "\t", ";", "|", "\x01", "^", "~", ":")  # where two fit equally well, the earlier one
_LOOKED_AT = 400  # records for the delimiter
_SAMPLE_ROWS = 5000
_NUMBER = re.compile(r"[-+(]?[\d.,' \u00a0\u202f’]*\d[)%]?")
_CURRENCY = re.compile(r"[£$€¥￥元]|\b(?:EUR|USD|GBP|CNY|RMB)\b")
_DATE = re.compile(r"\d{1,4}[-/.年]\d{1,2}[-/.月]\d{1,4}.*")


def sniff(path: str | Path) -> Sniffed:
    """Tell how a delimited text file is written.

    Parameters
    ----------
    path : path
        Only its beginning and pieces spread through it are read, so the size does not matter.

    Raises
    ------
    DataError
        When the file is missing, unreadable or empty.
    """
    pieces = excerpts(Path(path))
    encoding = encoding_of(pieces)
    return _sniffed(text_of(pieces, encoding), encoding)


def _sniffed(texts: list[str], encoding: str) -> Sniffed:
    quote = _quote(texts[0])
    delimiter = max(_DELIMITERS, key=lambda each: _fit(texts, each, quote))
    if _fit(texts, delimiter, quote) == 0:
        delimiter = ","  # a single column
    rows = _rows(texts, delimiter, quote)
    header = has_header(rows)
    decimal, thousands = _number_signs(rows[1:] if header else rows, delimiter)
    return Sniffed(encoding, delimiter, quote, header, decimal, thousands)


def sample(path: str | Path) -> Sample:
    """Read a few thousand rows of a CSV or Parquet file as text, from its beginning and from further down.

    Raises
    ------
    DataError
        When the file is missing, unreadable or empty.
    """
    path = Path(path)
    if is_parquet(path):
        return sample_parquet(path, _SAMPLE_ROWS)
    pieces = excerpts(path)
    encoding = encoding_of(pieces)
    texts = text_of(pieces, encoding)
    sniffed = _sniffed(texts, encoding)
    rows = _rows(texts, sniffed.delimiter, sniffed.quote)
    headers = header_names(rows[0], header=sniffed.header)
    body = rows[1:] if sniffed.header else rows
    if len(body) > _SAMPLE_ROWS:
        step = 2 * len(body) // _SAMPLE_ROWS + 1
        body = (body[: _SAMPLE_ROWS // 2] + body[_SAMPLE_ROWS // 2 :: step])[:_SAMPLE_ROWS]
    columns: dict[str, list[str | None]] = {
        name: [row[place] or None if place < len(row) else None for row in body] for place, name in enumerate(headers)
    }
    return Sample(str(path), "csv", headers, columns, dict.fromkeys(headers, "string"), sniffed)


def read_header(path: Path, sniffed: Sniffed) -> list[str]:
    """Read the first record of a file, whatever is in it."""
    texts = text_of(excerpts(path)[:1], sniffed.encoding)
    return next(split_records(texts[0], sniffed.delimiter, sniffed.quote), [])


def header_names(first: Sequence[str], *, header: bool = True) -> list[str]:
    """Make usable column names of a first record: none empty, none twice (letter case does not tell names apart).

    Examples
    --------
    >>> header_names([" id ", "name", "Name", ""])
    ['id', 'name', 'Name_2', 'column_4']
    >>> header_names(["17", "ann"], header=False)
    ['column_1', 'column_2']
    """
    taken = {"source_row"}
    names: list[str] = []
    for place, cell in enumerate(first, start=1):
        plain = " ".join(cell.replace("\ufeff", "").replace("\0", "").split()) if header else ""
        plain = plain or f"column_{place}"
        name, number = plain, 1
        while name.casefold() in taken:
            number += 1
            name = f"{plain}_{number}"
        taken.add(name.casefold())
        names.append(name)
    return names


def split_records(text: str, delimiter: str, quote: str = '"') -> Iterator[list[str]]:
    """Split text into records, aware of quotes, forgiving; blank lines and fields past all bounds are passed over."""
    lines = text.split("\n")
    reader = csv.reader((line + "\n" for line in lines), delimiter=delimiter, quotechar=quote, skipinitialspace=True)
    while True:
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error:  # a field of more than 128 kB
            continue
        if record and any(cell.strip() for cell in record):
            yield record


def _rows(texts: list[str], delimiter: str, quote: str) -> list[list[str]]:
    """Return whole records of all pieces; those of later pieces only where they have the usual number of fields."""
    cut = len(texts) > 1
    rows = list(split_records(_whole_lines(texts[0]) if cut else texts[0], delimiter, quote))
    if not rows:
        return [[]]
    usual = Counter(map(len, rows)).most_common(1)[0][0]
    for text in texts[1:]:
        _, _, rest = _whole_lines(text).partition("\n")
        rows += [row for row in split_records(rest, delimiter, quote) if len(row) == usual]
    return rows


def _whole_lines(text: str) -> str:
    """Take off a last line that was cut."""
    return text.rpartition("\n")[0] or text


def _quote(text: str) -> str:
    """Tell single quotes from double ones: they stand on both sides of whole fields."""
    double = len(re.findall(r'(?:^|[,;\t|])"|"(?=[,;\t|]|$)', text, re.MULTILINE))
    single = len(re.findall(r"(?:^|[,;\t|])'[^'\n]*'(?=[,;\t|]|$)", text, re.MULTILINE))
    return "'" if single and not double else '"'


def _fit(texts: list[str], delimiter: str, quote: str) -> float:
    """Say how well a delimiter fits: the share of records with the usual number of fields, more fields being better."""
    counts: list[int] = []
    for number, text in enumerate(texts[:9]):
        part = text if number == 0 else text.partition("\n")[2]
        for seen, record in enumerate(split_records(_whole_lines(part) if len(texts) > 1 else part, delimiter, quote)):
            if seen >= _LOOKED_AT:
                break
            counts.append(len(record))
    if not counts:
        return 0.0
    usual, often = Counter(counts).most_common(1)[0]
    if counts[0] == 1 or usual == 1:
        return 0.0
    agreement = often / len(counts) * (1.0 if counts[0] == usual else 0.5)
    return agreement**2 * (1 + min(usual, 40) / 100) * (0.1 if delimiter == ":" else 1.0)


def has_header(rows: list[list[str]]) -> bool:
    """Say whether the first record names the columns: no number or date in it, nothing that comes again below."""
    first, body = rows[0], rows[1:]
    filled = [cell.strip() for cell in first if cell.strip()]
    if not filled:
        return True
    values = [cell for cell in filled if _NUMBER.fullmatch(_CURRENCY.sub("", cell).strip()) or _DATE.fullmatch(cell)]
    if len(values) > 0.3 * len(filled) or (values and not body):
        return False
    again = sum(
        any(place < len(row) and row[place] == cell for row in body) for place, cell in enumerate(first) if cell.strip()
    )
    return again <= len(filled) / 3


_GROUPED = {
    (",", "."): re.compile(r"\d{1,3}(\.\d{3})+,\d+|\d{1,3}(\.\d{3}){2,}"),
    (".", ","): re.compile(r"\d{1,3}(,\d{2,3})+\.\d+|\d{1,3}(,\d{3}){2,}"),
    (",", " "): re.compile(r"\d{1,3}([ \u00a0\u202f]\d{3})+,\d+"),
    (".", " "): re.compile(r"\d{1,3}([ \u00a0\u202f]\d{3})+\.\d+"),
    (".", "'"): re.compile(r"\d{1,3}(['’]\d{3})+(\.\d+)?"),
}
_PLAIN = {",": re.compile(r"\d+,(\d{1,2}|\d{4,})|0,\d+"), ".": re.compile(r"\d+\.(\d{1,2}|\d{4,})|0\.\d+")}
_THREE = {",": re.compile(r"\d{1,3},\d{3}"), ".": re.compile(r"\d{1,3}\.\d{3}")}


def _number_signs(rows: list[list[str]], delimiter: str) -> tuple[str, str]:
    """Vote on the decimal and thousands signs with every cell that can only be read one way."""
    decimals: Counter[str] = Counter()
    thousands: Counter[str] = Counter()
    unclear: Counter[str] = Counter()
    for row in rows[:: len(rows) // _SAMPLE_ROWS + 1]:
        for cell in row:
            text = _CURRENCY.sub("", cell).strip(" \u00a0-+()%") if len(cell) <= 24 else ""
            if not text or not text[0].isdigit():
                continue
            for (decimal, group), pattern in _GROUPED.items():
                if pattern.fullmatch(text):
                    decimals[decimal] += 1
                    thousands[group] += 1
            for sign in ".,":
                decimals[sign] += bool(_PLAIN[sign].fullmatch(text))
                unclear[sign] += bool(_THREE[sign].fullmatch(text))
    decimal = "," if decimals[","] > decimals["."] else "."
    other = "." if decimal == "," else ","
    if thousands:
        return decimal, thousands.most_common(1)[0][0]
    # 1.234 among decimal commas can only be a thousand; alone in a file of commas as delimiters it is a decimal.
    grouped = unclear[other] and (decimals[decimal] or (other == "," and delimiter != ";"))
    return decimal, other if grouped else ""
