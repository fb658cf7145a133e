"""A run a day later keeps what was learnt, and gives what a run from nothing gives."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from habitue.data.shop import Shop
from habitue.data.simulate import simulate
from habitue.errors import NotEnoughData
from habitue.ledger import ModelShelf
from habitue.pipeline import AREAS, run
from habitue.pipeline.learning import Learning, Models, moment_to_learn

AS_OF = dt.datetime(2023, 10, 19)  # a Thursday
LEARNT_AT = dt.datetime(2023, 10, 16)
LEARNING = [area.name for area in AREAS if area.learning]
MEASURED_ANEW = ("value_models", "churn_models", "need_models")  # their cards tell seconds


@pytest.fixture(scope="module")
def lines() -> pa.Table:
    found = simulate(customers=260, days=310, seed=11, tables={"order_lines"}).tables["order_lines"]
    return found.filter(pc.less(found["ordered_at"], pa.scalar(AS_OF + dt.timedelta(days=1), pa.timestamp("us"))))


def write_shop(folder: Path, *parts: pa.Table) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "shop.toml").write_text(
        '[shop]\nname = "Tea"\n\n[[sources]]\nformat = "parquet"\ntable = "order_lines"\npath = "lines_*.parquet"\n',
        encoding="utf-8",
    )
    for number, part in enumerate(parts):
        pq.write_table(part, folder / f"lines_{number}.parquet")
    return folder


def split(lines: pa.Table, at: dt.datetime) -> tuple[pa.Table, pa.Table]:
    before = pc.less(lines["ordered_at"], pa.scalar(at, pa.timestamp("us")))
    return lines.filter(before), lines.filter(pc.invert(before))


def answers(shop: Shop) -> dict[str, list[dict[str, Any]]]:
    return {name: list(table.rows()) for name, table in shop.ledger.tables().items() if name not in MEASURED_ANEW}


def test_one_more_day_keeps_the_models_and_gives_what_a_run_from_nothing_gives(tmp_path: Path, lines: pa.Table) -> None:
    earlier, last_day = split(lines, AS_OF)
    with Shop.open(write_shop(tmp_path / "daily", earlier)) as shop:
        first = run(shop, as_of=AS_OF)
        assert (first.learnt_at, first.reused) == (LEARNT_AT, ())
    with Shop.open(write_shop(tmp_path / "daily", earlier, last_day)) as shop:
        second = run(shop)
        kept = answers(shop)
    assert second.as_of == AS_OF + dt.timedelta(days=1)
    assert second.learnt_at == LEARNT_AT
    assert list(second.reused) == [name for name in LEARNING if name not in second.skipped]
    with Shop.open(write_shop(tmp_path / "fresh", lines)) as shop:
        fresh = run(shop)
        assert fresh.reused == ()
        told = answers(shop)
    assert set(kept) == set(told) >= {"value", "churn", "need", "segments", "today"}
    for name, rows in told.items():
        assert kept[name] == rows, name


def test_what_changed_in_the_past_is_learnt_again(tmp_path: Path, lines: pa.Table) -> None:
    with Shop.open(write_shop(tmp_path / "shop", lines)) as shop:
        models = Models(shop, AS_OF)
        models.of("demo", "1", Learning(Lesson, Lesson.load))
        again = Models(shop, AS_OF + dt.timedelta(days=2))
        again.of("demo", "1", Learning(Lesson, Lesson.load))
        assert (models.reused, again.reused) == ([], ["demo"])
        newer = Models(shop, AS_OF)
        newer.of("demo", "2", Learning(Lesson, Lesson.load))
        assert newer.reused == []
        forced = Models(shop, AS_OF, anew=True)
        forced.of("demo", "1", Learning(Lesson, Lesson.load))
        assert forced.reused == []
    with Shop.open(write_shop(tmp_path / "shop", lines.slice(1))) as mended:
        changed = Models(mended, AS_OF)
        changed.of("demo", "1", Learning(Lesson, Lesson.load))
        assert changed.reused == []


def test_models_that_cannot_be_read_are_learnt_again(tmp_path: Path, lines: pa.Table) -> None:
    with Shop.open(write_shop(tmp_path / "shop", lines)) as shop:
        learning = Learning(Lesson, Lesson.load)
        Models(shop, AS_OF).of("demo", "1", learning)
        (kept,) = (tmp_path / "shop" / ".habitue" / "models" / "demo").iterdir()
        (kept / "lesson.txt").unlink()
        models = Models(shop, AS_OF)
        assert isinstance(models.of("demo", "1", learning), Lesson)
        assert models.reused == []
        assert (kept / "lesson.txt").is_file()


def test_where_the_calendar_moment_is_too_early_the_moment_of_the_run_will_do(tmp_path: Path, lines: pa.Table) -> None:
    def late(shop: Shop, at: dt.datetime) -> Lesson:
        if at < AS_OF:
            raise NotEnoughData("too early", table="order_lines")
        return Lesson(shop, at)

    with Shop.open(write_shop(tmp_path / "shop", lines)) as shop:
        assert Models(shop, AS_OF).of("demo", "1", Learning(late, Lesson.load)).at == AS_OF
        with pytest.raises(NotEnoughData):
            Models(shop, LEARNT_AT).of("demo", "1", Learning(late, Lesson.load))


@pytest.mark.parametrize(
    ("days", "as_of", "expected"),
    [
        (7, AS_OF, LEARNT_AT),
        (7, LEARNT_AT, LEARNT_AT),
        (7, LEARNT_AT + dt.timedelta(hours=5), LEARNT_AT),
        (1, AS_OF + dt.timedelta(hours=5), AS_OF + dt.timedelta(hours=5)),
        (7, dt.datetime(2023, 5, 4), dt.datetime(2023, 5, 4)),  # four months of records
    ],
)
def test_models_are_learnt_on_mondays_once_there_is_half_a_year(
    tmp_path: Path, lines: pa.Table, days: int, as_of: dt.datetime, expected: dt.datetime
) -> None:
    with Shop.from_tables({"order_lines": lines}, folder=tmp_path) as shop:
        signals = shop.settings.signals.model_copy(update={"learn_every_days": days})
        shop.settings = shop.settings.model_copy(update={"signals": signals})
        assert moment_to_learn(shop, as_of) == expected


def test_only_the_last_two_of_an_area_are_kept(tmp_path: Path) -> None:
    shelf = ModelShelf(tmp_path)
    for number in range(4):
        shelf.put("demo", {"n": number}, lambda draft: (draft / "model").write_text("x"))
    assert len(list((tmp_path / "models" / "demo").iterdir())) == 2
    assert shelf.find("demo", {"n": 3})


class Lesson:
    """The least that can be learnt."""

    def __init__(self, _: Shop | None, at: dt.datetime) -> None:
        self.at = at

    def save(self, folder: Path) -> None:
        (folder / "lesson.txt").write_text(self.at.isoformat(), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Lesson:
        return cls(None, dt.datetime.fromisoformat((folder / "lesson.txt").read_text(encoding="utf-8")))
