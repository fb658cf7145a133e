"""A small shop whose order lines can be written under any headers, in English or Chinese."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import pytest

from habitue.data.sources.raw import Sample

Lines = dict[str, list[str | None]]


def _goods(draw: random.Random, language: str) -> list[tuple[str, str, float]]:
    first = ["红色", "复古", "夏季", "加厚"] if language == "zh" else ["Red", "Vintage", "Small", "Wooden"]
    second = (
        ["连衣裙", "保温杯", "双肩包", "面膜套装"] if language == "zh" else ["Mug", "Tea Towel", "Lunch Bag", "Clock"]
    )
    goods = []
    for number in range(40):
        words = draw.choice(first), draw.choice(second)
        title = f"{''.join(words)}{number}号款" if language == "zh" else f"{' '.join(words)} No {number}"
        goods.append((f"{draw.choice('ABK')}{1000 + 37 * number}", title, draw.choice([1.95, 3.5, 8.25, 12.4, 49.9])))
    return goods


def _people(draw: random.Random, language: str) -> list[tuple[str, str, str, str]]:
    people = []
    for number in range(60):
        if language == "zh":
            name = draw.choice("王李张刘陈杨赵黄") + draw.choice(["伟", "芳", "小明", "雨桐", "静"])
            place = draw.choice([("中国", "浙江省"), ("中国", "广东省"), ("中国", "上海市")])
        else:
            name = (
                f"{draw.choice(['Mary', 'John', 'Emma', 'Paul'])} {draw.choice(['Smith', 'Jones', 'Walker', 'Green'])}"
            )
            place = draw.choice([("United Kingdom", "Scotland"), ("Germany", "Bayern"), ("France", "Normandie")])
        people.append((str(20000 + number * 7), name, *place))
    return people


@pytest.fixture(scope="session")
def shop_lines() -> Callable[..., Lines]:
    """Return order lines by our own column names; times as ISO text."""

    def lines(language: str = "en", rows: int = 300, seed: int = 4) -> Lines:
        draw = random.Random(seed)
        goods, people = _goods(draw, language), _people(draw, language)
        table: Lines = {name: [] for name in (
            "order_id", "customer_id", "ordered_at", "product_id", "product_title", "quantity", "unit_price",
            "line_total",
            "country", "region", "customer_name", "customer_email", "tax", "paid_at", "note", "row",
        )}  # fmt: skip
        at, order = datetime(2024, 1, 3, 9, 12), 700100
        while len(table["order_id"]) < rows:
            at += timedelta(minutes=draw.randint(200, 1400))
            order += draw.randint(1, 9)
            customer, name, country, region = draw.choice(people)
            for code, title, price in draw.sample(goods, draw.choice([1, 2, 3, 4])):
                pieces = draw.choice([1, 1, 2, 3, 6])
                values = {
                    "order_id": str(order), "customer_id": customer, "ordered_at": f"{at:%Y-%m-%d %H:%M:%S}",
                    "product_id": code, "product_title": title, "quantity": str(pieces), "unit_price": f"{price:.2f}",
                    "line_total": f"{pieces * price:.2f}", "country": country, "region": region, "customer_name": name,
                    "customer_email": f"c{customer}@example.com", "tax": f"{pieces * price * 0.2:.2f}",
                    "paid_at": f"{at + timedelta(minutes=draw.randint(1, 90)):%Y-%m-%d %H:%M:%S}",
                    "note": draw.choice([None, None, "请放门口" if language == "zh" else "please ring"]),
                    "row": str(len(table["order_id"]) + 1),
                }  # fmt: skip
                for key, value in values.items():
                    table[key].append(value)
        return table

    return lines


@pytest.fixture(scope="session")
def sample_of(shop_lines: Callable[..., Lines]) -> Callable[..., Sample]:
    """Return a sample of those lines under other headers: our column (or tax, note…) to header."""

    def sample(
        headers: Mapping[str, str],
        *,
        language: str = "en",
        rows: int = 300,
        seed: int = 4,
        change: Mapping[str, Callable[[str], str]] | None = None,
        path: str = "export.csv",
    ) -> Sample:
        lines = shop_lines(language, rows, seed)
        columns: Lines = {}
        for name, header in headers.items():
            changed = (change or {}).get(name, str)
            columns[header] = [None if cell is None else changed(cell) for cell in lines[name]]
        return Sample(path, "csv", list(columns), columns, dict.fromkeys(columns, "string"))

    return sample
