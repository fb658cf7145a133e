"""The shop.toml that is written is the shop.toml that is read, whatever stands in headers and paths."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from habitue.data.mapping import guess
from habitue.data.settings import RepairSettings, ShopFacts, ShopSettings, SourceSettings, read_settings
from habitue.data.sources.raw import Sample
from habitue.data.toml_text import settings_text

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(header=_TEXT, path=_TEXT, name=_TEXT, delimiter=st.sampled_from([",", ";", "\t", "|"]), code=_TEXT)
def test_any_text_survives(tmp_path: Path, header: str, path: str, name: str, delimiter: str, code: str) -> None:
    source = SourceSettings(
        format="csv",
        path=path,
        table="order_lines",
        columns={"order_id": header, "quantity": "#"},
        delimiter=delimiter,
        decimal=",",
        thousands=".",
        encoding="gb18030",
        header=False,
        dates={"ordered_at": ["%d/%m/%Y", "%Y年%m月%d日"]},
    )
    shop = ShopSettings(
        shop=ShopFacts(name=name, currency="CNY", language="zh"),
        sources=[source, SourceSettings(format="shopify", path="b.csv")],
        repairs=RepairSettings(duplicates="keep", wholesale_quantity=500.0, fee_codes=[code]),
    )
    target = tmp_path / "shop.toml"
    target.write_text(settings_text(shop), encoding="utf-8")
    assert read_settings(target) == shop


@pytest.mark.parametrize("language", ["en", "zh"])
def test_evidence_and_doubts_stand_beside_the_columns(language: str, sample_of: Callable[..., Sample]) -> None:
    headers = {
        "order_id": "ID",
        "ordered_at": "Date",
        "product_title": "Item",
        "quantity": "Qty",
        "line_total": "Amount",
    }
    found = guess(sample_of(headers))
    source = SourceSettings(format="csv", path="a.csv", table=found.table, columns=found.mapping)
    text = settings_text(ShopSettings(shop=ShopFacts(language=language), sources=[source]), [found])
    line = next(line for line in text.splitlines() if line.startswith("order_id = "))
    assert "CHECK" in line
    assert "%" in next(line for line in text.splitlines() if line.startswith("quantity = "))
    assert "[repairs]" in text
    warned = found.warnings[0][language]
    assert f"# CHECK {warned}" in text
