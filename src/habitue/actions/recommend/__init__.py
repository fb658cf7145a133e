"""What to show to whom: lists for any customer, by the merchant's rules, with reasons and chances."""

from habitue.actions.recommend.deciding import decide, run
from habitue.actions.recommend.kinds import KINDS
from habitue.actions.recommend.learning import VERSION, depends_on, learn
from habitue.actions.recommend.learnt import Learnt
from habitue.actions.recommend.recommender import Recommendation, RecommendedList, Recommender
from habitue.actions.recommend.rules import Rules

__all__ = [
    "KINDS",
    "VERSION",
    "Learnt",
    "Recommendation",
    "RecommendedList",
    "Recommender",
    "Rules",
    "decide",
    "depends_on",
    "learn",
    "run",
]
