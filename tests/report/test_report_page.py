"""The page: every section in two languages, nothing empty or unescaped, small shops told plainly what is missing."""

from __future__ import annotations

import datetime as dt
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pyarrow as pa
import pytest
from sample_report import HOSTILE, bare, one_month, ordinary

from habitue.data.shop import Shop
from habitue.errors import LedgerError
from habitue.pipeline import run
from habitue.report import page, write_report
from habitue.report.numbers import Language
from habitue.report.texts import TEXTS

FORECASTS = ["value", "churn", "need", "models"]
SECTIONS = [
    "today",
    "segments",
    "health",
    "flow",
    *FORECASTS[:3],
    "sales",
    "cohorts",
    "rfm",
    "profiles",
    "models",
    "reading",
]
LANGUAGES: list[Language] = ["en", "zh"]


class Reader(HTMLParser):
    """Collects tags, ids and visible text, and fails on tags that are not closed in order."""

    VOID = frozenset({"meta", "br", "img"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.text: list[str] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        values = dict(attrs)
        self.ids.extend(value for key, value in values.items() if key == "id" and value)
        self.links.extend(value for key, value in values.items() if key in ("href", "src") and value)
        assert not [key for key in values if key.startswith("on")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.text.append(data)


@pytest.fixture(scope="module", params=LANGUAGES)
def full(request: pytest.FixtureRequest) -> tuple[Language, str]:
    return request.param, page(ordinary(), language=request.param)


def test_a_full_report_has_every_section_and_picture(full: tuple[Language, str]) -> None:
    language, html = full
    reader = Reader(html)
    assert [name for name in reader.ids if name in SECTIONS] == SECTIONS
    assert reader.tags.count("svg") == 40  # twenty pictures, each for wide pages and for phones
    assert f'<html lang="{"zh-CN" if language == "zh" else "en"}">' in html
    assert len(html.encode()) < 900_000


def test_nothing_is_fetched_and_nothing_runs(full: tuple[Language, str]) -> None:
    reader = Reader(full[1])
    assert all(link.startswith("#") for link in reader.links)
    assert not {"script", "link", "iframe", "img", "object"} & set(reader.tags)
    assert not re.search(r"url\((?!#)|@import", full[1])


def test_ids_are_unique_and_links_lead_somewhere(full: tuple[Language, str]) -> None:
    reader = Reader(full[1])
    assert len(reader.ids) == len(set(reader.ids))
    assert {link[1:] for link in reader.links} <= set(reader.ids)


def test_every_picture_says_what_it_shows_and_is_sound_svg(full: tuple[Language, str]) -> None:
    for picture in re.findall(r"<svg.*?</svg>", full[1], flags=re.DOTALL):
        root = ET.fromstring(picture)  # noqa: S314 - we wrote it
        assert root.get("role") == "img"
        assert root.get("aria-label")
        assert root.get("width") is None
        assert "#ffffff" not in {each.get("fill") for each in root.iter("path")}


def test_no_missing_value_is_printed(full: tuple[Language, str]) -> None:
    said = " ".join(Reader(full[1]).text)
    assert not re.search(r"\b(nan|None|NaT|null|inf|undefined)\b", said, flags=re.IGNORECASE)


def test_a_chinese_report_is_chinese() -> None:
    said = [text.strip() for text in Reader(page(ordinary(), language="zh")).text]
    english = {words.en for words in TEXTS.values() if len(words.en) > 12}
    assert not english & set(said)
    assert "2024年3月9日" in " ".join(said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_merchants_own_texts_are_never_code(language: Language) -> None:
    html = page(ordinary(text=HOSTILE, currency="<b>"), language=language)
    assert "script" not in Reader(html).tags
    assert "<b>EUR" not in html
    assert "&lt;script&gt;" in html
    assert "{{ 7*7 }}" in html
    for picture in re.findall(r"<svg.*?</svg>", html, flags=re.DOTALL):
        ET.fromstring(picture)  # noqa: S314 - we wrote it


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_shop_of_which_nothing_is_known_says_so(language: Language) -> None:
    html = page(bare(), language=language)
    reader = Reader(html)
    assert [name for name in reader.ids if name in SECTIONS] == [name for name in SECTIONS if name not in FORECASTS]
    assert "svg" not in reader.tags
    said = " ".join(reader.text)
    for key in ("today_none", "health_none", "flow_none", "sales_none", "cohorts_none", "rfm_none", "profiles_none"):
        assert TEXTS[key][language] in said


def test_one_month_is_no_chart() -> None:
    said = " ".join(Reader(page(one_month())).text)
    assert TEXTS["one_moment"].en in said
    assert TEXTS["cohorts_none"].en in said
    assert "30 days after the first purchase" in said


def test_unfinished_cells_are_left_out() -> None:
    html = page(ordinary())
    shown = re.findall(r"<title>First purchase (\w+ \d+), (\d+) months later", html)
    assert ("Mar 2023", "11") in shown
    assert ("Mar 2023", "12") not in shown


def lines(*rows: tuple[str | None, int, float]) -> pa.Table:
    return pa.Table.from_pylist(
        [
            {
                "order_id": str(number),
                "customer_id": customer,
                "product_id": "tea",
                "ordered_at": dt.datetime(2024, 1, 6, 10) + dt.timedelta(days=days),
                "quantity": quantity,
                "unit_price": 4.0,
            }
            for number, (customer, days, quantity) in enumerate(rows)
        ]
    )


def test_a_shop_with_one_customer_gets_a_report(tmp_path: Path) -> None:
    with Shop.from_tables({"order_lines": lines(("ann", 0, 2.0))}, folder=tmp_path) as shop:
        with pytest.raises(LedgerError):
            write_report(shop, tmp_path / "early.html")
        run(shop)
        written = write_report(shop, tmp_path / "deep" / "report.html", language="zh")
    said = " ".join(Reader(written.read_text(encoding="utf-8")).text)
    assert TEXTS["customers"].zh in said
    assert not re.search(r"\b(nan|None|NaT)\b", said)
    assert [path.name for path in written.parent.iterdir()] == ["report.html"]


def test_the_report_shows_what_the_run_published(tmp_path: Path) -> None:
    rows = [(f"c{n}", day, 1.0 + n) for n in range(6) for day in range(n, 150, 9 + 4 * n)]
    with Shop.from_tables({"order_lines": lines(*rows, ("c1", 140, -1.0), (None, 3, 5.0))}, folder=tmp_path) as shop:
        run(shop)
        first = write_report(shop, tmp_path / "a.html", language="en").read_text(encoding="utf-8")
        run(shop, as_of=dt.datetime(2024, 3, 1))
        old = write_report(shop, tmp_path / "b.html", as_of=dt.datetime(2024, 3, 5)).read_text(encoding="utf-8")
    assert len(re.findall("<svg", first)) >= 10
    assert "Data up to 29 Feb 2024" in old
    assert f">{len(rows)}<" in first  # orders, one line each
