"""Ways to put customers into segments, all under one contract: `fit` by name, then `assign`, `rules` and `state`."""

from habitue.models.segmenting.methods import METHODS, fit, segmentation_from_state
from habitue.models.segmenting.outcome_tree import grow_outcome_trees, ruled
from habitue.models.segmenting.outlook import Outlook, Past, stacked
from habitue.models.segmenting.segmentation import POINTS, Axis, Condition, Rule, RuledSegments, Scorecard, Segmentation

__all__ = [
    "METHODS",
    "POINTS",
    "Axis",
    "Condition",
    "Outlook",
    "Past",
    "Rule",
    "RuledSegments",
    "Scorecard",
    "Segmentation",
    "fit",
    "grow_outcome_trees",
    "ruled",
    "segmentation_from_state",
    "stacked",
]
