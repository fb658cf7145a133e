"""Feature definitions as data, compiled to as-of Ibis expressions."""

from habitue.features.catalogue import CATALOGUE, feature
from habitue.features.compiler import available, compute
from habitue.features.definition import Derived, Feature, Grain
from habitue.features.fetching import fetch, part_by_part

__all__ = ["CATALOGUE", "Derived", "Feature", "Grain", "available", "compute", "feature", "fetch", "part_by_part"]
