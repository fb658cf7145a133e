from __future__ import annotations

import datetime as dt
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from habitue.engine import Engine, parse_time, text_matches
from habitue.errors import EngineError


@pytest.fixture
def engine():
    with Engine() as opened:
        yield opened


def test_source_rows_are_places_in_the_file(engine: Engine, tmp_path: Path) -> None:
    pq.write_table(pa.table({"n": [5, 3, 4]}), tmp_path / "a.parquet")
    rows = engine.to_rows(engine.read_parquet(tmp_path / "a.parquet", row_numbers=True))
    assert [(row["source_row"], row["n"]) for row in rows] == [(1, 5), (2, 3), (3, 4)]


def test_a_file_that_is_no_parquet_is_named(engine: Engine, tmp_path: Path) -> None:
    broken = tmp_path / "it's broken.parquet"
    broken.write_bytes(b"not at all")
    with pytest.raises(EngineError, match="is no readable Parquet file"):
        engine.read_parquet(broken, row_numbers=True)


def test_what_is_written_is_read_back_in_order(engine: Engine, tmp_path: Path) -> None:
    table = engine.from_arrow(pa.table({"n": [3, 1, 2]}))
    assert engine.write_parquet(table, tmp_path / "deep" / "n.parquet", sort=["n"]) == 3
    assert engine.to_arrow(engine.read_parquet(tmp_path / "deep" / "n.parquet"))["n"].to_pylist() == [1, 2, 3]


@pytest.mark.parametrize("name", ["plain.parquet", "it's “quoted” 🥇.parquet", 'say "hi".parquet'])
def test_rows_held_in_python_are_written_under_any_name(engine: Engine, tmp_path: Path, name: str) -> None:
    assert engine.write_parquet(ibis.memtable(pa.table({"n": [3, 1]})), tmp_path / name, quick=True) == 2
    assert sorted(engine.to_arrow(engine.read_parquet(tmp_path / name))["n"].to_pylist()) == [1, 3]


def test_a_digest_tells_rows_apart_and_not_their_order(engine: Engine) -> None:
    rows = [{"n": 1, "t": "a"}, {"n": 2, "t": None}, {"n": 2, "t": None}]
    digest = [engine.digest(engine.from_arrow(pa.Table.from_pylist(each))) for each in (rows, rows[::-1], rows[:2])]
    assert digest[0] == digest[1] != digest[2]


def test_two_results_can_be_open_at_once(engine: Engine) -> None:
    first = engine.keep(engine.from_arrow(pa.table({"n": [1, 2]})))
    second = engine.from_arrow(pa.table({"n": [3]}))
    assert engine.to_arrow(first.n.sum()).as_py() + engine.to_arrow(second.n.sum()).as_py() == 6


def test_times_that_do_not_fit_the_pattern_are_missing(engine: Engine) -> None:
    table = engine.from_arrow(pa.table({"t": ["31/12/2024 23:59", "12/31/2024 23:59", None]}))
    read = engine.to_arrow(table.select(t=parse_time(table.t, "%d/%m/%Y %H:%M")))["t"].to_pylist()
    assert read == [dt.datetime(2024, 12, 31, 23, 59), None, None]


def test_text_matches_looks_at_the_whole_text(engine: Engine) -> None:
    table = engine.from_arrow(pa.table({"t": ["C123", "XC123", "C12x"]}))
    assert engine.to_arrow(table.select(m=text_matches(table.t, "C[0-9]+")))["m"].to_pylist() == [True, False, False]


def test_a_wrong_query_fails_with_our_error(engine: Engine) -> None:
    with pytest.raises(EngineError):
        engine.query("SELECT nothing FROM nowhere")


def test_closing_takes_the_spill_folder_away() -> None:
    engine = Engine()
    folder = engine._spill
    assert folder.is_dir()
    engine.close()
    engine.close()
    assert not folder.exists()


def test_dropped_rows_are_gone():
    with Engine() as engine:
        held = engine.keep(engine.from_arrow(pa.table({"n": [1, 2]})))
        count = engine.query("SELECT count(*) AS tables FROM duckdb_tables()")
        before = engine.to_rows(count)[0]["tables"]
        engine.drop(held)
        assert engine.to_rows(count)[0]["tables"] == before - 1
        engine.drop(held)
