"""Learn from simulated shops what small shops lean on: prints the numbers of ``habitue.tasks.priors``.

Not a measurement of Habitue but where its priors come from: run it again when the scale-free inputs change, and copy
the rows. Each shop is fitted by itself; a coefficient's spread is that between shops, doubled.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bench.row import Row
from habitue.data.shop import Shop
from habitue.data.simulate import simulate
from habitue.schema import Words
from habitue.tasks import Prior, Task, collect, customer_inputs, cutoffs
from habitue.tasks.pooled_learner import PooledLearner, map_fit
from habitue.tasks.priors import PRIOR_INPUTS, SCALE_FREE

_SEEDS = range(300, 312)
_HORIZONS = (30, 90, 180)
_WEAK = 5.0


def run(data: Path) -> Iterator[Row]:
    """Fit both questions on every shop and horizon, and print mean and doubled spread of each coefficient."""
    del data
    for kind in ("binary", "amount"):
        found = np.array([_fitted(kind, seed, horizon) for seed in _SEEDS for horizon in _HORIZONS])
        mean, spread = found.mean(axis=0), 2 * found.std(axis=0, ddof=1)
        for name, value, width in zip(("intercept", *SCALE_FREE), mean, spread, strict=True):
            yield Row(
                f"priors/{kind}/{name}",
                round(float(value), 3),
                "log odds" if kind == "binary" else "log of mean order values",
                f"{len(_SEEDS)} simulated shops of 400 to 2,500 customers, horizons {_HORIZONS}; interval: twice the "
                "spread between shops either way",
                interval=(round(float(value - width), 3), round(float(value + width), 3)),
            )


def _fitted(kind: Any, seed: int, horizon: int) -> Any:
    draw = np.random.default_rng(seed)
    size, language = int(draw.integers(400, 2_500)), ("en", "zh", "mixed")[seed % 3]
    made = simulate(
        customers=size, days=int(draw.integers(500, 900)), seed=seed, language=language, tables={"order_lines"}
    )
    weak = Prior(kind, 0.0, _WEAK, (0.0,) * len(SCALE_FREE), (_WEAK,) * len(SCALE_FREE))
    with Shop.from_tables(made.tables) as shop:
        task = Task("prior", kind, horizon, Words("", ""), customer_inputs(PRIOR_INPUTS), _LABELS[kind], prior=weak)
        as_of = shop.latest_as_of
        moments = cutoffs(shop, as_of, horizon, count=4, step_days=45)
        examples = collect(shop, task, moments, known_by=as_of)
    frame = examples.inputs
    scale = float(frame["spend"].sum() / frame["orders"].sum())
    return map_fit(PooledLearner.of(task, scale, frame), frame, examples.label).coefficients


def _no_order(shop: Shop, start: dt.datetime, end: dt.datetime) -> Any:
    """Everybody who had bought before and did not buy."""
    before = shop.engine.to_arrow(shop.at(start).purchases.select("customer_id").distinct()).to_pandas()
    bought = shop.engine.to_arrow(shop.between(start, end).purchases.select("customer_id").distinct()).to_pandas()
    return before.assign(label=(~before["customer_id"].isin(bought["customer_id"])).astype("float64"))


def _spend(shop: Shop, start: dt.datetime, end: dt.datetime) -> Any:
    lines = shop.between(start, end).purchases
    return shop.engine.to_arrow(lines.group_by("customer_id").agg(label=lines.spend.sum())).to_pandas()


_LABELS = {"binary": _no_order, "amount": _spend}
