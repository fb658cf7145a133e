"""Recommending on arrays: makers of candidates, a ranker over them, and what is common to them."""

from habitue.models.recommend.histories import Histories
from habitue.models.recommend.maker import Candidates, Items, Maker, Share, best_of

__all__ = ["Candidates", "Histories", "Items", "Maker", "Share", "best_of"]
