"""From the merchant's files to the shop's tables: read, typed, joined, repaired, written all at once.

What lies in the folder ``.habitue`` afterwards::

    loaded/<fingerprint>/<table>.parquet     good rows, marks of repairs beside them
    loaded/<fingerprint>/repairs.parquet     every mark made
    loaded/<fingerprint>/loaded.json         findings and which columns were given
    loaded/<fingerprint>/quarantine/         rows that could not be used
    quarantine/<table>.csv                   the same for people: each row with the reason and its own cells
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ibis

from habitue.data.checks import missing_tables
from habitue.data.finding import Finding
from habitue.data.joining import complete_lines
from habitue.data.loaded_folder import (
    clear_away,
    fingerprint_of,
    make_scratch,
    publish,
    show_quarantine,
    unwritable,
)
from habitue.data.repairs import repair_order_lines
from habitue.data.settings import ShopSettings
from habitue.data.sources.platforms.tables import PlatformTable
from habitue.data.sources.raw import RawTable
from habitue.data.sources.reading import read_source
from habitue.data.staging import Incoming, Staged, keep_good_rows, stage
from habitue.engine import Engine
from habitue.engine.cells import clock_in_zone, zone_names
from habitue.errors import ConfigError, DataError, did_you_mean

__all__ = ["Loaded", "load", "load_typed"]

Progress = Callable[[str, int, int], None]

_AHEAD = dt.timedelta(hours=14)  # no clock on Earth is further ahead of universal time


@dataclass(frozen=True, slots=True)
class Loaded:
    """Tables that are ready to be asked.

    Parameters
    ----------
    tables : dict of str to Path
        Parquet files.
    findings : list of Finding
    fingerprint : str
        Of settings and files: equal fingerprints mean equal tables.
    quarantine : list of Path
        Files of rows that could not be read.
    given : dict of str to frozenset
        The columns the merchant gave, by table.
    """

    tables: dict[str, Path]
    findings: list[Finding]
    fingerprint: str
    quarantine: list[Path] = field(default_factory=list)
    given: dict[str, frozenset[str]] = field(default_factory=dict)


def load(
    settings: ShopSettings, folder: Path, *, engine: Engine, report: Progress | None = None, anew: bool = False
) -> Loaded:
    """Read and clean all sources; nothing is read again while neither files nor settings change.

    Parameters
    ----------
    settings : ShopSettings
    folder : Path
        Where shop.toml lies.
    engine : Engine
    report : callable, optional
        Called as ``report(what, done, of)``.
    anew : bool
        Read everything again although nothing changed.

    Raises
    ------
    DataError
        When a file is missing or empty, or a mapped column is not in it.
    ConfigError
        When ``.habitue`` cannot be written.
    """
    _check_zones(settings, engine)
    fingerprint = fingerprint_of(settings, folder)
    home = folder / ".habitue"
    scratch: Path | None = None
    try:
        before = None if anew else _already(home / "loaded" / fingerprint, home, now=_now(settings, engine))
        if before is not None:
            return before
        scratch = make_scratch(home)
        parts: dict[str, list[Incoming]] = {}
        for number, source in enumerate(settings.sources):
            _tell(report, "read", number, len(settings.sources))
            for each in read_source(source, folder, engine=engine, scratch=scratch / f"raw{number}"):
                parts.setdefault(each.table, []).append((source, each))
        staged = _stage_all(parts, settings, scratch, engine, report)
        return _finish(staged, settings, home, scratch, fingerprint, engine, report)
    except OSError as error:
        raise unwritable(home, error) from error
    finally:
        if scratch is not None:
            shutil.rmtree(scratch, ignore_errors=True)


def load_typed(raw: Mapping[str, Any], settings: ShopSettings, folder: Path, *, engine: Engine) -> Loaded:
    """Clean tables whose columns already have the schema's names.

    Parameters
    ----------
    raw : mapping of str to Ibis table
        With ``source_row``.
    settings : ShopSettings
    folder : Path
    engine : Engine
    """
    home = folder / ".habitue"
    scratch = make_scratch(home)
    try:
        parts: dict[str, list[Incoming]] = {
            name: [(None, PlatformTable(name, RawTable(name, f"{name} frame", expr)))] for name, expr in raw.items()
        }
        staged = _stage_all(parts, settings, scratch, engine, None)
        fingerprint = f"frames-{scratch.name.removeprefix('.tmp-')}"
        return _finish(staged, settings, home, scratch, fingerprint, engine, None)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _stage_all(
    parts: Mapping[str, list[Incoming]],
    settings: ShopSettings,
    scratch: Path,
    engine: Engine,
    report: Progress | None,
) -> dict[str, Staged]:
    if "order_lines" not in parts:
        raise DataError(
            "No source feeds order_lines, which everything stands on",
            hint="habitue init YOUR_ORDER_LINES.csv --table order_lines --force",
            table="order_lines",
        )
    staged: dict[str, Staged] = {}
    for number, (name, sources) in enumerate(parts.items()):
        _tell(report, "type", number, len(parts))
        staged[name] = stage(name, sources, settings.shop, scratch=scratch, engine=engine)
    _tell(report, "type", len(parts), len(parts))
    return staged


def _finish(
    staged: dict[str, Staged],
    settings: ShopSettings,
    home: Path,
    scratch: Path,
    fingerprint: str,
    engine: Engine,
    report: Progress | None,
) -> Loaded:
    """Join, quarantine, repair and write; the new folder appears under its name only when it is whole."""
    complete_lines(staged, scratch=scratch, engine=engine)
    out = scratch / "out"
    out.mkdir()
    now = _now(settings, engine)
    findings: list[Finding] = []
    until: dt.datetime | None = None
    for number, (name, each) in enumerate(staged.items()):
        _tell(report, "clean", number, len(staged))
        good = keep_good_rows(each, out / "quarantine", engine=engine)
        findings += each.findings
        if name == "order_lines":
            repaired = repair_order_lines(
                good, settings.repairs, engine=engine, as_of_now=now, currency=settings.shop.currency
            )
            engine.write_parquet(repaired.log, out / "repairs.parquet")
            findings += repaired.findings
            until = _first_after(good.ordered_at, now, engine)
            good = repaired.expr
        engine.write_parquet(good, out / f"{name}.parquet", quick=True)
    _tell(report, "clean", len(staged), len(staged))
    findings += missing_tables(set(staged))
    record = {
        "given": {name: sorted(each.given) for name, each in staged.items()},
        "until": until and until.isoformat(),
        "findings": [each.as_dict() for each in findings],
    }
    (out / "loaded.json").write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
    target = home / "loaded" / fingerprint
    publish(out, target)
    clear_away(target)
    loaded = _already(target, home, now=now)
    if loaded is None:
        raise DataError("What was just loaded cannot be read back", path=target)
    return loaded


def _already(target: Path, home: Path, *, now: dt.datetime) -> Loaded | None:
    """Return what was loaded before, unless a part is missing or rows that lay in the future no longer do."""
    record = target / "loaded.json"
    if not record.is_file():
        return None
    plain = json.loads(record.read_text(encoding="utf-8"))
    tables = {name: target / f"{name}.parquet" for name in plain["given"]}
    if not all(file.is_file() for file in tables.values()):
        return None
    if plain["until"] and dt.datetime.fromisoformat(plain["until"]) <= now:
        return None
    return Loaded(
        tables=tables,
        findings=[Finding.from_dict(each) for each in plain["findings"]],
        fingerprint=target.name,
        quarantine=show_quarantine(target / "quarantine", home / "quarantine"),
        given={name: frozenset(columns) for name, columns in plain["given"].items()},
    )


def _check_zones(settings: ShopSettings, engine: Engine) -> None:
    named = {settings.shop.timezone, *(source.timezone for source in settings.sources)} - {""}
    known = zone_names(engine) if named else set()
    for zone in sorted(named - known):
        raise ConfigError(
            f"There is no time zone {zone!r}.{did_you_mean(zone, known)}",
            expected='a name such as "Europe/London" or "Asia/Shanghai"',
            hint="correct `timezone` in shop.toml",
        )


def _now(settings: ShopSettings, engine: Engine) -> dt.datetime:
    """Return what the shop's clock shows; where its zone is not known, what the clocks furthest ahead show."""
    universal = dt.datetime.now(dt.UTC).replace(microsecond=0, tzinfo=None)
    if not settings.shop.timezone:
        return universal + _AHEAD
    shown = clock_in_zone(ibis.literal(universal).cast("timestamp(6)"), "UTC", settings.shop.timezone)
    moment: dt.datetime = engine.to_arrow(shown).as_py()
    return moment


def _first_after(times: Any, now: dt.datetime, engine: Engine) -> dt.datetime | None:
    moment: dt.datetime | None = engine.to_arrow(times.min(where=times > ibis.literal(now))).as_py()
    return moment


def _tell(report: Progress | None, what: str, done: int, of: int) -> None:
    if report is not None:
        report(what, done, of)
