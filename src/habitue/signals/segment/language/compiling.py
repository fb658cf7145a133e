"""Compile a tree to one query: facts are joined to all customers, conditions tested on them, and put together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import reduce
from operator import and_, or_
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.compute as pc

from habitue.data.snapshot import Snapshot
from habitue.errors import ConfigError, DataError, LedgerError, did_you_mean
from habitue.features import compute
from habitue.ledger import Ledger, LedgerTable
from habitue.signals.segment.language.acting import add_up, follow, rows_of
from habitue.signals.segment.language.checks import require
from habitue.signals.segment.language.comparing import column_type, known_number, random_number, scored, tested
from habitue.signals.segment.language.facts import (
    ActFact,
    CustomerFact,
    Fact,
    FeatureFact,
    HashFact,
    RankFact,
    SegmentFact,
    SequenceFact,
    SignalFact,
    facts_of,
)
from habitue.signals.segment.language.reading import read_moment
from habitue.signals.segment.language.tree import (
    All,
    Bucket,
    Compare,
    Did,
    DidNot,
    Group,
    Ids,
    Node,
    Not,
    Points,
    Rank,
    Segment,
    Timed,
    leaves,
)
from habitue.signals.segment.language.vocabulary import CUSTOMER_COLUMNS, TYPES, UNARY, feature_type

__all__ = ["Known", "conditions", "members", "published_for", "verdicts"]


class Known:
    """Where facts come from: a snapshot, published tables, and stored members of other segments.

    Parameters
    ----------
    snapshot : Snapshot
    published : mapping of str to table
        Arrow, `LedgerTable` or Ibis.
    stored : mapping of Segment to table
        Tables with customer_id, by the `Segment` condition that asks for them.
    hold : callable, optional
        As for `habitue.features.compute`.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        published: Mapping[str, Any] | None = None,
        stored: Mapping[Any, Any] | None = None,
        *,
        hold: Callable[[Any], Any] | None = None,
    ) -> None:
        self.hold = hold
        self.snapshot = snapshot
        self.published = published or {}
        self.stored = stored or {}

    @property
    def as_of(self) -> datetime:
        """The moment everything looks from."""
        return self.snapshot.as_of

    def customers(self, features: Iterable[str]) -> Any:
        """Return all customers with a purchase before the moment, and these features of them."""
        names = sorted(set(features))
        if not names:
            return self.snapshot.purchases.select("customer_id").distinct()
        rows = compute(self.snapshot, names, hold=self.hold)
        return rows.mutate(**{name: known_number(rows[name]) for name in names if rows[name].type().is_floating()})

    def attributes(self, columns: Iterable[str]) -> Any:
        """Return customer_id and columns of the customers table."""
        rows = self.snapshot.table("customers")
        # A customer listed twice keeps the greatest of both: any choice does as long as it is the same again.
        return rows.group_by("customer_id").agg(**{CustomerFact(name).label: rows[name].max() for name in columns})

    def signal(self, fact: SignalFact) -> Any:
        """Return customer_id and a published column."""
        rows = published_rows(self.published, fact, self.as_of)
        ranked = "rank" in rows.columns
        if fact.test is None:
            first = rows.filter(rows["rank"] == 1) if ranked else rows
            return first.select("customer_id", **{fact.label: known_number(first[fact.column])})
        first = rows.filter(rows["rank"] <= fact.test.among_first) if ranked else rows
        column = known_number(first[fact.column])
        # Of several rows: true if any is, false if all are known and false. Negative tests are the negation of that.
        positive = {"!=": "=", "not_in": "in", "is_missing": "is_known"}.get(fact.test.op, fact.test.op)
        judged = first.select("customer_id", one=tested(column, positive, fact.test.value, fitting(fact.test, column)))
        both = judged.group_by("customer_id").agg(some=judged.one.max(), unknown=judged.one.isnull().max())
        either = (both.unknown & ~both.some.fill_null(False)).ifelse(ibis.null("boolean"), both.some)
        return both.select("customer_id", **{fact.label: either if positive == fact.test.op else ~either})

    def identity(self, rows: Any) -> Any:
        """Return the column of `customers` that holds the shop's own customer number."""
        return rows.customer_id

    def hashed(self, rows: Any, fact: HashFact) -> Any:
        """Return the customers with the random number that a salt gives them."""
        return rows.mutate(**{fact.label: random_number(self.identity(rows), fact.salt)})

    def placed(self, rows: Any, fact: RankFact) -> Any:
        """Return the customers with their places by a number; equal ones go by customer_id, missing ones have none."""
        column = rows[fact.of.label]
        if column_type(column) not in ("number", "time"):
            raise ConfigError(f"{fact.of.name!r} is no number to rank customers by", expected="a number or time")
        order = column.desc() if fact.down else column.asc()
        place = ibis.row_number().over(order_by=[column.isnull(), order, rows.customer_id])
        known = column.notnull().ifelse(place, ibis.null("int64"))
        return rows.mutate(**{fact.label: known, f"{fact.label}_of": column.count().over(ibis.window())})

    def rows(self, what: str, columns: set[str]) -> Any:
        """Return the rows of a kind of act."""
        return rows_of(self.snapshot, what, columns)

    def groups(self, facts: Iterable[Fact]) -> list[list[Fact]]:
        """Group facts that one query answers: acts of a kind, columns of customers; the others by themselves."""
        groups: dict[Any, list[Fact]] = {}
        for fact in dict.fromkeys(facts):
            if isinstance(fact, ActFact):
                groups.setdefault(("act", fact.act.what), []).append(fact)
            elif not isinstance(fact, (FeatureFact, HashFact, RankFact)):
                groups.setdefault("customer" if isinstance(fact, CustomerFact) else fact, []).append(fact)
        return list(groups.values())

    def part(self, facts: list[Any]) -> Any:
        """Return customer_id and columns for facts that are read together."""
        first = facts[0]
        if isinstance(first, ActFact):
            return add_up(self.rows, facts, self.as_of)
        if isinstance(first, CustomerFact):
            return self.attributes(fact.column for fact in facts)
        if isinstance(first, SignalFact):
            return self.signal(first)
        if isinstance(first, SequenceFact):
            return follow(self.rows, first, self.as_of).mutate(**{first.label: ibis.literal(value=True)})
        return self.stored_members(first.segment).mutate(**{first.label: ibis.literal(value=True)})

    def stored_members(self, segment: Segment) -> Any:
        """Return the customer_id of the stored members of a segment."""
        if segment not in self.stored:
            names = [each.name for each in self.stored]
            raise LedgerError(
                f"No members of the segment {segment.name!r} are stored.{did_you_mean(segment.name, names)}",
                hint="habitue segments list",
            )
        return as_table(self.stored[segment]).select("customer_id").distinct()


def members(
    tree: Node,
    snapshot: Snapshot,
    *,
    published: Mapping[str, Any] | None = None,
    stored: Mapping[Any, Any] | None = None,
) -> Any:
    """Return who is in a segment.

    Parameters
    ----------
    tree : Node
    snapshot : Snapshot
        Customers with a purchase before its moment are all there are; nothing later is seen.
    published : mapping of str to table, optional
        Published tables the tree reads, see `published_for`.
    stored : mapping of Segment to table, optional
        Stored members of the segments the tree refers to.

    Returns
    -------
    Ibis table
        ``customer_id``, one row per member: those for whom the tree is true, not those for whom it is not known.

    Raises
    ------
    DataError
        When the shop does not give a column or table that a condition reads.
    LedgerError
        When a published table or the members of a segment are missing.
    ConfigError
        When a published column does not fit its condition.
    """
    judged = verdicts(tree, Known(snapshot, published, stored))
    return judged.filter(judged.holds).select("customer_id")


def verdicts(tree: Node, known: Known) -> Any:
    """Return customer_id, whether the tree holds, and whether each of its conditions does.

    Returns
    -------
    Ibis table
        ``customer_id``, ``holds`` and ``condition_0`` …, in the order of `conditions`: true, false or missing (not
        known); one row per customer.
    """
    require(tree, known.snapshot)
    found = conditions(tree)
    rows = with_facts(found, known)
    tests = {f"condition_{i}": verdict_of(leaf, rows, known) for i, leaf in enumerate(found)}
    rows = rows.select(customer_id=known.identity(rows), **tests)
    places = {leaf: rows[f"condition_{i}"] for i, leaf in enumerate(found)}
    return rows.mutate(holds=together(tree, places)).select("customer_id", "holds", *tests)


def conditions(tree: Node) -> list[Node]:
    """Return the different conditions of a tree in reading order."""
    return list(dict.fromkeys(leaves(tree)))


def together(tree: Node, places: Mapping[Node, Any]) -> Any:
    """Put columns of conditions together as the tree says: SQL's and, or, not are three-valued themselves."""
    if isinstance(tree, Group):
        parts = [together(each, places) for each in tree.items]
        if not parts:
            return ibis.literal(isinstance(tree, All))
        return reduce(and_ if isinstance(tree, All) else or_, parts)
    return ~together(tree.item, places) if isinstance(tree, Not) else places[tree]


def published_for(tree: Node, ledger: Ledger, as_of: Any) -> dict[str, Any]:
    """Return the published tables a tree reads, in the version that looks from the moment or the nearest before it.

    Raises
    ------
    LedgerError
        When one of them was never published, or only from later.
    """
    names = {fact.table for leaf in leaves(tree) for fact in facts_of(leaf) if isinstance(fact, SignalFact)}
    return {name: ledger.latest(name, as_of=as_of) for name in sorted(names)}


def with_facts(found: Iterable[Node], known: Known) -> Any:
    """Return all customers with a column for every fact that the conditions read."""
    facts = [fact for leaf in found for fact in facts_of(leaf)]
    rows = known.customers(fact.feature for fact in facts if isinstance(fact, FeatureFact))
    for group in known.groups(facts):
        rows = _joined(rows, known.part(group), group)
    for fact in dict.fromkeys(facts):
        if isinstance(fact, HashFact):
            rows = known.hashed(rows, fact)
        elif isinstance(fact, RankFact):
            rows = known.placed(rows, fact)
    return rows


def _joined(rows: Any, part: Any, facts: Iterable[Fact]) -> Any:
    """Join facts to the customers; who did nothing did it 0 times."""
    rows = rows.left_join(part, "customer_id").drop("customer_id_right")
    filled = {}
    for fact in facts:
        if isinstance(fact, ActFact) and fact.measure not in ("first", "last"):
            filled[fact.label] = rows[fact.label].fill_null(0)
        elif isinstance(fact, (SequenceFact, SegmentFact)):
            filled[fact.label] = rows[fact.label].fill_null(False)
    return rows.mutate(**filled) if filled else rows


def verdict_of(leaf: Node, rows: Any, known: Known) -> Any:
    """Return the three-valued test of one condition on rows that hold its facts."""
    if isinstance(leaf, Ids):
        return known.identity(rows).isin(leaf.ids)
    fact = next(facts_of(leaf))
    column = rows[fact.label]
    if isinstance(leaf, Compare) and not (isinstance(fact, SignalFact) and fact.test is not None):
        column = tested(column, leaf.op, leaf.value, fitting(leaf, column))
    elif isinstance(leaf, Did):
        column = tested(column, leaf.op, leaf.value, "number")
    elif isinstance(leaf, DidNot):
        column = column == 0
    elif isinstance(leaf, Bucket):
        column = (column % leaf.of + 1).isin(leaf.numbers)
    elif isinstance(leaf, Timed):
        days = (ibis.literal(known.as_of).epoch_seconds() - column.epoch_seconds()) / 86_400.0
        column = tested(days, leaf.op, leaf.value, "number")
    elif isinstance(leaf, Rank):
        column = _ranked(leaf, rows)
    elif isinstance(leaf, Points):
        column = scored(leaf, rows)
    return column


def _ranked(leaf: Rank, rows: Any) -> Any:
    """Places are whole numbers, and so is everything they are compared with: no engine rounds otherwise."""
    label = list(facts_of(leaf))[1].label
    place, number = rows[label], rows[f"{label}_of"]
    if leaf.kind in ("top", "bottom"):
        return place < int(leaf.value)
    if leaf.of is None:
        return place * 10_000 < round(leaf.value * 10_000) * number
    return (place * leaf.of) // number.nullif(0) + 1 == int(leaf.value)


def fitting(leaf: Compare, column: Any) -> str:
    """Return the type of a condition's column; fail where operator or value do not fit it."""
    kind = column_type(column)
    if leaf.kind == "feature":
        return feature_type(leaf.name)
    if leaf.kind == "customer":
        return CUSTOMER_COLUMNS[leaf.name]
    if kind is None:
        raise ConfigError(f"{leaf.name!r} holds lists: nothing can be compared with it")
    if leaf.op not in TYPES[kind]:
        raise ConfigError(f"{leaf.op!r} does not fit {leaf.name!r}, a {kind}", expected=", ".join(TYPES[kind]))
    values = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
    for value in values:
        if leaf.op not in UNARY and not _fits(value, kind):
            raise ConfigError(f"{value!r} does not fit {leaf.name!r}", expected=f"a {kind}")
    return kind


def _fits(value: Any, kind: str) -> bool:
    if kind == "time":
        return read_moment(value) is not None
    if kind == "flag":
        return isinstance(value, bool)
    return isinstance(value, str) if kind == "text" else isinstance(value, (int, float)) and not isinstance(value, bool)


def published_rows(published: Mapping[str, Any], fact: SignalFact, as_of: datetime) -> Any:
    """Return a published table as Ibis, after looking whether it can answer: a row per customer, and not from later."""
    if fact.table not in published:
        raise LedgerError(
            f"The published table {fact.table!r} is missing.{did_you_mean(fact.table, published)}",
            hint="habitue run",
            code="L001",
        )
    given = published[fact.table]
    if isinstance(given, LedgerTable) and given.as_of > as_of:
        raise LedgerError(
            f"The published table {fact.table!r} looks from {given.as_of}, which is later than {as_of}",
            hint=f"habitue run --as-of {as_of:%Y-%m-%d}",
        )
    rows = as_table(given)
    for column in (fact.column, "customer_id"):
        if column not in rows.columns:
            raise DataError(
                f"The published table {fact.table!r} has no column {column!r}.{did_you_mean(column, rows.columns)}",
                hint="habitue run",
                table=fact.table,
                column=column,
            )
    if "as_of" in rows.columns and rows.as_of.type().is_timestamp():
        rows = rows.filter((rows.as_of <= ibis.literal(as_of)) | rows.as_of.isnull())
    if "rank" in rows.columns:
        return rows
    one = rows.group_by("customer_id").agg(**{fact.column: rows[fact.column].max()})
    if not isinstance(given, ibis.Table) and _repeats(given):
        raise DataError(
            f"The published table {fact.table!r} has several rows for a customer and no rank to choose by",
            expected="a table with one row per customer",
            table=fact.table,
        )
    return one


def _repeats(given: Any) -> bool:
    ids = (given if isinstance(given, pa.Table) else given.to_arrow())["customer_id"]
    return bool(pc.count_distinct(ids).as_py() < len(ids))


def as_table(given: Any) -> Any:
    """Return Arrow, published and Ibis tables as Ibis."""
    if isinstance(given, ibis.Table):
        return given
    return ibis.memtable(given if isinstance(given, pa.Table) else given.to_arrow())
