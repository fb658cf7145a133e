"""Members of a segment the slow way: customer by customer, in plain Python over plain rows."""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["NaiveShop", "judge", "naive_members"]

Rows = Sequence[Mapping[str, Any]]
Truth = bool | None
_DAY = 86_400


@dataclass
class NaiveShop:
    """Plain rows, with everything that came later still in them, and the moment to judge by."""

    as_of: dt.datetime
    lines: Rows
    events: Rows
    customers: Rows
    products: Rows
    features: Mapping[str, Mapping[str, Any]]  # by customer
    published: Mapping[str, Rows]
    segments: Mapping[str, set[str]]

    def __post_init__(self) -> None:
        self.acts: dict[str, list[dict[str, Any]]] = {"buy": [], "return": [], "event": []}
        for row in self.lines:
            self._take_line(row)
        whole: dict[Any, float] = {}
        for row in self.acts["buy"]:
            key = (row["customer_id"], row["order_id"])
            whole[key] = whole.get(key, 0.0) + row["spend"]
        for row in self.acts["buy"]:
            row["order_spend"] = whole[row["customer_id"], row["order_id"]]
        category = {row["product_id"]: row["category"] for row in self.products if self._known(row, "launched_at")}
        for row in self.events:
            if self._known(row, "happened_at") and row["customer_id"] is not None:
                extra = {"at": row["happened_at"], "spend": row["value"], "category": category.get(row["product_id"])}
                self.acts["event"].append({**row, **extra})
        self.universe = sorted({row["customer_id"] for row in self.acts["buy"]})
        self.by_customer: dict[Any, list[dict[str, Any]]] = {}
        for what, rows in self.acts.items():
            for row in rows:
                self.by_customer.setdefault((what, row["customer_id"]), []).append(row)
        self.attributes = {row["customer_id"]: row for row in self.customers if self._known(row, "signed_up_at")}

    def _take_line(self, row: Mapping[str, Any]) -> None:
        called_off = row["cancelled_at"] is not None and row["cancelled_at"] < self.as_of
        if not self._known(row, "ordered_at") or row["customer_id"] is None or row["set_aside"] is not None:
            return
        if not row["unit_price"] or row["unit_price"] <= 0 or (row["quantity"] > 0 and called_off):
            return
        what = "buy" if row["quantity"] > 0 else "return"
        pieces = abs(row["quantity"])
        extra = {"at": row["ordered_at"], "spend": pieces * row["unit_price"], "quantity": pieces}
        self.acts[what].append({**row, **extra})

    def _known(self, row: Mapping[str, Any], time: str) -> bool:
        happened = row[time] is None or row[time] < self.as_of
        return happened and (row.get("ingested_at") is None or row["ingested_at"] < self.as_of)


def naive_members(tree: Mapping[str, Any], shop: NaiveShop) -> set[str]:
    """Return the members of a tree given as JSON."""
    return {customer for customer in shop.universe if judge(tree, customer, shop) is True}


def judge(tree: Mapping[str, Any], customer: str, shop: NaiveShop) -> Truth:
    """Say whether a tree holds for a customer: yes, no, or not known."""
    if "all" in tree:
        found = [judge(each, customer, shop) for each in tree["all"]]
        return False if False in found else (None if None in found else True)
    if "any" in tree:
        found = [judge(each, customer, shop) for each in tree["any"]]
        return True if True in found else (None if None in found else False)
    if "not" in tree:
        inner = judge(tree["not"], customer, shop)
        return None if inner is None else not inner
    return next(_LEAVES[word](tree, customer, shop) for word in _LEAVES if word in tree)


def _test(value: Any, said: Mapping[str, Any]) -> Truth:
    op, other = said["op"], said.get("value")
    if op in ("is_known", "is_missing"):
        return (value is not None) == (op == "is_known")
    if value is None:
        return None
    if isinstance(value, dt.datetime):
        other = dt.datetime.fromisoformat(other)
    simple: dict[str, Callable[[], bool]] = {
        "<": lambda: value < other,
        "<=": lambda: value <= other,
        ">": lambda: value > other,
        ">=": lambda: value >= other,
        "=": lambda: value == other,
        "!=": lambda: value != other,
        "in": lambda: value in other,
        "not_in": lambda: value not in other,
        "contains": lambda: other.lower() in value.lower(),
    }
    return bool(simple[op]())


def _clean(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value


def _feature(said: Mapping[str, Any], customer: str, shop: NaiveShop) -> Truth:
    return _test(_clean(shop.features[customer][said["feature"]]), said)


def _customer(said: Mapping[str, Any], customer: str, shop: NaiveShop) -> Truth:
    return _test(shop.attributes.get(customer, {}).get(said["customer"]), said)


def _signal(said: Mapping[str, Any], customer: str, shop: NaiveShop) -> Truth:
    table, column = said["signal"].split(".")
    rows = [row for row in shop.published[table] if row["customer_id"] == customer]
    first = said.get("among_first", 1)
    values = [_clean(row[column]) for row in rows if row.get("rank", 1) <= first]
    if first == 1:
        return _test(values[0] if values else None, said)
    if said["op"] in ("!=", "not_in", "is_missing"):
        positive = {"!=": "=", "not_in": "in", "is_missing": "is_known"}[said["op"]]
        inner = _any(values, said | {"op": positive})
        return None if inner is None else not inner
    return _any(values, said)


def _any(values: Sequence[Any], said: Mapping[str, Any]) -> Truth:
    found = [_test(each, said) for each in values]
    if not found:
        return None
    return True if True in found else (None if None in found else False)


def _bounds(said: Mapping[str, Any], shop: NaiveShop) -> tuple[dt.datetime, dt.datetime]:
    window = said.get("within", {})
    first, last = dt.datetime.min, shop.as_of
    if "last_days" in window:
        first = shop.as_of - dt.timedelta(days=window["last_days"])
    if "from_days" in window:
        first = shop.as_of - dt.timedelta(days=window["from_days"])
        last = shop.as_of - dt.timedelta(days=window["to_days"])
    if "from" in window:
        first = dt.datetime.fromisoformat(window["from"])
    if "to" in window:
        last = dt.datetime.fromisoformat(window["to"])
    return first, last


def _did_rows(said: Mapping[str, Any], word: str, customer: str, shop: NaiveShop, span: Any = None) -> list[Any]:
    first, last = span or _bounds(said, shop)
    return [
        row
        for row in shop.by_customer.get((said[word], customer), [])
        if first <= row["at"] < last
        and (said[word] != "event" or row["event"] == said["event"])
        and all(_test(row[test["column"]], test) is True for test in said.get("where", []))
    ]


def _did(said: Mapping[str, Any], customer: str, shop: NaiveShop) -> Truth:
    rows = _did_rows(said, "did", customer, shop)
    if "spend" in said:
        return _test(sum(row["spend"] or 0.0 for row in rows), said["spend"])
    if "items" in said:
        return _test(sum(row["quantity"] for row in rows if row["is_product"]), said["items"])
    times = len(rows) if said["did"] == "event" else len({row["order_id"] for row in rows})
    return _test(times, said.get("times", {"op": ">=", "value": 1}))


def _did_not(said: Mapping[str, Any], customer: str, shop: NaiveShop) -> Truth:
    return not _did_rows(said, "did_not", customer, shop)


def _timed(said: Mapping[str, Any], customer: str, shop: NaiveShop) -> Truth:
    word = "last" if "last" in said else "first"
    times = [row["at"] for row in _did_rows(said, word, customer, shop)]
    if not times:
        return _test(None, said)
    at = max(times) if word == "last" else min(times)
    return _test((shop.as_of - at.replace(microsecond=0)).total_seconds() / _DAY, said)


def _sequence(said: Mapping[str, Any], customer: str, shop: NaiveShop) -> Truth:
    span = _bounds(said, shop)
    steps = [[row["at"] for row in _did_rows(each, "did", customer, shop, span)] for each in said["sequence"]]

    def follows(number: int, before: dt.datetime) -> bool:
        if number == len(steps):
            return True
        most = said["sequence"][number].get("within_days", 10_000)
        return any(
            at > before and at - before <= dt.timedelta(days=most) and follows(number + 1, at) for at in steps[number]
        )

    return any(follows(1, at) for at in steps[0])


def _rank(said: Mapping[str, Any], customer: str, shop: NaiveShop) -> Truth:
    values = {each: _number(said["rank"], each, shop) for each in shop.universe}
    known = sorted((each for each in shop.universe if values[each] is not None), key=lambda each: each)
    if values[customer] is None:
        return None
    down = "top" in said or "top_share" in said
    order = sorted(known, key=lambda each: values[each], reverse=down)  # stable: equal ones stay by customer_id
    place = order.index(customer)
    if "band" in said:
        return place * said["of"] // len(order) + 1 == said["band"]
    count = said.get("top", said.get("bottom"))
    if count is not None:
        return bool(place < count)
    share = said.get("top_share", said.get("bottom_share"))
    return place < math.ceil(round(share * len(order), 9))


def _number(name: str, customer: str, shop: NaiveShop) -> Any:
    if "." not in name:
        return _clean(shop.features[customer][name])
    table, column = name.split(".")
    return next((_clean(row[column]) for row in shop.published[table] if row["customer_id"] == customer), None)


def _points(said: Mapping[str, Any], customer: str, shop: NaiveShop) -> Truth:
    total = 0
    for axis in said["points"]:
        value = _clean(shop.features[customer][axis["feature"]])
        if value is None:
            return None
        total += sum(value < each for each in set(axis.get("below", ()))) + sum(
            value >= each for each in set(axis.get("from", ()))
        )
    return bool(said.get("least", 0) <= total <= said.get("most", total))


def _segment(said: Mapping[str, Any], customer: str, shop: NaiveShop) -> Truth:
    return customer in shop.segments[said["segment"]]


def _bucket(said: Mapping[str, Any], customer: str, shop: NaiveShop) -> Truth:
    del shop
    digits = hashlib.md5(f"{said['salt']}:{customer}".encode(), usedforsecurity=False).hexdigest()[:7]
    return int(digits, 16) % said["of"] + 1 in said["bucket"]


def _ids(said: Mapping[str, Any], customer: str, shop: NaiveShop) -> Truth:
    del shop
    return customer in said["ids"]


_LEAVES: dict[str, Callable[[Mapping[str, Any], str, NaiveShop], Truth]] = {
    "feature": _feature,
    "customer": _customer,
    "signal": _signal,
    "did": _did,
    "did_not": _did_not,
    "last": _timed,
    "first": _timed,
    "sequence": _sequence,
    "rank": _rank,
    "points": _points,
    "segment": _segment,
    "bucket": _bucket,
    "ids": _ids,
}
