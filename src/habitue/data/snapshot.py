"""What was known at a moment (`Snapshot`) and what happened over a stretch of time (`Window`).

The as-of rule lives here and nowhere else: features, signals and actions read a snapshot and can therefore not see
anything from its moment on.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import ibis

from habitue.errors import DataError, did_you_mean
from habitue.schema import TABLES, table
from habitue.schema.knowledge import LATER_CELLS, STATE_CELLS

__all__ = ["Snapshot", "Window"]


class Snapshot:
    """All that was known strictly before ``as_of``.

    A row is visible when it happened, and where the table says so had also arrived, before ``as_of``. Cells that were
    filled in later (an order called off, a message opened) read as missing until they were.

    Parameters
    ----------
    tables : mapping of str to Ibis table
        The loaded tables.
    as_of : datetime
        On the shop's own clock, without zone. The instant itself is not included.
    given : mapping of str to names, optional
        The columns the merchant gave, by table; all columns when not said.
    """

    def __init__(
        self, tables: Mapping[str, Any], as_of: datetime, *, given: Mapping[str, Collection[str]] | None = None
    ) -> None:
        self._tables = tables
        self._given = given or {}
        self.as_of = as_of

    def __repr__(self) -> str:
        return f"Snapshot(as_of={self.as_of.isoformat(sep=' ')})"

    @property
    def names(self) -> tuple[str, ...]:
        """The tables there are."""
        return tuple(self._tables)

    def has(self, name: str) -> bool:
        """Say whether the shop gave a table."""
        return name in self._tables

    def gives(self, name: str, column: str) -> bool:
        """Say whether the merchant gave a column, be it filled or not."""
        return name in self._tables and column in self._given.get(name, self._tables[name].columns)

    def table(self, name: str) -> Any:
        """Return a table as it was known, as an Ibis expression.

        Raises
        ------
        DataError
            When the shop has no such table.
        """
        if name not in self._tables:
            known = f" It has: {', '.join(self._tables)}." if name in TABLES else did_you_mean(name, self._tables)
            raise DataError(f"The shop has no table {name!r}.{known}", hint="habitue check", table=name)
        return _mask(name, _known(name, self._tables[name], self.as_of), self.as_of)

    @property
    def lines(self) -> Any:
        """All order lines known, whatever their kind, also those that repairs set aside."""
        return self.table("order_lines")

    @property
    def purchases(self) -> Any:
        """Lines that count as bought by a known customer.

        A purchase has a customer, a positive quantity and a positive price, is not set aside by a repair, and its order
        was not called off. Money is gross of returns. ``spend`` is quantity × unit price.
        """
        lines = self.lines
        return _with_spend(
            lines.filter(
                lines.customer_id.notnull(),
                lines.quantity > 0,
                lines.unit_price > 0,
                lines.set_aside.isnull(),
                lines.cancelled_at.isnull(),
            )
        )

    @property
    def returns(self) -> Any:
        """Lines by which a known customer gave something back (negative quantity); ``spend`` is negative."""
        lines = self.lines
        return _with_spend(
            lines.filter(
                lines.customer_id.notnull(), lines.quantity < 0, lines.unit_price > 0, lines.set_aside.isnull()
            )
        )


class Window(Snapshot):
    """What happened in ``[start, end)``, for labels and outcomes.

    Rows are those of the snapshot at ``end`` that happened from ``start`` on.

    Parameters
    ----------
    tables : mapping of str to Ibis table
    start, end : datetime
    given : mapping of str to names, optional
    """

    def __init__(
        self,
        tables: Mapping[str, Any],
        start: datetime,
        end: datetime,
        *,
        given: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        super().__init__(tables, end, given=given)
        self.start = start

    def __repr__(self) -> str:
        return f"Window({self.start.isoformat(sep=' ')} to {self.as_of.isoformat(sep=' ')})"

    def table(self, name: str) -> Any:
        """Return the rows of a table that happened in the window."""
        known = super().table(name)
        when = TABLES[name].time
        return (
            known
            if when is None or when not in known.columns
            else known.filter(known[when] >= _moment(self.start, known[when]))
        )


def _known(name: str, rows: Any, as_of: datetime) -> Any:
    definition = table(name)
    tests = []
    if definition.time is not None and definition.time in rows.columns:
        happened = rows[definition.time]
        before = happened < _moment(as_of, happened)
        # A row whose time the shop does not keep (an account without sign-up date) was always there.
        tests.append(before if definition.column(definition.time).required else before | happened.isnull())
    if "ingested_at" in definition.names and "ingested_at" in rows.columns:
        tests.append((rows.ingested_at < ibis.literal(as_of)) | rows.ingested_at.isnull())
    return rows.filter(tests) if tests else rows


def _mask(name: str, rows: Any, as_of: datetime) -> Any:
    states = [column for column in STATE_CELLS.get(name, ()) if column in rows.columns]
    hidden: dict[str, Any] = {column: ibis.null(rows[column].type()) for column in states}
    for moment, companions in LATER_CELLS.get(name, {}).items():
        if moment not in rows.columns:
            continue
        happened = rows[moment] < ibis.literal(as_of)
        for column in (moment, *(each for each in companions if each in rows.columns)):
            hidden[column] = happened.ifelse(rows[column], ibis.null(rows[column].type()))
    return rows.mutate(**hidden) if hidden else rows


def _moment(when: datetime, column: Any) -> Any:
    return ibis.literal(when.date()) if column.type().is_date() else ibis.literal(when)


def _with_spend(lines: Any) -> Any:
    return lines.mutate(spend=lines.quantity * lines.unit_price)
