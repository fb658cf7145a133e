"""A run killed at any point, by a real signal to a real process, leaves the previous results whole."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest

from habitue.errors import LedgerError
from habitue.ledger import Ledger
from habitue.schema import Words

CHILD = """
    import os, sys, time
    from datetime import datetime
    import pyarrow as pa
    from habitue.ledger import Ledger
    from habitue.schema import Words

    folder, stop_at = sys.argv[1:]

    def wait():
        print("waiting", flush=True)
        time.sleep(600)

    swap = os.replace
    def stopping_swap(source, target):
        if stop_at == "swap" and str(target).endswith("manifest.json"):
            wait()
        swap(source, target)
    os.replace = stopping_swap

    with Ledger(folder).run(as_of=datetime(2024, 2, 1), data_fingerprint="f2") as run:
        run.publish("sizes", pa.table({"n": [2]}), area="demo", version="2", meaning=Words("sizes", "大小"))
        if stop_at == "between":
            wait()
        run.publish("others", pa.table({"n": [2]}), area="demo", version="2", meaning=Words("others", "其他"))
    wait()
"""


def publish(ledger: Ledger, value: int) -> None:
    with ledger.run(as_of=datetime(2024, 1, 1), data_fingerprint="f1") as run:
        for name in ("sizes", "others"):
            run.publish(name, pa.table({"n": [value]}), area="demo", version="1", meaning=Words(name, name))


def state(ledger: Ledger) -> dict[str, list[int]]:
    return {name: table.to_arrow()["n"].to_pylist() for name, table in ledger.tables().items()}


def child_at(folder: Path, stop_at: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", textwrap.dedent(CHILD), str(folder), stop_at]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "waiting\n"
    return child


def kill(child: subprocess.Popen[str]) -> None:
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    assert child.stdout is not None
    child.stdout.close()


@pytest.mark.parametrize(("stop_at", "value"), [("between", 1), ("swap", 1), ("after", 2)])
def test_a_killed_run_shows_all_or_nothing(tmp_path: Path, stop_at: str, value: int) -> None:
    ledger = Ledger(tmp_path / ".habitue")
    publish(ledger, 1)
    kill(child_at(ledger.folder, stop_at))
    assert state(ledger) == {"sizes": [value], "others": [value]}
    for table in ledger.tables().values():
        table.verify()
    publish(ledger, 3)  # neither the dead run's lock nor its leftovers are in the way
    assert state(ledger) == {"sizes": [3], "others": [3]}
    assert list((ledger.folder / "staging").iterdir()) == []


def test_a_living_run_is_left_alone(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / ".habitue")
    child = child_at(ledger.folder, "between")
    try:
        with pytest.raises(LedgerError, match=f"process {child.pid} on "):
            publish(ledger, 1)
        assert len(list((ledger.folder / "staging").glob("*/sizes.parquet"))) == 1
    finally:
        kill(child)
    publish(ledger, 1)
    assert state(ledger) == {"sizes": [1], "others": [1]}
