"""Answer for every customer, block by block."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from habitue.features.categories import OTHER, product_titles
from habitue.signals.need.explaining import reasons_for
from habitue.signals.need.fitting import FittedNeed
from habitue.signals.need.history import Floats, History, blocks, day_of, read_history
from habitue.signals.need.pairs import Pairs, pairs_at
from habitue.signals.need.products import REASON_CODES, candidates_at
from habitue.signals.need.spec import NEED, NEED_CATEGORIES, NEED_PRODUCTS, NEED_TIMING
from habitue.signals.need.timing import rhythm_at
from habitue.tasks import reasons_column

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["describe", "score"]

_NEW = 2  # categories never bought that are named for each customer, at least
_LEAST_CHANCE = 0.2  # of an order at all, for its day to be named
_DIGITS = 9
_DAY_US = 86_400_000_000


def score(shop: Shop, fitted: FittedNeed) -> dict[str, pa.Table]:
    """Return the tables need, need_products and need_timing."""
    titles = product_titles(shop, shop.at(fitted.as_of))
    size = max(1, fitted.spec.pairs // max(len(fitted.shelf.names), 1))
    parts: dict[str, list[pa.Table]] = {"need": [], "need_products": [], "need_timing": []}
    for block in blocks(fitted.customers, size):
        history = read_history(shop, shop.at(fitted.as_of), block, fitted.shelf)
        pairs = pairs_at(history, fitted.climate)
        parts["need"].append(_categories(fitted, history, pairs))
        parts["need_products"].append(_products(fitted, history, pairs, titles))
        parts["need_timing"].append(_timing(fitted, history))
    return {name: pa.concat_tables(tables) for name, tables in parts.items()}


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
    names = np.array(fitted.shelf.names, dtype=object)
    return pa.table(
        {
            "customer_id": _ids(history, pairs.who[row]),
            "as_of": _moments(fitted.as_of, len(row)),
            "rank": rank,
            "category": names[category].tolist(),
            "probability": chance[row, category],
            "is_new": pairs.times[row, category] == 0,
            "reasons": reasons_column(reasons),
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


def _products(fitted: FittedNeed, history: History, pairs: Pairs, titles: dict[str, str]) -> pa.Table:
    found = candidates_at(history, fitted.shopping, pairs.plain(fitted.climate.rates), pairs.who)
    chance = np.round(fitted.products.chances(found), _DIGITS)
    order = np.lexsort((found.product, found.reason, -chance, found.who))
    rank = _ranks(found.who[order])
    order, rank = order[rank <= fitted.spec.shown], rank[rank <= fitted.spec.shown]
    products = [fitted.shelf.products[at] for at in found.product[order]]
    return pa.table(
        {
            "customer_id": _ids(history, found.who[order]),
            "as_of": _moments(fitted.as_of, len(order)),
            "rank": rank,
            "product_id": products,
            "product_title": pa.array([titles.get(name) for name in products], pa.string()),
            "probability": chance[order],
            "due_at": _times(found.due_day[order]),
            "usual_gap_days": _known(found.usual_gap_days[order]),
            "reason": [REASON_CODES[at] for at in found.reason[order]],
        },
        schema=NEED_PRODUCTS,
    )


def _timing(fitted: FittedNeed, history: History) -> pa.Table:
    day = day_of(fitted.as_of)
    rhythm = rhythm_at(history, day, fitted.timing.prior)
    middle, low, high, chance = fitted.timing.days(rhythm, fitted.spec.timing_days)
    sure = np.where(chance >= _LEAST_CHANCE, middle, np.nan)
    return pa.table(
        {
            "customer_id": _ids(history, rhythm.who),
            "as_of": _moments(fitted.as_of, len(rhythm.who)),
            "next_order_at": _times(day + sure),
            "days_to_next_order": _known(middle),
            "low_days": _known(low),
            "high_days": _known(high),
            "usual_gap_days": _known(np.where(rhythm.gaps > 0, rhythm.usual_gap_days, np.nan)),
        },
        schema=NEED_TIMING,
    )


def _ids(history: History, who: Any) -> list[str]:
    return [history.customers[at] for at in who]


def _moments(as_of: datetime, count: int) -> pa.Array:
    return pa.array([as_of] * count, pa.timestamp("us"))


def _known(values: Floats) -> pa.Array:
    """Missing where there is no number; rounded, as sums may be taken in another order."""
    return pa.array(np.round(values, _DIGITS), pa.float64(), from_pandas=True)


def _times(days: Floats) -> pa.Array:
    """Days since 1970 as moments to the second."""
    return pa.array(list(_read(days)), pa.timestamp("us"))


def _read(days: Floats) -> Iterator[datetime | None]:
    for day in days:
        yield datetime(1970, 1, 1) + timedelta(seconds=round(day * 86_400)) if np.isfinite(day) else None
