"""Answer for every customer, block by block, by what was learnt at the moment or earlier."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from habitue.data.shop import as_moment
from habitue.errors import DataError
from habitue.features.categories import OTHER, product_titles
from habitue.signals.need.candidates import REASON_CODES, Candidates, acquaintances_at, candidates_at
from habitue.signals.need.explaining import habit_reasons, reasons_for
from habitue.signals.need.history import Floats, History, buyers, day_of, products_of, read_blocks
from habitue.signals.need.pairs import Pairs, counts_at, pairs_at
from habitue.signals.need.spec import NEED, NEED_PRODUCTS, NEED_TIMING
from habitue.signals.need.timing import Rhythm, rhythm_at

if TYPE_CHECKING:
    from habitue.data.shop import Shop
    from habitue.signals.need.learnt import Learnt

__all__ = ["score"]

_NEW = 2  # categories never bought that are named for each customer, at least
_LEAST_CHANCE = 0.2  # of an order at all, for its day to be named
_DIGITS = 9
_CUSTOMERS = 20_000  # at a time, where categories are few


class _Asked(NamedTuple):
    """The moment, what is known then, and names as they are published."""

    as_of: datetime
    day: float
    known: Learnt
    categories: pa.Array
    products: pa.Array
    titles: pa.Array

    @classmethod
    def at(cls, as_of: datetime, known: Learnt) -> _Asked:
        names = (known.shelf.names, known.shelf.products, known.titles)
        return cls(as_of, day_of(as_of), known, *(pa.array(each, pa.string()) for each in names))


def score(shop: Shop, as_of: str | date | datetime, learnt: Learnt) -> dict[str, pa.Table]:
    """Answer for every customer who bought before a moment, by what was learnt then or earlier.

    Parameters
    ----------
    shop : Shop
    as_of : datetime
    learnt : Learnt
        Customers and products that came later are answered for too; popularity, and what goes with what, are as they
        were.

    Returns
    -------
    dict of str to Arrow table
        need, need_products, need_timing; need_categories and need_models as they were learnt.

    Raises
    ------
    DataError
        When what was learnt knows more than the moment.
    """
    moment = as_moment(as_of)
    if moment < learnt.at:
        raise DataError(
            f"What customers need was learnt on {learnt.at:%Y-%m-%d}, after {moment:%Y-%m-%d}",
            expected="a moment that is not earlier",
            hint="learn at the moment or before",
        )
    asked = _Asked.at(moment, _with_new_products(shop, moment, learnt))
    known = asked.known
    size = max(1, min(learnt.spec.pairs // max(len(known.shelf.names), 1), _CUSTOMERS))
    parts: dict[str, list[pa.Table]] = {"need": [], "need_products": [], "need_timing": []}
    for history in read_blocks(shop, shop.at(moment), buyers(shop, moment), known.shelf, size):
        rhythm = rhythm_at(history, asked.day, known.timing.prior)
        days = known.timing.days(rhythm, known.spec.timing_days)
        ids = pa.array(history.customers, pa.string())
        parts["need_timing"].append(_timing(asked, ids, rhythm, days))
        whole = days[3] >= known.whole_from if known.whole_from > 0 else np.ones(len(rhythm.who), dtype=bool)
        answers = []
        if whole.any():
            only = None if whole.all() else rhythm.who[whole]
            pairs = pairs_at(history, known.climate, only=only, day=asked.day)
            answers.append((_categories(asked, ids, pairs), _products(asked, ids, history, pairs)))
        if not whole.all():
            pairs = counts_at(history, asked.day, rhythm.who[~whole])
            answers.append((_habits(asked, ids, pairs), _plain_products(asked, ids, history, pairs)))
        parts["need"].append(_in_order([each for each, _ in answers]))
        parts["need_products"].append(_in_order([each for _, each in answers]))
    return {**{name: pa.concat_tables(tables) for name, tables in parts.items()}, **learnt.tables}


def _with_new_products(shop: Shop, moment: datetime, learnt: Learnt) -> Learnt:
    snapshot, known = shop.at(moment), set(learnt.shelf.products)
    nothing, titles = learnt.scheme.products.slice(0, 0), {}
    if moment > learnt.at and not known.issuperset(products_of(shop, snapshot)):
        nothing, titles = learnt.scheme.of(shop, snapshot), product_titles(shop, snapshot)
    return learnt.knowing(nothing, titles, day_of(moment))


def _in_order(tables: list[pa.Table]) -> pa.Table:
    """Put the rows of a block in the order of its customers."""
    if len(tables) == 1:
        return tables[0]
    return pa.concat_tables(tables).sort_by([("customer_id", "ascending"), ("rank", "ascending")])


def _categories(asked: _Asked, ids: pa.Array, pairs: Pairs) -> pa.Table:
    known, head = asked.known, asked.known.head
    chance = np.round(head.answer(known.climate, pairs), _DIGITS)
    picked = _picked(chance, pairs.times, known)
    reasons = reasons_for(head, known.climate, pairs, picked[:2], known.usual)
    return _need(asked, ids, pairs, picked, chance, reasons)


def _habits(asked: _Asked, ids: pa.Array, pairs: Pairs) -> pa.Table:
    """Answer by smoothed own history alone."""
    known, head = asked.known, asked.known.plain
    chance = np.round(head.answer(known.climate, pairs), _DIGITS)
    picked = _picked(chance, pairs.times, known)
    reasons = habit_reasons(head, known.climate, pairs, picked[:2], known.plain_usual)
    return _need(asked, ids, pairs, picked, chance, reasons)


def _need(
    asked: _Asked, ids: pa.Array, pairs: Pairs, picked: tuple[Any, Any, Any], chance: Floats, reasons: pa.Array
) -> pa.Table:
    row, category, rank = picked
    return pa.table(
        {
            "customer_id": ids.take(pa.array(pairs.who[row])),
            "as_of": _moments(asked.as_of, len(row)),
            "rank": rank,
            "category": asked.categories.take(pa.array(category)),
            "probability": chance[row, category],
            "is_new": pairs.times[row, category] == 0,
            "reasons": reasons,
        },
        schema=NEED,
    )


def _picked(chance: Floats, times: Floats, known: Learnt) -> tuple[Any, Any, Any]:
    """Rows, categories and ranks: the likeliest ones, and the likeliest new ones after them."""
    named = np.array([name != OTHER or not known.scheme.from_titles for name in known.shelf.names])
    ranked = np.where(named | ~named.any(), chance, -1.0)
    order = np.argsort(-ranked, axis=1, kind="stable")
    place = np.empty_like(order)
    np.put_along_axis(place, order, np.broadcast_to(np.arange(order.shape[1]), order.shape), axis=1)
    new = np.where(times > 0, -1.0, ranked)
    new_place = np.argsort(np.argsort(-new, axis=1, kind="stable"), axis=1, kind="stable")
    shown = ((place < known.spec.shown) | ((new_place < _NEW) & (new > 0))) & (ranked > 0)
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


def _products(asked: _Asked, ids: pa.Array, history: History, pairs: Pairs) -> pa.Table:
    known = asked.known
    found = candidates_at(history, known.shopping, pairs.plain(known.climate.rates), pairs.who)
    return _likeliest(asked, ids, found, known.products.chances(found))


def _plain_products(asked: _Asked, ids: pa.Array, history: History, pairs: Pairs) -> pa.Table:
    """Answer by smoothed own history and popularity alone."""
    shown = asked.known.spec.shown
    found = acquaintances_at(history, asked.known.shopping, pairs.who, pairs.orders, most_popular=shown)
    return _likeliest(asked, ids, found, found.spread(found.x[0]))


def _likeliest(asked: _Asked, ids: pa.Array, found: Candidates, told: Floats) -> pa.Table:
    """Take the likeliest of each list; of equals the one that comes first there."""
    chance = np.round(told, _DIGITS)
    best = np.argsort(-chance, axis=1, kind="stable")[:, : asked.known.spec.shown]
    row, place = np.nonzero(np.take_along_axis(found.there, best, axis=1))
    column = best[row, place]
    product = pa.array(found.product[row, column])
    return pa.table(
        {
            "customer_id": ids.take(pa.array(found.who[row])),
            "as_of": _moments(asked.as_of, len(row)),
            "rank": place + 1,
            "product_id": asked.products.take(product),
            "product_title": asked.titles.take(product),
            "probability": chance[row, column],
            "due_at": _times(found.due_day[row, column]),
            "usual_gap_days": _known(found.usual_gap_days[row, column]),
            "reason": pa.array(REASON_CODES, pa.string()).take(pa.array(found.reason[row, column].astype(np.int64))),
        },
        schema=NEED_PRODUCTS,
    )


def _timing(asked: _Asked, ids: pa.Array, rhythm: Rhythm, days: tuple[Floats, ...]) -> pa.Table:
    middle, low, high, chance = days
    sure = np.where(chance >= _LEAST_CHANCE, middle, np.nan)
    return pa.table(
        {
            "customer_id": ids.take(pa.array(rhythm.who)),
            "as_of": _moments(asked.as_of, len(rhythm.who)),
            "next_order_at": _times(asked.day + sure),
            "days_to_next_order": _known(middle),
            "low_days": _known(low),
            "high_days": _known(high),
            "usual_gap_days": _known(np.where(rhythm.gaps > 0, rhythm.usual_gap_days, np.nan)),
        },
        schema=NEED_TIMING,
    )


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
