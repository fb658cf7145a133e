"""Segments: what they tell about later spend, how stable and simple they are, negative controls, early guesses."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from sklearn.tree import DecisionTreeClassifier

from bench import segment_language
from bench.row import Row
from bench.shops import online_retail
from habitue.data.shop import Shop
from habitue.data.simulate.planted import planted_segments
from habitue.evaluate import segbench
from habitue.evaluate.segment_baselines import SIMPLE
from habitue.features.testing import truncation_differences
from habitue.models.metrics import r2
from habitue.models.metrics.segments import adjusted_rand, cross_fitted, fidelity, segment_jaccard, smallest_share
from habitue.signals.segment import outcome
from habitue.signals.segment.choosing import define
from habitue.signals.segment.early import EARLY_FEATURES, EarlyGuess
from habitue.signals.segment.language import from_json, members
from habitue.signals.segment.past import Customers, Lesson, customers_at, lesson, window_days
from habitue.signals.segment.rules import rule_tree

_CDNOW = dt.datetime(1997, 10, 1)  # all of 1997-09-30 is known
_CDNOW_DAYS = 39 * 7
_ONLINE = (dt.datetime(2011, 6, 15), dt.datetime(2011, 8, 1), dt.datetime(2011, 9, 9))
_DAYS = 90
_EARLY_AT = dt.datetime(1997, 6, 26)  # the last who joined have been customers for 90 days
_DRAWS = 12  # of customers, for the stability of definitions
_LATER = dt.timedelta(days=30)
_PLANTED_SEEDS = (101, 102, 103)
_PLANTED_AT = dt.datetime(2024, 12, 31)
_FIGURES = ("r2_log_spend", "auc")
_SIZES = (4, 8, 12)
_SHORT = {"r2_log_spend": "r2", "auc": "auc"}


@dataclass(frozen=True)
class _Seen:
    """Our segments of one shop at one moment, and the scores of all."""

    shop: Shop
    at: dt.datetime
    days: int
    ours: outcome.LearntSegments
    customers: Customers
    scores: dict[str, dict[str, Any]]
    sized: dict[tuple[str, int], dict[str, Any]]


def run(data: Path) -> Iterator[Row]:
    """Score CDNOW and Online Retail, then the controls and the early guess; before them the segment language."""
    yield from segment_language.rows(data)
    with Shop.from_tables({"order_lines": read_cdnow(data)}) as shop:
        seen = [_look(shop, _CDNOW, _CDNOW_DAYS)]
        bars = {"r2": (0.287, "≥ .287 (stretch .295)"), "auc": (0.758, "≥ .758 (stretch .767)")}
        yield from _separation("cdnow", "t = 1997-09-30, 39 weeks", seen, bars)
        yield from _equal_sizes("cdnow", seen)
        yield from _shape("cdnow", seen, 0.90, "≥ .90")
        shuffled = [_shuffled(each) for each in seen]
        early = _early(shop)
    lines = online_retail(data)
    with Shop.from_tables({"order_lines": lines}) as shop:
        seen = [_look(shop, each, _DAYS) for each in _ONLINE]
        bars = {"r2": (0.259, "≥ .259 and above named RFM (stretch .275)"), "auc": (0.736, "≥ .736 (stretch .746)")}
        yield from _separation("online_retail", "mean of 2011-06-15, 08-01, 09-09, 90 days", seen, bars)
        yield from _equal_sizes("online_retail", seen)
        yield from _shape("online_retail", seen, 0.75, "≥ .75 (stretch .90)")
        shuffled += [_shuffled(each) for each in seen]
    yield Row(
        "segments/control/shuffled_r2", round(max(shuffled), 4), "R²",
        "largest of CDNOW and three dates of Online Retail, mean of 5 shuffles: outcomes dealt out among customers",
        bar="≤ .01", met=max(shuffled) <= 0.01,
    )  # fmt: skip
    yield _leaks(lines)
    yield _planted()
    yield early


def read_cdnow(data: Path) -> pa.Table:
    """Read CDNOW as order lines; rows of 0 dollars stay what they are."""
    rows = pq.read_table(data / "cdnow" / "purchases.parquet")
    pieces = np.maximum(rows["number_of_cds"].to_numpy(), 1).astype(np.float64)
    return pa.table({
        "order_id": [str(number) for number in range(rows.num_rows)],
        "customer_id": rows["customer_id"],
        "ordered_at": rows["date"].cast(pa.timestamp("us")),
        "quantity": pieces,
        "unit_price": rows["dollar_value"].to_numpy() / pieces,
    })  # fmt: skip


def _look(shop: Shop, at: dt.datetime, days: int) -> _Seen:
    ours = outcome.learn(shop, at, horizon_days=days)
    customers = customers_at(shop, at, end=at + dt.timedelta(days=days))
    table = segbench(shop, as_of=at, horizon_days=days, at=_SIZES).to_arrow().to_pylist()
    scores = {each["segmentation"]: each for each in table if each["at"] is None}
    sized = {(each["segmentation"], each["at"]): each for each in table if each["at"] is not None}
    return _Seen(shop, at, days, ours, customers, scores, sized)


def _separation(shop: str, when: str, seen: list[_Seen], bars: dict[str, tuple[float, str]]) -> Iterator[Row]:
    for figure in _FIGURES:
        ours, named = (_mean(seen, name, figure) for name in ("habitue", "rfm_named"))
        interval = tuple(round(_mean(seen, "habitue", f"{figure}_{side}"), 4) for side in ("low", "high"))
        least, bar = bars[_SHORT[figure]]
        recipes = "; ".join(f"{e.ours.choice.recipe.method} {e.ours.definition.size}" for e in seen)
        yield Row(
            f"segments/{shop}/{_SHORT[figure]}", round(ours, 4), _SHORT[figure],
            f"{when}; segments chosen and defined from the past alone ({recipes}), cross-fitted 5 × on halves, shrunk "
            f"n/(n+20); R² of log spend, AUC of inactivity; interval: customers drawn 300 ×; baseline: named RFM",
            baseline=round(named, 4), interval=(interval[0], interval[1]), bar=bar,
            met=ours >= least and (figure == "auc" or ours > named),
        )  # fmt: skip
    for name in seen[0].scores:
        if name != "habitue":
            told = ", ".join(
                f"{figure} {_mean(seen, name, figure):.4f}"
                for figure in ("auc", "r2_spend", "top_share")
                if all(each.scores[name].get(figure) is not None for each in seen)
            )
            kinds = [each.scores[name]["segments"] for each in seen]
            yield Row(
                f"segments/{shop}/baseline/{name}", round(_mean(seen, name, "r2_log_spend"), 4), "R²",
                f"{when}; segments {', '.join(map(str, kinds))}; {told}",
            )  # fmt: skip


def _equal_sizes(shop: str, seen: list[_Seen]) -> Iterator[Row]:
    """Ours and the others at the same number of segments, against the RFM score cut into as many parts and k-means."""
    for size in _SIZES:
        told = {
            name: [
                float(np.mean([each.sized[name, size][figure] for each in seen])) for figure in ("r2_log_spend", "auc")
            ]
            for name in dict.fromkeys(name for name, _ in seen[0].sized)
        }
        parts = [each.sized["habitue", size]["headroom"] for each in seen]
        gained = ", ".join("no room" if each is None else f"{each:.2f}" for each in parts)
        others = ", ".join(f"{name} {r2_:.4f} / {auc_:.4f}" for name, (r2_, auc_) in told.items())
        yield Row(
            f"segments/{shop}/at_{size}", round(told["habitue"][0], 4), "R²",
            f"at most {size} segments each, R² / AUC: {others}; headroom {gained}: of the way from the better "
            f"of the RFM score in {size} equal parts and k-means to the ceiling",
            baseline=round(max(told[name][0] for name in SIMPLE), 4),
        )  # fmt: skip


def _mean(seen: list[_Seen], name: str, figure: str) -> float:
    return float(np.mean([each.scores[name][figure] for each in seen]))


def _shape(shop: str, seen: list[_Seen], least: float, bar: str) -> Iterator[Row]:
    """Stability, fidelity and coverage of definitions; the recipe stays as it was chosen."""
    drawn, later, jaccard = zip(*(_stability(each) for each in seen), strict=True)
    value = min(float(np.mean(drawn)), float(np.mean(later)))
    yield Row(
        f"segments/{shop}/ari", round(value, 4), "ARI",
        f"the lower of: customers drawn {_DRAWS} × with all their past, definition learnt anew ({np.mean(drawn):.3f}); "
        f"learnt anew 30 days later ({np.mean(later):.3f}); both assign the customers of t; smallest mean Jaccard of a "
        f"segment {min(jaccard):.2f}",
        bar=bar, met=value >= least,
    )  # fmt: skip
    kept = [_kept(each) for each in seen]
    yield Row(
        f"segments/{shop}/ari_kept", round(float(np.mean([same for same, _ in kept])), 4), "ARI",
        f"as a shop sees it: 30 days later the way and the definition are chosen anew, and the published one stays "
        f"unless the new one does better by a standard error on the newest window; it stayed "
        f"{sum(stayed for _, stayed in kept)} of {len(kept)} times",
    )  # fmt: skip
    held_out = float(np.mean([_held_out_fidelity(each) for each in seen]))
    yield Row(
        f"segments/{shop}/fidelity", round(held_out, 4), "share",
        "defined on one half of the customers; the published rules of at most four conditions, read back from JSON and "
        "run as SQL on the other half, put them where the definition does; see also fidelity_of_a_tree",
        bar="≥ .95", met=held_out >= 0.95,
    )  # fmt: skip
    told_again = float(np.mean([_tree_fidelity(each) for each in seen]))
    yield Row(
        f"segments/{shop}/fidelity_of_a_tree", round(told_again, 4), "share",
        "the measure for segments without rules: a tree of depth 4 on the features of the rules, at least 50 customers "
        "a leaf, learnt from the membership of one half of the customers, on the other half; both ways",
    )  # fmt: skip
    covered, same = zip(*(_covered(each) for each in seen), strict=True)
    small = min(smallest_share(each.ours.definition.assign(each.customers.x)) for each in seen)
    yield Row(
        f"segments/{shop}/coverage", float(np.mean(covered)), "share",
        f"customers in exactly one of the rules, each run as SQL by the segment language; {np.mean(same):.4f} are in "
        f"the segment that was published for them; smallest segment {small:.3f}; at most "
        f"{max(len(rule.conditions) for each in seen for rule in each.ours.definition.rules)} conditions",
        bar="= 1", met=float(np.mean(covered)) == 1.0,
    )  # fmt: skip


def _stability(seen: _Seen) -> tuple[float, float, float]:
    recipe = seen.ours.choice.recipe
    days = window_days(seen.shop, seen.at, seen.days)
    learnt = lesson(seen.shop, seen.at, days, reach=seen.days / days)
    true = seen.ours.definition.assign(seen.customers.x)
    rng = np.random.default_rng(0)
    redone = [define(recipe, learnt.redrawn(rng)).assign(seen.customers.x) for _ in range(_DRAWS)]
    jaccard = np.mean([segment_jaccard(true, each) for each in redone], axis=0).min()
    after = outcome.learn(seen.shop, seen.at + _LATER, horizon_days=seen.days, recipe=recipe)
    refit = adjusted_rand(true, after.definition.assign(seen.customers.x))
    return float(np.mean([adjusted_rand(true, each) for each in redone])), refit, float(jaccard)


def _kept(seen: _Seen) -> tuple[float, bool]:
    before = seen.ours.definition
    after = outcome.learn(seen.shop, seen.at + _LATER, horizon_days=seen.days, previous=before)
    return adjusted_rand(before.assign(seen.customers.x), after.definition.assign(seen.customers.x)), after.kept


def _held_out_fidelity(seen: _Seen) -> float:
    days = window_days(seen.shop, seen.at, seen.days)
    learnt = lesson(seen.shop, seen.at, days, reach=seen.days / days)
    kept = set(np.random.default_rng(0).permutation(learnt.now.ids)[: learnt.now.ids.size // 2])
    definition = define(seen.ours.choice.recipe, _only(learnt, kept))
    other = np.array([each not in kept for each in seen.customers.ids])
    true = definition.assign(seen.customers.x)
    said = np.full(true.size, -1)
    for place, row in enumerate(outcome.rules_table(definition).to_pylist()):
        inside = seen.shop.engine.to_arrow(members(from_json(json.loads(row["rule"])), seen.shop.at(seen.at)))
        said[np.isin(seen.customers.ids, np.array(inside["customer_id"].to_pylist(), dtype=object))] = place
    return fidelity(said[other], true[other])


def _only(learnt: Lesson, kept: set[str]) -> Lesson:
    def some(each: Customers) -> Customers:
        rows = np.array([who in kept for who in each.ids])
        return Customers(each.at, each.ids[rows], each.x[rows], each.spend[rows], each.orders[rows])

    return replace(learnt, now=some(learnt.now), earlier=tuple(some(each) for each in learnt.earlier))


def _tree_fidelity(seen: _Seen) -> float:
    true = seen.ours.definition.assign(seen.customers.x)
    spoken = {each.name for rule in seen.ours.definition.rules for each in rule.conditions}
    x = seen.customers.x[:, [place for place, name in enumerate(seen.ours.definition.names) if name in spoken]]
    half = np.random.default_rng(0).permutation(true.size) < true.size // 2
    found = []
    for learn, score in ((half, ~half), (~half, half)):
        tree = DecisionTreeClassifier(max_depth=4, min_samples_leaf=50, random_state=0).fit(x[learn], true[learn])
        found.append(fidelity(tree.predict(x[score]), true[score]))
    return float(np.mean(found))


def _covered(seen: _Seen) -> tuple[float, float]:
    ids = seen.customers.ids
    true = seen.ours.definition.assign(seen.customers.x)
    held = np.zeros((seen.ours.definition.size, ids.size), dtype=bool)
    for place, rule in enumerate(seen.ours.definition.rules):
        found = seen.shop.engine.to_arrow(members(rule_tree(rule), seen.shop.at(seen.at)))
        held[place] = np.isin(ids, np.array(found["customer_id"].to_pylist(), dtype=object))
    return float((held.sum(axis=0) == 1).mean()), float(held[true, np.arange(ids.size)].mean())


def _shuffled(seen: _Seen) -> float:
    rng = np.random.default_rng(0)
    true, money = seen.ours.definition.assign(seen.customers.x), np.log1p(seen.customers.spend)
    found = []
    for _ in range(5):
        dealt = rng.permutation(money)
        found += [r2(dealt, each) for each in cross_fitted(true, dealt, repeats=2)]
    return abs(float(np.mean(found)))


def _leaks(lines: pa.Table) -> Row:
    """Find out segmentations that look ahead, and none in ours."""

    def ours(shop: Shop, at: dt.datetime) -> Any:
        return outcome.assign(shop, at, outcome.learn(shop, at).definition)

    def leaking(shop: Shop, at: dt.datetime) -> Any:
        ahead = outcome.assign(shop, at + dt.timedelta(days=1), outcome.learn(shop, at).definition).to_pylist()
        known = set(customers_at(shop, at).ids)
        return pa.Table.from_pylist([each | {"as_of": at} for each in ahead if each["customer_id"] in known])

    def learning(shop: Shop, at: dt.datetime) -> Any:
        return outcome.assign(shop, at, outcome.learn(shop, at + dt.timedelta(days=60)).definition)

    tables = {"order_lines": lines}
    caught = [bool(truncation_differences(tables, _ONLINE[0], answer)) for answer in (leaking, learning)]
    clean = [not truncation_differences(tables, each, ours) for each in _ONLINE]
    value = float(np.mean(caught)) if all(clean) else 0.0
    return Row(
        "segments/control/leaks_caught", value, "share",
        f"Online Retail: members as of a day later, and a definition learnt 60 days later, both asked as of t, found "
        f"by the truncation kit ({caught}); ours at three dates is the same from tables cut at t ({clean})",
        bar="= 1", met=value == 1.0,
    )  # fmt: skip


def _planted() -> Row:
    shares, told = [], []
    for seed in _PLANTED_SEEDS:
        tables, truth = planted_segments(4_000, seed)
        with Shop.from_tables(tables) as shop:
            found = outcome.learn(shop, _PLANTED_AT)
            ours = outcome.assign(shop, _PLANTED_AT, found.definition)
        kinds = dict(zip(truth.customers["customer_id"].to_pylist(), truth.customers["kind"].to_pylist(), strict=True))
        true = [kinds[each] for each in ours["customer_id"].to_pylist()]
        posterior = truth.posterior(_PLANTED_AT)
        best = np.column_stack([posterior[each.code].to_numpy() for each in truth.kinds]).argmax(axis=1)
        bayes = adjusted_rand(best, [kinds[each] for each in posterior["customer_id"].to_pylist()])
        mine = adjusted_rand(ours["segment"].to_pylist(), true)
        shares.append(mine / bayes)
        told.append(f"{seed}: {mine:.3f} of {bayes:.3f} with {found.definition.size} segments")
    return Row(
        "segments/control/planted_ari_share", round(float(np.mean(shares)), 4), "share",
        f"six planted kinds, 4,000 customers: ARI of ours with the kinds over that of Bayes' rule with the true "
        f"process; {'; '.join(told)}", bar="≥ .90", met=float(np.mean(shares)) >= 0.90,
    )  # fmt: skip


def _early(shop: Shop) -> Row:
    """Guess on the day of the first order, compare with the segment 90 days later."""
    in_force = outcome.learn(shop, _EARLY_AT).definition
    first, later = [], []
    day = shop.first_order_at + dt.timedelta(days=1)
    while day < dt.datetime(1997, 3, 27):
        start = customers_at(shop, day, names=("tenure_days", *EARLY_FEATURES))
        new = start.x[:, 0] <= 1
        after = customers_at(shop, day + dt.timedelta(days=90))
        place = np.searchsorted(after.ids, start.ids[new])
        first.append(start.x[new][:, 1:])
        later.append(in_force.assign(after.x[place]))
        day += dt.timedelta(days=3)
    x, segment = np.concatenate(first), np.concatenate(later)
    half = np.random.default_rng(0).permutation(segment.size) < segment.size // 2
    agree, common = [], []
    for learn, score in ((half, ~half), (~half, half)):
        guess = EarlyGuess.fit(x[learn], segment[learn]).guess(x[score])[0]
        agree.append((guess == segment[score]).mean())
        common.append((np.bincount(segment[learn]).argmax() == segment[score]).mean())
    value, base = float(np.mean(agree)), float(np.mean(common))
    return Row(
        "segments/early/agreement", round(value, 4), "share",
        f"CDNOW: {segment.size} customers of every third day, guessed at the end of the day of their first order from "
        f"value and pieces, against the segment 90 days later (definition as of {_EARLY_AT:%Y-%m-%d}); learnt on "
        "one half of the customers, judged on the other, both ways; baseline: the commonest later segment",
        baseline=round(base, 4), bar="above the baseline", met=value > base,
    )  # fmt: skip
