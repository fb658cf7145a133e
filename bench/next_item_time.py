"""How well the next products are foretold when nothing of the future is known: cuts in time on two shops.

Online Retail is cut at 2011-11-09; asked are known customers who buy in the next 30 days, for products they had not
bought before (new) and for all they buy (all). RetailRocket is cut at the 80 % quantile of event time; asked are
customers seen before it who buy after it. Settings and ranker come from time before the cut alone.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from scipy import sparse

from bench.row import Row
from bench.shops import online_retail
from habitue.data.shop import Shop
from habitue.models.metrics.recommending import ListAccuracy, list_accuracy, mean_interval
from habitue.models.recommend.factors import ImplicitFactors
from habitue.models.recommend.histories import Histories
from habitue.models.recommend.maker import Items
from habitue.models.recommend.neighbours import ItemNeighbours
from habitue.models.recommend.popular import Popular
from habitue.models.recommend.splits import TimeSplit, time_split
from habitue.models.recommend.stack import Stack
from habitue.models.title_words import words_of

_K = 10
_CUT = dt.datetime(2011, 11, 9)
_HORIZON_DAYS = 30.0
_POPULAR_DAYS = 7.0
_WIDER = 10  # times the products of the popular list
_KINDS = {"view": 0.3, "cart": 0.6, "buy": 1.0}  # how much an event says


@dataclass(frozen=True)
class Shopping:
    """A shop's histories and products, and when it is cut; ``outcomes`` are purchases where histories hold more."""

    name: str
    histories: Histories
    items: Items
    cut_day: float
    outcomes: Histories | None = None


def run(data: Path) -> Iterator[Row]:
    """Print the rows of both shops."""
    retail = retail_shop(data)
    for part, repeats in (("new", False), ("all", True)):
        split = time_split(retail.histories, retail.cut_day, _HORIZON_DAYS, only_new=not repeats)
        yield from rows(retail, split, f"{part}/", repeats=repeats)
    rocket = rocket_shop(data)
    split = time_split(rocket.histories, rocket.cut_day, outcomes=rocket.outcomes)
    yield from rows(rocket, split, "", repeats=True)


def rows(shop: Shopping, split: TimeSplit, part: str, *, repeats: bool) -> Iterator[Row]:
    """Print hit rate, NDCG and coverage of the recommender, the baselines' beside."""
    started = time.process_time()
    outcomes = None if shop.outcomes is None else shop.outcomes.before(shop.cut_day)
    stack = Stack(horizon_days=_HORIZON_DAYS, repeats=repeats, earlier=3)
    stack.fit(split.past, shop.items, outcomes=outcomes)
    seconds = round(time.process_time() - started, 1)
    lists = {"stack": stack.candidates(split.asked, _K, skip_seen=not repeats).items}
    for name, maker in baselines(split.past, shop.items, outcomes).items():
        lists[name] = maker.candidates(split.asked, _K, skip_seen=not repeats).items
    figures = {name: list_accuracy(each, split.targets, _K) for name, each in lists.items()}
    told = f"{len(split.rows)} customers, full ranking, random ties, seed 0; {stack.figures}"
    for name, figure in (("hr10", "hit"), ("ndcg10", "ndcg")):
        yield _against(f"next_item/{shop.name}/time_split/{part}{name}", figures, figure, told, seconds)
    shown = {name: int(np.unique(each[each >= 0]).size) for name, each in lists.items()}
    yield Row(
        f"next_item/{shop.name}/time_split/{part}coverage10",
        shown["stack"] / shop.items.n_items,
        "share of products",
        f"{told}; products shown: {shown}",
        baseline=shown["popular_7_days"] / shop.items.n_items,
        bar=f">= {_WIDER} x the popular list's",
        met=shown["stack"] >= _WIDER * shown["popular_7_days"],
    )


def baselines(past: Histories, items: Items, outcomes: Histories | None) -> dict[str, Any]:
    """Fit what the recommender is held against: what sold most in 7 days, item neighbours, factors."""
    sold = past if outcomes is None else outcomes
    newest = float(sold.days.max()) if sold.days is not None else 0.0
    recent = sold.items_since(newest - _POPULAR_DAYS)
    return {
        "popular_7_days": Popular().fit(recent, items),
        "item_neighbours": ItemNeighbours().fit(past, items),
        "implicit_factors": ImplicitFactors().fit(past, items),
    }


def retail_shop(data: Path) -> Shopping:
    """Read Online Retail's purchases; words of titles are the products' attributes."""
    with Shop.from_tables({"order_lines": online_retail(data)}) as shop:
        lines = shop.at(dt.datetime(2011, 12, 10)).purchases
        lines = lines.select("customer_id", "product_id", "ordered_at", "product_title")
        table = shop.engine.to_arrow(lines).to_pandas()
    table = table.sort_values(["ordered_at", "customer_id", "product_id"], kind="stable")
    products, names = _numbered(table["product_id"])
    customers, known = _numbered(table["customer_id"])
    start = table["ordered_at"].min()
    days = ((table["ordered_at"] - start).dt.total_seconds() / 86_400).to_numpy()
    histories = Histories.from_events(customers, products, n_customers=len(known), n_items=len(names), days=days)
    cut_day = (_CUT - start.to_pydatetime()).total_seconds() / 86_400
    early = table[table["ordered_at"] < _CUT].drop_duplicates("product_id", keep="last")
    titles = dict(zip(early["product_id"], early["product_title"], strict=True))
    items = Items(len(names), attributes=_words([words_of(titles.get(name)) for name in names]))
    return Shopping("online_retail", histories, items, cut_day)


def rocket_shop(data: Path) -> Shopping:
    """Read RetailRocket's events; what is wanted are buys."""
    table = pq.read_table(data / "retailrocket" / "events.parquet").to_pandas()
    table = table.sort_values(["time", "user", "item"], kind="stable")
    products, names = _numbered(table["item"])
    customers, known = _numbered(table["user"])
    days = ((table["time"] - table["time"].min()).dt.total_seconds() / 86_400).to_numpy()
    weights = table["event"].map(_KINDS).to_numpy()
    sizes = {"n_customers": len(known), "n_items": len(names)}
    histories = Histories.from_events(customers, products, days=days, weights=weights, **sizes)
    bought = (table["event"] == "buy").to_numpy()
    outcomes = Histories.from_events(customers[bought], products[bought], days=days[bought], **sizes)
    cut_day = float(np.quantile(days, 0.8))
    return Shopping("retailrocket", histories, Items(len(names)), cut_day, outcomes)


def _against(name: str, figures: dict[str, ListAccuracy], figure: str, told: str, seconds: float) -> Row:
    each = {maker: np.asarray(getattr(value, figure)) for maker, value in figures.items()}
    own = each.pop("stack")
    best = max(each, key=lambda maker: float(np.nanmean(each[maker])))
    low, high = mean_interval(own - each[best])[1:]
    beside = ", ".join(f"{maker} {np.nanmean(value):.4f}" for maker, value in each.items())
    row = Row(name, float(np.nanmean(own)), "share" if figure == "hit" else "NDCG", f"{told}; beside: {beside}")
    return replace(
        row,
        baseline=float(np.nanmean(each[best])),
        interval=(low, high),
        seconds=seconds,
        bar=f"above {', '.join(each)}",
        met=bool(np.nanmean(own) > np.nanmean(each[best])),
    )


def _words(bags: list[list[str]]) -> Any:
    """Return which product's title has which word."""
    vocabulary = {word: place for place, word in enumerate(sorted({word for bag in bags for word in bag}))}
    pairs = sorted({(row, vocabulary[word]) for row, bag in enumerate(bags) for word in bag})
    rows, columns = (np.array([pair[side] for pair in pairs], np.int64) for side in (0, 1))
    ones = np.ones(len(pairs), np.float32)
    return sparse.csr_array((ones, (rows, columns)), shape=(len(bags), max(len(vocabulary), 1)))


def _numbered(values: Any) -> tuple[Any, list[str]]:
    """Return each value's number, and the values in order."""
    names = sorted(set(values))
    place = {name: number for number, name in enumerate(names)}
    return values.map(place).to_numpy(), names
