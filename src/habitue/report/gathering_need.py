"""Read from the ledger what customers need next, and when."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from habitue.report.predictions import CategoryNeed, DueProduct, DueWeek, NeedCell, NeedOutlook
from habitue.report.published import Published
from habitue.report.rows import dicts

__all__ = ["need_outlook"]

_ROWS = 12  # categories in the map and in the list
_WEEKS = 12
_DUE_DAYS = 30
_PRODUCTS = 10


def need_outlook(run: Published, stages: pd.DataFrame, moment: datetime) -> NeedOutlook | None:
    """Gather what customers need next; None where it was not forecast.

    Parameters
    ----------
    run : Published
    stages : DataFrame
        The table `lifecycle`.
    moment : datetime
        Weeks are counted from it.
    """
    need, timing = run.frame("need"), run.frame("need_timing")
    if need is None and timing is None:
        return None
    known = run.frame("need_categories")
    about = {row["category"]: row for row in dicts(known)} if known is not None else {}
    weeks, later = _weeks(timing, moment)
    needs = pd.DataFrame() if need is None else need
    customers = needs["customer_id"].nunique() if len(needs) else 0
    categories = _categories(needs, customers, about)
    return NeedOutlook(
        customers=customers if timing is None else len(timing),
        cells=_cells(needs, stages, [each.category for each in categories]),
        categories=categories,
        from_titles=any(row.get("from_titles") for row in about.values()),
        weeks=weeks,
        later=later,
        likeliest_only=bool(len(needs)) and int(needs["rank"].max()) < len(about),
        due_products=_due(run.frame("need_products"), moment),
    )


def _categories(need: pd.DataFrame, customers: int, about: dict[str, dict[str, object]]) -> tuple[CategoryNeed, ...]:
    if not customers:
        return ()
    by = need.groupby("category").agg(
        probability=("probability", "sum"),
        first=("rank", lambda ranks: int((ranks == 1).sum())),
        ready=("is_new", "sum"),
    )
    found = []
    for row in dicts(by.sort_values("probability", ascending=False).head(_ROWS).reset_index()):
        known = about.get(row["category"], {})
        found.append(
            CategoryNeed(
                row["category"],
                row["probability"] / customers,
                known.get("share"),  # type: ignore[arg-type]
                int(row["first"]),
                int(row["ready"]),
                known.get("products"),  # type: ignore[arg-type]
                str(known.get("words") or ""),
            )
        )
    return tuple(found)


def _cells(need: pd.DataFrame, stages: pd.DataFrame, categories: list[str]) -> tuple[NeedCell, ...]:
    if stages.empty or not categories:
        return ()
    staged = need[["customer_id", "category", "probability"]].merge(stages[["customer_id", "stage"]], on="customer_id")
    people: Any = staged.groupby("stage")["customer_id"].nunique()
    sums: Any = staged.pivot_table(
        index="category", columns="stage", values="probability", aggfunc="sum", fill_value=0.0
    )
    overall = sums.sum(axis=1) / people.sum()
    return tuple(
        NeedCell(
            str(stage),
            category,
            float(sums.loc[category, stage] / people[stage]),
            float(100 * sums.loc[category, stage] / people[stage] / overall[category]),
            int(people[stage]),
        )
        for category in categories
        for stage in sums.columns
        if category in sums.index and overall[category] > 0
    )


def _weeks(timing: pd.DataFrame | None, moment: datetime) -> tuple[tuple[DueWeek, ...], int]:
    """Count expected orders in the weeks ahead; those expected already count in the first."""
    if timing is None or timing.empty:
        return (), 0
    ahead = (timing["next_order_at"] - pd.Timestamp(moment)) / pd.Timedelta(weeks=1)
    number = ahead.clip(lower=0).dropna().astype(int)
    counts = number[number < _WEEKS].value_counts()
    weeks = tuple(DueWeek((moment + timedelta(weeks=week)).date(), int(counts.get(week, 0))) for week in range(_WEEKS))
    return weeks, len(timing) - int(counts.sum())


def _due(products: pd.DataFrame | None, moment: datetime) -> tuple[DueProduct, ...]:
    if products is None or products.empty:
        return ()
    soon = products[
        (products["reason"] == "replenish") & (products["due_at"] < pd.Timestamp(moment + timedelta(days=_DUE_DAYS)))
    ]
    by = soon.groupby("product_id").agg(
        title=("product_title", "first"), customers=("customer_id", "nunique"), gap=("usual_gap_days", "median")
    )
    first = by.sort_values(["customers", "title"], ascending=[False, True]).head(_PRODUCTS).reset_index()
    return tuple(
        DueProduct(str(row["product_id"]), str(row["title"] or ""), int(row["customers"]), row["gap"])
        for row in dicts(first)
    )
