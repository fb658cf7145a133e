"""The segment language: whether JSON, English, Chinese and SQL mean the same customers."""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from bench.naive_segments import NaiveShop, naive_members
from bench.row import Row
from bench.segment_trees import Vocabulary, random_tree
from habitue.data.shop import Shop
from habitue.data.simulate import simulate
from habitue.features import compute
from habitue.signals.segment.language import from_json, members, parse, say, to_json
from habitue.signals.segment.language.tree import Segment

_TREES = 500
_SEED = 20_240_601
_SEGMENT = "VIP “gold” 🥇, it's"
_TABLES = {"order_lines", "orders", "customers", "products", "events"}
_NUMBERS = ("recency_days", "orders", "spend", "spend_90d", "mean_gap_days", "return_share", "weekend_share")


@dataclass
class World:
    """A shop, its plain rows for the referee, and what trees may speak of."""

    shop: Shop
    tables: dict[str, pa.Table]
    as_of: dt.datetime
    naive: NaiveShop
    words: Vocabulary
    published: dict[str, pa.Table]
    stored: dict[Segment, pa.Table]


def make_world(*, customers: int = 90, days: int = 240, seed: int = _SEED) -> World:
    """Simulate a small shop whose prices are quarters, so that sums are exact in any order."""
    tables = dict(simulate(customers=customers, days=days, seed=seed, dirt=0.02, tables=_TABLES).tables)
    lines = tables["order_lines"]
    for column in ("unit_price", "line_total", "list_price", "discount"):
        quarters = pc.divide(pc.round(pc.multiply(lines[column], 4.0)), 4.0)
        lines = lines.set_column(lines.schema.get_field_index(column), column, quarters)
    tables["order_lines"] = lines.drop_columns(["line_total"])
    shop = Shop.from_tables(tables)
    as_of = dt.datetime.combine(shop.first_order_at.date() + dt.timedelta(days=round(days * 0.8)), dt.time(14, 30))
    ids = sorted(row["customer_id"] for row in shop.engine.to_rows(compute(shop.at(as_of), ())))
    published = _published(ids, seed)
    segments = {_SEGMENT: set(ids[::3])}
    naive = NaiveShop(
        as_of,
        *(shop.engine.to_rows(shop.table(name)) for name in ("order_lines", "events", "customers", "products")),
        features={row["customer_id"]: row for row in shop.engine.to_rows(compute(shop.at(as_of)))},
        published={name: table.to_pylist() for name, table in published.items()},
        segments=segments,
    )
    stored = {Segment(name): pa.table({"customer_id": sorted(held)}) for name, held in segments.items()}
    return World(shop, tables, as_of, naive, _vocabulary(naive), published, stored)


def _published(ids: list[str], seed: int) -> dict[str, pa.Table]:
    """Tables such as `habitue run` publishes, with customers left out, missing cells and "not a number"."""
    draw = random.Random(seed)
    some = [each for each in ids if draw.random() < 0.8]
    spend = [draw.choice((None, float("nan"), *(draw.randrange(400) / 4 for _ in range(8)))) for _ in some]
    value = pa.table({"customer_id": some, "expected_spend": pa.array(spend, pa.float64(), from_pandas=False)})
    risk = [draw.choice(("low", "medium", "high", None)) for _ in some]
    churn = pa.table({"customer_id": some, "risk": risk, "rescue": [draw.choice((True, False, None)) for _ in some]})
    needs = [(each, rank) for each in some for rank in range(1, draw.randint(1, 4) + 1)]
    category = [draw.choice(("Tea", "Coffee", "茶", None)) for _ in needs]
    need = pa.table({"customer_id": [n[0] for n in needs], "rank": [n[1] for n in needs], "category": category})
    return {"value": value, "churn": churn, "need": need}


def _vocabulary(naive: NaiveShop) -> Vocabulary:
    def values(rows: Any, column: str, most: int = 6) -> list[Any]:
        found = sorted({row[column] for row in rows if row[column] is not None})
        return found[:: max(len(found) // most, 1)] or ["x"]

    lines = ("category", "product_id", "product_title", "channel", "country", "coupon_code")
    events = ("product_id", "category", "device", "query", "channel")
    customers = list(naive.attributes.values())
    features = list(naive.features.values())
    texts = {f"buy.{name}": values(naive.acts["buy"], name) for name in lines}
    texts |= {f"event.{name}": values(naive.acts["event"], name) for name in events}
    texts |= {f"customer.{name}": values(customers, name) for name in ("country", "language", "acquisition_channel")}
    texts |= {f"feature.{name}": values(features, name) for name in ("channel", "first_category")}
    texts |= {"churn.risk": ["low", "medium", "high"], "need.category": ["Tea", "Coffee", "茶"]}
    numbers = {name: values(features, name) for name in _NUMBERS}
    numbers |= {f"buy.{name}": values(naive.acts["buy"], name) for name in ("unit_price", "spend", "order_spend")}
    numbers |= {"value.expected_spend": [0.0, 12.25, 50.0, 90.5]}
    start = min(row["at"] for row in naive.acts["buy"])
    dates = [(start + dt.timedelta(days=day)).date().isoformat() for day in range(5, 230, 25)]
    dates.append((naive.as_of - dt.timedelta(days=20)).isoformat())
    return Vocabulary(texts, numbers, ("view", "cart", "search", "login"), dates, naive.universe[::5], [_SEGMENT])


def round_trip(tree: Any) -> Any:
    """Take a tree through JSON, English, JSON, Chinese and JSON again."""
    read = from_json(tree)
    english = from_json(to_json(parse(say(from_json(to_json(read)), "en"), "en")))
    return from_json(to_json(parse(say(english, "zh"), "zh")))


def rows(data: Path) -> Iterator[Row]:
    """Compare the members that SQL gives after all translations with those that plain Python gives before them."""
    del data
    world, draw, started = make_world(), random.Random(_SEED), time.perf_counter()
    different = same_text = held = 0
    for _ in range(_TREES):
        tree = random_tree(draw, world.words)
        expected = naive_members(tree, world.naive)
        back = round_trip(tree)
        query = members(back, world.shop.at(world.as_of), published=world.published, stored=world.stored)
        got = set(world.shop.engine.to_arrow(query)["customer_id"].to_pylist())
        different += len(expected ^ got)
        same_text += back == from_json(tree)
        held += 0 < len(expected) < len(world.naive.universe)
    world.shop.close()
    yield Row(
        "segments/language/roundtrip",
        different,
        "members",
        f"members that differ between plain Python on the first tree and SQL after JSON → English → JSON → Chinese → "
        f"JSON, {_TREES} random trees (seed {_SEED}) on a simulated shop of {len(world.naive.universe)} customers with "
        f"events and returns; {same_text} trees come back equal, {held} hold for some customers but not all",
        seconds=round(time.perf_counter() - started, 1),
        bar="= 0",
        met=different == 0 and same_text == _TREES,
    )
