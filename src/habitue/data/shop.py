"""The shop: validated tables plus settings, opened once."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import pandas as pd
import pyarrow as pa

from habitue.data.finding import Finding
from habitue.data.frames import load_tables
from habitue.data.load import Loaded, load
from habitue.data.settings import ShopSettings, read_settings
from habitue.data.snapshot import Snapshot, Window
from habitue.engine import Engine
from habitue.errors import ConfigError, NotEnoughData
from habitue.ledger import Ledger
from habitue.schema import table

__all__ = ["Shop", "as_moment", "drawn_by_number", "open_shop"]

Progress = Callable[[str, int, int], None]

_PLACES = ("source", "source_row")  # where a row stood says nothing about what happened
_END = dt.datetime(9999, 1, 1)  # after everything


class Shop:
    """A shop's tables, cleaned and ready to be asked.

    Parameters
    ----------
    folder : Path
        Where shop.toml lies; results go to ``.habitue`` in it.
    settings : ShopSettings
    loaded : Loaded
        What `habitue.data.load.load` gave.
    engine : Engine

    Examples
    --------
    >>> import pyarrow as pa, datetime as dt
    >>> lines = pa.table(
    ...     {
    ...         "order_id": ["1", "2"],
    ...         "customer_id": ["ann", "ann"],
    ...         "product_id": ["tea", "cup"],
    ...         "ordered_at": [dt.datetime(2024, 1, 5), dt.datetime(2024, 3, 9)],
    ...         "quantity": [2.0, 1.0],
    ...         "unit_price": [3.5, 9.0],
    ...     }
    ... )
    >>> with Shop.from_tables({"order_lines": lines}) as shop:
    ...     february = shop.at("2024-02-01").purchases
    ...     shop.engine.to_rows(february.select("product_id", "spend"))
    [{'product_id': 'tea', 'spend': 7.0}]
    """

    def __init__(self, folder: Path, settings: ShopSettings, loaded: Loaded, engine: Engine) -> None:
        self.folder = folder
        self.settings = settings
        self.engine = engine
        self.loaded = loaded
        self._samples: dict[float, Shop] = {}
        self._drawn_share = 1.0
        self._tables = {name: engine.read_parquet(path) for name, path in loaded.tables.items()}

    @classmethod
    def open(
        cls,
        path: str | Path = ".",
        *,
        report: Progress | None = None,
        engine: Engine | None = None,
        anew: bool = False,
    ) -> Self:
        """Open the shop whose shop.toml lies at or in ``path``; read its tables where they changed, or ``anew``."""
        place = Path(path)
        file = place if place.suffix == ".toml" else place / "shop.toml"
        settings = read_settings(file)
        engine = engine or Engine()
        folder = file.parent
        return cls(folder, settings, load(settings, folder, engine=engine, report=report, anew=anew), engine)

    @classmethod
    def from_tables(
        cls,
        tables: Mapping[str, Any],
        *,
        folder: Path | None = None,
        settings: ShopSettings | None = None,
        engine: Engine | None = None,
    ) -> Self:
        """Open a shop from frames that already carry the schema's column names.

        Parameters
        ----------
        tables : mapping of str to Arrow table, or pandas or polars frame
            Anything that speaks the Arrow C stream protocol.
        folder : Path, optional
            Where results go; a temporary folder otherwise.
        settings : ShopSettings, optional
        engine : Engine, optional
        """
        arrow = {name: pa.table(frame) if not isinstance(frame, pa.Table) else frame for name, frame in tables.items()}
        engine = engine or Engine()
        loaded, settings, place = load_tables(arrow, folder=folder, settings=settings, engine=engine)
        return cls(place, settings, loaded, engine)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the database go."""
        self.engine.close()

    @property
    def findings(self) -> list[Finding]:
        """What is in the tables and what was wrong with them."""
        return self.loaded.findings

    @cached_property
    def ledger(self) -> Ledger:
        """Published tables and what came of them."""
        return Ledger(self.folder / ".habitue")

    @property
    def names(self) -> tuple[str, ...]:
        """The tables the shop gave."""
        return tuple(self._tables)

    def table(self, name: str) -> Any:
        """Return a whole loaded table, future and all: for looking at data, never for features."""
        table(name)
        return self._tables[name] if name in self._tables else self.at(_END).table(name)

    @cached_property
    def line_count(self) -> int:
        """How many order lines there are, counted or not."""
        return int(self.engine.to_arrow(self._tables["order_lines"].count()).as_py())

    @cached_property
    def _span(self) -> tuple[dt.datetime, dt.datetime]:
        purchases = self.at(_END).purchases
        row = self.engine.to_rows(purchases.agg(first=purchases.ordered_at.min(), last=purchases.ordered_at.max()))[0]
        if row["first"] is None:
            raise NotEnoughData(
                "No line counts as a purchase by a known customer", hint="habitue check", table="order_lines"
            )
        return row["first"], row["last"]

    @property
    def first_order_at(self) -> dt.datetime:
        """When the first purchase was made."""
        return self._span[0]

    @property
    def last_order_at(self) -> dt.datetime:
        """When the last purchase was made."""
        return self._span[1]

    @property
    def latest_as_of(self) -> dt.datetime:
        """The midnight after the last purchase: the first moment at which all of it is known."""
        return dt.datetime.combine(self.last_order_at.date() + dt.timedelta(days=1), dt.time())

    def sampled(self, share: float) -> Shop:
        """Return the shop with a share of its customers, drawn by their number: the same ones every time.

        For learning from large shops: what customers did is whole, what is added up over customers (the usual price of
        a product, say) rests on the share. Kept in the database until the shop is closed.

        Parameters
        ----------
        share : float
            Between 0 and 1; 1 returns the shop itself.

        Examples
        --------
        >>> from habitue.data.simulate import simulate
        >>> with Shop.from_tables(simulate(customers=50, days=60, tables={"order_lines"}).tables) as shop:
        ...     half = shop.sampled(0.5).at("2023-03-01").purchases.customer_id.nunique()
        ...     whole = shop.at("2023-03-01").purchases.customer_id.nunique()
        ...     bool(0 < shop.engine.to_arrow(half).as_py() < shop.engine.to_arrow(whole).as_py())
        True
        """
        if share >= 1:
            return self
        if share not in self._samples:
            larger = [each for each in self._samples if each > share]
            if larger:  # its customers are among those of any larger share
                nearest = min(larger)
                self._samples[share] = self._samples[nearest].sampled(share / nearest)
                return self._samples[share]
            ids = self.engine.to_arrow(self._tables["order_lines"].select("customer_id").distinct())["customer_id"]
            known = ids.drop_null().to_pandas()
            # The numbers of a share are the low ones already: a share of it is those lower still.
            drawn = known[drawn_by_number(known, share * self._drawn_share)]
            members = self.engine.from_arrow(pa.table({"customer_id": pa.array(drawn, pa.string())}))
            smaller = Shop(self.folder, self.settings, self.loaded, self.engine)
            smaller._drawn_share = share * self._drawn_share
            for name, rows in self._tables.items():
                if "customer_id" in rows.columns:
                    smaller._tables[name] = self.engine.keep(rows.semi_join(members, "customer_id"))
            self._samples[share] = smaller
        return self._samples[share]

    def at(self, as_of: str | dt.date | dt.datetime) -> Snapshot:
        """Return all that was known strictly before ``as_of``."""
        return Snapshot(self._tables, as_moment(as_of), given=self.loaded.given)

    def known_before(self, as_of: str | dt.date | dt.datetime) -> str:
        """Return a name for all that was known before a moment: equal names mean that nothing of it has changed.

        Examples
        --------
        >>> from habitue.data.simulate import simulate
        >>> tables = simulate(customers=30, days=60, tables={"order_lines"}).tables
        >>> with Shop.from_tables(tables) as shop, Shop.from_tables(tables) as again:
        ...     name = shop.known_before("2023-02-01")
        ...     (name == again.known_before("2023-02-01"), name == again.known_before("2023-02-02"))
        (True, False)
        """
        known = self.at(as_of)
        digest = hashlib.sha256()
        for name in sorted(self._tables):
            rows = known.table(name)
            told = [column for column in rows.columns if column not in _PLACES]
            given = sorted(self.loaded.given.get(name, ()))
            digest.update(f"{name} {given} {self.engine.digest(rows.select(*told))}\n".encode())
        return digest.hexdigest()[:32]

    def between(self, start: str | dt.date | dt.datetime, end: str | dt.date | dt.datetime) -> Window:
        """Return what happened from ``start`` (included) to ``end`` (not included)."""
        return Window(self._tables, as_moment(start), as_moment(end), given=self.loaded.given)


def drawn_by_number(customers: Any, share: float) -> Any:
    """Say which customers belong to a share, by a hash of their number: nobody's turn depends on who else is there.

    Parameters
    ----------
    customers : pandas Series of str
    share : float
    """
    return pd.util.hash_array(customers.astype(str).to_numpy(dtype=object)) / 2.0**64 < share


def open_shop(path: str | Path = ".", *, report: Progress | None = None) -> Shop:
    """Open the shop whose shop.toml lies at or in ``path``; its tables are read where they changed.

    Parameters
    ----------
    path : path
        Folder of shop.toml, or the file itself.
    report : callable, optional
        Called as ``report(what, done, of)`` while work goes on.

    Returns
    -------
    Shop

    Raises
    ------
    ConfigError
        When there is no shop.toml, or it is wrong.
    DataError
        When a table cannot be read.
    """
    return Shop.open(path, report=report)


def as_moment(when: str | dt.date | dt.datetime) -> dt.datetime:
    """Read a moment on the shop's clock: a day means its midnight.

    Examples
    --------
    >>> as_moment("2011-09-09")
    datetime.datetime(2011, 9, 9, 0, 0)
    """
    if isinstance(when, str):
        try:
            when = dt.datetime.fromisoformat(when)
        except ValueError:
            raise ConfigError(f"{when!r} is no date", expected="2024-06-30 or 2024-06-30T18:00") from None
    if not isinstance(when, dt.datetime):
        when = dt.datetime.combine(when, dt.time())
    return when.replace(tzinfo=None)
