"""The behaviour model: a transformer over what customers did, which foretells the next and gives each one vector."""

from habitue.models.sequence.events import Events
from habitue.models.sequence.maker import Transformer
from habitue.models.sequence.model import SequenceModel
from habitue.models.sequence.settings import Settings
from habitue.models.sequence.vectors import CustomerVectors, rotation_between

__all__ = ["CustomerVectors", "Events", "SequenceModel", "Settings", "Transformer", "rotation_between"]
