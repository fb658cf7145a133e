import datetime as dt
import math
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from habitue.data.cell_times import Clocks
from habitue.data.cells import BAD, CellStyle, typed_columns
from habitue.engine import Engine
from habitue.schema import Column, Kind, Table, Words


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(memory="1GB", threads=1) as engine:
        yield engine


def read(
    engine: Engine, kind: Kind, cells: Sequence[Any], style: CellStyle | None = None, *, name: str = "x", **how: Any
) -> tuple[list[Any], list[Any]]:
    """Return the typed values and what could not be read."""
    raw = pa.table({"their header": pa.array(cells, **how), "source_row": range(len(cells))})
    table = Table("t", Words("", ""), (Column(name, kind, Words("", "")),))
    typed = typed_columns(engine.from_arrow(raw), table, {name: "their header"}, style or CellStyle())
    found = engine.to_arrow(typed.order_by("source_row")).to_pydict()
    return found[name], found.get(BAD + name, [])


COMMA = CellStyle(decimal=",", thousands=".")


@pytest.mark.parametrize(
    ("style", "cells"),
    [
        (CellStyle(), {"1": 1, "-2.50": -2.5, " 7 ": 7, "1e3": 1000, ".5": 0.5, "12.": 12}),
        (
            CellStyle(),
            {"£1,234.50": 1234.5, "$ 5": 5, "US$12": 12, "CNY 3": 3, "12元": 12, "￥１２.５": 12.5, "7 €": 7},
        ),
        (CellStyle(), {"(3.50)": -3.5, "5-": -5, "-£5": -5, "£-5": -5, "−4": -4}),
        (CellStyle(), {"1,23,456.7": 123456.7, "1'234.5": 1234.5, "12 345.6": 12345.6, "1,234": 1234}),
        (COMMA, {"1,5": 1.5, "1.234,50": 1234.5, "1.234": 1234, "1 234,5": 1234.5, "-3,00 €": -3, "8": 8}),
    ],
)
def test_numbers_as_people_write_them(engine: Engine, style: CellStyle, cells: dict[str, float]) -> None:
    values, bad = read(engine, Kind.MONEY, list(cells), style)
    assert values == pytest.approx(list(cells.values()))
    assert bad == [None] * len(cells)


def test_what_is_no_number_is_named(engine: Engine) -> None:
    cells = ["abc", "1,23", "1.2.3", "12%", "nan", "inf", "-Infinity", "1e400", "--5x"]
    assert read(engine, Kind.MONEY, cells) == ([None] * len(cells), cells)
    assert read(engine, Kind.MONEY, ["12.5"], COMMA) == ([None], ["12.5"])


def test_nan_and_infinity_out_of_parquet_are_unreadable(engine: Engine) -> None:
    values, bad = read(engine, Kind.QUANTITY, [1.5, math.nan, math.inf, None], type=pa.float64())
    assert (values, bad) == ([1.5, None, None, None], [None, "nan", "inf", None])


def test_shares_may_be_percent(engine: Engine) -> None:
    assert read(engine, Kind.SHARE, ["12%", "0.5", "50 %"])[0] == pytest.approx([0.12, 0.5, 0.5])


@pytest.mark.parametrize("kind", [Kind.ID, Kind.TEXT, Kind.CODE, Kind.MONEY, Kind.TIME, Kind.FLAG])
def test_there_are_many_ways_to_write_nothing(engine: Engine, kind: Kind) -> None:
    cells = ["", "  ", "NULL", "NA", "N/A", "None", "#N/A", "-", "\\N", "\u3000", None]
    values, bad = read(engine, kind, cells, type=pa.string())
    assert values == [None] * len(cells)
    assert set(bad) <= {None}


def test_ids_lose_what_programs_put_around_them(engine: Engine) -> None:
    cells = {"12345.0": "12345", " A1 ": "A1", '="00123"': "00123", "'007": "007", "12.50": "12.50", "1.0x": "1.0x"}
    assert read(engine, Kind.ID, list(cells))[0] == list(cells.values())
    floats = read(engine, Kind.ID, [12345.0, 1.5, math.nan, None], type=pa.float64())[0]
    assert floats == ["12345", "1.5", None, None]
    assert read(engine, Kind.ID, [7, None], type=pa.int32())[0] == ["7", None]


def test_yes_and_no(engine: Engine) -> None:
    yes, no = ["yes", "Y", "1", "TRUE", "是"], ["no", "N", "0", "False", "否"]
    assert read(engine, Kind.FLAG, [*yes, *no, "perhaps"]) == (
        [True] * 5 + [False] * 5 + [None],
        [None] * 10 + ["perhaps"],
    )
    assert read(engine, Kind.FLAG, [True, None], type=pa.bool_()) == ([True, None], [None, None])
    assert read(engine, Kind.FLAG, [1, 0], type=pa.int64())[0] == [True, False]


def test_signs_of_money_become_codes(engine: Engine) -> None:
    signs = ["£", "usd", "¥", "元", "HK$", "$"]
    assert read(engine, Kind.CODE, signs, name="currency")[0] == ["GBP", "USD", "CNY", "CNY", "HKD", "USD"]
    yen = CellStyle(currency="JPY")
    assert read(engine, Kind.CODE, ["¥"], yen, name="currency")[0] == ["JPY"]
    assert read(engine, Kind.CODE, ["$"], name="status")[0] == ["$"]


def at(*parts: int) -> dt.datetime:
    return dt.datetime(*parts)


def test_times_in_mixed_formats(engine: Engine) -> None:
    style = CellStyle(dates={"x": ["%d/%m/%Y", "%d/%m/%Y %H:%M", "%m/%d/%Y", "%d/%m/%y"]})
    cells = {
        "5/1/2024": at(2024, 1, 5),
        "13/1/2024 8:26": at(2024, 1, 13, 8, 26),
        "1/13/2024": at(2024, 1, 13),
        "5/1/24": at(2024, 1, 5),
        "2024-01-05": at(2024, 1, 5),
        "2024-01-05T10:00:00Z": at(2024, 1, 5, 10),
        "2024-01-05 10:00:00 +0800": at(2024, 1, 5, 10),
        "20240105": at(2024, 1, 5),
        "2024年1月5日": at(2024, 1, 5),
        "２０２４-０１-０５": at(2024, 1, 5),
        "31/02/2024": None,
        "9999-12-31": None,
        "infinity": None,
        "epoch": None,
        "soon": None,
    }
    values, bad = read(engine, Kind.TIME, list(cells), style)
    assert values == list(cells.values())
    assert bad == [None if value else cell for cell, value in cells.items()]


@pytest.mark.parametrize(
    ("pattern", "cells"),
    [
        ("excel", {"45000": at(2023, 3, 15), "45000.25": at(2023, 3, 15, 6)}),
        ("epoch_s", {"1704067200": at(2024, 1, 1), "1704067200.5": at(2024, 1, 1, 0, 0, 0, 500_000)}),
        ("epoch_ms", {"1704067200000": at(2024, 1, 1)}),
        ("%m月%d日%Y %p%I:%M", {"3月5日2024 下午3:05": at(2024, 3, 5, 15, 5)}),
        ("%d/%m/%Y %H:%M %z", {"05/01/2024 10:00 -0500": at(2024, 1, 5, 10)}),
    ],
)  # fmt: skip
def test_other_ways_to_write_times(engine: Engine, pattern: str, cells: dict[str, dt.datetime]) -> None:
    style = CellStyle(dates={"x": [pattern]})
    assert read(engine, Kind.TIME, list(cells), style) == (list(cells.values()), [None] * len(cells))


def test_times_come_to_the_clock_of_the_shop(engine: Engine) -> None:
    style = CellStyle(clocks=Clocks("UTC", "Asia/Shanghai"))
    cells = ["2024-01-05 18:00:00", "2024-01-05T10:00:00-05:00", "2024-01-05"]
    assert read(engine, Kind.TIME, cells, style)[0] == [at(2024, 1, 6, 2), at(2024, 1, 5, 23), at(2024, 1, 5)]
    native = [at(2024, 1, 5, 18)]
    assert read(engine, Kind.TIME, native, style, type=pa.timestamp("ns"))[0] == [at(2024, 1, 6, 2)]
    assert read(engine, Kind.TIME, native, style, type=pa.timestamp("us", "UTC"))[0] == [at(2024, 1, 6, 2)]
    assert read(engine, Kind.TIME, [dt.date(2024, 1, 5)], style, type=pa.date32())[0] == [at(2024, 1, 5)]


def test_without_a_known_zone_the_clock_in_the_text_is_the_shops(engine: Engine) -> None:
    cells = ["2024-07-05 10:00:00 +0200", "2024-01-05 10:00:00 +0100"]
    assert read(engine, Kind.TIME, cells)[0] == [at(2024, 7, 5, 10), at(2024, 1, 5, 10)]
    berlin = CellStyle(clocks=Clocks("", "Europe/Berlin"))
    assert read(engine, Kind.TIME, cells, berlin)[0] == [at(2024, 7, 5, 10), at(2024, 1, 5, 10)]


def test_whole_numbers_may_be_days(engine: Engine) -> None:
    assert read(engine, Kind.TIME, [20240105.0, None], type=pa.float64())[0] == [at(2024, 1, 5), None]
    assert read(engine, Kind.DATE, [20240105], type=pa.int64())[0] == [dt.date(2024, 1, 5)]


@given(
    number=st.decimals(-(10**9), 10**9, places=2),
    spelling=st.sampled_from(["{:.2f}", "{:,.2f}"]),
    style=st.sampled_from([CellStyle(), COMMA, CellStyle(thousands=","), CellStyle(decimal=",", thousands=" ")]),
    around=st.sampled_from(["{}", "£{}", "{} €", " {} ", "US${}"]),
)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_number_means_itself_in_every_style(
    engine: Engine, number: Any, spelling: str, style: CellStyle, around: str
) -> None:
    text = spelling.format(number)
    thousands = style.thousands or {".": ",", ",": "."}[style.decimal]
    text = text.replace(",", "_").replace(".", style.decimal).replace("_", thousands)
    values, bad = read(engine, Kind.MONEY, [around.format(text)], style)
    assert bad == [None]
    assert values == pytest.approx([float(number)])


@given(
    moment=st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2190, 1, 1)).map(lambda each: each.replace(microsecond=0)),
    pattern=st.sampled_from(
        ["%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%m/%d/%Y %I:%M:%S %p", "%Y年%m月%d日 %H:%M:%S"]
    ),
)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_time_means_itself_in_every_pattern(engine: Engine, moment: dt.datetime, pattern: str) -> None:
    style = CellStyle(dates={"x": [pattern]})
    assert read(engine, Kind.TIME, [moment.strftime(pattern)], style) == ([moment], [None])
