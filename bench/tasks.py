"""Whether the negative controls of the questions catch what they are there to catch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from bench.row import Row
from bench.shops import online_retail
from habitue.data.shop import Shop
from habitue.data.simulate import simulate
from habitue.schema import Words
from habitue.tasks import Task, collect, customer_inputs, cutoffs
from habitue.tasks.controls import leaking_inputs, planted_leak, shuffled_labels, time_reversed

_SEEDS = (11, 12, 13)
_HORIZON = 60


def run(data: Path) -> Iterator[Row]:
    """Run every control on churn and value questions of simulated shops and of Online Retail."""
    shops = {f"simulated {seed}": (_simulated(seed), dt.datetime(2024, 6, 1)) for seed in _SEEDS}
    shops["online_retail"] = ({"order_lines": online_retail(data)}, dt.datetime(2011, 9, 9))
    caught, said, honest = [], [], 0
    for name, (tables, as_of) in shops.items():
        for task in (churn(_HORIZON), value(_HORIZON)):
            with Shop.from_tables(tables) as shop:
                moments = cutoffs(shop, as_of, _HORIZON, count=5)
                examples = collect(shop, task, moments, known_by=as_of)
            seed = int(name.split()[-1]) if " " in name else 0
            controls = (
                shuffled_labels(examples, seed=seed),
                planted_leak(tables, task, moments[0]),
                time_reversed(examples),
            )
            caught += [each.caught for each in controls]
            said += [f"{name}/{task.name}/{each.name}: {each.said}" for each in controls if not each.caught]
            honest += len(leaking_inputs(tables, task, moments[0]))
    yield Row(
        "tasks/controls",
        round(sum(caught) / len(caught), 4),
        "share caught",
        f"{len(caught)} controls: shuffled labels, a planted leak, time reversed, for a churn and a value question on "
        f"{len(shops)} shops; missed: {'; '.join(said) or 'none'}",
        bar="= 1",
        met=all(caught),
    )
    yield Row(
        "tasks/false_alarms",
        honest,
        "inputs",
        "inputs of the same questions, without a leak, that the leak test blames",
        bar="= 0",
        met=honest == 0,
    )


def churn(horizon_days: int) -> Task:
    """No purchase in the horizon, by everybody who had bought before."""
    question = Words("Will the customer order nothing?", "客户是否不再下单？")
    baselines = {"recency alone": ("recency_days",), "RFM": ("recency_days", "purchase_days", "spend")}
    return Task("churn", "binary", horizon_days, question, customer_inputs(), _no_order, baselines=baselines)


def value(horizon_days: int) -> Task:
    """Money spent in the horizon."""
    question = Words("How much will the customer spend?", "客户将消费多少？")
    return Task("value", "amount", horizon_days, question, customer_inputs(), _spend, baselines={"past": ("spend",)})


def _no_order(shop: Shop, start: dt.datetime, end: dt.datetime) -> Any:
    before = shop.engine.to_arrow(shop.at(start).purchases.select("customer_id").distinct()).to_pandas()
    bought = shop.engine.to_arrow(shop.between(start, end).purchases.select("customer_id").distinct()).to_pandas()
    return before.assign(label=(~before["customer_id"].isin(bought["customer_id"])).astype("float64"))


def _spend(shop: Shop, start: dt.datetime, end: dt.datetime) -> Any:
    lines = shop.between(start, end).purchases
    return shop.engine.to_arrow(lines.group_by("customer_id").agg(label=lines.spend.sum())).to_pandas()


def _simulated(seed: int) -> dict[str, pa.Table]:
    return simulate(customers=1_500, days=540, seed=seed, tables={"order_lines"}).tables
