"""How times are written is found out from the cells, and doubts about day and month are said."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from habitue.data.mapping.dates import read_dates, settle_order

_START = datetime(2024, 1, 3, 15, 5)
_DAYS = [_START + timedelta(hours=31 * step) for step in range(60)]


@pytest.mark.parametrize(
    "pattern",
    [
        "%d/%m/%Y %H:%M",
        "%m/%d/%Y %I:%M %p",
        "%d.%m.%y",
        "%Y%m%d",
        "%Y%m%d%H%M%S",
        "%Y/%m/%d %H:%M:%S",
        "%d-%b-%Y",
        "%b %d, %Y",
        "%Y年%m月%d日 %H:%M",
        "%Y年%m月%d日 %H时%M分%S秒",
        "%d/%m/%Y, %H:%M",
        "%a, %d %b %Y %H:%M:%S",
    ],
)
def test_the_pattern_that_wrote_the_cells_is_found(pattern: str) -> None:
    reading = read_dates([f"{day:{pattern}}" for day in _DAYS])
    assert reading.patterns == (pattern,)
    assert reading.share == 1
    assert reading.certain


@pytest.mark.parametrize(
    ("pattern", "zone"),
    [
        ("%Y-%m-%d", ""),
        ("%Y-%m-%d %H:%M:%S", ""),
        ("%Y-%m-%dT%H:%M:%S.%fZ", "UTC"),
        ("%Y-%m-%dT%H:%M:%S+08:00", "+08:00"),
    ],
)
def test_iso_needs_no_pattern(pattern: str, zone: str) -> None:
    reading = read_dates([f"{day:{pattern}}" for day in _DAYS])
    assert (reading.patterns, reading.share, reading.zone) == ((), 1, zone)


@pytest.mark.parametrize(
    ("cells", "pattern"),
    [
        ([str(45000 + step) for step in range(40)], "excel"),
        ([f"{45000 + step / 7:.5f}" for step in range(40)], "excel"),
        ([str(1704067200 + 5000 * step) for step in range(40)], "epoch_s"),
        ([str(1704067200000 + 5000000 * step) for step in range(40)], "epoch_ms"),
    ],
)
def test_times_written_as_numbers(cells: list[str], pattern: str) -> None:
    assert read_dates(cells).patterns == (pattern,)


def test_chinese_half_days() -> None:
    cells = [f"2024/3/{day} {'上午' if day % 2 else '下午'} {day % 11 + 1}:05:00" for day in range(1, 29)]
    assert read_dates(cells).patterns == ("%Y/%m/%d %p %I:%M:%S",)


def test_mixed_formats_give_every_pattern_the_commonest_first() -> None:
    cells = [f"{day:%d/%m/%Y}" for day in _DAYS] + [f"{day:%Y-%m-%d}" for day in _DAYS[:9]]
    assert read_dates(cells).patterns == ("%d/%m/%Y", "%Y-%m-%d")


def test_both_orders_in_one_column_are_no_certainty() -> None:
    reading = read_dates(["25/01/2024"] * 5 + ["01/26/2024"] * 2)
    assert reading.patterns == ("%d/%m/%Y", "%m/%d/%Y")
    assert not reading.certain


def test_small_numbers_only_leave_a_doubt() -> None:
    reading = read_dates(["03/04/2024", "01/02/2024", "02/03/2024"])
    assert not reading.certain
    assert settle_order([reading], "month")[0].patterns == ("%m/%d/%Y",)
    assert not settle_order([reading], "month")[0].certain


def test_a_certain_column_speaks_for_a_doubtful_one() -> None:
    doubtful, certain = read_dates(["03/04/2024", "01/02/2024"]), read_dates(["04/28/2024", "05/30/2024"])
    settled = settle_order([doubtful, certain], "day")[0]
    assert (settled.patterns, settled.certain) == (("%m/%d/%Y",), True)


def test_rows_in_order_of_time_settle_the_order() -> None:
    months_then_days = [f"{month:02}/{day:02}/2024" for month in range(1, 7) for day in (2, 5, 9)]
    reading = read_dates(months_then_days)
    assert (reading.patterns, reading.certain, reading.why) == (("%m/%d/%Y",), True, "sorted")


@pytest.mark.parametrize("cell", ["85123A", "12.50", "1,234.00", "+44 7911 123456", "SW1 4AB", "192.168.1.20", "31/02"])
def test_what_is_no_time(cell: str) -> None:
    assert read_dates([cell] * 5).share == 0


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.datetimes(datetime(1995, 1, 1), datetime(2035, 1, 1)), min_size=1, max_size=20),
    st.sampled_from(["%d/%m/%Y %H:%M", "%m-%d-%Y", "%d.%m.%Y", "%Y/%m/%d %H:%M:%S", "%d %b %Y", "%Y年%m月%d日"]),
)
def test_a_certain_pattern_reads_every_cell_back(moments: list[datetime], pattern: str) -> None:
    cells = [f"{moment:{pattern}}" for moment in moments]
    reading = read_dates(cells)
    assert reading.share == 1
    if reading.certain:
        assert [datetime.strptime(cell, reading.patterns[0]) for cell in cells] == [
            datetime.strptime(cell, pattern) for cell in cells
        ]
