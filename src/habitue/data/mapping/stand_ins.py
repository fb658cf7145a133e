"""Columns that must be there and have no header of their own: the nearest thing stands in, with a warning."""

from __future__ import annotations

from collections.abc import Mapping

from habitue.data.mapping.assignment import best_assignment
from habitue.data.mapping.contents import Profile
from habitue.data.mapping.tables import Assigned
from habitue.schema import Kind

__all__ = ["stand_ins"]

_BY_CONTENTS = (
    "ordered_at", "order_id", "customer_id", "product_id", "product_title", "quantity", "unit_price", "customer_email",
    "country", "region", "city", "currency", "status", "payment_method", "channel",
)  # fmt: skip
_DOUBTFUL = 1.2
_NAMED_OTHERWISE = 2.5


def stand_ins(best: Assigned, profiles: Mapping[str, Profile]) -> tuple[dict[str, str], dict[str, float]]:
    """Return header → column with stand-ins added, and the stand-ins' own gains.

    Parameters
    ----------
    best : Assigned
        The source taken for its table.
    profiles : mapping
        Header to what was seen of it.
    """
    chosen = dict(best.chosen)
    taken: dict[str, float] = {}
    _price_from_cost(best, chosen, taken)
    for name in _wanted(best, set(chosen.values())):
        column = best.table.column(name)
        rivals = [
            (candidate.gain + candidate.aside, header)
            for (header, column_name), candidate in best.candidates.items()
            if column_name == name
            and header not in chosen
            and _fits(profiles[header], column.kind)
            and candidate.held > -2
        ]
        best_gain, header = max(rivals, default=(0.0, ""), key=lambda each: (each[0], each[1]))
        floor = -3.0 if column.kind in (Kind.TIME, Kind.DATE) else 0.0
        if header and best_gain > floor:
            chosen[header] = name
            taken[header] = best_gain
    if best.table.name == "order_lines":
        _by_contents(best, profiles, chosen, taken)
    return chosen, taken


def _by_contents(
    best: Assigned, profiles: Mapping[str, Profile], chosen: dict[str, str], taken: dict[str, float]
) -> None:
    """Let contents alone fill the columns that matter, where a header names something nobody knows."""
    gains = {
        (place, number): candidate.held - _DOUBTFUL
        for place, header in enumerate(profiles)
        for number, name in enumerate(_BY_CONTENTS)
        if (candidate := best.candidates.get((header, name))) is not None
        and header not in chosen
        and name not in chosen.values()
        and candidate.aside < _NAMED_OTHERWISE
    }
    if {"unit_price", "line_total"} & set(chosen.values()):
        gains = {pair: gain for pair, gain in gains.items() if _BY_CONTENTS[pair[1]] != "unit_price"}
    headers = list(profiles)
    for place, number in best_assignment(gains)[0].items():
        chosen[headers[place]] = _BY_CONTENTS[number]
        taken[headers[place]] = gains[place, number]


def _wanted(best: Assigned, there: set[str]) -> list[str]:
    """Name the columns without which the table is of little use."""
    wanted = [name for name in best.table.required if name not in there and name != "unit_price"]
    if best.table.name == "order_lines" and not there & {"unit_price", "line_total"}:
        wanted.append("line_total")
    if best.table.name == "orders" and "order_total" not in there:
        wanted.append("order_total")
    return wanted


def _fits(profile: Profile, kind: Kind) -> bool:
    if kind in (Kind.TIME, Kind.DATE):
        return profile.dates.share >= 0.9
    if kind in (Kind.MONEY, Kind.QUANTITY, Kind.NUMBER):
        return profile.share("number") >= 0.9
    return True


def _price_from_cost(best: Assigned, chosen: dict[str, str], taken: dict[str, float]) -> None:
    """Where there is a cost or a list price but no price at all, it is more likely the price."""
    if best.table.name != "order_lines" or set(chosen.values()) & {"unit_price", "line_total"}:
        return
    for name in ("unit_cost", "list_price"):
        header = next((each for each, column in chosen.items() if column == name), None)
        if header:
            chosen[header] = "unit_price"
            taken[header] = 0.0
            return
