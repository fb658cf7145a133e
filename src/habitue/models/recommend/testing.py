"""What every maker of recommendations must do, as a kit: give it a way to make one, it raises where a rule is broken.

The kit is public, so that a maker added elsewhere can be held to the same rules.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from scipy import sparse

from habitue.models.recommend.histories import Histories
from habitue.models.recommend.maker import NONE, Items, Maker

__all__ = ["chain_world", "check_maker", "checkerboard_world"]

_PRODUCTS = 40
_CUSTOMERS = 300
_LONG = 100_000
_NEAR = 1e-4  # relative: sums in single precision may come in another order


def chain_world(*, customers: int = _CUSTOMERS, products: int = _PRODUCTS, seed: int = 0) -> Histories:
    """Draw customers who go along a chain: after product i comes i + 1, with now and then a step elsewhere.

    Days rise by one an event.
    """
    draw = np.random.default_rng(seed)
    rows = []
    for _ in range(customers):
        start, length = int(draw.integers(products)), int(draw.integers(3, 9))
        straight, other = draw.random(length) < 0.9, draw.integers(products, size=length)
        rows.append(np.where(straight, (start + np.arange(length)) % products, other).tolist())
    return _daily(rows, products)


def checkerboard_world(
    *, customers: int = _CUSTOMERS, products: int = _PRODUCTS, seed: int = 0
) -> tuple[Histories, Items]:
    """Draw customers who buy products of one colour only: even or odd numbers, which is their attribute too."""
    draw = np.random.default_rng(seed)
    own = [np.arange(each % 2, products, 2) for each in range(customers)]
    rows = [draw.choice(each, int(draw.integers(2, 8)), replace=False).tolist() for each in own]
    colour = np.arange(products) % 2
    attributes = sparse.csr_array((np.ones(products, np.float32), (np.arange(products), colour)), shape=(products, 3))
    items = Items(products, attributes=attributes, categories=colour.astype(np.int32))
    return _daily(rows, products), items


def _daily(rows: list[list[int]], products: int) -> Histories:
    """Pack lists of products, one event a day."""
    return Histories.from_lists(rows, n_items=products, days=[[float(day) for day in range(len(row))] for row in rows])


def check_maker(make: Callable[[], Maker], *, personal: bool = True, seed: int = 0) -> None:
    """Hold a maker of recommendations to the rules that all of them follow.

    The same histories and seed give the same answers, and so does what is made again from the state. Scores, scores of
    pairs and candidates are the same figures; equal scores come in an order that changes with the seed. Histories that
    are empty or of 100,000 events, one product only, products that nobody bought and no customers at all are no errors.
    In a checkerboard, products of the customer's own colour come first. Reasons name events of the history, their
    shares add up to 1 at most, and without the first of them the product's score is lower.

    Parameters
    ----------
    make : callable
        Returns a new maker, not fitted.
    personal : bool
        Whether its answers depend on the history; popularity's do not.
    seed : int

    Raises
    ------
    AssertionError
        A rule is broken; the text says which.

    Examples
    --------
    >>> from habitue.models.recommend.popular import Popular
    >>> check_maker(Popular, personal=False)
    """
    name = make().name
    histories, items = checkerboard_world(seed=seed)
    maker = make()
    _expect(name, maker.fit(histories, items, seed=seed) is maker, "fitting returns the maker itself")
    asked = _asked(histories)
    _same_answers(name, make, maker, asked, (histories, items, seed))
    _agree(name, maker, asked)
    _ties(name, make, items)
    _degenerate(name, make, seed)
    if personal:
        _colours(name, maker, histories)
    _reasons(name, maker, histories)


def _expect(name: str, holds: bool, rule: str) -> None:  # noqa: FBT001 - reads like a sentence
    if not holds:
        raise AssertionError(f"{name}: {rule}")


def _asked(histories: Histories) -> Histories:
    """Return histories of every kind: as they are, an empty one, one event, one product again and again."""
    rows = [histories.row(number).tolist() for number in range(20)]
    rows += [[], [3], [5, 5, 5], list(range(_PRODUCTS))]
    return _daily(rows, _PRODUCTS)


def _same_answers(
    name: str, make: Callable[[], Maker], maker: Maker, asked: Histories, learnt: tuple[Histories, Items, int]
) -> None:
    histories, items, seed = learnt
    scores = maker.scores(asked)
    again = make().fit(histories, items, seed=seed)
    _expect(name, np.array_equal(again.scores(asked), scores), "the same data and seed give the same scores")
    first, second = (maker.candidates(asked, 10, seed=7) for _ in range(2))
    _expect(name, np.array_equal(first.items, second.items), "the same seed gives the same candidates")
    back = type(maker).from_state(_carried(name, maker.state()))
    _expect(name, np.array_equal(back.scores(asked), scores), "made again from its state it scores the same")
    _expect(name, np.array_equal(back.candidates(asked, 10, seed=7).items, first.items), "and it proposes the same")
    alone = np.concatenate([maker.scores(asked.take([row])) for row in range(len(asked))])
    _expect(name, np.allclose(alone, scores, rtol=_NEAR, atol=1e-6), "who else is asked about does not matter")


def _carried(name: str, value: Any) -> Any:
    """Return a state as it comes back from a file: arrays and plain values, nothing else."""
    if isinstance(value, dict):
        return {str(key): _carried(name, each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_carried(name, each) for each in value]
    if isinstance(value, np.ndarray):
        _expect(name, value.dtype != object, "the state's arrays hold numbers")
        return value.copy()
    plain = value is None or isinstance(value, (bool, int, float, str, np.generic))
    _expect(name, plain, f"the state holds plain values and arrays, no {type(value).__name__}")
    return value


def _agree(name: str, maker: Maker, asked: Histories) -> None:
    """Check that the three ways to ask give the same figures."""
    scores = maker.scores(asked)
    _expect(
        name, scores.shape == (len(asked), asked.n_items) and scores.dtype == np.float32, "scores are one a product"
    )
    _expect(name, bool(np.isfinite(scores).all()), "scores are finite")
    pairs = np.tile(np.arange(asked.n_items, dtype=np.int32), (len(asked), 1))
    pairs[:, 1] = NONE
    told, meant = maker.score_pairs(asked, pairs), np.where(pairs < 0, 0, scores)
    near = np.allclose(np.maximum(told, 0), np.maximum(meant, 0), rtol=_NEAR, atol=1e-6)
    _expect(name, near, "scores of pairs are those of scores")
    for skip in (True, False):
        found = maker.candidates(asked, 10, skip_seen=skip, seed=1)
        shown = np.maximum(np.where(asked.seen().toarray() > 0, 0, scores) if skip else scores, 0)
        best = -np.sort(-shown, axis=1)[:, :10]
        _expect(name, found.items.shape == (len(asked), 10), "there are as many places as asked for")
        there = found.items >= 0
        own = np.take_along_axis(shown, np.maximum(found.items, 0).astype(np.int64), axis=1)
        _expect(name, np.array_equal(there, best > 0), "a list is short only where nothing more is known")
        _expect(name, bool(np.isneginf(found.scores[~there]).all()), "no product, no score")
        near = np.allclose(found.scores[there], best[there], rtol=_NEAR, atol=1e-6)
        _expect(name, near, "candidates are the best by score, best first" + ("; seen ones left out" if skip else ""))
        _expect(name, np.allclose(own[there], best[there], rtol=_NEAR, atol=1e-6), "candidates carry their own scores")
        twice = [len(set(row[row >= 0])) < (row >= 0).sum() for row in found.items]
        _expect(name, not any(twice), "a product comes once in a list")


def _ties(name: str, make: Callable[[], Maker], items: Items) -> None:
    """Check that products nobody can tell apart come in an order that the seed decides."""
    rows = [[0, product] for product in range(2, 30, 2)] + [[product, 0] for product in range(2, 30, 2)]
    days = [[0.0, 1.0]] * len(rows)
    world = Histories.from_lists(rows, n_items=items.n_items, days=days)
    maker = make().fit(world, items)
    one = Histories.from_lists([[0]], n_items=items.n_items, days=[[0.0]])
    found = maker.candidates(one, 14)
    alike = found.scores[0][found.scores[0] > -np.inf]
    if alike.size < 3 or np.ptp(alike) > 0:
        return  # this maker tells them apart
    orders = {tuple(maker.candidates(one, 14, seed=seed).items[0].tolist()) for seed in range(5)}
    _expect(name, len(orders) > 1, "equal scores come in a random order")


def _degenerate(name: str, make: Callable[[], Maker], seed: int) -> None:
    bare = Items(_PRODUCTS)
    chain = chain_world(seed=seed)
    draw = np.random.default_rng(seed)
    many = draw.integers(_PRODUCTS, size=_LONG)
    long = _daily([many.tolist(), [1, 2]], _PRODUCTS)
    worlds = {
        "products without attributes": (chain, bare),
        "one product only": (_daily([[0], [0, 0], []], 1), Items(1)),
        "nobody bought anything": (Histories.from_lists([[], []], n_items=_PRODUCTS, days=[[], []]), bare),
        "no customers": (Histories.from_lists([], n_items=_PRODUCTS), bare),
        "everybody has one event": (replace(chain.last(1)), bare),
        "no days": (replace(chain, days=None), bare),
        "a customer with 100,000 events": (long, bare),
    }
    for called, (world, items) in worlds.items():
        maker = make().fit(world, items, seed=seed)
        some = world.take(np.arange(min(len(world), 5)))
        kept = some.items.copy()
        scores = maker.scores(some)
        _expect(name, scores.shape == (len(some), items.n_items), f"{called}: scores are one a product")
        _expect(name, bool(np.isfinite(scores).all()), f"{called}: scores are finite")
        _expect(name, maker.candidates(some, 3).items.shape == (len(some), 3), f"{called}: lists have their length")
        _expect(name, bool((kept == some.items).all()), f"{called}: what is asked about stays as it is")
    none = make().fit(chain, bare, seed=seed).candidates(chain.take([]), 3)
    _expect(name, none.items.shape == (0, 3), "nobody asked about, no lists")


def _colours(name: str, maker: Maker, histories: Histories) -> None:
    """Check the known answer: who bought even products gets even ones, the other gets odd ones."""
    found = maker.candidates(histories, 5).items
    colour = (np.arange(len(histories)) % 2)[:, None]
    right = ((found % 2 == colour) & (found >= 0)).sum() / max(int((found >= 0).sum()), 1)
    _expect(name, bool((found >= 0).any()), "in a checkerboard there is something to propose")
    _expect(name, right > 0.95, f"in a checkerboard a customer's own colour comes first, not {right:.0%}")


def _reasons(name: str, maker: Maker, histories: Histories) -> None:
    some = histories.take(np.arange(30))
    best = maker.candidates(some, 1).items[:, 0]
    told = maker.reasons(some, best)
    _expect(name, len(told) == len(some), "there are reasons, or none, for each history")
    _expect(name, maker.reasons(some, np.full(len(some), NONE, np.int32)) == [[]] * len(some), "no product, no reason")
    for row, shares in enumerate(told):
        if not shares:
            continue
        events = int(some.lengths[row])
        _expect(name, all(0 <= share.place < events for share in shares), "a reason is an event of the history")
        _expect(name, sum(share.share for share in shares) <= 1 + _NEAR, "shares of reasons add up to 1 at most")
        _expect(name, list(shares) == sorted(shares, key=lambda each: -each.share), "the largest reason comes first")
        alone, item = some.take([row]), best[row : row + 1, None]
        before = float(maker.score_pairs(alone, item)[0, 0])
        gone = np.arange(events) == shares[0].place
        weight = np.where(gone, 0.0, 1.0)
        after = min(
            float(maker.score_pairs(replace(alone, weights=weight), item)[0, 0]),
            float(maker.score_pairs(alone.without_each(gone), item)[0, 0]),
        )
        _expect(name, after < before, "without its first reason a product's score is lower")
