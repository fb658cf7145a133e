"""Members of the learnt segments over time: who is where now, who came, who went, and which condition turned.

Movement is always told under one definition: the one of today, replayed at the earlier moment on what was known then.
A change of rules is therefore never mistaken for a change of customers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from habitue.errors import DataError
from habitue.models.segmenting import Condition, Rule, RuledSegments
from habitue.signals.segment import outcome
from habitue.signals.segment.early import early_groups
from habitue.signals.segment.language import SegmentStore, from_json
from habitue.signals.segment.language.tree import All, Compare, Node, Points
from habitue.signals.segment.overlapping import overlap, saved_members
from habitue.signals.segment.past import FEATURES, customers_at, window_days
from habitue.signals.segment.portraits import portray
from habitue.signals.segment.replay import Replay, replay, since
from habitue.signals.segment.rules import points_conditions

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = [
    "FLOWS",
    "FLOW_DAYS",
    "MOVES",
    "NOT_YET",
    "SCORES",
    "Placed",
    "definition_of",
    "flows",
    "learn",
    "moves",
    "place",
    "run",
]

FLOW_DAYS = (30, 90)
NOT_YET = "none"  # the segment of those who are no customers at that moment

_TIME = pa.timestamp("us")
MOVES = pa.schema([
    ("from_at", _TIME), ("to_at", _TIME), ("customer_id", pa.string()), ("from_segment", pa.string()),
    ("to_segment", pa.string()), ("feature", pa.string()), ("before", pa.float64()), ("now", pa.float64()),
    ("op", pa.string()), ("threshold", pa.float64()),
])  # fmt: skip
FLOWS = pa.schema([
    ("from_at", _TIME), ("to_at", _TIME), ("from_segment", pa.string()), ("to_segment", pa.string()),
    ("customers", pa.int64()),
])  # fmt: skip
SCORES = pa.schema([
    ("way", pa.int64()), ("method", pa.string()), ("segments", pa.int64()), ("measure", pa.string()),
    ("value", pa.float64()), ("chosen", pa.bool_()),
])  # fmt: skip

_NOT_MEASURES = ("method", "segments", "features", "coarse", "chosen", "judged_at")


@dataclass(frozen=True)
class Placed:
    """All customers at a moment, and the number of the segment each is in.

    Attributes
    ----------
    at : datetime
    ids : array of str, shape (n,)
        In order.
    x : array of float, shape (n, features)
        The features of the definition.
    segment : array of int, shape (n,)
    spend, orders : array of float, shape (n,)
        What they did until the end that was asked for; 0 where none was.
    """

    at: datetime
    ids: Any
    x: Any
    segment: Any
    spend: Any
    orders: Any


def place(shop: Shop, at: datetime, definition: RuledSegments, *, end: datetime | None = None) -> Placed:
    """Put all customers of a moment into the segments of a definition.

    Parameters
    ----------
    shop : Shop
    at : datetime
        Customers and their features are those known strictly before.
    definition : RuledSegments
    end : datetime, optional
        Also read what they did from the moment to this one.
    """
    seen = customers_at(shop, at, end=end, names=definition.names)
    segment = definition.assign(seen.x) if seen.ids.size else np.empty(0, dtype=np.int64)
    return Placed(at, seen.ids, seen.x, segment, seen.spend, seen.orders)


def moves(definition: RuledSegments, then: Placed, now: Placed) -> pa.Table:
    """Tell who entered, left or changed segment between two moments, and which condition of the old rule turned.

    Where several conditions turned, the one that was passed by most (on a logarithmic scale) is told.

    Parameters
    ----------
    definition : RuledSegments
    then, now : Placed
        By this definition, the earlier moment first.

    Returns
    -------
    Arrow table
        ``segment_moves``: from_at, to_at, customer_id, from_segment, to_segment (``none``: no customer at that
        moment), feature, before, now (its values; missing for who entered or left), op, threshold (the condition
        that held before and does not now). One row per customer who is elsewhere, by customer_id.
    """
    both, before, after = _matched(then, now)
    old = np.where(before >= 0, _at(then.segment, before), -1)
    new = np.where(after >= 0, _at(now.segment, after), -1)
    moved = old != new
    both, before, after, old, new = (each[moved] for each in (both, before, after, old, new))
    told = _turned(definition, then, now, before, after, old)
    codes = _codes(definition)
    columns = {
        "from_at": pa.repeat(pa.scalar(then.at, _TIME), both.size),
        "to_at": pa.repeat(pa.scalar(now.at, _TIME), both.size),
        "customer_id": pa.array(both, pa.string()),
        "from_segment": pa.array(codes[old], pa.string()),
        "to_segment": pa.array(codes[new], pa.string()),
        **told,
    }
    return pa.table(columns, schema=MOVES)


def flows(definition: RuledSegments, then: Placed, now: Placed) -> pa.Table:
    """Count how many customers went from each segment to each other one, those who stayed included.

    Returns
    -------
    Arrow table
        ``segment_flows``: from_at, to_at, from_segment, to_segment (``none``: no customer at that moment), customers;
        pairs with any customer.
    """
    _, before, after = _matched(then, now)
    size = definition.size + 1
    old = np.where(before >= 0, _at(then.segment, before), definition.size)
    new = np.where(after >= 0, _at(now.segment, after), definition.size)
    counts = np.bincount(old * size + new, minlength=size * size)
    pairs = np.flatnonzero(counts)
    codes = _codes(definition)
    columns = {
        "from_at": pa.repeat(pa.scalar(then.at, _TIME), pairs.size),
        "to_at": pa.repeat(pa.scalar(now.at, _TIME), pairs.size),
        "from_segment": pa.array(codes[pairs // size], pa.string()),
        "to_segment": pa.array(codes[pairs % size], pa.string()),
        "customers": pa.array(counts[pairs], pa.int64()),
    }
    return pa.table(columns, schema=FLOWS)


def definition_of(definitions: pa.Table) -> RuledSegments:
    """Read the definition back from the published table ``segment_definitions``.

    Raises
    ------
    DataError
        When a rule is not one that learnt segments have.
    """
    rows = sorted(definitions.select(["place", "rule"]).to_pylist(), key=lambda row: row["place"])
    rules = tuple(_rule(from_json(json.loads(row["rule"]))) for row in rows)
    named = set(RuledSegments("published", (), rules).features)
    return RuledSegments("published", (*FEATURES, *sorted(named - set(FEATURES))), rules)


def learn(
    shop: Shop, at: datetime, *, horizon_days: int | None = None, previous: pa.Table | None = None
) -> outcome.LearntSegments:
    """Define the shop's segments from what was known at a moment.

    Parameters
    ----------
    shop : Shop
    at : datetime
        Nothing that happened then or later is used.
    horizon_days : int, optional
        ``[signals] horizon_days`` of shop.toml when not given.
    previous : Arrow table, optional
        The table ``segment_definitions`` of an earlier run; its rules stay unless new ones do clearly better.
    """
    horizon = horizon_days or shop.settings.signals.horizon_days
    return outcome.learn(shop, at, horizon_days=horizon, previous=_published(previous))


def run(
    shop: Shop,
    as_of: datetime,
    *,
    signals: Mapping[str, pa.Table | None] = MappingProxyType({}),
    previous: pa.Table | None = None,
    learnt: outcome.LearntSegments | None = None,
) -> dict[str, pa.Table]:
    """Put everybody into a segment, say what each is like and how customers moved.

    Parameters
    ----------
    shop : Shop
    as_of : datetime
        Nothing that happened then or later is used.
    signals : mapping of str to Arrow table, optional
        The published tables ``value``, ``churn``, ``need``, ``rfm`` and ``lifecycle`` as of the same moment, those
        that are there.
    previous : Arrow table, optional
        As for `learn`.
    learnt : LearntSegments, optional
        From this or an earlier moment; learnt anew when not given.

    Returns
    -------
    dict of str to Arrow table
        ``segments`` (customer_id, as_of, segment, since: the moment from which the customer has been in it without
        leaving, by the rules of today), ``segment_early`` (see `early_groups`), ``segment_definitions`` (see
        `portray`), ``segment_moves``, ``segment_flows``,
        ``segment_scores`` (way, method, segments, measure, value, chosen: what every way to define segments reached
        on the shop's past) and ``segment_overlap``.

    Raises
    ------
    DataError
        When what was learnt knows more than the moment.
    """
    learnt = learnt or learn(shop, as_of, previous=previous)
    if learnt.at > as_of:
        raise DataError(
            f"The segments know what came until {learnt.at:%Y-%m-%d}, past {as_of:%Y-%m-%d}",
            hint=f"learn them as of {as_of:%Y-%m-%d}",
        )
    definition, now = learnt.definition, place(shop, as_of, learnt.definition)
    days = window_days(shop, as_of, learnt.horizon_days)
    moments = {span: as_of - timedelta(days=span) for span in {*FLOW_DAYS, days} if span}
    earlier = {span: place(shop, at, definition, end=as_of) for span, at in moments.items()}
    past = replay(shop, as_of, definition.features)
    members = _members(definition, now, past)
    predicted = {name: signals.get(name) for name in ("value", "churn", "need")}
    portrait = portray(shop, learnt, now, then=earlier.get(days), signals=predicted)
    told = [earlier[span] for span in FLOW_DAYS if earlier[span].ids.size]
    families = _families(shop, as_of, members, signals.get("rfm"), signals.get("lifecycle"))
    return {
        "segments": members,
        "segment_early": early_groups(shop, as_of, _spoken(definition), past, _codes(definition)),
        "segment_definitions": portrait,
        "segment_moves": _concat([moves(definition, then, now) for then in told], MOVES),
        "segment_flows": _concat([flows(definition, then, now) for then in told], FLOWS),
        "segment_scores": _scores(learnt.scores),
        "segment_overlap": overlap(families),
    }


def _families(
    shop: Shop, as_of: datetime, members: pa.Table, rfm: pa.Table | None, lifecycle: pa.Table | None
) -> dict[str, pa.Table]:
    families = {"learnt": members}
    if rfm is not None:
        families["rfm"] = rfm
    if lifecycle is not None:
        stages = lifecycle.select(["customer_id", "stage"]).rename_columns(["customer_id", "segment"])
        families["lifecycle"] = stages
    saved = saved_members(SegmentStore(shop.folder / ".habitue"), as_of, shop.loaded.fingerprint)
    return families | ({"saved": saved} if saved.num_rows else {})


def _published(definitions: pa.Table | None) -> RuledSegments | None:
    """Read the definition of an earlier run; None where there is none, or it is of another kind than those of today."""
    if definitions is None or not definitions.num_rows:
        return None
    try:
        return definition_of(definitions)
    except DataError:
        return None


def _spoken(definition: RuledSegments) -> RuledSegments:
    """Return the definition on the features alone that its rules speak of."""
    return RuledSegments(definition.method, definition.features, definition.rules, definition.explained)


def _members(definition: RuledSegments, now: Placed, past: Replay) -> pa.Table:
    ids = pa.array(now.ids, pa.string())
    return pa.table({
        "customer_id": ids,
        "as_of": pa.repeat(pa.scalar(now.at, _TIME), now.ids.size),
        "segment": pa.array(_codes(definition)[now.segment], pa.string()),
        "since": pa.array(since(definition, past, ids, now.segment, now.at), _TIME),
    })  # fmt: skip


def _codes(definition: RuledSegments) -> Any:
    """Return the codes by number; the last one, also number -1, is that of nobody."""
    return np.array([*(outcome.segment_code(n) for n in range(definition.size)), NOT_YET], dtype=object)


def _matched(then: Placed, now: Placed) -> tuple[Any, Any, Any]:
    """Return all customers of either moment and their rows at each; -1 where they are not there."""
    old, new = pd.Index(then.ids, dtype=object), pd.Index(now.ids, dtype=object)
    both = old.union(new)
    return both.to_numpy(dtype=object), old.get_indexer(both), new.get_indexer(both)


def _at(values: Any, rows: Any) -> Any:
    """Take rows where there may be none at all to take."""
    return values[rows] if len(values) else np.full(rows.shape, -1)


def _turned(definition: RuledSegments, then: Placed, now: Placed, before: Any, after: Any, old: Any) -> dict[str, Any]:
    """Return feature, before, now, op and threshold of the condition that turned, by row."""
    feature, op = np.full(old.size, None, dtype=object), np.full(old.size, None, dtype=object)
    was, became, threshold = (np.full(old.size, np.nan) for _ in range(3))
    passed = np.full(old.size, -1.0)
    changed = (before >= 0) & (after >= 0)
    for number, rule in enumerate(definition.rules):
        rows = np.flatnonzero(changed & (old == number))
        for each in sorted(rule.conditions, key=lambda one: (one.name, one.op)):
            values = each.values(now.x[after[rows]], definition.names)
            above = values >= each.value
            broken = above if each.op == "<" else ~above
            far = np.abs(_log(values) - _log(each.value))
            here, hit = rows[broken & (far > passed[rows])], broken & (far > passed[rows])
            passed[here] = far[hit]
            feature[here], op[here], threshold[here] = each.name, each.op, each.value
            was[here], became[here] = each.values(then.x[before[here]], definition.names), values[hit]
    return {
        "feature": pa.array(feature, pa.string()),
        "before": pa.array(was, pa.float64(), from_pandas=True),
        "now": pa.array(became, pa.float64(), from_pandas=True),
        "op": pa.array(op, pa.string()),
        "threshold": pa.array(threshold, pa.float64(), from_pandas=True),
    }


def _log(values: Any) -> Any:
    return np.log1p(np.maximum(np.nan_to_num(values, nan=0.0), 0.0))


def _rule(tree: Node) -> Rule:
    parts = tree.items if isinstance(tree, All) else (tree,)
    found = []
    for each in parts:
        simple = isinstance(each, Compare) and each.kind == "feature" and each.op in ("<", ">=")
        if isinstance(each, Points):
            found += points_conditions(each)
        elif isinstance(each, Compare) and simple and isinstance(each.value, (int, float)):
            found.append(Condition(each.name, each.op, float(each.value)))
        else:
            said = json.dumps(tree.as_json(), ensure_ascii=False)
            raise DataError(
                "a rule is not one that learnt segments have", table="segment_definitions", column="rule", first=said
            )
    return Rule(tuple(found))


def _scores(wide: pa.Table) -> pa.Table:
    """Turn one row per way into one per way and measure."""
    measures = [
        field.name
        for field in wide.schema
        if field.name not in _NOT_MEASURES
        and not pa.types.is_string(field.type)
        and not pa.types.is_temporal(field.type)
    ]
    rows = [
        (number, row["method"], row["segments"], name, None if row[name] is None else float(row[name]), row["chosen"])
        for number, row in enumerate(wide.to_pylist(), 1)
        for name in measures
    ]
    if not rows:
        return SCORES.empty_table()
    columns = [pa.array(values, field.type) for values, field in zip(zip(*rows, strict=True), SCORES, strict=True)]
    return pa.table(columns, schema=SCORES)


def _concat(parts: list[pa.Table], schema: pa.Schema) -> pa.Table:
    return pa.concat_tables(parts) if parts else schema.empty_table()
