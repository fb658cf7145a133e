"""Purchase intent: of whole visits on the Online Shoppers set, and as visits unfold in a world with known chances."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bench.row import Row
from habitue.data.shop import Shop
from habitue.data.simulate.visits_planted import planted_visits
from habitue.models import metrics
from habitue.models.tabular import Encoder
from habitue.signals.behaviour.intent import blend, fit_intent, owners
from habitue.signals.behaviour.past import past_of
from habitue.signals.behaviour.prefixes import prefixes_after
from habitue.signals.behaviour.visits import moment_us, read_visits

_CODES = ("OperatingSystems", "Browser", "Region", "TrafficType")
_FOLDS, _REPEATS, _SEED = 5, 5, 0
_DRAWS = 100
_METRICS: dict[str, tuple[Callable[[Any, Any], float], float, int]] = {
    "auroc": (metrics.auc, 0.932, 1),
    "aupr": (metrics.average_precision, 0.745, 1),
    "ece": (metrics.calibration_error, 0.02, -1),
}
_STEPS = (1, 3, 5, 10)
_WORLD_SEED, _CUSTOMERS = 500, 2_500
_CUT, _END = dt.datetime(2024, 7, 20), dt.datetime(2025, 1, 1)
_SHARE = 0.85


def run(data: Path) -> Iterator[Row]:
    """Print whole visits first, then unfolding ones."""
    yield from _shoppers_rows(data)
    yield from _unfolding_rows()


def _ours(x: Any, y: Any, test: Any) -> Any:
    return blend(x, y, seed=_SEED).predict(test)


def _logistic(x: Any, y: Any, test: Any) -> Any:
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2_000))
    return model.fit(x, y).predict_proba(test)[:, 1]


def _lightgbm(x: Any, y: Any, test: Any) -> Any:
    settings = {"objective": "binary", "num_threads": 1, "verbosity": -1, "deterministic": True, "seed": _SEED}
    return lightgbm.train(settings, lightgbm.Dataset(x, y), 100).predict(test)


def _shoppers_rows(data: Path) -> Iterator[Row]:
    started = time.perf_counter()
    frame = pd.read_parquet(data / "online_shoppers" / "online_shoppers_intention.parquet").drop_duplicates()
    y = frame.pop("Revenue").to_numpy(dtype=np.float64)
    frame[list(_CODES)] = frame[list(_CODES)].astype(str)
    splits = [
        pair
        for repeat in range(_REPEATS)
        for pair in StratifiedKFold(_FOLDS, shuffle=True, random_state=_SEED + repeat).split(y, y)
    ]
    without = frame.drop(columns=["PageValues"])
    told = {
        "ours": _crossed(_ours, frame, y, splits),
        "logistic": _crossed(_logistic, frame, y, splits),
        "lightgbm_default": _crossed(_lightgbm, frame, y, splits),
        "page_values_alone": _crossed(_logistic, frame[["PageValues"]], y, splits),
    }
    bare = {
        "ours": _crossed(_ours, without, y, splits),
        "lightgbm_default": _crossed(_lightgbm, without, y, splits),
    }
    seconds = round(time.perf_counter() - started, 1)
    what = (
        f"stratified {_FOLDS} folds x {_REPEATS} repeats, {len(y)} visits after dropping repeats, nothing resampled; "
        "linear and boosted blended, all chosen inside training folds; mean over folds"
    )
    for name, (metric, bar, sign) in _METRICS.items():
        values = {label: _mean(metric, y, chances, splits) for label, chances in told.items()}
        beside = ", ".join(f"{label} {value:.4f}" for label, value in values.items() if label != "ours")
        spread = _interval(metric, y, told["ours"], splits)
        yield Row(
            f"intent/online_shoppers/{name}", round(values["ours"], 4), "", f"{what}; beside {beside}",
            interval=spread, seconds=seconds,
            bar=f"{'>=' if sign > 0 else '<='} {bar}", met=sign * (values["ours"] - bar) >= 0,
        )  # fmt: skip
        values = {label: _mean(metric, y, chances, splits) for label, chances in bare.items()}
        yield Row(
            f"intent/online_shoppers/without_page_values/{name}", round(values["ours"], 4), "",
            f"{what}; PageValues left out: it is worked out from orders; beside lightgbm_default "
            f"{values['lightgbm_default']:.4f}", interval=_interval(metric, y, bare["ours"], splits),
            seconds=seconds, bar="no bar",
        )  # fmt: skip


def _crossed(answer: Callable[[Any, Any, Any], Any], frame: pd.DataFrame, y: Any, splits: Any) -> list[Any]:
    """Return the chances of every test fold; columns are encoded as the training fold knows them."""
    out = []
    for train, test in splits:
        encoder = Encoder.fit(frame.iloc[train], max_codes=20)
        out.append(answer(encoder.transform(frame.iloc[train]), y[train], encoder.transform(frame.iloc[test])))
    return out


def _mean(metric: Callable[[Any, Any], float], y: Any, chances: list[Any], splits: Any) -> float:
    return float(np.mean([metric(y[test], told) for (_, test), told in zip(splits, chances, strict=True)]))


def _interval(metric: Callable[[Any, Any], float], y: Any, chances: list[Any], splits: Any) -> tuple[float, float]:
    """Return the interval of a mean over folds: visits are drawn again, with what each repeat said of them."""
    by_repeat = np.empty((_REPEATS, len(y)))
    fold = np.empty((_REPEATS, len(y)), dtype=np.int64)
    for number, ((_, test), told) in enumerate(zip(splits, chances, strict=True)):
        by_repeat[number // _FOLDS, test], fold[number // _FOLDS, test] = told, number % _FOLDS

    def figure(rows: Any) -> float:
        found = [
            metric(y[rows][fold[repeat, rows] == each], by_repeat[repeat, rows][fold[repeat, rows] == each])
            for repeat in range(_REPEATS)
            for each in range(_FOLDS)
        ]
        return float(np.mean(found))

    found = metrics.bootstrap(figure, np.arange(len(y)), draws=_DRAWS)
    return round(found.low, 4), round(found.high, 4)


def _unfolding_rows() -> Iterator[Row]:
    started = time.perf_counter()
    tables, truth = planted_visits(_CUSTOMERS, seed=_WORLD_SEED)
    with Shop.from_tables(tables) as shop:
        known, later = read_visits(shop, _CUT), read_visits(shop, _END)
    if known is None or later is None:
        raise RuntimeError("the world has no events")
    model = fit_intent(known, past_of(known), steps=_STEPS)
    past, sessions = past_of(later), later.session.to_numpy(zero_copy_only=False)
    for step in _STEPS:
        test = np.flatnonzero(later.begun >= moment_us(_CUT))
        seen = prefixes_after(later, past, model.places, step, only=test)
        told = truth.chances(step)
        perfect = pd.Series(told["chance"].to_numpy(), index=told["session_id"].to_pylist())
        true = perfect.loc[sessions[seen.visit]].to_numpy()
        ours = model.answer(seen)
        best = metrics.auc(seen.buys, true)
        found = metrics.bootstrap(_attained, seen.buys, ours, true, groups=owners(later, seen.visit), draws=_DRAWS)
        yield Row(
            f"intent/simulated/unfolding/{step}", round(found.value, 4), "share",
            f"planted visits, {_CUSTOMERS} customers, seed {_WORLD_SEED}; learnt from visits before {_CUT:%Y-%m-%d} "
            f"({model.rows[step]}), judged on the {len(seen)} later ones with {step} events; AUROC "
            f"{metrics.auc(seen.buys, ours):.4f} of {best:.4f} attained by the true process; ECE "
            f"{metrics.calibration_error(seen.buys, ours):.4f}",
            interval=(round(found.low, 4), round(found.high, 4)),
            seconds=round(time.perf_counter() - started, 1), bar=f">= {_SHARE}", met=found.value >= _SHARE,
        )  # fmt: skip


def _attained(y: Any, ours: Any, true: Any) -> float:
    return (metrics.auc(y, ours) - 0.5) / (metrics.auc(y, true) - 0.5)
