"""Groups of titles: planted ones are found again, in two languages, whatever the noise around them."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from habitue.errors import ConfigError
from habitue.models.title_words import words_of
from habitue.models.titles import NO_GROUP, fit_titles

_ENGLISH = {
    "mug": ("coffee mug", "tea mug", "travel mug"),
    "bag": ("lunch bag", "shopper bag", "school bag"),
    "candle": ("scented candle", "dinner candle", "vanilla candle"),
    "clock": ("alarm clock", "wall clock", "kitchen clock"),
}
_CHINESE = {
    "面霜": ("保湿面霜", "抗皱面霜", "修护面霜"),
    "跑鞋": ("轻量跑鞋", "缓震跑鞋", "透气跑鞋"),
    "咖啡豆": ("深烘咖啡豆", "意式咖啡豆", "拼配咖啡豆"),
    "笔记本": ("软皮笔记本", "方格笔记本", "线圈笔记本"),
}
_NOISE = {
    "en": (("SET OF 3", "RED", "VINTAGE", "Small", "PACK OF 12", "RETROSPOT"), ("20cm", "", "- NEW!", "X 4")),
    "zh": (("【官方旗舰店】", "新款", "2件包邮", "红色", "正品"), ("50ml", "", "大号", "（黑色）")),
}


def _shelf(language: str, copies: int = 8) -> tuple[list[str], list[str]]:
    """Titles with noise before and after the thing, and the thing each belongs to."""
    draw = random.Random(3)
    things = _ENGLISH if language == "en" else _CHINESE
    before, after = _NOISE[language]
    titles, truth = [], []
    for thing, kinds in things.items():
        for kind in kinds:
            for _ in range(copies):
                title = f"{draw.choice(before)} {kind} {draw.choice(after)}"
                titles.append(title.upper() if draw.random() < 0.5 else title)
                truth.append(thing)
    return titles, truth


@pytest.mark.parametrize("language", ["en", "zh"])
def test_planted_groups_are_found_again(language: str):
    titles, truth = _shelf(language)
    groups = fit_titles(titles, [1.0] * len(titles), groups=4)
    assert adjusted_rand_score(truth, groups.assign(titles)) == pytest.approx(1.0)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_names_hold_the_thing_itself(language: str):
    titles, truth = _shelf(language)
    groups = fit_titles(titles, [1.0] * len(titles), groups=4)
    names = groups.names()
    for title, thing in zip(titles, truth, strict=True):
        assert thing in names[groups.assign([title])[0]]


def test_both_languages_on_one_shelf():
    shelves = [_shelf("en"), _shelf("zh")]
    titles = [title for shelf, _ in shelves for title in shelf]
    truth = [thing for _, things in shelves for thing in things]
    groups = fit_titles(titles, [1.0] * len(titles), groups=8)
    assert adjusted_rand_score(truth, groups.assign(titles)) > 0.9


def test_new_titles_get_the_nearest_group():
    titles, truth = _shelf("en")
    groups = fit_titles(titles, [1.0] * len(titles), groups=4)
    place = dict(zip(truth, groups.assign(titles), strict=True))
    assert list(groups.assign(["Gigantic mugs", "BEACH BAG, STRIPED", "Cuckoo clock"])) == [
        place["mug"],
        place["bag"],
        place["clock"],
    ]


def test_titles_without_a_known_word_have_no_group():
    titles, _ = _shelf("en")
    groups = fit_titles([*titles, None, "", "12 x 30 cm", "???"], [1.0] * (len(titles) + 4), groups=4)
    assert list(groups.assign([None, "", "12 x 30 cm", "???", "zebra"])) == [NO_GROUP] * 5


@pytest.mark.parametrize("titles", [[], [None, None], ["", "7"]])
def test_no_title_at_all(titles: list[str | None]):
    groups = fit_titles(titles, [1.0] * len(titles))
    assert len(groups) == 0
    assert groups.names() == ()
    assert list(groups.assign([*titles, "mug"])) == [NO_GROUP] * (len(titles) + 1)


def test_fewer_titles_than_groups():
    titles = ["coffee mug", "lunch bag", "alarm clock"]
    groups = fit_titles(titles, [5.0, 0.0, 2.0], groups=30)
    assert len(groups) == 3
    assert sorted(groups.assign(titles)) == [0, 1, 2]
    assert len(set(groups.names())) == 3


def test_no_group_holds_more_than_its_share_where_it_can_be_helped():
    kinds = ("lunch", "school", "beach", "shoulder", "sleeping")
    titles = [f"{look} {kind} bag" for look in ("striped", "dotted", "checked", "plain") for kind in kinds]
    titles += [f"{kind} mug" for kind in ("coffee", "cocoa", "travel", "soup", "latte", "matcha", "espresso")]
    weights = np.where(["bag" in title for title in titles], 50.0, 1.0)
    groups = fit_titles(titles, weights, groups=9, largest_share=0.3)
    share = np.bincount(groups.assign(titles), weights) / weights.sum()
    assert share.max() <= 0.3


def test_the_order_of_titles_does_not_matter():
    titles, _ = _shelf("en", copies=3)
    again = titles[::-1]
    first, second = (fit_titles(each, [1.0] * len(each), groups=5) for each in (titles, again))
    assert first.telling == second.telling
    assert list(first.assign(titles)) == list(second.assign(titles))


def test_less_than_one_group_is_refused():
    with pytest.raises(ConfigError, match="0 groups"):
        fit_titles(["mug"], [1.0], groups=0)


def test_colours_sizes_numbers_and_sets_say_nothing():
    assert words_of("SET/3 BLACK & WHITE T-LIGHTS (LARGE) 12cm x 4") == ["light"]
    assert words_of("（大号）黑色 帆布包 2件包邮") == ["帆布", "布包"]


@given(st.lists(st.text(max_size=20), max_size=12))
@settings(max_examples=25, deadline=None)
def test_any_text_is_taken(titles: list[str]):
    groups = fit_titles(titles, [1.0] * len(titles), groups=3)
    found = groups.assign(titles)
    assert ((found >= NO_GROUP) & (found < max(len(groups), 1))).all()
