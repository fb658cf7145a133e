"""What one frozen vector a customer adds to the whole catalogue of features, for six probes on Online Retail."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bench.row import Row
from bench.shops import online_retail
from bench.vectors_probes import JOINS, LEARNERS, Probe, compared, inputs_of, joined, out_of_fold
from habitue.data.shop import Shop
from habitue.features import available, fetch
from habitue.features.categories import categories
from habitue.models.sequence import Events, SequenceModel, Settings
from habitue.models.tabular import Encoder
from habitue.tasks.recommending import ShopHistories, read_histories

_AS_OF = dt.datetime(2011, 8, 1)
_EARLIER = dt.datetime(2011, 4, 1)  # its outcomes end before 2011-07-01
_HORIZON = 90
_REPEATS = 3
_NEAR = Settings(epochs=8)
#: What lies far ahead counts most; the vector is of the customer more than of the newest basket.
_FAR = Settings(epochs=8, length=100, ahead=48, ahead_share=0.9, ahead_places=20.0, dropout=0.3)
_SETTINGS = {"near": _NEAR, "far": _FAR}
_UNSEEN = ("returns", "basket_size", "new_products")


@dataclass(frozen=True, eq=False)
class _Moment:
    """Customers at a moment: features, what the behaviour model reads, and the probes of the days after."""

    read: ShopHistories
    events: Events
    features: Any
    names: int
    probes: tuple[Probe, ...]

    def vectors(self, settings: Settings) -> Any:
        """Pre-train on what was known, or only draw the weights, and return one vector a customer."""
        return SequenceModel(settings).fit(self.events, self.read.items).encode(self.events)


@dataclass(frozen=True)
class _Choice:
    """What the earlier moment chose: the model's settings; by probe, the learner and how a vector joins."""

    settings: str
    learner: dict[str, str]
    join: dict[str, str]
    random_join: dict[str, str]


def run(data: Path) -> Iterator[Row]:
    """Choose at the earlier moment, then print the probes and how many the vector helped."""
    started = time.perf_counter()
    with Shop.from_tables({"order_lines": online_retail(data)}) as shop:
        choice = _chosen(_moment(shop, _EARLIER))
        moment = _moment(shop, _AS_OF)
    settings = _SETTINGS[choice.settings]
    learnt, drawn = moment.vectors(settings), moment.vectors(replace(settings, trained=False, warm=False))
    above, below = [], []
    seconds = round(time.perf_counter() - started, 1)
    for probe in moment.probes:
        rows, gain = _rows(moment, probe, choice, (learnt, drawn))
        above += [probe.name] if gain.low > 0 else []
        below += [probe.name] if gain.high < 0 else []
        yield from (replace(row, seconds=seconds) for row in rows)
    what = f"probes of {len(moment.probes)} where the 95 % interval of joined - engineered lies "
    yield Row(
        "vector/summary/above", len(above), "probes", f"{what}above 0: {', '.join(above) or 'none'}", baseline=0,
        bar="1 or more (stretch 3)", met=len(above) >= 1,
    )  # fmt: skip
    yield Row(
        "vector/summary/below", len(below), "probes", f"{what}below 0: {', '.join(below) or 'none'}", baseline=0,
        bar="none", met=not below,
    )  # fmt: skip


def _rows(moment: _Moment, probe: Probe, choice: _Choice, vectors: tuple[Any, Any]) -> tuple[list[Row], Any]:
    """Judge one probe: features, features and either vector, either vector alone."""
    learner, join, other = choice.learner[probe.name], choice.join[probe.name], choice.random_join[probe.name]
    plain = moment.features[probe.rows]

    def told(given: Any) -> Any:
        return out_of_fold(probe, given, learner, _REPEATS)

    base = told(lambda _: plain)
    both, random_both = (
        told(joined(probe, moment.features, vectors[0], join)),
        told(joined(probe, moment.features, vectors[1], other)),
    )
    alone, random_alone = (told(joined(probe, None, each, "main 32")) for each in vectors)
    what = (
        f"vector frozen at {_AS_OF:%Y-%m-%d}, the {_HORIZON} days from then on, {len(probe.rows)} customers, "
        f"{probe.figure}; {'unseen in pre-training' if probe.name in _UNSEEN else 'near what pre-training foretells'}; "
        f"{learner}, 5 folds, {_REPEATS} times; {moment.names} features; settings {choice.settings!r}, learner and "
        f"join chosen at {_EARLIER:%Y-%m-%d}"
    )
    gain = compared(probe, both, base)
    figure = round(probe.value(base), 4)
    name = f"vector/{probe.name}"

    def row(kind: str, answer: Any, against: Any, told_of: str) -> Row:
        found = compared(probe, answer, against)
        return Row(
            f"{name}/{kind}", round(probe.value(answer), 4), probe.figure, f"{what}; {told_of}; paired interval",
            baseline=round(probe.value(against), 4), interval=(round(found.low, 4), round(found.high, 4)),
        )  # fmt: skip

    rows = [
        Row(name + "/engineered", figure, probe.figure, f"{what}; baseline"),
        replace(
            row("joined", both, base, f"joined as {join}, against engineered, {gain.value:+.4f}"),
            bar="not below engineered beyond noise",
            met=gain.high >= 0,
        ),
        row("random_encoder", random_both, base, f"features and the untrained encoder's vector as {other}"),
        row("vector_alone", alone, random_alone, "against the untrained encoder's vector alone"),
    ]
    return rows, gain


def _chosen(moment: _Moment) -> _Choice:
    """Choose on the earlier moment: the learner by the features alone, settings and join by what they add to it."""
    learner, figure = {}, {}
    for probe in moment.probes:
        plain = moment.features[probe.rows]
        found = {
            each: probe.value(out_of_fold(probe, lambda _, x=plain: x, each, 1))
            for each in (LEARNERS if probe.label.ndim == 1 else LEARNERS[:1])
        }
        learner[probe.name] = max(found, key=lambda each: found[each])
        figure[probe.name] = found[learner[probe.name]]
    gains = {name: _gains(moment, moment.vectors(each), learner, figure) for name, each in _SETTINGS.items()}

    def best(of: dict[str, dict[str, float]]) -> dict[str, str]:
        return {probe: max(of[probe], key=lambda each: of[probe][each]) for probe in of}

    settings = max(gains, key=lambda each: np.mean([max(of.values()) for of in gains[each].values()]))
    drawn = moment.vectors(replace(_SETTINGS[settings], trained=False, warm=False))
    return _Choice(settings, learner, best(gains[settings]), best(_gains(moment, drawn, learner, figure)))


def _gains(moment: _Moment, vectors: Any, learner: dict[str, str], figure: dict[str, float]) -> Any:
    """Return by probe and join how much a vector adds."""
    return {
        probe.name: {
            join: probe.value(out_of_fold(probe, joined(probe, moment.features, vectors, join), learner[probe.name], 1))
            - figure[probe.name]
            for join in JOINS
        }
        for probe in moment.probes
    }


def _moment(shop: Shop, as_of: dt.datetime) -> _Moment:
    read = read_histories(shop, as_of, actions={})
    names = available(shop.at(as_of))
    table = fetch(shop, as_of, names).to_pandas().set_index("customer_id").reindex(list(read.customers))
    frame = table.reset_index(drop=True)
    for name in frame.select_dtypes("datetime"):
        frame[name] = (pd.Timestamp(as_of) - frame[name]) / pd.Timedelta(days=1)
    features = inputs_of(Encoder.fit(frame).transform(frame))
    return _Moment(read, _events(shop, read), features, len(names), _probes(shop, read))


def _events(shop: Shop, read: ShopHistories) -> Events:
    """Purchases with the money of each."""
    lines = shop.at(read.as_of).purchases
    spent = lines.group_by("customer_id", "product_id", "ordered_at").agg(spend=lines.spend.sum())
    table = shop.engine.to_arrow(spent).to_pandas()
    money = table.set_index([*(table[name].astype(str) for name in ("customer_id", "product_id")), _second(table)])
    histories = read.histories
    keys = pd.MultiIndex.from_arrays(
        [
            np.array(read.customers, object)[histories.rows],
            np.array(read.products, object)[histories.items],
            np.rint(histories.days * 86_400).astype(np.int64),
        ]
    )
    return Events(histories, amounts=money["spend"].groupby(level=[0, 1, 2]).sum().reindex(keys).to_numpy(float))


def _second(table: pd.DataFrame) -> Any:
    return table["ordered_at"].to_numpy().astype("datetime64[s]").astype(np.int64)


def _probes(shop: Shop, read: ShopHistories) -> tuple[Probe, ...]:
    """Read what happened from the moment on, and ask."""
    window = shop.between(read.as_of, read.as_of + dt.timedelta(days=_HORIZON))
    customers = pd.Index(read.customers)
    bought = window.purchases.select("customer_id", "order_id", "product_id", "ordered_at", "spend")
    lines = shop.engine.to_arrow(bought).to_pandas()
    lines["who"] = customers.get_indexer(lines["customer_id"])
    lines = lines[lines["who"] >= 0]
    everyone = np.arange(len(customers))
    spend = lines.groupby("who")["spend"].sum().reindex(everyone, fill_value=0.0).to_numpy()
    back = shop.engine.to_arrow(window.returns.select("customer_id").distinct())["customer_id"].to_pylist()
    buyers = np.flatnonzero(spend > 0)
    basket = lines.groupby(["who", "order_id"])["product_id"].nunique().groupby("who").mean()
    pairs = lines[["who", "product_id"]].drop_duplicates()
    had = pd.MultiIndex.from_arrays(
        [read.purchases.rows, np.array(read.products, object)[read.purchases.items]]
    ).unique()
    fresh = ~pd.MultiIndex.from_frame(pairs).isin(had)
    new_share = pd.Series(fresh, index=pairs["who"].to_numpy()).groupby(level=0).mean()
    return (
        Probe("buys_again", "AUC", everyone, (spend > 0).astype(float)),
        Probe("spend", "R2", everyone, np.log1p(spend)),
        Probe("next_category", "NDCG@5", buyers, _next_categories(shop, read, lines, buyers)),
        Probe("returns", "AUC", everyone, customers.isin(back).astype(float)),
        Probe("basket_size", "Spearman", buyers, np.log(basket.reindex(buyers).to_numpy(float))),
        Probe("new_products", "Spearman", buyers, new_share.reindex(buyers).to_numpy(float)),
    )


def _next_categories(shop: Shop, read: ShopHistories, lines: pd.DataFrame, buyers: Any) -> Any:
    """Which categories, as known at the moment, the first order in the window held; of shape (buyers, categories)."""
    scheme = categories(shop, read.as_of)
    window = shop.between(read.as_of, read.as_of + dt.timedelta(days=_HORIZON))
    of = scheme.of(shop, window).to_pandas().set_index("product_id")["category"]
    first = lines[lines["ordered_at"] == lines.groupby("who")["ordered_at"].transform("min")]
    held = pd.crosstab(first["who"], first["product_id"].map(of)).clip(upper=1)
    return held.reindex(index=buyers, columns=sorted(scheme.names), fill_value=0).to_numpy(float)
