"""Back-tests for users: how good is a segmentation, judged by what customers did afterwards."""

from habitue.evaluate.segbench import SegBenchTable, segbench

__all__ = ["SegBenchTable", "segbench"]
