"""Which way to define a shop's segments: every way is tried on the shop's own past, and the reason is told.

At an earlier moment s, definitions are learnt from what was known at s, and judged by what customers did from s to
now. What comes after now has no say.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from habitue.models.metrics import auc, r2
from habitue.models.metrics.segments import adjusted_rand, cross_fitted, smallest_share
from habitue.models.segmenting import Outlook, RuledSegments, Segmentation, fit, grow_outcome_trees, ruled
from habitue.schema import Words
from habitue.signals.segment.keeping import compared
from habitue.signals.segment.past import FEATURES, Lesson, lesson, window_days
from habitue.signals.segment.rules import STARTING

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["METHOD_NAMES", "Choice", "Recipe", "choose", "define", "kept"]

_CLOSE = 0.02  # a share of the best score that may be given up for steadier definitions
_REDRAWS = 5  # of customers, to see how steady definitions are
_ENOUGH_SEGMENTS = 8  # fewer tell less, and seem not to where the past is short; so it was on simulated shops
_REAL = 0.8  # kinds by themselves are found in every draw of customers
_DOUBT = 3.0  # standard errors by which clusters must do better than outcomes
_MONTH = timedelta(days=30)
_NEAR = 0.03  # the same, where customers fall into so many kinds by themselves
_BREAK = 3.0  # the last split explained so many times what the next one would
_LEAST_SEGMENTS = 4
_VALUE_WEIGHTS = (0.5, 1.0)
_GRIDS = {"all": (False, True), "rfm": (False, True), "points": (True,)}  # whether rules name only the roundest numbers
_RFM = ("recency_days", "purchase_days", "spend")

METHOD_NAMES = {
    "outcome_tree": Words("rules learnt from outcomes", "按后续表现学到的规则"),
    "k_means_rules": Words("k-means on recency, frequency and money, as rules", "RFM 上的 k-means（改写为规则）"),
    "gaussian_mixture_rules": Words(
        "Gaussian mixture on recency, frequency and money, as rules", "RFM 上的高斯混合（改写为规则）"
    ),
    "k_means": Words("k-means on recency, frequency and money", "RFM 上的 k-means"),
    "gaussian_mixture": Words("Gaussian mixture on recency, frequency and money", "RFM 上的高斯混合"),
    "latent_class": Words("latent classes of recency, frequency and money", "RFM 上的潜在类别"),
    "rfm_named": Words("RFM with eleven names", "十一类命名 RFM"),
    "rfm_grid": Words("RFM with 125 cells", "125 格 RFM"),
    "starting_rules": Words("starting rules", "起步规则"),
}


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way to define segments: the method, how many, how much the value of an order counts, and what rules speak of.

    ``features`` is ``all`` for those of `FEATURES`, ``rfm`` for recency, frequency and money alone, ``points`` for
    these and the points of a scorecard made of them; with ``coarse`` rules name only the roundest numbers.
    """

    method: str
    segments: int
    value_weight: float = 0.0
    features: str = "all"
    coarse: bool = False

    @property
    def has_rules(self) -> bool:
        """Whether segments come as short rules."""
        return self.method in ("outcome_tree", "k_means_rules", "gaussian_mixture_rules", "starting_rules")


@dataclass(frozen=True)
class Choice:
    """The recipe chosen, the scores of all, and why.

    ``scores`` has one row per recipe: method, segments, value_weight, features, coarse, r2_log_spend, auc,
    smallest_share, adjusted_rand (how alike definitions stay: the lower of redraws of customers and a month ago against
    now; of trees only), has_rules, chosen, judged_at, window_days.
    """

    recipe: Recipe
    scores: pa.Table
    reason: Words


_SCORES = pa.schema([
    ("method", pa.string()), ("segments", pa.int64()), ("value_weight", pa.float64()),
    ("features", pa.string()), ("coarse", pa.bool_()), ("r2_log_spend", pa.float64()),
    ("auc", pa.float64()), ("smallest_share", pa.float64()), ("adjusted_rand", pa.float64()),
    ("has_rules", pa.bool_()), ("chosen", pa.bool_()), ("judged_at", pa.timestamp("us")),
    ("window_days", pa.int64()),
])  # fmt: skip


def choose(shop: Shop, now: Lesson, *, most: int = 10, seed: int = 0) -> Choice:
    """Try every way to define segments on the shop's past and choose one.

    The best is the one whose segments tell most about what followed: the mean of the cross-fitted R² of log spend and
    of the Gini coefficient of inactivity (2 AUC - 1). Of those that come within two percent of it the steadiest is
    taken: the one that stays most alike both when customers are drawn anew and from a month ago to now (adjusted Rand
    index). These name only the roundest numbers and, where the shop has that many kinds of customers, tell eight or
    more apart. Where customers fall into kinds by themselves (the last split explains three times as much as the next
    one would, and every draw finds it), that number is taken if it costs at most three percent. Clusters told as rules
    are taken where they did better beyond doubt. All of these numbers were fixed on simulated shops and on times before
    those that the published figures are of.

    Parameters
    ----------
    shop : Shop
    now : Lesson
        What is known now; nothing that happened later is used.
    most : int
        Most segments.
    seed : int
    """
    as_of, days = now.now.at, now.days if now.earlier else 0
    judged_at = as_of - timedelta(days=days)
    then = lesson(shop, judged_at, days) if days else None
    if then is None or not then.earlier:
        simple = Recipe("outcome_tree", min(_ENOUGH_SEGMENTS, most), _VALUE_WEIGHTS[0], "rfm", coarse=True)
        recipe = simple if days else Recipe("starting_rules", 4)
        return Choice(recipe, _SCORES.empty_table(), _untried(recipe))
    outcome = lesson_outcome(shop, then, as_of)
    candidates = _candidates(then, most, seed)
    tried = [(recipe, found.assign(x)) for recipe, found, x in candidates]
    scored = [(recipe, _score(segment, outcome, seed), smallest_share(segment)) for recipe, segment in tried]
    worth = {recipe: _worth(score) for recipe, score, _ in scored if recipe.has_rules}
    natural = {recipe for recipe in _natural(candidates) if _lost(worth[recipe], max(worth.values())) <= _NEAR}
    steady = _steadiness(now, _some_time_ago(shop, now), most, seed, grids=(True, False) if natural else (True,))
    chosen = _other(_best(worth, natural, steady), then, candidates, (*outcome, as_of))
    rows = [
        (*_named(r), *score, small, steady.get(r), r.has_rules, r == chosen, judged_at, days)
        for r, score, small in scored
    ]
    columns = [pa.array(values, field.type) for values, field in zip(zip(*rows, strict=True), _SCORES, strict=True)]
    scores = pa.table(columns, schema=_SCORES)
    return Choice(chosen, scores, _reason(chosen, [(r, score) for r, score, _ in scored], judged_at, as_of))


def define(recipe: Recipe, learnt: Lesson, *, seed: int = 0) -> RuledSegments:
    """Define segments by a recipe from what is known at the lesson's moment; best outlook first."""
    if recipe.method == "starting_rules":
        return STARTING
    if recipe.method == "outcome_tree":
        grown = _grown(learnt, recipe.features, recipe.segments, (recipe.value_weight,), (recipe.coarse,))
        return _by_outlook(grown[recipe.value_weight, recipe.coarse][-1], learnt)
    x = _axes(learnt)
    found = fit(recipe.method.removesuffix("_rules"), x, _RFM, k=recipe.segments, seed=seed)
    told = ruled(x, _RFM, found.assign(x), k=recipe.segments, method=recipe.method)
    return _by_outlook(RuledSegments(told.method, FEATURES, told.rules), learnt)


def _named(recipe: Recipe) -> tuple[Any, ...]:
    return recipe.method, recipe.segments, recipe.value_weight, recipe.features, recipe.coarse


def lesson_outcome(shop: Shop, then: Lesson, end: datetime) -> tuple[Any, Any]:
    """Return what the customers of a lesson did from its moment to an end: spend and orders."""
    lines = shop.between(then.now.at, end).purchases
    made = shop.engine.to_arrow(
        lines.group_by("customer_id").agg(spend=lines.spend.sum().round(8), orders=lines.order_id.nunique())
    )
    known = {
        who: (spend, orders)
        for who, spend, orders in zip(*(made[name].to_pylist() for name in made.column_names), strict=True)
    }
    pairs = np.array([known.get(who, (0.0, 0)) for who in then.now.ids], dtype=np.float64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def _grown(
    learnt: Lesson, features: str, most: int, weights: tuple[float, ...], grids: tuple[bool, ...]
) -> dict[tuple[float, bool], list[RuledSegments]]:
    """Return the definitions of every size, by value weight and whether they name only the roundest numbers."""
    names = FEATURES if features == "all" else _RFM
    points = features == "points"
    seen = learnt.only(names)
    outlook = None if seen.past is None else Outlook.fit(seen.past)
    found = {}
    for weight, coarse in product(weights, grids):
        grown = grow_outcome_trees(
            seen.now.x, names, seen.past, k=most, value_weight=weight, coarse=coarse, points=points, outlook=outlook
        )
        found[weight, coarse] = [replace(each, names=FEATURES) for each in grown]
    return found


def _candidates(then: Lesson, most: int, seed: int) -> list[tuple[Recipe, Segmentation, Any]]:
    x, axes = then.now.x, _axes(then)
    found: list[tuple[Recipe, Segmentation, Any]] = []
    for features, grids in _GRIDS.items():
        for (weight, coarse), grown in _grown(then, features, most, _VALUE_WEIGHTS, grids).items():
            least = min(_LEAST_SEGMENTS, most, grown[-1].size)
            trees = [each for each in grown if each.size >= least]
            found += [(Recipe("outcome_tree", e.size, weight, features, coarse), e, x) for e in trees]
    size = min(8, most)
    for method in ("k_means", "gaussian_mixture", "latent_class"):
        alike = fit(method, axes, _RFM, k=size, seed=seed)
        found.append((Recipe(method, alike.size), alike, axes))
        if method != "latent_class":
            told = ruled(axes, _RFM, alike.assign(axes), k=size, method=f"{method}_rules")
            found.append((Recipe(told.method, told.size), told, axes))
    for method, cells in (("rfm_named", 11), ("rfm_grid", 125)):
        found.append((Recipe(method, cells), fit(method, axes, _RFM, k=cells), axes))
    return found


def _axes(learnt: Lesson) -> Any:
    return learnt.now.x[:, [FEATURES.index(name) for name in _RFM]]


def _score(segment: Any, outcome: tuple[Any, Any], seed: int) -> tuple[float, float]:
    money, gone = np.log1p(outcome[0]), (outcome[1] == 0).astype(np.float64)
    explained = np.mean([r2(money, told) for told in cross_fitted(segment, money, seed=seed)])
    told_apart = np.mean([auc(gone, told) for told in cross_fitted(segment, gone, seed=seed)])
    return float(explained), float(told_apart)


def _worth(score: tuple[float, float]) -> float:
    explained, told_apart = score
    worth = (explained + 2 * told_apart - 1) / 2
    return worth if np.isfinite(worth) else -1.0  # nobody ordered, or everybody did


def _natural(candidates: list[tuple[Recipe, Segmentation, Any]]) -> set[Recipe]:
    """Return the trees at whose size splitting further, at any round number, suddenly explains little more."""
    found: set[Recipe] = set()
    for kind in product(("outcome_tree",), _VALUE_WEIGHTS, ("all", "rfm"), (False,)):
        trees = [(r, d) for r, d, _ in candidates if (r.method, r.value_weight, r.features, r.coarse) == kind]
        gains = np.diff([each.explained for _, each in trees if isinstance(each, RuledSegments)])
        sudden = gains[:-1] / np.maximum(gains[1:], 1e-12)
        found |= {trees[n + 1][0] for n in np.flatnonzero(sudden >= _BREAK)}
    return found


def _some_time_ago(shop: Shop, now: Lesson) -> Lesson:
    """Return the lesson of a month ago, as it would have been read then; of what is known from now nothing twice."""
    at = now.now.at - _MONTH
    days = window_days(shop, at, round(now.days * now.reach))
    known = {each.at: each for each in now.earlier} if days == now.days else {}
    return lesson(shop, at, days, reach=now.days * now.reach / days if days else 1.0, known=known)


def _steadiness(now: Lesson, ago: Lesson, most: int, seed: int, *, grids: tuple[bool, ...]) -> dict[Recipe, float]:
    """Return how far trees learnt from customers drawn anew, and a month ago, agree with those of all and of now.

    The lower of the two; outcomes play no part.
    """
    rng = np.random.default_rng(seed)
    drawn = [now.redrawn(rng) for _ in range(_REDRAWS)]
    true, before = _places(now, most, now.now.x, grids), _places(ago, most, now.now.x, grids)
    redone = [_places(each, most, now.now.x, grids) for each in drawn]
    found: dict[Recipe, float] = {}
    for recipe, place in true.items():
        alike = [adjusted_rand(place, each[recipe]) for each in redone if recipe in each]
        older = adjusted_rand(place, before[recipe]) if recipe in before else 1.0
        found[recipe] = min(float(np.mean(alike)) if alike else 0.0, older)
    return found


def _places(learnt: Lesson, most: int, x: Any, grids: tuple[bool, ...]) -> dict[Recipe, Any]:
    """Return the segments that customers are in by the trees learnt; none where there is no past."""
    found = {}
    for features, able in _GRIDS.items() if learnt.earlier else ():
        asked = tuple(each for each in grids if each in able)
        for (weight, coarse), grown in _grown(learnt, features, most, _VALUE_WEIGHTS, asked).items():
            for each in grown:
                found[Recipe("outcome_tree", each.size, weight, features, coarse)] = each.assign(x)
    return found


def _best(worth: dict[Recipe, float], natural: set[Recipe], steady: dict[Recipe, float]) -> Recipe:
    kinds = [recipe for recipe in natural if steady.get(recipe, 0.0) >= _REAL]
    if kinds:
        # Kinds differ in all that is known and follows: what looks at more of it comes first.
        return max(kinds, key=lambda recipe: (recipe.value_weight, recipe.features == "all", worth[recipe]))
    enough = min(_ENOUGH_SEGMENTS, max(recipe.segments for recipe in worth if recipe.coarse))
    able = [recipe for recipe in worth if recipe.coarse and recipe.segments >= enough]
    best = max(worth[recipe] for recipe in able)
    close = [recipe for recipe in able if _lost(worth[recipe], best) <= _CLOSE]
    return max(close, key=lambda recipe: (round(steady.get(recipe, 0.0), 2), worth[recipe]))


def _other(
    chosen: Recipe, then: Lesson, candidates: list[tuple[Recipe, Segmentation, Any]], outcome: tuple[Any, Any, datetime]
) -> Recipe:
    """Return clusters told as rules where these did better beyond doubt, else the recipe chosen."""
    spend, orders, until = outcome
    followed = replace(then.now, spend=spend, orders=orders)
    found = {recipe: each for recipe, each, _ in candidates}
    gains = {
        recipe: compared(_aligned(each), _aligned(found[chosen]), followed, until)
        for recipe, each in found.items()
        if recipe.has_rules and recipe.method != "outcome_tree"
    }
    better = [recipe for recipe, each in gains.items() if each.gain > _DOUBT * each.error]
    return max(better, key=lambda recipe: gains[recipe].gain) if better else chosen


def _aligned(found: Segmentation) -> RuledSegments:
    return RuledSegments(found.method, FEATURES, found.rules or ())


def _lost(worth: float, best: float) -> float:
    return (best - worth) / max(abs(best), 1e-12)


def _by_outlook(found: RuledSegments, learnt: Lesson) -> RuledSegments:
    """Put the segments in order of what customers like theirs spent on average, most first."""
    past = learnt.past
    if past is None:
        return found
    place = found.assign(past.x)
    spent = np.bincount(place, weights=past.spend, minlength=found.size)
    mean = spent / np.maximum(np.bincount(place, minlength=found.size), 1)
    order = np.argsort(-mean, kind="stable")
    return replace(found, rules=tuple(found.rules[number] for number in order))


def kept(recipe: Recipe) -> Choice:
    """Return a choice that was made before, without trying again."""
    name = METHOD_NAMES[recipe.method]
    reason = Words(
        f"{name['en'].capitalize()}, at most {recipe.segments} segments, as chosen before.",
        f"沿用此前的选择：{name['zh']}，至多{recipe.segments}个分群。",
    )
    return Choice(recipe, _SCORES.empty_table(), reason)


def _untried(recipe: Recipe) -> Words:
    name = METHOD_NAMES[recipe.method]
    return Words(
        f"{name['en'].capitalize()}: the records are too short to try several ways on the shop's past.",
        f"采用{name['zh']}：历史记录太短，无法在店铺过往数据上比较各种方法。",
    )


def _reason(
    chosen: Recipe, scored: list[tuple[Recipe, tuple[float, float]]], since: datetime, until: datetime
) -> Words:
    told, apart = next(score for recipe, score in scored if recipe == chosen)
    top, (best, _) = max(scored, key=lambda pair: pair[1][0])
    named, (named_r2, named_auc) = next((r, s) for r, s in scored if r.method == "rfm_named")
    name, others = METHOD_NAMES[chosen.method], METHOD_NAMES[named.method]
    en = (
        f"{name['en'].capitalize()}, {chosen.segments} segments: defined as of {since:%Y-%m-%d}, they explain "
        f"{told:.1%} of the variance of log spend from then to {until:%Y-%m-%d} and tell the inactive with an AUC of "
        f"{apart:.3f}; {others['en']}: {named_r2:.1%} and {named_auc:.3f}."
    )
    zh = (
        f"采用{name['zh']}，共{chosen.segments}个分群：以{since:%Y-%m-%d}的数据定义，可解释此后至{until:%Y-%m-%d}"
        f"消费额（对数）差异的{told:.1%}，识别不再购买客户的 AUC 为{apart:.3f}；"
        f"{others['zh']}为{named_r2:.1%}和{named_auc:.3f}。"
    )
    if top != chosen:
        best_name = METHOD_NAMES[top.method]
        en += (
            f" The highest figure was {best:.1%} ({best_name['en']}, {top.segments} segments); "
            "short rules that stay alike when customers are drawn anew are preferred where little is lost."
        )
        zh += f"最高为{best:.1%}（{best_name['zh']}，{top.segments}个）；"
        zh += "损失很小时，优先选择规则简短、重新抽样后仍然稳定的分群。"
    return Words(en, zh)
