"""Back-tests for users: how good a segmentation or a recommender is, judged by what customers did afterwards."""

from habitue.evaluate.recommending import RecommenderTable, compare_on_histories, compare_recommenders
from habitue.evaluate.segbench import SegBenchTable, segbench

__all__ = ["RecommenderTable", "SegBenchTable", "compare_on_histories", "compare_recommenders", "segbench"]
