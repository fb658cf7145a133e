"""Rules of learnt segments as trees of the segment language, so that learnt, shown and saved segments are one thing."""

from __future__ import annotations

from habitue.models.segmenting import Condition, Rule, RuledSegments
from habitue.signals.segment.language.tree import All, Compare, Node

__all__ = ["MOST_CONDITIONS", "STARTING", "rule_tree"]

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
    return All(tuple(Compare("feature", each.name, each.op, each.value) for each in rule.conditions)).canonical()
