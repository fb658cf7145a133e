"""Show a segment before it is saved: how many, what each condition keeps, who for example, and whom one can reach."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import ibis

from habitue.schema import Words
from habitue.signals.segment.language.caching import CachedKnown, Progress, kept
from habitue.signals.segment.language.checks import Remark, check, require
from habitue.signals.segment.language.compiling import conditions, published_for, together, verdict_of, with_facts
from habitue.signals.segment.language.facts import facts_of
from habitue.signals.segment.language.text import say
from habitue.signals.segment.language.tree import All, Compare, Node

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["ConditionCount", "Effect", "Preview", "Reach", "Sample", "prepare", "preview"]

_SAMPLES = 10
_WINDOW_DAYS = 30  # of the outcome whose detectable difference is given
_CERTAINTY = 1.959964 + 0.841621  # two-sided 5 %, power 80 %
_OUTCOMES = tuple(Compare("feature", f"{name}_{_WINDOW_DAYS}d", "is_known") for name in ("orders", "spend"))
_SHUFFLE = (48_271, 2_147_483_647)  # customers in an order that means nothing and is the same again
_NO_CONSENTS = Words(
    "the shop gave no consents: who may be contacted is not known", "店铺未提供授权同意数据，可触达人数未知"
)


@dataclass(frozen=True, slots=True)
class ConditionCount:
    """What one condition keeps: by itself, and together with those before it.

    ``left`` is None for conditions that do not stand in the outermost "all"; ``unknown`` counts the customers of whom
    it is not known.
    """

    text: Words
    alone: int
    unknown: int
    left: int | None


@dataclass(frozen=True, slots=True)
class Sample:
    """One member, with the values that decide; keys are the conditions' texts in English."""

    customer_id: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reach:
    """How many members agreed to be contacted over a channel."""

    channel: str
    customers: int
    share: float


@dataclass(frozen=True, slots=True)
class Effect:
    """The smallest effect that a test with half of the members held out would find, four times out of five.

    ``buyers_share`` and ``spend`` are what members did in the 30 days before the moment.
    """

    held_out: int
    buyers_share: float
    detectable_buyers_share: float
    spend: float
    detectable_spend: float
    days: int = _WINDOW_DAYS


@dataclass(frozen=True, slots=True)
class Preview:
    """What `preview` shows.

    Attributes
    ----------
    as_of : datetime
    size, universe : int
        Members, and all customers with a purchase before the moment.
    share : float
        Of the universe.
    unknown : int
        Customers of whom it is not known whether the tree holds; they are no members.
    conditions : tuple of ConditionCount
        The parts of the outermost "all" in their order (a funnel), then every other condition.
    sample : tuple of Sample
        Up to 10 members, picked without regard to anything.
    reach : tuple of Reach or None
        None where the shop has no consents; ``reach_note`` says so.
    effect : Effect or None
        None below 4 members.
    remarks : tuple of Remark
    seconds : float
    """

    as_of: datetime
    size: int
    universe: int
    unknown: int
    conditions: tuple[ConditionCount, ...]
    sample: tuple[Sample, ...]
    reach: tuple[Reach, ...] | None
    effect: Effect | None
    remarks: tuple[Remark, ...]
    seconds: float

    @property
    def share(self) -> float:
        """Members as a share of all customers."""
        return self.size / self.universe if self.universe else 0.0

    @property
    def reach_note(self) -> Words | None:
        """Why nothing is said about reach."""
        return _NO_CONSENTS if self.reach is None else None


def prepare(shop: Shop, as_of: datetime, *, report: Progress | None = None) -> None:
    """Do the slow part of previews at a moment ahead: it is done once, and only where it was not done yet.

    Parameters
    ----------
    shop : Shop
    as_of : datetime
    report : callable, optional
        Called as ``report(what, done, of)``.
    """
    CachedKnown(shop, as_of).prepare(report=report)


def preview(
    tree: Node,
    shop: Shop,
    as_of: datetime,
    *,
    published: Mapping[str, Any] | None = None,
    stored: Mapping[Any, Any] | None = None,
) -> Preview:
    """Show how many customers a segment would have, what each condition does, and some of its members.

    Parameters
    ----------
    tree : Node
    shop : Shop
    as_of : datetime
    published : mapping of str to table, optional
        Published tables; those of the shop's ledger when not given.
    stored : mapping of Segment to table, optional
        Stored members of segments referred to, see `SegmentStore.stored_for`.

    Returns
    -------
    Preview

    Raises
    ------
    DataError, LedgerError, ConfigError
        As `members` does.
    """
    started = time.perf_counter()
    if published is None:
        published = published_for(tree, shop.ledger, as_of)
    known = CachedKnown(shop, as_of, published=published, stored=stored)
    require(tree, known.snapshot)
    known.prepare()
    remarks = check(tree, known.snapshot, first_order_at=shop.first_order_at)
    found = conditions(tree)
    # Kept in the database: counts, sample and reach read it one after the other.
    with kept(shop.engine, _judged(tree, found, known)) as judged:
        counts = shop.engine.to_rows(_counts(judged, tree, found))[0]
        size = int(counts["size"])
        return Preview(
            as_of,
            size,
            int(counts["universe"]),
            int(counts["unknown"]),
            _condition_counts(counts, tree, found),
            _sample(shop, judged, found),
            _reach(shop, judged, known, size),
            _effect(counts, size),
            tuple(remarks),
            time.perf_counter() - started,
        )


def _parts(tree: Node) -> list[Node]:
    return list(tree.items) if isinstance(tree, All) else [tree]


def _judged(tree: Node, found: list[Node], known: CachedKnown) -> Any:
    rows = with_facts([*found, *_OUTCOMES], known)
    tests = {f"condition_{i}": verdict_of(leaf, rows, known) for i, leaf in enumerate(found)}
    labels = {fact.label for leaf in (*found, *_OUTCOMES) for fact in facts_of(leaf)}
    rows = rows.mutate(**tests)
    places = {leaf: rows[f"condition_{i}"] for i, leaf in enumerate(found)}
    verdicts = {f"part_{i}": together(part, places) for i, part in enumerate(_parts(tree))}
    return rows.select(
        "customer_id", *sorted(labels), *tests, shown=known.identity(rows), holds=together(tree, places), **verdicts
    )


def _counts(judged: Any, tree: Node, found: list[Node]) -> Any:
    member = judged.holds.fill_null(False)
    sums: dict[str, Any] = {
        "universe": judged.count(),
        "size": judged.count(where=member),
        "unknown": judged.count(where=judged.holds.isnull()),
        "buyers": judged.count(where=member & (judged[f"orders_{_WINDOW_DAYS}d"] > 0)),
        "spend": judged[f"spend_{_WINDOW_DAYS}d"].mean(where=member),
        "spend_sd": judged[f"spend_{_WINDOW_DAYS}d"].std(where=member),
    }
    for i, _ in enumerate(found):
        sums[f"condition_{i}_alone"] = judged.count(where=judged[f"condition_{i}"])
        sums[f"condition_{i}_unknown"] = judged.count(where=judged[f"condition_{i}"].isnull())
    left: Any = ibis.literal(value=True)
    for i, _ in enumerate(_parts(tree)):
        part = judged[f"part_{i}"]
        left = left & part
        sums[f"part_{i}_alone"] = judged.count(where=part)
        sums[f"part_{i}_unknown"] = judged.count(where=part.isnull())
        sums[f"part_{i}_left"] = judged.count(where=left)
    return judged.agg(**sums)


def _condition_counts(counts: dict[str, Any], tree: Node, found: list[Node]) -> tuple[ConditionCount, ...]:
    parts = _parts(tree)
    shown = [(f"part_{i}", part, counts[f"part_{i}_left"]) for i, part in enumerate(parts)]
    shown += [(f"condition_{i}", leaf, None) for i, leaf in enumerate(found) if leaf not in parts]
    return tuple(
        ConditionCount(
            Words(say(node), say(node, "zh")), int(counts[f"{name}_alone"]), int(counts[f"{name}_unknown"]), left
        )
        for name, node, left in shown
    )


def _sample(shop: Shop, judged: Any, found: list[Node]) -> tuple[Sample, ...]:
    factor, modulus = _SHUFFLE
    members = judged.filter(judged.holds)
    mixed = (members.customer_id.cast("int64") * factor) % modulus
    columns: dict[str, str] = {}
    for leaf in found:
        facts = list(facts_of(leaf))
        # A condition on several features shows each by its own name.
        columns |= {say(leaf) if len(facts) == 1 else fact.label: fact.label for fact in facts}
    wanted = sorted(set(columns.values()))
    rows = shop.engine.to_rows(members.order_by(mixed).limit(_SAMPLES).select("shown", *wanted))
    return tuple(Sample(row["shown"], {text: row[label] for text, label in columns.items()}) for row in rows)


def _reach(shop: Shop, judged: Any, known: CachedKnown, size: int) -> tuple[Reach, ...] | None:
    consented = known.reach_rows()
    if consented is None:
        return None
    members = judged.filter(judged.holds).select("customer_id")
    rows = members.join(consented, "customer_id")
    counted = shop.engine.to_rows(rows.group_by("channel").agg(n=rows.count()).order_by("channel"))
    return tuple(Reach(row["channel"], int(row["n"]), row["n"] / size) for row in counted)


def _effect(counts: dict[str, Any], size: int) -> Effect | None:
    """Two arms of equal size: the difference of means that a two-sided test finds with power 80 %."""
    if size < 4:
        return None
    share = counts["buyers"] / size
    spread = max(share, 1 / size) * max(1 - share, 1 / size)
    per_arm = size / 2
    return Effect(
        held_out=size // 2,
        buyers_share=share,
        detectable_buyers_share=_CERTAINTY * math.sqrt(2 * spread / per_arm),
        spend=counts["spend"],
        detectable_spend=_CERTAINTY * (counts["spend_sd"] or 0.0) * math.sqrt(2 / per_arm),
    )
