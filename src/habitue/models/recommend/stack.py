"""The whole recommender: makers propose, a ranker orders; for any history and for new products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from habitue.errors import ConfigError
from habitue.models.recommend.blending import Blend, fit_blend
from habitue.models.recommend.choosing import choose
from habitue.models.recommend.fresh import FreshPlaces, fit_fresh_places
from habitue.models.recommend.histories import Histories
from habitue.models.recommend.maker import NONE, Candidates, Items, Share
from habitue.models.recommend.pairs import Pretence, Shelf, pretended_folds
from habitue.models.recommend.popular import Popular
from habitue.models.recommend.ranking import Groups, Ranker, fit_ranker, joined, ndcg_of
from habitue.models.recommend.roster import ROSTER, Entry, shelf_from_state, shelf_of, shelf_state
from habitue.models.recommend.steps import Step, steps_by_place, steps_by_time

__all__ = ["Stack"]

Floats = npt.NDArray[np.float32]
ItemNumbers = npt.NDArray[np.int32]

_BLOCK = 2_000  # customers scored together
_JUDGED = 6_000  # validation customers of the ranker
_FEWEST_JUDGED = 500  # validation customers, below which new products get no places of their own
_MOST_GROUPS = 30_000  # customers of a step that a ranker is trained on


class Stack:
    """A recommender in two stages.

    Makers, each with settings chosen on a validation step, propose candidates and score them; a ranker trained on
    earlier steps of the same customers, with makers that did not know those steps, puts them in order. Where there is
    too little to train a ranker, or where it is no better on validation, a fixed blend of the makers does.

    Parameters
    ----------
    roster : sequence of Entry
        The makers that are asked; ``(*ROSTER, TRANSFORMER)`` learns a transformer beside, which takes minutes.
    horizon_days : float, optional
        A step is what a customer does in so many days; without it, a customer's next event.
    repeats : bool
        Whether products that a customer had come again.
    earlier : int
        How many earlier steps the ranker is trained on.
    given_to_new : float
        The share of NDCG@10 of other products that may be given up so that new products, which nobody bought, are
        shown; measured on validation, where some are held to be new. Shops without new products pay nothing.
    refit : bool
        Whether the makers learn again from everything at the end. Without it they never see the validation step.

    Examples
    --------
    >>> shop = Histories.from_lists([[0, 1, 2]] * 5 + [[2, 3, 0]] * 5, n_items=4)
    >>> stack = Stack().fit(shop, Items(4))
    >>> stack.candidates(Histories.from_lists([[0], []], n_items=4), 2).items[0, 0].tolist()
    1
    """

    name: ClassVar[str] = "stack"

    def __init__(
        self,
        roster: Sequence[Entry] = ROSTER,
        *,
        horizon_days: float | None = None,
        repeats: bool = False,
        earlier: int = 1,
        given_to_new: float = 0.02,
        refit: bool = True,
    ) -> None:
        self.roster = tuple(roster)
        self.horizon_days, self.repeats = horizon_days, repeats
        self.earlier, self.given_to_new, self.refit = earlier, given_to_new, refit
        self.chosen: list[dict[str, Any]] = []
        self.ranker: Ranker | Blend | None = None
        self.blend: Blend | None = None
        self.shelf: Shelf | None = None
        self.popular: Popular | None = None
        self.fresh = FreshPlaces()
        self.figures: dict[str, float] = {}

    def fit(self, histories: Histories, items: Items, *, outcomes: Histories | None = None, seed: int = 0) -> Self:
        """Choose settings, train the ranker, and fit the makers.

        Parameters
        ----------
        histories : Histories
        items : Items
        outcomes : Histories, optional
            What recommendations are to lead to, where histories hold more than that, such as purchases beside views;
            for steps in days. The same customers.
        seed : int
        """
        valid, earlier = self.steps(histories, outcomes)
        entries = [entry for entry in self.roster if entry.suits(items)]
        skip = not self.repeats
        self.chosen = [choose(entry, valid, items, skip_seen=skip, seed=seed) for entry in entries]
        entries_chosen = list(zip(entries, self.chosen, strict=True))
        shelf = shelf_of(entries_chosen, valid.fit_on, items, seed=seed)
        judged = self.groups(shelf, valid.sample(_JUDGED, seed=seed), seed=seed)
        train = []
        for number, step in enumerate(earlier):
            asked = step.sample(_MOST_GROUPS, seed=seed)
            some = shelf_of(entries_chosen, step.fit_on, items, seed=seed)
            train.append(self.groups(some, asked, pretend=seed + number + 1, only_hits=True, seed=seed))
        self.blend = fit_blend(judged, shelf.names)
        self.ranker = self._best_of(fit_ranker(train, judged, shelf.names), self.blend, judged)
        self.fresh = self._places_of_new(shelf, valid.sample(_JUDGED, seed=seed), seed)
        if self.refit:
            shelf = shelf_of(entries_chosen, histories, items, seed=seed)
        self.shelf = shelf
        learnt = histories if self.refit else valid.fit_on
        self.popular = Popular(half_life_days=self._half_life()).fit(learnt, items, seed=seed)
        return self

    def steps(self, histories: Histories, outcomes: Histories | None = None) -> tuple[Step, list[Step]]:
        """Return the validation step and the earlier ones."""
        if self.horizon_days is None:
            return steps_by_place(histories, earlier=self.earlier)
        return steps_by_time(
            histories, self.horizon_days, earlier=self.earlier, repeats=self.repeats, outcomes=outcomes
        )

    def groups(
        self,
        shelf: Shelf,
        step: Step,
        *,
        pretend: int | None = None,
        aimed: bool = False,
        only_hits: bool = False,
        seed: int = 0,
    ) -> Groups:
        """Return the candidates of a step with what became of them."""
        pretence = None
        if pretend is not None and shelf.knows_new:
            taken = step.wanted.items[step.wanted.starts[:-1]] if aimed else None
            pretence = pretended_folds(len(step.known), shelf.items.n_items, aimed_at=taken, seed=pretend)
        parts = []
        for start in range(0, len(step.known), _BLOCK):
            rows = np.arange(start, min(start + _BLOCK, len(step.known)))
            part = Step(step.fit_on, step.known.take(rows), step.wanted.take(rows))
            some = None if pretence is None else pretence.take(rows)
            parts.append(self._groups(shelf, part, some, only_hits=only_hits, seed=seed))
        if not parts:
            nobody = np.empty((0, 0), bool)
            return Groups(np.empty((len(shelf.names), 0, 0), np.float32), nobody, nobody, np.empty(0, np.int64))
        return joined(parts)

    def candidates(self, histories: Histories, k: int, *, skip_seen: bool = True, seed: int = 0) -> Candidates:
        """Return the k best products of each history; a history without a candidate gets what sells best.

        Equal scores come in a random order. Scores are above 0 and can be compared within a customer only.
        """
        shelf, popular = self._ready()
        shape = (len(histories), k)
        out = Candidates(np.full(shape, NONE, np.int32), np.full(shape, -np.inf, np.float32))
        for start in range(0, len(histories), _BLOCK):
            rows = np.arange(start, min(start + _BLOCK, len(histories)))
            some = histories.take(rows)
            items = shelf.candidates(some, skip_seen=skip_seen, seed=seed)
            scores = self._scores(shelf, some, items)
            place = np.random.default_rng(seed).permutation(shelf.items.n_items)
            fresh = (shelf.counts[items] == 0) & (items >= 0)
            order = self.fresh.order(scores, fresh, place[items])
            ordered = np.take_along_axis(scores, order, axis=1)
            # A new product that was moved up has the score of the product after it.
            ordered = np.maximum.accumulate(ordered[:, ::-1], axis=1)[:, ::-1]
            out.items[rows, : min(k, items.shape[1])] = np.take_along_axis(items, order[:, :k], axis=1)
            out.scores[rows, : min(k, items.shape[1])] = ordered[:, :k]
        empty = np.flatnonzero(histories.lengths == 0)
        if empty.size:
            plain = popular.candidates(histories.take(empty), k, skip_seen=skip_seen, seed=seed)
            out.items[empty], out.scores[empty] = plain
        return out

    def score_pairs(self, histories: Histories, items: ItemNumbers) -> Floats:
        """Score given products, of shape (histories, m), as if each were a candidate; 0 where there is none (-1)."""
        shelf, _ = self._ready()
        out = np.zeros(items.shape, np.float32)
        for start in range(0, len(histories), _BLOCK):
            rows = np.arange(start, min(start + _BLOCK, len(histories)))
            some = histories.take(rows)
            rivals = shelf.candidates(some, skip_seen=not self.repeats)
            out[rows] = np.maximum(self._scores(shelf, some, items[rows], rivals), 0)
        return out

    def reasons(self, histories: Histories, items: ItemNumbers) -> list[list[Share]]:
        """Say which events one product each comes from, largest first; none where only popularity speaks for it.

        The makers' own reasons, each with its maker's part in the fixed blend.
        """
        shelf, _ = self._ready()
        rivals = shelf.candidates(histories, skip_seen=not self.repeats)
        inputs = shelf.inputs(histories, items[:, None], rivals=rivals)[:, :, 0]
        told: list[dict[int, float]] = [{} for _ in items]
        total = np.zeros(len(items))
        for scorer in shelf.scorers:
            weight = self.blend.weights.get(scorer.name, 0.0) if self.blend is not None else 0.0
            if weight <= 0:
                continue
            part = weight * inputs[shelf.names.index(f"{scorer.name}:share")]
            total += part
            for row, shares in enumerate(scorer.maker.reasons(histories, items)):
                for share in shares:
                    told[row][share.place] = told[row].get(share.place, 0.0) + float(part[row]) * share.share
        parts = [
            [Share(at, much / total[row]) for at, much in each.items() if much > 0] for row, each in enumerate(told)
        ]
        return [sorted(one, key=lambda share: -share.share) for one in parts]

    def state(self) -> dict[str, Any]:
        """Return plain values and arrays from which `from_state` makes the same recommender again."""
        shelf, popular = self._ready()
        assert self.ranker is not None  # noqa: S101 - told by `_ready`
        assert self.blend is not None  # noqa: S101 - the same
        return {
            "horizon_days": self.horizon_days,
            "repeats": self.repeats,
            "earlier": self.earlier,
            "given_to_new": self.given_to_new,
            "fresh": {"lift": self.fresh.lift, "of_ten": self.fresh.of_ten},
            "refit": self.refit,
            "figures": dict(self.figures),
            "chosen": [dict(settings) for settings in self.chosen],
            "trees": self.ranker.state() if isinstance(self.ranker, Ranker) else None,
            "blend": self.blend.state(),
            "popular": popular.state(),
            "shelf": shelf_state(shelf),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any], roster: Sequence[Entry] = ROSTER) -> Self:
        """Make a recommender again from what `state` gave."""
        keys = ("horizon_days", "repeats", "earlier", "given_to_new", "refit")
        stack = cls(roster, **{key: state[key] for key in keys})
        stack.figures, stack.chosen = dict(state["figures"]), [dict(settings) for settings in state["chosen"]]
        stack.fresh = FreshPlaces(float(state["fresh"]["lift"]), int(state["fresh"]["of_ten"]))
        stack.blend = Blend.from_state(state["blend"])
        stack.ranker = stack.blend if state["trees"] is None else Ranker.from_state(state["trees"])
        stack.popular = Popular.from_state(state["popular"])
        stack.shelf = shelf_from_state(state["shelf"])
        return stack

    def _scores(self, shelf: Shelf, known: Histories, items: ItemNumbers, rivals: ItemNumbers | None = None) -> Floats:
        """Return the scores of candidates, above 0; minus infinity where there is none."""
        assert self.ranker is not None  # noqa: S101 - told by `_ready`
        raw = self.ranker.scores(shelf.inputs(known, items, rivals=rivals), items >= 0)
        return np.where(items >= 0, np.exp(np.clip(raw, -50, 50)), -np.inf).astype(np.float32)

    def _groups(self, shelf: Shelf, step: Step, pretence: Pretence | None, *, only_hits: bool, seed: int) -> Groups:
        known = step.known
        if pretence is not None:
            known = known.without_each(pretence.of_items[known.items] == pretence.of_rows[known.rows])
        items = shelf.candidates(known, skip_seen=not self.repeats, pretence=pretence, seed=seed)
        if pretence is not None:
            # What a customer had and is now told is new would be taken for a new product that is wanted.
            had = Step(known, known, step.known).hits(items)
            items = np.where(had & (pretence.among(items) | (not self.repeats)), NONE, items)
        hits, rows = step.hits(items), np.arange(len(items))
        if only_hits:
            rows = np.flatnonzero(hits.any(axis=1))
        items, part = items[rows], None if pretence is None else pretence.take(rows)
        inputs = shelf.inputs(known.take(rows), items, pretence=part)
        return Groups(inputs, hits[rows], items >= 0, step.wanted.lengths[rows])

    def _best_of(self, ranker: Ranker | None, blend: Blend, judged: Groups) -> Ranker | Blend:
        if not len(judged.hits):
            return blend
        self.figures["blend"] = float(ndcg_of(blend.scores(judged.inputs, judged.there), judged).mean())
        if ranker is None:
            return blend
        self.figures["ranker"] = float(ndcg_of(ranker.scores(judged.inputs, judged.there), judged).mean())
        return ranker if self.figures["ranker"] > self.figures["blend"] else blend

    def _places_of_new(self, shelf: Shelf, step: Step, seed: int) -> FreshPlaces:
        """Return the rule by which new products come into lists; it is tried on products held to be new."""
        if self.ranker is None or self.given_to_new <= 0 or not shelf.knows_new or len(step.known) < _FEWEST_JUDGED:
            return FreshPlaces()
        groups = self.groups(shelf, step, pretend=seed + 1_000, aimed=True, seed=seed)
        raw, new = self.ranker.scores(groups.inputs, groups.there), shelf.new_among(groups.inputs) & groups.there
        rule, plain, found = fit_fresh_places(raw, new, groups, self.given_to_new)
        self.figures["new products found"], self.figures["new products found, placed"] = plain.fresh, found.fresh
        self.figures["NDCG of others"], self.figures["NDCG of others, placed"] = plain.others, found.others
        return rule

    def _half_life(self) -> float | None:
        told = (chosen.get("half_life_days") for chosen in self.chosen)
        return next((value for value in told if value is not None), None)

    def _ready(self) -> tuple[Shelf, Popular]:
        if self.shelf is None or self.popular is None:
            raise ConfigError("the recommender has learnt nothing yet", expected="fit before asking")
        return self.shelf, self.popular
