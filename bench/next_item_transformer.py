"""How well a transformer alone foretells the next product on Amazon Beauty: leave-one-out, full ranking, random ties.

Each customer's newest product is the test, the one before it the validation. The model learns from the rest, settings
and the round to stop at are chosen on 4,000 validation customers; the test input holds the validation product; what a
customer had already is left out; all products compete.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bench.next_item import beauty
from bench.row import Row
from habitue.models.metrics.recommending import ListAccuracy, list_accuracy, mean_interval
from habitue.models.metrics.target_ranks import rank_accuracy, target_ranks
from habitue.models.recommend.histories import Histories
from habitue.models.recommend.maker import Items, Maker
from habitue.models.recommend.neighbours import ItemNeighbours, SequentialNeighbours
from habitue.models.recommend.popular import Popular
from habitue.models.recommend.splits import LeaveOneOut, leave_one_out
from habitue.models.sequence import Settings, Transformer

_K = 10
_BARS = {"r10": 0.088, "ndcg10": 0.050}
_ASKED = 200  # single customers whose answers are timed


def run(data: Path) -> Iterator[Row]:
    """Print the rows of the transformer alone, with attributes of products and without."""
    os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
    world = beauty(data)
    cut = leave_one_out(world.histories)
    beside = {each.name: _of_neighbours(each, cut, world.items) for each in _rivals()}
    maker, figures, seconds = learnt(cut, world.items)
    for name, figure in (("r10", "recall"), ("ndcg10", "ndcg")):
        own, theirs = getattr(figures, figure), getattr(beside["item_neighbours"], figure)
        told = ", ".join(f"{other} {_mean(getattr(value, figure)):.4f}" for other, value in beside.items())
        low, high = _interval(own)
        yield Row(
            f"next_item/amazon_beauty/transformer/{name}",
            _mean(own),
            "share" if name == "r10" else "NDCG",
            f"leave-one-out, full ranking, random ties, seed 0, one thread; attributes of products in their vectors; "
            f"{_settings(maker)}; 95 % {low:.4f} to {high:.4f}; against item_neighbours; beside: {told}",
            baseline=_mean(theirs),
            interval=_interval(own - theirs),
            seconds=round(seconds, 1),
            bar=f">= {_BARS[name]:.3f}",
            met=_mean(own) >= _BARS[name],
        )
    yield _speed(maker, cut.asked)


def learnt(cut: LeaveOneOut, items: Items) -> tuple[Transformer, ListAccuracy, float]:
    """Learn without the newest two products of each customer, and judge by the newest; seconds are of one processor."""
    started = time.process_time()
    # The newest product of everybody is kept out of learning: it is the validation product here.
    settings = replace(Settings(), validation_share=1.0)
    maker = Transformer(settings).fit(cut.asked, items)
    seconds = time.process_time() - started

    def scores(rows: slice) -> Any:
        return maker.scores(cut.asked.take(np.arange(rows.start, rows.stop)))

    ranks = target_ranks(scores, cut.test, hidden=cut.asked.seen())
    return maker, rank_accuracy(ranks, cut.test.size, _K), seconds


def _rivals() -> list[Maker]:
    return [Popular(), ItemNeighbours(), SequentialNeighbours()]


def _of_neighbours(maker: Maker, cut: LeaveOneOut, items: Items) -> ListAccuracy:
    """Fit on the same events and judge by the same product."""
    lists = maker.fit(cut.training, items).candidates(cut.asked, _K).items
    return list_accuracy(lists, cut.test, _K)


def _settings(maker: Transformer) -> str:
    model = maker.model
    rounds = model.learning if model else []
    best = max(rounds, key=lambda each: each["validation"], default={"number": 0, "validation": 0.0})
    settings = maker.settings
    return (
        f"width {settings.width}, {settings.negatives} negatives, {settings.ahead} events ahead, "
        f"round {best['number']} of {len(rounds)} (validation NDCG@10 {best['validation']:.4f})"
    )


def _speed(maker: Transformer, asked: Histories) -> Row:
    """Print how long one customer's list takes, without JAX."""
    took = []
    for row in np.random.default_rng(0).integers(len(asked), size=_ASKED).tolist():
        one = asked.take([row])
        started = time.perf_counter()
        maker.candidates(one, _K)
        took.append(1000 * (time.perf_counter() - started))
    return Row(
        "next_item/amazon_beauty/transformer/p50_ms",
        float(np.median(took)),
        "ms",
        f"wall time of one customer's 10 products among all, {_ASKED} customers one by one; "
        f"p99 {np.percentile(took, 99):.1f} ms",
    )


def _mean(values: Any) -> float:
    return float(np.nanmean(values))


def _interval(values: Any) -> tuple[float, float]:
    _, low, high = mean_interval(values)
    return low, high
