"""The README's Python runs as it stands, on a demo shop."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from habitue.cli.app import call

README = Path(__file__).parents[1] / "README.md"


def test_the_python_of_the_readme_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert call(["demo", "--customers", "120", "--quiet"]) == 0
    assert (tmp_path / "demo" / "report.html").is_file()
    capsys.readouterr()
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert blocks
    for block in blocks:
        exec(compile(block, str(README), "exec"), {})  # noqa: S102 - our own page
    printed = capsys.readouterr().out.split()
    assert 0 < int(printed[0]) <= int(printed[1])


def test_the_readme_is_short_and_shows_the_demo_early() -> None:
    lines = README.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 150
    assert any("make demo" in line for line in lines[:30])
