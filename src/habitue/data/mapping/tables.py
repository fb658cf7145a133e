"""Which of the schema's tables a source is, by its columns and its name."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from habitue.data.mapping.assignment import best_assignment
from habitue.data.mapping.contents import Profile
from habitue.data.mapping.header import Reading, read_header
from habitue.data.mapping.relations import Relations
from habitue.data.mapping.scoring import Candidate, score_columns
from habitue.schema import TABLES, Table

__all__ = ["Assigned", "assign", "choose_table"]

_MISSING = 4.0  # what a required column without a header costs
_FILE_NAMES = {
    ("order", "line"): "order_lines", ("line",): "order_lines", ("sale",): "order_lines", ("order",
    "product"): "order_lines",
    ("purchaseorder",): "purchase_orders", ("order",): "orders", ("customer",): "customers", ("product",): "products",
    ("sku",): "products", ("event",): "events", ("session",): "events", ("message",): "messages",
    ("exposure",): "exposures", ("impressions",): "exposures", ("campaign",): "campaigns", ("creative",): "creatives",
    ("spend",): "spend", ("coupon",): "coupons", ("consent",): "consents", ("review",): "reviews",
    ("feedback",): "feedback", ("payment",): "payments", ("fraud",): "fraud_labels", ("stock",): "stock",
    ("onhand",): "stock", ("supplier",): "suppliers", ("shipping",): "shipments", ("tracking",): "shipments",
    ("store",): "locations", ("competitor",): "market_prices",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Assigned:
    """A source taken for one table: which header became which column, and every candidate."""

    table: Table
    chosen: dict[str, str]  # header → column
    candidates: dict[tuple[str, str], Candidate]
    total: float
    score: float

    def gains(self) -> dict[tuple[int, int], float]:
        """Return the gains by place of header and column, for the assignment."""
        headers = list(dict.fromkeys(header for header, _ in self.candidates))
        return {
            (headers.index(header), self.table.names.index(column)): candidate.gain
            for (header, column), candidate in self.candidates.items()
        }


def assign(
    profiles: Sequence[Profile], readings: Mapping[str, Reading], relations: Relations, table: Table, path: str
) -> Assigned:
    """Take a source for one table and give its headers the columns that fit best together."""
    candidates = score_columns(profiles, readings, relations, table)
    headers = [profile.header for profile in profiles]
    gains = {
        (place, number): candidates[header, column].gain
        for place, header in enumerate(headers)
        for number, column in enumerate(table.names)
    }
    chosen, total = best_assignment(gains)
    names = {headers[row]: table.names[column] for row, column in chosen.items()}
    score = total + _name_bonus(path, table.name) - _missing(table, set(names.values()))
    if table.name == "order_lines":
        score -= _no_goods(names, profiles, candidates)
    return Assigned(table, names, candidates, total, score)


def _no_goods(
    chosen: Mapping[str, str], profiles: Sequence[Profile], candidates: Mapping[tuple[str, str], Candidate]
) -> float:
    """Rows that name no product are rather orders, above all where no order comes twice."""
    if {"product_id", "product_title"} & set(chosen.values()):
        return 0.0
    if any(p.header not in chosen and candidates[p.header, "product_title"].held > 0.5 for p in profiles):
        return 1.0  # a title under a strange header
    order = next((p for p in profiles if chosen.get(p.header) == "order_id"), None)
    if order is None:
        return 8.0
    return 20.0 if order.variety >= 0.98 and order.filled >= 20 else 3.0


def _missing(table: Table, there: set[str]) -> float:
    lost = 0.0
    for name in table.required:
        if name in there or (name == "unit_price" and "line_total" in there):
            continue
        lost += _MISSING
    return lost


def _name_bonus(path: str, table: str) -> float:
    """Let the file's own name speak: ``customers.csv``, ``订单明细.csv``."""
    stem = re.sub(r"\.(csv|tsv|txt|parquet|gz)$", "", PurePath(path).name, flags=re.IGNORECASE)
    reading = read_header(stem)
    if stem == table or stem.rstrip("s") == table.rstrip("s"):
        return 4.0
    for sense in reading.senses:
        for ideas, named_table in _FILE_NAMES.items():
            if set(ideas) <= set(sense):
                return 2.0 if named_table == table else 0.0
    return 0.0


def choose_table(
    profiles: Sequence[Profile], readings: Mapping[str, Reading], relations: Relations, path: str
) -> tuple[Assigned, Assigned, float]:
    """Return the best table, the next best, and how sure the best is."""
    every = [assign(profiles, readings, relations, table, path) for table in TABLES.values()]
    # Most files that a shop gives first are its order lines.
    ranked = sorted(every, key=lambda each: -(each.score + (1.5 if each.table.name == "order_lines" else 0.0)))
    best, second = ranked[0], ranked[1]
    lead = best.score - second.score + (1.5 if best.table.name == "order_lines" else 0.0)
    return best, second, 1 / (1 + math.exp(-lead / 2))
