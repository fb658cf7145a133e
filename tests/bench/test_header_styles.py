"""The header styles keep what they say: their files can be read as declared, and their truth speaks of the schema."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter

import pyarrow.parquet as pq
import pytest
from bench.headers import HEADER_STYLES, HeaderStyle

from habitue.schema import TABLES

each_style = pytest.mark.parametrize("style", HEADER_STYLES, ids=lambda style: style.name)
MONEY = {"unit_price", "line_total", "list_price", "price", "amount"}


def _read(style: HeaderStyle) -> tuple[list[str], list[list[str]]]:
    """Read a style's file by nothing but what the style declares."""
    raw = style.build()
    if style.encoding is None:
        table = pq.read_table(io.BytesIO(raw))
        rows = [["" if cell is None else str(cell) for cell in row.values()] for row in table.to_pylist()]
        return table.column_names, rows
    text = io.StringIO(raw.decode(style.encoding), newline="")
    header, *rows = csv.reader(text, delimiter=style.delimiter, strict=True)
    return header, rows


def _names(truth: str | tuple[str | None, ...] | None) -> set[str]:
    return {name for name in (truth if isinstance(truth, tuple) else (truth,)) if name is not None}


def _cells(style: HeaderStyle, rows: list[list[str]], columns: set[str]) -> list[str]:
    """All cells with a figure in them (no words of a total row) whose header can mean nothing but these columns."""
    places = [place for place, truth in enumerate(style.truth.values()) if truth in columns]
    return [row[place] for row in rows for place in places if re.search(r"\d", row[place])]


@each_style
def test_file_holds_exactly_the_headers_of_the_truth(style: HeaderStyle):
    header, rows = _read(style)
    assert header == list(style.truth)
    assert {len(row) for row in rows} == {len(header)}
    assert 25 <= len(rows) <= 300
    assert 5 <= len(header) <= 20
    assert style.build() == style.build()


@each_style
def test_truth_names_schema_columns_and_each_only_once(style: HeaderStyle):
    known = set(TABLES[style.table].names)
    sure = Counter(truth for truth in style.truth.values() if isinstance(truth, str))
    named = set().union(*map(_names, style.truth.values()))
    assert named <= known
    assert set(sure.values()) == {1}
    required = set(TABLES[style.table].required) - {"unit_price"}
    assert required <= named
    assert style.table != "order_lines" or {"unit_price", "line_total"} & named


@each_style
def test_dates_and_decimals_are_written_as_declared(style: HeaderStyle):
    _, rows = _read(style)
    time = {TABLES[style.table].time}
    parts = [re.findall(r"\d+", cell)[:2] for cell in _cells(style, rows, time)]
    first, second = (max((int(part[at]) for part in parts if len(part) > at), default=0) for at in (0, 1))
    if style.expected_dates == "day_first":
        assert 12 < first <= 31
        assert second <= 12
    elif style.expected_dates == "month_first":
        assert first <= 12
        assert 12 < second <= 31
    elif style.expected_dates == "iso":
        assert all(re.match(r"20\d\d", cell) for cell in _cells(style, rows, time))
    tails = {
        cell[-3] for cell in (re.sub(r"[^\d,.]", "", text) for text in _cells(style, rows, MONEY)) if len(cell) > 3
    }
    if style.decimal == ",":
        assert "," in tails
        assert "." not in tails
    else:
        assert "," not in tails


def test_the_set_is_wide_enough():
    counted = Counter(style.language for style in HEADER_STYLES)
    assert len({style.name for style in HEADER_STYLES}) == len(HEADER_STYLES)
    assert counted["en"] + counted["zh"] + counted["mixed"] >= 44
    assert counted["zh"] >= 18
    assert sum(style.before_code for style in HEADER_STYLES) >= len(HEADER_STYLES) / 2
    assert {style.encoding for style in HEADER_STYLES} >= {"utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", None}
    assert {style.delimiter for style in HEADER_STYLES} >= {",", ";", "\t", "|"}
    assert {style.expected_dates for style in HEADER_STYLES} == {"day_first", "month_first", "iso", None}


def test_a_truth_with_several_names_takes_each_of_them_and_no_other():
    style = next(style for style in HEADER_STYLES if style.name == "youzan_orders")
    assert style.is_right("买家手机号", "customer_phone")
    assert style.is_right("买家手机号", "customer_id")
    assert not style.is_right("买家手机号", None)
    assert style.is_right("买家备注", None)
    assert not style.is_right("商品单价", "list_price")
