"""Read from the ledger and the saved segments what the report shows of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from habitue.errors import HabitueError, LedgerError
from habitue.report.published import Published
from habitue.report.segmentation import (
    EarlyGroup,
    LearntSegment,
    Moved,
    Range,
    Reach,
    SavedSegment,
    SegmentOutlook,
    Shared,
    Suggestion,
    Turned,
    Way,
)
from habitue.schema import Words
from habitue.signals.segment.choosing import METHOD_NAMES
from habitue.signals.segment.language import SegmentStore, say

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["segment_outlook"]

_TURNED = 8  # reasons shown of a stretch
_SAVED = 20  # saved segments shown
_STATES = ("failed", "stale", "computing", "new", "fresh")  # what needs a look comes first
_STABILITY = ("adjusted_rand", "stability", "ari")  # names such a measure may be published under
_MEASURES = {"r2_log_spend": "r2", "auc": "auc", "smallest_share": "smallest_share"}
_PLAIN = (
    "place", "customers", "share", "value", "value_index", "value_share", "purchase_days", "purchase_days_index",
    "recency_days", "recency_days_index", "order_value", "order_value_index", "churn_probability",
    "churn_probability_index", "next_need", "next_need_probability", "next_need_index", "horizon_days", "active_share",
    "active_source", "held_out", "detectable_share",
)  # fmt: skip


def segment_outlook(shop: Shop, run: Published, moment: datetime) -> SegmentOutlook:
    """Gather the learnt segments of one run, and the saved ones as they stand at its moment."""
    saved, count = _saved(shop, moment)
    table = run.table("segment_definitions")
    if table is None or not table.num_rows:
        before, why = _learnt_before(shop, moment), run.skipped("segments")
        return SegmentOutlook(saved=saved, saved_count=count, learnt_before=before, skipped=why)
    rows = sorted(table.to_pylist(), key=lambda row: row["place"])
    stake, past = _sums(run, "churn", "spend_at_stake"), _sums(run, "lifecycle", "spend_365d")
    spent = sum(past.values())
    segments = tuple(
        _learnt(row, stake.get(row["segment"]), past.get(row["segment"], 0.0) / spent if spent > 0 else None)
        for row in rows
    )
    source = rows[0]["value_source"] or ""
    return SegmentOutlook(
        segments=segments,
        value_source=source,
        value_days=_value_days(run) if source == "expected" else rows[0]["horizon_days"],
        reason=_both(rows[0], "reason"),
        ways=_ways(run.table("segment_scores")),
        moved=tuple(Moved(**row) for row in _rows(run.table("segment_flows"), Moved.__slots__)),
        turned=_turned(run.table("segment_moves")),
        shared=_shared(run.table("segment_overlap")),
        early=_early(run.table("segment_early")),
        saved=saved,
        saved_count=count,
    )


def _learnt_before(shop: Shop, moment: datetime) -> datetime | None:
    try:
        found: datetime = shop.ledger.latest("segment_definitions", moment).as_of
    except LedgerError:
        return None
    return found


def _learnt(row: Mapping[str, Any], stake: float | None, past_share: float | None) -> LearntSegment:
    reach = row["reach"]
    return LearntSegment(
        code=row["segment"],
        name=_both(row, "name"),
        description=_both(row, "description"),
        rule=_ranges(row["rule"]),
        sentence=_both(row, "rule"),
        suggestion=Suggestion(
            row["treatment"],
            _both(row, "treatment_name"),
            _both(row, "treatment_text"),
            row["treatment_customers"] or 0,
            row["treatment_value"],
            row["treatment_value_low"],
            row["treatment_value_high"],
            _both(row, "evidence_text"),
        ),
        stake=stake,
        past_share=past_share,
        reach=None if reach is None else tuple(Reach(**each) for each in reach),
        **{name: row[name] for name in _PLAIN},
    )


def _both(row: Mapping[str, Any], name: str) -> Words:
    return Words(row[f"{name}_en"] or "", row[f"{name}_zh"] or "")


def _ranges(rule: str) -> tuple[Range, ...]:
    """Read a rule as ranges of figures; nothing where it says anything else."""
    tree = json.loads(rule)
    bounds: dict[str, dict[str, float]] = {}
    for part in tree.get("all", [tree]):
        side = {">=": "low", "<": "high"}.get(part.get("op"))
        if side is None or "feature" not in part or side in bounds.get(part["feature"], {}):
            return ()
        bounds.setdefault(part["feature"], {})[side] = float(part["value"])
    return tuple(Range(feature, **sides) for feature, sides in bounds.items())


def _sums(run: Published, name: str, column: str) -> dict[str, float]:
    """Add up a column of a table of customers by learnt segment."""
    members, table = run.table("segments"), run.table(name, ("customer_id", column))
    if members is None or table is None or column not in table.column_names:
        return {}
    rows = pc.index_in(_whole(members["customer_id"]), value_set=_whole(table["customer_id"]))
    values = np.nan_to_num(_whole(table[column]).take(rows).cast(pa.float64()).to_numpy(zero_copy_only=False))
    codes = _whole(members["segment"]).dictionary_encode()
    sums = np.bincount(codes.indices.to_numpy(zero_copy_only=False), weights=values, minlength=len(codes.dictionary))
    return dict(zip(codes.dictionary.to_pylist(), (float(each) for each in sums), strict=True))


def _whole(column: pa.ChunkedArray) -> Any:
    return column.combine_chunks()


def _value_days(run: Published) -> int | None:
    table = run.table("value", ("horizon_days",))
    return table["horizon_days"][0].as_py() if table is not None and table.num_rows else None


def _rows(table: pa.Table | None, names: Iterable[str]) -> list[dict[str, Any]]:
    if table is None:
        return []
    rows: list[dict[str, Any]] = table.select(list(names)).to_pylist()
    return rows


def _ways(table: pa.Table | None) -> tuple[Way, ...]:
    by: dict[int, dict[str, Any]] = {}
    for row in [] if table is None else table.to_pylist():
        way = by.setdefault(row["way"], {name: row[name] for name in ("method", "segments", "chosen")})
        way[row["measure"]] = row["value"]
    return tuple(
        Way(
            number=number,
            method=way["method"],
            name=METHOD_NAMES.get(way["method"], Words(way["method"], way["method"])),
            segments=way["segments"],
            chosen=bool(way["chosen"]),
            has_rules=bool(way.get("has_rules")),
            window_days=int(way["window_days"]) if way.get("window_days") else None,
            stability=next((way[name] for name in _STABILITY if way.get(name) is not None), None),
            **{called: way.get(name) for name, called in _MEASURES.items()},
        )
        for number, way in sorted(by.items())
    )


def _turned(table: pa.Table | None) -> tuple[Turned, ...]:
    """Count moves by the condition that turned, the commonest of every stretch first."""
    if table is None or not table.num_rows:
        return ()
    keys = ["from_at", "to_at", "from_segment", "to_segment", "feature", "op", "threshold"]
    known = table.filter(pc.is_valid(table["feature"]))
    counted = known.group_by(keys).aggregate([([], "count_all")]).to_pylist()
    counted.sort(key=lambda row: (-row["count_all"], *(str(row[key]) for key in keys)))
    found: list[Turned] = []
    for at in sorted({row["from_at"] for row in counted}, reverse=True):
        for row in [each for each in counted if each["from_at"] == at][:_TURNED]:
            hit = known
            for key in keys:
                hit = hit.filter(pc.equal(hit[key], pa.scalar(row[key], hit.schema.field(key).type)))
            medians = {name: pc.quantile(hit[name], 0.5)[0].as_py() for name in ("before", "now")}
            found.append(Turned(**{key: row[key] for key in keys}, customers=row["count_all"], **medians))
    return tuple(found)


def _shared(table: pa.Table | None) -> tuple[Shared, ...]:
    return tuple(
        Shared(
            row["segment"],
            row["other_family"],
            row["other_segment"],
            row["customers"],
            row["share"],
            row["other_share"],
            row["jaccard"],
        )
        for row in ([] if table is None else table.to_pylist())
        if row["family"] == "learnt"
    )


def _early(table: pa.Table | None) -> tuple[EarlyGroup, ...]:
    return tuple(
        EarlyGroup(_ranges(row["first_group"]), _both(row, "rule"), row["customers"], row["segment"], row["sure"])
        for row in ([] if table is None else table.to_pylist())
    )


def _saved(shop: Shop, moment: datetime) -> tuple[tuple[SavedSegment, ...], int]:
    store = SegmentStore(shop.folder / ".habitue")
    infos = store.list(fingerprint=shop.loaded.fingerprint, as_of=moment)
    place = {state: number for number, state in enumerate(_STATES)}
    first = sorted(infos, key=lambda each: (place.get(each.state, len(place)), each.name))[:_SAVED]
    shown = tuple(
        SavedSegment(
            each.name,
            each.state,
            each.reason or Words("", ""),
            each.version,
            each.as_of,
            each.size,
            each.share,
            _sentence(store, each.id),
        )
        for each in first
    )
    return shown, len(infos)


def _sentence(store: SegmentStore, segment: str) -> Words:
    try:
        tree = store.definition(segment)
    except HabitueError as error:
        return Words(error.what, error.what)  # a definition that cannot be read is said, not left out
    return Words(say(tree, "en"), say(tree, "zh"))
