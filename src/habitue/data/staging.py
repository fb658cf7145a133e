"""Raw tables become typed ones; what could not be read is counted, named and, where it must be there, set apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ibis

from habitue.data.cell_times import Clocks
from habitue.data.cells import CellStyle, typed_columns
from habitue.data.finding import Finding
from habitue.data.quarantine import reason_of, write_quarantine
from habitue.data.reading_findings import (
    broken_characters,
    cell_findings,
    duplicate_keys,
    quarantined,
    repeated_headers,
    row_count,
    unsplit_lines,
)
from habitue.data.settings import ShopFacts, SourceSettings
from habitue.data.sources.columnar import stacked
from habitue.data.sources.platforms.tables import PlatformTable
from habitue.data.sources.raw import RawTable
from habitue.engine import Engine
from habitue.errors import MappingError, did_you_mean
from habitue.schema import Table
from habitue.schema import table as schema_table

__all__ = ["Incoming", "Staged", "keep_good_rows", "stage"]

Incoming = tuple[SourceSettings | None, PlatformTable]


@dataclass(slots=True)
class Staged:
    """One table of the shop on its way: typed, with the text of unreadable cells beside it.

    ``expr`` changes as the table is completed from others; ``given`` are the columns the merchant gave.
    """

    table: Table
    expr: Any
    raws: dict[str, RawTable]
    given: frozenset[str]
    findings: list[Finding] = field(default_factory=list)
    quarantine: list[Path] = field(default_factory=list)


def stage(name: str, parts: Sequence[Incoming], shop: ShopFacts, *, scratch: Path, engine: Engine) -> Staged:
    """Type all sources of one table and put them under one another.

    Parameters
    ----------
    name : str
        The table.
    parts : sequence
        Each source's settings (``None`` for frames) and raw table.
    shop : ShopFacts
        Its zone and currency settle what a source leaves open.
    scratch : Path
    engine : Engine

    Raises
    ------
    MappingError
        When a mapped header is not in the source.
    """
    definition = schema_table(name)
    raws: dict[str, RawTable] = {}
    typed = []
    given: set[str] = set()
    for settings, part in parts:
        label = part.raw.source if part.raw.source not in raws else f"{part.raw.source} ({len(raws) + 1})"
        raws[label] = part.raw
        headers = _headers(definition, settings, part)
        given |= set(headers)
        columns = typed_columns(part.raw.expr, definition, headers, _style(settings, part, shop))
        typed.append(columns.mutate(source=ibis.literal(label)))
    file = scratch / f"typed_{name}.parquet"
    engine.write_parquet(stacked(typed), file, quick=True)
    staged = Staged(definition, engine.read_parquet(file), raws, frozenset(given))
    staged.findings += _findings(staged, [part for _, part in parts], engine)
    return staged


def _headers(definition: Table, settings: SourceSettings | None, part: PlatformTable) -> Mapping[str, str]:
    there = [name for name in part.raw.expr.columns if name != "source_row"]
    if settings is None or not settings.table or not settings.columns:
        return {name: name for name in there if name in definition.names}
    for column, header in settings.columns.items():
        if header not in there:
            raise MappingError(
                f"{part.raw.source} has no column {header!r} (any more), which shop.toml names for {column}."
                f"{did_you_mean(header, there)}",
                hint=f"mend shop.toml, or: habitue init {settings.path} --force",
                expected=", ".join(there),
                table=definition.name,
                column=column,
            )
    return settings.columns


def _style(settings: SourceSettings | None, part: PlatformTable, shop: ShopFacts) -> CellStyle:
    if settings is None:
        return CellStyle(clocks=Clocks(shop=shop.timezone), currency=shop.currency)
    return CellStyle(
        decimal=settings.decimal,
        thousands=settings.thousands,
        dates=part.dates,
        clocks=Clocks(settings.timezone, shop.timezone),
        currency=shop.currency,
    )


def _findings(staged: Staged, parts: Sequence[PlatformTable], engine: Engine) -> list[Finding]:
    found: list[Finding] = [each for part in parts for each in part.findings]
    rejected = sum(raw.rejects.num_rows for raw in staged.raws.values())
    found += row_count(staged.table.name, staged.expr, staged.raws, rejected, engine)
    found += unsplit_lines(staged.table.name, staged.raws)
    found += repeated_headers(staged.table.name, staged.raws)
    found += broken_characters(staged.table.name, staged.raws)
    found += cell_findings(staged.table, staged.expr, staged.given, staged.raws, engine)
    return found


def keep_good_rows(staged: Staged, quarantine: Path, *, engine: Engine) -> Any:
    """Return the rows whose required cells are there; write the others to a quarantine file.

    Parameters
    ----------
    staged : Staged
    quarantine : Path
        Folder of quarantine files.
    engine : Engine

    Returns
    -------
    ibis table
        The table's columns as far as they are there (all of them for order_lines), ``source`` and ``source_row``.
    """
    name, rows = staged.table.name, staged.expr
    required = [column for column in staged.table.required if column in rows.columns]
    bad = ibis.or_(*(rows[column].isnull() for column in required)) if required else ibis.literal(value=False)
    outcasts = engine.keep(rows.filter(bad).select("source", "source_row", reason=reason_of(rows, required)))
    file = quarantine / f"{name}.csv"
    written = write_quarantine(outcasts, staged.raws, file, engine=engine)
    if written:
        staged.quarantine.append(file)
        first = engine.to_arrow(outcasts.order_by("source", "source_row").limit(1))
        lacking = _lacking(rows.filter(bad), required, engine)
        staged.findings.append(quarantined(name, first, lacking, written, file.name))
    columns = [column for column in staged.table.names if column in rows.columns]
    good = rows.filter(~bad).select(*columns, "source", "source_row")
    if staged.table.key and name != "order_lines":
        good, twice = _first_of_key(staged.table, good, engine)
        staged.findings += duplicate_keys(staged.table, twice)
    return good


def _lacking(outcasts: Any, required: Sequence[str], engine: Engine) -> list[str]:
    if not required:
        return []
    (seen,) = engine.to_rows(outcasts.agg(**{column: outcasts[column].isnull().any() for column in required}))
    return [column for column in required if seen[column]]


def _first_of_key(definition: Table, rows: Any, engine: Engine) -> tuple[Any, int]:
    """Keep the first row of each id: by time, then by place, so that later rows never replace earlier ones.

    Keys of several columns name rows less surely (two campaigns may spend on one day and channel): they all stay.
    """
    if len(definition.key) != 1 or not definition.column(definition.key[0]).required:
        return rows, 0
    # A row without its time was always known: it comes before all others.
    order = [rows[definition.time].asc(nulls_first=True)] if definition.time in rows.columns else []
    place = ibis.row_number().over(ibis.window(group_by=definition.key[0], order_by=[*order, "source", "source_row"]))
    numbered = rows.mutate(place=place)
    twice = int(engine.to_arrow(numbered.filter(numbered.place > 0).count()).as_py())
    return (numbered.filter(numbered.place == 0).drop("place"), twice) if twice else (rows, 0)
