"""Looking at what a person named on the command line: files, patterns, folders, databases."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from habitue.data.mapping import TableGuess, guess
from habitue.data.settings import SourceSettings
from habitue.data.sources.raw import Sample
from habitue.engine import Engine
from habitue.errors import DataError, did_you_mean
from habitue.schema import Words
from habitue.schema import table as schema_table

__all__ = ["Incoming", "Skipped", "look_at"]

_SUFFIXES = (".csv", ".tsv", ".txt", ".parquet", ".csv.gz", ".tsv.gz")
_LEVELS_UP = 2  # a path of more ``..`` than this is clearer in full


@dataclass(frozen=True, slots=True)
class Incoming:
    """One source: its settings, and how they were guessed (``None`` where a platform's export was recognised)."""

    label: str
    settings: SourceSettings
    guess: TableGuess | None = None
    notes: list[Words] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file or database table that was left out, and why."""

    label: str
    why: Words


Looked = tuple[list[Incoming], list[Skipped], list[Words]]


def look_at(paths: Sequence[str], folder: Path, *, table: str | None = None) -> Looked:
    """Look at each source that was named.

    Parameters
    ----------
    paths : sequence of str
        Files, patterns, folders or database addresses.
    folder : Path
        Where shop.toml will lie; paths are written relative to it.
    table : str, optional
        The table they all feed.

    Returns
    -------
    tuple
        The sources, what was left out, and what the person has to know.
    """
    if table:
        schema_table(table)
    found: list[Incoming] = []
    skipped: list[Skipped] = []
    notes: list[Words] = []
    files: list[Path] = []
    for path in paths:
        if path.lower().startswith(("postgres://", "postgresql://")):
            more, left, said = _database(path, table)
            found, skipped, notes = found + more, skipped + left, notes + said
        else:
            files += [file for file in _files(path) if file not in files]
    for group in _groups(files):
        found.append(_file_source(group, folder, table))
    if not found:
        raise DataError(
            "None of the tables could be used",
            hint="habitue init URL --table order_lines",
            expected="at least one table of orders",
        )
    return found, skipped, notes


def _files(path: str) -> list[Path]:
    """Return the files a path, pattern or folder stands for."""
    plain = Path(path).expanduser()
    if plain.is_dir():
        inside = sorted(file for file in plain.iterdir() if file.name.lower().endswith(_known_suffixes()))
        if not inside:
            raise DataError(f"There is no CSV or Parquet file in {path}", path=path)
        return inside
    if plain.exists():
        return [plain]
    matched = sorted(
        Path(each)
        for each in glob.glob(str(plain), recursive=True)  # noqa: PTH207 - absolute patterns too
        if Path(each).is_file()
    )
    if matched:
        return matched
    beside = [file.name for file in plain.parent.iterdir()] if plain.parent.is_dir() else []
    raise DataError(f"There is no file {path}.{did_you_mean(plain.name, beside)}", path=path)


def _known_suffixes() -> tuple[str, ...]:
    from habitue.data.sources.platforms import JSON_SUFFIXES  # noqa: PLC0415 - only needed here

    return (*_SUFFIXES, *JSON_SUFFIXES)


@dataclass(frozen=True, slots=True)
class _Group:
    """Files of the same headers that make one source."""

    files: list[Path]
    sample: Sample
    platform: str | None


def _groups(files: Iterable[Path]) -> list[_Group]:
    """Put files of one folder, one format and the same headers together, where one pattern names just them."""
    groups: list[_Group] = []
    for file in files:
        sample, platform = _sampled(file)
        same = next((group for group in groups if _belongs(file, sample, group)), None)
        if same:
            same.files.append(file)
        else:
            groups.append(_Group([file], sample, platform))
    parted: list[_Group] = []
    for group in groups:
        if len(group.files) == 1 or _pattern(group.files):
            parted.append(group)
        else:
            parted += [_Group([file], *_sampled(file)) for file in group.files]
    return parted


def _belongs(file: Path, sample: Sample, group: _Group) -> bool:
    first = group.files[0]
    return (
        file.parent == first.parent
        and file.suffix == first.suffix
        and sample.headers == group.sample.headers
        and sample.sniffed == group.sample.sniffed
    )


def _pattern(files: Sequence[Path]) -> str | None:
    """Return a pattern such as ``orders-*.csv`` that matches exactly these files of their folder."""
    names = sorted(file.name for file in files)
    prefix = _same_start(names)
    suffix = _same_start([name[len(prefix) :][::-1] for name in names])[::-1]
    pattern = f"{glob.escape(prefix)}*{glob.escape(suffix)}"
    matched = sorted(file.name for file in files[0].parent.glob(pattern))
    return pattern if matched == names else None


def _same_start(names: Sequence[str]) -> str:
    """Return what all names begin with."""
    length = next((i for i, each in enumerate(zip(*names, strict=False)) if len(set(each)) > 1), min(map(len, names)))
    return names[0][:length]


def _sampled(file: Path) -> tuple[Sample, str | None]:
    from habitue.data.sources.platforms import JSON_SUFFIXES, detect, sample_json_lines  # noqa: PLC0415 - heavy
    from habitue.data.sources.sniff import sample  # noqa: PLC0415 - heavy

    if file.name.lower().endswith(JSON_SUFFIXES):
        with Engine() as engine:
            looked = sample_json_lines(file, engine=engine)
    else:
        looked = sample(file)
    return looked, detect(looked.headers, looked.columns)


def _file_source(group: _Group, folder: Path, table: str | None) -> Incoming:
    first = group.files[0]
    pattern = _pattern(group.files) if len(group.files) > 1 else None
    path = _written(first.parent / pattern if pattern else first, folder)
    label = pattern or first.name
    notes = []
    if pattern:
        notes.append(Words(f"{len(group.files)} files of the same columns", f"{len(group.files)} 个列相同的文件"))
    if group.platform and not table:
        settings = SourceSettings.model_validate({"format": group.platform, "path": path, **_sniffed(group.sample)})
        return Incoming(label, settings, None, [*notes, _recognised(group.platform)])
    guessed = guess(group.sample, table=table)
    return Incoming(label, _settings(group.sample, guessed, path), guessed, notes)


def _recognised(platform: str) -> Words:
    name = {"shopify": "Shopify", "woocommerce": "WooCommerce", "ga4": "GA4", "segment": "Segment"}.get(
        platform, platform
    )
    return Words(f"an export of {name}: its columns are known", f"{name} 导出文件，列含义已知")


def _written(path: Path, folder: Path) -> str:
    """Return a path as shop.toml has it: relative to shop.toml where that is short."""
    try:
        relative = Path(os.path.relpath(path.absolute(), folder.absolute()))
    except ValueError:  # another drive
        return path.absolute().as_posix()
    far = sum(part == ".." for part in relative.parts) > _LEVELS_UP
    return path.absolute().as_posix() if far else relative.as_posix()


def _sniffed(sample: Sample) -> dict[str, str | bool]:
    """Return how a text file is written, as shop.toml names it."""
    if sample.sniffed is None:
        return {}
    facts = sample.sniffed
    return {
        "delimiter": facts.delimiter,
        "quote": facts.quote,
        "encoding": facts.encoding,
        "header": facts.header,
        "decimal": facts.decimal,
        "thousands": facts.thousands,
    }


def _settings(sample: Sample, guessed: TableGuess, path: str, relation: str = "") -> SourceSettings:
    names = schema_table(guessed.table).names
    mapping = guessed.mapping
    facts = _sniffed(sample) or {"decimal": guessed.decimal}
    return SourceSettings.model_validate(
        {
            "format": sample.format,
            "path": path,
            "table": guessed.table,
            "relation": relation,
            "columns": {name: mapping[name] for name in names if name in mapping},
            "dates": guessed.dates,
            "timezone": guessed.timezone if guessed.timezone == "UTC" else "",
            **facts,
        }
    )


def _database(url: str, table: str | None) -> Looked:
    """Look at every table and view of a database; the best one for each of our tables is used."""
    from habitue.data.sources.postgres import list_relations, sample_relation, without_password  # noqa: PLC0415 - an extra

    address = without_password(url)
    notes = []
    if address != url:
        notes.append(
            Words(
                "The password was not written to shop.toml; put it into the environment variable PGPASSWORD",
                "密码没有写入 shop.toml；请放入环境变量 PGPASSWORD",
            )
        )
    skipped: list[Skipped] = []
    best: dict[str, tuple[float, Incoming]] = {}
    for relation in list_relations(url):
        sample = sample_relation(url, relation)
        named = Sample(relation.name, "postgres", sample.headers, sample.columns, sample.native)
        guessed = guess(named, table=table)
        why = _unfit(guessed, named)
        if why:
            skipped.append(Skipped(relation.label, why))
            continue
        source = Incoming(relation.label, _settings(named, guessed, address, relation.label), guessed)
        rank = len(guessed.mapping) + 5 * guessed.confidence
        loser: tuple[float, Incoming] | None = (rank, source)
        if guessed.table not in best or rank > best[guessed.table][0]:
            loser, best[guessed.table] = best.get(guessed.table), (rank, source)
        if loser:
            skipped.append(Skipped(loser[1].label, _second(guessed.table, best[guessed.table][1].label)))
    return [source for _, source in best.values()], skipped, notes


def _second(table: str, label: str) -> Words:
    return Words(f"{label} serves as {table} already", f"{label} 已作为 {table} 使用")


def _unfit(guessed: TableGuess, sample: Sample) -> Words | None:
    """Say why a database table is none of ours; ``None`` where it is one."""
    if not any(sample.columns.values()):
        return Words("it has no rows", "没有数据")
    table = schema_table(guessed.table)
    lost = [name for name in table.required if name not in guessed.mapping]
    if "line_total" in guessed.mapping:
        lost = [name for name in lost if name != "unit_price"]
    if guessed.table == "order_lines":
        lost = [name for name in lost if name not in ("ordered_at", "quantity")]  # stands with the orders, or is one
    if not lost and guessed.confidence >= 0.6:
        return None
    if lost:
        names = ", ".join(lost)
        return Words(
            f"looks most like {table.name}, but has nothing for {names}", f"最像{table.meaning.zh}，但缺少 {names}"
        )
    return Words("looks like none of our tables", "不像任何已知的表")
