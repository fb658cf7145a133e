"""`run`: every area in an order that works, all tables at once, clear outcomes for the smallest of shops."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from habitue.actions.crm.plan import OVERDUE, PLAN, VALUED
from habitue.actions.crm.words import title, why
from habitue.data.shop import Shop
from habitue.data.simulate import simulate
from habitue.errors import ConfigError, LedgerError, NotEnoughData
from habitue.features.testing import truncation_differences
from habitue.pipeline import AREAS, run, running
from habitue.pipeline.area import Asked
from habitue.signals.segment import movement
from habitue.signals.segment.rfm import CELLS
from habitue.signals.segment.stages import STAGES

DAY = dt.datetime(2024, 5, 6, 10)
TABLES = [name for area in AREAS for name in area.publishes]


def small_shop(folder: Path, *lines: tuple[str | None, int, float]) -> Shop:
    """Open a shop of (customer, days after the first, quantity)."""
    rows = [
        {
            "order_id": str(number),
            "customer_id": customer,
            "product_id": "tea",
            "ordered_at": DAY + dt.timedelta(days=days),
            "quantity": quantity,
            "unit_price": 4.0,
        }
        for number, (customer, days, quantity) in enumerate(lines)
    ]
    return Shop.from_tables({"order_lines": pa.Table.from_pylist(rows)}, folder=folder)


def published(shop: Shop) -> dict[str, list[dict[str, Any]]]:
    return {name: list(table.rows()) for name, table in shop.ledger.tables().items()}


def test_areas_need_only_what_was_published_before_them() -> None:
    seen: set[str] = set()
    for area in AREAS:
        assert seen.issuperset(area.needs), area.name
        assert not seen & area.publishes.keys(), area.name
        seen |= area.publishes.keys()
    assert len({area.name for area in AREAS}) == len(AREAS)


def test_the_care_plan_speaks_of_the_segments_that_are_published() -> None:
    assert {step.stage for step in PLAN} == set(STAGES)
    assert set(STAGES) >= OVERDUE
    assert {cell.segment for cell in CELLS} >= VALUED


def test_a_run_publishes_everything_at_once(tmp_path: Path) -> None:
    tables = simulate(customers=200, days=300, seed=4, tables={"order_lines"}).tables
    told: list[tuple[str, int, int]] = []
    with Shop.from_tables(tables, folder=tmp_path) as shop:
        summary = run(shop, report=lambda *step: told.append(step))
        again = run(shop, as_of=dt.datetime(2023, 9, 1))
        assert summary.as_of == shop.latest_as_of
        for name in TABLES:
            table = shop.ledger.latest(name, as_of=summary.as_of, verify=True)
            assert (table.run_id, len(table)) == (summary.run_id, summary.tables[name])
            assert "as_of" in table.record.schema
            assert shop.ledger.latest(name).run_id == again.run_id
        assert len(published(shop)["rfm"]) == again.tables["lifecycle"] == again.tables["today_customers"]
    assert list(summary.tables) == TABLES
    assert told[0][1:] == (0, len(AREAS))
    assert told[-1][1:] == (len(AREAS), len(AREAS))


def test_an_area_that_fails_leaves_nothing_half_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> dict[str, pa.Table]:
        raise ZeroDivisionError

    with small_shop(tmp_path, ("ann", 0, 1.0)) as shop:
        monkeypatch.setattr(running, "AREAS", AREAS[:2])
        run(shop)
        before = published(shop)
        monkeypatch.setattr(running, "AREAS", (AREAS[0], replace(AREAS[1], run=broken)))
        with pytest.raises(ZeroDivisionError):
            run(shop, as_of=DAY + dt.timedelta(days=9))
        assert published(shop) == before


def test_some_areas_only_read_what_they_need_as_of_the_same_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(movement, "MONTHS", 0)
    with small_shop(tmp_path, ("ann", 0, 1.0), ("bob", 9, 1.0)) as shop:
        with pytest.raises(LedgerError, match="Nothing has been published"):
            run(shop, only=["profiles"])
        whole = run(shop)
        before = published(shop)
        part = run(shop, only=["crm", "profiles"])
        assert list(part.tables) == ["segment_profiles", "today", "today_customers"]
        assert published(shop) == before
        assert shop.ledger.latest("today").run_id == part.run_id
        assert shop.ledger.latest("rfm").run_id == whole.run_id
        with pytest.raises(LedgerError, match="looks from"):
            run(shop, as_of=shop.latest_as_of + dt.timedelta(days=1), only=["crm"])
        with pytest.raises(ConfigError, match="Did you mean 'cohorts'"):
            run(shop, only=["cohort"])


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param([("ann", 0, 1.0)], id="one customer, one order"),
        pytest.param([(f"c{number}", number % 3, 1.0) for number in range(7)], id="one order each"),
        pytest.param([("ann", 0, 2.0), ("ann", 1, -2.0)], id="everything given back"),
    ],
)
def test_the_smallest_shops_get_every_table(
    tmp_path: Path, lines: list[tuple[str, int, float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(movement, "MONTHS", 2)
    with small_shop(tmp_path, *lines) as shop:
        for days in (0, 3000):
            run(shop, as_of=shop.latest_as_of + dt.timedelta(days=days))
            told = published(shop)
            assert len(told["rfm"]) == len(told["lifecycle"]) == len({name for name, *_ in lines})
            assert sum(row["customers"] for row in told["today"]) == len(told["rfm"])
            for row in told["today"]:
                assert row["stake_basis"] == "spend_365d"
                assert title(row, "en", "GBP")
                assert why(row, "zh")


@pytest.mark.parametrize("lines", [[("ann", 0, -1.0), ("bob", 1, -2.0)], [(None, 0, 3.0)]], ids=["returns", "guests"])
def test_where_nobody_bought_the_run_says_so(tmp_path: Path, lines: list[tuple[str | None, int, float]]) -> None:
    with small_shop(tmp_path, *lines) as shop:
        with pytest.raises(NotEnoughData, match="known customer"):
            run(shop)
        with pytest.raises(NotEnoughData, match="2030"):
            run(shop, as_of=dt.datetime(2030, 1, 1))
        assert shop.ledger.tables() == {}


def test_before_the_first_purchase_there_is_nothing(tmp_path: Path) -> None:
    with small_shop(tmp_path, ("ann", 0, 1.0)) as shop, pytest.raises(NotEnoughData, match="2024-05-06 10:00"):
        run(shop, as_of=DAY)


@pytest.mark.parametrize(("name", "key"), [("today", ("action",)), ("today_customers", ("customer_id",))])
def test_the_future_changes_nothing_to_do_today(
    name: str, key: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(movement, "MONTHS", 0)
    tables = simulate(customers=250, days=300, seed=6, dirt=0.05, tables={"order_lines"}).tables

    def answer(shop: Shop, as_of: dt.datetime) -> pa.Table:
        told: dict[str, pa.Table] = {}
        for area in AREAS:
            if area.name in ("rfm", "lifecycle", "movement", "crm"):
                told |= area.run(Asked(shop, as_of, told))
        return told[name]

    assert truncation_differences(tables, dt.datetime(2023, 9, 1, 6), answer, key=key) == []
