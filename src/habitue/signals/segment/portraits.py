"""A portrait of every learnt segment: what its customers are like, what to expect of them, and what to do for them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from habitue.signals.segment import outcome
from habitue.signals.segment.choosing import METHOD_NAMES
from habitue.signals.segment.language import say
from habitue.signals.segment.portrait_words import Profile, describe, name_all
from habitue.signals.segment.rules import rule_tree
from habitue.signals.segment.treatments import EVIDENCE, TREATMENTS, Treatment, treat

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["DEFINITIONS", "detectable_share", "portray"]

_CERTAINTY = 1.959964 + 0.841621  # two-sided 5 %, power 80 %
_FEW = 30  # customers from whom a share is told
_RESCUE = ("rescue", "rescue_gain", "rescue_gain_low", "rescue_gain_high", "evidence")
_TEXTS = ("name", "description", "treatment_name", "treatment_text", "evidence_text", "reason")

DEFINITIONS = pa.schema([
    ("segment", pa.string()), ("as_of", pa.timestamp("us")), ("place", pa.int64()), ("method", pa.string()),
    ("rule", pa.string()), ("rule_en", pa.string()), ("rule_zh", pa.string()),
    ("name_en", pa.string()), ("name_zh", pa.string()),
    ("description_en", pa.string()), ("description_zh", pa.string()),
    ("customers", pa.int64()), ("share", pa.float64()),
    ("value", pa.float64()), ("value_index", pa.float64()), ("value_source", pa.string()),
    ("value_share", pa.float64()),
    ("purchase_days", pa.float64()), ("purchase_days_index", pa.float64()),
    ("recency_days", pa.float64()), ("recency_days_index", pa.float64()),
    ("order_value", pa.float64()), ("order_value_index", pa.float64()),
    ("churn_probability", pa.float64()), ("churn_probability_index", pa.float64()),
    ("next_need", pa.string()), ("next_need_probability", pa.float64()), ("next_need_index", pa.float64()),
    ("reach", pa.list_(pa.struct([("channel", pa.string()), ("customers", pa.int64()), ("share", pa.float64())]))),
    ("horizon_days", pa.int64()), ("active_share", pa.float64()),
    ("active_source", pa.string()), ("held_out", pa.int64()),
    ("detectable_share", pa.float64()),
    ("treatment", pa.string()), ("treatment_name_en", pa.string()), ("treatment_name_zh", pa.string()),
    ("treatment_text_en", pa.string()), ("treatment_text_zh", pa.string()),
    ("treatment_customers", pa.int64()), ("treatment_value", pa.float64()), ("treatment_value_low", pa.float64()),
    ("treatment_value_high", pa.float64()), ("evidence", pa.string()),
    ("evidence_text_en", pa.string()), ("evidence_text_zh", pa.string()),
    ("reason_en", pa.string()), ("reason_zh", pa.string()),
])  # fmt: skip


class _Placed(Protocol):
    """Customers at a moment with their segments, see `habitue.signals.segment.membership.Placed`."""

    @property
    def at(self) -> datetime: ...
    @property
    def ids(self) -> Any: ...
    @property
    def x(self) -> Any: ...
    @property
    def segment(self) -> Any: ...
    @property
    def spend(self) -> Any: ...
    @property
    def orders(self) -> Any: ...


def portray(
    shop: Shop,
    learnt: outcome.LearntSegments,
    now: _Placed,
    *,
    then: _Placed | None = None,
    signals: Mapping[str, pa.Table | None] | None = None,
) -> pa.Table:
    """Describe every learnt segment.

    Parameters
    ----------
    shop : Shop
    learnt : LearntSegments
    now : Placed
        All customers in their segments.
    then : Placed, optional
        The same definition at an earlier moment, with what customers did from then to now: tells how many customers
        of a segment order again, and what they spend.
    signals : mapping, optional
        The published tables ``value``, ``churn`` and ``need``.

    Returns
    -------
    Arrow table
        ``segment_definitions``, one row per segment, `DEFINITIONS`. ``value`` is the mean spend ahead and
        ``value_source`` says whence: ``expected`` (table value), ``observed`` (what customers of the segment spent
        from the earlier moment on) or ``past`` (all they spent so far); ``value_share`` is the segment's share of all
        value. ``active_share`` is the share who order within ``horizon_days``, by ``active_source`` either
        ``observed`` (of those in the segment at the earlier moment) or ``expected`` (table churn). An index is 100 for
        the average customer. ``detectable_share`` is the smallest difference in ``active_share`` that a test with half
        of the segment held out finds four times out of five. ``reach`` is missing where the shop has no consents.
    """
    given = {name: table for name, table in (signals or {}).items() if table is not None}
    figures = _Figures(shop, learnt, now, then, given)
    profiles = [figures.profile(number) for number in range(learnt.definition.size)]
    names, rows = name_all(profiles), []
    for number, profile in enumerate(profiles):
        treatment = figures.treatment(number, profile)
        row = figures.row(number) | _rule(learnt, number) | _treated(treatment)
        texts = {
            "name": names[number],
            "description": describe(profile, shop.settings.shop.currency),
            "treatment_name": TREATMENTS[treatment.code][0],
            "treatment_text": TREATMENTS[treatment.code][1],
            "evidence_text": EVIDENCE.get(treatment.evidence, EVIDENCE["assumption"]),
            "reason": learnt.choice.reason,
        }
        row |= {f"{key}_{language}": texts[key][language] for key in _TEXTS for language in ("en", "zh")}
        rows.append(row)
    return pa.Table.from_pylist(rows, schema=DEFINITIONS)


def detectable_share(active_share: float | None, customers: int) -> float | None:
    """Return the smallest change of a share that a 50/50 test finds: two-sided 5 %, power 80 %.

    Parameters
    ----------
    active_share : float or None
        Without treatment.
    customers : int
        In both arms together.

    Returns
    -------
    float or None
        As a difference of shares; None below 4 customers.

    Examples
    --------
    >>> round(detectable_share(0.5, 1000), 4)
    0.0886
    """
    if active_share is None or customers < 4:
        return None
    least = 1 / customers  # a share of 0 or 1 is no certainty
    spread = max(active_share, least) * max(1 - active_share, least)
    return _CERTAINTY * math.sqrt(2 * spread / (customers / 2))


class _Figures:
    """Everything that is asked of a segment, as arrays over all customers."""

    def __init__(
        self, shop: Shop, learnt: outcome.LearntSegments, now: _Placed, then: _Placed | None, given: Mapping[str, Any]
    ) -> None:
        self.learnt, self.now, self.then = learnt, now, then
        self.settings = shop.settings
        self.size = learnt.definition.size
        self.counts = np.bincount(now.segment, minlength=self.size)
        self.ids = pa.array(now.ids, pa.string())
        self.horizon_days = learnt.horizon_days if then is None else (now.at - then.at).days
        self.churn = self._aligned(given.get("churn"), ("churn_probability", *_RESCUE))
        self.value_source, self.value_days, self.value = self._worth(given.get("value"))
        self.needs = self._needs(given.get("need"))
        self.reached = self._reach(shop)

    def feature(self, name: str) -> Any:
        return np.nan_to_num(self.now.x[:, self.learnt.definition.names.index(name)])

    def active_share(self, number: int) -> tuple[float | None, str | None]:
        """Of those who were in the segment at the earlier moment; by the forecast where they were too few."""
        if self.then is not None:
            before = self.then.segment == number
            if before.sum() >= _FEW:
                return float((self.then.orders[before] > 0).mean()), "observed"
        if self.churn is not None and self.counts[number]:
            gone = self.churn["churn_probability"][self.now.segment == number].astype(float)
            if not np.isnan(gone).all():
                return float(1 - np.nanmean(gone)), "expected"
        return None, None

    def profile(self, number: int) -> Profile:
        members = self.now.segment == number
        if not members.any():
            return Profile(0, 0.0, horizon_days=self.horizon_days)
        active, source = self.active_share(number)
        mean = {name: float(self.feature(name)[members].mean()) for name in _SHOWN}
        need = self.needs[number] if self.needs is not None else None
        return Profile(
            customers=int(members.sum()),
            share=float(members.mean()),
            **{called: self._multiple(name, members) for called, name in _MULTIPLES.items()},
            purchase_days=mean["purchase_days"],
            recency_days=mean["recency_days"],
            order_value=mean["average_order_value"],
            spend=mean["spend"],
            value_index=_index(_mean(self.value[members]), _mean(self.value)),
            active_share=active,
            active_observed=source == "observed",
            horizon_days=self.horizon_days,
            next_need=need[0] if need else None,
        )

    def row(self, number: int) -> dict[str, Any]:
        members = self.now.segment == number
        count = int(self.counts[number])
        active, source = self.active_share(number)
        everyone = np.ones(members.size, dtype=bool)
        value, total = _mean(self.value[members]), float(np.nansum(self.value))
        found = {
            "segment": outcome.segment_code(number), "as_of": self.now.at, "place": number + 1,
            "customers": count, "share": count / max(members.size, 1),
            "value": value, "value_index": _index(value, _mean(self.value)), "value_source": self.value_source,
            "value_share": float(np.nansum(self.value[members])) / total if total > 0 else None,
            "horizon_days": self.horizon_days, "active_share": active, "active_source": source, "held_out": count // 2,
            "detectable_share": detectable_share(active, count),
        }  # fmt: skip
        for called, name in (("order_value", "average_order_value"), *((each, each) for each in _INDEXED)):
            mine, average = _mean(self.feature(name)[members]), _mean(self.feature(name)[everyone])
            found |= {called: mine, f"{called}_index": _index(mine, average)}
        if self.churn is not None:
            gone = self.churn["churn_probability"].astype(float)
            found["churn_probability"] = _mean(gone[members])
            found["churn_probability_index"] = _index(_mean(gone[members]), _mean(gone))
        need = self.needs[number] if self.needs is not None else None
        if need is not None:
            found |= dict(zip(("next_need", "next_need_probability", "next_need_index"), need, strict=True))
        if self.reached is not None:
            found["reach"] = [
                {"channel": channel, "customers": int(reached[number]), "share": reached[number] / max(count, 1)}
                for channel, reached in self.reached.items()
            ]
        return found

    def treatment(self, number: int, profile: Profile) -> Treatment:
        members = self.now.segment == number
        rescue = None if self.churn is None else {name: self.churn[name][members] for name in _RESCUE}
        if rescue is not None:
            rescue["rescue"] = np.array([each is True for each in rescue["rescue"].tolist()], dtype=bool)
            for name in _RESCUE[1:4]:
                rescue[name] = rescue[name].astype(float)
        a_day = None if self.value_source == "past" else self.value[members] / self.value_days
        return treat(profile, a_day, rescue, self.settings)

    def _multiple(self, name: str, members: Any) -> float:
        logs = np.log1p(np.maximum(self.feature(name), 0))
        return float(np.exp(logs[members].mean() - logs.mean()))

    def _worth(self, value: pa.Table | None) -> tuple[str, int, Any]:
        table = self._aligned(value, ("expected_spend", "horizon_days"))
        if table is not None and value is not None and value.num_rows:
            return "expected", int(value["horizon_days"][0].as_py()), table["expected_spend"].astype(float)
        if self.then is not None and self.then.ids.size >= _FEW:
            counts = np.bincount(self.then.segment, minlength=self.size)
            spent = np.bincount(self.then.segment, weights=self.then.spend, minlength=self.size)
            mean = np.divide(spent, counts, out=np.full(self.size, np.nan), where=counts > 0)
            return "observed", self.horizon_days, mean[self.now.segment]
        return "past", 1, self.feature("spend")

    def _aligned(self, table: pa.Table | None, columns: tuple[str, ...]) -> dict[str, Any] | None:
        """Return columns in the order of the customers; missing where the table does not know one."""
        if table is None:
            return None
        rows = pc.index_in(self.ids, value_set=table["customer_id"].combine_chunks())
        return {
            name: table[name].combine_chunks().take(rows).to_numpy(zero_copy_only=False)
            if name in table.column_names
            else np.full(len(self.ids), None, dtype=object)
            for name in columns
        }

    def _needs(self, need: pa.Table | None) -> list[tuple[str, float, float | None] | None] | None:
        """Return for every segment the likeliest category, its mean chance, and that against all customers."""
        if need is None or not need.num_rows:
            return None
        rows = pc.index_in(need["customer_id"].combine_chunks(), value_set=self.ids)
        kept = pc.is_valid(rows)
        codes = need["category"].combine_chunks().filter(kept).dictionary_encode()
        place = self.now.segment[rows.filter(kept).to_numpy(zero_copy_only=False)]
        names = codes.dictionary.to_pylist()
        chance = np.nan_to_num(need["probability"].combine_chunks().filter(kept).to_numpy(zero_copy_only=False))
        flat = place * len(names) + codes.indices.to_numpy(zero_copy_only=False)
        total = np.bincount(flat, weights=chance, minlength=self.size * len(names)).reshape(self.size, len(names))
        found: list[tuple[str, float, float | None] | None] = []
        for number in range(self.size):
            if not total[number].any():
                found.append(None)
                continue
            # Names decide between equals, not the order of the rows.
            best = min(range(len(names)), key=lambda each: (-round(total[number][each], 9), str(names[each])))
            mean = float(total[number][best] / self.counts[number])
            found.append((names[best], mean, _index(mean, float(total[:, best].sum() / self.counts.sum()))))
        return found

    def _reach(self, shop: Shop) -> dict[str, Any] | None:
        """Return how many of every segment agreed to marketing, by channel; ``all`` where none was said."""
        snapshot = shop.at(self.now.at)
        if not snapshot.has("consents"):
            return None
        rows = snapshot.table("consents")
        rows = rows.filter(rows.purpose == "marketing").mutate(channel=rows.channel.fill_null("all"))
        last = rows.group_by("customer_id", "channel").agg(granted=rows.granted.argmax(rows.changed_at))
        agreed = shop.engine.to_arrow(last.filter(last.granted).order_by("customer_id", "channel"))
        place = pc.index_in(agreed["customer_id"].combine_chunks(), value_set=self.ids)
        found = {}
        for channel in sorted(set(agreed["channel"].to_pylist())):
            mine = place.filter(pc.equal(agreed["channel"].combine_chunks(), channel)).drop_null()
            found[channel] = np.bincount(self.now.segment[mine.to_numpy(zero_copy_only=False)], minlength=self.size)
        return found


_INDEXED = ("purchase_days", "recency_days")
_SHOWN = (*_INDEXED, "average_order_value", "spend")
_MULTIPLES = {
    "recency": "recency_days",
    "frequency": "purchase_days",
    "basket": "average_order_value",
    "tenure": "tenure_days",
    "money": "spend",
}


def _rule(learnt: outcome.LearntSegments, number: int) -> dict[str, Any]:
    tree = rule_tree(learnt.definition.rules[number])
    method = learnt.choice.recipe.method
    return {
        "method": method if method in METHOD_NAMES else learnt.definition.method,
        "rule": json.dumps(tree.as_json(), sort_keys=True),
        "rule_en": say(tree, "en"),
        "rule_zh": say(tree, "zh"),
    }


def _treated(treatment: Treatment) -> dict[str, Any]:
    return {
        "treatment": treatment.code,
        "treatment_customers": treatment.customers,
        "treatment_value": treatment.value,
        "treatment_value_low": treatment.low,
        "treatment_value_high": treatment.high,
        "evidence": treatment.evidence,
    }


def _mean(values: Any) -> float | None:
    known = values[~np.isnan(values)] if len(values) else values
    return float(known.mean()) if len(known) else None


def _index(mine: float | None, average: float | None) -> float | None:
    return 100 * mine / average if mine is not None and average else None
