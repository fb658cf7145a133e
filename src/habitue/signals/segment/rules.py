"""Rules of learnt segments as trees of the segment language, so that learnt, shown and saved segments are one thing."""

from __future__ import annotations

from habitue.models.segmenting import POINTS, Axis, Condition, Rule, RuledSegments, Scorecard
from habitue.signals.segment.language.tree import All, Compare, Node, Points, PointsAxis

__all__ = ["MOST_CONDITIONS", "STARTING", "points_conditions", "rule_tree"]

MOST_CONDITIONS = 4

_ONCE, _RECENT = 2.0, 90.0

#: Until the shop's own past says more: bought once or again, lately or not.
STARTING = RuledSegments(
    "starting_rules",
    ("recency_days", "tenure_days", "purchase_days", "orders_365d", "spend", "average_order_value"),
    tuple(
        Rule((Condition("purchase_days", often, _ONCE), Condition("recency_days", late, _RECENT)))
        for often in (">=", "<")
        for late in ("<", ">=")
    ),
)


def rule_tree(rule: Rule) -> Node:
    """Return a rule as a tree: all of its conditions; without any, everyone.

    Examples
    --------
    >>> rule_tree(Rule((Condition("recency_days", "<", 60.0),))).as_json()
    {'feature': 'recency_days', 'op': '<', 'value': 60}
    """
    plain = tuple(Compare("feature", each.name, each.op, each.value) for each in rule.conditions if each.card is None)
    scored = [each for each in rule.conditions if each.card is not None]
    return All((*plain, *_points(scored))).canonical()


def points_conditions(node: Points) -> list[Condition]:
    """Return what a condition on points says, as rules say it: at least so many, and fewer than so many."""
    card = Scorecard(tuple(Axis(each.name, each.op, tuple(map(float, each.values))) for each in node.axes))
    bounds = ((">=", node.least), ("<", None if node.most is None else node.most + 1))
    return [Condition(POINTS, op, float(value), card) for op, value in bounds if value is not None]


def _points(scored: list[Condition]) -> tuple[Points, ...]:
    """Put what a rule says of points together: from so many to so many."""
    card = next((each.card for each in scored), None)
    if card is None:
        return ()
    axes = tuple(PointsAxis(each.name, each.op, each.values) for each in card.axes)
    bounds = {each.op: int(each.value) for each in scored}
    return (Points(axes, bounds.get(">="), bounds["<"] - 1 if "<" in bounds else None),)
