"""Read from the shop and its ledger everything that the report shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pandas as pd

from habitue.actions.crm.words import ACTIONS, BASIS, HOLD_OUT, to_do, why
from habitue.features import CATALOGUE
from habitue.models.segmenting import POINTS
from habitue.report.contents import (
    Action,
    ActionCustomer,
    CohortCell,
    Group,
    KeyFigures,
    Measure,
    ReportContents,
    RfmCell,
    RfmSegment,
    SalesMonth,
    SegmentMeasure,
    Spend,
    StageFlow,
    StageMonth,
)
from habitue.report.gathering_need import need_outlook
from habitue.report.gathering_predictions import churn_outlook, model_cards, value_outlook
from habitue.report.gathering_recommend import recommend_outlook
from habitue.report.gathering_segments import segment_outlook
from habitue.report.published import Published
from habitue.report.rows import dicts, rows
from habitue.schema import TABLES, Words
from habitue.signals.segment.words import HISTORY_NOTE, LIFECYCLE_STAGES, POINTS_WORDS, RFM_SEGMENTS, reason

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["gather"]

_SPEND_DAYS = (30, 90, 365)
_CUSTOMERS_SHOWN = 5  # by action


def gather(shop: Shop, *, as_of: datetime | None = None) -> ReportContents:
    """Read what the last run published, as of a moment, and put it beside the shop's key figures.

    Parameters
    ----------
    shop : Shop
    as_of : datetime, optional
        Take the run that looks from this moment or the nearest one before; default: the last run.

    Raises
    ------
    LedgerError
        When nothing was published yet.
    """
    moment = shop.ledger.latest("rfm", as_of).as_of
    found = Published(shop, moment)
    frames = {name: pd.DataFrame() if (frame := found.frame(name)) is None else frame for name in _TABLES}
    facts = shop.settings.shop
    today, called = frames["today"], frames["today_customers"]
    return ReportContents(
        shop=facts.name,
        currency=facts.currency,
        as_of=moment,
        written_at=datetime.now(UTC).replace(tzinfo=None),
        figures=_key_figures(shop, moment),
        actions=tuple(_action(row) for row in dicts(today)),
        stake_basis=BASIS[today["stake_basis"].iloc[0]] if len(today) else Words("", ""),
        hold_out=HOLD_OUT,
        action_customers=_first_customers(called),
        findings=tuple(shop.findings),
        missing_tables=tuple(table for name, table in TABLES.items() if name not in shop.names),
        history=rows(frames["lifecycle_history"], StageMonth),
        flows=rows(frames["lifecycle_flows"], StageFlow),
        months=rows(frames["shop_monthly"], SalesMonth),
        cohorts=rows(frames["cohorts"], CohortCell),
        rfm_cells=_rfm_cells(frames["rfm"]),
        rfm_segments=_rfm_segments(frames["rfm"]),
        profiles=rows(frames["segment_profiles"], SegmentMeasure),
        stages=_groups(LIFECYCLE_STAGES),
        segments=_groups(RFM_SEGMENTS),
        measures={name: Measure(each.unit, each.meaning) for name, each in CATALOGUE.items()}
        | {POINTS: Measure("count", POINTS_WORDS)},
        history_note=HISTORY_NOTE,
        learnt=segment_outlook(shop, found, moment),
        value=value_outlook(found, frames["lifecycle"]),
        churn=churn_outlook(found),
        need=need_outlook(found, frames["lifecycle"], moment),
        recommend=recommend_outlook(found),
        models=model_cards(found),
        versions=_versions(shop, moment),
    )


_TABLES = (
    "today",
    "today_customers",
    "lifecycle_history",
    "lifecycle_flows",
    "shop_monthly",
    "cohorts",
    "rfm",
    "lifecycle",
    "segment_profiles",
)


def _action(row: dict[str, Any]) -> Action:
    both: Callable[[Callable[[Any, str], str]], Words] = lambda write: Words(write(row, "en"), write(row, "zh"))  # noqa: E731
    return Action(
        action=row["action"],
        title=ACTIONS[row["action"]].title,
        to_do=both(to_do),
        why=both(why),
        segment=row["segment"],
        customers=row["customers"],
        money_at_stake=row["money_at_stake"],
        evidence=row["evidence"],
    )


def _first_customers(frame: pd.DataFrame) -> tuple[ActionCustomer, ...]:
    if frame.empty:
        return ()
    first = frame[frame["priority"] <= _CUSTOMERS_SHOWN].sort_values(["action", "priority"])
    return tuple(
        ActionCustomer(
            action=row["action"],
            customer_id=str(row["customer_id"]),
            money_at_stake=row["money_at_stake"],
            spend_365d=row["spend_365d"],
            reason=Words(reason("lifecycle", row, "en"), reason("lifecycle", row, "zh")),
        )
        for row in dicts(first)
    )


def _rfm_cells(frame: pd.DataFrame) -> tuple[RfmCell, ...]:
    if frame.empty:
        return ()
    mean = (frame["f"] + frame["m"]) / 2
    # The named segments part at 2.5 and at 4: these rows lie within one segment each.
    row = mean.astype(int).where(mean != 2.5, 3).rename("fm")
    grouped = frame.groupby([frame["r"], row])
    sums = grouped.agg(segment=("segment", "first"), customers=("monetary", "size"), spend=("monetary", "sum"))
    return rows(sums.reset_index(), RfmCell)


def _rfm_segments(frame: pd.DataFrame) -> tuple[RfmSegment, ...]:
    if frame.empty:
        return ()
    by = frame.groupby("segment").agg(
        customers=("monetary", "size"),
        spend=("monetary", "sum"),
        recency_days=("recency_days", "median"),
        frequency=("frequency", "median"),
        monetary=("monetary", "median"),
    )
    found = rows(by.reset_index(), RfmSegment)
    order = list(RFM_SEGMENTS)
    return tuple(sorted(found, key=lambda each: order.index(each.segment)))


def _groups(words: Any) -> dict[str, Group]:
    return {code: Group(each.name, each.description, each.treatment) for code, each in words.items()}


def _key_figures(shop: Shop, moment: datetime) -> KeyFigures:
    lines = shop.at(moment).purchases
    row = shop.engine.to_rows(
        lines.agg(
            orders=lines.order_id.nunique(),
            spend=lines.spend.sum(),
            first=lines.ordered_at.min(),
            last=lines.ordered_at.max(),
            **_spans(lines, moment),
        )
    )[0]
    each = lines.group_by("customer_id").agg(days=lines.ordered_at.truncate("D").nunique())
    people = shop.engine.to_rows(each.agg(customers=each.count(), again=(each.days > 1).sum()))[0]
    customers = int(people["customers"] or 0)
    return KeyFigures(
        customers=customers,
        orders=int(row["orders"] or 0),
        repeat_share=people["again"] / customers if customers else None,
        average_order_value=row["spend"] / row["orders"] if row["orders"] else None,
        spend=tuple(_spent(row, days, moment) for days in _SPEND_DAYS),
        first_order_at=row["first"],
        last_order_at=row["last"],
    )


def _spans(lines: Any, moment: datetime) -> dict[str, Any]:
    sums = {}
    for days in _SPEND_DAYS:
        start, earlier = moment - timedelta(days=days), moment - timedelta(days=2 * days)
        sums[f"now_{days}"] = lines.spend.sum(where=lines.ordered_at >= start)
        sums[f"before_{days}"] = lines.spend.sum(where=(lines.ordered_at >= earlier) & (lines.ordered_at < start))
    return sums


def _spent(row: dict[str, Any], days: int, moment: datetime) -> Spend:
    # Growth against a stretch that the records do not cover would be an invention.
    covered = row["first"] is not None and row["first"].date() <= (moment - timedelta(days=2 * days)).date()
    return Spend(days, row[f"now_{days}"] or 0.0, (row[f"before_{days}"] or 0.0) if covered else None)


def _versions(shop: Shop, moment: datetime) -> dict[str, str]:
    table = shop.ledger.latest("rfm", moment)
    areas: Sequence[Any] = [each for each in shop.ledger.tables().values() if each.as_of == moment]
    versions = {each.record.area: each.record.version for each in areas}
    return {"habitue": version("habitue"), "run": table.run_id, **versions}
