"""Published tables: all at once or not at all, found again by instant, recognised by hash."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from habitue.errors import LedgerError, MissingExtra
from habitue.ledger import Ledger
from habitue.schema import Words

MEANING = Words("sizes of things", "大小")


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / ".habitue")


def publish(ledger: Ledger, as_of: datetime, **tables: list[int]) -> str:
    with ledger.run(as_of=as_of, data_fingerprint="f1", note="a test") as run:
        for name, values in tables.items():
            run.publish(name, pa.table({"n": values}), area="demo", version="1", meaning=MEANING)
    return run.id


def values(ledger: Ledger, name: str, as_of: datetime | None = None) -> list[int]:
    return [row["n"] for row in ledger.latest(name, as_of).rows()]


def test_a_table_comes_back_with_all_that_is_known_of_it(ledger: Ledger) -> None:
    run_id = publish(ledger, datetime(2024, 3, 1), sizes=[3, 1, 2])
    table = ledger.latest("sizes", verify=True)
    assert (table.run_id, table.as_of, table.meaning, len(table)) == (run_id, datetime(2024, 3, 1), MEANING, 3)
    assert table.record.schema == {"n": "int64", "as_of": "timestamp[us]"}
    assert [row["n"] for row in table.rows()] == [3, 1, 2]
    assert pa.table(table).equals(table.to_arrow())
    assert table.to_pandas()["as_of"].unique().tolist() == [pd.Timestamp(2024, 3, 1)]
    (run,) = ledger.runs()
    assert (run.data_fingerprint, run.note, list(run.tables)) == ("f1", "a test", ["sizes"])
    assert run.started <= run.finished <= datetime.now(UTC)


def test_an_instant_finds_the_run_that_knew_no_more(ledger: Ledger) -> None:
    publish(ledger, datetime(2024, 3, 1), sizes=[3])
    publish(ledger, datetime(2024, 1, 1), sizes=[1])
    publish(ledger, datetime(2024, 2, 1), others=[0])
    assert values(ledger, "sizes") == [1]  # published last
    assert values(ledger, "sizes", datetime(2024, 2, 28)) == [1]
    assert values(ledger, "sizes", datetime(2024, 3, 1)) == [3]
    publish(ledger, datetime(2024, 3, 1), sizes=[33])
    assert values(ledger, "sizes", datetime(2025, 1, 1)) == [33]
    assert list(ledger.tables()) == ["others", "sizes"]
    with pytest.raises(LedgerError, match="2023"):
        ledger.latest("sizes", datetime(2023, 1, 1))


def test_unknown_names_say_what_there_is(ledger: Ledger) -> None:
    with pytest.raises(LedgerError) as nothing:
        ledger.latest("sizes")
    assert nothing.value.hint == "habitue run"
    publish(ledger, datetime(2024, 1, 1), sizes=[1])
    with pytest.raises(LedgerError, match="Did you mean 'sizes'"):
        ledger.latest("size")


def test_a_run_that_fails_leaves_the_previous_results(ledger: Ledger) -> None:
    publish(ledger, datetime(2024, 1, 1), sizes=[1], others=[1])
    with (  # noqa: PT012 - a run that fails half-way is the point
        pytest.raises(ZeroDivisionError),
        ledger.run(as_of=datetime(2024, 2, 1), data_fingerprint="f2") as run,
    ):
        run.publish("sizes", pa.table({"n": [2]}), area="demo", version="1", meaning=MEANING)
        raise ZeroDivisionError
    assert values(ledger, "sizes") == [1]
    assert len(ledger.runs()) == 1
    assert list((ledger.folder / "staging").iterdir()) == []


def test_a_run_at_work_reads_its_own_tables_first_and_never_later_ones(ledger: Ledger) -> None:
    publish(ledger, datetime(2024, 1, 1), sizes=[1], others=[1])
    publish(ledger, datetime(2024, 3, 1), others=[3])
    with ledger.run(as_of=datetime(2024, 2, 1), data_fingerprint="f2") as run:
        assert run.latest("sizes").to_arrow()["n"].to_pylist() == [1]
        run.publish("sizes", pa.table({"n": [2]}), area="demo", version="1", meaning=MEANING)
        assert run.latest("sizes").to_arrow()["n"].to_pylist() == [2]
        assert run.latest("others").to_arrow()["n"].to_pylist() == [1]
        assert values(ledger, "sizes") == [1]  # not visible outside before the end


def test_two_runs_at_once_are_refused_and_the_holder_named(ledger: Ledger) -> None:
    with (
        ledger.run(as_of=datetime(2024, 1, 1), data_fingerprint="f1"),
        pytest.raises(LedgerError, match=r"process \d+ on "),
        Ledger(ledger.folder).run(as_of=datetime(2024, 1, 1), data_fingerprint="f1"),
    ):
        pytest.fail("the second run began")


@pytest.mark.parametrize(
    ("name", "table", "message"),
    [
        ("Sizes", pa.table({"n": [1]}), "no name"),
        ("../sizes", pa.table({"n": [1]}), "no name"),
        ("twice", pa.table({"n": [1]}), "published twice"),
        ("sizes", pa.table({"as_of": [datetime(2020, 1, 1)]}), "differs"),
        ("sizes", [1, 2], "no Arrow table"),
    ],
)
def test_what_is_no_table_is_refused(ledger: Ledger, name: str, table: object, message: str) -> None:
    with (  # noqa: PT012 - the first publish belongs to the run
        pytest.raises(LedgerError, match=message),
        ledger.run(as_of=datetime(2024, 1, 1), data_fingerprint="f1") as run,
    ):
        run.publish("twice", pa.table({"n": [1]}), area="demo", version="1", meaning=MEANING)
        run.publish(name, table, area="demo", version="1", meaning=MEANING)
    assert ledger.runs() == ()


def test_a_changed_or_missing_file_is_found_out(ledger: Ledger) -> None:
    publish(ledger, datetime(2024, 1, 1), sizes=[1])
    table = ledger.latest("sizes")
    content = bytearray(table.path.read_bytes())
    content[8] ^= 1
    table.path.write_bytes(content)
    with pytest.raises(LedgerError, match="changed after"):
        ledger.latest("sizes", verify=True)
    table.path.unlink()
    with pytest.raises(LedgerError, match="is gone"):
        table.to_arrow()


def test_prune_keeps_the_last_runs_and_the_last_version_of_every_table(ledger: Ledger) -> None:
    first = publish(ledger, datetime(2024, 1, 1), others=[1])
    gone = [publish(ledger, datetime(2024, 1, day), sizes=[day]) for day in (2, 3)]
    last = publish(ledger, datetime(2024, 1, 4), sizes=[4])
    assert ledger.prune(keep=1) == tuple(gone)
    assert [run.id for run in ledger.runs()] == [first, last]
    assert (values(ledger, "others"), values(ledger, "sizes")) == ([1], [4])
    assert publish(ledger, datetime(2024, 1, 5), sizes=[5]) > last


def test_polars_is_asked_for_by_name(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(ledger, datetime(2024, 1, 1), sizes=[1])
    monkeypatch.setitem(__import__("sys").modules, "polars", None)
    with pytest.raises(MissingExtra, match=r"habitue\[polars\]"):
        ledger.latest("sizes").to_polars()


def test_a_folder_that_takes_no_files_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "a_file"
    blocked.write_text("not a folder")
    with (
        pytest.raises(LedgerError, match="cannot be written"),
        Ledger(blocked / ".habitue").run(as_of=datetime(2024, 1, 1), data_fingerprint="f1"),
    ):
        pytest.fail("the run began")


def test_zones_are_refused(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match="zone"), ledger.run(as_of=datetime.now(UTC), data_fingerprint="f1"):
        pytest.fail("the run began")
