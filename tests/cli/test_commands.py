"""The commands as a person types them, each in a process of its own where it matters."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from habitue.cli.app import call

EXPORT = """Order No;Customer;Item;Title;Date;Qty;Price
1;ann;tea;Green tea;05.01.2024 10:00;2;3,50
1;ann;cup;Blue cup;05.01.2024 10:00;1;9,00
2;bob;tea;Green tea;17.01.2024 12:30;1;3,50
3;ann;tea;Green tea;28.02.2024 09:15;3;3,20
4;;cup;Blue cup;29.02.2024 18:00;1;9,00
5;cat;pot;Iron pot;13.03.2024 18:00;x;49,90
6;bob;pot;Iron pot;23.03.2024 18:00;1;49,90
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    (folder / "export.csv").write_text(EXPORT, encoding="utf-8")
    assert call(["init", str(folder / "export.csv"), "--folder", str(folder)]) == 0
    assert call(["run", "--shop", str(folder), "--quiet"]) == 0
    return folder


def _json(capsys: pytest.CaptureFixture[str], *tokens: str) -> object:
    assert call([*tokens, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_two_commands_give_a_report(shop: Path) -> None:
    assert (shop / "shop.toml").is_file()
    assert "<html" in (shop / "report.html").read_text(encoding="utf-8")


def test_check_finds_what_is_wrong(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = {each["name"]: each for each in _json(capsys, "check", "--shop", str(shop))["findings"]}
    assert found["no_customer"]["count"] == 1
    assert found["unreadable_cells"]["first_value"] == "x"
    assert found["quarantined"]["count"] == 1
    text = (shop / ".habitue" / "quarantine" / "order_lines.csv").read_text(encoding="utf-8")
    assert "Iron pot" in text
    assert "quantity" in text


def test_the_findings_read_in_both_languages(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["check", "--shop", str(shop), "--lang", "zh"]) == 0
    assert "发现的问题" in capsys.readouterr().out
    assert call(["check", "--shop", str(shop), "--show", "no_customer"]) == 0
    assert "D104" in capsys.readouterr().out


def test_a_customer_is_shown_as_of_a_day(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    now = _json(capsys, "customer", "ann", "--shop", str(shop))
    assert now["figures"]["orders"] == 2
    assert now["figures"]["spend"] == pytest.approx(16.0 + 9.6)
    assert now["segments"]["lifecycle"]["stage"]
    then = _json(capsys, "customer", "ann", "--shop", str(shop), "--as-of", "2024-02-01")
    assert then["figures"]["orders"] == 1


def test_an_unknown_customer_gets_a_suggestion(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["customer", "anne", "--shop", str(shop)]) == 3
    assert "Did you mean 'ann'" in capsys.readouterr().err


def test_the_report_can_be_written_in_chinese(shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = _json(capsys, "report", "--shop", str(shop), "--lang", "zh", "--out", str(tmp_path / "zh.html"))
    assert document["bytes"] == (tmp_path / "zh.html").stat().st_size
    assert 'lang="zh' in (tmp_path / "zh.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("tokens", "code", "words"),
    [
        (["chekc"], 2, "Did you mean"),
        (["check", "--shop", "nowhere"], 2, "habitue init"),
        (["init", "nothing.csv"], 3, "nothing.csv"),
        (["init"], 2, "Which file"),
        (["run", "--shop", "nowhere", "--as-of", "yesterday"], 2, "shop.toml"),
    ],
)
def test_mistakes_end_with_their_code_and_a_way_out(
    tokens: list[str], code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(tokens) == code
    assert words in capsys.readouterr().err


def test_errors_are_json_when_json_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["check", "--shop", "nowhere", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"] == "ConfigError"


def test_init_does_not_write_over_what_is_there(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["init", str(shop / "export.csv"), "--folder", str(shop)]) == 2
    assert "--force" in capsys.readouterr().err


def test_importing_loads_nothing_heavy() -> None:
    heavy = "{'numpy', 'pandas', 'ibis', 'duckdb', 'pyarrow', 'cyclopts', 'rich'}"
    code = f"import habitue, sys; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "set()"


def test_commands_print_nothing_on_stderr(shop: Path) -> None:
    command = [sys.executable, "-m", "habitue", "check", "--shop", str(shop), "--json"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stderr == ""
    json.loads(done.stdout)
