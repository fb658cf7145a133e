"""The chapter on recommendations shows the published figures, in both languages, and nothing where nothing was made."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from test_report_segments import said, section_of

from habitue.actions.recommend.deciding import run as recommend_run
from habitue.actions.recommend.words import DECISIONS, LIST_NAMES, RULE_NAMES
from habitue.data.shop import Shop
from habitue.data.simulate import simulate
from habitue.pipeline import run
from habitue.report.contents import ReportContents
from habitue.report.gathering import gather
from habitue.report.numbers import Language, Numbers
from habitue.report.page import page
from habitue.report.recommending import Figure, ListScore, RecommendOutlook
from habitue.report.sections.recommend import recommend
from habitue.report.views import Voice
from habitue.schema import Words

LANGUAGES: tuple[Language, ...] = ("en", "zh")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ReportContents, dict[str, Any]]]:
    """A small shop with its recommendations, and the tables as they were published."""
    tables = simulate(customers=120, days=240, seed=3, language="en", tables={"order_lines", "products"}).tables
    with Shop.from_tables(tables, folder=tmp_path_factory.mktemp("recommended")) as shop:
        at = run(shop, only=["months", "rfm", "lifecycle", "segments"]).as_of
        made = recommend_run(shop, at, segments=shop.ledger.latest("segments").to_arrow())
        with shop.ledger.run(as_of=at, data_fingerprint=shop.loaded.fingerprint) as published:
            for name, each in made.items():
                published.publish(name, each, area="recommend", version="1", meaning=Words(name, name))
        yield gather(shop), {name: each.to_pylist() for name, each in made.items()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_lists_rules_and_segments_are_those_of_their_tables(told: Any, language: Language) -> None:
    contents, tables = told
    text = said(section_of(page(contents, language=language), "recommend"))
    numbers = Numbers(language, contents.currency)
    hits = {row["list"]: row["value"] for row in tables["recommend_scores"] if row["figure"] == "hit_rate"}
    assert len(hits) >= 3
    for code, value in hits.items():
        assert LIST_NAMES[code][language] in text
        assert numbers.share(value) in text
    for row in tables["recommend_rules"]:
        assert RULE_NAMES[row["rule"]][language] in text
        assert numbers.decimal(row["ndcg_cost"], 3) in text
    assert {row["decision"] for row in tables["recommend_segments"]} <= set(DECISIONS)
    for row in tables["recommend_segments"]:
        assert DECISIONS[row["decision"]][language] in text


def test_examples_show_what_was_published_with_its_reason(told: Any) -> None:
    contents, tables = told
    text = said(section_of(page(contents), "recommend"))
    outlook = contents.recommend
    assert outlook is not None
    assert len(outlook.samples) == 3
    for sample in outlook.samples:
        own = [row for row in tables["recommendations"] if row["customer_id"] == sample.customer_id]
        home = [row["product_title"] for row in own if row["kind"] == "home"][: len(sample.products)]
        assert [each.title for each in sample.products] == home
        assert all(each.why.en and each.why.zh for each in sample.products)
    assert outlook.customers == len({row["customer_id"] for row in tables["recommendations"]})
    assert outlook.beside[0].title in text


def test_no_chapter_where_no_lists_were_made(tmp_path: Path) -> None:
    tables = simulate(customers=12, days=60, seed=5, language="en", tables={"order_lines"}).tables
    with Shop.from_tables(tables, folder=tmp_path) as shop:
        run(shop, only=["months", "rfm", "lifecycle"])
        assert gather(shop).recommend is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_lists_that_could_not_be_judged_are_said_to_be_so(told: Any, language: Language) -> None:
    contents, _ = told
    bare = RecommendOutlook(1, ((Words("home", "首页"), 1),))
    section = recommend(_with(contents, bare), Voice(language, Numbers(language, "EUR")))
    assert section is not None
    assert section.lead == Voice(language, Numbers(language, "EUR"))("recommend_lead_plain", n=_one(language))
    assert not section.sure


def test_a_figure_nobody_knows_is_a_dash() -> None:
    scores = (
        ListScore("ours", Words("ours", "本系统"), {"hit_rate": Figure(0.5, 0.4, 0.6), "ndcg": Figure(None)}),
        ListScore("popular_7_days", Words("popular", "热销"), {"hit_rate": Figure(0.25), "ndcg": Figure(0.1)}),
    )
    outlook = RecommendOutlook(3, (), dt.datetime(2024, 1, 1), 30.0, 3, 10, scores)
    section = recommend(_with(None, outlook), Voice("en", Numbers("en", "EUR")))
    assert section is not None
    table = section.blocks[1]
    assert table.rows == [["ours", ("50%", "40%–60%"), "–"], ["popular", "25%", "0.100"]]
    assert "50%" in section.lead
    assert "25%" in section.lead


def _with(contents: Any, outlook: RecommendOutlook) -> Any:
    from dataclasses import replace
    from types import SimpleNamespace

    return SimpleNamespace(recommend=outlook) if contents is None else replace(contents, recommend=outlook)


def _one(language: Language) -> str:
    return Voice(language, Numbers(language, "EUR")).people(1)
