"""`habitue recommend` and `habitue similar` on a small export."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from habitue.cli.app import call
from habitue.cli.recommend import recommend, similar
from habitue.errors import ConfigError, DataError


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recommend")
    rows = []
    for at in range(200):
        product, day = (at * 5 + at // 12) % 7, f"{1 + at // 10:02}.0{1 + at % 5}.2024"
        rows.append(f"{at};{100 + at % 12};t{product};Tea {product};{day} 10:00;1;3,50")
    export = "\n".join(["Order No;Customer;Item;Title;Date;Qty;Price", *rows])
    (folder / "export.csv").write_text(export + "\n", encoding="utf-8")
    assert call(["init", str(folder / "export.csv"), "--folder", str(folder)]) == 0
    return folder


def _document(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_a_customer_gets_a_list_in_both_languages(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert recommend("101", shop, k=3, json=True) == 0
    found = _document(capsys)
    assert found["state"] == "known"
    assert [each["rank"] for each in found["items"]] == [1, 2, 3]
    assert all(each["en"] and each["zh"] and each["propensity"] > 0 for each in found["items"])
    assert recommend("101", shop, k=3, lang="zh") == 0
    said = capsys.readouterr().out
    assert "首页推荐" in said
    assert "有历史记录的客户" in said


def test_who_is_not_known_gets_bestsellers_and_is_told_so(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert recommend("nobody", shop, k=3) == 0
    assert "never seen before" in capsys.readouterr().out


def test_a_visit_is_read_from_a_file(shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    visit = tmp_path / "visit.txt"
    visit.write_text('t1\n{"product_id": "t2", "event": "cart"}\nno-such\n', encoding="utf-8")
    assert recommend(None, shop, session=visit, kind="cart", k=3, json=True) == 0
    found = _document(capsys)
    assert found["state"] == "anonymous"
    assert found["unknown"] == ["no-such"]
    assert not {"t1", "t2"} & {each["product_id"] for each in found["items"]}
    visit.write_text("{broken", encoding="utf-8")
    with pytest.raises(DataError, match="no JSON"):
        recommend(None, shop, session=visit)


def test_everybody_at_once(shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "lists.parquet"
    assert recommend(None, shop, everybody=out, kind="email", k=4, json=True, log=True) == 0
    assert _document(capsys)["rows"] == pq.read_table(out).num_rows == 12 * 4
    assert list((shop / ".habitue" / "served").glob("*.parquet"))
    with pytest.raises(ConfigError, match="no file"):
        recommend(None, shop, everybody=tmp_path / "lists.xlsx")
    with pytest.raises(ConfigError, match="everybody"):
        recommend("101", shop, everybody=out)


def test_similar_products_and_an_unknown_one(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert similar("t1", shop, k=3, json=True) == 0
    assert "t1" not in {each["product_id"] for each in _document(capsys)["items"]}
    with pytest.raises(DataError, match="Did you mean"):
        similar("t11", shop)
