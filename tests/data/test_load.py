import csv
import datetime as dt
import io
import json
import math
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from habitue.data.finding import Finding
from habitue.data.load import Loaded, load
from habitue.data.settings import ShopFacts, ShopSettings, SourceSettings
from habitue.engine import Engine
from habitue.errors import ConfigError, DataError, MappingError

COLUMNS = {
    "order_id": "order",
    "customer_id": "customer",
    "product_id": "sku",
    "ordered_at": "time",
    "quantity": "pieces",
    "unit_price": "price",
}
HEAD = "order,customer,sku,time,pieces,price\n"
GOOD = HEAD + "1,ann,tea,2024-01-05 10:00:00,2,3.50\n2,bob,cup,2024-02-06 11:30:00,1,9\n"
Written = str | bytes | pa.Table


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(memory="1GB", threads=1) as engine:
        yield engine


class Place:
    """A shop's folder, its files, and what is loaded from them."""

    def __init__(self, folder: Path, engine: Engine) -> None:
        self.folder, self.engine = folder, engine

    def source(self, content: Written, table: str = "order_lines", *, name: str = "", **how: Any) -> SourceSettings:
        kind = "parquet" if isinstance(content, pa.Table) else "csv"
        file = self.folder / (name or f"{table}.{kind}")
        if isinstance(content, pa.Table):
            pq.write_table(content, file)
        else:
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        how.setdefault("columns", COLUMNS)
        return SourceSettings(format=kind, path=file.name, table=table, **how)

    def load(self, *sources: SourceSettings, **facts: Any) -> Loaded:
        shop = ShopSettings(shop=ShopFacts(**facts), sources=list(sources))
        return load(shop, self.folder, engine=self.engine)

    def rows(self, loaded: Loaded, *names: str, table: str = "order_lines") -> list[tuple[Any, ...]]:
        found = pq.read_table(loaded.tables[table], columns=list(names), partitioning=None)
        return sorted(zip(*found.to_pydict().values(), strict=True), key=str)


@pytest.fixture
def place(tmp_path: Path, engine: Engine) -> Place:
    return Place(tmp_path, engine)


def found(loaded: Loaded, code: str, column: str = "") -> Finding:
    named = [each for each in loaded.findings if each.code == code and each.column == column]
    assert len(named) == 1, [(each.code, each.column) for each in loaded.findings]
    return named[0]


def outcasts(loaded: Loaded) -> list[dict[str, str]]:
    (file,) = loaded.quarantine
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


def test_good_rows_load_with_all_columns_of_the_schema(place: Place) -> None:
    loaded = place.load(place.source(GOOD))
    assert place.rows(loaded, "order_id", "customer_id", "ordered_at", "quantity", "unit_price", "source_row") == [
        ("1", "ann", dt.datetime(2024, 1, 5, 10), 2.0, 3.5, 1),
        ("2", "bob", dt.datetime(2024, 2, 6, 11, 30), 1.0, 9.0, 2),
    ]
    assert {"city", "set_aside", "line_kind"} <= set(pq.read_schema(loaded.tables["order_lines"]).names)
    assert found(loaded, "D000").count == 2
    assert loaded.given["order_lines"] == frozenset(COLUMNS)
    assert not loaded.quarantine


def test_an_empty_file_is_refused(place: Place) -> None:
    with pytest.raises(DataError, match=r"order_lines\.csv is empty"):
        place.load(place.source(""))
    assert not list((place.folder / ".habitue" / "loaded").iterdir())


def test_a_header_alone_loads_as_nothing_and_says_so(place: Place) -> None:
    loaded = place.load(place.source(HEAD))
    assert place.rows(loaded, "order_id") == []
    assert found(loaded, "D016").severity == "error"


def test_a_wrong_delimiter_is_named(place: Place) -> None:
    with pytest.raises(DataError, match="not divided by ',' but by ';'"):
        place.load(place.source(GOOD.replace(",", ";")))


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_renamed_column_is_named_with_the_way_out(place: Place, kind: str) -> None:
    renamed = GOOD.replace("pieces", "piece")
    rows = pa.Table.from_pylist(list(csv.DictReader(io.StringIO(renamed))))
    with pytest.raises(MappingError, match=r"order_lines\.(csv|parquet) has no column 'pieces'.*'piece'") as error:
        place.load(place.source(renamed if kind == "csv" else rows))
    assert "habitue init" in str(error.value.hint)
    assert "--force" in str(error.value.hint)


def test_a_missing_file_is_named_with_its_neighbour(place: Place) -> None:
    source = place.source(GOOD)
    (place.folder / source.path).rename(place.folder / "order_line.csv")
    with pytest.raises(DataError, match=r"order_lines\.csv.*'order_line\.csv'"):
        place.load(source)


def test_chinese_file_in_gbk(place: Place) -> None:
    text = "订单号,客户,商品,时间,数量,单价\n1,张三,茶,2024年1月5日 10:00,2,￥3.50\n"
    columns = dict(zip(COLUMNS, text.splitlines()[0].split(","), strict=True))
    loaded = place.load(place.source(text.encode("gbk"), columns=columns, encoding="gb18030"))
    expected = [("张三", "茶", dt.datetime(2024, 1, 5, 10), 3.5)]
    assert place.rows(loaded, "customer_id", "product_id", "ordered_at", "unit_price") == expected


def test_mixed_and_unreadable_dates(place: Place) -> None:
    times = ["5/1/2024", "2024-01-06", "13/1/2024", "31/02/2024", ""]
    text = HEAD + "".join(f"{number},ann,tea,{time},1,1\n" for number, time in enumerate(times))
    loaded = place.load(place.source(text, dates={"ordered_at": ["%d/%m/%Y"]}))
    assert {row[0].day for row in place.rows(loaded, "ordered_at")} == {5, 6, 13}
    unreadable = found(loaded, "D012", "ordered_at")
    assert (unreadable.count, unreadable.first_row, unreadable.first_value) == (1, 4, "31/02/2024")
    assert found(loaded, "D011", "ordered_at").count == 2
    assert [(row["source_row"], row["reason"]) for row in outcasts(loaded)] == [
        ("4", "ordered_at: cannot read '31/02/2024'"),
        ("5", "ordered_at: missing"),
    ]
    assert all("ann" in row["row"] for row in outcasts(loaded))


def test_nan_and_infinite_numbers_go_to_quarantine(place: Place) -> None:
    frame = pa.table(
        {
            "order": ["1", "2", "3"],
            "customer": pa.array([7.0, math.nan, None]),
            "sku": ["a", "b", "c"],
            "time": [dt.datetime(2024, 1, 5)] * 3,
            "pieces": [1.0, math.nan, 2.0],
            "price": [2.5, 1.0, math.inf],
        }
    )
    loaded = place.load(place.source(frame))
    assert place.rows(loaded, "order_id", "customer_id") == [("1", "7")]
    assert [row["reason"] for row in outcasts(loaded)] == [
        "quantity: cannot read 'nan'",
        "unit_price: cannot read 'inf'",
    ]


def test_unreadable_cells_that_may_be_missing_are_emptied(place: Place) -> None:
    text = GOOD.replace("price\n", "price,off\n").replace("3.50\n", "3.50,lots\n").replace("9\n", "9,\n")
    loaded = place.load(place.source(text, columns=COLUMNS | {"discount": "off"}))
    assert place.rows(loaded, "order_id", "discount") == [("1", None), ("2", None)]
    assert found(loaded, "D010", "discount").count == 1
    assert found(loaded, "D017", "discount").count == 1
    assert not loaded.quarantine


def test_lines_that_cannot_be_split_are_kept_aside(place: Place) -> None:
    loaded = place.load(place.source(GOOD + "3,cid,tea\n4,dan,cup,2024-03-01,1,1\n"))
    assert place.rows(loaded, "order_id", "source_row") == [("1", 1), ("2", 2), ("4", 4)]
    assert found(loaded, "D013").first_row == 3
    assert [(row["source_row"], row["row"]) for row in outcasts(loaded)] == [("3", "3,cid,tea")]


def test_a_field_of_ten_megabytes_loads_with_all_others(place: Place) -> None:
    text = GOOD + f'3,cid,"{"x" * 10_000_000}",2024-03-01,1,1\n4,dan,cup,2024-03-02,1,1\n'
    assert [row[0] for row in place.rows(place.load(place.source(text)), "order_id")] == ["1", "2", "3", "4"]


def test_decimal_commas_and_byte_order_marks(place: Place) -> None:
    text = GOOD.replace(",", ";").replace("3.50", "1.003,50")
    for encoding in ("utf-8-sig", "utf-16"):
        how = {"delimiter": ";", "decimal": ",", "thousands": ".", "encoding": encoding}
        loaded = place.load(place.source(text.encode(encoding), **how))
        assert place.rows(loaded, "unit_price") == [(1003.5,), (9.0,)]


def test_repeated_headers_are_reported(place: Place) -> None:
    loaded = place.load(
        place.source(GOOD.replace("price\n", "price,price\n").replace("0\n", "0,1\n").replace("9\n", "9,1\n"))
    )
    assert place.rows(loaded, "unit_price") == [(3.5,), (9.0,)]
    assert "price" in found(loaded, "D014").what.en


def test_the_first_of_repeated_ids_is_kept(place: Place) -> None:
    people = "id,joined,town\n7,2024-02-01,Rome\n7,2024-01-01,Bern\n8,,Oslo\n8,2023-01-01,Lima\n,2024-01-01,Wien\n"
    columns = {"customer_id": "id", "signed_up_at": "joined", "city": "town"}
    loaded = place.load(place.source(GOOD), place.source(people, "customers", columns=columns))
    kept = dict(place.rows(loaded, "customer_id", "city", table="customers"))
    assert kept["7"] == "Bern"  # the one a snapshot saw first, wherever it stands in the file
    assert set(kept) == {"7", "8"}
    assert found(loaded, "D015", "customer_id").count == 2
    assert [row["reason"] for row in outcasts(loaded)] == ["customer_id: missing"]


def test_lines_are_completed_from_orders_and_products(place: Place) -> None:
    lines = "order,sku,pieces,price\n1,tea,2,3.5\n2,cup,1,9\n3,cup,1,9\n"
    orders = "order,customer,time,state\n1,ann,2024-01-05,paid\n2,bob,2024-02-06,sent\n2,eve,2024-02-07,sent\n"
    goods = "sku,name,new\ntea,Green tea,2020-01-01\ncup,Blue cup,2024-02-20\n"
    brief = {ours: theirs for ours, theirs in COLUMNS.items() if theirs not in ("customer", "time")}
    loaded = place.load(
        place.source(lines, columns=brief),
        place.source(
            orders,
            "orders",
            columns={"order_id": "order", "customer_id": "customer", "ordered_at": "time", "status": "state"},
        ),
        place.source(goods, "products", columns={"product_id": "sku", "title": "name", "launched_at": "new"}),
    )
    assert place.rows(loaded, "order_id", "customer_id", "ordered_at", "status", "product_title") == [
        ("1", "ann", dt.datetime(2024, 1, 5), "paid", "Green tea"),
        ("2", "bob", dt.datetime(2024, 2, 6), "sent", None),  # the cup came on sale later than it was sold
    ]
    assert outcasts(loaded)[0]["reason"] == "ordered_at: missing"


def test_the_price_follows_from_the_line_total(place: Place) -> None:
    text = "order,time,pieces,total\n1,2024-01-05,4,10\n2,2024-01-05,-2,-5\n3,2024-01-05,0,1\n"
    columns = {"order_id": "order", "ordered_at": "time", "quantity": "pieces", "line_total": "total"}
    loaded = place.load(place.source(text, columns=columns))
    assert place.rows(loaded, "order_id", "unit_price") == [("1", 2.5), ("2", 2.5)]
    assert [row["source_row"] for row in outcasts(loaded)] == ["3"]


def test_times_come_to_the_zone_of_the_shop(place: Place) -> None:
    loaded = place.load(place.source(GOOD, timezone="UTC"), timezone="Asia/Shanghai")
    assert place.rows(loaded, "ordered_at")[0] == (dt.datetime(2024, 1, 5, 18),)


def test_nothing_is_read_again_until_something_changes(place: Place) -> None:
    source = place.source(GOOD)
    first = place.load(source)
    written = first.tables["order_lines"].stat().st_mtime_ns
    assert place.load(source) == first
    assert first.tables["order_lines"].stat().st_mtime_ns == written
    prints = {first.fingerprint}
    for number in range(3, 6):
        loaded = place.load(place.source(GOOD + f"{number},cid,cup,2024-03-01,1,{number}\n"))
        prints.add(loaded.fingerprint)
    prints.add(place.load(source, currency="EUR").fingerprint)
    assert len(prints) == 5
    assert len(list((place.folder / ".habitue" / "loaded").iterdir())) == 2


def test_a_quarantine_file_goes_when_its_rows_are_mended(place: Place) -> None:
    bad = place.load(place.source(GOOD + "3,cid,cup,soon,1,1\n"))
    assert bad.quarantine[0].is_file()
    good = place.load(place.source(GOOD + "3,cid,cup,2024-03-01,1,1\n"))
    assert good.quarantine == []
    assert not bad.quarantine[0].exists()


def test_a_place_that_cannot_be_written_is_named(place: Place) -> None:
    (place.folder / ".habitue").write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"\.habitue cannot be written"):
        place.load(place.source(GOOD))


def test_what_fails_half_way_leaves_what_was_there(place: Place) -> None:
    first = place.load(place.source(GOOD))
    with pytest.raises(DataError):
        place.load(place.source(GOOD.replace("pieces", "things")))
    assert place.rows(first, "order_id") == [("1",), ("2",)]
    assert [each.name for each in (place.folder / ".habitue" / "loaded").iterdir()] == [first.fingerprint]


def test_each_loaded_state_has_its_own_quarantine(place: Place) -> None:
    good = place.source(GOOD)
    place.load(good)
    bad = place.source(GOOD + "3,cid,cup,soon,1,1\n", name="bad.csv")
    assert len(place.load(bad).quarantine) == 1
    assert place.load(good).quarantine == []
    (shown,) = place.load(bad).quarantine
    shown.unlink()
    assert outcasts(place.load(bad))[0]["source_row"] == "3"


def test_what_a_killed_run_left_is_cleared_away(place: Place) -> None:
    loaded = place.folder / ".habitue" / "loaded"
    left, others = loaded / ".tmp-99999999-abcd", loaded / f".tmp-{os.getpid()}-abcd"
    left.mkdir(parents=True)
    others.mkdir()
    place.load(place.source(GOOD))
    assert (left.exists(), others.exists()) == (False, True)


def test_what_is_not_whole_is_loaded_again(place: Place) -> None:
    source = place.source(GOOD)
    loaded = place.load(source)
    loaded.tables["order_lines"].unlink()
    assert place.rows(place.load(source), "order_id") == [("1",), ("2",)]


def test_the_present_is_that_of_the_shops_clock(place: Place) -> None:
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    times = [now + dt.timedelta(hours=hours) for hours in (-2, 3, 12, 40)]
    text = HEAD + "".join(f"{number},ann,tea,{time:%Y-%m-%d %H:%M:%S},1,1\n" for number, time in enumerate(times))
    source = place.source(text)
    aside = {
        zone: [row[1] for row in place.rows(place.load(source, timezone=zone), "order_id", "set_aside")]
        for zone in ("UTC", "Asia/Shanghai", "Pacific/Kiritimati", "")
    }
    assert aside == {
        "UTC": [None, "D110", "D110", "D110"],
        "Asia/Shanghai": [None, None, "D110", "D110"],
        "Pacific/Kiritimati": [None, None, None, "D110"],
        "": [None, None, None, "D110"],
    }


def test_rows_out_of_the_future_are_read_again_when_it_has_come(place: Place) -> None:
    source = place.source(GOOD + "3,cid,cup,2150-01-01,1,1\n")
    early = place.load(source, timezone="UTC")
    file = early.tables["order_lines"]
    written = file.stat().st_mtime_ns
    record = file.with_name("loaded.json")
    plain = json.loads(record.read_text(encoding="utf-8"))
    assert plain["until"] == "2150-01-01T00:00:00"
    assert place.load(source, timezone="UTC").tables["order_lines"].stat().st_mtime_ns == written
    record.write_text(json.dumps(plain | {"until": "2020-01-01T00:00:00"}), encoding="utf-8")
    assert place.load(source, timezone="UTC").tables["order_lines"].stat().st_mtime_ns > written


def test_an_unknown_zone_is_named(place: Place) -> None:
    with pytest.raises(ConfigError, match=r"no time zone 'Asia/Shanghia'.*'Asia/Shanghai'"):
        place.load(place.source(GOOD), timezone="Asia/Shanghia")


ids = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), min_size=2, max_size=8)
names = ids.map(lambda text: "p" + text.replace("\ufeff", ""))
moments = st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2024, 1, 1)).map(lambda time: time.replace(microsecond=0))
cents = st.integers(-(10**7), 10**7).map(lambda number: number / 100)
orders = st.lists(st.tuples(names, names, names, moments, st.integers(-500, 500), cents), min_size=3, max_size=40)


def euro(number: float) -> str:
    return f"{number:,.2f}".translate(str.maketrans(",.", ".,"))


STYLES: list[tuple[dict[str, Any], Callable[[float], str], str]] = [
    ({}, "{:.2f}".format, "%Y-%m-%d %H:%M:%S"),
    ({"thousands": ","}, "£{:,.2f}".format, "%d/%m/%Y %H:%M:%S"),
    ({"decimal": ",", "thousands": "."}, euro, "%d.%m.%Y %H:%M:%S"),
    ({}, "￥{:.2f}".format, "%Y年%m月%d日 %H:%M:%S"),
]


@given(
    rows=orders,
    style=st.sampled_from(STYLES),
    delimiter=st.sampled_from(";\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_a_shop_writes_is_what_loads(
    place: Place,
    rows: list[Any],
    style: tuple[dict[str, Any], Callable[[float], str], str],
    delimiter: str,
    encoding: str,
) -> None:
    how, money, pattern = style
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(COLUMNS.values())
    writer.writerows([*row[:3], row[3].strftime(pattern), row[4], money(row[5])] for row in rows)
    content = text.getvalue().encode(encoding)
    how = how | {"delimiter": delimiter, "encoding": encoding, "dates": {"ordered_at": [pattern]}}
    loaded = place.load(place.source(content, **how))
    assert place.rows(loaded, *COLUMNS) == sorted(rows, key=str)
    assert not loaded.quarantine


@pytest.mark.data
def test_online_retail_is_read_whole(place: Place, data_folder: Path) -> None:
    columns = {
        "order_id": "InvoiceNo",
        "product_id": "StockCode",
        "product_title": "Description",
        "quantity": "Quantity",
        "ordered_at": "InvoiceDate",
        "unit_price": "UnitPrice",
        "customer_id": "CustomerID",
        "country": "Country",
    }
    path = str(data_folder / "online_retail" / "online_retail.parquet")
    loaded = place.load(SourceSettings(format="parquet", path=path, table="order_lines", columns=columns))
    counts = {each.name: each.count for each in loaded.findings}
    assert (counts["rows"], counts["no_description"], counts["no_customer"]) == (541_909, 1_454, 135_080)
    assert pq.read_metadata(loaded.tables["order_lines"]).num_rows == 541_909
    assert not loaded.quarantine
