"""A shop's segments: at most ten, each one short rule, defined by what the shop's past says about what follows."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from habitue.errors import DataError
from habitue.models.segmenting import RuledSegments, segmentation_from_state
from habitue.schema import Words
from habitue.signals.segment.choosing import Choice, Recipe, choose, define, kept
from habitue.signals.segment.keeping import compared, speaks_of_known
from habitue.signals.segment.language.text import say
from habitue.signals.segment.past import FEATURES, Lesson, customers_at, learners, lesson, window_days
from habitue.signals.segment.rules import rule_tree

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["LearntSegments", "assign", "learn", "rules_table", "segment_code"]

_FILE, _SCORES = "segments.json", "scores.parquet"


@dataclass(frozen=True)
class LearntSegments:
    """Segments as they were learnt: the definition and why it was chosen.

    Attributes
    ----------
    as_of : datetime
        Nothing that happened then or later was used.
    definition : RuledSegments
        One rule for each segment; those whose customers spent most come first.
    choice : Choice
    horizon_days : int
    kept : bool
        The definition is the one that was published before.
    """

    as_of: datetime
    definition: RuledSegments
    choice: Choice
    horizon_days: int
    kept: bool = False

    @property
    def at(self) -> datetime:
        """The moment it was learnt at."""
        return self.as_of

    def save(self, folder: Path) -> None:
        """Write it down as JSON and Parquet."""
        choice = self.choice
        plain = {
            "as_of": self.as_of.isoformat(),
            "definition": self.definition.state(),
            "recipe": asdict(choice.recipe),
            "reason": {"en": choice.reason.en, "zh": choice.reason.zh},
            "horizon_days": self.horizon_days,
            "kept": self.kept,
        }
        (folder / _FILE).write_text(json.dumps(plain, ensure_ascii=False), encoding="utf-8")
        pq.write_table(choice.scores, folder / _SCORES)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        plain = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        definition = segmentation_from_state(plain["definition"])
        if not isinstance(definition, RuledSegments):
            raise DataError("The definition that was kept has no rules", path=folder / _FILE)
        choice = Choice(Recipe(**plain["recipe"]), pq.read_table(folder / _SCORES), Words(**plain["reason"]))
        return cls(
            datetime.fromisoformat(plain["as_of"]), definition, choice, plain["horizon_days"], kept=plain["kept"]
        )

    @property
    def scores(self) -> pa.Table:
        """How every way to define segments did on the shop's past; table ``segment_scores``."""
        return self.choice.scores


def learn(
    shop: Shop,
    as_of: datetime,
    *,
    horizon_days: int = 90,
    most: int = 10,
    recipe: Recipe | None = None,
    previous: RuledSegments | None = None,
    seed: int = 0,
) -> LearntSegments:
    """Define the shop's segments from what was known at a moment.

    Definitions learn from outcomes of earlier windows, all of which ended by then. How to define them (method, number
    of segments) is chosen on the shop's own past, see `choose`.

    Parameters
    ----------
    shop : Shop
    as_of : datetime
        Nothing that happened then or later is used.
    horizon_days : int
        How far ahead the segments should tell; where the records are short, less is learnt over.
    most : int
        Most segments.
    recipe : Recipe, optional
        How to define them, when that was chosen before.
    previous : RuledSegments, optional
        The definition that was published before. It is kept unless the one learnt now did better, by a standard error
        or more, for the customers of the newest window whose end is known: segments that change their meaning every
        week are of no use to those who work with them.
    seed : int

    Returns
    -------
    LearntSegments
    """
    shop = learners(shop, as_of)
    days = window_days(shop, as_of, horizon_days)
    now = lesson(shop, as_of, days, reach=horizon_days / days if days else 1.0)
    days = days if now.earlier else 0
    if recipe is not None and (days or recipe.method == "starting_rules"):
        choice = kept(recipe)
    else:
        choice = choose(shop, now, most=most, seed=seed)
    learnt = LearntSegments(as_of, define(choice.recipe, now, seed=seed), choice, horizon_days)
    return learnt if previous is None else _against(learnt, previous, now)


def _against(learnt: LearntSegments, previous: RuledSegments, now: Lesson) -> LearntSegments:
    """Keep the published definition unless the one learnt is clearly better."""
    if not now.earlier or not speaks_of_known(previous):
        return learnt
    aligned = RuledSegments(previous.method, FEATURES, previous.rules, previous.explained)
    if aligned.rules == learnt.definition.rules:
        return replace(learnt, kept=True)
    found = compared(learnt.definition, aligned, now.earlier[0], learnt.as_of)
    reason = learnt.choice.reason
    what_en, what_zh = ("", "") if found.clear else ("Learnt anew would be: ", "重新学习的结果为：")
    both = Words(f"{found.reason['en']} {what_en}{reason['en']}", f"{found.reason['zh']}{what_zh}{reason['zh']}")
    definition = learnt.definition if found.clear else aligned
    return replace(learnt, definition=definition, choice=replace(learnt.choice, reason=both), kept=not found.clear)


def assign(shop: Shop, as_of: datetime, definition: RuledSegments) -> pa.Table:
    """Put every customer into exactly one segment, as things were at a moment.

    Returns
    -------
    Arrow table
        ``segments``: customer_id, as_of, segment; one row per customer with a purchase by then, by customer_id.
    """
    everybody = customers_at(shop, as_of, names=definition.names)
    codes = np.array([segment_code(number) for number in range(definition.size)], dtype=object)
    place = definition.assign(everybody.x) if everybody.ids.size else np.empty(0, dtype=np.int64)
    return pa.table(
        {
            "customer_id": pa.array(everybody.ids, pa.string()),
            "as_of": pa.repeat(pa.scalar(as_of, pa.timestamp("us")), everybody.ids.size),
            "segment": pa.array(codes[place], pa.string()),
        }
    )


def rules_table(definition: RuledSegments) -> pa.Table:
    """Return the rules as trees of the segment language and in words.

    Returns
    -------
    Arrow table
        ``segment_rules``: segment, order (1 the segment whose customers spent most), rule (JSON), rule_en, rule_zh.
    """
    trees = [rule_tree(rule) for rule in definition.rules]
    return pa.table(
        {
            "segment": pa.array([segment_code(number) for number in range(definition.size)], pa.string()),
            "order": pa.array(range(1, definition.size + 1), pa.int64()),
            "rule": pa.array([json.dumps(tree.as_json(), sort_keys=True) for tree in trees], pa.string()),
            "rule_en": pa.array([say(tree, "en") for tree in trees], pa.string()),
            "rule_zh": pa.array([say(tree, "zh") for tree in trees], pa.string()),
        }
    )


def segment_code(number: int) -> str:
    """Return the code of a learnt segment: ``learnt_01`` is the one whose customers spent most.

    Examples
    --------
    >>> segment_code(0)
    'learnt_01'
    """
    return f"learnt_{number + 1:02d}"
