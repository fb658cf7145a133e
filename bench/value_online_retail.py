"""Spend of the next 90 days on Online Retail: the forecast against past spend and Pareto/NBD × Gamma-Gamma."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from bench.row import Row
from bench.shops import online_retail
from habitue.data.shop import Shop
from habitue.models.btyd import GammaGamma, ParetoNBD
from habitue.models.metrics import mae, paired_bootstrap, rmse, spearman, top_share, total_bias
from habitue.signals.value.scoring import forecast
from habitue.signals.value.spec import question
from habitue.signals.value.training import fit_value
from habitue.tasks import asked

__all__ = ["forecasts", "run"]

_AS_OF = dt.datetime(2011, 9, 9)
_HORIZON = 90
_METRICS: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {"spearman": spearman, "top10_share": top_share}
_BARS = {"spearman": "above both", "top10_share": "not significantly below either"}


def run(data: Path) -> Iterator[Row]:
    """Print the forecast, its plain rivals and its own two members."""
    started = time.perf_counter()
    truth, scores, held, described = forecasts(data)
    seconds = round(time.perf_counter() - started, 1)
    rivals = ("past spend", "Pareto/NBD × Gamma-Gamma")
    for name, metric in _METRICS.items():
        found = {kind: metric(truth, score) for kind, score in scores.items()}
        differences = {each: paired_bootstrap(metric, truth, scores["forecast"], scores[each]) for each in rivals}
        hardest = max(rivals, key=lambda each: found[each])
        if name == "spearman":
            met = all(found["forecast"] > found[each] for each in rivals)
        else:
            met = not any(each.below(0.0) for each in differences.values())
        said = "; ".join(
            f"{kind} {found[kind]:.4f}, difference [{each.low:+.4f}, {each.high:+.4f}]"
            for kind, each in differences.items()
        )
        yield Row(
            f"value/online_retail/{name}",
            round(found["forecast"], 4),
            "rank correlation" if name == "spearman" else "share of spend",
            f"spend of 90 days from 2011-09-09, {len(truth):,} customers, {described}; baselines: {said}; interval: "
            f"paired difference to {hardest}, bootstrap over customers",
            baseline=round(found[hardest], 4),
            interval=(round(differences[hardest].low, 4), round(differences[hardest].high, 4)),
            seconds=seconds,
            bar=_BARS[name],
            met=bool(met),
        )
        for kind, score in scores.items():
            if kind != "forecast":
                said = f"for comparison; {_errors(truth, score)}"
                yield Row(f"value/online_retail/{name}/{kind}", round(found[kind], 4), "", said)
    yield Row(
        "value/online_retail/interval_cover",
        round(held, 4),
        "share",
        f"of customers whose spend lay in their 80 % interval; the shop's busiest season follows, unseen in its nine "
        f"months of records; forecast: {_errors(truth, scores['forecast'])}",
    )


def _errors(truth: np.ndarray, score: np.ndarray) -> str:
    return f"MAE {mae(truth, score):.0f}, RMSE {rmse(truth, score):.0f}, bias {total_bias(truth, score):+.2f}"


def forecasts(data: Path) -> tuple[np.ndarray, dict[str, np.ndarray], float, str]:
    """Return actual spend, the scores to compare, the cover of the intervals, and what the forecast is made of."""
    with Shop.from_tables({"order_lines": online_retail(data)}) as shop:
        fitted = fit_value(shop, _AS_OF, _HORIZON)
        told = forecast(shop, _AS_OF, fitted)
        repeat = told.repeat
        scored = asked(shop, question(_HORIZON, known=repeat), _AS_OF)
        came = shop.between(_AS_OF, _AS_OF + dt.timedelta(days=_HORIZON)).purchases
        spend = shop.engine.to_arrow(came.group_by("customer_id").agg(spend=came.spend.sum())).to_pandas()
    customers = scored["customer_id"]
    truth = spend.set_index("customer_id")["spend"].reindex(customers).fillna(0.0).to_numpy(dtype=np.float64)
    place = np.searchsorted(repeat.customers, customers.to_numpy(dtype=object))
    history = repeat.history
    again = (history.frequency > 0) & (history.mean_spend > 0)
    rhythm = ParetoNBD.fit(*history.columns)
    size = GammaGamma.fit(history.frequency[again], history.mean_spend[again])
    printed = rhythm.expected_orders(_HORIZON, *history.columns) * size.expected_value(
        history.frequency, history.mean_spend
    )
    expected = told.spend
    scores = {
        "forecast": expected,
        "past spend": scored["spend"].to_numpy(dtype=np.float64),
        "Pareto/NBD × Gamma-Gamma": printed[place],
        "learnt member alone": fitted.learnt.score_frame(scored),
        "buy-till-you-die member alone": repeat.expected_spend[place],
    }
    held = float("nan") if fitted.bands is None else fitted.bands.held(expected, truth)
    described = (
        f"{fitted.weight:.0%} {fitted.learnt.card.model} and {1 - fitted.weight:.0%} "
        f"{repeat.model.kind if repeat.model else 'none'}, weighed on the cut-offs up to {fitted.judged_at:%Y-%m-%d}"
    )
    return truth, scores, held, described
