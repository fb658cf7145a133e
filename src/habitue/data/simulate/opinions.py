"""The tables ``reviews`` and ``feedback``: texts that say what the rating says, and what was behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from habitue.data.simulate import wording_en, wording_zh
from habitue.data.simulate.categories import CATEGORIES
from habitue.data.simulate.core import Core
from habitue.data.simulate.plan import Floats, Ints
from habitue.data.simulate.selling import Sales, arrived, customer_ids, order_ids
from habitue.data.simulate.typed import numbered, picked, renumbered, typed
from habitue.data.simulate.wares import Wares

__all__ = ["ASPECTS", "Reviews", "draw_reviews", "feedback_table", "reviews_table"]

#: Aspects a review can speak of; the first is the product itself.
ASPECTS = ("quality", "size", "delivery", "price", "service")

_WRITES = 0.10  # share of lines that get a review
_WORDS = (wording_en, wording_zh)


@dataclass(frozen=True, slots=True)
class Reviews:
    """Reviews in order of time: the line spoken of, the stars, and each aspect's sentiment (-1, 0 unsaid, 1)."""

    line: Ints
    at: Floats
    rating: Ints
    aspects: Ints  # review, aspect
    wording: Ints


def draw_reviews(core: Core) -> Reviews:
    """Draw who reviews what, how it is rated, and which aspects are mentioned."""
    rng = core.world.plan.rng("reviews")
    orders, lines = core.orders, core.lines
    delivered = np.where(np.isfinite(orders.delivered), orders.delivered, orders.at + 0.1)
    writes = np.isinf(orders.cancelled) & (core.people.number[orders.person] >= 0) & (orders.fraud == 0)
    line = np.flatnonzero(writes[lines.order] & (rng.random(lines.order.size) < _WRITES))
    order, product = lines.order[line], lines.product[line]
    at = delivered[order] + rng.gamma(2.0, 4.0, line.size) + 0.3
    late = np.isfinite(orders.delivered[order]) & (orders.delivered[order] > orders.promised[order])
    dear = core.people.price_sensitivity[orders.person[order]] * (lines.price[line] >= lines.listed[line])
    quality = core.world.catalogue.quality[product]
    score = 4.0 + 1.1 * quality[:, 0] + 0.4 * quality[:, 1] - 1.5 * late - 0.5 * dear + rng.normal(0, 0.9, line.size)
    rating = np.clip(np.round(score), 1, 5).astype(np.int64)
    aspects = _aspects(rng, rating, late, dear, quality)
    kept = np.argsort(at, kind="stable")
    kept = kept[at[kept] < core.world.plan.days]
    return Reviews(line[kept], at[kept], rating[kept], aspects[kept], rng.integers(0, 2**31, line.size)[kept])


def _aspects(rng: np.random.Generator, rating: Ints, late: Any, dear: Floats, quality: Floats) -> Ints:
    """Speak of the product as rated, of delivery where it was late, and of one other thing at most."""
    count = rating.size
    aspects = np.zeros((count, len(ASPECTS)), dtype=np.int64)
    leaning = np.where(rating == 3, np.where(rng.random(count) < 0.5, 1, -1), np.where(rating > 3, 1, -1))
    aspects[:, 0] = np.where(late & (rating == 3) & (quality[:, 0] > 0), 1, leaning)
    other = rng.integers(0, 9, count)  # past the aspects: nothing more is said
    aspects[other == 1, 1] = np.where(quality[:, 1] > -0.1, 1, -1)[other == 1]
    aspects[other == 2, 2] = 1
    aspects[other == 3, 3] = np.where(dear > 0.5, -1, 1)[other == 3]
    aspects[other == 4, 4] = np.where(quality[:, 2] > -0.2, 1, -1)[other == 4]
    # Who gives one star has no kind word, and who gives five has no other.
    aspects[rating == 1] = -np.abs(aspects[rating == 1])
    aspects[rating == 5] = np.abs(aspects[rating == 5])
    aspects[late & (rating < 5), 2] = -1
    return aspects


def reviews_table(core: Core, wares: Wares, reviews: Reviews) -> Any:
    """Build the table ``reviews``."""
    rng = core.world.plan.rng("review_votes")
    order, product = core.lines.order[reviews.line], core.lines.product[reviews.line]
    person = core.orders.person[order]
    language = core.people.language[person].tolist()
    category = core.world.catalogue.category[product].tolist()
    rows = zip(
        language, category, reviews.rating.tolist(), reviews.aspects.tolist(), reviews.wording.tolist(), strict=True
    )
    texts = [_text(*row) for row in rows]
    written_at = core.world.instants(reviews.at, core.people.market[person])
    in_time = np.argsort(written_at, kind="stable")
    return typed("reviews", {
        "review_id": numbered("Q", np.arange(order.size) + 1, 6),
        "product_id": picked(wares.ids, product),
        "customer_id": customer_ids(core, person),
        "rating": reviews.rating.astype(np.float64),
        "title": [title for title, _ in texts],
        "text": [text for _, text in texts],
        "helpful_votes": rng.poisson(0.8, order.size).astype(np.float64),
        "written_at": written_at,
        "ingested_at": arrived(rng, written_at),
    }).take(in_time)  # fmt: skip


def _text(language: int, category: int, rating: int, aspects: list[int], wording: int) -> tuple[str, str]:
    """Put a review together from its aspects."""
    words = _WORDS[language]
    own = words.PRODUCTS[CATEGORIES[category].code]
    said = own.praise if aspects[0] > 0 else own.complaint
    start = wording % len(said)
    chosen = (said[start:] + said[:start])[: 1 + (wording >> 7) % 3 % 2]
    sentences = [f"{each}。" if language else f"{each[0].upper()}{each[1:]}." for each in chosen]
    for place, name in enumerate(ASPECTS[1:], start=1):
        if aspects[place]:
            choices = words.ASPECTS[name][0 if aspects[place] > 0 else 1]
            sentences.append(choices[(wording >> place) % len(choices)])
    titles = words.REVIEW_TITLES[rating]
    return titles[(wording >> 9) % len(titles)], ("" if language else " ").join(sentences)


def feedback_table(sales: Sales) -> Any:
    """Build the table ``feedback``: surveys, complaints about late parcels, questions."""
    core, orders = sales.core, sales.core.orders
    rng = core.world.plan.rng("feedback")
    late = np.isfinite(orders.delivered) & (orders.delivered > orders.promised)
    draw = rng.random(orders.at.size)
    known = core.people.number[orders.person] >= 0
    kind = np.where(late & (draw < 0.35), 1, np.where(draw > 0.985, 2, np.where((draw > 0.94), 0, -1)))
    row = np.flatnonzero((kind >= 0) & known & np.isinf(orders.cancelled))
    kind, late = kind[row], late[row]
    arrived_at = np.where(np.isfinite(orders.delivered[row]), orders.delivered[row], orders.at[row])
    at = np.where(
        kind == 1, orders.promised[row] + rng.uniform(0.1, 2.0, row.size),
        np.where(kind == 2, orders.at[row] + rng.exponential(0.5, row.size), arrived_at + rng.uniform(1, 6, row.size)),
    )  # fmt: skip
    score = np.clip(np.round(8.2 - 4.0 * late + rng.normal(0, 1.6, row.size)), 0, 10)
    mood = np.where(kind == 0, np.where(score >= 7, 2, 3), kind - 1)
    language = core.people.language[orders.person[row]]
    names = ("complaint", "question", "happy", "unhappy")
    words = [text for each in _WORDS for name in names for text in each.FEEDBACK[name]]
    given_at = core.world.instants(at, core.market[row])
    table = typed("feedback", {
        "customer_id": customer_ids(core, orders.person[row]),
        "kind": picked(("survey", "complaint", "question"), kind),
        "score": np.where(kind == 0, score, np.nan),
        "text": picked(words, (language * len(names) + mood) * 3 + rng.integers(0, 3, row.size)),
        "order_id": order_ids(sales, row),
        "given_at": given_at,
        "ingested_at": arrived(rng, given_at),
    })  # fmt: skip
    return renumbered(table, np.argsort(given_at, kind="stable"), "F", 6)
