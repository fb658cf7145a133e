"""How numbers and dates are written."""

from __future__ import annotations

import datetime as dt
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from habitue.report.numbers import Numbers, nice_ticks
from habitue.report.texts import TEXTS

EN, ZH = Numbers("en", "EUR"), Numbers("zh", "CNY")


@pytest.mark.parametrize(
    ("amount", "english", "chinese"),
    [
        (0, "€0", "¥0"),
        (12.5, "€12.50", "¥12.50"),
        (999.6, "€1,000", "¥1,000"),
        (9_999.7, "€10k", "¥1万"),
        (12_345, "€12.3k", "¥1.23万"),
        (999_999, "€1M", "¥100万"),
        (123_456_789, "€123.5M", "¥1.23亿"),
        (-2_500, "−€2.5k", "−¥2,500"),
        (None, "–", "–"),
        (math.nan, "–", "–"),
    ],
)
def test_money(amount: float | None, english: str, chinese: str) -> None:
    assert (EN.money(amount), ZH.money(amount)) == (english, chinese)


def test_money_without_a_currency_has_no_symbol() -> None:
    assert Numbers("en").money(5_600) == "5.6k"
    assert Numbers("en", "CHF").money_in_full(5_600) == "CHF\N{NO-BREAK SPACE}5,600"


@pytest.mark.parametrize(
    ("now", "before", "text"),
    [(120, 100, "+20%"), (80, 100, "−20%"), (100.2, 100, "±0%"), (5, 0, ""), (5, None, ""), (5_000, 100, "×50")],
)
def test_change(now: float, before: float | None, text: str) -> None:
    assert EN.change(now, before) == text


def test_shares_never_round_to_nothing() -> None:
    assert [EN.share(x) for x in (0, 0.0001, 0.034, 0.5, 1)] == ["0%", "<0.1%", "3.4%", "50%", "100%"]


def test_dates() -> None:
    moment = dt.datetime(2011, 12, 10)
    assert (EN.last_day_before(moment), ZH.last_day_before(moment)) == ("9 Dec 2011", "2011年12月9日")
    assert EN.moment(moment.replace(hour=8, minute=5)) == "10 Dec 2011 08:05"
    assert (EN.days(1), EN.days(12.4), ZH.days(800), EN.days(None)) == ("1 day", "12 days", "2.2年", "–")


@settings(max_examples=200)
@given(st.floats(-1e9, 1e9), st.floats(1e-3, 1e9))
def test_ticks_hold_the_range_and_are_few(low: float, span: float) -> None:
    high = low + span
    ticks = nice_ticks(low, high)
    slack = 1e-6 * max(abs(low), abs(high), 1)
    assert ticks[0] <= low + slack
    assert ticks[-1] >= high - slack
    assert 2 <= len(ticks) <= 9


def test_texts_have_the_same_facts_in_both_languages() -> None:
    braces = lambda text: {part.split("}")[0] for part in text.split("{")[1:]}  # noqa: E731
    assert [key for key, words in TEXTS.items() if braces(words.en) != braces(words.zh)] == []
