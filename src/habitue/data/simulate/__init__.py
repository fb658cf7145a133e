"""A made-up shop of any size with known truth: the demo's shop and every test's known-answer world."""

from habitue.data.simulate.shop import SimulatedShop, simulate
from habitue.data.simulate.streaming import simulate_lines
from habitue.data.simulate.truth import Truth
from habitue.data.simulate.writing import write

__all__ = ["SimulatedShop", "Truth", "simulate", "simulate_lines", "write"]
