"""What `habitue run` does: ask every area in its order and publish all tables together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import pyarrow as pa

from habitue.errors import ConfigError, LedgerError, NotEnoughData, did_you_mean
from habitue.pipeline.area import Area, Asked, Tables
from habitue.pipeline.areas import AREAS
from habitue.pipeline.learning import Models

if TYPE_CHECKING:
    from habitue.data.shop import Shop
    from habitue.ledger import LedgerRun

__all__ = ["RunSummary", "run"]

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What one run published: its id, the moment it looked from, and the rows of every table.

    ``skipped`` names the areas for which the shop is too small or too young, with the reason; models were learnt at
    ``learnt_at``, those of the areas ``reused`` in an earlier run.
    """

    run_id: str
    as_of: datetime
    tables: Mapping[str, int]
    skipped: Mapping[str, str] = field(default_factory=dict)
    learnt_at: datetime | None = None
    reused: tuple[str, ...] = ()


def run(
    shop: Shop,
    *,
    as_of: datetime | None = None,
    only: Collection[str] | None = None,
    anew: bool = False,
    report: Progress | None = None,
) -> RunSummary:
    """Work out who the customers are and what to do, and publish it all at once in the shop's ledger.

    Parameters
    ----------
    shop : Shop
    as_of : datetime, optional
        The moment to look from; nothing that happened then or later is used. Default: the midnight after the last
        purchase.
    only : names of areas, optional
        Do these only; what they need of others is read from an earlier run as of the same moment.
    anew : bool
        Learn all models again, whatever an earlier run left; the results are the same.
    report : callable, optional
        Called as ``report(area, done, of)`` while work goes on.

    Returns
    -------
    RunSummary

    Raises
    ------
    NotEnoughData
        When no purchase by a known customer is known before ``as_of``.
    LedgerError
        When another run is at work, the shop's folder takes no files, or a needed table is not there.
    ConfigError
        When ``only`` names an area that does not exist.
    """
    areas = _chosen(only)
    moment = as_of or shop.latest_as_of
    _need_a_purchase(shop, moment)
    tables: dict[str, pa.Table] = {}
    rows: dict[str, int] = {}
    skipped: dict[str, str] = {}
    models = Models(shop, moment, anew)
    with shop.ledger.run(as_of=moment, data_fingerprint=shop.loaded.fingerprint) as published:
        for number, area in enumerate(areas):
            if report:
                report(area.name, number, len(areas))
            try:
                learnt = models.of(area.name, area.version, area.learning) if area.learning else None
                made = area.run(Asked(shop, moment, _inputs(area, tables, published), learnt))
            except NotEnoughData as error:
                if not area.optional:
                    raise
                published.skip(area.name, error.what)
                skipped[area.name] = str(error)
                continue
            for name, meaning in area.publishes.items():
                published.publish(name, made[name], area=area.name, version=area.version, meaning=meaning)
            rows |= {name: made[name].num_rows for name in area.publishes}
            # Only what later areas read is held: the tables of a large shop are gigabytes together.
            ahead = {name for later in areas[number + 1 :] for name in (*later.needs, *later.wants)}
            tables = {name: table for name, table in {**tables, **made}.items() if name in ahead}
            del made, learnt
        if report:
            report("published", len(areas), len(areas))
    return RunSummary(published.id, moment, rows, skipped, models.at, tuple(models.reused))


def _chosen(only: Collection[str] | None) -> tuple[Area, ...]:
    if only is None:
        return AREAS
    names = [area.name for area in AREAS]
    for name in only:
        if name not in names:
            raise ConfigError(f"There is no area {name!r}.{did_you_mean(name, names)}", expected=", ".join(names))
    return tuple(area for area in AREAS if area.name in only)


def _inputs(area: Area, tables: Tables, published: LedgerRun) -> Tables:
    given = {name: _needed(name, tables, published) for name in area.needs}
    for name in area.wants:
        try:
            given[name] = _needed(name, tables, published)
        except LedgerError:
            continue
    return given


def _needed(name: str, tables: Tables, published: LedgerRun) -> pa.Table:
    if name in tables:
        return tables[name]
    earlier = published.latest(name)
    if earlier.as_of != published.as_of:
        raise LedgerError(
            f"The newest table {name} looks from {earlier.as_of}, not from {published.as_of}",
            hint=f"habitue run --as-of {published.as_of.isoformat()}",
            table=name,
        )
    return earlier.to_arrow()


def _need_a_purchase(shop: Shop, moment: datetime) -> None:
    purchases = shop.at(moment).purchases
    if not shop.engine.to_rows(purchases.select("customer_id").limit(1)):
        raise NotEnoughData(
            f"No purchase by a known customer is known before {moment:%Y-%m-%d %H:%M}",
            hint="habitue check",
            table="order_lines",
            expected="a line with customer, positive quantity and positive price",
        )
