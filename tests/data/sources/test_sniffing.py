from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from habitue.data.sources import Sniffed, sample, sniff
from habitue.data.sources.encoding import encoding_of
from habitue.errors import DataError

PLAIN = "order;day;price\n1;01.02.2024;12,50\n2;02.02.2024;1.234,00\n"


@pytest.mark.parametrize(
    ("text", "encoding", "expected"),
    [
        (PLAIN, "utf-8", Sniffed("utf-8", ";", '"', True, ",", ".")),
        (PLAIN, "utf-8-sig", Sniffed("utf-8-sig", ";", '"', True, ",", ".")),
        ("订单号,客户,金额\n1,张三,￥12.5\n", "gbk", Sniffed("gb18030", ",")),
        ("訂單號\t客戶\t金額\n1\t陳大文\t12.5\n", "big5", Sniffed("big5", "\t")),
        ("订单号\t客户\n1\t张三\n", "utf-16", Sniffed("utf-16", "\t")),
        ("a;b\n1;2\n3;4\n", "utf-16-le", Sniffed("utf-16-le", ";")),
        ("numéro,prix\n1,2.5\nà,3.5\n", "cp1252", Sniffed("cp1252", ",")),
        ("id|when|share\n1|2024-01-01 10:00:00|0,5\n2|2024-01-01 11:00:00|1,25\n", "ascii",
         Sniffed("utf-8", "|", decimal=",")),
        ("name,n\n'x, y',1\n'z, w',2\n", "ascii", Sniffed("utf-8", ",", "'")),
        ('a,b\n1,"x, y\nz"\n2,"1,234.50"\n', "ascii", Sniffed("utf-8", ",", thousands=",")),
        ("ann,3.5,7\nbob,4.5,8\n", "ascii", Sniffed("utf-8", ",", header=False)),
        ("Germany,ann\nGermany,bob\nFrance,cid\n", "ascii", Sniffed("utf-8", ",", header=False)),
        ("id\n1\n2\n", "ascii", Sniffed("utf-8", ",")),
    ],
)  # fmt: skip
def test_how_a_file_is_written(tmp_path: Path, text: str, encoding: str, expected: Sniffed) -> None:
    file = tmp_path / "export.csv"
    file.write_bytes(text.encode(encoding))
    assert sniff(file) == expected


def test_what_only_shows_late_is_seen(tmp_path: Path) -> None:
    file = tmp_path / "late.csv"
    early = "".join(f"{number},plain,{number}\n" for number in range(200_000))
    late = "".join(f'{number},张三李四王五,"12,{number % 90 + 10}"\n' for number in range(30_000))
    file.write_bytes(f"id,name,price\n{early}{late}".encode("gb18030"))
    found = sniff(file)
    assert (found.encoding, found.decimal) == ("gb18030", ",")
    seen = sample(file)
    assert len(seen.columns["id"]) <= 5000
    assert "张三李四王五" in seen.columns["name"]


def test_a_few_cut_characters_are_still_utf8() -> None:
    assert encoding_of(["店名,城市\n上海,北京\n".encode() + b"\xe4\xb8\n"]) == "utf-8"


@pytest.mark.parametrize("content", [b"", b"\n \r\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_called_empty(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "orders.csv"
    file.write_bytes(content)
    with pytest.raises(DataError, match=r"orders\.csv is empty"):
        sample(file)


def test_samples_of_parquet_are_text_with_native_types(tmp_path: Path) -> None:
    file = tmp_path / "rows.parquet"
    table = pa.table({"id": [1, 2], "ok": [True, None], "price": [2.5, None]})
    pq.write_table(table, file, row_group_size=1)
    seen = sample(file)
    assert seen.columns == {"id": ["1", "2"], "ok": ["true", None], "price": ["2.5", None]}
    assert seen.native == {"id": "int64", "ok": "boolean", "price": "float64"}
    assert seen.sniffed is None


def test_a_broken_parquet_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "rows.parquet"
    file.write_bytes(b"PAR1 and then nothing sensible")
    with pytest.raises(DataError, match=r"rows\.parquet is no readable Parquet file"):
        sample(file)
