# ruff: noqa: E501 - calls stand as the platforms send them
"""GA4 and Segment: what visitors did, and the orders their streams hold; known answers."""

import csv
import io
import json
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet
import pytest

from habitue.data.settings import SourceSettings
from habitue.data.sources.platforms import detect, read_json_lines, read_platform
from habitue.data.sources.raw import RawTable


def read(engine, raw, platform):
    found = read_platform(SourceSettings(format=platform, path="x"), raw, engine=engine)
    rows = {
        each.table: engine.to_rows(
            each.raw.expr.order_by(list(dict.fromkeys(["source_row", *each.raw.expr.columns[:2]])))
        )
        for each in found
    }
    return rows, found


def from_csv(engine, text):
    cells = list(csv.DictReader(io.StringIO(text)))
    columns = {header: pa.array([row[header] for row in cells], pa.string()) for header in cells[0]}
    columns["source_row"] = pa.array(range(1, len(cells) + 1), pa.int64())
    return RawTable("", "x.csv", engine.from_arrow(pa.table(columns)))


def call(number, event, minute, properties, **more):
    return {
        "type": "track", "messageId": f"m{number}", "anonymousId": "anon-1", "event": event,
        "originalTimestamp": f"2024-01-15T10:{minute:02}:00.250Z", "receivedAt": f"2024-01-15T10:{minute:02}:03Z",
        "context": {"ip": "203.0.113.9", "device": {"type": "phone"}, "campaign": {"medium": "email"}},
        "properties": properties, **more,
    }  # fmt: skip


PRODUCTS = [
    {"product_id": "p1", "sku": "S-1", "name": "Monopoly", "price": 19, "quantity": 1, "category": "Games"},
    {"product_id": "p2", "name": "Uno", "price": "3.00", "quantity": 2, "category": "Games"},
]
ORDER = {"order_id": "o-1", "total": 27.5, "subtotal": 22.5, "revenue": 25, "shipping": 3, "tax": 2, "discount": 2.5,
         "coupon": "hasbros", "currency": "USD", "products": PRODUCTS}  # fmt: skip
CALLS = [
    call(1, "Product Viewed", 0, {"product_id": "p1", "name": "Monopoly", "price": 19.5}),
    call(2, "Products Searched", 1, {"query": "uno"}),
    call(3, "Product List Viewed", 2, {"products": PRODUCTS}),
    call(4, "Order Completed", 5, ORDER, userId="u-9"),
    call(4, "Order Completed", 5, ORDER, userId="u-9"),  # sent twice
    call(5, "Order Completed", 6, ORDER, userId="u-9"),  # the page was loaded again
    call(6, "Product Added", 7, {"productId": "p2", "quantity": 2, "price": 3}),
    {"type": "identify", "messageId": "m7", "userId": "u-9", "traits": {"email": "x@example.org"}},
    {"type": "page", "messageId": "m8", "anonymousId": "anon-2", "name": "Home", "timestamp": "2024-01-15T12:00:00+01:00"},
    call(9, "Order Refunded", 20, {"order_id": "o-1", "products": [{"product_id": "p2", "quantity": 1}]}),
    call(10, "Order Completed", 30, {"orderId": "o-2", "revenue": 8.0}, userId="u-9"),
    call(11, "Order Completed", 40, ORDER | {"order_id": "o-3", "products": PRODUCTS[:1], "subtotal": None, "discount": None}),
    call(12, "Order Cancelled", 50, {"order_id": "o-3"}),
    call(13, "Order Refunded", 55, {"order_id": "o-3", "total": 5}),
    call(14, "Order Refunded", 56, {"order_id": "o-2"}),
    call(15, "Loyalty Tier Reached", 57, {"tier": "gold"}),
    call(16, "Product Viewed", 58, {"sku": "x"}) | {"originalTimestamp": "yesterday"},
]  # fmt: skip


@pytest.fixture
def segment(engine, tmp_path):
    file = tmp_path / "calls.jsonl"
    file.write_text("".join(json.dumps(each) + "\n" for each in CALLS))
    return read(engine, read_json_lines(file, engine=engine), "segment")


def test_segment_events(segment):
    rows, found = segment
    events = {each["event_id"]: each for each in rows["events"]}
    assert [each["event"] for each in events.values()] == [
        "view", "search", "list", "order", "order", "cart", "page", "refund", "order", "order", "cancel", "refund",
        "refund", "loyalty tier reached",
    ]  # fmt: skip
    viewed = events["m1"]
    assert (viewed["product_id"], viewed["value"], viewed["customer_id"]) == ("p1", 19.5, "anon-1")
    assert (viewed["device"], viewed["channel"], viewed["ip"]) == ("phone", "email", "203.0.113.9")
    assert viewed["happened_at"] == datetime(2024, 1, 15, 10, 0, 0, 250000, UTC)
    assert viewed["ingested_at"] == datetime(2024, 1, 15, 10, 0, 3, 0, UTC)
    assert events["m2"]["query"] == "uno"
    assert events["m3"]["product_id"] is None  # two products: no single one
    assert (events["m6"]["product_id"], events["m6"]["value"]) == ("p2", 6.0)
    assert events["m6"]["customer_id"] == "u-9"  # known since the order; not before
    assert events["m8"]["happened_at"] == datetime(2024, 1, 15, 11, 0, tzinfo=UTC)
    (lost,) = found[0].raw.rejects.to_pylist()
    assert (lost["source_row"], lost["text"]) == (17, "Product Viewed @ yesterday")


def test_segment_orders_come_once_and_take_back_what_was_refunded(segment):
    rows, found = segment
    lines = [
        (each["order_id"], each["product_id"], each["quantity"], round(each["unit_price"], 6))
        for each in sorted(rows["order_lines"], key=lambda each: (each["ordered_at"], each["line_id"]))
    ]
    assert lines == [
        ("o-1", "p1", 1, round(19 * 0.9, 6)),  # 22.50 of 25.00 were paid
        ("o-1", "p2", 2, round(3 * 0.9, 6)),
        ("o-1", "p2", -1, round(3 * 0.9, 6)),  # no price given: as it was sold
        ("o-2", None, 1, 8.0),
        ("o-3", "p1", 1, 19.0),
        ("o-3", None, -1, 5.0),  # money only
        ("o-2", None, -1, 8.0),  # the whole order
    ]
    returned = next(each for each in rows["order_lines"] if each["quantity"] < 0)
    assert (returned["customer_id"], returned["currency"]) == ("u-9", "USD")
    assert returned["ordered_at"] == datetime(2024, 1, 15, 10, 20, 0, 250000, UTC)
    orders = {each["order_id"]: each for each in rows["orders"]}
    assert list(orders) == ["o-1", "o-2", "o-3"]
    first = orders["o-1"]
    assert (first["order_total"], first["shipping"], first["discount"], first["coupon_code"]) == (
        27.5,
        3,
        2.5,
        "hasbros",
    )
    assert orders["o-3"]["cancelled_at"] == datetime(2024, 1, 15, 10, 50, 3, tzinfo=UTC)
    assert orders["o-1"]["cancelled_at"] is None
    assert {each.code: each.count for each in found[0].findings} == {"D702": 1, "D703": 1, "D706": 1, "D707": 1}


def test_segment_products_are_taken_as_first_described(segment):
    rows, _ = segment
    products = {each["product_id"]: each for each in rows["products"]}
    assert set(products) == {"p1", "p2"}
    assert (products["p1"]["price"], products["p1"]["category"]) == (19.5, None)
    assert products["p1"]["ingested_at"] == datetime(2024, 1, 15, 10, 0, 3, 0, UTC)


def test_the_past_reads_the_same_when_later_calls_are_missing(engine, tmp_path, segment):
    def known(rows, moment):
        """Return what had arrived, order cancellations of later moments hidden."""
        seen = [each for each in rows if each.get("ingested_at") is None or each["ingested_at"] < moment]
        return [
            {
                key: value
                for key, value in each.items()
                if value is not None and (key != "cancelled_at" or value < moment)
            }
            for each in seen
        ]

    calls = [each for each in CALLS if each["messageId"] != "m16"]
    for minute in (21, 56):
        moment = datetime(2024, 1, 15, 10, minute, tzinfo=UTC)
        file = tmp_path / f"until-{minute}.jsonl"
        file.write_text(
            "".join(json.dumps(each) + "\n" for each in calls if each.get("receivedAt", "2") < f"{moment:%FT%T}")
        )
        cut, _ = read(engine, read_json_lines(file, engine=engine), "segment")
        for name, rows in segment[0].items():
            whole = {json.dumps(each, default=str, sort_keys=True) for each in known(rows, moment)}
            part = {json.dumps(each, default=str, sort_keys=True) for each in known(cut[name], moment)}
            without_numbers = [{text.split('"source_row"')[0] for text in texts} for texts in (whole, part)]
            assert without_numbers[0] == without_numbers[1], (name, minute)


def test_a_warehouse_table_of_segment_has_flat_names_and_json_text(engine):
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["id", "anonymous_id", "user_id", "event", "event_text", "original_timestamp", "received_at",
                     "order_id", "total", "currency", "products", "context_ip"])  # fmt: skip
    cells = ["a1", "anon", "u1", "order_completed", "Order Completed", "2024-02-01 08:00:00", "2024-02-01 08:00:01",
             "o-7", "25", "EUR", json.dumps(PRODUCTS), "203.0.113.1"]  # fmt: skip
    writer.writerows(
        [cells, [*cells[:1], *cells[1:10], "[broken", ""], ["a2", *cells[1:7], "o-8", *cells[8:10], "[broken", ""]]
    )
    rows, _ = read(engine, from_csv(engine, text.getvalue()), "segment")
    assert [(each["order_id"], each["quantity"] * each["unit_price"]) for each in rows["order_lines"]] == [
        ("o-7", 19.0), ("o-7", 6.0), ("o-8", 25.0)
    ]  # fmt: skip
    assert rows["order_lines"][0]["ordered_at"] == datetime(2024, 2, 1, 8, tzinfo=UTC)
    assert rows["events"][0]["event"] == "order"


MICROS = 1_705_314_600_000_000  # 2024-01-15 10:30:00 UTC
ITEMS = [
    {"item_id": "g1", "item_name": "Tee", "item_brand": "Own", "item_category": "Clothes", "price": 10.0, "quantity": 2},
    {"item_id": "g2", "item_name": "Cap", "item_brand": "(not set)", "item_category": "Clothes", "price": 5.5, "quantity": None},
]  # fmt: skip


def hit(name, seconds, items=(), order=None, user=None, **values):
    params = [{"key": "ga_session_id", "value": {"int_value": 77, "string_value": None, "double_value": None}}]
    params += [{"key": key, "value": {"int_value": None, "string_value": value, "double_value": None}}
               for key, value in values.items()]  # fmt: skip
    return {
        "event_date": "20240115", "event_timestamp": MICROS + seconds * 1_000_000, "event_name": name,
        "event_params": params, "user_id": user, "user_pseudo_id": "99.1",
        "device": {"category": "mobile"}, "geo": {"country": "Germany", "city": "Berlin"},
        "traffic_source": {"medium": "cpc", "source": "google"},
        "ecommerce": {"transaction_id": order, "purchase_revenue": 25.5 if order else None, "shipping_value": 4.0},
        "items": list(items),
    }  # fmt: skip


HITS = [
    hit("page_view", 0),
    hit("view_item", 1, ITEMS[:1]),
    hit("search", 2, search_term="cap"),
    hit("add_to_cart", 3, ITEMS),
    hit("purchase", 4, ITEMS, order="T1", user="u1", currency="EUR"),
    hit("purchase", 4, ITEMS, order="T1", user="u1", currency="EUR"),
    hit("purchase", 9, ITEMS, order="T1", user="u1", currency="EUR"),
    hit("purchase", 50, ITEMS[:1], order="(not set)"),
    hit("refund", 90, order="T1"),
]


def check_ga4(rows, found):
    assert [(each["event"], each["product_id"]) for each in rows["events"]] == [
        ("page", None), ("view", "g1"), ("search", None), ("cart", "g1"), ("cart", "g2"), ("order", None),
        ("order", None), ("order", "g1"), ("refund", None),
    ]  # fmt: skip
    assert {each["session_id"] for each in rows["events"]} == {"99.1.77"}
    assert len({each["event_id"] for each in rows["events"]}) == 9
    assert [each["query"] for each in rows["events"] if each["query"]] == ["cap"]
    customers = [each["customer_id"] for each in rows["events"]]
    assert customers == ["99.1"] * 5 + ["u1"] * 4  # signed in at the purchase
    lines = sorted(rows["order_lines"], key=lambda each: (each["ordered_at"], each["line_id"]))
    money = [(each["order_id"], each["product_id"], each["quantity"], each["unit_price"]) for each in lines]
    no_number = money[2][0]
    assert money[:2] == [("T1", "g1", 2, 10.0), ("T1", "g2", 1, 5.5)]  # no quantity means one
    assert money[2:] == [(no_number, "g1", 2, 10.0), ("T1", "g1", -2, 10.0), ("T1", "g2", -1, 5.5)]
    assert (lines[0]["currency"], lines[0]["country"], lines[0]["channel"]) == ("EUR", "Germany", "cpc")
    assert lines[0]["ordered_at"] == datetime(2024, 1, 15, 10, 30, 4, tzinfo=UTC)
    assert [each["order_total"] for each in rows["orders"]] == [25.5, 25.5]
    assert {each["product_id"]: each["brand"] for each in rows["products"]} == {"g1": "Own", "g2": None}
    assert found[0].findings[-1].code == "D703"


def test_ga4_nested_in_parquet(engine, tmp_path):
    table = pa.Table.from_pylist(HITS)
    pa.parquet.write_table(table, tmp_path / "ga4.parquet")
    raw = RawTable("", "ga4.parquet", engine.read_parquet(tmp_path / "ga4.parquet", row_numbers=True))
    rows, found = read(engine, raw, "ga4")
    check_ga4(rows, found)
    assert {each.code: each.count for each in found[0].findings} == {"D702": 1, "D703": 1}


def test_ga4_nested_in_json_lines(engine, tmp_path):
    file = tmp_path / "ga4.json"
    file.write_text("".join(json.dumps(each) + "\n" for each in HITS))
    check_ga4(*read(engine, read_json_lines(file, engine=engine), "ga4"))


@pytest.mark.parametrize("dot", [".", "_"])
def test_ga4_flattened_to_a_row_per_item(engine, dot):
    rows = []
    for each in HITS:
        flat = {
            name: each[name] for name in ("event_date", "event_timestamp", "event_name", "user_id", "user_pseudo_id")
        }
        for outer in ("device", "geo", "traffic_source", "ecommerce"):
            flat |= {f"{outer}{dot}{key}": value for key, value in each[outer].items()}
        params = {each["key"]: each["value"] for each in each["event_params"]}
        flat |= {"ga_session_id": 77}
        flat |= {key: (params.get(key) or {}).get("string_value") for key in ("currency", "search_term")}
        rows += [flat | {f"items{dot}{key}": item.get(key) for key in ITEMS[0]} for item in each["items"] or [{}]]
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    check_ga4(*read(engine, from_csv(engine, text.getvalue()), "ga4"))


@pytest.mark.parametrize(
    ("headers", "platform"),
    [
        ("Name,Email,Financial Status,Lineitem quantity,Lineitem name,Lineitem price,Created at", "shopify"),
        ("\ufeffOrder Number,Order Status,Order Date,Email (Billing),SKU,Item Name,Item Cost,Quantity", "woocommerce"),
        ("Date,Order #,N. Revenue,Status,Customer,Customer type,Product(s),Items sold,Coupon(s)", "woocommerce"),
        ("order_item_id,order_id,product_id,variation_id,customer_id,product_qty,product_net_revenue", "woocommerce"),
        (
            "order_id,parent_id,date_created,num_items_sold,net_total,returning_customer,status,customer_id",
            "woocommerce",
        ),
        ("event_date,event_timestamp,event_name,user_pseudo_id,items", "ga4"),
        ("event_date,event_name,user_pseudo_id,items_item_id", "ga4"),
        ("messageId,type,anonymousId,event,properties,receivedAt", "segment"),
        ("id,anonymous_id,event,original_timestamp", "segment"),
        ("anonymous_id,event,at", None),
        ("event,received_at,user", None),
        ("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country", None),
        ("order_number,order_date,name,price,quantity,status", None),
    ],
)
def test_a_platform_is_seen_by_its_headers(headers, platform):
    names = headers.split(",")
    assert detect(names, {name: [None, "x"] for name in names}) == platform


def test_events_without_segment_times_are_known_by_their_names():
    assert detect(["anonymous_id", "event", "at"], {"event": [None, "Order Completed"]}) == "segment"
