"""The roster: which makers a recommender asks, which settings are tried, how many products each proposes."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from habitue.models.recommend.attributes import AttributeNext, AttributeSimilarity
from habitue.models.recommend.factors import ImplicitFactors
from habitue.models.recommend.histories import Histories
from habitue.models.recommend.linear import Ease, SequentialEase
from habitue.models.recommend.maker import Items, Maker
from habitue.models.recommend.neighbours import ItemNeighbours, SequentialNeighbours
from habitue.models.recommend.pairs import Scorer, Shelf
from habitue.models.recommend.popular import Popular

__all__ = ["KINDS", "ROSTER", "TRANSFORMER", "Entry", "shelf_from_state", "shelf_of", "shelf_state", "varied"]

KINDS: dict[str, Any] = {
    kind.name: kind
    for kind in (
        SequentialNeighbours,
        ItemNeighbours,
        SequentialEase,
        Ease,
        ImplicitFactors,
        AttributeSimilarity,
        AttributeNext,
        Popular,
    )
}

_TRANSFORMER = "transformer"  # its kind is read when asked for: learning it needs JAX


@dataclass(frozen=True)
class Entry:
    """One maker of a recommender.

    Parameters
    ----------
    kind : str
        Its name in ``KINDS``.
    proposes : int
        Products it adds to the candidates of each customer; 0 for a maker that only scores.
    settings : mapping
        What it is made with.
    fitting, scoring : mapping of str to tuple
        Values to try of settings that call for another fit, and of those that can be changed on a fitted maker.
    views : tuple of mapping
        The same fitted maker with other settings of scoring, each another score for the ranker.
    needs : str, optional
        What of ``Items`` it cannot do without, such as ``"attributes"``.
    most_items : int, optional
        It is left out of larger shops.
    """

    kind: str
    proposes: int
    settings: Mapping[str, Any] = field(default_factory=dict)
    fitting: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    scoring: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    views: tuple[Mapping[str, Any], ...] = ()
    needs: str | None = None
    most_items: int | None = None

    def suits(self, items: Items) -> bool:
        """Say whether a shop has what the maker needs."""
        small = self.most_items is None or items.n_items <= self.most_items
        return small and (self.needs is None or getattr(items, self.needs) is not None)

    def make(self, settings: Mapping[str, Any]) -> Maker:
        """Return the maker, not fitted yet."""
        maker: Maker = _kind(self.kind)(**{**self.settings, **settings})
        return maker


def _kind(name: str) -> Any:
    """Return the class of a maker by its name."""
    if name == _TRANSFORMER:
        from habitue.models.sequence.maker import Transformer  # noqa: PLC0415 - only shops that ask for it pay for it

        return Transformer
    return KINDS[name]


def varied(maker: Maker, settings: Mapping[str, Any]) -> Maker:
    """Return a fitted maker with other settings of scoring; what it learnt is shared."""
    other = copy.copy(maker)
    for key, value in settings.items():
        setattr(other, key, value)
    return other


def shelf_of(
    entries: Sequence[tuple[Entry, Mapping[str, Any]]], histories: Histories, items: Items, *, seed: int = 0
) -> Shelf:
    """Fit makers with their settings; a maker's views share what it learnt."""
    scorers = []
    for number, (entry, settings) in enumerate(entries):
        maker = entry.make(settings).fit(histories, items, seed=seed)
        scorers.append(Scorer(f"{number} {entry.kind}", maker, entry.proposes))
        scorers += [
            Scorer(f"{number}.{place + 1} {entry.kind}", varied(maker, view), 0, view)
            for place, view in enumerate(entry.views)
        ]
    return Shelf(scorers, items, histories.counts())


def shelf_state(shelf: Shelf) -> dict[str, Any]:
    """Return fitted makers and what is known of products as plain values and arrays."""
    scorers = [
        {
            "name": scorer.name,
            "kind": scorer.maker.name,
            "proposes": scorer.proposes,
            "view": None if scorer.view is None else dict(scorer.view),
            "maker": scorer.maker.state() if scorer.view is None else None,
        }
        for scorer in shelf.scorers
    ]
    known = {key: getattr(shelf.items, key) for key in ("n_items", "categories", "prices", "since_days")}
    return {"scorers": scorers, "items": known, "counts": shelf.counts}


def shelf_from_state(state: Mapping[str, Any]) -> Shelf:
    """Build the fitted makers that `shelf_state` described."""
    scorers: list[Scorer] = []
    whole: Any = None
    for each in state["scorers"]:
        if each["view"] is None:
            whole = _kind(each["kind"]).from_state(each["maker"])
        maker = whole if each["view"] is None else varied(whole, each["view"])
        scorers.append(Scorer(each["name"], maker, each["proposes"], each["view"]))
    return Shelf(scorers, Items(**state["items"]), state["counts"])


_FADING = (1.0, 1.5, 2.0, 3.0, 4.0, 8.0)

ROSTER: tuple[Entry, ...] = (
    Entry(
        "sequential_neighbours",
        60,
        fitting={
            "visits": (False, True),
            "gap_places": (1.0, 2.0, 5.0, 10.0),
            "backward": (0.2, 0.5, 1.0),
            "exponent": (0.2, 0.3, 0.4, 0.5),
        },
        scoring={"places": _FADING},
        views=({"places": 8.0},),
    ),
    Entry("sequential_neighbours", 0, settings={"gap_places": 1.0, "events": 1}),
    Entry(
        "item_neighbours",
        20,
        fitting={"visits": (False, True), "exponent": (0.3, 0.5, 0.7), "shrink": (5.0, 10.0, 20.0)},
        scoring={"places": _FADING},
    ),
    # Closed forms take some seconds to a minute: their settings are not searched.
    Entry("sequential_ease", 40, most_items=20_000),
    Entry("implicit_factors", 30, most_items=20_000),
    Entry(
        "attribute_similarity",
        25,
        fitting={"popularity": (0.05, 0.3, 1.0)},
        scoring={"places": (1.0, 2.0, 4.0, 8.0)},
        views=({"events": 1},),
        needs="attributes",
    ),
    Entry("attribute_next", 15, scoring={"places": (1.0, 2.0, 4.0)}, needs="attributes"),
    Entry("popular", 10, fitting={"half_life_days": (None, 7.0, 30.0, 90.0)}),
)

TRANSFORMER = Entry(_TRANSFORMER, 40)
