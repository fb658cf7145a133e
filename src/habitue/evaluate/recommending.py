"""Recommenders side by side on a shop's own past: right, varied, new, worth it; bestsellers of the week beside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from habitue.errors import ConfigError, DataError, NotEnoughData
from habitue.models import metrics
from habitue.models.metrics import Interval
from habitue.models.recommend import Histories, Items, best_of
from habitue.models.recommend.splits import leave_one_out, time_split
from habitue.tasks import day_number, read_histories, read_targets

if TYPE_CHECKING:
    import pandas as pd

    from habitue.data.shop import Shop

__all__ = ["RecommenderTable", "compare_on_histories", "compare_recommenders"]

#: Takes the histories of the customers asked about and k; returns products of shape (customers, k), -1 for none.
Recommender = Callable[[Histories, int], Any]

_ACCURACY = {"recall": "recall", "precision": "precision", "ndcg": "ndcg", "average_precision": "map",
             "reciprocal_rank": "mrr", "hit": "hit_rate"}  # fmt: skip
_FIGURES = (*_ACCURACY.values(), "ndcg_gain", "coverage", "gini", "diversity", "novelty", "serendipity",
            "popularity_bias", "revenue")  # fmt: skip
_SCHEMA = pa.schema(
    [
        ("recommender", pa.string()),
        ("customers", pa.int64()),
        ("k", pa.int64()),
        *((f"{name}{end}", pa.float64()) for name in _FIGURES for end in ("", "_low", "_high")),
    ]
)
_NO_FIGURE = Interval(float("nan"), float("nan"), float("nan"))
_POPULAR_DAYS = 7
_BLOCK = 8_000_000  # places looked at together


@dataclass(frozen=True)
class RecommenderTable:
    """Figures, one row for each recommender, the best NDCG first.

    Columns: recommender, customers (asked about), k, and with ``_low`` and ``_high`` (95 %, customers drawn with
    replacement): recall, precision, ndcg, map, mrr, hit_rate; ndcg_gain (above bestsellers, of the same customers);
    coverage and gini of the catalogue; diversity, novelty (bits) and serendipity (right, and not among the bestsellers)
    of lists; popularity_bias (as many times as popular as what was bought); revenue (money a customer spent on what was
    shown). Empty where it cannot be told.
    """

    rows: pa.Table

    def to_arrow(self) -> pa.Table:
        """Return the figures as an Arrow table."""
        return self.rows

    def to_pandas(self) -> pd.DataFrame:
        """Return the figures as a data frame."""
        found: pd.DataFrame = self.rows.to_pandas()
        return found

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """Hand the figures to whatever reads Arrow."""
        return self.rows.__arrow_c_stream__(requested_schema)


@dataclass(frozen=True, eq=False)
class _Question:
    """Who is asked about, what was known, and what came."""

    past: Histories  # learnt from
    bought: Histories  # what popularity is counted in
    asked: Histories
    targets: Any
    items: Items
    on_sale: Any
    only_new: bool
    since_day: float | None = None  # from when bestsellers are counted
    money: bool = False  # whether targets are money already


def compare_recommenders(
    shop: Shop,
    recommenders: Mapping[str, Any],
    *,
    as_of: str | date | datetime,
    horizon_days: int = 30,
    k: int = 10,
    only_new: bool = False,
    draws: int = 300,
    seed: int = 0,
) -> RecommenderTable:
    """Ask recommenders at a moment of the shop's past, and judge them by what customers bought in the days after.

    Parameters
    ----------
    shop : Shop
    recommenders : mapping of str to recommender
        By name. A maker (with ``fit`` and ``candidates``) is fitted here, on what was known. A function takes the
        histories of the customers asked about and k, and returns products of shape (customers, k), best first, -1 for
        none; products are numbered as in ``read_histories(shop, as_of)``, from which it may have learnt.
    as_of : date
    horizon_days : int
        How many days of purchases count as right.
    k : int
        Length of the lists.
    only_new : bool
        Count only products that a customer had not bought before.
    draws : int
        Of customers, for the intervals; 0 for none.
    seed : int

    Returns
    -------
    RecommenderTable
        With a row ``popular_7_days``: what was bought most in the week before, filled up with what was bought most
        ever. Products that came on sale after the moment count as missed.

    Raises
    ------
    ConfigError
        The days are not over yet, or a name is taken.
    NotEnoughData
        Nobody known bought anything in the days.
    """
    read = read_histories(shop, as_of)
    rows, targets = read_targets(shop, read, horizon_days, only_new=only_new)
    # A customer who had done nothing but look is asked about as well; one who had done nothing is not known.
    question = _Question(
        read.histories, read.purchases, read.histories.take(rows), targets, read.items, read.on_sale, only_new,
        since_day=day_number(as_of) - _POPULAR_DAYS, money=True,
    )  # fmt: skip
    return _compared(question, recommenders, k, draws, seed)


def compare_on_histories(
    histories: Histories,
    recommenders: Mapping[str, Any],
    *,
    items: Items | None = None,
    day: float | None = None,
    horizon_days: float | None = None,
    k: int = 10,
    only_new: bool = False,
    seed: int = 0,
) -> RecommenderTable:
    """Judge recommenders on histories without a shop: by a cut in time, or where no days are known by leaving one out.

    Parameters
    ----------
    histories : Histories
    recommenders : mapping of str to recommender
        As in `compare_recommenders`. Functions must not have learnt from what comes after the cut.
    items : Items, optional
        For diversity (attributes, vectors or categories) and revenue (prices).
    day : float, optional
        The moment of the cut, counted as the days of the histories are; needed where there are days.
    horizon_days : float, optional
        How many days after it count; all when not given.
    k, only_new, seed
        As in `compare_recommenders`.

    Returns
    -------
    RecommenderTable
        With a row ``popular_7_days``, or ``popular`` where no days are known.
    """
    if (histories.days is None) != (day is None):
        raise ConfigError(
            "a cut in time needs histories with days and the day of the cut",
            expected="both, or neither: then each customer's newest product is left out",
        )
    described = Items(histories.n_items) if items is None else items
    if described.n_items != histories.n_items:
        raise DataError(f"{described.n_items} products are described", expected=f"{histories.n_items} as in histories")
    on_sale = np.ones(histories.n_items, dtype=bool)
    if day is None:
        left = leave_one_out(histories)
        right = left.test.copy()
        if only_new:
            again = metrics.list_accuracy(right[:, None], left.asked).hit == 1
            right[again] = -1
        rows = np.flatnonzero(right >= 0)
        targets = metrics.list_targets(right[rows], at_least=histories.n_items)
        question = _Question(
            left.training, left.training, left.asked.take(rows), targets, described, on_sale, only_new
        )  # fmt: skip
    else:
        cut = time_split(histories, day, horizon_days, only_new=only_new)
        question = _Question(
            cut.past, cut.past, cut.asked, cut.targets, described, on_sale, only_new, since_day=day - _POPULAR_DAYS
        )
    return _compared(question, recommenders, k, 300, seed)


def _compared(question: _Question, recommenders: Mapping[str, Any], k: int, draws: int, seed: int) -> RecommenderTable:
    usual = "popular" if question.since_day is None else f"popular_{_POPULAR_DAYS}_days"
    if usual in recommenders:
        raise ConfigError(f"the name {usual!r} is taken by the bestsellers", hint="call your recommender otherwise")
    if k < 1:
        raise ConfigError(f"lists of {k} products cannot be judged", expected="k of 1 or more")
    if not len(question.asked):
        raise NotEnoughData(
            "no customer known at the moment bought anything right afterwards", hint="ask earlier, or for more days"
        )
    popular = _popular(question, k, seed)
    first = metrics.list_accuracy(popular, question.targets, k)
    rows = []
    for name, recommender in {usual: None, **recommenders}.items():
        shown = popular if recommender is None else _lists(name, recommender, question, k, seed)
        figures = _figures(question, shown, popular, first.ndcg, draws, seed)
        row: dict[str, Any] = {"recommender": name, "customers": len(question.asked), "k": k}
        for figure, (value, low, high) in figures.items():
            row |= {figure: _told(value), f"{figure}_low": _told(low), f"{figure}_high": _told(high)}
        rows.append(row)
    rows.sort(key=lambda row: (-row["ndcg"], row["recommender"]))
    return RecommenderTable(pa.Table.from_pylist(rows, schema=_SCHEMA))


def _figures(question: _Question, shown: Any, popular: Any, first: Any, draws: int, seed: int) -> dict[str, Interval]:
    """Work every figure of one recommender out."""
    items, targets, n_items = question.items, question.targets, question.asked.n_items
    right = metrics.list_accuracy(shown, targets)
    found = {name: getattr(right, held) for held, name in _ACCURACY.items()}
    found["ndcg_gain"] = right.ndcg - first
    buyers = np.bincount(question.bought.seen().indices, minlength=n_items)
    known = int((question.bought.lengths > 0).sum())
    found["novelty"] = metrics.novelty_by_customer(shown, buyers, known)
    found["serendipity"] = metrics.serendipity_by_customer(shown, targets, popular)
    of = next((each for each in (items.attributes, items.vectors, items.categories) if each is not None), None)
    if of is not None:
        found["diversity"] = metrics.diversity_by_customer(shown, of)
    if question.money:
        found["revenue"] = metrics.revenue_by_customer(shown, targets)
    elif items.prices is not None and np.isfinite(items.prices).all():
        found["revenue"] = metrics.revenue_by_customer(shown, targets, items.prices)
    told = {name: metrics.mean_interval(values, draws=draws, seed=seed) for name, values in found.items()}
    told["popularity_bias"] = metrics.popularity_bias(shown, targets, buyers, draws=draws, seed=seed)
    groups = 50 if draws else 1
    for name, figure in (
        ("coverage", lambda lists: metrics.coverage_at(lists, n_items, available=question.on_sale)),
        ("gini", lambda lists: metrics.exposure_gini(lists, n_items)),
    ):
        value, low, high = metrics.catalogue_interval(figure, shown, groups=groups, seed=seed)
        told[name] = Interval(value, max(low, 0.0), min(high, 1.0))
    return {name: told.get(name, _NO_FIGURE) for name in _FIGURES}


def _lists(name: str, recommender: Any, question: _Question, k: int, seed: int) -> Any:
    """Ask one recommender; a maker is fitted first."""
    if hasattr(recommender, "fit") and hasattr(recommender, "candidates"):
        fitted = recommender.fit(question.past, question.items, seed=seed)
        shown = fitted.candidates(question.asked, k, skip_seen=question.only_new, seed=seed).items
    elif callable(recommender):
        shown = np.asarray(recommender(question.asked, k))
    else:
        raise ConfigError(f"{name!r} is no recommender", expected="a maker, or a function of histories and k")
    if shown.ndim != 2 or shown.shape[0] != len(question.asked):
        raise DataError(
            f"{name!r} gave lists of shape {shown.shape}", expected=f"({len(question.asked)}, {k}), -1 for none"
        )
    return metrics.checked_lists(shown, k, n_items=question.asked.n_items)


def _popular(question: _Question, k: int, seed: int) -> Any:
    """Return for each customer what was bought most in the last days, filled up with what was bought most ever."""
    held = question.bought if question.bought.items.size else question.past
    ever = held.counts().astype(np.float64)
    scores = 0.5 * ever / max(ever.max(initial=0.0), 1.0)
    if question.since_day is not None and held.days is not None:
        lately = np.bincount(held.items[held.days >= question.since_day], minlength=held.n_items)
        scores = np.where(lately > 0, lately, scores)
    scores = np.where(question.on_sale, scores, 0.0).astype(np.float32)
    if not question.only_new:
        return np.repeat(best_of(scores[None], k, seed=seed).items, len(question.asked), axis=0)
    seen = question.asked.seen()
    # Whoever had many products needs a longer list of bestsellers to choose from.
    longest = best_of(scores[None], k + int(np.diff(seen.indptr).max(initial=0)), seed=seed).items[0]
    longest = longest[longest >= 0]
    block = max(_BLOCK // (longest.size + k), 1)
    found = []
    for start in range(0, len(question.asked), block):
        had = seen[start : start + block][:, longest].toarray() > 0
        first = np.argsort(had, axis=1, kind="stable")[:, :k]
        shown = np.where(np.take_along_axis(had, first, axis=1), -1, longest[first])
        found.append(np.pad(shown, ((0, 0), (0, k - shown.shape[1])), constant_values=-1))
    return np.concatenate(found)


def _told(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
