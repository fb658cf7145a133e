"""Answer for every customer, block by block."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from habitue.features.categories import OTHER, product_titles
from habitue.signals.need.explaining import habit_reasons, reasons_for
from habitue.signals.need.fitting import FittedNeed
from habitue.signals.need.history import Floats, History, day_of, read_blocks
from habitue.signals.need.pairs import Pairs, counts_at, pairs_at
from habitue.signals.need.products import REASON_CODES, Candidates, acquaintances_at, candidates_at
from habitue.signals.need.spec import NEED, NEED_CATEGORIES, NEED_PRODUCTS, NEED_TIMING
from habitue.signals.need.timing import Rhythm, rhythm_at

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["describe", "score"]

_NEW = 2  # categories never bought that are named for each customer, at least
_LEAST_CHANCE = 0.2  # of an order at all, for its day to be named
_DIGITS = 9


def score(shop: Shop, fitted: FittedNeed) -> dict[str, pa.Table]:
    """Return the tables need, need_products and need_timing."""
    titles = product_titles(shop, shop.at(fitted.as_of))
    shelved = np.array([titles.get(name) for name in fitted.shelf.products], dtype=object)
    size = max(1, fitted.spec.pairs // max(len(fitted.shelf.names), 1))
    parts: dict[str, list[pa.Table]] = {"need": [], "need_products": [], "need_timing": []}
    for history in read_blocks(shop, shop.at(fitted.as_of), fitted.customers, fitted.shelf, size):
        rhythm = rhythm_at(history, day_of(fitted.as_of), fitted.timing.prior)
        days = fitted.timing.days(rhythm, fitted.spec.timing_days)
        parts["need_timing"].append(_timing(fitted, history, rhythm, days))
        whole = days[3] >= fitted.whole_from if fitted.whole_from > 0 else np.ones(len(rhythm.who), dtype=bool)
        answers = []
        if whole.any():
            pairs = pairs_at(history, fitted.climate, only=None if whole.all() else rhythm.who[whole])
            answers.append((_categories(fitted, history, pairs), _products(fitted, history, pairs, shelved)))
        if not whole.all():
            pairs = counts_at(history, day_of(fitted.as_of), rhythm.who[~whole])
            answers.append((_habits(fitted, history, pairs), _plain_products(fitted, history, pairs, shelved)))
        parts["need"].append(_in_order([each for each, _ in answers]))
        parts["need_products"].append(_in_order([each for _, each in answers]))
    return {name: pa.concat_tables(tables) for name, tables in parts.items()}


def _in_order(tables: list[pa.Table]) -> pa.Table:
    """Put the rows of a block in the order of its customers."""
    if len(tables) == 1:
        return tables[0]
    return pa.concat_tables(tables).sort_by([("customer_id", "ascending"), ("rank", "ascending")])


def describe(fitted: FittedNeed) -> pa.Table:
    """Return the table need_categories."""
    described = fitted.scheme.described
    return pa.table(
        {
            "category": described["category"],
            "words": described["words"],
            "products": described["products"],
            "share": fitted.climate.rates,
            "from_titles": described["from_titles"],
        },
        schema=NEED_CATEGORIES,
    )


def _categories(fitted: FittedNeed, history: History, pairs: Pairs) -> pa.Table:
    head = fitted.choice.chances
    chance = np.round(head.answer(fitted.climate, pairs), _DIGITS)
    row, category, rank = _picked(chance, pairs.times, fitted)
    reasons = reasons_for(head, fitted.climate, pairs, (row, category), fitted.usual)
    return _need(fitted, history, pairs, (row, category, rank), chance, reasons)


def _habits(fitted: FittedNeed, history: History, pairs: Pairs) -> pa.Table:
    """Answer by smoothed own history alone."""
    head = fitted.plain
    chance = np.round(head.answer(fitted.climate, pairs), _DIGITS)
    row, category, rank = _picked(chance, pairs.times, fitted)
    reasons = habit_reasons(head, fitted.climate, pairs, (row, category), fitted.plain_usual)
    return _need(fitted, history, pairs, (row, category, rank), chance, reasons)


def _need(
    fitted: FittedNeed, history: History, pairs: Pairs, picked: tuple[Any, Any, Any], chance: Floats, reasons: pa.Array
) -> pa.Table:
    row, category, rank = picked
    return pa.table(
        {
            "customer_id": _ids(history, pairs.who[row]),
            "as_of": _moments(fitted.as_of, len(row)),
            "rank": rank,
            "category": pa.array(np.array(fitted.shelf.names, dtype=object)[category], pa.string()),
            "probability": chance[row, category],
            "is_new": pairs.times[row, category] == 0,
            "reasons": reasons,
        },
        schema=NEED,
    )


def _picked(chance: Floats, times: Floats, fitted: FittedNeed) -> tuple[Any, Any, Any]:
    """Rows, categories and ranks: the likeliest ones, and the likeliest new ones after them."""
    named = np.array([name != OTHER or not fitted.scheme.from_titles for name in fitted.shelf.names])
    ranked = np.where(named | ~named.any(), chance, -1.0)
    order = np.argsort(-ranked, axis=1, kind="stable")
    place = np.empty_like(order)
    np.put_along_axis(place, order, np.broadcast_to(np.arange(order.shape[1]), order.shape), axis=1)
    new = np.where(times > 0, -1.0, ranked)
    new_place = np.argsort(np.argsort(-new, axis=1, kind="stable"), axis=1, kind="stable")
    shown = ((place < fitted.spec.shown) | ((new_place < _NEW) & (new > 0))) & (ranked > 0)
    row, category = np.nonzero(shown)
    by_rank = np.lexsort((place[row, category], row))
    row, category = row[by_rank], category[by_rank]
    return row, category, _ranks(row)


def _ranks(row: Any) -> Any:
    """Return the place of each entry in its row, from 1; rows are sorted."""
    if not len(row):
        return np.zeros(0, dtype=np.int64)
    _, first, size = np.unique(row, return_index=True, return_counts=True)
    return np.arange(len(row)) - np.repeat(first, size) + 1


def _products(fitted: FittedNeed, history: History, pairs: Pairs, titles: Any) -> pa.Table:
    found = candidates_at(history, fitted.shopping, pairs.plain(fitted.climate.rates), pairs.who)
    return _likeliest(fitted, history, found, fitted.products.chances(found), titles)


def _plain_products(fitted: FittedNeed, history: History, pairs: Pairs, titles: Any) -> pa.Table:
    """Answer by smoothed own history and popularity alone."""
    found = acquaintances_at(history, fitted.shopping, pairs.who, pairs.orders, most_popular=fitted.spec.shown)
    return _likeliest(fitted, history, found, found.x[:, 0], titles)


def _likeliest(fitted: FittedNeed, history: History, found: Candidates, told: Floats, titles: Any) -> pa.Table:
    chance = np.round(told, _DIGITS)
    order = np.lexsort((found.product, found.reason, -chance, found.who))
    rank = _ranks(found.who[order])
    order, rank = order[rank <= fitted.spec.shown], rank[rank <= fitted.spec.shown]
    product = found.product[order]
    return pa.table(
        {
            "customer_id": _ids(history, found.who[order]),
            "as_of": _moments(fitted.as_of, len(order)),
            "rank": rank,
            "product_id": pa.array(np.array(fitted.shelf.products, dtype=object)[product], pa.string()),
            "product_title": pa.array(titles[product], pa.string()),
            "probability": chance[order],
            "due_at": _times(found.due_day[order]),
            "usual_gap_days": _known(found.usual_gap_days[order]),
            "reason": pa.array(np.array(REASON_CODES, dtype=object)[found.reason[order]], pa.string()),
        },
        schema=NEED_PRODUCTS,
    )


def _timing(fitted: FittedNeed, history: History, rhythm: Rhythm, days: tuple[Floats, ...]) -> pa.Table:
    middle, low, high, chance = days
    sure = np.where(chance >= _LEAST_CHANCE, middle, np.nan)
    return pa.table(
        {
            "customer_id": _ids(history, rhythm.who),
            "as_of": _moments(fitted.as_of, len(rhythm.who)),
            "next_order_at": _times(day_of(fitted.as_of) + sure),
            "days_to_next_order": _known(middle),
            "low_days": _known(low),
            "high_days": _known(high),
            "usual_gap_days": _known(np.where(rhythm.gaps > 0, rhythm.usual_gap_days, np.nan)),
        },
        schema=NEED_TIMING,
    )


def _ids(history: History, who: Any) -> pa.Array:
    return pa.array(history.customers, pa.string()).take(pa.array(who, pa.int64()))


def _moments(as_of: datetime, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(as_of, pa.timestamp("us")), count)


def _known(values: Floats) -> pa.Array:
    """Missing where there is no number; rounded, as sums may be taken in another order."""
    return pa.array(np.round(values, _DIGITS), pa.float64(), from_pandas=True)


def _times(days: Floats) -> pa.Array:
    """Days since 1970 as moments to the second."""
    known = np.isfinite(days)
    seconds = np.round(np.where(known, days, 0.0) * 86_400).astype(np.int64)
    return pa.array(seconds * 1_000_000, pa.int64(), mask=~known).cast(pa.timestamp("us"))
