"""The report as people open it: offline, on a phone, on paper, in two languages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from sample_report import HOSTILE, bare, ordinary

from habitue.report import page

pytestmark = pytest.mark.browser

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


@pytest.fixture(scope="module", params=["en", "zh"])
def file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / f"{request.param}.html"
    path.write_text(page(ordinary(), language=request.param), encoding="utf-8")
    return path


def opened(browser: Any, file: Path, *, width: int = 1280, scheme: str = "light") -> tuple[Any, list[str]]:
    """Open a file and note everything it asks for or complains about."""
    tab = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    noted: list[str] = []
    tab.on("request", lambda request: noted.append(request.url))
    tab.on("console", lambda message: noted.append(message.text))
    tab.on("pageerror", lambda error: noted.append(str(error)))
    tab.goto(file.as_uri())
    return tab, noted


def overflow(tab: Any) -> int:
    return int(tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def test_it_opens_offline_with_every_section(browser: Any, file: Path) -> None:
    tab, noted = opened(browser, file)
    assert noted == [file.as_uri()]
    for name in SECTIONS:
        assert tab.locator(f"#{name} h2").is_visible()
    assert tab.locator("svg:visible").count() == 18  # two are folded away
    assert overflow(tab) == 0
    tab.close()


def test_it_fits_a_phone_with_everything_unfolded(browser: Any, file: Path) -> None:
    tab, _ = opened(browser, file, width=360)
    tab.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    assert overflow(tab) == 0
    assert tab.locator(".narrow svg:visible").count() == 20
    assert tab.locator(".wide svg:visible").count() == 0
    # 1 unit of a phone picture is about one pixel, so letters keep their size.
    sizes = tab.evaluate(
        "[...document.querySelectorAll('.narrow svg text')].map(t => t.getBoundingClientRect().height).filter(h => h)"
    )
    assert min(sizes) > 8
    tab.close()


def test_it_prints_on_several_pages_without_folded_parts(browser: Any, file: Path) -> None:
    tab, _ = opened(browser, file)
    paper = tab.pdf(format="A4")
    assert 1 < len(re.findall(rb"/Type /Page\b", paper)) < 30
    tab.emulate_media(media="print")
    assert not tab.locator("nav").is_visible()
    assert tab.locator("body").evaluate("body => getComputedStyle(body).backgroundColor") == "rgb(255, 255, 255)"
    tab.close()


def test_dark_pages_exchange_every_colour_of_a_picture(browser: Any, file: Path) -> None:
    tab, _ = opened(browser, file, scheme="dark")
    same = tab.evaluate(
        """[...document.querySelectorAll('.wide svg [fill^="#"]')].filter(each => {
            const hex = each.getAttribute('fill').slice(1).match(/../g).map(part => parseInt(part, 16));
            return getComputedStyle(each).fill === `rgb(${hex.join(', ')})`;
        }).map(each => each.getAttribute('fill'))"""
    )
    assert same == []
    tab.close()


def test_hostile_and_endless_names_stay_text_and_wrap(browser: Any, tmp_path: Path) -> None:
    path = tmp_path / "hostile.html"
    path.write_text(page(ordinary(text=HOSTILE + "W" * 300)), encoding="utf-8")
    tab, noted = opened(browser, path, width=360)
    tab.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    assert noted == [path.as_uri()]
    assert overflow(tab) == 0
    assert tab.locator("h1").inner_text().startswith("<script>")
    tab.close()


def test_an_empty_shop_is_a_page_too(browser: Any, tmp_path: Path) -> None:
    path = tmp_path / "bare.html"
    path.write_text(page(bare()), encoding="utf-8")
    tab, noted = opened(browser, path, width=360)
    assert noted == [path.as_uri()]
    assert overflow(tab) == 0
    tab.close()
