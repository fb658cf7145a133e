"""Learnt and saved segments in the report: what is read from the ledger, and that the page says just that."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_report import bare, ordinary
from sample_segments import CODES, SIZES, moved, outlook, segment
from sample_tables import churn as churn_table

from habitue.data.shop import Shop
from habitue.data.simulate import simulate
from habitue.errors import HabitueError
from habitue.pipeline import run
from habitue.report import page
from habitue.report.contents import ReportContents
from habitue.report.gathering import gather
from habitue.report.numbers import Language, Numbers
from habitue.report.palette import COLOURS, PLACES
from habitue.report.sankey import Flow, broken, sankey
from habitue.report.sections.segment_movement import moved_share
from habitue.report.sections.segments import segments, stake_by_segment
from habitue.report.segmentation import Range, SegmentOutlook
from habitue.report.texts import TEXTS
from habitue.report.views import Note, Picture, Section, TableView, Voice
from habitue.schema import Words
from habitue.signals.segment.language import SegmentStore, parse
from habitue.signals.segment.treatments import EVIDENCE

NAME = '<b>"引号" 😀</b>'
LANGUAGES: list[Language] = ["en", "zh"]


def alone(text: str = "Tea & Thread") -> ReportContents:
    """The sample with its segments only: quicker to draw."""
    full = ordinary(text=text)
    return replace(
        bare(),
        currency="EUR",
        learnt=full.learnt,
        stages=full.stages,
        segments=full.segments,
        measures=full.measures,
        figures=full.figures,
        actions=full.actions[:1],
    )


def voice(language: Language) -> Voice:
    return Voice(language, Numbers(language, "EUR"))


def section_of(html: str, name: str = "segments") -> str:
    found = re.search(rf'<section id="{name}".*?</section>', html, flags=re.DOTALL)
    assert found
    return found[0]


def said(html: str) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", html)))


def table(section: Section, title: str) -> TableView:
    return next(each for each in section.blocks if isinstance(each, TableView) and each.title.startswith(title))


def publish(shop: Shop, at: dt.datetime, tables: dict[str, pa.Table]) -> None:
    with shop.ledger.run(as_of=at, data_fingerprint=shop.loaded.fingerprint) as published:
        for name, each in tables.items():
            published.publish(name, each, area="made up", version="1", meaning=Words(name, name))


@pytest.fixture(scope="module")
def learnt(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[ReportContents, dict[str, list[dict[str, Any]]]]]:
    """A small shop with learnt segments, a forecast made up, and three saved segments; with the tables as published."""
    tables = simulate(customers=160, days=300, seed=5, language="en", tables={"order_lines"}).tables
    with Shop.from_tables(tables, folder=tmp_path_factory.mktemp("learnt")) as shop:
        at = run(shop, only=["months", "rfm", "lifecycle", "segments"]).as_of
        customers = shop.ledger.latest("segments").to_arrow()["customer_id"].to_pylist()
        publish(shop, at, {"churn": churn_table(customers, at)})
        store = SegmentStore(shop.folder / ".habitue")
        saved = {NAME: "recency_days < 60", "Often": "orders >= 2", "Broken": "customer.region = 'Kent'"}
        for name, sentence in saved.items():
            store.save(name, parse(sentence, "en"))
        store.compute(NAME, shop, at)
        with pytest.raises(HabitueError):  # there is no table of customers
            store.compute("Broken", shop, at)
        contents = gather(shop)
        names = ("segments", "segment_definitions", "segment_flows", "segment_moves", "segment_scores",
                 "segment_overlap", "churn", "lifecycle")  # fmt: skip
        yield contents, {name: shop.ledger.latest(name).to_arrow().to_pylist() for name in names}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_segment_is_shown_with_its_published_figures(learnt: Any, language: Language) -> None:
    contents, tables = learnt
    say, html = voice(language), section_of(page(contents, language=language))
    text, rows = said(html), tables["segment_definitions"]
    glance = table(segments(contents, say), TEXTS["segments_worth"][language])
    assert [row[0] for row in glance.rows] == [f"{each['place']} · {each[f'name_{language}']}" for each in rows]
    for shown, row in zip(glance.rows, rows, strict=True):
        assert shown[1] == (say.numbers.count(row["customers"]), say.numbers.share(row["share"]))
        assert shown[3][0] == say.numbers.money_in_full(row["value"])
        assert shown[3][1].endswith(say.numbers.count(row["value_index"]))
        for key in ("name", "description", "treatment_name", "treatment_text", "evidence_text"):
            assert row[f"{key}_{language}"] in text
    assert rows[0][f"reason_{language}"] in text
    counted = Counter(row["segment"] for row in tables["segments"])
    assert {each.code: each.customers for each in contents.learnt.segments} == counted


def test_sums_over_customers_are_those_of_their_tables(learnt: Any) -> None:
    contents, tables = learnt
    of = {row["customer_id"]: row["segment"] for row in tables["segments"]}
    spent = {row["customer_id"]: row["spend_365d"] or 0.0 for row in tables["lifecycle"]}
    stake = {row["customer_id"]: row["spend_at_stake"] for row in tables["churn"]}
    for each in contents.learnt.segments:
        mine = [who for who, code in of.items() if code == each.code]
        assert each.stake == pytest.approx(sum(stake[who] for who in mine))
        assert each.past_share == pytest.approx(sum(spent[who] for who in mine) / sum(spent.values()))
    assert sum(each.past_share or 0.0 for each in contents.learnt.segments) == pytest.approx(1)


def test_flows_and_reasons_are_those_of_their_tables(learnt: Any) -> None:
    contents, tables = learnt
    flows = {(m.from_at, m.from_segment, m.to_segment): m.customers for m in contents.learnt.moved}
    keys = ("from_at", "from_segment", "to_segment")
    assert flows == {tuple(row[key] for key in keys): row["customers"] for row in tables["segment_flows"]}
    keys += ("feature", "op", "threshold")
    counted = Counter(tuple(row[key] for key in keys) for row in tables["segment_moves"] if row["feature"])
    assert contents.learnt.turned
    for each in contents.learnt.turned:
        key = tuple(getattr(each, name) for name in keys)
        assert each.customers == counted[key]
        mine = sorted(row["now"] for row in tables["segment_moves"] if tuple(row[name] for name in keys) == key)
        assert min(mine) <= (each.now or 0.0) <= max(mine)
        assert (each.now or 0.0) >= each.threshold if each.op == "<" else (each.now or 0.0) < each.threshold
    first = [each for each in contents.learnt.turned if each.from_at == contents.learnt.turned[0].from_at]
    most = max(n for key, n in counted.items() if key[0] == first[0].from_at)
    assert first[0].customers == most


def test_ways_and_overlap_are_those_of_their_tables(learnt: Any) -> None:
    contents, tables = learnt
    scores = tables["segment_scores"]
    assert {each.number: each.r2 for each in contents.learnt.ways} == {
        row["way"]: row["value"] for row in scores if row["measure"] == "r2_log_spend"
    }
    assert sum(each.chosen for each in contents.learnt.ways) == 1
    chosen = next(each for each in contents.learnt.ways if each.chosen)
    assert chosen.segments >= len(contents.learnt.segments)
    assert chosen.has_rules
    rows = [row for row in tables["segment_overlap"] if row["family"] == "learnt"]
    assert len(contents.learnt.shared) == len(rows)
    html = section_of(page(contents))
    for row in rows:
        if row["other_family"] == "rfm":
            assert f">{100 * row['share']:.0f}</td>" in html


@pytest.mark.parametrize("language", LANGUAGES)
def test_saved_segments_are_shown_with_their_state_and_never_as_code(learnt: Any, language: Language) -> None:
    contents, _ = learnt
    html = section_of(page(contents, language=language))
    assert "<b>&#34;" not in html
    assert "&lt;b&gt;&#34;引号&#34; 😀&lt;/b&gt;" in html
    states = {each.name: each.state for each in contents.learnt.saved}
    assert states == {NAME: "fresh", "Often": "new", "Broken": "failed"}
    assert contents.learnt.saved[0].name == "Broken"
    assert contents.learnt.saved[0].reason[language] in said(html)
    rows = table(segments(contents, voice(language)), TEXTS["saved_segments"][language]).rows
    assert {row[0][0]: row[1] for row in rows}[NAME] == TEXTS["state_fresh"][language]
    fresh = next(each for each in contents.learnt.saved if each.name == NAME)
    assert f"{fresh.customers}" in said(html)
    assert "recency_days" in fresh.sentence[language]


def test_a_failed_segment_comes_first_with_its_reason() -> None:
    section = segments(alone(NAME), voice("en"))
    rows = table(section, TEXTS["saved_segments"].en).rows
    assert rows[0] == [NAME, ("failed", f"no column {NAME}"), "–", "–", ""]
    assert rows[1][1] == ("stale", "the data have changed since")
    assert any(isinstance(each, Note) and each.text.startswith("and 2 more.") for each in section.blocks)


def test_a_run_without_segments_says_why(tmp_path: Path) -> None:
    tables = simulate(customers=12, days=60, seed=5, language="en", tables={"order_lines"}).tables
    with Shop.from_tables(tables, folder=tmp_path) as shop:
        last = shop.latest_as_of
        run(shop, as_of=last - dt.timedelta(days=7), only=["segments"])
        run(shop, only=["months", "rfm", "lifecycle"])
        contents = gather(shop)
    assert contents.learnt.segments == ()
    for language in LANGUAGES:
        numbers = Numbers(language)
        html = section_of(page(contents, language=language))
        assert "svg" not in html
        assert "habitue run" in html
        assert numbers.count(contents.figures.customers) in said(html)
        assert numbers.last_day_before(last - dt.timedelta(days=7)) in said(html)
        assert stake_by_segment(contents, voice(language)) == []
        assert TEXTS["segments_no_customers"][language] in said(section_of(page(bare(), language=language)))


def test_the_reason_of_an_area_left_out_is_kept_with_the_run_and_told(tmp_path: Path) -> None:
    tables = simulate(customers=12, days=60, seed=5, language="en", tables={"order_lines"}).tables
    with Shop.from_tables(tables, folder=tmp_path) as shop:
        run(shop, only=["months", "rfm", "lifecycle"])
        assert gather(shop).learnt.skipped == ""
        with shop.ledger.run(as_of=shop.latest_as_of, data_fingerprint="same") as published:
            published.skip("segments", "Only 12 customers are known")
            published.publish("more", pa.table({"n": [1]}), area="made up", version="1", meaning=Words("m", "m"))
        contents = gather(shop)
    assert contents.learnt.skipped == "Only 12 customers are known"
    assert "What the run said: Only 12 customers are known." in said(section_of(page(contents)))
    assert "运行给出的原因：Only 12 customers are known。" in said(section_of(page(contents, language="zh")))


def test_a_shop_with_hardly_a_past_gets_starting_rules_and_no_chart(tmp_path: Path) -> None:
    tables = simulate(customers=12, days=20, seed=5, language="en", tables={"order_lines"}).tables
    with Shop.from_tables(tables, folder=tmp_path) as shop:
        at = run(shop, only=["months", "rfm", "lifecycle", "segments"]).as_of
        contents = gather(shop)
        guess = {"first_group": '{"feature": "first_order_value", "op": ">=", "value": 30}', "customers": 4}
        guess |= {"rule_en": "a", "rule_zh": "b", "segment": "learnt_01", "sure": 0.75}
        publish(shop, at, {"segment_early": pa.Table.from_pylist([guess])})
        (early,) = gather(shop).learnt.early
    html = section_of(page(contents))
    assert contents.learnt.ways == ()
    assert TEXTS["ways"].en not in html
    assert "too short to try several ways" in html
    assert said(html).count(TEXTS["reach_unknown"].en) == 1
    assert contents.learnt.early == ()
    assert (early.rule, early.customers, early.sure) == ((Range("first_order_value", 30.0),), 4, 0.75)


def test_rules_are_said_as_ranges_in_the_shops_money() -> None:
    contents = alone()
    english, chinese = (said(section_of(page(contents, language=language))) for language in LANGUAGES)
    assert (
        "Days since the last purchase under 90 days · money spent, gross of returns, ever from €20 to under €40"
        in english
    )
    assert "距上次购买天数 < 90天，且€20 ≤ 累计消费金额（未扣退货） < €40" in chinese
    assert "first order" in english.lower()
    plain = replace(contents, learnt=replace(contents.learnt, segments=(replace(segment(0), rule=()),)))
    assert "[recency_days] < 90 and money spent" in said(section_of(page(plain)))


def test_one_segment_for_all_is_said_plainly() -> None:
    lone = replace(segment(0), rule=(), sentence=Words("", ""), share=1.0, customers=7)
    contents = replace(alone(), learnt=SegmentOutlook((lone,), "past", None))
    text = said(section_of(page(contents)))
    assert "All customers are in one segment" in text
    assert TEXTS["no_rule"].en in text
    assert TEXTS["segments_flow_short"].en in text


def test_how_many_moved_is_a_share_of_those_who_were_there() -> None:
    contents = alone()
    share, days = moved_share(contents)
    mine = [each for each in moved() if (each.to_at - each.from_at).days == 30 and each.from_segment != "none"]
    went = sum(each.customers for each in mine if each.from_segment != each.to_segment)
    assert (share, days) == (pytest.approx(went / sum(each.customers for each in mine)), 30)
    html = section_of(page(contents))
    pictures = [each for each in segments(contents, voice("en")).blocks if isinstance(each, Picture)]
    lead = next(each for each in pictures if "11 Dec 2023" in each.title).notes[0]
    # 9 + 8 pairs go to one worth less, 9 customers to one worth more, 90 are new.
    assert "153 to one worth less" in lead
    assert "9 to one worth more" in lead
    assert "90 are new" in lead
    assert lead in unescape(html)


def test_columns_that_nobody_forecast_are_left_out() -> None:
    blind = {"churn_probability": None, "churn_probability_index": None, "next_need": None, "past_share": None}
    blind |= {"active_share": None, "detectable_share": None}
    full = alone()
    plain = replace(full, learnt=replace(full.learnt, segments=tuple(replace(segment(n), **blind) for n in range(3))))
    heads = [[head.text for head in table(segments(each, voice("en")), TEXTS["segments_worth"].en).heads]
             for each in (full, plain)]  # fmt: skip
    assert [head for head in heads[0] if head not in heads[1]] == ["Share of spend", "No order", "Next need"]
    assert said(section_of(page(plain))).count(TEXTS["test_unknown"].en) == 3


def test_money_by_segment_stands_beside_what_to_do_today() -> None:
    html = said(section_of(page(alone()), "today"))
    assert TEXTS["stake_by_segment"].en in html
    rows = next(each for each in stake_by_segment(alone(), voice("en")) if isinstance(each, TableView)).rows
    assert rows[0][1:] == ["New products first", "17", ("€500", "€250 to €1k"), "€1k"]
    assert rows[3][1:] == ["Leave alone", "0", "€0", "€1.03k"]
    assert rows[4][3] == TEXTS["not_known"].en


def test_what_gains_rest_on_is_said_once_for_all() -> None:
    notes = [each for each in segments(alone(), voice("en")).blocks if isinstance(each, Note)]
    text = next(each.text for each in notes if each.title == TEXTS["gain_why"].en)
    assert text.count(EVIDENCE["assumption"].en) == 1
    assert f"Segments 4 and 9: {EVIDENCE['none'].en}." in text


def test_steadiness_and_early_guesses_are_shown_only_where_they_were_published() -> None:
    full = alone()
    assert full.learnt.early
    html = section_of(page(full))
    assert TEXTS["early"].en in html
    assert "Together 41% of 40 customers were guessed right." in html
    none = replace(full, learnt=replace(full.learnt, early=()))
    assert TEXTS["early"].en not in section_of(page(none))
    assert f">{TEXTS['way_stability'].en}<" not in section_of(page(full))
    steady = tuple(replace(each, stability=0.87) for each in full.learnt.ways)
    html = section_of(page(replace(full, learnt=replace(full.learnt, ways=steady))))
    assert f">{TEXTS['way_stability'].en}<" in html
    assert ">0.87<" in html


def test_the_way_in_use_is_marked() -> None:
    picture = next(each for each in segments(alone(), voice("en")).blocks if isinstance(each, Picture))
    marked = re.findall(r"<path[^>]*><title>([^<]*)</title>", str(picture.wide))
    red = [
        title
        for tag, title in re.findall(r"<path([^>]*)><title>([^<]*)</title>", str(picture.wide))
        if COLOURS["vermilion"][0] in tag
    ]
    assert red == ["Rules learnt from outcomes, 7 segments: R² 35.0%, AUC 0.800"]
    assert len(marked) == len(outlook().ways)
    assert "in use 35.0%, best 36.0%" in picture.wide
    assert [row[0] for row in picture.table.rows][:2] == [
        "Rules learnt from outcomes",
        "Rules learnt from outcomes (in use)",
    ]


def test_ten_segments_have_ten_colours() -> None:
    assert len(set(PLACES)) == 10
    assert set(PLACES) <= set(COLOURS)
    light = [pair[0] for pair in COLOURS.values()]
    assert len(set(light)) == len(light)  # the style sheet exchanges them one by one
    assert len(SIZES) == len(CODES) == 10


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(st.tuples(st.integers(0, 10), st.integers(0, 10)), st.integers(40, 900), min_size=1, max_size=60),
    st.booleans(),
)
def test_ribbons_fill_their_posts(amounts: dict[tuple[int, int], int], narrow: bool) -> None:  # noqa: FBT001
    order = [f"s{n}" for n in range(11)]
    flows = [Flow(f"s{a}", f"s{b}", n, f"{a}>{b}") for (a, b), n in amounts.items()]
    names = {code: f"{code} · a long name, of three, parts" for code in order}
    svg = str(
        sankey(flows, order=order, names=names, colours=dict(zip(order, [*PLACES, "night"], strict=True)),
               amounts=({}, {}), heads=("then", "now"), label="moved", narrow=narrow)
    )  # fmt: skip
    posts = re.findall(r'<rect x="([\d.]+)" y="([\d.]+)" width="10" height="([\d.]+)"', svg)
    ribbons = re.findall(r'<path d="M([\d.]+),([\d.]+)C[^V]* ([\d.]+),([\d.]+)V([\d.]+)', svg)
    assert len(ribbons) == len(flows)
    for side in (0, 1):
        column = sorted({float(post[0]) for post in posts})[-side] if side else min(float(post[0]) for post in posts)
        mine = sorted((float(y), float(height)) for x, y, height in posts if float(x) == column)
        assert len(mine) == len({key[side] for key in amounts})
        for top, height in mine:
            inside = [
                float(low) - float(y1)
                for _, y0, _, y1, low in ribbons
                if top - 0.15 <= float(y1 if side else y0) < top + height
            ]
            assert sum(inside) == pytest.approx(
                height, abs=0.3 + 0.11 * len(inside) + 1.3 * sum(n < 1.3 for n in inside)
            )


@settings(max_examples=100)
@given(st.text(alphabet="abc MW、，户客· ", min_size=1, max_size=80), st.floats(4, 30), st.floats(0, 3))
def test_names_take_two_lines_at_most(text: str, room: float, last: float) -> None:
    lines = broken(text, room, last)
    assert 1 <= len(lines) <= 2
    kept = "".join(lines).replace("…", "").replace(" ", "")
    assert text.replace(" ", "").startswith(kept[: len(kept) // 2])
    assert ("…" in lines[-1]) or kept == text.replace(" ", "")
