import csv
from collections.abc import Iterator
from pathlib import Path

import ibis
import pyarrow as pa
import pytest

from habitue.data.quarantine import reason_of, write_quarantine
from habitue.data.sources.raw import Part, RawTable
from habitue.engine import Engine


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine(memory="1GB", threads=1) as engine:
        yield engine


def test_rows_keep_their_place_reason_and_cells(tmp_path: Path, engine: Engine) -> None:
    cells = {"名称": ["杯子", None, 'a "b", c'], "n": [1, 2, 3], "source_row": [1, 2, 4]}
    rejects = pa.table({"source_row": [3], "text": ["x;y;z"], "reason": ["too many fields"]})
    parts = (Part("jan.csv", 0), Part("feb.csv", 2))
    raw = RawTable("orders", "*.csv", engine.from_arrow(pa.table(cells)), rejects, parts=parts)
    bad = {"source": ["*.csv"] * 2, "source_row": [2, 4], "reason": ["n: missing", "ordered_at: missing"]}
    file = tmp_path / "quarantine" / "orders.csv"
    assert write_quarantine(engine.from_arrow(pa.table(bad)), {"*.csv": raw}, file, engine=engine) == 3
    with file.open(encoding="utf-8-sig", newline="") as opened:
        assert list(csv.reader(opened)) == [
            ["source", "source_row", "reason", "row"],
            ["feb.csv", "1", "too many fields", "x;y;z"],
            ["feb.csv", "2", "ordered_at: missing", '名称=a "b", c | n=3'],
            ["jan.csv", "2", "n: missing", "n=2"],
        ]
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    assert [each.name for each in file.parent.iterdir()] == ["orders.csv"]


def test_nothing_to_set_apart_leaves_no_file(tmp_path: Path, engine: Engine) -> None:
    file = tmp_path / "orders.csv"
    file.write_text("of the last run", encoding="utf-8")
    raw = RawTable("orders", "a.csv", engine.from_arrow(pa.table({"n": [1], "source_row": [1]})))
    none = engine.from_arrow(pa.table({"source": pa.array([], pa.string()), "source_row": pa.array([], pa.int64())}))
    nothing = none.mutate(reason=ibis.literal("no reason"))
    assert write_quarantine(nothing, {"a.csv": raw}, file, engine=engine) == 0
    assert not file.exists()


def test_a_reason_names_every_cell_that_is_wanting(engine: Engine) -> None:
    rows = pa.table(
        {
            "order_id": [None, "7", "8"],
            "quantity": pa.array([None, None, 1], pa.float64()),
            "unreadable_quantity": [None, "x" * 200, None],
        }
    )
    expr = engine.from_arrow(rows)
    reasons = [row["why"] for row in engine.to_rows(expr.select(why=reason_of(expr, ["order_id", "quantity"])))]
    assert reasons == ["order_id: missing; quantity: missing", f"quantity: cannot read '{'x' * 80}'", ""]
