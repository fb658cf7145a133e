"""How well the next product is foretold on Amazon Beauty: leave-one-out, full ranking, random ties.

Each customer's newest product is the test, the one before it the validation: makers are fitted on the rest, settings
and the number of trees are chosen on the validation product, the ranker is trained on the product before that. The test
input holds the validation product; what a customer had already is left out; all products compete.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from scipy import sparse

from bench.row import Row
from habitue.models.metrics.recommending import ListAccuracy, list_accuracy, mean_interval
from habitue.models.recommend.factors import ImplicitFactors
from habitue.models.recommend.histories import Histories
from habitue.models.recommend.maker import Items
from habitue.models.recommend.popular import Popular
from habitue.models.recommend.roster import ROSTER, TRANSFORMER, Entry
from habitue.models.recommend.splits import LeaveOneOut, cold_customers, cold_items, leave_one_out, shuffled
from habitue.models.recommend.stack import Stack

_K = 10
_FEW = 200  # hidden targets of a category, below which no figure is printed for it
_LOSS = 0.02  # of NDCG, that coverage and new products may cost
_BARS = {"r10": 0.105, "ndcg10": 0.0655}
_IDS_BARS = {"r10": 0.093, "ndcg10": 0.059}
_RULES = "leave-one-out, full ranking, random ties, seed 0"


@dataclass(frozen=True)
class World:
    """The data set: what customers bought, what is known of products, and the names of their categories."""

    histories: Histories
    items: Items
    categories: list[str]


@dataclass(frozen=True)
class Judged:
    """A recommender with its lists for all customers and their figures, those of its makers beside."""

    stack: Stack
    lists: Any
    figures: ListAccuracy
    makers: dict[str, ListAccuracy] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def coverage(self) -> float:
        """The share of products that stand in any list."""
        n_items = self.stack.shelf.items.n_items if self.stack.shelf else 1
        return float(np.unique(self.lists[self.lists >= 0]).size / n_items)


def run(data: Path) -> Iterator[Row]:
    """Print all rows of the data set."""
    world = beauty(data)
    cut = leave_one_out(world.histories)
    headline = judge(cut, world.items)
    yield from accuracy_rows("", headline, _BARS, "with attributes, no transformer among the makers")
    yield coverage_row(headline)
    yield cold_customers_row(cut, headline)
    yield from cold_items_rows(world, cut, headline)
    bare = Items(world.items.n_items)
    ids = judge(cut, bare)
    yield from accuracy_rows("ids_only/", ids, _IDS_BARS, "without attributes")
    mixed = judge(leave_one_out(shuffled(world.histories, seed=0)), world.items)
    yield from shuffled_rows(mixed)
    if importlib.util.find_spec("jax") is not None:
        learnt = judge(cut, world.items, roster=(*ROSTER, TRANSFORMER))
        yield from accuracy_rows("with_transformer/", learnt, _BARS, _against_without(learnt, headline))


def beauty(data: Path) -> World:
    """Read the data set; a product's category is the first of its attributes."""
    folder = data / "amazon_beauty"
    events = pq.read_table(folder / "interactions.parquet").to_pandas().sort_values("position", kind="stable")
    products = {name: place for place, name in enumerate(_column(folder / "items.parquet", "item_id"))}
    customers = {name: place for place, name in enumerate(sorted(set(events["user_id"]), key=int))}
    histories = Histories.from_events(
        events["user_id"].map(customers),
        events["item_id"].map(products),
        n_customers=len(customers),
        n_items=len(products),
    )
    kinds = {name: place for place, name in enumerate(_column(folder / "attributes.parquet", "attribute_id"))}
    links = pq.read_table(folder / "item_attributes.parquet").to_pandas()
    item, kind = links["item_id"].map(products).to_numpy(), links["attribute_id"].map(kinds).to_numpy()
    attributes = sparse.csr_array((np.ones(len(item), np.float32), (item, kind)), shape=(len(products), len(kinds)))
    categories = np.full(len(products), -1, np.int32)
    first = links["position"].to_numpy() == 1
    categories[item[first]] = kind[first]
    items = Items(len(products), attributes=attributes, categories=categories)
    return World(histories, items, _column(folder / "attributes.parquet", "name"))


def judge(
    cut: LeaveOneOut,
    items: Items,
    *,
    training: Histories | None = None,
    roster: Sequence[Entry] = ROSTER,
    beside: bool = True,
) -> Judged:
    """Fit the recommender on everything before the test product, and judge its lists.

    ``training`` replaces what is learnt from, the validation product included, where products are hidden.
    """
    started = time.process_time()
    stack = Stack(roster, refit=False).fit(cut.asked if training is None else training, items)
    seconds = time.process_time() - started
    lists = stack.candidates(cut.asked, _K).items
    makers: dict[str, ListAccuracy] = {}
    if beside and stack.shelf is not None:
        for scorer in stack.shelf.scorers:
            kind = scorer.name.split(maxsplit=1)[1]
            if scorer.view is None and kind not in makers:
                makers[kind] = _figures(scorer.maker.candidates(cut.asked, _K).items, cut)
    if beside:
        for rival in (Popular(), ImplicitFactors()):
            plain = rival.fit(cut.training, items)
            makers[rival.name] = _figures(plain.candidates(cut.asked, _K).items, cut)
    return Judged(stack, lists, _figures(lists, cut), makers, seconds)


def accuracy_rows(part: str, judged: Judged, bars: Mapping[str, float], note: str) -> Iterator[Row]:
    """Print recall and NDCG against the item neighbours, all makers' figures beside."""
    for name, figure in (("r10", "recall"), ("ndcg10", "ndcg")):
        own, theirs = getattr(judged.figures, figure), getattr(judged.makers["item_neighbours"], figure)
        yield Row(
            f"next_item/amazon_beauty/{part}{name}",
            _mean(own),
            "share" if name == "r10" else "NDCG",
            f"{_RULES}; {note}; {_beside(judged, figure)}",
            baseline=_mean(theirs),
            interval=_difference(own, theirs),
            seconds=round(judged.seconds, 1),
            bar=f">= {bars[name]}",
            met=_mean(own) >= bars[name],
        )


def shuffled_rows(judged: Judged) -> Iterator[Row]:
    """Print what is left when the order within histories says nothing: above every single maker is asked for."""
    rivals = {name: each for name, each in judged.makers.items() if name in {"item_neighbours", "implicit_factors"}}
    for name, figure in (("r10", "recall"), ("ndcg10", "ndcg")):
        own = getattr(judged.figures, figure)
        best = max(rivals, key=lambda rival: _mean(getattr(rivals[rival], figure)))
        theirs = getattr(rivals[best], figure)
        low, high = _difference(own, theirs)
        yield Row(
            f"next_item/amazon_beauty/shuffled_days/{name}",
            _mean(own),
            "share" if name == "r10" else "NDCG",
            f"{_RULES}; order within each history shuffled before anything is fitted; against {best}; "
            f"{_beside(judged, figure)}",
            baseline=_mean(theirs),
            interval=(low, high),
            bar=f"above {', '.join(sorted(rivals))}",
            met=_mean(own) > _mean(theirs),
        )


def coverage_row(judged: Judged) -> Row:
    """Print the share of products that anybody is shown; the lists are those of the headline, so nothing is lost."""
    return Row(
        "next_item/amazon_beauty/coverage10",
        judged.coverage,
        "share of products",
        f"{_RULES}; the lists of ndcg10 as they are: 0 % of NDCG@10 lost",
        bar=">= 0.80 at <= 2 % of NDCG@10",
        met=judged.coverage >= 0.80,
    )


def cold_customers_row(cut: LeaveOneOut, headline: Judged) -> Row:
    """Print how good lists are for customers of whom two events are known."""
    lists = headline.stack.candidates(cold_customers(cut.asked, 2), _K).items
    share = _mean(_figures(lists, cut).ndcg) / _mean(headline.figures.ndcg)
    return Row(
        "next_item/amazon_beauty/cold_customers/ndcg_share",
        share,
        "share of NDCG",
        f"{_RULES}; the same recommender, histories cut to their last 2 events; what was cut off may come again",
        bar=">= 0.90",
        met=share >= 0.90,
    )


def cold_items_rows(world: World, cut: LeaveOneOut, headline: Judged) -> Iterator[Row]:
    """Hide 5 % of the products from everything that is learnt, and look for them among all products."""
    hiding = cold_items(cut.asked, seed=0)
    judged = judge(cut, world.items, training=hiding.training, beside=False)
    hidden = hiding.hidden[np.maximum(cut.test, 0)]
    found = judged.figures.recall[hidden]
    own, before = judged.figures.ndcg[~hidden], headline.figures.ndcg[~hidden]
    lost = 1 - _mean(own) / _mean(before)
    told = f"{_RULES}; 5 % of products ({int(hiding.hidden.sum())}) hidden from training, validation and settings"
    yield Row(
        "next_item/amazon_beauty/cold_items/r10",
        _mean(found),
        "share",
        f"{told}; {int(hidden.sum())} hidden targets among all products; ids alone: 0",
        interval=_interval(found),
        bar=">= 0.02",
        met=_mean(found) >= 0.02,
    )
    yield Row(
        "next_item/amazon_beauty/cold_items/others_ndcg_lost",
        lost,
        "share of NDCG",
        f"{told}; NDCG@10 of the other targets, {_mean(own):.4f}, against the headline's on the same",
        baseline=_mean(before),
        interval=_difference(own, before),
        bar="<= 0.02",
        met=lost <= _LOSS,
    )
    category = world.items.categories
    of_target = np.where(hidden, category[np.maximum(cut.test, 0)] if category is not None else -1, -1)
    for each, many in zip(*np.unique(of_target[of_target >= 0], return_counts=True), strict=True):
        if many >= _FEW:
            mine = judged.figures.recall[of_target == each]
            yield Row(
                f"next_item/amazon_beauty/cold_items/{world.categories[each]}/r10".replace(" ", "_"),
                _mean(mine),
                "share",
                f"{told}; {many} hidden targets of this category",
                interval=_interval(mine),
                bar="> 0",
                met=_mean(mine) > 0,
            )


def _against_without(learnt: Judged, headline: Judged) -> str:
    low, high = _difference(learnt.figures.ndcg, headline.figures.ndcg)
    gain = _mean(learnt.figures.ndcg) - _mean(headline.figures.ndcg)
    return f"the transformer among the makers; NDCG@10 {gain:+.4f} ({low:+.4f} to {high:+.4f}) against without it"


def _figures(lists: Any, cut: LeaveOneOut) -> ListAccuracy:
    return list_accuracy(lists, cut.test, _K)


def _beside(judged: Judged, figure: str) -> str:
    each = sorted(judged.makers.items(), key=lambda pair: -_mean(getattr(pair[1], figure)))
    own = _interval(getattr(judged.figures, figure))
    return f"95 % {own[0]:.4f} to {own[1]:.4f}; beside: " + ", ".join(
        f"{name} {_mean(getattr(value, figure)):.4f}" for name, value in each
    )


def _mean(values: Any) -> float:
    return float(np.nanmean(values))


def _interval(values: Any) -> tuple[float, float]:
    _, low, high = mean_interval(values)
    return low, high


def _difference(own: Any, theirs: Any) -> tuple[float, float]:
    return _interval(np.asarray(own) - np.asarray(theirs))


def _column(path: Path, name: str) -> list[str]:
    return [str(value) for value in pq.read_table(path, columns=[name]).column(name).to_pylist()]
