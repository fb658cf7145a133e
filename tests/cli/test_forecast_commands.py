"""`habitue models` and what `habitue customer` says of the future, on made-up forecasts."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from habitue.cli.app import call
from habitue.data.shop import Shop

EXPORT = """Order No;Customer;Item;Title;Date;Qty;Price
1;ann;t1;Green tea;05.01.2024 10:00;2;3,50
2;bob;t1;Green tea;17.01.2024 12:30;1;3,50
3;cat;c1;Blue cup;28.02.2024 09:15;3;3,20
"""


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bare")
    (folder / "export.csv").write_text(EXPORT, encoding="utf-8")
    assert call(["init", str(folder / "export.csv"), "--folder", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sys.path.append(str(Path(__file__).parents[1] / "report"))  # made-up forecasts lie beside the tests of the report
    from sample_tables import publish

    folder = tmp_path_factory.mktemp("foretold")
    (folder / "export.csv").write_text(EXPORT, encoding="utf-8")
    assert call(["init", str(folder / "export.csv"), "--folder", str(folder)]) == 0
    with Shop.open(folder) as opened:
        publish(opened.ledger, ["ann", "bob", "cat"], opened.latest_as_of)
    return folder


def document(capsys: pytest.CaptureFixture[str], *tokens: str) -> Any:
    assert call([*tokens, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def text(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *tokens: str) -> str:
    monkeypatch.setenv("COLUMNS", "240")
    assert call(list(tokens)) == 0
    return capsys.readouterr().out


def test_the_cards_are_listed(shop: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    said = text(capsys, monkeypatch, "models", "--shop", str(shop))
    assert "boosted trees" in said
    assert "AUC 0.781 (0.760–0.800)" in said
    assert "RFM: 0.760 (0.740–0.780)" in said
    assert said.count("2024-02-29") == 2
    assert "梯度提升树" in text(capsys, monkeypatch, "models", "--shop", str(shop), "--lang", "zh")


def test_the_cards_are_json(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    every = document(capsys, "models", "--shop", str(shop))["models"]
    assert [(each["area"], each["task"]) for each in every] == [("churn", "churn"), ("value", "value")]
    one = document(capsys, "models", "churn", "--shop", str(shop))["models"]
    assert [each["card"]["baselines"][0]["name"] for each in one] == ["recency alone"]
    assert "state" not in one[0]


@pytest.mark.parametrize(("lang", "words"), [("en", "Will this customer stay away"), ("zh", "该客户未来90天内")])
def test_a_whole_card_is_shown(
    shop: Path, lang: str, words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = text(capsys, monkeypatch, "models", "churn", "--shop", str(shop), "--lang", lang)
    assert words in said
    assert "0.781 (0.760–0.800)" in said
    assert "0.710 (0.690–0.730)" in said
    assert "platt" in said
    assert "country (constant)" in said
    assert "0.31" in said


def test_an_unknown_model_gets_a_suggestion(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["models", "chrun", "--shop", str(shop)]) == 2
    assert "Did you mean 'churn'" in capsys.readouterr().err


def test_without_a_run_there_are_no_models(bare: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert document(capsys, "models", "--shop", str(bare)) == {"models": []}
    assert call(["models", "--shop", str(bare)]) == 0
    assert "habitue run" in capsys.readouterr().out
    assert call(["models", "churn", "--shop", str(bare)]) == 2
    assert "habitue run" in capsys.readouterr().err


def test_cards_of_later_moments_are_not_shown(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert document(capsys, "models", "--shop", str(shop), "--as-of", "2024-02-01") == {"models": []}


def test_a_customer_is_shown_with_what_to_expect(
    shop: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = text(capsys, monkeypatch, "customer", "bob", "--shop", str(shop))
    assert "Expected spend, next 90 days: 50 (80% range 10 to 150); expected orders: 1.2" in said
    assert "because: days since the last purchase: 120 (usual 43) ↑; country of the last order France ↓" in said
    assert "Chance of no order, next 90 days: 50% (medium risk)" in said
    assert "Next order expected: 9 Mar 2024 (in about 9 days, 2 days to 80 days, usual gap 30 days)" in said
    assert said.count("Next order expected") == 1  # the survival curve's own date is in the JSON
    assert "Rescue is worth it: expected gain 1 (−2 to 9), cost 1.50, place 2 on the list" in said
    assert "Next categories: tea 30%, cups 15%, pots 10% (new to them)" in said
    assert "Next products: Green tea (due to be bought again, around 9 Mar 2024)" in said


def test_a_customer_is_shown_in_chinese(
    shop: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = text(capsys, monkeypatch, "customer", "ann", "--shop", str(shop), "--lang", "zh")
    assert "未来90天预计消费" in said
    assert "不再下单的概率" in said
    assert "挽留不划算" in said
    assert "pots 20%（未买过）" in said


def test_a_customer_is_json_with_reasons_in_words(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    expected = document(capsys, "customer", "cat", "--shop", str(shop))["expected"]
    assert expected["value"]["reasons"][0] == {
        "input": "recency_days",
        "value": 120.0,
        "typical": 43.0,
        "effect": 0.8,
        "en": "days since the last purchase: 120 (usual 43) ↑",
        "zh": "距上次购买天数：120（通常 43）↑",
    }
    assert expected["churn"]["rescue_rank"] == 1
    assert [row["category"] for row in expected["need"]] == ["tea", "cups", "pots"]
    assert expected["need_products"][0]["product_title"] == "Green tea"
    assert expected["need_timing"]["days_to_next_order"] is None


def test_a_customer_without_forecasts_is_shown_all_the_same(bare: Path, capsys: pytest.CaptureFixture[str]) -> None:
    expected = document(capsys, "customer", "ann", "--shop", str(bare))["expected"]
    assert expected == {"value": None, "churn": None, "need_timing": None, "need": [], "need_products": []}
    assert call(["customer", "ann", "--shop", str(bare)]) == 0
    assert "What to expect" not in capsys.readouterr().out
