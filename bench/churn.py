"""Churn: ranking and honesty on a real shop, profit of rescues on simulated shops whose truth is known."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bench import churn_world as world
from bench.row import Row
from bench.shops import online_retail
from habitue.data.shop import Shop
from habitue.data.simulate import SimulatedShop
from habitue.models import metrics
from habitue.signals.churn.order_value import order_values
from habitue.signals.churn.rescue import learn_response, plan_rescue
from habitue.signals.churn.scoring import look_ahead
from habitue.signals.churn.training import fit_churn
from habitue.signals.churn.trials import coupon_habits
from habitue.tasks import asked, collect

_ASKED = datetime(2011, 9, 9)
_HORIZON = 90
_LAST_CUTOFF = datetime(2011, 6, 1)  # its outcome was complete by 30 August
_STEP = timedelta(days=30)
_FIRST = datetime(2010, 12, 31)
_SEED = 20_240_601
_RFM = ("recency_days", "orders", "spend")


def run(data: Path) -> Iterator[Row]:
    """Rank customers of Online Retail by who stays away, then make offers in the simulated shops."""
    yield from _online_retail_rows(data)
    yield from _profit_rows()


def _online_retail_rows(data: Path) -> Iterator[Row]:
    started = time.perf_counter()
    with Shop.from_tables({"order_lines": online_retail(data)}) as shop:
        moments = [_LAST_CUTOFF - _STEP * number for number in range(9) if _LAST_CUTOFF - _STEP * number >= _FIRST]
        fitted = fit_churn(shop, _ASKED, horizon_days=_HORIZON, moments=moments)
        seconds = round(time.perf_counter() - started, 1)
        task = fitted.task.task
        scored = asked(shop, task, _ASKED)
        told = look_ahead(fitted, scored, _ASKED).chance
        outcome = task.label(shop, _ASKED, _ASKED + timedelta(days=_HORIZON))
        label = scored[["customer_id"]].merge(outcome, on="customer_id")["label"].to_numpy(dtype=np.float64)
        past = collect(shop, task, moments)
        plain = {
            "RFM-logistic": _logistic(past, scored, _RFM),
            "recency alone": _logistic(past, scored, _RFM[:1]),
        }
    protocol = (
        f"{len(label)} customers asked on {_ASKED:%Y-%m-%d}, {_HORIZON} days, {len(moments)} cut-offs from "
        f"{min(moments):%Y-%m-%d} to {max(moments):%Y-%m-%d}, model {fitted.task.card.model} and curve of waits"
    )
    for name, metric in (("auc", metrics.auc), ("aupr", metrics.average_precision)):
        ours = metric(label, told)
        for rival, score in plain.items():
            theirs = metric(label, score)
            gap = metrics.paired_bootstrap(metric, label, told, score, draws=1_000, seed=_SEED)
            yield Row(
                f"churn/online_retail/{name}", round(ours, 4), name.upper(),
                f"{protocol}; baseline {rival}, interval of the paired difference {gap.value:+.4f}",
                baseline=round(theirs, 4), interval=(gap.low, gap.high), seconds=seconds, bar="above both",
                met=bool(ours > theirs),
            )  # fmt: skip
    excess = metrics.bootstrap(_excess, label, told, draws=200, seed=_SEED)
    value = metrics.calibration_excess(label, told)
    yield Row(
        "churn/online_retail/ece_excess", round(value, 4), "ECE",
        f"{protocol}; the very same model; told {told.mean():.3f}, came {label.mean():.3f}; level from waits seen "
        "until 2011-09-09 and the course of the year (of retail at large, moved by the shop's own weeks); "
        "baseline: the model of the question before that",
        baseline=round(metrics.calibration_excess(label, fitted.task.score_frame(scored)), 4),
        interval=(excess.low, excess.high), bar="≤ .03", met=value <= 0.03,
    )  # fmt: skip


def _excess(label: Any, told: Any) -> float:
    return metrics.calibration_excess(label, told, draws=20)


def _logistic(past: Any, scored: Any, names: tuple[str, ...]) -> Any:
    """Fit the plain model on the same cut-offs: logistic, on logarithms, without a penalty to speak of."""
    from sklearn.linear_model import LogisticRegression

    x, at = (np.log1p(frame[list(names)].to_numpy(dtype=np.float64)) for frame in (past.frame, scored))
    return LogisticRegression(C=1e6, max_iter=1_000).fit(x, past.label).predict_proba(at)[:, 1]


def _profit_rows() -> Iterator[Row]:
    started = time.perf_counter()
    shares: dict[str, list[float]] = {}
    seen: list[tuple[Any, Any]] = []
    for seed, simulated in world.shops():
        found, inputs, gain = _policies(simulated, seed)
        seen.append((inputs, gain))
        for name, share in found.items():
            shares.setdefault(name, []).append(share)
    shares["taught by the truth of the other four shops, same inputs (no shop has that)"] = _taught(seen)
    seconds = round(time.perf_counter() - started, 1)
    protocol = (
        f"{len(world.SEEDS)} simulated shops of 10,000 customers, seeds {world.SEEDS[0]}–{world.SEEDS[-1]}, offer on "
        f"{world.AS_OF:%Y-%m-%d}: (profit − better of all and none) / (oracle − the same), mean over shops"
    )
    ours = np.array(shares.pop("ours"))
    half = 2.776 * float(ours.std(ddof=1)) / np.sqrt(ours.size)  # Student's t for five shops
    yield Row(
        "churn/simulated/profit_share", round(float(ours.mean()), 3), "share",
        f"{protocol}; by shop {', '.join(f'{each:.3f}' for each in ours)}; the oracle knows rate, drop-out and "
        "response of each customer", interval=(float(ours.mean()) - half, float(ours.mean()) + half), seconds=seconds,
        bar="≥ .80", met=bool(ours.mean() >= 0.80),
    )  # fmt: skip
    for name, each in shares.items():
        yield Row(f"churn/simulated/profit_share/{name}", round(float(np.mean(each)), 3), "share", protocol)


def _taught(seen: list[tuple[Any, Any]]) -> list[float]:
    """See how far the inputs go at best: trees that are shown true gains of other shops treat where they expect one."""
    import lightgbm

    shares = []
    for out, (inputs, gain) in enumerate(seen):
        others = [each for place, each in enumerate(seen) if place != out]
        x, y = (np.concatenate([each[part] for each in others]) for part in (0, 1))
        params = {"learning_rate": 0.03, "num_leaves": 15, "verbosity": -1, "num_threads": 1, "feature_fraction": 0.5}
        trees = lightgbm.train(params, lightgbm.Dataset(x, y), 300)
        shares.append(_share(gain, trees.predict(inputs, num_threads=1) > 0))
    return shares


def _share(gain: Any, treated: Any) -> float:
    """Return the share of the oracle's gain over the better of all and none that a choice of customers brings."""
    better, oracle = max(float(gain.sum()), 0.0), float(gain.clip(min=0).sum())
    return (float(gain[treated].sum()) - better) / (oracle - better)


def _policies(simulated: SimulatedShop, seed: int) -> tuple[dict[str, float], Any, Any]:
    """Make the offer by several rules, all judged by true gains; return each customer's inputs and gain as well."""
    with Shop.from_tables(simulated.tables) as shop:
        fitted = fit_churn(shop, world.AS_OF, horizon_days=world.HORIZON_DAYS)
        scored = asked(shop, fitted.task.task, world.AS_OF)
        outlook = look_ahead(fitted, scored, world.AS_OF)
        shown = learn_response(shop, world.AS_OF, fitted.task.task)
        worth = order_values(shop, world.AS_OF, scored["customer_id"])
        curve = (outlook.days, outlook.no_order)
        rescue = plan_rescue(shop, world.AS_OF, scored, curve, shown=shown, worth=worth)
        habits = coupon_habits(shop, world.AS_OF, scored)
        inputs = pd.concat([scored, habits], axis=1).select_dtypes("number").to_numpy(dtype=np.float64)
    costs = rescue.costs
    if (costs.offer_share, costs.gross_margin, costs.contact_cost) != (
        world.OFFER_SHARE, world.GROSS_MARGIN, world.CONTACT_COST,
    ):  # fmt: skip
        raise ValueError("the shop's settings are not the costs of the world")
    truth = simulated.truth.rescue(world.AS_OF, horizon_days=world.HORIZON_DAYS).to_pandas()
    gain = truth.set_index("customer_id")["true_gain"]
    ids = scored["customer_id"].to_numpy()
    # A last order that had not yet arrived in the shop's tables: known to the truth alone, and to the oracle.
    rest = gain[~gain.index.isin(ids)].to_numpy()
    own = np.append(gain.reindex(ids).fillna(0.0).to_numpy(), rest)
    recency = scored["recency_days"].to_numpy(dtype=np.float64)
    treated = float(rescue.worth_it.mean())
    rules = {
        "ours": rescue.worth_it,
        "random, as many as ours": np.random.default_rng(seed).random(ids.size) < treated,
        "recency rule: last order 60 to 180 days ago": (recency >= 60) & (recency < 180),
        "recency rule: last order within 60 days": recency < 60,
        "most likely to leave, as many as ours": outlook.chance >= np.quantile(outlook.chance, 1 - treated),
    }
    untreated = np.zeros(rest.size, dtype=bool)
    inputs = np.vstack([inputs, np.full((rest.size, inputs.shape[1]), np.nan)])
    return {name: _share(own, np.append(flags, untreated)) for name, flags in rules.items()}, inputs, own
