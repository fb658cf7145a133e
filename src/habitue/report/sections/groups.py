"""The RFM grid with its named segments, and what the customers of each segment are like."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from habitue.report.contents import Group, ReportContents, RfmCell, SegmentMeasure
from habitue.report.views import Grid, Head, Section, TableView, Voice

__all__ = ["profiles", "rfm"]

_FEW = 30
_SHOWN = (
    "spend",
    "spend_365d",
    "orders",
    "average_order_value",
    "recency_days",
    "products",
    "categories",
    "return_share",
    "discount_share",
)
_WIDEST = math.log(5)  # a bar is full at five times the average, or a fifth of it


def rfm(contents: ReportContents, say: Voice) -> Section:
    """Show the five by five grid, and the named segments as a table."""
    if not contents.rfm_segments:
        return Section("rfm", say("rfm"), say("rfm_none"))
    everyone = sum(each.customers for each in contents.rfm_segments)
    money = sum(each.spend for each in contents.rfm_segments)
    top = max(contents.rfm_segments, key=lambda each: each.spend)
    lead = say(
        "rfm_lead",
        name=_name(contents.segments, top.segment, say),
        share=say.numbers.share(top.customers / everyone),
        spend=say.numbers.share(top.spend / money if money else None),
    )
    rows = [
        [
            _name(contents.segments, each.segment, say),
            say.numbers.count(each.customers),
            say.numbers.share(each.customers / everyone),
            say.numbers.share(each.spend / money if money else None),
            say.numbers.days(each.recency_days),
            say.numbers.decimal(each.frequency, 0),
            say.numbers.money(each.monetary),
            say.of(contents.segments[each.segment].treatment) if each.segment in contents.segments else "",
        ]
        for each in contents.rfm_segments
    ]
    keys = ("number", "share_customers", "share_spend", "median_recency", "median_days", "median_spend")
    heads = [Head(say("segment")), *(Head(say(key), True) for key in keys), Head(say("treatment"))]
    return Section("rfm", say("rfm"), lead, say("rfm_sure"), [_grid(contents, everyone, say), TableView(heads, rows)])


def _grid(contents: ReportContents, everyone: int, say: Voice) -> Grid:
    cells = {(each.r, each.fm): each for each in contents.rfm_cells}
    most = max(each.customers for each in contents.rfm_cells)
    rows = [
        {"score": fm, "cells": [_cell(cells.get((r, fm)), contents, most, everyone, say) for r in (1, 2, 3, 4, 5)]}
        for fm in (5, 4, 3, 2, 1)
    ]
    data = {"rows": rows, "across": say("recency_axis"), "up": say("fm_axis")}
    return Grid("rfm_grid", data, say("rfm_grid"))


def _cell(
    cell: RfmCell | None, contents: ReportContents, most: int, everyone: int, say: Voice
) -> dict[str, object] | None:
    if cell is None:
        return None
    return {
        "segment": _name(contents.segments, cell.segment, say),
        "customers": say.numbers.count(cell.customers),
        "share": say.numbers.share(cell.customers / everyone),
        "spend": say.numbers.money(cell.spend),
        "heat": max(1, min(6, math.ceil(6 * math.sqrt(cell.customers / most)))),
    }


def profiles(contents: ReportContents, say: Voice) -> Section:
    """Show for each segment how it differs from the average customer."""
    if not contents.profiles:
        return Section("profiles", say("profiles"), say("profiles_none"))
    blocks = []
    for family, groups in (("rfm", contents.segments), ("lifecycle", contents.stages)):
        rows = [each for each in contents.profiles if each.family == family]
        codes = [code for code in groups if any(each.segment == code for each in rows)]
        cards = [_profile(contents, groups, [each for each in rows if each.segment == code], say) for code in codes]
        if cards:
            blocks.append(Grid("profiles", {"cards": cards, "folded": family != "rfm"}, say(f"family_{family}")))
    return Section("profiles", say("profiles"), say("profiles_lead"), say("profiles_sure"), blocks)


def _profile(
    contents: ReportContents, groups: Mapping[str, Group], rows: Sequence[SegmentMeasure], say: Voice
) -> dict[str, object]:
    code, customers = rows[0].segment, rows[0].customers
    everyone = sum(
        {each.segment: each.customers for each in contents.profiles if each.family == rows[0].family}.values()
    )
    bars = [_bar(contents, each, say) for each in rows if each.index is not None and each.measure in _SHOWN]
    bars.sort(key=lambda bar: -float(str(bar["sort"])))
    count = say("of_customers", n=say.numbers.count(customers), share=say.numbers.share(customers / everyone))
    return {
        "name": _name(groups, code, say),
        "about": say.of(groups[code].description) if code in groups else "",
        "count": count if customers != 1 else say.people(1),
        "few": say("few") if customers < _FEW else "",
        "bars": bars,
    }


def _bar(contents: ReportContents, row: SegmentMeasure, say: Voice) -> dict[str, object]:
    index = row.index or 0.0
    # Twice and half the average are the same distance from it.
    length = min(1.0, max(-1.0, math.log(index / 100) / _WIDEST)) if index > 0 else -1.0
    measure = contents.measures.get(row.measure)
    return {
        "measure": say(f"measure_{row.measure}"),
        "value": _value(row, measure.unit if measure else "", say),
        "index": say.numbers.count(index),
        "left": round(50 + 50 * min(length, 0), 1),
        "width": round(50 * abs(length), 1),
        "above": index >= 100,
        "sort": index,
    }


def _value(row: SegmentMeasure, unit: str, say: Voice) -> str:
    if unit == "money":
        return say.numbers.money(row.value)
    if unit == "share":
        return say.numbers.share(row.value)
    if unit == "days":
        return say.numbers.days(row.value)
    return say.numbers.decimal(row.value)


def _name(groups: Mapping[str, Group], code: str, say: Voice) -> str:
    return say.of(groups[code].name) if code in groups else code
