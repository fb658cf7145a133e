"""Value, churn, need and models in the report: what is read from the ledger, and what is said of it."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest
from sample_predictions import AS_OF, card, cards, offer
from sample_predictions import churn as churn_sample
from sample_report import ordinary
from sample_tables import publish, publish_empty

from habitue.data.shop import Shop
from habitue.pipeline import run
from habitue.report import card_from_row, page
from habitue.report.charts_prediction import root_ticks
from habitue.report.contents import ReportContents
from habitue.report.gathering import gather
from habitue.report.model_cards import METRICS, MODELS
from habitue.report.numbers import Language, Numbers
from habitue.report.predictions import ChurnOutlook, ForecastBin, NeedOutlook, ValueOutlook
from habitue.report.sections.churn import churn
from habitue.report.sections.forecasts import touching
from habitue.report.sections.need import need
from habitue.report.sections.value import value
from habitue.report.texts import TEXTS
from habitue.report.views import Voice
from habitue.schema import Words
from habitue.signals.churn.words import EVIDENCE

NEW = ("value", "churn", "need", "models")
CUSTOMERS = [f"c{n}" for n in range(10)]


def voice(language: Language) -> Voice:
    return Voice(language, Numbers(language, "EUR"))


@pytest.fixture(scope="module")
def contents(tmp_path_factory: pytest.TempPathFactory) -> ReportContents:
    rows = [
        {
            "order_id": f"{customer}-{day}",
            "customer_id": customer,
            "product_id": "t1",
            "ordered_at": dt.datetime(2024, 1, 1, 10) + dt.timedelta(days=day),
            "quantity": 1.0,
            "unit_price": 4.0,
        }
        for n, customer in enumerate(CUSTOMERS)
        for day in range(n, 100, 11 + 5 * n)
    ]
    folder = tmp_path_factory.mktemp("predicted")
    with Shop.from_tables({"order_lines": pa.Table.from_pylist(rows)}, folder=folder) as shop:
        moment = run(shop, only=["months", "rfm", "lifecycle"]).as_of
        publish(shop.ledger, CUSTOMERS, moment)
        return gather(shop)


def test_value_is_read_from_the_ledger(contents: ReportContents) -> None:
    found = contents.value
    assert found is not None
    total = sum(100 / (n + 1) for n in range(10))
    assert found.spend == pytest.approx(total)
    assert [each.decile for each in found.deciles] == list(range(10, 0, -1))
    assert found.deciles[0].spend == 100
    assert [each.days for each in found.horizons] == [30, 90, 180, 365]
    assert sum(each.top for each in found.groups) == 1
    assert sum(each.all_share for each in found.groups) <= 1 + 1e-9
    assert found.first[0].customer_id == "c0"
    assert (
        found.first[0].reason.en == "days since the last purchase: 120 (usual 43) ↑; country of the last order France ↓"
    )
    assert [each.place for each in found.calibration] == [1, 2]
    assert found.tracking_model == "Pareto/NBD"
    assert len(found.tracking) == 6


def test_churn_is_read_from_the_ledger(contents: ReportContents) -> None:
    found = contents.churn
    assert found is not None
    assert [(each.risk, each.customers) for each in found.groups] == [("high", 3), ("medium", 3), ("low", 4)]
    assert sum(each.customers for each in found.bands) == 10
    assert found.leaving == pytest.approx(5.0)
    assert [each.customer_id for each in found.rescues] == ["c2", "c1"]
    assert found.worth_it == 2
    assert found.offer is not None
    assert found.offer.offer.en == ""
    assert found.offer.evidence == EVIDENCE["assumption"]
    assert [each.name.zh for each in found.drivers] == ["最近订单国家 France", "累计订单数"]
    assert [each.share_treated for each in found.profit] == [0.0, 0.4, 1.0]


def test_need_is_read_from_the_ledger(contents: ReportContents) -> None:
    found = contents.need
    assert found is not None
    assert [each.category for each in found.categories] == ["tea", "cups", "pots"]
    assert found.categories[0].next_share == pytest.approx((0.6 + 9 * 0.3) / 10)
    assert (found.categories[0].first_choice, found.categories[2].ready) == (10, 10)
    assert found.categories[0].words == "green, leaf, tin, box"
    assert found.from_titles
    assert sum(each.customers for each in found.weeks) + found.later == 10
    assert found.weeks[0].customers == 1
    assert found.later == 1
    assert [(each.product_id, each.customers) for each in found.due_products] == [("t1", 4)]
    tea = [each for each in found.cells if each.category == "tea"]
    mean = sum(each.index * each.customers for each in tea) / sum(each.customers for each in tea)
    assert mean == pytest.approx(100)


def test_cards_are_read_from_the_ledger(contents: ReportContents) -> None:
    assert [(each.area, each.task) for each in contents.models] == [("value", "value"), ("churn", "churn")]
    assert contents.models[0].moved[0].en == "days since the last purchase"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_all_of_it_is_shown(contents: ReportContents, language: Language) -> None:
    html = page(contents, language=language)
    assert [name for name in NEW if f'<section id="{name}"' in html] == list(NEW)
    assert not re.search(r"\b(nan|None|NaT|null|undefined)\b", re.sub("<style>.*?</style>", "", html, flags=re.DOTALL))


def test_a_run_without_forecasts_has_no_such_sections() -> None:
    html = page(replace(ordinary(), value=None, churn=None, need=None, models=()))
    assert [name for name in NEW if f'id="{name}"' in html] == []


def test_a_run_that_could_not_forecast_says_so(tmp_path: Path) -> None:
    line = {
        "order_id": "1",
        "customer_id": "a",
        "product_id": "t",
        "ordered_at": AS_OF,
        "quantity": 1.0,
        "unit_price": 1.0,
    }
    with Shop.from_tables({"order_lines": pa.Table.from_pylist([line])}, folder=tmp_path) as shop:
        publish_empty(shop.ledger, run(shop, only=["rfm", "lifecycle"]).as_of)
        html = page(gather(shop))
    for key in ("value_none", "churn_none", "need_none"):
        assert TEXTS[key].en in html


def test_forecasts_of_another_moment_are_not_shown(tmp_path: Path) -> None:
    line = {
        "order_id": "1",
        "customer_id": "a",
        "product_id": "t",
        "ordered_at": AS_OF,
        "quantity": 1.0,
        "unit_price": 1.0,
    }
    with Shop.from_tables({"order_lines": pa.Table.from_pylist([line])}, folder=tmp_path) as shop:
        publish(shop.ledger, CUSTOMERS, AS_OF - dt.timedelta(days=30))
        run(shop, only=["rfm"])
        found = gather(shop)
    assert (found.value, found.churn, found.need, found.models) == (None, None, None, ())


def test_the_advice_says_to_how_many_and_what_it_brings() -> None:
    made = churn(ordinary(), voice("en"))
    said = _said(made)
    assert "Send the offer to 369 customers: the expected profit is €3.08k (€2.51k to €3.65k)" in said
    assert "€4.33k more than sending it to all and €3.08k more than sending it to nobody." in said
    assert EVIDENCE["assumption"].en in said
    assert "Reckoned with: a coupon of 10 % off one order, €0.35 for each contact and a gross margin of 42%." in said
    unnamed = replace(churn_sample(), offer=replace(offer(), offer=Words("", ""), evidence=EVIDENCE["experiment"]))
    said = _said(churn(replace(ordinary(), churn=unnamed), voice("en")))
    assert EVIDENCE["experiment"].en in said
    assert "€0.35 for each contact, a discount of 10% and a gross margin of 42%" in said


def test_an_offer_that_never_pays_goes_to_nobody() -> None:
    hopeless = replace(churn_sample(), offer=offer(0.0), rescues=(), worth_it=0)
    said = _said(churn(replace(ordinary(), churn=hopeless), voice("en")))
    assert "Send the offer to nobody" in said
    assert TEXTS["nobody_worth_it"].en in said


def test_nobody_at_high_risk_is_said_plainly() -> None:
    calm = replace(churn_sample(), groups=tuple(replace(each, customers=0) for each in churn_sample().groups))
    section = churn(replace(ordinary(), churn=calm), voice("zh"))
    assert section is not None
    assert "暂无高流失风险客户" in section.lead


@pytest.mark.parametrize("language", ["en", "zh"])
def test_outlooks_with_one_part_only_are_shown(language: Language) -> None:
    full = ordinary()
    assert full.value
    assert full.need
    lone = replace(
        full,
        value=ValueOutlook(30, 10, 5.0, full.value.deciles[:1]),
        churn=ChurnOutlook(30, 10),
        need=NeedOutlook(weeks=full.need.weeks),
        models=(),
    )
    assert "<svg" in page(lone, language=language)
    when = need(lone, voice("en"))
    assert when is not None
    assert when.lead == "Within 30 days an order is expected from 324 customers."


def test_a_forecast_touches_the_line_when_its_interval_holds_it() -> None:
    bins = [ForecastBin(1, 5, 0.2, 0.3, 0.1, 0.4), ForecastBin(2, 5, 0.8, 0.5, 0.4, 0.6), ForecastBin(3, 5, 0.9, 0.9)]
    assert touching(bins) == (1, 2)


def test_the_top_tenth_is_said_with_its_share() -> None:
    section = value(ordinary(), voice("en"))
    assert section is not None
    assert "€124.2k in the next 90 days; the top tenth accounts for 40%" in section.lead


def test_a_card_is_headed_by_its_first_known_metric_and_best_rule() -> None:
    shown = cards()
    assert [each.headline.name if each.headline else None for each in shown] == ["auc", "mae", None]
    assert [each.baseline for each in shown] == ["RFM", "RFM", ""]  # highest AUC, smallest error
    assert shown[0].moved[0].en == "days since the last purchase"


def test_a_card_without_anything_is_a_card() -> None:
    bare = card_from_row({"task": "t", "model": "m", "learnt_at": AS_OF, "card": "{}"}, "a")
    assert (bare.headline, bare.baseline, bare.cutoffs, bare.moved) == (None, "", (), ())
    odd = card(metrics=[{"name": "novel", "value": 3.0}, {"name": "lost", "value": None}], question="why")
    read = card_from_row({"task": "t", "model": "m", "learnt_at": AS_OF, "card": json.dumps(odd)}, "a")
    assert read.headline is not None
    assert read.headline.name == "novel"
    assert read.question.zh == "why"


def test_metrics_and_models_have_names_in_two_languages() -> None:
    assert all(words.en and words.zh for words in (*METRICS.values(), *MODELS.values()))


@pytest.mark.parametrize("high", [0.02, 1.0, 37.0, 870.0, 123_456.0])
def test_root_ticks_stand_apart_below_the_top(high: float) -> None:
    ticks = root_ticks(high)
    assert ticks[0] == 0
    assert 3 <= len(ticks) <= 7
    assert all(tick <= high for tick in ticks)
    assert min(b**0.5 - a**0.5 for a, b in pairwise(ticks)) >= 0.13 * high**0.5


def _said(section: object) -> str:
    return str(section).replace("&#39;", "'")
