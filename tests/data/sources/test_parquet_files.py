import datetime as dt
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from habitue.data.sources.columnar import is_parquet, read_columnar
from habitue.engine import Engine
from habitue.errors import DataError


def test_files_are_read_one_after_another_with_native_types(tmp_path: Path, engine: Engine) -> None:
    first, second = tmp_path / "a.parquet", tmp_path / "b.parquet"
    when = [dt.datetime(2024, 1, 5), dt.datetime(2024, 1, 6)]
    pq.write_table(pa.table({"id": [7, 8], "at": when}), first)
    pq.write_table(pa.table({"at": when[:1], "id": ["x"], "more": [1.5]}), second)
    raw = read_columnar("orders", "*.parquet", [first, second], engine=engine)
    assert engine.to_rows(raw.expr.order_by("source_row")) == [
        {"id": "7", "at": when[0], "source_row": 1, "more": None},
        {"id": "8", "at": when[1], "source_row": 2, "more": None},
        {"id": "x", "at": when[0], "source_row": 3, "more": 1.5},
    ]
    assert raw.place(3) == ("b.parquet", 1)
    assert str(read_columnar("orders", "a", [first], engine=engine).expr.schema()["id"]) == "int64"


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"", "is empty"), (b"PAR1 broken", "is no readable Parquet file"), (None, "There is no file")],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, engine: Engine, content: bytes | None, why: str) -> None:
    file = tmp_path / "rows.parquet"
    if content is not None:
        file.write_bytes(content)
    assert is_parquet(file)
    with pytest.raises(DataError, match=why) as error:
        read_columnar("orders", "rows.parquet", [file], engine=engine)
    assert "rows.parquet" in str(error.value)
