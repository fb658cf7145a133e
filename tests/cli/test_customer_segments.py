"""What `habitue customer` says of the learnt segment of a customer: which, since when, from where, and why."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from habitue.cli.app import call
from habitue.cli.customer_segments import segment_line
from habitue.data.shop import Shop
from habitue.report.numbers import Numbers
from habitue.schema import Words
from habitue.signals.segment.membership import FLOWS, MOVES

EXPORT = """Order No;Customer;Item;Title;Date;Qty;Price
1;ann;t1;Green tea;05.01.2024 10:00;2;3,50
2;bob;t1;Green tea;17.01.2024 12:30;1;3,50
3;cat;c1;Blue cup;28.02.2024 09:15;3;3,20
4;dan;c1;Blue cup;28.02.2024 10:15;3;3,20
"""


def _row(back: int, at: dt.datetime, who: str, start: str, end: str, **turned: Any) -> dict[str, Any]:
    empty = dict.fromkeys(("feature", "before", "now", "op", "threshold"))
    then = {"from_at": at - dt.timedelta(days=back), "to_at": at}
    return {**then, "customer_id": who, "from_segment": start, "to_segment": end, **empty, **turned}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ann left a month ago, bob two months ago, cat is new, dan never moved."""
    folder = tmp_path_factory.mktemp("placed")
    (folder / "export.csv").write_text(EXPORT, encoding="utf-8")
    assert call(["init", str(folder / "export.csv"), "--folder", str(folder)]) == 0
    quiet = {"feature": "recency_days", "before": 20.5, "now": 61.0, "op": "<", "threshold": 60.0}
    fewer = {"feature": "orders_365d", "before": 4.0, "now": 1.0, "op": ">=", "threshold": 2.0}
    with Shop.open(folder) as opened:
        at = opened.latest_as_of
        people = {"ann": "learnt_02", "bob": "learnt_02", "cat": "learnt_01", "dan": "learnt_01"}
        names = {"learnt_01": ("Just bought", "刚刚购买"), "learnt_02": ("Long absent", "久未购买")}
        moves = [
            _row(30, at, "ann", "learnt_01", "learnt_02", **quiet),
            _row(90, at, "ann", "learnt_01", "learnt_02", **quiet),
            _row(90, at, "bob", "learnt_01", "learnt_02", **fewer),
            _row(30, at, "cat", "none", "learnt_01"),
            _row(90, at, "cat", "none", "learnt_01"),
        ]
        flows = [
            {"from_at": at - dt.timedelta(days=back), "to_at": at, "from_segment": "learnt_01",
             "to_segment": "learnt_02", "customers": 1} for back in (30, 90)
        ]  # fmt: skip
        definitions = [
            {"segment": code, "as_of": at, "place": n, "name_en": en, "name_zh": zh, "rule_en": "r", "rule_zh": "规"}
            for n, (code, (en, zh)) in enumerate(names.items(), 1)
        ]
        time = pa.timestamp("us")
        tables = {
            "segments": pa.table({"customer_id": list(people), "as_of": pa.array([at] * 4, time),
                                  "segment": list(people.values())}),
            "segment_definitions": pa.Table.from_pylist(definitions),
            "segment_moves": pa.Table.from_pylist(moves, schema=MOVES),
            "segment_flows": pa.Table.from_pylist(flows, schema=FLOWS),
        }  # fmt: skip
        with opened.ledger.run(as_of=at, data_fingerprint=opened.loaded.fingerprint) as run:
            for name, table in tables.items():
                run.publish(name, table, area="segments", version="1", meaning=Words(name, name))
    return folder


@pytest.fixture
def ask(shop: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    monkeypatch.setenv("COLUMNS", "240")

    def asked(*tokens: str) -> str:
        capsys.readouterr()
        assert call(["customer", *tokens, "--shop", str(shop)]) == 0
        return capsys.readouterr().out

    return asked


LINES = {
    "ann": """2 · Long absent: came between 30 Jan 2024 and 29 Feb 2024 from Just bought; \
days since the last purchase rose from 20.5 to 61, the border is 60""",
    "bob": """2 · Long absent: came between 1 Dec 2023 and 30 Jan 2024 from Just bought; \
orders, last 365 days fell from 4 to 1, the border is 2""",
    "cat": "1 · Just bought: new since 30 Jan 2024",
    "dan": "1 · Just bought: already there on 1 Dec 2023",
}


@pytest.mark.parametrize(("who", "line"), LINES.items())
def test_it_says_since_when_and_why(ask: Callable[..., str], who: str, line: str) -> None:
    assert line in ask(who, "--lang", "en")


@pytest.mark.parametrize(
    ("start", "line"),
    [
        ("learnt_01", "2 · Long absent: since 12 Feb 2024, before that Just bought; orders fell"),
        ("none", "2 · Long absent: since 12 Feb 2024, a customer since then; orders fell"),
        (None, "2 · Long absent: since 12 Feb 2024"),
    ],
)
def test_the_day_is_told_where_it_was_published(start: str | None, line: str) -> None:
    at = dt.datetime(2024, 3, 1)
    move = {"from_segment": start, "from_en": "Just bought", "condition_en": "orders fell"}
    found = {"segment": "learnt_02", "place": 2, "name_en": "Long absent", "as_of": at, "stood_since": None}
    found |= {"since": dt.datetime(2024, 2, 12, 9), "moves": [move] if start else []}
    assert segment_line(found, at, Numbers("en")) == line


def test_it_says_so_in_chinese(ask: Callable[..., str]) -> None:
    line = "2 · 久未购买：2024年1月30日至2024年2月29日期间由刚刚购买转入；距上次购买天数由20.5升至61，界限为60"
    assert line in ask("ann", "--lang", "zh")


def test_json_has_the_segment_and_its_moves(ask: Callable[..., str]) -> None:
    found = json.loads(ask("bob", "--json"))["segments"]["segments"]
    assert (found["segment"], found["place"], found["name_zh"]) == ("learnt_02", 2, "久未购买")
    assert found["stood_since"] == "2024-01-30T00:00:00"
    (move,) = found["moves"]
    assert (move["from_segment"], move["from_en"], move["threshold"]) == ("learnt_01", "Just bought", 2.0)
    assert json.loads(ask("cat", "--json"))["segments"]["segments"]["moves"][0]["condition_en"] is None


def test_an_older_run_is_told(ask: Callable[..., str]) -> None:
    assert "computed as of 29 Feb 2024" in ask("dan", "--as-of", "2024-03-20", "--lang", "en")
    assert json.loads(ask("dan", "--as-of", "2024-02-29", "--json"))["segments"]["segments"] is not None


def test_before_the_first_run_there_is_none(ask: Callable[..., str]) -> None:
    document = json.loads(ask("ann", "--as-of", "2024-01-20", "--json"))
    assert document["segments"] == {"rfm": None, "lifecycle": None, "segments": None}
