"""Learners on a matrix of numbers: encode a frame, choose columns, fit candidates, tune them."""

from habitue.models.tabular.candidate import QUICK, THOROUGH, Candidate, defaults, from_state, make
from habitue.models.tabular.encoding import Encoder
from habitue.models.tabular.fitted import Fitted
from habitue.models.tabular.selection import Selection, select
from habitue.models.tabular.tuning import tune

__all__ = [
    "QUICK",
    "THOROUGH",
    "Candidate",
    "Encoder",
    "Fitted",
    "Selection",
    "defaults",
    "from_state",
    "make",
    "select",
    "tune",
]
