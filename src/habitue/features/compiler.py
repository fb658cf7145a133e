"""Turn features, which are data, into one Ibis expression over a snapshot."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import ibis

from habitue.data.snapshot import Snapshot
from habitue.features.catalogue import CATALOGUE, needed
from habitue.features.definition import AnyFeature, Derived, Feature, Grain
from habitue.features.grains import GRAINS, TEST_COLUMNS, TIMES, where

__all__ = ["available", "compute"]

_AT_ONCE = 20  # features a query, where it is answered in parts: each part adds lines up to orders anew
_PLACES = 8  # behind the point: less than any currency's, more than a double keeps of a large sum


def compute(snapshot: Snapshot, names: Iterable[str] | None = None, *, hold: Callable[[Any], Any] | None = None) -> Any:
    """Describe every customer by what was known at the snapshot's moment.

    Parameters
    ----------
    snapshot : Snapshot
    names : iterable of str, optional
        Features wanted, see ``docs/features.md``; all that the shop's tables allow when not given.
    hold : callable, optional
        Given a query it answers it and returns a table of the answer. With it features are worked out a few at a time,
        so that the figures of a million customers need not be held in memory all at once.

    Returns
    -------
    Ibis table
        ``customer_id`` and one column per name, one row per customer with any purchase before the moment. Features
        whose column or table the shop does not have are all missing.

    Raises
    ------
    ConfigError
        For a name that is not in the catalogue.
    """
    wanted = tuple(names) if names is not None else available(snapshot)
    features = needed(wanted)
    possible = {each.name for each in features if isinstance(each, Feature) and _possible(each, snapshot)}
    members = [each for each in features if isinstance(each, Feature) and each.name in possible]
    first, *others = _parts(members, None if hold is None else _AT_ONCE)
    table = _held(_grain(snapshot, Grain.ORDER, first), hold)
    for part in others:
        rows = _held(_grain(snapshot, part[0].grain, part), hold)
        table = table.left_join(rows, "customer_id").drop("customer_id_right")
    table = table.mutate(**_fill(features, possible, table))
    for each in features:
        if isinstance(each, Derived):
            table = table.mutate(**{each.name: _derive(each, table, snapshot)})
    return table.select("customer_id", *wanted)


def _parts(features: Sequence[Feature], most: int | None) -> Iterator[list[Feature]]:
    """Yield the features of orders first (there may be none: every customer has an order), then grain by grain."""
    for grain in (Grain.ORDER, *(each for each in Grain if each is not Grain.ORDER)):
        members = [each for each in features if each.grain is grain]
        if most is not None:  # what needs the same columns and tests comes together
            members.sort(key=lambda each: (each.aggregate in ("first", "last"), each.where or "", each.measure))
        step = most or max(len(members), 1)
        starts = range(0, len(members), step)
        yield from [members[start : start + step] for start in starts] or ([[]] if grain is Grain.ORDER else [])


def _held(rows: Any, hold: Callable[[Any], Any] | None) -> Any:
    return rows if hold is None else hold(rows)


def available(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the names of all features for which the shop gave the columns and tables."""
    return tuple(
        name
        for name in CATALOGUE
        if all(_possible(each, snapshot) for each in needed((name,)) if isinstance(each, Feature))
    )


def _possible(each: Feature, snapshot: Snapshot) -> bool:
    return all(_has(need, snapshot) for need in each.needs)


def _has(need: str, snapshot: Snapshot) -> bool:
    if need.startswith("table:"):
        return snapshot.has(need.removeprefix("table:"))
    if "." in need:
        name, column = need.split(".")
        return snapshot.gives(name, column)
    return any(snapshot.gives("order_lines", column) for column in need.split("|"))


def _grain(snapshot: Snapshot, grain: Grain, members: Sequence[Feature]) -> Any:
    columns = {each.measure for each in members} | {TEST_COLUMNS[e.where] for e in members if e.where in TEST_COLUMNS}
    rows = GRAINS[grain](snapshot, frozenset(columns))
    if not members:
        return rows.select("customer_id").distinct()
    return rows.group_by("customer_id").agg(**{each.name: _aggregate(each, rows, snapshot) for each in members})


def _aggregate(each: Feature, rows: Any, snapshot: Snapshot) -> Any:
    test = _test(each, rows, snapshot)
    if each.aggregate == "count":
        return rows.count(where=test)
    if each.aggregate == "share":
        return test.cast("int32").mean()
    value = rows[each.measure]
    if each.aggregate in ("first", "last"):
        return _edge(each, rows, value)
    if each.aggregate == "std":
        return _settled(value.std(how="sample", where=test))
    made = getattr(value, each.aggregate)(where=test)
    return _settled(made) if value.type().is_floating() else made


def _settled(number: Any) -> Any:
    """Round away what the order of adding up leaves: it is another every time, and must decide nothing."""
    return number.round(_PLACES)


def _edge(each: Feature, rows: Any, value: Any) -> Any:
    """First or last value by time; orders of one instant are told apart by their number."""
    time = rows[TIMES[each.grain]]
    key = ibis.struct({"at": time, "id": rows.order_id}) if each.grain is Grain.ORDER else time
    known = value.notnull()
    return value.argmin(key, where=known) if each.aggregate == "first" else value.argmax(key, where=known)


def _test(each: Feature, rows: Any, snapshot: Snapshot) -> Any:
    tests = [where(each.where, rows)] if each.where else []
    if each.window_days is not None:
        time = rows[TIMES[each.grain]]
        start = snapshot.as_of - timedelta(days=each.window_days)
        tests.append(time >= (ibis.literal(start.date()) if time.type().is_date() else ibis.literal(start)))
    if not tests:
        return None
    return tests[0] if len(tests) == 1 else tests[0] & tests[1]


def _fill(features: Sequence[AnyFeature], possible: set[str], table: Any) -> dict[str, Any]:
    """Give customers without rows their 0, and features without their column a typed NULL."""
    filled: dict[str, Any] = {}
    for each in features:
        if not isinstance(each, Feature):
            continue
        if each.name not in possible:
            filled[each.name] = ibis.null(_TYPES[each.unit])
        elif each.aggregate == "count":
            filled[each.name] = table[each.name].fill_null(0)
        elif each.missing is not None:
            filled[each.name] = table[each.name].fill_null(each.missing)
    return filled


_TYPES = {
    "days": "float64",
    "money": "float64",
    "share": "float64",
    "count": "float64",
    "code": "string",
    "time": "timestamp(6)",
}


def _derive(each: Derived, table: Any, snapshot: Snapshot) -> Any:
    first = table[each.of[0]]
    if each.kind == "days_since":
        return (ibis.literal(snapshot.as_of).epoch_seconds() - first.epoch_seconds()) / 86_400.0
    second = table[each.of[1]]
    if each.kind == "difference":
        return _settled(first - second)
    return _settled(first / (second.cast("float64") + each.plus).nullif(0.0))
