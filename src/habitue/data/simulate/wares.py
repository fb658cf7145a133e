"""The product table and its texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from habitue.data.simulate import wording_en, wording_zh
from habitue.data.simulate.catalogue import Catalogue
from habitue.data.simulate.categories import CATEGORIES
from habitue.data.simulate.typed import numbered, typed
from habitue.data.simulate.world import World

__all__ = ["WORDINGS", "Wares", "products_table", "word_wares"]

WORDINGS = (wording_en.PRODUCTS, wording_zh.PRODUCTS)


@dataclass(frozen=True, slots=True)
class Wares:
    """Ids and texts of all products, ready to be looked up by row."""

    ids: list[str]
    titles: list[str]
    descriptions: list[str]
    categories: list[str]
    brands: list[str]


def word_wares(world: World) -> Wares:
    """Give every product its id, title and description, in its language."""
    catalogue = world.catalogue
    language = "zh" if world.plan.language == "zh" else "en"
    place = np.arange(catalogue.category.size) - catalogue.first[catalogue.category]
    texts = [_texts(catalogue, row, int(place[row])) for row in range(catalogue.category.size)]
    brands, titles, descriptions = (list(column) for column in zip(*texts, strict=True))
    return Wares(
        ids=[f"{CATEGORIES[each].prefix}-{row + 1:04d}" for each, row in zip(catalogue.category, place, strict=True)],
        titles=titles,
        descriptions=descriptions,
        categories=[CATEGORIES[each].name[language] for each in catalogue.category],
        brands=brands,
    )


def _texts(catalogue: Catalogue, row: int, place: int) -> tuple[str, str, str]:
    """Brand, title and description; the place in the category makes titles differ."""
    chinese = int(catalogue.language[row])
    words = WORDINGS[chinese][CATEGORIES[catalogue.category[row]].code]
    brand = words.brands[catalogue.brand[row]]
    trait = words.traits[place % 5]
    noun = words.nouns[place // 5 % 4]
    variant = words.variants[(place // 20 + place) % 4]
    if place >= 80:
        variant = f"{variant} No. {place // 80 + 1}" if not chinese else f"{variant} {place // 80 + 1}号"
    mixed = int(catalogue.wording[row])
    one, two = words.sentences[mixed % 4], words.sentences[(mixed + 1 + mixed // 4 % 3) % 4]
    if chinese:
        return brand, f"{brand} {trait}{noun} {variant}", f"{brand}{trait}{noun}。{one}{two}"
    return brand, f"{brand} {trait} {noun}, {variant}", f"{trait} {noun.lower()} by {brand}. {one} {two}"


def products_table(world: World, wares: Wares) -> Any:
    """Build the table ``products``: those launched by the end, with the price of the last day."""
    catalogue = world.catalogue
    shown = np.flatnonzero(catalogue.launched < world.plan.days)
    last_price = np.round(catalogue.list_price[world.plan.days - 1], 2)
    return typed("products", {
        "product_id": [wares.ids[row] for row in shown],
        "title": [wares.titles[row] for row in shown],
        "description": [wares.descriptions[row] for row in shown],
        "category": [wares.categories[row] for row in shown],
        "brand": [wares.brands[row] for row in shown],
        "price": last_price[shown],
        "unit_cost": catalogue.cost[shown],
        "currency": [catalogue.currency] * shown.size,
        "image": [f"images/{wares.ids[row].lower()}.jpg" for row in shown],
        "supplier_id": numbered("S", catalogue.supplier[shown] + 1, 3),
        "launched_at": world.instants(catalogue.launched[shown]),
        "retired_at": world.instants(catalogue.retired[shown]),
    })  # fmt: skip
