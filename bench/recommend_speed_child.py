"""One size of the speed bench in a process of its own, so that its peak memory is its own."""

from __future__ import annotations

import datetime as dt
import importlib
import json
import resource
import sys
import time
from typing import Any

import numpy as np
from scipy import sparse

from habitue.actions.recommend.base import Base
from habitue.actions.recommend.catalogue import Catalogue
from habitue.actions.recommend.learnt import Learnt
from habitue.actions.recommend.makers import Makers, fit_makers
from habitue.actions.recommend.recommender import Recommender
from habitue.actions.recommend.rules import Rules
from habitue.models.recommend import Histories, Items

PRODUCTS = 100_000
_CATEGORIES = 500
_DAYS = 365.0
_ASKED = 300


def world(events: int, seed: int = 0) -> tuple[Histories, Items]:
    """Draw customers of ten events on average: products near the last one half of the time, else by popularity."""
    draw = np.random.default_rng(seed)
    customers = max(events // 10, 1)
    who = np.sort(draw.integers(customers, size=events))
    famous = np.minimum((PRODUCTS * draw.random(events) ** 3).astype(np.int64), PRODUCTS - 1)
    step = draw.integers(-5, 6, size=events)
    near = np.zeros(events, np.int64)
    first = np.flatnonzero(np.diff(who, prepend=-1))
    follows = (draw.random(events) < 0.5) & (np.arange(events) != np.repeat(first, np.diff([*first, events])))
    near[1:] = famous[:-1]
    items = np.where(follows, np.clip(near + step, 0, PRODUCTS - 1), famous)
    days = np.sort(draw.random(events) * _DAYS)
    histories = Histories.from_events(who, items, n_customers=customers, n_items=PRODUCTS, days=days)
    category = np.arange(PRODUCTS) * _CATEGORIES // PRODUCTS
    words = np.concatenate([category, _CATEGORIES + draw.integers(5_000, size=2 * PRODUCTS)])
    rows = np.concatenate([np.arange(PRODUCTS), np.repeat(np.arange(PRODUCTS), 2)])
    table = sparse.csr_array((np.ones(rows.size, np.float32), (rows, words)), shape=(PRODUCTS, _CATEGORIES + 5_000))
    prices = np.round(np.exp(draw.normal(3, 1, PRODUCTS)), 2)
    return histories, Items(PRODUCTS, attributes=table, categories=category.astype(np.int32), prices=prices)


def recommender(makers: Makers, histories: Histories, items: Items) -> Recommender:
    """Return a recommender over arrays, as the shop's would be."""
    catalogue = Catalogue(
        ids=tuple(f"p{at}" for at in range(PRODUCTS)), known=PRODUCTS, titles=tuple(f"p{at}" for at in range(PRODUCTS)),
        categories=np.asarray(items.categories, np.int32),
        category_names=tuple(f"c{at}" for at in range(_CATEGORIES)), prices=np.asarray(items.prices),
        margins=np.full(PRODUCTS, 0.4), since_days=np.zeros(PRODUCTS), on_sale=np.ones(PRODUCTS, bool), stock=None,
        sales=histories.counts().astype(np.float64), day=_DAYS + 1, attributes=items.attributes,
    )  # fmt: skip
    base = Base(catalogue, tuple(f"u{at}" for at in range(len(histories))), histories, histories)
    learnt = Learnt(dt.datetime(2024, 1, 1), catalogue.ids, makers, {})
    return Recommender.of_base(learnt, base, dt.datetime(2024, 1, 1), rules=Rules(category_cap=4))


def serving(made: Recommender) -> dict[str, Any]:
    """Time single lists, the batch, and lists after an event."""
    names = [made.base.customers[at] for at in np.random.default_rng(1).integers(len(made.base.customers), size=_ASKED)]
    made.recommend(names[0])
    made.recommend(None)
    found: dict[str, Any] = {}
    for suffix, reasons, some in (("", False, names), ("_with_reasons", True, names[:100])):
        taken = [_milliseconds(lambda name=name, told=reasons: made.recommend(name, reasons=told)) for name in some]
        found[f"p50_ms{suffix}"], found[f"p99_ms{suffix}"] = np.quantile(taken, [0.5, 0.99]).tolist()
    many = 6_000
    started = time.process_time()
    made.batch_lists("home", 10, customers=made.base.customers[:many])
    found["batch_per_s"] = many / (time.process_time() - started)
    fresh = []
    for place, name in enumerate(names[:100]):
        fresh.append(_milliseconds(lambda who=name, at=place: _changed(made, who, f"p{at}")))
    found["freshness_ms"] = float(np.median(fresh))
    return found


def _changed(made: Recommender, name: str, product: str) -> None:
    made.feedback(name, product, "buy")
    made.recommend(name, reasons=False)


def _milliseconds(work: Any) -> float:
    started = time.process_time()
    work()
    return (time.process_time() - started) * 1e3


def _peer(histories: Histories) -> float | None:
    """Return customers a second of implicit's batch call, where it is installed."""
    try:
        als = importlib.import_module("implicit.als")
    except ImportError:
        return None
    table = sparse.csr_matrix(histories.seen())
    model = als.AlternatingLeastSquares(factors=64, iterations=2, num_threads=1, use_gpu=False)
    model.fit(table, show_progress=False)
    many = np.arange(min(6_000, table.shape[0]))
    started = time.process_time()
    model.recommend(many, table[many], N=10)
    return float(many.size / (time.process_time() - started))


def main() -> None:
    events, what = int(sys.argv[1]), sys.argv[2]
    histories, items = world(events)
    wall, processor = time.perf_counter(), time.process_time()
    makers = fit_makers(histories, histories, items)
    found: dict[str, Any] = {
        "fit_cpu": time.process_time() - processor,
        "fit_wall": time.perf_counter() - wall,
    }
    if what == "serve":
        found |= serving(recommender(makers, histories, items))
    found["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    if what == "serve":
        found["implicit_per_s"] = _peer(histories)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
