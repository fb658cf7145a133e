import csv
import gzip
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from habitue.data.settings import SourceSettings
from habitue.data.sources.delimited import read_delimited
from habitue.data.sources.raw import RawTable
from habitue.engine import Engine
from habitue.errors import ConfigError, DataError, MappingError


class Reader:
    def __init__(self, folder: Path, engine: Engine) -> None:
        self.folder, self.engine = folder, engine

    def raw(self, *contents: str | bytes, **how: Any) -> RawTable:
        files = []
        for number, content in enumerate(contents):
            files.append(self.folder / f"part-{number}.csv")
            files[-1].write_bytes(content.encode() if isinstance(content, str) else content)
        source = SourceSettings(format="csv", path="part-*.csv", table="order_lines", **how)
        return read_delimited(source, files, engine=self.engine, scratch=self.folder / "scratch")

    def rows(self, *contents: str | bytes, **how: Any) -> tuple[list[list[Any]], list[tuple[int, str, str]]]:
        raw = self.raw(*contents, **how)
        found = self.engine.to_rows(raw.expr.order_by("source_row"))
        rejects = [(row["source_row"], row["text"], row["reason"]) for row in raw.rejects.to_pylist()]
        return [[row.pop("source_row"), *row.values()] for row in found], rejects


@pytest.fixture
def reader(tmp_path: Path, engine: Engine) -> Reader:
    return Reader(tmp_path, engine)


def test_lines_that_do_not_fit_keep_their_place(reader: Reader) -> None:
    rows, rejects = reader.rows('a,b\n1,2\n3\n4,"5\n6"\n7,8,9\n10\n11,12\n')
    assert rows == [[1, "1", "2"], [3, "4", "5\n6"], [6, "11", "12"]]
    assert rejects == [
        (2, "3", "too few fields: 1 instead of 2"),
        (4, "7,8,9", "too many fields: 3 instead of 2"),
        (5, "10", "too few fields: 1 instead of 2"),
    ]


def test_blank_lines_are_no_rows(reader: Reader) -> None:
    rows, rejects = reader.rows("a,b\n\n1,2\n\n\n3\n   \n4,5\n")
    assert rows == [[1, "1", "2"], [3, "4", "5"]]
    assert rejects == [(2, "3", "too few fields: 1 instead of 2")]


@pytest.mark.parametrize(
    "text",
    [
        'a,b\n1,2\n3,"4\n5,6\n7,8\n',
        'a,b\n1,2\n3,"4\n5,6\n7,"8"\n',
        'a,b\n1,2\n3,"4"x\n5,6\n7,8\n',
    ],
)
def test_an_open_quote_costs_its_own_line_only(reader: Reader, text: str) -> None:
    rows, rejects = reader.rows(text)
    assert rows == [[1, "1", "2"], [3, "5", "6"], [4, "7", "8"]]
    assert [(place, reason) for place, _, reason in rejects] == [(2, "a quote is not closed")]


def test_an_open_quote_far_up_in_a_long_file(reader: Reader) -> None:
    lines = [f"{number},some words to make the line longer" for number in range(300_000)]
    lines[1000] = '1000,"never closed'
    raw = reader.raw("a,b\n" + "\n".join(lines) + "\n")
    seen = reader.engine.to_rows(
        raw.expr.agg(n=raw.expr.count(), off=(raw.expr.a.cast("int64") + 1 != raw.expr.source_row).sum())
    )
    assert seen == [{"n": 299_999, "off": 0}]
    assert raw.rejects.column("source_row").to_pylist() == [1001]


def test_a_field_of_ten_megabytes(reader: Reader) -> None:
    long = "x" * 5_000_000 + "\n" + "y" * 5_000_000
    raw = reader.raw(f'a,b\n1,2\n3,"{long}"\n5,6\n')
    cells = reader.engine.to_rows(raw.expr.select("a", n=raw.expr.b.length()).order_by("a"))
    assert [(row["a"], row["n"]) for row in cells] == [("1", 1), ("3", 10_000_001), ("5", 1)]


def test_ten_megabytes_of_lines_that_do_not_fit_hide_nothing(reader: Reader) -> None:
    raw = reader.raw("a,b\n1,2\n" + ("x" * 9_999 + "\n") * 1_000 + "3,4\n")
    assert raw.rejects.num_rows == 1000
    assert reader.engine.to_rows(raw.expr.order_by("source_row"))[1] == {"a": "3", "b": "4", "source_row": 1002}


@pytest.mark.parametrize(
    "content",
    [
        b"a,b\r\n1,2\n3,4\r\n",
        b"a,b\r1,2\r3,4\r",
        b"a,b\n1\0,2\n3,\x004\n",
        "\ufeffa,b\n1,2\n3,4".encode(),
        "a,b\n1,2\n3,4\n".encode("utf-16"),
    ],
)
def test_line_ends_zero_bytes_and_marks_do_no_harm(reader: Reader, content: bytes) -> None:
    assert reader.rows(content) == ([[1, "1", "2"], [2, "3", "4"]], [])


def test_chinese_encodings(reader: Reader) -> None:
    text = "订单,客户\n1,张三\n"
    assert reader.rows(text.encode("gbk"), encoding="gb18030") == ([[1, "1", "张三"]], [])
    with pytest.raises(DataError, match="not written in utf-8 but in gb18030"):
        reader.rows(text.encode("gbk"))
    with pytest.raises(DataError, match="not written in gb18030 but in utf-8"):
        reader.rows(text, encoding="gbk")
    with pytest.raises(ConfigError, match="'klingon' is no encoding"):
        reader.rows(text, encoding="klingon")


def test_another_encoding_that_shows_only_deep_in_the_file(reader: Reader) -> None:
    plain = b"".join(b"%d,plain\n" % number for number in range(700_000))
    raw = reader.raw(b"a,b\n" + plain + "x,张三李四\n".encode("gbk") + plain)
    named = raw.expr.filter(raw.expr.a == "x")
    assert reader.engine.to_rows(named) == [{"a": "x", "b": "张三李四", "source_row": 700_001}]


def test_a_cut_character_does_not_cost_the_row(reader: Reader) -> None:
    raw = reader.raw("a,b\n1,上海\n".encode() + b"2,\xe5\x8c\n3,ok\n")
    assert reader.engine.to_rows(raw.expr.order_by("a"))[1]["b"] == "\ufffd"
    assert raw.replaced == 1


def test_quotes_behind_backslashes(reader: Reader) -> None:
    rows, rejects = reader.rows('a,b\n1,"a \\"nice\\" cup"\n2,"plain"\n')
    assert (rows[0][2], rejects) == ('a "nice" cup', [])


def test_headers_become_unique_and_say_so(reader: Reader) -> None:
    raw = reader.raw("id,name,Name,id,\n1,2,3,4,5\n")
    assert raw.expr.columns == ("id", "name", "Name_2", "id_2", "column_5", "source_row")
    assert raw.repeated == ("id",)


def test_a_file_without_header_names_its_columns_by_place(reader: Reader) -> None:
    assert reader.rows("1,2\n3,4\n", header=False) == ([[1, "1", "2"], [2, "3", "4"]], [])


def test_a_header_alone_is_a_table_without_rows(reader: Reader) -> None:
    assert reader.rows("a,b\n") == ([], [])


def test_files_are_read_one_after_another(reader: Reader) -> None:
    raw = reader.raw("a,b\n1,2\nx\n", "b,a\n4,3\n", "a,c\n5,6\n")
    assert reader.engine.to_rows(raw.expr.order_by("source_row")) == [
        {"a": "1", "b": "2", "c": None, "source_row": 1},
        {"a": "3", "b": "4", "c": None, "source_row": 3},
        {"a": "5", "b": None, "c": "6", "source_row": 4},
    ]
    assert [raw.place(row) for row in (1, 2, 3, 4, None)] == [
        ("part-0.csv", 1),
        ("part-0.csv", 2),
        ("part-1.csv", 1),
        ("part-2.csv", 1),
        ("part-*.csv", None),
    ]


def test_packed_files(tmp_path: Path, engine: Engine) -> None:
    file = tmp_path / "orders.csv.gz"
    file.write_bytes(gzip.compress(b"a,b\n1,2\n"))
    source = SourceSettings(format="csv", path=file.name, table="orders")
    raw = read_delimited(source, [file], engine=engine, scratch=tmp_path / "scratch")
    assert engine.to_rows(raw.expr) == [{"a": "1", "b": "2", "source_row": 1}]
    file.write_bytes(b"\x1f\x8b but not really")
    with pytest.raises(DataError, match="cannot be unpacked"):
        read_delimited(source, [file], engine=engine, scratch=tmp_path / "scratch")


def test_a_wrong_delimiter_is_told_from_a_renamed_column(reader: Reader) -> None:
    columns = {"order_id": "order", "quantity": "pieces"}
    with pytest.raises(DataError, match="not divided by ',' but by ';'") as wrong:
        reader.raw("order;pieces\n1;2,5\n", columns=columns)
    assert wrong.value.where["expected"] == 'delimiter = ";" in shop.toml'
    with pytest.raises(DataError, match=r"not divided by ';' but by '\\t'"):
        reader.raw("a\tb;c\n1\t2\n3\t4\n", delimiter=";")
    with pytest.raises(MappingError, match=r"part-1\.csv has no column 'pieces'.*Did you mean 'pieces_sold'"):
        reader.raw("order,pieces\n1,2\n", "order,pieces_sold\n3,4\n", columns=columns)


cells = st.text(
    st.characters(codec="gb18030", exclude_categories=("Cs", "Cc"), exclude_characters="\ue000\ufeff\ufffd")
)
lines = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(cells | st.sampled_from(["a\nb", ' "', "'", ",;"]), min_size=width, max_size=width))
)


@given(
    rows=lines,
    delimiter=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    end=st.sampled_from(["\n", "\r\n"]),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_a_program_writes_is_read_back(
    reader: Reader, rows: list[list[str]], delimiter: str, encoding: str, quoting: int, end: str
) -> None:
    width = len(rows[0]) if rows else 1
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=delimiter, quoting=quoting, lineterminator=end)
    writer.writerows([[f"c{place}" for place in range(width)], *rows])
    plain = written.getvalue().isascii()
    how = {"delimiter": delimiter, "encoding": "utf-8" if plain and encoding == "gb18030" else encoding}
    found, rejects = reader.rows(written.getvalue().encode(encoding), **how)
    assert rejects == []
    assert [["" if cell is None else cell for cell in row[1:]] for row in found] == rows
