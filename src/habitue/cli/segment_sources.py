"""Where the segment commands get their answers: the published tables, the saved segments, and the shop itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as pa_csv

from habitue.data.shop import Shop, as_moment
from habitue.errors import ConfigError, DataError, LedgerError, did_you_mean
from habitue.signals.segment import membership
from habitue.signals.segment.language import SegmentStore, from_json, parse, preview, say, to_json
from habitue.signals.segment.language.tree import Segment, leaves
from habitue.signals.segment.overlapping import overlap

if TYPE_CHECKING:
    from habitue.signals.segment.language import Node, Preview, SegmentInfo

__all__ = ["Sources", "preview_document", "read_segmentation"]

Language = Literal["en", "zh"] | None
Row = dict[str, Any]

_FAMILIES = {"learnt": ("segments", "segment"), "rfm": ("rfm", "segment"), "lifecycle": ("lifecycle", "stage")}
_DELIMITERS = (",", ";", "\t")


class Sources:
    """A shop with what is published and saved, at one moment."""

    def __init__(self, shop: Shop, as_of: str | None) -> None:
        self.shop = shop
        self.moment = as_moment(as_of) if as_of else shop.latest_as_of
        self.store = SegmentStore(shop.folder / ".habitue")

    @classmethod
    @contextmanager
    def open(cls, path: Path, as_of: str | None, bars: Callable[[str, int, int], None] | None) -> Iterator[Sources]:
        """Open the shop for the block."""
        with Shop.open(path, report=bars) as shop:
            yield cls(shop, as_of)

    @property
    def currency(self) -> str:
        """The shop's money."""
        return self.shop.settings.shop.currency

    def language(self, asked: Language) -> str:
        """Return the language to answer in."""
        return asked or self.shop.settings.shop.language

    def learnt(self) -> list[Row]:
        """Return the published definitions, or none where no run has published any."""
        table = self._published("segment_definitions")
        return [] if table is None else table.to_pylist()

    def saved(self) -> list[Row]:
        """Return the saved segments with their state."""
        infos = self.store.list(fingerprint=self.shop.loaded.fingerprint, as_of=self.moment)
        return [_info(each) for each in infos]

    def find(self, name: str) -> Row | None:
        """Return the learnt segment of that code or name; None where it is a saved one.

        Raises
        ------
        ConfigError
            When it is neither; near names of both kinds are suggested.
        """
        learnt, wanted = self.learnt(), name.strip()
        for row in learnt:
            if wanted in (row["segment"], row["name_en"], row["name_zh"]):
                return row
        saved = self.store.list()
        if any(wanted in (each.name, each.slug, each.id) for each in saved):
            return None
        known = [each.name for each in saved]
        known += [row[key] for row in learnt for key in ("segment", "name_en", "name_zh")]
        try:
            self.store.show(name)  # says when it was deleted
        except ConfigError as error:
            if "deleted" in error.what:
                raise
        else:
            return None
        raise ConfigError(f"There is no segment {wanted!r}.{did_you_mean(wanted, known)}", hint="habitue segments list")

    def check_name(self, name: str) -> None:
        """Fail where a saved segment would hide behind the code of a learnt one."""
        if any(name.strip() in (row["segment"], row["name_en"], row["name_zh"]) for row in self.learnt()):
            raise ConfigError(f"{name.strip()!r} is the name of a learnt segment", expected="a name of your own")

    def saved_document(self, name: str) -> Row:
        """Return all that is known of a saved segment."""
        info = self.store.show(name, fingerprint=self.shop.loaded.fingerprint, as_of=self.moment)
        versions = [
            {"version": each.number, "saved_at": each.saved_at, **_said(from_json(dict(each.tree)))}
            for each in self.store.versions(name)
        ]
        rule = _said(self.store.definition(name))
        return {"kind": "saved"} | _info(info) | rule | {"versions": versions, "overlap": self._overlap(info)}

    def learnt_document(self, row: Row) -> Row:
        """Return all that is known of a learnt segment."""
        table = self._published("segment_overlap")
        rows = [] if table is None else table.to_pylist()
        shared = [each for each in rows if (each["family"], each["segment"]) == ("learnt", row["segment"])]
        return {"kind": "learnt"} | row | {"moves": self.moves_of(row["segment"]), "overlap": shared}

    def _overlap(self, info: SegmentInfo) -> list[Row]:
        """Return what a saved segment shares with the published families."""
        if info.as_of is None:
            return []
        members = self.store.members(info.id, as_of=info.as_of).select(["customer_id"])
        families = {"saved": members.append_column("segment", pa.repeat(pa.scalar(info.name), members.num_rows))}
        for family, (name, column) in _FAMILIES.items():
            table = self._published(name)
            if table is not None:
                families[family] = table.select(["customer_id", column]).rename_columns(["customer_id", "segment"])
        found: list[Row] = overlap(families).to_pylist()
        return [row for row in found if row["family"] == "saved"]

    def moves_of(self, code: str) -> list[Row]:
        """Return how many came from and went to other segments, by span."""
        table = self._published("segment_flows")
        rows = [] if table is None else table.to_pylist()
        return [row for row in rows if (row["from_segment"] == code) != (row["to_segment"] == code)]

    def read(self, sentence: str, language: Language) -> Node:
        """Read a sentence, in the language asked for, else in the shop's, else in the other one; or a JSON tree."""
        if sentence.lstrip().startswith("{"):
            try:
                return from_json(json.loads(sentence))
            except json.JSONDecodeError as error:
                raise ConfigError(f"That is no JSON: {error}", expected="a sentence, or a tree as JSON") from error
        first = self.language(language)
        try:
            return parse(sentence, first)
        except ConfigError as error:
            if language is None:
                try:
                    return parse(sentence, "zh" if first == "en" else "en")
                except ConfigError as other:
                    if _chinese(sentence) == (first == "en"):
                        raise other from error
            raise

    def preview(self, tree: Node) -> Preview:
        """Show what a tree would give; segments it refers to are computed first."""
        for leaf in leaves(tree):
            if isinstance(leaf, Segment):
                self.store.compute(leaf.name, self.shop, self.moment, version=leaf.version)
        return preview(tree, self.shop, self.moment, stored=self.store.stored_for(tree, self.moment))

    def members(self, name: str, version: int | None = None) -> tuple[str, datetime, list[str]]:
        """Return what a segment is called, the moment, and its members; a saved one is brought up to date.

        With a version, an older definition of a saved one is computed, with those of others that it was saved with.
        """
        row = self.find(name)
        if row is not None and version is not None:
            raise ConfigError(
                f"{row['segment']!r} is a learnt segment: it has no versions", expected="--as-of without --version"
            )
        if row is not None:
            published = self.shop.ledger.latest("segments", as_of=self.moment)
            table = published.to_arrow()
            inside = table.filter(pc.equal(table["segment"], row["segment"]))
            return row["segment"], published.as_of, inside["customer_id"].to_pylist()
        info = self.store.compute(name, self.shop, self.moment, version=version)
        found = self.store.members(name, version=version, as_of=self.moment)
        return info.name, self.moment, found["customer_id"].to_pylist()

    def migration(self, from_date: str, to_date: str | None) -> Row:
        """Replay the learnt definition at two moments."""
        start, end = as_moment(from_date), as_moment(to_date) if to_date else self.moment
        if start >= end:
            raise ConfigError(f"{start:%Y-%m-%d} is not before {end:%Y-%m-%d}", expected="--from before --to")
        if end > self.shop.latest_as_of:
            raise ConfigError(
                f"What happened until {end:%Y-%m-%d} is not known", expected=f"--to {self.shop.latest_as_of:%Y-%m-%d}"
            )
        table = self._published("segment_definitions")
        if table is None or not table.num_rows:
            raise LedgerError("No segments have been published yet", hint="habitue run", table="segment_definitions")
        definition = membership.definition_of(table)
        then, now = (membership.place(self.shop, at, definition) for at in (start, end))
        flows = membership.flows(definition, then, now)
        names = [{key: row[key] for key in ("segment", "name_en", "name_zh")} for row in table.to_pylist()]
        return {
            "from": start,
            "to": end,
            "definition_as_of": table["as_of"][0].as_py(),
            "segments": names,
            "flows": flows.select(["from_segment", "to_segment", "customers"]).to_pylist(),
            "why": _why(membership.moves(definition, then, now)),
        }

    def _published(self, name: str) -> pa.Table | None:
        try:
            return self.shop.ledger.latest(name, as_of=self.moment).to_arrow()
        except LedgerError as error:
            if error.code == "L003" or (self.shop.ledger.tables().get(name) and error.code != "L001"):
                raise
            return None


def preview_document(tree: Node, found: Preview) -> Row:
    """Return a preview as plain data."""
    document = {key: value for key, value in asdict(found).items() if key not in ("conditions", "remarks")}
    conditions = [
        {"text_en": each.text["en"], "text_zh": each.text["zh"], "alone": each.alone}
        | {"unknown": each.unknown, "left": each.left}
        for each in found.conditions
    ]
    remarks = [
        {"code": each.code, "path": each.path, "message_en": each.message["en"], "message_zh": each.message["zh"]}
        for each in found.remarks
    ]
    return _said(tree) | document | {"share": found.share, "conditions": conditions, "remarks": remarks}


def read_segmentation(file: Path) -> pa.Table:
    """Read a user's CSV of customers and segments; both are texts.

    Raises
    ------
    DataError
        When it cannot be read, or lacks a column.
    """
    try:
        with file.open(encoding="utf-8-sig") as opened:
            head = opened.readline()
        delimiter = max(_DELIMITERS, key=head.count)
        kinds = {"customer_id": pa.string(), "segment": pa.string()}
        table = pa_csv.read_csv(
            file,
            parse_options=pa_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
            convert_options=pa_csv.ConvertOptions(column_types=kinds),
        )
    except (OSError, UnicodeDecodeError, pa.ArrowException) as error:
        raise DataError(f"{file} cannot be read: {error}", expected="a CSV file in UTF-8", path=file) from error
    for column in kinds:
        if column not in table.column_names:
            near = did_you_mean(column, table.column_names)
            raise DataError(
                f"{file.name} has no column {column!r}.{near}",
                expected="the columns customer_id and segment",
                column=column,
                path=file,
            )
    return table.select(list(kinds))


def _info(info: Any) -> Row:
    row = {name: getattr(info, name) for name in type(info).__slots__}
    reason = row.pop("reason")
    return row | {"reason_en": reason["en"] if reason else None, "reason_zh": reason["zh"] if reason else None}


def _said(tree: Node) -> Row:
    return {"rule": json.loads(to_json(tree)), "rule_en": say(tree, "en"), "rule_zh": say(tree, "zh")}


def _chinese(text: str) -> bool:
    return any("\u4e00" <= letter <= "\u9fff" for letter in text)


def _why(moves: pa.Table) -> list[Row]:
    """Count moves by the condition that turned, the commonest first."""
    keys = ["from_segment", "to_segment", "feature", "op", "threshold"]
    medians = [f"{each}_approximate_median" for each in ("before", "now")]
    counted = moves.group_by(keys).aggregate([
        ([], "count_all"), ("before", "approximate_median"), ("now", "approximate_median"),
    ])  # fmt: skip
    named = counted.select([*keys, "count_all", *medians]).rename_columns([
        *keys, "customers", "before_median", "now_median",
    ])  # fmt: skip
    found: list[Row] = named.to_pylist()
    return sorted(found, key=lambda row: (-row["customers"], *(str(row[key]) for key in keys)))
