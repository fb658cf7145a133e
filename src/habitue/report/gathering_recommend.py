"""Read from the ledger what was published about recommendations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from habitue.actions.recommend.explaining import Reason, reason_words
from habitue.actions.recommend.words import DECISIONS, KIND_NAMES, LIST_NAMES, RULE_NAMES
from habitue.report.published import Published
from habitue.report.recommending import (
    Beside,
    Figure,
    ListScore,
    RecommendOutlook,
    RulePrice,
    SampleList,
    SegmentChoice,
    Shown,
)
from habitue.report.rows import dicts
from habitue.schema import Words

__all__ = ["recommend_outlook"]

_SAMPLES = 3  # customers whose list is shown
_PLACES = 5  # products shown of a list
_PRODUCTS = 8  # products whose neighbours are shown
_NEIGHBOURS = 3
_NOTHING = Words("", "")


def recommend_outlook(run: Published) -> RecommendOutlook | None:
    """Gather what lists there are and how good they are; None where the run made none."""
    lists = run.table("recommendations")
    if lists is None:
        return None
    asked = _frame(run, "recommend_scores")
    first = dicts(asked.head(1))[0] if len(asked) else {}
    return RecommendOutlook(
        customers=pc.count_distinct(lists["customer_id"]).as_py(),
        kinds=_kinds(lists),
        asked_at=first.get("asked_at"),
        days=first.get("days") or 0.0,
        judged=int(first.get("customers") or 0),
        k=int(first.get("k") or 10),
        scores=_scores(asked),
        prices=tuple(_price(row) for row in dicts(_frame(run, "recommend_rules"))),
        segments=_choices(run),
        samples=_samples(lists),
        beside=_beside(run.table("recommend_products")),
    )


def _frame(run: Published, name: str) -> pd.DataFrame:
    found = run.frame(name)
    return pd.DataFrame() if found is None else found


def _kinds(lists: pa.Table) -> tuple[tuple[Words, int], ...]:
    first = lists.filter(pc.equal(lists["rank"], 1))
    counts = {each["values"]: each["counts"] for each in pc.value_counts(first["kind"]).to_pylist()}
    return tuple((words, counts[code]) for code, words in KIND_NAMES.items() if code in counts)


def _scores(frame: pd.DataFrame) -> tuple[ListScore, ...]:
    if frame.empty:
        return ()
    found: dict[str, dict[str, Figure]] = {}
    for row in dicts(frame):
        found.setdefault(row["list"], {})[row["figure"]] = Figure(row["value"], row["low"], row["high"])
    return tuple(ListScore(code, LIST_NAMES.get(code, Words(code, code)), each) for code, each in found.items())


def _price(row: Mapping[str, Any]) -> RulePrice:
    return RulePrice(
        RULE_NAMES.get(row["rule"], Words(row["rule"], row["rule"])),
        bool(row["active"]),
        Figure(row["ndcg_cost"], row["ndcg_low"], row["ndcg_high"]),
        row["ndcg_without"],
        Figure(row["revenue_cost"], row["revenue_low"], row["revenue_high"]),
        int(row["given_up"] or 0),
    )


def _choices(run: Published) -> tuple[SegmentChoice, ...]:
    return tuple(
        SegmentChoice(
            row["segment"],
            row["decision"],
            DECISIONS[row["decision"]],
            KIND_NAMES[row["strategy"]],
            KIND_NAMES.get(row["best_other"] or "", _NOTHING),
            int(row["customers"] or 0),
            Figure(row["gain"], row["gain_low"], row["gain_high"]),
        )
        for row in dicts(_frame(run, "recommend_segments"))
    )


def _samples(lists: pa.Table) -> tuple[SampleList, ...]:
    """Return the home lists of a few customers for whom most reasons name what they did."""
    home = lists.filter(pc.and_(pc.equal(lists["kind"], "home"), pc.less_equal(lists["rank"], _PLACES)))
    if not home.num_rows:
        return ()
    said = home.append_column("told", pc.cast(pc.is_valid(home["cause_id"]), pa.int64()))
    most = said.group_by("customer_id").aggregate([("told", "sum"), ("score", "sum")])
    most = most.sort_by([("told_sum", "descending"), ("score_sum", "descending"), ("customer_id", "ascending")])
    found = []
    for name in most["customer_id"].slice(0, _SAMPLES).to_pylist():
        rows = home.filter(pc.equal(home["customer_id"], name)).sort_by("rank").to_pylist()
        found.append(SampleList(name, KIND_NAMES["home"], tuple(_shown(row) for row in rows)))
    return tuple(found)


def _shown(row: Mapping[str, Any]) -> Shown:
    reason = Reason(
        row["reason"],
        row["cause_id"] or "",
        row["cause_title"] or "",
        row["cause_action"] or "",
        row["cause_days_ago"],
        row["cause_share"],
        row["cause_category"] or "",
    )
    return Shown(row["product_title"] or row["product_id"], reason_words(reason))


def _beside(table: pa.Table | None) -> tuple[Beside, ...]:
    if table is None or not table.num_rows:
        return ()
    titles: dict[str, str] = dict(zip(table["other_id"].to_pylist(), table["other_title"].to_pylist(), strict=True))
    found: dict[str, dict[str, list[str]]] = {}
    for row in table.filter(pc.less_equal(table["rank"], _NEIGHBOURS)).to_pylist():
        kinds = found.setdefault(row["product_id"], {})
        kinds.setdefault(row["kind"], []).append(row["other_title"] or row["other_id"])
    # Products that have both kinds come first; the table's own order is that of sales.
    best = sorted(found.items(), key=lambda each: -len(each[1]))[:_PRODUCTS]
    return tuple(
        Beside(titles.get(product) or product, tuple(kinds.get("similar", ())), tuple(kinds.get("together", ())))
        for product, kinds in best
    )
