"""The log of what was served and done survives crashes and says what was lost."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from habitue.errors import LedgerError
from habitue.ledger import Ledger


def test_entries_come_back_by_kind_in_order(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    assert len(ledger.records("served")) == 0
    for number in range(3):
        ledger.record("served" if number != 1 else "done", {"number": number, "day": date(2024, 1, 1), "name": "顾客"})
    assert [entry.data["number"] for entry in ledger.records("served")] == [0, 2]
    assert [entry.kind for entry in ledger.records()] == ["served", "done", "served"]
    assert next(iter(ledger.records("done"))).data == {"number": 1, "day": "2024-01-01", "name": "顾客"}


def test_any_cut_of_the_last_line_costs_only_that_line(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.record("served", {"number": 0})
    log = tmp_path / "entries.jsonl"
    whole = log.stat().st_size
    ledger.record("served", {"number": 1, "name": "顾客"})
    content = log.read_bytes()
    for end in range(whole + 1, len(content) - 1):
        log.write_bytes(content[:end])
        before = ledger.records("served")
        assert ([entry.data["number"] for entry in before], before.torn_lines) == ([0], (2,))
        ledger.record("served", {"number": 2})
        after = ledger.records("served")
        assert ([entry.data["number"] for entry in after], after.torn_lines) == ([0, 2], (2,))


@pytest.mark.parametrize("value", [float("nan"), object(), {1, 2}])
def test_what_json_cannot_say_is_refused_and_nothing_written(tmp_path: Path, value: object) -> None:
    ledger = Ledger(tmp_path)
    with pytest.raises(LedgerError, match="served entry"):
        ledger.record("served", {"value": value, "at": datetime(2024, 1, 1)})
    assert len(ledger.records()) == 0
