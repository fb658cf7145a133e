"""Where a new customer will belong: guessed from the first order, by what became of others who began alike.

Nobody is put into a segment by a guess: membership follows the rules from the first order on, so that a segment is
always just what its rule says. The guess tells where customers who begin like this usually are some time later.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from habitue.models.segmenting import RuledSegments, ruled
from habitue.signals.segment.language.text import say
from habitue.signals.segment.past import customers_at, learners
from habitue.signals.segment.replay import Replay
from habitue.signals.segment.rules import rule_tree

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["EARLY", "EARLY_FEATURES", "LATER_DAYS", "EarlyGuess", "early_groups"]

LATER_DAYS = 90

#: Of a customer on the day of the first order.
EARLY_FEATURES = ("first_order_value", "first_order_items")
_MOST = 10
_FEWEST = 40  # customers followed so long, of whom half are learnt from

EARLY = pa.schema([
    ("first_group", pa.string()), ("rule_en", pa.string()), ("rule_zh", pa.string()), ("customers", pa.int64()),
    ("segment", pa.string()), ("sure", pa.float64()),
])  # fmt: skip


@dataclass(frozen=True)
class EarlyGuess:
    """Groups of first orders, and the commonest later segment of each group.

    Attributes
    ----------
    groups : RuledSegments
    commonest : array of int
        By group.
    sure : array of float
        Share of the group that later was in that segment.
    """

    groups: RuledSegments
    commonest: Any
    sure: Any

    @classmethod
    def fit(cls, x: Any, later: Any) -> EarlyGuess:
        """Learn from customers whose later segment is known.

        Parameters
        ----------
        x : array of shape (n, 2)
            `EARLY_FEATURES` on the day of the first order.
        later : array of int, shape (n,)
            Segment some time later.
        """
        segment = np.asarray(later, dtype=np.int64)
        groups = ruled(x, EARLY_FEATURES, segment, k=_MOST, method="early_guess")
        place, size = groups.assign(x), int(segment.max(initial=0)) + 1
        counts = np.bincount(place * size + segment, minlength=groups.size * size).reshape(groups.size, size)
        sure = counts.max(axis=1) / np.maximum(counts.sum(axis=1), 1)
        return cls(groups, counts.argmax(axis=1), sure)

    def guess(self, x: Any) -> tuple[Any, Any]:
        """Return the segment each new customer is expected in, and how often such a guess was right."""
        place = self.groups.assign(x)
        return self.commonest[place], self.sure[place]


def early_groups(shop: Shop, as_of: datetime, definition: RuledSegments, past: Replay, codes: Any) -> pa.Table:
    """Group customers by their first order and say where most of each group were 90 days later, and how surely.

    Parameters
    ----------
    shop : Shop
    as_of : datetime
        Nothing that happened then or later is used.
    definition : RuledSegments
    past : Replay
        With the features of the definition.
    codes : array of str
        Of the segments, by number.

    Returns
    -------
    Arrow table
        ``segment_early``: first_group (rule, JSON), rule_en, rule_zh, customers, segment (guessed), sure: groups and
        guesses are learnt from the earlier half of the customers who could be followed for 90 days; ``customers`` are
        those of the later half in the group, and ``sure`` is the share of them who were in that segment. Empty where
        fewer than 40 could be followed.
    """
    seen = customers_at(learners(shop, as_of), as_of, names=EARLY_FEATURES)
    place = pc.index_in(pa.array(seen.ids, pa.string()), past.ids)
    known = pc.is_valid(place).to_numpy(zero_copy_only=False)
    who, x = place.drop_null().to_numpy().astype(np.int64), seen.x[known]
    began = past.at[past.first[who]] if who.size else np.empty(0, dtype=np.int64)
    moment = began + int(timedelta(days=LATER_DAYS) / timedelta(microseconds=1))
    followed = np.flatnonzero(moment <= np.datetime64(as_of, "us").astype(np.int64))
    if followed.size < _FEWEST:
        return EARLY.empty_table()
    followed = followed[np.argsort(began[followed], kind="stable")]
    who, x, moment = who[followed], x[followed], moment[followed]
    later = definition.assign(past.features(who, past.before(who, moment), moment, definition.names))
    half = followed.size // 2
    guess = EarlyGuess.fit(x[:half], later[:half])
    group, told = guess.groups.assign(x[half:]), guess.guess(x[half:])[0]
    count = np.bincount(group, minlength=guess.groups.size)
    right = np.bincount(group, weights=told == later[half:], minlength=guess.groups.size)
    trees = [rule_tree(rule) for rule in guess.groups.rules]
    columns = {
        "first_group": [json.dumps(tree.as_json(), sort_keys=True) for tree in trees],
        "rule_en": [say(tree, "en") for tree in trees],
        "rule_zh": [say(tree, "zh") for tree in trees],
        "customers": count,
        "segment": [codes[number] for number in guess.commonest],
        "sure": [float(part / whole) if whole else None for part, whole in zip(right, count, strict=True)],
    }
    return pa.table(columns, schema=EARLY)
