"""Look at a tree before it is computed: what cannot be answered is an error, what is doubtful a remark."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from habitue.data.snapshot import Snapshot
from habitue.errors import DataError
from habitue.features import Feature, available
from habitue.features.catalogue import needed
from habitue.schema import Words
from habitue.signals.segment.language.acting import bounds, needed_column
from habitue.signals.segment.language.contradictions import contradiction
from habitue.signals.segment.language.text import say
from habitue.signals.segment.language.tree import (
    All,
    Compare,
    Did,
    DidNot,
    Group,
    Node,
    Not,
    Points,
    Rank,
    Sequence,
    acts,
)

__all__ = ["Remark", "check", "require", "walk"]


@dataclass(frozen=True, slots=True)
class Remark:
    """Something doubtful in a tree that can be computed all the same.

    Attributes
    ----------
    code : str
        ``contradiction``, ``window_longer_than_data`` or ``window_outside_data``.
    path : str
        Its place, such as ``all[1]``.
    message : Words
    """

    code: str
    path: str
    message: Words


def check(tree: Node, snapshot: Snapshot, *, first_order_at: datetime) -> list[Remark]:
    """Say what is doubtful in a segment, such as conditions that exclude each other.

    Parameters
    ----------
    tree : Node
    snapshot : Snapshot
    first_order_at : datetime
        The shop's first purchase: since when there are data.

    Returns
    -------
    list of Remark

    Raises
    ------
    DataError
        When the shop does not give a table or column that a condition reads.
    """
    require(tree, snapshot)
    remarks: list[Remark] = []
    for path, node in walk(tree):
        if isinstance(node, All):
            parts = contradiction(node)
            if parts:
                both = [" / ".join(say(each, language) for each in parts) for language in ("en", "zh")]
                message = Words(f"Nobody can be all of this at once: {both[0]}", f"以下条件互相矛盾：{both[1]}")
                remarks.append(Remark("contradiction", path, message))
        remarks += _windows(path, node, snapshot.as_of, first_order_at)
    return remarks


def walk(tree: Node, path: str = "") -> Iterator[tuple[str, Node]]:
    """Go through all nodes of a tree with their places."""
    yield path, tree
    lead = f"{path}." if path else ""
    if isinstance(tree, Group):
        for i, each in enumerate(tree.items):
            yield from walk(each, f"{lead}{tree.word}[{i}]")
    elif isinstance(tree, Not):
        yield from walk(tree.item, f"{lead}not")


def require(tree: Node, snapshot: Snapshot) -> None:
    """Fail when the shop does not give what a condition reads: a missing column must not look like an empty segment."""
    given = None
    for path, node in walk(tree):
        for name in _features(node):
            given = given or frozenset(available(snapshot))
            if name not in given:
                raise _missing_feature(name, path)
        if isinstance(node, Compare) and node.kind == "customer" and not snapshot.gives("customers", node.name):
            raise _missing(path, "customers", node.name)
        for act in acts(node):
            if act.what == "event" and not snapshot.has("events"):
                raise _missing(path, "events", "event")
            for test in act.where:
                lacking = needed_column(snapshot, act.what, test.column)
                if lacking is not None:
                    raise _missing(path, *lacking)


def _features(node: Node) -> tuple[str, ...]:
    if isinstance(node, Points):
        return tuple(axis.name for axis in node.axes)
    if isinstance(node, Compare) and node.kind == "feature":
        return (node.name,)
    return (node.name,) if isinstance(node, Rank) and "." not in node.name else ()


def _missing(path: str, table: str, column: str) -> DataError:
    return DataError(
        f"{path + ': ' if path else ''}the shop does not give {column!r} of {table} (any more)",
        hint="habitue check",
        table=table,
        column=column,
    )


def _missing_feature(name: str, path: str) -> DataError:
    wants = sorted({each for feature in needed((name,)) if isinstance(feature, Feature) for each in feature.needs})
    return DataError(
        f"{path + ': ' if path else ''}the feature {name!r} cannot be computed: "
        "the shop does not give what it needs (any more)",
        hint="habitue check",
        expected=", ".join(each.removeprefix("table:").replace("|", " or ") for each in wants),
        column=name,
    )


def _windows(path: str, node: Node, as_of: datetime, first: datetime) -> list[Remark]:
    history = as_of - first
    if isinstance(node, (Did, DidNot, Sequence)):
        start, end = bounds(node.window, as_of)
        if (end is not None and end <= first) or (start is not None and start >= as_of):
            message = Words(
                f"There are no data in that stretch of time: they go from {first:%Y-%m-%d} to {as_of:%Y-%m-%d}",
                f"该时间段内没有数据：数据从 {first:%Y-%m-%d} 到 {as_of:%Y-%m-%d}",
            )
            return [Remark("window_outside_data", path, message)]
        if start is not None and start < first - timedelta(days=1):
            return [_too_long(path, (as_of - start).days, history.days)]
    windows = [each.window_days or 0 for each in needed(_features(node)) if isinstance(each, Feature)]
    return [_too_long(path, max(windows), history.days)] if max(windows, default=0) > history.days + 1 else []


def _too_long(path: str, days: int, history: int) -> Remark:
    message = Words(
        f"It looks back {days} days, but the first purchase is {history} days old",
        f"回溯 {days} 天，但首笔订单距今只有 {history} 天",
    )
    return Remark("window_longer_than_data", path, message)
