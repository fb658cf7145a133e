"""Learners on a matrix of numbers: encode a frame, choose columns, fit candidates, tune them."""

from .candidate import QUICK, THOROUGH, Candidate, defaults, from_state, make
from .encoding import Encoder
from .fitted import Fitted
from .selection import Selection, select
from .tuning import tune

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
