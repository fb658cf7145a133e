"""From the merchant's files to the shop's tables: read, typed, joined, repaired, written all at once.

What lies in the folder ``.habitue`` afterwards::

    loaded/<fingerprint>/<table>.parquet     good rows, marks of repairs beside them
    loaded/<fingerprint>/repairs.parquet     every mark made
    loaded/<fingerprint>/loaded.json         findings and which columns were given
    quarantine/<table>.csv                   rows that could not be read, with the reason and their own text
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from habitue.data.checks import missing_tables
from habitue.data.finding import Finding
from habitue.data.joining import complete_lines
from habitue.data.repairs import repair_order_lines
from habitue.data.settings import ShopSettings
from habitue.data.sources.platforms.tables import PlatformTable
from habitue.data.sources.raw import RawTable
from habitue.data.sources.reading import read_source, source_files
from habitue.data.staging import Incoming, Staged, keep_good_rows, stage
from habitue.engine import Engine
from habitue.errors import ConfigError, DataError

__all__ = ["Loaded", "load", "load_typed"]

Progress = Callable[[str, int, int], None]

_FORMAT = 1  # raise it when the same files would give other tables
_KEPT = 2  # loaded folders that stay: the present one and the one before
_ENDS = 4096  # bytes of each end of a file that go into the fingerprint


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


def load(settings: ShopSettings, folder: Path, *, engine: Engine, report: Progress | None = None) -> Loaded:
    """Read and clean all sources; nothing is read again while neither files nor settings change.

    Parameters
    ----------
    settings : ShopSettings
    folder : Path
        Where shop.toml lies.
    engine : Engine
    report : callable, optional
        Called as ``report(what, done, of)``.

    Raises
    ------
    DataError
        When a file is missing or empty, or a mapped column is not in it.
    ConfigError
        When ``.habitue`` cannot be written.
    """
    fingerprint = _fingerprint(settings, folder)
    home = folder / ".habitue"
    before = _already(home / "loaded" / fingerprint, fingerprint, home)
    if before is not None:
        return before
    scratch = _scratch(home)
    try:
        parts: dict[str, list[Incoming]] = {}
        for number, source in enumerate(settings.sources):
            _tell(report, "read", number, len(settings.sources))
            for each in read_source(source, folder, engine=engine, scratch=scratch / f"raw{number}"):
                parts.setdefault(each.table, []).append((source, each))
        staged = _stage_all(parts, settings, scratch, engine, report)
        return _finish(staged, settings, home, scratch, fingerprint, engine, report)
    except OSError as error:
        raise _unwritable(home, error) from error
    finally:
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
    scratch = _scratch(home)
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
    findings: list[Finding] = []
    for number, (name, each) in enumerate(staged.items()):
        _tell(report, "clean", number, len(staged))
        good = keep_good_rows(each, home / "quarantine", engine=engine)
        if name == "order_lines":
            repaired = repair_order_lines(
                good,
                settings.repairs,
                engine=engine,
                as_of_now=dt.datetime.now().replace(microsecond=0),  # noqa: DTZ005 - the shop's own clock
                currency=settings.shop.currency,
            )
            engine.write_parquet(repaired.expr, out / f"{name}.parquet")
            engine.write_parquet(repaired.log, out / "repairs.parquet")
            findings += [*each.findings, *repaired.findings]
        else:
            engine.write_parquet(good, out / f"{name}.parquet")
            findings += each.findings
    _tell(report, "clean", len(staged), len(staged))
    findings += missing_tables(set(staged))
    given = {name: sorted(each.given) for name, each in staged.items()}
    quarantine = [str(path) for each in staged.values() for path in each.quarantine]
    record = {"given": given, "quarantine": quarantine, "findings": [each.as_dict() for each in findings]}
    (out / "loaded.json").write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
    target = home / "loaded" / fingerprint
    shutil.rmtree(target, ignore_errors=True)
    out.rename(target)
    _forget_old(home / "loaded", target)
    loaded = _already(target, fingerprint, home)
    if loaded is None:
        raise DataError("What was just loaded cannot be read back", path=target)
    return loaded


def _already(target: Path, fingerprint: str, home: Path) -> Loaded | None:
    record = target / "loaded.json"
    if not record.is_file():
        return None
    plain = json.loads(record.read_text(encoding="utf-8"))
    return Loaded(
        tables={name: target / f"{name}.parquet" for name in plain["given"]},
        findings=[Finding.from_dict(each) for each in plain["findings"]],
        fingerprint=fingerprint,
        quarantine=[home / "quarantine" / Path(each).name for each in plain["quarantine"]],
        given={name: frozenset(columns) for name, columns in plain["given"].items()},
    )


def _scratch(home: Path) -> Path:
    number = f"{os.getpid()}-{os.urandom(4).hex()}"
    scratch = home / "loaded" / f".tmp-{number}"
    try:
        scratch.mkdir(parents=True)
    except OSError as error:
        raise _unwritable(home, error) from error
    return scratch


def _unwritable(home: Path, error: OSError) -> ConfigError:
    return ConfigError(
        f"{home} cannot be written: {error.strerror or error}",
        hint="copy shop.toml to a folder of your own, or give yourself the right to write there",
        path=home,
    )


def _forget_old(loaded: Path, present: Path) -> None:
    folders = [each for each in loaded.iterdir() if each.is_dir() and not each.name.startswith(".")]
    older = sorted((each for each in folders if each != present), key=lambda each: each.stat().st_mtime, reverse=True)
    for each in older[_KEPT - 1 :]:
        shutil.rmtree(each, ignore_errors=True)


def _fingerprint(settings: ShopSettings, folder: Path) -> str:
    digest = hashlib.sha256(f"{_FORMAT}{settings.model_dump_json()}".encode())
    for source in settings.sources:
        files = source_files(source, folder)
        if not files:  # a database may have changed without telling
            digest.update(os.urandom(16))
        for file in files:
            facts = file.stat()
            digest.update(f"{file.name}{facts.st_size}{facts.st_mtime_ns}".encode())
            with file.open("rb") as opened:
                digest.update(opened.read(_ENDS))
                opened.seek(max(facts.st_size - _ENDS, 0))
                digest.update(opened.read(_ENDS))
    return digest.hexdigest()[:20]


def _tell(report: Progress | None, what: str, done: int, of: int) -> None:
    if report is not None:
        report(what, done, of)
