"""How good lists are on the shop's own last days, beside bestsellers and item neighbours; and what rules cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy import sparse

from habitue.actions.recommend.base import Base, base_of
from habitue.actions.recommend.kinds import Proposer, within
from habitue.actions.recommend.makers import Makers, fit_makers, horizon_of
from habitue.actions.recommend.policy import Policy
from habitue.actions.recommend.rules import Rules
from habitue.actions.recommend.serving import Asked, lists_of
from habitue.errors import NotEnoughData
from habitue.models import metrics
from habitue.models.metrics import Interval
from habitue.models.recommend import best_of
from habitue.tasks.product_facts import distinct_sorted, filled, places_of
from habitue.tasks.recommending import ShopHistories, read_histories

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["OUTCOMES", "RULE_PRICES", "SCORES", "STRATEGIES", "LastDays", "judge", "last_days", "outcomes", "prices"]

#: Kinds of list that a segment can be given instead of the usual one.
STRATEGIES = ("home", "popular", "again", "new")

SCORES = pa.schema([
    ("list", pa.string()), ("figure", pa.string()), ("value", pa.float64()), ("low", pa.float64()),
    ("high", pa.float64()), ("k", pa.int64()), ("customers", pa.int64()), ("asked_at", pa.timestamp("us")),
    ("days", pa.float64()),
])  # fmt: skip
RULE_PRICES = pa.schema([
    ("rule", pa.string()), ("active", pa.bool_()), ("ndcg_with", pa.float64()), ("ndcg_without", pa.float64()),
    ("ndcg_cost", pa.float64()), ("ndcg_low", pa.float64()), ("ndcg_high", pa.float64()),
    ("revenue_with", pa.float64()), ("revenue_without", pa.float64()), ("revenue_cost", pa.float64()),
    ("revenue_low", pa.float64()), ("revenue_high", pa.float64()), ("customers", pa.int64()),
    ("given_up", pa.int64()),
])  # fmt: skip
OUTCOMES = pa.schema([
    ("customer_id", pa.string()), ("asked_at", pa.timestamp("us")), ("strategy", pa.string()),
    ("revenue", pa.float64()), ("ndcg", pa.float64()),
])  # fmt: skip

_K = 10
_ASKED = 4_000  # customers that are judged
_POPULAR_DAYS = 7
#: Rules whose price is told beside those that the merchant has, so that it is known before they are used.
_USUAL = {
    "diversity": Rules(diversity=0.3, explore=0.0, in_stock=False),
    "category_cap": Rules(category_cap=2, explore=0.0, in_stock=False),
    "new_slots": Rules(new_slots=1, explore=0.0, in_stock=False),
    "margin_weight": Rules(margin_weight=0.5, explore=0.0, in_stock=False),
    "hide_bought": Rules(hide_bought=True, explore=0.0, in_stock=False),
    "explore": Rules(explore=0.1, in_stock=False),
}
PLAIN = Rules(explore=0.0, in_stock=False)

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class LastDays:
    """What was known some days before the moment of learning, and what customers bought since.

    Attributes
    ----------
    proposer : Proposer
        Learnt from what was known then.
    base : Base
    asked : Asked
        Customers who bought something since.
    customers : tuple of str
        The same.
    targets : scipy.sparse.csr_array of shape (asked, products)
        The money spent on each; products that came later stand behind those known.
    asked_at : datetime
    days : float
    """

    proposer: Proposer
    base: Base
    asked: Asked
    customers: tuple[str, ...]
    targets: Any
    asked_at: datetime
    days: float

    def lists(self, kind: str, rules: Rules) -> Any:
        """Return the lists that these customers would have seen."""
        return lists_of(self.proposer, kind, self.asked, Policy(self.base.catalogue, rules), _K)


def last_days(shop: Shop, read: ShopHistories, *, seed: int = 0) -> LastDays:
    """Go back some days, learn from what was known then, and see what was bought since.

    Parameters
    ----------
    shop : Shop
    read : ShopHistories
        What is known at the moment of learning.
    seed : int

    Raises
    ------
    NotEnoughData
        Nobody who was known then bought anything since.
    """
    days = horizon_of(read.histories)
    asked_at = read.as_of - timedelta(days=days)
    then = read_histories(shop, asked_at)
    makers = fit_makers(then.histories, then.purchases, then.items, seed=seed)
    base = base_of(shop, then, known=then.products)
    rows, targets = _bought_since(shop, base, asked_at, read.as_of)
    if not rows.size:
        raise NotEnoughData(f"nobody known {days:g} days before {read.as_of:%Y-%m-%d} bought anything since")
    drawn = np.sort(np.random.default_rng(seed).permutation(rows.size)[:_ASKED])
    rows, targets = rows[drawn], targets[drawn]
    asked = base.all_of(rows, np.arange(rows.size, dtype=np.int64), (10, 30.0))
    names = tuple(base.customers[row] for row in rows)
    return LastDays(Proposer(makers, base.catalogue, seed), base, asked, names, targets, asked_at, days)


def judge(past: LastDays, *, draws: int = 200) -> pa.Table:
    """Return recommend_scores: every figure of every list, one row each."""
    known = int((past.base.purchases.lengths > 0).sum())
    buyers = np.bincount(past.base.purchases.seen().indices, minlength=past.targets.shape[1])
    popular = _popular_lately(past)
    shown = {"ours": past.lists("home", PLAIN).items, f"popular_{_POPULAR_DAYS}_days": popular,
             "item_neighbours": _neighbours(past), "again": past.lists("again", PLAIN).items}  # fmt: skip
    first = metrics.list_accuracy(popular, past.targets, _K).ndcg
    rows = []
    for name, lists in shown.items():
        for figure, interval in _figures(past, lists, popular, buyers, known, draws).items():
            rows.append(_row(past, name, figure, interval))
        gain = metrics.mean_interval(metrics.list_accuracy(lists, past.targets, _K).ndcg - first, draws=draws)
        rows.append(_row(past, name, "ndcg_gain", gain))
    return pa.Table.from_pylist(rows, schema=SCORES)


def prices(past: LastDays, rules: Rules, *, draws: int = 200) -> pa.Table:
    """Return recommend_rules: what each rule costs alone, and all of them together.

    The merchant's own rules are ``active``; beside them stand usual ones that the merchant does not have.
    """
    own = rules.active()
    tried = {name: (each, True) for name, each in own.items()}
    tried |= {name: (each, False) for name, each in _USUAL.items() if name not in own}
    if len(own) > 1:
        tried["all"] = (rules, True)
    plain = _worth(past, past.lists("home", PLAIN).items)
    rows = []
    for name, (alone, active) in tried.items():
        chosen = past.lists("home", alone)
        now = _worth(past, chosen.items)
        row: dict[str, Any] = {"rule": name, "active": active, "customers": len(past.customers),
                               "given_up": len(chosen.clashes)}  # fmt: skip
        for figure in ("ndcg", "revenue"):
            cost = metrics.mean_interval(plain[figure] - now[figure], draws=draws)
            row |= {
                f"{figure}_with": float(now[figure].mean()), f"{figure}_without": float(plain[figure].mean()),
                f"{figure}_cost": cost.value, f"{figure}_low": cost.low, f"{figure}_high": cost.high,
            }  # fmt: skip
        rows.append(row)
    return pa.Table.from_pylist(rows, schema=RULE_PRICES)


def outcomes(past: LastDays) -> pa.Table:
    """Return what every strategy would have brought with each customer."""
    parts = []
    for strategy in STRATEGIES:
        worth = _worth(past, past.lists(strategy, PLAIN).items)
        many = len(past.customers)
        parts.append(
            pa.table(
                {
                    "customer_id": pa.array(past.customers, pa.string()),
                    "asked_at": pa.array([past.asked_at] * many, pa.timestamp("us")),
                    "strategy": pa.array([strategy] * many, pa.string()),
                    "revenue": worth["revenue"],
                    "ndcg": worth["ndcg"],
                },
                schema=OUTCOMES,
            )
        )
    return pa.concat_tables(parts)


def _bought_since(shop: Shop, base: Base, start: datetime, end: datetime) -> tuple[Ints, Any]:
    """Return the known customers who bought in the days from a moment on, and the money spent on each product."""
    lines = shop.between(start, end).purchases
    lines = lines.filter(lines.is_product, filled(lines.product_id))
    spent = shop.engine.to_arrow(lines.group_by("customer_id", "product_id").agg(spend=lines.spend.sum()))
    who = places_of(spent["customer_id"], pa.array(base.customers, pa.string()))
    known = pa.array(base.catalogue.ids, pa.string())
    every = distinct_sorted(spent["product_id"]).to_pylist()
    fresh = [name for name in every if name not in base.catalogue.places]
    what = places_of(spent["product_id"], pa.concat_arrays([known, pa.array(fresh, pa.string())]))
    kept = who >= 0
    shape = (len(base.customers), len(known) + len(fresh))
    # Sums of money come in no fixed order: what differs in the last digits must not show.
    money = np.round(spent["spend"].to_numpy()[kept], 6)
    targets = sparse.csr_array((money, (who[kept], what[kept])), shape=shape)
    targets.sort_indices()
    rows = np.flatnonzero(np.diff(targets.indptr)).astype(np.int64)
    return rows, sparse.csr_array(targets[rows])


def _worth(past: LastDays, lists: Any) -> dict[str, Any]:
    ndcg = metrics.list_accuracy(lists, past.targets, _K).ndcg
    return {"ndcg": ndcg, "revenue": metrics.revenue_by_customer(lists, past.targets, k=_K)}


def _figures(past: LastDays, lists: Any, popular: Any, buyers: Any, known: int, draws: int) -> Mapping[str, Interval]:
    right = metrics.list_accuracy(lists, past.targets, _K)
    each = {"recall": right.recall, "precision": right.precision, "ndcg": right.ndcg, "hit_rate": right.hit,
            "novelty": metrics.novelty_by_customer(lists, buyers, known),
            "serendipity": metrics.serendipity_by_customer(lists, past.targets, popular),
            "revenue": metrics.revenue_by_customer(lists, past.targets, k=_K)}  # fmt: skip
    items = past.base.catalogue.items
    of = items.attributes if items.attributes is not None else items.categories
    if of is not None:
        each["diversity"] = metrics.diversity_by_customer(lists, of)
    told = {name: metrics.mean_interval(values, draws=draws) for name, values in each.items()}
    told["popularity_bias"] = metrics.popularity_bias(lists, past.targets, buyers, draws=draws)
    catalogue = past.base.catalogue

    def covered(some: Any) -> float:
        return float(metrics.coverage_at(some, len(catalogue), available=catalogue.on_sale))

    value, low, high = metrics.catalogue_interval(covered, lists)
    told["coverage"] = Interval(value, max(low, 0.0), min(high, 1.0))
    return told


def _row(past: LastDays, name: str, figure: str, interval: Interval) -> dict[str, Any]:
    value, low, high = (float(each) if np.isfinite(each) else None for each in interval)
    return {"list": name, "figure": figure, "value": value, "low": low, "high": high, "k": _K,
            "customers": len(past.customers), "asked_at": past.asked_at, "days": past.days}  # fmt: skip


def _popular_lately(past: LastDays) -> Any:
    """Return what was bought most in the last days, filled up with what was bought most ever."""
    bought = past.base.purchases
    ever = bought.counts().astype(np.float64)
    scores = 0.5 * ever / max(float(ever.max(initial=0)), 1.0)
    if bought.days is not None:
        lately = np.bincount(bought.items[bought.days >= past.base.catalogue.day - _POPULAR_DAYS], minlength=ever.size)
        scores = np.where(lately > 0, lately, scores)
    shown = np.where(past.base.catalogue.on_sale, scores, 0.0).astype(np.float32)
    return np.repeat(best_of(shown[None], _K).items, len(past.customers), axis=0)


def _neighbours(past: LastDays) -> Any:
    makers: Makers = past.proposer.makers
    known = within(past.asked.histories, makers.n_items)
    return makers.neighbours.candidates(known, _K, skip_seen=not makers.repeats).items
