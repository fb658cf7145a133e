"""What previews read: one Parquet file of all customers and features, compact rows of acts, and facts once asked for.

Everything lies in ``.habitue/cache/segments/`` under a name made of the data's fingerprint and the moment, so that it
can never be out of date, and is cleared away when newer ones come. Customers bear whole numbers in there, in the order
of their customer_id: joining numbers is several times faster than joining texts.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis

from habitue.features import available, part_by_part
from habitue.ledger import LedgerTable
from habitue.signals.segment.language.acting import add_up, columns_given, rows_of
from habitue.signals.segment.language.comparing import random_number
from habitue.signals.segment.language.compiling import Known
from habitue.signals.segment.language.facts import (
    ActFact,
    CustomerFact,
    Fact,
    FeatureFact,
    HashFact,
    RankFact,
    SequenceFact,
    SignalFact,
)
from habitue.signals.segment.language.vocabulary import ACTS, CUSTOMER_COLUMNS

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["CachedKnown", "Progress", "kept"]

_FORMAT = 1  # raise it when the files would look different
_KEPT_MOMENTS = 4
_KEPT_FACTS = 500
_NUMBER = "number"
_ALL = "customers"


@contextmanager
def kept(engine: Any, rows: Any) -> Iterator[Any]:
    """Hold computed rows in the database for the block."""
    table = engine.keep(rows)
    try:
        yield table
    finally:
        engine.drop(table)


Progress = Callable[[str, int, int], None]


class CachedKnown(Known):
    """The facts of a shop at a moment, each computed once and then read from a file.

    Parameters
    ----------
    shop : Shop
    as_of : datetime
    published, stored : mapping, optional
        As for `members`.
    """

    def __init__(self, shop: Shop, as_of: datetime, *, published: Any = None, stored: Any = None) -> None:
        super().__init__(shop.at(as_of), published, stored)
        key = hashlib.sha256(f"{_FORMAT} {shop.loaded.fingerprint} {as_of.isoformat()}".encode()).hexdigest()[:20]
        home = shop.folder / ".habitue" / "cache" / "segments"
        self.shop = shop
        self.engine = shop.engine
        self.home = home
        self.folder = home / key

    def prepare(self, *, report: Progress | None = None) -> None:
        """Write what previews at this moment read, unless it is there: the slow part, done once."""
        names = [_ALL, *(f"acts_{what}" for what in ACTS if self._has(what))]
        if all(self._path(name).exists() for name in names):
            os.utime(self.folder)
            return
        for number, name in enumerate(names, 1):
            if name == _ALL:
                with part_by_part(self.shop) as hold:
                    self._file(_ALL, partial(self._describe, hold))
            else:
                self._acts_file(name.removeprefix("acts_"))
            if report is not None:
                report(name, number, len(names))

    def customers(self, features: Iterable[str]) -> Any:
        """Return all customers by number, with these features: from the file of all, or from one of just these."""
        names = sorted(set(features))
        if not names:
            return self._numbers()
        if self._path(_ALL).exists():
            return self._file(_ALL, self._describe).select("customer_id", _NUMBER, *names)
        key = hashlib.sha256(" ".join(names).encode()).hexdigest()[:24]
        return self._file(f"features_{key}", lambda: self._numbered(Known(self.snapshot).customers(names)))

    def identity(self, rows: Any) -> Any:
        """Return the shop's own customer number."""
        return rows[_NUMBER]

    def rows(self, what: str, columns: set[str]) -> Any:
        """Return the compact rows of a kind of act."""
        del columns  # all that the shop gives are in there
        return self._acts_file(what)

    def hashed(self, rows: Any, fact: HashFact) -> Any:
        """Return the customers with the random number that a salt gives them."""
        customers = self.customers(())
        made = customers.select("customer_id", **{fact.label: random_number(customers[_NUMBER], fact.salt)})
        return rows.join(self._file(fact.label, lambda: made), "customer_id")

    def placed(self, rows: Any, fact: RankFact) -> Any:
        """Return the customers with their places by a feature; by anything else they are found each time."""
        if not isinstance(fact.of, FeatureFact):
            return super().placed(rows, fact)
        labels = (fact.label, f"{fact.label}_of")

        def make() -> Any:
            return (
                super(CachedKnown, self).placed(self.customers((fact.of.label,)), fact).select("customer_id", *labels)
            )

        return rows.join(self._file(fact.label, make), "customer_id").select(*rows.columns, *labels)

    def groups(self, facts: Iterable[Fact]) -> list[list[Fact]]:
        """Every fact by itself, after those that are not there yet have been computed together."""
        groups: list[list[Fact]] = []
        for group in super().groups(facts):
            acts = [fact for fact in group if isinstance(fact, ActFact)]
            self._compute([fact for fact in acts if not self._path(fact.label).exists()])
            groups.extend([[fact] for fact in group] if acts else [group])
        return groups

    def _compute(self, facts: list[ActFact]) -> None:
        if not facts:
            return
        with kept(self.engine, add_up(self.rows, facts, self.as_of)) as done:
            for fact in facts:
                self._write(
                    self._path(fact.label), done.filter(done[fact.label].notnull()).select("customer_id", fact.label)
                )

    def part(self, facts: list[Any]) -> Any:
        """Return a fact by customer number."""
        first = facts[0]
        if isinstance(first, ActFact):
            return self._file(first.label, lambda: add_up(self.rows, facts, self.as_of))
        if isinstance(first, SequenceFact):
            return self._file(first.label, lambda: super(CachedKnown, self).part(facts))
        if isinstance(first, CustomerFact):
            whole = self._path(_ALL).exists()
            rows = self._file(_ALL, self._describe) if whole else self._by_number(super().part(facts))
            return rows.select("customer_id", *[fact.label for fact in facts])
        source = self.published.get(first.table) if isinstance(first, SignalFact) else None
        if isinstance(source, LedgerTable):
            # Runs are never changed once published: their number and hash name what is in them.
            name = hashlib.sha256(f"{first.label} {source.run_id} {source.record.sha256}".encode()).hexdigest()[:24]
            return self._file(f"signal_{name}", lambda: self._by_number(super(CachedKnown, self).part(facts)))
        return self._by_number(super().part(facts))

    def reach_rows(self) -> Any:
        """Return customer number and channel of everybody who may be contacted over it; None where nobody is asked."""
        if not self.snapshot.has("consents"):
            return None
        return self._file("reach", self._consented)

    def _consented(self) -> Any:
        rows = self.snapshot.table("consents")
        rows = rows.filter(rows.purpose == "marketing").mutate(channel=rows.channel.fill_null("all"))
        last = rows.group_by("customer_id", "channel").agg(granted=rows.granted.argmax(rows.changed_at))
        return self._by_number(last.filter(last.granted).select("customer_id", "channel"))

    def _by_number(self, rows: Any) -> Any:
        """Replace the shop's customer numbers by those of the cache."""
        numbers = self._numbers()
        customers = numbers.select(known_as=numbers.customer_id, **{_NUMBER: numbers[_NUMBER]})
        joined = rows.join(customers, rows.customer_id == customers[_NUMBER])
        others = [name for name in rows.columns if name != "customer_id"]
        return joined.select(*others, customer_id=joined.known_as)

    def _has(self, what: str) -> bool:
        return what != "event" or self.snapshot.has("events")

    def _numbers(self) -> Any:
        return self._file("numbers", lambda: self._numbered(Known(self.snapshot).customers(())))

    def _describe(self, hold: Callable[[Any], Any] | None = None) -> Any:
        plain = Known(self.snapshot, hold=hold)
        rows = plain.customers(available(self.snapshot))
        if self.snapshot.has("customers"):
            given = [name for name in CUSTOMER_COLUMNS if self.snapshot.gives("customers", name)]
            rows = rows.left_join(plain.attributes(given), "customer_id").drop("customer_id_right")
        return self._numbered(rows)

    def _numbered(self, rows: Any) -> Any:
        """Give customers numbers in the order of their customer_id: the same ones whenever it is done."""
        place = ibis.row_number().over(order_by="customer_id").cast("int32")
        others = {name: rows[name] for name in rows.columns if name != "customer_id"}
        return rows.select(**{_NUMBER: rows.customer_id}, customer_id=place, **others)

    def _acts_file(self, what: str) -> Any:
        return self._file(f"acts_{what}", lambda: self._compact(what))

    def _compact(self, what: str) -> Any:
        rows = rows_of(self.snapshot, what, columns_given(self.snapshot, what))
        if "order_id" in rows.columns:
            rows = rows.mutate(order_id=rows.order_id.hash())
        return self._by_number(rows)

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.parquet"

    def _file(self, name: str, make: Callable[[], Any]) -> Any:
        """Open a file of the cache; it is written first where it is not there, whole or not at all."""
        path = self._path(name)
        if not path.exists():
            self._write(path, make())
        return self.engine.read_parquet(path)

    def _write(self, path: Path, rows: Any) -> None:
        draft = path.with_name(f".{path.stem}.{os.getpid()}.draft")
        try:
            self.engine.write_parquet(rows, draft)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        self._clear_away()

    def _clear_away(self) -> None:
        """Keep the cache bounded: the last few moments, and the facts used last."""
        os.utime(self.folder)
        moments = sorted(self.home.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
        for old in moments[_KEPT_MOMENTS:]:
            shutil.rmtree(old, ignore_errors=True)
        facts = sorted(self.folder.glob("fact_*.parquet"), key=lambda path: path.stat().st_mtime, reverse=True)
        for old in facts[_KEPT_FACTS:]:
            old.unlink(missing_ok=True)
