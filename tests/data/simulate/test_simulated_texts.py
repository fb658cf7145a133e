"""Texts are in the language they should be, and say what the truth says."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from habitue.data.simulate import SimulatedShop, simulate, wording_en, wording_zh
from habitue.data.simulate.categories import CATEGORIES

HAN = re.compile(r"[\u4e00-\u9fff]")


def test_both_languages_know_every_category_with_as_many_words() -> None:
    for category in CATEGORIES:
        english, chinese = wording_en.PRODUCTS[category.code], wording_zh.PRODUCTS[category.code]
        for name in english.__dataclass_fields__:
            assert len(getattr(english, name)) == len(getattr(chinese, name)), (category.code, name)
        assert not HAN.search("".join(english.sentences + english.nouns + english.praise + english.searches))
        assert all(HAN.search(text) for text in chinese.sentences + chinese.nouns + chinese.praise + chinese.complaint)
    assert wording_en.ASPECTS.keys() == wording_zh.ASPECTS.keys()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_shop_speaks_one_language(language: str) -> None:
    shop = simulate(customers=200, days=200, seed=4, language=language)
    columns = {
        "products": ["title", "description", "category", "brand"],
        "reviews": ["title", "text"],
        "feedback": ["text"],
        "events": ["query"],
        "creatives": ["headline", "body"],
        "customers": ["name"],
        "suppliers": ["name"],
    }
    for table, names in columns.items():
        for name in names:
            texts = shop.tables[table][name].drop_null().to_pylist()
            assert texts, (table, name)
            assert all(bool(HAN.search(text)) == (language == "zh") for text in texts), (table, name)
    titles = shop.tables["products"]["title"].to_pylist()
    assert len(set(titles)) == len(titles)
    assert set(shop.tables["order_lines"]["currency"].to_pylist()) == {"CNY" if language == "zh" else "GBP"}


def test_reviews_say_what_their_stars_say(planted_shop: SimulatedShop, frames: dict[str, pd.DataFrame]) -> None:
    reviews = frames["reviews"].set_index("review_id")
    truth = planted_shop.truth.reviews.to_pandas().set_index("review_id")
    assert set(reviews.index) == set(truth.index)
    assert (truth.loc[truth["rating"] >= 4, "quality"] == 1).all()
    assert (truth.loc[truth["rating"] <= 2, "quality"] == -1).all()
    spoken = reviews.join(truth.rename(columns={"rating": "rating_true"}))
    assert (spoken["rating"] == spoken["rating_true"]).all()
    for aspect in ("size", "delivery", "price", "service"):
        good, bad = (wording_en.ASPECTS[aspect][side] + wording_zh.ASPECTS[aspect][side] for side in (0, 1))
        for side, texts in ((1, good), (-1, bad)):
            says = spoken["text"].map(lambda text, texts=texts: any(each in text for each in texts))
            assert (says == (spoken[aspect] == side)).all(), (aspect, side)
    late = spoken[spoken["delivery"] == -1]["rating"].mean()
    assert late < spoken["rating"].mean() - 0.8
