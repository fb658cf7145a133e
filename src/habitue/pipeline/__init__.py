"""What `habitue run` does: the one explicit list of areas and their order."""

from habitue.pipeline.area import Area
from habitue.pipeline.areas import AREAS
from habitue.pipeline.running import RunSummary, run

__all__ = ["AREAS", "Area", "RunSummary", "run"]
