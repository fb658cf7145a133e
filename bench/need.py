"""What customers need next: categories of the next order on Online Retail, its day on simulated shops."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from bench.row import Row
from bench.shops import online_retail
from habitue.data.shop import Shop
from habitue.data.simulate import simulate
from habitue.models.choice import share_loss
from habitue.models.metrics import bootstrap, ndcg_by_row
from habitue.signals.need.fitting import FittedNeed, fit
from habitue.signals.need.history import Shelf, buyers, day_of, read_history
from habitue.signals.need.pairs import Climate, Pairs, pairs_at
from habitue.signals.need.spec import NeedSpec
from habitue.signals.need.timing import fit_timing, rhythm_at, waits_at
from habitue.signals.need.training import WEIGHTS, Examples

_AS_OF = dt.datetime(2011, 9, 9)
_HORIZON = 90
_WINDOWS = range(4)  # popularity of the last 14, 30, 90 days and of ever
_PLACES = 5
_DRAWS = 1_000
_SEEDS = (101, 102, 103, 104, 105)
_WITHIN = 180


def run(data: Path) -> Iterator[Row]:
    """Print categories first, then days."""
    yield from _online_retail_rows(data)
    yield from _simulated_rows()


@dataclass(frozen=True)
class _Plain:
    """Own history smoothed with popularity; ``weight`` infinite for popularity alone."""

    window: int
    weight: float
    by_orders: bool = False

    def answer(self, climate: Climate, pairs: Pairs) -> Any:
        """Shares of categories: orders spread evenly over theirs, or the share of orders that held each."""
        popular = np.tile(climate.popularity[self.window], (len(pairs.orders), 1))
        if np.isinf(self.weight):
            return popular
        if self.by_orders:
            rates = (
                climate.rates if self.window == 2 else popular * (climate.rates.sum() / popular.sum(axis=1)[:, None])
            )
            return (pairs.times + self.weight * rates) / (pairs.orders[:, None] + self.weight)
        return (pairs.bought + self.weight * popular) / (pairs.orders[:, None] + self.weight)


def _loss(examples: Examples, shares: Any) -> Any:
    return share_loss(examples.shares, shares)


def _lists(examples: Examples, score: Any) -> Any:
    return ndcg_by_row(examples.came, score, _PLACES)


@dataclass(frozen=True)
class _Contest:
    """A figure, our answer, and the plain answers that it stands against; ``sign`` is 1 where more is better."""

    name: str
    unit: str
    sign: float
    measure: Callable[[Examples, Any], Any]
    ours: Any
    plain: Mapping[str, Sequence[_Plain]]


def _online_retail_rows(data: Path) -> Iterator[Row]:
    started = time.perf_counter()
    with Shop.from_tables({"order_lines": online_retail(data)}) as shop:
        fitted = fit(shop, _AS_OF, NeedSpec(horizon_days=_HORIZON))
        test = _test(shop, fitted)
    judged = fitted.choice.judged
    if judged is None or judged.climate.day != day_of(_AS_OF) - _HORIZON:
        raise RuntimeError("the cut-off before is not where it should be")
    popular = [_Plain(window, np.inf) for window in _WINDOWS]
    own = [_Plain(window, weight) for window, weight in product(_WINDOWS, WEIGHTS)]
    counted = [_Plain(window, weight, by_orders=True) for window, weight in product(_WINDOWS, WEIGHTS)]
    shares = fitted.choice.shares.answer(test.climate, test.pairs)
    chances = fitted.choice.chances.answer(test.climate, test.pairs)
    seconds = round(time.perf_counter() - started, 1)
    for contest in (
        _Contest("log_loss", "nats", -1.0, _loss, shares, {"popularity": popular, "own_history": own}),
        _Contest("ndcg5", "", 1.0, _lists, chances, {"popularity": popular, "own_history": [*own, *counted]}),
    ):
        for row in _against(contest, judged, test, len(fitted.shelf.names)):
            yield replace(row, seconds=seconds)


def _test(shop: Shop, fitted: FittedNeed) -> Examples:
    """Describe the customers who order again within the horizon, and read the categories of that order."""
    end = _AS_OF + dt.timedelta(days=_HORIZON)
    window = shop.between(_AS_OF, end)
    later = Shelf.of(fitted.scheme.of(shop, window), fitted.shelf.names)
    after = read_history(shop, window, fitted.customers, later).first_from(day_of(_AS_OF), day_of(end))
    before = read_history(shop, shop.at(_AS_OF), fitted.customers, fitted.shelf)
    pairs = pairs_at(before, fitted.climate, only=after.who)
    return Examples(fitted.climate, pairs, after.categories.toarray())


def _against(contest: _Contest, judged: Examples, test: Examples, categories: int) -> Iterator[Row]:
    what = (
        f"{categories} categories from titles known at {_AS_OF:%Y-%m-%d}; categories of the first order in the "
        f"{_HORIZON} days after, {len(test)} customers who came back; every choice made on outcomes known by then"
    )
    earlier = _AS_OF - dt.timedelta(days=_HORIZON)
    ours = contest.measure(test, contest.ours)
    beaten = []
    for label, candidates in contest.plain.items():
        figures = [contest.measure(judged, each.answer(judged.climate, judged.pairs)).mean() for each in candidates]
        best = candidates[int(np.argmax(contest.sign * np.array(figures)))]
        theirs = contest.measure(test, best.answer(test.climate, test.pairs))
        figure = float(theirs.mean())
        beaten.append((label, figure, bootstrap(_mean, ours - theirs, draws=_DRAWS)))
        name = f"need/online_retail/{contest.name}/{label}"
        yield Row(name, round(figure, 4), contest.unit, f"{what}; plain baseline {best}, chosen at {earlier:%Y-%m-%d}")
    told = ", ".join(f"{n} {f:.4f} (difference {g.value:+.4f}, {g.low:+.4f} to {g.high:+.4f})" for n, f, g in beaten)
    label, figure, gain = max(beaten, key=lambda each: contest.sign * each[1])
    yield Row(
        f"need/online_retail/{contest.name}",
        round(float(ours.mean()), 4),
        contest.unit,
        f"{what}; against {told}; interval: paired difference to {label} over customers, {_DRAWS} draws",
        baseline=round(figure, 4),
        interval=(round(gain.low, 4), round(gain.high, 4)),
        bar="better than both",
        met=all(contest.sign * g.value > 0 for _, _, g in beaten),
    )


def _simulated_rows() -> Iterator[Row]:
    started = time.perf_counter()
    parts = [_world(seed) for seed in _SEEDS]
    errors = {name: np.concatenate([each[name] for each in parts]) for name in parts[0]}
    ours = errors.pop("ours")
    what = (
        f"{len(_SEEDS)} simulated shops of 2,000 customers, 730 days, asked {_WITHIN} days before the end; customers "
        f"with two gaps or more who order again within {_WITHIN} days ({len(ours)})"
    )
    for name, error in errors.items():
        yield Row(
            f"need/simulated/next_order_mae/{name}", round(float(error.mean()), 3), "days", f"{what}; plain baseline"
        )
    against = {name: bootstrap(_mean, ours - error, draws=_DRAWS) for name, error in errors.items()}
    best = min(errors, key=lambda name: errors[name].mean())
    each = "; ".join(
        f"seed {s}: {p['ours'].mean():.2f} to {p['mean_gap'].mean():.2f}" for s, p in zip(_SEEDS, parts, strict=True)
    )
    yield Row(
        "need/simulated/next_order_mae", round(float(ours.mean()), 3), "days",
        f"{what}; middle day given an order within {_WITHIN} days; {each}; interval: paired difference to {best}",
        baseline=round(float(errors[best].mean()), 3),
        interval=(round(against[best].low, 3), round(against[best].high, 3)),
        seconds=round(time.perf_counter() - started, 1),
        bar="better than the customer's mean gap",
        met=all(gain.value < 0 for gain in against.values()),
    )  # fmt: skip


def _world(seed: int) -> dict[str, Any]:
    """Absolute errors in days of one shop."""
    with Shop.from_tables(simulate(customers=2_000, days=730, seed=seed, tables={"order_lines"}).tables) as shop:
        end = shop.latest_as_of
        as_of = end - dt.timedelta(days=_WITHIN)
        names = buyers(shop, end)
        everything = _one_shelf(shop, end)
        history = read_history(shop, shop.at(end), names, everything)
        known = read_history(shop, shop.at(as_of), names, everything)
    day = day_of(as_of)
    timing = fit_timing(known, day, _WITHIN)
    rhythm = rhythm_at(known, day, timing.prior)
    wait, came = waits_at(history, rhythm, day, day + _WITHIN)
    rows = (came > 0) & (rhythm.gaps >= 2)
    recency = rhythm.x[:, 0]
    guesses = {
        "ours": timing.days(rhythm, _WITHIN)[0],
        "mean_gap": np.clip(rhythm.mean_gap_days - recency, 0.0, _WITHIN),
        "mean_gap_from_now": np.minimum(rhythm.mean_gap_days, _WITHIN),
    }
    return {name: np.abs(guess - wait)[rows] for name, guess in guesses.items()}


def _one_shelf(shop: Shop, as_of: dt.datetime) -> Shelf:
    lines = shop.at(as_of).purchases
    products = sorted(shop.engine.to_arrow(lines.select("product_id").distinct())["product_id"].drop_null().to_pylist())
    return Shelf(tuple(products), np.zeros(len(products), dtype=np.int64), ("all",))


def _mean(values: Any) -> float:
    return float(np.nanmean(values))
