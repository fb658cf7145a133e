"""`habitue segments …`: every command, in both languages and as JSON, and what it says when something is wrong."""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path
from typing import Any

import pyarrow.csv as pa_csv
import pytest

from habitue.cli.app import call
from habitue.cli.segment_printing import print_comparison
from habitue.data.shop import Shop
from habitue.data.simulate import simulate
from habitue.schema import Words
from habitue.signals.segment import membership, rfm

NAME = '“Fresh” "ones" 🎉'
_COLUMNS = ["order_id", "customer_id", "product_id", "product_title", "ordered_at", "quantity", "unit_price"]


def _init(folder: Path, customers: int) -> Path:
    lines = simulate(customers=customers, days=300, seed=5, language="en", tables={"order_lines"}).tables["order_lines"]
    pa_csv.write_csv(lines.select(_COLUMNS), folder / "export.csv")
    assert call(["init", str(folder / "export.csv"), "--folder", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = _init(tmp_path_factory.mktemp("segmented"), 120)
    with Shop.open(folder) as opened:
        at = opened.latest_as_of
        scores = rfm.score(opened, at)
        with opened.ledger.run(as_of=at, data_fingerprint=opened.loaded.fingerprint) as run:
            for name, table in (membership.run(opened, at, signals={"rfm": scores}) | {"rfm": scores}).items():
                run.publish(name, table, area="segments", version="1", meaning=Words(name, name))
    return folder


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _init(tmp_path_factory.mktemp("bare"), 20)


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, shop: Path) -> Any:
    """Run a command; return its text, or what its JSON says."""
    monkeypatch.setenv("COLUMNS", "240")

    def asked(command: str, *tokens: str, at: Path = shop, code: int = 0) -> Any:
        capsys.readouterr()
        assert call(["segments", command, *tokens, "--shop", str(at)]) == code
        said = capsys.readouterr()
        if "--json" in tokens:
            return json.loads(said.out)
        return said.err if code else said.out

    return asked


def test_learnt_segments_are_listed(ask: Any) -> None:
    document = ask("list", "--json")
    assert [row["segment"] for row in document["learnt"]][:2] == ["learnt_01", "learnt_02"]
    assert document["learnt"][0]["name_en"] in ask("list", "--lang", "en")
    chinese = ask("list", "--lang", "zh")
    assert document["learnt"][0]["name_zh"] in chinese
    assert "建议动作" in chinese


def test_without_a_run_nothing_is_learnt(ask: Any, bare: Path) -> None:
    assert ask("list", "--json", at=bare)["learnt"] == []
    assert "habitue run" in ask("list", at=bare)
    assert "habitue run" in ask("migrate", "--from", "2023-02-01", at=bare, code=6)
    assert "There is no segment 'learnt_01'" in ask("show", "learnt_01", at=bare, code=2)


def test_a_learnt_segment_is_shown_by_code_and_by_name(ask: Any) -> None:
    document = ask("show", "learnt_01", "--json")
    assert (document["kind"], document["place"]) == ("learnt", 1)
    assert document == ask("show", document["name_zh"], "--json")
    for language in ("en", "zh"):
        said = ask("show", document["name_en"], "--lang", language)
        for part in (document[f"rule_{language}"], document[f"treatment_name_{language}"]):
            assert part in said
    assert {row["other_family"] for row in document["overlap"]} == {"rfm"}


def test_a_sentence_is_tried_out_in_both_languages(ask: Any) -> None:
    english = ask("preview", "recency_days < 60 and orders >= 2", "--json")
    chinese = ask("preview", "距上次购买天数 < 60，且 orders >= 2", "--json")
    tree = ask("preview", json.dumps(english["rule"]), "--json")
    assert english["rule"] == chinese["rule"] == tree["rule"]
    assert english["size"] == chinese["size"] == tree["size"] > 0
    assert [row["left"] for row in english["conditions"]][-1] == english["size"]
    assert english["rule_en"] in ask("preview", "orders >= 2 and recency_days < 60")


def test_the_preview_speaks_chinese(ask: Any) -> None:
    said = ask("preview", "距上次购买天数 < 60", "--lang", "zh")
    assert "距上次购买天数[recency_days] < 60" in said
    assert "逐条筛选后" in said


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("recency_day < 60", "Did you mean 'recency_days'"),
        ("recency_days <", "▶"),
        ("{", "no JSON"),
        ("距上次购买天数 <", "▶"),
        ("customer.country = 'FR'", "habitue check"),
    ],
)
def test_a_sentence_that_cannot_be_read_is_pointed_at(ask: Any, sentence: str, words: str) -> None:
    assert words in ask("preview", sentence, code=3 if "country" in sentence else 2)


def test_an_empty_segment_is_no_error(ask: Any) -> None:
    assert ask("preview", "recency_days < 5 and recency_days > 9", "--json")["remarks"][0]["code"] == "contradiction"
    document = ask("save", "nobody", "recency_days < 0", "--json")
    assert (document["size"], document["state"]) == (0, "fresh")
    assert ask("export", "nobody") == "customer_id\n"


def test_a_segment_is_saved_shown_and_exported(ask: Any, tmp_path: Path) -> None:
    first = ask("save", NAME, "recency_days < 40", "--json")
    second = ask("save", NAME, "recency_days < 60", "--json")
    assert (first["version"], second["version"], second["state"]) == (1, 2, "fresh")
    assert [each["rule"]["value"] for each in second["versions"]] == [40, 60]
    assert {row["other_family"] for row in second["overlap"]} == {"learnt", "rfm"}
    assert NAME in [row["name"] for row in ask("list", "--json")["saved"]]
    assert NAME in ask("list", "--lang", "zh")
    assert "< 40" in ask("show", NAME)
    exported = ask("export", NAME, "--json")
    assert len(exported["members"]) == second["size"]
    file = tmp_path / "名单 “1”.csv"
    assert file.name in ask("export", NAME, "--csv", str(file)).replace("\n", "")
    with file.open(encoding="utf-8", newline="") as opened:
        assert [row["customer_id"] for row in csv.DictReader(opened)] == exported["members"]
    assert ask("export", NAME).split() == ["customer_id", *exported["members"]]


def test_segments_build_on_each_other(ask: Any) -> None:
    ask("save", "base", "orders >= 2", "--json")
    inner = ask("preview", "orders >= 2 and recency_days < 60", "--json")["size"]
    tree = json.dumps({"all": [{"segment": "base"}, {"feature": "recency_days", "op": "<", "value": 60}]})
    assert ask("preview", tree, "--json")["size"] == inner
    assert ask("save", "on top", tree, "--json")["uses"] == ["base"]


def test_an_old_definition_is_exported_as_of_an_old_day(ask: Any) -> None:
    ask("save", "Lately", "recency_days < 400")
    then = ask("export", "Lately", "--as-of", "2023-09-01", "--json")["members"]
    ask("save", "Lately", "recency_days < 10")
    again = ask("export", "Lately", "--version", "1", "--as-of", "2023-09-01", "--json")["members"]
    assert again == then
    assert len(ask("export", "Lately", "--as-of", "2023-09-01", "--json")["members"]) < len(then)
    assert "no versions" in ask("export", "learnt_01", "--version", "1", code=2)
    assert "no version 3" in ask("export", "Lately", "--version", "3", code=2)


def test_a_learnt_segment_is_exported(ask: Any) -> None:
    document = ask("export", "learnt_01", "--json")
    assert document["customers"] == ask("show", "learnt_01", "--json")["customers"] == len(document["members"])


def test_names_that_are_not_there_are_guessed(ask: Any) -> None:
    ask("save", "Regulars", "orders >= 3", "--json")
    assert "Did you mean 'Regulars'" in ask("show", "Regular", code=2)
    assert "Did you mean 'learnt_01'" in ask("export", "learnt_1", code=2)
    assert ask("show", "zzz", "--json", code=2)["error"] == "ConfigError"
    assert "learnt segment" in ask("save", "learnt_01", "orders >= 3", code=2)
    assert "cannot be written" in ask("export", "Regulars", "--csv", "/nowhere/at/all.csv", code=2)


def test_customers_are_followed_between_two_days(ask: Any) -> None:
    document = ask("migrate", "--from", "2023-07-01", "--to", "2023-09-29", "--json")
    assert sum(row["customers"] for row in document["flows"]) > 0
    moved = sum(row["customers"] for row in document["flows"] if row["from_segment"] != row["to_segment"])
    assert moved == sum(row["customers"] for row in document["why"])
    english, chinese = (ask("migrate", "--from", "2023-07-01", "--lang", each) for each in ("en", "zh"))
    assert "The commonest reasons" in english
    assert "尚非客户" in chinese


def test_days_that_make_no_sense_are_refused(ask: Any) -> None:
    assert "is not before" in ask("migrate", "--from", "2023-09-01", "--to", "2023-07-01", code=2)
    assert "is not known" in ask("migrate", "--from", "2023-09-01", "--to", "2031-01-01", code=2)
    assert "is no date" in ask("migrate", "--from", "yesterday", code=2)


def test_a_segmentation_of_ones_own_is_compared(ask: Any, tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    members = ask("export", "learnt_01", "--json")["members"]
    file.write_text("segment;customer_id\n" + "".join(f"VIP;{each}\n" for each in members), encoding="utf-8-sig")
    document = ask("compare", str(file), "--as-of", "2023-07-15", "--at", "4", "--json")
    rows = {row["segmentation"]: row for row in document["rows"] if row["at"] is None}
    assert {"mine", "habitue", "rfm_named", "ceiling"} <= set(rows)
    assert 0 < rows["mine"]["coverage"] < 1
    equal = {row["segmentation"]: row["segments"] for row in document["rows"] if row["at"] == 4}
    assert {"habitue", "rfm_score"} <= set(equal)
    assert max(equal.values()) <= 4
    assert "headroom" in rows["mine"]
    assert rows["ceiling"]["headroom"] is None


def test_headroom_is_told_in_both_languages(capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    monkeypatch.setenv("COLUMNS", "240")
    figures = {"at": None, "segments": 8, "coverage": 1.0, "r2_log_spend": 0.29, "auc": 0.76}
    rows = [
        figures | {"segmentation": "habitue", "headroom": 0.571},
        figures | {"segmentation": "rfm_score", "headroom": -0.2},
        figures | {"segmentation": "ceiling", "headroom": None},
    ]
    document = {"horizon_days": 90, "as_of": dt.datetime(2024, 1, 1), "rows": rows}
    print_comparison(document, "en")
    said = capsys.readouterr().out
    assert all(each in said for each in ("57%", "-20%", "–", "Headroom: how much of the way"))
    print_comparison(document, "zh")
    assert "提升空间达成率" in capsys.readouterr().out


def test_a_file_that_is_no_segmentation_is_refused(ask: Any, tmp_path: Path) -> None:
    file = tmp_path / "other.csv"
    file.write_text("customer,segment\n1,a\n", encoding="utf-8")
    assert "Did you mean 'customer'" in ask("compare", str(file), code=3)
    assert "cannot be read" in ask("compare", str(tmp_path / "gone.csv"), code=3)
    file.write_bytes("customer_id,segment\n1,客户\n".encode("gbk"))
    assert "UTF-8" in ask("compare", str(file), code=3)
